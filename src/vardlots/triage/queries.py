"""Reads of the patient's own: interviews, cases with what is new in them, and who they are about."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from vardlots.access.actor import PatientActor
from vardlots.cases.model import CASE_COLUMNS, Case, CaseRef, Phase, case_from
from vardlots.clinics.queries import face_of, patients_title, resources_of
from vardlots.forms import configured as forms
from vardlots.forms.model import Form
from vardlots.forms.text import Text
from vardlots.people.queries import Person, age_in_years, persons
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.triage.configured import POST_FORMS, Practice, practice_of, protocol_of
from vardlots.triage.interview import Interview, resume
from vardlots.triage.model import Protocol, Subject
from vardlots.triage.services import asks_for_role, for_unit, roles_at

OPEN_STAGES = ("questions", "result", "post")
# An interview older than this is begun anew: what was true of somebody yesterday may not be so today.
RESUMABLE = timedelta(hours=24)


class InterviewRef(NamedTuple):
    """An interview's full name, in addresses as `1-42`."""

    provider_id: int
    interview_id: int

    def __str__(self) -> str:
        return f"{self.provider_id}-{self.interview_id}"

    @classmethod
    def parse(cls, text: str) -> "InterviewRef":
        """Read `1-42`. Raises NotFound for anything else."""
        return cls(*CaseRef.parse(text))


# Which form the answers before the queue were given in, among those answers.
FORM_VERSION = "form_version"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An interview as stored, with what its pages need to know of the person it is about.

    `staff_id` is the member of staff who asks for somebody on the phone; then nobody is `actor_person_id`, and
    `about_child` says that a guardian answers for a child.

    `asked` is its own version of the protocol (None when nobody has it any more), `post_form` that of the form before
    the queue; `practice` is what holds at the provider now. `for_case_id` is the case about which it was asked anew,
    `ticket_id` the ticket that it ended in, `contact_id` the contact whom it is put to.
    """

    provider_id: int
    interview_id: int
    unit_id: int
    person_id: int
    actor_person_id: int | None
    protocol: str
    version: int
    stage: str
    answers: dict[str, Any]
    post_answers: dict[str, Any]
    current: str | None
    outcome: dict[str, Any] | None
    rev: int
    started_at: datetime
    changed_at: datetime
    case_id: int | None
    given_name: str
    birth_date: Any
    sex: str | None
    practice: Practice
    asked: Protocol | None
    post_form: Form
    for_case_id: int | None = None
    ticket_id: int | None = None
    staff_id: int | None = None
    about_child: bool = False
    contact_id: int | None = None

    @property
    def reason(self) -> str:
        """The code of the complaint that the protocol asks about."""
        return self.practice.reason_of(self.protocol)

    @property
    def kind(self) -> str:
        """`complaint`, or `service` for an administrative errand."""
        return self.asked.kind if self.asked is not None else "complaint"

    @property
    def is_open(self) -> bool:
        """Whether it can still be gone on with."""
        return self.stage in OPEN_STAGES

    @property
    def is_service(self) -> bool:
        """Whether it is an administrative errand."""
        return self.kind == "service"

    @property
    def ref(self) -> InterviewRef:
        return InterviewRef(self.provider_id, self.interview_id)

    @property
    def for_child(self) -> bool:
        if self.staff_id is not None:
            return self.about_child
        return self.person_id != self.actor_person_id

    @property
    def subject(self) -> Subject:
        """The person as old as they are today; once there is an outcome, as old as they were then."""
        if self.outcome is not None:
            return msgspec.convert(self.outcome["subject"], Subject)
        today = clock.today()
        months = (today.year - self.birth_date.year) * 12 + today.month - self.birth_date.month
        return Subject(
            age_years=age_in_years(self.birth_date, today),
            age_months=months - (today.day < self.birth_date.day),
            sex=self.sex,  # type: ignore[arg-type]  # the table holds these two or nothing
            is_child_of_actor=self.for_child,
            name=self.given_name,
        )

    @property
    def stored(self) -> dict[str, Any]:
        """What the triage engine replays from."""
        return {
            "protocol": self.protocol,
            "version": self.version,
            "subject": msgspec.to_builtins(self.subject),
            "answers": self.answers,
            "at": self.current,
            "last": None,
        }

    def interview(self) -> Interview:
        """The interview where it stands, by its own version of the protocol. Raises LookupError without one."""
        if self.asked is None:
            raise LookupError(f"no protocol {self.protocol} version {self.version}")
        return resume(self.asked, self.stored)


KEPT = """
SELECT i.provider_id, i.interview_id, i.unit_id, i.person_id, i.actor_person_id, i.protocol, i.version, i.stage,
       i.answers, i.post_answers, i.current, i.outcome, i.rev, i.started_at, i.changed_at, i.case_id,
       i.for_case_id, (SELECT t.ticket_id FROM ticket t WHERE t.provider_id = i.provider_id
                       AND t.interview_id = i.interview_id) AS ticket_id,
       i.staff_id, i.about_child, i.contact_id,
       CASE WHEN i.staff_id IS NOT NULL AND p.protected THEN '' ELSE p.given_name END AS given_name,
       p.birth_date, p.sex
