"""*Assisterad triage*: who calls, from where, to which unit, about what. One page, one form."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.consents import queries as consents
from vardlots.forms.text import say
from vardlots.patients.assisted.draw import begun_rows, who_words
from vardlots.patients.pages import demand_open, person_in
from vardlots.people.queries import Person, person
from vardlots.platform import clock, pages
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal
from vardlots.platform.i18n import N_, text
from vardlots.platform.limits import Limit
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.platform.phones import read_phone
from vardlots.triage.assisted import policy, queries
from vardlots.triage.assisted.actions import start_assisted
from vardlots.triage.assisted.model import Call, Caller
from vardlots.triage.catalogue import search
from vardlots.triage.configured import Practice
from vardlots.triage.interview import NotSuited
from vardlots.triage.model import Subject
from vardlots.worklist.shell import context, open_desk

# More calls than anybody takes, in seconds.
CALLS = Limit(40, 600)
TYPED = ("unit_id", "caller", "caller_name", "phone", "no_phone", "q")
TYPED_MOST = 120
KINDS = ("complaint", "service")


@get("/staff/patients/{person:str}/assisted")
async def start_page(request: Web) -> Response[Any]:
    """The form, and what one has begun about this patient."""
    by = await web.carer(request)
    return await _draw(request, by, person_in(request), {})


@post("/staff/patients/{person:str}/assisted", status_code=303)
async def begin(request: Web) -> Response[Any]:
    """A complaint was chosen: on to its questions. Without one, what was typed is searched for; it is in no address."""
    by = await web.carer(request)
    person_id = person_in(request)
    form = await request.form()
    typed = {name: str(form.get(name, "")).strip()[:TYPED_MOST] for name in TYPED}
    kind, _, reason = str(form.get("reason", "")).partition(":")
    if kind not in KINDS or not reason:
        return await _draw(request, by, person_id, typed)
    await demand_open(request, by, person_id)
    CALLS.take(by.staff_id)
    try:
        unit = await _unit(request, by, person_id, typed)
        ref = await start_assisted(
            house(request),
            by=by,
            unit=unit,
            person_id=person_id,
            reason=reason,
            kind=kind,
            call=await _call(request, by, person_id, typed),
        )
    except NotSuited as not_suited:
        return await _draw(request, by, person_id, typed, told=not_suited.sentence(by.lang))
    except (Invalid, Forbidden) as refusal:
        return await _draw(request, by, person_id, typed, refusal)
    return see(f"/staff/assisted/{ref}")


async def _unit(request: Web, by: StaffActor, person_id: int, typed: dict[str, str]) -> Unit:
    async with house(request).database.transaction(by.scope) as connection:
        about = await person(connection, person_id)
        units = await queries.units_for(connection, by=by, about=about) if about else []
    chosen = whole(typed["unit_id"], 9)
    found = next((one for one in units if one.unit_id == chosen), None)
    if found is None:
        raise Invalid("unit_id", "Välj en enhet i listan.")
    return found


async def _call(request: Web, by: StaffActor, person_id: int, typed: dict[str, str]) -> Call:
    """Who is on the line and the number, as the form says. Raises Invalid."""
    number = read_phone(typed["phone"]) if typed["phone"] else None
    if typed["phone"] and number is None:
        raise Invalid("phone", N_("Numret stämmer inte. Kontrollera siffrorna."))
    if number is None and not typed["no_phone"]:
        raise Invalid("phone", N_("Skriv numret, eller kryssa för att den som ringer inte lämnar något."))
    caller, _, guardian = typed["caller"].partition(":")
    if caller == Caller.SELF:
        return Call(phone=number)
    if caller == Caller.GUARDIAN:
        async with house(request).database.transaction(by.scope) as connection:
            about = await person(connection, person_id)
            allowed = (
                await consents.who_may_answer(connection, by.provider_id, about, clock.today())
                if about
                else []
            )
        known = next((one for one in allowed if one.person_id == whole(guardian, 18)), None)
        if known is None:
            raise Invalid("caller", N_("Välj vem som ringer."))
        return Call(Caller.GUARDIAN, known.name, known.person_id, number)
    if caller == Caller.OTHER:
        return Call(Caller.OTHER, typed["caller_name"], None, number)
    raise Invalid("caller", N_("Välj vem som ringer."))


async def _draw(
    request: Web,
    by: StaffActor,
    person_id: int,
    typed: dict[str, str],
    refusal: Refusal | None = None,
    told: str = "",
) -> Response[Any]:
    await demand_open(request, by, person_id)
    async with house(request).database.transaction(by.scope) as connection:
        about = await person(connection, person_id)
        desk = await open_desk(request, connection, by)
        if about is None:
            raise NotFound()
        practice = desk.pen.practice
        assists = practice.roles.of(by.role).assists
        if no := policy.may_assist(assists, "service"):
            raise no
        units = await queries.units_for(connection, by=by, about=about)
        answerers = await consents.who_may_answer(connection, by.provider_id, about, clock.today())
        begun = await queries.begun(connection, by=by, person_id=person_id)
    await read_log(request).record(
        access(by, "read_patient", provider_id=by.provider_id, person_id=person_id)
    )
    lang = desk.lang
    chosen = whole(typed.get("unit_id", ""), 9) or (units[0].unit_id if units else 0)
    guardians = [one for one in answerers if one.person_id != about.person_id]
    fault = told or (text(lang, refusal.message, **refusal.values) if refusal else "")
    status = 422 if told else refusal.status if refusal else 200
    kinds = KINDS if assists == "all" else ("service",)
    found = {kind: _offered(practice, chosen, kind, typed, about, lang) for kind in kinds}
    values = {
        **context(desk, "patients", "/staff/patients"),
        "base": f"/staff/patients/{person_id}",
        "about": who_words(about, lang),
        "protected": about.protected,
        "units": [{"value": str(one.unit_id), "label": _unit_words(one, lang)} for one in units],
        "chosen": str(chosen),
        "callers": [
            {"value": "self", "label": text(lang, "Patienten")},
            *(
                {
                    "value": f"guardian:{one.person_id}",
                    "label": text(lang, "{name}, vårdnadshavare", name=one.name),
                }
                for one in guardians
            ),
            {"value": "other", "label": text(lang, "Någon annan")},
        ],
        "caller": typed.get("caller") or ("self" if not guardians else ""),
        "typed_form": typed,
        "groups": [
            {
                "title": text(lang, "Besvär")
                if kind == "complaint"
                else text(lang, "Administrativa ärenden"),
                "reasons": reasons,
            }
            for kind, reasons in found.items()
            if reasons
        ],
        "nothing": typed.get("q", "") if not any(found.values()) else "",
        "begun": begun_rows(begun, practice, lang),
        "fault": fault,
        "field": refusal.field if isinstance(refusal, Invalid) else "",
    }
    return pages.page(request, "patients/assisted_start.html", values, status=status)


def _offered(
    practice: Practice, unit_id: int, kind: str, typed: dict[str, str], about: Person, lang: str
) -> list[dict[str, str]]:
    """What the unit offers to somebody of that age, the nearest to what is searched for first."""
    subject = Subject(age_years=policy.years_old(about), sex=about.sex)  # type: ignore[arg-type]
    matches = search(practice.offered(unit_id, kind), typed.get("q", ""), lang, subject)
    return [
        {"value": f"{kind}:{one.complaint.code}", "label": say(one.complaint.title, lang)} for one in matches
    ]


def _unit_words(unit: Unit, lang: str) -> str:
    return f"{unit.name}, {opening_words(opening_of(unit, clock.now()), lang)}"


HANDLERS = (start_page, begin)
