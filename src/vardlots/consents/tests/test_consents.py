"""Consents: asked for by staff, said by the patient, taken back, and never another provider's."""

import asyncio
from datetime import date
from typing import Any

import asyncpg
import pytest
from tests.cast import PERSONNUMMER, Cast

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.consents import queries
from vardlots.consents.actions import answer, register_by_staff, withdraw
from vardlots.consents.model import ConsentKind, How
from vardlots.people.actions import Known, remember
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound

HISTORY, REGISTRATION = ConsentKind.HISTORY, ConsentKind.REGISTRATION
_serial = iter(range(9000, 9999))


async def stranger(given: Cast, born: date = date(1975, 5, 5)) -> tuple[int, str]:
    """A person who is nobody's patient: their id and number."""
    number = f"{born:%Y%m%d}{next(_serial)}"
    known = Known(system=PERSONNUMMER, number=number, given_name="Signe", family_name="Vik", birth_date=born)
    return await remember(given.database, known=known), number


async def registered(given: Cast, by: StaffActor, person_id: int, number: str, **more: Any) -> bool:
    return await register_by_staff(
        given.database,
        by=by,
        number=number,
        person_id=person_id,
        birth_date=more.pop("born", date(1975, 5, 5)),
        given_by=more.pop("given_by", person_id),
        how=How.TELEPHONE,
    )


async def holds(given: Cast, by: StaffActor, person_id: int, kind: ConsentKind) -> bool:
    async with given.database.transaction(by.scope) as connection:
        return await queries.holds(connection, by.provider_id, person_id, kind)


async def test_staff_register_a_person_with_consent_and_only_here(given: Cast) -> None:
    person_id, number = await stranger(given)
    assert await registered(given, given.ylva, person_id, number)
    assert await holds(given, given.ylva, person_id, REGISTRATION)
    # Consent given at one provider does not count at another.
    assert not await holds(given, given.nora, person_id, REGISTRATION)
    async with given.database.transaction(given.ylva.scope) as connection:
        said = await queries.history(connection, given.ylva.provider_id, [person_id])
        logged = await connection.fetchval(
            "SELECT action FROM access_log WHERE person_id = $1 AND actor_id = $2",
            person_id,
            given.ylva.staff_id,
        )
    assert [(one.how, one.noted_by_name, one.given_by_name) for one in said] == [
        (How.TELEPHONE, "Ylva Tallvik", "Signe Vik")
    ]
    assert logged == "register"


async def test_registered_twice_at_once_is_one_patient_with_one_consent(given: Cast) -> None:
    person_id, number = await stranger(given)
    results = await asyncio.gather(
        *(registered(given, by, person_id, number) for by in (given.ylva, given.hamid, given.siri)),
        return_exceptions=True,
    )
    assert [one for one in results if isinstance(one, BaseException)] == []
    async with given.database.transaction(given.ylva.scope) as connection:
        patients = await connection.fetchval("SELECT count(*) FROM patient WHERE person_id = $1", person_id)
    assert patients == 1
    assert await holds(given, given.ylva, person_id, REGISTRATION)


@pytest.mark.parametrize("who", ["astrid", "rune"])
async def test_roles_that_open_no_cases_register_nobody(given: Cast, who: str) -> None:
    person_id, number = await stranger(given)
    with pytest.raises(Forbidden):
        await registered(given, getattr(given, who), person_id, number)


async def test_a_child_does_not_consent_for_itself(given: Cast) -> None:
    born = date(2020, 1, 1)
    person_id, number = await stranger(given, born)
    with pytest.raises(Invalid) as refused:
        await registered(given, given.ylva, person_id, number, born=born)
    assert refused.value.field == "given_by"


async def said_by_staff(given: Cast, by: StaffActor, **chosen: Any) -> None:
    await answer(
        given.database,
        by=by,
        provider_id=chosen.pop("provider_id", given.angsviken.provider_id),
        person_id=chosen.pop("person_id", given.ruben.person_id),
        kind=chosen.pop("kind", HISTORY),
        given=chosen.pop("yes", True),
        given_by=chosen.pop("given_by", given.ruben.person_id),
        how=chosen.pop("how", How.TELEPHONE),
    )


