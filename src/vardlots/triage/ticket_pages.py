"""*Mina biljetter*: the list, a ticket's page, declining it, asking for help to find a time (requirements B4, B8)."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.booking.model import Slot, sought_by_ticket
from vardlots.booking.queries import appointment_of, free_times
from vardlots.cases import web
from vardlots.cases.actions import open_case
from vardlots.cases.model import CaseRef
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import moment_words, opening_words
from vardlots.forms.text import say
from vardlots.people.queries import Person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.pages import see
from vardlots.tickets import actions, policy
from vardlots.tickets import queries as tickets
from vardlots.tickets.model import Deed, Kind, State, Ticket, TicketRef, said
from vardlots.tickets.words import DECLINE_REASONS, state_line, ticket_why
from vardlots.triage import queries, words
from vardlots.triage.booking.actions import ask_for_time
from vardlots.triage.booking.days import moment_in_words, when_in_words
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.home import note_tickets_read
from vardlots.triage.news import news
from vardlots.triage.queries import InterviewRef, Kept
from vardlots.triage.queueing import new_case_of_ticket, route_of
from vardlots.triage.routing import Closed
from vardlots.triage.tickets.forms import forms_context
from vardlots.triage.tickets.pages import draw as draw_other
from vardlots.triage.tickets.slip import Slip, drawn
from vardlots.triage.web import same_case_url


@get("/my/tickets")
async def my_tickets(request: Web) -> Response[str]:
    """Every ticket of oneself and one's children: those that can be used, and what became of the others."""
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        found = await tickets.tickets_of(connection, list(by.persons))
        rows = [await _row(connection, one, household, by) for one in found]
        new = await news(connection, by=by)
    await note_tickets_read(request, by, found)
    now = clock.now()
    waiting = [row for row, one in zip(rows, found, strict=True) if one.waits_at(now)]
    over = [row for row, one in zip(rows, found, strict=True) if not one.waits_at(now)]
    context = {"waiting": waiting, "over": over, "topic": f"person:{by.person_id}"}
    return pages.page(request, "triage/tickets.html", words.shell(by.name, "", new) | context)


async def _row(
    connection: Connection, one: Ticket, household: dict[int, Person], by: PatientActor
) -> dict[str, Any]:
    # Where it is used they have words of their own for the reason.
    practice = await practice_of(connection, one.to_provider_id)
    unit = await clinics.unit(connection, one.unit_id)
    waits = one.waits_at(clock.now())
    label, about = practice.name(one.reason, by.lang), _about(one, household, by)
    return {
        "href": f"/my/tickets/{one.ref}",
        "label": i18n.joined(by.lang, label, about) if about else label,
        "sub": i18n.joined(by.lang, state_line(one, by.lang), unit.name if unit else ""),
        "icon": "clipboard-list" if one.kind is Kind.FORM else "ticket",
        "tile": True,
        "tint": "" if waits else "notice",
        "badge": i18n.text(by.lang, "Ny") if waits and one.state is State.ISSUED else "",
    }


def _about(one: Ticket, household: dict[int, Person], by: PatientActor) -> str:
    """Whose ticket it is, said only where there is more than one to mix up."""
    person = household.get(by.main(one.person_id))
    if person is None or len(household) < 2:
        return ""
    return (
        i18n.text(by.lang, "du") if person.person_id == by.person_id else words.person_words(person, by.lang)
    )


