"""The steps of *Innan du går*: one press each, with the reason that the shift ends, and back to the list."""

from typing import Any

from litestar import Response, post

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases import actions
from vardlots.cases.handovers import actions as handovers
from vardlots.cases.handovers.model import Receiver, Why
from vardlots.cases.model import CaseRef
from vardlots.cases.pauses import actions as pauses
from vardlots.cases.queries import readable_case
from vardlots.cases.web import house, pressed
from vardlots.platform import pages
from vardlots.platform.errors import Refusal
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.worklist.faults import fault_of
from vardlots.worklist.leaving import HERE, leaving_page
from vardlots.worklist.visit_pause import moment, with_time, written
from vardlots.worklist.visit_read import read_visit

# Kept with the case in Swedish, as everything that staff write is.
REASON = "Arbetspasset slutar"


@post("/staff/leaving/{ref:str}/hand-over", status_code=303)
async def hand_over(request: Web) -> Response[Any]:
    """*Lämna över* to the role that is chosen, at the priority that the case has."""
    by, at, form = await pressed(request)
    try:
        async with house(request).database.transaction(by.scope) as connection:
            case = await readable_case(connection, by=by, ref=at)
        await handovers.hand_over(
            house(request),
            by=by,
            ref=at,
            to=Receiver(form.get("role", "")),
            priority=case.priority,
            why=Why.END_OF_SHIFT,
        )
    except Refusal as refusal:
        return await _refused(request, by, at, refusal)
    return see(HERE)


@post("/staff/leaving/{ref:str}/withdraw", status_code=303)
async def withdraw(request: Web) -> Response[Any]:
    """*Ta tillbaka* a handover that nobody has answered."""
    by, at, form = await pressed(request)
    try:
        await handovers.withdraw_handover(house(request), by=by, ref=at, n=whole(form.get("n", ""), 9) or 0)
    except Refusal as refusal:
        return await _refused(request, by, at, refusal)
    return see(HERE)


@post("/staff/leaving/{ref:str}/pause", status_code=303)
async def pause(request: Web) -> Response[Any]:
    """*Pausa till i morgon*: the patient reads the provider's own words for it."""
    by, at, form = await pressed(request)
    try:
        async with house(request).database.transaction(by.scope) as connection:
            found = await read_visit(connection, by=by, ref=at)
            told = await written(connection, by, found)
        until = moment(form)
        message = with_time(told, until, found.actor_language)
        await pauses.pause(
            house(request),
            by=by,
            ref=at,
            until=until,
            text=message,
            key=form.get("key", ""),
            sure="sure" in form,
        )
    except Refusal as refusal:
        return await _refused(request, by, at, refusal)
    return see(HERE)


@post("/staff/leaving/{ref:str}/release", status_code=303)
async def release(request: Web) -> Response[Any]:
    """*Lägg tillbaka*."""
    by, at, _ = await pressed(request)
    try:
        await actions.release(house(request), by=by, ref=at, reason=REASON)
    except Refusal as refusal:
        return await _refused(request, by, at, refusal)
    return see(HERE)


async def _refused(request: Web, by: StaffActor, at: CaseRef, refusal: Refusal) -> Response[Any]:
    if refusal.status in (401, 404, 503):
        raise refusal
    lang = pages.language_of(request)
    fault = fault_of(refusal, at=f"row-{at}", lang=lang, href=f"/staff/cases/{at}")
    return await leaving_page(request, by, fault=fault, at=at, status=refusal.status)
