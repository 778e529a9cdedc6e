"""Reads of tickets, within the scope of the connection."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.blocks.queries import blocked
from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.tickets import policy
from vardlots.tickets.model import TICKET_COLUMNS, Kind, State, Ticket, TicketRef, ticket_from

MOST = 100
_WAITING = "t.state IN ('issued', 'opened') AND (t.valid_until IS NULL OR t.valid_until > {now})"
# Whichever of its units the patient has blocked: what one has written is its own, wherever the ticket is used.
_BLOCKED = (
    f"({blocked('t', '{staff}::bigint', '{now}::timestamptz')} "
    f"OR {blocked('t', '{staff}::bigint', '{now}::timestamptz', unit='from_unit_id')})"
)
_TICKET = f"SELECT {', '.join(f't.{column.strip()}' for column in TICKET_COLUMNS.split(','))} FROM ticket t"


async def own_ticket(connection: Connection, *, by: PatientActor, ref: TicketRef) -> Ticket:
    """A ticket of the actor's own or a child's. Raises NotFound."""
    row = await connection.fetchrow(f"{_TICKET} WHERE t.provider_id = $1 AND t.ticket_id = $2", *ref)
    if row is None:
        raise NotFound()
    found = ticket_from(row)
    if refusal := policy.may_read(by, found):
        raise refusal
    return found


async def tickets_of(connection: Connection, person_ids: Sequence[int]) -> list[Ticket]:
    """The persons' tickets: those that can be used first, the one that runs out first at the top; then the newest."""
    rows = await connection.fetch(
        f"{_TICKET} WHERE t.person_id = ANY ($1::bigint[]) "
        f"ORDER BY ({_WAITING.format(now='$2')}) DESC, "
        f"CASE WHEN {_WAITING.format(now='$2')} THEN t.valid_until END, t.issued_at DESC, t.ticket_id DESC LIMIT $3",
        list(person_ids),
        clock.now(),
        MOST,
    )
    return [ticket_from(row) for row in rows]


async def waiting_for(
    connection: Connection, *, provider_id: int, unit_id: int, person_ids: Sequence[int], reason: str
) -> Ticket | None:
    """The ticket of a reason at a unit that a person has under any of their ids and has not used yet."""
    row = await connection.fetchrow(
        f"{_TICKET} WHERE t.provider_id = $1 AND t.unit_id = $2 AND t.person_id = ANY ($3::bigint[]) "
        f"AND t.reason = $4 AND {_WAITING.format(now='$5')} ORDER BY t.priority LIMIT 1",
        provider_id,
        unit_id,
        list(person_ids),
        reason,
        clock.now(),
    )
    return ticket_from(row) if row else None


async def tickets_for_staff(
    connection: Connection, *, by: StaffActor, person_ids: Sequence[int]
) -> list[Ticket]:
    """A patient's tickets at the actor's provider, the newest first; not those of a unit that is blocked for them."""
    at_home = sorted(by.home_unit_ids or by.unit_ids)
    rows = await connection.fetch(
        f"{_TICKET} WHERE t.provider_id = $1 AND t.person_id = ANY ($2::bigint[]) "
        "AND (t.unit_id = ANY ($3::int[]) OR t.from_unit_id = ANY ($3::int[]) "
        f"OR NOT {_BLOCKED.format(staff='$4', now='$5')}) "
        "ORDER BY t.issued_at DESC, t.ticket_id DESC LIMIT $6",
        by.provider_id,
        list(person_ids),
        at_home,
        by.staff_id,
        clock.now(),
        MOST,
    )
    return [ticket_from(row) for row in rows]


async def history_of(connection: Connection, ref: TicketRef) -> dict[str, Any]:
    """What staff read of how a ticket came to be; empty where the scope does not see it."""
    found: dict[str, Any] | None = await connection.fetchval(
        "SELECT history FROM ticket_history WHERE provider_id = $1 AND ticket_id = $2", *ref
    )
    return found or {}


