"""One ticket with its whole story: sent, opened, forms, used or over, looked at (requirements G1, G3)."""

from typing import Any

import msgspec
from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.clinics.model import Unit
from vardlots.clinics.queries import face_of, unit
from vardlots.conversations.forms import told
from vardlots.conversations.forms.model import State as FormState
from vardlots.forms.text import say
from vardlots.people.queries import Person, person
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.tickets import actions, policy
from vardlots.tickets.forms.model import TicketForm
from vardlots.tickets.forms.queries import form_of, forms_of
from vardlots.tickets.model import Deed, Ticket, TicketRef, said
from vardlots.tickets.queries import history_of, staff_ticket
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.tickets import story
from vardlots.worklist.tickets.drawn import draw_card, kind_words

PATH = "/staff/tickets"


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as one member of staff may read it. `looked` is who has acknowledged it, "" for nobody."""

    by: StaffActor
    ticket: Ticket
    person: Person
    unit: Unit
    from_unit: Unit
    sender: str
    looked: str
    forms: list[TicketForm]
    history: str


async def read_view(connection: Connection, *, by: StaffActor, ref: TicketRef) -> View:
    """The ticket and what stands around it. Raises NotFound, Forbidden."""
    found = await staff_ticket(connection, by=by, ref=ref)
    about = await person(connection, found.person_id)
    used_at = await unit(connection, found.unit_id)
    sent_from = await unit(connection, found.from_unit_id)
    if about is None or used_at is None or sent_from is None:
        raise NotFound()
    looked = await connection.fetchval(
        "SELECT acknowledged_by FROM ticket WHERE provider_id = $1 AND ticket_id = $2", *ref
    )
    sender, by_whom = await face_of(connection, found.staff_id), await face_of(connection, looked)
    return View(
        by=by,
        ticket=found,
        person=about,
        unit=used_at,
        from_unit=sent_from,
        sender=sender.name if sender else "",
        looked=by_whom.name if by_whom else "",
        forms=await forms_of(connection, ref),
        history=str((await history_of(connection, ref)).get("text", "")),
    )


@get(f"{PATH}/{{ref:str}}")
async def ticket_page(request: Web) -> Response[Any]:
    """The ticket as a page."""
    return await show(request, await web.carer(request), ref_in(request))


async def show(
    request: Web, by: StaffActor, ref: TicketRef, refusal: Refusal | None = None, typed: str = ""
) -> Response[Any]:
    """Draw the page, with what was refused beside its cause."""
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_view(connection, by=by, ref=ref)
        desk = await open_desk(request, connection, by)
    await log(request, by, found.ticket)
    lang, one = desk.lang, found.ticket
    about = found.person
    may_look = policy.may(by, Deed.ACKNOWLEDGE, one) is None and one.acknowledged_at is None
    values = {
        **context(desk, "tickets", PATH),
        "base": f"{PATH}/{ref}",
        "reason": desk.pen.names[one.reason],
        "kind": kind_words(one, lang),
        "name": text(lang, "Skyddad") if about.protected else about.name,
        "number": about.number_words,
        "protected": about.protected,
        "patient_url": f"/staff/patients/{about.main_id}",
        "facts": story.facts(found, desk),
        "events": story.events(found, desk),
        "forms": story.forms(found, lang),
        "state": story.state(found, lang),
        "information": said(one.information.lead, lang),
        "history": found.history,
        "topic": " ".join(f"unit:{unit_id}" for unit_id in sorted(one.units & by.unit_ids)),
        "may_withdraw": one.waits_at(clock.now()) and policy.may(by, Deed.WITHDRAW, one) is None,
        "may_look": may_look,
        "next": story.next_steps(found, lang) if one.ack_unit_id is not None else None,
        "sent": request.query_params.get("sent", "") == "1",
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "typed_reason": typed,
    }
    return pages.page(request, "worklist/ticket.html", values, status=refusal.status if refusal else 200)


@get(f"{PATH}/{{ref:str}}/card")
async def ticket_card(request: Web) -> Response[Any]:
    """The card in the visit that it was sent from."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_view(connection, by=by, ref=ref_in(request))
        desk = await open_desk(request, connection, by)
    await log(request, by, found.ticket)
    asked = (sum(one.done for one in found.forms), sum(one.total for one in found.forms))
    values = {"card": draw_card(found.ticket, asked, desk)}
    return pages.page(request, "worklist/ticket_card.html", values)


@post(f"{PATH}/{{ref:str}}/withdraw", status_code=303)
async def withdraw(request: Web) -> Response[Any]:
    """*Ta tillbaka*, always with a reason; the patient reads it."""
    by, ref = await web.carer(request), ref_in(request)
    form = await request.form()
    reason = str(form.get("reason", ""))
    try:
        await actions.withdraw(house(request), by=by, ref=ref, reason=reason)
    except NotFound:
        raise
    except Refusal as refusal:
        return await show(request, by, ref, refusal, reason)
    return see(f"{PATH}/{ref}")


@get(f"{PATH}/{{ref:str}}/forms/{{place:str}}")
async def form_answers(request: Web) -> Response[Any]:
    """*Se svar*: every question with its answer, sent in or so far."""
    by, ref = await web.carer(request), ref_in(request)
    place = whole(str(request.path_params["place"]), 4)
    if place is None:
        raise NotFound()
    async with house(request).database.transaction(by.scope) as connection:
        ticket = await staff_ticket(connection, by=by, ref=ref)
        form = await form_of(connection, ref, place)
        about = await person(connection, ticket.person_id)
        desk = await open_desk(request, connection, by)
    row = access(by, "read_form", provider_id=ref.provider_id, person_id=ticket.person_id)
    await read_log(request).record(row)
    lang = desk.lang
    rows = told.rows(form, lang)
    name = text(lang, "Skyddad") if about is None or about.protected else about.name
    values = {
        **context(desk, "tickets", PATH),
        "base": f"{PATH}/{ref}",
        "name": name,
        "title": say(form.form.title, lang),
        "line": story.form_line(form, lang),
        "answered": form.state is FormState.ANSWERED,
        "done": form.done,
        "total": form.total,
        "scores": [one for one in rows if one.calculated],
        "rows": [one for one in rows if not one.calculated],
        "copy": told.as_text(form, lang),
    }
    return pages.page(request, "worklist/ticket_form.html", values)


def ref_in(request: Web) -> TicketRef:
    """The ticket that the address names. Raises NotFound for a mangled one."""
    return TicketRef.parse(str(request.path_params["ref"]))


async def log(request: Web, by: StaffActor, found: Ticket) -> None:
    """That a ticket has been read."""
    row = access(by, "read_ticket", provider_id=found.provider_id, person_id=found.person_id)
    await read_log(request).record(row)
