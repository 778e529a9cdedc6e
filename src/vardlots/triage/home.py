"""The patient's first page: what waits for them, what they can do, their cases; and 112."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, somebody
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.cases.model import Phase
from vardlots.cases.policy import is_errand_message
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.contacts.model import Contact
from vardlots.contacts.queries import contacts_of
from vardlots.forms.text import say
from vardlots.people.queries import Person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, SignInNeeded
from vardlots.platform.pages import when_words
from vardlots.tickets.model import Kind, State, Ticket
from vardlots.tickets.queries import tickets_of
from vardlots.tickets.words import book_by, use_by
from vardlots.triage import queries, words
from vardlots.triage.booking.home_rows import booked_rows, booked_words, first_free
from vardlots.triage.configured import practice_of
from vardlots.triage.contacts.words import contact_row
from vardlots.triage.news import News, news
from vardlots.triage.queries import Kept, OwnCase

SHOWN = 6
FEW_DAYS = timedelta(days=7)


def chosen_person(request: Web, household: dict[int, Person], by: PatientActor) -> Person:
    """Who the page is about: `?for=`, else the actor. Raises NotFound for anybody they may not act for."""
    asked = request.query_params.get("for")
    if not asked:
        return household[by.person_id]
    plain = asked.isascii() and asked.isdigit() and len(asked) < 19
    if not plain or int(asked) not in household:
        raise NotFound()
    return household[int(asked)]


async def note_list_read(request: Web, by: PatientActor, cases: list[OwnCase]) -> None:
    """Cases with the last thing said in them were shown: in the log of each provider, for each they are about."""
    about = sorted({(one.case.provider_id, one.case.person_id) for one in cases})
    if about:
        rows = [access(by, "read_list", provider_id=provider, person_id=person) for provider, person in about]
        await web.read_log(request).record(*rows)


async def note_contacts_read(request: Web, by: PatientActor, contacts: Sequence[Contact]) -> None:
    """Contacts were shown: in the log of each provider, for each they are about."""
    about = sorted({(one.provider_id, one.person_id) for one in contacts})
    if about:
        rows = [
            access(by, "read_contacts", provider_id=provider, person_id=person) for provider, person in about
        ]
        await web.read_log(request).record(*rows)


async def note_tickets_read(request: Web, by: PatientActor, tickets: Sequence[Ticket]) -> None:
    """Tickets were shown in a list: in the log of each provider, for each they are about."""
    about = sorted({(one.provider_id, one.person_id) for one in tickets})
    if about:
        rows = [
            access(by, "read_tickets", provider_id=provider, person_id=person) for provider, person in about
        ]
        await web.read_log(request).record(*rows)


def for_query(person: Person, by: PatientActor) -> str:
    """`?for=12` for a child, nothing for oneself."""
    return f"?for={person.person_id}" if person.person_id != by.person_id else ""


async def waiting_tickets(connection: Connection, person_ids: list[int]) -> list[Ticket]:
    """The persons' tickets that can be used, the one that runs out first at the top."""
    now = clock.now()
    return [one for one in await tickets_of(connection, person_ids) if one.waits_at(now)]


