"""The desk of one member of staff: what is theirs, what they are asked to take over, where they are a guest."""

import re

import asyncpg
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actions import start_shift
from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.actions import accept
from vardlots.cases.balance import give_waiting
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.worklist.own_queries import DESK, OwnCases, own_cases

OPEN = {f"care_case_{name}" for name in ("owned", "taken", "one_active", "handover_person", "handover_asked")}


async def desk(given: Cast, by: StaffActor) -> OwnCases:
    async with given.database.transaction(by.scope) as connection:
        return await own_cases(connection, by=by)


def ids(rows: list[dict[str, object]]) -> list[object]:
    return [row["case_id"] for row in rows]


async def set_case(given: Cast, ref: CaseRef, **columns: object) -> None:
    """The projection as a verb of another subject leaves it."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 3))
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            f"UPDATE care_case SET {sets} WHERE provider_id = $1 AND case_id = $2", *ref, *columns.values()
        )


async def test_a_handover_is_on_the_desk_of_whoever_is_asked_and_of_nobody_else(given: Cast) -> None:
    role = await given.ongoing_case(given.ruben, reason="rash")
    await set_case(given, role, handover_n=1, handover_role="physician")
    named = await given.ongoing_case(given.ruben, reason="cough")
    await set_case(given, named, handover_n=1, handover_role="nurse", handover_staff_id=given.hamid.staff_id)
    assert ids((await desk(given, given.siri)).offered) == [role.case_id]
    assert ids((await desk(given, given.hamid)).offered) == [named.case_id]
    for outsider in (given.petra, given.olle, given.nora):
        assert (await desk(given, outsider)).offered == [], outsider.name
    mine = await desk(given, given.ylva)
    assert (ids(mine.offered), set(ids(mine.mine))) == ([], {role.case_id, named.case_id})


async def test_a_guest_has_the_visit_on_the_desk_until_they_leave(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben, reason="rash")
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO guest (provider_id, case_id, n, staff_id, mode, invited_by, invited_at) "
            "VALUES ($1, $2, 1, $3, 'chat', $4, $5)",
            *ref,
            given.olle.staff_id,
            given.ylva.staff_id,
            clock.now(),
        )
    found = (await desk(given, given.olle)).guest
    assert ids(found) == [ref.case_id]
    assert (await desk(given, given.hamid)).guest == []
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute("UPDATE guest SET left_at = $1 WHERE case_id = $2", clock.now(), ref.case_id)
    assert (await desk(given, given.olle)).guest == []


async def test_the_talk_is_unread_for_each_colleague_apart(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    assert [row["talk_unread"] for row in (await desk(given, given.ylva)).mine] == [False]
    await set_case(given, ref, talk_last_n=3)
    assert [row["talk_unread"] for row in (await desk(given, given.ylva)).mine] == [True]
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO talk_read (provider_id, case_id, staff_id, n) VALUES ($1, $2, $3, 3)",
            *ref,
            given.ylva.staff_id,
        )
    assert [row["talk_unread"] for row in (await desk(given, given.ylva)).mine] == [False]


async def test_who_is_away_is_known_by_the_open_shift(given: Cast) -> None:
    await given.ongoing_case(given.ruben)
    assert [row["owner_here"] for row in (await desk(given, given.ylva)).mine] == [False]
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at) "
            "VALUES ($1, $2, $3, 'nurse', 'primary', $4)",
            given.ylva.provider_id,
            given.ylva.staff_id,
            given.angsviken.unit_id,
            clock.now(),
        )
    assert [row["owner_here"] for row in (await desk(given, given.ylva)).mine] == [True]


async def test_the_desk_is_read_along_indexes_whatever_has_ended(given: Cast, database_url: str) -> None:
    """Requirement C8: with a way through the whole table forbidden there must be another for each part."""
    by = given.ylva
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute("SET enable_seqscan = off")
        await owner.execute(f"SET vardlots.provider = '{by.provider_id}'")
        values = (by.provider_id, by.staff_id, clock.today(), [by.unit_id], by.role)
        plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {DESK}", *values))
    finally:
        await owner.close()
    assert "Seq Scan on care_case" not in plan, plan
    assert "Seq Scan on guest" not in plan, plan
    used = set(re.findall(r"using (\w+) on care_case", plan))
    # Partial indexes of what is open, and the key of one case: none that holds what has ended.
    assert used <= {*OPEN, "care_case_pkey"}, f"{used}\n{plan}"


async def test_whoever_reads_has_the_mark_of_new_taken_away_on_their_other_pages(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    written = await write(given.house, by=given.ruben, ref=ref, message=Message("Det gör ont.", "key-own-1"))
    assert [row["unread"] for row in (await desk(given, given.ylva)).mine] == [True]
    heard = given.house.hub.subscribe([f"staff:{given.ylva.staff_id}"])
    try:
        # A colleague who looks on has read nothing on her behalf.
        await mark_read(given.house, by=given.hamid, ref=ref, n=written)
        assert not await heard.take(timeout=0)
        await mark_read(given.house, by=given.ylva, ref=ref, n=written)
        assert f"staff:{given.ylva.staff_id}" in await heard.take(timeout=1)
    finally:
        given.house.hub.unsubscribe(heard)
    assert [row["unread"] for row in (await desk(given, given.ylva)).mine] == [False]


async def test_a_case_that_was_given_is_not_said_to_have_been_taken(given: Cast, site: Site) -> None:
    taken = await given.waiting_case(given.elin, reason="cough")
    await accept(given.house, by=given.ylva, ref=taken)
    given_one = await given.waiting_case(given.ruben, reason="rash")
    unit_id = given.angsviken.unit_id
    await start_shift(
        given.database,
        by=given.ylva,
        unit_id=unit_id,
        role="nurse",
        shift_type="primary",
        load_balancer=True,
    )
    system = SystemActor(given.angsviken.provider_id, "cases.balance")
    assert await give_waiting(given.house, by=system, unit_id=unit_id, role="nurse") == 1
    page = await (await site.browser(given.ylva)).get("/staff")
    lines = {ref: page.text.split(f'id="mine-{ref}"')[1].split("</li>")[0] for ref in (given_one, taken)}
    assert "Du fick ärendet" in lines[given_one]
    assert "Du tog emot" in lines[taken]
    head = (await (await site.browser(given.ylva)).get(f"/staff/cases/{given_one}")).text
    assert "du fick ärendet" in head
