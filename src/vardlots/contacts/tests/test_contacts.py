"""The verbs of contacts and substitutes: who may, what is kept, what two at once leave; and the walls around them."""

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.audit.words import ACTIONS
from vardlots.cases.actions import accept, end, start
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import case_at_the_door
from vardlots.contacts import queries
from vardlots.contacts.actions import end_absence, end_contact, note_absence, set_contact
from vardlots.contacts.model import Contact, ContactRef
from vardlots.contacts.queries import Answers, answers_today, at_work_in_place_of
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Scope, persons_scope
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState

WEEK = timedelta(days=6)


@pytest.fixture
async def ref(given: Cast) -> CaseRef:
    """Ruben is a patient of the region's: he has sought care there."""
    return await given.waiting_case(given.ruben)


async def fixed(given: Cast, staff: StaffActor | None = None, by: StaffActor | None = None) -> ContactRef:
    """Ylva, or another, is Ruben's fixed contact."""
    staff = staff or given.ylva
    return await set_contact(
        given.house,
        by=by or given.hamid,
        person_id=given.ruben.person_id,
        role=staff.role,
        staff_id=staff.staff_id,
    )


async def contacts_seen(given: Cast, scope: Scope, ended: bool = False) -> list[Contact]:
    async with given.database.transaction(scope) as connection:
        return await queries.contacts_of(connection, [given.ruben.person_id], ended=ended)


async def away(
    given: Cast, who: StaffActor, stand_in: StaffActor | None, by: StaffActor | None = None
) -> int:
    today = clock.today()
    return await note_absence(
        given.house,
        by=by or who,
        staff_id=who.staff_id,
        stand_in_id=stand_in.staff_id if stand_in else None,
        from_day=today,
        to_day=today + WEEK,
    )


async def answers(given: Cast, who: StaffActor, scope: Scope | None = None) -> Answers:
    unit = given.angsviken
    async with given.database.transaction(scope or given.ruben.scope) as connection:
        return await answers_today(
            connection, provider_id=unit.provider_id, unit_id=unit.unit_id, staff_id=who.staff_id
        )


async def logged(given: Cast, action: str) -> list[Any]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return list(
            await connection.fetch(
                "SELECT actor_id, person_id FROM access_log WHERE provider_id = $1 AND action = $2",
                given.ylva.provider_id,
                action,
            )
        )


async def test_a_person_and_a_role_are_contacts_and_the_patient_sees_them(given: Cast, ref: CaseRef) -> None:
    await fixed(given)
    await set_contact(
        given.house, by=given.hamid, person_id=given.ruben.person_id, role="physician", staff_id=None
    )
    seen = await contacts_seen(given, given.ruben.scope)
    assert [(one.name, one.role, one.unit_name, one.set_by_name) for one in seen] == [
        ("Ylva Tallvik", "nurse", "Ängsviken", "Hamid Nordsken"),
        ("", "physician", "Ängsviken", "Hamid Nordsken"),
    ]
    assert [(row["actor_id"], row["person_id"]) for row in await logged(given, "set_contact")] == [
        (given.hamid.staff_id, given.ruben.person_id)
    ] * 2
    assert {"set_contact", "end_contact", "read_contacts"} <= set(ACTIONS)


async def test_another_person_takes_the_place_and_the_one_before_is_kept(given: Cast, ref: CaseRef) -> None:
    await fixed(given)
    await fixed(given, given.siri)
    assert [one.name for one in await contacts_seen(given, given.ruben.scope)] == ["Siri Åbrink"]
    every = await contacts_seen(given, given.ylva.scope, ended=True)
    assert [(one.name, one.ended_by_name) for one in every] == [
        ("Siri Åbrink", ""),
        ("Ylva Tallvik", "Hamid Nordsken"),
    ]


async def test_the_same_said_twice_is_said_once_also_at_the_same_time(given: Cast, ref: CaseRef) -> None:
    found = await asyncio.gather(*(fixed(given) for _ in range(4)))
    assert len(set(found)) == 1
    assert len(await contacts_seen(given, given.ylva.scope, ended=True)) == 1
    assert len(await logged(given, "set_contact")) == 1


async def test_two_who_choose_different_persons_at_once_leave_one(given: Cast, ref: CaseRef) -> None:
    await asyncio.gather(fixed(given, given.ylva), fixed(given, given.siri, by=given.ylva))
    every = await contacts_seen(given, given.ylva.scope, ended=True)
    assert len([one for one in every if one.holds]) == 1
    assert len(every) == 2


