"""*Skicka biljett* from a patient's page: with no visit behind it (requirements D9, G1)."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.patients.begin import door_of, refused_registration
from vardlots.patients.pages import demand_open, log_read, person_in
from vardlots.platform.pages import see
from vardlots.worklist.about import Origin
from vardlots.worklist.tickets.filled import fresh
from vardlots.worklist.tickets.sending import draw, sent


@get("/staff/patients/{person:str}/tickets/new")
async def new_ticket(request: Web) -> Response[Any]:
    """The page, or the door in front of the patient's; where nothing new may begin, the reason why."""
    by = await web.carer(request)
    person_id = person_in(request)
    if (door := await door_of(request, by, person_id)) is not None:
        return door
    async with house(request).database.transaction(by.scope) as connection:
        closed = await refused_registration(connection, by, person_id)
    await log_read(request, by, person_id)
    return await draw(request, by, _origin(person_id), fresh(by), closed)


@post("/staff/patients/{person:str}/tickets/new", status_code=200)
async def send_ticket(request: Web) -> Response[Any]:
    """*Skicka*: on to the ticket's own page."""
    by = await web.carer(request)
    person_id = person_in(request)
    await demand_open(request, by, person_id)
    done = await sent(request, by, _origin(person_id))
    if isinstance(done, str):
        return see(f"/staff/tickets/{done}?sent=1")
    await log_read(request, by, person_id)
    return done


def _origin(person_id: int) -> Origin:
    base = f"/staff/patients/{person_id}"
    return Origin(action=f"{base}/tickets/new", back=base, person_id=person_id)


HANDLERS = (new_ticket, send_ticket)
