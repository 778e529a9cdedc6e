"""A head of unit changes their own unit: nothing they save reaches into another one's queue, or takes its staff."""

import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.access.sessions import staff_actor
from vardlots.configuration import actions, roles
from vardlots.configuration.actions import Change
from vardlots.configuration.model import Body
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Invalid


async def _save(given: Cast, by: StaffActor, key: str, body: Body, base: int = 0) -> None:
    await actions.save(
        given.database,
        given.house.hub,
        by=by,
        kind=roles.RESOURCE,
        changes=[Change(key=key, body=body, base_version=base, unit_id=by.unit_id)],
        reason="Vi hjälps åt.",
    )


async def _reach(given: Cast, actor: StaffActor) -> frozenset[int]:
    async with given.database.transaction(NOBODY) as connection:
        assignment_id = await connection.fetchval(
            "SELECT assignment_id FROM assignment WHERE staff_id = $1", actor.staff_id
        )
        found = await staff_actor(connection, staff_id=actor.staff_id, assignment_id=assignment_id)
    assert found is not None
    return found.unit_ids


async def test_a_head_gives_their_staff_no_other_units_queue(given: Cast) -> None:
    own, other = given.angsviken.unit_id, given.strandgatan.unit_id
    for key, body, field in (
        (f"{own}-nurse", {"unit": own, "role": "nurse", "serves": [other]}, "serves"),
        ("mine", {"unit": other, "role": "midwife", "serves": [own]}, "unit"),
    ):
        with pytest.raises(Invalid) as refusal:
            await _save(given, given.helga, key, body)
        assert refusal.value.field == field
    assert await _reach(given, given.ylva) == {own}
    assert await _reach(given, given.olle) == {other}


async def test_what_the_provider_has_decided_stays_when_a_head_changes_the_name(given: Cast) -> None:
    own, other = given.angsviken.unit_id, given.strandgatan.unit_id
    key = f"{own}-nurse"
    body: Body = {"unit": own, "role": "nurse", "serves": [other]}
    await _save(given, given.astrid, key, body)
    await _save(given, given.helga, key, {**body, "name": "Sköterskorna"}, 1)
    assert await _reach(given, given.ylva) == {own, other}
    await _save(given, given.helga, key, {**body, "serves": []}, 2)
    with pytest.raises(Invalid):
        await _save(given, given.helga, key, body, 3)
    assert await _reach(given, given.ylva) == {own}
