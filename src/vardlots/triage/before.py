"""The questions between triage and the queue (requirement B3), on one page, and the step into the queue."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.cases.actions import open_case
from vardlots.clinics import queries as clinics
from vardlots.conversations.files import uploaded
from vardlots.conversations.queries import files_of_interview
from vardlots.forms.answering import Fault, validate_answer
from vardlots.forms.compare import is_declined
from vardlots.forms.flow import visible_steps
from vardlots.forms.model import DECLINED, Form, Item, ItemType
from vardlots.forms.text import say
from vardlots.people.queries import person
from vardlots.platform import i18n, pages
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.pages import see
from vardlots.platform.phones import read_mobile
from vardlots.tickets.actions import issue
from vardlots.triage import actions, words
from vardlots.triage.emergency import EMERGENCY
from vardlots.triage.errands import send_errand
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import MOBILE, keep_before, new_case, new_ticket, route_of
from vardlots.triage.ways import Way
from vardlots.triage.web import interview_ref, keep_picture, own, place_of, same_case_url

LANGUAGE = "interpreter_language"


@post("/interview/{ref:str}/queue")
async def go_on(request: Web) -> Response[Any]:
    """From the outcome to the questions before the queue."""
    by = await patient(request)
    try:
        kept = await actions.go_on(web.house(request), by=by, ref=interview_ref(request))
    except (WrongState, actions.Moved):
        return see(f"/interview/{interview_ref(request)}")
    return see(place_of(kept))


@get("/interview/{ref:str}/before")
async def before(request: Web) -> Response[Any]:
    """Consents, a number, an interpreter, more pictures, own words."""
    by = await patient(request)
    kept = await own(request, by)
    if kept.stage != "post":
        return see(place_of(kept))
    return await _draw(request, by, kept, {})


async def _draw(
    request: Web,
    by: PatientActor,
    kept: Kept,
    errors: dict[str, str],
    *,
    typed: Any = None,
    status: int = 200,
    told: str = "",
) -> Response[str]:
    async with web.house(request).database.transaction(by.scope) as connection:
        actor = await person(connection, by.person_id)
        pictures = await files_of_interview(
            connection, provider_id=kept.provider_id, interview_id=kept.interview_id
        )
        unit = await clinics.unit(connection, kept.unit_id)
        way = None if kept.is_service else await route_of(connection, by=by, kept=kept)
    if actor is None or unit is None:
        raise NotFound()
    form = kept.practice.post_form_for(kept.kind)
    fields = [
        post_field(item, kept, typed, errors.get(item.link_id, ""), by.lang)
        for item in (form.places[link_id].item for link_id in form.steps)
    ]
    asked = {field["id"]: field["text"] for field in fields if field["type"] == "boolean"}
    number = next(field for field in fields if field["id"] == MOBILE)
    if typed is None and not kept.post_answers:
        number["one"] = words.mobile_words(actor.mobile)
    return pages.page(
        request,
        "triage/before.html",
        words.shell(by.name)
        | {
            "title": say(form.title, by.lang),
            "for_child": kept.for_child,
            "is_service": kept.is_service,
            "about": words.about_words(kept, by.lang),
            "unit_name": unit.name,
            "fields": fields,
            "pictures": len(pictures),
            "own_words": str(typed.get("own_words", "")) if typed is not None else _own_words(kept),
            "own_words_error": errors.get("own_words") or None,
            "errors": [
                {"id": link_id, "text": f"{asked.get(link_id, '')} {text}".strip()}
                for link_id, text in errors.items()
            ],
            "told": told,
            "ticket": way is not None and way.way is Way.TICKET,
            "sends_now": way is not None and way.is_closed,
            "action": f"/interview/{kept.ref}/before",
            "answers_url": f"/interview/{kept.ref}/answers",
            "back_url": f"/interview/{kept.ref}/result",
            "leave_url": f"/interview/{kept.ref}/leave",
        },
        status=status,
    )


def _own_words(kept: Kept) -> str:
    return str(kept.post_answers.get("own_words", ""))


def post_field(item: Item, kept: Kept, typed: Any, error: str, lang: str) -> dict[str, Any]:
    """One question as the page shows it, with what was typed or kept."""
    found: dict[str, Any] = {
        "id": item.link_id,
        "type": item.type.value,
        "text": say(item.text, lang),
        "help": say(item.help, lang) if item.help else None,
        "why": say(item.why, lang) if item.why else None,
        "required": item.required,
        "may_decline": item.may_decline,
        "options": [{"value": o.code, "label": say(o.text, lang)} for o in item.answer_option],
        "error": error or None,
        "one": "",
        "other": "",
        "declined": False,
    }
    if typed is not None:
        one = str(typed.get(item.link_id, "")) if not uploaded(typed, item.link_id) else ""
        return found | {
            "one": one,
            "other": str(typed.get(f"{item.link_id}_other", "")),
            "declined": bool(typed.get(f"{item.link_id}_declined")),
        }
    for value in kept.post_answers.get(item.link_id, ()):
        if isinstance(value, bool):
            found["one"] = "true" if value else "false"
        elif isinstance(value, dict):
            found["declined"] = bool(value.get("declined"))
            found["other"] = str(value.get("other", ""))
        else:
            found["one"] = words.mobile_words(str(value)) if item.link_id == MOBILE else str(value)
    return found


@post("/interview/{ref:str}/before")
async def join(request: Web) -> Response[Any]:
    """Keep the answers and step into the queue. Twice gives the same case."""
    by = await patient(request)
    kept, form = await own(request, by), await request.form()
    if kept.stage != "post":
        return see(place_of(kept))
    assert kept.outcome is not None
    if kept.outcome["priority"] == EMERGENCY:
        return see(f"/interview/{kept.ref}/result")
    answers, errors = read_answers(kept.practice.post_form_for(kept.kind), form, by.lang)
    own_words = str(form.get("own_words", "")).replace("\r\n", "\n").strip()
    if len(own_words) > actions.OWN_WORDS_MAX:
        errors["own_words"] = i18n.text(
            by.lang, "Korta ner texten till högst {most} tecken.", most=actions.OWN_WORDS_MAX
        )
    pictures, wrong = await _pictures(request, by, kept, form)
    if wrong:
        errors["pictures"] = wrong
    if pictures:
        answers["pictures"] = [*kept.post_answers.get("pictures", []), *pictures]
    if errors:
        return await _draw(request, by, kept, errors, typed=form, status=422)
    if kept.is_service:
        return await send_errand(request, by, kept, answers)
    return await _into_the_queue(request, by, kept, answers | {"own_words": own_words})


async def _into_the_queue(
    request: Web, by: PatientActor, kept: Kept, answers: dict[str, Any]
) -> Response[Any]:
    house = web.house(request)
    async with house.database.transaction(by.scope) as connection:
        way = await route_of(connection, by=by, kept=kept)
    if not (way.queues or way.way is Way.TICKET):
        return see(f"/interview/{kept.ref}/result")
    try:
        kept = await keep_before(house, by=by, kept=kept, answers=answers)
    except WrongState:
        return see(f"/interview/{kept.ref}")
    try:
        if way.way is Way.TICKET:
            ticket = await issue(house, by=by, new=new_ticket(kept, way))
            return see(f"/my/tickets/{ticket.ref}?new=1")
        case = await open_case(house, by=by, new=new_case(kept, way))
    except WrongState as refusal:
        if refusal.code == "moved":
            return see(f"/interview/{kept.ref}")
        if refusal.code == "already_active" and (url := await same_case_url(request, by, kept)):
            return see(url)
        raise
    return see(f"/my/cases/{case.ref}")


def read_answers(form: Form, fields: Any, lang: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers in a form's fields by linkId, and a sentence for each that cannot be kept."""
    answers: dict[str, Any] = {}
    faults: dict[str, Fault] = {}
    for link_id in form.steps:
        item = form.places[link_id].item
        if item.type is ItemType.ATTACHMENT:
            answers[link_id] = []
            continue
        read = validate_answer(item, raw_of(item, fields))
        if isinstance(read, Fault):
            faults[link_id] = read
        else:
            answers[link_id] = list(read.values)
    asked = {item.link_id for item in visible_steps(form, answers)}
    errors = {link_id: fault.sentence(lang) for link_id, fault in faults.items() if link_id in asked}
    number = answers.get(MOBILE) or []
    if number and not is_declined(number):
        e164 = read_mobile(str(number[0]))
        if e164 is None:
            errors[MOBILE] = i18n.text(
                lang,
                "Numret ser inte ut som ett mobilnummer. Kontrollera det, eller välj att inte lämna något.",
            )
        else:
            answers[MOBILE] = [e164]
    return {link_id: values for link_id, values in answers.items() if link_id in asked}, errors


def raw_of(item: Item, fields: Any) -> object:
    """What was sent for a question, as it is checked."""
    if fields.get(f"{item.link_id}_declined"):
        return DECLINED
    other = str(fields.get(f"{item.link_id}_other", "")).strip()
    if other and item.type is ItemType.OPEN_CHOICE:
        return {"other": other}
    return str(fields.get(item.link_id, ""))


async def _pictures(
    request: Web, by: PatientActor, kept: Kept, form: Any
) -> tuple[list[dict[str, str]], str]:
    """Take in what was added; what is wrong with the first that cannot come in."""
    found: list[dict[str, str]] = []
    try:
        for file in uploaded(form, "pictures")[: actions.PICTURES_MAX]:
            found.append(await keep_picture(request, by, kept.ref, file))
    except Invalid as refusal:
        return found, i18n.text(by.lang, refusal.message, **refusal.values)
    return found, ""


def before_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [go_on, before, join]
