"""One turn with a case: the shape that every verb shares.

Lock → who may → does the state allow → compare and set → timeline row → access log → commit → signal.
A verb opens a turn, records what it did, and leaves; anything that fails rolls all of it back.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any

import asyncpg
import msgspec

from vardlots.access.actor import Actor, PatientActor, StaffActor
from vardlots.cases import policy, states
from vardlots.cases.model import CASE_COLUMNS, Audience, Case, CaseRef, Entry, Kind, Phase, Verb, case_from
from vardlots.cases.policy import Standing
from vardlots.cases.queries import standing
from vardlots.platform import clock
from vardlots.platform.db import Connection, Database, also_provider
from vardlots.platform.errors import Invalid, NotFound, SomebodyWasFirst, WrongState
from vardlots.platform.live import Hub, Signal

_LOCK = f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2 FOR NO KEY UPDATE"
_LOCK_AND_LOOK = f"""
SELECT {CASE_COLUMNS},
       (SELECT e.n FROM entry e
        WHERE e.provider_id = care_case.provider_id AND e.case_id = care_case.case_id AND e.key = $3) AS repeated_n
FROM care_case WHERE provider_id = $1 AND case_id = $2 FOR NO KEY UPDATE
"""
REPEATED = "SELECT n FROM entry WHERE provider_id = $1 AND case_id = $2 AND key = $3"
_GUESTS_LEFT = """
UPDATE guest SET left_at = $4 WHERE provider_id = $1 AND case_id = $2 AND staff_id = ANY ($3::bigint[])
  AND left_at IS NULL
