"""What happens once somebody is known: who they are here, whether they may come in, and with which session."""

import msgspec

from vardlots.access import queries
from vardlots.access.claims import PatientIdentity, StaffIdentity
from vardlots.access.faults import NoAssignment, ProtectedPerson, TooYoung, UnknownStaff
from vardlots.access.sessions import Sessions
from vardlots.clinics.model import Assignment
from vardlots.people import queries as people
from vardlots.people.actions import Known, relate, remember
from vardlots.people.queries import OLDEST_CHILD_YEARS, Person, age_in_years
from vardlots.people.register import PopulationRegister, RegisteredPerson
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, persons_scope


async def patient_comes_in(
    database: Database, sessions: Sessions, register: PopulationRegister, identity: PatientIdentity
) -> str:
    """Open a patient's session. Returns its token.

    Raises ProtectedPerson with numbers to ring (A9), TooYoung before the 13th birthday (A10).
    """
    registered = await register.person(identity.number)
    person_id = await remember(database, known=await _known(database, registered, identity))
    async with database.transaction(persons_scope([person_id])) as connection:
        person = await people.person(connection, person_id)
        assert person is not None
        if person.protected:
            await _refuse_unless_allowed(connection, person)
        if age_in_years(person.birth_date, clock.today()) < OLDEST_CHILD_YEARS:
            raise TooYoung(phones=_phones(await queries.contacts(connection, person.listed_unit_id)))
    await _bring_family(database, register, identity.number, person_id)
    return await sessions.open_for_patient(person_id=person_id, acr=identity.acr)


async def _refuse_unless_allowed(connection: object, person: Person) -> None:
    if not await queries.lets_protected_sign_in(connection, person.listed_unit_id):
        raise ProtectedPerson(phones=_phones(await queries.contacts(connection, person.listed_unit_id)))


async def _bring_family(
    database: Database, register: PopulationRegister, number: str, guardian_id: int
) -> None:
    """The children whom the register gives; who may be acted for today is decided at every request."""
    children = [
        (await remember(database, known=await _known(database, child.person)), child.blocked)
        for child in await register.children(number)
    ]
    await relate(database, guardian_id=guardian_id, children=children)


async def _known(
    database: Database, registered: RegisteredPerson | None, identity: PatientIdentity | None = None
) -> Known:
    """What to write down of a person: the register's word before the identity provider's."""
    if registered is None:
        assert identity is not None
        return Known(
            system=identity.system,
            number=identity.number,
            given_name=identity.given_name,
            family_name=identity.family_name,
            birth_date=identity.birth_date,
        )
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
    )


class StaffChoice(msgspec.Struct, frozen=True):
    """What a member of staff who is known may choose among; sealed into their browser until they have."""

    assignment_ids: tuple[int, ...]
    acr: str
    next: str


async def staff_assignments(database: Database, identity: StaffIdentity) -> list[Assignment]:
    """What a member of staff may work as today, at least one. Raises UnknownStaff, NoAssignment."""
    async with database.transaction(NOBODY) as connection:
        staff_ids = await queries.staff_known_as(connection, identity.hsa_ids)
        if not staff_ids:
            raise UnknownStaff()
        found = await queries.assignments_valid_today(connection, staff_ids, identity.commissions)
    if not found:
        raise NoAssignment()
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
