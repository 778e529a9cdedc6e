"""*Jag mår sämre*: 112 first, then the questions anew, and the way back to the waiting room or the conversation."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import policy, states, web
from vardlots.cases.model import Case, CaseRef, Verb
from vardlots.cases.queries import readable_case
from vardlots.cases.retriage.actions import Anew, retriage
from vardlots.clinics import queries as clinics
from vardlots.people.queries import person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.platform.limits import Limit
from vardlots.platform.pages import see
from vardlots.triage import queries
from vardlots.triage.anew.actions import ask_anew, leave_anew
from vardlots.triage.anew.queries import is_begun, protocol_anew
from vardlots.triage.case_pages import PREFIX, refuse_kindly_if_grown, shared_context
from vardlots.triage.configured import practice_of
from vardlots.triage.emergency import EMERGENCY
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import new_case
from vardlots.triage.result_pages import outcome_of
from vardlots.triage.web import own

ANEW = Limit(20, 600)


@get("/my/cases/{ref:str}/worse")
async def worse(request: Web) -> Response[Any]:
    """What to do when it gets worse: 112, the questions anew, 1177, telling the unit."""
    by = await patient(request)
    return await _draw_worse(request, by, web.ref(request))


async def _draw_worse(
    request: Web, by: PatientActor, ref: CaseRef, *, status: int = 200, told: str = ""
) -> Response[Any]:
    await refuse_kindly_if_grown(request, by, ref)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        if not _may_ask(by, case):
            return see(f"{PREFIX}/{ref}")
        kept = await queries.interview_of_case(connection, case)
        about = await person(connection, case.person_id)
        unit = await clinics.unit(connection, case.unit_id)
        practice = await practice_of(connection, case.provider_id)
        protocol = await protocol_anew(connection, case)
        begun = await is_begun(connection, case)
    if about is None or unit is None:
        raise NotFound()
    call_112_if = ""
    if kept is not None and kept.outcome is not None and kept.asked is not None:
        call_112_if = outcome_of(kept, by.lang).call_112_if
    context = shared_context(practice, by, case, about, unit) | {
        "call_112_if": call_112_if,
        "asks": protocol is not None,
        "begun": begun,
        "waits": states.allows(case.phase, Verb.ADD_INFORMATION),
        "told": told,
    }
    return pages.page(request, "triage/worse.html", context, status=status)


def _may_ask(by: PatientActor, case: Case) -> bool:
    return states.allows(case.phase, Verb.RETRIAGE) and not policy.may(by, Verb.RETRIAGE, case, clock.now())


@post("/my/cases/{ref:str}/worse")
async def begin_anew(request: Web) -> Response[Any]:
    """*Svara på frågorna igen*: on to the first question, or to the case where it has ended."""
    by = await patient(request)
    ref = web.ref(request)
    ANEW.take(by.session_id)
    try:
        interview = await ask_anew(web.house(request), by=by, ref=ref)
    except WrongState as refusal:
        if refusal.code != "nothing_to_ask":
            return see(f"{PREFIX}/{ref}")
        told = i18n.text(by.lang, refusal.message, **refusal.values)
        return await _draw_worse(request, by, ref, status=409, told=told)
    return see(f"/interview/{interview}")


@post("/interview/{ref:str}/anew")
async def send_anew(request: Web) -> Response[Any]:
    """Send new answers that have an outcome and have not reached their case: the page was closed in between."""
    by = await patient(request)
    kept = await own(request, by)
    if kept.for_case_id is None or kept.stage != "result":
        return see(f"/interview/{kept.ref}")
    return await tell_anew(request, by, kept)


async def tell_anew(request: Web, by: PatientActor, kept: Kept) -> Response[Any]:
    """From the outcome of questions asked anew to their case. 112 comes first, whatever has become of the case."""
    assert kept.for_case_id is not None
    assert kept.outcome is not None
    house = web.house(request)
    ref = CaseRef(kept.provider_id, kept.for_case_id)
    onward = f"{PREFIX}/{ref}"
    new = new_case(kept)
    anew = Anew(
        interview_id=kept.interview_id,
        interview_rev=kept.rev,
        priority=new.priority,
        summary=new.summary,
    )
    try:
        done = await retriage(house, by=by, ref=ref, anew=anew)
        onward = f"{onward}?anew={done.n}"
    except (WrongState, Forbidden) as refusal:
        if refusal.code == "moved":
            return see(f"/interview/{kept.ref}?moved=1")
        # The visit has ended meanwhile, or the child has grown out of the guardian's hands.
        await leave_anew(house, by=by, ref=kept.ref)
        onward = f"{onward}?late=1"
    if kept.outcome["priority"] == EMERGENCY:
        return see(f"/interview/{kept.ref}/result")
    return see(onward)


def anew_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [worse, begin_anew, send_anew]
