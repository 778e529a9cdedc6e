"""Tickets in plain words."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from vardlots.clinics.words import month_words, weekday_words
from vardlots.platform import clock
from vardlots.platform.i18n import N_, text
from vardlots.tickets.model import ANSWERED_ANEW, Contact, Kind, State, Ticket

# Why somebody declines, as the page offers it; what is chosen is kept in the language that the log is kept in.
DECLINE_REASONS = {
    "well": N_("Jag mår bra igen"),
    "elsewhere": N_("Jag har fått hjälp på annat sätt"),
    "cannot": N_("Jag kan inte komma"),
    "other": N_("Annat skäl"),
}
KINDS = {
    Contact.DIGITAL: N_("Digitalt besök"),
    Contact.PHYSICAL: N_("Besök på plats"),
    Contact.TELEPHONE: N_("Telefonsamtal"),
}
HEADINGS = {
    Contact.DIGITAL: N_("Boka ett digitalt besök"),
    Contact.PHYSICAL: N_("Boka ett besök"),
    Contact.TELEPHONE: N_("Boka ett telefonsamtal"),
}
# What a ticket is called that is not for a time to book.
OTHER_HEADINGS = {
    Kind.DROP_IN: N_("Ställ dig i kön till ett digitalt besök"),
    Kind.FORM: N_("Svara på formulär"),
}
NAMES = {
    Kind.BOOKING: N_("Bokningsbiljett"),
    Kind.DROP_IN: N_("Drop in-biljett"),
    Kind.FORM: N_("Formulär"),
}
STATES = {
    State.ISSUED: N_("Inte öppnad"),
    State.OPENED: N_("Öppnad, inte bokad"),
    State.USED: N_("Använd"),
    State.DECLINED: N_("Avböjd"),
    State.WITHDRAWN: N_("Tillbakatagen"),
    State.EXPIRED: N_("Gick ut"),
}


def last_day(valid_until: datetime) -> date:
    """The last day on which a ticket can be used."""
    return clock.local(valid_until - timedelta(seconds=1)).date()


def day_in_words(day: date, lang: str) -> str:
    """*fredag 27 november*, with the year where it is another than this one."""
    said = text(
        lang,
        "{weekday} {day} {month}",
        weekday=weekday_words(day.weekday(), lang),
        day=day.day,
        month=month_words(day.month, lang),
    )
    return said if day.year == clock.today().year else f"{said} {day.year}"


def book_by(valid_until: datetime | None, lang: str) -> str:
    """*Boka senast fredag 27 november*; that there is no last day, where there is none."""
    if valid_until is None:
        return text(lang, "Det finns ingen sista dag att boka")
    day = last_day(valid_until)
    if day == clock.today():
        return text(lang, "Boka i dag, det är sista dagen")
    if day == clock.today() + timedelta(days=1):
        return text(lang, "Boka senast i morgon, {day}", day=day_in_words(day, lang))
    return text(lang, "Boka senast {day}", day=day_in_words(day, lang))


def heading(kind: Kind, contact: Contact, lang: str) -> str:
    """What a ticket is for, as the patient reads it: *Boka ett digitalt besök*, *Svara på formulär*."""
    return text(lang, HEADINGS[contact] if kind is Kind.BOOKING else OTHER_HEADINGS[kind])


def use_by(ticket: Ticket, lang: str) -> str:
    """Until when a ticket holds, as `until_words`."""
    return until_words(ticket.kind, ticket.valid_until, lang)


def until_words(kind: Kind, valid_until: datetime | None, lang: str) -> str:
    """*Boka senast fredag 27 november*, *Svara senast …*, *Ställ dig i kön senast …*."""
    if kind is Kind.BOOKING:
        return book_by(valid_until, lang)
    if valid_until is None:
        return text(lang, "Ingen sista dag")
    day = last_day(valid_until)
    today = day == clock.today()
    when = day_in_words(day, lang)
    if kind is Kind.FORM:
        return (
            text(lang, "Svara i dag, det är sista dagen")
            if today
            else text(lang, "Svara senast {day}", day=when)
        )
    return (
        text(lang, "Ställ dig i kön i dag, det är sista dagen")
        if today
        else text(lang, "Ställ dig i kön senast {day}", day=when)
    )


def state_line(ticket: Ticket, lang: str) -> str:
    """What has become of a ticket, for the patient: by when to book, or when and how it ended."""
    when = day_in_words(clock.local(ticket.moved_at).date(), lang)
    match ticket.state_at(clock.now()):
        case State.USED if ticket.kind is Kind.FORM:
            return text(lang, "Besvarat {day}", day=when)
        case State.USED:
            return text(lang, "Använd {day}", day=when)
        case State.DECLINED:
            return text(lang, "Avböjd {day}", day=when)
        case State.WITHDRAWN:
            return text(lang, "Vården tog tillbaka biljetten {day}", day=when)
        case State.EXPIRED:
            assert ticket.valid_until is not None
            return text(lang, "Gick ut {day}", day=day_in_words(last_day(ticket.valid_until), lang))
    return use_by(ticket, lang)


def ticket_why(ticket: Ticket, lang: str) -> str:
    """Why a ticket is over, as whoever ended it said; "" where nobody had to."""
    if ticket.why is None:
        return ""
    if ticket.why == ANSWERED_ANEW:
        return text(lang, "Frågorna har besvarats på nytt efter det.")
    return text(lang, ticket.why)


def how_far(ticket: Ticket, lang: str, asked: tuple[int, int] | None = None) -> str:
    """How far the patient has come, or came before it was over, for staff [002, questions 8–10]: *Inte öppnad*,
    *Öppnad, inte bokad*, *Formulär 1 av 3 besvarat*, *Besvarat men inte bokat*. `asked`: how many questions of
    all its forms are done, and how many there are."""
    if ticket.opened_at is None and not ticket.forms_done and not (asked and asked[0]):
        return text(lang, "Inte öppnad")
    if not ticket.forms_total:
        return _not_used(ticket, lang)
    if ticket.forms_left:
        if asked and asked[0]:
            return text(
                lang, "Formulär besvarat till {done} av {total} frågor", done=asked[0], total=asked[1]
            )
        return text(
            lang, "Formulär {done} av {total} besvarat", done=ticket.forms_done, total=ticket.forms_total
        )
    match ticket.kind:
        case Kind.BOOKING:
            return text(lang, "Besvarat men inte bokat")
        case Kind.DROP_IN:
            return text(lang, "Besvarat men inte i kö")
    return text(lang, "Formuläret är besvarat")


def _not_used(ticket: Ticket, lang: str) -> str:
    match ticket.kind:
        case Kind.BOOKING:
            return text(lang, "Öppnad, inte bokad")
        case Kind.DROP_IN:
            return text(lang, "Öppnad, inte i kö")
    return text(lang, "Öppnad")


def what_happened(ticket: Ticket, lang: str) -> str:
    """What a *vidimering* is called: the ticket ran out, was declined, or its form has been answered."""
    match ticket.state_at(clock.now()):
        case State.EXPIRED:
            return text(lang, "Biljett utgått")
        case State.DECLINED:
            return text(lang, "Biljett avböjd")
        case State.USED if ticket.kind is Kind.FORM:
            return text(lang, "Formulär besvarat")
    return text(lang, STATES[ticket.state_at(clock.now())])


class Step(StrEnum):
    """What to do next about a ticket that is over: ask in a chat, write a letter, read the answers, nothing."""

    CHAT = "chat"
    LETTER = "letter"
    READ = "read"
    NONE = "none"


def next_step(ticket: Ticket) -> Step:
    """What the routine suggests: a letter where it was never opened, a chat where somebody began [002, questions 9–10].

    What 1177 by phone has sent is not followed up [003].
    """
    if ticket.kind is Kind.FORM and ticket.state is State.USED:
        return Step.READ
    if ticket.state is State.DECLINED or ticket.kind is Kind.DROP_IN:
        return Step.NONE
    return Step.LETTER if ticket.opened_at is None else Step.CHAT


NEXT_STEPS = {
    Step.CHAT: N_("Starta en chatt och fråga vad som hände"),
    Step.LETTER: N_("Skicka ett brev, eller ta kontakt på annat sätt"),
    Step.READ: N_("Läs svaren"),
    Step.NONE: N_("Inget mer behöver göras"),
}
