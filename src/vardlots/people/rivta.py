"""The population register by RIV-TA: `strategicresourcemanagement:persons:person` `GetPersonsForProfile`, version 5.

Source: *Personuppgiftstjänsten, Tjänstekontraktsbeskrivning* 5.1 (2024-11-28), its chapters 6 (types), 7.1 (the
contract) and 8 (profiles). Families come with profile P4 only; of somebody with protected identity the service tells
no more than profile P1 whatever is asked, and so nothing of a family. Codes of relations and of deregistration are
Skatteverket's, as `population:residentmaster` lists them.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from vardlots.people.identity import OIDS, BadNumber, NumberKind, PersonNumber, age_years, parse
from vardlots.people.register import MAJORITY, RegisteredChild, RegisteredPerson
from vardlots.people.soap import NotUnderstood, SoapClient
from vardlots.platform import clock
from vardlots.platform.phones import read_mobile

CORE = "urn:riv:strategicresourcemanagement:persons:person:5"
CONTRACT = "urn:riv:strategicresourcemanagement:persons:person:GetPersonsForProfileResponder:5"
ACTION = f"{CONTRACT}:GetPersonsForProfile"
EVERYTHING = "P4"
# The contract's own limit.
MOST_AT_ONCE = 500
# A number that has been replaced leads on; more steps than this are a circle.
MOST_STEPS = 3

GUARDIAN_OF = "VF"
DEAD, OLD_NUMBER = "AV", "GN"
ENDED_LINK = "AS"  # a reference to another number that no longer holds
# From this level the service vouches for a linked reserve number [assumed: the highest that is documented].
SURE_LEVEL = 3
OVER = frozenset({"AS", "AV", "IV", "AN"})  # a relation that has ended
SEXES = {"1": "male", "M": "male", "2": "female", "K": "female"}


class RivtaRegister:
    """Asks the service. `local_oid` is the region's own series of reserve numbers; `test_persons` lets those in that
    the service marks as test persons (rule 4: in production they are not)."""

    def __init__(
        self, client: SoapClient, *, local_oid: str | None = None, test_persons: bool = False
    ) -> None:
        self._client = client
        self._oids = dict(OIDS)
        if local_oid:
            self._oids[NumberKind.GAVLEBORG_RESERVE] = local_oid
        self._test_persons = test_persons

    async def person(self, number: str) -> RegisteredPerson | None:
        """The person behind a number, old or new, or None. Raises Unavailable."""
        record = await self._record(number)
        return self._person(record, asked=number) if record is not None else None

    async def children(self, number: str) -> list[RegisteredChild]:
        """The children under 18 that the person is guardian of. Raises Unavailable."""
        record = await self._record(number)
        if record is None or _is_protected(record):
            return []
        numbers = [
            extension
            for relation in _all(record, "relationship")
            if (extension := _child_of(relation)) is not None
        ]
        found = await self._records(numbers)
        for asked, one in found.items():
            if one is not None and self._replaced_by(one) is not None:
                found[asked] = await self._record(asked)
        children = [self._person(one, asked=asked) for asked, one in found.items() if one is not None]
        today = clock.today()
        young = [one for one in children if not one.deceased and age_years(one.birth_date, today) < MAJORITY]
        return [RegisteredChild(person=one) for one in young]

    async def reachable(self) -> str:
        """Ask for nobody in particular: a number of the tax agency's test series. Raises Unavailable."""
        await self._records(["201701012393"])
        return "GetPersonsForProfile 5 answers"

    async def _record(self, number: str) -> Element | None:
        """The record of whoever has the number today. Raises Unavailable."""
        asked, steps = number, 0
        while True:
            record = (await self._records([asked])).get(asked)
            if record is None or steps == MOST_STEPS:
                return record
            onward = self._replaced_by(record)
            if onward is None or onward == asked:
                return record
            asked, steps = onward, steps + 1

    def _replaced_by(self, record: Element) -> str | None:
        """The number that a record of an old number leads to."""
        if _text(record, "deregistration", "deregistrationReasonCode") != OLD_NUMBER:
            return None
        for referred in _all(record, "referredPersonalIdentities"):
            extension = _text(referred, "referredPersonalIdentity", "extension")
            if extension and _text(referred, "referredPersonalIdentityStatus") != ENDED_LINK:
                return extension
        return None

    async def _records(self, numbers: Iterable[str]) -> dict[str, Element | None]:
        """Each number's record, None where the service has nobody. Raises Unavailable, NotUnderstood."""
        wanted = list(dict.fromkeys(numbers))
        found: dict[str, Element | None] = {}
        for start in range(0, len(wanted), MOST_AT_ONCE):
            part = wanted[start : start + MOST_AT_ONCE]
            answer = await self._client.ask(action=ACTION, body=self._question(part))
            if answer.tag != f"{{{CONTRACT}}}GetPersonsForProfileResponse":
                raise NotUnderstood("another answer")
            found |= self._answered(answer, part)
        return found

    def _question(self, numbers: Sequence[str]) -> str:
        ids = "".join(
            f"<q:personId><c:root>{self._root(number)}</c:root><c:extension>{escape(number)}</c:extension></q:personId>"
            for number in numbers
        )
        return (
            f'<q:GetPersonsForProfile xmlns:q="{CONTRACT}" xmlns:c="{CORE}">{ids}<q:profile>{EVERYTHING}</q:profile>'
            "<q:ignoreReferredIdentity>false</q:ignoreReferredIdentity></q:GetPersonsForProfile>"
        )

    def _root(self, number: str) -> str:
        try:
            kind = parse(number, on=clock.today()).kind
        except BadNumber:
            kind = NumberKind.PERSONNUMMER
        return escape(self._oids.get(kind, OIDS[NumberKind.PERSONNUMMER]))

    def _answered(self, answer: Element, asked: Sequence[str]) -> dict[str, Element | None]:
        """By the number asked for. The contract answers every one (rule 1): one that is missing is no answer."""
        found: dict[str, Element | None] = {}
        for one in answer.findall(f"{{{CONTRACT}}}requestedPersonRecord"):
            number = _text(one, "requestedPersonalIdentity", "extension")
            record = one.find(_core("personRecord"))
            if number not in asked:
                raise NotUnderstood("somebody not asked for")
            # An empty record is how the service says that it has nobody.
            found[number] = record if record is not None and len(record) and self._counts(record) else None
        if set(found) != set(asked):
            raise NotUnderstood("an answer is missing")
        return found

    def _counts(self, record: Element) -> bool:
        return self._test_persons or not _flag(record, "testIndicator")

    def _person(self, record: Element, *, asked: str) -> RegisteredPerson:
        number = self._identity(record.find(_core("personalIdentity")))
        if number is None:
            raise NotUnderstood("personalIdentity")
        born = _day(record, "birth", "dateOfBirth") or number.birth_date
        if born is None:
            raise NotUnderstood("dateOfBirth")
        given, family = _names(record)
        sex = SEXES.get(_text(record, "gender"))
        return RegisteredPerson(
            system=self._system(number),
            number=number.compact,
            given_name=given,
            family_name=family,
            birth_date=born,
            sex=sex or (number.sex.value if number.sex.value != "unknown" else None),
            protected=_is_protected(record),
            mobile=_mobile(record),
            knows_listing=False,
            previous=self._previous(record, number, asked),
            deceased=_is_dead(record),
            county=_county(record),
        )

    def _identity(self, place: Element | None) -> PersonNumber | None:
        if place is None:
            return None
        try:
            return parse(_text(place, "extension"), on=clock.today())
        except BadNumber:
            return None

    def _system(self, number: PersonNumber) -> str:
        return number.fhir_system or f"urn:oid:{self._oids.get(number.kind, 'local-reserve')}"

    def _previous(self, record: Element, number: PersonNumber, asked: str) -> tuple[tuple[str, str], ...]:
        """Every other number of the same person: earlier ones, linked reserve numbers, and the one asked by."""
        places = [
            *(
                one.find(_core("referredPersonalIdentity"))
                for one in _all(record, "referredPersonalIdentities")
                if _text(one, "referredPersonalIdentityStatus") != ENDED_LINK
            ),
            *(
                one.find(_core("referredPersonalIdentity"))
                for one in _all(record, "linkedIdentity")
                if _is_sure(_text(one, "assuranceLevel"))
            ),
        ]
        others = [self._identity(place) for place in places]
        with suppress(BadNumber):
            others.append(parse(asked, on=clock.today()))
        found = {other.compact: self._system(other) for other in others if other is not None}
        found.pop(number.compact, None)
        return tuple((system, value) for value, system in found.items())


