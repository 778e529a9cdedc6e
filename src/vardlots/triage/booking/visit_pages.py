"""What the patient does with a booked time: a calendar file, cancel it, wait for an earlier one, answer an offer."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.booking.actions import cancel
from vardlots.booking.earlier.actions import decline_offer, take_offer, unwish, wish
from vardlots.booking.model import Appointment, AppointmentState
from vardlots.booking.queries import appointment_of
from vardlots.cases import policy, states, web
from vardlots.cases.model import Case, Kind, Verb
from vardlots.cases.queries import readable_case, timeline
from vardlots.configuration.booking_rules import booking_rules
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.pages import see
from vardlots.triage.booking import words
from vardlots.triage.booking.calendar_file import MEDIA_TYPE, Entry, calendar_file
from vardlots.triage.booking.days import moment_in_words
from vardlots.triage.booking.reading import around
from vardlots.triage.case_pages import PREFIX, draw_case, note_reading, refuse_kindly_if_grown, shared_context


@get("/my/cases/{ref:str}/calendar")
async def calendar(request: Web) -> Response[bytes]:
    """The booked time for the phone's own calendar. Nothing in it says why."""
    by = await patient(request)
    ref = web.ref(request)
    await refuse_kindly_if_grown(request, by, ref)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        booked = await appointment_of(connection, ref)
        at = await around(connection, by, case)
        rows = await timeline(connection, ref)
    if booked is None or booked.state is not AppointmentState.BOOKED:
        raise NotFound()
    await note_reading(request, by, case)
    unit = at.unit
    address = f", {unit.address}" if unit.address else ""
    entry = Entry(
        ref=ref,
        starts_at=booked.starts_at,
        ends_at=booked.ends_at,
        changed_at=booked.booked_at,
        # Every row that gave the visit a time after the first made the file another.
        sequence=max(sum(row.kind in (Kind.BOOKED, Kind.REBOOKED) for row in rows) - 1, 0),
        contact=booked.contact,
        place=f"{unit.name}{address}" if booked.contact == "physical" else "",
        url=f"{request.app.state.settings.base_url}{PREFIX}/{ref}",
    )
    return Response(
        calendar_file(entry, by.lang),
        media_type=MEDIA_TYPE,
        headers={
            "content-disposition": f'attachment; filename="bokad-tid-{ref}.ics"',
            "cache-control": "no-store",
        },
    )


@get("/my/cases/{ref:str}/cancel")
async def cancelling(request: Web) -> Response[Any]:
    """Asks before the time is given away."""
    by = await patient(request)
    return await _draw_cancel(request, by)


@post("/my/cases/{ref:str}/cancel")
async def cancel_time(request: Web) -> Response[Any]:
    """Cancel the time, with a reason. Pressed twice it is cancelled once."""
    by = await patient(request)
    ref, form = web.ref(request), await request.form()
    chosen, more = str(form.get("why", "")).strip(), str(form.get("more", "")).strip()
    first = words.CANCEL_REASONS.get(chosen, "") if chosen != "other" else ""
    try:
        reason = ". ".join(part for part in (first, more) if part)
        await cancel(web.house(request), by=by, ref=ref, reason=reason)
    except (Invalid, WrongState) as refusal:
        return await _draw_cancel(request, by, refusal, {"why": chosen, "more": more})
    return see(f"{PREFIX}/{ref}")


async def _draw_cancel(
    request: Web, by: PatientActor, refusal: Refusal | None = None, typed: dict[str, str] | None = None
) -> Response[Any]:
    ref = web.ref(request)
    await refuse_kindly_if_grown(request, by, ref)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        if not _may(by, Verb.CANCEL_BOOKING, case):
            return see(f"{PREFIX}/{ref}")
        at = await around(connection, by, case)
        booked = await appointment_of(connection, ref)
        rules = await booking_rules(connection, case.provider_id)
    await note_reading(request, by, case)
    holds = _holds(booked)
    context = shared_context(at.practice, by, case, at.about, at.unit) | {
        "words": words.unbroken(moment_in_words(holds.starts_at, by.lang)) if holds else "",
        "late": words.late_words(rules, holds.starts_at, by.lang) if holds else "",
        "reasons": [
            {"value": code, "label": i18n.text(by.lang, label)}
            for code, label in words.CANCEL_REASONS.items()
        ],
        "typed": typed or {},
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "fault": i18n.text(by.lang, refusal.message, **refusal.values) if refusal else "",
    }
    status = refusal.status if refusal else 200
    return pages.page(request, "triage/booking_cancel.html", context, status=status)


@post("/my/cases/{ref:str}/earlier")
async def wait_for_earlier(request: Web) -> Response[Any]:
    """*Hör av er om en tidigare tid blir ledig*, on or off."""
    by = await patient(request)
    ref, form = web.ref(request), await request.form()
    on = form.get("wish") == "1"
    try:
        await (wish if on else unwish)(web.house(request), by=by, ref=ref)
    except WrongState as refusal:
        return await _draw_again(request, by, refusal)
    return see(f"{PREFIX}/{ref}?done={'wished' if on else 'unwished'}")


@post("/my/cases/{ref:str}/offer")
async def answer_offer(request: Web) -> Response[Any]:
    """Take the earlier time that was offered, or keep one's own, which is still there when the offer is over."""
    by = await patient(request)
    ref, form = web.ref(request), await request.form()
    takes = form.get("answer") == "take"
    try:
        await (take_offer if takes else decline_offer)(web.house(request), by=by, ref=ref)
    except WrongState as refusal:
        return await _draw_again(request, by, refusal)
    return see(f"{PREFIX}/{ref}?done={'rebooked' if takes else 'kept'}")


async def _draw_again(request: Web, by: PatientActor, refusal: Refusal) -> Response[Any]:
    told = i18n.text(by.lang, refusal.message, **refusal.values)
    return await draw_case(request, by, web.ref(request), status=refusal.status, error=told)


def _may(by: PatientActor, verb: Verb, case: Case) -> bool:
    if case.booked_from is not None and case.booked_from <= clock.now():
        return False
    return states.allows(case.phase, verb) and policy.may(by, verb, case, clock.now()) is None


def _holds(booked: Appointment | None) -> Appointment | None:
    return booked if booked is not None and booked.state is AppointmentState.BOOKED else None


def visit_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [calendar, cancelling, cancel_time, wait_for_earlier, answer_offer]
