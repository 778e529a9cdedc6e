"""*Det här händer nu*: what an outcome leads to, step by step, in the patient's words."""

from typing import Any

from vardlots.clinics.hours import next_opening
from vardlots.clinics.model import Unit
from vardlots.clinics.words import moment_words
from vardlots.forms.text import say
from vardlots.platform import clock
from vardlots.platform.i18n import N_, plural, text
from vardlots.tickets.model import Contact
from vardlots.tickets.words import book_by
from vardlots.triage import words
from vardlots.triage.emergency import bold
from vardlots.triage.lines import Line
from vardlots.triage.queries import Kept
from vardlots.triage.routing import Routing
from vardlots.triage.ways import Route, Way, Why, valid_until

TURNED_AWAY = {
    Why.UNIT: N_("Enheten tar inte längre emot ärenden här. Välj en annan enhet, eller ring 1177."),
    Why.AGE: N_("Vårdgivaren tar inte emot digitalt i den åldern. Välj en annan vårdenhet, eller ring 1177."),
    Why.PROTECTED: N_(
        "Med skyddade personuppgifter går det inte att söka vård här. Ring enheten, eller ring 1177."
    ),
}


def turned_away(routing: Routing, why: Why, lang: str) -> str:
    """Where to turn, where the unit cannot receive somebody. Of another region the provider has words of its own."""
    if why is Why.OUT_OF_REGION:
        return say({"sv": routing.elsewhere, "en": routing.elsewhere_en}, lang)
    return text(lang, TURNED_AWAY[why])


def next_steps(kept: Kept, way: Route, unit: Unit, line: Line, lang: str) -> list[Any]:
    """The steps that follow when one goes on from the outcome."""
    return (
        _to_a_ticket(way, unit, lang) if way.way is Way.TICKET else _to_the_queue(kept, way, unit, line, lang)
    )


def _to_a_ticket(way: Route, unit: Unit, lang: str) -> list[Any]:
    until = book_by(valid_until(way.valid_days, clock.now()), lang)
    given = text(lang, "Du får en bokningsbiljett till {unit}. {until}.", unit=unit.name, until=until)
    booked = text(lang, "Du ringer och bokar, eller får hjälp att hitta en tid.")
    return [bold(given, until), booked, contact_words(way.contact or Contact.PHYSICAL, unit.name, lang)]


def contact_words(contact: Contact, unit: str, lang: str) -> str:
    """How the visit takes place, in a sentence."""
    if contact is Contact.DIGITAL:
        return text(lang, "Besöket är digitalt, här i tjänsten.")
    if contact is Contact.TELEPHONE:
        return text(lang, "{unit} ringer upp på den bokade tiden.", unit=unit)
    return text(lang, "Besöket är på plats hos {unit}.", unit=unit)


def _to_the_queue(kept: Kept, way: Route, unit: Unit, line: Line, lang: str) -> list[Any]:
    who = words.who_reads(kept.practice.roles.of(way.role), lang)
    if way.is_closed:
        return [_sent_now(unit, lang), _read_later(who, unit, lang), _last(kept, way, lang)]
    ahead = ahead_words(line, lang)
    joined = (
        text(lang, "Ni ställer er i kön till {unit}. {ahead}", unit=unit.name, ahead=ahead)
        if kept.for_child
        else text(lang, "Du ställer dig i kön till {unit}. {ahead}", unit=unit.name, ahead=ahead)
    )
    when = words.wait_words(line.wait, lang)
    if when is None:
        reads = text(lang, "{who} läser svaren och skriver till dig. Vi kan inte säga när just nu.", who=who)
    else:
        reads = text(lang, "{who} läser svaren och skriver till dig, om ungefär {time}.", who=who, time=when)
    assert kept.outcome is not None
    if kept.practice.scheme_for(kept.outcome["scheme"]).step(way.priority).telephone:
        called = (
            text(lang, "Ni blir också uppringda.")
            if kept.for_child
            else text(lang, "Du blir också uppringd.")
        )
        reads = f"{reads} {called}"
    return [bold(joined, ahead), bold(reads, when or ""), _last(kept, way, lang)]


def _sent_now(unit: Unit, lang: str) -> str:
    return text(lang, "Svaren skickas till {unit} nu.", unit=unit.name)


def _read_later(who: str, unit: Unit, lang: str) -> Any:
    opens = next_opening(unit, clock.now())
    when = moment_words(opens, lang) if opens else ""
    said = text(lang, "{who} läser dem när enheten har öppnat, {when}.", who=who, when=when)
    return bold(said, when)


def _last(kept: Kept, way: Route, lang: str) -> str:
    if way.finds_time:
        return text(lang, "Ni får hjälp att hitta en tid för besök.")
    if kept.for_child:
        return text(lang, "Ni får råd i chatten, eller en tid om ni behöver komma hit.")
    return text(lang, "Du får råd i chatten, eller en tid om du behöver komma hit.")


def ahead_words(line: Line, lang: str) -> str:
    """How many are before one in the line."""
    if line.ahead == 0:
        return text(lang, "Ingen är före.")
    return plural(lang, "{n} är före.", "{n} är före.", line.ahead)
