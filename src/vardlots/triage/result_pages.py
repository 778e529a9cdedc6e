"""What triage came to, and what one can do now: join the queue, wait and see, or call 112."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.forms.text import say
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import NotFound
from vardlots.platform.pages import see
from vardlots.tickets.words import HEADINGS
from vardlots.triage import actions, words
from vardlots.triage.care import open_units, unit_row
from vardlots.triage.emergency import EMERGENCY, draw_emergency, emergency_routes, note_result_read
from vardlots.triage.interview import outcome
from vardlots.triage.lines import Line, line_before
from vardlots.triage.model import Outcome
from vardlots.triage.next_steps import next_steps, turned_away
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import route_of
from vardlots.triage.ways import Route, Way
from vardlots.triage.web import check_url, own, place_of


def outcome_of(kept: Kept, lang: str) -> Outcome:
    """The outcome, replayed from the answers by the version they were given in."""
    return outcome(kept.interview(), lang)


async def _finished(request: Web, by: PatientActor) -> Kept | Response[bytes]:
    """The interview with its outcome, or the way to where it stands."""
    kept = await own(request, by)
    return kept if kept.outcome is not None else see(place_of(kept))


@get("/interview/{ref:str}/result")
async def result(request: Web) -> Response[Any]:
    """The outcome: an emergency screen for priority 1, for all else what it means and what happens next."""
    by = await patient(request)
    kept = await _finished(request, by)
    if isinstance(kept, Response):
        return kept
    if kept.is_service:
        return see(check_url(kept))
    found = outcome_of(kept, by.lang)
    if found.priority == EMERGENCY:
        return await draw_emergency(request, by, kept, found)
    if kept.for_case_id is not None and kept.stage == "result":
        await note_result_read(request, by, kept)
        return _not_sent(request, by, kept)
    if kept.case_id is not None or kept.stage in ("left", "done"):
        return see(place_of(kept))
    async with web.house(request).database.transaction(by.scope) as connection:
        unit = await clinics.unit(connection, kept.unit_id)
        if unit is None:
            raise NotFound()
        way = await route_of(connection, by=by, kept=kept)
        elsewhere = way.is_closed or way.way is Way.NOT_POSSIBLE
        instead = (
            [one for one in await open_units(connection) if one.unit_id != unit.unit_id] if elsewhere else []
        )
    line = await line_before(
        web.house(request).database,
        provider_id=kept.provider_id,
        unit_id=kept.unit_id,
        priority=way.priority,
    )
    await note_result_read(request, by, kept)
    context = _result_context(by, kept, found, way, unit, line)
    about = f"?for={kept.person_id}" if kept.for_child else ""
    context |= {"instead": [unit_row(one, about, by.lang) for one in instead]}
    return pages.page(request, "triage/result.html", context)


def _not_sent(request: Web, by: PatientActor, kept: Kept) -> Response[str]:
    """New answers about a case that have not reached it: the page was closed in between. One button sends them."""
    about = words.about_words(kept, by.lang)
    complaint = kept.practice.name(kept.reason, by.lang)
    context = words.shell(by.name) | {
        "about": i18n.joined(by.lang, complaint, about) if about else complaint,
        "send_url": f"/interview/{kept.ref}/anew",
        "change_url": f"/interview/{kept.ref}?q={actions.last_answered(kept.interview())}",
        "case_url": f"/my/cases/{kept.provider_id}-{kept.for_case_id}",
    }
    return pages.page(request, "triage/not_sent.html", context)


def _heading(way: Route, outcome: Outcome, lang: str) -> str:
    """The outcome's own, which says by when; of what is booked the ticket says that, and no other day is named."""
    if way.way is Way.TICKET and way.contact is not None:
        return i18n.text(lang, HEADINGS[way.contact])
    return i18n.text(lang, "Du behöver en tid") if way.finds_time else outcome.title


def _result_context(
    by: PatientActor, kept: Kept, outcome: Outcome, way: Route, unit: Unit, line: Line
) -> dict[str, Any]:
    assert kept.outcome is not None
    lang = by.lang
    step = kept.practice.scheme_for(kept.outcome["scheme"]).step(kept.outcome["scheme_priority"])
    about = words.about_words(kept, lang)
    protocol = words.protocol_words(outcome.protocol_title, outcome.version, lang)
    complaint = kept.practice.name(kept.reason, lang)
    rules = ", ".join(rule.id for rule in outcome.rules)
    return words.shell(by.name) | {
        "for_child": kept.for_child,
        "about": i18n.joined(lang, complaint, about) if about else complaint,
        "priority": step.priority,
        "priority_label": say(step.label, lang),
        "scheme_of_five": kept.outcome["scheme"] == "1-5",
        "heading": _heading(way, outcome, lang),
        "text": outcome.lead,
        "why": [rule.because for rule in outcome.rules] + [outcome.nothing_more_urgent or ""],
        "why_source": i18n.text(lang, "Regel {rules}, {protocol}.", rules=rules, protocol=protocol),
        "sources": [{"title": source.title, "url": source.url} for source in outcome.sources],
        "notice": outcome.notice,
        "next_steps": next_steps(kept, way, unit, line, lang),
        "advice": list(outcome.advice),
        "meanwhile": " ".join(outcome.meanwhile),
        "call_112_if": outcome.call_112_if,
        "self_care": way.way is Way.SELF_CARE,
        "ticket": way.way is Way.TICKET,
        "finds_time": way.finds_time,
        "is_closed": way.is_closed,
        "may_go_on": way.queues or way.way is Way.TICKET,
        "turned_away": turned_away(kept.practice.routing, way.why, lang) if way.why else "",
        "unit": {"name": unit.name, "state": opening_words(opening_of(unit, clock.now()), lang)},
        "answers_url": f"/interview/{kept.ref}/answers",
        "queue_url": f"/interview/{kept.ref}/queue",
        "wait_url": f"/interview/{kept.ref}/wait",
        "back_url": f"/interview/{kept.ref}?q={actions.last_answered(kept.interview())}",
        "leave_url": f"/interview/{kept.ref}/leave",
    }


@post("/interview/{ref:str}/wait")
async def wait(request: Web) -> Response[Any]:
    """*Vi avvaktar hemma*: nothing is sent to anybody."""
    by = await patient(request)
    kept = await _finished(request, by)
    if isinstance(kept, Response):
        return kept
    await actions.leave(web.house(request), by=by, ref=kept.ref)
    return see(f"/interview/{kept.ref}/advice")


@get("/interview/{ref:str}/advice")
async def advice(request: Web) -> Response[Any]:
    """What to do at home and when to seek care after all."""
    by = await patient(request)
    kept = await _finished(request, by)
    if isinstance(kept, Response):
        return kept
    found = outcome_of(kept, by.lang)
    if found.priority == EMERGENCY:
        return see(f"/interview/{kept.ref}/result")
    await note_result_read(request, by, kept)
    about = words.about_words(kept, by.lang)
    complaint = kept.practice.name(kept.reason, by.lang)
    return pages.page(
        request,
        "triage/advice.html",
        words.shell(by.name)
        | {
            "about": i18n.joined(by.lang, complaint, about) if about else complaint,
            "for_child": kept.for_child,
            "advice": list(found.advice),
            "meanwhile": " ".join(found.meanwhile),
            "call_112_if": found.call_112_if,
            "home_url": f"/?for={kept.person_id}" if kept.for_child else "/",
        },
    )


def result_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [result, *emergency_routes(), wait, advice]
