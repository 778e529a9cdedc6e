"""The start of administration, the list of a kind, and the search over everything."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.admin import known, listing, queries
from vardlots.admin.addresses import NEW
from vardlots.admin.bodies import without_notes
from vardlots.admin.edit_pages import sent_in
from vardlots.admin.editing import called, may_add
from vardlots.admin.files import file_addresses
from vardlots.admin.frame import GROUPS, Frame, around, by_group, kind_of, open_frame
from vardlots.admin.listing import drawn, matching
from vardlots.admin.versions import long_day, moment_words
from vardlots.cases.web import house
from vardlots.configuration import queries as configuration
from vardlots.configuration.model import Body
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see

ON_A_PAGE = 50
MOST_FOUND = 60
MOST_TYPED = 80


@get("/staff/admin")
async def home(request: Web) -> Response[str]:
    """What there is to administer, what has changed lately, one's own drafts, and what waits for its day."""
    by = await web.administrator(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        context = {
            **around(frame),
            "cards": await _cards(connection, frame),
            "recent": [_happened(frame, one) for one in await queries.recent(connection, by.provider_id)],
            "waiting": [_happened(frame, one) for one in await queries.waiting(connection, by.provider_id)],
            "drafts": [
                _line(frame, one.kind, one.key, one.body)
                | {"when": pages.when_words(one.changed_at, frame.lang)}
                for one in await queries.own_drafts(connection, by.provider_id, by.staff_id)
                if one.kind in known.kinds()
            ],
            "files": file_addresses(frame),
        }
    return pages.page(request, "admin/home.html", context)


async def _cards(connection: Connection, frame: Frame) -> list[dict[str, Any]]:
    found = []
    for code, kinds in by_group():
        items = []
        for kind in kinds:
            there = await listing.rows(connection, by=frame.by, kind=kind, names=frame.names)
            shown = [
                one
                for one in matching(there, unit_id=frame.unit_id, typed="", frame=frame)
                if not one.removed
            ]
            items.append(
                {"label": text(frame.lang, kind.label), "href": frame.address(kind), "count": len(shown)}
            )
        found.append({"label": text(frame.lang, GROUPS[code]), "items": items})
    return found


def _line(frame: Frame, code: str, key: str, body: Body) -> dict[str, Any]:
    kind = known.kinds()[code]
    unit = ""
    name = called(kind, without_notes(body), frame.names) or key
    if key == NEW:
        name = text(frame.lang, "Ny")
    elif kind.one_each:
        unit_id = int(key) if kind.per_unit and key.isascii() and key.isdigit() else None
        name = frame.unit_name(unit_id) if kind.per_unit else ""
    return {
        "kind": text(frame.lang, kind.label),
        "name": name,
        "unit": unit,
        "href": frame.address(kind, key),
    }


def _happened(frame: Frame, one: queries.Change) -> dict[str, Any]:
    lang = frame.lang
    if one.kind not in known.kinds():
        line = {"kind": one.kind, "name": one.key, "unit": "", "href": ""}
    else:
        line = _line(frame, one.kind, one.key, one.body)
    return line | {
        "who": one.author_name,
        "when": long_day(one.at, lang),
        "iso": one.at.isoformat(timespec="seconds"),
        "starts": moment_words(one.starts_at, lang),
        "version": one.version,
        "removed": one.removed,
        "reason": one.reason,
    }


@get("/staff/admin/{kind:str}")
async def kind_list(request: Web) -> Response[Any]:
    """The things of a kind. Of what each unit has one of, the chosen unit's own is opened at once."""
    return await _list(request, "", 0)


@post("/staff/admin/{kind:str}", status_code=200)
async def kind_search(request: Web) -> Response[Any]:
    """The same list with what was typed: a colleague's name may be among it, so it is never part of an address."""
    sent = await sent_in(request)
    start = sent.get("from", ["0"])[-1]
    typed = " ".join(sent.get("q", [""])[-1].split())[:MOST_TYPED]
    return await _list(request, typed, whole(start, 6) or 0)


async def _list(request: Web, typed: str, start: int) -> Response[Any]:
    by = await web.administrator(request)
    kind = kind_of(request)
    fragment = pages.is_fragment(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        everything = await listing.rows(connection, by=by, kind=kind, names=frame.names)
        drafts = await configuration.drafts(connection, by.provider_id, kind.code, by.staff_id)
    lang = frame.lang
    if kind.one_each and request.method == "GET":
        own = [one for one in everything if one.unit_id == frame.unit_id or not kind.per_unit]
        if len(own) == 1 and (frame.unit_id is not None or not kind.per_unit):
            return see(frame.address(kind, own[0].key))
    removed_only = request.query_params.get("show") == "removed"
    there = [one for one in everything if one.removed == removed_only]
    found = matching(there, unit_id=frame.unit_id, typed=typed, frame=frame)
    shown = found[start : start + ON_A_PAGE]
    gone = len(
        matching([one for one in everything if one.removed], unit_id=frame.unit_id, typed="", frame=frame)
    )
    context = {
        **around(frame, kind, [(text(lang, kind.label), "")]),
        "heading": text(lang, kind.label),
        "about": text(lang, kind.about) if kind.about else "",
        "rows": [drawn(frame, one) for one in shown],
        "line": _count_line(lang, typed, len(found), removed_only),
        "typed_here": typed,
        "start": start,
        "next": start + ON_A_PAGE if start + ON_A_PAGE < len(found) else 0,
        "with_units": kind.per_unit and not kind.one_each,
        "add_url": frame.address(kind, NEW) if may_add(by, kind) else "",
        "new_draft": NEW in drafts,
        "files": file_addresses(frame, kind),
        "list_url": frame.address(kind, show="removed" if removed_only else ""),
        "removed": gone,
        "removed_only": removed_only,
        "removed_url": frame.address(kind, show="removed"),
        "all_url": frame.address(kind),
        "was_removed": request.query_params.get("removed") == "1",
        "nothing": _nothing(frame, typed, removed_only),
        "searchable": len(there) > 6 or bool(typed),
    }
    return pages.page(request, "admin/rows.html" if fragment else "admin/list.html", context)


def _count_line(lang: str, typed: str, n: int, removed: bool) -> str:
    if typed:
        return plural(lang, "En träff.", "{n} träffar.", n) if n else text(lang, "Inga träffar.")
    return plural(lang, "En borttagen.", "{n} borttagna.", n) if removed else ""


def _nothing(frame: Frame, typed: str, removed: bool) -> str:
    if typed:
        return text(frame.lang, "Inget med de orden. Prova färre eller kortare ord.")
    if removed:
        return text(frame.lang, "Inget är borttaget.")
    return text(frame.lang, "Här finns inget än.")


@get("/staff/admin/search")
async def search_page(request: Web) -> Response[str]:
    """The search, before anything is typed."""
    return await _search(request, "")


@post("/staff/admin/search", status_code=200)
async def search(request: Web) -> Response[str]:
    """*Sök inställning*: everything of every kind that holds the words."""
    sent = await sent_in(request)
    return await _search(request, " ".join(sent.get("q", [""])[-1].split())[:MOST_TYPED])


async def _search(request: Web, typed: str) -> Response[str]:
    by = await web.administrator(request)
    found: list[listing.Row] = []
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        for kind in known.kinds().values() if len(typed) > 1 else ():
            there = await listing.rows(connection, by=by, kind=kind, names=frame.names)
            found += matching(there, unit_id=frame.unit_id, typed=typed, frame=frame)
    lang = frame.lang
    if len(typed) < 2:
        line = text(lang, "Skriv minst två tecken.")
    else:
        line = _count_line(lang, typed, len(found), False)
        if len(found) > MOST_FOUND:
            line = text(lang, "{n} träffar, de första {most} visas.", n=len(found), most=MOST_FOUND)
    # What is called so comes before what only holds the words somewhere.
    words = typed.casefold().split()
    found.sort(key=lambda one: not all(word in f"{one.title} {one.key}".casefold() for word in words))
    context = {
        **around(frame, None, [(text(lang, "Sök inställning"), "")], typed=typed),
        "rows": [drawn(frame, one, with_kind=True) for one in found[:MOST_FOUND]],
        "line": line,
        "typed": typed,
        "nothing": _nothing(frame, typed, False),
        "asked": len(typed) > 1,
    }
    return pages.page(request, "admin/search.html", context)