"""
_OWNER_NAME = "SELECT given_name || ' ' || family_name FROM staff WHERE staff_id = $1"


class House(msgspec.Struct, frozen=True):
    """What a verb needs of the world: the database and the live signals."""

    database: Database
    hub: Hub


class Repeated(Exception):
    """The same row was sent before (double tap, retry): it is already number `n`."""

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self.n = n


_AT_THE_END: "list[Callable[[Turn], Awaitable[None]]]" = []


def at_the_end(follows: "Callable[[Turn], Awaitable[None]]") -> "Callable[[Turn], Awaitable[None]]":
    """What another subject has of a case ends with it: called in the turn, once the row that ends the case is written.

    For subjects above this one in the map. What it raises rolls the end back.
    """
    _AT_THE_END.append(follows)
    return follows


class Turn:
    """An open turn: the locked case, and the one way to change it."""

    def __init__(
        self, connection: Connection, by: Actor, verb: Verb, case: Case, now: datetime, stands: Standing
    ) -> None:
        self.connection = connection
        self.by = by
        self.verb = verb
        self.before = case
        self.case = case
        self.now = now
        self.standing = stands
        self.signals: list[Signal] = []
        self.rows: list[Entry] = []

    async def record(
        self,
        body: dict[str, Any] | None = None,
        *,
        audience: Audience = Audience.PATIENT,
        kind: Kind | None = None,
        phase: Phase | None = None,
        key: str | None = None,
        reason: str | None = None,
        **changed: Any,
    ) -> int:
        """Write one timeline row with the change that it means for the case, and the access log's row.

        `changed` are columns of the case. Returns the row's number. Raises Repeated when `key` was used before.
        """
        kind = kind or states.LEAVES[self.verb]
        reached = phase or self.case.phase
        if reached not in states.next_phases(self.case.phase, self.verb):
            raise AssertionError(f"{self.verb} does not lead from {self.case.phase} to {reached}")
        changed["phase"] = reached
        changed |= self._what_follows(kind, reached, changed)
        guests_before = self.case.guests
        unit_id = self.by.unit_id if isinstance(self.by, StaffActor) else None
        try:
            n: int | None = await self.connection.fetchval(
                _record_statement(tuple(changed)),
                self.case.provider_id,
                self.case.case_id,
                self.case.last_n,
                self.now,
                kind.value,
                audience.value,
                self.by.kind,
                self.by.actor_id,
                self.by.name,
                body or {},
                key,
                unit_id,
                self.verb.value,
                reason,
                *changed.values(),
            )
        except asyncpg.UniqueViolationError as fault:
            if fault.constraint_name == "entry_once":
                raise Repeated(0) from None
            raise
        if n is None:
            raise AssertionError("a locked case moved under its turn")
        self.case = msgspec.structs.replace(self.case, last_n=n, changed_at=self.now, **changed)
        if gone := set(guests_before) - set(self.case.guests):
            if isinstance(self.by, PatientActor):
                # Who is a guest is none of the patient's rows: a visit that they leave lets them go all the same.
                await also_provider(self.connection, self.case.provider_id)
            await self.connection.execute(_GUESTS_LEFT, *self.case.ref, sorted(gone), self.now)
            self.signals += [Signal(f"staff:{one}") for one in sorted(gone)]
        self.rows.append(
            Entry(
                provider_id=self.case.provider_id,
                case_id=self.case.case_id,
                n=n,
                at=self.now,
                kind=kind,
                audience=audience,
                author_kind=self.by.kind,
                author_id=self.by.actor_id,
                author_name=self.by.name,
                body=body or {},
            )
        )
        if reached in states.ENDED and self.before.phase not in states.ENDED:
            for follows in _AT_THE_END:
                await follows(self)
        return n

    def _what_follows(self, kind: Kind, reached: Phase, changed: dict[str, Any]) -> dict[str, Any]:
        """What ends by itself with this row, where it is not said: a request to hand over, a pause and a search for
        the patient end with whose visit it is, guests with the visit. `fold.py` reads the same from the timeline."""
        case = self.case
        owner = changed.get("owner_staff_id", case.owner_staff_id)
        moves_on = reached not in states.TAKEN or owner != case.owner_staff_id
        follows: dict[str, Any] = {}
        if moves_on:
            follows |= {
                "handover_n": None,
                "handover_role": None,
                "handover_staff_id": None,
                "paused_until": None,
                "referred_n": None,
                "referred_due": None,
            }
        spoke = isinstance(self.by, PatientActor) and kind in states.PATIENT_SPEAKS
        if moves_on or spoke or kind is Kind.PAUSED or reached is not Phase.ONGOING:
            follows |= {"chase": None, "chase_at": None}
        if moves_on:
            stays = reached in states.TAKEN
            for column in ("chat_guests", "consult_guests"):
                held: tuple[int, ...] = getattr(case, column)
                follows[column] = tuple(one for one in held if stays and one != owner)
        return {
            column: value
            for column, value in follows.items()
            if column not in changed and value != getattr(case, column)
        }


@asynccontextmanager
async def turn(
    house: House, *, by: Actor, ref: CaseRef, verb: Verb, key: str | None = None
) -> AsyncIterator[Turn]:
    """Open a turn: the case locked, the actor and the state checked. Commits and signals when the block ends well.

    Raises NotFound for an outsider, Forbidden for an insider without the right, SomebodyWasFirst or WrongState
    when the case has moved on, Repeated when a row with `key` is there already.
    """
    try:
        async with house.database.transaction(by.scope) as connection:
            row = await (
                connection.fetchrow(_LOCK, *ref)
                if key is None
                else connection.fetchrow(_LOCK_AND_LOOK, *ref, key)
            )
            if row is None:
                raise NotFound()
            case = case_from(row)
            now = clock.now()
            stands = await standing(connection, by=by, case=case)
            if key is not None and row["repeated_n"] is not None:
                if refusal := policy.may_read(by, case, stands):
                    raise refusal
                raise Repeated(row["repeated_n"])
            await _check(connection, by, verb, case, now, stands)
            opened = Turn(connection, by, verb, case, now, stands)
            yield opened
    except Repeated as repeated:
        if repeated.n or key is None:
            raise
        raise Repeated(await _number_of(house.database, by, ref, key)) from None
    house.hub.publish(news_of(opened))


async def join(connection: Connection, *, by: Actor, ref: CaseRef, verb: Verb) -> Turn:
    """A turn in a transaction that another subject has opened: the case locked, the actor and the state checked.

    Whoever joins publishes `news_of` the turn after commit, and gives no key of a client's. Raises as `turn` does.
    """
    row = await connection.fetchrow(_LOCK, *ref)
    if row is None:
        raise NotFound()
    case, now = case_from(row), clock.now()
    stands = await standing(connection, by=by, case=case)
    await _check(connection, by, verb, case, now, stands)
    return Turn(connection, by, verb, case, now, stands)


def news_of(opened: Turn) -> list[Signal]:
    """What is to be told when a turn has been committed."""
    if opened.rows and all(row.audience is Audience.INTERNAL for row in opened.rows):
        return [*talk_signals(opened.case), *opened.signals]
    return [*case_signals(opened.case), *queue_signals(opened.before, opened.case), *opened.signals]


async def _check(
    connection: Connection, by: Actor, verb: Verb, case: Case, now: datetime, stands: Standing
) -> None:
    if verb is not Verb.OPEN_ANYWAY and (refusal := policy.may_read(by, case, stands)):
        raise refusal
    if not states.allows(case.phase, verb):
        raise await _why_not(connection, by, verb, case)
    if refusal := policy.may(by, verb, case, now, stands):
        raise await _why_not(connection, by, verb, case) if refusal.code == "taken" else refusal


async def _why_not(connection: Connection, by: Actor, verb: Verb, case: Case) -> Exception:
    """The state forbids it: say who was first where that is the reason."""
    # A person's number and a member of staff's may be the same figure.
    own = isinstance(by, StaffActor) and case.owner_staff_id == by.staff_id
    taken_by_other = case.owner_staff_id is not None and not own
    open_or_taken = (*states.TAKEN, Phase.FOLLOW_UP)
    if verb in (Verb.ACCEPT, Verb.LEAVE_QUEUE) and case.phase in open_or_taken and taken_by_other:
        who = await connection.fetchval(_OWNER_NAME, case.owner_staff_id)
        return SomebodyWasFirst(who, case.accepted_at or case.changed_at)
    if isinstance(by, PatientActor) and case.phase is Phase.CLOSED and verb is Verb.WRITE:
        return WrongState(
            "Ärendet är stängt. Det du skrev finns kvar här. Sök vård på nytt om du behöver hjälp, eller ring 1177.",
            phase=case.phase.value,
        )
    return WrongState(
        "Ärendet har gått vidare. Ladda om sidan för att se hur det står till.", phase=case.phase.value
    )


async def _number_of(database: Database, by: Actor, ref: CaseRef, key: str) -> int:
    """The number of a row that another request wrote while this one waited. Raises Invalid for a key that a row has
    which the actor does not read: nothing of it is told."""
    async with database.transaction(by.scope) as connection:
        n = await connection.fetchval(REPEATED, *ref, key)
    if n is None:
        raise Invalid("key", "Meddelandet kunde inte läsas. Ladda om sidan och försök igen.")
    return int(n)


def case_signals(case: Case) -> list[Signal]:
    """The topics that a change in a case concerns: the case, its unit's lists, the people it is about."""
    return [
        Signal(f"case:{case.ref}", case.last_n),
        Signal(f"unit:{case.unit_id}", case.case_id),
        # Of a guardian and a child, the one who acts today looks again; the other has nobody to ask.
        *(Signal(f"person:{one}") for one in {case.actor_person_id, case.person_id}),
    ]


