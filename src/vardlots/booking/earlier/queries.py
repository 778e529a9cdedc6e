"""Who waits for an earlier time, and for which. All of it the provider's own reading."""

from datetime import datetime
from typing import Any

import msgspec

from vardlots.booking import policy
from vardlots.booking.holds.queries import OUT_OF_SIGHT
from vardlots.booking.model import OFFER_COLUMNS, Offer, Slot, SlotRef, Sought, offer_from
from vardlots.cases.model import CaseRef
from vardlots.platform.db import Connection

# So many are looked at for one time: whoever comes after them finds it among the free ones.
LINE = 500


class InLine(msgspec.Struct, frozen=True, kw_only=True):
    """One who waits: the case, what it may have, when its own time begins (None: it has none), since when it waits."""

    ref: CaseRef
    person_id: int
    sought: Sought
    own_from: datetime | None
    wished_at: datetime


def is_for(one: InLine, slot: Slot) -> bool:
    """Whether a time is earlier than their own and one that they may have. Pure."""
    return (one.own_from is None or slot.starts_at < one.own_from) and policy.fits(one.sought, slot)


async def line_for(connection: Connection, slot: Slot) -> list[InLine]:
    """Those who may be offered a time, in the order in which they began to wait.

    Not whoever has had or been offered it before, considers another, or has another visit then.
    """
    rows = await connection.fetch(
        """
        SELECT w.case_id, w.person_id, w.unit_id, w.wished_at, c.role, c.contact, c.booked_from,
          coalesce((SELECT t.booking_for FROM ticket t WHERE t.to_provider_id = c.provider_id
                    AND t.provider_id = c.provider_id AND t.case_id = c.case_id LIMIT 1), '') AS booking_for
        FROM earlier_wish w JOIN care_case c ON c.provider_id = w.provider_id AND c.case_id = w.case_id
        WHERE w.provider_id = $1 AND w.unit_id = $2 AND w.ended_at IS NULL AND c.phase = 'booked'
          AND (c.booked_from IS NULL OR c.booked_from > $3)
          AND NOT EXISTS (SELECT FROM slot_offer o WHERE o.provider_id = w.provider_id AND o.case_id = w.case_id
                          AND (o.slot_id = $5 OR o.state = 'offered'))
          AND NOT EXISTS (SELECT FROM appointment a WHERE a.provider_id = w.provider_id
                          AND a.case_id = w.case_id AND a.slot_id = $5)
          AND NOT EXISTS (SELECT FROM appointment a WHERE a.provider_id = w.provider_id
                          AND a.person_id = w.person_id AND a.case_id <> w.case_id AND a.state = 'booked'
                          AND tstzrange(a.starts_at, a.ends_at) && tstzrange($3, $4))
        ORDER BY w.wished_at, w.case_id LIMIT $6""",
        slot.provider_id,
        slot.unit_id,
        slot.starts_at,
        slot.ends_at,
        slot.slot_id,
        LINE,
    )
    found = [_in_line(slot.provider_id, row) for row in rows]
    return [one for one in found if is_for(one, slot)]


def _in_line(provider_id: int, row: Any) -> InLine:
    sought = Sought(
        provider_id=provider_id,
        unit_ids=(row["unit_id"],),
        role=row["role"],
        contact=row["contact"],
        booking_for=row["booking_for"],
        by_patient=True,
        person_ids=(row["person_id"],),
    )
    ref = CaseRef(provider_id, row["case_id"])
    return InLine(
        ref=ref,
        person_id=row["person_id"],
        sought=sought,
        own_from=row["booked_from"],
        wished_at=row["wished_at"],
    )


async def lapsed(connection: Connection, provider_id: int, before: datetime, limit: int) -> list[Offer]:
    """Offers whose deadline passed before a moment and that nobody has noted."""
    rows = await connection.fetch(
        f"SELECT {OFFER_COLUMNS} FROM slot_offer WHERE provider_id = $1 AND state = 'offered' AND until < $2 "
        "ORDER BY until LIMIT $3",
        provider_id,
        before,
        limit,
    )
    return [offer_from(row) for row in rows]


async def not_offered(connection: Connection, provider_id: int, now: datetime, limit: int) -> list[SlotRef]:
    """Times that became free while somebody waited, and that nobody has been asked about since."""
    rows = await connection.fetch(
        f"SELECT s.provider_id, s.slot_id FROM slot s WHERE s.provider_id = $1 AND {OUT_OF_SIGHT} "
        "AND s.held_until <= $2 AND s.starts_at > $2 ORDER BY s.held_until LIMIT $3",
        provider_id,
        now,
        limit,
    )
    return [SlotRef(*row) for row in rows]


async def unseen(connection: Connection, provider_id: int, unit_id: int, now: datetime) -> list[SlotRef]:
    """A unit's free times that are out of sight until somebody has been asked about them, the earliest first."""
    rows = await connection.fetch(
        f"SELECT s.provider_id, s.slot_id FROM slot s WHERE s.provider_id = $1 AND s.unit_id = $2 AND {OUT_OF_SIGHT} "
        "AND s.starts_at > $3 ORDER BY s.starts_at, s.slot_id",
        provider_id,
        unit_id,
        now,
    )
    return [SlotRef(*row) for row in rows]


async def is_asked(connection: Connection, provider_id: int, unit_id: int) -> bool:
    """Whether everybody who waits at a unit considers a time already: nobody is offered two."""
    return not await connection.fetchval(
        "SELECT EXISTS (SELECT FROM earlier_wish w JOIN care_case c USING (provider_id, case_id) "
        "WHERE w.provider_id = $1 AND w.unit_id = $2 AND w.ended_at IS NULL AND c.phase = 'booked' AND NOT EXISTS "
        "(SELECT FROM slot_offer o WHERE o.provider_id = w.provider_id AND o.case_id = w.case_id "
        "AND o.state = 'offered'))",
        provider_id,
        unit_id,
    )