@get("/my/tickets/{ref:str}")
async def ticket_page(request: Web) -> Response[str]:
    """What the ticket is for, where, how soon, until when, and how to book now."""
    by = await patient(request)
    ref = _ref(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await tickets.own_ticket(connection, by=by, ref=ref)
    if found.state is State.ISSUED and policy.may(by, Deed.OPEN, found) is None:
        await actions.open_ticket(web.house(request), by=by, ref=ref)
    return await _draw(request, by, ref)


async def _draw(
    request: Web, by: PatientActor, ref: TicketRef, refusal: Refusal | None = None, typed: Any = None
) -> Response[str]:
    async with web.house(request).database.transaction(by.scope) as connection:
        kind = (await tickets.own_ticket(connection, by=by, ref=ref)).kind
    if kind is not Kind.BOOKING:
        return await draw_other(request, by, ref, refusal, typed)
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await tickets.own_ticket(connection, by=by, ref=ref)
        household = await queries.household(connection, by)
        unit = await clinics.unit(connection, found.unit_id)
        practice = await practice_of(connection, found.provider_id)
        forms = await forms_context(connection, found, by)
        elsewhere = found.from_unit_id != found.unit_id
        sender = await clinics.unit(connection, found.from_unit_id) if elsewhere else None
        times = await _times(connection, by, found)
        booked = await _booked(connection, found, by.lang)
    if unit is None:
        raise NotFound()
    await web.read_log(request).record(
        access(by, "read_ticket", provider_id=found.provider_id, person_id=found.person_id)
    )
    field = refusal.field if isinstance(refusal, Invalid) else ""
    fault = i18n.text(by.lang, refusal.message, **refusal.values) if refusal else ""
    context = (
        _context(found, unit, practice, household, by, sender.name if sender else "")
        | forms
        | {
            "is_sent": request.query_params.get("sent") == "1",
            "book": _book(times, unit, by.lang),
            "booked": booked,
            "is_new": request.query_params.get("new") == "1" and found.waits_at(clock.now()),
            "fault": fault,
            "field": field,
            "typed_form": typed or {},
        }
    )
    return pages.page(
        request,
        "triage/ticket.html",
        words.shell(by.name) | context,
        status=refusal.status if refusal else 200,
    )


async def _times(connection: Connection, by: PatientActor, found: Ticket) -> Slot | None:
    """The first free time that the ticket opens: at its own unit, else at any of the provider's."""
    if found.kind is not Kind.BOOKING or not found.waits_at(clock.now()) or policy.may(by, Deed.USE, found):
        return None
    if found.forms_left:
        return None
    own = await free_times(connection, sought=sought_by_ticket(found), limit=1)
    if own:
        return own[0]
    every = [unit.unit_id for unit in await clinics.units_of(connection, found.provider_id) if unit.active]
    others = (
        await free_times(connection, sought=sought_by_ticket(found, unit_ids=every), limit=1) if every else []
    )
    return others[0] if others else None


def _book(first: Slot | None, unit: Unit, lang: str) -> dict[str, str] | None:
    """*Boka tid* and when the first is; None where there is nothing to book here, so that one has to ring."""
    if first is None:
        return None
    when = when_in_words(first.starts_at, lang).replace(" ", "\N{NO-BREAK SPACE}")
    if first.unit_id == unit.unit_id:
        return {"first": i18n.text(lang, "Första lediga: {when}.", when=when)}
    return {
        "first": i18n.text(
            lang, "{unit} har inga lediga tider. På en annan enhet: {when}.", unit=unit.name, when=when
        )
    }


async def _booked(connection: Connection, found: Ticket, lang: str) -> str:
    """The time that it was used for; "" where it led to something else, or to nothing yet."""
    if found.case_id is None:
        return ""
    booked = await appointment_of(connection, CaseRef(found.to_provider_id, found.case_id))
    return moment_in_words(booked.starts_at, lang) if booked else ""


def _context(
    found: Ticket,
    unit: Unit,
    practice: Practice,
    household: dict[int, Person],
    by: PatientActor,
    sender: str,
) -> dict[str, Any]:
    lang, now = by.lang, clock.now()
    waits = found.waits_at(now)
    may = policy.may(by, Deed.USE, found) is None
    step = practice.scheme.by_priority.get(found.priority)
    state = opening_of(unit, now)
    sends = _may_send(unit, practice)
    information = found.information
    return about_ticket(found, practice, household, by) | {
        "topic": f"person:{by.person_id}",
        "top": drawn(
            Slip(
                kind=found.kind,
                contact=found.contact,
                priority=found.priority,
                valid_until=found.valid_until,
                reason=practice.name(found.reason, lang),
                unit=unit.name,
                address=unit.address or "",
                who=words.who_reads(practice.roles.of(found.role), lang),
                sender=sender,
                how_soon=say(step.label, lang) if step else "",
                lead=said(information.lead, lang),
            ),
            lang,
        ),
        "state": state_line(found, lang),
        "why": ticket_why(found, lang),
        "waits": waits,
        "may": may and waits,
        "unit": {
            "name": unit.name,
            "phone": unit.phone or "",
            "tel": (unit.phone or "").replace(" ", "").replace("-", ""),
            "state": opening_words(state, lang),
        },
        "helps": may and help_offered(found, unit, practice),
        "help_opens": moment_words(state.changes_at, lang) if not sends and state.changes_at else "",
        "help_later": not state.is_open and sends,
        "advice": [said(one, lang) for one in information.advice],
        "meanwhile": said(information.meanwhile, lang),
        "call_112_if": said(information.call_112_if, lang),
        "reasons": [
            {"value": code, "label": i18n.text(lang, label)} for code, label in DECLINE_REASONS.items()
        ],
        "case_url": f"/my/cases/{found.to_provider_id}-{found.case_id}" if found.case_id else "",
        "base": f"/my/tickets/{found.ref}",
    }


@post("/my/tickets/{ref:str}/decline")
async def decline(request: Web) -> Response[Any]:
    """*Tacka nej*, with a reason."""
    by = await patient(request)
    ref, form = _ref(request), await request.form()
    chosen, more = str(form.get("why", "")).strip(), str(form.get("more", "")).strip()
    first = DECLINE_REASONS.get(chosen, "") if chosen != "other" else ""
    try:
        await actions.decline(
            web.house(request), by=by, ref=ref, reason=". ".join(part for part in (first, more) if part)
        )
    except (Invalid, WrongState) as refusal:
        return await _draw(request, by, ref, refusal, {"why": chosen, "more": more})
    return see(f"/my/tickets/{ref}")


@post("/my/tickets/{ref:str}/help")
async def find_time(request: Web) -> Response[Any]:
    """*Jag vill ha hjälp att hitta en tid*: the ticket becomes a case in the queue. Twice gives the same case."""
    by = await patient(request)
    ref = _ref(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await tickets.own_ticket(connection, by=by, ref=ref)
    if found.case_id is not None:
        return see(f"/my/cases/{found.to_provider_id}-{found.case_id}")
    try:
        return await _into_the_queue(request, by, found)
    except WrongState as refusal:
        if refusal.code == "already_active" and (url := await same_case_url(request, by, found)):
            return see(url)
        return await _draw(request, by, ref, refusal)


async def _into_the_queue(request: Web, by: PatientActor, found: Ticket) -> Response[Any]:
    house = web.house(request)
    if found.interview_id is None:
        async with house.database.transaction(by.scope) as connection:
            there = await clinics.unit(connection, found.unit_id)
            practice = await practice_of(connection, found.provider_id)
        if there is None or not help_offered(found, there, practice):
            return see(f"/my/tickets/{found.ref}")
        case = await ask_for_time(house, by=by, ref=found.ref)
        return see(f"/my/cases/{case.ref}")
    async with house.database.transaction(by.scope) as connection:
        kept = await _interview(connection, by, found)
        unit = await clinics.unit(connection, found.unit_id)
        way = await route_of(connection, by=by, kept=kept)
    if unit is None or not _may_send(unit, kept.practice):
        return see(f"/my/tickets/{found.ref}")

    async def use(connection: Connection, case_id: int) -> None:
        await actions.use(connection, by=by, ref=found.ref, case_id=case_id)

    case = await open_case(house, by=by, new=new_case_of_ticket(kept, way), together=use)
    return see(f"/my/cases/{case.ref}")


def about_ticket(
    found: Ticket, practice: Practice, household: dict[int, Person], by: PatientActor
) -> dict[str, Any]:
    """What the head of every page of a ticket says: `about`, and whether it is a child's, `for_child`."""
    for_child, about = by.main(found.person_id) != by.person_id, _about(found, household, by)
    reason = practice.name(found.reason, by.lang)
    return {"for_child": for_child, "about": i18n.joined(by.lang, reason, about) if for_child else reason}


def help_offered(found: Ticket, unit: Unit, practice: Practice) -> bool:
    """Whether *Jag vill ha hjälp att hitta en tid* is offered: the ticket waits, and somebody reads it."""
    waits = found.waits_at(clock.now()) and not found.forms_left
    return found.kind is Kind.BOOKING and waits and _may_send(unit, practice)


def _may_send(unit: Unit, practice: Practice) -> bool:
    """Whether help to find a time can be asked for now: somebody reads it, or will when the unit opens."""
    if not (unit.takes_drop_in and unit.active):
        return False
    state = opening_of(unit, clock.now())
    return state.is_open or (practice.routing.closed is Closed.SEND and state.changes_at is not None)


async def _interview(connection: Connection, by: PatientActor, found: Ticket) -> Kept:
    """The interview behind the ticket, also for a guardian who did not answer it. Raises NotFound without one."""
    if refusal := policy.may(by, Deed.USE, found):
        raise refusal
    if found.interview_id is None:
        raise NotFound()
    ref = InterviewRef(found.provider_id, found.interview_id)
    kept = await queries.interview_of_ticket(connection, ref)
    if kept.outcome is None or kept.asked is None:
        raise WrongState(
            N_("Frågorna har gjorts om sedan du fick biljetten. Ring enheten, eller sök vård på nytt."),
            code="asked_differently",
        )
    return kept


def _ref(request: Web) -> TicketRef:
    return TicketRef.parse(str(request.path_params["ref"]))


def ticket_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [my_tickets, ticket_page, decline, find_time]
