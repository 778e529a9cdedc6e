"""A drop-in ticket's page and a form ticket's: what it is for, its forms, *Ställ mig i kön* (requirements B8, G2)."""

from typing import Any

import msgspec
from litestar import Response, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.cases.model import Case
from vardlots.cases.policy import is_chat, is_over
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.people.queries import Person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.pages import see, when_words
from vardlots.tickets import policy
from vardlots.tickets.actions import too_late
from vardlots.tickets.drop_in.actions import use_drop_in
from vardlots.tickets.drop_in.queries import sent_from
from vardlots.tickets.model import Deed, Kind, State, Ticket, TicketRef, said
from vardlots.tickets.queries import own_ticket
from vardlots.tickets.words import DECLINE_REASONS, NAMES, state_line, ticket_why
from vardlots.triage import queries, words
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.tickets.forms import forms_context
from vardlots.triage.tickets.slip import Slip, drawn
from vardlots.triage.web import same_case_url


async def draw(
    request: Web, by: PatientActor, ref: TicketRef, refusal: Refusal | None = None, typed: Any = None
) -> Response[str]:
    """The page of a ticket that is not for a time. Raises NotFound."""
    async with web.house(request).database.transaction(by.scope) as connection:
        found = await own_ticket(connection, by=by, ref=ref)
        household = await queries.household(connection, by)
        context = await _context(connection, found, household, by)
    await web.read_log(request).record(
        access(by, "read_ticket", provider_id=found.provider_id, person_id=found.person_id)
    )
    fault = i18n.text(by.lang, refusal.message, **refusal.values) if refusal else ""
    return pages.page(
        request,
        "triage/ticket_other.html",
        words.shell(by.name)
        | context
        | {
            "is_sent": request.query_params.get("sent") == "1",
            "fault": fault,
            "field": refusal.field if isinstance(refusal, Invalid) else "",
            "typed_form": typed or {},
        },
        status=refusal.status if refusal else 200,
    )


async def _context(
    connection: Connection, found: Ticket, household: dict[int, Person], by: PatientActor
) -> dict[str, Any]:
    lang, now = by.lang, clock.now()
    unit, sender = (
        await clinics.unit(connection, found.unit_id),
        await clinics.unit(connection, found.from_unit_id),
    )
    if unit is None or sender is None:
        raise NotFound()
    # The receiver's own words for the reason: it is there that the visit will be.
    practice = await practice_of(connection, found.to_provider_id)
    waits = found.waits_at(now)
    drops_in = found.kind is Kind.DROP_IN
    before = await sent_from(connection, found) if drops_in and waits else None
    early = drops_in and waits and (before is None or not is_over(before, now))
    reason, there = practice.name(found.reason, lang), _unit(unit, practice, found, lang)
    return _whose(found, reason, household, by) | {
        "topic": f"person:{by.person_id}",
        "drops_in": drops_in,
        "name": i18n.text(lang, NAMES[found.kind]),
        "top": drawn(
            Slip(
                kind=found.kind,
                contact=found.contact,
                priority=found.priority,
                valid_until=found.valid_until,
                reason=reason,
                unit=unit.name,
                provider=there["provider"],
                who=there["who"],
                sender=sender.name,
                lead=said(found.information.lead, lang),
            ),
            lang,
        ),
        "state": state_line(found, lang),
        "why": ticket_why(found, lang) or _way_on(found, lang),
        "waits": waits,
        "answers": waits and policy.may(by, Deed.ANSWER, found) is None,
        "may": waits and policy.may(by, Deed.USE, found) is None,
        "goes_on": _goes_on(before, sender, lang) if early else {},
        "sender": sender.name,
        "sender_phone": _phone(sender),
        "unit": there,
        "reasons": [
            {"value": code, "label": i18n.text(lang, label)} for code, label in DECLINE_REASONS.items()
        ],
        "case_url": f"/my/cases/{found.to_provider_id}-{found.case_id}" if found.case_id else "",
        "is_answered": found.kind is Kind.FORM and found.state is State.USED,
        "base": f"/my/tickets/{found.ref}",
        **await forms_context(connection, found, by),
    }


def _goes_on(before: Case | None, sender: Unit, lang: str) -> dict[str, str]:
    """That what the ticket was sent from goes on, and from when the ticket can be used."""
    if before is None or not is_chat(before):
        return {
            "what": i18n.text(lang, "Samtalet med {unit} pågår än.", unit=sender.name),
            "then": i18n.text(lang, "När det är avslutat kan du ställa dig i kön här."),
        }
    what = i18n.text(lang, "Chatten med {unit} pågår än.", unit=sender.name)
    if before.inbox_at is not None or before.writable_until is None:
        # An answer may give some days more.
        return {"what": what, "then": i18n.text(lang, "När den är avslutad kan du ställa dig i kön här.")}
    when = when_words(before.writable_until, lang)
    return {
        "what": what,
        "then": i18n.text(
            lang, "När den är avslutad, senast {when}, kan du ställa dig i kön här.", when=when
        ),
    }


def _way_on(found: Ticket, lang: str) -> str:
    """What whoever did not use it in time can do instead; "" where nothing ran out."""
    now = clock.now()
    return i18n.text(lang, too_late(found, now).message) if found.state_at(now) is State.EXPIRED else ""


def _whose(found: Ticket, reason: str, household: dict[int, Person], by: PatientActor) -> dict[str, Any]:
    person = household.get(by.main(found.person_id))
    for_child = by.main(found.person_id) != by.person_id
    whose = words.person_words(person, by.lang) if person is not None and for_child else ""
    return {"for_child": for_child, "about": i18n.joined(by.lang, reason, whose) if whose else reason}


def _unit(unit: Unit, practice: Practice, found: Ticket, lang: str) -> dict[str, Any]:
    state = opening_of(unit, clock.now())
    return {
        "name": unit.name,
        "provider": unit.provider_name if found.to_provider_id != found.provider_id else "",
        "who": words.who_reads(practice.roles.of(found.role), lang),
        "is_open": state.is_open,
        "state": opening_words(state, lang),
        "takes": unit.takes_drop_in and unit.active,
        **_phone(unit),
    }


def _phone(unit: Unit) -> dict[str, str]:
    phone = unit.phone or ""
    return {"phone": phone, "tel": phone.replace(" ", "").replace("-", "")}


@post("/my/tickets/{ref:str}/queue")
async def step_in(request: Web) -> Response[Any]:
    """*Ställ mig i kön*: to the visit at the receiver, or the ticket's page with why not. Twice is once."""
    by = await patient(request)
    ref = TicketRef.parse(str(request.path_params["ref"]))
    try:
        case = await use_drop_in(web.house(request), by=by, ref=ref)
    except WrongState as refusal:
        if refusal.code == "already_active":
            async with web.house(request).database.transaction(by.scope) as connection:
                found = await own_ticket(connection, by=by, ref=ref)
            there = msgspec.structs.replace(found, provider_id=found.to_provider_id)
            if url := await same_case_url(request, by, there):
                return see(url)
        return await draw(request, by, ref, refusal)
    return see(f"/my/cases/{case.ref}")


def other_ticket_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [step_in]
