"""Everything that the visit shows, read in one transaction from the actor's scope."""

from datetime import datetime

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked_cases
from vardlots.cases import policy
from vardlots.cases import queries as cases
from vardlots.cases.model import Case, CaseRef, Entry, Kind
from vardlots.cases.queries import Attachment
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.clinics.queries import face_of
from vardlots.conversations.queries import Talk, files_of_interview, talk
from vardlots.notes import queries as notes
from vardlots.notes.model import Note
from vardlots.people import queries as people
from vardlots.people.guardians import Standing, standing
from vardlots.people.queries import Person
from vardlots.people.rules import DEFAULT, CareRules, rules_of
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.triage.anew.queries import interviews_of_case
from vardlots.triage.assisted import queries as assisted
from vardlots.triage.assisted.model import Assisted
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.queries import Kept
from vardlots.worklist.directory import Directory, directory
from vardlots.worklist.welcome import WelcomeText, welcome_of

EARLIER_MOST = 20


class Consent(msgspec.Struct, frozen=True):
    """The newest word on one kind of consent."""

    kind: str
    given: bool
    given_at: datetime


class Earlier(msgspec.Struct, frozen=True):
    """Another case of the same person at the same provider. `blocked`: nothing more than that is told of it."""

    case_id: int
    unit_id: int
    reason: str
    phase: str
    priority: int
    arrived_at: datetime
    blocked: bool = False


class Visit(msgspec.Struct, frozen=True):
    """A case with all that its page shows. `owner` is the name of who has it, empty for nobody.

    `interviews` are all that reached the case, the newest first, `uploads` the files of all. `responsible_id` is
    whoever sought care, by the id that they are known by now. `assisted` is what staff kept who asked on the phone.
    """

    by: StaffActor
    case: Case
    talk: Talk
    patient: Person
    actor_name: str
    actor_language: str
    responsible_id: int
    guardians: list[Person]
    consents: list[Consent]
    interviews: list[Kept]
    uploads: list[Attachment]
    earlier: list[Earlier]
    owner: str
    owner_picture: str
    unit: Unit
    known: Directory
    practice: Practice
    welcome: WelcomeText
    signed: list[Note]
    draft: Note | None
    standing: Standing = Standing.ACTS
    rules: CareRules = DEFAULT
    rights: policy.Standing = policy.UNKNOWN
    assisted: Assisted | None = None

    @property
    def kept(self) -> Kept | None:
        """The newest interview: the one asked anew, or the one that the case came by."""
        return self.interviews[0] if self.interviews else None

    @property
    def is_own(self) -> bool:
        """Whether the actor has the case."""
        return self.case.owner_staff_id == self.by.staff_id

    @property
    def earlier_open(self) -> int:
        """How many earlier cases are not blocked: how many those are is not told."""
        return sum(not row.blocked for row in self.earlier)

    @property
    def last_take_over(self) -> Entry | None:
        """The row in which the one who has the visit now says why they took it over; None when nobody did since."""
        for row in reversed(self.talk.rows):
            if row.kind is Kind.TAKEN_OVER and "reason" in row.body:
                return row if row.author_id == self.case.owner_staff_id else None
        return None

    @property
    def was_given(self) -> bool:
        """Whether the load balancer gave the case to whoever has it, who then did not choose to take it."""
        for row in reversed(self.talk.rows):
            if row.kind in (Kind.ACCEPTED, Kind.ASSIGNED):
                return row.kind is Kind.ASSIGNED
        return False

    @property
    def last_priority_change(self) -> Entry | None:
        """The row that last changed the priority by hand."""
        return next((row for row in reversed(self.talk.rows) if row.kind is Kind.PRIORITY_CHANGED), None)


async def read_visit(connection: Connection, *, by: StaffActor, ref: CaseRef) -> Visit:
    """The visit, if the actor may read it. Raises NotFound or Forbidden."""
    spoken = await talk(connection, by=by, ref=ref)
    case = spoken.case
    known = await directory(connection, by)
    found = await people.persons(connection, [case.person_id, case.actor_person_id])
    patient = found.get(case.person_id)
    unit = await clinics.unit(connection, case.unit_id)
    if patient is None or unit is None:
        raise NotFound()
    actor = found.get(case.actor_person_id)
    is_child = actor is not None and actor.main_id != patient.main_id
    rules = await rules_of(connection, case.provider_id)
    interviews = await interviews_of_case(connection, case)
    stands = await _standing(connection, patient, actor, rules)
    # Whoever is spoken to: the one who sought care, or the patient when that one may read no more.
    reader = actor if actor is not None and stands is Standing.ACTS else patient
    owner = await face_of(connection, case.owner_staff_id)
    return Visit(
        by=by,
        case=case,
        talk=spoken,
        patient=patient,
        actor_name=reader.name,
        actor_language=reader.language,
        responsible_id=actor.main_id if actor is not None else case.actor_person_id,
        guardians=await people.guardians_of(connection, case.person_id) if is_child else [],
        consents=await _consents(connection, case),
        interviews=interviews,
        uploads=[
            file
            for kept in reversed(interviews)
            for file in await files_of_interview(
                connection, provider_id=case.provider_id, interview_id=kept.interview_id
            )
        ],
        earlier=await _earlier(connection, by, case),
        owner=owner.name if owner else "",
        owner_picture=owner.picture if owner else "",
        unit=unit,
        known=known,
        practice=await practice_of(connection, by.provider_id),
        welcome=await welcome_of(connection, unit),
        signed=await notes.signed_notes(connection, ref),
        draft=await notes.own_draft(connection, by=by, ref=ref),
        standing=stands,
        rules=rules,
        rights=await cases.standing(connection, by=by, case=case),
        assisted=await assisted.of_case(
            connection, provider_id=case.provider_id, interview_id=case.interview_id
        )
        if case.interview_id is not None
        else None,
    )


async def _standing(
    connection: Connection, patient: Person, actor: Person | None, rules: CareRules
) -> Standing:
    """Whether the one who sought care may go on in the case today (A10)."""
    if actor is None:
        return Standing.BLOCKED
    guardian = actor.main_id == patient.main_id or await people.is_guardian(
        connection, child_id=patient.person_id, guardian_id=actor.person_id
    )
    return standing(patient, actor, rules, clock.today(), guardian=guardian)


async def _consents(connection: Connection, case: Case) -> list[Consent]:
    rows = await connection.fetch(
        "SELECT DISTINCT ON (kind) kind, given AND withdrawn_at IS NULL AS given, given_at FROM consent "
        "WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) AND kind IN ('history', 'medication') "
        "ORDER BY kind, given_at DESC, consent_id DESC",
        case.provider_id,
        await people.same_persons(connection, [case.person_id]),
    )
    return [Consent(**row) for row in rows]


async def _earlier(connection: Connection, by: StaffActor, case: Case) -> list[Earlier]:
    rows = await connection.fetch(
        "SELECT case_id, unit_id, reason, phase, priority, arrived_at FROM care_case "
        "WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) AND case_id <> $3 ORDER BY arrived_at DESC LIMIT $4",
        *case.ref[:1],
        await people.same_persons(connection, [case.person_id]),
        case.case_id,
        EARLIER_MOST,
    )
    blocked = await blocked_cases(connection, by=by, case_ids=[row["case_id"] for row in rows])
    return [Earlier(**row, blocked=row["case_id"] in blocked) for row in rows]
