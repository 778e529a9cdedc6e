"""The words that visits speak in: priorities and what they mean at the provider."""

from typing import Any

from vardlots.forms.text import say
from vardlots.triage.configured import Practice
from vardlots.triage.schemes import WayIn


def priority_meaning(practice: Practice, priority: int, lang: str) -> tuple[str, str]:
    """Label and meaning of a priority; nothing for one that the provider's scheme has not."""
    step = practice.scheme.by_priority.get(priority)
    return (say(step.label, lang), say(step.meaning, lang)) if step else ("", "")


def priority_choices(practice: Practice, lang: str) -> list[dict[str, Any]]:
    """The priorities that staff may give a case in the queue: those that do not lead to a booking."""
    return [
        {"value": step.priority, "label": say(step.label, lang), "meaning": say(step.meaning, lang)}
        for step in practice.scheme.priorities
        if step.way_in is not WayIn.BOOKING_TICKET
    ]
