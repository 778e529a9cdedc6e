"""A unit's block of a guardian: who may decide it, what it hides, at once and at every provider, and how it ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.reach import reach
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.conversations.actions import Message, write
from vardlots.families.actions import NewBlock, block_guardian, unblock_guardian
from vardlots.families.queries import all_guardians, block, blocks_of
from vardlots.people.queries import guardians_of
from vardlots.platform.db import provider_scope
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.worklist.stream import heads
from vardlots.worklist.visit_draw import guardian_out
from vardlots.worklist.visit_read import read_visit


def new_block(given: Cast, **changed: Any) -> NewBlock:
    plain = NewBlock(
        child_id=given.tuva,
        guardian_id=given.elin.person_id,
        approved_by=given.helga.staff_id,
        approver="head_of_unit",
        reason="Barnet har berättat.",
    )
    return msgspec.structs.replace(plain, **changed)


async def put(given: Cast, by: StaffActor | None = None, **changed: Any) -> int:
    return await block_guardian(given.house, by=by or given.ylva, new=new_block(given, **changed))


async def lift(given: Cast, block_id: int, by: StaffActor | None = None, reason: str = "Utrett.") -> None:
    await unblock_guardian(
        given.house,
        by=by or given.ylva,
        block_id=block_id,
        reason=reason,
        approved_by=given.helga.staff_id,
        approver="head_of_unit",
    )


async def actor_of(given: Cast, who: PatientActor) -> PatientActor:
    found = await reach(given.database, person_id=who.person_id)
    assert found is not None
    return found


async def test_a_blocked_guardian_has_no_such_child_at_any_provider(given: Cast) -> None:
    here = await given.ongoing_case(given.elin, person_id=given.tuva)
    there = await given.waiting_case(given.elin, person_id=given.tuva, unit=given.norrhamn)
    await put(given)
    elin, matti = await actor_of(given, given.elin), await actor_of(given, given.matti)
    assert (elin.children, matti.children) == ((given.nils,), (given.tuva, given.nils))
    assert (elin.grown, elin.infants) == ((), ())
    for ref in (here, there):
        async with given.database.transaction(elin.scope) as connection:
            with pytest.raises(NotFound):
                await readable_case(connection, by=elin, ref=ref)
        async with given.database.transaction(matti.scope) as connection:
            assert (await readable_case(connection, by=matti, ref=ref)).ref == ref
    with pytest.raises(NotFound):
        await write(given.house, by=elin, ref=here, message=Message("Jag vill läsa.", "blocked-key-1"))


async def test_staff_no_longer_see_the_blocked_one_listed_at_any_provider(given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    await given.waiting_case(given.elin, person_id=given.tuva, unit=given.norrhamn)
    await put(given)
    for staff in (given.ylva, given.nora):
        async with given.database.transaction(staff.scope) as connection:
            assert [one.person_id for one in await guardians_of(connection, given.tuva)] == [
                given.matti.person_id
            ]
    async with given.database.transaction(given.ylva.scope) as connection:
        visit = await read_visit(connection, by=given.ylva, ref=ref)
        assert guardian_out(visit, "sv").startswith("Den som sökte vård kan inte läsa")
        assert visit.actor_name == "Tuva Sjöqvarn"
        assert {one.person_id for one in await all_guardians(connection, given.tuva)} == {
            given.elin.person_id,
            given.matti.person_id,
        }


async def test_both_guardians_and_whoever_becomes_one_later(given: Cast) -> None:
    from vardlots.people.actions import relate

    await given.waiting_case(given.elin, person_id=given.tuva)
    await put(given, guardian_id=None)
    await relate(given.database, guardian_id=given.ruben.person_id, children=[(given.tuva, False)])
    for guardian in (given.elin, given.matti, given.ruben):
        assert given.tuva not in (await actor_of(given, guardian)).persons
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await guardians_of(connection, given.tuva) == []


async def test_a_block_ends_and_two_must_both_end(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    one, both = await put(given), await put(given, guardian_id=None)
    await lift(given, one)
    assert given.tuva not in (await actor_of(given, given.elin)).children
    await lift(given, both, reason="Hävd efter samråd.")
    assert given.tuva in (await actor_of(given, given.elin)).children
    async with given.database.transaction(given.ylva.scope) as connection:
        kept = await blocks_of(connection, given.tuva)
    assert [(row.block_id, row.ended_why) for row in kept] == [(both, "Hävd efter samråd."), (one, "Utrett.")]
    with pytest.raises(WrongState):
        await lift(given, one)


async def test_one_providers_block_is_not_lifted_by_another(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    await given.waiting_case(given.elin, person_id=given.tuva, unit=given.norrhamn)
    mine = await put(given)
    with pytest.raises(NotFound):
        await lift(given, mine, by=given.nora)
    async with given.database.transaction(given.nora.scope) as connection:
        assert (await blocks_of(connection, given.tuva), await block(connection, mine)) == ([], None)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO guardian_concealed (provider_id, block_id, child_id) VALUES ($1, $2, $3)",
                given.ylva.provider_id,
                mine,
                given.tuva,
            )


async def test_nobody_takes_a_block_away_from_a_patients_scope(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    block_id = await put(given)
    async with given.database.transaction(given.matti.scope) as connection:
        assert (
            await connection.execute("DELETE FROM guardian_concealed WHERE block_id = $1", block_id)
            == "DELETE 0"
        )
        assert (
            await connection.fetchval("SELECT count(*) FROM guardian_block WHERE block_id = $1", block_id)
            == 0
        )


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"reason": "  "}, Invalid),
        ({"reason": "x" * 501}, Invalid),
        ({"approver": "on_call_physician"}, Invalid),
        ({"approver": "nurse"}, Invalid),
        ({"approved_by": 0}, Invalid),
    ],
)
async def test_what_a_decision_must_hold(
    given: Cast, changed: dict[str, Any], refusal: type[Exception]
) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    with pytest.raises(refusal):
        await put(given, **changed)
    assert given.tuva in (await actor_of(given, given.elin)).children


async def test_who_may_register_it_and_who_may_approve_it(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    for outsider in (given.astrid, given.rune):
        with pytest.raises(Forbidden):
            await put(given, by=outsider)
    with pytest.raises(NotFound):
        await put(given, by=given.nora)
    with pytest.raises(NotFound):
        await put(given, guardian_id=given.ruben.person_id)
    # The physician on call may; the head of another provider's unit may not.
    with pytest.raises(Invalid):
        await put(given, approved_by=given.nora.staff_id)
    await put(given, by=given.petra, approved_by=given.siri.staff_id, approver="on_call_physician")
    with pytest.raises(WrongState):
        await put(given)


async def test_it_is_in_the_childs_log_with_the_reason(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    await lift(given, await put(given))
    async with given.database.transaction(provider_scope(given.ylva.provider_id)) as connection:
        rows = await connection.fetch(
            "SELECT action, reason, actor_id FROM access_log WHERE person_id = $1 AND action LIKE '%guardian%' "
            "ORDER BY action",
            given.tuva,
        )
    assert [tuple(row) for row in rows] == [
        ("block_guardian", "Barnet har berättat.", given.ylva.staff_id),
        ("unblock_guardian", "Utrett.", given.ylva.staff_id),
    ]


async def test_of_two_at_once_one_block_is_made(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    made = await asyncio.gather(*(put(given) for _ in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in made) == ["WrongState", "WrongState", "WrongState", "int"]
    async with given.database.transaction(given.ylva.scope) as connection:
        assert len(await blocks_of(connection, given.tuva)) == 1


async def test_a_block_whose_log_fails_leaves_nothing_behind(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)

    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("vardlots.families.actions.audit.write", broken)
    with pytest.raises(RuntimeError):
        await put(given)
    assert given.tuva in (await actor_of(given, given.elin)).children


@pytest.fixture
async def site(given: Cast, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


def everything_of(ref: CaseRef, child: int) -> tuple[str, ...]:
    """Every address at which a guardian could have kept a way to the child."""
    return (
        f"/my/cases/{ref}",
        f"/my/cases/{ref}/answers",
        f"/my/cases/{ref}/more",
        f"/my/cases/{ref}/leave",
        f"/my/cases/{ref}/entries?after=0",
        f"/?for={child}",
        f"/care?for={child}",
        f"/my/log?for={child}",
    )


@pytest.mark.slow
async def test_open_pages_are_shut_at_once_by_every_way(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    other = await given.ongoing_case(given.elin, person_id=given.nils)
    elin, matti = await site.browser(given.elin), await site.browser(given.matti)
    for address in everything_of(ref, given.tuva)[:2]:
        assert (await elin.get(address)).status_code == 200
    hub = site.app.state.house.hub
    sessions = await given.database.pool.fetch(
        "SELECT session_id FROM session WHERE person_id = $1", given.elin.person_id
    )
    heard = hub.subscribe([f"session:{row['session_id']}" for row in sessions])
    await block_guardian(site.app.state.house, by=given.ylva, new=new_block(given))
    # Every stream of the guardian is cut, and the very next request is another person's.
    assert set(heard.pending) == heard.topics
    for address in everything_of(ref, given.tuva):
        page = await elin.get(address)
        assert (address, page.status_code) == (address, 404)
        assert "Tuva" not in page.text
    for address in ("/", "/my/cases", "/my/messages", "/my/profile", "/my/log"):
        page = await elin.get(address)
        assert page.status_code == 200
        assert "Tuva" not in page.text
        assert str(ref) not in page.text
    for verb, fields in (
        ("messages", {"text": "Hej", "key": "blocked-writes"}),
        ("read", {"n": "3"}),
        ("typing", {}),
    ):
        answer = await elin.submit(f"/my/cases/{ref}/{verb}", fields)
        assert (verb, answer.status_code) == (verb, 404)
    fresh = await reach(given.database, person_id=given.elin.person_id)
    assert fresh is not None
    with contextlib.suppress(NotFound):
        assert f"case:{ref}" not in await heads(given.house, fresh, [f"case:{ref}", f"case:{other}"])
    # The child's other guardian, and the sibling, are as before.
    assert (await matti.get(f"/my/cases/{ref}")).status_code == 200
    assert (await elin.get(f"/my/cases/{other}")).status_code == 200


@pytest.mark.slow
async def test_only_the_responsible_guardian_acts_and_the_other_is_told_who_does(
    given: Cast, site: Site
) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin, matti, ruben = [await site.browser(who) for who in (given.elin, given.matti, given.ruben)]
    assert "data-composer" in (await elin.get(f"/my/cases/{ref}")).text
    page = await matti.get(f"/my/cases/{ref}")
    assert (page.status_code, "data-composer" in page.text) == (200, False)
    assert "Den som sökte vård" in page.text
    sent = await matti.submit(f"/my/cases/{ref}/messages", {"text": "Hej", "key": "other-guardian"})
    assert sent.status_code == 403
    waiting = await given.waiting_case(given.elin, person_id=given.nils)
    assert (await matti.submit(f"/my/cases/{waiting}/leave")).status_code == 403
    assert (await ruben.get(f"/my/cases/{ref}")).status_code == 404


async def test_a_block_ends_by_the_same_decision_as_it_is_made(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    block_id = await put(given)
    for approved_by, approver in (
        (given.ylva.staff_id, "head_of_unit"),
        (given.helga.staff_id, "on_call_physician"),
    ):
        with pytest.raises(Invalid) as refused:
            await unblock_guardian(
                given.house,
                by=given.ylva,
                block_id=block_id,
                reason="Utrett.",
                approved_by=approved_by,
                approver=approver,  # type: ignore[arg-type]
            )
        assert refused.value.field == "approved_by"
    assert (await actor_of(given, given.elin)).children == (given.nils,)
    await lift(given, block_id)
    assert (await actor_of(given, given.elin)).children == (given.tuva, given.nils)
