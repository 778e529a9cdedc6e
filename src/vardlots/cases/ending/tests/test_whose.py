"""Whose a patient's message after the visit is: by the pure rule, and the same in SQL."""

import pytest
from tests.cast import Cast

from vardlots.access.actions import end_shift, start_shift
from vardlots.cases.actions import end
from vardlots.cases.ending.whose import OWNER_ON_SHIFT, belongs_to
from vardlots.cases.queries import readable_case
from vardlots.platform.db import NOBODY


@pytest.mark.parametrize("at_work", ["", "here", "ended", "elsewhere"])
async def test_an_owner_on_shift_here_answers_and_else_the_role(given: Cast, at_work: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    if at_work:
        unit_id = given.strandgatan.unit_id if at_work == "elsewhere" else given.angsviken.unit_id
        if at_work == "elsewhere":
            await _assign_too(given, unit_id)
        await start_shift(given.database, by=given.ylva, unit_id=unit_id, role="nurse", shift_type="primary")
    if at_work == "ended":
        await end_shift(given.database, by=given.ylva)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        on_shift = await connection.fetchval(
            f"SELECT {OWNER_ON_SHIFT} FROM care_case c WHERE provider_id = $1 AND case_id = $2", *ref
        )
    assert on_shift is (at_work == "here")
    assert belongs_to(case, owner_on_shift=on_shift) == (given.ylva.staff_id if at_work == "here" else None)


async def _assign_too(given: Cast, unit_id: int) -> None:
    """Ylva works at a second unit."""
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) VALUES ($1, $2, $3, 'nurse', $4)",
            given.ylva.provider_id,
            given.ylva.staff_id,
            unit_id,
            f"SE0000000000-A-twice{given.ylva.staff_id}",
        )


async def test_what_nobody_has_is_the_roles(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
    assert case.owner_staff_id is None
    assert belongs_to(case, owner_on_shift=True) is None
