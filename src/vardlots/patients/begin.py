"""*Nytt* on a patient's page: what staff can begin, and the new asynchronous chat (requirement E7)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.begun.actions import Begun, begin_chat, demand_registered, lengths, may_begin, unread
from vardlots.cases.ending.configured import EndRules, rules_of
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.cases.web import house, read_log
from vardlots.families.acting import acting_for
from vardlots.patients.begin_choices import choices
from vardlots.patients.consulted import reason_of, told_of
from vardlots.patients.pages import demand_open, log_read, person_in, show
from vardlots.patients.queries import is_open_for
from vardlots.people.queries import Person, person, same_persons
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal
from vardlots.platform.i18n import N_, plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import clock_time, day_words, see
from vardlots.tickets.model import TicketRef
from vardlots.tickets.queries import tickets_for_staff
from vardlots.triage.configured import practice_of
from vardlots.worklist.about import who_words
from vardlots.worklist.reasons import Wanted, kind_for, named, read_reason, reason_field
from vardlots.worklist.shell import context, open_desk

KINDS = {"care": N_("Vård"), "administrative": N_("Administrativt ärende")}
TYPED = ("step", "kind", "days", "key", "consultation")
TYPED_MOST = 120


@get("/staff/patients/{person:str}/new")
async def new(request: Web) -> Response[Any]:
    """*Nytt*: the box with what can be begun, or the door in front of the patient's page."""
    by = await web.carer(request)
    person_id = person_in(request)
    if (door := await door_of(request, by, person_id)) is not None:
        return door
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        about = await person(connection, person_id)
        refusal = await refused_registration(connection, by, person_id)
    if about is None:
        raise NotFound()
    await log_read(request, by, person_id)
    base = f"/staff/patients/{person_id}"
    values = {
        **context(desk, "patients", "/staff/patients"),
        "base": base,
        "who": who_words(about, desk.lang),
        "choices": [] if refusal else choices(base, desk.lang),
        "fault": text(desk.lang, refusal.message) if refusal else "",
    }
    return pages.page(request, "patients/begin.html", values)


async def door_of(request: Web, by: StaffActor, person_id: int) -> Response[Any] | None:
    """The door in front of the patient's page; None for whoever has opened it. Raises NotFound."""
    async with house(request).database.transaction(by.scope) as connection:
        opened = await is_open_for(connection, by=by, person_id=person_id)
    return None if opened else await show(request, by, person_id)


@get("/staff/patients/{person:str}/chat")
async def chat_form(request: Web) -> Response[Any]:
    """*Asynkront*: which reason. `?ticket=` is a ticket of the patient's that was not used, and the reason its own."""
    by = await web.carer(request)
    person_id = person_in(request)
    if (door := await door_of(request, by, person_id)) is not None:
        return door
    asked = request.query_params.get("consultation", "")
    if asked:
        wanted = await reason_of(request, by, asked)
        return await _draw(request, by, person_id, wanted, {"consultation": asked})
    wanted = await _from_ticket(request, by, person_id)
    return await _draw(request, by, person_id, wanted, {})


