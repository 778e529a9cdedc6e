"""*Konsultera* from a patient's page, with no visit of one's own to ask about (E1)."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.patients.begin import door_of
from vardlots.patients.pages import demand_open, log_read, person_in
from vardlots.platform.pages import see
from vardlots.worklist.about import Origin
from vardlots.worklist.consultations.filled import fresh
from vardlots.worklist.consultations.lists import PATH
from vardlots.worklist.consultations.sending import draw, sent
from vardlots.worklist.reasons import Wanted


@get("/staff/patients/{person:str}/consult")
async def consult_about(request: Web) -> Response[Any]:
    """The page, or the door in front of the patient's page."""
    by = await web.carer(request)
    person_id = person_in(request)
    if (door := await door_of(request, by, person_id)) is not None:
        return door
    await log_read(request, by, person_id)
    return await draw(request, by, _origin(person_id), fresh(by, wanted=Wanted(), priority=None, related=()))


@post("/staff/patients/{person:str}/consult", status_code=200)
async def send_about(request: Web) -> Response[Any]:
    """*Skicka*: on to the consultation."""
    by = await web.carer(request)
    person_id = person_in(request)
    await demand_open(request, by, person_id)
    done = await sent(request, by, _origin(person_id))
    if not isinstance(done, Response):
        return see(f"{PATH}/{done.ref}")
    await log_read(request, by, person_id)
    return done


def _origin(person_id: int) -> Origin:
    base = f"/staff/patients/{person_id}"
    return Origin(action=f"{base}/consult", back=base, person_id=person_id)


HANDLERS = (consult_about, send_about)
