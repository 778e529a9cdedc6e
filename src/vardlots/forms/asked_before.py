"""What the questions before the queue say that is used in other places (`configured.NEEDED`). Pure."""

from collections.abc import Mapping
from typing import Any


def consents_in(answers: Mapping[str, Any]) -> dict[str, bool]:
    """Consent kind → yes or no, as answered before the queue."""
    asked = {"share_history": "history", "share_medications": "medication"}
    return {kind: answers[link_id] == [True] for link_id, kind in asked.items() if answers.get(link_id)}


def interpreter_in(answers: Mapping[str, Any]) -> str | None:
    """The language an interpreter is needed in; None where none is."""
    if answers.get("interpreter") != [True]:
        return None
    values = answers.get("interpreter_language") or [""]
    value = values[0]
    return str(value.get("other", "")) if isinstance(value, dict) else str(value)
