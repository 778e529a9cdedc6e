"""The demonstration's providers, units, staff and families, written through the product's own verbs."""

import asyncio
from collections import defaultdict

import msgspec

from vardlots.clinics.actions import (
    add_provider,
    add_resource,
    add_staff,
    add_unit,
    assign,
    cooperate,
)
from vardlots.clinics.model import is_clinical
from vardlots.clinics.queries import COUNTY_KEY
from vardlots.demo.people import Person, Staff
from vardlots.demo.persons import region, registered
from vardlots.people.actions import Known, relate, remember
from vardlots.platform.db import Database


class Organisation(msgspec.Struct, frozen=True):
    """The ids that the content's own names have got."""

    providers: dict[str, int]
    units: dict[str, int]
    staff: dict[str, int]
    # (staff, unit) → the assignment there that meets patients, otherwise the first.
    assignments: dict[tuple[str, str], int]


async def load_organisation(database: Database) -> Organisation:
    """Providers, units, staff and assignments. What is there already stays as it is."""
    known = region()
    providers = {
        one.id: await add_provider(
            database,
            name=one.name,
            kind=one.kind,
            hsa_id=one.hsa_id,
            scheme=one.scheme,
            settings={COUNTY_KEY: one.county} if one.county else None,
        )
        for one in known.providers
    }
    units = {
        one.id: await add_unit(
            database,
            provider_id=providers[one.provider],
            name=one.name,
            kind=one.kind,
            hsa_id=one.hsa_id,
            phone=one.phone,
            address=one.address,
            opening=one.opening_by_weekday,
            on_call=one.on_call_by_weekday,
            specialties=one.specialties,
            takes_drop_in=one.takes_drop_in,
            reports_emergencies=one.reports_emergencies,
            welcome=one.welcome,
        )
        for one in known.units
    }
    provider_of = {one.id: providers[one.provider] for one in known.units}
    for one in known.units:
        await cooperate(
            database,
            provider_id=provider_of[one.id],
            unit_id=units[one.id],
            with_units=[units[other] for other in one.cooperates_with],
        )
    for resource in known.resources:
        await add_resource(
            database,
            provider_id=provider_of[resource.unit],
            unit_id=units[resource.unit],
            role=resource.role,
            name=resource.name,
            serves=[units[served] for served in resource.serves],
        )
    found = Organisation(providers, units, {}, {})
    await asyncio.gather(*(_add_staff(database, one, found, provider_of) for one in known.staff))
    return found


async def _add_staff(
    database: Database, one: Staff, found: Organisation, provider_of: dict[str, int]
) -> None:
    staff_id = await add_staff(
        database,
        hsa_id=one.hsa_id,
        given_name=one.given_name,
        family_name=one.family_name,
        title=one.title,
        mobile=one.mobile,
    )
    found.staff[one.id] = staff_id
    for place in sorted(one.assignments, key=lambda place: not is_clinical(place.role)):
        assignment_id = await assign(
            database,
            provider_id=provider_of[place.unit],
            staff_id=staff_id,
            unit_id=found.units[place.unit],
            role=place.role,
            hsa_id=place.hsa_id,
        )
        found.assignments.setdefault((one.id, place.unit), assignment_id)


async def load_persons(database: Database, found: Organisation) -> dict[str, int]:
    """Everybody of the demonstration and their families. Returns the ids by the content's names."""
    known = region()
    ids = await asyncio.gather(*(_remember(database, person, found) for person in known.persons))
    persons = dict(zip((person.id for person in known.persons), ids, strict=True))
    families: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for bond in known.guardianships:
        families[bond.guardian].append((persons[bond.child], bond.blocked))
    await asyncio.gather(
        *(
            relate(database, guardian_id=persons[guardian], children=children)
            for guardian, children in families.items()
        )
    )
    return persons


async def _remember(database: Database, person: Person, found: Organisation) -> int:
    told = registered(person)
    return await remember(
        database,
        known=Known(
            system=told.system,
            number=told.number,
            given_name=told.given_name,
            family_name=told.family_name,
            birth_date=told.birth_date,
            sex=told.sex,
            protected=told.protected,
            mobile=told.mobile,
            listed_unit_id=found.units.get(person.listed_unit) if person.listed_unit else None,
            registered=True,
            county=told.county,
        ),
    )
