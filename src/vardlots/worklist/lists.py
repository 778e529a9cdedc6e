"""Drop in and Asynkrona: whole pages, and the parts that a signal fetches anew."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.contacts.queries import answered_for
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import when_words
from vardlots.worklist import queries
from vardlots.worklist.async_marks import mark_async
from vardlots.worklist.drawn import PLACE, drawn_rows, with_rows
from vardlots.worklist.faults import Fault
from vardlots.worklist.queries import Part
from vardlots.worklist.rows import draw_async, draw_ended, draw_taken, draw_waiting, span, words
from vardlots.worklist.shell import Desk, context, open_desk, remember

DROP_IN = {Part.WAITING: draw_waiting, Part.TAKEN: draw_taken, Part.ENDED: draw_ended}


class Page(msgspec.Struct, frozen=True):
    """A page of a list as read, with what it says when it is empty. `more_key` leads on; "" at the end."""

    desk: Desk
    tab: Part
    rows: bytes | list[dict[str, Any]]
    more_key: str
    empty: dict[str, str]
    after: str
    shown: int


async def read_page(request: Web, by: StaffActor, tab: Part, *, mine: bool = False) -> Page:
    """Read one page of a list with its shell, and log the reading before it is shown. `mine` as in `queries.rows`."""
    after = request.query_params.get("after", "")
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        stood = {} if tab in DROP_IN else await answered_for(connection, by=by)
        found, more = await queries.rows(
            connection,
            by=by,
            part=tab,
            chosen=desk.chosen,
            after=queries.read_key(tab, after),
            outline=tab in DROP_IN,
            mine=mine,
            stands_in_for=stood,
        )
        more_key = queries.key_of(tab, found[-1]) if more else ""
        rows = await _drawn(connection, desk, tab, found, stood)
        last = await queries.last_accepted(connection, by=by, chosen=desk.chosen) if not found else None
    await read_log(request).record(
        access(by, "list", provider_id=by.provider_id, reason=f"{tab} {desk.chosen.address('')}")
    )
    empty = {"line": _empty_line(desk.lang, tab), "href": "", "label": ""}
    if last is not None and tab is Part.WAITING:
        empty["line"] = text(
            desk.lang, "Ingen väntar. Senaste togs emot {time}.", time=when_words(last, desk.lang)
        )
    if not found and desk.chosen.role and tab is Part.WAITING:
        empty["href"] = msgspec.structs.replace(desk.chosen, role="").address("/staff/drop-in", tab=tab)
        empty["label"] = text(desk.lang, "Visa alla roller")
    return Page(desk, tab, rows, more_key, empty, after, len(found))


async def _drawn(
    connection: Connection,
    desk: Desk,
    tab: Part,
    found: list[dict[str, Any]],
    stood: Mapping[int, str],
) -> bytes | list[dict[str, Any]]:
    """The rows of a queue as HTML; those of Asynkrona ready for their template."""
    if tab in DROP_IN:
        return await drawn_rows(
            connection,
            by=desk.by,
            pen=desk.pen,
            outlines=found,
            draw=DROP_IN[tab],
            waiting=tab is Part.WAITING,
        )
    return [_drawn_async(desk, row, stood) for row in found]


def _drawn_async(desk: Desk, row: dict[str, Any], stood: Mapping[int, str]) -> dict[str, Any]:
    """A row of Asynkrona, with whether the actor's role may mark it as done (`cases/policy.py`)."""
    may_mark_done = not row["veiled"] and (desk.by.clinical or row["role"] == desk.by.role)
    return mark_async(desk.pen, draw_async(desk.pen, row), stood) | {"may_mark_done": may_mark_done}


def _empty_line(lang: str, tab: Part) -> str:
    match tab:
        case Part.WAITING:
            return text(lang, "Ingen väntar.")
        case Part.TAKEN:
            return text(lang, "Inget ärende är mottaget just nu.")
        case Part.ENDED:
            return text(lang, "Inget ärende har avslutats.")
        case Part.INBOX:
            return text(lang, "Inga svar att läsa. Nya kommer hit av sig själva.")
        case Part.NO_ACTION:
            return text(lang, "Inget ärende är öppet för patienten att skriva i.")
    return text(lang, "Inget asynkront ärende är avslutat.")


def tab_of(request: Web, known: tuple[Part, ...]) -> Part:
    """The tab in the address; the first one for any other."""
    wanted = request.query_params.get("tab", "")
    return next((part for part in known if part.value == wanted), known[0])


def _drop_in_head(desk: Desk, tab: Part) -> dict[str, Any]:
    lang, chosen, counts = desk.lang, desk.chosen, desk.counts
    named = (
        (Part.WAITING, text(lang, "Väntar i kö"), counts.waiting),
        (Part.TAKEN, text(lang, "Mottagna"), counts.taken),
        (Part.ENDED, text(lang, "Avslutade"), counts.ended),
    )
    return {
        "title": text(lang, "Drop in"),
        "summary": summary(desk),
        "head_url": chosen.address("/staff/drop-in/head", tab=tab),
        "urgent": plural(
            lang,
            "{n} brådskande ärende väntar på en annan roll.",
            "{n} brådskande ärenden väntar på andra roller.",
            counts.urgent_elsewhere,
        )
        if counts.urgent_elsewhere
        else "",
        "urgent_url": msgspec.structs.replace(chosen, role="").address("/staff/drop-in", tab=Part.WAITING),
        "topics": chosen.topics(desk.by),
        "tabs": [
            {
                "label": label,
                "href": chosen.address("/staff/drop-in", tab=part),
                "count": count,
                "active": part is tab,
            }
            for part, label, count in named
        ],
    }


