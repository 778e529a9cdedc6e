"""A case that arrives another way than by the patient's own questions, in the transaction of what brings it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

import asyncpg
import msgspec

from vardlots.access.actor import Actor, PatientActor, SystemActor
from vardlots.audit import log as audit
from vardlots.cases.model import CASE_COLUMNS, Audience, Case, Kind, Phase, Verb, case_from
from vardlots.cases.promises import promise_balance, promise_notice_to_staff
from vardlots.cases.queries import same_case
from vardlots.cases.turn import case_signals, queue_signals, refuse_closed_unit
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

# A row of the timeline to be: what it tells, who may read it, its body.
Row: TypeAlias = tuple[Kind, Audience, Mapping[str, Any]]


class Way(StrEnum):
    """How a case arrived: staff asked on the phone, a ticket was used, a time was booked, staff began a chat."""

    ASSISTED = "assisted"
    TICKET = "ticket"
    BOOKING = "booking"
    STAFF = "staff"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What a case is when it arrives. `actor_person_id` is whoever acts in it later: the person, or a child's guardian.

    `phase` is where it begins: in the queue, at its time (`booked_from`), as a chat that is open for writing `open_for`
    long, or closed. `triage_priority` is what triage came to, where that is another than the priority that holds.
    `summary` goes into the first row, which the patient may read.
    """

    provider_id: int
    unit_id: int
    person_id: int
    actor_person_id: int
    role: str
    reason: str
    way: Way
    phase: Phase
    priority: int
    triage_priority: int | None = None
    interview_id: int | None = None
    fact: str = ""
    kind: str = "care"
    contact: str = "digital"
    summary: Mapping[str, Any] = {}
    owner_staff_id: int | None = None
    booked_from: datetime | None = None
    open_for: timedelta | None = None


async def arrive(
    connection: Connection, *, by: Actor, new: Arrival, rows: Sequence[Row] = ()
) -> tuple[Case, list[Signal]]:
    """Open the case, its first row followed by `rows`; the signals are to be published when it has been committed.

    The caller has checked who may, and writes in the provider's scope. Raises WrongState `already_active` when the
    person waits with the same reason at the unit, `unit_closed` when the unit takes no more.
    """
    waits = new.phase is Phase.QUEUED
    # The unique index knows one of the person's ids at a time.
    if waits and await same_case(connection, new) is not None:
        raise _already_active(by)
    try:
        case = await _insert(connection, new, 1 + len(rows))
    except asyncpg.UniqueViolationError as fault:
        if fault.constraint_name == "care_case_one_active":
            raise _already_active(by) from None
        raise
    except asyncpg.CheckViolationError as fault:
        refuse_closed_unit(fault)
        raise
    for n, row in enumerate([_first(new, case), *rows], start=1):
        await _write_row(connection, by, case, n, row)
    if waits:
        await promise_balance(connection, case)
        await promise_notice_to_staff(connection, "new_patient", case.ref, 1)
    if case.phase is Phase.FOLLOW_UP and case.writable_until is not None:
        await jobs.enqueue(connection, "cases.close", {"ref": str(case.ref)}, at=case.writable_until)
    about: dict[str, Any] = {
        "provider_id": case.provider_id,
        "person_id": case.person_id,
        "case_id": case.case_id,
    }
    await audit.write(connection, [audit.access(by, Verb.OPEN, **about)])
    return case, [*case_signals(case), *queue_signals(None, case)]


def _first(new: Arrival, case: Case) -> Row:
    """The row that opens the timeline: what the case is, how it came, until when it may be written in."""
    kind = {"kind": new.kind} if new.kind != "care" else {}
    until = {"until": case.writable_until.isoformat()} if case.writable_until else {}
    owner = {"owner": case.owner_staff_id} if case.phase is Phase.FOLLOW_UP and case.owner_staff_id else {}
    body = {"priority": case.triage_priority, "reason": new.reason, "way": new.way.value, **new.summary}
    return Kind.OPENED, Audience.PATIENT, body | kind | until | owner


def _already_active(by: Actor) -> WrongState:
    if isinstance(by, PatientActor):
        text = N_(
            "Det finns redan ett pågående ärende för samma besvär här. Fortsätt i det, så är allt samlat."
        )
    else:
        text = N_("Patienten har redan ett pågående ärende för samma besvär på enheten. Dokumentera i det.")
    return WrongState(text, code="already_active")


async def _insert(connection: Connection, new: Arrival, last_n: int) -> Case:
    now = clock.now()
    ended = new.phase in (Phase.FOLLOW_UP, Phase.CLOSED)
    return case_from(
        await connection.fetchrow(
            f"""
            INSERT INTO care_case (provider_id, person_id, actor_person_id, unit_id, role, interview_id, reason, fact,
              phase, priority, triage_priority, arrived_at, changed_at, last_n, kind, contact, ended_at,
              writable_until, owner_staff_id, booked_from)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16, $17, $18, $19)
            RETURNING {CASE_COLUMNS}""",
            new.provider_id,
            new.person_id,
            new.actor_person_id,
            new.unit_id,
            new.role,
            new.interview_id,
            new.reason,
            new.fact,
            new.phase.value,
            new.priority,
            new.priority if new.triage_priority is None else new.triage_priority,
            now,
            last_n,
            new.kind,
            new.contact,
            now if ended else None,
            now + new.open_for if new.open_for else None,
            new.owner_staff_id,
            new.booked_from,
        )
    )


async def _write_row(connection: Connection, by: Actor, case: Case, n: int, row: Row) -> None:
    kind, audience, body = row
    # What only staff read, and what staff send, is not the patient's to write: the system brings it.
    author: Actor = by
    staffs = audience is not Audience.PATIENT or kind is Kind.FORM_SENT
    if isinstance(by, PatientActor) and staffs:
        author = SystemActor(provider_id=case.provider_id, job="arrive")
    await connection.execute(
        """
        INSERT INTO entry (provider_id, case_id, n, person_id, at, kind, audience, author_kind, author_id, author_name,
                           body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        *case.ref,
        n,
        case.person_id,
        case.changed_at,
        kind.value,
        audience.value,
        author.kind,
        author.actor_id,
        author.name,
        dict(body),
    )
