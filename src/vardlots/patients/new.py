"""*Lägg till patient*: a person who is not registered here is added with the consent that staff asked for (A11)."""

from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.family.actions import protection_changed
from vardlots.access.sign_in import known_from
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.consents.actions import register_by_staff
from vardlots.consents.model import HOW_LABELS, STAFF_HEARD, How
from vardlots.patients import queries
from vardlots.patients.actions import open_patient
from vardlots.patients.consulted import way_on
from vardlots.patients.pages import log_look_up
from vardlots.people import identity
from vardlots.people.actions import Known, recognise, relate
from vardlots.people.identity import FHIR_SYSTEMS, NumberKind, PersonNumber, age_text
from vardlots.people.register import PopulationRegister, RegisteredPerson
from vardlots.people.rules import rules_of
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import N_, text
from vardlots.platform.pages import see
from vardlots.worklist.shell import context, open_desk

MOST_NAME = 80
# A person with one of these may be unknown to the population register; staff then write the name themselves.
RESERVE = (NumberKind.NATIONAL_RESERVE, NumberKind.GAVLEBORG_RESERVE)
LOCAL_SYSTEM = "urn:oid:local-reserve"
# What the log says of the page that is opened next.
ADDED = N_("Patienten lades till här")


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is about to be added: the number, what the register says, and whether a guardian must consent."""

    number: PersonNumber
    registered: RegisteredPerson | None
    is_child: bool

    @property
    def own_number(self) -> str:
        """The number the person has now; what was typed may be an old one."""
        return self.registered.number if self.registered else self.number.compact


@get("/staff/patients/new")
async def new_patient(request: Web) -> Response[Any]:
    """The first step: the number."""
    by = await web.carer(request)
    return await draw(request, by, {}, None)


@post("/staff/patients/new", status_code=200)
async def look_up(request: Web) -> Response[Any]:
    """The second step: who the register says it is, and the question of consent."""
    by = await web.carer(request)
    typed = await _typed(request)
    try:
        number = parsed(typed["number"], "number")
        await log_look_up(request, by, number.compact)
        already = await already_here(request, by, number)
        if already is not None:
            return see(f"/staff/patients/{already}")
        found = await newcomer(request, by, number)
    except Refusal as refusal:
        return await draw(request, by, typed, None, refusal)
    return await draw(request, by, typed, found)


@post("/staff/patients/new/register", status_code=303)
async def add_patient(request: Web) -> Response[Any]:
    """The last step: consent given, the person becomes the provider's patient. Pressed twice is one patient."""
    by = await web.carer(request)
    typed = await _typed(request)
    found: Newcomer | None = None
    try:
        number = parsed(typed["number"], "number")
        await log_look_up(request, by, number.compact)
        already = await already_here(request, by, number)
        if already is not None:
            return see(way_on(typed, already))
        found = await newcomer(request, by, number)
        person_id = await _register(request, by, found, typed)
    except Refusal as refusal:
        return await draw(request, by, typed, found, refusal)
    return see(way_on(typed, person_id))


async def _register(request: Web, by: StaffActor, found: Newcomer, typed: dict[str, str]) -> int:
    if typed["consent"] != "1":
        raise Invalid("consent", "Personen måste ha samtyckt till att registreras här.")
    try:
        how = How(typed["how"])
    except ValueError:
        raise Invalid("how", "Välj hur du fick samtycket.") from None
    database = house(request).database
    known = await _known(request, found, typed)
    person_id = await _recognised(request, known)
    given_by = await _guardian(request, by, found, person_id, typed) if found.is_child else person_id
    await register_by_staff(
        database,
        by=by,
        number=known.number,
        person_id=person_id,
        birth_date=known.birth_date,
        given_by=given_by,
        how=how,
    )
    # Whoever has just asked for consent has the person in front of them.
    await open_patient(database, by=by, person_id=person_id, reason=ADDED)
    return person_id


async def _known(request: Web, found: Newcomer, typed: dict[str, str]) -> Known:
    if found.registered is not None:
        return await known_from(house(request).database, found.registered)
    given, family = typed["given_name"], typed["family_name"]
    if not given or not family:
        field = "family_name" if given else "given_name"
        raise Invalid(field, "Skriv för- och efternamn.")
    born = found.number.birth_date
    if born is None:
        raise Invalid("number", "Numret säger inte när personen är född. Be personen om ett annat nummer.")
    return Known(
        system=FHIR_SYSTEMS.get(found.number.kind, LOCAL_SYSTEM),
        number=found.number.compact,
        given_name=given,
        family_name=family,
        birth_date=born,
    )


