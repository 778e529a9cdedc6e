"""What triage came to, and what one can do now: join the queue, wait and see, or call 112."""

from typing import Any

import minijinja
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.cases.actions import leave_queue
from vardlots.cases.model import CaseRef
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import open_at, opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.forms.text import say
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import NotFound, SomebodyWasFirst, WrongState
from vardlots.platform.pages import see
from vardlots.triage import actions, words
from vardlots.triage.care import open_units, unit_row
from vardlots.triage.interview import outcome
from vardlots.triage.model import Outcome
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import needs_booking, queue_priority
from vardlots.triage.schemes import WayIn
from vardlots.triage.units import Line, line_before
from vardlots.triage.web import own, place_of

EMERGENCY = 1


def bold(text: str, part: str) -> Any:
    """The text with one part of it bold, safe to draw."""
    if not part or part not in text:
        return text
    before, _, after = text.partition(part)
    return minijinja.Markup(
        f"{minijinja.escape(before)}<b>{minijinja.escape(part)}</b>{minijinja.escape(after)}"
    )


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
    found = outcome_of(kept, by.lang)
    if found.priority == EMERGENCY:
        await _note_reading(request, by, kept)
        return await _emergency(request, by, kept, found)
    if kept.case_id is not None or kept.stage == "left":
        return see(place_of(kept))
    async with web.house(request).database.transaction(by.scope) as connection:
        unit = await clinics.unit(connection, kept.unit_id)
        if unit is None:
            raise NotFound()
        is_open = open_at(unit, clock.now())
        instead = [] if is_open else await open_units(connection)
    assert kept.outcome is not None
    line = await line_before(
        web.house(request).database,
        provider_id=kept.provider_id,
        unit_id=kept.unit_id,
        priority=queue_priority(kept.outcome),
    )
    await _note_reading(request, by, kept)
    context = _result_context(by, kept, found, unit, line)
    about = f"?for={kept.person_id}" if kept.for_child else ""
    context |= {"is_open": is_open, "instead": [unit_row(one, about, by.lang) for one in instead]}
    return pages.page(request, "triage/result.html", context)


async def _note_reading(request: Web, by: PatientActor, kept: Kept) -> None:
    await web.read_log(request).record(
        access(
            by, "read_result", provider_id=kept.provider_id, person_id=kept.person_id, case_id=kept.case_id
        )
    )


def _result_context(by: PatientActor, kept: Kept, outcome: Outcome, unit: Unit, line: Line) -> dict[str, Any]:
    assert kept.outcome is not None
    lang = by.lang
    step = kept.practice.scheme_for(kept.outcome["scheme"]).step(kept.outcome["scheme_priority"])
    about = words.about_words(kept, lang)
    waits = kept.outcome["way_in"] == WayIn.SELF_CARE_THEN_CHOICE
    protocol = words.protocol_words(outcome.protocol_title, outcome.version, lang)
    complaint = kept.practice.name(kept.reason, lang)
    rules = ", ".join(rule.id for rule in outcome.rules)
    return words.shell(by.name) | {
        "for_child": kept.for_child,
        "about": f"{complaint}, {about}" if about else complaint,
        "priority": step.priority,
        "priority_label": say(step.label, lang),
        "scheme_of_five": kept.outcome["scheme"] == "1-5",
        "heading": outcome.title,
        "text": outcome.lead,
        "why": [rule.because for rule in outcome.rules] + [outcome.nothing_more_urgent or ""],
        "why_source": i18n.text(lang, "Regel {rules}, {protocol}.", rules=rules, protocol=protocol),
        "sources": [{"title": source.title, "url": source.url} for source in outcome.sources],
        "notice": outcome.notice,
        "next_steps": _next_steps(kept, unit, line, lang),
        "advice": list(outcome.advice),
        "meanwhile": " ".join(outcome.meanwhile),
        "call_112_if": outcome.call_112_if,
        "self_care": waits,
        "booking": needs_booking(kept.outcome),
        "unit": {"name": unit.name, "state": opening_words(opening_of(unit, clock.now()), lang)},
        "queue_url": f"/interview/{kept.ref}/queue",
        "wait_url": f"/interview/{kept.ref}/wait",
        "back_url": f"/interview/{kept.ref}?q={actions.last_answered(kept.interview())}",
        "leave_url": f"/interview/{kept.ref}/leave",
    }


