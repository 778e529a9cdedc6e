"""Booked times in plain words: what a visit is, how long, by when to cancel, what happens next and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from vardlots.booking.model import Appointment
from vardlots.booking.policy import is_late
from vardlots.clinics.model import Unit
from vardlots.configuration.booking_rules import BookingRules
from vardlots.platform import clock
from vardlots.platform.i18n import N_, joined, plural, text
from vardlots.platform.pages import clock_time
from vardlots.tickets.model import Contact, said
from vardlots.tickets.words import KINDS, day_in_words
from vardlots.triage.booking.days import moment_in_words, when_in_words

ICONS: Mapping[str, str] = {"digital": "message-circle", "physical": "map-pin", "telephone": "phone"}
# How long before the visit its page asks one to stay.
SOON = timedelta(minutes=15)
# Why somebody cancels, as the page offers it; what is chosen is kept in the language that the log is kept in.
CANCEL_REASONS = {
    "well": N_("Jag mår bra igen"),
    "cannot": N_("Tiden passar inte"),
    "elsewhere": N_("Jag har fått hjälp på annat sätt"),
    "other": N_("Annat skäl"),
}


def unbroken(words: str) -> str:
    """A time that stands on one line."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def kind_words(contact: str, minutes: tuple[int, int] | None, lang: str) -> str:
    """*Digitalt besök, 20 minuter*; a range where the free times are of several lengths."""
    kind = text(lang, KINDS[Contact(contact)])
    if minutes is None:
        return kind
    least, most = minutes
    length = (
        plural(lang, "{n} minut", "{n} minuter", most)
        if least == most
        else plural(lang, "{least}–{n} minuter", "{least}–{n} minuter", most, least=least)
    )
    return text(lang, "{kind}, {length}", kind=kind, length=unbroken(length))


def cancel_by(rules: BookingRules, starts_at: datetime) -> datetime:
    """The last moment at which cancelling or rebooking is in good time."""
    return starts_at - timedelta(hours=rules.late_hours)


def cancel_by_words(rules: BookingRules, starts_at: datetime, lang: str) -> str:
    """*Avboka senast mån 23 nov 09.40.*; what to do where that has passed already."""
    if is_late(rules, starts_at, clock.now()):
        return text(lang, "Får du förhinder, avboka så fort du kan.")
    when = unbroken(when_in_words(cancel_by(rules, starts_at), lang))
    return text(lang, "Avboka senast {when}.", when=when)


def late_words(rules: BookingRules, starts_at: datetime, lang: str) -> str:
    """That it is late to cancel now, with what that means; "" while there is time."""
    if not is_late(rules, starts_at, clock.now()):
        return ""
    by = unbroken(moment_in_words(cancel_by(rules, starts_at), lang))
    return text(
        lang,
        "Det är sent att avboka: du kunde göra det till {when}. Vi hinner kanske inte ge tiden till någon annan.",
        when=by,
    )


def span_words(starts_at: datetime, ends_at: datetime) -> str:
    """*09.40–10.00*."""
    return f"{clock_time(starts_at)}–{clock_time(ends_at)}"


def day_heading(moment: datetime, lang: str) -> str:
    """*Tisdag 24 november*."""
    day = day_in_words(clock.local(moment).date(), lang)
    return day[:1].upper() + day[1:]


def what_words(one: Appointment, lang: str) -> str:
    """What the time is, as it was named when it was booked; else how they meet."""
    return said(one.name, lang) or text(lang, KINDS[Contact(one.contact)])


def near(one: Appointment, unit: Unit, lang: str) -> dict[str, Any]:
    """How near the visit is: `title` always; `text` with what to do now, "" while there is nothing; `now`, `icon`."""
    now = clock.now()
    days = (clock.local(one.starts_at).date() - clock.today()).days
    found: dict[str, Any] = {"title": _days_words(days, lang), "text": "", "now": False, "icon": "clock"}
    if days > 0:
        return found
    if now >= one.ends_at:
        told = text(
            lang, "Tiden har passerat. Har ingen hört av sig, ring {unit} så hjälper de dig.", unit=unit.name
        )
        return found | {"title": _passed(one, lang), "text": told, "icon": "info"}
    if one.starts_at - now > SOON:
        return found
    started = now >= one.starts_at
    return found | {
        "title": text(lang, "Nu") if started else _minutes_words(one.starts_at - now, lang),
        "text": _now_words(one, unit, started, lang),
        "now": True,
        "icon": ICONS[one.contact],
    }


