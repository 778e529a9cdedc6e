"""A patient's block: who writes it down, ends it, lifts it, what it hides and from whom, and to the second."""

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import PERSONNUMMER, Cast

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import staff_actor
from vardlots.blocks import queries
from vardlots.blocks.actions import end_block, lift_block, register_block
from vardlots.blocks.model import LONGEST, Basis, How
from vardlots.blocks.policy import may_keep, may_lift
from vardlots.cases.actions import accept
from vardlots.cases.model import Case, CaseRef
from vardlots.cases.openings.actions import open_anyway
from vardlots.cases.queries import readable_case
from vardlots.clinics.actions import assign
from vardlots.people.actions import Known, remember
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState

WHY = "Patienten är här och vill att jag läser."


async def block(given: Cast, by: StaffActor | None = None, **chosen: Any) -> int:
    """Ruben blocks Ängsviken."""
    values: dict[str, Any] = {
        "person_id": given.ruben.person_id,
        "unit_id": given.angsviken.unit_id,
        "how": How.TELEPHONE,
        **chosen,
    }
    return await register_block(given.database, given.house.hub, by=by or given.olle, **values)


async def lift(given: Cast, by: StaffActor, **chosen: Any) -> None:
    values: dict[str, Any] = {"basis": Basis.CONSENT, "reason": WHY, "hours": 24, **chosen}
    await lift_block(given.database, given.house.hub, by=by, **values)


async def end(
    given: Cast, block_id: int, by: StaffActor | None = None, why: str = "Ringde och ångrade sig."
) -> None:
    await end_block(given.database, given.house.hub, by=by or given.ylva, block_id=block_id, why=why)


async def read(given: Cast, ref: CaseRef, by: StaffActor) -> Case:
    async with given.database.transaction(by.scope) as connection:
        return await readable_case(connection, by=by, ref=ref)


def pooled(given: Cast) -> StaffActor:
    """Olle, with Ängsviken within the reach of his lists."""
    reach = given.olle.unit_ids | {given.angsviken.unit_id}
    return msgspec.structs.replace(given.olle, unit_ids=reach)


async def logged(given: Cast, action: str, person_id: int) -> list[tuple[int, int | None, str | None]]:
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await connection.fetch(
            "SELECT actor_id, case_id, reason FROM access_log WHERE person_id = $1 AND action = $2 ORDER BY at",
            person_id,
            action,
        )
    return [tuple(row) for row in found]


