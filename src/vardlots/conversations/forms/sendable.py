"""Which forms staff may send into a conversation, and what a patient's form begins with."""

from typing import Any

from vardlots.configuration.book import Book
from vardlots.conversations.forms.measures import is_measured
from vardlots.conversations.forms.walk import has_files, pages_of
from vardlots.forms.configured import FORM, NEEDED, FormText, in_force, library
from vardlots.forms.filling import begin
from vardlots.forms.model import Form, ItemType
from vardlots.people.queries import Person


def sendable(saved: Book) -> dict[str, Form]:
    """The forms that new answers may be asked for in a chat, by code: the provider's own and the files'.

    Not those that the product asks itself (before the queue), and none that wants a file: pictures are sent as
    messages.
    """
    codes = {form.code for form in library().newest()} | set(saved.saved(FORM, FormText))
    found: dict[str, Form] = {}
    for code in sorted(codes):
        if code in NEEDED or saved.is_removed(FORM, code):
            continue
        form = in_force(saved, code)
        if _suits(form):
            found[code] = form
    return found


def _suits(form: Form) -> bool:
    """Whether it asks something, and nothing that the chat cannot ask."""
    return not has_files(form) and questions_in(form) > 0


def questions_in(form: Form) -> int:
    """About how many questions it has: those shown from the start."""
    return sum(max(len(page.asks), 1) for page in pages_of(begin(form)))


def gives(form: Form) -> str:
    """What a form is looked for by: "measures" (values with a unit to follow), "score", or "" for plain questions."""
    items = [place.item for place in form.places.values()]
    counted = (ItemType.INTEGER, ItemType.DECIMAL)
    if any(item.is_computed and item.type in counted and not item.unit and not item.hidden for item in items):
        return "score"
    return "measures" if any(is_measured(item) and item.unit for item in items) else ""


def known_of(person: Person) -> dict[str, Any]:
    """What is known of the patient as a form is sent, in FHIR's words: what initial values may read as `%patient`."""
    told: dict[str, Any] = {"resourceType": "Patient", "birthDate": person.birth_date.isoformat()}
    return {"patient": told | ({"gender": person.sex} if person.sex else {})}
