"""A patient who does not answer, in the visit: what happens next and when, what is sent, and the call (D13)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from vardlots.access.actor import StaffActor
from vardlots.cases import policy
from vardlots.cases.chasing import rules
from vardlots.cases.chasing.rules import Step
from vardlots.cases.ending.configured import AutoText, rules_of, text_of
from vardlots.cases.model import Entry, Kind, Phase, Verb
from vardlots.cases.states import allows
from vardlots.people.queries import person
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.triage.words import mobile_words
from vardlots.worklist.visit_read import Visit


async def read_chase(connection: Connection, _by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """The context of a silent patient: `chasing` for the banner above the conversation, its tool and its dialogs."""
    told: dict[str, Any] = {"banner": None, "tool": False, "dialog": None, "call": None, "may_stop": False}
    if found.case.phase is not Phase.ONGOING:
        return {"chasing": told}
    # The box that one writes in stays as it is while the case moves on, and its tools with it: this one too.
    told["tool"] = may(found, Verb.CHASE)
    if found.case.chase is not None:
        told["banner"] = banner(found, lang)
        told["may_stop"] = may(found, Verb.STOP_CHASE)
        if found.case.chase == Step.CALL:
            told["call"] = await _call(connection, found, lang)
    elif told["tool"]:
        told["dialog"] = await _dialog(connection, found, lang)
    return {"chasing": told}


def may(found: Visit, verb: Verb) -> bool:
    """Whether the reader may do the verb in this visit now."""
    return allows(found.case.phase, verb) and (
        policy.may(found.by, verb, found.case, clock.now(), found.rights) is None
    )


def banner(found: Visit, lang: str) -> dict[str, str]:
    """What has been done and what comes next, at its time."""
    case = found.case
    last = _last(found, Kind.CHASED)
    since = when_words(last.at, lang) if last else ""
    if case.chase == Step.CALL:
        tried = _last_try(found)
        return {
            "kind": "call",
            "icon": "phone-call",
            "line": text(lang, "Ring patienten."),
            "told": text(lang, "Ringde {time}, inget svar.", time=when_words(tried.at, lang))
            if tried
            else text(lang, "Inget svar sedan varningen {time}.", time=since),
        }
    assert case.chase_at is not None  # a check of the table
    due = when_words(case.chase_at, lang)
    if case.chase == Step.REMINDED:
        return {
            "kind": "reminded",
            "icon": "bell",
            "line": text(lang, "Patienten är påmind {time}.", time=since),
            "told": text(lang, "Kommer inget svar skickas en varning {time}.", time=due),
        }
    if rules.is_telephoned(case):
        return {
            "kind": "warned",
            "icon": "phone",
            "line": text(lang, "Ring {time} om inget svar kommer.", time=due),
            "told": text(lang, "Patienten är varnad {time}.", time=since),
        }
    return {
        "kind": "warned",
        "icon": "timer",
        "line": text(lang, "Stängs {time} utan svar.", time=due),
        "told": text(lang, "Patienten är varnad {time}. Ett svar avbryter.", time=since),
    }


def _last(found: Visit, kind: Kind) -> Entry | None:
    return next((row for row in reversed(found.talk.rows) if row.kind is kind), None)


def _last_try(found: Visit) -> Entry | None:
    """The last call that nobody answered, since the task came."""
    for row in reversed(found.talk.rows):
        if row.kind is Kind.CALL_NEEDED:
            return None
        if row.kind is Kind.CALLED:
            return row
    return None


async def _call(connection: Connection, found: Visit, lang: str) -> dict[str, Any]:
    """Whom to call and on which number; of somebody with protected identity the page shows none."""
    reader = await person(connection, found.case.actor_person_id)
    hidden = found.patient.protected or reader is None or reader.protected
    mobile = None if hidden or reader is None else reader.mobile
    return {
        "name": found.actor_name,
        "said": mobile_words(mobile) if mobile else "",
        "tel": mobile or "",
        "none": text(lang, "Skyddade personuppgifter: ring enligt er rutin.")
        if hidden
        else text(lang, "Patienten har inte lämnat något nummer."),
        "may": may(found, Verb.CALLED),
    }


async def _dialog(connection: Connection, found: Visit, lang: str) -> dict[str, Any]:
    """What is sent when somebody presses, in the patient's own words and language, and what follows by itself."""
    case = found.case
    if case.paused_until is not None:
        return {
            "why_not": text(
                lang, "Besöket är pausat. Patienten väntas inte svara nu. Fortsätt besöket först."
            )
        }
    if case.patient_last_n > max(case.staff_read_n, 1):
        return {"why_not": text(lang, "Patienten har skrivit. Läs det först.")}
    step = rules.first_step(rules.attempts(found.talk.rows))
    until = clock.now() + rules.ANSWER_WITHIN
    rest = (await rules_of(connection, case.provider_id)).remind_for
    written = await text_of(
        connection,
        case.provider_id,
        _key(step, telephoned=rules.is_telephoned(case)),
        found.actor_language,
        name=found.actor_name.split(" ")[0],
        time=when_words(until, found.actor_language),
    )
    return {
        "why_not": "",
        "text": written,
        "steps": _steps(step, rest, lang, telephoned=rules.is_telephoned(case)),
        "key": str(uuid4()),
    }


def _key(step: Step, *, telephoned: bool) -> AutoText:
    if step is Step.REMINDED:
        return AutoText.REMINDER
    return AutoText.WARNING_CALL if telephoned else AutoText.WARNING


def _steps(first: Step, rest: timedelta, lang: str, *, telephoned: bool) -> list[str]:
    """What happens by itself where no answer comes, with its times from now."""
    warned: datetime = clock.now() + (rest if first is Step.REMINDED else timedelta())
    ends = when_words(warned + rules.ANSWER_WITHIN, lang)
    steps = []
    if first is Step.REMINDED:
        steps.append(text(lang, "{time}: en varning skickas.", time=when_words(warned, lang)))
    steps.append(
        text(lang, "{time}: du får en uppgift att ringa.", time=ends)
        if telephoned
        else text(lang, "{time}: besöket stängs. Du skriver klart anteckningen.", time=ends)
    )
    return steps
