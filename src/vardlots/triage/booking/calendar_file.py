"""The calendar file of a booked time (RFC 5545): when and where, and nothing of why.

A calendar is often shared with a family or an employer, and lies with a company elsewhere. So the title is neutral,
and neither reason, role nor staff stand in it. The file of the same visit keeps its UID, and counts SEQUENCE up when
the time has changed, so that a calendar moves what it has instead of showing two.
"""

from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from icalendar import Calendar, Event, vText

from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.i18n import text

MEDIA_TYPE = "text/calendar; charset=utf-8"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says. `place` is "" where the visit is not at a place; `url` is the visit's own page."""

    ref: CaseRef
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    sequence: int
    contact: str
    place: str
    url: str


def calendar_file(entry: Entry, lang: str) -> bytes:
    """The file, in UTF-8. Times are those of the Swedish wall clock, with the rules of its summer time."""
    event = Event()
    event.add("uid", f"visit-{entry.ref}@{urlsplit(entry.url).hostname or 'vardlots'}")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("dtstart", clock.local(entry.starts_at))
    event.add("dtend", clock.local(entry.ends_at))
    event.add("summary", text(lang, "Bokad tid"))
    event.add("description", f"{_how(entry.contact, lang)}\n{entry.url}")
    event.add("url", entry.url)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    if entry.place:
        event["location"] = vText(entry.place)
    calendar = Calendar()
    calendar.add("prodid", "-//Vårdlots//Bokad tid//SV")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _how(contact: str, lang: str) -> str:
    if contact == "digital":
        return text(lang, "Öppna sidan på tiden. Där går det också att boka om och avboka.")
    if contact == "telephone":
        return text(lang, "Du blir uppringd. På sidan går det att boka om och avboka.")
    return text(lang, "På sidan går det att boka om och avboka.")
