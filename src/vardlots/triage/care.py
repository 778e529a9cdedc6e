"""*Sök vård*: choose where, choose for what, begin the questions."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import open_at, opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.forms.text import say
from vardlots.people.queries import Person, age_in_years
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.limits import Limit
from vardlots.platform.pages import see
from vardlots.triage import actions, content, entrance, queries, words
from vardlots.triage.catalogue import search
from vardlots.triage.entrance import InHand
from vardlots.triage.grouping import Section, sections, with_last
from vardlots.triage.home import chosen_person, for_query
from vardlots.triage.interview import NotSuited
from vardlots.triage.model import Subject

INTERVIEWS = Limit(20, 600)
TYPED_MAX = 80


@get("/care")
async def choose_unit(request: Web) -> Response[str]:
    """The units that take drop-in: one's own suggested, all others as free to choose."""
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        person = chosen_person(request, household, by)
        every = await clinics.drop_in_units(connection)
    # Where the person is too young, or old enough to come themself, is the provider's own rule (A10).
    units = [unit for unit in every if by.may_seek(person_id=person.person_id, provider_id=unit.provider_id)]
    about = for_query(person, by)
    listed = [unit for unit in units if unit.unit_id == person.listed_unit_id]
    others = [unit for unit in units if unit.unit_id != person.listed_unit_id]
    now_open = [unit for unit in others if open_at(unit, clock.now())]
    closed = [unit for unit in others if unit not in now_open]
    return pages.page(
        request,
        "triage/units.html",
        words.shell(by.name)
        | {
            "about": about_words(person, by),
            "back_url": f"/{about}",
            "fewer": len(units) < len(every),
            "listed": [unit_row(unit, about, by.lang) for unit in listed],
            "others": [unit_row(unit, about, by.lang) for unit in (*now_open, *closed)],
        },
    )


def unit_row(unit: Unit, about: str, lang: str, base: str = "/care") -> dict[str, Any]:
    """A unit to choose: its name, whether it is open, and whose it is. `base` is where choosing it leads."""
    state = opening_of(unit, clock.now())
    said = opening_words(state, lang)
    return {
        "href": f"{base}/{unit.unit_id}{about}",
        "label": unit.name,
        "sub": f"{said[:1].upper()}{said[1:]} · {unit.provider_name}",
        "icon": "house" if state.is_open else "moon",
        "tile": True,
        "tint": "" if state.is_open else "notice",
    }


@get("/care/{unit_id:int}")
async def choose_complaint(request: Web, unit_id: FromPath[int]) -> Response[str]:
    """What it is about: a list and a search, which works without script too. A closed unit says what to do instead."""
    by = await patient(request)
    return await _complaints(request, by, unit_id)


@post("/care/{unit_id:int}/search", status_code=200)
async def search_complaints(request: Web, unit_id: FromPath[int]) -> Response[str]:
    """The same list, for what somebody has typed: of what troubles them nothing stands in an address."""
    by = await patient(request)
    form = await request.form()
    return await _complaints(request, by, unit_id, wanted=str(form.get("q", "")).strip()[:TYPED_MAX])


async def _complaints(
    request: Web,
    by: PatientActor,
    unit_id: int,
    *,
    status: int = 200,
    told: str = "",
    wanted: str = "",
    in_hand: InHand | None = None,
) -> Response[str]:
    async with web.house(request).database.transaction(by.scope) as connection:
        at = await entrance.entering(request, connection, by=by, unit_id=unit_id)
        state = opening_of(at.unit, clock.now())
        instead = [] if state.is_open and not at.refused else await open_units(connection)
    person, unit, practice = at.person, at.unit, at.practice
    about = for_query(person, by)
    offered, subject = practice.offered(unit_id), subject_of(person, by)
    suited = [match.complaint for match in search(offered, "", by.lang, subject)]
    found = [match.complaint for match in search(offered, wanted, by.lang, subject)] if wanted else []
    listed = (
        [Section(None, with_last(found, suited, content.groups()))]
        if found
        else sections(suited, content.groups(), last_first=bool(wanted))
    )
    return pages.page(
        request,
        "triage/complaints.html",
        words.shell(by.name)
        | {
            "unit": {"name": unit.name, "state": opening_words(state, by.lang), "phone": unit.phone},
            "is_open": state.is_open,
            "sends_closed": entrance.begins_closed(practice),
            "refused": at.refused,
            "in_hand": in_hand,
            "instead": [unit_row(one, about, by.lang) for one in instead if one.unit_id != unit_id],
            "about": about_words(person, by),
            "name": person.given_name if person.person_id != by.person_id else "",
            "action": f"/care/{unit_id}{about}",
            "search_url": f"/care/{unit_id}/search{about}",
            "wanted": wanted,
            "sections": [
                {
                    "label": say(section.label, by.lang) if section.label else "",
                    "complaints": [
                        {"code": one.code, "label": say(one.title, by.lang)} for one in section.complaints
                    ],
                }
                for section in listed
            ],
            "nothing": bool(wanted) and not found,
            "count": len(found),
            "told": told,
            "back_url": f"/care{about}",
        },
        status=status,
    )


@post("/care/{unit_id:int}")
async def begin(request: Web, unit_id: FromPath[int]) -> Response[Any]:
    """Begin the questions about a complaint."""
    by = await patient(request)
    form = await request.form()
    async with web.house(request).database.transaction(by.scope) as connection:
        at = await entrance.entering(request, connection, by=by, unit_id=unit_id)
        reason = str(form.get("complaint", ""))
        already = await entrance.in_hand(connection, by=by, at=at, reason=reason)
    if at.refused or not (open_at(at.unit, clock.now()) or entrance.begins_closed(at.practice)):
        return await _complaints(request, by, unit_id, status=409)
    if already is not None and not (already.again and form.get("again")):
        return await _complaints(request, by, unit_id, status=409, in_hand=already)
    INTERVIEWS.take(by.session_id)
    try:
        ref = await actions.start_interview(
            web.house(request), by=by, unit=at.unit, person_id=at.person.person_id, reason=reason
        )
    except NotSuited as not_suited:
        return await _complaints(request, by, unit_id, status=422, told=not_suited.sentence(by.lang))
    return see(f"/interview/{ref}")


async def open_units(connection: Connection) -> list[Unit]:
    """The drop-in units that are open now."""
    now = clock.now()
    return [unit for unit in await clinics.drop_in_units(connection) if open_at(unit, now)]


def subject_of(person: Person, by: PatientActor) -> Subject:
    """The person as triage needs to know them, to leave out what is not made for their age."""
    today = clock.today()
    return Subject(
        age_years=age_in_years(person.birth_date, today),
        sex=person.sex,  # type: ignore[arg-type]  # the table holds these two or nothing
        is_child_of_actor=person.person_id != by.person_id,
        name=person.given_name,
    )


def about_words(person: Person, by: PatientActor) -> str:
    """*för Tuva, 6 år*, where it is about somebody else."""
    if person.person_id == by.person_id:
        return ""
    return i18n.text(by.lang, "för {person}", person=words.person_words(person, by.lang))


def care_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [choose_unit, choose_complaint, search_complaints, begin]
