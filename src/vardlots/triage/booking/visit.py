"""A booked visit's own page: the time, what happens next, an earlier one that is offered, one that was withdrawn."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.booking.model import Appointment, AppointmentState, Slot
from vardlots.booking.queries import (
    appointment_of,
    earlier_offer_of,
    nearest_times,
    slot_of,
    sought_by_case,
    wishes_earlier,
)
from vardlots.cases import states, web
from vardlots.cases.model import Case, Kind, Phase, Verb
from vardlots.cases.queries import timeline
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.configuration.booking_rules import BookingRules, booking_rules
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.triage import queries
from vardlots.triage import words as said
from vardlots.triage.booking import days, words
from vardlots.triage.booking.over import over_context
from vardlots.triage.booking.reading import Around

# What has just been done, by the word in the address.
DONE = {
    "booked": N_("Tiden är bokad."),
    "rebooked": N_("Tiden är ändrad. Den gamla är avbokad."),
    "added": N_("Tillagt. Den du ska träffa läser det."),
    "wished": N_("Vi hör av oss om en tidigare tid blir ledig."),
    "unwished": N_("Vi hör inte av oss om tidigare tider."),
    "kept": N_("Du behåller din tid."),
}


def is_booking(case: Case, booked: Appointment | None) -> bool:
    """Whether the case is shown as a booked time: it waits for it, or it is over without a conversation."""
    if case.phase is Phase.BOOKED:
        return True
    over = case.phase in (Phase.CANCELLED, Phase.CLOSED)
    return over and booked is not None and case.started_at is None


async def draw_visit(
    request: Web,
    by: PatientActor,
    case: Case,
    at: Around,
    shared: Mapping[str, Any],
    *,
    fault: str = "",
    status: int = 200,
) -> Response[str]:
    """The page. The case has been read through its own check."""
    async with web.house(request).database.transaction(by.scope) as connection:
        booked = await appointment_of(connection, case.ref)
        if case.phase is not Phase.BOOKED:
            rows = await timeline(connection, case.ref)
            over = over_context(case, booked, rows, at, shared, by.lang)
            return pages.page(request, "triage/booking_over.html", {**shared, **over})
        context = await _context(connection, by, case, at, booked)
    word = "added" if request.query_params.get("added") == "1" else request.query_params.get("done", "")
    # What was done is no news, and not true any more, where the unit has taken the time back.
    done = "" if context["withdrawn"] else DONE.get(word, "")
    context |= {
        "done": i18n.text(by.lang, done),
        "again_url": f"/my/cases/{case.ref}?room=1" + (f"&done={word}" if done else ""),
        "fault": fault,
    }
    return pages.page(request, "triage/booking_visit.html", {**shared, **context}, status=status)


async def _context(
    connection: Connection, by: PatientActor, case: Case, at: Around, booked: Appointment | None
) -> dict[str, Any]:
    lang = by.lang
    rules = await booking_rules(connection, case.provider_id)
    holds = booked if booked is not None and booked.state is AppointmentState.BOOKED else None
    responsible = queries.responsible(by, case)
    begun = holds is not None and clock.now() >= holds.starts_at
    context: dict[str, Any] = {
        "heading": i18n.text(lang, "Din tid"),
        "topic": f"case:{case.ref}",
        "responsible": responsible,
        "offer": await _offer(connection, case, lang) if holds else None,
        "withdrawn": None if holds else await _withdrawn(connection, case, booked, lang),
        "visit": None,
        "information": "",
        "near": None,
        "next_steps": [],
        "rows": _rows(case, holds, begun, lang),
        "earlier": None,
        "late": "",
        "may_cancel": not begun,
        "said": i18n.text(lang, "Mottagningen har ställt in tiden."),
    }
    if holds is None:
        return context
    who = said.who_reads(at.practice.roles.of(holds.role), lang)
    phone = said.mobile_in_text(at.actor.mobile)
    near = words.near(holds, at.unit, lang)
    return context | {
        "visit": await _visit(connection, holds, at.unit, who, lang),
        "information": await _information(connection, case),
        "near": near,
        "next_steps": words.next_steps(
            holds, at.unit, rules, phone, who, lang, for_child=bool(by.main(case.person_id) != by.person_id)
        ),
        "earlier": None if begun else {"on": await wishes_earlier(connection, case.ref)},
        "late": "" if begun else _late(rules, holds, lang),
        "said": f"{words.day_heading(holds.starts_at, lang)} "
        f"{words.span_words(holds.starts_at, holds.ends_at)}. {near['text']}",
    }


async def _information(connection: Connection, case: Case) -> str:
    """What whoever booked it wrote beside the time; "" where a patient booked it, or nothing was to be said."""
    rows = await timeline(connection, case.ref)
    told = next((row for row in reversed(rows) if row.kind is Kind.BOOKED), None)
    return str(told.body.get("information", "")) if told else ""


def _late(rules: BookingRules, holds: Appointment, lang: str) -> str:
    return words.late_words(rules, holds.starts_at, lang) or words.cancel_by_words(
        rules, holds.starts_at, lang
    )


async def _visit(
    connection: Connection, holds: Appointment, unit: Unit, who: str, lang: str
) -> dict[str, Any]:
    place, address = words.place_words(holds, unit, lang)
    return {
        "day": words.day_heading(holds.starts_at, lang),
        "time": words.span_words(holds.starts_at, holds.ends_at),
        "what": words.what_words(holds, lang),
        "icon": words.ICONS[holds.contact] if holds.contact != "physical" else "user",
        "who": await _staff(connection, holds, lang) or who,
        "place": place,
        "address": address,
    }


async def _staff(connection: Connection, holds: Appointment, lang: str) -> str:
    """Whom one meets, where the time is somebody's; "" where it is a room's or a team's."""
    found = await clinics.face_of(connection, holds.staff_id)
    if found is None or holds.staff_id is None:
        return ""
    title = await clinics.patients_title(connection, holds.provider_id, holds.staff_id, found.title)
    return i18n.joined(lang, found.name, said.title_words(title, lang).lower())


