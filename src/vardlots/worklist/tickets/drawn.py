"""A ticket as staff's lists show it: words, addresses, how far it has come."""

from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.people.queries import age_in_years
from vardlots.platform import clock
from vardlots.platform.i18n import N_, text
from vardlots.platform.pages import clock_time, day_words, when_words
from vardlots.tickets.model import Contact, Kind, State, Ticket
from vardlots.tickets.queries import Listed
from vardlots.tickets.words import STATES, how_far, last_day
from vardlots.worklist.shell import Desk

ICONS = {Kind.BOOKING: "calendar-plus", Kind.DROP_IN: "log-in", Kind.FORM: "clipboard-list"}
KINDS = {Kind.BOOKING: N_("Boka besök"), Kind.DROP_IN: N_("Drop in"), Kind.FORM: N_("Formulär")}
_WHERE = {Contact.DIGITAL: N_("digitalt"), Contact.PHYSICAL: N_("på plats"), Contact.TELEPHONE: N_("telefon")}
_CHIPS = {
    State.ISSUED: "",
    State.OPENED: "info",
    State.USED: "ok",
    State.DECLINED: "notice",
    State.WITHDRAWN: "",
    State.EXPIRED: "notice",
}


def kind_words(one: Ticket, lang: str) -> str:
    """*Boka besök, på plats*, *Drop in*, *Formulär*."""
    kind = text(lang, KINDS[one.kind])
    return f"{kind}, {text(lang, _WHERE[one.contact])}" if one.kind is Kind.BOOKING else kind


def state_words(one: Ticket, lang: str) -> str:
    """*Besvarat* for a form that has been sent in: nobody uses a form."""
    state = one.state_at(clock.now())
    if state is State.OPENED:
        return text(lang, "Öppnad")
    if state is State.USED and one.kind is Kind.FORM:
        return text(lang, "Besvarad")
    return text(lang, STATES[state])


def who_words(listed: Listed, lang: str) -> dict[str, str]:
    """Initials and age, as every list of staff's; of the protected no more than that they are."""
    if listed.protected:
        return {"shield": text(lang, "Skyddad"), "who": ""}
    names = listed.patient.split()
    initials = " ".join(name[:1] for name in (names[0], names[-1]))
    age = age_in_years(listed.birth_date, clock.today())
    return {"shield": "", "who": text(lang, "{initials}, {n} år", initials=initials.upper(), n=age)}


def ended_words(one: Ticket, lang: str) -> str:
    """When it last changed. What ran out has its last day, as the patient reads it, whenever that was written down."""
    if one.state_at(clock.now()) is State.EXPIRED and one.valid_until:
        return day_words(last_day(one.valid_until), lang)
    return when_words(one.moved_at, lang)


def draw(listed: Listed, desk: Desk) -> dict[str, Any]:
    """One row of the list of what was sent."""
    lang, one = desk.lang, listed.ticket
    now = clock.now()
    state = one.state_at(now)
    waits = one.waits_at(now)
    moved = ended_words(one, lang)
    asked = (listed.answered, listed.asked) if listed.asked else None
    return {
        "ref": str(one.ref),
        "href": f"/staff/tickets/{one.ref}",
        "icon": ICONS[one.kind],
        "kind": kind_words(one, lang),
        "reason": desk.pen.names[one.reason],
        **who_words(listed, lang),
        "sent": when_words(one.issued_at, lang),
        "sender": listed.sender or text(lang, "Triagen"),
        "unit": listed.unit,
        "role": desk.known.role_name(one.role, lang),
        "until": day_words(last_day(one.valid_until), lang) if one.valid_until and waits else "",
        "state": state_words(one, lang),
        "chip": _CHIPS[state],
        "moved": "" if waits else moved,
        "far": how_far(one, lang, asked) if _tells(one, state) else "",
    }


def _tells(one: Ticket, state: State) -> bool:
    """Whether how far the patient came says more than the state does."""
    if state is State.OPENED:
        return bool(one.forms_total)
    return state in (State.DECLINED, State.EXPIRED)


def moment(at: Any, lang: str) -> str:
    """*fredag 27 november 09.52*, with the year where it is another."""
    day = day_words(at, lang)
    year = clock.local(at).year
    return f"{day} {clock_time(at)}" if year == clock.today().year else f"{day} {year} {clock_time(at)}"


def at_home(by: StaffActor, one: Ticket) -> bool:
    """Whether the ticket is the actor's own units': they may read it whole."""
    return any(by.at_home(unit_id) for unit_id in one.units)


def draw_card(one: Ticket, asked: tuple[int, int], desk: Desk) -> dict[str, Any]:
    """A ticket as a card in the visit that it was sent from; `moves` while it can still become something else."""
    lang = desk.lang
    state = one.state_at(clock.now())
    waits = one.waits_at(clock.now())
    until = ""
    if waits and one.valid_until is not None:
        until = text(lang, "gäller till och med {day}", day=day_words(last_day(one.valid_until), lang))
    far = how_far(one, lang, asked if asked[1] else None) if waits else ""
    own_case = one.case_id is not None and one.to_provider_id == one.provider_id
    return {
        "href": f"/staff/tickets/{one.ref}",
        "kind": kind_words(one, lang),
        "reason": desk.pen.names[one.reason],
        "state": state_words(one, lang),
        "chip": _CHIPS[state],
        "line": ", ".join(part for part in (far, until) if part),
        "after_end": waits and one.kind is Kind.DROP_IN,
        "visit": f"/staff/cases/{one.to_provider_id}-{one.case_id}" if own_case else "",
        "moves": waits,
    }
