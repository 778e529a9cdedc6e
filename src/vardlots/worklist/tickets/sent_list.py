"""*Biljetter*: every ticket that one's units have sent, with its state as it is now, filtered and exported."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.platform import clock, pages
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.tickets.model import Kind, State
from vardlots.tickets.queries import Listed, Place, Sought, sent_tickets
from vardlots.tickets.words import STATES
from vardlots.worklist.shell import Desk, context, open_desk, remember
from vardlots.worklist.tickets.drawn import KINDS, draw
from vardlots.worklist.tickets.sent_queries import MOST_COUNTED, counts

PATH = "/staff/tickets"
PAGE = 50
# As much as fits in a spreadsheet that somebody reads; a longer time is exported in parts.
EXPORT_MOST = 5_000
_EXPORT_PAGE = 500
# A spreadsheet takes a cell that begins so for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@get(PATH)
async def sent_list(request: Web) -> Response[Any]:
    """The list as a page; the filter stands in the address."""
    by = await web.carer(request)
    query = request.query_params
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        sought = read_sought(query, desk)
        found = await sent_tickets(
            connection, by=by, sought=sought, after=read_place(query.get("after", "")), limit=PAGE + 1
        )
        counted = await counts(connection, by=by, sought=sought)
        rows = _drawn(found[:PAGE], desk)
    reason = f"tickets {desk.chosen.address('', **kept(sought))}"
    await read_log(request).record(access(by, "read_tickets", provider_id=by.provider_id, reason=reason))
    await remember(request, desk)
    lang, more = desk.lang, kept(sought)
    values = {
        **context(desk, "tickets", PATH, **more),
        "rows": rows,
        "summary": summary(counted, lang),
        "topics": desk.chosen.topics(by),
        "here": desk.chosen.address(PATH, **more, after=query.get("after", "")),
        "more_url": desk.chosen.address(PATH, **more, after=place_key(found[PAGE - 1]))
        if len(found) > PAGE
        else "",
        "export_url": desk.chosen.address(f"{PATH}/export.csv", **more),
        "all_url": f"{PATH}?unit=all&role=all&staff=all",
        "is_filtered": bool(more) or bool(desk.chosen.role) or desk.chosen.staff_id is not None,
        "kept": {
            "unit": desk.chosen.unit_id or "all",
            "role": desk.chosen.role or "all",
            "staff": desk.chosen.staff_id or "all",
        },
        "chosen": {name: str(value) for name, value in more.items()},
        "kinds": [{"value": kind.value, "label": text(lang, label)} for kind, label in KINDS.items()],
        "states": [{"value": state.value, "label": text(lang, STATES[state])} for state in State],
    }
    return pages.page(request, "worklist/tickets.html", values)


@get(f"{PATH}/export.csv")
async def export(request: Web) -> Response[Any]:
    """What the list shows under its filter, as a file for a spreadsheet; logged as an export."""
    by = await web.carer(request)
    rows: list[dict[str, Any]] = []
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        sought = read_sought(request.query_params, desk)
        after: Place | None = None
        while len(rows) < EXPORT_MOST:
            found = await sent_tickets(connection, by=by, sought=sought, after=after, limit=_EXPORT_PAGE)
            rows += _drawn(found, desk)
            if len(found) < _EXPORT_PAGE:
                break
            after = found[-1].place_sent
    reason = f"tickets {desk.chosen.address('', **kept(sought))} {len(rows)}"
    await read_log(request).record(access(by, "export_tickets", provider_id=by.provider_id, reason=reason))
    name = f"biljetter-{clock.today():%Y-%m-%d}.csv"
    return Response(
        as_csv(rows, desk.lang),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
    )


def as_csv(rows: list[dict[str, Any]], lang: str) -> bytes:
    """The rows as the list shows them: UTF-8 with a mark in front, semicolons, and no cell that is a formula."""
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    heads = [
        text(lang, "Skickad"),
        text(lang, "Skickad av"),
        text(lang, "Biljett"),
        text(lang, "Sökorsak"),
        text(lang, "Patient"),
        text(lang, "Enhet"),
        text(lang, "Roll"),
        text(lang, "Gäller till och med"),
        text(lang, "Läge"),
        text(lang, "Senast ändrad"),
        text(lang, "Så långt har patienten kommit"),
    ]
    table.writerow(heads)
    for row in rows:
        cells = (
            row["sent"],
            row["sender"],
            row["kind"],
            row["reason"],
            row["who"] or row["shield"],
            row["unit"],
            row["role"],
            row["until"],
            row["state"],
            row["moved"],
            row["far"],
        )
        table.writerow([harmless(str(cell)) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


def read_sought(query: Mapping[str, str], desk: Desk) -> Sought:
    """What the address chooses beside the filter of the page's top; what cannot be read chooses nothing."""
    chosen, by = desk.chosen, desk.by
    return Sought(
        unit_ids=chosen.units(by),
        role=chosen.role or None,
        staff_id=chosen.staff_id,
        kind=Kind(query["kind"]) if query.get("kind") in set(Kind) else None,
        state=State(query["state"]) if query.get("state") in set(State) else None,
        since=_day(query.get("from", "")),
        until=_day(query.get("until", "")),
    )


def kept(sought: Sought) -> dict[str, object]:
    """The same as the address says it."""
    found = {
        "kind": sought.kind.value if sought.kind else "",
        "state": sought.state.value if sought.state else "",
        "from": sought.since.isoformat() if sought.since else "",
        "until": sought.until.isoformat() if sought.until else "",
    }
    return {name: value for name, value in found.items() if value}


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def place_key(listed: Listed) -> str:
    """Where a row stands in the list, fit for an address."""
    at, number = listed.place_sent
    return f"{at.isoformat()}_{number}"


def read_place(key: str) -> Place | None:
    """The place in an address; None (the first page) for anything that is none."""
    at, _, raw = key.partition("_")
    number = whole(raw, 18)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Place(moment, number) if number is not None and moment.tzinfo is not None else None


def _drawn(found: list[Listed], desk: Desk) -> list[dict[str, Any]]:
    return [draw(one, desk) for one in found]


def summary(counted: Mapping[State, int], lang: str) -> str:
    """The list in words: how many, how many wait, how many ran out."""
    total = sum(counted.values())
    if total > MOST_COUNTED:
        return text(lang, "Mer än {n} biljetter. Välj dagar eller läge för att se färre.", n=MOST_COUNTED)
    if not total:
        return text(lang, "Inga biljetter.")
    waits = counted.get(State.ISSUED, 0) + counted.get(State.OPENED, 0)
    parts = [
        plural(lang, "En biljett", "{n} biljetter", total),
        plural(lang, "{n} väntar på patienten", "{n} väntar på patienten", waits) if waits else "",
        _part(plural(lang, "{n} använd", "{n} använda", counted.get(State.USED, 0)), counted.get(State.USED)),
        _part(
            plural(lang, "{n} avböjd", "{n} avböjda", counted.get(State.DECLINED, 0)),
            counted.get(State.DECLINED),
        ),
        _part(
            plural(lang, "{n} tillbakatagen", "{n} tillbakatagna", counted.get(State.WITHDRAWN, 0)),
            counted.get(State.WITHDRAWN),
        ),
        _part(
            plural(lang, "{n} gick ut", "{n} gick ut", counted.get(State.EXPIRED, 0)),
            counted.get(State.EXPIRED),
        ),
    ]
    return ", ".join(part for part in parts if part) + "."


def _part(said: str, n: int | None) -> str:
    return said if n else ""