FROM interview i JOIN person p USING (person_id)
"""


async def own_interview(connection: Connection, *, by: PatientActor, ref: InterviewRef) -> Kept:
    """The actor's interview. Another guardian's is not theirs to answer. Raises NotFound, Stale."""
    row = await connection.fetchrow(f"{KEPT} WHERE i.provider_id = $1 AND i.interview_id = $2", *ref)
    if row is None or not _is_own(row, by):
        raise NotFound()
    refuse_old(row)
    return await whole(connection, row)


class Stale(WrongState):
    """The answers are too old to go on with: the page of another day, or a bookmark."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__(
            N_(
                "Svaren är mer än ett dygn gamla, och mycket kan ha ändrats sedan dess. Börja om från startsidan."
            )
        )


def refuse_old(row: Any) -> None:
    """Raises Stale for an interview in the middle that nobody has touched for as long as one may go on."""
    in_the_middle = row["case_id"] is None and row["stage"] in OPEN_STAGES
    if in_the_middle and row["changed_at"] <= clock.now() - RESUMABLE:
        raise Stale


async def lock_interview(connection: Connection, ref: InterviewRef) -> None:
    """Hold the interview until the end of the caller's transaction."""
    await connection.execute(
        "SELECT 1 FROM interview WHERE provider_id = $1 AND interview_id = $2 FOR NO KEY UPDATE", *ref
    )


async def whole(connection: Connection, row: Any) -> Kept:
    """The interview with its own versions of what it was asked by."""
    provider_id = row["provider_id"]
    practice = await practice_of(connection, provider_id)
    asked = await protocol_of(connection, provider_id, practice, row["protocol"], row["version"])
    if asked is not None and asks_for_role(asked) and row["case_id"] is None:
        places = await resources_of(connection, provider_id)
        at_unit = roles_at(places, practice.roles, row["unit_id"])
        asked = for_unit(asked, at_unit, practice.roles)
    kind = asked.kind if asked is not None else "complaint"
    return Kept(
        **row,
        practice=practice,
        asked=asked,
        post_form=await _post_form(connection, provider_id, practice, kind, row["post_answers"]),
    )


async def _post_form(
    connection: Connection, provider_id: int, practice: Practice, kind: str, answers: dict[str, Any]
) -> Form:
    """The form that the answers were given in; the one in force where there are none, or nobody has that one."""
    in_force = practice.post_form_for(kind)
    version = answers.get(FORM_VERSION, 1) if answers else in_force.version
    if version == in_force.version:
        return in_force
    try:
        return await forms.in_version(connection, provider_id, POST_FORMS[kind], version)
    except LookupError:
        return in_force


def _is_own(row: Any, by: PatientActor) -> bool:
    """Whether the actor began it, and the child it is about has not grown out of their reach since."""
    began = by.main(row["actor_person_id"]) == by.person_id
    return began and by.may_seek(person_id=by.main(row["person_id"]), provider_id=row["provider_id"])


async def interview_of_case(connection: Connection, case: Case) -> Kept | None:
    """The interview behind a case that has been read through its own check."""
    row = await connection.fetchrow(
        f"{KEPT} WHERE i.provider_id = $1 AND i.interview_id = $2", case.provider_id, case.interview_id
    )
    return await whole(connection, row) if row else None


async def interview_of_ticket(connection: Connection, ref: InterviewRef) -> Kept:
    """The interview behind a ticket that has been read through its own check. Raises NotFound."""
    row = await connection.fetchrow(f"{KEPT} WHERE i.provider_id = $1 AND i.interview_id = $2", *ref)
    if row is None:
        raise NotFound()
    return await whole(connection, row)