async def test_a_contact_is_ended_once(given: Cast, ref: CaseRef) -> None:
    contact = await fixed(given)
    person = given.ruben.person_id
    done = await asyncio.gather(
        *(end_contact(given.house, by=given.ylva, person_id=person, ref=contact) for _ in range(3)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "WrongState", "WrongState"]
    assert await contacts_seen(given, given.ruben.scope) == []
    assert len(await logged(given, "end_contact")) == 1


async def test_another_unit_another_provider_and_roles_without_patients_choose_nobody(
    given: Cast, ref: CaseRef
) -> None:
    contact = await fixed(given)
    person = given.ruben.person_id
    for outsider, refusal in ((given.olle, Forbidden), (given.nora, NotFound), (given.astrid, Forbidden)):
        with pytest.raises(refusal):
            await end_contact(given.house, by=outsider, person_id=person, ref=contact)
    for outsider, refusal in ((given.nora, NotFound), (given.astrid, Forbidden), (given.rune, Forbidden)):
        with pytest.raises(refusal):
            await set_contact(given.house, by=outsider, person_id=person, role="nurse", staff_id=None)
    # Another patient's page leads to no contact of his.
    await given.waiting_case(given.elin)
    with pytest.raises(NotFound):
        await end_contact(given.house, by=given.ylva, person_id=given.elin.person_id, ref=contact)
    assert len(await contacts_seen(given, given.ylva.scope, ended=True)) == 1


async def test_only_who_works_at_the_unit_in_a_role_that_patients_meet_is_chosen(
    given: Cast, ref: CaseRef
) -> None:
    person = given.ruben.person_id
    wrong: tuple[tuple[str, int | None], ...] = (
        ("nurse", given.olle.staff_id),
        ("nurse", given.nora.staff_id),
        ("physician", given.ylva.staff_id),
        ("system_admin", given.astrid.staff_id),
        ("system_admin", None),
        ("dental", None),
        ("", None),
    )
    for role, staff_id in wrong:
        with pytest.raises(Invalid):
            await set_contact(given.house, by=given.ylva, person_id=person, role=role, staff_id=staff_id)
    with pytest.raises(NotFound):
        await set_contact(
            given.house, by=given.ylva, person_id=given.matti.person_id, role="nurse", staff_id=None
        )
    assert await contacts_seen(given, given.ylva.scope, ended=True) == []


async def test_nobody_else_sees_a_contact_and_no_patient_writes_one(given: Cast, ref: CaseRef) -> None:
    contact = await fixed(given)
    for scope in (given.nora.scope, given.elin.scope, NOBODY):
        assert await contacts_seen(given, scope) == []
    closed = Scope(
        person_ids=(given.ruben.person_id,), closed=((contact.provider_id, given.ruben.person_id),)
    )
    assert await contacts_seen(given, closed) == []
    async with given.database.transaction(given.ruben.scope) as connection:
        told = await connection.execute(
            "UPDATE care_contact SET ended_at = now(), ended_by = set_by WHERE contact_id = $1",
            contact.contact_id,
        )
        assert told == "UPDATE 0"
    for scope in (given.ruben.scope, given.nora.scope):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(scope) as connection:
                await connection.execute(
                    "INSERT INTO care_contact (provider_id, person_id, unit_id, role, set_at, set_by) "
                    "VALUES ($1, $2, $3, 'nurse', now(), $4)",
                    contact.provider_id,
                    given.ruben.person_id,
                    given.angsviken.unit_id,
                    given.ylva.staff_id,
                )


async def test_a_guardian_sees_the_childs_contact_and_the_blocked_scope_does_not(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    await set_contact(
        given.house, by=given.ylva, person_id=given.tuva, role="nurse", staff_id=given.ylva.staff_id
    )
    for guardian in (given.elin, given.matti):
        async with given.database.transaction(guardian.scope) as connection:
            assert len(await queries.contacts_of(connection, [given.tuva])) == 1
    async with given.database.transaction(persons_scope([given.ruben.person_id])) as connection:
        assert await queries.contacts_of(connection, [given.tuva]) == []


async def test_whoever_is_away_is_stood_in_for_and_the_patient_is_told_who_and_until_when(
    given: Cast,
) -> None:
    assert await answers(given, given.ylva) == Answers(
        staff_id=given.ylva.staff_id, name="Ylva Tallvik", title="Sjuksköterska"
    )
    absence = await away(given, given.ylva, given.hamid)
    found = await answers(given, given.ylva)
    assert (found.staff_id, found.name, found.instead_of) == (
        given.hamid.staff_id,
        "Hamid Nordsken",
        "Ylva Tallvik",
    )
    assert found.until == clock.today() + WEEK
    # The substitute is away too, and nobody stands in: the role answers.
    await away(given, given.hamid, None)
    found = await answers(given, given.ylva)
    assert (found.staff_id, found.instead_of) == (None, "Ylva Tallvik")
    await end_absence(given.house, by=given.ylva, absence_id=absence)
    assert (await answers(given, given.ylva)).staff_id == given.ylva.staff_id


async def test_whoever_works_at_the_unit_no_longer_is_answered_for_by_the_role(given: Cast) -> None:
    found = await answers(given, given.olle)
    assert (found.staff_id, found.instead_of, found.until) == (None, "Olle Fjärdvik", None)


async def test_the_head_of_the_unit_says_so_for_those_who_work_there_and_nobody_else_does(
    given: Cast,
) -> None:
    await away(given, given.ylva, given.hamid, by=given.helga)
    await away(given, given.hamid, None, by=given.astrid)
    for who, by in ((given.siri, given.ylva), (given.olle, given.helga)):
        with pytest.raises(Forbidden):
            await away(given, who, None, by=by)
    for who, by in ((given.nora, given.astrid), (given.ylva, given.nora)):
        with pytest.raises(NotFound):
            await away(given, who, None, by=by)


async def test_what_is_wrong_with_an_absence_is_said_beside_the_field(given: Cast) -> None:
    today = clock.today()
    wrong: list[tuple[StaffActor | None, date, date, str]] = [
        (given.hamid, today, today - timedelta(days=1), "to_day"),
        (given.hamid, today - WEEK, today - timedelta(days=1), "to_day"),
        (given.hamid, today, today + timedelta(days=367), "to_day"),
        (given.ylva, today, today, "stand_in"),
        (given.olle, today, today, "stand_in"),
        (given.nora, today, today, "stand_in"),
    ]
    for stand_in, first, last, field in wrong:
        with pytest.raises(Invalid) as told:
            await note_absence(
                given.house,
                by=given.ylva,
                staff_id=given.ylva.staff_id,
                stand_in_id=stand_in.staff_id if stand_in else None,
                from_day=first,
                to_day=last,
            )
        assert told.value.field == field, (stand_in, first, last)
    await away(given, given.ylva, given.hamid)
    with pytest.raises(Invalid) as told:
        await away(given, given.ylva, None)
    assert told.value.field == "from_day"
    with pytest.raises(Invalid) as told:
        await away(given, given.hamid, given.ylva)
    assert told.value.field == "stand_in"


async def test_three_who_stand_in_for_each_other_at_once_leave_no_circle(given: Cast) -> None:
    """None of them can have seen the others' rows: the database says no to the last."""
    trio = (given.ylva, given.hamid, given.siri)
    done = await asyncio.gather(
        *(away(given, who, trio[(place + 1) % 3]) for place, who in enumerate(trio)), return_exceptions=True
    )
    refused = [one for one in done if isinstance(one, Invalid)]
    assert [one.field for one in refused] == ["stand_in"]
    for who in trio:
        assert (await answers(given, who)).staff_id is not None


async def test_an_absence_is_ended_once_by_oneself_or_the_head(given: Cast) -> None:
    absence = await away(given, given.ylva, given.hamid)
    with pytest.raises(Forbidden):
        await end_absence(given.house, by=given.hamid, absence_id=absence)
    with pytest.raises(NotFound):
        await end_absence(given.house, by=given.nora, absence_id=absence)
    await end_absence(given.house, by=given.helga, absence_id=absence)
    with pytest.raises(WrongState):
        await end_absence(given.house, by=given.ylva, absence_id=absence)


async def on_shift(given: Cast, who: StaffActor) -> None:
    async with given.database.transaction(who.scope) as connection:
        await connection.execute(
            "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at) "
            "VALUES ($1, $2, $3, $4, 'primary', $5)",
            who.provider_id,
            who.staff_id,
            who.unit_id,
            who.role,
            clock.now(),
        )


async def test_a_message_in_an_open_case_is_the_substitutes_on_shift(given: Cast, ref: CaseRef) -> None:
    await accept(given.house, by=given.ylva, ref=ref)
    await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)

    async def whose() -> int | None:
        async with given.database.transaction(given.ylva.scope) as connection:
            case, _ = await case_at_the_door(connection, by=given.ylva, ref=ref)
            return await at_work_in_place_of(connection, case)

    await on_shift(given, given.hamid)
    assert await whose() is None
    await away(given, given.ylva, given.siri)
    assert await whose() is None
    await away(given, given.siri, given.hamid)
    assert await whose() == given.hamid.staff_id
    await on_shift(given, given.siri)
    assert await whose() == given.siri.staff_id
