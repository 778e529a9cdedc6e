"""The text about a ticket, sent once: written down first, sent under its own reference, then marked on the ticket."""

from datetime import datetime, timedelta

import msgspec

from vardlots.access.actor import SystemActor
from vardlots.notifications.actions import Post, hand_over, mark
from vardlots.notifications.configured import patients_text
from vardlots.notifications.delivery import Delivery
from vardlots.notifications.model import NoticeKind, NoticeState, Sms
from vardlots.notifications.rules import rules_of
from vardlots.notifications.tickets import policy, queries
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.tickets.model import Ticket, TicketRef


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The notice's row, which is there from now on, with what to send where anything is."""

    notice_id: int
    state: NoticeState
    sms: Sms | None = None


async def tell(post: Post, *, by: SystemActor, ref: TicketRef, kind: NoticeKind) -> NoticeState:
    """Tell the phone of whoever reads the ticket, if that is still news and allowed. Twice is once.

    Raises NotFound when there is no such ticket, Unavailable when the provider of texts does not answer.
    """
    async with post.database.transaction(by.scope) as connection:
        ready = await _written_down(connection, post, by, ref, kind)
    if ready.sms is None:
        return ready.state
    return await hand_over(post, by=by, notice_id=ready.notice_id, sms=ready.sms)


async def _written_down(
    connection: Connection, post: Post, by: SystemActor, ref: TicketRef, kind: NoticeKind
) -> _Ready:
    ticket = await queries.ticket(connection, ref)
    if ticket is None:
        raise NotFound()
    now, reference = clock.now(), f"vardlots-{ref.provider_id}-t{ref.ticket_id}-{kind}-0"
    await connection.execute(
        "INSERT INTO notice (provider_id, ticket_id, person_id, kind, about_n, state, created_at, reference) "
        "VALUES ($1, $2, $3, $4, 0, 'sending', $5, $6) ON CONFLICT DO NOTHING",
        *ref,
        ticket.person_id,
        kind.value,
        now,
        reference,
    )
    written = await queries.notice(connection, ref, kind)
    assert written is not None
    notice_id, state, due_at = written
    waits_still = state is NoticeState.QUEUED and due_at is not None and due_at > now
    if waits_still or state not in (NoticeState.SENDING, NoticeState.QUEUED):
        return _Ready(notice_id=notice_id, state=state)
    patient, reader = await queries.persons_of(connection, ticket)
    assert patient is not None
    why = policy.why_not(kind, ticket, patient, reader, now)
    if why is not None:
        marked = await mark(connection, by=by, notice_id=notice_id, learnt=Delivery(NoticeState.SKIPPED, why))
        return _Ready(notice_id=notice_id, state=marked.state)
    rules = await rules_of(connection, ref.provider_id)
    if until := policy.wait_until(ticket, rules.quiet, now):
        await _wait(connection, ref, kind, notice_id, until)
        return _Ready(notice_id=notice_id, state=NoticeState.QUEUED)
    await mark(connection, by=by, notice_id=notice_id, learnt=Delivery(NoticeState.SENDING))
    assert reader is not None
    assert reader.mobile
    last_day = _last_moment(ticket)
    text = await patients_text(
        connection, post.texts, provider_id=ref.provider_id, kind=kind, lang=reader.language, at=last_day
    )
    sms = Sms(reference, reader.mobile, text)
    return _Ready(notice_id=notice_id, state=NoticeState.SENDING, sms=sms)


async def _wait(
    connection: Connection, ref: TicketRef, kind: NoticeKind, notice_id: int, until: datetime
) -> None:
    """Let it wait for the morning, in one transaction with the promise to look again."""
    waits = await connection.fetchval(
        "UPDATE notice SET state = 'queued', due_at = $3 WHERE provider_id = $1 AND notice_id = $2 "
        "AND state IN ('sending', 'queued') AND due_at IS DISTINCT FROM $3 RETURNING true",
        ref.provider_id,
        notice_id,
        until,
    )
    if waits:
        await connection.execute(
            "UPDATE ticket SET notice_state = 'queued' WHERE provider_id = $1 AND ticket_id = $2", *ref
        )
        await jobs.enqueue(connection, f"notifications.{kind}", {"ticket": str(ref)}, at=until)


def _last_moment(ticket: Ticket) -> datetime | None:
    """A moment on the last day that the ticket holds: its end is the midnight after."""
    return ticket.valid_until - timedelta(seconds=1) if ticket.valid_until else None
