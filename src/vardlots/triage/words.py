"""Times, places and people in plain words, for the patient's pages."""

from typing import Any

import phonenumbers

from vardlots.cases.waiting import Wait
from vardlots.clinics.model import ROLES, Role, role_of
from vardlots.people.queries import Person, age_in_years
from vardlots.platform import clock, i18n
from vardlots.platform.i18n import N_
from vardlots.triage.configured import version_words
from vardlots.triage.news import News
from vardlots.triage.queries import Kept


def wait_words(wait: Wait | None, lang: str) -> str | None:
    """A wait as a range: *10–25 minuter*, *1–3 timmar*, *högst 10 minuter*. None stays None: nobody can tell."""
    if wait is None:
        return None
    if wait.most <= 90:
        if wait.least == 0:
            return i18n.plural(lang, "högst {n} minuter", "högst {n} minuter", wait.most)
        return i18n.plural(lang, "{least}–{n} minuter", "{least}–{n} minuter", wait.most, least=wait.least)
    most = _hours(wait.most, lang)
    if wait.least < 60:
        least = max(wait.least, 5)
        return i18n.plural(
            lang, "{n} minuter till {most} timmar", "{n} minuter till {most} timmar", least, most=most
        )
    return i18n.text(lang, "{least}–{most} timmar", least=_hours(wait.least, lang), most=most)


def _hours(minutes: int, lang: str) -> str:
    """Hours to the half."""
    halves = round(minutes / 30)
    whole, half = divmod(halves, 2)
    return f"{whole}{(',' if lang == 'sv' else '.') + '5' if half else ''}"


def person_words(person: Person, lang: str) -> str:
    """*Tuva, 6 år*."""
    return i18n.text(
        lang, "{name}, {age} år", name=person.given_name, age=age_in_years(person.birth_date, clock.today())
    )


def about_words(kept: Kept, lang: str) -> str:
    """Who an interview is about, where that is not the reader: *Tuva, 6 år*."""
    if not kept.for_child:
        return ""
    return i18n.text(lang, "{name}, {age} år", name=kept.given_name, age=kept.subject.age_years)


# The product's own roles as somebody is spoken of; what a provider calls a role otherwise is said as it stands.
_SOMEBODY = {
    "nurse": N_("En sjuksköterska"),
    "physician": N_("En läkare"),
    "physiotherapist": N_("En fysioterapeut"),
    "occupational_therapist": N_("En arbetsterapeut"),
    "psychologist": N_("En psykolog"),
    "counsellor": N_("En kurator"),
    "dietitian": N_("En dietist"),
    "midwife": N_("En barnmorska"),
    "dental": N_("Tandvården"),
    "medical_admin": N_("En medicinsk administratör"),
}


def who_reads(role: Role | str, lang: str) -> str:
    """*En sjuksköterska*: who will read the answers. A role by its code is the product's own."""
    role = role_of(role) if isinstance(role, str) else role
    if not role.patient_sees or not role.cares:
        return i18n.text(lang, "Vårdpersonal")
    own = ROLES.get(role.code)
    if own is not None and own.label == role.label and role.code in _SOMEBODY:
        return i18n.text(lang, _SOMEBODY[role.code])
    return role.said(lang)


def title_words(title: str, lang: str) -> str:
    """A staff member's title for the patient; of whoever has none that patients see, only that they work here."""
    return i18n.text(lang, title) if title else i18n.text(lang, "Vårdpersonal")


def mobile_words(mobile: str | None) -> str:
    """A number as people write it: 070-174 06 12."""
    if not mobile:
        return ""
    try:
        number = phonenumbers.parse(mobile, "SE")
    except phonenumbers.NumberParseException:
        return mobile
    kind = phonenumbers.PhoneNumberFormat
    chosen = kind.NATIONAL if number.country_code == 46 else kind.INTERNATIONAL
    return str(phonenumbers.format_number(number, chosen))


def mobile_in_text(mobile: str | None) -> str:
    """The same number for the middle of a sentence: it is never broken over two lines."""
    return mobile_words(mobile).replace(" ", "\N{NO-BREAK SPACE}").replace("-", "-\N{WORD JOINER}")


def initials(name: str) -> str:
    """ES for Elin Sjöqvarn."""
    parts = name.split()
    return "".join(part[:1] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


def protocol_words(title: str, version: int, lang: str) -> str:
    """A protocol and its version: *Halsont version 1*, *Halsont version 3 hos vårdgivaren* for the provider's own."""
    number, own = version_words(version)
    if own:
        return i18n.text(
            lang, "{complaint} version {version} hos vårdgivaren", complaint=title, version=number
        )
    return i18n.text(lang, "{complaint} version {version}", complaint=title, version=number)


def shell(name: str, tab: str = "", news: News | None = None) -> dict[str, Any]:
    """What `patient.html` wants around every page of somebody signed in; `news` where the page has tabs."""
    return {
        "user": {"name": name, "initials": initials(name)},
        "tab": tab,
        "counts": {"cases": news.cases, "messages": news.messages} if news else {},
        "tabs_topic": f"person:{news.reader}" if news else "",
        "links": {"home": "/", "me": "/my/profile"},
    }
