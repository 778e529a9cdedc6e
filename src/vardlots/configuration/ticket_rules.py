"""*Biljetter*, each provider's own: how long a ticket holds, and which resource looks at one that is over."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

KEY = "provider"
_ASSUMED = N_("Värdet från början är antaget: ingen källa anger det.")


class TicketRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days that a ticket of each kind is given from the start, the most that staff may give, and who looks at one
    that ran out, was declined or was answered (*vidimering*). The days are assumed: no source gives them."""

    booking_days: Annotated[
        int, Meta(title=N_("Bokningsbiljett gäller i dagar"), description=_ASSUMED, ge=1, le=365)
    ] = 30
    drop_in_days: Annotated[
        int, Meta(title=N_("Drop in-biljett gäller i dagar"), description=_ASSUMED, ge=1, le=365)
    ] = 2
    form_days: Annotated[
        int, Meta(title=N_("Fristående formulär gäller i dagar"), description=_ASSUMED, ge=1, le=365)
    ] = 30
    most_days: Annotated[
        int, Meta(title=N_("Längsta giltighetstid i dagar"), description=_ASSUMED, ge=1, le=730)
    ] = 180
    acknowledged_at: Annotated[
        Literal["receiver", "issuer"],
        Meta(
            title=N_("Vidimeringen går till"),
            description=N_(
                "Den som tittar på biljetter som gått ut, avböjts eller besvarats. Från 1177 på telefon och till en "
                "annan vårdgivare är det alltid avsändaren."
            ),
            extra_json_schema={
                "labels": {
                    "receiver": N_("Resursen som biljetten gäller"),
                    "issuer": N_("Resursen som skickade den"),
                }
            },
        ),
    ] = "receiver"

    def days(self, kind: str) -> int:
        """The days of a ticket of a kind (`tickets.model.Kind`), where whoever sends it says nothing else."""
        return {"booking": self.booking_days, "drop_in": self.drop_in_days}.get(kind, self.form_days)


async def ticket_rules(connection: Connection, provider_id: int) -> TicketRules:
    """The rules of a provider, as they are in force."""
    saved = await book.saved(connection, provider_id, TICKET_RULES, TicketRules)
    return saved.get(KEY) or TicketRules()


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(TicketRules()))}


async def _check(_connection: Connection, _provider_id: int, _key: str, value: TicketRules) -> list[Problem]:
    return [
        Problem(field, N_("Längre än den längsta giltighetstiden. Sänk den här, eller höj den."))
        for field in ("booking_days", "drop_in_days", "form_days")
        if getattr(value, field) > value.most_days
    ]


TICKET_RULES = kinds.register(
    Kind(
        code="ticket_rules",
        label=N_("Biljetter"),
        group="rules",
        about=N_("Hur länge biljetter gäller, och vem som tittar på en biljett som inte användes."),
        shape=TicketRules,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
