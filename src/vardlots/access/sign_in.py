"""What happens once somebody is known: who they are here, whether they may come in, and with which session."""

import msgspec
import structlog

from vardlots.access import queries
from vardlots.access.claims import PatientIdentity, StaffIdentity
from vardlots.access.family.actions import Here, protection_changed
from vardlots.access.faults import (
    NoAssignment,
    ProtectedPerson,
    RegisterSilent,
    TooYoung,
    UnknownCommission,
    UnknownStaff,
)
from vardlots.access.reach import may_sign_in
from vardlots.access.sessions import Sessions
from vardlots.clinics.model import Assignment
from vardlots.people import queries as people
from vardlots.people.actions import Known, recognise, relate
from vardlots.people.identity import FHIR_SYSTEMS, NumberKind
from vardlots.people.register import PopulationRegister, RegisteredChild, RegisteredPerson
from vardlots.people.rules import DEFAULT, rules_by_provider
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, Scope, persons_scope
from vardlots.platform.errors import Unavailable

log = structlog.get_logger()


async def patient_comes_in(
    database: Database,
    sessions: Sessions,
    register: PopulationRegister,
    identity: PatientIdentity,
    *,
    device: str = "",
) -> str:
    """Open a patient's session on a device (`devices.device_of`). Returns its token.

    Raises ProtectedPerson with numbers to ring (A9), TooYoung before the day on which they sign in for themself (A10),
    RegisterSilent for somebody new while the population register does not answer.
    """
    try:
        registered = await register.person(identity.number)
        children = await register.children(identity.number) if registered is not None else []
    except Unavailable:
        return await _without_register(database, sessions, identity, device)
    who = await recognise(database, known=await known_from(database, registered, identity))
    if who.protection_changed:
        await protection_changed(Here(database, sessions.hub), by="sign_in", who=who)
    await _check_may_come_in(database, who.person_id)
    await _bring_family(database, sessions, children, who.person_id)
    return await sessions.open_for_patient(person_id=who.person_id, acr=identity.acr, device=device)


async def _without_register(
    database: Database, sessions: Sessions, identity: PatientIdentity, device: str
) -> str:
    """The register is silent: whoever it has told us of before comes in for themself, and acts for no child.

    Whether one has become protected since, or blocked from a child, nobody can know now; what was known last holds.
    """
    async with database.transaction(Scope(identity=identity.number)) as connection:
        person_id = await connection.fetchval(
            "SELECT person_id FROM person_identifier WHERE value = $1", identity.number
        )
        person = await people.person(connection, person_id) if person_id is not None else None
        confirmed = person is not None and await connection.fetchval(
            "SELECT registered_at IS NOT NULL FROM person WHERE person_id = $1", person.person_id
        )
    log.warning("register_silent", known=bool(confirmed))
    if person is None or not confirmed:
        async with database.transaction(NOBODY) as connection:
            raise RegisterSilent(phones=_phones(await queries.contacts(connection, None)))
    await _check_may_come_in(database, person.main_id)
    return await sessions.open_for_patient(
        person_id=person.main_id, acr=identity.acr, alone=True, device=device
    )


async def _check_may_come_in(database: Database, person_id: int) -> None:
    async with database.transaction(persons_scope([person_id])) as connection:
        person = await people.person(connection, person_id)
        assert person is not None
        if person.protected and not await may_sign_in(connection, person):
            raise ProtectedPerson(phones=_phones(await queries.contacts(connection, person.listed_unit_id)))
        rules = (await rules_by_provider(connection)).values() or (DEFAULT,)
        if not any(one.on_their_own(person.birth_date, clock.today()) for one in rules):
            raise TooYoung(
                phones=_phones(await queries.contacts(connection, person.listed_unit_id)),
                years=min(one.own_from_years for one in rules),
            )


async def _bring_family(
    database: Database, sessions: Sessions, given: list[RegisteredChild], guardian_id: int
) -> None:
    """The children whom the register gives; who may be acted for today is decided at every request."""
    children = []
    for child in given:
        who = await recognise(database, known=await known_from(database, child.person))
        if who.protection_changed:
            await protection_changed(Here(database, sessions.hub), by="sign_in", who=who)
        children.append((who.person_id, child.blocked))
    await relate(database, guardian_id=guardian_id, children=children)


async def known_from(
    database: Database, registered: RegisteredPerson | None, identity: PatientIdentity | None = None
) -> Known:
    """What to write down of a person: the register's word before the identity provider's."""
    told_before = [] if identity is None or identity.previous_number is None else [identity.previous_number]
    coordination = FHIR_SYSTEMS[NumberKind.SAMORDNINGSNUMMER]
    if registered is None:
        assert identity is not None
        return Known(
            system=identity.system,
            number=identity.number,
            given_name=identity.given_name,
            family_name=identity.family_name,
            birth_date=identity.birth_date,
            previous=tuple((coordination, number) for number in told_before),
        )
    previous = dict.fromkeys(registered.previous)
    previous |= dict.fromkeys((coordination, number) for number in told_before)
    if identity is not None:
        # Somebody who signs in with their old number has, to the register, another one by now.
        previous[identity.system, identity.number] = None
    async with database.transaction(NOBODY) as connection:
        listed = await queries.unit_by_hsa_id(connection, registered.listed_unit_hsa_id)
    return Known(
        system=registered.system,
        number=registered.number,
        given_name=registered.given_name,
        family_name=registered.family_name,
        birth_date=registered.birth_date,
        sex=registered.sex,
        protected=registered.protected,
        mobile=registered.mobile,
        listed_unit_id=listed,
        registered=True,
        previous=tuple(one for one in previous if one[1] != registered.number),
        deceased=registered.deceased,
        listing_known=registered.knows_listing,
        county=registered.county,
    )


class StaffChoice(msgspec.Struct, frozen=True):
    """What a member of staff who is known may choose among; sealed into their browser until they have."""

    assignment_ids: tuple[int, ...]
    acr: str
    next: str


async def staff_assignments(database: Database, identity: StaffIdentity) -> list[Assignment]:
    """What a member of staff may work as today, at least one. Raises UnknownStaff, NoAssignment, UnknownCommission."""
    async with database.transaction(NOBODY) as connection:
        staff_ids = await queries.staff_known_as(connection, identity.hsa_ids)
        if not staff_ids:
            raise UnknownStaff()
        found = await queries.assignments_valid_today(connection, staff_ids, identity.commissions)
        others = found or await queries.assignments_valid_today(connection, staff_ids, None)
    if not found:
        raise UnknownCommission() if others else NoAssignment()
    return found


async def assignments_by_id(database: Database, assignment_ids: tuple[int, ...]) -> list[Assignment]:
    """The assignments of a choice that are still valid. Raises NoAssignment when none is."""
    async with database.transaction(NOBODY) as connection:
        found = await queries.assignments_still_valid(connection, assignment_ids)
    if not found:
        raise NoAssignment()
    return found


def _phones(contacts: list[queries.Contact]) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.phone) for one in contacts)
