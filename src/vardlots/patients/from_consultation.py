"""The first step of *Starta ny asynkron chatt*: who the consultation is about, by the number that came with it."""

from typing import Any

from litestar import Response, Router, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.consultations.model import Act, ConsultationRef, Side
from vardlots.consultations.policy import may
from vardlots.consultations.queries import readable
from vardlots.consultations.states import next_state
from vardlots.patients import new
from vardlots.patients.actions import open_patient
from vardlots.patients.consulted import way_on
from vardlots.patients.pages import log_look_up
from vardlots.people.register import PopulationRegister
from vardlots.platform.errors import Refusal, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.pages import see

# What the log says of the patient's page that is opened so.
ASKED = N_("Konsultation från en annan vårdgivare")


@post("/staff/consultations/{consultation:str}/begin", status_code=200)
async def begin_from_consultation(request: Web) -> Response[Any]:
    """On to the chat for somebody who is a patient here; for anybody else the consent to be registered is asked for.

    The number that the sender typed is never in an address.
    """
    by = await web.carer(request)
    ref = ConsultationRef.parse(str(request.path_params["consultation"]))
    async with house(request).database.transaction(by.scope) as connection:
        found = await readable(connection, by=by, ref=ref)
    if refusal := may(by, Act.BEGIN, found, Side.RECEIVER):
        raise refusal
    if next_state(found.state, Act.BEGIN) is None or found.new_case_id is not None or found.subject is None:
        raise WrongState(N_("Konsultationen har gått vidare. Ladda om sidan."), code="moved_on")
    typed = {"number": found.subject.number, "consultation": str(ref)}
    try:
        number = new.parsed(found.subject.number, "number")
        await log_look_up(request, by, number.compact)
        already = await new.already_here(request, by, number)
        if already is not None:
            await open_patient(house(request).database, by=by, person_id=already, reason=ASKED)
            return see(way_on(typed, already))
        newcomer = await new.newcomer(request, by, number)
    except Refusal as refusal:
        return await new.draw(request, by, typed, None, refusal)
    return await new.draw(request, by, typed, newcomer)


def from_consultation_routes(register: PopulationRegister) -> list[ControllerRouterHandler]:
    """The handler of this file, asking one population register."""
    return [Router(path="/", route_handlers=[begin_from_consultation], opt={"register": register})]