async def _guardian(
    request: Web, by: StaffActor, found: Newcomer, child_id: int, typed: dict[str, str]
) -> int:
    """The guardian whose number staff typed, related to all their children as the register says."""
    number = parsed(typed["guardian"], "guardian").compact
    await log_look_up(request, by, number)
    register = _population_register(request)
    children = await register.children(number)
    of_child = next((one for one in children if one.person.number == found.own_number), None)
    guardian = await register.person(number)
    if of_child is None or of_child.blocked or guardian is None:
        raise Invalid("guardian", "Personen är inte vårdnadshavare för barnet enligt folkbokföringen.")
    database = house(request).database
    guardian_id = await _recognised(request, await known_from(database, guardian))
    ids = [
        (await _recognised(request, await known_from(database, one.person)), one.blocked) for one in children
    ]
    await relate(database, guardian_id=guardian_id, children=ids)
    assert child_id in {one for one, _ in ids}
    return guardian_id


async def _recognised(request: Web, known: Known) -> int:
    """The person's id here. A mark of protection that the register tells now holds at once, everywhere."""
    who = await recognise(house(request).database, known=known)
    if who.protection_changed:
        await protection_changed(house(request), by="look_up", who=who)
    return who.person_id


async def newcomer(request: Web, by: StaffActor, number: PersonNumber) -> Newcomer:
    registered = await _population_register(request).person(number.compact)
    if registered is None and number.kind not in RESERVE:
        raise Invalid("number", "Folkbokföringen har ingen med det numret. Kontrollera siffrorna.")
    born = registered.birth_date if registered else number.birth_date
    async with house(request).database.transaction(by.scope) as connection:
        rules = await rules_of(connection, by.provider_id)
    is_child = born is not None and not rules.on_their_own(born, clock.today())
    if is_child and registered is None:
        raise Invalid("number", "Ett barn behöver ett nummer som finns i folkbokföringen.")
    return Newcomer(number=number, registered=registered, is_child=is_child)


async def already_here(request: Web, by: StaffActor, number: PersonNumber) -> int | None:
    async with house(request).database.transaction(by.scope) as connection:
        return await queries.by_number(connection, by=by, number=number.compact)


def parsed(typed: str, field: str) -> PersonNumber:
    try:
        return identity.parse(typed, on=clock.today())
    except identity.BadNumber as fault:
        raise Invalid(field, fault.message) from None


async def _typed(request: Web) -> dict[str, str]:
    form = await request.form()
    names = ("number", "given_name", "family_name", "guardian", "how", "consent", "consultation")
    return {name: " ".join(str(form.get(name, "")).split())[:MOST_NAME] for name in names}


async def draw(
    request: Web,
    by: StaffActor,
    typed: dict[str, str],
    found: Newcomer | None,
    refusal: Refusal | None = None,
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
    lang = desk.lang
    values = {
        **context(desk, "patients", "/staff/patients"),
        "form": typed,
        "found": _shown(found, lang) if found else None,
        "ways": [
            {"value": how.value, "label": text(lang, HOW_LABELS[how]).capitalize()} for how in STAFF_HEARD
        ],
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
    }
    return pages.page(request, "patients/new.html", values, status=refusal.status if refusal else 200)


def _shown(found: Newcomer, lang: str) -> dict[str, Any]:
    """A person with protected identity is not named: whoever typed the number knows whom they are talking with."""
    registered = found.registered
    protected = registered is not None and registered.protected
    name = f"{registered.given_name} {registered.family_name}" if registered and not protected else ""
    born = registered.birth_date if registered else found.number.birth_date
    return {
        "name": name,
        "number": found.number.display,
        "age": age_text(born, clock.today(), lang) if born else "",
        "protected": protected,
        "is_child": found.is_child,
        "unknown": registered is None,
    }


def _population_register(request: Web) -> PopulationRegister:
    found: PopulationRegister = request.route_handler.opt["register"]
    return found


def new_patient_routes(register: PopulationRegister) -> list[ControllerRouterHandler]:
    """The handlers of this file, asking one population register."""
    handlers = [new_patient, look_up, add_patient]
    return [Router(path="/", route_handlers=handlers, opt={"register": register})]
