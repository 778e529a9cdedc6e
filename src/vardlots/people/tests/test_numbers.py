"""A person whose number changes is one person after: found by the old and the new, seen whole, by nobody else."""

import asyncio
import itertools
from datetime import date

import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.access.reach import reach
from vardlots.cases.actions import accept, add_information
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.people import queries as people
from vardlots.people.actions import Known, Remembered, recognise, relate
from vardlots.people.identity import FHIR_SYSTEMS, NumberKind, check_digit
from vardlots.people.queries import Person
from vardlots.platform.db import Database, Scope, persons_scope
from vardlots.platform.errors import NotFound
from vardlots.triage import queries as own
from vardlots.worklist.filters import Filter
from vardlots.worklist.search_queries import by_number
from vardlots.worklist.visit_read import read_visit

PERSONNUMMER = FHIR_SYSTEMS[NumberKind.PERSONNUMMER]
COORDINATION = FHIR_SYSTEMS[NumberKind.SAMORDNINGSNUMMER]
_days = itertools.count()


class Newcomer:
    """Somebody with a coordination number who gets a personal one: born on a day of their own."""

    def __init__(self) -> None:
        day = next(_days)
        self.born = date(1991 + day // 300, 1 + day // 25 % 12, 1 + day % 25)
        self.old = _checked(f"{self.born:%Y%m}{self.born.day + 60:02d}238")
        self.new = _checked(f"{self.born:%Y%m%d}238")

    def known(self, number: str, *, previous: bool = False, given: str = "Samira", **more: object) -> Known:
        return Known(
            system=PERSONNUMMER if number == self.new else COORDINATION,
            number=number,
            given_name=given,
            family_name="Nyvik",
            birth_date=self.born,
            registered=True,
            previous=((COORDINATION, self.old),) if previous else (),
            **more,  # type: ignore[arg-type]
        )


def _checked(eleven: str) -> str:
    return eleven + str(check_digit(eleven[2:]))


@pytest.fixture
def newcomer() -> Newcomer:
    return Newcomer()


async def behind(database: Database, number: str) -> Person:
    async with database.transaction(Scope(identity=number)) as connection:
        person_id = await connection.fetchval(
            "SELECT person_id FROM person_identifier WHERE value = $1", number
        )
    async with database.transaction(persons_scope([person_id])) as connection:
        found = await people.person(connection, person_id)
    assert found is not None
    return found


async def actor_of(database: Database, who: Remembered) -> PatientActor:
    found = await reach(database, person_id=who.person_id)
    assert found is not None
    return found


async def test_the_new_number_is_shown_and_the_old_one_still_finds(
    database: Database, newcomer: Newcomer
) -> None:
    before = await recognise(database, known=newcomer.known(newcomer.old))
    after = await recognise(database, known=newcomer.known(newcomer.new, previous=True, given="Samira Noor"))
    again = await recognise(database, known=newcomer.known(newcomer.new))
    assert before.person_id == after.person_id == again.person_id
    for number in (newcomer.old, newcomer.new):
        person = await behind(database, number)
        assert (person.person_id, person.number, person.name) == (
            before.person_id,
            newcomer.new,
            "Samira Nyvik",
        )


async def test_somebody_new_is_found_by_every_number_that_was_told(
    database: Database, newcomer: Newcomer
) -> None:
    who = await recognise(database, known=newcomer.known(newcomer.new, previous=True))
    assert (await behind(database, newcomer.old)).person_id == who.person_id
    assert (await behind(database, newcomer.old)).number == newcomer.new


async def two_persons(given: Cast, newcomer: Newcomer) -> tuple[Remembered, Remembered, CaseRef, CaseRef]:
    """One person written down twice, each with a case, at two providers."""
    earlier = await recognise(given.database, known=newcomer.known(newcomer.old, mobile="+46701740601"))
    later = await recognise(given.database, known=newcomer.known(newcomer.new))
    first = await given.waiting_case(PatientActor(earlier.person_id, "Samira Nyvik"), reason="headache")
    second = await given.waiting_case(PatientActor(later.person_id, "Samira Nyvik"), unit=given.norrhamn)
    return earlier, later, first, second


async def test_two_persons_become_one_who_sees_and_acts_in_all_of_it(given: Cast, newcomer: Newcomer) -> None:
    earlier, later, first, second = await two_persons(given, newcomer)
    who = await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    assert who == Remembered(earlier.person_id, (later.person_id,), protection_changed=False)
    samira = await actor_of(given.database, who)
    assert samira.persons == (earlier.person_id, later.person_id)
    async with given.database.transaction(samira.scope) as connection:
        cases = await own.own_cases(connection, by=samira, person_ids=list(samira.persons))
        logged = await connection.fetch("SELECT DISTINCT case_id FROM access_log WHERE case_id IS NOT NULL")
    assert {one.case.ref for one in cases} == {first, second}
    assert {row["case_id"] for row in logged} == {first.case_id, second.case_id}
    for ref in (first, second):
        await add_information(given.house, by=samira, ref=ref, text="Det gör ondare nu.", key="more-words-1")
    # A session from before stands for the same person.
    assert await actor_of(given.database, later) == samira


async def test_staff_see_the_earlier_cases_of_both_and_nothing_of_another_provider(
    given: Cast, newcomer: Newcomer
) -> None:
    _, later, first, second = await two_persons(given, newcomer)
    late_actor = PatientActor(later.person_id, "Samira Nyvik")
    third = await given.waiting_case(late_actor, reason="cough")
    await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    for ref, others in ((first, {third.case_id}), (third, {first.case_id})):
        async with given.database.transaction(given.ylva.scope) as connection:
            visit = await read_visit(connection, by=given.ylva, ref=ref)
        assert {one.case_id for one in visit.earlier} == others
        assert visit.patient.number == newcomer.new
    for number in (newcomer.old, newcomer.new):
        async with given.database.transaction(given.ylva.scope) as connection:
            found = await by_number(connection, by=given.ylva, chosen=Filter(), number=number)
        assert {row["case_id"] for row in found} == {first.case_id, third.case_id}
    async with given.database.transaction(given.nora.scope) as connection:
        with pytest.raises(NotFound):
            await readable_case(connection, by=given.nora, ref=first)
        assert {
            one.case_id for one in (await read_visit(connection, by=given.nora, ref=second)).earlier
        } == set()


async def test_nobody_else_sees_more_than_before(given: Cast, newcomer: Newcomer) -> None:
    _, _, first, second = await two_persons(given, newcomer)
    await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    for stranger in (given.elin, given.matti, given.ruben):
        for ref in (first, second):
            async with given.database.transaction(stranger.scope) as connection:
                with pytest.raises(NotFound):
                    await readable_case(connection, by=stranger, ref=ref)
    async with given.database.transaction(given.nora.scope) as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM care_case WHERE case_id = $1", first.case_id) == 0
        )


