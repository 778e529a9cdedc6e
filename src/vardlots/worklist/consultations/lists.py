"""*Konsultationer*: what is asked of the units in the filter, what they have asked, and what is over (E2)."""

from typing import Any

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.platform import pages
from vardlots.platform.i18n import plural, text
from vardlots.worklist.consultations import queries
from vardlots.worklist.consultations.drawing import draw
from vardlots.worklist.consultations.queries import Counts, Tab
from vardlots.worklist.shell import Desk, context, open_desk, remember

PATH = "/staff/consultations"


@get(PATH)
async def consultations(request: Web) -> Response[Any]:
    """The place with its four tabs."""
    values, desk = await _read(request)
    await remember(request, desk)
    return pages.page(request, "worklist/consultations.html", values)


@get(f"{PATH}/rows")
async def consultation_rows(request: Web) -> Response[Any]:
    """Head and rows alone, by the same template."""
    values, _ = await _read(request)
    return pages.page(request, "worklist/consultation_list.html", values)


async def _read(request: Web) -> tuple[dict[str, Any], Desk]:
    by = await web.carer(request)
    tab = next((one for one in Tab if one.value == request.query_params.get("tab")), Tab.NEW)
    after = request.query_params.get("after", "")
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        found, more = await queries.rows(
            connection, by=by, tab=tab, chosen=desk.chosen, after=queries.read_key(tab, after)
        )
        counted = await queries.counts(connection, by=by, chosen=desk.chosen)
    reason = f"consultations {tab} {desk.chosen.address('')}"
    await read_log(request).record(access(by, "list", provider_id=by.provider_id, reason=reason))
    more_key = queries.key_of(tab, by, found[-1]) if more else ""
    chosen = desk.chosen
    values = {
        **context(desk, "consultations", PATH, tab=tab),
        **_head(desk, tab, counted),
        "tab": tab.value,
        "rows": [draw(desk, row, tab) for row in found],
        "rows_url": chosen.address(f"{PATH}/rows", tab=tab, after=after),
        "more_url": chosen.address(PATH, tab=tab, after=more_key) if more_key else "",
        "topics": chosen.topics(by),
        "empty": _empty(tab, desk.lang),
    }
    return values, desk


def _head(desk: Desk, tab: Tab, counted: Counts) -> dict[str, Any]:
    lang, chosen = desk.lang, desk.chosen
    named = (
        (Tab.NEW, text(lang, "Nya"), counted.new),
        (Tab.TAKEN, text(lang, "Mottagna"), counted.taken),
        (Tab.SENT, text(lang, "Skickade"), counted.sent),
        (Tab.ENDED, text(lang, "Avslutade"), None),
    )
    waits = plural(lang, "En konsultation väntar på svar.", "{n} konsultationer väntar på svar.", counted.new)
    news = plural(lang, "En av era har fått svar.", "{n} av era har fått svar.", counted.news)
    said = [waits if counted.new else text(lang, "Ingen konsultation väntar på svar.")]
    others = plural(lang, "En väntar på en annan roll.", "{n} väntar på andra roller.", counted.elsewhere)
    return {
        "title": text(lang, "Konsultationer"),
        "summary": " ".join([*said, *([news] if counted.news else [])]),
        "elsewhere": others if counted.elsewhere else "",
        "elsewhere_url": msgspec.structs.replace(chosen, role="").address(PATH, tab=Tab.NEW),
        "tabs": [
            {"label": label, "href": chosen.address(PATH, tab=one), "count": count, "active": one is tab}
            for one, label, count in named
        ],
    }


def _empty(tab: Tab, lang: str) -> str:
    return {
        Tab.NEW: text(lang, "Inget att svara på. Nya konsultationer kommer hit av sig själva."),
        Tab.TAKEN: text(lang, "Ingen konsultation är mottagen just nu."),
        Tab.SENT: text(lang, "Ni har ingen skickad konsultation som är öppen."),
        Tab.ENDED: text(lang, "Ingen konsultation är avslutad."),
    }[tab]
