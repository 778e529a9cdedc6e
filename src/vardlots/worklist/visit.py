"""The visit (s3): own cases, the conversation, the patient. Reading it is logged before it is sent."""

from typing import Any
from uuid import uuid4

from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.model import CaseRef, Phase
from vardlots.cases.web import house, read_log, ref
from vardlots.conversations.pages import is_online
from vardlots.notes import codebook
from vardlots.notes.codebook import ListKind
from vardlots.platform import pages
from vardlots.platform.errors import Forbidden, NotFound, Refusal
from vardlots.platform.i18n import plural, text
from vardlots.worklist import (
    content,
    own_queries,
    visit_draw,
    visit_guests,
    visit_measures,
    visit_note,
    visit_phrases,
    visit_triage,
)
from vardlots.worklist.desk import side
from vardlots.worklist.faults import Fault, fault_of
from vardlots.worklist.own_queries import OwnCases
from vardlots.worklist.shell import Desk, context, open_desk
from vardlots.worklist.told import NOTHING
from vardlots.worklist.visit_door import door, has_door
from vardlots.worklist.visit_extras import PARTS, READERS, Part, read_extras
from vardlots.worklist.visit_read import Visit, read_visit
from vardlots.worklist.visit_triage import Asked, asked_of

TABS = ("overview", "note", "measures", "earlier", "answers", "explain")
DIALOGS = (
    "end",
    "priority",
    "release",
    "take-over",
    "hand-over",
    "decline",
    "pause",
    "no-answer",
    "called",
    "forms",
)


@get("/staff/cases/{ref:str}")
async def visit(request: Web) -> Response[Any]:
    """The whole visit."""
    return await visit_page(request, await web.carer(request), ref(request))


@get("/staff/cases/{ref:str}/parts/{name:str}")
async def visit_part(request: Web) -> Response[Any]:
    """A part that depends on the case's state, by the same template."""
    by = await web.carer(request)
    part = PARTS.get(str(request.path_params["name"]))
    if part is None:
        raise NotFound()
    found, _, _, extras = await _read(request, by, ref(request), part)
    lang = pages.language_of(request)
    values = _parts(request, found, asked_of(found, lang), lang) | extras | _no_fault()
    return pages.page(request, part.template, values)