def _is_sure(level: str) -> bool:
    """Whether a reserve number is linked surely enough to be the same person: two persons made one are not parted."""
    return level.isascii() and level.isdigit() and int(level) >= SURE_LEVEL


def _core(name: str) -> str:
    return f"{{{CORE}}}{name}"


def _all(record: Element, name: str) -> list[Element]:
    return record.findall(_core(name))


def _text(place: Element, *path: str) -> str:
    return (place.findtext("/".join(_core(name) for name in path)) or "").strip()


def _flag(record: Element, name: str) -> bool:
    """A boolean of the record. One that cannot be read counts as set: protection is never lost by a slip."""
    told = _text(record, name)
    return bool(told) and told not in ("false", "0")


def _is_protected(record: Element) -> bool:
    """*Sekretessmarkering*, which every record must answer for, or *skyddad folkbokföring*."""
    if not _text(record, "protectedPersonIndicator"):
        raise NotUnderstood("protectedPersonIndicator")
    return _flag(record, "protectedPersonIndicator") or _flag(record, "protectedPopulationRecord")


def _is_dead(record: Element) -> bool:
    return (
        _text(record, "deregistration", "deregistrationReasonCode") == DEAD
        or bool(_text(record, "deregistration", "foundDeadAtDate", "value"))
        or bool(_text(record, "coOrdinationNumberData", "deceasedDate", "value"))
        or _text(record, "personalIdentityStatus", "identityStatusCause") == "AVLIDEN"
    )


