"""*Överlämning och paus*, each provider's own: when an unanswered handover is reminded of, how long a pause may be."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

KEY = "provider"
_MINUTES = {"widget": "minutes"}


class HandoverRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The minutes until an unanswered handover is reminded of, by its priority and again as often; days and minutes of
    a pause. All of them are assumed: no source gives them."""

    priority_1: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 1"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 5
    priority_2: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 2"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 10
    priority_3: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 3"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 15
    priority_other: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 4 till 12"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 30
    pause_days: Annotated[
        int,
        Meta(
            title=N_("Längsta paus i dagar"),
            description=N_("Värdet från början är antaget: ingen källa anger det."),
            ge=1,
            le=60,
        ),
    ] = 14
    grace_minutes: Annotated[
        int,
        Meta(
            title=N_("Lägg tillbaka efter pausen"),
            description=N_(
                "Så länge efter pausens slut väntar ärendet på den som har det. Är hen inte på skift då, "
                "går ärendet till kön."
            ),
            ge=5,
            le=1440,
            extra_json_schema=_MINUTES,
        ),
    ] = 60

    def remind_after(self, priority: int) -> timedelta:
        """How long a request of a priority waits before it is reminded of."""
        minutes = {1: self.priority_1, 2: self.priority_2, 3: self.priority_3}
        return timedelta(minutes=minutes.get(priority, self.priority_other))

    @property
    def longest_pause(self) -> timedelta:
        """How far ahead a visit may be paused."""
        return timedelta(days=self.pause_days)

    @property
    def grace(self) -> timedelta:
        """How long after a pause an owner who is off shift keeps the visit."""
        return timedelta(minutes=self.grace_minutes)


async def handover_rules(connection: Connection, provider_id: int) -> HandoverRules:
    """The rules of a provider, as they are in force."""
    saved = await book.saved(connection, provider_id, HANDOVER_RULES, HandoverRules)
    return saved.get(KEY) or HandoverRules()


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(HandoverRules()))}


HANDOVER_RULES = kinds.register(
    Kind(
        code="handover_rules",
        label=N_("Överlämning och paus"),
        group="rules",
        about=N_(
            "Hur ofta kollegor påminns om en överlämning som ingen har svarat på, och hur länge ett besök kan "
            "pausas. Tiderna som gäller från början är antagna: ingen källa anger dem."
        ),
        shape=HandoverRules,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_standing,
    )
)
