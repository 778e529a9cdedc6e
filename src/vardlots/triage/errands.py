"""An administrative errand on its way from the last answer to the unit that reads it."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Response

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.cases import web
from vardlots.cases.actions import NewCase, open_case
from vardlots.cases.ending.promised import KEY
from vardlots.clinics import queries as clinics
from vardlots.contacts import queries as contacts
from vardlots.contacts.model import Contact, ContactRef
from vardlots.contacts.queries import Answers
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState
from vardlots.platform.pages import see
from vardlots.triage import services
from vardlots.triage.contacts.words import answer_day
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import keep_before, new_case
from vardlots.triage.ways import standing_in
from vardlots.triage.web import same_case_url


def reader(kept: Kept, at_unit: Collection[str], role: str | None = None) -> str:
    """The role that reads an errand at a unit that has these: the one it is for, or whoever stands in for that."""
    assert kept.outcome is not None
    return standing_in(role or kept.outcome["role"], at_unit, kept.practice.routing.order)


class Reader(msgspec.Struct, frozen=True):
    """Who reads an errand: a role at the unit, or a person there. `contact` is whom it was put to, if it was.

    `answer_by` is the day by which the unit answers."""

    role: str
    contact: Contact | None = None
    answers: Answers = Answers()
    answer_by: date | None = None


async def read_by(connection: Connection, kept: Kept) -> Reader:
    """Who reads an errand now: the contact whom it is put to or whoever stands in for them, else a role."""
    places = await clinics.resources_of(connection, kept.provider_id)
    at_unit = services.roles_at(places, kept.practice.roles, kept.unit_id)
    contact = None
    if kept.contact_id is not None:
        contact = await contacts.contact(connection, ContactRef(kept.provider_id, kept.contact_id))
    role = reader(kept, at_unit, contact.role if contact is not None else None)
    unit = await clinics.unit(connection, kept.unit_id)
    by_day = answer_day(kept.practice, kept.reason, unit) if unit is not None else None
    if contact is None or not contact.holds:
        return Reader(role, contact, answer_by=by_day)
    answers = await contacts.answers_today(
        connection, provider_id=kept.provider_id, unit_id=kept.unit_id, staff_id=contact.staff_id
    )
    return Reader(role, contact, answers, by_day)


def new_errand(kept: Kept, to: Reader) -> NewCase:
    """What is sent: to whom, and how it arrives, as the provider has chosen. What is put to a contact is a message to
    them; anything pressing is in the queue, for whoever is there."""
    assert kept.outcome is not None
    reason = kept.practice.reasons.get(kept.reason)
    way = services.arrives(
        chosen="inbox" if to.contact else reason.arrives if reason else "scheme",
        scheme=kept.outcome["scheme"],
        priority=kept.outcome["priority"],
    )
    days = reason.open_days if reason else services.OPEN_DAYS
    new = new_case(kept)
    return msgspec.structs.replace(
        new,
        role=to.role,
        kind=services.CASE_KIND,
        summary=new.summary | _put_to(to) | (_promised(to) if way == "inbox" else {}),
        open_for=timedelta(days=days) if way == "inbox" else None,
        owner_staff_id=to.answers.staff_id if way == "inbox" else None,
    )


def _put_to(to: Reader) -> dict[str, Any]:
    """What the first row says of whom it was put to, by name: the patient's fixed contact, and who is away."""
    if to.contact is None or not to.contact.name:
        return {}
    away = {"instead_of": to.answers.instead_of} if to.answers.instead_of else {}
    return {"put_to": to.contact.name} | away


def _promised(to: Reader) -> dict[str, str]:
    """What the first row says of when an answer comes: the patient has read it, so it holds."""
    return {KEY: to.answer_by.isoformat()} if to.answer_by is not None else {}


async def send_errand(request: Web, by: PatientActor, kept: Kept, answers: dict[str, Any]) -> Response[bytes]:
    """Keep what was answered last and send the errand, at any hour: it is read when the unit has opened.

    Sent twice it is one. Where the same errand waits in the queue already, to that one.
    """
    house = web.house(request)
    try:
        kept = await keep_before(house, by=by, kept=kept, answers=answers)
    except WrongState:
        return see(f"/interview/{kept.ref}")
    async with house.database.transaction(by.scope) as connection:
        new = new_errand(kept, await read_by(connection, kept))
    try:
        case = await open_case(house, by=by, new=new)
    except WrongState as refusal:
        if refusal.code == "moved":
            return see(f"/interview/{kept.ref}")
        if refusal.code == "already_active" and (url := await same_case_url(request, by, kept)):
            return see(url)
        raise
    return see(f"/my/cases/{case.ref}/sent")
