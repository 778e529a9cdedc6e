"""What *Gå till besök* has opened closes with the consultation, and with nothing else."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.cases.openings.actions import open_anyway
from vardlots.cases.queries import readable_case
from vardlots.consultations import actions
from vardlots.consultations.model import Consultation, Side
from vardlots.consultations.tests.test_actions import logged, sent
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, WrongState


async def gone(given: Cast) -> tuple[CaseRef, Consultation]:
    """A visit at Ängsviken that Olle at Strandgatan reads, because he has been asked about it."""
    ref = await given.ongoing_case(given.ruben)
    found = await sent(given, ref)
    await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref)
    assert await reads(given, given.olle, ref)
    return ref, found


async def reads(given: Cast, by: StaffActor, ref: CaseRef) -> bool:
    async with given.database.transaction(by.scope) as connection:
        try:
            await readable_case(connection, by=by, ref=ref)
        except Forbidden:
            return False
    return True


async def over(given: Cast, how: str, found: Consultation) -> StaffActor:
    """End it in one of the three ways. Returns who did."""
    house, ref = given.house, found.ref
    if how == "withdrawn":
        await actions.withdraw(house, by=given.ylva, ref=ref)
        return given.ylva
    if how == "declined":
        await actions.decline(house, by=given.olle, ref=ref, reason="Fel enhet.")
        return given.olle
    await actions.accept(house, by=given.olle, ref=ref)
    assert await reads(given, given.olle, CaseRef(found.provider_id, found.from_case_id or 0))
    await actions.end(house, by=given.olle, ref=ref, side=Side.RECEIVER)
    return given.olle


@pytest.mark.parametrize("how", ["withdrawn", "declined", "ended"])
async def test_the_opening_ends_with_the_consultation(given: Cast, how: str) -> None:
    ref, found = await gone(given)
    heard = given.house.hub.subscribe([f"case:{ref}"])
    by = await over(given, how, found)
    assert not await reads(given, given.olle, ref)
    assert set(heard.pending) == {f"case:{ref}"}
    assert await logged(given, by, "end_opening") == 1
    assert await reads(given, given.ylva, ref)


async def test_the_sender_who_is_done_ends_nobody_elses_opening(given: Cast) -> None:
    ref, found = await gone(given)
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    await actions.answer(
        given.house, by=given.olle, ref=found.ref, side=Side.RECEIVER, text="Ja.", key="key-olle-1"
    )
    await actions.end(given.house, by=given.ylva, ref=found.ref, side=Side.SENDER)
    assert await reads(given, given.olle, ref)


async def test_an_opening_with_a_reason_of_ones_own_stays(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await open_anyway(given.house, by=given.olle, ref=ref, reason="Patienten har sökt hjälp hos oss")
    found = await sent(given, ref)
    await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref)
    await actions.withdraw(given.house, by=given.ylva, ref=found.ref)
    assert await reads(given, given.olle, ref)
    assert await logged(given, given.ylva, "end_opening") == 0


async def test_what_fails_leaves_the_visit_open(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, found = await gone(given)

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.cases.openings.actions.audit.write", fails)
    with pytest.raises(RuntimeError):
        await actions.withdraw(given.house, by=given.ylva, ref=found.ref)
    monkeypatch.undo()
    assert await reads(given, given.olle, ref)
    await actions.accept(given.house, by=given.olle, ref=found.ref)


async def test_gone_to_and_taken_back_at_once_leaves_nothing_open(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    found = await sent(given, ref)
    outcomes = await asyncio.gather(
        actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref),
        actions.withdraw(given.house, by=given.ylva, ref=found.ref),
        return_exceptions=True,
    )
    assert not [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, WrongState)]
    assert not await reads(given, given.olle, ref)


async def test_the_database_ends_no_other_opening_and_changes_nothing_else(given: Cast) -> None:
    ref, found = await gone(given)
    for change in (
        "until = at",
        "reason = 'x'",
        "until = until + interval '1 hour'",
        "consultation_id = NULL",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(given.ylva.scope) as connection:
                await connection.execute(f"UPDATE case_opening SET {change} WHERE case_id = $1", ref.case_id)
    await actions.withdraw(given.house, by=given.ylva, ref=found.ref)
    for change in ("until = until + interval '1 hour'", "until = now() + interval '1 day'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(given.ylva.scope) as connection:
                await connection.execute(f"UPDATE case_opening SET {change} WHERE case_id = $1", ref.case_id)


async def test_it_ends_though_the_clock_of_whoever_ends_it_is_a_little_behind(given: Cast) -> None:
    ref, found = await gone(given)
    with clock.shifted(-timedelta(seconds=20)):
        await actions.withdraw(given.house, by=given.ylva, ref=found.ref)
    assert not await reads(given, given.olle, ref)
