"""A case opened by staff for somebody on the phone (row I4): into the queue, or ended with the advice given."""

from collections.abc import Mapping
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases.arriving.actions import Arrival, Row, Way, arrive
from vardlots.cases.model import Audience, Case, Kind, Phase, Verb
from vardlots.platform.db import Connection
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
    rows: list[Row] = [(Kind.ASSISTED, Audience.STAFF, {**new.told, "ended": new.ended})]
    if new.priority != new.triage_priority:
        changed = {"from": new.triage_priority, "to": new.priority, "reason": new.priority_reason}
        rows.append((Kind.PRIORITY_CHANGED, Audience.STAFF, changed))
    if new.ended:
        rows.append((Kind.ENDED, Audience.PATIENT, {"days": 0, "until": None, "assisted": new.ended}))
    case, signals = await arrive(connection, by=by, new=_arrival(by, new), rows=rows)
    if new.priority != new.triage_priority:
        about: dict[str, Any] = {
            "provider_id": case.provider_id,
            "person_id": case.person_id,
            "case_id": case.case_id,
        }
        await audit.write(
            connection, [audit.access(by, Verb.CHANGE_PRIORITY, reason=new.priority_reason, **about)]
        )
    return case, signals


def _arrival(by: StaffActor, new: AssistedCase) -> Arrival:
    """Ended with advice it is whose who gave it, and nobody has waited for it to be taken."""
    return Arrival(
        provider_id=new.provider_id,
        unit_id=new.unit_id,
        person_id=new.person_id,
        actor_person_id=new.actor_person_id,
        interview_id=new.interview_id,
        role=new.role,
        reason=new.reason,
        fact=new.fact,
        kind=new.kind,
        contact=new.contact,
        way=Way.ASSISTED,
        phase=Phase.CLOSED if new.ended else Phase.QUEUED,
        priority=new.priority,
        triage_priority=new.triage_priority,
        summary={"assisted": True, **new.summary},
        owner_staff_id=by.staff_id if new.ended else None,
    )
