"""What is pressed about a booked time: the patient came, or not; it is cancelled, or taken back. Each that wants words
has a page of its own, which works without script."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.booking.changes import actions
from vardlots.booking.queries import appointment_of
from vardlots.cases import policy
from vardlots.cases.model import CaseRef, Verb
from vardlots.cases.states import allows
from vardlots.cases.turn import House
from vardlots.cases.web import house, pressed, read_log, ref
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, Refusal, WrongState
from vardlots.platform.i18n import N_, text
from vardlots.worklist.booking.scheduled_visit import when_of
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.visit_read import read_visit
from vardlots.worklist.visit_verbs import onward, refused

BASE = "/staff/cases/{ref:str}/time"
# Each deed that asks: its verb, its title, what it means, what the patient reads, and the button.
ASKED: dict[str, tuple[Verb, str, str, str]] = {
    "missed": (
        Verb.MISS,
        N_("Patienten uteblev"),
        N_("Besöket stängs. Patienten får veta att tiden har gått, och vad du skriver här."),
        N_("Notera uteblivet besök"),
    ),
    "cancel": (
        Verb.CANCEL_BOOKING,
        N_("Avboka tiden"),
        N_("Besöket avslutas och tiden blir ledig. Patienten läser varför."),
        N_("Avboka"),
    ),
    "withdraw": (
        Verb.WITHDRAW_TIME,
        N_("Ställ in tiden"),
        N_("Besöket finns kvar och väntar på en ny tid, som patienten väljer eller du bokar. Tiden spärras."),
        N_("Ställ in tiden"),
    ),
}


@post(f"{BASE}/attended", status_code=303)
async def attended(request: Web) -> Response[Any]:
    """*Patienten har kommit*: one stays in the visit to write the note."""
    by, at, form = await pressed(request)
    try:
        await actions.attend(house(request), by=by, ref=at)
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="dock")
    return onward(request, f"/staff/cases/{at}?tab=note")


async def _ask(
    request: Web, deed: str, refusal: Refusal | None = None, form: dict[str, str] | None = None
) -> Response[Any]:
    """The page that asks, with what was refused beside its field."""
    by, at = await web.carer(request), ref(request)
    verb, title, means, button = ASKED[deed]
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=at)
        case = found.case
        denied = policy.may(by, verb, case, clock.now(), found.rights)
        if not allows(case.phase, verb):
            denied = WrongState("Ärendet har gått vidare. Ladda om sidan för att se hur det står till.")
        if denied is not None and refusal is None:
            raise denied
        time = await appointment_of(connection, at)
        desk = await open_desk(request, connection, by)
    await read_log(request).record(
        access(by, "read", provider_id=at.provider_id, person_id=case.person_id, case_id=at.case_id)
    )
    lang = desk.lang
    values = {
        **context(desk, "scheduled", "/staff/scheduled"),
        "base": f"/staff/cases/{at}",
        "deed": deed,
        "title": text(lang, title),
        "means": text(lang, means),
        "button": text(lang, button),
        "when": when_of(time, lang) if time else "",
        "reason": found.practice.name(case.reason, lang),
        "who": text(lang, "Skyddad") if found.patient.protected else found.patient.name,
        "form": form or {},
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
    }
    return pages.page(
        request, "worklist/scheduled_deed.html", values, status=refusal.status if refusal else 200
    )


Do = Callable[[House, StaffActor, CaseRef, dict[str, str]], Awaitable[int]]


async def _done(request: Web, deed: str, do: Do) -> Response[Any]:
    by, at, form = await pressed(request)
    try:
        await do(house(request), by, at, form)
    except Refusal as refusal:
        if refusal.status in (401, 404):
            raise
        return await _ask(request, deed, refusal, form)
    if deed == "missed" and form.get("ticket") == "1":
        async with house(request).database.transaction(by.scope) as connection:
            found = await read_visit(connection, by=by, ref=at)
        return onward(request, f"/staff/patients/{found.case.person_id}/tickets/new")
    return onward(request, "/staff/scheduled" if deed == "missed" else f"/staff/cases/{at}")


@get(f"{BASE}/missed")
async def ask_missed(request: Web) -> Response[Any]:
    """*Uteblev*: what the patient is to read, and whether they get a ticket to a new time."""
    return await _ask(request, "missed")


@post(f"{BASE}/missed", status_code=303)
async def missed(request: Web) -> Response[Any]:
    """The patient did not come."""
    return await _done(
        request, "missed", lambda it, by, at, form: actions.miss(it, by=by, ref=at, text=form.get("text", ""))
    )


@get(f"{BASE}/cancel")
async def ask_cancel(request: Web) -> Response[Any]:
    """*Avboka*: why."""
    return await _ask(request, "cancel")


@post(f"{BASE}/cancel", status_code=303)
async def cancel(request: Web) -> Response[Any]:
    """The booked visit is no more; the time is free."""
    return await _done(
        request,
        "cancel",
        lambda it, by, at, form: actions.cancel(it, by=by, ref=at, reason=form.get("text", "")),
    )


@get(f"{BASE}/withdraw")
async def ask_withdraw(request: Web) -> Response[Any]:
    """*Ställ in tiden*: what the patient is to read."""
    return await _ask(request, "withdraw")


@post(f"{BASE}/withdraw", status_code=303)
async def withdraw(request: Web) -> Response[Any]:
    """The visit waits for a new time."""
    return await _done(
        request,
        "withdraw",
        lambda it, by, at, form: actions.withdraw_time(it, by=by, ref=at, text=form.get("text", "")),
    )


def time_routes() -> list[ControllerRouterHandler]:
    """What is done about the time of a visit."""
    return [attended, ask_missed, missed, ask_cancel, cancel, ask_withdraw, withdraw]