def _next_steps(kept: Kept, unit: Unit, line: Line, lang: str) -> list[Any]:
    """*Det här händer nu*: the line as it is, who reads, and what may come of it."""
    assert kept.outcome is not None
    ahead = _ahead_words(line, lang)
    joined = (
        i18n.text(lang, "Ni ställer er i kön till {unit}. {ahead}", unit=unit.name, ahead=ahead)
        if kept.for_child
        else i18n.text(lang, "Du ställer dig i kön till {unit}. {ahead}", unit=unit.name, ahead=ahead)
    )
    who, when = words.who_reads(kept.outcome["role"], lang), words.wait_words(line.wait, lang)
    if when is None:
        reads = i18n.text(
            lang, "{who} läser svaren och skriver till dig. Vi kan inte säga när just nu.", who=who
        )
    else:
        reads = i18n.text(
            lang, "{who} läser svaren och skriver till dig, om ungefär {time}.", who=who, time=when
        )
    if kept.practice.scheme_for(kept.outcome["scheme"]).step(queue_priority(kept.outcome)).telephone:
        reads += (
            " " + i18n.text(lang, "Ni blir också uppringda.")
            if kept.for_child
            else (" " + i18n.text(lang, "Du blir också uppringd."))
        )
    last = (
        i18n.text(lang, "Ni får hjälp att hitta en tid för besök.")
        if needs_booking(kept.outcome)
        else i18n.text(lang, "Ni får råd i chatten, eller en tid om ni behöver komma hit.")
        if kept.for_child
        else i18n.text(lang, "Du får råd i chatten, eller en tid om du behöver komma hit.")
    )
    return [bold(joined, ahead), bold(reads, when or ""), last]


def _ahead_words(line: Line, lang: str) -> str:
    if line.ahead == 0:
        return i18n.text(lang, "Ingen är före.")
    return i18n.plural(lang, "{n} är före.", "{n} är före.", line.ahead)


async def _emergency(request: Web, by: PatientActor, kept: Kept, outcome: Outcome) -> Response[str]:
    async with web.house(request).database.transaction(by.scope) as connection:
        unit = await clinics.unit(connection, kept.unit_id)
    told = kept.case_id is not None and unit is not None
    last = actions.last_answered(kept.interview())
    return pages.page(
        request,
        "triage/emergency.html",
        {
            "heading": outcome.title,
            "reason": bold(outcome.lead, outcome.finding or ""),
            "meanwhile": list(outcome.meanwhile),
            "told_unit": unit.name if told and unit else "",
            "case_url": place_of(kept) if told else "",
            "back_url": "/" if told else f"/interview/{kept.ref}?q={last}",
            "back_is_home": told,
            "change_url": f"/interview/{kept.ref}?q={last}",
            "wrong_url": f"/interview/{kept.ref}/wrong" if told else "",
            "call_112": True,
            "notice": outcome.notice,
        },
    )


@post("/interview/{ref:str}/wrong")
async def wrong(request: Web) -> Response[Any]:
    """*Jag svarade fel*: takes the case out of the queue and asks the last question anew, answers kept."""
    by = await patient(request)
    kept = await own(request, by)
    if kept.case_id is not None:
        try:
            await leave_queue(web.house(request), by=by, ref=CaseRef(kept.provider_id, kept.case_id))
        except (WrongState, SomebodyWasFirst):
            return see(place_of(kept))
    again = await actions.begin_again(web.house(request), by=by, ref=kept.ref)
    return see(f"/interview/{again}")


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
    await _note_reading(request, by, kept)
    about = words.about_words(kept, by.lang)
    complaint = kept.practice.name(kept.reason, by.lang)
    return pages.page(
        request,
        "triage/advice.html",
        words.shell(by.name)
        | {
            "about": f"{complaint}, {about}" if about else complaint,
            "for_child": kept.for_child,
            "advice": list(found.advice),
            "meanwhile": " ".join(found.meanwhile),
            "call_112_if": found.call_112_if,
            "home_url": f"/?for={kept.person_id}" if kept.for_child else "/",
        },
    )


def result_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [result, wrong, wait, advice]
