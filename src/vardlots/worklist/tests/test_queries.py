"""The lists: order, filter, keyset, and who sees nothing of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases import actions
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, write
from vardlots.people.actions import Known, remember
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden
from vardlots.worklist import queries, search_queries
from vardlots.worklist.filters import Filter, chosen_filter, default_filter, remembered_filter
from vardlots.worklist.own_queries import own_cases
from vardlots.worklist.queries import Part

REASONS = ("sore_throat", "shoulder_pain", "chest_pain", "headache", "rash", "cough", "fever", "back")


async def listed(
    given: Cast, part: Part, chosen: Filter, by: StaffActor | None = None, **more: Any
) -> list[int]:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        rows, _ = await queries.rows(connection, by=by, part=part, chosen=chosen, **more)
    return [row["case_id"] for row in rows]


async def waiting_since(given: Cast, minutes: int, **chosen: Any) -> CaseRef:
    with clock.at(clock.now() - timedelta(minutes=minutes)):
        return await given.waiting_case(given.ruben, **chosen)


async def test_priority_goes_first_and_then_who_came_first(given: Cast) -> None:
    late_three = await waiting_since(given, 5, reason=REASONS[0], priority=3)
    early_three = await waiting_since(given, 9, reason=REASONS[1], priority=3)
    two = await waiting_since(given, 1, reason=REASONS[2], priority=2)
    twelve = await waiting_since(given, 60, reason=REASONS[3], priority=12)
    chosen = Filter(given.angsviken.unit_id)
    expected = [ref.case_id for ref in (two, early_three, late_three, twelve)]
    assert await listed(given, Part.WAITING, chosen) == expected
    # The outline, by which the page knows what to draw anew, is the same list.
    assert await listed(given, Part.WAITING, chosen, outline=True) == expected


async def test_a_page_goes_on_where_the_last_one_ended(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    for place, reason in enumerate(REASONS):
        await waiting_since(given, 30 - place // 2, reason=reason, priority=3)
    chosen, by = Filter(given.angsviken.unit_id), given.ylva
    seen: list[int] = []
    after: tuple[Any, ...] = ()
    async with given.database.transaction(by.scope) as connection:
        for _ in range(5):
            rows, more = await queries.rows(connection, by=by, part=Part.WAITING, chosen=chosen, after=after)
            seen += [row["case_id"] for row in rows]
            if not more:
                break
            after = queries.read_key(Part.WAITING, queries.key_of(Part.WAITING, rows[-1]))
    assert len(seen) == len(set(seen)) == len(REASONS)
    assert seen == sorted(seen), "they were made in this order"


async def test_a_key_that_is_none_is_the_first_page() -> None:
    for text in ("", "1", "a_b_c", "3_2020-01-01T00:00:00_x", "3_never_4"):
        assert queries.read_key(Part.WAITING, text) == ()


async def test_the_filter_shows_a_role_or_everybody(given: Cast) -> None:
    nurse = await given.waiting_case(given.ruben, reason="rash", role="nurse")
    physician = await given.waiting_case(given.ruben, reason="cough", role="physician")
    unit = given.angsviken.unit_id
    assert await listed(given, Part.WAITING, Filter(unit, "nurse")) == [nurse.case_id]
    assert await listed(given, Part.WAITING, Filter(unit, "physician")) == [physician.case_id]
    assert set(await listed(given, Part.WAITING, Filter(unit))) == {nurse.case_id, physician.case_id}
    # A3: a role with nobody at work is seen by whoever looks at all.
    assert default_filter(given.siri).role == "physician"


async def test_another_unit_and_another_provider_see_nothing(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    assert await listed(given, Part.WAITING, Filter(), by=given.olle) == []
    assert await listed(given, Part.WAITING, Filter(), by=given.nora) == []
    # Row-level security alone holds the other provider, whatever the filter says.
    assert await listed(given, Part.WAITING, Filter(given.angsviken.unit_id), by=given.nora) == []
    assert await listed(given, Part.WAITING, Filter(), by=given.hamid) == [ref.case_id]
    async with given.database.transaction(given.olle.scope) as connection:
        assert await queries.rows_of(connection, by=given.olle, case_ids=[ref.case_id]) == []
    with pytest.raises(Forbidden):
        chosen_filter({"unit": str(given.strandgatan.unit_id)}, given.ylva)


async def test_the_staff_filter_shows_a_colleagues_cases(given: Cast) -> None:
    hers = await given.ongoing_case(given.ruben, given.ylva, reason="rash")
    his = await given.ongoing_case(given.ruben, given.hamid, reason="cough")
    unit = given.angsviken.unit_id
    assert await listed(given, Part.TAKEN, Filter(unit, "", given.hamid.staff_id)) == [his.case_id]
    assert set(await listed(given, Part.TAKEN, Filter(unit))) == {hers.case_id, his.case_id}
    async with given.database.transaction(given.ylva.scope) as connection:
        own = await own_cases(connection, by=given.ylva)
    assert [row["case_id"] for row in own.mine] == [hers.case_id]


async def test_what_was_just_taken_stays_a_moment_and_then_goes(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await actions.accept(given.house, by=given.hamid, ref=ref)
    chosen = Filter(given.angsviken.unit_id)
    assert await listed(given, Part.WAITING, chosen) == [ref.case_id]
    with clock.shifted(queries.JUST_TAKEN + timedelta(seconds=1)):
        assert await listed(given, Part.WAITING, chosen) == []
    async with given.database.transaction(given.ylva.scope) as connection:
        counted, _ = await queries.counts_and_shift(connection, by=given.ylva, chosen=chosen, target=quarter)
    assert (counted.waiting, counted.taken) == (0, 1)


async def test_the_inbox_holds_what_patients_wrote_after_the_visit(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    unit = Filter(given.angsviken.unit_id)
    assert await listed(given, Part.NO_ACTION, unit) == [ref.case_id]
    await write(given.house, by=given.ruben, ref=ref, message=Message("Det gör ännu ont.", "key-inbox-1"))
    async with given.database.transaction(given.ylva.scope) as connection:
        rows, _ = await queries.rows(connection, by=given.ylva, part=Part.INBOX, chosen=unit)
    assert [(row["case_id"], row["excerpt"]) for row in rows] == [(ref.case_id, "Det gör ännu ont.")]
    assert await listed(given, Part.NO_ACTION, unit) == []
    assert await listed(given, Part.ENDED, unit) == [ref.case_id]


def quarter(_unit_id: int, _priority: int) -> int:
    """Every case within a quarter of an hour."""
    return 15


async def test_each_unit_has_its_own_targets(given: Cast) -> None:
    await waiting_since(given, 16, reason="rash", priority=3)
    await waiting_since(given, 16, reason="cough", priority=4)
    other = await given.waiting_case(given.elin, unit=given.strandgatan, priority=3)
    both = msgspec.structs.replace(
        given.ylva, unit_ids=frozenset({given.angsviken.unit_id, given.strandgatan.unit_id})
    )

    async def over(target: Callable[[int, int], int], chosen: Filter) -> int:
        with clock.shifted(timedelta(minutes=10)):
            async with given.database.transaction(both.scope) as connection:
                counted, _ = await queries.counts_and_shift(connection, by=both, chosen=chosen, target=target)
        return counted.over

    def own(unit_id: int, priority: int) -> int:
        return 30 if (unit_id, priority) == (given.angsviken.unit_id, 3) else 9

    assert await over(own, Filter(None)) == 2
    assert await over(own, Filter(given.angsviken.unit_id)) == 1
    assert await over(own, Filter(given.strandgatan.unit_id)) == 1
    assert await over(quarter, Filter(None)) == 2
    assert other.provider_id == given.angsviken.provider_id


async def test_counts_tell_who_waits_beyond_the_target(given: Cast) -> None:
    await waiting_since(given, 16, reason="rash", priority=3)
    await waiting_since(given, 14, reason="cough", priority=3)
    async with given.database.transaction(given.ylva.scope) as connection:
        counted, shift = await queries.counts_and_shift(
            connection,
            by=given.ylva,
            chosen=Filter(given.angsviken.unit_id),
            target=quarter,
        )
    assert (counted.waiting, counted.over, counted.longest) == (2, 1, 16)
    assert shift is None


async def protected_case(given: Cast) -> tuple[PatientActor, CaseRef, str]:
    number = f"19870101{given.ruben.person_id % 10_000:04d}"
    person_id = await remember(
        given.database,
        known=Known(
            system="http://electronichealth.se/identifier/personnummer",
            number=number,
            given_name="Vera",
            family_name="Hemlig",
            birth_date=clock.today().replace(year=1987, month=1, day=1),
            protected=True,
        ),
    )
    by = PatientActor(person_id, "Vera Hemlig")
    return by, await given.waiting_case(by), number


async def test_a_protected_person_has_no_name_in_a_list_and_is_not_found_by_it(given: Cast) -> None:
    _, ref, number = await protected_case(given)
    unit, by = Filter(given.angsviken.unit_id), given.ylva
    async with given.database.transaction(by.scope) as connection:
        rows, _ = await queries.rows(connection, by=by, part=Part.WAITING, chosen=unit)
        by_name = await search_queries.by_words(connection, by=by, chosen=unit, names=["vera"], reasons=[])
        by_number = await search_queries.by_number(connection, by=by, chosen=unit, number=number)
    assert [(row["initials"], row["age"], row["protected"]) for row in rows] == [("", None, True)]
    assert by_name == []
    assert [row["case_id"] for row in by_number] == [ref.case_id]


async def test_search_finds_the_beginning_of_a_name_open_and_closed_at_ones_own_units(given: Cast) -> None:
    closed = await given.ongoing_case(given.ruben, reason="rash")
    await actions.end(given.house, by=given.ylva, ref=closed, follow_up_days=0)
    open_one = await given.waiting_case(given.ruben, reason="cough")
    elsewhere = await given.waiting_case(given.ruben, unit=given.strandgatan, reason="cough")
    async with given.database.transaction(given.ylva.scope) as connection:
        for names in (["ruben"], ["EKD"], ["ruben", "ekdunge"]):
            found = await search_queries.by_words(
                connection, by=given.ylva, chosen=Filter(), names=names, reasons=[]
            )
            assert {row["case_id"] for row in found} == {closed.case_id, open_one.case_id}, names
        found = await search_queries.by_words(
            connection, by=given.ylva, chosen=Filter(), names=["ruben", "sjö"], reasons=["rash"]
        )
    assert found == [], "a closed case is not found by its complaint"
    assert elsewhere.case_id not in {row["case_id"] for row in found}


def test_a_remembered_filter_for_a_unit_one_has_left_is_forgotten(given: Cast) -> None:
    kept = {"filter": {"unit_id": given.strandgatan.unit_id, "role": "nurse", "staff_id": None}}
    assert remembered_filter(kept, given.ylva) == default_filter(given.ylva)
    assert remembered_filter({"filter": "nonsense"}, given.ylva) == default_filter(given.ylva)
    own = {"filter": {"unit_id": given.angsviken.unit_id, "role": "", "staff_id": None}}
    assert remembered_filter(own, given.ylva) == Filter(given.angsviken.unit_id)


@pytest.mark.parametrize("part", list(Part))
async def test_every_list_is_cut_along_an_index_and_sorts_only_a_page(
    given: Cast, database_url: str, part: Part
) -> None:
    """Requirement C8. With the other ways forbidden, the planner must find a way that sorts nothing but the page."""
    by = given.ylva
    statement = queries._statement(part, queries._Cut(False, True, False), False, True)
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        await owner.execute(f"SET vardlots.provider = '{by.provider_id}'")
        values: list[Any] = [by.provider_id, [by.unit_id], clock.today(), 51, "nurse"]
        values += [clock.now()] if part is Part.WAITING else []
        plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {statement}", *values))
    finally:
        await owner.close()
    # One sort, of what the units gave together; never one beneath the limit of a unit.
    assert plan.count("Sort Key") == 1, plan
    assert "Seq Scan on care_case" not in plan, plan
