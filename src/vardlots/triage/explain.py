"""An account of how an outcome came about, as data: what the page of staff draws and `vardlots triage explain` prints.

It replays the answers by their own version of the protocol, and tells where that differs from what was kept at the
time.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from vardlots.forms.text import say
from vardlots.triage.anamnesis import original_answers
from vardlots.triage.conditions import Line, Near, lines, nearness
from vardlots.triage.configured import version_words
from vardlots.triage.interview import Interview, is_answered
from vardlots.triage.model import OriginalAnswer, Outcome, Rule, Source, Subject
from vardlots.triage.rules import decide, rules_that_hold
from vardlots.triage.wording import word

# What must come out the same for ever. Role and place in the scheme are the provider's, and may be others by now.
REPLAYED = ("rules", "priority", "booking", "level")


class RuleAccount(msgspec.Struct, frozen=True):
    """A rule and how it stood to the answers. `source` is the condition as it is written, empty for the baseline;
    `near` None where it holds; `held_back`: true, but a reassurance, which never stands beside what is more urgent."""

    id: str
    priority: int
    booking: int | None
    because: str
    source: str
    lines: tuple[Line, ...]
    sources: tuple[Source, ...]
    near: Near | None = None
    held_back: bool = False


class Difference(msgspec.Struct, frozen=True):
    """Something that the answers give now and did not give then."""

    field: str
    kept: str
    now: str


class Account(msgspec.Struct, frozen=True):
    """How an outcome came about. `holding` are the rules that hold, the deciding one first; `near` those of which a
    part is true, the nearest first; `far` all others. `version` and `own` as `version_words`. `finished` is false while
    questions are left."""

    code: str
    title: str
    version: int
    own: bool
    status: str
    notice: str
    author: str
    reviewed: str
    review_by: str
    subject: Subject
    outcome: Outcome
    finished: bool
    holding: tuple[RuleAccount, ...]
    near: tuple[RuleAccount, ...]
    far: tuple[RuleAccount, ...]
    answers: tuple[OriginalAnswer, ...]
    differences: tuple[Difference, ...] = ()


def account(interview: Interview, kept: Mapping[str, Any] | None = None, lang: str = "sv") -> Account:
    """The account of an interview, compared with the outcome that was `kept` of it, if any."""
    protocol, counted = interview.protocol, interview.counted
    holding = rules_that_hold(protocol, counted)
    others = [
        _rule(rule, interview, lang, holds_now=False)
        for rule in protocol.rules
        if rule not in holding and rule.when is not None
    ]
    near = [one for one in others if one.near is not None and one.near.lacking < one.near.needed]
    version, own = version_words(protocol.version)
    outcome = decide(protocol, interview.subject, counted, lang)
    return Account(
        code=protocol.code,
        title=say(protocol.title, lang),
        version=version,
        own=own,
        status=protocol.status,
        notice=say(protocol.notice, lang),
        author=protocol.author,
        reviewed=protocol.reviewed,
        review_by=protocol.review_by,
        subject=interview.subject,
        outcome=outcome,
        finished=is_answered(interview),
        holding=tuple(_rule(rule, interview, lang, holds_now=True) for rule in holding),
        near=tuple(sorted(near, key=lambda one: (one.near or Near(0, 0)).lacking)),
        far=tuple(one for one in others if one not in near),
        answers=original_answers(interview, lang),
        differences=differences(outcome, kept),
    )


def differences(outcome: Outcome, kept: Mapping[str, Any] | None) -> tuple[Difference, ...]:
    """Where an outcome that is replayed differs from what was kept of it: nowhere, or something is wrong."""
    if not kept or "rules" not in kept:
        return ()
    now: dict[str, Any] = {
        "rules": [rule.id for rule in outcome.rules],
        "priority": outcome.priority,
        "booking": outcome.booking,
        "level": outcome.level.value,
    }
    return tuple(
        Difference(field, _plain(kept.get(field)), _plain(now[field]))
        for field in REPLAYED
        if kept.get(field) != now[field]
    )


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "–" if value is None else str(value)


def _rule(rule: Rule, interview: Interview, lang: str, *, holds_now: bool) -> RuleAccount:
    near = nearness(rule.when, interview) if rule.when is not None and not holds_now else None
    return RuleAccount(
        id=rule.id,
        priority=rule.priority,
        booking=rule.booking,
        because=word(rule.because, interview.subject, lang),
        source=rule.source,
        lines=lines(rule.when, interview, lang) if rule.when is not None else (),
        sources=tuple(source for source in interview.protocol.sources if source.id in rule.sources),
        near=near,
        held_back=near is not None and near.lacking == 0,
    )


def as_text(told: Account) -> str:
    """The account in plain text."""
    whose = " of the provider's own" if told.own else ""
    outcome = told.outcome
    parts = [
        f"{told.title} · {told.code} version {told.version}{whose} · {told.status}",
        f"{told.author} · reviewed {told.reviewed}, again by {told.review_by}",
        f"subject: {told.subject.age_years} years, {told.subject.sex or 'sex unknown'}"
        + (", a guardian answers" if told.subject.is_child_of_actor else ""),
        "",
        "answers",
        *(
            f"  {given.link_id}: {given.question} → {given.answer}"
            + ("" if given.counted else "  (does not count)")
            for given in told.answers
        ),
        "",
        f"outcome: priority {outcome.priority}"
        + (f" (booking {outcome.booking})" if outcome.booking else "")
        + f", {outcome.level}, {outcome.role}"
        + ("" if told.finished else ": so far, questions are left"),
        f"  {outcome.title}. {outcome.lead}",
        *(
            f"  differs from what was kept: {one.field} was {one.kept}, is {one.now}"
            for one in told.differences
        ),
        "",
        "rules that hold",
        *(line for rule in told.holding for line in _held(rule)),
        "",
        "rules that do not hold",
        *(f"  {rule.id} → {rule.priority}: {_met(rule)}: {rule.source}" for rule in (*told.near, *told.far)),
    ]
    return "\n".join(parts) + "\n"


def _held(rule: RuleAccount) -> list[str]:
    return [
        f"  {rule.id} → {rule.priority}: {rule.because}",
        f"      {rule.source or 'no other rule holds'}",
        *(
            f"      {'  ' * line.depth}{'+' if line.met else '-'} {line.words}"
            + (f" ({line.answer})" if line.answer else "")
            for line in rule.lines
        ),
        f"      sources: {', '.join(source.id for source in rule.sources)}",
    ]


def _met(rule: RuleAccount) -> str:
    if rule.held_back:
        return "met, but a reassurance does not stand beside what is more urgent"
    near = rule.near or Near(0, 0)
    return f"{near.needed - near.lacking} of {near.needed} met"


def explain(interview: Interview, lang: str = "sv", kept: Mapping[str, Any] | None = None) -> str:
    """The account of an interview in plain text."""
    return as_text(account(interview, kept, lang))
