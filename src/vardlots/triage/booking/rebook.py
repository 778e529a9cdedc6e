"""A new time for a booked visit: the old one is kept until the new one is booked (requirement B9)."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.booking.actions import hold
from vardlots.booking.actions import rebook as change_time
from vardlots.booking.model import Appointment, AppointmentState, SlotTaken
from vardlots.booking.queries import appointment_of, slot_of, sought_by_case
from vardlots.cases import policy, states, web
from vardlots.cases.model import Case, CaseRef, Verb
from vardlots.cases.queries import readable_case
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import Invalid, Refusal, WrongState
from vardlots.platform.limits import Limit
from vardlots.platform.pages import see
from vardlots.triage import words
from vardlots.triage.booking.choosing import Asked, bookable_units, others, read_choice
from vardlots.triage.booking.days import moment_in_words
from vardlots.triage.booking.drawing import choice_context, taken_context, unit_row
from vardlots.triage.booking.reading import around, asked_by, role_words, slot_sent
from vardlots.triage.booking.ticket_choice import HOLDS
from vardlots.triage.booking.words import late_words, unbroken
from vardlots.triage.case_pages import PREFIX, note_reading, refuse_kindly_if_grown, shared_context

# How often one session may move a visit: each move is a text to a phone, and notices to staff.
MOVES = Limit(12, 600)


@get("/my/cases/{ref:str}/rebook")
async def choose_anew(request: Web) -> Response[Any]:
    """The free times that the visit may be moved to."""
    by = await patient(request)
    return await _draw(request, by, web.ref(request), asked_by(request.query_params))


@get("/my/cases/{ref:str}/rebook/units")
async def choose_unit_anew(request: Web) -> Response[Any]:
    """*Ändra*: the provider's units that have such times."""
    by = await patient(request)
    ref = web.ref(request)
    await refuse_kindly_if_grown(request, by, ref)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        if not can_change(by, case):
            return see(f"{PREFIX}/{ref}")
        at = await around(connection, by, case)
        sought = await sought_by_case(connection, ref, by_patient=True)
        rows = await others(
            connection, sought=sought, units=await bookable_units(connection, case.provider_id)
        )
    await note_reading(request, by, case)
    base = f"{PREFIX}/{ref}/rebook"
    context = shared_context(at.practice, by, case, at.about, at.unit) | {
        "back": {"href": base, "label": i18n.text(by.lang, "Tillbaka till tiderna")},
        "units": [unit_row(unit, first, count, base, by.lang) for unit, first, count in rows],
    }
    return pages.page(request, "triage/booking_units.html", context)


@post("/my/cases/{ref:str}/hold")
async def keep_anew(request: Web) -> Response[Any]:
    """Choose another time: it is kept for some minutes, and the old one too."""
    by = await patient(request)
    ref, slot = web.ref(request), slot_sent(await request.form())
    HOLDS.take(by.session_id)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        chosen = await slot_of(connection, slot)
    if not can_change(by, case):
        return see(f"{PREFIX}/{ref}")
    asked = Asked(clock.local(chosen.starts_at).date(), chosen.unit_id)
    try:
        await hold(web.house(request), by=by, slot=slot, person_id=case.person_id)
    except (WrongState, Invalid) as refusal:
        return await _draw(request, by, ref, asked, refusal)
    if pages.is_fragment(request):
        return await _draw(request, by, ref, asked)
    return see(f"{PREFIX}/{ref}/rebook?day={asked.day}&unit={asked.unit_id}#times")


@post("/my/cases/{ref:str}/rebook")
async def book_anew(request: Web) -> Response[Any]:
    """Book the new time; the old one is free again in the same moment."""
    by = await patient(request)
    MOVES.take(by.session_id)
    ref, slot = web.ref(request), slot_sent(await request.form())
    async with web.house(request).database.transaction(by.scope) as connection:
        chosen = await slot_of(connection, slot)
        held = await appointment_of(connection, ref)
    if held is not None and held.slot == slot and held.state is AppointmentState.BOOKED:
        # The second press of one: the time is theirs already.
        return see(f"{PREFIX}/{ref}?done=rebooked")
    try:
        await change_time(web.house(request), by=by, ref=ref, slot=slot)
    except (WrongState, Invalid) as refusal:
        asked = Asked(clock.local(chosen.starts_at).date(), chosen.unit_id)
        return await _draw(request, by, ref, asked, refusal)
    return see(f"{PREFIX}/{ref}?done=rebooked")


async def _draw(
    request: Web, by: PatientActor, ref: CaseRef, asked: Asked, refusal: Refusal | None = None
) -> Response[Any]:
    await refuse_kindly_if_grown(request, by, ref)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        if not can_change(by, case):
            return see(f"{PREFIX}/{ref}")
        at = await around(connection, by, case)
        held = await appointment_of(connection, ref)
        sought = await sought_by_case(connection, ref, by_patient=True)
        choice = await read_choice(connection, by=by, sought=sought, person_id=case.person_id, asked=asked)
    await note_reading(request, by, case)
    lang, taken = by.lang, refusal if isinstance(refusal, SlotTaken) else None
    context = choice_context(
        choice,
        asked=asked,
        base=f"{PREFIX}/{ref}/rebook",
        hold_url=f"{PREFIX}/{ref}/hold",
        contact=case.contact,
        who=role_words(at.practice.roles.of(case.role), lang),
        lang=lang,
    )
    context |= {
        "title": i18n.text(lang, "Boka om"),
        "heading": i18n.text(lang, "Välj en ny tid"),
        "back": {"href": f"{PREFIX}/{ref}", "label": i18n.text(lang, "Tillbaka till din tid")},
        "keeps": _keeps(held, choice.rules, lang) if case.booked_from else "",
        "taken": taken_context(taken, lang) if taken else None,
        "fault": i18n.text(lang, refusal.message, **refusal.values) if refusal and not taken else "",
        "help": None,
        "asks_earlier": False,
    }
    shared = shared_context(at.practice, by, case, at.about, at.unit)
    status = refusal.status if refusal else 200
    return pages.page(
        request, "triage/booking_choose.html", words.shell(by.name) | shared | context, status=status
    )


def _keeps(held: Appointment | None, rules: Any, lang: str) -> str:
    """That the old time is theirs until the new one is booked; and that it is late, where it is."""
    if held is None:
        return ""
    when = unbroken(moment_in_words(held.starts_at, lang))
    kept = i18n.text(lang, "Du har {when}. Den tiden är din tills du har bokat en ny.", when=when)
    late = late_words(rules, held.starts_at, lang)
    return f"{kept} {late}" if late else kept


def can_change(by: PatientActor, case: Case) -> bool:
    """Whether the reader may choose a new time now: to move the visit, or after the unit has withdrawn one."""
    if case.booked_from is not None and case.booked_from <= clock.now():
        return False
    verb = Verb.REBOOK if case.booked_from else Verb.BOOK
    return states.allows(case.phase, verb) and policy.may(by, verb, case, clock.now()) is None


def rebook_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [choose_anew, choose_unit_anew, keep_anew, book_anew]
