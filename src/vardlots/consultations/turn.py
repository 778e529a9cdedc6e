"""One turn with a consultation, as `cases/turn.py` has it for a case: locked, checked, moved by one row.

Where a case is locked in the same transaction, it is locked first.
"""

from datetime import datetime
from functools import cache
from typing import Any

import asyncpg
import msgspec

from vardlots.access.actor import Actor, StaffActor
from vardlots.cases.turn import Repeated
from vardlots.consultations import policy, queries, states
from vardlots.consultations.model import (
    CONSULTATION_COLUMNS,
    Act,
    Consultation,
    ConsultationRef,
    Side,
    State,
    consultation_from,
    side_of,
)
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, Refusal, SomebodyWasFirst, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

NEWS = "consultations.news"
_LOCK = (
    f"SELECT {CONSULTATION_COLUMNS} FROM consultation "
    "WHERE provider_id = $1 AND consultation_id = $2 FOR NO KEY UPDATE"
)


class Turn:
    """An open turn: the locked consultation, the actor's side of it, and the one way to change it."""

    def __init__(
        self, connection: Connection, by: Actor, verb: Act, found: Consultation, side: Side | None
    ) -> None:
        self.connection = connection
        self.by = by
        self.verb = verb
        self.found = found
        self.side = side
        self.now: datetime = clock.now()

    async def record(
        self,
        body: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        reason: str | None = None,
        **changed: Any,
    ) -> int:
        """Write one row with the change that it means, and the access log's row, in one statement.

        Returns the row's number. Raises Repeated when `key` was used before.
        """
        reached = states.next_state(self.found.state, self.verb)
        if self.verb is Act.END and self.side is Side.SENDER:
            reached = self.found.state
        if reached is None:
            raise AssertionError(f"{self.verb} does not lead from {self.found.state}")
        changed["state"] = reached.value
        kind = states.LEAVES[self.verb]
        ref = self.found.ref
        try:
            row = await self.connection.fetchrow(
                _statement(tuple(changed)),
                *ref,
                self.found.last_n,
                self.now,
                kind.value,
                self.by.kind,
                self.by.actor_id,
                self.by.name,
                self.by.unit_id if isinstance(self.by, StaffActor) else None,
                body or {},
                key,
                self.verb.value,
                reason,
                self.by.provider_id if isinstance(self.by, StaffActor) else ref.provider_id,
                # The visit stands in no log but its own provider's.
                self.found.from_case_id if self._at_sender() else None,
                *changed.values(),
            )
        except asyncpg.UniqueViolationError as fault:
            if fault.constraint_name == "consultation_entry_once":
                raise Repeated(0) from None
            raise
        if row is None:
            raise AssertionError("a locked consultation moved under its turn")
        n = int(row["n"])
        changed["state"] = State(changed["state"])
        self.found = msgspec.structs.replace(self.found, last_n=n, changed_at=self.now, **changed)
        if kind in states.NEWS and self.found.from_case_id and self.side is Side.RECEIVER:
            # The sender's visit is told by the sender's own provider: from here it may be beyond the wall.
            await jobs.enqueue(self.connection, NEWS, {"consultation": str(ref), "n": n})
        return n

    def _at_sender(self) -> bool:
        return not isinstance(self.by, StaffActor) or self.by.provider_id == self.found.provider_id


async def begin(
    connection: Connection, *, by: Actor, ref: ConsultationRef, verb: Act, side: Side | None = None
) -> Turn:
    """The consultation locked, the actor and the state checked.

    Raises NotFound for an outsider, Forbidden for an insider without the right, SomebodyWasFirst where another has
    just taken it, WrongState where it has moved on.
    """
    row = await connection.fetchrow(_LOCK, *ref)
    if row is None:
        raise NotFound()
    found = consultation_from(row)
    side = side or (side_of(by, found) if isinstance(by, StaffActor) else None)
    if refusal := policy.may_read(by, found) or await queries.refused_by_block(connection, by, found):
        raise refusal
    if states.next_state(found.state, verb) is None and not _sender_ends(verb, side):
        raise await why_not(connection, found, verb)
    if refusal := policy.may(by, verb, found, side):
        raise refusal
    return Turn(connection, by, verb, found, side)


def _sender_ends(verb: Act, side: Side | None) -> bool:
    """The sender's side ends by itself, whatever has become of the receiver's."""
    return verb is Act.END and side is Side.SENDER


async def why_not(connection: Connection, found: Consultation, verb: Act) -> Refusal:
    """The state forbids it: who was first, where that is the reason."""
    if verb in (Act.ACCEPT, Act.DECLINE, Act.WITHDRAW):
        row = await connection.fetchrow(
            "SELECT author_name, at FROM consultation_entry WHERE provider_id = $1 AND consultation_id = $2 "
            "AND kind IN ('accepted', 'declined', 'withdrawn') ORDER BY n LIMIT 1",
            *found.ref,
        )
        if row is not None and found.state in (State.ACCEPTED, State.ENDED):
            return SomebodyWasFirst(row["author_name"], row["at"])
    words = {
        State.SENT: N_("Ta emot konsultationen först."),
        State.ACCEPTED: N_("Konsultationen är redan mottagen."),
        State.DECLINED: N_("Konsultationen är avböjd."),
        State.WITHDRAWN: N_("Avsändaren har tagit tillbaka konsultationen."),
        State.ENDED: N_("Konsultationen är avslutad."),
    }
    return WrongState(words[found.state], code=f"consultation_{found.state}")


def signals_of(found: Consultation) -> list[Signal]:
    """Who looks again: both units' lists, the consultation's own page, the one who asked and the one who has it."""
    people = {found.from_staff_id, found.owner_staff_id} - {None}
    return [
        Signal(f"consultation:{found.ref}", found.last_n),
        *(Signal(f"unit:{one}") for one in sorted({found.from_unit_id, found.unit_id})),
        *(Signal(f"staff:{one}") for one in sorted(filter(None, people))),
    ]


@cache
def _statement(changed: tuple[str, ...]) -> str:
    """The statement that moves the consultation, writes the row and logs it; one per set of changed columns."""
    sets = "".join(f", {column} = ${16 + place}" for place, column in enumerate(changed))
    return f"""
WITH moved AS (
  UPDATE consultation SET last_n = last_n + 1, changed_at = $4{sets}
  WHERE provider_id = $1 AND consultation_id = $2 AND last_n = $3
  RETURNING last_n, person_id, to_provider_id
), logged AS (
  INSERT INTO access_log
    (provider_id, at, actor_kind, actor_id, actor_name, unit_id, person_id, case_id, action, reason)
  SELECT $14, $4, $6, $7, $8, $9, person_id, $15::bigint, $12, $13 FROM moved
)
INSERT INTO consultation_entry
  (provider_id, consultation_id, n, to_provider_id, at, kind, author_kind, author_id, author_name, unit_id, body, key)
SELECT $1, $2, last_n, to_provider_id, $4, $5, $6, $7, $8, $9, $10, $11 FROM moved
RETURNING n"""