def talk_signals(case: Case) -> list[Signal]:
    """The topics that the colleagues' own talk concerns: no patient hears of it, not even that the case has moved."""
    taking_part = {case.owner_staff_id, case.handover_staff_id, *case.guests} - {None}
    return [
        Signal(f"talk:{case.ref}", case.talk_last_n),
        Signal(f"unit:{case.unit_id}", case.case_id),
        *(Signal(f"staff:{one}") for one in taking_part),
    ]


def queue_signals(before: Case | None, after: Case) -> list[Signal]:
    """Those who wait at a unit look again when somebody comes, goes or changes place in its queue; never told who."""

    def place(case: Case | None) -> int | None:
        return case.priority if case is not None and case.phase is Phase.QUEUED else None

    return [Signal(f"queue:{after.unit_id}")] if place(before) != place(after) else []


@cache
def _record_statement(changed: tuple[str, ...]) -> str:
    """The statement that moves the case, writes the row and logs it; one per set of changed columns."""
    sets = "".join(f", {column} = ${15 + place}" for place, column in enumerate(changed))
    return f"""
WITH moved AS (
  UPDATE care_case SET last_n = last_n + 1, changed_at = $4{sets}
  WHERE provider_id = $1 AND case_id = $2 AND last_n = $3
  RETURNING last_n, person_id
), logged AS (
  INSERT INTO access_log
    (provider_id, at, actor_kind, actor_id, actor_name, unit_id, person_id, case_id, action, reason)
  SELECT $1, $4, $7, $8, $9, $12, person_id, $2, $13, $14 FROM moved
)
INSERT INTO entry
  (provider_id, case_id, n, person_id, at, kind, audience, author_kind, author_id, author_name, body, key)
SELECT $1, $2, last_n, person_id, $4, $5, $6, $7, $8, $9, $10, $11 FROM moved
RETURNING n
"""


def refuse_closed_unit(fault: asyncpg.CheckViolationError) -> None:
    """Raises WrongState `unit_closed` where the database says that the unit takes no more cases."""
    if fault.constraint_name == "unit_active":
        raise WrongState(
            "Enheten tar inte emot fler ärenden. Välj en annan enhet.", code="unit_closed"
        ) from None
