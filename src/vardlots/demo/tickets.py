"""The booking tickets of `content/demo/tickets.toml`, given and used through the product's own verbs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from vardlots.access.actor import PatientActor
from vardlots.cases.actions import open_case
from vardlots.demo.answers import OWN_WORDS, raw_answer, written_cases
from vardlots.demo.people import BadDemoContent, DemoRegion, known, read_table, rows
from vardlots.demo.play import CONSENTS
from vardlots.demo.stage import Stage
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.tickets import actions
from vardlots.tickets.model import Ticket
from vardlots.triage.queries import Kept, own_interview
from vardlots.triage.queueing import new_case_of_ticket, new_ticket, route_of
from vardlots.triage.ways import Way

Hours = Annotated[int, msgspec.Meta(ge=0)]
FILE = "tickets.toml"


class TicketScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ticket: who gets it for whom, and what becomes of it `ends_after` hours later."""

    id: str
    person: str
    acting: str | None = None
    unit: str
    complaint: str
    like: str
    words: str = ""
    hours_ago: Hours
    ends_as: Literal["issued", "opened", "declined", "withdrawn", "used"]
    ends_after: Hours = 0
    staff: str | None = None
    why: str = ""

    @property
    def actor(self) -> str:
        """Who acts: the guardian, or the person."""
        return self.acting or self.person


def load_tickets(folder: Path, region: DemoRegion) -> tuple[TicketScript, ...]:
    """The tickets, checked against the region. Raises BadDemoContent."""
    found = rows(read_table(folder / FILE), "tickets", TicketScript, folder / FILE)
    persons, units = [one.id for one in region.persons], [one.id for one in region.units]
    for script in found:
        known(persons, "person", script.id, script.person, script.actor)
        known(units, "unit", script.id, script.unit)
        known([case.id for case in written_cases(script.complaint)], "written case", script.id, script.like)
        if script.ends_after > script.hours_ago:
            raise BadDemoContent(f"{script.id}: something happens later than now")
        if bool(script.why) != (script.ends_as in ("declined", "withdrawn")):
            raise BadDemoContent(f"{script.id}: a reason is for a ticket that is declined or withdrawn")
        if (script.staff is not None) != (script.ends_as == "withdrawn"):
            raise BadDemoContent(f"{script.id}: staff are named for a ticket that they withdraw")
    return found


async def give(stage: Stage, script: TicketScript) -> Ticket:
    """From the first question to wherever the ticket has come."""
    given_at = stage.now - timedelta(hours=script.hours_ago)
    with clock.at(given_at):
        by = await stage.patient(script.actor)
        kept = await _answered(stage, script, by)
        async with stage.post.database.transaction(by.scope) as connection:
            way = await route_of(connection, by=by, kept=kept)
        if way.way is not Way.TICKET:
            raise BadDemoContent(f"{script.id}: the answers lead to {way.way}, not to a ticket")
        ticket = await actions.issue(stage.post, by=by, new=new_ticket(kept, way))
    with clock.at(given_at + timedelta(hours=script.ends_after)):
        await _end(stage, script, by, ticket, kept)
    return ticket


async def _answered(stage: Stage, script: TicketScript, by: PatientActor) -> Kept:
    case = next(one for one in written_cases(script.complaint) if one.id == script.like)
    return await stage.answered(
        by=by,
        person=script.person,
        unit=script.unit,
        reason=script.complaint,
        raw=lambda item: script.words if item.link_id == OWN_WORDS else raw_answer(item, case),
        before={"own_words": "", **CONSENTS, "interpreter": [False]},
    )


async def _end(stage: Stage, script: TicketScript, by: PatientActor, ticket: Ticket, kept: Kept) -> None:
    post, ref = stage.post, ticket.ref
    if script.ends_as != "issued":
        await actions.open_ticket(post, by=by, ref=ref)
    match script.ends_as:
        case "declined":
            await actions.decline(post, by=by, ref=ref, reason=script.why)
        case "withdrawn":
            await _withdraw(stage, script, ticket)
        case "used":
            await _ask_for_help(stage, by, ticket, kept)


async def _withdraw(stage: Stage, script: TicketScript, ticket: Ticket) -> None:
    assert script.staff is not None
    staff = await stage.staff(script.staff, script.unit)
    await actions.withdraw(stage.post, by=staff, ref=ticket.ref, reason=script.why)


async def _ask_for_help(stage: Stage, by: PatientActor, ticket: Ticket, kept: Kept) -> None:
    async with stage.post.database.transaction(by.scope) as connection:
        kept = await own_interview(connection, by=by, ref=kept.ref)
        way = await route_of(connection, by=by, kept=kept)

    async def use(connection: Connection, case_id: int) -> None:
        await actions.use(connection, by=by, ref=ticket.ref, case_id=case_id)

    await open_case(stage.post, by=by, new=new_case_of_ticket(kept, way), together=use)
