"""Reads of texts to staff: who is meant now, what has been settled since, and those on their way."""

from datetime import datetime

import msgspec

from vardlots.cases.ending.whose import OWNER_ON_SHIFT
from vardlots.cases.model import Case, CaseRef
from vardlots.contacts.queries import at_work_in_place_of
from vardlots.notifications.model import OF_TIMES, NoticeState, StaffNoticeKind
from vardlots.notifications.staff import policy
from vardlots.notifications.staff.policy import Facts
from vardlots.platform import clock
from vardlots.platform.db import Connection


class StaffNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A text to one member of staff about a row of a case, or about one booked time of it. It names no patient."""

    provider_id: int
    notice_id: int
    case_id: int
    staff_id: int
    kind: StaffNoticeKind
    about_n: int
    state: NoticeState
    reference: str
    created_at: datetime
    appointment_id: int | None = None

    @property
    def ref(self) -> CaseRef:
        """The case it is about."""
        return CaseRef(self.provider_id, self.case_id)


class Meant(msgspec.Struct, frozen=True):
    """Somebody a notice is for: their number in E.164 or None, and whether they want a text of the kind."""

    mobile: str | None
    wants: bool


# On an open shift, at the case's unit or (whoever is asked by name) at any of the provider, with an assignment for it.
_ON_SHIFT = """
SELECT s.staff_id, s.mobile, coalesce(s.notices -> $3::text = 'true'::jsonb, false) AS chosen
FROM shift h JOIN staff s USING (staff_id)
WHERE h.provider_id = $1 AND h.ended_at IS NULL
  AND ((h.unit_id = $2 AND h.role = $4) OR (s.staff_id = $5 AND (h.unit_id = $2 OR $6)))
  AND s.staff_id IS DISTINCT FROM $7
  AND EXISTS (SELECT FROM assignment a WHERE a.staff_id = h.staff_id AND a.provider_id = h.provider_id
              AND a.unit_id = h.unit_id AND a.role = h.role AND a.valid_from <= $8
              AND (a.valid_to IS NULL OR a.valid_to >= $8))
"""
_AT_WORK_OR_NOT = """
SELECT s.staff_id, s.mobile, coalesce(s.notices -> $2::text = 'true'::jsonb, false) AS chosen FROM staff s
WHERE s.staff_id = $3 AND EXISTS (SELECT FROM assignment a WHERE a.staff_id = s.staff_id AND a.provider_id = $1
  AND a.valid_from <= $4 AND (a.valid_to IS NULL OR a.valid_to >= $4))
"""


async def meant(
    connection: Connection, *, kind: StaffNoticeKind, case: Case, facts: Facts
) -> dict[int, Meant]:
    """Who is to be told now, by their numbers as staff."""
    to = policy.whom(kind, case, facts)
    if to.person is None and to.role is None:
        return {}
    if to.off_shift:
        rows = await connection.fetch(
            _AT_WORK_OR_NOT, case.provider_id, policy.choice(kind), to.person, clock.today()
        )
    else:
        rows = await connection.fetch(
            _ON_SHIFT,
            case.provider_id,
            case.unit_id,
            policy.choice(kind),
            to.role,
            to.person,
            to.anywhere,
            to.apart,
            clock.today(),
        )
    return {row["staff_id"]: Meant(row["mobile"], policy.wants(kind, chosen=row["chosen"])) for row in rows}


_ASKED_BY = """
SELECT author_id AS person, EXISTS (SELECT FROM entry l WHERE l.provider_id = $1 AND l.case_id = $2
  AND l.kind = 'handed_over' AND l.n > $3) AS settled
FROM entry WHERE provider_id = $1 AND case_id = $2 AND kind = 'handed_over' AND n < $3 ORDER BY n DESC LIMIT 1
"""
_INVITED = """
SELECT staff_id AS person, joined_at IS NOT NULL OR left_at IS NOT NULL AS settled FROM guest
WHERE provider_id = $1 AND case_id = $2 AND n = $3
"""
_NOTE = """
SELECT t.signed_by AS person, EXISTS (SELECT FROM entry l WHERE l.provider_id = $1 AND l.case_id = $2
  AND l.kind = 'exported' AND l.n > $3 AND l.body -> 'note_id' = e.body -> 'note_id') AS settled
FROM entry e LEFT JOIN note t ON t.provider_id = e.provider_id AND t.note_id::text = e.body ->> 'note_id'
WHERE e.provider_id = $1 AND e.case_id = $2 AND e.n = $3 AND e.kind = 'exported'
"""
# The owner has done something in the visit since it went on.
_GONE_ON = """
SELECT NULL::bigint AS person, EXISTS (SELECT FROM entry l WHERE l.provider_id = $1 AND l.case_id = $2 AND l.n > $3
  AND l.author_kind = 'staff' AND l.author_id = c.owner_staff_id) AS settled
FROM care_case c WHERE c.provider_id = $1 AND c.case_id = $2
"""
# Whose the time is that a row books, while it is theirs.
_TIME_BOOKED = """
SELECT a.staff_id AS person, CASE WHEN e.author_kind = 'staff' THEN e.author_id END AS author,
  a.state <> 'booked' OR a.starts_at <= $4 AS settled
FROM entry e JOIN appointment a ON a.provider_id = e.provider_id AND a.case_id = e.case_id
  AND a.appointment_id = (e.body ->> 'appointment_id')::bigint
