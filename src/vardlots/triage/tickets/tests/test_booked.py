"""A booking ticket from staff, booked: its forms come first, and stand in the visit with what the sender wrote."""

import pytest
from tests.cast import Cast

from vardlots.booking.actions import book_ticket
from vardlots.booking.model import sought_by_ticket
from vardlots.booking.queries import free_times
from vardlots.booking.tests.calendar import times
from vardlots.cases.fold import fold
from vardlots.cases.model import Kind, Phase
from vardlots.cases.queries import timeline
from vardlots.conversations.forms.queries import answered_forms
from vardlots.platform.errors import WrongState
from vardlots.tickets.model import State
from vardlots.tickets.tests.helpers import DIET, answered, is_patient, of, sent


async def test_its_forms_come_first_and_stand_in_the_visit(given: Cast) -> None:
    (slot,) = await times(given)
    await is_patient(given, given.ruben)
    ticket = await sent(given, given.ruben.person_id, forms=("diet_index",))
    with pytest.raises(WrongState) as refusal:
        await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=slot)
    assert refusal.value.code == "forms_left"
    await answered(given, given.ruben, ticket.ref, 1, DIET)
    case = await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=slot)
    assert case.phase is Phase.BOOKED
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await timeline(connection, case.ref)
        forms = await answered_forms(connection, case.ref)
    assert [row.kind for row in rows] == [
        Kind.OPENED, Kind.BOOKED, Kind.BROUGHT, Kind.FORM_SENT, Kind.FORM_ANSWERED,
    ]  # fmt: skip
    assert fold(rows).phase is case.phase
    assert [one.form.code for one in forms] == ["diet_index"]
    assert ((await of(given, ticket)).state, (await of(given, ticket)).case_id) == (State.USED, case.case_id)


async def test_it_unlocks_locked_times(given: Cast) -> None:
    await times(given, booking_for=["health_conversation"])
    await is_patient(given, given.ruben)
    plain = await sent(given, given.ruben.person_id)
    invited = await sent(given, given.ruben.person_id, booking_for="health_conversation")
    async with given.database.transaction(given.ruben.scope) as connection:
        assert await free_times(connection, sought=sought_by_ticket(plain), limit=5) == []
        assert len(await free_times(connection, sought=sought_by_ticket(invited), limit=5)) == 1
