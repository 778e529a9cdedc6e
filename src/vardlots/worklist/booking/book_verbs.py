"""What happens when staff book a chosen time: a new booked visit, or a new time for one that has been booked."""

from typing import Any

import msgspec
from litestar import Response

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.booking.actions import book_for
from vardlots.booking.changes.actions import rebook
from vardlots.booking.model import StaffBooking
from vardlots.booking.queries import appointment_of
from vardlots.cases import actions as cases
from vardlots.cases.ending.configured import rules_of
from vardlots.cases.model import CaseRef
from vardlots.cases.web import house
from vardlots.platform import pages
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import N_, text
from vardlots.platform.pages import when_words
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
    case = await book_for(house(request), by=by, new=new, slot=chosen.slot)
    if chosen.ends and at.visit is not None:
        await _end(request, by, at.visit, case.ref)
    return case.ref


def _priority(visit: Visit | None) -> int:
    return visit.case.priority if visit is not None and visit.case.priority in PLANNED else USUAL


async def _end(request: Web, by: StaffActor, visit: Visit, ref: CaseRef) -> None:
    """The visit that led to the time ends with the time told; it stands as booked whatever becomes of that."""
    lang = visit.actor_language
    async with house(request).database.transaction(by.scope) as connection:
        time = await appointment_of(connection, ref)
        rules = await rules_of(connection, by.provider_id)
    if time is None:
        return
    told = text(lang, "Du har en bokad tid {when}.", when=when_words(time.starts_at, lang))
    days = 0 if visit.case.by_telephone else rules.first_days
    try:
        await cases.end(house(request), by=by, ref=visit.case.ref, follow_up_days=days, agreed=told)
    except Refusal:
        # Somebody else has ended it, or taken it over: it is theirs then.
        return