@get("/staff/own-cases")
async def own_cases(request: Web) -> Response[Any]:
    """*Mina aktuella* beside the visit, by the same template."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        own = await own_queries.own_cases(connection, by=by)
        desk = await open_desk(request, connection, by)
    await read_log(request).record(access(by, "list", provider_id=by.provider_id, reason="own"))
    at = request.query_params.get("at", "")
    return pages.page(request, "worklist/visit_side.html", side(desk.pen, by, own, at) | _hint(desk))


async def redraw(request: Web, refusal: Refusal, typed: str) -> Response[Any]:
    """The visit again after a message without script was refused: what was typed stands in the box."""
    by = await web.carer(request)
    at = ref(request)
    fault = fault_of(
        refusal,
        at="dock",
        lang=pages.language_of(request),
        href=f"/staff/cases/{at}",
        typed={"text": typed},
    )
    return await visit_page(request, by, at, fault=fault, status=refusal.status)


async def visit_page(
    request: Web,
    by: StaffActor,
    at: CaseRef,
    *,
    fault: Fault | None = None,
    status: int = 200,
    note: visit_note.Typed | None = None,
) -> Response[Any]:
    """Draw the visit, or the door before one that is not the actor's.

    `fault` opens the dialog it belongs to; `note` is an anteckning as it was typed.
    """
    try:
        found, desk, own, extras = await _read(request, by, at)
    except Forbidden as refusal:
        if not has_door(refusal):
            raise
        return await door(request, by, at)
    assert desk is not None
    assert own is not None
    codebook.warm()
    lang = desk.lang
    asked = asked_of(found, lang)
    told = asked[0].told if asked else NOTHING
    query = request.query_params
    tab = "note" if note is not None else query.get("tab", "overview")
    tab = tab if tab in TABS else "overview"
    dialog = fault.at if fault is not None else query.get("dialog", "")
    base = visit_draw.base_of(found)
    values = {
        **context(desk, *_list_of(found.case.phase)),
        **_parts(request, found, asked, lang),
        **side(desk.pen, by, own, str(at)),
        **_hint(desk),
        **_panel(found, asked, lang, tab),
        **visit_note.note_context(found, told, lang, note),
        "chat": visit_draw.chat(found),
        "key": str(uuid4()),
        "earlier": visit_draw.earlier(found, lang),
        "blocked_earlier": visit_draw.blocked_earlier(found),
        "dialog": dialog if dialog in DIALOGS else "",
        "priorities": content.priority_choices(found.practice, lang),
        "fault": fault,
        "place": fault.at if fault is not None else "",
        "typed": fault.typed if fault is not None else {},
        "draft_text": fault.typed.get("text", "")
        if fault is not None
        else visit_phrases.chosen(extras, query.get("phrase", "")),
        **(await visit_measures.read_measures(request, by, found) if tab == "measures" else {}),
        "base": base,
        **extras,
    }
    return pages.page(request, "worklist/visit.html", values, status=status)


def _list_of(phase: Phase) -> tuple[str, str]:
    """The list that the menu points out, and its address: the one where the case stands."""
    if phase is Phase.BOOKED:
        return "scheduled", "/staff/scheduled"
    return ("async", "/staff/async") if phase is Phase.FOLLOW_UP else ("drop-in", "/staff/drop-in")


async def _read(
    request: Web, by: StaffActor, at: CaseRef, part: Part | None = None
) -> tuple[Visit, Desk | None, OwnCases | None, dict[str, Any]]:
    """The visit and, for a whole page (no `part`), what stands around it, with what other subjects add; the reading is
    in the log when this returns."""
    # Read before a connection is held: the first who asks for the codes needs one more.
    await codebook.index(ListKind.ACTION)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=at)
        desk = await open_desk(request, connection, by) if part is None else None
        own = await own_queries.own_cases(connection, by=by) if part is None else None
        readers = READERS if part is None else part.readers
        extras = await read_extras(connection, by, found, pages.language_of(request), readers)
    if await visit_guests.come(house(request), by, at, extras):
        # They read themselves that they have come.
        return await _read(request, by, at, part)
    await read_log(request).record(
        access(by, "read", provider_id=at.provider_id, person_id=found.case.person_id, case_id=at.case_id)
    )
    return found, desk, own, extras


def _no_fault() -> dict[str, Any]:
    return {"fault": None, "place": "", "draft_text": "", "key": str(uuid4())}


def _parts(request: Web, found: Visit, asked: list[Asked], lang: str) -> dict[str, Any]:
    online = is_online(house(request).hub, found.case, found.by)
    return {
        "head": visit_draw.head(found, lang, online),
        "dock": visit_draw.dock(found, lang),
        "over": visit_draw.overview(found, asked, lang),
        "foot": visit_draw.foot(found, lang),
        "base": visit_draw.base_of(found),
        "draft_line": visit_note.draft_line(found, lang),
    }


def _panel(found: Visit, asked: list[Asked], lang: str, tab: str) -> dict[str, Any]:
    base = visit_draw.base_of(found)
    named = (
        ("overview", text(lang, "Översikt"), base, None),
        ("note", text(lang, "Anteckning"), f"{base}?tab=note", None),
        ("measures", text(lang, "Mätvärden"), f"{base}?tab=measures", None),
        ("earlier", text(lang, "Tidigare"), f"{base}?tab=earlier", found.earlier_open),
    )
    return {
        "tab": tab,
        "panel_tabs": [
            {"label": label, "href": href, "count": count, "active": name == tab}
            for name, label, href, count in named
        ],
        "answers": visit_triage.answers(asked, lang) if tab == "answers" else [],
        "accounts": visit_triage.accounts(found, asked, lang) if tab == "explain" else [],
    }


def _hint(desk: Desk) -> dict[str, Any]:
    lang, counts = desk.lang, desk.counts
    line = (
        plural(lang, "{n} väntar i kön", "{n} väntar i kön", counts.waiting)
        if counts.waiting
        else text(lang, "Ingen väntar i kön")
    )
    warn = plural(lang, "{n} över målet", "{n} över målet", counts.over) if counts.over else ""
    return {
        "hint": {
            "line": line,
            "warn": warn,
            "calm": text(lang, "Ingen över målet"),
            "href": desk.chosen.address("/staff/drop-in"),
        }
    }
