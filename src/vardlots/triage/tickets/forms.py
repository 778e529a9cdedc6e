"""The forms of a ticket as its page lists them: how far one has come with each, and the one that is next."""

from collections.abc import Sequence
from typing import Any

from vardlots.access.actor import PatientActor
from vardlots.conversations.forms.model import State
from vardlots.forms.text import say
from vardlots.platform import clock, i18n
from vardlots.platform.db import Connection
from vardlots.platform.pages import when_words
from vardlots.tickets import policy
from vardlots.tickets.forms.model import TicketForm
from vardlots.tickets.forms.queries import forms_of
from vardlots.tickets.model import Deed, Ticket


async def forms_context(connection: Connection, found: Ticket, by: PatientActor) -> dict[str, Any]:
    """What `triage/ticket_forms.html` draws: `forms` as rows, `form_left` the next one to answer (href, label) or None,
    `forms_line` *1 av 3 besvarade*. Without forms nothing is asked of the database."""
    if not found.forms_total:
        return {"forms": [], "form_left": None, "forms_line": ""}
    forms = await forms_of(connection, found.ref)
    answers = found.waits_at(clock.now()) and policy.may(by, Deed.ANSWER, found) is None
    return {
        "forms": [_row(one, by, answers=answers) for one in forms],
        "form_left": _next(forms, by.lang) if answers else None,
        "forms_line": i18n.text(
            by.lang, "{done} av {total} besvarade", done=found.forms_done, total=found.forms_total
        )
        if found.forms_total > 1
        else "",
    }


def _row(form: TicketForm, by: PatientActor, *, answers: bool) -> dict[str, Any]:
    done = form.state is State.ANSWERED
    opens = done or answers
    return {
        "href": address(form) if opens else "",
        "label": say(form.form.title, by.lang),
        "sub": _how_far(form, by.lang),
        "icon": "clipboard-check" if done else "clipboard-list",
        "done": done,
    }


def _how_far(form: TicketForm, lang: str) -> str:
    match form.state:
        case State.ANSWERED:
            assert form.answered_at is not None
            return i18n.text(lang, "Skickat {time}", time=when_words(form.answered_at, lang))
        case State.BEGUN:
            return i18n.text(lang, "{done} av {total} svar", done=form.done, total=form.total)
    return i18n.plural(lang, "En fråga", "{n} frågor", form.total)


def _next(forms: Sequence[TicketForm], lang: str) -> dict[str, str] | None:
    form = next((one for one in forms if one.state is not State.ANSWERED), None)
    if form is None:
        return None
    begun = form.state is State.BEGUN or form.place > 1
    label = i18n.text(lang, "Fortsätt svara") if begun else i18n.text(lang, "Svara på frågorna")
    return {"href": address(form), "label": label}


def address(form: TicketForm) -> str:
    """Where the form's pages are."""
    return f"/my/tickets/{form.ref}/forms/{form.place}"
