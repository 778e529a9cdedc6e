"""Units, hours, roles, resources, staff and commissions: what administrators change is what the product then does."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actions import start_shift
from vardlots.access.actor import StaffActor, SystemActor
from vardlots.access.sessions import Limits, Sessions, staff_actor
from vardlots.cases.actions import leave_queue, open_case
from vardlots.cases.model import Case
from vardlots.clinics import queries as clinics
from vardlots.clinics.actions import assign
from vardlots.clinics.changes import actions as changes
from vardlots.clinics.changes.actions import Author
from vardlots.clinics.hours import open_at
from vardlots.clinics.roles import title_for_patients
from vardlots.configuration import actions, care, places, queries, roles, staffing
from vardlots.configuration.actions import Change
from vardlots.configuration.model import Body, Kind
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, WrongState
from vardlots.worklist.directory import directory, listen
from vardlots.worklist.filters import Filter


async def body_of(given: Cast, kind: Kind, key: str) -> tuple[Body, int]:
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await queries.item(connection, given.astrid.provider_id, kind, key, clock.now())
    assert found is not None, key
    return found.body, found.newest


async def change(
    given: Cast, kind: Kind, key: str, *, by: StaffActor | None = None, new: Body | None = None, **fields: Any
) -> None:
    """Save a thing with some fields changed, or a new one."""
    body, base = ({}, 0) if new is not None else await body_of(given, kind, key)
    await actions.save(
        given.database,
        given.house.hub,
        by=by or given.astrid,
        kind=kind,
        changes=[Change(key=key, body={**body, **(new or {}), **fields}, base_version=base)],
        reason="Prov",
    )


async def remove(given: Cast, kind: Kind, key: str) -> None:
    _, base = await body_of(given, kind, key)
    await actions.save(
        given.database,
        given.house.hub,
        by=given.astrid,
        kind=kind,
        changes=[Change(key=key, body=None, base_version=base)],
        reason="Prov",
    )


async def hsa_of(given: Cast, table: str, column: str, number: int) -> str:
    async with given.database.transaction(NOBODY) as connection:
        return str(await connection.fetchval(f"SELECT hsa_id FROM {table} WHERE {column} = $1", number))


async def unit_key(given: Cast, unit: Any) -> str:
    return await hsa_of(given, "unit", "unit_id", unit.unit_id)


async def now_as(given: Cast, one: StaffActor) -> StaffActor | None:
    """The actor as the database has them now, by their first commission."""
    async with given.database.transaction(NOBODY) as connection:
        assignment_id = await connection.fetchval(
            "SELECT min(assignment_id) FROM assignment WHERE staff_id = $1", one.staff_id
        )
        return await staff_actor(connection, staff_id=one.staff_id, assignment_id=assignment_id)


async def unit_of(given: Cast, unit: Any) -> Any:
    async with given.database.transaction(NOBODY) as connection:
        return await clinics.unit(connection, unit.unit_id)


def new_hsa(word: str) -> str:
    return f"SE0000000000-{word}{abs(hash((word, clock.now()))) % 10**9}"


# Units


async def test_a_unit_is_changed_and_a_new_one_is_added(given: Cast) -> None:
    await change(
        given, places.UNIT, await unit_key(given, given.angsviken), phone="031-390 06 11", specialties=["hud"]
    )
    unit = await unit_of(given, given.angsviken)
    assert (unit.phone, unit.specialties, unit.name) == ("031-390 06 11", ("hud",), "Ängsviken")
    key = new_hsa("E")
    await change(given, places.UNIT, key, new={"hsa_id": key, "name": "Skogsbrynet"})
    async with given.database.transaction(given.astrid.scope) as connection:
        made = {one.name: one for one in await clinics.units_of(connection, given.astrid.provider_id)}[
            "Skogsbrynet"
        ]
        item = await queries.item(connection, given.astrid.provider_id, places.UNIT, key, clock.now())
    assert made.hsa_id == key
    assert item is not None
    assert item.unit_id == made.unit_id, "its head may change it from now on"
    assert not open_at(made, clock.now()), "closed until it has hours"


async def test_a_unit_with_something_left_is_not_switched_off(given: Cast) -> None:
    key = await unit_key(given, given.strandgatan)
    ref = await given.waiting_case(given.ruben, unit=given.strandgatan)
    with pytest.raises(Invalid) as refused:
        await change(given, places.UNIT, key, active=False)
    assert refused.value.field == "active"
    assert refused.value.values == {"cases": 1, "assignments": 1, "shifts": 0}
    await leave_queue(given.house, by=given.ruben, ref=ref)
    await remove(
        given, staffing.ASSIGNMENT, await hsa_of(given, "assignment", "staff_id", given.olle.staff_id)
    )
    await change(given, places.UNIT, key, active=False)
    assert not open_at(await unit_of(given, given.strandgatan), clock.now())
    with pytest.raises(WrongState) as closed:
        await open_case(
            given.house, by=given.elin, new=await given.new_case(given.elin, unit=given.strandgatan)
        )
    assert closed.value.code == "unit_closed"
    await change(given, places.UNIT, key, active=True)
    await given.waiting_case(given.elin, unit=given.strandgatan)


async def test_a_case_and_the_switch_at_once_leave_nothing_lying(given: Cast) -> None:
    """Either the case is there and the unit is not switched off, or it is and the case is refused."""
    key = await unit_key(given, given.strandgatan)
    await remove(
        given, staffing.ASSIGNMENT, await hsa_of(given, "assignment", "staff_id", given.olle.staff_id)
    )
    for reason in ("rash", "cough", "sore_throat", "shoulder_pain"):
        new = await given.new_case(given.ruben, unit=given.strandgatan, reason=reason)
        opened, switched = await asyncio.gather(
            open_case(given.house, by=given.ruben, new=new),
            change(given, places.UNIT, key, active=False),
            return_exceptions=True,
        )
        assert isinstance(opened, WrongState) is not isinstance(switched, Invalid), (opened, switched)
        if isinstance(opened, WrongState):
            await change(given, places.UNIT, key, active=True)
        else:
            assert isinstance(opened, Case)
            await leave_queue(given.house, by=given.ruben, ref=opened.ref)


async def test_a_case_waits_for_the_switch_and_is_then_refused(given: Cast) -> None:
    await remove(
        given, staffing.ASSIGNMENT, await hsa_of(given, "assignment", "staff_id", given.olle.staff_id)
    )
    new = await given.new_case(given.ruben, unit=given.strandgatan)
    off = changes.UnitChange(
        hsa_id=await unit_key(given, given.strandgatan), name="Strandgatan", kind="clinic", active=False
    )
    async with given.database.transaction(given.astrid.scope) as connection:
        await changes.write_unit(connection, by=Author(given.astrid.provider_id), unit=off)
        opening = asyncio.create_task(open_case(given.house, by=given.ruben, new=new))
        await asyncio.sleep(0.3)
        assert not opening.done()
    with pytest.raises(WrongState) as refused:
        await opening
    assert refused.value.code == "unit_closed"


async def test_another_providers_unit_cannot_be_taken(given: Cast) -> None:
    key = await unit_key(given, given.norrhamn)
    with pytest.raises(Invalid) as refused:
        await change(given, places.UNIT, key, new={"hsa_id": key, "name": "Vår"})
    assert refused.value.field == "hsa_id"
    assert (await unit_of(given, given.norrhamn)).name == "Norrhamn"
    nora = msgspec.structs.replace(given.nora, administers="provider")
    with pytest.raises(Invalid):
        await change(
            given,
            places.UNIT,
            await unit_key(given, given.angsviken),
            by=nora,
            new={"hsa_id": await unit_key(given, given.angsviken), "name": "Vår"},
        )


async def test_a_head_changes_the_own_units_hours_and_no_others(given: Cast) -> None:
    week = {"0": ["08:00", "12:00"]}
    await change(given, places.OPENING, str(given.angsviken.unit_id), by=given.helga, week=week)
    assert (await unit_of(given, given.angsviken)).opening == week
    for by, unit in (
        (given.helga, given.strandgatan),
        (given.ylva, given.angsviken),
        (given.rune, given.angsviken),
    ):
        with pytest.raises(Forbidden):
            await change(given, places.OPENING, str(unit.unit_id), by=by, week=week)


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (places.OPENING, {"week": {"0": ["17:00", "08:00"]}}, "week.0"),
        (places.OPENING, {"week": {"7": ["08:00", "17:00"]}}, "week.7"),
        (places.OPENING, {"week": {"0": ["08:00"]}}, "week.0"),
        (places.OPENING, {"week": {"0": ["24:00", "24:00"]}}, "week.0"),
        (places.OPENING, {"week": {"0": ["8", "17:00"]}}, "week.0"),
        (
            places.OPENING,
            {"exceptions": [{"date": "2026-12-24", "opens": "08:00", "closes": "", "text": ""}]},
            "exceptions.0.closes",
        ),
        (
            places.OPENING,
            {"exceptions": [{"date": "2026-12-24"}, {"date": "2026-12-24"}]},
            "exceptions.1.date",
        ),
        (places.ON_CALL, {"week": {"0": ["08:00", "08:00"]}}, "week.0"),
    ],
)
async def test_hours_that_cannot_be(given: Cast, kind: Kind, fields: Body, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await change(given, kind, str(given.angsviken.unit_id), **fields)
    assert refused.value.field == field


async def test_the_two_timetables_keep_their_own_exceptions(given: Cast) -> None:
    key, day = str(given.angsviken.unit_id), "2026-12-24"
    closed = [{"date": day, "opens": "", "closes": "", "text": "Julstängt"}]
    await asyncio.gather(
        change(given, places.OPENING, key, exceptions=closed),
        change(given, places.ON_CALL, key, week={"3": ["17:00", "08:00"]}, exceptions=closed),
    )
    unit = await unit_of(given, given.angsviken)
    assert sorted(one["of"] for one in unit.exceptions) == ["on_call", "opening"]
    await change(given, places.OPENING, key, exceptions=[])
    assert [one["of"] for one in (await unit_of(given, given.angsviken)).exceptions] == ["on_call"]
    assert (await body_of(given, places.ON_CALL, key))[0]["exceptions"] == closed


async def test_cooperation_is_directed_and_stays_within_the_provider(given: Cast) -> None:
    own, other = given.angsviken.unit_id, given.strandgatan.unit_id
    await change(given, places.COOPERATION, str(own), units=[other])
    async with given.database.transaction(given.astrid.scope) as connection:
        provider_id = given.astrid.provider_id
        assert await clinics.cooperating_units(connection, provider_id, own) == {other}
        assert await clinics.cooperating_units(connection, provider_id, other) == frozenset()
    for units in ([own], [given.norrhamn.unit_id]):
        with pytest.raises(Invalid):
            await change(given, places.COOPERATION, str(own), units=units)
    await change(given, places.COOPERATION, str(own), units=[])


# Roles


async def test_what_a_role_may_do_is_the_providers_to_say(given: Cast) -> None:
    await change(
        given,
        roles.ROLE,
        "medical_admin",
        label="Mottagningssekreterare",
        label_en="Front desk",
        clinical=True,
    )
    petra, nora = await now_as(given, given.petra), await now_as(given, given.nora)
    assert petra is not None
    assert petra.clinical
    assert nora is not None
    async with given.database.transaction(given.astrid.scope) as connection:
        known = await clinics.roles_of(connection, given.astrid.provider_id)
        theirs = await clinics.roles_of(connection, given.nora.provider_id)
    assert (known.said("medical_admin", "sv"), known.said("medical_admin", "en")) == (
        "Mottagningssekreterare",
        "Front desk",
    )
    assert theirs.said("medical_admin", "sv") == "Medicinsk admin"
    assert not theirs.of("medical_admin").clinical


async def test_a_role_of_ones_own_can_be_given_until_it_is_switched_off(given: Cast) -> None:
    new = {"code": "optician", "label": "Optiker", "clinical": True}
    await change(given, roles.ROLE, "optician", new=new)
    where: dict[str, Any] = {
        "provider_id": given.astrid.provider_id,
        "unit_id": given.strandgatan.unit_id,
        "role": "optician",
    }
    await assign(given.database, staff_id=given.ylva.staff_id, hsa_id=new_hsa("U"), **where)
    await change(given, roles.ROLE, "optician", active=False)
    with pytest.raises(Invalid):
        await assign(given.database, staff_id=given.hamid.staff_id, hsa_id=new_hsa("U"), **where)
    with pytest.raises(Invalid):
        await assign(
            given.database,
            provider_id=given.nora.provider_id,
            unit_id=given.norrhamn.unit_id,
            role="optician",
            staff_id=given.nora.staff_id,
            hsa_id=new_hsa("U"),
        )
    shift = await start_shift(
        given.database, by=given.ylva, unit_id=where["unit_id"], role="optician", shift_type="primary"
    )
    assert shift
    ylva = await now_as(given, given.ylva)
    assert ylva is not None
    assert (ylva.role, ylva.clinical) == ("optician", True), "who has it works on"


@pytest.mark.parametrize(
    ("key", "fields", "field"),
    [
        ("system_admin", {"active": False}, "active"),
        ("system_admin", {"administers": ""}, "administers"),
        ("nurse", {"code": "sister"}, "code"),
        ("nurse", {"cares": False}, "cares"),
    ],
)
async def test_roles_that_cannot_be(given: Cast, key: str, fields: Body, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await change(given, roles.ROLE, key, **fields)
    assert refused.value.field == field


async def test_a_title_that_patients_never_see(given: Cast) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        known = await clinics.roles_of(connection, given.astrid.provider_id)
    hidden, nurse = known.of("care_coordinator"), known.of("nurse")
    assert title_for_patients("vårdkoordinator", [hidden]) == ""
    assert title_for_patients("vårdkoordinator", [hidden, nurse]) == "Sjuksköterska"
    assert title_for_patients("sjuksköterska", [hidden, nurse]) == "sjuksköterska"
    assert title_for_patients("distriktssköterska", [nurse]) == "distriktssköterska"
    await change(given, roles.ROLE, "nurse", patient_sees=False)
    ylva = await now_as(given, given.ylva)
    assert ylva is not None
    assert (ylva.title, ylva.title_for_patients) == ("Sjuksköterska", "")


# Resources


async def test_a_pooled_resource_widens_the_reach_of_those_who_hold_it(given: Cast) -> None:
    own, other = given.angsviken.unit_id, given.strandgatan.unit_id
    key = f"{own}-nurse"
    await change(given, roles.RESOURCE, key, name="LOTSVIK DROPIN-VERKSAMHET", serves=[other])
    ylva, siri = await now_as(given, given.ylva), await now_as(given, given.siri)
    assert ylva is not None
    assert siri is not None
    assert ylva.unit_ids == {own, other}
    assert ylva.home_unit_ids == {own}
    assert siri.unit_ids == {own}, "a physician is no part of it"
    assert Filter().units(ylva) == sorted([own, other])
    await change(given, roles.RESOURCE, key, serves=[])
    ylva = await now_as(given, given.ylva)
    assert ylva is not None
    assert ylva.unit_ids == {own}
    with pytest.raises(Invalid):
        await change(given, roles.RESOURCE, key, serves=[given.norrhamn.unit_id])


async def test_every_role_laid_up_at_a_unit_is_a_resource_also_with_nobody_in_it(given: Cast) -> None:
    unit_id = given.angsviken.unit_id
    form = {"unit": unit_id, "role": "dietitian"}
    await change(given, roles.RESOURCE, "made-1", new=form)
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await clinics.resources_of(connection, given.astrid.provider_id)
    here = {one.role for one in found if one.unit_id == unit_id}
    assert {"dietitian", "nurse", "physician", "medical_admin"} <= here
    with pytest.raises(Invalid) as twice:
        await change(given, roles.RESOURCE, "made-2", new=form)
    assert twice.value.field == "role"
    with pytest.raises(Invalid):
        await change(given, roles.RESOURCE, "made-1", role="midwife")
    with pytest.raises(Invalid) as unknown:
        await change(given, roles.RESOURCE, "made-3", new={**form, "specialty": "hud"})
    assert unknown.value.field == "specialty"
    await remove(given, roles.RESOURCE, "made-1")
    await remove(given, roles.RESOURCE, f"{unit_id}-nurse")
    async with given.database.transaction(given.astrid.scope) as connection:
        left = await clinics.resources_of(connection, given.astrid.provider_id)
    assert not {"dietitian", "nurse"} & {one.role for one in left if one.unit_id == unit_id}


# Staff and commissions


async def test_new_staff_get_a_commission_and_lose_it(given: Cast) -> None:
    person, commission = new_hsa("M"), new_hsa("U")
    await change(
        given,
        staffing.STAFF,
        person,
        new={"hsa_id": person, "given_name": "Nils", "family_name": "Ny", "title": "läkare"},
    )
    await change(
        given,
        staffing.ASSIGNMENT,
        commission,
        new={
            "hsa_id": commission,
            "staff": person,
            "unit": given.angsviken.unit_id,
            "role": "physician",
            "valid_from": clock.today().isoformat(),
        },
    )
    async with given.database.transaction(NOBODY) as connection:
        row = await connection.fetchrow(
            "SELECT s.staff_id, a.assignment_id FROM staff s JOIN assignment a USING (staff_id) WHERE s.hsa_id = $1",
            person,
        )
    sessions = Sessions(given.database, given.house.hub, Limits(timedelta(hours=1), timedelta(hours=9)))
    given.house.hub.watch("session", lambda signal: sessions.forget(int(signal.topic.partition(":")[2])))
    token = await sessions.open_for_staff(**dict(row), acr="test")
    actor = await sessions.actor(token)
    assert isinstance(actor, StaffActor)
    await start_shift(
        given.database, by=actor, unit_id=given.angsviken.unit_id, role="physician", shift_type="primary"
    )
    await remove(given, staffing.ASSIGNMENT, commission)
    assert await sessions.actor(token) is None, "signed out at once"
    async with given.database.transaction(NOBODY) as connection:
        assert (
            await connection.fetchval("SELECT ended_by FROM shift WHERE staff_id = $1", actor.staff_id)
            == "system"
        )
        assert not await clinics.assignments_of(connection, actor.staff_id)
    again = new_hsa("U")
    body, _ = await body_of(given, staffing.STAFF, person)
    assert body["given_name"] == "Nils"
    form = {
        "hsa_id": again,
        "staff": person,
        "unit": given.angsviken.unit_id,
        "role": "physician",
        "valid_from": clock.today().isoformat(),
    }
    await change(given, staffing.ASSIGNMENT, again, new=form)
    twice = new_hsa("U")
    with pytest.raises(Invalid) as refused:
        await change(given, staffing.ASSIGNMENT, twice, new=form | {"hsa_id": twice})
    assert refused.value.field == "role"


async def test_the_last_administrator_stays(given: Cast) -> None:
    key = await hsa_of(given, "assignment", "staff_id", given.astrid.staff_id)
    with pytest.raises(Invalid):
        await remove(given, staffing.ASSIGNMENT, key)
    with pytest.raises(Invalid):
        await change(
            given, staffing.ASSIGNMENT, key, valid_to=(clock.today() + timedelta(days=30)).isoformat()
        )
    assert await now_as(given, given.astrid) is not None


async def test_two_administrators_who_withdraw_each_other_at_once_leave_one(given: Cast) -> None:
    await assign(
        given.database,
        provider_id=given.astrid.provider_id,
        staff_id=given.ylva.staff_id,
        unit_id=given.angsviken.unit_id,
        role="system_admin",
        hsa_id=(second := new_hsa("U")),
    )
    first = await hsa_of(given, "assignment", "staff_id", given.astrid.staff_id)
    ended = await asyncio.gather(
        remove(given, staffing.ASSIGNMENT, first),
        remove(given, staffing.ASSIGNMENT, second),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in ended) == ["Invalid", "NoneType"]


async def test_changes_of_one_directory_wait_for_each_other(given: Cast) -> None:
    """The second sees what the first has done, and is the one that would leave nobody."""
    second = new_hsa("U")
    await assign(
        given.database,
        provider_id=given.astrid.provider_id,
        staff_id=given.ylva.staff_id,
        unit_id=given.angsviken.unit_id,
        role="system_admin",
        hsa_id=second,
    )
    first = await hsa_of(given, "assignment", "staff_id", given.astrid.staff_id)
    async with given.database.transaction(given.astrid.scope) as connection:
        await changes.end_assignment(connection, by=Author(given.astrid.provider_id), hsa_id=first)
        other = asyncio.create_task(remove(given, staffing.ASSIGNMENT, second))
        await asyncio.sleep(0.3)
        assert not other.done()
    with pytest.raises(Invalid):
        await other


async def test_staff_of_another_provider_are_theirs(given: Cast) -> None:
    nora = await hsa_of(given, "staff", "staff_id", given.nora.staff_id)
    with pytest.raises(Invalid):
        await change(
            given, staffing.STAFF, nora, new={"hsa_id": nora, "given_name": "Annan", "family_name": "Här"}
        )
    commission = await hsa_of(given, "assignment", "staff_id", given.nora.staff_id)
    form = {
        "hsa_id": commission,
        "staff": nora,
        "unit": given.angsviken.unit_id,
        "role": "nurse",
        "valid_from": "2026-01-01",
    }
    with pytest.raises(Invalid):
        await change(given, staffing.ASSIGNMENT, commission, new=form)
    actor = await now_as(given, given.nora)
    assert actor is not None
    assert (actor.name, actor.provider_id) == ("Nora Hamnö", given.nora.provider_id)


async def test_a_name_of_ones_own_stands_when_the_directory_changes(given: Cast) -> None:
    key = await hsa_of(given, "staff", "staff_id", given.ylva.staff_id)
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE staff SET directory_given_name = given_name, directory_family_name = family_name, "
            "given_name = 'Yllan' WHERE staff_id = $1",
            given.ylva.staff_id,
        )
    await change(given, staffing.STAFF, key, family_name="Granvik", title="distriktssköterska")
    ylva = await now_as(given, given.ylva)
    assert ylva is not None
    assert (ylva.name, ylva.title) == ("Yllan Tallvik", "distriktssköterska")
    assert (await body_of(given, staffing.STAFF, key))[0]["family_name"] == "Granvik"


# Rules


async def test_care_rules_are_keys_of_the_providers_settings(given: Cast) -> None:
    await change(
        given, care.CARE_RULES, "provider", youngest_months=6, eves_are_holidays=False, load_balancer_most=5
    )
    async with given.database.transaction(NOBODY) as connection:
        settings = await connection.fetchval(
            "SELECT settings FROM provider WHERE provider_id = $1", given.astrid.provider_id
        )
        unit = await clinics.unit(connection, given.angsviken.unit_id)
    assert settings["care_rules"]["youngest_months"] == 6
    assert settings["load_balancer_most"] == 5
    assert unit is not None
    assert not unit.eves_are_holidays
    with pytest.raises(Invalid):
        await change(given, care.CARE_RULES, "provider", shift_remind_hours=20)
    with pytest.raises(Forbidden):
        await change(given, care.CARE_RULES, "provider", by=given.helga, youngest_months=1)


# The directory that pages keep


async def test_a_change_is_on_the_next_page(given: Cast) -> None:
    listen(given.house.hub)

    async def unit_name() -> tuple[str, int]:
        async with given.database.transaction(given.ylva.scope) as connection:
            known = await directory(connection, given.ylva)
        return known.unit_name(given.angsviken.unit_id), known.edition

    before, edition = await unit_name()
    await change(given, places.OPENING, str(given.strandgatan.unit_id), week={})
    await change(given, places.UNIT, await unit_key(given, given.angsviken), name="Ängsviken norra")
    after, newer = await unit_name()
    assert (before, after) == ("Ängsviken", "Ängsviken norra")
    assert newer > edition


async def test_a_version_may_be_applied_twice(given: Cast) -> None:
    """The worker may run again after a crash."""
    await change(
        given, roles.RESOURCE, f"{given.angsviken.unit_id}-nurse", serves=[given.strandgatan.unit_id]
    )
    await change(given, places.COOPERATION, str(given.angsviken.unit_id), units=[given.strandgatan.unit_id])
    system = SystemActor(given.astrid.provider_id, "configuration.begin")
    for kind, key in (
        (roles.RESOURCE, f"{given.angsviken.unit_id}-nurse"),
        (places.COOPERATION, str(given.angsviken.unit_id)),
    ):
        await actions.begin(given.database, given.house.hub, by=system, kind=kind, keys=[key])
    ylva = await now_as(given, given.ylva)
    assert ylva is not None
    assert len(ylva.unit_ids) == 2
