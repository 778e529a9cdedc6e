"""*Skicka biljett* from a visit: what *Nytt* offers there, and the page (requirement D9)."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import policy
from vardlots.cases.model import Verb
from vardlots.cases.states import allows
from vardlots.cases.web import house, read_log, ref
from vardlots.platform import clock, pages
from vardlots.platform.errors import Forbidden
from vardlots.platform.i18n import text
from vardlots.platform.pages import see
from vardlots.worklist.about import Origin
from vardlots.worklist.reasons import named
from vardlots.worklist.tickets.filled import fresh
from vardlots.worklist.tickets.sending import draw, sent
from vardlots.worklist.visit_items import Item
from vardlots.worklist.visit_read import Visit, read_visit


def offer(by: StaffActor, found: Visit, lang: str) -> Item | None:
    """*Skicka biljett*, where the visit allows it."""
    if not may_send(by, found):
        return None
    return Item("ticket", text(lang, "Skicka biljett"), f"/staff/cases/{found.case.ref}/tickets/new")


def may_send(by: StaffActor, found: Visit) -> bool:
    """Whether the actor may send a ticket from the visit now."""
    return allows(found.case.phase, Verb.SEND_TICKET) and (
        policy.may(by, Verb.SEND_TICKET, found.case, clock.now(), found.rights) is None
    )


@get("/staff/cases/{ref:str}/tickets/new")
async def new_ticket(request: Web) -> Response[Any]:
    """The page, filled in with what the visit says."""
    by, found = await _visit(request)
    lang = pages.language_of(request)
    filled = fresh(
        by,
        unit_id=found.case.unit_id,
        role=found.case.role,
        wanted=named(found.case.reason, found.practice, lang),
    )
    await _log(request, by, found)
    return await draw(request, by, _origin(found), filled)


@post("/staff/cases/{ref:str}/tickets/new", status_code=200)
async def send_ticket(request: Web) -> Response[Any]:
    """*Skicka*: back to the visit, where the ticket stands as a card."""
    by, found = await _visit(request)
    done = await sent(request, by, _origin(found))
    if isinstance(done, str):
        return see(f"/staff/cases/{found.case.ref}")
    await _log(request, by, found)
    return done


async def _visit(request: Web) -> tuple[StaffActor, Visit]:
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=ref(request))
    if not may_send(by, found):
        refusal = policy.may(by, Verb.SEND_TICKET, found.case, clock.now(), found.rights)
        raise refusal or Forbidden("Starta besöket innan du skickar en biljett.", code="not_in_visit")
    return by, found


def _origin(found: Visit) -> Origin:
    base = f"/staff/cases/{found.case.ref}"
    return Origin(
        action=f"{base}/tickets/new",
        back=base,
        person_id=found.case.person_id,
        visit=found,
        active="drop-in",
    )


async def _log(request: Web, by: StaffActor, found: Visit) -> None:
    case = found.case
    row = access(
        by, "read_case", provider_id=case.provider_id, person_id=case.person_id, case_id=case.case_id
    )
    await read_log(request).record(row)
