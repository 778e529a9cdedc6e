"""*Konsultationer*: each provider's rules for what is asked of whom and when it is reminded of, and the texts that a
question can begin with."""

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
_ASSUMED = N_("Värdet från början är antaget: ingen källa anger det.")
# Letters of the text where what was written of the patient is pasted.
HISTORY_PLACE = "{history}"


class ConsultRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a provider. The minutes are assumed: no source gives them."""

    admin_role: Annotated[
        str,
        Meta(
            title=N_("Administrativa ärenden går till rollen"),
            description=N_("Rollens kod. En konsultation om ett administrativt ärende går bara dit."),
            pattern="^[a-z_]{1,40}$",
        ),
    ] = "medical_admin"
    pooled_for_specialised: Annotated[
        bool,
        Meta(
            title=N_("Specialiserad vård nås genom den gemensamma resursen"),
            description=N_(
                "En konsultation till en mottagning går till vårdgivarens gemensamma drop in-resurs."
            ),
        ),
    ] = True
    priority_1: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 1"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 5
    priority_2: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 2"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 15
    priority_3: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 3"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 60
    priority_4: Annotated[
        int,
        Meta(title=N_("Påminn vid prioritet 4 och 5"), ge=1, le=2880, extra_json_schema=_MINUTES),
    ] = 240
    priority_other: Annotated[
        int,
        Meta(
            title=N_("Påminn vid prioritet 6 till 12"),
            description=_ASSUMED,
            ge=1,
            le=10080,
            extra_json_schema=_MINUTES,
        ),
    ] = 1440

    def remind_after(self, priority: int) -> timedelta:
        """How long an unanswered consultation of a priority waits before it is reminded of, and again."""
        minutes = {
            1: self.priority_1,
            2: self.priority_2,
            3: self.priority_3,
            4: self.priority_4,
            5: self.priority_4,
        }
        return timedelta(minutes=minutes.get(priority, self.priority_other))


async def consult_rules(connection: Connection, provider_id: int) -> ConsultRules:
    """The rules of a provider, as they are in force."""
    saved = await book.saved(connection, provider_id, CONSULT_RULES, ConsultRules)
    return saved.get(KEY) or ConsultRules()


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(ConsultRules()))}


CONSULT_RULES = kinds.register(
    Kind(
        code="consult_rules",
        label=N_("Konsultationer"),
        group="rules",
        about=N_(
            "Vart konsultationer får skickas, och när en obesvarad påminns. Tiderna som gäller från början är "
            "antagna: ingen källa anger dem."
        ),
        shape=ConsultRules,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_standing,
    )
)
