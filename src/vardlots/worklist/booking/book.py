"""*Boka tid* by staff, as a page: the same from a patient's page, from a visit, and for a visit that is rebooked (G4).

Days and times are links and choices, so that it works without script; a time that is gone is told with those nearest.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Response

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.booking.model import Appointment, Slot, SlotRef, SlotTaken, Sought
from vardlots.booking.queries import appointment_of, days_with_times, free_times, slot_of
from vardlots.booking.schedules.types import known_time_types
from vardlots.cases.web import house
from vardlots.configuration.time_types import TimeType
from vardlots.families.acting import acting_for
from vardlots.people.queries import person, same_persons
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import clock_time, day_words
from vardlots.worklist.about import Origin, who_words
from vardlots.worklist.booking.scheduled import read_day
from vardlots.worklist.booking.scheduled_queries import day_span
from vardlots.worklist.booking.scheduled_visit import when_of
from vardlots.worklist.booking.scheduled_words import CONTACTS
from vardlots.worklist.reasons import Wanted, reason_field
from vardlots.worklist.shell import Desk, context, open_desk
from vardlots.worklist.visit_read import Visit

WEEK = timedelta(days=7)
# How far ahead free times are counted.
AHEAD = timedelta(days=56)
INFORMATION_MAX = 500


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What has been chosen so far: where, whose, of what type, which day, which time, and the words.

    `telephone`: a digital time at which the patient is telephoned instead. `ends`: the visit ends when the time stands.
    """

    unit_id: int | None = None
    role: str = ""
    time_type: str = ""
    day: date | None = None
    slot: SlotRef | None = None
    wanted: Wanted = Wanted()
    information: str = ""
    telephone: bool = False
    ends: bool = False


def read_choice(sent: Mapping[str, Any], before: Choice) -> Choice:
    """The choice in an address or a form; what is not there is as before."""
    day = str(sent.get("day", ""))
    slot = str(sent.get("slot", ""))
    place = str(sent.get("place", before.unit_id or ""))
    return msgspec.structs.replace(
        before,
        unit_id=None if place == "all" else whole(place, 9) if place else before.unit_id,
        role=str(sent.get("profession", before.role))[:40].replace("all", ""),
        time_type=str(sent.get("type", before.time_type))[:40].replace("all", ""),
        day=read_day(day, clock.today()) if day else before.day,
        slot=SlotRef.parse(slot) if slot else None,
        information=str(sent.get("information", "")).strip(),
        telephone=sent.get("telephone") == "1",
        ends=sent.get("ends") == "1",
    )


async def draw(
    request: Web, by: StaffActor, at: Origin, chosen: Choice, refusal: Refusal | None = None
) -> Response[Any]:
    """The page, with what was refused beside its cause and everything chosen kept."""
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        about = await person(connection, at.person_id)
        if about is None:
            raise NotFound()
        values = await _read(connection, desk, at, chosen, refusal)
    lang = desk.lang
    fault = text(lang, refusal.message, **refusal.values) if refusal else ""
    field = refusal.field if isinstance(refusal, Invalid) else ""
    values |= {
        **context(desk, "scheduled" if at.rebooks else "patients", "/staff/scheduled"),
        "action": at.action,
        "back": at.back,
        "rebooks": at.rebooks,
        "from_visit": at.visit is not None,
        "may_end": at.visit is not None and not at.rebooks and _may_end(at.visit),
        "ends": chosen.ends,
        "who": who_words(about, lang),
        "reason": reason_field(chosen.wanted, fault if field == "reason" else ""),
        "information": chosen.information,
        "telephone": chosen.telephone,
        "fault": fault if field != "reason" else "",
        "field": field,
    }
    return pages.page(request, "worklist/book.html", values, status=refusal.status if refusal else 200)


def _may_end(found: Visit) -> bool:
    """Whoever has the visit ends it; anybody else's is theirs."""
    return found.is_own and found.case.phase.value in ("accepted", "ongoing")


