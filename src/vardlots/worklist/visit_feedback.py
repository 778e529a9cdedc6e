"""*Intern återkoppling*: written from the visit, read and answered by whoever can change something (row D10)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.feedback import actions, queries
from vardlots.cases.feedback.model import ABOUT, TEXT_MAX, About, Feedback
from vardlots.cases.feedback.policy import units_read
from vardlots.cases.feedback.queries import PAGE, Wanted
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.cases.web import house, pressed, read_log, ref
from vardlots.platform import clock, pages
from vardlots.platform.errors import Refusal
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import when_words
from vardlots.worklist.faults import Fault, fault_fragment, fault_of
from vardlots.worklist.shell import Desk, context, open_desk
from vardlots.worklist.visit_guests import done

HOME = "/staff/feedback"
# How many days back a list reaches; 0 is everything.
PERIODS = (7, 30, 90, 365, 0)


@get("/staff/cases/{ref:str}/feedback")
async def visit_feedback(request: Web) -> Response[Any]:
    """The dialog, with what one has written of the case before and the answers."""
    return await _dialog(request, await web.carer(request), ref(request))


@post("/staff/cases/{ref:str}/feedback", status_code=303)
async def give_feedback(request: Web) -> Response[Any]:
    """*Skicka återkoppling*."""
    by, at, form = await pressed(request)
    try:
        await actions.give_feedback(
            house(request),
            by=by,
            ref=at,
            kind=form.get("kind", ""),
            text=form.get("text", ""),
            key=form.get("key", ""),
        )
    except Refusal as refusal:
        if refusal.status in (401, 404, 503):
            raise
        lang = pages.language_of(request)
        fault = fault_of(refusal, at="feedback", lang=lang, href=f"/staff/cases/{at}", typed=form)
        if pages.is_fragment(request):
            return fault_fragment(request, fault, "feedback", refusal.status)
        return await _dialog(request, by, at, fault=fault, status=refusal.status)
    return done(request, f"/staff/cases/{at}/feedback")


@get(HOME)
async def feedback_list(request: Web) -> Response[Any]:
    """One's own feedback with its answers; to whoever can change something, that of their units too."""
    return await _list(request, await web.staff(request))


