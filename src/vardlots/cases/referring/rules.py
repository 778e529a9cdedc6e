"""*Överlämning till annan vårdgivare*: how long the patient has to read, and how the visit stands meanwhile (E4).

    stand(case, now)  # Stand.WAITS, until the patient reads; None for a visit that is not on its way anywhere

Pure but for the one read of what a provider has configured.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from vardlots.cases.model import Case
from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

KEY = "provider"
_MINUTES = {"widget": "minutes"}


class ReferralRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Both times are assumed: the seeds say that the visit ends when the patient has read, not within what time."""

    unread_minutes: Annotated[
        int,
        Meta(
            title=N_("Patienten ska ha läst inom"),
            description=N_(
                "Har patienten inte läst då får den som har besöket veta att patienten ska ringas. Värdet från "
                "början är antaget: ingen källa anger det."
            ),
            ge=15,
            le=2880,
            extra_json_schema=_MINUTES,
        ),
    ] = 240
    answer_minutes: Annotated[
        int,
        Meta(
            title=N_("Tid att svara efter läsningen"),
            description=N_(
                "Så länge väntar besöket efter att patienten har läst, innan det avslutas. Svarar patienten är det "
                "öppet. Värdet från början är antaget: ingen källa anger det."
            ),
            ge=1,
            le=120,
            extra_json_schema=_MINUTES,
        ),
    ] = 2

    @property
    def unread_for(self) -> timedelta:
        """How long the patient has to read before somebody telephones."""
        return timedelta(minutes=self.unread_minutes)

    @property
    def answer_for(self) -> timedelta:
        """How long a patient who has read can answer before the visit ends."""
        return timedelta(minutes=self.answer_minutes)


class Stand(StrEnum):
    """How far a visit that goes on elsewhere has come. `ANSWERED`: the patient wrote, so that it stays open."""

    WAITS = "waits"
    UNREAD = "unread"
    READ = "read"
    ANSWERED = "answered"


def stand(case: Case, now: datetime) -> Stand | None:
    """How it stands; None where the visit does not go on elsewhere. `UNREAD` is when the time to read is over."""
    if case.referred_n is None or case.referred_due is None:
        return None
    if case.patient_last_n > case.referred_n:
        return Stand.ANSWERED
    if case.patient_read_n >= case.referred_n:
        return Stand.READ
    return Stand.UNREAD if now >= case.referred_due else Stand.WAITS


async def referral_rules(connection: Connection, provider_id: int) -> ReferralRules:
    """The rules of a provider, as they are in force."""
    saved = await book.saved(connection, provider_id, REFERRAL_RULES, ReferralRules)
    return saved.get(KEY) or ReferralRules()


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(ReferralRules()))}


REFERRAL_RULES = kinds.register(
    Kind(
        code="referral_rules",
        label=N_("Överlämning till annan vårdgivare"),
        group="rules",
        about=N_(
            "När ett besök går vidare hos en annan vårdgivare: hur länge det väntar på att patienten läser. "
            "Tiderna som gäller från början är antagna: ingen källa anger dem."
        ),
        shape=ReferralRules,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_standing,
    )
)
