"""An interview: a protocol in one version, a person, and the answers so far. Every step gives a new one.

tuva = Subject(6, sex="female", is_child_of_actor=True, name="Tuva")
interview = start(catalogue.protocol("sore_throat"), tuva)
while (asked := current_question(interview)) is not None:
    interview = answer(interview, asked.link_id, ...)
outcome(interview)
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from vardlots.forms.answering import Fault, validate_answer
from vardlots.forms.flow import counted_answers, next_item, previous_item, visible_items, visible_steps
from vardlots.forms.model import Answers, Item
from vardlots.forms.text import say
from vardlots.triage.catalogue import Catalogue
from vardlots.triage.model import Outcome, Protocol, Subject
from vardlots.triage.rules import decide, is_emergency


class NotSuited(ValueError):
    """The protocol is not made for somebody of this age. `sentence(lang)` says where to turn instead."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        super().__init__(f"{protocol.code} is for ages {protocol.min_age}–{protocol.max_age}")

    def sentence(self, lang: str) -> str:
        """What to tell the person."""
        return say(self._protocol.otherwise, lang)


class InvalidAnswer(ValueError):
    """The answer cannot be kept; `fault.sentence(lang)` says what to do. The interview is as it was."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"{fault.link_id}: {fault.key}")


class NotFinished(ValueError):
    """An outcome was asked for while there are questions left."""


class Interview(msgspec.Struct, frozen=True, dict=True):
    """Where an interview stands: `at` the question shown, None when finished; `last` the one last answered."""

    protocol: Protocol
    subject: Subject
    answers: Answers
    at: str | None
    last: str | None = None

    @cached_property
    def known(self) -> Answers:
        """The answers with what is known of the subject."""
        return {**self.answers, **facts(self.subject)}

    @cached_property
    def counted(self) -> Answers:
        """The answers that count: those of questions that are still asked, and the facts of the subject."""
        return counted_answers(self.protocol.form, self.known)

    @property
    def finished(self) -> bool:
        """Whether nothing more is asked."""
        return self.at is None


def facts(subject: Subject) -> dict[str, list[Any]]:
    """What conditions can use of the subject. Unknown sex is no answer, so nothing rests on it."""
    months = subject.age_months if subject.age_months is not None else subject.age_years * 12
    known: dict[str, list[Any]] = {
        "age": [subject.age_years],
        "age_months": [months],
        "child": [subject.is_child_of_actor],
    }
    if subject.sex is not None:
        known["sex"] = [subject.sex]
    return known


def start(protocol: Protocol, subject: Subject) -> Interview:
    """A new interview at its first question. Raises NotSuited."""
    if not protocol.suits(subject):
        raise NotSuited(protocol)
    return _placed(Interview(protocol, subject, {}, None))


def answer(interview: Interview, link_id: str, raw: object) -> Interview:
    """The interview with this answer, at the next question without one. None passes over an optional one.

    An answer that calls for 112 finishes the interview at once. Answers to questions that fall away are kept
    and count again if the question comes back. Raises InvalidAnswer.
    """
    item = next((shown for shown in visible_items(interview.protocol.form, interview.known)
                 if shown.link_id == link_id and shown.is_question), None)  # fmt: skip
    if item is None:
        raise InvalidAnswer(Fault(link_id, "not_asked"))
    result = validate_answer(item, raw)
    if isinstance(result, Fault):
        raise InvalidAnswer(result)
    answers = {**interview.answers, link_id: list(result.values)}
    if link_id not in interview.protocol.form.steps:
        return Interview(interview.protocol, interview.subject, answers, interview.at, interview.last)
    return _placed(Interview(interview.protocol, interview.subject, answers, None, link_id))


def back(interview: Interview) -> Interview:
    """The interview at the question before, its answer kept; from the outcome, at the one answered last."""
    if interview.at is None and interview.last is not None:
        return go_to(interview, interview.last)
    before = previous_item(interview.protocol.form, interview.known, interview.at)
    return interview if before is None else go_to(interview, before.link_id)


def go_to(interview: Interview, link_id: str) -> Interview:
    """The interview at any question it shows, to read or change the answer. Raises InvalidAnswer."""
    if link_id not in {item.link_id for item in visible_steps(interview.protocol.form, interview.known)}:
        raise InvalidAnswer(Fault(link_id, "not_asked"))
    return Interview(interview.protocol, interview.subject, interview.answers, link_id, interview.last)


def current_item(interview: Interview) -> Item | None:
    """The item of the question shown now, None when finished."""
    return interview.protocol.form.find(interview.at) if interview.at is not None else None


def outcome(interview: Interview, lang: str = "sv") -> Outcome:
    """What triage came to. Raises NotFinished while questions are left."""
    if not is_answered(interview):
        raise NotFinished(interview.protocol.code)
    return decide(interview.protocol, interview.subject, interview.counted, lang)


def is_answered(interview: Interview) -> bool:
    """Whether there is an outcome: every question asked has been answered, or an answer calls for 112."""
    return is_emergency(interview.protocol, interview.counted) or (
        next_item(interview.protocol.form, interview.known) is None
    )


def to_dict(interview: Interview) -> dict[str, Any]:
    """The interview as plain data: `protocol`, `version`, `subject`, `answers`, `at`, `last`."""
    return {
        "protocol": interview.protocol.code,
        "version": interview.protocol.version,
        "subject": msgspec.to_builtins(interview.subject),
        "answers": {link_id: list(values) for link_id, values in interview.answers.items()},
        "at": interview.at,
        "last": interview.last,
    }


def from_dict(catalogue: Catalogue, stored: Mapping[str, Any]) -> Interview:
    """An interview as it was stored, with its own version of the protocol, one of the files.

    Raises LookupError for an unknown protocol or version.
    """
    return resume(catalogue.protocol(stored["protocol"], stored["version"]), stored)


def resume(protocol: Protocol, stored: Mapping[str, Any]) -> Interview:
    """An interview as it was stored, by the protocol in the version in which it was begun.

    Where `at` is missing or no longer shown, it stands at the first question without an answer.
    """
    interview = Interview(
        protocol,
        msgspec.convert(stored["subject"], Subject),
        stored["answers"],
        stored.get("at"),
        stored.get("last"),
    )
    shown = {item.link_id for item in visible_steps(interview.protocol.form, interview.known)}
    return interview if interview.at in shown else _placed(interview)


def replay(catalogue: Catalogue, stored: Mapping[str, Any], lang: str = "sv") -> Outcome:
    """The outcome of stored answers by the version they were given in: the same, whenever it is asked for."""
    return outcome(from_dict(catalogue, stored), lang)


def _placed(interview: Interview) -> Interview:
    """The interview at its next open question, or finished."""
    at: str | None = None
    if not is_emergency(interview.protocol, interview.counted):
        following = next_item(interview.protocol.form, interview.known, interview.last)
        at = following.link_id if following else None
    return Interview(interview.protocol, interview.subject, interview.answers, at, interview.last)
