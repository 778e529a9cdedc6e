"""What the tests of tickets share: a unit of 1177 by phone, tickets from staff, forms filled in."""

from typing import Any
from uuid import uuid4

import msgspec
from tests.cast import Cast, Unit, a_colleague

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.begun.actions import Begun, begin_chat
from vardlots.cases.ending.actions import end
from vardlots.cases.model import CaseRef
from vardlots.clinics.hours import DAYS
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.platform.db import NOBODY, provider_scope
from vardlots.tickets.forms.actions import answer, fill_in
from vardlots.tickets.forms.model import TicketForm
from vardlots.tickets.forms.queries import form_of, forms_of
from vardlots.tickets.model import Contact, Kind, Ticket, TicketRef
from vardlots.tickets.queries import staff_ticket
from vardlots.tickets.staff.actions import send
from vardlots.tickets.staff.model import StaffTicket

DIET = {"vegetables": "daily", "fruit": "seldom", "fish": "weekly", "sweets": "weekly"}
POST: dict[str, object] = {
    "share_history": "true",
    "share_medications": "false",
    "mobile": "070 174 06 55",
    "pharmacy": "",
    "interpreter": "false",
}


async def by_telephone(given: Cast) -> StaffActor:
    """Tor, a nurse at the same provider's unit of 1177 by phone."""
    async with given.database.transaction(NOBODY) as connection:
        unit_id = await connection.fetchval(
            "INSERT INTO unit (provider_id, name, kind, hsa_id, opening, takes_drop_in) "
            "VALUES ($1, '1177 på telefon', 'telephone', $2, $3, true) RETURNING unit_id",
            given.angsviken.provider_id,
            f"SE0000000000-T{uuid4()}",
            {day: ["00:00", "24:00"] for day in DAYS},
        )
        unit = Unit(given.angsviken.provider_id, int(unit_id), "1177 på telefon")
        return await a_colleague(connection, "Tor", "Skogsmo", "Sjuksköterska", "nurse", unit)


def unit_of(by: StaffActor) -> Unit:
    return Unit(by.provider_id, by.unit_id, "")


async def is_patient(given: Cast, by: PatientActor, *, about: int | None = None) -> None:
    """The person is registered at Ängsviken's provider, by their own consent."""
    async with given.database.transaction(by.scope) as connection:
        await register(
            connection,
            by=by,
            provider_id=given.angsviken.provider_id,
            person_id=about or by.person_id,
            given_by=by.person_id,
            how=How.DIGITAL,
        )


def a_ticket(given: Cast, person_id: int, **more: Any) -> StaffTicket:
    """A booking ticket to the nurses at Ängsviken, with what is said otherwise."""
    plain: dict[str, Any] = {
        "kind": Kind.BOOKING,
        "contact": Contact.PHYSICAL,
        "person_id": person_id,
        "to_provider_id": given.angsviken.provider_id,
        "unit_id": given.angsviken.unit_id,
        "role": "nurse",
        "reason": "shoulder_pain",
        "history": "Ont sedan i går.",
        "information": "Välkommen på besök.",
    }
    return StaffTicket(**(plain | more))


async def sent(given: Cast, person_id: int, *, by: StaffActor | None = None, **more: Any) -> Ticket:
    return await send(
        given.house, by=by or given.ylva, new=a_ticket(given, person_id, **more), key=str(uuid4())
    )


async def a_drop_in(
    given: Cast, tor: StaffActor, patient: PatientActor, *, about: int | None = None, **more: Any
) -> tuple[Ticket, CaseRef]:
    """Tor talks with somebody and sends a ticket to the nurses at another provider. Returns it, and his visit."""
    ref = await given.ongoing_case(patient, tor, person_id=about, unit=unit_of(tor), reason="rash")
    plain: dict[str, Any] = {
        "kind": Kind.DROP_IN,
        "contact": Contact.DIGITAL,
        "to_provider_id": given.norrhamn.provider_id,
        "unit_id": given.norrhamn.unit_id,
        "from_case": ref,
    }
    return await sent(given, about or patient.person_id, by=tor, **(plain | more)), ref


async def a_drop_in_from_chat(
    given: Cast, tor: StaffActor, patient: PatientActor, *, days: int = 7, **more: Any
) -> tuple[Ticket, CaseRef]:
    """As `a_drop_in`, from a chat that Tor has begun himself. Returns it, and his chat."""
    await is_patient(given, patient)
    new = Begun(person_id=patient.person_id, reason="rash", days=days)
    ref = (await begin_chat(given.house, by=tor, new=new, key=str(uuid4()))).ref
    plain: dict[str, Any] = {
        "kind": Kind.DROP_IN,
        "contact": Contact.DIGITAL,
        "to_provider_id": given.norrhamn.provider_id,
        "unit_id": given.norrhamn.unit_id,
        "from_case": ref,
    }
    return await sent(given, patient.person_id, by=tor, **(plain | more)), ref


async def ended(given: Cast, by: StaffActor, ref: CaseRef) -> None:
    await end(given.house, by=by, ref=ref, follow_up_days=0)


async def of(given: Cast, ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    async with given.database.transaction(provider_scope(ticket.provider_id)) as connection:
        by = msgspec.structs.replace(given.ylva, provider_id=ticket.provider_id, home_unit_ids=ticket.units)
        return await staff_ticket(connection, by=by, ref=ticket.ref)


async def form(given: Cast, ref: TicketRef, place: int) -> TicketForm:
    async with given.database.transaction(provider_scope(ref.provider_id)) as connection:
        return await form_of(connection, ref, place)


async def all_forms(given: Cast, ref: TicketRef) -> list[TicketForm]:
    async with given.database.transaction(provider_scope(ref.provider_id)) as connection:
        return await forms_of(connection, ref)


async def fill(given: Cast, by: PatientActor, ref: TicketRef, place: int, raw: dict[str, Any]) -> None:
    """Answer what is named, one page after the other."""
    for link_id, value in raw.items():
        rev = (await form(given, ref, place)).rev
        await fill_in(given.house, by=by, ref=ref, place=place, rev=rev, raw={link_id: value})


async def answered(given: Cast, by: PatientActor, ref: TicketRef, place: int, raw: dict[str, Any]) -> Ticket:
    """Answer it all and send it in."""
    await fill(given, by, ref, place, raw)
    return await answer(given.house, by=by, ref=ref, place=place, rev=(await form(given, ref, place)).rev)
