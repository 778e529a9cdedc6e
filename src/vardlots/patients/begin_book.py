"""*Boka tid* from a patient's page, or for a patient found for a time that was pressed in the calendar (row G4)."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.patients.begin import door_of, refused_registration
from vardlots.patients.pages import demand_open, log_read, person_in
from vardlots.platform.pages import see
from vardlots.worklist.about import Origin
from vardlots.worklist.booking.book import Choice, draw, read_choice
from vardlots.worklist.booking.book_verbs import booked


@get("/staff/patients/{person:str}/book")
async def book_page(request: Web) -> Response[Any]:
    """The page, or the door in front of the patient's; where nothing new may begin, the reason why."""
    by = await web.carer(request)
    person_id = person_in(request)
    if (door := await door_of(request, by, person_id)) is not None:
        return door
    async with house(request).database.transaction(by.scope) as connection:
        closed = await refused_registration(connection, by, person_id)
    await log_read(request, by, person_id)
    return await draw(request, by, _origin(person_id), read_choice(request.query_params, _before(by)), closed)


@post("/staff/patients/{person:str}/book", status_code=200)
async def book(request: Web) -> Response[Any]:
    """*Boka*: on to the booked visit."""
    by = await web.carer(request)
    person_id = person_in(request)
    await demand_open(request, by, person_id)
    async with house(request).database.transaction(by.scope) as connection:
        closed = await refused_registration(connection, by, person_id)
    if closed is not None:
        raise closed
    done = await booked(request, by, _origin(person_id), _before(by))
    if isinstance(done, Response):
        await log_read(request, by, person_id)
        return done
    return see(f"/staff/cases/{done}")


def _before(by: StaffActor) -> Choice:
    return Choice(unit_id=by.unit_id if by.unit_id in by.unit_ids else None)


def _origin(person_id: int) -> Origin:
    base = f"/staff/patients/{person_id}"
    return Origin(action=f"{base}/book", back=base, person_id=person_id)


HANDLERS = (book_page, book)