@get("/")
async def home(request: Web) -> Response[Any]:
    """Home for whoever is signed in; a calm start with sign-in and where to call for anybody else."""
    try:
        actor = await somebody(request)
    except SignInNeeded:
        return pages.page(request, "people/start.html")
    if not isinstance(actor, PatientActor):
        return Response(b"", status_code=303, headers={"location": "/staff"})
    async with web.house(request).database.transaction(actor.scope) as connection:
        household = await queries.household(connection, actor)
        person = chosen_person(request, household, actor)
        ids = actor.ids_of(person.person_id)
        begun = await queries.open_interviews(connection, by=actor, person_id=person.person_id)
        cases = await queries.own_cases(connection, by=actor, person_ids=ids, limit=SHOWN + 1)
        new = await news(connection, by=actor)
        tickets = await waiting_tickets(connection, ids)
        named = [await _ticket_row(connection, one, actor.lang) for one in tickets if _presses(one)]
        unit = await clinics.unit(connection, person.listed_unit_id) if person.listed_unit_id else None
        asks, booked = await booked_rows(connection, cases, actor.lang)
        free = await first_free(connection, tickets, actor) if tickets else ""
        contacts = await contacts_of(connection, ids)
        asked = [await _contact_row(connection, one, person, actor) for one in contacts]
    await note_contacts_read(request, actor, contacts)
    await note_list_read(request, actor, cases[:SHOWN])
    await note_tickets_read(request, actor, tickets)
    lang, about = actor.lang, for_query(person, actor)
    shown = [one for one in cases[:SHOWN] if one.case.phase is not Phase.BOOKED]
    unread = [one for one in shown if one.unread]
    first = [
        *asks,
        *(case_row(one, lang) for one in unread),
        *named,
        *(_begun_row(one, lang) for one in begun),
    ]
    return pages.page(
        request,
        "people/home.html",
        words.shell(actor.name, "home", new)
        | {
            "topic": f"person:{actor.person_id}",
            "name": person.given_name,
            "for_child": person.person_id != actor.person_id,
            "address": f"/{about}",
            "seek_url": f"/care{about}",
            "services_url": f"/services{about}",
            "people": people_chips(household, person, actor, new, "/"),
            "alone": actor.alone,
            "notes": family_notes(actor),
            "waiting": first,
            "booked": booked,
            "cases": [case_row(one, lang) for one in shown if one not in unread],
            "more_url": f"/my/cases?for={person.person_id}" if len(cases) > SHOWN else "",
            "book": _book_row([one for one in tickets if one.kind is Kind.BOOKING], free, lang),
            "tickets": _tickets_row(tickets, lang),
            "contacts": asked,
            "unit": _unit_line(unit, lang, f"/care{about}"),
        },
    )


async def _contact_row(
    connection: Connection, one: Contact, about: Person, by: PatientActor
) -> dict[str, Any]:
    title = (
        await clinics.patients_title(connection, one.provider_id, one.staff_id, one.title)
        if one.staff_id
        else ""
    )
    return contact_row(one, await practice_of(connection, one.provider_id), title, about, by)


def _presses(ticket: Ticket) -> bool:
    """Whether a ticket should be seen first: it is new, or few days are left of it."""
    soon = ticket.valid_until is not None and ticket.valid_until - clock.now() < FEW_DAYS
    return ticket.state is State.ISSUED or soon


async def _ticket_row(connection: Connection, ticket: Ticket, lang: str) -> dict[str, Any]:
    practice = await practice_of(connection, ticket.to_provider_id)
    return {
        "href": f"/my/tickets/{ticket.ref}",
        "label": practice.name(ticket.reason, lang),
        "sub": use_by(ticket, lang),
        "icon": "clipboard-list" if ticket.kind is Kind.FORM else "ticket",
        "tile": True,
        "tint": "notice",
        "badge": i18n.text(lang, "Ny") if ticket.state is State.ISSUED else "",
    }


def _book_row(tickets: list[Ticket], free: str, lang: str) -> dict[str, Any] | None:
    """*Boka tid*, where there is a ticket to book with: to that one, or to them all."""
    if not tickets:
        return None
    return {
        "href": f"/my/tickets/{tickets[0].ref}" if len(tickets) == 1 else "/my/tickets",
        "label": i18n.text(lang, "Boka tid"),
        "sub": free or book_by(tickets[0].valid_until, lang),
        "icon": "calendar-days",
    }


def _tickets_row(tickets: Sequence[Ticket], lang: str) -> dict[str, Any]:
    """*Mina biljetter*, with how many can be used."""
    count = len(tickets)
    if all(one.kind is Kind.BOOKING for one in tickets):
        some = i18n.plural(lang, "En biljett att boka med", "{n} biljetter att boka med", count)
    else:
        some = i18n.plural(lang, "En biljett att använda", "{n} biljetter att använda", count)
    return {
        "href": "/my/tickets",
        "label": i18n.text(lang, "Mina biljetter"),
        "sub": some if count else i18n.text(lang, "Ingen just nu"),
        "icon": "ticket",
        "badge": str(count) if count else "",
    }


