"""The verbs of an interview: each is one transaction, compares and sets `rev`, and is in the access log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.audit import log as audit
from vardlots.cases.actions import leave_queue
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.clinics.model import Unit
from vardlots.conversations.actions import NewFile, keep_file
from vardlots.forms.flow import visible_steps
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.uploads import Upload
from vardlots.triage import interview as engine
from vardlots.triage.configured import practice_of
from vardlots.triage.interview import Interview, NotSuited
from vardlots.triage.model import Outcome
from vardlots.triage.queries import (
    FORM_VERSION,
    RESUMABLE,
    InterviewRef,
    Kept,
    lock_interview,
    own_interview,
)
from vardlots.triage.schemes import priority_in, way_in

PICTURES_MAX = 8
OWN_WORDS_MAX = 2000


class Moved(WrongState):
    """The interview was answered in another tab in the meantime."""

    code = "moved"

    def __init__(self) -> None:
        super().__init__(N_("Frågorna har besvarats i en annan flik. Här är läget nu."))


async def start_interview(
    house: House,
    *,
    by: PatientActor,
    unit: Unit,
    person_id: int,
    reason: str,
    kind: str = "complaint",
    contact_id: int | None = None,
) -> InterviewRef:
    """Begin the questions about a complaint, or go on with those begun within a day. Two taps begin one interview.

    `kind` "service" for an administrative errand, "contact" for a question to `contact_id`, a contact of the person's.

    Raises NotFound for somebody else's child or a complaint that the unit does not offer, NotSuited where the questions
    are not made for that age.
    """
    if not by.may_seek(person_id=person_id, provider_id=unit.provider_id):
        raise NotFound()
    now = clock.now()
    async with house.database.transaction(by.scope) as connection:
        practice = await practice_of(connection, unit.provider_id)
        try:
            protocol = practice.protocol_for(reason, unit.unit_id, kind)
        except LookupError:
            raise NotFound() from None
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"interview {person_id}"
        )
        begun = await connection.fetchval(
            "SELECT interview_id FROM interview WHERE person_id = ANY ($1::bigint[]) "
            "AND actor_person_id = ANY ($2::bigint[]) AND provider_id = $3 AND unit_id = $4 AND protocol = $5 "
            "AND version = $6 AND stage IN ('questions', 'result', 'post') AND changed_at > $7 AND for_case_id IS NULL "
            "AND contact_id IS NOT DISTINCT FROM $8 ORDER BY changed_at DESC LIMIT 1",
            by.ids_of(person_id),
            by.own_ids,
            unit.provider_id,
            unit.unit_id,
            protocol.code,
            protocol.version,
            now - RESUMABLE,
            contact_id,
        )
        if begun is not None:
            return InterviewRef(unit.provider_id, begun)
        about = (unit.provider_id, unit.unit_id, person_id, protocol.code, protocol.version)
        ref = await insert_interview(connection, by=by, about=about, now=now, contact_id=contact_id)
        kept = await own_interview(connection, by=by, ref=ref)
        if not protocol.suits(kept.subject):
            raise NotSuited(protocol)
        await _log(connection, by, kept, "start_interview")
    return ref


async def begin_again(house: House, *, by: PatientActor, ref: InterviewRef) -> InterviewRef:
    """For who answered wrong: the case that came of it leaves the queue, and a new interview with the same answers
    stands at its last question. Both or neither.

    Raises WrongState or SomebodyWasFirst where the case can no longer leave the queue.
    """
    async with house.database.transaction(by.scope) as connection:
        kept = await own_interview(connection, by=by, ref=ref)
    if kept.case_id is None:
        return ref
    begun: list[InterviewRef] = []

    async def begin(connection: Connection, _case_id: int) -> None:
        about = (kept.provider_id, kept.unit_id, kept.person_id, kept.protocol, kept.version)
        current, now = last_answered(kept.interview()), clock.now()
        begun.append(
            await insert_interview(
                connection,
                by=by,
                about=about,
                answers=kept.answers,
                now=now,
                current=current,
                contact_id=kept.contact_id,
            )
        )
        await _log(connection, by, kept, "start_interview")

    await leave_queue(house, by=by, ref=CaseRef(kept.provider_id, kept.case_id), together=begin)
    return begun[0]


async def insert_interview(
    connection: Connection,
    *,
    by: PatientActor,
    about: tuple[int, int, int, str, int],
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    current: str | None = None,
    for_case_id: int | None = None,
    contact_id: int | None = None,
) -> InterviewRef:
    """A new interview in the caller's transaction. `about`: provider, unit, person, protocol, version; `for_case_id`
    where it is asked anew about a case, `contact_id` where it is put to a contact."""
    provider_id = about[0]
    interview_id = await connection.fetchval(
        "INSERT INTO interview (provider_id, unit_id, person_id, protocol, version, actor_person_id, stage, answers, "
        "current, started_at, changed_at, for_case_id, contact_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, 'questions', $7, $8, $9, $9, $10, $11) RETURNING interview_id",
        *about,
        by.person_id,
        answers or {},
        current,
        now,
        for_case_id,
        contact_id,
    )
    return InterviewRef(provider_id, interview_id)


async def answer(
    house: House,
    *,
    by: PatientActor,
    ref: InterviewRef,
    rev: int,
    link_id: str,
    raw: object,
    photos: list[dict[str, str]] | None = None,
) -> Kept:
    """Keep an answer (and photos beside it) and move on; with the last one the outcome is kept too.

    The same answer sent twice is no fault. Raises Moved when another tab was first, InvalidAnswer from the engine,
    WrongState when the interview is over.
    """
    async with house.database.transaction(by.scope) as connection:
        kept = await own_interview(connection, by=by, ref=ref)
        if not kept.is_open:
            raise WrongState("De här frågorna är redan klara.", code="interview_over")
        # While questions are asked the person is as old as today; the kept outcome no longer counts.
        standing = msgspec.structs.replace(kept, outcome=None).interview()
        moved = engine.answer(standing, link_id, raw)
        if photos is not None:
            moved = _with_photos(moved, link_id, photos)
        if kept.rev != rev:
            if kept.rev == rev + 1 and moved.answers == standing.answers:
                return kept
            raise Moved
        return await keep_step(connection, by=by, kept=kept, moved=moved)


def last_answered(interview: Interview) -> str | None:
    """The last question shown that has an answer: where one goes back to from an outcome."""
    shown = [item.link_id for item in visible_steps(interview.protocol.form, interview.known)]
    return next((link_id for link_id in reversed(shown) if link_id in interview.answers), None)


def _with_photos(interview: Interview, link_id: str, photos: list[dict[str, str]]) -> Interview:
    photo_id = f"{link_id}.photo"
    have = list(interview.answers.get(photo_id, ()))
    with_them = engine.answer(interview, photo_id, [*have, *photos])
    return with_them


async def keep_step(
    connection: Connection,
    *,
    by: PatientActor | StaffActor,
    kept: Kept,
    moved: Interview,
    action: str = "answer",
) -> Kept:
    """Write the answers of a step in the caller's transaction; `action` is what the access log says. Raises Moved."""
    result = engine.outcome(moved) if moved.finished and engine.is_answered(moved) else None
    stage = "questions" if result is None else "result"
    outcome = None if result is None else _outcome(kept, moved, result)
    answers = {link_id: list(values) for link_id, values in moved.answers.items()}
    now = clock.now()
    rev: int | None = await connection.fetchval(
        """
        WITH logged AS (
          INSERT INTO access_log (provider_id, at, actor_kind, actor_id, actor_name, person_id, action, unit_id)
          VALUES ($1, $8, $12, $9, $10, $11, $13, $14))
        UPDATE interview SET answers = $4, current = $5, stage = $6, outcome = $7, rev = rev + 1, changed_at = $8
        WHERE provider_id = $1 AND interview_id = $2 AND rev = $3 AND case_id IS NULL RETURNING rev""",
        *kept.ref,
        kept.rev,
        answers,
        moved.at,
        stage,
        outcome,
        now,
        by.actor_id,
        by.name,
        kept.person_id,
        by.kind,
        action,
        by.unit_id if isinstance(by, StaffActor) else None,
    )
    if rev is None:
        raise Moved
    change = msgspec.structs.replace
    return change(
        kept, answers=answers, current=moved.at, stage=stage, outcome=outcome, rev=rev, changed_at=now
    )