WHERE e.provider_id = $1 AND e.case_id = $2 AND e.n = $3 AND e.kind IN ('booked', 'rebooked')
"""
# Whose the time was that a row gave back: moved to one of their own it is no loss of theirs.
_TIME_CANCELLED = """
SELECT a.staff_id AS person, CASE WHEN e.author_kind = 'staff' THEN e.author_id END AS author,
  a.starts_at <= $4 OR EXISTS (SELECT FROM appointment b WHERE b.provider_id = $1 AND b.case_id = $2
    AND b.state = 'booked' AND b.staff_id = a.staff_id) AS settled
FROM entry e JOIN appointment a ON a.provider_id = e.provider_id AND a.case_id = e.case_id
  AND a.state IN ('moved', 'cancelled')
WHERE e.provider_id = $1 AND e.case_id = $2 AND e.n = $3 AND e.kind IN ('rebooked', 'booking_cancelled')
ORDER BY a.ended_at DESC, a.appointment_id DESC LIMIT 1
"""
_OF_TIME = """
SELECT a.staff_id AS person, a.state <> 'booked' OR ($5 AND a.starts_at <= $4) AS settled,
  EXISTS (SELECT FROM shift h WHERE h.provider_id = a.provider_id AND h.unit_id = a.unit_id
    AND h.staff_id = a.staff_id AND h.ended_at IS NULL) AS person_on_shift
FROM appointment a WHERE a.provider_id = $1 AND a.case_id = $2 AND a.appointment_id = $3
"""
_OF_ROW = {StaffNoticeKind.TIME_BOOKED: _TIME_BOOKED, StaffNoticeKind.TIME_CANCELLED: _TIME_CANCELLED}
_FACTS = {
    StaffNoticeKind.HANDOVER_ANSWERED: _ASKED_BY,
    StaffNoticeKind.GUEST_INVITED: _INVITED,
    StaffNoticeKind.EXPORT_FAILED: _NOTE,
    StaffNoticeKind.RESUMED: _GONE_ON,
}


async def facts(
    connection: Connection, *, kind: StaffNoticeKind, case: Case, n: int, appointment_id: int | None = None
) -> Facts:
    """What the policy needs to know of row `n`, or of a booked time, beside the case's own row."""
    if kind in OF_TIMES:
        return await _facts_of_time(connection, kind, case, n, appointment_id)
    if kind in (StaffNoticeKind.NEW_MESSAGE, StaffNoticeKind.MUST_CALL):
        on_shift = await connection.fetchval(
            f"SELECT {OWNER_ON_SHIFT} FROM care_case c WHERE provider_id = $1 AND case_id = $2", *case.ref
        )
        stands_in = None if on_shift else await at_work_in_place_of(connection, case)
        return Facts(owner_on_shift=bool(on_shift), stands_in=stands_in)
    if kind not in _FACTS:
        return Facts()
    row = await connection.fetchrow(_FACTS[kind], *case.ref, n)
    # A row that is not what the notice says is no news to anybody.
    return Facts(person=row["person"], settled=row["settled"]) if row else Facts(settled=True)


async def _facts_of_time(
    connection: Connection, kind: StaffNoticeKind, case: Case, n: int, appointment_id: int | None
) -> Facts:
    if kind in _OF_ROW:
        row = await connection.fetchrow(_OF_ROW[kind], *case.ref, n, clock.now())
    else:
        soon = kind is StaffNoticeKind.TIME_SOON
        row = await connection.fetchrow(_OF_TIME, *case.ref, appointment_id, clock.now(), soon)
    return Facts(**row) if row else Facts(settled=True)


async def told_already(connection: Connection, *, kind: StaffNoticeKind, case: Case, n: int) -> set[int]:
    """Who has a text about an earlier row of the case that nobody has read since: the same text covers this one."""
    rows = await connection.fetch(
        "SELECT staff_id FROM notice WHERE provider_id = $1 AND case_id = $2 AND kind = $3 AND about_n < $4 "
        "AND about_n > $5 AND staff_id IS NOT NULL AND state IN ('sending', 'sent', 'delivered')",
        *case.ref,
        kind.value,
        n,
        case.staff_read_n,
    )
    return {row["staff_id"] for row in rows}


NOTICE_COLUMNS = """
provider_id, notice_id, case_id, staff_id, kind, about_n, state, coalesce(reference, '') AS reference, created_at,
appointment_id
"""
_NOTICE = f"SELECT {NOTICE_COLUMNS} FROM notice WHERE provider_id = $1 AND staff_id IS NOT NULL"


async def notice(connection: Connection, provider_id: int, notice_id: int) -> StaffNotice | None:
    """One text to staff, or None."""
    row = await connection.fetchrow(f"{_NOTICE} AND notice_id = $2", provider_id, notice_id)
    return notice_from(row) if row else None


async def left_sending(connection: Connection, provider_id: int, before: datetime) -> list[StaffNotice]:
    """Texts to a provider's staff that began to be sent before a moment and have not come further."""
    rows = await connection.fetch(
        f"{_NOTICE} AND state = 'sending' AND created_at < $2 ORDER BY notice_id LIMIT 500",
        provider_id,
        before,
    )
    return [notice_from(row) for row in rows]


def notice_from(row: object) -> StaffNotice:
    """A text to staff from a row of `NOTICE_COLUMNS`."""
    values = dict(row)  # type: ignore[call-overload]
    values["kind"] = StaffNoticeKind(values["kind"])
    values["state"] = NoticeState(values["state"])
    return StaffNotice(**values)