async def staff_ticket(connection: Connection, *, by: StaffActor, ref: TicketRef) -> Ticket:
    """A ticket that the actor's own units sent or are to use. Raises NotFound or Forbidden."""
    row = await connection.fetchrow(f"{_TICKET} WHERE t.provider_id = $1 AND t.ticket_id = $2", *ref)
    if row is None:
        raise NotFound()
    found = ticket_from(row)
    if refusal := policy.may_read(by, found):
        raise refusal
    return found


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the tickets that were sent. None chooses all. `unit_ids` are those that sent them, within the actor's
    reach; `role` and `to_unit_id` the resource that they are used at; `state` as it is now, also one whose time has
    just run out; `since` and `until` days; `reasons` codes of reasons (the words searched for are matched by the page).
    """

    unit_ids: Collection[int] | None = None
    to_unit_id: int | None = None
    role: str | None = None
    kind: Kind | None = None
    state: State | None = None
    staff_id: int | None = None
    since: date | None = None
    until: date | None = None
    reasons: Collection[str] | None = None


class Place(NamedTuple):
    """Where a page of a list ends: the next one goes on after it."""

    at: datetime
    ticket_id: int


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket in a list for staff. `sender` is "" for one that triage gave; `unit` may be another provider's.
    `answered` of `asked` questions of all its forms together are done."""

    ticket: Ticket
    patient: str
    main_id: int
    protected: bool
    birth_date: date
    sender: str
    unit: str
    from_unit: str
    answered: int
    asked: int

    @property
    def place_sent(self) -> Place:
        """Where it stands in the list of what was sent."""
        return Place(self.ticket.issued_at, self.ticket.ticket_id)

    @property
    def place_over(self) -> Place:
        """Where it stands in the list of what is to be looked at."""
        return Place(self.ticket.moved_at, self.ticket.ticket_id)


_BESIDE = """
       p.given_name || ' ' || p.family_name AS patient, p.birth_date, p.protected,
       coalesce(p.same_as, p.person_id) AS main_id,
       coalesce(s.given_name || ' ' || s.family_name, '') AS sender, u.name AS unit, f.name AS from_unit,
       q.answered, q.asked"""
_WITH = """
JOIN person p ON p.person_id = t.person_id
LEFT JOIN staff s ON s.staff_id = t.staff_id
JOIN unit u ON u.unit_id = t.unit_id
JOIN unit f ON f.unit_id = t.from_unit_id
CROSS JOIN LATERAL (
  SELECT coalesce(sum(x.done), 0)::int AS answered, coalesce(sum(x.total), 0)::int AS asked FROM ticket_form x
  WHERE x.provider_id = t.provider_id AND x.ticket_id = t.ticket_id) q"""
# $1 provider, $2 home units, $3 staff, $4 now.
SEEN = (
    "(t.unit_id = ANY ($2::int[]) OR t.from_unit_id = ANY ($2::int[]) "
    f"OR NOT {_BLOCKED.format(staff='$3', now='$4')})"
)
_STATE = (
    """CASE WHEN t.state IN ('issued', 'opened') AND t.valid_until <= $4 THEN 'expired' ELSE t.state END"""
)
# Each unit along its own index, then together: a page costs the same however much has been sent.
_SENT = f"""
SELECT t.*,{_BESIDE}
FROM (
  SELECT one.* FROM unnest($5::int[]) AS sender(unit_id) CROSS JOIN LATERAL (
    SELECT t.* FROM ticket t
    WHERE t.provider_id = $1 AND t.from_unit_id = sender.unit_id
      AND ($6::timestamptz IS NULL OR (t.issued_at, t.ticket_id) < ($6, $7::bigint))
      AND ($8::timestamptz IS NULL OR t.issued_at >= $8) AND ($9::timestamptz IS NULL OR t.issued_at < $9)
      AND ($10::text IS NULL OR t.kind = $10) AND ($11::text IS NULL OR t.role = $11)
      AND ($12::int IS NULL OR t.unit_id = $12) AND ($13::bigint IS NULL OR t.staff_id = $13)
      AND ($14::text IS NULL OR {_STATE} = $14) AND ($15::text[] IS NULL OR t.reason = ANY ($15))
      AND {SEEN}
    ORDER BY t.issued_at DESC, t.ticket_id DESC LIMIT $16) one
  ORDER BY one.issued_at DESC, one.ticket_id DESC LIMIT $16) t
{_WITH}
ORDER BY t.issued_at DESC, t.ticket_id DESC"""