def _outcome(kept: Kept, moved: Interview, result: Outcome) -> dict[str, Any]:
    """What is kept of an outcome: enough to replay it, and where it led in the provider's scheme."""
    by_scheme = kept.practice.scheme
    return {
        "protocol": result.protocol,
        "version": result.version,
        "subject": msgspec.to_builtins(moved.subject),
        "rules": [rule.id for rule in result.rules],
        "priority": result.priority,
        "booking": result.booking,
        "scheme": by_scheme.code,
        "scheme_priority": priority_in(by_scheme, result),
        "way_in": way_in(by_scheme, result).value,
        "level": result.level.value,
        "role": kept.practice.role_for(result.protocol, result.role),
    }


async def go_on(house: House, *, by: PatientActor, ref: InterviewRef) -> Kept:
    """From the outcome to the questions before the queue. Raises WrongState without an outcome."""
    async with house.database.transaction(by.scope) as connection:
        kept = await own_interview(connection, by=by, ref=ref)
        if kept.stage == "post" or kept.case_id is not None or kept.for_case_id is not None:
            # Asked anew about a case, what stands between triage and the queue has been answered already.
            return kept
        if kept.stage != "result":
            raise WrongState("Svara på frågorna först.", code="not_finished")
        return await set_columns(connection, by=by, kept=kept, stage="post")


