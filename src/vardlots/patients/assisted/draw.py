"""Assisted triage in words, for its templates."""

from typing import Any

from vardlots.forms.flow import visible_steps
from vardlots.forms.text import say
from vardlots.people.identity import age_text
from vardlots.people.queries import Person
from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.triage.anamnesis import answer_text, history
from vardlots.triage.assisted.model import Begun
from vardlots.triage.configured import Practice
from vardlots.triage.interview import Interview
from vardlots.triage.model import Outcome
from vardlots.triage.rules import decide, rules_that_hold
from vardlots.triage.schemes import Scheme, priority_in
from vardlots.triage.wording import word


def who_words(about: Person, lang: str) -> dict[str, str]:
    """Who it is, as it may be shown: a person with protected identity is not named."""
    return {
        "name": text(lang, "Skyddad") if about.protected else about.name,
        "number": about.number_words,
        "age": age_text(about.birth_date, clock.today(), lang),
    }


def begun_rows(begun: list[Begun], practice: Practice, lang: str) -> list[dict[str, Any]]:
    """What can be gone on with."""
    return [
        {
            "href": f"/staff/assisted/{one.ref}",
            "reason": practice.name(practice.reason_of(one.protocol), lang),
            "who": text(lang, "Skyddad") if one.protected else one.initials,
            "protected": one.protected,
            "age": text(lang, "{n} år", n=one.age) if one.age is not None else "",
            "line": text(
                lang, "Besvarad, inte avslutad. Började {time}", time=when_words(one.started_at, lang)
            )
            if one.stage != "questions"
            else text(lang, "Började {time}", time=when_words(one.started_at, lang)),
        }
        for one in begun
    ]


def asked_rows(interview: Interview, base: str, lang: str) -> list[dict[str, Any]]:
    """Every question so far, in its order: answered ones with the answer and the way to change it, and the one that is
    asked now (`current`). Questions not come to are not there."""
    found = []
    for item in visible_steps(interview.protocol.form, interview.known):
        current = item.link_id == interview.at
        if not current and item.link_id not in interview.answers:
            continue
        found.append(
            {
                "id": item.link_id,
                "current": current,
                "text": word(item.text, interview.subject, lang),
                "answer": answer_text(item, interview.answers[item.link_id], interview, lang)
                if item.link_id in interview.answers
                else "",
                "href": f"{base}?q={item.link_id}",
            }
        )
    return found


def so_far(interview: Interview, scheme: Scheme, lang: str) -> dict[str, Any] | None:
    """*Hittills*: what the answers given would come to, for staff. None before the first answer."""
    if not interview.answers:
        return None
    hits = rules_that_hold(interview.protocol, interview.counted)
    outcome = decide(interview.protocol, interview.subject, interview.counted, lang)
    step = scheme.step(priority_in(scheme, outcome))
    decided = hits[0].when is not None
    return {
        "priority": step.priority,
        "label": say(step.label, lang),
        "because": outcome.rules[0].because if decided else "",
        "others": [hit.because for hit in outcome.rules[1:4]] if decided else [],
        "rule": outcome.rules[0].id if decided else "",
    }


def story(interview: Interview, lang: str) -> dict[str, Any]:
    """The history as it grows."""
    told = history(interview, lang)
    return {
        "rows": [{"label": row.label, "text": row.text} for row in told.rows],
        "denied": list(told.denied),
    }


def aloud(outcome: Outcome) -> dict[str, Any]:
    """What is read to the caller."""
    return {
        "title": outcome.title,
        "lead": outcome.lead,
        "advice": list(outcome.advice),
        "meanwhile": list(outcome.meanwhile),
        "call_112_if": outcome.call_112_if,
    }
