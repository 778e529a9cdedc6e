"""The directory's wall: whatever the code says, a provider's scope writes its own provider's rows."""

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.clinics.actions import add_provider, add_unit, assign
from vardlots.platform.db import NOBODY, Scope, provider_scope

CHANGES = {
    "provider": "UPDATE provider SET settings = settings || '{{\"x\": 1}}', name = name WHERE provider_id = {provider}",
    "unit": "UPDATE unit SET phone = '031-1' WHERE provider_id = {provider} AND unit_id = {unit}",
    "assignment": "UPDATE assignment SET valid_to = '2021-01-01' WHERE provider_id = {provider}",
    "staff": "UPDATE staff SET title = 'Bytt' WHERE staff_id = {staff}",
    "a new unit": "INSERT INTO unit (provider_id, name, kind, hsa_id) VALUES ({provider}, 'Ny', 'clinic', 'SE-W-{n}')",
    "a new commission": "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) "
    "VALUES ({provider}, {staff}, {unit}, 'physician', 'SE-WA-{n}')",
}


def filled(what: str, whose: StaffActor, n: int) -> str:
    """The statement about the provider, the unit and the person of somebody."""
    (unit, *_) = sorted(whose.unit_ids)
    return CHANGES[what].format(provider=whose.provider_id, unit=unit, staff=whose.staff_id, n=n)


@pytest.mark.parametrize("what", CHANGES)
async def test_an_administrator_changes_nothing_of_another_providers(given: Cast, what: str) -> None:
    theirs = filled(what, given.nora, given.nora.staff_id)
    for scope in (
        given.astrid.scope,
        given.elin.scope,
        Scope(identity="198905122381"),
        Scope(provider_id=given.astrid.provider_id, person_ids=given.elin.scope.person_ids),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(scope) as connection:
                await connection.execute(theirs)
    async with given.database.transaction(given.nora.scope) as connection:
        told = await connection.execute(theirs)
    assert not told.endswith(" 0")


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE unit SET provider_id = {own} WHERE provider_id = {theirs}",
        "UPDATE assignment SET provider_id = {own} WHERE provider_id = {theirs}",
        "UPDATE assignment SET staff_id = staff_id",
        "UPDATE unit SET hsa_id = hsa_id",
        "UPDATE staff SET hsa_id = hsa_id",
        "UPDATE provider SET hsa_id = hsa_id",
        "DELETE FROM assignment",
        "DELETE FROM staff",
        "INSERT INTO provider (name, kind, hsa_id, scheme) VALUES ('Ny', 'region', 'SE-WP', '1-5')",
    ],
)
async def test_nothing_is_moved_to_ones_own_provider(given: Cast, deed: str) -> None:
    statement = deed.format(own=given.astrid.provider_id, theirs=given.nora.provider_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.astrid.scope) as connection:
            await connection.execute(statement)


async def test_a_patient_adds_no_staff(given: Cast) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.elin.scope) as connection:
            await connection.execute(
                "INSERT INTO staff (hsa_id, given_name, family_name) VALUES ('SE-WS', 'A', 'B')"
            )


async def test_who_begins_here_may_be_named_until_somebody_else_has_them(given: Cast) -> None:
    change = "UPDATE staff SET title = 'Ny titel' WHERE staff_id = $1"
    async with given.database.transaction(given.astrid.scope) as connection:
        staff_id = await connection.fetchval(
            "INSERT INTO staff (hsa_id, given_name, family_name) VALUES ($1, 'Ny', 'Dalrot') RETURNING staff_id",
            f"SE-WN-{given.nora.staff_id}",
        )
        await connection.execute(change, staff_id)
    (unit, *_) = given.nora.unit_ids
    await assign(
        given.database,
        provider_id=given.nora.provider_id,
        staff_id=staff_id,
        unit_id=unit,
        role="nurse",
        hsa_id=f"SE-WX-{staff_id}",
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.astrid.scope) as connection:
            await connection.execute(change, staff_id)


async def test_a_region_is_set_up_in_no_scope_and_everybody_reads_it(given: Cast) -> None:
    mark = f"SE-SETUP-{given.nora.staff_id}"
    provider_id = await add_provider(
        given.database, name="Uppsatt", kind="private", hsa_id=mark, scheme="1-5"
    )
    unit_id = await add_unit(
        given.database, provider_id=provider_id, name="Ett", kind="clinic", hsa_id=f"{mark}-1"
    )
    for scope in (NOBODY, given.elin.scope, given.nora.scope, provider_scope(provider_id)):
        async with given.database.transaction(scope) as connection:
            assert await connection.fetchval("SELECT name FROM unit WHERE unit_id = $1", unit_id) == "Ett"
            assert await connection.fetchval(
                "SELECT 1 FROM unit WHERE unit_id = $1 AND active FOR SHARE", unit_id
            )
