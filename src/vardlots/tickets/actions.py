"""Every change of a ticket, as named verbs: one transaction, compare and set, logged, signalled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.cases.turn import House
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import UnitKind
from vardlots.configuration.ticket_rules import ticket_rules
from vardlots.consents.actions import note, register
from vardlots.consents.model import ConsentKind, How
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal
from vardlots.tickets import policy
from vardlots.tickets.model import (
    ANSWERED_ANEW,
    TICKET_COLUMNS,
    Deed,
    NewTicket,
    State,
    Ticket,
    TicketRef,
    ticket_from,
)
from vardlots.tickets.states import is_looked_at, next_state

REASON_MAX = 300
_LOCK = f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND ticket_id = $2 FOR NO KEY UPDATE"


async def issue(house: House, *, by: PatientActor, new: NewTicket) -> Ticket:
    """Triage gives a booking ticket, in the transaction that finishes its interview: once, however many taps.

    An older ticket of the same reason at the unit gives way: its owner has answered anew. Raises NotFound where the
    person is not the actor's to seek care for, WrongState when the interview has been answered anew since it was read.
    """
    if not by.may_seek(person_id=by.main(new.person_id), provider_id=new.provider_id):
        raise NotFound()
    async with house.database.transaction(by.scope) as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"ticket {by.main(new.person_id)}"
        )
        if (earlier := await _of_interview(connection, new)) is not None:
            return earlier
        whose = {"provider_id": new.provider_id, "person_id": new.person_id, "given_by": by.person_id}
        # Seeking care at a provider registers the person as a patient there (requirement A11).
        await register(connection, by=by, how=How.DIGITAL, **whose)
        await _give_way(connection, by, new)
        given = await _insert(connection, by, new)
        await _finish(connection, new)
        for kind, yes in new.consents.items():
            await note(connection, by=by, kind=ConsentKind(kind), given=yes, how=How.DIGITAL, **whose)
        await _log(connection, by, given, Deed.ISSUE)
    house.hub.publish(signals_of(given))
    return given


async def _of_interview(connection: Connection, new: NewTicket) -> Ticket | None:
    row = await connection.fetchrow(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND interview_id = $2",
        new.provider_id,
        new.interview_id,
    )
    return ticket_from(row) if row else None


async def _give_way(connection: Connection, by: PatientActor, new: NewTicket) -> None:
    """Of one reason at one unit there is one ticket: the newest answers count."""
    rows = await connection.fetch(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND unit_id = $2 "
        "AND person_id = ANY ($3::bigint[]) AND reason = $4 AND issued_by = 'triage' "
        "AND state IN ('issued', 'opened') ORDER BY ticket_id FOR NO KEY UPDATE",
        new.provider_id,
        new.unit_id,
        by.ids_of(by.main(new.person_id)),
        new.reason,
    )
    for row in rows:
        older = ticket_from(row)
        if older.state_at(clock.now()) is State.EXPIRED:
            await move(connection, by=by, found=older, verb=Deed.EXPIRE)
        else:
            await move(connection, by=by, found=older, verb=Deed.DECLINE, why=ANSWERED_ANEW)


async def _insert(connection: Connection, by: PatientActor, new: NewTicket) -> Ticket:
    now = clock.now()
    row = await connection.fetchrow(
        f"""
        INSERT INTO ticket (provider_id, kind, contact, person_id, unit_id, role, priority, reason, interview_id,
          information, issued_by, actor_person_id, issued_at, valid_until, moved_at, moved_by_kind, moved_by_id,
          moved_by_name, to_provider_id, from_unit_id, from_role)
        VALUES ($1, 'booking', $2, $3, $4, $5, $6, $7, $8, $9, 'triage', $10, $11, $12, $11, 'patient', $10, $13,
          $1, $4, $5)
        RETURNING {TICKET_COLUMNS}""",
        new.provider_id,
        new.contact.value,
        new.person_id,
        new.unit_id,
        new.role,
        new.priority,
        new.reason,
        new.interview_id,
        msgspec.to_builtins(new.information),
        by.person_id,
        now,
        new.valid_until,
        by.name,
    )
    given = ticket_from(row)
    await connection.execute(
        "INSERT INTO ticket_history (provider_id, ticket_id, person_id, history) VALUES ($1, $2, $3, $4)",
        *given.ref,
        given.person_id,
        dict(new.history),
    )
    return given


async def _finish(connection: Connection, new: NewTicket) -> None:
    finished = await connection.fetchval(
        "UPDATE interview SET stage = 'done', changed_at = $3, rev = rev + 1 WHERE provider_id = $1 "
        "AND interview_id = $2 AND rev = $4 AND case_id IS NULL AND stage = 'post' RETURNING rev",
        new.provider_id,
        new.interview_id,
        clock.now(),
        new.interview_rev,
    )
    if finished is None:
        raise WrongState(N_("Frågorna har besvarats i en annan flik. Här är läget nu."), code="moved")


async def open_ticket(house: House, *, by: PatientActor, ref: TicketRef) -> Ticket:
    """The patient, or a guardian, reads the ticket for the first time. Reading it again changes nothing."""
    async with _turn(house, by=by, ref=ref, verb=Deed.OPEN, again=True) as (connection, found):
        if next_state(found.state_at(clock.now()), Deed.OPEN) is None:
            return found
        return await move(connection, by=by, found=found, verb=Deed.OPEN)


async def decline(house: House, *, by: PatientActor, ref: TicketRef, reason: str) -> Ticket:
    """*Tacka nej*, with a reason (requirement B8). Raises Invalid without one, WrongState where it is too late."""
    why = _reason(reason, N_("Välj varför du tackar nej."))
    async with _turn(house, by=by, ref=ref, verb=Deed.DECLINE) as (connection, found):
        return await move(connection, by=by, found=found, verb=Deed.DECLINE, why=why)


async def withdraw(house: House, *, by: StaffActor, ref: TicketRef, reason: str) -> Ticket:
    """Staff take a ticket back, always with a reason. Raises Invalid without one, WrongState where it is too late."""
    why = _reason(reason, N_("Skriv varför biljetten tas tillbaka."))
    async with _turn(house, by=by, ref=ref, verb=Deed.WITHDRAW) as (connection, found):
        return await move(connection, by=by, found=found, verb=Deed.WITHDRAW, why=why)


async def expire(house: House, *, by: SystemActor, ref: TicketRef) -> bool:
    """The ticket's time is over. Returns whether it was, and nobody had used it."""
    async with _turn(house, by=by, ref=ref, verb=Deed.EXPIRE, again=True) as (connection, found):
        if not found.is_waiting or found.state_at(clock.now()) is not State.EXPIRED:
            return False
        await move(connection, by=by, found=found, verb=Deed.EXPIRE)
        return True


