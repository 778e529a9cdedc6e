"""*Administrativa frågor* (requirement B1): choose where, choose what, read through, sent.

The questions between are the interview's own pages. A closed unit takes errands all the same: nobody waits for them.
"""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.cases.ending.promised import promise_of
from vardlots.cases.queries import readable_case, timeline
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import moment_words, opening_words
from vardlots.contacts.queries import Answers
from vardlots.forms.text import say
from vardlots.people.queries import person as person_row
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import NotFound
from vardlots.platform.pages import see
from vardlots.triage import actions, entrance, queries, services, words
from vardlots.triage.care import INTERVIEWS, about_words, subject_of, unit_row
from vardlots.triage.case_pages import PREFIX, note_reading, shared_context
from vardlots.triage.catalogue import search
from vardlots.triage.configured import practice_of
from vardlots.triage.contacts.words import answers_words, expect_words, promised_words
from vardlots.triage.emergency import note_result_read
from vardlots.triage.errands import Reader, read_by
from vardlots.triage.home import chosen_person, for_query
from vardlots.triage.interview import NotSuited, outcome
from vardlots.triage.model import Outcome
from vardlots.triage.queries import Kept
from vardlots.triage.review_pages import answers_to_change
from vardlots.triage.web import own, place_of

BASE = "/services"
# An errand that a provider has written itself has the paper's.
_ICONS = {
    "renew_prescription": "pill",
    "certificate": "file-text",
    "referral_question": "send",
    "change_appointment": "calendar-clock",
    "unit_question": "message-circle",
}


@get(BASE)
async def choose_unit(request: Web) -> Response[Any]:
    """Where: straight to the unit where one is listed, which is easily changed; the list for anybody else."""
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        person = chosen_person(request, household, by)
        every = await clinics.drop_in_units(connection)
        units = [
            unit
            for unit in every
            if by.may_seek(person_id=person.person_id, provider_id=unit.provider_id)
            and (await practice_of(connection, unit.provider_id)).offered(unit.unit_id, "service")
        ]
    about = for_query(person, by)
    listed = [unit for unit in units if unit.unit_id == person.listed_unit_id]
    if listed and request.query_params.get("choose") != "1":
        return see(f"{BASE}/{listed[0].unit_id}{about}")
    others = [unit for unit in units if unit.unit_id != person.listed_unit_id]
    return pages.page(
        request,
        "triage/service_units.html",
        words.shell(by.name)
        | {
            "about": about_words(person, by),
            "back_url": f"/{about}",
            "listed": [unit_row(unit, about, by.lang, BASE) for unit in listed],
            "others": [unit_row(unit, about, by.lang, BASE) for unit in others],
        },
    )


@get(f"{BASE}/{{unit_id:int}}")
async def choose_service(request: Web, unit_id: FromPath[int]) -> Response[str]:
    """The errands that the unit takes."""
    return await _services(request, await patient(request), unit_id)


async def _services(
    request: Web, by: PatientActor, unit_id: int, *, status: int = 200, told: str = ""
) -> Response[str]:
    async with web.house(request).database.transaction(by.scope) as connection:
        at = await entrance.entering(request, connection, by=by, unit_id=unit_id)
    person, unit, practice = at.person, at.unit, at.practice
    about = for_query(person, by)
    offered = search(practice.offered(unit_id, "service"), "", by.lang, subject_of(person, by))
    # What most come for first; what a provider has written itself after it, by name.
    usual = list(_ICONS)
    found = sorted(
        offered,
        key=lambda one: (
            usual.index(one.complaint.protocol.code) if one.complaint.protocol.code in usual else len(usual)
        ),
    )
    return pages.page(
        request,
        "triage/services.html",
        words.shell(by.name)
        | {
            "unit": {"name": unit.name, "phone": unit.phone or ""},
            "reads": _read_words(unit, by.lang),
            "about": about_words(person, by),
            "name": person.given_name if about else "",
            "action": f"{BASE}/{unit_id}{about}",
            "services": [
                {
                    "code": one.complaint.code,
                    "label": say(one.complaint.title, by.lang),
                    "icon": _ICONS.get(one.complaint.protocol.code, "file-text"),
                }
                for one in found
            ],
            "told": told,
            "seek_url": f"/care/{unit_id}{about}",
            "back_url": f"/{about}",
            "change_url": f"{BASE}{about}{'&' if about else '?'}choose=1",
        },
        status=status,
    )


def _read_words(unit: Unit, lang: str) -> str:
    """When what is sent now is read, where that is not while the unit is open."""
    state = opening_of(unit, clock.now())
    if state.is_open:
        return ""
    return i18n.text(
        lang,
        "{unit} är {state}. Skicka ändå: det läses när enheten har öppnat.",
        unit=unit.name,
        state=opening_words(state, lang),
    )


