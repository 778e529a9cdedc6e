"""What happens when staff book a chosen time: a new booked visit, or a new time for one that has been booked."""

from typing import Any

import msgspec
from litestar import Response

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.booking.actions import book_for
from vardlots.booking.changes.actions import rebook
from vardlots.booking.model import StaffBooking
from vardlots.cases.model import CaseRef
from vardlots.cases.web import house
from vardlots.platform import pages
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import N_
from vardlots.triage.configured import practice_of
from vardlots.worklist.about import Origin
from vardlots.worklist.booking.book import Choice, draw, read_choice
from vardlots.worklist.reasons import read_reason
from vardlots.worklist.visit_read import Visit

# What is booked without triage is planned; a visit's own priority holds where it is a planned one.
PLANNED = range(6, 12)
USUAL = 11


async def booked(request: Web, by: StaffActor, at: Origin, before: Choice) -> Response[Any] | CaseRef:
    """What was pressed: the booked visit, or the page as it is now with why not."""
    lang = pages.language_of(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    async with house(request).database.transaction(by.scope) as connection:
        practice = await practice_of(connection, by.provider_id)
    chosen = read_choice(form, before)
    if not at.rebooks:
        chosen = _with(chosen, wanted=read_reason(form, practice, lang))
    if form.get("do") != "book":
        return await draw(request, by, at, chosen)
    try:
        return await _book(request, by, at, chosen)
    except NotFound:
        raise
    except Refusal as refusal:
        return await draw(request, by, at, _with(chosen, slot=None), refusal)


def _with(chosen: Choice, **changed: Any) -> Choice:
    return msgspec.structs.replace(chosen, **changed)


async def _book(request: Web, by: StaffActor, at: Origin, chosen: Choice) -> CaseRef:
    if chosen.slot is None:
        raise Invalid("slot", N_("Välj en tid."))
    if at.rebooks and at.visit is not None:
        await rebook(house(request), by=by, ref=at.visit.case.ref, slot=chosen.slot)
        return at.visit.case.ref
    new = StaffBooking(
        person_id=at.person_id,
        reason=chosen.wanted.code or chosen.wanted.typed,
        priority=_priority(at.visit),
        contact="telephone" if chosen.telephone else None,
        kind=at.visit.case.kind if at.visit else "care",
        information=chosen.information,
    )
    ends = at.visit.case.ref if chosen.ends and at.visit is not None else None
    case = await book_for(house(request), by=by, new=new, slot=chosen.slot, ends=ends)
    return case.ref


def _priority(visit: Visit | None) -> int:
    return visit.case.priority if visit is not None and visit.case.priority in PLANNED else USUAL