async def use(
    connection: Connection, *, by: PatientActor | StaffActor, ref: TicketRef, case_id: int
) -> Ticket:
    """The ticket has become a case, in the transaction that opens it.

    A patient has answered its forms first; staff use one for a patient who rings and books a time. Raises WrongState
    `forms_left`, or `ticket_…` where it is too late.
    """
    found = await locked(connection, by=by, ref=ref, verb=Deed.USE)
    if isinstance(by, PatientActor) and found.forms_left:
        raise forms_left()
    return await move(connection, by=by, found=found, verb=Deed.USE, case_id=case_id)


def _reason(reason: str, missing: str) -> str:
    reason = " ".join(reason.split()).lstrip(": ")
    if not reason:
        raise Invalid("reason", missing)
    if len(reason) > REASON_MAX:
        raise Invalid("reason", N_("Korta ner skälet till högst {most} tecken."), most=REASON_MAX)
    return reason


@asynccontextmanager
async def _turn(
    house: House, *, by: Actor, ref: TicketRef, verb: Deed, again: bool = False
) -> AsyncIterator[tuple[Connection, Ticket]]:
    """The ticket, locked and checked. Commits and signals when the block ends well."""
    async with house.database.transaction(by.scope) as connection:
        found = await locked(connection, by=by, ref=ref, verb=verb, again=again)
        yield connection, found
    house.hub.publish(signals_of(found, by))


