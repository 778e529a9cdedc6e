"""*Pausa* and *Fortsätt nu*, pressed in the visit. Each is a form of its own and works without script."""

from typing import Any

from litestar import Response, post

from vardlots.access.web import Web
from vardlots.cases.pauses import actions
from vardlots.cases.web import house, pressed
from vardlots.conversations.phrases import unfilled
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import N_
from vardlots.worklist.visit_pause import moment, with_time
from vardlots.worklist.visit_read import read_visit
from vardlots.worklist.visit_verbs import onward, refused


@post("/staff/cases/{ref:str}/pause", status_code=303)
async def pause(request: Web) -> Response[Any]:
    """*Pausa*: until a day and a time, with a message to the patient."""
    by, at, form = await pressed(request)
    try:
        async with house(request).database.transaction(by.scope) as connection:
            found = await read_visit(connection, by=by, ref=at)
        until = moment(form)
        message = with_time(form.get("text", ""), until, found.actor_language)
        if left := unfilled(message):
            raise Invalid("text", N_("Byt ut {word} i texten."), word=f"{{{left[0]}}}")
        await actions.pause(
            house(request),
            by=by,
            ref=at,
            until=until,
            text=message,
            key=form.get("key", ""),
            sure="sure" in form,
        )
    except Refusal as refusal:
        return await refused(request, by, at, refusal, form, place="pause")
    return onward(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/resume", status_code=303)
async def resume(request: Web) -> Response[Any]:
    """*Fortsätt nu*."""
    by, at, form = await pressed(request)
    try:
        await actions.resume(house(request), by=by, ref=at)
    except Refusal as refusal:
        if refusal.code != "not_paused":
            return await refused(request, by, at, refusal, form, place="handover")
    return onward(request, f"/staff/cases/{at}")
