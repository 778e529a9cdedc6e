"""A pause in the visit: the line above the conversation, the days to choose among, what the patient reads (D11)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from vardlots.access.actor import StaffActor
from vardlots.cases.handovers.rules import handover_rules
from vardlots.cases.model import Verb
from vardlots.cases.pauses.actions import URGENT
from vardlots.clinics.hours import hours_of, spans
from vardlots.clinics.model import Unit
from vardlots.conversations.phrases import Phrase, PhraseText, fill, phrases_for, standing_phrases
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_, text
from vardlots.platform.pages import clock_time, day_words, when_words
from vardlots.worklist.rows import span, words
from vardlots.worklist.visit_handover import may
from vardlots.worklist.visit_read import Visit

PHRASE = "pause"
OWN = "own"
DAYS_OFFERED = 3
# Where a unit never opens, a pause goes on at the hour when most do.
MORNING = time(8, 0)


async def read_pause(connection: Connection, by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """The context of a pause: `pausing` for the banner, the foot and the dialog."""
    case = found.case
    told: dict[str, Any] = {"banner": None, "may": may(found, Verb.PAUSE), "dialog": None}
    if case.paused_until is not None:
        until = until_words(case.paused_until, lang)
        told["banner"] = {
            "line": text(lang, "Pausad till {time}.", time=until),
            "told": text(lang, "Patienten kan skriva under tiden. Du ser det här.")
            if found.is_own
            else text(lang, "{who} har ärendet.", who=found.owner),
            "may_resume": may(found, Verb.RESUME),
        }
    if told["may"]:
        rules = await handover_rules(connection, case.provider_id)
        last = clock.local(clock.now() + rules.longest_pause).date()
        told["dialog"] = {
            "times": [
                {"value": at.isoformat(timespec="minutes"), "label": _first_large(until_words(at, lang))}
                for at in offered(found.unit, clock.now(), rules.longest_pause)
            ],
            "first_day": clock.today().isoformat(),
            "last_day": last.isoformat(),
            "text": "" if case.by_telephone else await written(connection, by, found),
            "speaks": not case.by_telephone,
            "urgent": urgent(found, lang),
            "key": str(uuid4()),
        }
    return {"pausing": told}


async def read_urgent(_connection: Connection, _by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """What the dialog of a pause asks twice about, alone: it comes anew with a change of the priority."""
    return {"pausing": {"dialog": {"urgent": urgent(found, lang)} if may(found, Verb.PAUSE) else None}}


def urgent(found: Visit, lang: str) -> dict[str, str] | None:
    """What is to be thought of before an urgent visit is paused: its priority, its target, and what the clock does.

    None where the priority asks for nothing of the kind. The target is counted until somebody takes the case
    (`rows.draw_waiting`), so that a pause neither stops it nor starts it anew.
    """
    case = found.case
    if case.priority > URGENT:
        return None
    minutes = found.practice.target(case.unit_id, case.priority)
    waited = max(0, int((clock.now() - case.arrived_at).total_seconds()) // 60)
    return {
        "title": text(
            lang,
            "Besöket har prioritet {n}. Målet är att tas emot inom {minutes} minuter.",
            n=case.priority,
            minutes=minutes,
        ),
        "clock": text(
            lang,
            "Patienten kom in {time}, för {waited} sedan. Pausen stoppar inte den tiden. Går ärendet till kön räknas "
            "den från {time}.",
            time=when_words(case.arrived_at, lang),
            waited=span(words(lang), waited),
        ),
        "sure": text(lang, "Jag har bedömt att patienten kan vänta så länge"),
    }


def offered(unit: Unit, now: datetime, longest: timedelta) -> list[datetime]:
    """The moments to go on that are offered: when the unit next opens, from tomorrow on. Pure."""
    today = clock.local(now).date()
    first = today + timedelta(days=1)
    opens = [span.starts for span in spans(hours_of(unit), first, longest.days)]
    found = [at if _hour(at) else _morning(clock.local(at).date()) for at in opens]
    return [at for at in found if now < at <= now + longest][:DAYS_OFFERED] or [_morning(first)]


def _hour(at: datetime) -> int:
    """The hour on the wall clock; a unit that is open around the clock opens at midnight, which is no time to go on."""
    return clock.local(at).hour


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, clock.SWEDEN).astimezone(UTC)


def until_words(at: datetime, lang: str) -> str:
    """A moment ahead: 14.00 today, *i morgon 08.00* tomorrow, the day otherwise."""
    days = (clock.local(at).date() - clock.today()).days
    if days == 1:
        return text(lang, "i morgon {time}", time=clock_time(at))
    return when_words(at, lang)


def _first_large(words: str) -> str:
    return words[:1].upper() + words[1:]


def moment(form: Mapping[str, str]) -> datetime:
    """The moment that a form says, one of those offered or a day and a time of one's own. Raises Invalid `until`."""
    chosen = form.get("until", "")
    raw = f"{form.get('day', '')}T{form.get('time', '')}" if chosen == OWN else chosen
    try:
        read = datetime.fromisoformat(raw)
        read = read.replace(tzinfo=clock.SWEDEN) if chosen == OWN else read
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid("until", N_("Välj vilken dag och tid besöket fortsätter."))


async def written(connection: Connection, by: StaffActor, found: Visit) -> str:
    """The provider's phrase for a pause, filled in but for the time, which the form chooses."""
    phrase: Phrase | PhraseText = next(
        (one for one in await phrases_for(connection, by) if one.code == PHRASE), standing_phrases()[PHRASE]
    )
    lang = found.actor_language
    seen = by.title_for_patients
    values = {
        "patient": found.actor_name.split(" ")[0],
        "staff": by.name,
        "title": text(lang, seen.lower()) if seen else text(lang, "vårdpersonal"),
        "unit": found.unit.name,
    }
    return fill(phrase, values, lang)


def with_time(message: str, at: datetime, lang: str) -> str:
    """The message with the day and the time in place, as the patient's language says them."""
    return message.replace("{time}", f"{day_words(at, lang)} {clock_time(at)}")
