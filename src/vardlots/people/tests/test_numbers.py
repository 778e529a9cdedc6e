"""A person whose number changes is one person after: found by the old and the new, seen whole, by nobody else."""

import asyncio
import itertools
from datetime import date
from typing import Any

import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.access.reach import reach
from vardlots.cases.actions import accept, add_information, open_case
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import active_case, readable_case
from vardlots.consents import queries as consents
from vardlots.consents.actions import answer, withdraw
from vardlots.consents.model import ConsentKind, How
from vardlots.families.actions import NewBlock, block_guardian
from vardlots.families.queries import all_guardians
from vardlots.patients import queries as patients
from vardlots.patients.actions import open_patient
from vardlots.patients.read import read_patient
from vardlots.people import queries as people
from vardlots.people.actions import Known, Remembered, recognise, relate
from vardlots.people.identity import FHIR_SYSTEMS, NumberKind, check_digit
from vardlots.people.queries import Person
from vardlots.platform.db import Database, Scope, persons_scope
from vardlots.platform.errors import NotFound, WrongState
from vardlots.triage import queries as own
from vardlots.triage.actions import start_interview
from vardlots.worklist.filters import Filter
from vardlots.worklist.search_queries import by_number
from vardlots.worklist.visit_draw import _guardians, head
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


async def test_a_consent_given_under_either_number_holds_and_is_taken_back_under_the_other(
    given: Cast, newcomer: Newcomer
) -> None:
    earlier, later, _, _ = await two_persons(given, newcomer)
    provider_id, database = given.ylva.provider_id, given.database
    await given.waiting_case(PatientActor(later.person_id, "Samira Nyvik"), reason="cough")
    said: dict[str, Any] = {"provider_id": provider_id, "kind": ConsentKind.HISTORY}
    await answer(
        database,
        by=PatientActor(later.person_id, "Samira Nyvik"),
        person_id=later.person_id,
        given=True,
        given_by=later.person_id,
        how=How.DIGITAL,
        **said,
    )
    who = await recognise(database, known=newcomer.known(newcomer.new, previous=True))
    samira = await actor_of(database, who)

    async def held() -> list[bool]:
        async with database.transaction(given.ylva.scope) as connection:
            return [
                await consents.holds(connection, provider_id, one, ConsentKind.HISTORY)
                for one in (earlier.person_id, later.person_id)
            ]

    assert await held() == [True, True]
    taken: dict[str, Any] = {
        "person_id": samira.person_id,
        "withdrawn_by": samira.person_id,
        "how": How.DIGITAL,
        **said,
    }
    assert await withdraw(database, by=samira, **taken)
    assert await held() == [False, False]
    assert not await withdraw(database, by=samira, **taken)


async def test_the_patients_page_of_staff_opens_by_a_case_under_either_number(
    given: Cast, newcomer: Newcomer
) -> None:
    earlier = await recognise(given.database, known=newcomer.known(newcomer.old))
    later = await recognise(given.database, known=newcomer.known(newcomer.new))
    await given.waiting_case(PatientActor(later.person_id, "Samira Nyvik"))
    await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await patients.by_number(connection, by=given.ylva, number=newcomer.old)
        assert found == earlier.person_id
        page = await read_patient(connection, by=given.ylva, person_id=found)
        assert page.is_open
        assert len(page.cases) == 1
        named = await patients.by_name(connection, by=given.ylva, names=["Samira", "Nyvik"])
    assert earlier.person_id in {row["person_id"] for row in named}
    assert later.person_id not in {row["person_id"] for row in named}
    async with given.database.transaction(given.olle.scope) as connection:
        door = await read_patient(connection, by=given.olle, person_id=found)
    assert not door.is_open
    await open_patient(given.database, by=given.olle, person_id=later.person_id, reason="Ringer nu")
    async with given.database.transaction(given.olle.scope) as connection:
        assert (await read_patient(connection, by=given.olle, person_id=found)).is_open


