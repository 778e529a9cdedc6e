"""The page that chooses a time, as its template wants it."""

from typing import Any
from urllib.parse import urlencode

from vardlots.booking.model import Slot, SlotTaken
from vardlots.clinics.model import Unit
from vardlots.platform import clock
from vardlots.platform.i18n import joined, plural, text
from vardlots.platform.pages import clock_time
from vardlots.triage.booking import days
from vardlots.triage.booking.choosing import Asked, Choice, minutes_of
from vardlots.triage.booking.words import ICONS, cancel_by_words, kind_words, unbroken


def address(base: str, asked: Asked) -> str:
    """The address of a week: `base?day=2026-11-24&unit=3`."""
    found = {"day": asked.day.isoformat() if asked.day else "", "unit": asked.unit_id or ""}
    query = urlencode({name: value for name, value in found.items() if value})
    return f"{base}?{query}" if query else base


def choice_context(
    choice: Choice, *, asked: Asked, base: str, hold_url: str, contact: str, who: str, lang: str
) -> dict[str, Any]:
    """What is the same for a ticket and for a visit booked anew. `who` is who one meets: *Sjuksköterska*."""
    unit_id = asked.unit_id

    def to(day: Any) -> str:
        return address(base, Asked(day, unit_id))

    before, after = choice.monday - days.WEEK, choice.monday + days.WEEK
    return {
        "card": {
            "icon": ICONS[contact],
            "name": kind_words(contact, minutes_of(choice.times), lang),
            "place": joined(lang, who, choice.unit.name),
            "change_url": f"{base}/units" if len(choice.units) > 1 else "",
        },
        "week": {
            "label": days.week_heading(choice.monday, lang),
            "before": to(before) if before >= days.monday_of(clock.today()) else "",
            "after": to(after) if after <= choice.last_monday else "",
        },
        "days": days.week_strip(choice.monday, choice.counts, choice.day, to, lang),
        "sections": days.sections(choice.times, choice.held.ref if choice.held else None, lang),
        "empty": None if choice.day else _empty(choice, to, lang),
        "others": [unit_row(unit, first, count, base, lang) for unit, first, count in choice.others],
        "here_url": to(choice.day),
        "hold_url": hold_url,
        "book_url": base,
        "chosen": _chosen(choice.held, lang) if choice.held else None,
        "late": cancel_by_words(choice.rules, choice.held.starts_at, lang) if choice.held else "",
        "deed_none": text(lang, "Välj en tid, så hålls den åt dig en stund.") if choice.day else "",
    }


def _empty(choice: Choice, to: Any, lang: str) -> dict[str, Any]:
    """Nothing free this week: the next week with times, or that there is none."""
    if choice.first is None:
        return {
            "title": text(lang, "Just nu finns inga lediga tider"),
            "text": text(
                lang,
                "{unit} har inga tider att boka de närmaste veckorna. Nya tider läggs ut efter hand.",
                unit=choice.unit.name,
            ),
            "next": None,
        }
    then = choice.next_first or choice.first
    return {
        "title": text(lang, "Inga lediga tider den här veckan"),
        "text": text(lang, "Bläddra till en annan vecka, eller gå direkt till nästa lediga tid."),
        "next": {
            "href": to(clock.local(then.starts_at).date()),
            "label": text(lang, "Nästa lediga: {when}", when=days.when_in_words(then.starts_at, lang)),
        },
    }


def _chosen(held: Slot, lang: str) -> dict[str, Any]:
    words = days.moment_in_words(held.starts_at, lang)
    return {
        "slot": str(held.ref),
        "words": words,
        "deed": text(lang, "Boka {when}", when=unbroken(words)),
        "held_until": clock_time(held.held_until) if held.held_until else "",
        "until_iso": held.held_until.isoformat() if held.held_until else "",
    }


def unit_row(unit: Unit, first: Slot, count: int, base: str, lang: str) -> dict[str, Any]:
    """A unit that has times: how many and the first."""
    when = days.when_in_words(first.starts_at, lang)
    return {
        "href": address(base, Asked(clock.local(first.starts_at).date(), unit.unit_id)),
        "label": unit.name,
        "sub": plural(lang, "{n} tid, {when}", "{n} tider, första {when}", count, when=when),
        "icon": "calendar-days",
        "tile": True,
    }


def taken_context(refusal: SlotTaken, lang: str) -> dict[str, Any]:
    """Somebody was first: said at once, with the nearest free times to take instead."""
    return {
        "title": text(lang, "Någon hann boka den tiden."),
        "text": text(
            lang, "Inget annat har ändrats. Ta en av de närmaste lediga tiderna, eller välj en annan nedan."
        )
        if refusal.nearest
        else text(lang, "Inget annat har ändrats. Just nu finns inga fler lediga tider att välja på."),
        "times": days.time_rows(refusal.nearest, lang),
    }
