"""*Konsultera* from a visit, also one that nobody has taken: what the visit offers, and the page (E1)."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import policy
from vardlots.cases.model import Verb
from vardlots.cases.web import house, read_log, ref
from vardlots.platform import clock, pages
from vardlots.platform.i18n import text
from vardlots.platform.pages import see
from vardlots.worklist.about import Origin
from vardlots.worklist.consultations.filled import fresh
from vardlots.worklist.consultations.lists import PATH
from vardlots.worklist.consultations.sending import draw, sent
from vardlots.worklist.reasons import named
from vardlots.worklist.visit_items import Item
from vardlots.worklist.visit_read import Visit, read_visit


def offer(by: StaffActor, found: Visit, lang: str) -> Item | None:
    """*Konsultera*, beside the menu: whoever has the visit in reach asks, without accepting it, in any phase."""
    if policy.may(by, Verb.CONSULT, found.case, clock.now(), found.rights) is not None:
        return None
    return Item(
        "messages-square", text(lang, "Konsultera"), f"/staff/cases/{found.case.ref}/consult", first=True
    )


@get("/staff/cases/{ref:str}/consult")
async def consult(request: Web) -> Response[Any]:
    """The page, filled in with what the visit says: its reason, its priority, itself."""
    by, found = await _visit(request)
    case = found.case
    filled = fresh(
        by,
        wanted=named(case.reason, found.practice, pages.language_of(request)),
        priority=case.priority,
        related=(case.case_id,),
    )
    await _log(request, by, found)
    return await draw(request, by, _origin(found), filled)


@post("/staff/cases/{ref:str}/consult", status_code=200)
async def send_consultation(request: Web) -> Response[Any]:
    """*Skicka*: on to the consultation."""
    by, found = await _visit(request)
    done = await sent(request, by, _origin(found))
    if not isinstance(done, Response):
        return see(f"{PATH}/{done.ref}")
    await _log(request, by, found)
    return done


async def _visit(request: Web) -> tuple[StaffActor, Visit]:
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=ref(request))
    if refusal := policy.may(by, Verb.CONSULT, found.case, clock.now(), found.rights):
        raise refusal
    return by, found


def _origin(found: Visit) -> Origin:
    base = f"/staff/cases/{found.case.ref}"
    return Origin(
        action=f"{base}/consult", back=base, person_id=found.case.person_id, visit=found, active="drop-in"
    )


async def _log(request: Web, by: StaffActor, found: Visit) -> None:
    case = found.case
    row = access(
        by, "read_case", provider_id=case.provider_id, person_id=case.person_id, case_id=case.case_id
    )
    await read_log(request).record(row)