@post("/staff/feedback/{feedback_id:int}/answer", status_code=303)
async def answer_feedback(request: Web, feedback_id: FromPath[int]) -> Response[Any]:
    """*Markera som läst*, with an answer to the author or without."""
    by = await web.administrator(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await actions.answer_feedback(
            house(request),
            by=by,
            feedback_id=feedback_id,
            answer=form.get("answer", "").replace("\r\n", "\n"),
        )
    except Refusal as refusal:
        if refusal.status in (401, 403, 404, 503):
            raise
        fault = fault_of(
            refusal,
            at=f"feedback-{feedback_id}",
            lang=pages.language_of(request),
            href=HOME,
            typed={"answer": form.get("answer", "")},
        )
        return await _list(request, by, fault=fault, status=refusal.status)
    return pages.see(f"{HOME}?{_query(_asked(form))}#feedback-{feedback_id}")


async def _dialog(
    request: Web, by: StaffActor, at: CaseRef, *, fault: Fault | None = None, status: int = 200
) -> Response[Any]:
    lang = pages.language_of(request)
    async with house(request).database.transaction(by.scope) as connection:
        await readable_case(connection, by=by, ref=at)
        before = await queries.own(connection, by=by, ref=at)
        desk = None if pages.is_fragment(request) else await open_desk(request, connection, by)
    await actions.note_answers_seen(house(request), by=by, ref=at)
    values: dict[str, Any] = {
        "base": f"/staff/cases/{at}",
        "kinds": _kinds(lang),
        "typed": fault.typed if fault is not None else {},
        "key": str(uuid4()),
        "most": TEXT_MAX,
        "before": [_drawn(one, lang) for one in before],
        "home": HOME,
        "fault": fault,
    }
    if desk is None:
        return pages.page(request, "worklist/visit_feedback.html", values, status=status)
    values |= {
        **context(desk, "drop-in", "/staff/drop-in"),
        "part": "worklist/visit_feedback.html",
        "heading": text(lang, "Intern återkoppling"),
        "back": f"/staff/cases/{at}",
    }
    return pages.page(request, "worklist/visit_aside.html", values, status=status)


async def _list(
    request: Web, by: StaffActor, *, fault: Fault | None = None, status: int = 200
) -> Response[Any]:
    lang = pages.language_of(request)
    asked = _asked(request.query_params)
    after = whole(request.query_params.get("after", ""), 18) or 0
    wanted = _wanted(asked)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        reads = units_read(by) is None or bool(units_read(by))
        found = await queries.listed(connection, by=by, wanted=wanted, after=after) if reads else []
        unread = await queries.unread_count(connection, by) if reads else 0
        mine = await queries.own(connection, by=by)
    await read_log(request).record(access(by, "read_feedback", provider_id=by.provider_id))
    await actions.note_answers_seen(house(request), by=by)
    more = found[PAGE - 1].feedback_id if len(found) > PAGE else 0
    values = {
        **context(desk, "feedback", HOME),
        "reads": reads,
        "unread": unread,
        "rows": [_drawn(one, lang, by) for one in found[:PAGE]],
        "mine": [_drawn(one, lang) for one in mine],
        "asked": asked,
        "filtered": bool(asked),
        "units": _units(by, desk),
        "kinds": _kinds(lang),
        "periods": _periods(lang),
        "more_url": f"{HOME}?{_query(asked | {'after': str(more)})}" if more else "",
        "most": TEXT_MAX,
        "fault": fault,
        "home": HOME,
    }
    return pages.page(request, "worklist/feedback.html", values, status=status)


def _asked(fields: Mapping[str, str]) -> dict[str, str]:
    """What the list is asked for, of what an address or a form may say; what is none of it is left out."""
    asked = {
        # The filter of every page is called `unit`, and reaches no further than one's own.
        "of": str(whole(fields.get("of", ""), 9) or ""),
        "kind": fields.get("kind", "") if fields.get("kind", "") in set(About) else "",
        "days": str(whole(fields.get("days", ""), 4) or ""),
        "unread": "1" if fields.get("unread") == "1" else "",
    }
    return {name: value for name, value in asked.items() if value}


def _wanted(asked: Mapping[str, str]) -> Wanted:
    days = int(asked.get("days", "0"))
    return Wanted(
        unit_id=int(asked["of"]) if "of" in asked else None,
        kind=About(asked["kind"]) if "kind" in asked else None,
        since=clock.now() - timedelta(days=days) if days else None,
        only_unread="unread" in asked,
    )


def _query(asked: Mapping[str, str]) -> str:
    return urlencode(asked)


def _units(by: StaffActor, desk: Desk) -> list[dict[str, str]]:
    units = units_read(by)
    shown = list(desk.known.units) if units is None else sorted(units)
    return [{"value": str(unit_id), "label": desk.known.unit_name(unit_id)} for unit_id in shown]


def _kinds(lang: str) -> list[dict[str, str]]:
    return [{"value": kind.value, "label": text(lang, label)} for kind, label in ABOUT.items()]


def _periods(lang: str) -> list[dict[str, str]]:
    return [
        {
            "value": str(days) if days else "",
            "label": plural(lang, "Senaste dygnet", "Senaste {n} dagarna", days)
            if days
            else text(lang, "All tid"),
        }
        for days in PERIODS
    ]


def _drawn(one: Feedback, lang: str, reader: StaffActor | None = None) -> dict[str, Any]:
    return {
        "id": one.feedback_id,
        "kind": text(lang, ABOUT[one.kind]),
        "text": one.text,
        "unit": one.unit,
        "author": one.author,
        "at": when_words(one.at, lang),
        # Whoever opens no cases reads what is said, not of whom.
        "case_href": f"/staff/cases/{reader.provider_id}-{one.case_id}"
        if reader is not None and reader.cares
        else "",
        "read": text(lang, "Läst av {who} {time}", who=one.reader, time=when_words(one.read_at, lang))
        if one.read_at is not None
        else "",
        "answer": one.answer,
        "answered": text(
            lang, "{who} svarade {time}", who=one.answerer, time=when_words(one.answered_at, lang)
        )
        if one.answered_at is not None
        else "",
        "is_news": one.answered_at is not None and one.answer_seen_at is None,
    }
