"""Patienter: find a patient, and the patient's own page for staff (requirements A9–A11, D15)."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.consents import actions as consents
from vardlots.consents.model import ConsentKind, How
from vardlots.patients import queries
from vardlots.patients.actions import open_patient
from vardlots.patients.draw import draw_patient
from vardlots.patients.read import read_patient
from vardlots.people import identity
from vardlots.people.queries import age_in_years
from vardlots.platform import clock, pages
from vardlots.platform.db import Scope
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import N_, plural, text
from vardlots.platform.limits import SharedLimit
from vardlots.platform.numbers import id_sent
from vardlots.platform.pages import see
from vardlots.worklist.shell import context, open_desk

MOST_TYPED = 80
# Questions about numbers, for each member of staff, in seconds: more than anybody types at a desk.
LOOK_UPS = SharedLimit("look_up", 60, 600)
# Where the search leads on to, under the patient's page.
# A time that was pressed in the calendar, to be booked for whoever is found.
_SLOT = re.compile(r"book-([0-9]{1,9}-[0-9]{1,18})")
ONWARD = {"new": "/new", "ticket": "/tickets/new"}
# Why one opens the page of a patient whom one has no case with. "other" says nothing by itself.
REASONS = {
    "contact": N_("Patienten har kontakt med mig nu"),
    "planned": N_("Jag förbereder en kontakt"),
    "other": N_("Annat skäl"),
}


@get("/staff/patients")
async def find_patient(request: Web) -> Response[Any]:
    """The empty search."""
    by = await web.carer(request)
    return await _search_page(request, by, "", None)


@post("/staff/patients", status_code=200)
async def found_patients(request: Web) -> Response[Any]:
    """By a whole identity number: the patient's page. By name: those within one's reach. What is typed is nowhere
    in an address, and the search is logged."""
    by = await web.carer(request)
    form = await request.form()
    typed = " ".join(str(form.get("q", "")).split())[:MOST_TYPED]
    try:
        number: str | None = identity.parse(typed, on=clock.today()).compact
    except identity.BadNumber:
        number = None
    if number is not None:
        await LOOK_UPS.take(house(request).database, by.staff_id)
    async with house(request).database.transaction(by.scope) as connection:
        if number is not None:
            person_id = await queries.by_number(connection, by=by, number=number)
            rows: list[dict[str, Any]] = []
        else:
            person_id = None
            rows = await queries.by_name(connection, by=by, names=typed.split()[:3]) if len(typed) > 1 else []
    listed = [access(by, "search", provider_id=by.provider_id, person_id=row["person_id"]) for row in rows]
    await read_log(request).record(
        access(by, "search", provider_id=by.provider_id, person_id=person_id), *listed
    )
    if person_id is not None:
        return see(f"/staff/patients/{person_id}{_onward(request)}")
    return await _search_page(request, by, typed, rows, number=number)


async def _search_page(
    request: Web,
    by: StaffActor,
    typed: str,
    rows: list[dict[str, Any]] | None,
    *,
    number: str | None = None,
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
    lang = desk.lang
    line = ""
    if rows is not None:
        if number is not None:
            line = text(lang, "Personen är inte registrerad här. Fråga om samtycke och lägg till personen.")
        elif len(typed) < 2:
            line = text(lang, "Skriv minst två tecken av namnet, eller ett helt personnummer.")
        elif rows:
            line = plural(lang, "En patient.", "{n} patienter.", len(rows))
        else:
            line = text(
                lang,
                "Ingen patient med det namnet har ett ärende hos dig. Sök på hela personnumret i stället.",
            )
    values = {
        **context(desk, "patients", "/staff/patients"),
        "q": typed,
        "line": line,
        "missing": number is not None and rows is not None,
        "then": _then(request),
        "rows": [
            {
                "href": f"/staff/patients/{row['person_id']}{_onward(request)}",
                "name": row["name"],
                "age": _age(row["birth_date"], lang),
            }
            for row in rows or ()
        ],
    }
    return pages.page(request, "patients/find.html", values)


@get("/staff/patients/{person:str}")
async def patient_page(request: Web) -> Response[Any]:
    """The patient's page, or the door in front of it."""
    by = await web.carer(request)
    return await show(request, by, person_in(request))


@post("/staff/patients/{person:str}/open", status_code=303)
async def open_page(request: Web) -> Response[Any]:
    """Say why one opens the page of a patient whom one has no case with."""
    by = await web.carer(request)
    person_id = person_in(request)
    form = await request.form()
    chosen, more = str(form.get("why", "")).strip(), str(form.get("more", "")).strip()
    # What is chosen and what is written are one reason, in the language that the log is kept in.
    onward = _own_page(str(form.get("next", "")))
    said = REASONS.get(chosen, "") if chosen != "other" else ""
    reason = ". ".join(part for part in (said, more) if part)
    try:
        await open_patient(house(request).database, by=by, person_id=person_id, reason=reason)
    except Invalid as refusal:
        return await show(request, by, person_id, refusal, {"why": chosen, "more": more, "next": onward})
    return see(onward or f"/staff/patients/{person_id}")


