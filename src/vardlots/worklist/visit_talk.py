"""*Vårdgivarchatt*: the colleagues' own talk beside the visit, a violet pane that the patient never sees (D8)."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases import policy, states
from vardlots.cases.model import Case, CaseRef, Verb
from vardlots.cases.queries import case_at_the_door, readable_case
from vardlots.cases.web import house, ref
from vardlots.conversations.talk import drawing, queries
from vardlots.conversations.talk.pages import note_reading
from vardlots.conversations.talk.queries import Aside, Speaker
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Refusal
from vardlots.platform.i18n import text
from vardlots.worklist.faults import Fault, fault_of
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.visit_read import Visit


async def read_talk(connection: Connection, by: StaffActor, found: Visit, _: str) -> Mapping[str, Any]:
    """What the visit's head says of the talk: whether there is one, and how much of it is unread."""
    case = found.case
    may = states.allows(case.phase, Verb.TALK) and not policy.may(
        by, Verb.TALK, case, clock.now(), found.rights
    )
    return {"talk": await _tool(connection, by, case) | {"shown": may or case.talk_last_n > 0}}


async def _tool(connection: Connection, by: StaffActor, case: Case) -> dict[str, Any]:
    return {
        "shown": True,
        "href": f"/staff/cases/{case.ref}/talk",
        "topic": f"talk:{case.ref}",
        "unread": await queries.unread(connection, by=by, case=case),
    }


@get("/staff/cases/{ref:str}/talk")
async def visit_talk(request: Web) -> Response[Any]:
    """The pane, or a page of its own for a browser without script."""
    return await _page(request, await web.carer(request), ref(request))


@get("/staff/cases/{ref:str}/talk/tool")
async def talk_tool(request: Web) -> Response[Any]:
    """The button that opens the talk, with how much is unread: nothing of what it says."""
    by, at = await web.carer(request), ref(request)
    async with house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=at)
        tool = await _tool(connection, by, case)
    return pages.page(request, "worklist/talk_tool.html", {"talk": tool})


@get("/staff/cases/{ref:str}/talk/seen")
async def talk_seen(request: Web) -> Response[Any]:
    """Who has read the last of it, under the rows."""
    by, at = await web.carer(request), ref(request)
    async with house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=at)
        readers = await queries.readers_of(connection, at)
    seen = _seen(case, readers, by, pages.language_of(request))
    return pages.page(request, "worklist/talk_seen.html", {"seen": seen, "base": f"/staff/cases/{at}"})


async def redraw(request: Web, by: StaffActor, at: CaseRef, refusal: Refusal, typed: str) -> Response[Any]:
    """The page again after a message without script was refused: what was typed stands in the box."""
    fault = fault_of(
        refusal,
        at="talk",
        lang=pages.language_of(request),
        href=f"/staff/cases/{at}/talk",
        typed={"text": typed},
    )
    return await _page(request, by, at, fault=fault, status=refusal.status)


async def _page(
    request: Web, by: StaffActor, at: CaseRef, *, fault: Fault | None = None, status: int = 200
) -> Response[Any]:
    lang = pages.language_of(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await queries.aside(connection, by=by, ref=at)
        _, stands = await case_at_the_door(connection, by=by, ref=at)
        speakers = await queries.speakers(connection, found.case)
        desk = None if pages.is_fragment(request) else await open_desk(request, connection, by)
    await note_reading(request, by, found)
    values = _drawn(found, by, stands, speakers, lang) | {"fault": fault}
    if fault is not None:
        values["draft_text"] = fault.typed.get("text", "")
    if desk is None:
        return pages.page(request, "worklist/visit_talk_pane.html", values, status=status)
    values |= {
        **context(desk, "drop-in", "/staff/drop-in"),
        "part": "worklist/visit_talk_pane.html",
        "heading": text(lang, "Vårdgivarchatt"),
        "back": f"/staff/cases/{at}",
    }
    return pages.page(request, "worklist/visit_aside.html", values, status=status)


def _drawn(
    found: Aside, by: StaffActor, stands: policy.Standing, speakers: list[Speaker], lang: str
) -> dict[str, Any]:
    case = found.case
    base = f"/staff/cases/{case.ref}"
    mine = max((one.n for one in found.readers if one.staff_id == by.staff_id), default=0)
    closed = None
    if not states.allows(case.phase, Verb.TALK):
        closed = text(lang, "Ärendet är stängt. Det går att läsa, men inte att skriva.")
    elif policy.may(by, Verb.TALK, case, clock.now(), stands) is not None:
        closed = text(lang, "Du kan läsa. De som är med i besöket och enhetens vårdpersonal kan skriva.")
    return {
        "base": base,
        "talk_base": f"{base}/talk",
        "topics": drawing.topics_of(case.ref),
        "entries": drawing.drawn(found, by=by, base=base),
        "last": case.talk_last_n,
        "read": mine,
        "closed": closed,
        "with_whom": _with_whom([one.name for one in speakers if one.staff_id != by.staff_id], lang),
        "to": _to([one.name for one in speakers if one.staff_id != by.staff_id], lang),
        "self": by.staff_id,
        "names": msgspec.json.encode(
            {str(one.staff_id): one.name.split(" ")[0] for one in speakers}
        ).decode(),
        "seen": _seen(case, found.readers, by, lang),
        "key": str(uuid4()),
        "draft_text": "",
    }


def _with_whom(others: list[str], lang: str) -> str:
    if not others:
        return text(lang, "Bara du än så länge")
    return _listed([text(lang, "Du"), *others], lang)


def _to(others: list[str], lang: str) -> str:
    if len(others) == 1:
        return text(lang, "Skriv till {name}", name=others[0].split(" ")[0])
    return text(lang, "Skriv till kollegorna")


def _seen(case: Case, readers: list[queries.Reader], by: StaffActor, lang: str) -> str:
    """Who of the others has read all that there is; empty where nobody has, or nothing is written."""
    names = [
        one.name.split(" ")[0] for one in readers if one.n >= case.talk_last_n and one.staff_id != by.staff_id
    ]
    if not names or not case.talk_last_n:
        return ""
    return text(lang, "Läst av {names}", names=_listed(names, lang))


def _listed(names: list[str], lang: str) -> str:
    """Names as one says them: *Siri*, *Siri och Olle*, *Siri, Olle och Hamid*."""
    if len(names) < 2:
        return "".join(names)
    return text(lang, "{names} och {last}", names=", ".join(names[:-1]), last=names[-1])