def summary(desk: Desk) -> str:
    """The truth about the queue in one line."""
    lang, counts = desk.lang, desk.counts
    if not counts.waiting:
        return text(lang, "Ingen väntar.")
    waiting = plural(lang, "{n} väntar", "{n} väntar", counts.waiting)
    over = (
        plural(lang, "{n} över målet", "{n} över målet", counts.over)
        if counts.over
        else text(lang, "ingen över målet")
    )
    longest = text(lang, "Längst väntan {time}.", time=span(words(lang), counts.longest))
    return f"{waiting}, {over}. {longest}"


def rows_context(found: Page, path: str, **more: str) -> dict[str, Any]:
    """What the rows of a list need to be drawn and fetched anew."""
    desk, chosen = found.desk, found.desk.chosen
    return {
        "rows": PLACE if isinstance(found.rows, bytes) and found.rows else found.rows,
        "rows_url": chosen.address(f"{path}/rows", tab=found.tab, after=found.after, **more),
        "more_url": chosen.address(path, tab=found.tab, after=found.more_key, **more)
        if found.more_key
        else "",
        # Who is on shift is told of those who have a case.
        "topics": chosen.topics(desk.by)
        + (f" shifts:{desk.by.provider_id}" if found.tab is Part.TAKEN else ""),
        "empty": found.empty,
    }


async def drop_in_page(request: Web, by: StaffActor, fault: Fault | None, status: int) -> Response[Any]:
    """The whole of Drop in; `fault` is a refusal to show above the list."""
    tab = tab_of(request, tuple(DROP_IN))
    found = await read_page(request, by, tab)
    desk, lang = found.desk, found.desk.lang
    await remember(request, desk)
    total = {Part.WAITING: desk.counts.waiting, Part.TAKEN: desk.counts.taken}.get(tab, desk.counts.ended)
    goals = desk.goals
    goal = goals[0] if len(goals) == 1 else None
    values = {
        **context(desk, "drop-in", "/staff/drop-in", tab=tab),
        **_drop_in_head(desk, tab),
        **rows_context(found, "/staff/drop-in"),
        "tab": tab.value,
        "fault": fault,
        "list_name": _LIST_NAMES[tab](lang),
        "waited_name": text(lang, "Väntat, mål {n} min", n=goal) if goal else text(lang, "Väntat"),
        "fifth_name": _FIFTH_NAMES[tab](lang),
        "order": _order(lang, tab, found.shown, total),
    }
    return _set_in(found, pages.page(request, "worklist/drop_in.html", values, status=status))


def _set_in(found: Page, response: Response[Any]) -> Response[Any]:
    return with_rows(response, found.rows) if isinstance(found.rows, bytes) else response


_LIST_NAMES: dict[Part, Callable[[str], str]] = {
    Part.WAITING: lambda lang: text(lang, "Ärenden som väntar"),
    Part.TAKEN: lambda lang: text(lang, "Mottagna ärenden"),
    Part.ENDED: lambda lang: text(lang, "Avslutade ärenden"),
}
_FIFTH_NAMES: dict[Part, Callable[[str], str]] = {
    Part.WAITING: lambda lang: text(lang, "Roll"),
    Part.TAKEN: lambda lang: text(lang, "Mottagen"),
    Part.ENDED: lambda lang: text(lang, "Avslutad"),
}


def _order(lang: str, tab: Part, shown: int, total: int) -> str:
    if tab is Part.ENDED:
        return text(lang, "{total} avslutade i dag. Ordning: senast avslutad först", total=total)
    return text(
        lang, "{shown} av {total}. Ordning: prioritet, sedan när ärendet kom in", shown=shown, total=total
    )


@get("/staff/drop-in")
async def drop_in(request: Web) -> Response[Any]:
    """*Drop in* with its three tabs (s2)."""
    return await drop_in_page(request, await web.carer(request), None, 200)


@get("/staff/drop-in/rows")
async def drop_in_rows(request: Web) -> Response[Any]:
    """The rows alone, by the same template."""
    by = await web.carer(request)
    tab = tab_of(request, tuple(DROP_IN))
    found = await read_page(request, by, tab)
    return _set_in(found, pages.page(request, "worklist/rows.html", rows_context(found, "/staff/drop-in")))


@get("/staff/drop-in/head")
async def drop_in_head(request: Web) -> Response[Any]:
    """The head alone: counts and the line of truth. Names no patient."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
    return pages.page(
        request, "worklist/drop_in_head.html", _drop_in_head(desk, tab_of(request, tuple(DROP_IN)))
    )
