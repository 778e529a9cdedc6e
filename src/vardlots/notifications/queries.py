"""Reads of notices."""

from datetime import datetime

import msgspec

from vardlots.cases.model import CaseRef
from vardlots.notifications.model import (
    OF_BOOKING,
    REMINDERS,
    InOutbox,
    Notice,
    NoticeKind,
    NoticeState,
    Why,
)
from vardlots.platform.db import Connection

_NOTICE = """
SELECT provider_id, notice_id, case_id, kind, about_n, state, reference, due_at, appointment_id FROM notice
"""
_PATIENTS = "case_id IS NOT NULL AND staff_id IS NULL"
# A notice that was not sent for one of these tells nothing of whether the patient can be reached.
NO_NEWS = (Why.READ.value, Why.MOVED_ON.value, Why.COVERED.value)


async def notice(
    connection: Connection, ref: CaseRef, kind: NoticeKind, n: int, appointment_id: int | None = None
) -> Notice | None:
    """The patient's notice of a kind about a row, or about a booked time; None where there is none."""
    row = await connection.fetchrow(
        f"{_NOTICE} WHERE provider_id = $1 AND case_id = $2 AND kind = $3 AND about_n = $4 AND staff_id IS NULL "
        "AND appointment_id IS NOT DISTINCT FROM $5",
        *ref,
        kind.value,
        n,
        appointment_id,
    )
    return _notice(row) if row else None


async def left_sending(connection: Connection, provider_id: int, before: datetime) -> list[Notice]:
    """Notices to patients of a provider that began to be sent before a moment and have not come further."""
    rows = await connection.fetch(
        f"{_NOTICE} WHERE provider_id = $1 AND {_PATIENTS} AND state = 'sending' "
        "AND coalesce(due_at, created_at) < $2 ORDER BY notice_id LIMIT 500",
        provider_id,
        before,
    )
    return [_notice(row) for row in rows]


async def left_waiting(connection: Connection, provider_id: int, before: datetime) -> list[Notice]:
    """Notices that should have been looked at before a moment, when the night was over, and have not been."""
    rows = await connection.fetch(
        f"{_NOTICE} WHERE provider_id = $1 AND {_PATIENTS} AND state = 'queued' AND due_at < $2 "
        "ORDER BY notice_id LIMIT 500",
        provider_id,
        before,
    )
    return [_notice(row) for row in rows]


async def left_beside(connection: Connection, provider_id: int, before: datetime) -> list[int]:
    """Texts about tickets and consultations that began to be sent before a moment and have not come further."""
    rows = await connection.fetch(
        "SELECT notice_id FROM notice WHERE provider_id = $1 AND case_id IS NULL AND state = 'sending' "
        "AND coalesce(due_at, created_at) < $2 ORDER BY notice_id LIMIT 500",
        provider_id,
        before,
    )
    return [int(row["notice_id"]) for row in rows]


def _covering(kind: NoticeKind) -> list[str]:
    """The kinds whose later text makes one of this kind unneeded: what was done to a time last, or the newest word."""
    if kind in REMINDERS or kind is NoticeKind.EARLIER_OFFER:
        return []
    of_booking = kind in OF_BOOKING
    return [one.value for one in NoticeKind if (one in OF_BOOKING) is of_booking and one not in REMINDERS]


async def is_covered(connection: Connection, notice: Notice) -> bool:
    """Whether a later notice of the same case waits for the same morning: one text is enough."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM notice WHERE provider_id = $1 AND case_id = $2 AND staff_id IS NULL "
            "AND notice_id > $3 AND state = 'queued' AND kind = ANY ($4::text[]))",
            notice.provider_id,
            notice.case_id,
            notice.notice_id,
            _covering(notice.kind),
        )
    )


async def newest_word(connection: Connection, ref: CaseRef) -> tuple[NoticeState, Why | None] | None:
    """How far the newest notice to the patient has come that says anything of whether they are reached."""
    row = await connection.fetchrow(
        "SELECT state, why FROM notice WHERE provider_id = $1 AND case_id = $2 AND staff_id IS NULL "
        "AND state <> 'sending' AND (why IS NULL OR why <> ALL ($3::text[])) ORDER BY notice_id DESC LIMIT 1",
        *ref,
        list(NO_NEWS),
    )
    return (NoticeState(row["state"]), Why(row["why"]) if row["why"] else None) if row else None


class Referred(msgspec.Struct, frozen=True):
    """The notice with a reference: its number, and itself where it is to the patient of a case."""

    notice_id: int
    notice: Notice | None


async def by_reference(connection: Connection, provider_id: int, reference: str) -> Referred | None:
    """The notice with a reference, None where there is none."""
    row = await connection.fetchrow(
        f"{_NOTICE} WHERE provider_id = $1 AND reference = $2 AND {_PATIENTS}", provider_id, reference
    )
    if row is not None:
        return Referred(row["notice_id"], _notice(row))
    other = await connection.fetchval(
        "SELECT notice_id FROM notice WHERE provider_id = $1 AND reference = $2", provider_id, reference
    )
    return Referred(other, None) if other is not None else None


async def outbox(connection: Connection, limit: int = 200) -> list[InOutbox]:
    """The newest messages of the local adapter, newest first."""
    rows = await connection.fetch(
        "SELECT recipient, body, at FROM sms_outbox ORDER BY at DESC, sms_id DESC LIMIT $1", limit
    )
    return [InOutbox(**row) for row in rows]


def _notice(row: object) -> Notice:
    values = dict(row)  # type: ignore[call-overload]
    values["kind"] = NoticeKind(values["kind"])
    values["state"] = NoticeState(values["state"])
    return Notice(**values)
