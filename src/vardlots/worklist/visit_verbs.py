"""What is pressed in the visit and in the lists. Each is a form of its own and works without script."""

from typing import Any

from litestar import Response, post

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases import actions
from vardlots.cases.model import CaseRef
from vardlots.cases.openings import actions as openings
from vardlots.cases.web import house, pressed
from vardlots.consultations.taking import actions as taking
from vardlots.platform import pages
from vardlots.platform.errors import Refusal
from vardlots.platform.numbers import whole
from vardlots.worklist.asynchronous import async_page
from vardlots.worklist.faults import PLACES, fault_fragment, fault_of
from vardlots.worklist.lists import drop_in_page
from vardlots.worklist.visit import visit_page
from vardlots.worklist.visit_read import read_visit
from vardlots.worklist.welcome import welcome_text


@post("/staff/cases/{ref:str}/accept", status_code=303)
async def accept(request: Web) -> Response[Any]:
    """*Ta emot*: on to the visit, or who was first."""
    by, at, form = await pressed(request)
    try:
        await taking.accept(house(request), by=by, ref=at)
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="dock")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/take-over", status_code=303)
async def take_over(request: Web) -> Response[Any]:
    """*Ta över besök*, with a reason; twice is once."""
    by, at, form = await pressed(request)
    had = form.get("from", "")
    try:
        await taking.take_over(
            house(request),
            by=by,
            ref=at,
            from_staff_id=whole(had, 18) or 0,
            reason=form.get("reason", ""),
        )
    except Refusal as refusal:
        if refusal.code != "already_yours":
            return await refused(request, by, at, refusal, form, place="take-over")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/seen", status_code=303)
async def seen(request: Web) -> Response[Any]:
    """*Jag har sett det*: the line that a colleague has taken over one's visit goes from the start page."""
    by, at, _ = await pressed(request)
    await openings.note_seen(house(request), by=by, ref=at)
    return onward(request, "/staff")


@post("/staff/cases/{ref:str}/start", status_code=303)
async def start(request: Web) -> Response[Any]:
    """*Starta besök*: the welcome message goes to the patient in their language."""
    by, at, form = await pressed(request)
    try:
        async with house(request).database.transaction(by.scope) as connection:
            found = await read_visit(connection, by=by, ref=at)
        welcome = welcome_text(found.welcome, found.unit, by, found.actor_name, found.actor_language)
        await actions.start(house(request), by=by, ref=at, welcome=welcome)
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="dock")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/release", status_code=303)
async def release(request: Web) -> Response[Any]:
    """*Lägg tillbaka*: back to the queue."""
    by, at, form = await pressed(request)
    try:
        await actions.release(house(request), by=by, ref=at, reason=form.get("reason", ""))
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="release")
    return onward(request, "/staff/drop-in")


@post("/staff/cases/{ref:str}/priority", status_code=303)
async def priority(request: Web) -> Response[Any]:
    """*Ändra* the priority, with a reason."""
    by, at, form = await pressed(request)
    chosen = form.get("priority", "")
    number = whole(chosen, 2) or 0
    try:
        await actions.change_priority(
            house(request), by=by, ref=at, priority=number, reason=form.get("reason", "")
        )
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="priority")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/end", status_code=303)
async def end(request: Web) -> Response[Any]:
    """*Avsluta besök*: one stays in the visit to write the note."""
    by, at, form = await pressed(request)
    days = whole(form.get("days", ""), 2)
    try:
        await actions.end(
            house(request),
            by=by,
            ref=at,
            follow_up_days=-1 if days is None else days,
            agreed=form.get("agreed", ""),
            check_in=form.get("check_in") == "1",
        )
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="end")
    return onward(request, f"/staff/cases/{at}?tab=note")


@post("/staff/cases/{ref:str}/done", status_code=303)
async def done(request: Web) -> Response[Any]:
    """*Markera som klar*."""
    by, at, form = await pressed(request)
    from_list = form.get("from") == "list"
    try:
        await actions.mark_done(house(request), by=by, ref=at)
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="dock")
    if from_list and pages.is_fragment(request):
        return fault_fragment(request, None, "list", 200)
    return onward(request, "/staff/async" if from_list else f"/staff/cases/{at}")


def onward(request: Web, address: str) -> Response[Any]:
    """Go on to another page, also from a form that a script has sent."""
    if pages.is_fragment(request):
        return Response(b"", status_code=204, headers={"hx-redirect": address, "cache-control": "no-store"})
    return Response(b"", status_code=303, headers={"location": address, "cache-control": "no-store"})


async def refused(
    request: Web, by: StaffActor, at: CaseRef, refusal: Refusal, form: dict[str, str], *, place: str
) -> Response[Any]:
    """The refusal where it was caused. A case that is not for the actor is refused as a page of its own."""
    if refusal.status in (401, 404, 503):
        raise refusal
    place = form.get("from", place) if form.get("from") in PLACES else place
    lang = pages.language_of(request)
    fault = fault_of(refusal, at=place, lang=lang, href=f"/staff/cases/{at}", typed=form)
    if pages.is_fragment(request):
        return fault_fragment(request, fault, place, refusal.status)
    if place != "list":
        return await visit_page(request, by, at, fault=fault, status=refusal.status)
    draw = async_page if request.url.path.endswith("/done") else drop_in_page
    return await draw(request, by, fault, refusal.status)
