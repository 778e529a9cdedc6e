"""A patient's tickets for staff: taking one back, with a reason. The list is on the patient's page."""

from typing import Any

from litestar import Response, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.patients.pages import demand_open, person_in, show
from vardlots.people.queries import same_persons
from vardlots.platform.errors import NotFound, Refusal
from vardlots.platform.pages import see
from vardlots.tickets import actions
from vardlots.tickets.model import TicketRef
from vardlots.tickets.queries import tickets_for_staff


@post("/staff/patients/{person:str}/tickets", status_code=303)
async def withdraw_ticket(request: Web) -> Response[Any]:
    """*Ta tillbaka* a ticket of one's own unit."""
    by = await web.carer(request)
    person_id = person_in(request)
    form = await request.form()
    typed = {"ticket": str(form.get("ticket", "")), "withdraw_reason": str(form.get("reason", ""))}
    try:
        await demand_open(request, by, person_id)
        ref = TicketRef.parse(typed["ticket"])
        await _demand_theirs(request, by, person_id, ref)
        await actions.withdraw(house(request), by=by, ref=ref, reason=typed["withdraw_reason"])
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return await show(request, by, person_id, refusal, typed)
    return see(f"/staff/patients/{person_id}")


async def _demand_theirs(request: Web, by: StaffActor, person_id: int, ref: TicketRef) -> None:
    """Raises NotFound for a ticket of somebody else, whose page the actor may not have opened."""
    async with house(request).database.transaction(by.scope) as connection:
        ids = await same_persons(connection, [person_id])
        theirs = await tickets_for_staff(connection, by=by, person_ids=ids)
    if ref not in {one.ref for one in theirs}:
        raise NotFound()


HANDLERS = (withdraw_ticket,)
