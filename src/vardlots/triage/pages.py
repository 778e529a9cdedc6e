"""The interview: one question per page. An address shows a question, a form keeps its answer and leads to the next.

`/interview/1-42` shows where the interview stands, `?q=fever` any question that it asks, so that going back is reading
and changes nothing.
"""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.conversations.files import uploaded
from vardlots.forms.model import ItemType
from vardlots.platform import i18n, pages
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.triage import actions, words
from vardlots.triage.anew.pages import tell_anew
from vardlots.triage.interview import InvalidAnswer, current_item, go_to
from vardlots.triage.interview import back as step_back
from vardlots.triage.queries import InterviewRef, Kept
from vardlots.triage.question import QuestionView, current_question, picture_svg
from vardlots.triage.queueing import open_emergency
from vardlots.triage.web import interview_ref, keep_picture, own, place_of

_KINDS = {
    ItemType.BOOLEAN: "yes_no",
    ItemType.INTEGER: "number",
    ItemType.DECIMAL: "number",
    ItemType.QUANTITY: "number",
    ItemType.DATE: "day",
    ItemType.STRING: "line",
    ItemType.TEXT: "text",
    ItemType.ATTACHMENT: "files",
}


@get("/interview/{ref:str}")
async def question(request: Web) -> Response[Any]:
    """The question where the interview stands, or the one that `?q=` names."""
    by = await patient(request)
    kept = await own(request, by)
    asked = request.query_params.get("q")
    if (
        kept.case_id is not None
        or kept.stage in ("left", "done")
        or (kept.stage != "questions" and not asked)
    ):
        return see(place_of(kept))
    return draw_question(request, by, kept, asked)


def draw_question(
    request: Web,
    by: PatientActor,
    kept: Kept,
    asked: str | None,
    *,
    status: int = 200,
    error: str = "",
    file_error: str = "",
    typed: dict[str, Any] | None = None,
) -> Response[Any]:
    """The page of one question, with what was typed and what is wrong with it where it was refused."""
    standing = msgspec.structs.replace(kept, outcome=None).interview()
    if asked:
        try:
            standing = go_to(standing, asked)
        except InvalidAnswer:
            return see(f"/interview/{kept.ref}")
    shown = current_question(standing, by.lang)
    item = current_item(standing)
    if shown is None or item is None:
        return see(place_of(kept))
    before = step_back(standing)
    has_before = before.at is not None and before.at != standing.at
    about = words.about_words(kept, by.lang)
    errors = [{"id": "a", "text": error}] if error else []
    errors += [{"id": "file", "text": file_error}] if file_error else []
    return pages.page(
        request,
        "triage/question.html",
        words.shell(by.name)
        | {
            "reason": kept.practice.name(kept.reason, by.lang),
            "for_whom": i18n.text(by.lang, "för {person}", person=about) if about else "",
            "step": shown.progress.k,
            "steps": shown.progress.approx_total,
            "saved": bool(kept.answers),
            "moved": request.query_params.get("moved") == "1",
            "question": shown,
            "kind": kind_of(shown),
            "value": value_of(shown, by.lang) | (typed or {}),
            "error": error or None,
            "file_error": file_error or None,
            "errors": errors,
            "rev": kept.rev,
            "action": f"/interview/{kept.ref}",
            "back_url": f"/interview/{kept.ref}?q={before.at}"
            if has_before
            else f"/interview/{kept.ref}/leave",
            "leave_url": f"/interview/{kept.ref}/leave",
            "file_base": f"/interview/{kept.ref}/files",
            "is_service": kept.is_service,
            "seek_url": f"/care/{kept.unit_id}" + (f"?for={kept.person_id}" if kept.for_child else ""),
        },
        status=status,
    )


def kind_of(shown: QuestionView) -> str:
    """What fields the question is answered in."""
    if shown.options:
        if any(option.picture for option in shown.options):
            return "picture"
        return "many" if shown.several else "one"
    return _KINDS[ItemType(shown.type)]


def value_of(shown: QuestionView, lang: str) -> dict[str, Any]:
    """The kept answer as the fields show it: `one`, `many`, `other`, `declined`."""
    found: dict[str, Any] = {"one": "", "many": [], "other": "", "declined": False}
    for value in shown.values:
        if isinstance(value, dict):
            found["declined"] |= bool(value.get("declined"))
            found["other"] = str(value.get("other", found["other"]))
            value = value.get("value", "")
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, float | int):
            plain = f"{value:g}"
            value = plain.replace(".", ",") if lang == "sv" else plain
        found["many"].append(value)
    found["one"] = found["many"][0] if found["many"] else ""
    return found


