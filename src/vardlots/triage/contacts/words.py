"""Contacts in the patient's words: who they are, who answers now, and when to expect it."""

from datetime import date, datetime, timedelta
from typing import Any

from vardlots.access.actor import PatientActor
from vardlots.clinics.hours import hours_of, spans
from vardlots.clinics.model import Unit
from vardlots.contacts.model import Contact
from vardlots.contacts.queries import Answers
from vardlots.people.queries import Person
from vardlots.platform import clock, i18n
from vardlots.platform.pages import day_words
from vardlots.triage import words
from vardlots.triage.configured import Practice
from vardlots.triage.services import ANSWER_DAYS

# Longer than any unit is closed.
LOOK_AHEAD_DAYS = 60


def ask_words(contact: Contact, practice: Practice, about: Person, by: PatientActor) -> str:
    """*Fråga din fasta vårdkontakt*, *Fråga behandlande läkare*."""
    lang = by.lang
    if contact.staff_id is None:
        role = practice.roles.said(contact.role, lang).lower()
        return i18n.text(lang, "Fråga behandlande {role}", role=role)
    if about.person_id != by.person_id:
        return i18n.text(lang, "Fråga vårdkontakten för {name}", name=about.given_name)
    return i18n.text(lang, "Fråga din fasta vårdkontakt")


def who_words(contact: Contact, practice: Practice, title: str, lang: str) -> str:
    """*Ylva Tallvik, sjuksköterska på Ängsviken*; of a role *Läkare på Ängsviken*. `title` as patients may read it."""
    if contact.staff_id is None:
        role = practice.roles.said(contact.role, lang)
        return i18n.text(lang, "{role} på {unit}", role=role, unit=contact.unit_name)
    said = words.title_words(title, lang).lower()
    return i18n.text(lang, "{name}, {title} på {unit}", name=contact.name, title=said, unit=contact.unit_name)


def place_words(contact: Contact, title: str, lang: str) -> str:
    """*Sjuksköterska på Ängsviken*, under the person's name; of a role only where."""
    if contact.staff_id is None:
        return contact.unit_name
    return i18n.text(
        lang, "{title} på {unit}", title=words.title_words(title, lang).capitalize(), unit=contact.unit_name
    )


def answers_words(answers: Answers, role: str, unit: Unit, practice: Practice, lang: str) -> str:
    """Who reads and answers now, and in whose place: whole sentences."""
    by_role = i18n.text(
        lang, "{who} på {unit} läser.", who=words.who_reads(practice.roles.of(role), lang), unit=unit.name
    )
    if answers.staff_id is None:
        away = _away(answers, unit, lang)
        return f"{away} {by_role}" if away else by_role
    title = words.title_words(answers.title, lang).lower()
    if not answers.instead_of:
        return i18n.text(lang, "{name}, {title}, läser.", name=answers.name, title=title)
    instead = i18n.text(lang, "{name}, {title}, läser i stället.", name=answers.name, title=title)
    return f"{_away(answers, unit, lang)} {instead}"


def stands_in_words(answers: Answers, unit: Unit, practice: Practice, role: str, lang: str) -> str:
    """Who answers in whose place in a case that somebody has; "" where nobody is away."""
    return answers_words(answers, role, unit, practice, lang) if answers.instead_of else ""


def _away(answers: Answers, unit: Unit, lang: str) -> str:
    if not answers.instead_of:
        return ""
    if answers.until is None:
        return i18n.text(
            lang, "{name} arbetar inte på {unit} längre.", name=answers.instead_of, unit=unit.name
        )
    until = _unbroken(day_words(answers.until, lang))
    return i18n.text(lang, "{name} är borta till och med {day}.", name=answers.instead_of, day=until)


def answered_by(unit: Unit, now: datetime, days: int) -> date | None:
    """The day by which something sent now is answered: the unit's so many-th open day after today. None where it never
    opens."""
    today = clock.local(now).date()
    begins = (
        clock.local(one.starts).date()
        for one in spans(hours_of(unit), today + timedelta(days=1), LOOK_AHEAD_DAYS)
    )
    ahead = sorted(set(begins))
    return ahead[days - 1] if len(ahead) >= days else None


def expect_words(practice: Practice, reason: str, unit: Unit, lang: str) -> str:
    """*Räkna med svar senast tis 24 nov.*; "" for a unit that never opens."""
    return promised_words(answer_day(practice, reason, unit), lang)


def answer_day(practice: Practice, reason: str, unit: Unit) -> date | None:
    """The day by which what is sent now for a reason is answered; None for a unit that never opens."""
    found = practice.reasons.get(reason)
    return answered_by(unit, clock.now(), found.answer_days if found else ANSWER_DAYS)


def promised_words(day: date | None, lang: str) -> str:
    """The promise in words; "" where there is none."""
    return i18n.text(lang, "Räkna med svar senast {day}.", day=_unbroken(day_words(day, lang))) if day else ""


def _unbroken(day: str) -> str:
    """A day that stands on one line."""
    return day.replace(" ", "\N{NO-BREAK SPACE}")


def contact_row(
    contact: Contact, practice: Practice, title: str, about: Person, by: PatientActor
) -> dict[str, Any]:
    """The contact in the list of what can be done from home."""
    return {
        "href": f"/my/contacts/{contact.ref}",
        "label": ask_words(contact, practice, about, by),
        "sub": who_words(contact, practice, title, by.lang),
        "icon": "message-circle-heart",
    }