async def keep_post_answers(
    house: House, *, by: PatientActor, ref: InterviewRef, answers: Mapping[str, Any]
) -> Kept:
    """Keep what was answered before queueing: linkId → values, and `own_words` → text. Checked by the caller, by the
    form that is in force.
    """
    async with house.database.transaction(by.scope) as connection:
        # Of two presses the second waits, and finds either its own place or the case of the first.
        await lock_interview(connection, ref)
        kept = await own_interview(connection, by=by, ref=ref)
        if kept.case_id is not None:
            return kept
        if kept.stage != "post":
            raise WrongState("Svara på frågorna först.", code="not_finished")
        version = kept.practice.post_form_for(kept.kind).version
        return await set_columns(
            connection, by=by, kept=kept, post_answers={**answers, FORM_VERSION: version}
        )


async def leave(house: House, *, by: PatientActor, ref: InterviewRef) -> None:
    """Stop here: the interview is no longer offered to go on with. Leaving twice is no fault."""
    async with house.database.transaction(by.scope) as connection:
        kept = await own_interview(connection, by=by, ref=ref)
        if kept.is_open:
            await set_columns(connection, by=by, kept=kept, stage="left")


async def set_columns(
    connection: Connection,
    *,
    by: PatientActor | StaffActor,
    kept: Kept,
    action: str = "answer",
    **changed: Any,
) -> Kept:
    """Change columns of an interview that stands as it was read; `action` is what the access log says. Raises Moved."""
    now = clock.now()
    sets = ", ".join(f"{column} = ${place}" for place, column in enumerate(changed, start=5))
    rev = await connection.fetchval(
        f"UPDATE interview SET {sets}, rev = rev + 1, changed_at = $4 "
        "WHERE provider_id = $1 AND interview_id = $2 AND rev = $3 AND case_id IS NULL RETURNING rev",
        *kept.ref,
        kept.rev,
        now,
        *changed.values(),
    )
    if rev is None:
        raise Moved
    await _log(connection, by, kept, action)
    return msgspec.structs.replace(kept, rev=rev, changed_at=now, **changed)


async def add_picture(
    house: House, *, by: PatientActor, ref: InterviewRef, attachment_id: UUID, upload: Upload
) -> None:
    """Note a picture that was added during the questions; it follows into the case. Raises Invalid for too many."""
    async with house.database.transaction(by.scope) as connection:
        # One at a time, and none while the case is opened: it would belong to neither.
        await lock_interview(connection, ref)
        kept = await own_interview(connection, by=by, ref=ref)
        if not kept.is_open:
            raise WrongState("De här frågorna är redan klara.", code="interview_over")
        have = await connection.fetchval(
            "SELECT count(*) FROM attachment WHERE provider_id = $1 AND interview_id = $2", *ref
        )
        if have >= PICTURES_MAX:
            raise Invalid("file", "Det går att lägga till högst {most} bilder.", most=PICTURES_MAX)
        await keep_file(
            connection,
            by=by,
            file=NewFile(
                ref.provider_id, attachment_id, kept.person_id, upload, interview_id=ref.interview_id
            ),
        )
        await _log(connection, by, kept, "attach")


async def set_mobile(
    house: House, *, by: PatientActor, mobile: str | None, seeking_at: int | None = None
) -> None:
    """Keep the actor's own mobile number (E.164), or none when they decline to give one.

    It is in the log of every provider where they are a patient, and of the one (`seeking_at`) where they are about to
    be. The same number again changes nothing.
    """
    async with house.database.transaction(by.scope) as connection:
        changed = await connection.fetchval(
            "UPDATE person SET mobile = $2 WHERE person_id = ANY ($1::bigint[]) AND mobile IS DISTINCT FROM $2 "
            "RETURNING true",
            by.own_ids,
            mobile,
        )
        if not changed:
            return
        rows = await connection.fetch(
            "SELECT provider_id FROM patient WHERE person_id = ANY ($1::bigint[])", by.own_ids
        )
        providers = {row["provider_id"] for row in rows} | ({seeking_at} if seeking_at else set())
        if providers:
            await audit.write(
                connection,
                [
                    audit.access(by, "set_mobile", provider_id=provider_id, person_id=by.person_id)
                    for provider_id in sorted(providers)
                ],
            )


async def _log(connection: Connection, by: PatientActor | StaffActor, kept: Kept, action: str) -> None:
    row = audit.access(by, action, provider_id=kept.provider_id, person_id=kept.person_id)
    await audit.write(connection, [row])
