"""*Bokning*, each provider's own: how late and how far ahead patients book, and what they are reminded of.

That texts go at booking, the same morning, fifteen minutes before and at the start is a region's own practice
(domain §2). Every other figure is assumed: no source gives it; the seeds only regret that 15.20 could be booked
at 15.19.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

KEY = "provider"
_MINUTES = {"widget": "minutes"}
_TIME = {"widget": "time"}
_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


class BookingRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a provider. `*_minutes`, `*_hours`, `*_days` are lengths; `*_at`, `*_from`, `*_to` times of day."""

    notice_minutes: Annotated[
        int,
        Meta(
            title=N_("Senast före start bokar patienten"),
            description=N_("En tid som börjar tidigare än så kan bara personal boka."),
            ge=0,
            le=14 * 1440,
            extra_json_schema=_MINUTES,
        ),
    ] = 60
    horizon_days: Annotated[int, Meta(title=N_("Så många dagar framåt bokar patienten"), ge=1, le=400)] = 90
    hold_minutes: Annotated[
        int,
        Meta(
            title=N_("En vald tid hålls"),
            description=N_("Så länge är tiden bara för den som väljer. Sedan är den ledig igen."),
            ge=2,
            le=60,
            extra_json_schema=_MINUTES,
        ),
    ] = 10
    late_hours: Annotated[
        int,
        Meta(
            title=N_("Avboka eller boka om senast, timmar före"),
            description=N_(
                "Det går senare också, men patienten får veta att det är sent och varför det spelar roll."
            ),
            ge=0,
            le=168,
        ),
    ] = 24
    offer_minutes: Annotated[
        int,
        Meta(
            title=N_("Svara på en tidigare tid inom"),
            description=N_("Bara minuter mellan klockslagen här under räknas."),
            ge=15,
            le=1440,
            extra_json_schema=_MINUTES,
        ),
    ] = 120
    offer_from: Annotated[
        str, Meta(title=N_("Erbjud tidigare tider från"), pattern=_CLOCK, extra_json_schema=_TIME)
    ] = "08:00"
    offer_to: Annotated[
        str, Meta(title=N_("Erbjud tidigare tider till"), pattern=_CLOCK, extra_json_schema=_TIME)
    ] = "20:00"
    tell_at_booking: Annotated[bool, Meta(title=N_("Sms när tiden är bokad"))] = True
    remind_same_morning: Annotated[bool, Meta(title=N_("Påminn samma morgon"))] = True
    morning_at: Annotated[
        str, Meta(title=N_("Morgonens påminnelse klockan"), pattern=_CLOCK, extra_json_schema=_TIME)
    ] = "07:00"
    remind_before: Annotated[bool, Meta(title=N_("Påminn före ett digitalt besök"))] = True
    before_minutes: Annotated[
        int, Meta(title=N_("Så lång tid före"), ge=5, le=240, extra_json_schema=_MINUTES)
    ] = 15
    remind_at_start: Annotated[bool, Meta(title=N_("Påminn när ett digitalt besök börjar"))] = True

    @property
    def notice(self) -> timedelta:
        """How long before its start a time has to be booked by a patient."""
        return timedelta(minutes=self.notice_minutes)

    @property
    def horizon(self) -> timedelta:
        """How far ahead a patient books."""
        return timedelta(days=self.horizon_days)

    @property
    def hold(self) -> timedelta:
        """How long a chosen time is kept for whoever chooses."""
        return timedelta(minutes=self.hold_minutes)

    @property
    def offer_hours(self) -> tuple[time, time]:
        """The part of the day in which somebody is asked to answer an offer."""
        return time.fromisoformat(self.offer_from), time.fromisoformat(self.offer_to)

    @property
    def morning(self) -> time:
        """When the reminder of the same morning goes."""
        return time.fromisoformat(self.morning_at)


DEFAULT = BookingRules()


def problems(value: BookingRules) -> list[Problem]:
    """What no type can find."""
    if value.offer_from >= value.offer_to:
        return [Problem("offer_to", N_("Välj ett klockslag senare på dagen än det första."))]
    return []


async def booking_rules(connection: Connection, provider_id: int) -> BookingRules:
    """The rules of a provider, as they are in force."""
    saved = await book.saved(connection, provider_id, BOOKING_RULES, BookingRules)
    return saved.get(KEY) or DEFAULT


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(DEFAULT))}


async def _check(_c: Connection, _provider_id: int, _key: str, value: BookingRules) -> list[Problem]:
    return problems(value)


BOOKING_RULES = kinds.register(
    Kind(
        code="booking_rules",
        label=N_("Bokning"),
        group="rules",
        about=N_(
            "Hur sent och hur långt fram patienter bokar, hur en tidigare tid erbjuds och vad som påminns om. När "
            "påminnelserna går är en regions egen praxis; övriga värden från början är antagna: ingen källa anger dem."
        ),
        shape=BookingRules,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
