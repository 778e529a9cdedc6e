"""*Jourlista*: which phone a unit is reached on, hour by hour, also when nobody is signed in (requirement E3)."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import HOLIDAY, Exceptional, Hours, day_hours, span_of
from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.platform.phones import read_phone

Day = Literal["0", "1", "2", "3", "4", "5", "6", "holiday"]
DAYS: Mapping[str, str] = {
    "0": N_("Måndag"),
    "1": N_("Tisdag"),
    "2": N_("Onsdag"),
    "3": N_("Torsdag"),
    "4": N_("Fredag"),
    "5": N_("Lördag"),
    "6": N_("Söndag"),
    HOLIDAY: N_("Helgdag"),
}
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PHONE = {"widget": "phone"}
_CLOCK = {"widget": "time"}
Phone = Annotated[str, Meta(title=N_("Telefon"), max_length=30, extra_json_schema=_PHONE)]
From = Annotated[str, Meta(title=N_("Från"), max_length=5, extra_json_schema=_CLOCK)]
To = Annotated[str, Meta(title=N_("Till"), max_length=5, extra_json_schema=_CLOCK)]


class RosterSpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some days of the week, from one time to another, which may be on the next morning."""

    opens: From
    closes: To
    phone: Phone
    days: Annotated[
        list[Day], Meta(title=N_("Dagar"), min_length=1, max_length=8, extra_json_schema={"labels": DAYS})
    ]


class RosterException(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One day that is not as its weekday."""

    date: Annotated[date, Meta(title=N_("Dag"))]
    opens: From
    closes: To
    phone: Phone


class Roster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is reached when. The first row that holds at a moment says it, and exceptions come before the week."""

    phone: Annotated[
        str,
        Meta(
            title=N_("Enhetens telefon"),
            description=N_(
                "Dit går sms om konsultationer när ingen rad nedanför gäller. Lämnas den tom får ingen sms då."
            ),
            max_length=30,
            extra_json_schema=_PHONE,
        ),
    ] = ""
    spans: Annotated[
        list[RosterSpan],
        Meta(
            title=N_("Veckan"),
            description=N_(
                "En tid som slutar nästa morgon skrivs på den dag då den börjar. Röda dagar följer Helgdag i "
                "stället för sin veckodag."
            ),
            max_length=60,
        ),
    ] = []
    exceptions: Annotated[
        list[RosterException],
        Meta(
            title=N_("Undantag"),
            description=N_("Enstaka dagar. De går före veckan, också över midnatt."),
            max_length=200,
        ),
    ] = []


def phone_at(roster: Roster, moment: datetime, *, eves_are_holidays: bool = True) -> str | None:
    """The number (E.164) that the unit is reached on at a moment (aware); None where nobody is reached. Pure.

    The wall clock in Sweden decides, also when the clocks change; what began yesterday goes on past midnight.
    """
    today = clock.local(moment).date()
    for day in (today, today - timedelta(days=1)):
        for one in roster.exceptions:
            alone = Hours({}, {one.date: Exceptional((one.opens, one.closes))}, eves_are_holidays)
            if one.date == day and _holds(alone, day, moment):
                return read_phone(one.phone)
    for day in (today, today - timedelta(days=1)):
        for row in roster.spans:
            week = Hours({which: [row.opens, row.closes] for which in row.days}, {}, eves_are_holidays)
            if day_hours(week, day)[0] and _holds(week, day, moment):
                return read_phone(row.phone)
    return read_phone(roster.phone) if roster.phone else None


def _holds(hours: Hours, day: date, moment: datetime) -> bool:
    span = span_of(hours, day)
    return span is not None and span.starts <= moment < span.ends


async def roster_of(connection: Connection, provider_id: int, unit_id: int) -> Roster:
    """The roster of a unit as it is in force; an empty one where nobody has saved any."""
    saved = await book.saved(connection, provider_id, ROSTER, Roster)
    return saved.get(str(unit_id)) or Roster()


def problems(value: Roster) -> list[Problem]:
    """What no type can find, each with its field."""
    found = [] if not value.phone or read_phone(value.phone) else [Problem("phone", _NO_NUMBER)]
    for n, span in enumerate(value.spans):
        found += _row_problems(f"spans.{n}", span)
    for n, alone in enumerate(value.exceptions):
        found += _row_problems(f"exceptions.{n}", alone)
    return found


def _row_problems(at: str, row: RosterSpan | RosterException) -> list[Problem]:
    found = [] if read_phone(row.phone) else [Problem(f"{at}.phone", _NO_NUMBER)]
    for field, written in (("opens", row.opens), ("closes", row.closes)):
        if not (_TIME.fullmatch(written) or (field == "closes" and written == "24:00")):
            found.append(Problem(f"{at}.{field}", N_("Skriv tider som 08.00, dygnets slut som 24.00.")))
    return found


_NO_NUMBER = N_("Numret stämmer inte. Kontrollera siffrorna.")


async def _standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    empty = msgspec.to_builtins(Roster())
    return {
        str(one.unit_id): Standing(dict(empty), one.unit_id)
        for one in await clinics.units_of(connection, provider_id)
    }


async def _check(_c: Connection, _provider_id: int, _key: str, value: Roster) -> list[Problem]:
    return problems(value)


ROSTER = kinds.register(
    Kind(
        code="roster",
        label=N_("Jourlista"),
        group="unit",
        about=N_("Vilken telefon som får sms om konsultationer, också när ingen är inloggad."),
        shape=Roster,
        title=lambda value: str(value.phone),
        per_unit=True,
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
