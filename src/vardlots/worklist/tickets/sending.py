"""*Skicka biljett* as a page, the same from a visit and from a patient's page (requirements D9, G1)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from litestar import Response

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.clinics.model import Unit, UnitKind
from vardlots.clinics.queries import drop_in_units, unit
from vardlots.clinics.tree import Chosen
from vardlots.configuration import book
from vardlots.configuration.ticket_rules import ticket_rules
from vardlots.configuration.time_types import TIME_TYPE, TimeType, standing_time_types
from vardlots.conversations.forms.sendable import questions_in, sendable
from vardlots.families.acting import acting_for
from vardlots.forms.text import say
from vardlots.people.queries import person
from vardlots.people.rules import midnight
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.tickets.model import Kind
from vardlots.tickets.staff import actions
from vardlots.tickets.staff.actions import booking_kinds
from vardlots.triage.configured import Practice, practice_of
from vardlots.worklist import resources
from vardlots.worklist.about import Origin, who_words
from vardlots.worklist.reasons import reason_field
from vardlots.worklist.sends import one_more
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.tickets.filled import DROP_IN_ROLES, WHAT_NAMES, Filled, read, ticket_of
from vardlots.worklist.tickets.preview import preview_of
from vardlots.worklist.visit_handover_summary import summary_of

# Which field each refusal of the verb stands beside on this page.
_FIELDS = {"provider": "elsewhere", "contact": "what", "priority": "what"}


async def sent(request: Web, by: StaffActor, at: Origin) -> Response[Any] | str:
    """What was pressed on the page: the ticket's number when it was sent, else the page as it is now.

    *Förhandsvisa* and *Hämta anamnes* draw the page anew with everything kept.
    """
    lang = pages.language_of(request)
    form = await request.form()
    async with house(request).database.transaction(by.scope) as connection:
        practice = await practice_of(connection, by.provider_id)
    filled = read(form, practice, lang)
    do = str(form.get("do", ""))
    if do == "history":
        return await draw(request, by, at, _with_history(filled, at, lang))
    if do == "preview":
        return await draw(request, by, at, filled)
    try:
        new = ticket_of(
            filled,
            by=by,
            person_id=at.person_id,
            from_case=at.visit.case.ref if at.visit else None,
            practice=practice,
        )
        await _check_known_there(request, by, new.to_provider_id, new.reason)
        one_more(by)
        given = await actions.send(house(request), by=by, new=new, key=filled.typed["key"])
    except NotFound:
        raise
    except Refusal as refusal:
        return await draw(request, by, at, filled, refusal)
    return str(given.ref)


async def _check_known_there(request: Web, by: StaffActor, provider_id: int, reason: str) -> None:
    if provider_id == by.provider_id:
        return
    async with house(request).database.transaction(by.scope) as connection:
        theirs = await practice_of(connection, provider_id)
    if reason not in theirs.reasons:
        raise Invalid("reason", "Mottagaren har inte den sökorsaken. Välj en annan.")


def _with_history(filled: Filled, at: Origin, lang: str) -> Filled:
    """With what is known of the visit last in *Anamnes*: the answers and the conversation in short."""
    if at.visit is None:
        return filled
    told = str(summary_of(at.visit, lang)["text"])
    history = filled.typed["history"]
    if told not in history:
        history = f"{history}\n\n{told}".strip()
    return msgspec.structs.replace(filled, typed={**filled.typed, "history": history})


async def draw(
    request: Web, by: StaffActor, at: Origin, filled: Filled, refusal: Refusal | None = None
) -> Response[Any]:
    """The page, with what was refused beside its cause and everything typed kept."""
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        about = await person(connection, at.person_id)
        if about is None:
            raise NotFound()
        values = await _read(connection, by, at, filled, desk.lang)
    lang = desk.lang
    fault = text(lang, refusal.message, **refusal.values) if refusal else ""
    field = refusal.field if isinstance(refusal, Invalid) else ""
    field = _FIELDS.get(field, field)
    if field == "resource" and filled.kind is Kind.DROP_IN:
        field = "elsewhere"
    values |= {
        **context(desk, at.active, "/staff/patients"),
        "action": at.action,
        "back": at.back,
        "meets": {
            kind: text(lang, "Går till rollen {role}", role=desk.known.role_name(role, lang))
            for kind, role in DROP_IN_ROLES.items()
        },
        "who": who_words(about, lang),
        "reason": reason_field(filled.wanted, fault if field == "reason" else ""),
        "typed_form": dict(filled.typed),
        "fault": fault if field != "reason" else "",
        "field": field,
        "preview": preview_of(
            filled,
            **msgspec.structs.asdict(values["preview"]),
            case=at.visit.case if at.visit else None,
            lang=lang,
        ),
    }
    return pages.page(request, "worklist/ticket_new.html", values, status=refusal.status if refusal else 200)


async def _read(
    connection: Connection, by: StaffActor, at: Origin, filled: Filled, lang: str
) -> dict[str, Any]:
    """What the page offers to choose among."""
    saved = await book.opened(connection, by.provider_id)
    rules = await ticket_rules(connection, by.provider_id)
    own = await unit(connection, by.unit_id)
    if own is None:
        raise NotFound()
    may_drop_in = (
        own.kind == UnitKind.TELEPHONE
        and at.visit is not None
        and at.visit.case.owner_staff_id == by.staff_id
    )
    forms = sendable(saved)
    units = await drop_in_units(connection) if may_drop_in else []
    acts = await acting_for(connection, provider_id=by.provider_id, person_id=at.person_id)
    stop = None
    if acts is None:
        stop = WrongState(
            "Ingen kan läsa i tjänsten åt patienten. Ring eller skriv brev.", code="nobody_reads"
        )
    days = rules.days((filled.kind or Kind.BOOKING).value)
    return {
        "stop": text(lang, stop.message) if stop else "",
        "whats": [
            {"value": value, "label": text(lang, label)}
            for value, label in WHAT_NAMES.items()
            if value != "drop_in" or may_drop_in
        ],
        "forms": sorted(
            (
                {
                    "value": code,
                    "label": say(form.title, lang),
                    "hint": plural(lang, "Minst en fråga", "Minst {n} frågor", questions_in(form)),
                    "checked": code in filled.forms,
                }
                for code, form in forms.items()
            ),
            key=lambda one: str(one["label"]).casefold(),
        ),
        "tree": await resources.tree(
            connection, by, lang=lang, may=("role",), which="provider", value=filled.typed["resource"]
        ),
        "elsewhere": _by_provider(units),
        "locked": _locked(saved, lang),
        "may_drop_in": may_drop_in,
        "has_visit": at.visit is not None,
        "days": {kind.value: rules.days(kind.value) for kind in Kind},
        "most_days": rules.most_days,
        "preview": await _preview(connection, by, filled, own, days),
    }


def _by_provider(units: Any) -> list[dict[str, Any]]:
    """Units in groups of their providers, for the list of *Vårdgivare* and unit."""
    groups: dict[str, list[dict[str, str]]] = {}
    for one in units:
        groups.setdefault(one.provider_name, []).append(
            {"value": f"{one.provider_id}-{one.unit_id}", "label": one.name}
        )
    return [{"label": name, "units": listed} for name, listed in groups.items()]


def _locked(saved: book.Book, lang: str) -> list[dict[str, str]]:
    """The kinds of booking ticket that unlock times, each called by the times that it unlocks."""
    types: Mapping[str, TimeType] = dict(standing_time_types()) | dict(saved.saved(TIME_TYPE, TimeType))
    found: dict[str, list[str]] = {}
    for code, one in types.items():
        for kind in one.booking_for:
            if not saved.is_removed(TIME_TYPE, code):
                found.setdefault(kind, []).append(one.name if lang == "sv" else one.name_en)
    return [
        {"value": kind, "label": ", ".join(sorted(names))}
        for kind, names in sorted(found.items())
        if kind in booking_kinds(saved)
    ]


class Preview(msgspec.Struct, frozen=True):
    """What of the ticket to be is known beside what is typed: where it is used and by whom, until when."""

    sender: Unit
    place: Unit | None
    role: str
    valid_until: datetime | None
    practice: Practice


async def _preview(connection: Connection, by: StaffActor, filled: Filled, own: Unit, days: int) -> Preview:
    raw = filled.typed["elsewhere"] if filled.kind is Kind.DROP_IN else filled.typed["resource"]
    parts = raw.split("-")
    number = whole(parts[1] if filled.kind is Kind.DROP_IN and len(parts) > 1 else parts[0], 9)
    found = await unit(connection, number) if number is not None else None
    chosen = Chosen.read(raw) if filled.kind is not Kind.DROP_IN else None
    role = chosen.role if chosen else DROP_IN_ROLES.get(filled.typed["case_kind"], "")
    return Preview(
        sender=own,
        place=found,
        role=role,
        valid_until=_until(filled, days),
        practice=await practice_of(connection, found.provider_id if found else by.provider_id),
    )


def _until(filled: Filled, days: int) -> datetime | None:
    """When it runs out, after the provider's own number of days where none was typed; what cannot be read is said when
    it is sent."""
    typed = filled.typed["valid_until"].strip()
    try:
        day = date.fromisoformat(typed) if typed else clock.today() + timedelta(days=days)
        return midnight(day + timedelta(days=1))
    except (ValueError, OverflowError):
        return None
