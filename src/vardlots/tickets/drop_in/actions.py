"""*Ställ mig i kön*: a drop-in ticket becomes a visit at the receiver (requirement G2).

What the receiver gets is the history that the sender wrote for it, and the forms that came with the ticket. Nothing
else of the sender's crosses: not the triage, not the chat, not the case.
"""

from vardlots.access.actor import PatientActor
from vardlots.cases.arriving.actions import Arrival, Way, arrive
from vardlots.cases.model import CASE_COLUMNS, Audience, Case, Phase, case_from
from vardlots.cases.model import Kind as Told
from vardlots.cases.turn import House
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import open_at
from vardlots.consents.actions import note, register
from vardlots.consents.model import ConsentKind, How
from vardlots.forms.asked_before import consents_in, interpreter_in
from vardlots.platform import clock
from vardlots.platform.db import Connection, also_provider
from vardlots.platform.errors import NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal
from vardlots.tickets.actions import forms_left, locked, move, signals_of, too_late
from vardlots.tickets.drop_in.queries import has_ended
from vardlots.tickets.forms.actions import copy
from vardlots.tickets.forms.brought import bring
from vardlots.tickets.forms.queries import forms_of
from vardlots.tickets.model import Deed, Kind, State, Ticket, TicketRef
from vardlots.tickets.queries import history_of

# Nobody waits for a unit to open with this one (requirement B4).
NEVER_WAITS = 2


async def use_drop_in(house: House, *, by: PatientActor, ref: TicketRef) -> Case:
    """The person steps into the receiver's queue, once however many taps. Returns the case there.

    Raises WrongState `not_ended` while the sender's visit goes on, `forms_left` until the forms are sent in,
    `no_drop_in` or `closed` where the unit takes nobody now, `already_active` where the person waits there for the
    same, `ticket_…` when it is too late; NotFound, Forbidden.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await locked(connection, by=by, ref=ref, verb=Deed.USE, again=True)
        if found.kind is not Kind.DROP_IN:
            raise NotFound()
        if found.state is State.USED:
            return await _case_of(connection, found)
        await _check(connection, found)
        case, signals = await _arrive(connection, by, found)
        await move(connection, by=by, found=found, verb=Deed.USE, case_id=case.case_id)
    house.hub.publish([*signals, *signals_of(found, by)])
    return case


async def _case_of(connection: Connection, found: Ticket) -> Case:
    row = await connection.fetchrow(
        f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2",
        found.to_provider_id,
        found.case_id,
    )
    if row is None:
        raise NotFound()
    return case_from(row)


async def _check(connection: Connection, found: Ticket) -> None:
    if not found.waits_at(clock.now()):
        raise too_late(found, clock.now())
    if not await has_ended(connection, found):
        raise WrongState(
            N_(
                "Samtalet med den som skickade biljetten pågår än. När det är avslutat kan du ställa dig i kön."
            ),
            code="not_ended",
        )
    if found.forms_left:
        raise forms_left()
    unit = await clinics.unit(connection, found.unit_id)
    if unit is None or not (unit.active and unit.takes_drop_in):
        raise WrongState(
            N_("Enheten tar inte emot drop in just nu. Ring 1177, så får du hjälp vidare."), code="no_drop_in"
        )
    if found.priority == NEVER_WAITS and not open_at(unit, clock.now()):
        raise WrongState(
            N_("Enheten är stängd, och ditt besvär ska inte vänta. Ring 1177, så får du hjälp nu."),
            code="closed",
        )


async def _arrive(connection: Connection, by: PatientActor, found: Ticket) -> tuple[Case, list[Signal]]:
    """Register the person as their consent says, and open the case with all that it brings, in the receiver's scope."""
    person_id = by.main(found.person_id)
    sender = await clinics.unit(connection, found.from_unit_id)
    post = next((one.answers for one in await forms_of(connection, found.ref) if one.kind == "post"), {})
    whose = {"provider_id": found.to_provider_id, "person_id": person_id, "given_by": by.person_id}
    # What somebody consents to they say in their own scope.
    await register(connection, by=by, how=How.DIGITAL, **whose)
    for kind, yes in consents_in(post).items():
        await note(connection, by=by, kind=ConsentKind(kind), given=yes, how=How.DIGITAL, **whose)
    # The history is for staff: the sender's provider lets it out, to the one that the ticket names.
    await also_provider(connection, found.provider_id)
    told = str((await history_of(connection, found.ref)).get("text", ""))
    await also_provider(connection, found.to_provider_id)
    brought = await bring(connection, found)
    history = {"from": sender.name if sender else "", "history": told, "ticket": str(found.ref)}
    case, signals = await arrive(
        connection,
        by=by,
        new=Arrival(
            provider_id=found.to_provider_id,
            unit_id=found.unit_id,
            person_id=person_id,
            actor_person_id=by.person_id,
            role=found.role,
            reason=found.reason,
            way=Way.TICKET,
            phase=Phase.QUEUED,
            priority=found.priority,
            kind=found.case_kind,
            summary={"interpreter": interpreter_in(post)},
        ),
        rows=[(Told.BROUGHT, Audience.STAFF, history), *brought.rows],
    )
    await copy(connection, by=by, brought=brought, case=case)
    return case, signals