async def test_the_newest_word_holds_and_a_withdrawn_yes_does_not(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    person_id = given.ruben.person_id
    await said_by_staff(given, given.ylva, yes=True)
    assert await holds(given, given.ylva, person_id, HISTORY)
    await said_by_staff(given, given.ylva, yes=False)
    assert not await holds(given, given.ylva, person_id, HISTORY)
    await said_by_staff(given, given.ylva, yes=True)

    async def take_back() -> bool:
        return await withdraw(
            given.database,
            by=given.ruben,
            provider_id=given.angsviken.provider_id,
            person_id=person_id,
            kind=HISTORY,
            withdrawn_by=person_id,
            how=How.DIGITAL,
        )

    assert sorted(await asyncio.gather(take_back(), take_back())) == [False, True]
    assert not await holds(given, given.ylva, person_id, HISTORY)
    async with given.database.transaction(given.ylva.scope) as connection:
        said = await queries.history(connection, given.angsviken.provider_id, [person_id])
    newest = queries.newest(said)[HISTORY]
    assert (newest.withdrawn_by_name, newest.withdrawn_how) == ("Ruben Ekdunge", How.DIGITAL)


async def test_who_may_say_it(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    tuva, elin, matti = given.tuva, given.elin.person_id, given.matti.person_id
    for guardian in (elin, matti):
        await said_by_staff(given, given.ylva, person_id=tuva, given_by=guardian)
    for refused in (tuva, given.ruben.person_id):
        with pytest.raises(Invalid):
            await said_by_staff(given, given.ylva, person_id=tuva, given_by=refused)
    with pytest.raises(Invalid):
        await said_by_staff(given, given.ylva, person_id=tuva, given_by=elin, how=How.DIGITAL)
    with pytest.raises(NotFound):
        await said_by_staff(given, given.nora, person_id=tuva, given_by=elin)
    with pytest.raises(NotFound):
        await said_by_staff(
            given, given.nora, person_id=tuva, given_by=elin, provider_id=given.norrhamn.provider_id
        )


async def test_patients_speak_for_themselves_and_their_children_only(given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)

    async def say(by: PatientActor, person_id: int, given_by: int) -> None:
        await answer(
            given.database,
            by=by,
            provider_id=given.angsviken.provider_id,
            person_id=person_id,
            kind=HISTORY,
            given=True,
            given_by=given_by,
            how=How.DIGITAL,
        )

    await say(given.elin, given.tuva, given.elin.person_id)
    for by, person_id, given_by in (
        (given.ruben, given.tuva, given.ruben.person_id),
        (given.elin, given.tuva, given.matti.person_id),
        (given.elin, given.nils, given.elin.person_id),  # not a patient there
    ):
        with pytest.raises(NotFound):
            await say(by, person_id, given_by)


async def test_the_table_keeps_what_was_said(given: Cast, database_url: str) -> None:
    await given.waiting_case(given.ruben)
    await said_by_staff(given, given.ylva)
    await withdraw(
        given.database,
        by=given.ylva,
        provider_id=given.angsviken.provider_id,
        person_id=given.ruben.person_id,
        kind=HISTORY,
        withdrawn_by=given.ruben.person_id,
        how=How.ON_SITE,
    )
    owner = await asyncpg.connect(database_url)
    try:
        provider = str(given.angsviken.provider_id)
        await owner.execute("SELECT set_config('vardlots.provider', $1, false)", provider)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(
                "UPDATE consent SET withdrawn_at = NULL, withdrawn_how = NULL "
                "WHERE person_id = $1 AND kind = 'history'",
                given.ruben.person_id,
            )
    finally:
        await owner.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.ylva.scope) as connection:
            await connection.execute(
                "INSERT INTO consent (provider_id, person_id, kind, given, given_by, given_at, how) "
                "VALUES ($1, $2, 'history', true, $2, now(), 'telephone')",
                given.angsviken.provider_id,
                given.ruben.person_id,
            )
    async with given.database.transaction(NOBODY) as connection:
        assert await connection.fetchval("SELECT count(*) FROM consent") == 0
