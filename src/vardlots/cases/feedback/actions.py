"""Feedback is written, read and answered. No patient ever reads it: it is no row of the case's timeline."""

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases.feedback import policy, queries
from vardlots.cases.feedback.model import TEXT_MAX, About, Feedback
from vardlots.cases.model import CaseRef, client_key
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound, SomebodyWasFirst
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal


async def give_feedback(house: House, *, by: StaffActor, ref: CaseRef, kind: str, text: str, key: str) -> int:
    """Say what one thinks of a case that one may read. Returns its number; the same `key` twice is one.

    Raises Invalid with `kind` or `text`, and NotFound or Forbidden for whoever may not read the case.
    """
    if kind not in set(About):
        raise Invalid("kind", "Välj vad återkopplingen gäller.")
    text = _checked(text, "text", N_("Skriv vad du vill ta upp."))
    client_key(key)
    async with house.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        found = await connection.fetchval(
            "INSERT INTO feedback (provider_id, case_id, unit_id, kind, text, staff_id, at, key) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (provider_id, case_id, staff_id, key) DO NOTHING "
            "RETURNING feedback_id",
            *ref,
            case.unit_id,
            kind,
            text,
            by.staff_id,
            clock.now(),
            key,
        )
        if found is None:
            return int(
                await connection.fetchval(
                    "SELECT feedback_id FROM feedback WHERE provider_id = $1 AND case_id = $2 AND staff_id = $3 "
                    "AND key = $4",
                    *ref,
                    by.staff_id,
                    key,
                )
            )
        await audit.write(
            connection,
            [audit.access(by, "give_feedback", provider_id=ref.provider_id, case_id=ref.case_id)],
        )
    return int(found)


async def answer_feedback(house: House, *, by: StaffActor, feedback_id: int, answer: str) -> None:
    """Note that feedback has been read, and answer its author where there is an answer. Read twice is once.

    Raises NotFound where there is none, Forbidden for whoever cannot change what it is about, Invalid for too long an
    answer, SomebodyWasFirst when a colleague has answered already.
    """
    answer = answer.strip()
    if answer:
        _checked(answer, "answer", "")
    async with house.database.transaction(by.scope) as connection:
        found = await _for_reader(connection, by, feedback_id)
        now = clock.now()
        await connection.execute(
            "UPDATE feedback SET read_at = $3, read_by = $4 WHERE provider_id = $1 AND feedback_id = $2 "
            "AND read_at IS NULL",
            by.provider_id,
            feedback_id,
            now,
            by.staff_id,
        )
        if answer:
            given = await connection.fetchval(
                "UPDATE feedback SET answer = $3, answered_at = $4, answered_by = $5 WHERE provider_id = $1 "
                "AND feedback_id = $2 AND answer IS NULL RETURNING true",
                by.provider_id,
                feedback_id,
                answer,
                now,
                by.staff_id,
            )
            if given is None:
                first = await queries.one(connection, by=by, feedback_id=feedback_id)
                assert first is not None
                raise SomebodyWasFirst(first.answerer, first.answered_at)
        await audit.write(
            connection,
            [audit.access(by, "answer_feedback", provider_id=by.provider_id, case_id=found.case_id)],
        )
    house.hub.publish([Signal(f"staff:{found.staff_id}")])


async def note_answers_seen(house: House, *, by: StaffActor, ref: CaseRef | None = None) -> None:
    """The author has read the answers that there are, all of them or those about one case."""
    async with house.database.transaction(by.scope) as connection:
        await connection.execute(
            "UPDATE feedback SET answer_seen_at = $3 WHERE provider_id = $1 AND staff_id = $2 "
            "AND answered_at <= $3 AND answer_seen_at IS NULL AND ($4::bigint IS NULL OR case_id = $4)",
            by.provider_id,
            by.staff_id,
            clock.now(),
            ref.case_id if ref is not None else None,
        )


async def _for_reader(connection: Connection, by: StaffActor, feedback_id: int) -> Feedback:
    found = await queries.one(connection, by=by, feedback_id=feedback_id)
    if found is None:
        raise NotFound()
    if not policy.reads(by, found.unit_id):
        raise Forbidden("Din roll svarar inte på återkoppling för enheten.", code="not_administrator")
    return found


def _checked(text: str, field: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(field, missing)
    if len(text) > TEXT_MAX:
        raise Invalid(field, "Korta ner texten till högst {most} tecken.", most=TEXT_MAX)
    return text