async def test_a_block_hides_the_units_cases_from_every_other_unit_and_from_nobody_else(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    elsewhere = await given.waiting_case(given.ruben, unit=given.strandgatan)
    await open_anyway(given.house, by=given.olle, ref=ref, reason="Samverkan")
    await read(given, ref, given.olle)
    heard = given.house.hub.subscribe([f"case:{ref}", f"unit:{given.angsviken.unit_id}"])
    await block(given, reason="Vill inte att andra läser.")
    assert heard.pending == {f"case:{ref}": 0, f"unit:{given.angsviken.unit_id}": 0}
    for by in (given.olle, pooled(given)):
        with pytest.raises(Forbidden) as door:
            await read(given, ref, by)
        assert door.value.code == "blocked"
        with pytest.raises(Forbidden):
            await accept(given.house, by=by, ref=ref)
    for by in (given.ylva, given.siri, given.petra):
        await read(given, ref, by)
    await read(given, elsewhere, given.olle)
    async with given.database.transaction(given.ruben.scope) as connection:
        await readable_case(connection, by=given.ruben, ref=ref)
        mine = await queries.blocks_of(connection, ref.provider_id, [given.ruben.person_id])
    assert [(one.unit_name, one.holds, one.how) for one in mine] == [("Ängsviken", True, How.TELEPHONE)]
    assert await logged(given, "block", given.ruben.person_id) == [
        (given.olle.staff_id, None, "Vill inte att andra läser.")
    ]


async def test_a_block_is_of_one_person(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    ref = await given.waiting_case(given.elin)
    await block(given)
    await read(given, ref, pooled(given))


@pytest.mark.parametrize("basis", list(Basis))
async def test_a_lift_holds_for_one_person_to_the_second(given: Cast, basis: Basis) -> None:
    ref = await given.waiting_case(given.ruben)
    await block(given)
    by, now = pooled(given), clock.now()
    with clock.at(now):
        await lift(given, by, basis=basis, hours=4, case_id=ref.case_id)
    with clock.at(now + timedelta(hours=4) - timedelta(microseconds=1)):
        await read(given, ref, by)
        colleague = msgspec.structs.replace(by, staff_id=given.nora.staff_id)
        with pytest.raises(Forbidden):
            await read(given, ref, colleague)
    with clock.at(now + timedelta(hours=4)), pytest.raises(Forbidden) as over:
        await read(given, ref, by)
    assert over.value.code == "blocked"
    assert await logged(given, "lift", given.ruben.person_id) == [
        (given.olle.staff_id, ref.case_id, f"{basis}: {WHY}")
    ]
    async with given.database.transaction(by.scope) as connection:
        (block_id,) = await queries.blocks_of_case(connection, *ref)
        (kept,) = await queries.lifts_of(connection, ref.provider_id, block_id)
    assert (kept.staff_name, kept.basis, kept.until) == ("Olle Fjärdvik", basis, now + timedelta(hours=4))


async def test_a_lift_opens_no_case_that_is_out_of_reach(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await block(given)
    await lift(given, given.olle, case_id=ref.case_id)
    with pytest.raises(Forbidden) as door:
        await read(given, ref, given.olle)
    assert door.value.code == "other_unit"
    await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
    await read(given, ref, given.olle)


@pytest.mark.parametrize("basis", list(Basis))
@pytest.mark.parametrize(("by_limit", "fits"), [(-1, True), (0, True), (1, False)])
async def test_how_long_a_lift_may_be(given: Cast, basis: Basis, by_limit: int, fits: bool) -> None:
    hours = LONGEST[basis] + by_limit
    assert (may_lift(given.olle, given.angsviken.unit_id, basis, WHY, hours) is None) is fits
    assert isinstance(may_lift(given.olle, given.angsviken.unit_id, basis, WHY, 0), Invalid)
    await given.waiting_case(given.ruben)
    block_id = await block(given)
    now = clock.now()
    statement = (
        "INSERT INTO block_lift (provider_id, block_id, person_id, staff_id, unit_id, basis, reason, at, until) "
        "VALUES ($1, $2, $3, $4, $5, $6, 'x', $7, $8)"
    )
    values = (
        given.olle.provider_id,
        block_id,
        given.ruben.person_id,
        given.olle.staff_id,
        given.olle.unit_id,
        basis.value,
        now,
        now + timedelta(hours=hours),
    )
    async with given.database.transaction(given.olle.scope) as connection:
        if fits:
            await connection.execute(statement, *values)
        else:
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(statement, *values)
            await connection.execute("ROLLBACK; BEGIN")


async def test_who_writes_down_ends_and_lifts(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    for by, kind in ((given.rune, Forbidden), (given.astrid, Forbidden), (given.nora, NotFound)):
        with pytest.raises(kind):
            await block(given, by)
    for by in (given.ylva, given.petra, given.olle, given.helga):
        assert may_keep(by) is None
    block_id = await block(given, given.petra)
    for by, kind in ((given.rune, Forbidden), (given.nora, NotFound)):
        with pytest.raises(kind):
            await lift(given, by, block_id=block_id)
        with pytest.raises(kind):
            await end(given, block_id, by)
    with pytest.raises(NotFound):
        await lift(given, given.nora, case_id=ref.case_id)
    with pytest.raises(WrongState) as home:
        await lift(given, given.ylva, block_id=block_id)
    assert home.value.code == "not_blocked"
    for wrong, field in (
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"hours": 0}, "hours"),
    ):
        with pytest.raises(Invalid) as refusal:
            await lift(given, given.olle, block_id=block_id, **wrong)
        assert refusal.value.field == field
    await lift(given, given.olle, block_id=block_id)


async def test_what_a_block_must_hold(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await given.waiting_case(given.elin, person_id=given.tuva)
    with pytest.raises(NotFound):
        await block(given, person_id=given.matti.person_id)
    with pytest.raises(Invalid) as unit:
        await block(given, unit_id=given.norrhamn.unit_id)
    assert unit.value.field == "unit_id"
    with pytest.raises(Invalid) as child:
        await block(given, person_id=given.tuva)
    assert child.value.field == "person_id"
    with pytest.raises(Invalid):
        await block(given, reason="x" * 501)


async def test_a_block_ends_once_and_what_was_decided_stays(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    block_id = await block(given)
    with pytest.raises(Invalid):
        await end(given, block_id, why=" ")
    await end(given, block_id)
    await read(given, ref, pooled(given))
    with pytest.raises(WrongState) as again:
        await end(given, block_id)
    assert again.value.code == "already_ended"
    with pytest.raises(WrongState):
        await lift(given, pooled(given), case_id=ref.case_id)
    with pytest.raises(WrongState):
        await lift(given, pooled(given), block_id=block_id)
    with pytest.raises(NotFound):
        await end(given, 10**12)
    async with given.database.transaction(given.ylva.scope) as connection:
        kept = await queries.block(connection, ref.provider_id, block_id)
        assert kept is not None
        assert (kept.ended_by_name, kept.ended_why) == ("Ylva Tallvik", "Ringde och ångrade sig.")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(
                "UPDATE unit_block SET ended_at = NULL, ended_by = NULL, ended_why = NULL"
            )
        await connection.execute("ROLLBACK; BEGIN")
    assert await logged(given, "unblock", given.ruben.person_id) == [
        (given.ylva.staff_id, None, "Ringde och ångrade sig.")
    ]
    later = await block(given)
    assert later != block_id
    with pytest.raises(Forbidden):
        await read(given, ref, pooled(given))


async def test_two_who_write_it_down_at_once_make_one_block_and_two_ends_are_one(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    found = await asyncio.gather(
        *(block(given, by) for by in (given.ylva, given.olle, given.siri)), return_exceptions=True
    )
    made = [one for one in found if isinstance(one, int)]
    assert len(made) == 1
    assert {one.code for one in found if isinstance(one, WrongState)} == {"already_blocked"}
    ended = await asyncio.gather(*(end(given, made[0]) for _ in range(3)), return_exceptions=True)
    assert ended.count(None) == 1
    assert {one.code for one in ended if isinstance(one, WrongState)} == {"already_ended"}


async def test_a_lift_while_the_block_ends_is_one_or_the_other(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    for _ in range(4):
        block_id = await block(given)
        lifted, ended = await asyncio.gather(
            lift(given, pooled(given), case_id=ref.case_id), end(given, block_id), return_exceptions=True
        )
        assert ended is None
        assert lifted is None or isinstance(lifted, WrongState)
        await read(given, ref, pooled(given))


async def test_a_block_holds_under_every_number_the_person_has_had(given: Cast) -> None:
    known = Known(
        system=PERSONNUMMER,
        number="196802679999",
        given_name="Ruben",
        family_name="Ekdunge",
        birth_date=date(1968, 2, 7),
    )
    later = PatientActor(await remember(given.database, known=known), "Ruben Ekdunge")
    under_both = [await given.waiting_case(by) for by in (given.ruben, later)]
    async with given.database.transaction(given.ruben.scope) as connection:
        number = await connection.fetchval("SELECT value FROM person_identifier")
    await remember(given.database, known=msgspec.structs.replace(known, previous=((PERSONNUMMER, number),)))
    by = pooled(given)
    for blocker in (given.ruben, later):
        block_id = await block(given, person_id=blocker.person_id)
        for ref in under_both:
            with pytest.raises(Forbidden):
                await read(given, ref, by)
        async with given.database.transaction(by.scope) as connection:
            numbers = [ref.case_id for ref in under_both]
            assert await queries.blocked_cases(connection, by=by, case_ids=numbers) == set(numbers)
        with pytest.raises(WrongState):
            await block(given, person_id=given.ruben.person_id)
        with clock.at(clock.now() - timedelta(hours=25)):
            await lift(given, by, case_id=under_both[1].case_id)
        await lift(given, by, case_id=under_both[0].case_id)
        for ref in under_both:
            await read(given, ref, by)
        await end(given, block_id)


async def test_no_other_provider_and_no_other_patient_sees_a_block(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await block(given)
    await lift(given, pooled(given), case_id=ref.case_id)
    for scope in (given.nora.scope, given.elin.scope, NOBODY):
        async with given.database.transaction(scope) as connection:
            for table in ("unit_block", "block_lift"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    for statement in (
        "DELETE FROM unit_block",
        "DELETE FROM block_lift",
        "UPDATE block_lift SET until = until + interval '1 day'",
        "UPDATE unit_block SET person_id = person_id",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(given.olle.scope) as connection:
                await connection.execute(statement)


async def test_without_its_row_in_the_log_nothing_is_lifted(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await given.waiting_case(given.ruben)
    await block(given)

    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.audit.log.write", broken)
    with pytest.raises(RuntimeError):
        await lift(given, pooled(given), case_id=ref.case_id)
    with pytest.raises(RuntimeError):
        await block(given, unit_id=given.strandgatan.unit_id)
    with pytest.raises(Forbidden):
        await read(given, ref, pooled(given))
    async with given.database.transaction(given.olle.scope) as connection:
        kept = await queries.blocks_of(connection, ref.provider_id, [given.ruben.person_id])
    assert len(kept) == 1


async def test_another_assignment_at_the_blocked_unit_opens_nothing_from_elsewhere(given: Cast) -> None:
    """Hamid works at both units. Whose records he may read follows where he acts, not where else he is employed."""
    ref = await given.waiting_case(given.ruben)
    await block(given)
    async with given.database.transaction(NOBODY) as connection:
        own = await connection.fetchval(
            "SELECT assignment_id FROM assignment WHERE staff_id = $1", given.hamid.staff_id
        )
    other = await assign(
        given.database,
        provider_id=given.strandgatan.provider_id,
        staff_id=given.hamid.staff_id,
        unit_id=given.strandgatan.unit_id,
        role="nurse",
        hsa_id=f"SE0000000000-X{given.hamid.staff_id}",
    )

    async def acting(assignment_id: int) -> StaffActor:
        async with given.database.transaction(NOBODY) as connection:
            found = await staff_actor(connection, staff_id=given.hamid.staff_id, assignment_id=assignment_id)
        assert found is not None
        return found

    there, here = await acting(other), await acting(own)
    assert there.unit_ids == here.unit_ids
    assert (await read(given, ref, here)).ref == ref
    with pytest.raises(Forbidden) as refused:
        await read(given, ref, there)
    assert refused.value.code == "blocked"
    # What nobody has blocked is within the reach of the lists as before.
    free = await given.waiting_case(given.elin)
    assert (await read(given, free, there)).ref == free
