"""*Innan du går*: what a member of staff would leave behind, and one step for each, before they sign out.

Nobody's case vanishes when a shift ends: each is handed over, paused, ended or put back; or it stays, and the page says
what then becomes of it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.handovers.rules import handover_rules
from vardlots.cases.model import CaseRef
from vardlots.cases.pauses.actions import URGENT
from vardlots.cases.web import house, read_log
from vardlots.clinics import queries as clinics
from vardlots.notes.queries import Unnoted
from vardlots.platform import clock, pages
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import when_words
from vardlots.worklist.desk import draw_own
from vardlots.worklist.faults import Fault
from vardlots.worklist.leaving_queries import Left, left_by
from vardlots.worklist.rows import draw
from vardlots.worklist.shell import Desk, context, open_desk
from vardlots.worklist.visit_pause import offered, until_words

HERE = "/staff/leaving"
# Nobody who is asked to leave is asked about a pause longer than the nearest day that the unit opens.
ANYWAY = "/staff/sign-out?anyway=1"


@get(HERE)
async def leaving(request: Web) -> Response[Any]:
    """The list, or that nothing is left."""
    return await leaving_page(request, await web.carer(request))


async def leaving_page(
    request: Web, by: StaffActor, *, fault: Fault | None = None, at: CaseRef | None = None, status: int = 200
) -> Response[Any]:
    """Draw the list; `fault` is told of at the row of case `at`."""
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        left = await left_by(connection, by)
        rules = await handover_rules(connection, by.provider_id)
        at_work = await clinics.on_shift(connection, by.provider_id)
    await read_log(request).record(access(by, "list", provider_id=by.provider_id, reason="leaving"))
    here = {(one.unit_id, one.role): 0 for one in at_work}
    for one in at_work:
        here[one.unit_id, one.role] += one.staff_id != by.staff_id
    values = {
        **context(desk, "", HERE),
        "open": [_open(desk, row, here, rules.longest_pause) for row in left.open],
        "asked": [_asked(desk, row) for row in left.asked],
        "paused": [_paused(desk, row) for row in left.paused],
        "inbox": [_inbox(desk, row) for row in left.inbox],
        "drafts": [_draft(desk, one) for one in left.drafts],
        "done": left.is_done,
        "summary": _summary(desk, left),
        "anyway_url": ANYWAY,
        "on_shift": desk.shift is not None,
        "fault": fault,
        "place": f"row-{at}" if at is not None else "",
        "settled": "" if fault is None or _has(left, at) else fault.text,
    }
    return pages.page(request, "worklist/leaving.html", values, status=status)


def _has(left: Left, at: CaseRef | None) -> bool:
    """Whether the case that was refused still has a row to be told at."""
    return at is not None and any(row["id"] == str(at) for row in (*left.open, *left.asked))


def _open(
    desk: Desk, row: dict[str, Any], here: Mapping[tuple[int, str], int], longest: Any
) -> dict[str, Any]:
    lang, unit_id, own_role = desk.lang, row["unit_id"], row["role"]
    draw_own(desk.pen, row)
    row["ended_url"] = f"{row['href']}?dialog=end"
    row["roles"] = _roles(desk, unit_id, own_role, here)
    unit = desk.known.units.get(unit_id)
    times = offered(unit, clock.now(), longest) if unit is not None else []
    row["pause"] = (
        {
            "until": times[0].isoformat(timespec="minutes"),
            "label": text(lang, "Pausa till {time}", time=until_words(times[0], lang)),
            "urgent": _urgent(desk, row, until_words(times[0], lang)),
        }
        if times
        else None
    )
    row["key"] = str(uuid4())
    return row


def _urgent(desk: Desk, row: dict[str, Any], until: str) -> str:
    """What is said yes to before an urgent visit is paused; "" for the others."""
    if row["priority"] > URGENT:
        return ""
    return text(
        desk.lang,
        "Prioritet {n} med mål {minutes} minuter. Patienten kan ändå vänta till {time}",
        n=row["priority"],
        minutes=desk.pen.practice.target(row["unit_id"], row["priority"]),
        time=until,
    )


def _roles(
    desk: Desk, unit_id: int, own_role: str, here: Mapping[tuple[int, str], int]
) -> list[dict[str, Any]]:
    """The roles of the unit that work with cases, the case's own chosen, with how many of each are on shift now."""
    lang = desk.lang
    roles = {
        one.role for one in desk.known.resources if one.unit_id == unit_id and one.role in desk.known.caring
    }
    found = []
    for role in sorted(roles, key=lambda role: desk.known.role_name(role, lang)):
        name, n = desk.known.role_name(role, lang), here.get((unit_id, role), 0)
        label = text(lang, "{role}, {n} på skift", role=name, n=n) if n else name
        found.append({"value": role, "label": label, "chosen": role == own_role})
    return found


def _asked(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    n, lang = row["handover_n"], desk.lang
    role = row["handover_role"]
    person = next((one.name for one in desk.known.colleagues if one.staff_id == row["handover_staff_id"]), "")
    draw_own(desk.pen, row)
    row["n"] = n
    row["line"] = text(lang, "Väntar på {whom}", whom=person or desk.known.role_name(role, lang))
    return row


def _paused(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    until = row["paused_until"]
    draw_own(desk.pen, row)
    row["line"] = text(desk.lang, "Pausad till {time}.", time=until_words(until, desk.lang))
    return row


def _inbox(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    at = row["inbox_at"]
    draw(desk.pen, row)
    row["line"] = text(desk.lang, "Patienten skrev {time}", time=when_words(at, desk.lang))
    return row


def _draft(desk: Desk, one: Unnoted) -> dict[str, Any]:
    lang = desk.lang
    assert one.draft_at is not None
    return {
        "id": str(one.ref),
        "href": f"/staff/cases/{one.ref}?tab=note",
        "reason": desk.pen.names[one.reason] if one.reason else text(lang, "Spärrat ärende"),
        "shield": text(lang, "Spärrad") if one.blocked else text(lang, "Skyddad") if one.protected else "",
        "initials": one.initials,
        "age": one.age,
        "line": text(lang, "Utkast, sparat {time}", time=when_words(one.draft_at, lang)),
    }


def _summary(desk: Desk, left: Left) -> str:
    lang = desk.lang
    if left.is_done:
        return text(lang, "Inget ärende väntar på dig.")
    n = len(left.open) + len(left.asked)
    if not n:
        return text(lang, "Inget besök är ditt. Det här är kvar:")
    return plural(
        lang,
        "Ett besök är ditt. Välj vad som händer med det.",
        "{n} besök är dina. Välj vad som händer med dem.",
        n,
    )
