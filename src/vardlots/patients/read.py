"""Everything that the patient's page shows, read in one transaction from the actor's scope."""

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.model import Block
from vardlots.blocks.queries import blocked_cases, blocks_of
from vardlots.clinics.queries import counties
from vardlots.consents import queries as consents
from vardlots.consents.model import Consent
from vardlots.contacts.model import Contact
from vardlots.contacts.queries import Answers, Colleague, answers_today, colleagues_at, contacts_of
from vardlots.patients import queries
from vardlots.patients.queries import PatientCase
from vardlots.people.queries import Person, is_patient, same_persons
from vardlots.people.rules import rules_of
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.tickets.model import Ticket
from vardlots.tickets.queries import tickets_for_staff
from vardlots.triage.assisted.model import Begun
from vardlots.triage.assisted.queries import begun
from vardlots.triage.ways import is_out_of_region


class PatientView(msgspec.Struct, frozen=True, kw_only=True):
    """A patient as one member of staff may see them; with `is_open` False only that there is such a patient.

    `answers` is who answers now for each contact that holds, by its number; `colleagues` those at the actor's unit. Of
    the cases in `blocked` no more may be told than that there are some.
    """

    by: StaffActor
    person: Person
    is_open: bool
    is_child: bool = False
    guardians: list[Person] = []
    may_answer: list[Person] = []
    said: list[Consent] = []
    cases: list[PatientCase] = []
    blocked: frozenset[int] = frozenset()
    blocks: list[Block] = []
    tickets: list[Ticket] = []
    out_of_region: bool = False
    begun: list[Begun] = []
    contacts: list[Contact] = []
    answers: dict[int, Answers] = {}
    colleagues: list[Colleague] = []


async def read_patient(connection: Connection, *, by: StaffActor, person_id: int) -> PatientView:
    """The patient's page. Raises NotFound for a person who is not a patient at the actor's provider."""
    if not await is_patient(connection, by.provider_id, person_id):
        raise NotFound()
    person, guardians = await queries.family_of(connection, person_id)
    ids = await same_persons(connection, [person_id])
    if person is None:
        raise NotFound()
    if not await queries.is_open_for(connection, by=by, person_id=person_id):
        return PatientView(by=by, person=person, is_open=False)
    cases = await queries.cases_of(connection, by=by, person_ids=ids)
    contacts = await contacts_of(connection, ids, ended=True)
    return PatientView(
        by=by,
        person=person,
        is_open=True,
        is_child=not (await rules_of(connection, by.provider_id)).on_their_own(
            person.birth_date, clock.today()
        ),
        guardians=guardians,
        may_answer=await consents.who_may_answer(connection, by.provider_id, person, clock.today()),
        said=await consents.history(connection, by.provider_id, ids),
        cases=cases,
        blocked=await blocked_cases(connection, by=by, case_ids=[one.case_id for one in cases]),
        blocks=[one for one in await blocks_of(connection, by.provider_id, ids) if one.holds],
        tickets=await tickets_for_staff(connection, by=by, person_ids=ids),
        out_of_region=await _out_of_region(connection, by, person),
        begun=await begun(connection, by=by, person_id=person_id),
        contacts=contacts,
        answers=await _who_answers(connection, contacts),
        colleagues=await colleagues_at(connection, by.provider_id, by.unit_id),
    )


async def _who_answers(connection: Connection, contacts: list[Contact]) -> dict[int, Answers]:
    return {
        one.contact_id: await answers_today(
            connection, provider_id=one.provider_id, unit_id=one.unit_id, staff_id=one.staff_id
        )
        for one in contacts
        if one.holds and one.staff_id is not None
    }


async def _out_of_region(connection: Connection, by: StaffActor, person: Person) -> bool:
    """Whether the patient belongs to another region than the actor's provider; of the protected nothing is told."""
    if person.protected:
        return False
    known = await counties(connection, by.provider_id, person.listed_unit_id)
    return is_out_of_region(
        provider_id=by.provider_id,
        own=known.own,
        listed_provider_id=known.listed_provider_id,
        listed=known.listed,
        lives=person.county,
    )