async def open_interviews(connection: Connection, *, by: PatientActor, person_id: int) -> list[Kept]:
    """The actor's interviews for a person that can be gone on with, latest first."""
    rows = await connection.fetch(
        f"{KEPT} WHERE i.person_id = ANY ($1::bigint[]) AND i.actor_person_id = ANY ($2::bigint[]) "
        "AND i.stage IN ('questions', 'result', 'post') AND i.changed_at > $3 "
        "AND i.for_case_id IS NULL ORDER BY i.changed_at DESC LIMIT 5",
        by.ids_of(person_id),
        by.own_ids,
        clock.now() - RESUMABLE,
    )
    return [await whole(connection, row) for row in rows if _is_own(row, by)]


class OwnCase(msgspec.Struct, frozen=True):
    """A case in the patient's list. `line` is the last thing said, by `said_by`; `unread` is for who sought care."""

    case: Case
    complaint: Text
    unit_name: str
    given_name: str
    owner_name: str
    line: str
    said_by: str
    said_kind: str
    said_at: datetime | None
    unread: bool


_CASES = f"""
SELECT {", ".join(f"c.{column.strip()}" for column in CASE_COLUMNS.split(","))},
       u.name AS unit_name, p.given_name, coalesce(s.given_name || ' ' || s.family_name, '') AS owner_name,
       coalesce(e.body->>'text', '') AS line, coalesce(e.author_name, '') AS said_by,
       coalesce(e.author_kind, '') AS said_kind, e.at AS said_at
FROM care_case c
JOIN unit u USING (provider_id, unit_id)
JOIN person p ON p.person_id = c.person_id
LEFT JOIN staff s ON s.staff_id = c.owner_staff_id
LEFT JOIN LATERAL (
  SELECT body, author_name, author_kind, at FROM entry
  WHERE provider_id = c.provider_id AND case_id = c.case_id AND kind = 'message' ORDER BY n DESC LIMIT 1) e ON true
WHERE c.person_id = ANY ($1::bigint[])
"""


async def own_cases(
    connection: Connection,
    *,
    by: PatientActor,
    person_ids: list[int],
    only_talks: bool = False,
    limit: int = 100,
) -> list[OwnCase]:
    """Cases about the persons, what changed last first; `only_talks` leaves out those without a message."""
    order = "e.at DESC" if only_talks else "c.changed_at DESC"
    where = "AND e.at IS NOT NULL" if only_talks else ""
    rows = await connection.fetch(f"{_CASES} {where} ORDER BY {order} LIMIT $2", person_ids, limit)
    practices = {
        provider_id: await practice_of(connection, provider_id)
        for provider_id in {row["provider_id"] for row in rows}
    }
    return [_own_case(row, by, practices[row["provider_id"]]) for row in rows]


def _own_case(row: Any, by: PatientActor, practice: Practice) -> OwnCase:
    case = case_from(row)
    return OwnCase(
        case,
        practice.known_names.get(case.reason, {"sv": case.reason}),
        row["unit_name"],
        row["given_name"],
        row["owner_name"],
        row["line"],
        row["said_by"],
        row["said_kind"],
        row["said_at"],
        responsible(by, case) and case.staff_last_n > case.patient_read_n,
    )


def responsible(by: PatientActor, case: Case) -> bool:
    """Whether the actor is the one who acts in the case: whoever sought care, or the child once it is grown (A10)."""
    return by.is_responsible(
        person_id=case.person_id, actor_person_id=case.actor_person_id, provider_id=case.provider_id
    )


async def household(connection: Connection, by: PatientActor) -> dict[int, Person]:
    """The actor and the children they act for, the actor first, the children by age."""
    known = await persons(connection, [by.person_id, *by.children])
    children = sorted(
        (known[c] for c in by.children if c in known), key=lambda p: (p.birth_date, p.person_id)
    )
    return {person.person_id: person for person in (known[by.person_id], *children)}


async def owner_of(connection: Connection, case: Case) -> tuple[str, str, str] | None:
    """Name, title as patients may read it, and picture ("" for none) of whoever has taken the case, or ended it."""
    found = await face_of(connection, case.owner_staff_id)
    if found is None or case.owner_staff_id is None:
        return None
    title = await patients_title(connection, case.provider_id, case.owner_staff_id, found.title)
    return found.name, title, found.picture


def is_over(case: Case) -> bool:
    """Whether nothing more can happen in the case."""
    return case.phase in (Phase.CLOSED, Phase.CANCELLED)
