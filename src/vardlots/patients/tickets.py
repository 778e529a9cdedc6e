"""A patient's tickets for staff: taking one back, with a reason. The list is on the patient's page."""

from typing import Any

from litestar import Response, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.patients.pages import demand_open, person_in, show
from vardlots.platform.errors import NotFound, Refusal
from vardlots.platform.pages import see
from vardlots.tickets import actions
from vardlots.tickets.model import TicketRef


@post("/staff/patients/{person:str}/tickets", status_code=303)
async def withdraw_ticket(request: Web) -> Response[Any]:
    """*Dra tillbaka* a ticket of one's own unit."""
    by = await web.carer(request)
    person_id = person_in(request)
    form = await request.form()
    typed = {"ticket": str(form.get("ticket", "")), "withdraw_reason": str(form.get("reason", ""))}
    try:
        await demand_open(request, by, person_id)
        ref = TicketRef.parse(typed["ticket"])
        await actions.withdraw(house(request), by=by, ref=ref, reason=typed["withdraw_reason"])
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return await show(request, by, person_id, refusal, typed)
    return see(f"/staff/patients/{person_id}")


HANDLERS = (withdraw_ticket,)
