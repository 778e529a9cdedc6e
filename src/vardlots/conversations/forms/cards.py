"""The card of a form in the conversation, as each side reads it."""

from typing import Any

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases import states
from vardlots.cases.model import Case, Phase, Verb
from vardlots.cases.policy import writing_is_over
from vardlots.conversations.forms.model import Card, State
from vardlots.forms.text import say
from vardlots.platform import clock
from vardlots.platform.pages import when_words


def card_of(card: Card, case: Case, by: PatientActor | StaffActor, base: str) -> dict[str, Any]:
    """What `conversations/form_card.html` draws. `deed` is the word of its link, "" where there is none; `over` where
    it was never sent in and cannot be any more."""
    over = card.state is not State.ANSWERED and is_over(case)
    return {
        "id": card.request_id,
        "title": say(card.title, by.lang),
        "state": card.state.value,
        "done": card.done,
        "total": card.total,
        "sent": when_words(card.sent_at, by.lang),
        "opened": when_words(card.opened_at, by.lang) if card.opened_at else "",
        "answered": when_words(card.answered_at, by.lang) if card.answered_at else "",
        "over": over,
        "staff": isinstance(by, StaffActor),
        "href": f"{base}/forms/{card.request_id}",
        "deed": _deed(card, case, by, over=over),
        # What can still change is looked at again when the case moves.
        "moves": card.state is not State.ANSWERED and not over,
    }


def is_over(case: Case) -> bool:
    """Whether nothing can be answered in the case any more."""
    if case.phase is Phase.QUEUED:
        return False
    return not states.allows(case.phase, Verb.ANSWER_FORM) or writing_is_over(case, clock.now()) is not None


def _deed(card: Card, case: Case, by: PatientActor | StaffActor, *, over: bool) -> str:
    if card.state is State.ANSWERED:
        return "read"
    if isinstance(by, StaffActor):
        return "so_far" if card.state is State.BEGUN else ""
    if not by.is_responsible(
        person_id=case.person_id, actor_person_id=case.actor_person_id, provider_id=case.provider_id
    ):
        return ""
    if over:
        return "late" if card.state is State.BEGUN else ""
    return "go_on" if card.state is State.BEGUN else "answer"