@post("/staff/patients/{person:str}/chat", status_code=200)
async def begin(request: Web) -> Response[Any]:
    """*Nästa* shows what it will be, *Slutför* begins it."""
    by = await web.carer(request)
    person_id = person_in(request)
    await demand_open(request, by, person_id)
    form = await request.form()
    typed = {name: str(form.get(name, ""))[:TYPED_MOST] for name in TYPED}
    async with house(request).database.transaction(by.scope) as connection:
        practice = await practice_of(connection, by.provider_id)
    wanted = read_reason(form, practice, pages.language_of(request))
    if typed["step"] == "back" or not wanted.code:
        fault = None if typed["step"] == "back" else Invalid("reason", "Välj en sökorsak i listan.")
        return await _draw(request, by, person_id, wanted, typed | {"step": ""}, fault)
    if typed["step"] != "finish":
        return await _draw(request, by, person_id, wanted, typed | {"step": "confirm"})
    try:
        chosen = Begun(
            person_id=person_id,
            reason=wanted.code,
            kind=typed["kind"],
            days=whole(typed["days"], 4) or 0,
        )
        case = await begin_chat(
            house(request),
            by=by,
            new=chosen,
            key=typed["key"] or str(uuid4()),
            together=told_of(by, typed["consultation"]),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return await _draw(request, by, person_id, wanted, typed | {"step": "confirm"}, refusal)
    return see(f"/staff/patients/{person_id}/chat/{case.ref}")


@get("/staff/patients/{person:str}/chat/{ref:str}")
async def begun(request: Web) -> Response[Any]:
    """The chat is there: *Gå till besök*."""
    by = await web.carer(request)
    person_id = person_in(request)
    ref = CaseRef.parse(str(request.path_params["ref"]))
    async with house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        about = await person(connection, person_id)
        if about is None or case.person_id not in await same_persons(connection, [person_id]):
            raise NotFound()
        desk = await open_desk(request, connection, by)
        acts = await person(connection, case.actor_person_id)
    await read_log(request).record(
        access(by, "read_case", provider_id=by.provider_id, person_id=person_id, case_id=case.case_id)
    )
    lang = desk.lang
    until = case.writable_until
    values = {
        **context(desk, "patients", "/staff/patients"),
        "base": f"/staff/patients/{person_id}",
        "who": who_words(about, lang),
        "reason": desk.pen.names[case.reason],
        "reader": _reader(about, acts, lang) if acts is not None else "",
        "until": text(lang, "{day} {time}", day=day_words(until, lang), time=clock_time(until))
        if until
        else "",
        "visit": f"/staff/cases/{case.ref}",
    }
    return pages.page(request, "patients/begun.html", values)


async def _from_ticket(request: Web, by: StaffActor, person_id: int) -> Wanted:
    raw = request.query_params.get("ticket", "")
    lang = pages.language_of(request)
    if not raw:
        return Wanted()
    wanted = TicketRef.parse(raw)
    async with house(request).database.transaction(by.scope) as connection:
        ids = await same_persons(connection, [person_id])
        found = await tickets_for_staff(connection, by=by, person_ids=ids)
        practice = await practice_of(connection, by.provider_id)
    reason = next((one.reason for one in found if one.ref == wanted), "")
    return named(reason, practice, lang)


async def refused_registration(connection: Connection, by: StaffActor, person_id: int) -> Refusal | None:
    """Why nothing new can begin with the patient; None where the consent to be registered here holds."""
    try:
        await demand_registered(connection, by=by, person_id=person_id)
    except Forbidden as refusal:
        return refusal
    return None


async def _draw(
    request: Web,
    by: StaffActor,
    person_id: int,
    wanted: Wanted,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        about = await person(connection, person_id)
        acting = await acting_for(connection, provider_id=by.provider_id, person_id=person_id)
        reader = await person(connection, acting) if acting is not None else None
        rules = await rules_of(connection, by.provider_id)
        closed = await refused_registration(connection, by, person_id)
    if about is None:
        raise NotFound()
    await log_read(request, by, person_id)
    lang = desk.lang
    # Where it cannot be begun at all, that is said before anything is asked.
    stop = closed or (unread() if reader is None else None) or may_begin(by, "administrative")
    fault = text(lang, refusal.message, **refusal.values) if refusal else ""
    field = refusal.field if isinstance(refusal, Invalid) else ""
    kind = typed.get("kind") or (kind_for(desk.pen.practice, wanted.code) if wanted.code else "care")
    values = {
        **context(desk, "patients", "/staff/patients"),
        "base": f"/staff/patients/{person_id}",
        "who": who_words(about, lang),
        "stop": text(lang, stop.message) if stop else "",
        "telephone": reader is None and not closed,
        "assists": bool(desk.pen.practice.roles.of(by.role).assists),
        "step": typed.get("step", ""),
        "reason": reason_field(wanted, fault if field == "reason" else ""),
        "reader": _reader(about, reader, lang) if reader is not None else "",
        "kinds": [
            {"value": value, "label": text(lang, label)}
            for value, label in KINDS.items()
            if may_begin(by, value) is None
        ],
        "kind": kind if may_begin(by, kind) is None else "administrative",
        "days": _days(rules, lang),
        "chosen_days": typed.get("days") or str(_first_days(rules)),
        "key": typed.get("key") or str(uuid4()),
        "consultation": typed.get("consultation", ""),
        "fault": fault if field != "reason" else "",
        "field": field,
    }
    status = refusal.status if refusal else 200
    return pages.page(request, "patients/begin_chat.html", values, status=status)


def _first_days(rules: EndRules) -> int:
    return rules.first_days or lengths(rules)[0]


def _days(rules: EndRules, lang: str) -> list[dict[str, str]]:
    now = clock.now()
    return [
        {
            "value": str(days),
            "label": plural(lang, "{n} dag", "{n} dagar", days),
            "hint": text(
                lang,
                "Till {day} {time}",
                day=day_words(now + timedelta(days=days), lang),
                time=clock_time(now),
            ),
        }
        for days in lengths(rules)
    ]


def _reader(about: Person, reader: Person, lang: str) -> str:
    """To whom it goes, in words. A patient with protected identity is not named."""
    if reader.main_id != about.main_id:
        return text(lang, "{name}, vårdnadshavare", name=reader.name)
    return text(lang, "Patienten") if about.protected else about.name


HANDLERS = (new, chat_form, begin, begun)
