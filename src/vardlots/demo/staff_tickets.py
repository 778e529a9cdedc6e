"""The tickets that staff have sent (`content/demo/staff_tickets.toml`), through the product's own verbs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.begun.actions import Begun, begin_chat, lengths
from vardlots.cases.ending.configured import rules_of
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, write
from vardlots.demo.people import BadDemoContent, DemoRegion, known, read_table, rows
from vardlots.demo.stage import Stage
from vardlots.platform import clock
from vardlots.tickets import actions
from vardlots.tickets.forms.actions import answer, fill_in
from vardlots.tickets.forms.queries import form_of
from vardlots.tickets.model import Contact, Kind, Ticket
from vardlots.tickets.staff.actions import send
from vardlots.tickets.staff.model import StaffTicket
from vardlots.triage.configured import practice_of

Hours = Annotated[int, msgspec.Meta(ge=0)]
FILE = "staff_tickets.toml"


class StaffTicketScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ticket: who sends it to whom, what stands on it, and what has become of it `ends_after` hours later.

    `holds_days` is how long it can be used. A drop-in ticket is used at `to_unit` and sent from a chat that `says`
    begins; `history` is for the staff there. `answers` are those of its first form, by linkId, in the order asked.
    """

    id: str
    person: str
    acting: str | None = None
    staff: str
    unit: str
    role: str
    kind: Kind
    contact: Contact = Contact.DIGITAL
    reason: str
    forms: tuple[str, ...] = ()
    to_unit: str | None = None
    says: str = ""
    history: str = ""
    information: str = ""
    hours_ago: Hours
    holds_days: Annotated[int, msgspec.Meta(ge=1, le=180)] = 30
    ends_as: Literal["issued", "opened", "answering", "answered", "declined"]
    ends_after: Hours = 0
    answers: dict[str, Any] = {}
    why: str = ""

    @property
    def actor(self) -> str:
        """Who acts: the guardian, or the person."""
        return self.acting or self.person


def load_staff_tickets(folder: Path, region: DemoRegion) -> tuple[StaffTicketScript, ...]:
    """The tickets, checked against the region. Raises BadDemoContent."""
    found = rows(read_table(folder / FILE), "tickets", StaffTicketScript, folder / FILE)
    persons, units = [one.id for one in region.persons], [one.id for one in region.units]
    for script in found:
        known(persons, "person", script.id, script.person, script.actor)
        known(units, "unit", script.id, script.unit)
        known([one.id for one in region.staff], "staff", script.id, script.staff)
        known(units, "unit", script.id, script.to_unit or script.unit)
        if (script.kind is Kind.DROP_IN) != bool(script.says):
            raise BadDemoContent(
                f"{script.id}: a drop-in ticket is sent from a chat that something is said in"
            )
        if script.ends_after > script.hours_ago:
            raise BadDemoContent(f"{script.id}: something happens later than now")
        if bool(script.why) != (script.ends_as == "declined"):
            raise BadDemoContent(f"{script.id}: a reason is for a ticket that is declined")
        if bool(script.answers) != (script.ends_as in ("answering", "answered")):
            raise BadDemoContent(f"{script.id}: answers are for a form that is being answered")
    return found


async def send_ticket(stage: Stage, script: StaffTicketScript) -> Ticket:
    """Sent, and then wherever it has come. A ticket whose time is over runs out by itself."""
    sent_at = stage.now - timedelta(hours=script.hours_ago)
    with clock.at(sent_at):
        by = await stage.staff(script.staff, script.unit)
        unit = await stage.unit(script.to_unit or script.unit)
        chat = await _chat(stage, script, by) if script.says else None
        async with stage.post.database.transaction(by.scope) as connection:
            practice = await practice_of(connection, unit.provider_id)
        ticket = await send(
            stage.post,
            by=by,
            new=StaffTicket(
                kind=script.kind,
                contact=script.contact,
                person_id=stage.persons[script.person],
                to_provider_id=unit.provider_id,
                unit_id=unit.unit_id,
                role=script.role,
                reason=script.reason,
                title=practice.named(script.reason),
                forms=script.forms,
                valid_until=clock.today() + timedelta(days=script.holds_days),
                history=script.history,
                information=script.information,
                from_case=chat,
            ),
            key=str(uuid5(NAMESPACE_URL, script.id)),
        )
    if script.ends_as == "issued":
        return ticket
    with clock.at(sent_at + timedelta(hours=script.ends_after)):
        by_patient = await stage.patient(script.actor)
        await actions.open_ticket(stage.post, by=by_patient, ref=ticket.ref)
        if script.ends_as == "declined":
            await actions.decline(stage.post, by=by_patient, ref=ticket.ref, reason=script.why)
        if script.answers:
            await _answer(stage, script, by_patient, ticket)
    return ticket


async def _chat(stage: Stage, script: StaffTicketScript, by: StaffActor) -> CaseRef:
    """The chat in which staff ask how it is, before they send somebody on."""
    async with stage.post.database.transaction(by.scope) as connection:
        days = lengths(await rules_of(connection, by.provider_id))[0]
    begun = Begun(person_id=stage.persons[script.person], reason=script.reason, days=days)
    case = await begin_chat(stage.post, by=by, new=begun, key=str(uuid5(NAMESPACE_URL, f"{script.id}/chat")))
    said = Message(script.says, key=str(uuid5(NAMESPACE_URL, f"{script.id}/says")))
    await write(stage.post, by=by, ref=case.ref, message=said)
    return case.ref


async def _answer(stage: Stage, script: StaffTicketScript, by: PatientActor, ticket: Ticket) -> None:
    """The first form, one question after the other; sent in where the script says so."""
    for link_id, value in script.answers.items():
        rev = await _rev(stage, by, ticket)
        await fill_in(stage.post, by=by, ref=ticket.ref, place=1, rev=rev, raw={link_id: value})
    if script.ends_as == "answered":
        await answer(stage.post, by=by, ref=ticket.ref, place=1, rev=await _rev(stage, by, ticket))


async def _rev(stage: Stage, by: PatientActor, ticket: Ticket) -> int:
    async with stage.post.database.transaction(by.scope) as connection:
        return (await form_of(connection, ticket.ref, 1)).rev
