"""The content that lists and visits speak in: names of complaints, priorities and their targets."""

from functools import cache
from typing import Any

from vardlots.forms.text import say
from vardlots.triage.catalogue import Catalogue
from vardlots.triage.content import scheme
from vardlots.triage.schemes import WayIn

# Used for a priority that the scheme gives no target: every case is taken within 15 minutes [seed: user manual].
TARGET_MINUTES = 15


@cache
def targets(scheme_code: str) -> dict[int, int]:
    """Minutes within which a waiting case should have been taken, by priority 1–12."""
    by_priority = scheme(scheme_code).by_priority
    return {
        priority: (by_priority[priority].target_minutes if priority in by_priority else None)
        or TARGET_MINUTES
        for priority in range(1, 13)
    }


@cache
def telephoned(scheme_code: str) -> frozenset[int]:
    """The priorities whose patients are always telephoned."""
    return frozenset(step.priority for step in scheme(scheme_code).priorities if step.telephone)


@cache
def priority_meanings(scheme_code: str, lang: str) -> dict[int, tuple[str, str]]:
    """Label and meaning of each priority of the scheme."""
    return {
        step.priority: (say(step.label, lang), say(step.meaning, lang))
        for step in scheme(scheme_code).priorities
    }


def priority_choices(scheme_code: str, lang: str) -> list[dict[str, Any]]:
    """The priorities that staff may give a case in the queue: those that do not lead to a booking."""
    return [
        {"value": step.priority, "label": say(step.label, lang), "meaning": say(step.meaning, lang)}
        for step in scheme(scheme_code).priorities
        if step.way_in is not WayIn.BOOKING_TICKET
    ]


class Names(dict[str, str]):
    """Names of complaints in one language; one that no protocol has is shown as it stands."""

    def __missing__(self, reason: str) -> str:
        return reason


_names: dict[tuple[int, str], Names] = {}


def reasons(known: Catalogue, lang: str) -> Names:
    """The names of complaints (*sökorsak*) by their code."""
    key = (id(known), lang)
    if key not in _names:
        _names[key] = Names({protocol.code: say(protocol.title, lang) for protocol in known.newest()})
    return _names[key]