def family_notes(by: PatientActor) -> list[str]:
    """Why a child is not among the people of the page, said without naming it (A10)."""
    notes = []
    if by.infants:
        notes.append(
            i18n.text(
                by.lang, "Ditt yngsta barn är för litet för att få vård här. Ring om det gäller barnet."
            )
        )
    if by.grown:
        notes.append(
            i18n.text(
                by.lang,
                "Ett av dina barn är så stort att det loggar in på egen hand. Du ser inte barnets ärenden här.",
            )
        )
    return notes


def people_chips(
    household: dict[int, Person], chosen: Person | None, by: PatientActor, new: News, path: str
) -> list[dict[str, Any]]:
    """The chips of a page: oneself and the children, each with how much is new for that one."""
    found: list[dict[str, Any]] = []
    for place, person in enumerate(household.values()):
        own = person.person_id == by.person_id
        found.append(
            {
                "href": path + (for_query(person, by) if path == "/" else f"?for={person.person_id}"),
                "name": i18n.text(by.lang, "Jag") if own else words.person_words(person, by.lang),
                "initials": "" if own else person.given_name[:1],
                "tint": place % 5 + 1,
                "new": new.by_person.get(person.person_id, 0),
                "active": chosen is not None and person.person_id == chosen.person_id,
            }
        )
    return found


def _begun_row(kept: Kept, lang: str) -> dict[str, Any]:
    at = when_words(kept.changed_at, lang)
    return {
        "href": f"/interview/{kept.ref}",
        "label": i18n.text(lang, "Fortsätt där du var"),
        "sub": i18n.text(
            lang, "{complaint}, sparat {when}", complaint=kept.practice.name(kept.reason, lang), when=at
        ),
        "icon": "rotate-ccw",
        "tile": True,
        "tint": "notice",
    }


def _unit_line(unit: Unit | None, lang: str, change_url: str) -> dict[str, str] | None:
    if unit is None:
        return None
    return {
        "name": unit.name,
        "phone": unit.phone or "",
        "state": opening_words(opening_of(unit, clock.now()), lang),
        "change_url": change_url,
    }


def case_row(own: OwnCase, lang: str, about: str = "") -> dict[str, Any]:
    """A case in a list: what and whom it is about, the latest in it, and whether that is new."""
    complaint = say(own.complaint, lang)
    return {
        "href": f"/my/cases/{own.case.ref}",
        "label": i18n.joined(lang, complaint, about) if about else complaint,
        "sub": _latest(own, lang),
        "icon": "calendar-check"
        if own.case.phase is Phase.BOOKED
        else "message-circle"
        if own.said_at
        else "clock",
        "tile": True,
        "badge": i18n.text(lang, "Nytt") if own.unread else "",
    }


def _latest(own: OwnCase, lang: str) -> str:
    if is_errand_message(own.case) and own.said_at is None:
        sent = when_words(own.case.arrived_at, lang)
        return i18n.text(lang, "Skickat till {unit} {when}", unit=own.unit_name, when=sent)
    if own.case.phase is Phase.BOOKED:
        return booked_words(own.case, lang)
    if own.case.paused_until is not None:
        return i18n.text(lang, "Pausad till {time}", time=when_words(own.case.paused_until, lang))
    match own.case.phase:
        case Phase.QUEUED:
            return i18n.text(lang, "Väntar i kön till {unit}", unit=own.unit_name)
        case Phase.ACCEPTED:
            return i18n.text(lang, "{who} har tagit emot ärendet", who=own.owner_name)
        case Phase.CANCELLED:
            return i18n.text(lang, "Avbrutet {when}", when=when_words(own.case.changed_at, lang))
    ended = own.case.ended_at
    if own.unread and ended is not None and (own.said_at is None or own.said_at <= ended):
        return i18n.text(lang, "Besöket är avslutat. Läs vad ni kom överens om.")
    if own.said_at is None:
        return i18n.text(lang, "Avslutat {when}", when=when_words(own.case.changed_at, lang))
    line = own.line or i18n.text(lang, "en bild eller fil")
    said_by = i18n.text(lang, "Du") if own.said_kind == "patient" else own.said_by.split(" ")[0]
    return f"{said_by}: {i18n.apart(lang, line[:120])}"


@get("/emergency")
async def emergency(request: Web) -> Response[str]:
    """112, one tap away, whoever asks: no session is looked for, nothing else is in the way."""
    return pages.page(request, "people/emergency.html")


def home_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [home, emergency]
