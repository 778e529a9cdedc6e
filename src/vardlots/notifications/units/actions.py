"""The text to a unit's phone about a consultation, sent once, and what has become of it on the consultation."""

import msgspec

from vardlots.access.actor import SystemActor
from vardlots.clinics.queries import unit
from vardlots.consultations.model import Consultation, ConsultationRef
from vardlots.consultations.queries import readable
from vardlots.notifications.actions import Post, hand_over, mark
from vardlots.notifications.configured import units_text
from vardlots.notifications.delivery import Delivery
from vardlots.notifications.model import NoticeState, PhoneNoticeKind, Sms, Why
from vardlots.notifications.roster import OwnRoster
from vardlots.notifications.units.queries import is_told_of
from vardlots.platform import clock
from vardlots.platform.db import Connection


class _Written(msgspec.Struct, frozen=True):
    """The notice's row, and its text."""

    notice_id: int
    state: NoticeState
    reference: str
    text: str


async def tell(
    post: Post, *, by: SystemActor, ref: ConsultationRef, kind: PhoneNoticeKind, n: int = 0
) -> NoticeState | None:
    """Tell the phone of the unit that is asked, where its provider's scheme has the priority as one to tell of and
    nobody has answered yet. Names no patient. Twice is once.

    Returns how far the text has come; None where there is nothing to tell. Raises NotFound when there is no such
    consultation, Unavailable when the roster or the provider of texts does not answer: try again later.
    """
    async with post.database.transaction(by.scope) as connection:
        found = await readable(connection, by=by, ref=ref)
        if not found.waits or not await is_told_of(connection, found):
            return None
    roster = post.roster or OwnRoster(post.database)
    phone = await roster.phone_for(
        provider_id=found.to_provider_id, unit_id=found.unit_id, moment=clock.now()
    )
    async with post.database.transaction(by.scope) as connection:
        written = await _write_down(connection, post, found, kind, n)
        if written.state is not NoticeState.SENDING:
            return written.state
        if phone is None:
            nobody = Delivery(NoticeState.SKIPPED, Why.NO_NUMBER)
            return (await mark(connection, by=by, notice_id=written.notice_id, learnt=nobody)).state
    sms = Sms(written.reference, phone, written.text)
    return await hand_over(post, by=by, notice_id=written.notice_id, sms=sms)


async def _write_down(
    connection: Connection, post: Post, found: Consultation, kind: PhoneNoticeKind, n: int
) -> _Written:
    reference = f"vardlots-{found.provider_id}-c{found.consultation_id}-{kind}-{n}"
    await connection.execute(
        "INSERT INTO notice (provider_id, consultation_id, kind, about_n, state, created_at, reference) "
        "VALUES ($1, $2, $3, $4, 'sending', $5, $6) ON CONFLICT DO NOTHING",
        *found.ref,
        kind.value,
        n,
        clock.now(),
        reference,
    )
    row = await connection.fetchrow(
        "SELECT notice_id, state FROM notice WHERE provider_id = $1 AND consultation_id = $2 AND kind = $3 "
        "AND about_n = $4",
        *found.ref,
        kind.value,
        n,
    )
    asked = await unit(connection, found.unit_id)
    assert asked is not None  # a foreign key says so
    told = await units_text(
        connection, post.texts, provider_id=found.to_provider_id, kind=kind, unit=asked.name
    )
    return _Written(row["notice_id"], NoticeState(row["state"]), reference, told)
