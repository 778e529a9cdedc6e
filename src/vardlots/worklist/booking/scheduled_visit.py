"""The booked time of a visit, above the conversation: when, where, how it stands, what may be done about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.booking.model import Appointment, AppointmentState
from vardlots.booking.queries import appointment_of
from vardlots.booking.schedules.types import known_time_types
from vardlots.cases import policy
from vardlots.cases.model import Phase, Verb
from vardlots.cases.states import allows
from vardlots.clinics.queries import face_of
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, day_words
from vardlots.worklist.booking.scheduled_states import WORDS, standing
from vardlots.worklist.booking.scheduled_words import CONTACTS
from vardlots.worklist.visit_items import Item
from vardlots.worklist.visit_read import Visit


async def read_booked(connection: Connection, _by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """The context of a booked visit: `booked`, None where the case never had a time, or is long over."""
    case = found.case
    if case.booked_from is None and case.phase is not Phase.BOOKED:
        return {"booked": None}
    time = await appointment_of(connection, case.ref)
    if time is None:
        return {"booked": None}
    types = await known_time_types(connection, case.provider_id)
    known = types.get(time.time_type)
    whose = await face_of(connection, time.staff_id)
    stands = standing(
        phase=case.phase.value,
        appointment=time.state.value,
        booked_from=case.booked_from,
        ends_at=time.ends_at,
        now=clock.now(),
    )
    label, kind, icon = WORDS[stands]
    return {
        "booked": {
            "when": when_of(time, lang),
            "gone": case.booked_from is None,
            "way": text(lang, CONTACTS[time.contact][0]),
            "way_icon": CONTACTS[time.contact][1],
            "type": "" if known is None else known.name if lang == "sv" else known.name_en,
            "colour": known.colour if known else "grey",
            "whose": whose.name if whose else "",
            "chip": text(lang, label),
            "chip_kind": kind,
            "chip_icon": icon,
            **deeds(found, time, clock.now()),
        }
    }


def when_of(time: Appointment, lang: str) -> str:
    """*torsdag 19 november 10.30–10.50*."""
    return f"{day_words(time.starts_at, lang)} {clock_time(time.starts_at)}–{clock_time(time.ends_at)}"


def deeds(found: Visit, time: Appointment, now: datetime) -> dict[str, bool]:
    """What the actor may do about the time now. Whoever comes to the unit is ticked off there; others are met in the
    service, which says so by itself."""
    begun = time.starts_at <= now
    there = time.state is AppointmentState.BOOKED
    today = clock.local(time.starts_at).date() <= clock.local(now).date()
    return {
        "may_attend": there and today and time.contact == "physical" and _may(found, Verb.ATTEND),
        "may_miss": there and begun and _may(found, Verb.MISS),
        "may_rebook": _may(found, Verb.REBOOK),
        "may_cancel": _may(found, Verb.CANCEL_BOOKING),
        "may_withdraw": there and not begun and _may(found, Verb.WITHDRAW_TIME),
    }


def offer(_by: StaffActor, found: Visit, lang: str) -> Item | None:
    """*Boka tid* under *Nytt*: a new booked visit because of this one. A booked one has *Boka om* beside its time."""
    if found.case.phase is Phase.BOOKED or not _reaches(found):
        return None
    return Item("calendar-plus", text(lang, "Boka tid"), f"/staff/cases/{found.case.ref}/book")


def _reaches(found: Visit) -> bool:
    return found.is_own or found.case.unit_id in found.by.unit_ids


def _may(found: Visit, verb: Verb) -> bool:
    return allows(found.case.phase, verb) and (
        policy.may(found.by, verb, found.case, clock.now(), found.rights) is None
    )