async def _offer(connection: Connection, case: Case, lang: str) -> dict[str, str] | None:
    """The earlier time that may be taken: both answers are as good."""
    found = await earlier_offer_of(connection, case.ref)
    if found is None:
        return None
    slot: Slot = await slot_of(connection, found.slot)
    unit = await clinics.unit(connection, slot.unit_id)
    return {
        "day": words.day_heading(slot.starts_at, lang),
        "time": words.span_words(slot.starts_at, slot.ends_at),
        "unit": unit.name if unit else "",
        "until": words.unbroken(days.when_in_words(found.until, lang)),
    }


async def _withdrawn(
    connection: Connection, case: Case, booked: Appointment | None, lang: str
) -> dict[str, Any]:
    """What the unit said when it took the time back, and the free times nearest to it."""
    rows = await timeline(connection, case.ref)
    told = next((row for row in reversed(rows) if row.kind is Kind.TIME_WITHDRAWN), None)
    around = max(booked.starts_at if booked else clock.now(), clock.now())
    sought = await sought_by_case(connection, case.ref, by_patient=True)
    nearest = await nearest_times(connection, sought=sought, around=around)
    return {
        "was": words.unbroken(days.moment_in_words(booked.starts_at, lang)) if booked else "",
        "text": str(told.body.get("text", "")) if told else "",
        "times": days.time_rows(nearest, lang),
    }


def _rows(case: Case, holds: Appointment | None, begun: bool, lang: str) -> list[dict[str, Any]]:
    """What one can do before the visit."""
    base = f"/my/cases/{case.ref}"
    found: list[dict[str, Any]] = []
    if holds is not None and not begun:
        found += [
            _row(f"{base}/calendar", i18n.text(lang, "Lägg till i kalendern"), "calendar-plus"),
            _row(f"{base}/rebook", i18n.text(lang, "Boka om"), "calendar-clock"),
        ]
    if states.allows(case.phase, Verb.ADD_INFORMATION):
        found += [
            _row(f"{base}/more#file", i18n.text(lang, "Lägg till bild"), "image-plus"),
            _row(f"{base}/more", i18n.text(lang, "Berätta mer"), "square-pen"),
        ]
    if case.interview_id is not None:
        found.append(_row(f"{base}/answers", i18n.text(lang, "Läs dina svar"), "list-checks"))
    return found


def _row(href: str, label: str, icon: str) -> dict[str, Any]:
    return {"href": href, "label": label, "icon": icon}
