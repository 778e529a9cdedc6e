"""*Boka tid* from a visit: a new booked visit because of it, or a new time for one that is booked."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import policy
from vardlots.cases.model import Phase, Verb
from vardlots.cases.web import house, read_log, ref
from vardlots.platform import clock, pages
from vardlots.platform.errors import Forbidden
from vardlots.platform.i18n import N_
from vardlots.platform.pages import see
from vardlots.worklist.about import Origin
from vardlots.worklist.booking.book import Choice, draw, read_choice
from vardlots.worklist.booking.book_verbs import booked
from vardlots.worklist.reasons import Wanted, named
from vardlots.worklist.visit_read import Visit, read_visit

PATH = "/staff/cases/{ref:str}/book"


@get(PATH)
async def book_page(request: Web) -> Response[Any]:
    """The page, beginning at the visit's own unit and role."""
    by, found = await _visit(request)
    await _log(request, by, found)
    before = _before(found, pages.language_of(request))
    return await draw(request, by, _origin(found), read_choice(request.query_params, before))


@post(PATH, status_code=200)
async def book(request: Web) -> Response[Any]:
    """*Boka*: on to the booked visit."""
    by, found = await _visit(request)
    done = await booked(request, by, _origin(found), _before(found, pages.language_of(request)))
    if isinstance(done, Response):
        await _log(request, by, found)
        return done
    return see(f"/staff/cases/{done}")


def _before(found: Visit, lang: str) -> Choice:
    """As the visit has it: its unit, its role where that meets patients, its reason."""
    case = found.case
    wanted = named(case.reason, found.practice, lang)
    if not wanted.code:
        wanted = Wanted("", case.reason)
    unit_id = case.unit_id if case.unit_id in found.by.unit_ids else None
    return Choice(unit_id=unit_id, role=case.role, wanted=wanted)


def _origin(found: Visit) -> Origin:
    base = f"/staff/cases/{found.case.ref}"
    return Origin(
        action=f"{base}/book",
        back=base,
        person_id=found.case.person_id,
        visit=found,
        rebooks=found.case.phase is Phase.BOOKED,
    )


async def _visit(request: Web) -> tuple[StaffActor, Visit]:
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=ref(request))
    if found.case.phase is Phase.BOOKED:
        if refusal := policy.may(by, Verb.REBOOK, found.case, clock.now(), found.rights):
            raise refusal
    elif not (found.is_own or policy.in_reach(by, found.case)):
        raise Forbidden(N_("Ärendet hör till en annan enhet än den du arbetar på nu."), code="other_unit")
    return by, found


async def _log(request: Web, by: StaffActor, found: Visit) -> None:
    case = found.case
    about: dict[str, Any] = {"person_id": case.person_id, "case_id": case.case_id}
    await read_log(request).record(access(by, "read", provider_id=case.provider_id, **about))


def book_routes() -> list[ControllerRouterHandler]:
    """The page and what is pressed on it."""
    return [book_page, book]
