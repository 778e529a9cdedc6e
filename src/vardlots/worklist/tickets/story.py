"""What has become of a ticket, in words: facts, events, forms, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vardlots.conversations.forms.model import State as FormState
from vardlots.forms.text import say
from vardlots.platform import clock
from vardlots.platform.i18n import N_, text
from vardlots.tickets.forms.model import TicketForm
from vardlots.tickets.model import Kind, State
from vardlots.tickets.words import NEXT_STEPS, Step, day_in_words, how_far, last_day, next_step, ticket_why
from vardlots.worklist.shell import Desk
from vardlots.worklist.tickets.drawn import moment, state_words

if TYPE_CHECKING:
    from vardlots.worklist.tickets.one import View

_NOTICES = {
    "queued": N_("Sms på väg"),
    "sent": N_("Sms skickat"),
    "delivered": N_("Sms framme"),
    "failed": N_("Sms kom inte fram"),
    "no_number": N_("Inget sms, numret saknas"),
    "protected": N_("Inget sms, skyddade personuppgifter"),
}


def facts(found: View, desk: Desk) -> list[dict[str, str]]:
    """Where it is used and until when, who sent it, from where."""
    lang, one = desk.lang, found.ticket
    where = found.unit.name
    if one.to_provider_id != one.provider_id:
        where = f"{found.unit.name}, {found.unit.provider_name}"
    until = text(lang, "ingen sista dag")
    if one.valid_until is not None:
        until = day_in_words(last_day(one.valid_until), lang)
    rows = [
        (text(lang, "Används hos"), f"{where}, {desk.known.role_name(one.role, lang).lower()}"),
        (text(lang, "Gäller till och med"), until),
        (text(lang, "Skickad av"), found.sender or text(lang, "Triagen")),
        (text(lang, "Från"), f"{found.from_unit.name}, {desk.known.role_name(one.from_role, lang).lower()}"),
    ]
    if one.booking_for:
        rows.append((text(lang, "Låser upp"), one.booking_for))
    return [{"label": label, "value": value} for label, value in rows]


def state(found: View, lang: str) -> dict[str, str]:
    """The state as it is now, and how far the patient came."""
    one = found.ticket
    now = one.state_at(clock.now())
    kinds = {State.USED: "ok", State.EXPIRED: "notice", State.DECLINED: "notice", State.OPENED: "info"}
    return {
        "label": state_words(one, lang),
        "kind": kinds.get(now, ""),
        "far": "" if now in (State.USED, State.WITHDRAWN) else how_far(one, lang, _asked(found)),
    }


def _asked(found: View) -> tuple[int, int] | None:
    if not found.forms:
        return None
    return sum(one.done for one in found.forms), sum(one.total for one in found.forms)


def events(found: View, desk: Desk) -> list[dict[str, str]]:
    """What has happened, the oldest first."""
    lang, one = desk.lang, found.ticket
    rows: list[tuple[Any, str, str, str, str]] = []
    visit = f"/staff/cases/{one.provider_id}-{one.from_case_id}" if one.from_case_id else ""
    notice = text(lang, _NOTICES[one.notice_state]) if one.notice_state in _NOTICES else ""
    sent = (
        text(lang, "{who} skickade biljetten", who=found.sender)
        if found.sender
        else text(lang, "Patienten fick biljetten av triagen")
    )
    rows.append((one.issued_at, "send", sent, notice, visit))
    if one.opened_at is not None:
        rows.append((one.opened_at, "eye", text(lang, "Patienten öppnade biljetten"), "", ""))
    for form in found.forms:
        if form.answered_at is not None:
            title = say(form.form.title, lang)
            rows.append(
                (form.answered_at, "clipboard-check", text(lang, "{title} besvarades", title=title), "", "")
            )
    if (last := _last(found, lang)) is not None:
        rows.append(last)
    if one.acknowledged_at is not None:
        looked = text(lang, "{who} vidimerade", who=found.looked)
        rows.append((one.acknowledged_at, "badge-check", looked, "", ""))
    return [
        {"at": moment(at, lang), "icon": icon, "text": said, "more": more, "href": href}
        for at, icon, said, more, href in sorted(rows, key=lambda row: row[0])
    ]


def _last(found: View, lang: str) -> tuple[Any, str, str, str, str] | None:
    """How it ended; None while it has not."""
    one = found.ticket
    why = ticket_why(one, lang)
    match one.state_at(clock.now()):
        case State.USED if one.kind is Kind.FORM:
            return None
        case State.USED:
            own = one.case_id is not None and one.to_provider_id == one.provider_id
            href = f"/staff/cases/{one.to_provider_id}-{one.case_id}" if own else ""
            told = text(lang, "Patienten använde biljetten")
            if one.moved_by_kind == "staff":
                told = text(lang, "{who} bokade åt patienten", who=one.moved_by_name)
            return one.moved_at, "circle-check", told, "", href
        case State.DECLINED:
            return one.moved_at, "x", text(lang, "Patienten tackade nej"), why, ""
        case State.WITHDRAWN:
            who = one.moved_by_name
            return one.moved_at, "undo-2", text(lang, "{who} tog tillbaka biljetten", who=who), why, ""
        case State.EXPIRED:
            assert one.valid_until is not None
            return one.valid_until, "clock-alert", text(lang, "Biljettens tid gick ut"), "", ""
    return None


def forms(found: View, lang: str) -> list[dict[str, Any]]:
    """The forms with how far each has come; *Se svar* where there are any. The receiver's own are not the sender's."""
    base = f"/staff/tickets/{found.ticket.ref}/forms"
    return [
        {
            "title": say(form.form.title, lang),
            "line": form_line(form, lang),
            "done": form.done,
            "total": form.total,
            "answered": form.state is FormState.ANSWERED,
            "href": f"{base}/{form.place}" if form.done and form.kind == "form" else "",
        }
        for form in found.forms
    ]


def form_line(form: TicketForm, lang: str) -> str:
    """*Besvarat fredag 27 november 09.52*, or how far."""
    if form.answered_at is not None:
        return text(lang, "Besvarat {time}", time=moment(form.answered_at, lang))
    if not form.done:
        return text(lang, "Inte påbörjat") if form.opened_at is None else text(lang, "Öppnat, inget svar än")
    return text(lang, "{done} av {total} svar, inte inskickat", done=form.done, total=form.total)


def next_steps(found: View, lang: str) -> dict[str, Any]:
    """What the routine suggests when the ticket is over, with the ways to do it."""
    one = found.ticket
    step = next_step(one)
    protected = found.person.protected
    return {
        "said": text(lang, NEXT_STEPS[step]),
        "chat": f"/staff/patients/{found.person.main_id}/chat?ticket={one.ref}" if step in _REACHES else "",
        "letter": f"/staff/tickets/{one.ref}/letter" if step in _REACHES and not protected else "",
        "chat_first": step is Step.CHAT,
    }


_REACHES = (Step.CHAT, Step.LETTER)
