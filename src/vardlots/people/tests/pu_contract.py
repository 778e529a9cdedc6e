"""The contract of GetPersonsForProfile 5 in our own words, as far as we use it, and a check of messages against it.

Written from the tables of *Tjänstekontraktsbeskrivning* 5.1, chapters 6 and 7.1.5: the order of the elements, how many
of each, and what a value looks like.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

CORE = "urn:riv:strategicresourcemanagement:persons:person:5"
CONTRACT = "urn:riv:strategicresourcemanagement:persons:person:GetPersonsForProfileResponder:5"
REGISTRY = "urn:riv:itintegration:registry:1"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ACTION = f"{CONTRACT}:GetPersonsForProfile"

MANY = 10**6


@dataclass(frozen=True)
class Part:
    """An element: its name, how often it stands there, its parts in order, and what its text must match."""

    name: str
    least: int = 1
    most: int = 1
    parts: tuple["Part", ...] = ()
    text: str = r".*"
    namespace: str = field(default=CORE)


def _ii(name: str, least: int = 1, most: int = 1, namespace: str = CORE) -> Part:
    root = Part("root", text=r"[0-9]+(\.[0-9]+)+")
    return Part(name, least, most, (root, Part("extension", 0, text=r"[0-9A-Z]{12}")), namespace=namespace)


def _day(name: str) -> Part:
    form = Part("format", text=r"YYYY(-MM(-DD)?)?")
    return Part(name, 0, 1, (form, Part("value", text=r"\d{4}(-\d\d(-\d\d)?)?")))


BOOL = r"true|false|0|1"
_NAME = Part(
    "name",
    0,
    1,
    (
        Part("givenNameIndicator", 0, text=r"[1-9][0-9]"),
        Part("givenName", 0, text=r".{0,80}"),
        Part("middleName", 0, text=r".{0,80}"),
        Part("surname", 0, text=r".{0,80}"),
        Part("notificationName", 0, text=r".{0,40}"),
    ),
)
_DEREGISTRATION = Part(
    "deregistration",
    0,
    1,
    (Part("deregistrationReasonCode", 0), _day("deregistrationDate"), _day("foundDeadAtDate")),
)
_RECORD = Part(
    "personRecord",
    0,
    1,
    (
        _ii("personalIdentity"),
        Part("gender", 0),
        Part("protectedPersonIndicator", text=BOOL),
        Part("testIndicator", text=BOOL),
        Part("primaryIdentity", text=BOOL),
        _NAME,
        Part(
            "linkedIdentity",
            0,
            MANY,
            (_ii("referredPersonalIdentity"), Part("assuranceLevel"), Part("primaryIdentity", text=BOOL)),
        ),
        Part(
            "referredPersonalIdentities",
            0,
            MANY,
            (_ii("referredPersonalIdentity"), Part("referredPersonalIdentityStatus", 0)),
        ),
        Part("birth", 0, 1, (_day("dateOfBirth"),)),
        Part(
            "contactInformation",
            0,
            MANY,
            (
                Part("contactType"),
                Part("use", 0),
                Part("value", 0),
                Part("rank", 0, text=r"\d+"),
                Part("digitalNotification", 0, text=BOOL),
            ),
        ),
        _DEREGISTRATION,
        Part(
            "relationship",
            0,
            MANY,
            (
                Part("relationshipId", 1, 1, (_ii("personalIdentity", 0), _day("dateOfBirth"))),
                Part("relationshipType", text=r"B|MO|FA|F|V|VF|M|P"),
                _day("relationshipFromDate"),
                _day("relationshipToDate"),
                _NAME,
                _DEREGISTRATION,
                Part("status", 0, text=r"NY|PB|RD|AS|AV|IV|AN"),
            ),
        ),
        Part("coOrdinationNumberData", 0, 1, (_day("deceasedDate"),)),
        Part("personalIdentityStatus", 0, 1, (Part("identityStatus", 0), Part("identityStatusCause", 0))),
        Part("protectedPopulationRecord", 0, text=BOOL),
    ),
)
REQUEST = Part(
    "GetPersonsForProfile",
    parts=(
        _ii("personId", 1, 500, namespace=CONTRACT),
        Part("profile", text=r"P[1-5]", namespace=CONTRACT),
        Part("ignoreReferredIdentity", text=BOOL, namespace=CONTRACT),
    ),
    namespace=CONTRACT,
)
ANSWER = Part(
    "GetPersonsForProfileResponse",
    parts=(
        Part(
            "requestedPersonRecord",
            1,
            MANY,
            (_ii("requestedPersonalIdentity"), _RECORD),
            namespace=CONTRACT,
        ),
    ),
    namespace=CONTRACT,
)


def faults(element: Element, part: Part, place: str = "") -> list[str]:
    """What in a message is not as the contract says; empty for a message that is."""
    here = f"{place}/{part.name}"
    if element.tag != f"{{{part.namespace}}}{part.name}":
        return [f"{here}: is {element.tag}"]
    if not part.parts:
        told = (element.text or "").strip()
        wrong = [] if re.fullmatch(part.text, told) and not len(element) else [f"{here}: “{told}”"]
        return wrong
    return _faults_in(list(element), part.parts, here)


def _faults_in(children: Sequence[Element], parts: Sequence[Part], here: str) -> list[str]:
    found, rest = [], list(children)
    for part in parts:
        name, count = f"{{{part.namespace}}}{part.name}", 0
        while rest and rest[0].tag == name:
            found += faults(rest.pop(0), part, here)
            count += 1
        if not part.least <= count <= part.most and not (part.name == "personRecord" and count == 0):
            found.append(f"{here}/{part.name}: {count} times")
    return found + [f"{here}: unexpected {one.tag}" for one in rest]
