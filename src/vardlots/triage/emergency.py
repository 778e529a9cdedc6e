"""Priority 1: one tap from 112 whatever else happens. Nothing that fails here may stand between somebody and that."""

from typing import Any

import minijinja
import structlog
from litestar import Response, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.cases.queries import same_case
from vardlots.clinics import queries as clinics
from vardlots.platform import pages
from vardlots.platform.errors import NotFound, SomebodyWasFirst, WrongState
from vardlots.platform.pages import see
from vardlots.triage import actions, queries
from vardlots.triage.model import Outcome
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import open_emergency, route_of
from vardlots.triage.web import own, place_of

log = structlog.get_logger()

EMERGENCY = 1


def bold(text: str, part: str) -> Any:
    """The text with one part of it bold, safe to draw."""
    if not part or part not in text:
        return text
    before, _, after = text.partition(part)
    return minijinja.Markup(
        f"{minijinja.escape(before)}<b>{minijinja.escape(part)}</b>{minijinja.escape(after)}"
    )


async def note_result_read(request: Web, by: PatientActor, kept: Kept) -> None:
    """An outcome is read: in the log."""
    await web.read_log(request).record(
        access(
            by, "read_result", provider_id=kept.provider_id, person_id=kept.person_id, case_id=kept.case_id
        )
    )


async def draw_emergency(request: Web, by: PatientActor, kept: Kept, outcome: Outcome) -> Response[Any]:
    """The page. Where it cannot be drawn as it should, and logged, the page of 112 that says nothing of anybody."""
    try:
        context = await _context(request, by, kept)
        await note_result_read(request, by, kept)
    except Exception as fault:
        log.error("emergency_not_drawn", interview=str(kept.ref), fault=type(fault).__name__)
        return see("/emergency")
    return pages.page(
        request,
        "triage/emergency.html",
        {
            "heading": outcome.title,
            "reason": bold(outcome.lead, outcome.finding or ""),
            "meanwhile": list(outcome.meanwhile),
            "notice": outcome.notice,
            "call_112": True,
            **context,
        },
    )


async def _context(request: Web, by: PatientActor, kept: Kept) -> dict[str, Any]:
    """Who has been told, what can still be sent, and the ways back."""
    anew = kept.for_case_id is not None
    told = kept.case_id is not None or (anew and kept.stage == "done")
    other_case, may_report = None, False
    async with web.house(request).database.transaction(by.scope) as connection:
        unit = await clinics.unit(connection, kept.unit_id)
        if not told and not anew:
            may_report = kept.stage == "result" and (await route_of(connection, by=by, kept=kept)).reported
            # Beside a case of the same reason nothing new is opened.
            other_case = await same_case(connection, kept)
    last = actions.last_answered(kept.interview())
    change_url = f"/interview/{kept.ref}?q={last}"
    if anew and kept.stage != "result":
        # What has been sent stays with the case: whoever answered wrong answers once more.
        change_url = f"/my/cases/{kept.provider_id}-{kept.for_case_id}/worse"
    told = told and unit is not None
    send_url = f"/interview/{kept.ref}/anew" if anew and kept.stage == "result" else ""
    return {
        "told_unit": unit.name if told and unit else "",
        "case_url": place_of(kept) if told else "",
        "other_case_url": f"/my/cases/{other_case}" if other_case else "",
        "back_url": "/" if told or anew else f"/interview/{kept.ref}?q={last}",
        "back_is_home": told or anew,
        "change_url": change_url,
        "wrong_url": f"/interview/{kept.ref}/wrong" if told and not anew else "",
        "send_url": send_url or (f"/interview/{kept.ref}/report" if may_report and not other_case else ""),
    }


@post("/interview/{ref:str}/report")
async def report(request: Web) -> Response[Any]:
    """Tell the unit of an emergency that it has not been told of: the first try failed. The same page again."""
    by = await patient(request)
    kept = await own(request, by)
    if kept.outcome is None or kept.outcome["priority"] != EMERGENCY or kept.for_case_id is not None:
        raise NotFound()
    if kept.stage == "result":
        await open_emergency(request, by, kept)
    return see(f"/interview/{kept.ref}/result")


@post("/interview/{ref:str}/wrong")
async def wrong(request: Web) -> Response[Any]:
    """*Jag svarade fel*: takes the case out of the queue and asks the last question anew, answers kept."""
    by = await patient(request)
    kept = await own(request, by)
    try:
        again = await actions.begin_again(web.house(request), by=by, ref=kept.ref)
    except (WrongState, SomebodyWasFirst):
        return see(await _begun_before(request, by, kept) or place_of(kept))
    return see(f"/interview/{again}")


async def _begun_before(request: Web, by: PatientActor, kept: Kept) -> str:
    """Where an earlier tap of the same button led: the interview that it began. Empty where there is none."""
    async with web.house(request).database.transaction(by.scope) as connection:
        begun = await queries.open_interviews(connection, by=by, person_id=by.main(kept.person_id))
    later = [one for one in begun if one.interview_id > kept.interview_id and one.protocol == kept.protocol]
    return f"/interview/{later[0].ref}" if later else ""


def emergency_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [report, wrong]
