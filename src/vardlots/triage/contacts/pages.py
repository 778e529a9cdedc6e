"""A contact's page: who it is, who answers now and when, and the way to a question (requirement F3)."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.clinics.queries import patients_title
from vardlots.contacts import queries as contacts
from vardlots.contacts.model import Contact, ContactRef
from vardlots.contacts.queries import Answers
from vardlots.people.queries import Person
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, WrongState
from vardlots.platform.pages import see
from vardlots.triage import actions, queries, services, words
from vardlots.triage.care import INTERVIEWS, about_words
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.contacts.words import answers_words, ask_words, expect_words, place_words
from vardlots.triage.home import for_query
from vardlots.triage.interview import NotSuited


class Found(msgspec.Struct, frozen=True):
    """A contact with all that its page tells. `asks` is the errand's code, "" where the unit takes no questions."""

    contact: Contact
    about: Person
    unit: Unit
    practice: Practice
    answers: Answers
    title: str
    asks: str


@get("/my/contacts/{ref:str}")
async def contact_page(request: Web) -> Response[str]:
    """Who the contact is, who answers now, when, and *Ställ en fråga*."""
    by = await patient(request)
    return await _draw(request, by)


@post("/my/contacts/{ref:str}", status_code=303)
async def ask(request: Web) -> Response[Any]:
    """*Ställ en fråga*: on to its questions, or to those begun a while ago."""
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await _found(connection, by, _ref(request))
    if not (found.asks and found.contact.holds):
        raise WrongState("Kontakten har ändrats. Gå till startsidan för att se hur du når vården.")
    INTERVIEWS.take(by.session_id)
    try:
        ref = await actions.start_interview(
            web.house(request),
            by=by,
            unit=found.unit,
            person_id=found.about.person_id,
            reason=found.asks,
            kind="contact",
            contact_id=found.contact.contact_id,
        )
    except NotSuited as not_suited:
        return await _draw(request, by, status=422, told=not_suited.sentence(by.lang))
    return see(f"/interview/{ref}")


def _ref(request: Web) -> ContactRef:
    return ContactRef.parse(str(request.path_params["ref"]))


async def _found(connection: Connection, by: PatientActor, ref: ContactRef) -> Found:
    """The contact of the actor or of a child they act for. Raises NotFound."""
    contact = await contacts.contact(connection, ref)
    household = await queries.household(connection, by)
    about = household.get(by.main(contact.person_id)) if contact is not None else None
    if contact is None or about is None:
        raise NotFound()
    if not by.may_seek(person_id=about.person_id, provider_id=contact.provider_id):
        raise NotFound()
    unit = await clinics.unit(connection, contact.unit_id)
    if unit is None:
        raise NotFound()
    practice = await practice_of(connection, contact.provider_id)
    answers = await contacts.answers_today(
        connection, provider_id=contact.provider_id, unit_id=unit.unit_id, staff_id=contact.staff_id
    )
    offered = practice.offered(unit.unit_id, "contact") if unit.active else ()
    return Found(
        contact,
        about,
        unit,
        practice,
        answers,
        await contact_title(connection, contact),
        offered[0].code if offered else "",
    )


async def contact_title(connection: Connection, contact: Contact) -> str:
    """The title of the person as the patient may read it; "" for a role."""
    if contact.staff_id is None:
        return ""
    return await patients_title(connection, contact.provider_id, contact.staff_id, contact.title)


async def _draw(request: Web, by: PatientActor, *, status: int = 200, told: str = "") -> Response[str]:
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await _found(connection, by, _ref(request))
    contact, about, unit, lang = found.contact, found.about, found.unit, by.lang
    await web.read_log(request).record(
        access(by, "read_contacts", provider_id=contact.provider_id, person_id=contact.person_id)
    )
    query = for_query(about, by)
    return pages.page(
        request,
        "triage/contact.html",
        words.shell(by.name)
        | {
            "topic": f"person:{by.person_id}",
            "about": about_words(about, by),
            "is_person": contact.staff_id is not None,
            "heading": contact.name or found.practice.roles.said(contact.role, lang),
            "initials": words.initials(contact.name),
            "who": place_words(contact, found.title, lang),
            "asks": ask_words(contact, found.practice, about, by),
            "holds": contact.holds,
            "may_ask": bool(found.asks) and contact.holds,
            "reader": answers_words(found.answers, contact.role, unit, found.practice, lang),
            "expect": expect_words(found.practice, found.asks or services.CONTACT_QUESTION, unit, lang),
            "unit": {"name": unit.name, "phone": unit.phone or ""},
            "action": f"/my/contacts/{contact.ref}",
            "told": told,
            "seek_url": f"/care{query}",
            "back_url": f"/{query}",
        },
        status=status,
    )


def contact_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [contact_page, ask]
