"""Answers that lead an interview of the demonstration towards the priority that its script aims at.

They are taken from the written cases (`content/triage/vignettes`), tried on this very person without writing
anything, with the days and the temperature of the script where it still leads to its aim; a question that the written
case does not have gets the answer that says least.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from vardlots.demo.case_scripts import CaseScript
from vardlots.forms.model import Item, ItemType
from vardlots.platform.content import CONTENT
from vardlots.triage import interview as engine
from vardlots.triage.catalogue import Catalogue
from vardlots.triage.interview import Interview
from vardlots.triage.model import Subject
from vardlots.triage.vignettes import Vignette, load_vignettes

OWN_WORDS = "own_words"
MOST_QUESTIONS = 60
_LEAST_SAYING = ("none", "no", "unknown", "not_sure")


class NoWay(LookupError):
    """No written case can be answered."""


@cache
def _every_case() -> tuple[Vignette, ...]:
    return load_vignettes(CONTENT / "triage")


def written_cases(protocol: str) -> list[Vignette]:
    """The written cases of a protocol."""
    return [case for case in _every_case() if case.protocol == protocol]


def answers_for(script: CaseScript, subject: Subject, known: Catalogue) -> list[tuple[str, Any]]:
    """Question by question, in the order in which they come. Raises NoWay.

    Where this person's age or sex lets no written case end at the very priority, the nearest one.
    """
    nearest: tuple[int, list[tuple[str, Any]]] | None = None
    for case, own in _candidates(script):
        played = _play(engine.start(known.protocol(script.protocol), subject), case, own, script)
        if played is None:
            continue
        finished, given = played
        off = abs(engine.outcome(finished).priority - script.aim)
        if nearest is None or off < nearest[0]:
            nearest = (off, given)
        if off == 0:
            break
    if nearest is None:
        raise NoWay(f"{script.id}: no written case of {script.protocol} can be answered by this person")
    return nearest[1]


def _candidates(script: CaseScript) -> Iterator[tuple[Vignette, dict[str, Any]]]:
    """The written cases of the complaint, those that end where the script aims first, and what is the script's own."""
    same = written_cases(script.protocol)
    if script.like is not None:
        same = [case for case in same if case.id == script.like]
    for case in (*_of(same, script, True), *_of(same, script, False)):
        for own in (_own_facts(script, case), {}):
            yield case, own


def _of(cases: list[Vignette], script: CaseScript, aimed: bool) -> list[Vignette]:
    return [case for case in cases if (case.priority == script.aim) is aimed]


def _own_facts(script: CaseScript, case: Vignette) -> dict[str, Any]:
    """What the script says itself of days and temperature, in the words of the questions."""
    if script.temperature is None:
        return {"days": script.since_days, "fever": "no"}
    written = case.answers.get("fever_days", 1)
    return {
        "days": script.since_days,
        "fever": "measured",
        "temperature": script.temperature,
        "fever_days": min(written, script.since_days) if isinstance(written, int) else script.since_days,
    }


def _play(
    interview: Interview, case: Vignette, own: dict[str, Any], script: CaseScript
) -> tuple[Interview, list[tuple[str, Any]]] | None:
    given: list[tuple[str, Any]] = []
    for _ in range(MOST_QUESTIONS):
        item = engine.current_item(interview)
        if item is None:
            return (interview, given) if engine.is_answered(interview) else None
        raw = script.words if item.link_id == OWN_WORDS else own.get(item.link_id, raw_answer(item, case))
        try:
            interview = engine.answer(interview, item.link_id, raw)
        except ValueError:
            return None
        given.append((item.link_id, raw))
    return None


def raw_answer(item: Item, case: Vignette) -> Any:
    """The written case's answer; to a question that it does not have, the one that says least."""
    if item.link_id in case.answers:
        return case.answers[item.link_id]
    if not item.required:
        return None
    if item.type is ItemType.BOOLEAN:
        return False
    codes = [option.code for option in item.answer_option]
    least = [code for code in codes if code in _LEAST_SAYING]
    if codes:
        return (least or codes[-1:])[0]
    return item.min_value if item.min_value is not None else 1
