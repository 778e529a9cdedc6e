"""The patient's first page, their cases and messages, and 112."""

from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient, somebody
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.cases.model import Phase
from vardlots.cases.policy import is_errand_message
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.forms.text import say
from vardlots.people.queries import Person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import NotFound, SignInNeeded
from vardlots.platform.pages import when_words
from vardlots.tickets.queries import waiting_count
from vardlots.triage import queries, words
from vardlots.triage.queries import Kept, OwnCase

SHOWN = 6


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


def for_query(person: Person, by: PatientActor) -> str:
    """`?for=12` for a child, nothing for oneself."""
    return f"?for={person.person_id}" if person.person_id != by.person_id else ""


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
        begun = await queries.open_interviews(connection, by=actor, person_id=person.person_id)
        cases = await queries.own_cases(
            connection, by=actor, person_ids=actor.ids_of(person.person_id), limit=SHOWN + 1
        )
        unread = await queries.unread_count(connection, by=actor)
        tickets = await waiting_count(connection, actor.ids_of(person.person_id))
        unit = await clinics.unit(connection, person.listed_unit_id) if person.listed_unit_id else None
    await note_list_read(request, actor, cases[:SHOWN])
    lang, about = actor.lang, for_query(person, actor)
    for_child = person.person_id != actor.person_id
    return pages.page(
        request,
        "people/home.html",
        words.shell(actor.name, "home", unread)
        | {
            "topic": f"person:{actor.person_id}",
            "name": person.given_name,
            "for_child": for_child,
            "for_id": person.person_id,
            "seek_url": f"/care{about}",
            "services_url": f"/services{about}",
            "people": _people(household, person, actor),
            "alone": actor.alone,
            "notes": family_notes(actor),
            "begun": [_begun_row(one, lang) for one in begun],
            "cases": [case_row(one, lang) for one in cases[:SHOWN]],
            "more_cases": len(cases) > SHOWN,
            "tickets": _tickets_row(tickets, lang),
            "unit": _unit_line(unit, lang, f"/care{about}"),
        },
    )


def _tickets_row(count: int, lang: str) -> dict[str, Any]:
    """*Mina biljetter*, with how many can be used."""
    some = i18n.plural(lang, "En biljett att boka med", "{n} biljetter att boka med", count)
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


def _people(household: dict[int, Person], chosen: Person, by: PatientActor) -> list[dict[str, Any]]:
    """The chips: oneself and the children."""
    found: list[dict[str, Any]] = []
    for place, person in enumerate(household.values()):
        own = person.person_id == by.person_id
        found.append(
            {
                "href": f"/{for_query(person, by)}",
                "name": i18n.text(by.lang, "Jag") if own else words.person_words(person, by.lang),
                "initials": "" if own else person.given_name[:1],
                "tint": place % 5 + 1,
                "active": person.person_id == chosen.person_id,
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
        "label": f"{complaint}, {about}" if about else complaint,
        "sub": _latest(own, lang),
        "icon": "message-circle" if own.said_at else "clock",
        "tile": True,
        "badge": i18n.text(lang, "Nytt") if own.unread else "",
    }


def _latest(own: OwnCase, lang: str) -> str:
    if is_errand_message(own.case) and own.said_at is None:
        sent = when_words(own.case.arrived_at, lang)
        return i18n.text(lang, "Skickat till {unit} {when}", unit=own.unit_name, when=sent)
    match own.case.phase:
        case Phase.QUEUED:
            return i18n.text(lang, "Väntar i kön till {unit}", unit=own.unit_name)
        case Phase.ACCEPTED:
            return i18n.text(lang, "{who} har tagit emot ärendet", who=own.owner_name)
        case Phase.CANCELLED:
            return i18n.text(lang, "Avbrutet {when}", when=when_words(own.case.changed_at, lang))
    if own.said_at is None:
        return i18n.text(lang, "Avslutat {when}", when=when_words(own.case.changed_at, lang))
    line = own.line or i18n.text(lang, "en bild eller fil")
    said_by = i18n.text(lang, "Du") if own.said_kind == "patient" else own.said_by.split(" ")[0]
    return f"{said_by}: {line[:120]}"


@get("/my")
async def my() -> Response[bytes]:
    """The old address of home."""
    return Response(b"", status_code=303, headers={"location": "/"})


@get("/my/cases")
async def my_cases(request: Web) -> Response[str]:
    """Every case of oneself and one's children; each says who it is about."""
    return await _list(request, "cases", only_talks=False)


@get("/my/messages")
async def my_messages(request: Web) -> Response[str]:
    """The cases in which something has been said, the latest first."""
    return await _list(request, "messages", only_talks=True)


async def _list(request: Web, tab: str, *, only_talks: bool) -> Response[str]:
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        cases = await queries.own_cases(connection, by=by, person_ids=list(by.persons), only_talks=only_talks)
        unread = await queries.unread_count(connection, by=by)
    await note_list_read(request, by, cases)
    rows = [case_row(one, by.lang, _about(one, household, by)) for one in cases]
    context = {"rows": rows, "topic": f"person:{by.person_id}", "messages": only_talks}
    return pages.page(request, "people/cases.html", words.shell(by.name, tab, unread) | context)


def _about(own: OwnCase, household: dict[int, Person], by: PatientActor) -> str:
    """Who a case is about, said only where there is more than one to mix up."""
    person = household.get(by.main(own.case.person_id))
    if len(household) < 2 or person is None:
        return ""
    return (
        i18n.text(by.lang, "du") if person.person_id == by.person_id else words.person_words(person, by.lang)
    )


@get("/emergency")
async def emergency(request: Web) -> Response[str]:
    """112, one tap away, whoever asks."""
    return pages.page(request, "people/emergency.html", {"tab": "emergency", "links": {"home": "/"}})


def home_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [home, my, my_cases, my_messages, emergency]
