"""*Boka tid* from a booking ticket: choose a time, keep it for a while, book it (requirements B8, B9)."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.booking.actions import book_ticket, hold
from vardlots.booking.earlier.actions import wish
from vardlots.booking.model import SlotTaken, sought_by_ticket
from vardlots.booking.queries import slot_of
from vardlots.cases import web
from vardlots.clinics.hours import opening_of
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, Refusal, WrongState
from vardlots.platform.limits import Limit
from vardlots.platform.pages import see
from vardlots.tickets import policy
from vardlots.tickets import queries as tickets
from vardlots.tickets.model import Deed, Kind, Ticket, TicketRef
from vardlots.triage import queries, words
from vardlots.triage.booking.choosing import Asked, bookable_units, others, read_choice
from vardlots.triage.booking.drawing import choice_context, taken_context, unit_row
from vardlots.triage.booking.reading import asked_by, role_words, slot_sent
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.ticket_pages import about_ticket, help_offered

# How often one session may ask for a time to be kept: a person who chooses, not a machine that keeps them all.
HOLDS = Limit(60, 600)


@get("/my/tickets/{ref:str}/book")
async def choose(request: Web) -> Response[Any]:
    """The free times of the ticket, a week at a time."""
    by = await patient(request)
    return await _draw(request, by, _ref(request), asked_by(request.query_params))


@get("/my/tickets/{ref:str}/book/units")
async def choose_unit(request: Web) -> Response[Any]:
    """*Ändra*: the provider's units that have such times, with how many and the first."""
    by = await patient(request)
    ref = _ref(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await tickets.own_ticket(connection, by=by, ref=ref)
        if not can_book(by, found):
            return see(f"/my/tickets/{ref}")
        units = await bookable_units(connection, found.provider_id)
        rows = await others(connection, sought=sought_by_ticket(found), units=units)
        about = await _about(connection, by, found)
    await _note(request, by, found)
    base = f"/my/tickets/{ref}/book"
    context = about | {
        "back": {"href": base, "label": i18n.text(by.lang, "Tillbaka till tiderna")},
        "units": [unit_row(unit, first, count, base, by.lang) for unit, first, count in rows],
    }
    return pages.page(request, "triage/booking_units.html", words.shell(by.name) | context)


@post("/my/tickets/{ref:str}/hold")
async def keep(request: Web) -> Response[Any]:
    """Choose a time: it is kept for some minutes. Somebody was first: the nearest ones at once."""
    by = await patient(request)
    ref, slot = _ref(request), slot_sent(await request.form())
    HOLDS.take(by.session_id)
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await tickets.own_ticket(connection, by=by, ref=ref)
        chosen = await slot_of(connection, slot)
    if not can_book(by, found):
        return see(f"/my/tickets/{ref}")
    asked = Asked(clock.local(chosen.starts_at).date(), chosen.unit_id)
    try:
        await hold(web.house(request), by=by, slot=slot, person_id=found.person_id)
    except (SlotTaken, WrongState, Invalid) as refusal:
        return await _draw(request, by, ref, asked, refusal)
    if pages.is_fragment(request):
        return await _draw(request, by, ref, asked)
    return see(f"/my/tickets/{ref}/book?day={asked.day}&unit={asked.unit_id}#times")


@post("/my/tickets/{ref:str}/book")
async def book(request: Web) -> Response[Any]:
    """Book the time. Pressed twice, or from two tabs, it is one visit: the second press leads to it."""
    by = await patient(request)
    ref, form = _ref(request), await request.form()
    slot = slot_sent(form)
    async with web.house(request).database.transaction(by.scope) as connection:
        chosen = await slot_of(connection, slot)
    try:
        case = await book_ticket(web.house(request), by=by, ticket=ref, slot=slot)
    except (WrongState, Invalid) as refusal:
        asked = Asked(clock.local(chosen.starts_at).date(), chosen.unit_id)
        return await _draw(request, by, ref, asked, refusal)
    if form.get("wish") == "1":
        await wish(web.house(request), by=by, ref=case.ref)
    return see(f"/my/cases/{case.ref}?done=booked")


async def _draw(
    request: Web, by: PatientActor, ref: TicketRef, asked: Asked, refusal: Refusal | None = None
) -> Response[Any]:
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await tickets.own_ticket(connection, by=by, ref=ref)
        if not can_book(by, found):
            # Used, declined or over meanwhile: its own page says so, and what it became.
            return see(_onward(found))
        choice = await read_choice(
            connection, by=by, sought=sought_by_ticket(found), person_id=found.person_id, asked=asked
        )
        practice = await practice_of(connection, found.provider_id)
        about = await _about(connection, by, found)
    await _note(request, by, found)
    lang, taken = by.lang, refusal if isinstance(refusal, SlotTaken) else None
    base = f"/my/tickets/{ref}"
    context = choice_context(
        choice,
        asked=asked,
        base=f"{base}/book",
        hold_url=f"{base}/hold",
        contact=found.contact.value,
        who=role_words(practice.roles.of(found.role), lang),
        lang=lang,
    )
    context |= about | {
        "title": i18n.text(lang, "Boka tid"),
        "heading": i18n.text(lang, "Välj en tid"),
        "back": {"href": base, "label": i18n.text(lang, "Tillbaka till biljetten")},
        "keeps": _forms_words(found, lang),
        "asks_earlier": True,
        "taken": taken_context(taken, lang) if taken else None,
        "fault": i18n.text(lang, refusal.message, **refusal.values) if refusal and not taken else "",
        "help": _help(found, choice.unit, practice, about["for_child"], lang),
    }
    status = refusal.status if refusal else 200
    return pages.page(request, "triage/booking_choose.html", words.shell(by.name) | context, status=status)


def _forms_words(found: Ticket, lang: str) -> str:
    """That the forms that came with the ticket are answered before it is used; "" where none is left."""
    if not found.forms_left:
        return ""
    return i18n.text(
        lang, "Svara gärna på biljettens frågor innan du bokar, så följer svaren med till besöket."
    )


def _help(found: Ticket, unit: Any, practice: Practice, for_child: bool, lang: str) -> dict[str, str] | None:
    """*Jag vill ha hjälp att hitta en tid*, where somebody reads it."""
    if unit.unit_id != found.unit_id or not help_offered(found, unit, practice):
        return None
    later = not opening_of(unit, clock.now()).is_open
    return {
        "action": f"/my/tickets/{found.ref}/help",
        "label": i18n.text(lang, "Vi vill ha hjälp att hitta en tid")
        if for_child
        else i18n.text(lang, "Jag vill ha hjälp att hitta en tid"),
        "line": i18n.text(lang, "Enheten läser det när den har öppnat.") if later else "",
    }


def can_book(by: PatientActor, found: Ticket) -> bool:
    """Whether the reader may book a time with the ticket now."""
    if found.kind is not Kind.BOOKING or not found.waits_at(clock.now()):
        return False
    return policy.may(by, Deed.USE, found) is None


def _onward(found: Ticket) -> str:
    if found.case_id is not None:
        return f"/my/cases/{found.to_provider_id}-{found.case_id}"
    return f"/my/tickets/{found.ref}"


async def _about(connection: Connection, by: PatientActor, found: Ticket) -> dict[str, Any]:
    household = await queries.household(connection, by)
    practice = await practice_of(connection, found.provider_id)
    return about_ticket(found, practice, household, by)


async def _note(request: Web, by: PatientActor, found: Ticket) -> None:
    await web.read_log(request).record(
        access(by, "read_ticket", provider_id=found.provider_id, person_id=found.person_id)
    )


def _ref(request: Web) -> TicketRef:
    return TicketRef.parse(str(request.path_params["ref"]))


def ticket_choice_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [choose, choose_unit, keep, book]
