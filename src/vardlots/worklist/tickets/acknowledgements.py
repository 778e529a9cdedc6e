"""*Vidimeringar*: tickets that are over, to be looked at one by one or many at once (requirement G3)."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.platform import pages
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import see
from vardlots.tickets.acknowledging import actions
from vardlots.tickets.model import Kind, TicketRef
from vardlots.tickets.queries import Listed, to_acknowledge
from vardlots.tickets.words import NEXT_STEPS, Step, how_far, next_step, ticket_why, what_happened
from vardlots.worklist.filters import Filter
from vardlots.worklist.shell import Desk, context, open_desk, remember
from vardlots.worklist.tickets.drawn import ICONS, at_home, ended_words, kind_words, who_words
from vardlots.worklist.tickets.sent_list import read_place
from vardlots.worklist.tickets.waiting import waiting

PATH = "/staff/acknowledgements"
PAGE = 100


@get(PATH)
async def acknowledgements(request: Web) -> Response[Any]:
    """The list as a page, what has waited longest first."""
    return await _page(request, await web.carer(request))


@post(PATH, status_code=303)
async def acknowledge(request: Web) -> Response[Any]:
    """*Vidimera* those that were chosen. What a colleague was first with is told, and is no fault."""
    by = await web.carer(request)
    form = await request.form()
    raw = list(dict.fromkeys(str(one) for one in form.getall("ref", [])))
    try:
        if not raw:
            raise Invalid("ref", "Välj minst en.")
        done = await actions.acknowledge(house(request), by=by, refs=[TicketRef.parse(one) for one in raw])
    except NotFound:
        raise
    except Refusal as refusal:
        return await _page(request, by, refusal)
    back = str(form.get("next", ""))
    if back == f"/staff/tickets/{raw[0]}":
        return see(back)
    filter_kept = _filter_of(request)
    return see(f"{PATH}?{filter_kept}done={done}&asked={len(raw)}")


def _filter_of(request: Web) -> str:
    kept = [
        f"{name}={request.query_params[name]}" for name in ("unit", "role", "staff") if _plain(request, name)
    ]
    return "".join(f"{one}&" for one in kept)


def _plain(request: Web, name: str) -> bool:
    value = request.query_params.get(name, "")
    return bool(value) and value.replace("_", "").isalnum() and value.isascii()


async def _page(request: Web, by: StaffActor, refusal: Refusal | None = None) -> Response[Any]:
    query = request.query_params
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        chosen = desk.chosen
        found = await to_acknowledge(
            connection,
            by=by,
            unit_ids=chosen.units(by),
            role=chosen.role or None,
            after=read_place(query.get("after", "")),
            limit=PAGE + 1,
        )
        total = await waiting(connection, by, chosen)
    reason = f"acknowledgements {chosen.address('')}"
    await read_log(request).record(
        access(by, "read_acknowledgements", provider_id=by.provider_id, reason=reason)
    )
    await remember(request, desk)
    lang = desk.lang
    shown = found[:PAGE]
    values = {
        **context(desk, "acknowledgements", PATH),
        "rows": [_row(one, desk) for one in shown],
        "summary": plural(lang, "En väntar.", "{n} väntar.", total) if total else "",
        "here": chosen.address(PATH, after=query.get("after", "")),
        "topics": chosen.topics(by),
        "more_url": _more(found, desk),
        "told": _told(query, lang),
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "all_roles": Filter(chosen.unit_id, "", chosen.staff_id).address(PATH) if chosen.role else "",
    }
    status = refusal.status if refusal else 200
    return pages.page(request, "worklist/acknowledgements.html", values, status=status)


def _more(found: list[Listed], desk: Desk) -> str:
    if len(found) <= PAGE:
        return ""
    at, number = found[PAGE - 1].place_over
    return desk.chosen.address(PATH, after=f"{at.isoformat()}_{number}")


def _told(query: Any, lang: str) -> str:
    """What the press before did: how many, and whether a colleague was first with some."""
    done, asked = query.get("done", ""), query.get("asked", "")
    if not (done.isdigit() and asked.isdigit() and len(done) < 4 and len(asked) < 4):
        return ""
    n, late = int(done), int(asked) - int(done)
    if not n:
        return text(lang, "En kollega hann före. Allt är redan vidimerat.")
    said = plural(lang, "En vidimerad.", "{n} vidimerade.", n)
    if late > 0:
        more = plural(
            lang, "En kollega hade redan vidimerat en.", "En kollega hade redan vidimerat {n}.", late
        )
        return f"{said} {more}"
    return said


def _row(listed: Listed, desk: Desk) -> dict[str, Any]:
    lang, one = desk.lang, listed.ticket
    step = next_step(one)
    reaches = step in (Step.CHAT, Step.LETTER) and at_home(desk.by, one)
    answered = one.kind is Kind.FORM and step is Step.READ
    return {
        "ref": str(one.ref),
        "href": f"/staff/tickets/{one.ref}",
        "icon": "clipboard-check" if answered else ICONS[one.kind],
        "happened": what_happened(one, lang),
        "reason": desk.pen.names[one.reason],
        **who_words(listed, lang),
        "kind": kind_words(one, lang),
        "far": ""
        if answered
        else how_far(one, lang, (listed.answered, listed.asked) if listed.asked else None),
        "why": ticket_why(one, lang),
        "when": ended_words(one, lang),
        "sender": listed.sender,
        "unit": listed.unit,
        "role": desk.known.role_name(one.ack_role or one.role, lang),
        "step": text(lang, NEXT_STEPS[step]),
        "chat": f"/staff/patients/{listed.main_id}/chat?ticket={one.ref}" if reaches else "",
        "letter": f"/staff/tickets/{one.ref}/letter" if reaches and not listed.protected else "",
        "chat_first": step is Step.CHAT,
        "answers": f"/staff/tickets/{one.ref}/forms/1" if answered and at_home(desk.by, one) else "",
    }
