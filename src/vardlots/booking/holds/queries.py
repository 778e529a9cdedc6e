"""What is asked of a time before it is somebody's: whether it may be chosen, and for whom it is kept."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from vardlots.booking import policy
from vardlots.booking.model import Slot, SlotRef, Sought
from vardlots.configuration.booking_rules import booking_rules
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, WrongState
from vardlots.platform.i18n import N_

# Of a row `s` of slot: free, shown to nobody and kept for nobody, until those who wait for an earlier time are asked.
OUT_OF_SIGHT = (
    "s.state = 'free' AND s.held_until IS NOT NULL AND NOT EXISTS (SELECT FROM slot_hold h "
    "WHERE h.provider_id = s.provider_id AND h.slot_id = s.slot_id)"
)


async def choosable(connection: Connection, wanted: Slot | None, sought: Sought, now: datetime) -> Slot:
    """The time, where it is one that may be chosen. Raises NotFound, WrongState."""
    if wanted is None or not policy.fits(anywhere(sought, wanted), wanted):
        raise NotFound()
    rules = await booking_rules(connection, wanted.provider_id)
    if policy.in_window(sought, wanted, rules, now):
        return wanted
    if wanted.starts_at > now + rules.notice:
        raise WrongState(N_("Så långt fram går det inte att boka än. Välj en tidigare tid."), code="too_far")
    raise WrongState(
        N_("Tiden börjar för snart för att bokas. Välj en senare tid, eller ring enheten.")
        if sought.by_patient
        else N_("Tiden har redan börjat. Välj en senare tid."),
        code="too_late",
    )


def anywhere(sought: Sought, slot: Slot) -> Sought:
    """What is sought, at the unit of a time: patients may book at another unit than the ticket's (row B9)."""
    return msgspec.structs.replace(sought, unit_ids=(slot.unit_id,))


def like(sought: Sought, slot: Slot) -> Sought:
    """What may be chosen instead of a time: at its unit, of its role."""
    return msgspec.structs.replace(anywhere(sought, slot), role=slot.role)


async def held_by_whom(connection: Connection, slot: SlotRef, now: datetime) -> int | None:
    held: int | None = await connection.fetchval(
        "SELECT person_id FROM slot_hold WHERE provider_id = $1 AND slot_id = $2 AND until > $3", *slot, now
    )
    return held


async def kept_for(connection: Connection, sought: Sought) -> list[int]:
    """What the person has chosen before; what they are offered is another matter."""
    rows = await connection.fetch(
        "SELECT slot_id FROM slot_hold WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) "
        "AND held_by_kind <> 'system'",
        sought.provider_id,
        list(sought.person_ids),
    )
    return [row["slot_id"] for row in rows]


def for_persons(sought: Sought, person_ids: Sequence[int]) -> Sought:
    """What is sought, for a person under all their ids."""
    return msgspec.structs.replace(sought, person_ids=tuple(person_ids))
