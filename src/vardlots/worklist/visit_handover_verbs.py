"""What is pressed about a handover, in the visit. Each is a form of its own and works without script."""

from typing import Any

from litestar import Response, post

from vardlots.access.web import Web
from vardlots.cases.handovers import actions
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.web import house, pressed
from vardlots.clinics.tree import Chosen
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import N_
from vardlots.platform.numbers import whole
from vardlots.worklist.visit_verbs import onward, refused


def receiver(raw: str) -> Receiver:
    """What was chosen in the tree: a role, or a person in it. Raises Invalid `resource` for neither."""
    chosen = Chosen.read(raw)
    if chosen is None or not chosen.role:
        raise Invalid("resource", N_("Välj vem som ska ta över: en roll eller en person."))
    return Receiver(chosen.role, chosen.staff_id)


@post("/staff/cases/{ref:str}/hand-over", status_code=303)
async def hand_over(request: Web) -> Response[Any]:
    """*Slutför*: the visit stays with the actor until somebody accepts."""
    by, at, form = await pressed(request)
    try:
        await actions.hand_over(
            house(request),
            by=by,
            ref=at,
            to=receiver(form.get("resource", "")),
            priority=whole(form.get("priority", ""), 2) or 0,
            why=form.get("reason", ""),
            message=form.get("message", ""),
        )
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="hand-over")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/handover/accept", status_code=303)
async def accept(request: Web) -> Response[Any]:
    """*Acceptera*: on to the visit, or who was first."""
    by, at, form = await pressed(request)
    try:
        await actions.accept_handover(house(request), by=by, ref=at, n=_asked(form))
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="handover")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/handover/decline", status_code=303)
async def decline(request: Web) -> Response[Any]:
    """*Avböj*, with a reason."""
    by, at, form = await pressed(request)
    try:
        await actions.decline_handover(
            house(request), by=by, ref=at, n=_asked(form), reason=form.get("reason", "")
        )
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="decline")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/handover/withdraw", status_code=303)
async def withdraw(request: Web) -> Response[Any]:
    """*Ta tillbaka*."""
    by, at, form = await pressed(request)
    try:
        await actions.withdraw_handover(house(request), by=by, ref=at, n=_asked(form))
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="handover")
    return onward(request, f"/staff/cases/{at}")


def _asked(form: dict[str, str]) -> int:
    """The row that asks, as the actor read it; 0 is no row."""
    return whole(form.get("n", ""), 9) or 0