@post("/staff/patients/{person:str}/consents", status_code=303)
async def keep_consent(request: Web) -> Response[Any]:
    """A yes, a no, or a consent taken back, as the patient or a guardian said it."""
    by = await web.carer(request)
    person_id = person_in(request)
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in ("kind", "said", "given_by", "how", "next")}
    try:
        await demand_open(request, by, person_id)
        await _keep(request, by, person_id, typed)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return await show(request, by, person_id, refusal, typed)
    return see(_own_page(typed["next"]) or f"/staff/patients/{person_id}")


async def _keep(request: Web, by: StaffActor, person_id: int, typed: dict[str, str]) -> None:
    kind = _member(ConsentKind, typed["kind"], "kind", N_("Välj vad samtycket gäller."))
    how = _member(How, typed["how"], "how", N_("Välj hur du fick svaret."))
    says = id_sent(typed["given_by"])
    database = house(request).database
    about = {"provider_id": by.provider_id, "person_id": person_id, "kind": kind, "how": how}
    if typed["said"] == "withdrawn":
        await consents.withdraw(database, by=by, withdrawn_by=says, **about)
    elif typed["said"] in ("yes", "no"):
        await consents.answer(database, by=by, given=typed["said"] == "yes", given_by=says, **about)
    else:
        raise Invalid("said", "Välj ja, nej eller återtaget.")


async def demand_open(request: Web, by: StaffActor, person_id: int) -> None:
    """Raises NotFound where the actor has not opened the page: its forms are shown on it only."""
    async with house(request).database.transaction(by.scope) as connection:
        if not await queries.is_open_for(connection, by=by, person_id=person_id):
            raise NotFound()


async def show(
    request: Web,
    by: StaffActor,
    person_id: int,
    refusal: Refusal | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    """Draw the page, or the door, with what was refused beside its cause."""
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_patient(connection, by=by, person_id=person_id)
        desk = await open_desk(request, connection, by)
    lang = desk.lang
    fault = text(lang, refusal.message, **refusal.values) if refusal else ""
    field = refusal.field if isinstance(refusal, Invalid) else ""
    values = {
        **context(desk, "patients", "/staff/patients"),
        "base": f"/staff/patients/{person_id}",
        "fault": fault,
        "field": field,
        "typed_form": typed or {},
    }
    if not found.is_open:
        values["reasons"] = [{"value": value, "label": text(lang, label)} for value, label in REASONS.items()]
        # Whoever came for a page behind the door goes on to it.
        values["next"] = request.url.path if request.method == "GET" else (typed or {}).get("next", "")
        return pages.page(request, "patients/door.html", values, status=refusal.status if refusal else 403)
    await log_read(request, by, person_id)
    values["p"] = draw_patient(found, desk)
    return pages.page(request, "patients/patient.html", values, status=refusal.status if refusal else 200)


def _then(request: Web) -> str:
    """What somebody who looks for a patient is about to begin; "" for nothing but their page."""
    slot = request.query_params.get("slot", "")
    then = f"book-{slot}" if slot else request.query_params.get("then", "")
    return then if then in ONWARD or _SLOT.fullmatch(then) else ""


def _onward(request: Web) -> str:
    then = _then(request)
    if found := _SLOT.fullmatch(then):
        return f"/book?slot={found[1]}"
    return ONWARD.get(then, "")


async def log_read(request: Web, by: StaffActor, person_id: int) -> None:
    """Said in the log before a page about the patient is sent."""
    row = access(by, "read_patient", provider_id=by.provider_id, person_id=person_id)
    await read_log(request).record(row)


async def log_look_up(request: Web, by: StaffActor, number: str) -> None:
    """Note a question about whose a number is, before it is answered, about the person where it is anybody known.

    What the answer tells (a name, whether somebody is a patient here) is told of people who are nobody's patients
    yet: each question is logged, whatever comes of it, and there are no more of them than work needs. Raises TooMany.
    """
    await LOOK_UPS.take(house(request).database, by.staff_id)
    async with house(request).database.transaction(Scope(identity=number)) as connection:
        person_id = await queries.whose_number(connection, number)
    await read_log(request).record(access(by, "look_up", provider_id=by.provider_id, person_id=person_id))


def person_in(request: Web) -> int:
    """The person's id in the address. Raises NotFound for anything else."""
    return id_sent(str(request.path_params["person"]))


def _member(kind: Any, typed: str, field: str, message: str) -> Any:
    try:
        return kind(typed)
    except ValueError:
        raise Invalid(field, message) from None


def _age(born: date, lang: str) -> str:
    return plural(lang, "{n} år", "{n} år", age_in_years(born, clock.today()))


def _own_page(address: str) -> str:
    """A staff page of ours to go back to, or nothing."""
    parts = urlsplit(address)
    own = not parts.scheme and not parts.netloc and address.startswith("/staff/")
    return address if own and address.isascii() and address.isprintable() and "\\" not in address else ""


HANDLERS = (find_patient, found_patients, patient_page, open_page, keep_consent)
