"""Reads of texts to staff: who wants one now, and those on their way."""

from datetime import datetime

import msgspec

from vardlots.cases.model import Case, CaseRef
from vardlots.notifications.model import NoticeState, StaffNoticeKind
from vardlots.notifications.staff import policy
from vardlots.platform import clock
from vardlots.platform.db import Connection


class StaffNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A text to one member of staff about a row of a case. It names no patient."""

    provider_id: int
    notice_id: int
    case_id: int
    staff_id: int
    kind: StaffNoticeKind
    about_n: int
    state: NoticeState
    reference: str

    @property
    def ref(self) -> CaseRef:
        """The case it is about."""
        return CaseRef(self.provider_id, self.case_id)


# On an open shift at the case's unit, with an assignment for it today, in the case's role (or as its owner), with a
# number and the choice made.
_WANTED = """
SELECT s.staff_id, s.mobile FROM shift h JOIN staff s USING (staff_id)
WHERE h.provider_id = $1 AND h.unit_id = $2 AND h.ended_at IS NULL AND s.mobile IS NOT NULL
  AND s.notices -> $3::text = 'true'::jsonb AND (h.role = $4 OR s.staff_id = $5)
  AND EXISTS (SELECT FROM assignment a WHERE a.staff_id = h.staff_id AND a.provider_id = h.provider_id
              AND a.unit_id = h.unit_id AND a.role = h.role AND a.valid_from <= $6
              AND (a.valid_to IS NULL OR a.valid_to >= $6))
"""


async def wanted_by(connection: Connection, *, kind: StaffNoticeKind, case: Case) -> dict[int, str]:
    """Who is to be told, with their numbers in E.164."""
    rows = await connection.fetch(
        _WANTED,
        case.ref.provider_id,
        case.unit_id,
        kind.value,
        case.role,
        policy.also_owner(kind, case),
        clock.today(),
    )
    return {row["staff_id"]: row["mobile"] for row in rows}


async def told_already(connection: Connection, *, kind: StaffNoticeKind, case: Case, n: int) -> set[int]:
    """Who has a text about an earlier row of the case that nobody has read since: the same text covers this one."""
    rows = await connection.fetch(
        "SELECT staff_id FROM notice WHERE provider_id = $1 AND case_id = $2 AND kind = $3 AND about_n < $4 "
        "AND about_n > $5 AND staff_id IS NOT NULL AND state IN ('sending', 'sent')",
        *case.ref,
        kind.value,
        n,
        case.staff_read_n,
    )
    return {row["staff_id"] for row in rows}


_NOTICE = """
SELECT provider_id, notice_id, case_id, staff_id, kind, about_n, state, reference FROM notice
WHERE provider_id = $1 AND staff_id IS NOT NULL
"""


async def notice(connection: Connection, provider_id: int, notice_id: int) -> StaffNotice | None:
    """One text to staff, or None."""
    row = await connection.fetchrow(f"{_NOTICE} AND notice_id = $2", provider_id, notice_id)
    return _notice(row) if row else None


async def left_sending(connection: Connection, provider_id: int, before: datetime) -> list[StaffNotice]:
    """Texts to a provider's staff that began to be sent before a moment and have not come further."""
    rows = await connection.fetch(
        f"{_NOTICE} AND state = 'sending' AND created_at < $2 ORDER BY notice_id LIMIT 500",
        provider_id,
        before,
    )
    return [_notice(row) for row in rows]


def _notice(row: object) -> StaffNotice:
    values = dict(row)  # type: ignore[call-overload]
    values["kind"] = StaffNoticeKind(values["kind"])
    values["state"] = NoticeState(values["state"])
    return StaffNotice(**values)
