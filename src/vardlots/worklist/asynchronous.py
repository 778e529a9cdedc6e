"""Asynkrona: what patients have written since their visits, and what can still be written in."""

from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.platform import pages
from vardlots.platform.i18n import plural, text
from vardlots.worklist.faults import Fault
from vardlots.worklist.lists import read_page, rows_context, tab_of
from vardlots.worklist.queries import Part
from vardlots.worklist.shell import Desk, context, open_desk, remember

ASYNC = (Part.INBOX, Part.NO_ACTION, Part.ASYNC_ENDED)


def _async_head(desk: Desk, tab: Part) -> dict[str, Any]:
    lang, chosen, counts = desk.lang, desk.chosen, desk.counts
    named = (
        (Part.INBOX, text(lang, "Inkorg"), counts.inbox),
        (Part.NO_ACTION, text(lang, "Kräver ingen åtgärd"), counts.no_action),
        (Part.ASYNC_ENDED, text(lang, "Avslutade"), None),
    )
    if counts.inbox:
        line = plural(lang, "{n} patient har skrivit.", "{n} patienter har skrivit.", counts.inbox)
    else:
        line = text(lang, "Inga svar att läsa.")
    return {
        "title": text(lang, "Asynkrona"),
        "summary": line,
        "head_url": chosen.address("/staff/async/head", tab=tab),
        "topics": chosen.topics(desk.by),
        "tabs": [
            {
                "label": label,
                "href": chosen.address("/staff/async", tab=part),
                "count": count,
                "active": part is tab,
            }
            for part, label, count in named
        ],
    }


@get("/staff/async")
async def asynchronous(request: Web) -> Response[Any]:
    """*Asynkrona*: what patients have written since their visits, and what can still be written in."""
    return await async_page(request, await web.carer(request), None, 200)


async def async_page(request: Web, by: StaffActor, fault: Fault | None, status: int) -> Response[Any]:
    """The whole of Asynkrona; `fault` is a refusal to show above the list."""
    tab = tab_of(request, ASYNC)
    found = await read_page(request, by, tab)
    await remember(request, found.desk)
    values = {
        **context(found.desk, "async", "/staff/async", tab=tab),
        **_async_head(found.desk, tab),
        **rows_context(found, "/staff/async"),
        "tab": tab.value,
        "fault": fault,
    }
    return pages.page(request, "worklist/async.html", values, status=status)


@get("/staff/async/rows")
async def async_rows(request: Web) -> Response[Any]:
    """The rows alone, by the same template."""
    by = await web.carer(request)
    tab = tab_of(request, ASYNC)
    found = await read_page(request, by, tab)
    return pages.page(
        request, "worklist/async_rows.html", {**rows_context(found, "/staff/async"), "tab": tab.value}
    )


@get("/staff/async/head")
async def async_head(request: Web) -> Response[Any]:
    """The head alone. Names no patient."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
    return pages.page(request, "worklist/drop_in_head.html", _async_head(desk, tab_of(request, ASYNC)))
