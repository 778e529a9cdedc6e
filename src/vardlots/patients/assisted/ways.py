"""The ways that a call may end with something for the patient, as the page of the outcome shows them, and why so."""

from typing import Any

from vardlots.platform.i18n import N_, text
from vardlots.triage.assisted.model import ONWARD, Ending
from vardlots.triage.assisted.onward.queries import Onward
from vardlots.triage.assisted.routes import Why, endings
from vardlots.triage.routing import BOOKABLE
from vardlots.worklist.shell import Desk

LEVELS = {
    "emergency": N_("Akut, 112"),
    "physical": N_("Besök på plats"),
    "telephone": N_("Telefon"),
    "digital": N_("Digitalt"),
}
_SHORT_LEVELS = {"physical": N_("på plats"), "telephone": N_("telefon"), "digital": N_("digitalt")}
_ICONS = {Ending.QUEUE: "list-ordered", Ending.HANDED_OVER: "arrow-right-left", Ending.TICKET: "ticket"}


def offered(way: Onward) -> list[Ending]:
    """What is possible at some unit that can be chosen, the suggested way first."""
    beside = endings(way.wanted, way.sender, way.places)
    return list(dict.fromkeys([*way.endings, *beside]))


def buttons(way: Onward, lang: str) -> list[dict[str, str]]:
    """The buttons, the suggested first."""
    labels = {
        Ending.QUEUE: text(lang, "Lägg i kön"),
        Ending.HANDED_OVER: text(lang, "Lämna över"),
        Ending.TICKET: text(lang, "Ge biljett"),
    }
    return [{"value": one.value, "label": labels[one], "icon": _ICONS[one]} for one in offered(way)]


def suggested(way: Onward) -> Ending:
    """The way that comes first; the queue where there is none."""
    return next(iter(offered(way)), Ending.QUEUE)


def why(way: Onward, desk: Desk) -> list[str]:
    """Why the suggested way is the one, a sentence each, what was triaged first."""
    lang, first = desk.lang, suggested(way)
    place = way.receiver.place
    found = [_first(way, desk, first)] if first in ONWARD and place is not None else []
    if first is Ending.HANDED_OVER or place is None:
        found += [_said(one, way, desk) for one in way.receiver.why if one is not Why.OTHER_ROLE]
    if first is Ending.QUEUE and way.wanted.priority in BOOKABLE:
        sentence = N_(
            "Triagen ger ett besök att boka, prioritet {n}. Ärendet läggs i kön med önskan om hjälp att hitta en tid."
        )
        found.append(text(lang, sentence, n=way.wanted.priority))
    return found


def _first(way: Onward, desk: Desk, first: Ending) -> str:
    """*Läkare, på plats, prioritet 8: går till sjuksköterska på Ängsviken, som bokar.*"""
    lang, wanted, place = desk.lang, way.wanted, way.receiver.place
    assert place is not None
    said: dict[str, Any] = {
        "role": desk.known.role_name(wanted.role, lang),
        "level": text(lang, _SHORT_LEVELS.get(wanted.level, "")),
        "n": wanted.priority,
        "to": desk.known.role_name(way.receiver.role, lang).lower(),
        "unit": place.name,
    }
    if first is Ending.TICKET:
        if wanted.priority in BOOKABLE:
            sentence = N_("{role}, {level}, prioritet {n}: patienten får en biljett och bokar själv en tid.")
        else:
            sentence = N_("{role}, {level}, prioritet {n}: patienten får en drop in-biljett till {unit}.")
    elif Why.OTHER_ROLE in way.receiver.why and wanted.priority in BOOKABLE:
        sentence = N_("{role}, {level}, prioritet {n}: går till {to} på {unit}, som bokar.")
    else:
        sentence = N_("{role}, {level}, prioritet {n}: går till {to} på {unit}.")
    return text(lang, sentence, **said)


def _said(one: Why, way: Onward, desk: Desk) -> str:
    lang, place = desk.lang, way.receiver.place
    unit = place.name if place is not None else ""
    match one:
        case Why.ON_CALL:
            return text(lang, "Patientens enhet är stängd. {unit} har jour och svarar nu.", unit=unit)
        case Why.WAITS_UNTIL_OPEN:
            return text(lang, "{unit} är stängd och svarar när den öppnar.", unit=unit)
        case Why.NOBODY_ON_CALL:
            sentence = N_(
                "Ingen enhet har jour nu, och prioritet {n} får inte vänta. Välj en enhet som är öppen, eller "
                "uppmana att ringa 112."
            )
            return text(lang, sentence, n=way.wanted.priority)
        case Why.STANDS_IN:
            wanted = desk.known.role_name(way.wanted.role, lang).lower()
            return text(lang, "{unit} har ingen i rollen {role}.", unit=unit, role=wanted)
        case Why.NOT_LISTED:
            return text(lang, "Patienten är inte listad på en enhet som går att välja. Kontrollera enheten.")
    return ""
