"""Choosing a time, as named verbs: kept for whoever chooses, let go, and forgotten when the minutes are over."""

from collections.abc import Mapping
from typing import Any

from vardlots.access.actor import PatientActor, StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.booking import policy, queries
from vardlots.booking.holds.actions import Lost, Times, tells_nearest
from vardlots.booking.holds.queries import anywhere, choosable, for_persons, held_by_whom, kept_for, like
from vardlots.booking.model import Slot, SlotRef, Sought, sought_by_ticket
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.configuration.booking_rules import booking_rules
from vardlots.people.queries import same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection, also_provider
from vardlots.platform.errors import Forbidden, NotFound
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal
from vardlots.tickets.model import TICKET_COLUMNS, Kind, ticket_from


@tells_nearest
async def hold(house: House, *, by: PatientActor | StaffActor, slot: SlotRef, person_id: int) -> Slot:
    """Keep a time for the person while somebody chooses. One at a time: what they chose before is free again.

    It is free again by itself (`Slot.held_until`). Raises NotFound where it is not theirs to choose, SlotTaken where it
    is not free, WrongState by the provider's rules.
    """
    async with house.database.transaction(by.scope) as connection:
        sought = await _may_choose(connection, by, slot, person_id)
        await also_provider(connection, slot.provider_id)
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"hold {min(sought.person_ids)}"
        )
        kept = await kept_for(connection, sought)
        locked = await Times(connection).lock(slot.provider_id, [slot.slot_id, *kept])
        kept = [one for one in await kept_for(connection, sought) if one in locked]
        now = clock.now()
        wanted = await choosable(connection, locked.get(slot.slot_id), sought, now)
        if not policy.can_be_taken(wanted, await held_by_whom(connection, slot, now), sought.person_ids, now):
            raise Lost(like(sought, wanted), wanted)
        # A time that is offered to the person is theirs already, and for longer.
        if slot.slot_id not in kept and wanted.held_until is not None and wanted.held_until > now:
            return wanted
        await Times(connection).let_go(slot.provider_id, kept)
        until = now + (await booking_rules(connection, slot.provider_id)).hold
        await Times(connection).keep(slot=wanted, person_id=person_id, by=by, until=until)
        about: Mapping[str, Any] = {"provider_id": slot.provider_id, "person_id": person_id}
        await audit.write(connection, [audit.access(by, "hold_time", **about)])
    house.hub.publish([Signal(f"unit:{wanted.unit_id}")])
    return wanted


async def let_go(house: House, *, by: PatientActor | StaffActor, slot: SlotRef, person_id: int) -> None:
    """Whoever chose has changed their mind. Nothing happens where the time is not kept for the person."""
    async with house.database.transaction(by.scope) as connection:
        if isinstance(by, PatientActor):
            if person_id not in by.persons:
                raise NotFound()
            await also_provider(connection, slot.provider_id)
        elif slot.provider_id != by.provider_id:
            raise NotFound()
        locked = await Times(connection).lock(slot.provider_id, [slot.slot_id])
        mine = await connection.fetchval(
            "SELECT 1 FROM slot_hold WHERE provider_id = $1 AND slot_id = $2 AND person_id = $3 "
            "AND held_by_kind <> 'system'",
            *slot,
            person_id,
        )
        if not mine:
            return
        await Times(connection).let_go(slot.provider_id, [slot.slot_id])
        about: Mapping[str, Any] = {"provider_id": slot.provider_id, "person_id": person_id}
        await audit.write(connection, [audit.access(by, "let_go_time", **about)])
    house.hub.publish([Signal(f"unit:{one.unit_id}") for one in locked.values()])


async def _may_choose(
    connection: Connection, by: PatientActor | StaffActor, slot: SlotRef, person_id: int
) -> Sought:
    """What the person may choose among, if the actor may choose for them. Raises NotFound, Forbidden.

    A patient chooses with a booking ticket that waits, or for a booked visit.
    """
    wanted = await queries.slot_of(connection, slot)
    if isinstance(by, StaffActor):
        return await _staff_choose(connection, by, wanted, person_id)
    if not by.may_seek(person_id=by.main(person_id), provider_id=slot.provider_id):
        raise NotFound()
    ids = by.ids_of(by.main(person_id))
    rows = await connection.fetch(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) "
        "AND state IN ('issued', 'opened')",
        slot.provider_id,
        ids,
    )
    now = clock.now()
    tickets = [one for one in map(ticket_from, rows) if one.kind is Kind.BOOKING and one.waits_at(now)]
    found = [sought_by_ticket(one, unit_ids=[wanted.unit_id]) for one in tickets]
    booked = await connection.fetch(
        "SELECT provider_id, case_id FROM care_case WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) "
        "AND phase = 'booked'",
        slot.provider_id,
        ids,
    )
    found += [await queries.sought_by_case(connection, CaseRef(*row), by_patient=True) for row in booked]
    fitting = next((one for one in found if policy.fits(anywhere(one, wanted), wanted)), None)
    if fitting is None:
        raise NotFound()
    return for_persons(fitting, ids)


async def _staff_choose(connection: Connection, by: StaffActor, wanted: Slot, person_id: int) -> Sought:
    if wanted.provider_id != by.provider_id:
        raise NotFound()
    if not by.cares:
        raise Forbidden(N_("Din roll öppnar inga ärenden."), code="not_carer")
    known = await connection.fetchval(
        "SELECT 1 FROM patient WHERE provider_id = $1 AND person_id = $2", by.provider_id, person_id
    )
    if known is None:
        raise NotFound()
    ids = await same_persons(connection, [person_id])
    return Sought(provider_id=by.provider_id, unit_ids=(wanted.unit_id,), person_ids=tuple(ids))


async def sweep_holds(house: House, *, by: SystemActor) -> int:
    """Remove what is left of choices whose minutes are over: the times were free again since. Returns how many."""
    async with house.database.transaction(by.scope) as connection:
        rows = await connection.fetch(
            "SELECT slot_id FROM slot_hold WHERE provider_id = $1 AND until < $2 AND held_by_kind <> 'system'",
            by.provider_id,
            clock.now(),
        )
        over = [row["slot_id"] for row in rows]
        if not over:
            return 0
        await Times(connection).lock(by.provider_id, over)
        rows = await connection.fetch(
            "DELETE FROM slot_hold WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) AND until < $3 "
            "AND held_by_kind <> 'system' RETURNING slot_id",
            by.provider_id,
            over,
            clock.now(),
        )
        gone = [row["slot_id"] for row in rows]
        await connection.execute(
            "UPDATE slot SET held_until = NULL WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
            "AND state = 'free'",
            by.provider_id,
            gone,
        )
    return len(gone)
