"""*Avsluta besök* in the visit: what has come with the case, how long the patient may write, what else ends (D13)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.cases import policy
from vardlots.cases.ending.actions import CHECK_IN_AFTER
from vardlots.cases.ending.configured import AutoText, EndRules, rules_of, text_of
from vardlots.cases.ending.promised import promise_of
from vardlots.cases.model import Case, Verb
from vardlots.cases.queries import Attachment
from vardlots.cases.states import TAKEN
from vardlots.conversations.closing import closing_of
from vardlots.conversations.drawing import size_words
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import clock_time, day_words
from vardlots.worklist.visit_read import Visit


async def read_ending(connection: Connection, by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """The context of the end: `ending` for the dialog, `last_chance` for a phase in its last day, `promised` for an
    errand that is to be answered by a day."""
    told: dict[str, Any] = {
        "ending": None,
        "last_chance": last_chance(found, lang),
        "promised": promised(found, lang),
    }
    case = found.case
    if case.phase in TAKEN or may_end_chat(by, found):
        rules = await rules_of(connection, case.provider_id)
        once = case.by_telephone or policy.is_chat(case)
        told["ending"] = {
            "label": end_label(case, lang),
            "files": files(found),
            "days": days(rules, lang, at_once=once),
            "chosen": 0 if once else rules.first_days,
            "check_in": await _check_in(connection, found, lang) if _may_check_in(found, rules) else None,
            "also": also(found, lang),
            "sees": sees(by, case, lang),
        }
    return told


def end_label(case: Case, lang: str) -> str:
    """What is ended is called what it is: a visit, or a chat that has never been one."""
    return text(lang, "Avsluta chatt") if policy.is_chat(case) else text(lang, "Avsluta besök")


def may_end_chat(by: StaffActor, found: Visit) -> bool:
    """Whether the case is a chat of the actor's own, that nobody waits for an answer in."""
    case = found.case
    return policy.is_chat(case) and policy.may(by, Verb.END, case, clock.now(), found.rights) is None


def sees(by: StaffActor, case: Case, lang: str) -> str:
    """What the patient is told when it ends."""
    if policy.is_chat(case):
        return text(lang, "Patienten ser: ”{name} avslutade chatten”.", name=by.name)
    return text(
        lang, "Patienten ser: ”{name} avslutade besöket”, och till när det går att skriva.", name=by.name
    )


def _may_check_in(found: Visit, rules: EndRules) -> bool:
    """Whether the patient can be asked afterwards: the provider has it on, and some length is long enough."""
    longest = max(timedelta(days=one) for one in rules.days)
    reads = not found.case.by_telephone and not policy.is_chat(found.case)
    return rules.check_in and reads and longest > CHECK_IN_AFTER


async def _check_in(connection: Connection, found: Visit, lang: str) -> dict[str, str]:
    """What the patient would be asked."""
    name = found.actor_name.split(" ")[0]
    return {
        "text": await text_of(
            connection, found.case.provider_id, AutoText.CHECK_IN, found.actor_language, name=name
        ),
        "when": day_words(clock.now() + CHECK_IN_AFTER, lang),
    }


def files(found: Visit) -> list[dict[str, str]]:
    """Every file and picture of the case, the oldest first: those of the questions, then those of the conversation."""
    every: dict[str, Attachment] = {one.attachment_id: one for one in found.uploads} | dict(found.talk.files)
    base = f"/staff/cases/{found.case.ref}/files"
    return [
        {
            "name": one.name,
            "size": size_words(one.size_bytes),
            "href": f"{base}/{file_id}",
            "src": f"{base}/{file_id}?thumb=1" if one.thumb_key else "",
        }
        for file_id, one in every.items()
    ]


def days(rules: EndRules, lang: str, *, at_once: bool = False) -> list[dict[str, Any]]:
    """The lengths of the asynchronous phase, each with what it means for the patient; none for what ends `at_once`."""
    now = clock.now()
    choices = []
    for length in (0,) if at_once else rules.days:
        if length:
            until = now + timedelta(days=length)
            label = plural(lang, "{n} dag", "{n} dagar", length)
            told = text(
                lang,
                "Patienten kan skriva till {time}.",
                time=f"{day_words(until, lang)} {clock_time(until)}",
            )
        else:
            label = text(lang, "Ingen asynkron fas")
            told = text(lang, "Ärendet stängs nu. Patienten kan läsa men inte skriva.")
        choices.append({"value": length, "label": label, "told": told})
    return choices


def also(found: Visit, lang: str) -> list[str]:
    """What else ends with the visit: a handover that waits, guests, a pause."""
    case, told = found.case, []
    if case.handover_n is not None:
        told.append(text(lang, "Överlämningen som väntar på svar tas tillbaka."))
    if case.guests:
        told.append(
            plural(
                lang,
                "En kollega som är gäst lämnar besöket.",
                "{n} kollegor som är gäster lämnar besöket.",
                len(case.guests),
            )
        )
    if case.paused_until is not None:
        told.append(text(lang, "Pausen upphör."))
    return told


def last_chance(found: Visit, lang: str) -> dict[str, str] | None:
    """That the patient's time to write ends within a day, and exactly when; None where it does not."""
    near = closing_of(found.case, clock.now())
    if near is None or not near.last_day:
        return None
    moment = clock_time(near.until)
    if clock.local(near.until).date() != clock.today():
        moment = text(lang, "i morgon {time}", time=moment)
    return {
        "said": text(lang, "Sista dagen: stängs {time}.", time=moment),
        "turns": near.turns_at.isoformat(),
    }


def promised(found: Visit, lang: str) -> dict[str, Any] | None:
    """By when an errand that nobody has answered was promised an answer; `broken` when the day has gone (F2)."""
    promise = promise_of(found.case, found.talk.rows, clock.today())
    if promise is None or promise.kept:
        return None
    day = day_words(promise.day, lang)
    return {
        "broken": promise.broken,
        "said": text(lang, "Skulle ha besvarats {day}.", day=day)
        if promise.broken
        else text(lang, "Svar senast {day}.", day=day),
    }