def _passed(one: Appointment, lang: str) -> str:
    return text(lang, "Började {when}", when=when_in_words(one.starts_at, lang))


def _days_words(days: int, lang: str) -> str:
    if days <= 0:
        return text(lang, "I dag")
    if days == 1:
        return text(lang, "I morgon")
    return plural(lang, "Om {n} dag", "Om {n} dagar", days)


def _minutes_words(left: timedelta, lang: str) -> str:
    minutes = -(-int(left.total_seconds()) // 60)
    return plural(lang, "Om {n} minut", "Om {n} minuter", max(minutes, 1))


def _now_words(one: Appointment, unit: Unit, started: bool, lang: str) -> str:
    if one.contact == Contact.DIGITAL:
        if started:
            return text(
                lang,
                "Du är på rätt ställe. Stanna här: besöket öppnas av sig självt när vårdpersonalen är redo.",
            )
        return text(lang, "Stanna här. Besöket öppnas på den här sidan av sig självt.")
    if one.contact == Contact.TELEPHONE:
        return text(lang, "Ha telefonen nära. {unit} ringer dig.", unit=unit.name)
    return text(lang, "{unit} väntar dig.", unit=unit.name)


def next_steps(
    one: Appointment, unit: Unit, rules: BookingRules, phone: str, who: str, lang: str, *, for_child: bool
) -> list[str]:
    """*Det här händer nu*: reminders, where to be and when, what to do when something comes in between."""
    when = unbroken(when_in_words(one.starts_at, lang))
    steps = [reminder_words(one, rules, phone, lang), _where_words(one, unit, when, phone, lang)]
    if one.contact == Contact.DIGITAL:
        steps.append(
            text(lang, "{who} öppnar besöket här på sidan och ni skriver till varandra.", who=who)
            if for_child
            else text(lang, "{who} öppnar besöket här på sidan, och du får svara i chatten.", who=who)
        )
    return [step for step in steps if step]


def reminder_words(one: Appointment, rules: BookingRules, phone: str, lang: str) -> str:
    """When a text reminds of the time; that none can be sent, where nobody has left a number."""
    if clock.now() >= one.starts_at:
        return ""
    at = _reminded_at(one, rules, lang)
    if not at:
        return ""
    if not phone:
        return text(lang, "Vi kan inte påminna dig med sms utan nummer. Skriv upp tiden.")
    return text(lang, "Vi påminner med sms till {phone} {when}.", phone=phone, when=at)


def _reminded_at(one: Appointment, rules: BookingRules, lang: str) -> str:
    parts = []
    if rules.remind_same_morning:
        parts.append(text(lang, "samma morgon"))
    if one.contact == Contact.DIGITAL and rules.remind_before:
        parts.append(plural(lang, "{n} minut före", "{n} minuter före", rules.before_minutes))
    if one.contact == Contact.DIGITAL and rules.remind_at_start:
        parts.append(text(lang, "när besöket börjar"))
    return listed(parts, lang)


def listed(parts: Sequence[str], lang: str) -> str:
    """*a, b och c*."""
    if len(parts) < 2:
        return "".join(parts)
    return text(lang, "{first} och {last}", first=joined(lang, *parts[:-1]), last=parts[-1])


def _where_words(one: Appointment, unit: Unit, when: str, phone: str, lang: str) -> str:
    if one.contact == Contact.DIGITAL:
        return text(
            lang,
            "Öppna den här sidan {when}. Besöket är här i telefonen, du ska inte åka någonstans.",
            when=when,
        )
    if one.contact == Contact.TELEPHONE:
        if phone:
            return text(lang, "{unit} ringer dig på {phone} {when}.", unit=unit.name, phone=phone, when=when)
        return text(lang, "{unit} ringer dig {when}.", unit=unit.name, when=when)
    if unit.address:
        return text(
            lang, "Kom till {unit}, {address}, {when}.", unit=unit.name, address=unit.address, when=when
        )
    return text(lang, "Kom till {unit} {when}.", unit=unit.name, when=when)


def place_words(one: Appointment, unit: Unit, lang: str) -> tuple[str, str]:
    """Where it is, and the address under it ("" for none)."""
    if one.contact == Contact.DIGITAL:
        return text(lang, "Här i telefonen"), unit.name
    if one.contact == Contact.TELEPHONE:
        return text(lang, "På telefon"), unit.name
    return unit.name, unit.address or ""
