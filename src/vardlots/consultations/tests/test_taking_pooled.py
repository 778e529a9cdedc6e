"""Whose a visit is when a pooled resource, which reaches the units on both sides, takes it."""

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.consultations import actions
from vardlots.consultations.model import State
from vardlots.consultations.taking import actions as taking
from vardlots.consultations.tests.test_actions import read, sent, taken_place


def serving(given: Cast, by: StaffActor, home: int) -> StaffActor:
    """The actor at a unit whose pooled resource serves Ängsviken and Strandgatan, as a session would make them."""
    served = {given.angsviken.unit_id, given.strandgatan.unit_id, home}
    return msgspec.structs.replace(
        by, unit_id=home, unit_ids=frozenset(served), home_unit_ids=frozenset({home})
    )


async def test_at_the_unit_that_was_asked_it_becomes_theirs(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    found = await sent(given, ref)
    olle = serving(given, given.olle, given.strandgatan.unit_id)
    await taking.accept(given.house, by=olle, ref=ref)
    assert await taken_place(given, olle, ref) == (given.strandgatan.unit_id, "nurse", olle.staff_id)
    assert (await read(given, olle, found.ref)).state is State.ACCEPTED


@pytest.mark.parametrize("accepted", [False, True])
async def test_from_a_third_unit_the_visit_stays_unless_the_question_was_accepted(
    given: Cast, accepted: bool
) -> None:
    """Taken from Ängsviken's queue, which it serves: nobody has answered for Strandgatan by that."""
    ref = await given.waiting_case(given.ruben)
    found = await sent(given, ref)
    async with given.database.transaction(given.astrid.scope) as connection:
        third = await connection.fetchval(
            "SELECT max(unit_id) + 1000 FROM unit WHERE provider_id = $1", given.olle.provider_id
        )
    olle = serving(given, given.olle, third)
    if accepted:
        await actions.accept(given.house, by=olle, ref=found.ref)
    await taking.accept(given.house, by=olle, ref=ref)
    unit = given.strandgatan if accepted else given.angsviken
    assert (await taken_place(given, olle, ref))[0] == unit.unit_id
    assert (await read(given, given.olle, found.ref)).state is (State.ACCEPTED if accepted else State.SENT)
