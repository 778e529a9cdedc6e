"""The quiet line in a member of staff's own page: who wants what of them, and of which visit.

What it says by itself names no patient: a browser shows that beyond the page. Beside it, in the page alone, stands what
tells one visit from another, as a list that the reader may see tells it.
"""

from datetime import timedelta
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked_cases
from vardlots.cases.model import CASE_COLUMNS, Case, CaseRef, Kind, case_from
from vardlots.clinics.queries import roles_of
from vardlots.notifications.model import IN_PAGE, StaffNoticeKind
from vardlots.notifications.staff import policy, queries
from vardlots.notifications.staff.queries import NOTICE_COLUMNS, StaffNotice, notice_from
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time
from vardlots.triage.configured import practice_of

# Older news is in the lists; a line that stood since the morning is looked past.
STANDS = timedelta(hours=2)
MOST = 3


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what it says, its icon, whether it is urgent, and the case that it leads to.

    `about` is initials, age, reason and time; "" where the reader's lists would not tell them.
    """

    notice_id: int
    text: str
    about: str
    icon: str
    urgent: bool
    ref: CaseRef


async def lines(connection: Connection, *, by: StaffActor, lang: str) -> list[Line]:
    """What is still news to the actor and has not been put away, newest first."""
    rows = await connection.fetch(
        f"SELECT {NOTICE_COLUMNS} FROM notice WHERE provider_id = $1 AND staff_id = $2 AND seen_at IS NULL "
        "AND kind = ANY ($3::text[]) AND created_at > $4 ORDER BY created_at DESC, notice_id DESC LIMIT 20",
        by.provider_id,
        by.staff_id,
        sorted(kind.value for kind in IN_PAGE),
        clock.now() - STANDS,
    )
    found: list[Line] = []
    told: set[tuple[int, StaffNoticeKind]] = set()
    for notice in map(notice_from, rows):
        # A reminder of the same thing takes the place of what it reminds of.
        if (notice.case_id, notice.kind) in told:
            continue
        told.add((notice.case_id, notice.kind))
        if (line := await _line(connection, by, notice, lang)) is not None:
            found.append(line)
        if len(found) == MOST:
            break
    return found


async def _line(connection: Connection, by: StaffActor, notice: StaffNotice, lang: str) -> Line | None:
    case = case_from(
        await connection.fetchrow(
            f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2", *notice.ref
        )
    )
    facts = await queries.facts(
        connection, kind=notice.kind, case=case, n=notice.about_n, appointment_id=notice.appointment_id
    )
    to = policy.whom(notice.kind, case, facts)
    if not policy.is_news(notice.kind, case, notice.about_n, facts):
        return None
    if to.person is not None and to.person != by.staff_id:
        return None
    words, icon = await _words(connection, case, notice, lang)
    urgent = notice.kind in (StaffNoticeKind.MUST_CALL, StaffNoticeKind.WORSE, StaffNoticeKind.LEFT_OPEN)
    return Line(
        notice_id=notice.notice_id,
        text=words,
        about=await _about(connection, by, case, notice, lang),
        icon=icon,
        urgent=urgent,
        ref=notice.ref,
    )


_WHO = """
SELECT protected, left(given_name, 1) || ' ' || left(family_name, 1) AS initials,
  extract(year FROM age($2::date, birth_date))::int AS age
FROM person WHERE person_id = $1
"""


async def _about(connection: Connection, by: StaffActor, case: Case, notice: StaffNotice, lang: str) -> str:
    """Which visit it is, in the words of the lists."""
    guests = {*case.chat_guests, *case.consult_guests}
    # A role that opens no cases has no lists of them.
    if not by.cares:
        return ""
    if case.unit_id not in by.unit_ids and by.staff_id not in {case.owner_staff_id, *guests}:
        return ""
    if not by.at_home(case.unit_id) and await blocked_cases(connection, by=by, case_ids=[case.case_id]):
        return ""
    who = await connection.fetchrow(_WHO, case.person_id, clock.today())
    if who is None:
        return ""
    reason = (await practice_of(connection, case.provider_id)).name(case.reason, lang)
    said = (
        text(lang, "Skyddad, {reason}", reason=reason)
        if who["protected"]
        else text(
            lang, "{initials}, {age} år, {reason}", initials=who["initials"], age=who["age"], reason=reason
        )
    )
    # Some lines say a time of their own.
    timed = notice.kind is StaffNoticeKind.LEFT_OPEN or notice.appointment_id is not None
    return said if timed else f"{said}, {clock_time(notice.created_at)}"


async def _words(connection: Connection, case: Case, notice: StaffNotice, lang: str) -> tuple[str, str]:
    """What the line says, and its icon."""
    if notice.appointment_id is not None:
        return await _words_of_time(connection, notice, lang)
    row = await connection.fetchrow(
        "SELECT kind, author_name AS who, at, body FROM entry WHERE provider_id = $1 AND case_id = $2 AND n = $3",
        *notice.ref,
        notice.about_n,
    )
    who, body = row["who"], row["body"]
    match notice.kind:
        case StaffNoticeKind.HANDOVER:
            if case.handover_staff_id is not None:
                return text(lang, "Ett besök väntar på att du tar över det."), "arrow-right-left"
            roles = await roles_of(connection, case.provider_id)
            asked = roles.said(case.handover_role or "", lang)
            return text(
                lang, "Ett besök väntar på att någon i rollen {role} tar över det.", role=asked
            ), "arrow-right-left"
        case StaffNoticeKind.HANDOVER_ANSWERED:
            if row["kind"] == Kind.HANDOVER_ACCEPTED:
                return text(lang, "{who} har tagit över ditt besök.", who=who), "circle-check"
            return text(lang, "{who} kunde inte ta över ditt besök.", who=who), "circle-x"
        case StaffNoticeKind.GUEST_INVITED:
            if body.get("mode") == "consult":
                return text(lang, "{who} frågar dig om råd i ett besök.", who=who), "user-plus"
            return text(lang, "{who} bjuder in dig till ett besök.", who=who), "user-plus"
        case StaffNoticeKind.RESUMED:
            return text(lang, "Ditt pausade besök fortsätter nu."), "message-circle"
        case StaffNoticeKind.MUST_CALL:
            return text(lang, "En patient svarar inte i chatten och ska ringas upp."), "phone-call"
        case StaffNoticeKind.EXPORT_FAILED:
            return text(lang, "En anteckning kom inte fram till journalsystemet."), "triangle-alert"
        case StaffNoticeKind.WORSE:
            return text(lang, "En patient har blivit sämre och fått högre prioritet."), "triangle-alert"
    since = clock_time(row["at"])
    return text(lang, "En patient väntar på svar i ditt besök sedan {time}.", time=since), "clock-alert"


async def _words_of_time(connection: Connection, notice: StaffNotice, lang: str) -> tuple[str, str]:
    begins = clock_time(
        await connection.fetchval(
            "SELECT starts_at FROM appointment WHERE provider_id = $1 AND appointment_id = $2",
            notice.provider_id,
            notice.appointment_id,
        )
    )
    if notice.kind is StaffNoticeKind.TIME_SOON:
        return text(lang, "Ditt bokade besök börjar {time}.", time=begins), "calendar-clock"
    return text(lang, "Besöket som var bokat {time} har inte påbörjats.", time=begins), "calendar-x"


def drawn(found: list[Line]) -> list[dict[str, Any]]:
    """The lines for the template."""
    return [
        {
            "id": one.notice_id,
            "text": one.text,
            "about": one.about,
            "icon": one.icon,
            "urgent": one.urgent,
            "ref": str(one.ref),
        }
        for one in found
    ]