async def locked(
    connection: Connection, *, by: Actor, ref: TicketRef, verb: Deed, again: bool = False
) -> Ticket:
    """The ticket, locked. `again`: done before, or too late, is no fault. Raises NotFound, Forbidden, WrongState."""
    row = await connection.fetchrow(_LOCK, *ref)
    if row is None:
        raise NotFound()
    found = ticket_from(row)
    if refusal := policy.may(by, verb, found):
        raise refusal
    if not again and next_state(found.state_at(clock.now()), verb) is None:
        raise too_late(found, clock.now())
    return found


def forms_left() -> WrongState:
    """The forms of a ticket come before what it is for [002, question 7]."""
    return WrongState(N_("Svara på frågorna som hör till biljetten först."), code="forms_left")


def too_late(found: Ticket, now: datetime) -> WrongState:
    """Why nothing more can be done with a ticket."""
    state = found.state_at(now)
    return WrongState(
        {
            State.USED: N_("Biljetten har redan använts."),
            State.DECLINED: N_("Biljetten är redan avböjd."),
            State.WITHDRAWN: N_("Vården har tagit tillbaka biljetten."),
            State.EXPIRED: N_("Biljettens tid har gått ut. Sök vård på nytt, eller ring enheten."),
        }.get(state, N_("Något hann ändras. Försök igen.")),
        code=f"ticket_{state}",
    )


async def move(
    connection: Connection,
    *,
    by: Actor,
    found: Ticket,
    verb: Deed,
    why: str | None = None,
    case_id: int | None = None,
) -> Ticket:
    """Write the state that the verb leads to, with when, who and why, who is to look at it now that it is over, and
    the access log's row. `found` is locked and checked."""
    reached = next_state(found.state, verb)
    if reached is None:
        raise AssertionError(f"{verb} does not lead from {found.state}")
    now = clock.now()
    looks: tuple[int, str] | tuple[None, None] = (None, None)
    if why != ANSWERED_ANEW and is_looked_at(found.kind, reached):
        looks = await _acknowledging(connection, found)
    row = await connection.fetchrow(
        f"""
        UPDATE ticket SET state = $3, moved_at = $4, moved_by_kind = $5, moved_by_id = $6, moved_by_name = $7,
          why = $8, case_id = $9, opened_at = CASE WHEN $3 = 'opened' THEN coalesce(opened_at, $4) ELSE opened_at END,
          ack_unit_id = $11, ack_role = $12
        WHERE provider_id = $1 AND ticket_id = $2 AND state = $10 RETURNING {TICKET_COLUMNS}""",
        *found.ref,
        reached.value,
        now,
        by.kind,
        by.actor_id,
        by.name,
        why,
        case_id,
        found.state.value,
        *looks,
    )
    if row is None:
        raise AssertionError("a locked ticket moved under its turn")
    # A case elsewhere is nothing that this provider's log knows of.
    at_home = found.to_provider_id == found.provider_id
    await _log(connection, by, found, verb, case_id=case_id if at_home else None)
    return ticket_from(row)


async def _acknowledging(connection: Connection, found: Ticket) -> tuple[int, str]:
    """The unit and role that look at a ticket which is over, by the provider's rules [002, 003]."""
    rules = await ticket_rules(connection, found.provider_id)
    sender = await clinics.unit(connection, found.from_unit_id)
    by_telephone = sender is not None and sender.kind == UnitKind.TELEPHONE
    return policy.looks_at(found, at=rules.acknowledged_at, by_telephone=by_telephone)


async def _log(
    connection: Connection, by: Actor, found: Ticket, verb: Deed, *, case_id: int | None = None
) -> None:
    row = audit.access(by, verb, provider_id=found.provider_id, person_id=found.person_id, case_id=case_id)
    await audit.write(connection, [row])


def signals_of(found: Ticket, by: Actor | None = None) -> list[Signal]:
    """Whom it concerns: whose it is, who got it for them, who has just done something with it; the units' lists."""
    concerned = {
        found.person_id,
        found.actor_person_id,
        by.actor_id if isinstance(by, PatientActor) else None,
    }
    # The card in the visit that it was sent from keeps up.
    visit = [f"case:{found.provider_id}-{found.from_case_id}"] if found.from_case_id else []
    return [
        *(Signal(f"person:{one}") for one in sorted(filter(None, concerned))),
        *(Signal(f"unit:{one}") for one in sorted(found.units)),
        *(Signal(topic) for topic in visit),
    ]