def _names(record: Element) -> tuple[str, str]:
    """What the person is called, and the surname. An indicator of two digits tells which given names that is."""
    name = record.find(_core("name"))
    if name is None:
        return "", ""
    given, surname = _name_part(name, "givenName"), _name_part(name, "surname")
    called = _called(given, _text(name, "givenNameIndicator"))
    if not given and not surname:
        surname, _, called = _text(name, "notificationName").partition(", ")
    return called, surname or _name_part(name, "middleName")


def _name_part(name: Element, part: str) -> str:
    """Version 5 gives the name itself, version 4 a group with the name in it."""
    return _text(name, part) or _text(name, part, "name")


def _called(given: str, indicator: str) -> str:
    names = given.split()
    if len(indicator) != 2 or not indicator.isascii() or not indicator.isdigit():
        return given
    chosen = [names[int(place) - 1] for place in indicator if 0 < int(place) <= len(names)]
    return " ".join(chosen) or given


def _day(record: Element, *path: str) -> date | None:
    if _text(record, *path, "format") != "YYYY-MM-DD":
        return None
    try:
        return date.fromisoformat(_text(record, *path, "value"))
    except ValueError:
        return None


def _county(record: Element) -> str | None:
    """The county of the registered address, None where it is not told; nor is it of whoever is protected.

    Where among the address's parts the code stands is assumed: no service has been asked yet.
    """
    if _is_protected(record):
        return None
    codes = (
        place.findtext(f".//{_core('countyCode')}") for place in record.iter(_core("residentialAddress"))
    )
    return next((code.strip() for code in codes if code and re.fullmatch(r"\s*[0-9]{2}\s*", code)), None)


def _child_of(relation: Element) -> str | None:
    """The number of the child whom a relation makes the person guardian of today."""
    if _text(relation, "relationshipType") != GUARDIAN_OF or _text(relation, "status") in OVER:
        return None
    if relation.find(_core("deregistration")) is not None:
        reason = _text(relation, "deregistration", "deregistrationReasonCode")
        if reason == DEAD:
            return None
    today = clock.today()
    if _text(relation, "relationshipToDate", "value") and not _still(relation, today):
        return None
    begins = _day(relation, "relationshipFromDate")
    if begins is not None and begins > today:
        return None
    return _text(relation, "relationshipId", "personalIdentity", "extension") or None


def _still(relation: Element, today: date) -> bool:
    """Whether an end that is told has not come; one told without its day counts as come."""
    ends = _day(relation, "relationshipToDate")
    return ends is not None and ends >= today


def _mobile(record: Element) -> str | None:
    """A mobile number where the person has asked for digital notices, the first by their own order."""
    wanted = [one for one in _all(record, "contactInformation") if _flag(one, "digitalNotification")]
    for one in sorted(wanted, key=_rank):
        number = read_mobile(_text(one, "value"))
        if number is not None:
            return number
    return None


def _rank(contact: Element) -> int:
    told = _text(contact, "rank")
    return int(told) if told.isascii() and told.isdigit() else 99
