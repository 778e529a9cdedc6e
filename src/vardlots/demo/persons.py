"""The test persons of the demonstration: who they are to the sign-in pages, and what is said of them."""

import hashlib
from collections import defaultdict
from functools import cache

import msgspec

from vardlots.access.claims import Commission, PatientIdentity, StaffIdentity
from vardlots.access.identity_providers import DEMO_ACR, Identity, Who
from vardlots.clinics.model import role_label
from vardlots.demo.people import DemoRegion, Person, load_region
from vardlots.people.identity import NumberKind, age_years
from vardlots.people.register import LocalRegister, RegisteredPerson
from vardlots.platform import clock
from vardlots.platform.content import CONTENT
from vardlots.platform.i18n import text
from vardlots.platform.settings import Settings

# Shown first and in the terminal: each leads to another part of the product.
STAFF_FIRST = ("ylva-tallvik", "hamid-nordsken", "siri-abrink", "petra-asnas")
# A region's own series of reserve numbers has no national system.
LOCAL_SERIES = "urn:x-vardlots-demo:local-reserve-number"
PATIENTS_FIRST = ("elin-sjoqvarn", "matti-sjoqvarn", "ruben-ekdunge", "anna-lena-bromarv")


class TestPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the page of test persons. `ref` says nothing of who it is."""

    __test__ = False

    ref: str
    who: Who
    name: str
    line: str
    words: str
    featured: bool


@cache
def region() -> DemoRegion:
    """The demonstration region, read once."""
    return load_region(CONTENT / "demo")


def has_e_id(person: Person) -> bool:
    """Who is known by a reserve number came in without proof of identity, and has no e-ID either."""
    kind = person.identity(clock.today()).kind
    return kind in (NumberKind.PERSONNUMMER, NumberKind.SAMORDNINGSNUMMER)


def persons(who: Who, lang: str = "sv") -> list[TestPerson]:
    """Everybody who can be pressed, those that lead somewhere first, then by name."""
    found = _patients(lang) if who == "patient" else _staff(lang)
    return sorted(found, key=lambda one: (not one.featured, one.name))


def search(who: Who, words: str, lang: str = "sv") -> list[TestPerson]:
    """Those whose name, age, role, unit or family has every word."""
    wanted = words.casefold().split()
    return [one for one in persons(who, lang) if all(word in one.words for word in wanted)]


def identity(who: Who, ref: str) -> Identity | None:
    """What an identity provider would say of a test person; None for an unknown reference."""
    if who == "staff":
        for one in region().staff:
            if ref_of(one.id) == ref:
                commissions = tuple(Commission(assignment.hsa_id) for assignment in one.assignments)
                return StaffIdentity(hsa_ids=(one.hsa_id,), commissions=commissions, acr=DEMO_ACR)
        return None
    for person in filter(has_e_id, region().persons):
        if ref_of(person.id) == ref:
            known = registered(person)
            return PatientIdentity(
                system=known.system,
                number=known.number,
                given_name=known.given_name,
                family_name=known.family_name,
                birth_date=known.birth_date,
                acr=DEMO_ACR,
            )
    return None


def register() -> LocalRegister:
    """The population register of the demonstration: its persons and families."""
    by_id = {person.id: registered(person) for person in region().persons}
    families: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for bond in region().guardianships:
        families[by_id[bond.guardian].number].append((by_id[bond.child].number, bond.blocked))
    return LocalRegister(by_id.values(), families)


def registered(person: Person) -> RegisteredPerson:
    """A person of the demonstration as the population register has them."""
    number = person.identity(clock.today())
    units = {unit.id: unit.hsa_id for unit in region().units}
    return RegisteredPerson(
        system=number.fhir_system or LOCAL_SERIES,
        number=number.compact,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date,
        sex=person.sex,
        protected=person.protected,
        mobile=person.mobile,
        listed_unit_hsa_id=units[person.listed_unit] if person.listed_unit else None,
        county=person.county,
    )


def ref_of(content_id: str) -> str:
    """A reference for addresses: the content's own ids are names."""
    return hashlib.sha256(f"demo:{content_id}".encode()).hexdigest()[:16]


def lines(settings: Settings) -> list[str]:
    """What the terminal says of whom to sign in as."""
    told = [f"  {settings.base_url}/staff/sign-in   staff:"]
    told += [f"      {one.name}, {one.line}" for one in persons("staff") if one.featured]
    told += [f"  {settings.base_url}/sign-in         patients:"]
    told += [f"      {one.name}, {one.line}" for one in persons("patient") if one.featured]
    told += [f"  {settings.base_url}/demo/outbox     the text messages that phones would show"]
    return told


def _staff(lang: str) -> list[TestPerson]:
    units = {unit.id: unit.name for unit in region().units}
    found = []
    for one in region().staff:
        places = [f"{text(lang, role_label(a.role))} {units[a.unit]}" for a in one.assignments]
        if one.shift == "forgotten":
            places.append(text(lang, "glömde avsluta skiftet i går"))
        found.append(
            _line("staff", one.id, f"{one.given_name} {one.family_name}", ", ".join(places), STAFF_FIRST)
        )
    return found


def _patients(lang: str) -> list[TestPerson]:
    today = clock.today()
    by_id = {person.id: person for person in region().persons}
    children: dict[str, list[str]] = defaultdict(list)
    for bond in region().guardianships:
        child = by_id[bond.child]
        line = f"{child.given_name} {age_years(child.birth_date, today)}"
        children[bond.guardian].append(text(lang, "{child} (spärrad)", child=line) if bond.blocked else line)
    units = {unit.id: unit.name for unit in region().units}
    found = []
    for person in filter(has_e_id, region().persons):
        parts = [text(lang, "{n} år", n=age_years(person.birth_date, today))]
        if person.id in children:
            names = _listed(children[person.id], lang)
            parts.append(text(lang, "vårdnadshavare till {names}", names=names))
        if person.listed_unit:
            parts.append(text(lang, "listad på {unit}", unit=units[person.listed_unit]))
        if person.protected:
            parts.append(text(lang, "skyddade personuppgifter"))
        if not person.mobile:
            parts.append(text(lang, "inget mobilnummer"))
        name = f"{person.given_name} {person.family_name}"
        found.append(_line("patient", person.id, name, ", ".join(parts), PATIENTS_FIRST))
    return found


def _line(who: Who, content_id: str, name: str, line: str, first: tuple[str, ...]) -> TestPerson:
    return TestPerson(
        ref=ref_of(content_id),
        who=who,
        name=name,
        line=line,
        words=f"{name} {line}".casefold(),
        featured=content_id in first,
    )


def _listed(names: list[str], lang: str) -> str:
    if len(names) == 1:
        return names[0]
    return text(lang, "{names} och {last}", names=", ".join(names[:-1]), last=names[-1])


def names_by_mobile() -> dict[str, str]:
    """Whose phone a number is."""
    told = [(one.mobile, one.given_name, one.family_name) for one in region().staff]
    told += [(one.mobile, one.given_name, one.family_name) for one in region().persons]
    return {mobile: f"{given} {family}" for mobile, given, family in told if mobile}
