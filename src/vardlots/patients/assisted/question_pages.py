"""The questions of assisted triage: all so far on one page, the current one in focus."""

from typing import Any

import msgspec
from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.patients.assisted.draw import asked_rows, so_far, story, who_words
from vardlots.platform import pages
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.triage.actions import Moved
from vardlots.triage.assisted.actions import answer_assisted, leave_assisted
from vardlots.triage.assisted.queries import Triage, own_assisted
from vardlots.triage.interview import InvalidAnswer, current_item, go_to
from vardlots.triage.interview import back as step_back
from vardlots.triage.pages import kind_of, read_answer, value_of
from vardlots.triage.queries import InterviewRef
from vardlots.triage.question import current_question
from vardlots.triage.words import protocol_words
from vardlots.worklist.shell import Desk, context, open_desk
from vardlots.worklist.visit_call import caller_words, phone_words

BASE = "/staff/assisted"


def ref_in(request: Web) -> InterviewRef:
    """The interview that the address names. Raises NotFound."""
    return InterviewRef.parse(str(request.path_params["ref"]))


async def read_own(request: Web, by: StaffActor) -> tuple[Triage, Desk]:
    """The actor's assisted triage with what stands around the page; the reading is in the log when this returns."""
    async with house(request).database.transaction(by.scope) as connection:
        found = await own_assisted(connection, by=by, ref=ref_in(request))
        desk = await open_desk(request, connection, by)
    kept = found.kept
    row = access(
        by, "read_assisted", provider_id=kept.provider_id, person_id=kept.person_id, case_id=kept.case_id
    )
    await read_log(request).record(row)
    return found, desk


def place_of(found: Triage) -> str:
    """Where it goes on."""
    kept = found.kept
    if kept.stage == "left":
        return f"/staff/patients/{kept.person_id}"
    if kept.stage == "done":
        return f"{BASE}/{kept.ref}/done"
    return f"{BASE}/{kept.ref}" + ("" if kept.outcome is None else "/outcome")


def around(found: Triage, desk: Desk) -> dict[str, Any]:
    """What every page of a call shows: who it is about, who is on the line, the number."""
    lang, call = desk.lang, found.assisted.call
    interview = found.kept.interview()
    return {
        **context(desk, "patients", "/staff/patients"),
        "base": f"{BASE}/{found.kept.ref}",
        "about": who_words(found.person, lang),
        "protected": found.person.protected,
        "patient_url": f"/staff/patients/{found.kept.person_id}",
        "reason": found.kept.practice.name(found.kept.reason, lang),
        "protocol": protocol_words(
            found.kept.practice.name(found.kept.reason, lang), interview.protocol.version, lang
        ),
        "is_service": found.kept.is_service,
        "line": caller_words(call, lang),
        "phone": phone_words(call, lang),
        "rev": found.kept.rev,
        "story": story(interview, lang),
    }


@get(f"{BASE}/{{ref:str}}")
async def questions(request: Web) -> Response[Any]:
    """The questions so far, or with `?q=` one of them to change."""
    by = await web.carer(request)
    found, desk = await read_own(request, by)
    asked = request.query_params.get("q")
    if found.kept.stage in ("left", "done") or (found.kept.outcome is not None and not asked):
        return see(place_of(found))
    return _draw(request, found, desk, asked)


def _draw(
    request: Web,
    found: Triage,
    desk: Desk,
    asked: str | None,
    *,
    error: str = "",
    typed: dict[str, Any] | None = None,
) -> Response[Any]:
    lang, base = desk.lang, f"{BASE}/{found.kept.ref}"
    standing = msgspec.structs.replace(found.kept, outcome=None).interview()
    if asked:
        try:
            standing = go_to(standing, asked)
        except InvalidAnswer:
            return see(base)
    shown, item = current_question(standing, lang), current_item(standing)
    if shown is None or item is None:
        return see(place_of(found))
    before = step_back(standing)
    values = {
        **around(found, desk),
        "asked": asked_rows(standing, base, lang),
        "question": shown,
        "kind": kind_of(shown),
        "value": value_of(shown, lang) | (typed or {}),
        "error": error or None,
        "moved": request.query_params.get("moved") == "1",
        "so_far": so_far(standing, found.kept.practice.scheme, lang),
        "back_url": f"{base}?q={before.at}" if before.at is not None and before.at != standing.at else "",
        "go_on_url": place_of(found) if asked else "",
    }
    return pages.page(request, "patients/assisted_questions.html", values, status=422 if error else 200)


@post(f"{BASE}/{{ref:str}}", status_code=303)
async def keep_answer(request: Web) -> Response[Any]:
    """Keep an answer: on to the next question, or to the outcome; to 112 at once."""
    by = await web.carer(request)
    ref, form = ref_in(request), await request.form()
    link_id, raw = str(form.get("question", "")), read_answer(form)
    if raw == [""]:
        raw = []
    try:
        kept = await answer_assisted(
            house(request),
            by=by,
            ref=ref,
            rev=whole(str(form.get("rev", "")), 8) or 0,
            link_id=link_id,
            raw=raw,
        )
    except InvalidAnswer as wrong:
        found, desk = await read_own(request, by)
        if found.kept.stage in ("left", "done"):
            return see(place_of(found))
        return _draw(request, found, desk, link_id, error=wrong.fault.sentence(desk.lang), typed=_typed(raw))
    except Moved:
        return see(f"{BASE}/{ref}?moved=1")
    except WrongState:
        return see(f"{BASE}/{ref}")
    return see(f"{BASE}/{ref}" + ("/outcome" if kept.outcome is not None else ""))


def _typed(raw: object) -> dict[str, Any]:
    """What was typed, as the fields show it."""
    values = raw if isinstance(raw, list) else []
    plain = [value for value in values if isinstance(value, str)]
    other = next((value["other"] for value in values if isinstance(value, dict)), "")
    return {
        "one": plain[0] if plain else "",
        "many": plain,
        "other": other,
        "declined": isinstance(raw, dict),
    }


@post(f"{BASE}/{{ref:str}}/leave", status_code=303)
async def leave(request: Web) -> Response[Any]:
    """*Avbryt*: nothing is sent, and it is offered no more."""
    by = await web.carer(request)
    person_id = await leave_assisted(house(request), by=by, ref=ref_in(request))
    return see(f"/staff/patients/{person_id}")


def fault_words(refusal: Any, lang: str) -> str:
    """A refusal in the reader's language."""
    return text(lang, refusal.message, **refusal.values)


HANDLERS = (questions, keep_answer, leave)
