"""Whom a page of staff's is about, and from where something is sent or booked for them."""

import msgspec

from vardlots.people.queries import Person
from vardlots.platform.i18n import text
from vardlots.worklist.visit_read import Visit


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """From where: the page's own address, the way back, the patient, the visit where there is one.

    `active` is the place in the menu. With `rebooks` it is the visit itself that gets a new time.
    """

    action: str
    back: str
    person_id: int
    visit: Visit | None = None
    active: str = "patients"
    rebooks: bool = False


def who_words(about: Person, lang: str) -> dict[str, str]:
    """Name, number, and that somebody is protected, who is not named."""
    return {
        "name": text(lang, "Skyddad") if about.protected else about.name,
        "number": about.number_words,
        "protected": text(lang, "Skyddade personuppgifter") if about.protected else "",
    }
