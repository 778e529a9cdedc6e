"""*Patienten svarar inte*, *Avbryt* and *Ringt*, pressed in the visit. Each is a form of its own."""

from typing import Any

from litestar import Response, post

from vardlots.access.web import Web
from vardlots.cases.chasing import actions
from vardlots.cases.web import house, pressed
from vardlots.platform.errors import Refusal
from vardlots.worklist.visit_verbs import onward, refused


@post("/staff/cases/{ref:str}/chase", status_code=303)
async def chase(request: Web) -> Response[Any]:
    """*Patienten svarar inte*: the reminder or the warning goes; twice is once."""
    by, at, form = await pressed(request)
    try:
        await actions.chase(house(request), by=by, ref=at, key=form.get("key", ""))
    except Refusal as refusal:
        if refusal.code != "already_chased":
            return await refused(request, by, at, refusal, form, place="no-answer")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/chase/stop", status_code=303)
async def stop(request: Web) -> Response[Any]:
    """*Avbryt*: the visit goes on, and nothing happens by itself."""
    by, at, form = await pressed(request)
    try:
        await actions.stop(house(request), by=by, ref=at)
    except Refusal as refusal:
        if refusal.code != "no_chase":
            return await refused(request, by, at, refusal, form, place="chase")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/called", status_code=303)
async def called(request: Web) -> Response[Any]:
    """*Ringt*: whether the patient answered, and a note."""
    by, at, form = await pressed(request)
    try:
        await actions.called(
            house(request),
            by=by,
            ref=at,
            outcome=form.get("outcome", ""),
            note=form.get("note", ""),
        )
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="called")
    return onward(request, f"/staff/cases/{at}")