def read_answer(form: Any) -> object:
    """The answer in a form's fields, as the engine reads it."""
    if form.get("declined"):
        return {"declined": True}
    values: list[Any] = [str(value) for value in form.getall("answer", []) if isinstance(value, str)]
    other = str(form.get("other", "")).strip()
    if other:
        values = [value for value in values if value != "other"] + [{"other": other}]
    return values


@post("/interview/{ref:str}")
async def keep_answer(request: Web) -> Response[Any]:
    """Keep an answer and go on to the next question, the result, or 112."""
    by = await patient(request)
    ref, form = interview_ref(request), await request.form()
    link_id = str(form.get("question", ""))
    raw = read_answer(form)
    try:
        photos = await _photos(request, by, ref, uploaded(form))
    except Invalid as refusal:
        told = i18n.text(by.lang, refusal.message, **refusal.values)
        return await _asked_again(request, by, link_id, raw, file_error=told)
    try:
        kept = await actions.answer(
            web.house(request),
            by=by,
            ref=ref,
            rev=_rev(form),
            link_id=link_id,
            raw=raw,
            photos=photos or None,
        )
    except InvalidAnswer as wrong:
        return await _asked_again(request, by, link_id, raw, error=wrong.fault.sentence(by.lang))
    except actions.Moved:
        return see(f"/interview/{ref}?moved=1")
    except WrongState:
        return see(f"/interview/{ref}")
    if kept.stage == "result":
        return await after_outcome(request, by, kept)
    return see(f"/interview/{ref}")


async def after_outcome(request: Web, by: PatientActor, kept: Kept) -> Response[Any]:
    """To the result; an emergency becomes a case at once where the unit takes such. Asked anew, to the case."""
    if kept.for_case_id is not None:
        return await tell_anew(request, by, kept)
    if kept.outcome is not None and kept.outcome["priority"] == 1:
        await open_emergency(request, by, kept)
    return see(f"/interview/{kept.ref}/result")


async def _asked_again(
    request: Web, by: PatientActor, link_id: str, raw: object, *, error: str = "", file_error: str = ""
) -> Response[Any]:
    """The same question with what was typed and what to do about it."""
    values = raw if isinstance(raw, list) else []
    plain = [value for value in values if isinstance(value, str)]
    other = next((value["other"] for value in values if isinstance(value, dict)), "")
    typed = {
        "one": plain[0] if plain else "",
        "many": plain,
        "other": other,
        "declined": isinstance(raw, dict),
    }
    return draw_question(
        request,
        by,
        await own(request, by),
        link_id,
        status=422,
        error=error,
        file_error=file_error,
        typed=typed,
    )


async def _photos(
    request: Web, by: PatientActor, ref: InterviewRef, files: list[UploadFile]
) -> list[dict[str, str]]:
    """Take in the photos that came beside an answer. Raises Invalid for a file that may not come in."""
    if not files:
        return []
    await own(request, by)
    return [await keep_picture(request, by, ref, file) for file in files[: actions.PICTURES_MAX]]


def _rev(form: Any) -> int:
    text = str(form.get("rev", ""))
    return whole(text, 8) or 0


@get("/interview/{ref:str}/leave")
async def leaving(request: Web) -> Response[Any]:
    """Asks before leaving: the answers are kept, or thrown away on purpose."""
    by = await patient(request)
    kept = await own(request, by)
    if kept.case_id is not None or kept.stage in ("left", "done"):
        return see(place_of(kept))
    return pages.page(
        request,
        "triage/leave.html",
        words.shell(by.name)
        | {
            "reason": kept.practice.name(kept.reason, by.lang),
            "go_on_url": place_of(kept),
            "is_service": kept.is_service,
            "home_url": f"/?for={kept.person_id}" if kept.for_child else "/",
            "action": f"/interview/{kept.ref}/leave",
        },
    )


@post("/interview/{ref:str}/leave")
async def leave(request: Web) -> Response[Any]:
    """Stop here."""
    by = await patient(request)
    kept = await own(request, by)
    await actions.leave(web.house(request), by=by, ref=kept.ref)
    if kept.for_case_id is not None:
        return see(f"/my/cases/{kept.provider_id}-{kept.for_case_id}")
    return see(f"/?for={kept.person_id}" if kept.for_child else "/")


@get("/triage/pictures/{name:str}", sync_to_thread=False)
def drawing(name: FromPath[str]) -> Response[str]:
    """A drawing of the protocols: the same for everybody."""
    try:
        svg = picture_svg(name.removesuffix(".svg"))
    except LookupError:
        raise NotFound() from None
    return Response(svg, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})


def interview_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [question, keep_answer, leaving, leave, drawing]