async def test_a_guardian_known_by_another_number_now_can_still_be_blocked(
    given: Cast, newcomer: Newcomer
) -> None:
    earlier = await recognise(given.database, known=newcomer.known(newcomer.old))
    later = await recognise(given.database, known=newcomer.known(newcomer.new))
    await relate(given.database, guardian_id=later.person_id, children=[(given.tuva, False)])
    await given.waiting_case(given.elin, person_id=given.tuva)
    await given.waiting_case(PatientActor(later.person_id, "Samira Nyvik"))
    # Staff typed the new number: the register's word makes them one, and nobody asked it of the children.
    await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    async with given.database.transaction(given.ylva.scope) as connection:
        assert earlier.person_id in {one.person_id for one in await all_guardians(connection, given.tuva)}
    await block_guardian(
        given.house,
        by=given.ylva,
        new=NewBlock(
            child_id=given.tuva,
            guardian_id=earlier.person_id,
            approved_by=given.helga.staff_id,
            approver="head_of_unit",
            reason="Oro för barnet",
        ),
    )
    async with given.database.transaction(given.ylva.scope) as connection:
        assert not await people.is_guardian(connection, child_id=given.tuva, guardian_id=earlier.person_id)


async def test_the_same_complaint_is_one_case_and_one_interview_under_either_number(
    given: Cast, newcomer: Newcomer
) -> None:
    await recognise(given.database, known=newcomer.known(newcomer.old))
    later = await recognise(given.database, known=newcomer.known(newcomer.new))
    as_later, begin = (
        PatientActor(later.person_id, "Samira Nyvik"),
        {"unit": given.angsviken, "reason": "sore_throat"},
    )
    ref = await given.waiting_case(as_later, reason="headache")
    begun = await start_interview(given.house, by=as_later, person_id=later.person_id, **begin)  # type: ignore[arg-type]
    who = await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    samira = await actor_of(given.database, who)
    async with given.database.transaction(samira.scope) as connection:
        row = await connection.fetchrow("SELECT unit_id FROM care_case WHERE case_id = $1", ref.case_id)
        found = await active_case(
            connection,
            provider_id=ref.provider_id,
            unit_id=row["unit_id"],
            person_ids=samira.ids_of(samira.person_id),
            reason="headache",
        )
    assert found == ref
    with pytest.raises(WrongState) as refusal:
        await given.waiting_case(samira, reason="headache")
    assert refusal.value.code == "already_active"
    assert await start_interview(given.house, by=samira, person_id=samira.person_id, **begin) == begun  # type: ignore[arg-type]


async def test_the_visit_knows_the_guardian_and_the_patient_by_whichever_number(
    given: Cast, newcomer: Newcomer
) -> None:
    earlier = await recognise(given.database, known=newcomer.known(newcomer.old))
    later = await recognise(given.database, known=newcomer.known(newcomer.new))
    await relate(given.database, guardian_id=later.person_id, children=[(given.tuva, False)])
    by = PatientActor(later.person_id, "Samira Nyvik", (given.tuva,))
    childs = await given.ongoing_case(by, person_id=given.tuva)
    # The interview began under the number of then, and became a case under the number of today.
    begun = await given.new_case(PatientActor(later.person_id, "Samira Nyvik"), reason="cough")
    who = await recognise(given.database, known=newcomer.known(newcomer.new, previous=True))
    await relate(given.database, guardian_id=earlier.person_id, children=[(given.tuva, False)])
    own_case = await open_case(given.house, by=await actor_of(given.database, who), new=begun)
    async with given.database.transaction(given.ylva.scope) as connection:
        of_child = await read_visit(connection, by=given.ylva, ref=childs)
        of_own = await read_visit(connection, by=given.ylva, ref=own_case.ref)
    assert [one["name"] for one in _guardians(of_child, "sv") if one["responsible"]] == ["Samira Nyvik"]
    assert "vårdnadshavare" in head(of_child, "sv", True)["online_text"]
    assert "vårdnadshavare" not in head(of_own, "sv", True)["online_text"]
