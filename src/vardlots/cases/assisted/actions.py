"""A case opened by staff for somebody on the phone (row I4): into the queue, or ended with the advice given."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases.model import CASE_COLUMNS, Audience, Case, Kind, Verb, case_from
from vardlots.cases.promises import promise_balance, promise_notice_to_staff
from vardlots.cases.queries import same_case
from vardlots.cases.turn import case_signals, queue_signals, refuse_closed_unit
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal


class AssistedCase(msgspec.Struct, frozen=True, kw_only=True):
    """What assisted triage hands over. `actor_person_id` is the one who acts in the case later: the person, or the
    guardian of a child who was on the line.

    `priority` is the one that holds and `triage_priority` what triage came to; where they differ `priority_reason` says
    why. `summary` goes into the first row of the timeline, which the patient may read; `told` into the second, which
    only staff read: who was on the line, the nurse's own note. `ended` is "" for a case that waits in the queue, else
    what it ended with: "advice" or "emergency".
    """

    provider_id: int
    unit_id: int
    person_id: int
    actor_person_id: int
    interview_id: int
    role: str
    reason: str
    fact: str
    kind: str
    contact: str
    priority: int
    triage_priority: int
    priority_reason: str
    summary: Mapping[str, Any]
    told: Mapping[str, Any]
    ended: str = ""


async def open_by_staff(
    connection: Connection, *, by: StaffActor, new: AssistedCase
) -> tuple[Case, list[Signal]]:
    """Open the case in the caller's transaction; the signals are to be published when it has been committed.

    Raises WrongState `already_active` when the person has an active case of the same reason at the unit, `unit_closed`
    when the unit takes no more.
    """
    # The unique index knows one of the person's ids at a time.
    if not new.ended and await same_case(connection, new) is not None:
        raise _already_active()
    try:
        case = await _insert(connection, by, new)
    except asyncpg.UniqueViolationError as fault:
        if fault.constraint_name == "care_case_one_active":
            raise _already_active() from None
        raise
    except asyncpg.CheckViolationError as fault:
        refuse_closed_unit(fault)
        raise
    rows: list[tuple[Kind, Audience, Mapping[str, Any]]] = [
        (
            Kind.OPENED,
            Audience.PATIENT,
            {"priority": new.triage_priority, "reason": new.reason, "assisted": True, **new.summary},
        ),
        (Kind.ASSISTED, Audience.STAFF, {**new.told, "ended": new.ended}),
    ]
    if new.priority != new.triage_priority:
        changed = {"from": new.triage_priority, "to": new.priority, "reason": new.priority_reason}
        rows.append((Kind.PRIORITY_CHANGED, Audience.STAFF, changed))
    if new.ended:
        rows.append((Kind.ENDED, Audience.PATIENT, {"days": 0, "until": None, "assisted": new.ended}))
    for n, (kind, audience, body) in enumerate(rows, start=1):
        await _row(connection, by, case, n, kind, audience, body)
    await connection.execute(
        "UPDATE care_case SET last_n = $3 WHERE provider_id = $1 AND case_id = $2", *case.ref, len(rows)
    )
    case = msgspec.structs.replace(case, last_n=len(rows))
    if not new.ended:
        await promise_balance(connection, case)
        await promise_notice_to_staff(connection, "new_patient", case.ref, 1)
    about: dict[str, Any] = {
        "provider_id": case.provider_id,
        "person_id": case.person_id,
        "case_id": case.case_id,
    }
    logged = [audit.access(by, Verb.OPEN, **about)]
    if new.priority != new.triage_priority:
        logged.append(audit.access(by, Verb.CHANGE_PRIORITY, reason=new.priority_reason, **about))
    await audit.write(connection, logged)
    return case, [*case_signals(case), *queue_signals(None, case)]


def _already_active() -> WrongState:
    return WrongState(
        N_("Patienten har redan ett pågående ärende för samma besvär på enheten. Dokumentera i det."),
        code="already_active",
    )


async def _insert(connection: Connection, by: StaffActor, new: AssistedCase) -> Case:
    """The case's row. Ended with advice it is whose who gave it, and nobody has waited for it to be taken."""
    now = clock.now()
    return case_from(
        await connection.fetchrow(
            f"""
            INSERT INTO care_case (provider_id, person_id, actor_person_id, unit_id, role, interview_id, reason, fact,
              priority, triage_priority, arrived_at, changed_at, last_n, kind, contact, phase, ended_at, owner_staff_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1, $12, $13,
              CASE WHEN $14 THEN 'closed' ELSE 'queued' END, CASE WHEN $14 THEN $11::timestamptz END, $15)
            RETURNING {CASE_COLUMNS}""",
            new.provider_id,
            new.person_id,
            new.actor_person_id,
            new.unit_id,
            new.role,
            new.interview_id,
            new.reason,
            new.fact,
            new.priority,
            new.triage_priority,
            now,
            new.kind,
            new.contact,
            bool(new.ended),
            by.staff_id if new.ended else None,
        )
    )


async def _row(
    connection: Connection,
    by: StaffActor,
    case: Case,
    n: int,
    kind: Kind,
    audience: Audience,
    body: Mapping[str, Any],
) -> None:
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
        by.kind,
        by.actor_id,
        by.name,
        dict(body),
    )