@post(f"{BASE}/{{unit_id:int}}")
async def begin(request: Web, unit_id: FromPath[int]) -> Response[Any]:
    """Begin the questions of an errand, whether the unit is open or not."""
    by = await patient(request)
    form = await request.form()
    async with web.house(request).database.transaction(by.scope) as connection:
        at = await entrance.entering(request, connection, by=by, unit_id=unit_id)
    if at.refused:
        return await _services(request, by, unit_id, status=409, told=at.refused)
    INTERVIEWS.take(by.session_id)
    try:
        ref = await actions.start_interview(
            web.house(request),
            by=by,
            unit=at.unit,
            person_id=at.person.person_id,
            reason=str(form.get("service", "")),
            kind="service",
        )
    except NotSuited as not_suited:
        return await _services(request, by, unit_id, status=422, told=not_suited.sentence(by.lang))
    return see(f"/interview/{ref}")


@get("/interview/{ref:str}/check")
async def check(request: Web) -> Response[Any]:
    """What will be sent, to read through and change; who reads it, and when."""
    by = await patient(request)
    kept = await own(request, by)
    if not kept.is_service or kept.outcome is None or kept.case_id is not None or kept.stage == "left":
        return see(place_of(kept))
    async with web.house(request).database.transaction(by.scope) as connection:
        unit = await clinics.unit(connection, kept.unit_id)
        to = await read_by(connection, kept)
    if unit is None:
        raise NotFound()
    await note_result_read(request, by, kept)
    found = outcome(kept.interview(), by.lang)
    return pages.page(request, "triage/service_check.html", _check_context(by, kept, found, unit, to))


def _check_context(by: PatientActor, kept: Kept, found: Outcome, unit: Unit, to: Reader) -> dict[str, Any]:
    lang, about = by.lang, words.about_words(kept, by.lang)
    title = kept.practice.name(kept.reason, lang)
    pressing = found.priority != services.CALM
    # What presses is read by whoever is there, not by somebody in particular.
    reader = answers_words(Answers() if pressing else to.answers, to.role, unit, kept.practice, lang)
    return words.shell(by.name) | {
        "about": i18n.joined(lang, title, about) if about else title,
        "heading": found.title,
        "text": found.lead,
        "pressing": pressing,
        "seek_url": _seek_url(kept) if found.seek_care else "",
        "phone": unit.phone or "",
        "unit_name": unit.name,
        "reader": reader,
        "expect": "" if pressing else expect_words(kept.practice, kept.reason, unit, lang),
        "reads": _read_words(unit, lang),
        "call_112_if": found.call_112_if,
        "notice": found.notice,
        "answers": answers_to_change(kept, lang),
        "next_url": f"/interview/{kept.ref}/queue",
        "back_url": f"/interview/{kept.ref}?q={actions.last_answered(kept.interview())}",
        "leave_url": f"/interview/{kept.ref}/leave",
    }


def _seek_url(kept: Kept) -> str:
    """*Sök vård* for the same person: at the unit of the errand, or where one chooses for a contact's own unit."""
    about = f"?for={kept.person_id}" if kept.for_child else ""
    return f"/care{about}" if kept.contact_id is not None else f"/care/{kept.unit_id}{about}"


@get("/my/cases/{ref:str}/sent")
async def sent(request: Web) -> Response[Any]:
    """It is sent: who reads it, when, and where the answer comes."""
    by = await patient(request)
    ref = web.ref(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        about = await person_row(connection, case.person_id)
        actor = await person_row(connection, by.person_id)
        unit = await clinics.unit(connection, case.unit_id)
        practice = await practice_of(connection, case.provider_id)
        owner = await queries.owner_of(connection, case)
        rows = await timeline(connection, ref, limit=1)
    # Whoever has taken it, or has answered, is met in the case itself.
    if case.kind != services.CASE_KIND or case.staff_last_n:
        return see(f"{PREFIX}/{ref}")
    if about is None or unit is None or actor is None:
        raise NotFound()
    await note_reading(request, by, case)
    reads = owner[0] if owner else words.who_reads(practice.roles.of(case.role), by.lang)
    promise = promise_of(case, rows, clock.today())
    expect = promised_words(promise.day if promise else None, by.lang)
    shared = shared_context(practice, by, case, about, unit)
    return pages.page(
        request,
        "triage/sent.html",
        shared
        | {
            "next_steps": _next_steps(reads, unit, words.mobile_in_text(actor.mobile), expect, by.lang),
            "seek_url": f"/care/{unit.unit_id}{shared['for_query']}",
        },
    )


def _next_steps(read_by: str, unit: Unit, phone: str, expect: str, lang: str) -> list[str]:
    """*Det här händer nu*."""
    state = opening_of(unit, clock.now())
    if state.is_open or state.changes_at is None:
        reads = i18n.text(lang, "{who} läser det du har skickat.", who=read_by)
    else:
        when = moment_words(state.changes_at, lang)
        reads = i18n.text(lang, "{who} läser det när enheten har öppnat, {when}.", who=read_by, when=when)
    told = (
        i18n.text(lang, "Vi skickar sms till {phone} när det finns ett svar.", phone=phone)
        if phone
        else i18n.text(lang, "Du har inte lämnat något nummer. Titta tillbaka då och då.")
    )
    comes = i18n.text(lang, "Svaret kommer i ärendet. Där kan du också lägga till något.")
    return [reads, f"{comes} {expect}" if expect else comes, told]


def service_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [choose_unit, choose_service, begin, check, sent]