async def _read(
    connection: Connection, desk: Desk, at: Origin, chosen: Choice, refusal: Refusal | None
) -> dict[str, Any]:
    """What the page offers: units, roles, types, days, the times of the day."""
    by, lang, known = desk.by, desk.lang, desk.known
    types = await known_time_types(connection, by.provider_id)
    picked = await _picked(connection, by, chosen.slot)
    if picked is not None and chosen.day is None:
        # A time that was pressed in the calendar says where and when.
        chosen = msgspec.structs.replace(
            chosen, unit_id=picked.unit_id, role=picked.role, day=clock.local(picked.starts_at).date()
        )
    units = sorted(known.units if at.rebooks else by.unit_ids, key=known.unit_name)
    unit_ids = (chosen.unit_id,) if chosen.unit_id in units else tuple(units)
    sought = Sought(
        provider_id=by.provider_id,
        unit_ids=tuple(one for one in unit_ids if one is not None),
        role=chosen.role or None,
        time_type=chosen.time_type or None,
        person_ids=tuple(await same_persons(connection, [at.person_id])),
    )
    now = clock.now()
    counts = await days_with_times(connection, sought=sought, from_at=now, until_at=now + AHEAD)
    day = chosen.day or next(iter(counts), clock.today())
    begin, end = day_span(day)
    slots = await free_times(connection, sought=sought, from_at=begin, until_at=end)
    nearest = list(refusal.nearest) if isinstance(refusal, SlotTaken) else []
    whose = await _whose(connection, by.provider_id, [*slots, *nearest])
    reads = await acting_for(connection, provider_id=by.provider_id, person_id=at.person_id)
    time = await appointment_of(connection, at.visit.case.ref) if at.rebooks and at.visit else None
    kept = {
        "place": chosen.unit_id or "all",
        "profession": chosen.role or "all",
        "type": chosen.time_type or "all",
    }
    return {
        "units": [_option("all", text(lang, "Alla"), chosen.unit_id is None)]
        + [_option(one, known.unit_name(one), one == chosen.unit_id) for one in units],
        "roles": [_option("all", text(lang, "Alla"), not chosen.role)]
        + [
            _option(one, known.role_name(one, lang), one == chosen.role)
            for one in sorted(
                known.caring | ({chosen.role} - {""}), key=lambda one: known.role_name(one, lang)
            )
        ],
        "types": [_option("all", text(lang, "Alla"), not chosen.time_type)]
        + [_option(code, _type_name(one, lang), code == chosen.time_type) for code, one in types.items()],
        "kept": kept,
        "day": day.isoformat(),
        "day_title": _capital(day_words(day, lang)),
        "days": _strip(at.action, kept, day, counts, lang),
        "before": _week_url(at.action, kept, day - WEEK) if day - WEEK >= clock.today() - WEEK else "",
        "after": _week_url(at.action, kept, day + WEEK),
        "next_free": _next_free(at.action, kept, day, counts, lang) if not slots else None,
        "slots": [_slot(one, desk, types, whose, chosen.slot) for one in slots],
        "nearest": [
            _slot(one, desk, types, whose, None)
            | {"day": _capital(day_words(clock.local(one.starts_at).date(), lang))}
            for one in nearest
        ],
        "reads": reads is not None,
        "was": _was(time, lang),
    }


def _was(time: Appointment | None, lang: str) -> str:
    return when_of(time, lang) if time is not None else ""


async def _picked(connection: Connection, by: StaffActor, ref: SlotRef | None) -> Slot | None:
    if ref is None or ref.provider_id != by.provider_id:
        return None
    try:
        return await slot_of(connection, ref)
    except NotFound:
        return None


async def _whose(connection: Connection, provider_id: int, slots: list[Slot]) -> dict[int, str]:
    """Whose times they are, by time: a member of staff's name, or the resource's."""
    rows = await connection.fetch(
        "SELECT t.slot_id, coalesce(w.given_name || ' ' || w.family_name, d.name) AS whose FROM slot t "
        "JOIN schedule d USING (provider_id, schedule_id) LEFT JOIN staff w ON w.staff_id = t.staff_id "
        "WHERE t.provider_id = $1 AND t.slot_id = ANY ($2::bigint[])",
        provider_id,
        [one.slot_id for one in slots],
    )
    return {row["slot_id"]: row["whose"] for row in rows}


def _slot(
    one: Slot, desk: Desk, types: Mapping[str, TimeType], whose: Mapping[int, str], chosen: SlotRef | None
) -> dict[str, Any]:
    lang, kind = desk.lang, types.get(one.time_type)
    way, icon = CONTACTS[one.contact]
    minutes = int((one.ends_at - one.starts_at).total_seconds() // 60)
    return {
        "ref": str(one.ref),
        "time": clock_time(one.starts_at),
        "minutes": text(lang, "{n} min", n=minutes),
        "type": _type_name(kind, lang) if kind else "",
        "colour": kind.colour if kind else "grey",
        "whose": whose.get(one.slot_id, ""),
        "unit": desk.known.unit_name(one.unit_id),
        "way": text(lang, way),
        "icon": icon,
        "hidden": not one.patient_sees,
        "locked": bool(one.booking_for),
        "chosen": one.ref == chosen,
    }


def _type_name(one: TimeType, lang: str) -> str:
    return one.name if lang == "sv" else one.name_en


def _option(value: object, label: str, chosen: bool) -> dict[str, Any]:
    return {"value": str(value), "label": label, "chosen": chosen}


def _week_url(action: str, kept: Mapping[str, Any], day: date) -> str:
    day = max(day, clock.today())
    return f"{action}?place={kept['place']}&profession={kept['profession']}&type={kept['type']}&day={day}"


def _strip(
    action: str, kept: Mapping[str, Any], day: date, counts: Mapping[date, int], lang: str
) -> list[dict[str, Any]]:
    """The seven days of the week that the day is in, each with how many times are free."""
    monday = day - timedelta(days=day.weekday())
    found = []
    for one in (monday + timedelta(days=n) for n in range(7)):
        free = counts.get(one, 0)
        word, number, *_ = day_words(one, lang).split(" ")
        found.append(
            {
                "href": _week_url(action, kept, one),
                "word": word[:3],
                "number": number,
                "name": day_words(one, lang),
                "free": free,
                "said": plural(lang, "{n} ledig tid", "{n} lediga tider", free),
                "active": one == day,
                "past": one < clock.today(),
            }
        )
    return found


def _next_free(
    action: str, kept: Mapping[str, Any], day: date, counts: Mapping[date, int], lang: str
) -> dict[str, str] | None:
    """The way to the next day that has a free time; None where none has."""
    later = next((one for one in counts if one > day), None) or next(iter(counts), None)
    return None if later is None else {"href": _week_url(action, kept, later), "day": day_words(later, lang)}


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
