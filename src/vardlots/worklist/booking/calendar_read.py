"""What the calendar is asked for and reads, logged before it is shown."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.booking.schedules.days.queries import moments
from vardlots.booking.schedules.model import Closed, Schedule
from vardlots.booking.schedules.queries import closed_at, schedules_at
from vardlots.booking.schedules.types import known_time_types
from vardlots.cases.web import house, read_log
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_
from vardlots.platform.numbers import whole
from vardlots.worklist.booking import calendar_queries
from vardlots.worklist.booking.calendar_draw import (
    Words,
)
from vardlots.worklist.filters import is_chosen
from vardlots.worklist.shell import Desk, open_desk

PATH = "/staff/calendar"
DAY, WEEK = "day", "week"
# Side by side; more than this is chosen among with the filter.
MOST_COLUMNS = 24


class Asked(msgspec.Struct, frozen=True):
    """What the address asks for: which day, a day or its week, and one schedule or (None) all of the filter's."""

    day: date
    view: str = DAY
    schedule_id: int | None = None

    @property
    def first(self) -> date:
        return self.day if self.view == DAY else self.day - timedelta(days=self.day.weekday())

    @property
    def last(self) -> date:
        return self.day if self.view == DAY else self.first + timedelta(days=6)

    def query(self, **changed: object) -> dict[str, object]:
        """The address's own part, with something changed."""
        found = {"day": self.day.isoformat(), "view": self.view, "schedule": self.schedule_id, **changed}
        return {name: value for name, value in found.items() if value not in (None, "", DAY)}

    def step(self, days: int) -> str:
        return (self.day + timedelta(days=days)).isoformat()


def read_asked(query: Any) -> Asked:
    """The address; a day that is none is today."""
    try:
        day = date.fromisoformat(query.get("day", ""))
        # Some days before and after must exist too.
        day = day if date(2000, 1, 1) <= day <= date(2100, 1, 1) else clock.today()
    except ValueError:
        day = clock.today()
    view = WEEK if query.get("view") == WEEK else DAY
    return Asked(day, view, whole(query.get("schedule", ""), 18))


def day_typed(said: str, field: str) -> date:
    """A day that was typed, with days before and after it. Raises Invalid with the field."""
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise Invalid(field, N_("Välj en dag.")) from None
    if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
        raise Invalid(field, N_("Välj en dag."))
    return day


class Page(msgspec.Struct, frozen=True):
    """The calendar as read. `shown` are the schedules drawn, `schedules` all that the filter has."""

    desk: Desk
    asked: Asked
    schedules: Sequence[Schedule]
    shown: Sequence[Schedule]
    rows: Sequence[Any]
    closed: Sequence[Closed]
    said: Words
    any_schedule: bool

    @property
    def is_board(self) -> bool:
        """Whether it is a week of several schedules: those are told in short."""
        return self.asked.view == WEEK and len(self.shown) > 1


async def read_page(request: Web, by: StaffActor) -> Page:
    """Read what the address asks for, and log whose booked times are shown before they are."""
    asked = read_asked(request.query_params)
    begin, end = moments(asked.first, asked.last)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        desk, schedules = await _schedules(request, connection, desk, asked)
        # One's own stands first: on a narrow page it is the one that is seen.
        schedules.sort(key=lambda one: one.staff_id != by.staff_id)
        any_schedule = bool(schedules) or await _has_any(connection, by)
        shown = [one for one in schedules if asked.schedule_id in (None, one.schedule_id)]
        if not shown:
            asked, shown = msgspec.structs.replace(asked, schedule_id=None), schedules
        shown = shown[:MOST_COLUMNS]
        board = asked.view == WEEK and len(shown) > 1
        read = calendar_queries.states if board else calendar_queries.times
        rows = await read(connection, by=by, schedules=shown, begin=begin, end=end) if shown else []
        closed = await closed_at(
            connection,
            provider_id=by.provider_id,
            schedule_ids=[one.schedule_id for one in shown],
            first=asked.first,
            last=asked.last,
        )
        types = await known_time_types(connection, by.provider_id)
    booked = [] if board else [row for row in rows if row["case_id"] and not row["veiled"]]
    await read_log(request).record(
        access(by, "list", provider_id=by.provider_id, reason=f"calendar {asked.first}/{asked.last}"),
        *(
            access(
                by,
                "read_calendar",
                provider_id=by.provider_id,
                person_id=row["person_id"],
                case_id=row["case_id"],
            )
            for row in booked
        ),
    )
    said = Words(desk.lang, types, desk.pen.names, clock.now())
    return Page(desk, asked, schedules, shown, rows, closed, said, any_schedule)


async def _schedules(
    request: Web, connection: Connection, desk: Desk, asked: Asked
) -> tuple[Desk, list[Schedule]]:
    """The filter's schedules, and the one that the address names wherever it is.

    Of a role that has no schedules (*medicinsk admin* keeps others'), everybody's: unless the role was just chosen.
    """
    by, chosen = desk.by, desk.chosen
    found = await schedules_at(
        connection, by=by, unit_ids=chosen.units(by), role=chosen.role, staff_id=chosen.staff_id
    )
    named = asked.schedule_id is not None and all(one.schedule_id != asked.schedule_id for one in found)
    if named:
        every = await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids), also_off=True)
        found += [one for one in every if one.schedule_id == asked.schedule_id]
    if not found and chosen.role and not is_chosen(request.query_params):
        wide = msgspec.structs.replace(chosen, role="")
        found = await schedules_at(connection, by=by, unit_ids=wide.units(by), staff_id=wide.staff_id)
        desk = msgspec.structs.replace(desk, chosen=wide) if found else desk
    return desk, found


async def _has_any(connection: Connection, by: StaffActor) -> bool:
    return bool(await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids)))


def address(found: Page, path: str = PATH, **changed: object) -> str:
    """The same page with something changed."""
    return found.desk.chosen.address(path, **found.asked.query(**changed))


def slot_address(found: Page, slot_id: int) -> str:
    """A time's own page; it leads back to the same view."""
    query = "&".join(f"{name}={value}" for name, value in found.asked.query(day="").items())
    return f"{PATH}/slots/{slot_id}" + (f"?{query}" if query else "")
