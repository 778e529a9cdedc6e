"""The verb of a ticket that nobody's questions led to: help to find a time."""

from vardlots.access.actor import PatientActor
from vardlots.cases.arriving.actions import Arrival, Way, arrive
from vardlots.cases.model import Audience, Case, Kind, Phase
from vardlots.cases.turn import House
from vardlots.clinics import queries as clinics
from vardlots.platform import clock
from vardlots.platform.db import also_provider
from vardlots.platform.errors import NotFound
from vardlots.platform.i18n import N_
from vardlots.tickets import actions as tickets
from vardlots.tickets import policy
from vardlots.tickets.forms.actions import copy
from vardlots.tickets.forms.brought import bring
from vardlots.tickets.model import Deed, TicketRef
from vardlots.tickets.model import Kind as TicketKind
from vardlots.tickets.queries import history_of, own_ticket

FACT = N_("Vill ha hjälp att hitta en tid")


async def ask_for_time(house: House, *, by: PatientActor, ref: TicketRef) -> Case:
    """A booking ticket that staff sent becomes a case in the queue: somebody there finds a time with the patient.

    Raises NotFound, Forbidden, WrongState where the ticket is over or the person waits for the same already.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await own_ticket(connection, by=by, ref=ref)
        if refusal := policy.may(by, Deed.USE, found):
            raise refusal
        if found.kind is not TicketKind.BOOKING:
            # A place in a queue elsewhere, and a form, are used another way.
            raise NotFound()
        if not found.waits_at(clock.now()):
            raise tickets.too_late(found, clock.now())
        await also_provider(connection, found.to_provider_id)
        new = Arrival(
            provider_id=found.to_provider_id,
            unit_id=found.unit_id,
            person_id=found.person_id,
            actor_person_id=by.person_id,
            role=found.role,
            reason=found.reason,
            way=Way.TICKET,
            phase=Phase.QUEUED,
            priority=found.priority,
            fact=FACT,
            kind=found.case_kind,
        )
        told = (await history_of(connection, ref)).get("text", "")
        sender = await clinics.unit(connection, found.from_unit_id) if told else None
        body = {"from": sender.name if sender else "", "history": told, "ticket": str(ref)}
        rows = [(Kind.BROUGHT, Audience.STAFF, body)] if told else []
        forms = await bring(connection, found)
        case, signals = await arrive(connection, by=by, new=new, rows=[*rows, *forms.rows])
        await tickets.use(connection, by=by, ref=ref, case_id=case.case_id)
        await copy(connection, by=by, brought=forms, case=case)
    house.hub.publish([*signals, *tickets.signals_of(found, by)])
    return case
