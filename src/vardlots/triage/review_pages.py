"""*Läs igenom dina svar*: what has been answered, each to be changed, before anything is sent to anybody."""

from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.platform import i18n, pages
from vardlots.platform.pages import see
from vardlots.triage import words
from vardlots.triage.anamnesis import original_answers
from vardlots.triage.queries import Kept
from vardlots.triage.web import check_url, own, place_of


def answers_to_change(kept: Kept, lang: str) -> list[dict[str, str]]:
    """Every question that counts, as it was put, with the answer given and where to change it."""
    interview = kept.interview()
    return [
        {
            "question": one.question,
            "answer": one.answer,
            "change_url": f"/interview/{kept.ref}?q={one.link_id}",
        }
        for one in original_answers(interview, lang)
        if one.counted and one.link_id in interview.protocol.meanings
    ]


@get("/interview/{ref:str}/answers")
async def read_through(request: Web) -> Response[Any]:
    """The answers so far. Of an errand, which is read through before it is sent, the page is that one."""
    by = await patient(request)
    kept = await own(request, by)
    if kept.is_service:
        return see(check_url(kept))
    if kept.case_id is not None or not kept.is_open or not kept.answers:
        return see(place_of(kept))
    await web.read_log(request).record(
        access(by, "read_answers", provider_id=kept.provider_id, person_id=kept.person_id, case_id=None)
    )
    return pages.page(request, "triage/read_through.html", _context(by, kept))


def _context(by: PatientActor, kept: Kept) -> dict[str, Any]:
    about = words.about_words(kept, by.lang)
    title = kept.practice.name(kept.reason, by.lang)
    return words.shell(by.name) | {
        "about": i18n.joined(by.lang, title, about) if about else title,
        "for_child": kept.for_child,
        "answers": answers_to_change(kept, by.lang),
        "back_url": place_of(kept),
        "leave_url": f"/interview/{kept.ref}/leave",
    }


def review_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [read_through]