async def test_what_the_register_says_later_holds_for_every_row(given: Cast, newcomer: Newcomer) -> None:
    earlier, later, _, _ = await two_persons(given, newcomer)
    await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    who = await recognise(given.database, known=newcomer.known(newcomer.new, protected=True))
    assert who.protection_changed
    async with given.database.transaction(persons_scope([earlier.person_id, later.person_id])) as connection:
        both = await people.persons(connection, [earlier.person_id, later.person_id])
    assert [one.protected for one in both.values()] == [True, True]
    again = await recognise(given.database, known=newcomer.known(newcomer.new, protected=True))
    assert not again.protection_changed


async def test_two_sign_ins_at_once_make_one_of_them_once(given: Cast, newcomer: Newcomer) -> None:
    earlier, later, _, _ = await two_persons(given, newcomer)
    known = newcomer.known(newcomer.new, previous=True)
    found = await asyncio.gather(*(recognise(given.database, known=known) for _ in range(6)))
    assert {one.person_id for one in found} == {earlier.person_id}
    async with given.database.transaction(persons_scope([earlier.person_id, later.person_id])) as connection:
        rows = await connection.fetch("SELECT person_id, same_as FROM person ORDER BY person_id")
        numbers = await connection.fetch(
            "SELECT value, person_id, primary_number FROM person_identifier ORDER BY 1"
        )
    assert [tuple(row) for row in rows] == [
        (earlier.person_id, None),
        (later.person_id, earlier.person_id),
    ]
    assert {tuple(row) for row in numbers} == {
        (newcomer.new, earlier.person_id, True),
        (newcomer.old, earlier.person_id, False),
    }


async def test_two_who_come_at_once_with_both_numbers_new_are_one(
    database: Database, newcomer: Newcomer
) -> None:
    new, old = newcomer.known(newcomer.new, previous=True), newcomer.known(newcomer.old)
    found = await asyncio.gather(*(recognise(database, known=one) for one in (new, old, new, old)))
    last = await recognise(database, known=new)
    assert len({one.person_id for one in found} | {last.person_id}) <= 2
    assert (await behind(database, newcomer.old)).person_id == (
        await behind(database, newcomer.new)
    ).person_id


async def test_a_child_whose_number_changes_keeps_its_guardians_and_cases(given: Cast) -> None:
    child, guardian = Newcomer(), given.ruben.person_id
    born = date(2019, 5, 5)
    child.born = born
    child.old, child.new = _checked(f"{born:%Y%m}65238"), _checked(f"{born:%Y%m%d}238")
    first = await recognise(given.database, known=child.known(child.old))
    await relate(given.database, guardian_id=guardian, children=[(first.person_id, False)])
    ruben = await reach(given.database, person_id=guardian)
    assert ruben is not None
    ref = await given.waiting_case(ruben, person_id=first.person_id)
    second = await recognise(given.database, known=child.known(child.new))
    await relate(given.database, guardian_id=guardian, children=[(second.person_id, False)])
    assert second.person_id != first.person_id
    who = await recognise(given.database, known=child.known(child.new, previous=True))
    await relate(given.database, guardian_id=guardian, children=[(who.person_id, False)])
    ruben = await reach(given.database, person_id=guardian)
    assert ruben is not None
    assert ruben.children == (who.person_id,)
    assert set(ruben.persons) == {guardian, first.person_id, second.person_id}
    await add_information(given.house, by=ruben, ref=ref, text="Febern är kvar.", key="more-words-2")
    await accept(given.house, by=given.ylva, ref=ref)
    # Blocked under either id is blocked.
    await relate(given.database, guardian_id=guardian, children=[(who.person_id, True)])
    ruben = await reach(given.database, person_id=guardian)
    assert ruben is not None
    assert ruben.persons == (guardian,)
