"""A time is booked with a ticket or by staff: who may, what is written, what is refused."""

from datetime import timedelta

import pytest
from tests.cast import Cast

from vardlots.booking import queries
from vardlots.booking.actions import book_for, book_ticket
from vardlots.booking.model import SlotRef, SlotState, SlotTaken, StaffBooking, sought_by_ticket
from vardlots.booking.tests.calendar import at, booking_ticket, fetch, now_is, registered, times
from vardlots.cases.fold import fold
from vardlots.cases.model import Case, Phase
from vardlots.cases.queries import timeline
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, NotFound, WrongState


async def folds(given: Cast, case: Case) -> bool:
    """Whether the timeline tells the same as the case's row."""
    async with given.database.transaction(given.ylva.scope) as connection:
        told = fold(await timeline(connection, case.ref))
        row = await connection.fetchrow(
            "SELECT phase, booked_from, owner_staff_id FROM care_case WHERE provider_id = $1 AND case_id = $2",
            *case.ref,
        )
    return (told.phase.value, told.booked_from, told.owner_staff_id) == tuple(row)


async def test_a_ticket_becomes_a_booked_visit(given: Cast) -> None:
    (slot,) = await times(given, staff=given.ylva)
    ticket = await booking_ticket(given, given.elin, about=given.tuva)
    case = await book_ticket(given.house, by=given.elin, ticket=ticket.ref, slot=slot)
    taken = await now_is(given, slot)
    assert taken.state is SlotState.TAKEN
    assert (case.phase, case.booked_from, case.interview_id) == (
        Phase.BOOKED,
        taken.starts_at,
        ticket.interview_id,
    )
    assert await folds(given, case)
    (row,) = await fetch(given, "SELECT state, case_id FROM ticket WHERE ticket_id = $1", ticket.ticket_id)
    assert tuple(row) == ("used", case.case_id)
    async with given.database.transaction(given.elin.scope) as connection:
        found = await queries.appointment_of(connection, case.ref)
        rows = await timeline(connection, case.ref)
    assert found is not None and (found.slot, found.ticket_id) == (slot, ticket.ticket_id)
    assert [row.kind.value for row in rows] == ["opened", "booked"]
    assert rows[1].body["staff"] == given.ylva.name and rows[1].body["unit"] == "Ängsviken"
