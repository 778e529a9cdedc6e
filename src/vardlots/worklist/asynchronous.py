"""Asynkrona: what patients have written since their visits, and what can still be written in."""

from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.contacts.queries import answered_for
from vardlots.platform import pages
from vardlots.platform.i18n import plural, text
from vardlots.worklist.async_queries import Mine, count_mine
from vardlots.worklist.faults import Fault
from vardlots.worklist.lists import read_page, rows_context, tab_of
from vardlots.worklist.queries import Part
from vardlots.worklist.shell import Desk, context, open_desk, remember

ASYNC = (Part.INBOX, Part.NO_ACTION, Part.ASYNC_ENDED)
MINE = "mine"
PATH = "/staff/async"


def _whose(request: Web) -> str:
    """*Mina* or, unless it is said, *Alla*: "" in an address."""
    return MINE if request.query_params.get("whose") == MINE else ""


def _async_head(desk: Desk, tab: Part, whose: str, mine: Mine) -> dict[str, Any]:
    lang, chosen = desk.lang, desk.chosen
    counts = mine if whose else desk.counts
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
        "head_url": chosen.address(f"{PATH}/head", tab=tab, whose=whose),
        "topics": chosen.topics(desk.by),
        "tabs": [
            {
                "label": label,
                "href": chosen.address(PATH, tab=part, whose=whose),
                "count": count,
                "active": part is tab,
            }
            for part, label, count in named
        ],
        "whose": _choices(desk, tab, whose, mine),
    }


def _choices(desk: Desk, tab: Part, whose: str, mine: Mine) -> list[dict[str, Any]]:
    """*Alla* and *Mina*, each with how many there are in the list that is open."""
    numbers = {
        Part.INBOX: (desk.counts.inbox, mine.inbox),
        Part.NO_ACTION: (desk.counts.no_action, mine.no_action),
    }
    every, own = numbers.get(tab, (None, None))
    return [
        {
            "label": label,
            "href": desk.chosen.address(PATH, tab=tab, whose=value),
            "count": count,
            "active": value == whose,
        }
        for value, label, count in (
            ("", text(desk.lang, "Alla"), every),
            (MINE, text(desk.lang, "Mina"), own),
        )
    ]


@get(PATH)
async def asynchronous(request: Web) -> Response[Any]:
    """*Asynkrona*: what patients have written since their visits, and what can still be written in."""
    return await async_page(request, await web.carer(request), None, 200)


async def async_page(request: Web, by: StaffActor, fault: Fault | None, status: int) -> Response[Any]:
    """The whole of Asynkrona; `fault` is a refusal to show above the list."""
    tab, whose = tab_of(request, ASYNC), _whose(request)
    found = await read_page(request, by, tab, mine=bool(whose))
    async with house(request).database.transaction(by.scope) as connection:
        mine = await count_mine(
            connection, by=by, chosen=found.desk.chosen, stands_in_for=await answered_for(connection, by=by)
        )
    await remember(request, found.desk)
    values = {
        **context(found.desk, "async", PATH, tab=tab, whose=whose),
        **_async_head(found.desk, tab, whose, mine),
        **rows_context(found, PATH, whose=whose),
        "tab": tab.value,
        "fault": fault,
    }
    return pages.page(request, "worklist/async.html", values, status=status)


@get(f"{PATH}/rows")
async def async_rows(request: Web) -> Response[Any]:
    """The rows alone, by the same template."""
    by = await web.carer(request)
    tab, whose = tab_of(request, ASYNC), _whose(request)
    found = await read_page(request, by, tab, mine=bool(whose))
    return pages.page(
        request, "worklist/async_rows.html", {**rows_context(found, PATH, whose=whose), "tab": tab.value}
    )


@get(f"{PATH}/head")
async def async_head(request: Web) -> Response[Any]:
    """The head alone. Names no patient."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        mine = await count_mine(
            connection, by=by, chosen=desk.chosen, stands_in_for=await answered_for(connection, by=by)
        )
    tab, whose = tab_of(request, ASYNC), _whose(request)
    return pages.page(request, "worklist/async_head.html", _async_head(desk, tab, whose, mine))
