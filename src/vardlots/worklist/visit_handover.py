"""A handover in the visit: the banner above the conversation, the dialog that asks, what the foot offers (D12, E6)."""

from collections.abc import Mapping
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.cases import policy
from vardlots.cases.handovers import queries
from vardlots.cases.handovers.model import WHY_WORDS, Answered, Asked, Why
from vardlots.cases.handovers.rules import handover_rules
from vardlots.cases.model import Verb
from vardlots.cases.states import TAKEN, allows
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.worklist import content, resources
from vardlots.worklist.visit_handover_summary import summary_of
from vardlots.worklist.visit_read import Visit

MAY = ("role", "staff")


async def read_handover(connection: Connection, by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """The context of a handover: `passing` for the banner, the foot and the dialogs."""
    may_ask = found.case.phase in TAKEN and may(found, Verb.HAND_OVER)
    told: dict[str, Any] = {
        "banner": None,
        "declined": None,
        "may_ask": False,
        "is_asked": False,
        "dialog": None,
        "summary": None,
    }
    if found.case.phase not in TAKEN:
        return {"passing": told}
    asked = await queries.asked(connection, found.case)
    if asked is not None:
        rules = await handover_rules(connection, found.case.provider_id)
        told["banner"] = banner = _banner(found, asked, lang)
        told["is_asked"] = banner["kind"] == "asked"
        due = max(asked.last_at + rules.remind_after(found.case.priority), clock.now())
        banner["reminder"] = text(lang, "Påminnelse {time}", time=when_words(due, lang))
        if banner["kind"] != "other":
            told["summary"] = summary_of(found, lang)
    elif may_ask:
        if (answer := await queries.declined(connection, found.case)) is not None:
            told["declined"] = _declined(answer, lang)
        told["may_ask"] = True
        told["dialog"] = await _dialog(connection, by, found, lang)
    return {"passing": told}


def may(found: Visit, verb: Verb) -> bool:
    """Whether the reader may do the verb in this visit now."""
    return allows(found.case.phase, verb) and (
        policy.may(found.by, verb, found.case, clock.now(), found.rights) is None
    )


def _banner(found: Visit, asked: Asked, lang: str) -> dict[str, Any]:
    mine = found.is_own
    kind = "mine" if mine else "asked" if may(found, Verb.ACCEPT_HANDOVER) else "other"
    whom = asked.who or found.known.role_name(asked.role, lang)
    owner = found.owner or asked.by_name
    first = owner.split(" ")[0]
    return {
        "kind": kind,
        "n": asked.n,
        "title": text(lang, "Synk överlämning till {whom}", whom=whom),
        "from": owner,
        "message": asked.message,
        "why": text(lang, WHY_WORDS[Why(asked.why)]) if asked.why in set(Why) else "",
        "priority": text(lang, "Prioritet {before} blev {after}", before=asked.before, after=asked.priority)
        if asked.before != asked.priority
        else "",
        "until": text(lang, "{who} har ansvaret tills någon accepterar.", who=first),
        "waits": text(lang, "Väntar på {whom} sedan {time}.", whom=whom, time=when_words(asked.at, lang)),
        "quiet": text(
            lang,
            "{who} bad {whom} ta över, {time}. Ingen har svarat än.",
            who=owner,
            whom=whom,
            time=when_words(asked.at, lang),
        ),
    }


def _declined(answer: Answered, lang: str) -> dict[str, str]:
    return {
        "line": text(
            lang, "{who} avböjde överlämningen {time}.", who=answer.who, time=when_words(answer.at, lang)
        ),
        "reason": text(lang, "”{reason}”", reason=answer.reason),
    }


async def _dialog(connection: Connection, by: StaffActor, found: Visit, lang: str) -> dict[str, Any]:
    priorities = content.priority_choices(found.practice, lang)
    if found.case.priority not in [one["value"] for one in priorities]:
        # A case keeps the priority it has, whatever staff would give it in the queue.
        label, meaning = content.priority_meaning(found.practice, found.case.priority, lang)
        priorities.append({"value": found.case.priority, "label": label, "meaning": meaning})
    return {
        "tree": await resources.tree(
            connection,
            by,
            lang=lang,
            may=MAY,
            which=f"unit-{found.case.unit_id}",
        ),
        "priorities": priorities,
        "priority": found.case.priority,
        "reasons": reasons(lang),
    }


def reasons(lang: str) -> list[dict[str, str]]:
    """The closed list of why a visit is handed over."""
    return [{"value": why.value, "label": text(lang, label)} for why, label in WHY_WORDS.items()]


def composer_says(found: Visit, lang: str) -> str:
    """Why whoever is asked to take the visit over cannot write in it yet; "" for everybody else."""
    if found.case.handover_n is None or not may(found, Verb.ACCEPT_HANDOVER):
        return ""
    name = found.actor_name.split(" ")[0]
    return text(lang, "Du kan skriva till {name} när du har accepterat.", name=name)