async def sent_tickets(
    connection: Connection,
    *,
    by: StaffActor,
    sought: Sought,
    after: Place | None = None,
    limit: int = 50,
) -> list[Listed]:
    """The tickets that units within the actor's reach have sent, the newest first; a page of them after a place."""
    units = set(by.unit_ids if sought.unit_ids is None else sought.unit_ids) & set(by.unit_ids)
    if not by.cares or not units:
        return []
    rows = await connection.fetch(
        _SENT,
        *_who_asks(by),
        sorted(units),
        after.at if after else None,
        after.ticket_id if after else None,
        midnight(sought.since) if sought.since else None,
        midnight(sought.until + timedelta(days=1)) if sought.until else None,
        sought.kind.value if sought.kind else None,
        sought.role,
        sought.to_unit_id,
        sought.staff_id,
        sought.state.value if sought.state else None,
        None if sought.reasons is None else sorted(sought.reasons),
        limit,
    )
    return [_listed(row) for row in rows]


_WAITS = f"""t.provider_id = $1 AND t.ack_unit_id = ANY ($5::int[]) AND t.acknowledged_at IS NULL
  AND ($6::text IS NULL OR t.ack_role = $6) AND {SEEN}"""


async def to_acknowledge(
    connection: Connection,
    *,
    by: StaffActor,
    unit_ids: Collection[int] | None = None,
    role: str | None = None,
    after: Place | None = None,
    limit: int = 100,
) -> list[Listed]:
    """What the actor has to look at (*vidimeringar*), what has waited longest first; a page of them after a place."""
    units, role = _own_part(by, unit_ids, role)
    if not units:
        return []
    rows = await connection.fetch(
        f"SELECT t.*,{_BESIDE} FROM (SELECT t.* FROM ticket t WHERE {_WAITS} "
        "AND ($7::timestamptz IS NULL OR (t.moved_at, t.ticket_id) > ($7, $8::bigint)) "
        f"ORDER BY t.moved_at, t.ticket_id LIMIT $9) t {_WITH} ORDER BY t.moved_at, t.ticket_id",
        *_who_asks(by),
        units,
        role,
        after.at if after else None,
        after.ticket_id if after else None,
        limit,
    )
    return [_listed(row) for row in rows]


async def count_to_acknowledge(
    connection: Connection,
    *,
    by: StaffActor,
    unit_ids: Collection[int] | None = None,
    role: str | None = None,
) -> int:
    """How many of them there are, for the menu."""
    units, role = _own_part(by, unit_ids, role)
    if not units:
        return 0
    return int(
        await connection.fetchval(
            f"SELECT count(*) FROM ticket t WHERE {_WAITS}", *_who_asks(by), units, role
        )
    )


def _own_part(
    by: StaffActor, unit_ids: Collection[int] | None, role: str | None
) -> tuple[list[int], str | None]:
    """The units asked for that are within reach, and the role: who is not clinical looks at their own role's only."""
    if not by.cares or (not by.clinical and role not in (None, by.role)):
        return [], role
    units = set(by.unit_ids if unit_ids is None else unit_ids) & set(by.unit_ids)
    return sorted(units), role if by.clinical else by.role


def _who_asks(by: StaffActor) -> tuple[int, list[int], int, datetime]:
    return by.provider_id, sorted(by.home_unit_ids or by.unit_ids), by.staff_id, clock.now()


def _listed(row: Any) -> Listed:
    beside = [name for name in Listed.__struct_fields__ if name != "ticket"]
    return Listed(ticket=ticket_from(row), **{name: row[name] for name in beside})
