"""An account of how an outcome came about, in plain text: `vardlots triage explain`."""

from vardlots.forms.expressions import All, AtLeast, Condition, Either, holds
from vardlots.forms.model import Answers
from vardlots.forms.text import say
from vardlots.triage.anamnesis import original_answers
from vardlots.triage.interview import Interview, is_answered
from vardlots.triage.rules import decide, rules_that_hold
from vardlots.triage.wording import word


def explain(interview: Interview, lang: str = "sv") -> str:
    """The answers, the outcome, every rule that holds and, of the others, how near each came."""
    protocol, subject, counted = interview.protocol, interview.subject, interview.counted
    holding = rules_that_hold(protocol, counted)
    result = decide(protocol, subject, counted, lang)
    lines = [
        f"{say(protocol.title, lang)} · {protocol.code} version {protocol.version} · {protocol.status}",
        f"{protocol.author} · reviewed {protocol.reviewed}, again by {protocol.review_by}",
        f"subject: {subject.age_years} years, {subject.sex or 'sex unknown'}"
        + (", a guardian answers" if subject.is_child_of_actor else ""),
        "",
        "answers",
        *(
            f"  {given.link_id}: {given.question} → {given.answer}"
            + ("" if given.counted else "  (does not count)")
            for given in original_answers(interview, lang)
        ),
        "",
        f"outcome: priority {result.priority}"
        + (f" (booking {result.booking})" if result.booking else "")
        + f", {result.level}, {result.role}"
        + ("" if is_answered(interview) else ": so far, questions are left"),
        f"  {result.title}. {result.lead}",
        "",
        "rules that hold",
        *(
            f"  {rule.id} → {rule.priority}: {word(rule.because, subject, lang)}"
            f"\n      {rule.source or 'no other rule holds'}\n      sources: {', '.join(rule.sources)}"
            for rule in holding
        ),
        "",
        "rules that do not hold",
        *(
            f"  {rule.id} → {rule.priority}: {_met(rule.when, counted)}: {rule.source}"
            for rule in protocol.rules
            if rule not in holding and rule.when is not None
        ),
    ]
    return "\n".join(lines) + "\n"


def _met(condition: Condition, counted: Answers) -> str:
    """How many of the parts of a condition are met, of how many it takes."""
    if holds(condition, counted):
        return "met, but a reassurance does not stand beside what is more urgent"
    if isinstance(condition, All | AtLeast | Either):
        met = sum(holds(part, counted) for part in condition.parts)
        needed = condition.count if isinstance(condition, AtLeast) else len(condition.parts)
        return f"{met} of {1 if isinstance(condition, Either) else needed} met"
    return "0 of 1 met"
