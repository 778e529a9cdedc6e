"""*Vägar från 1177 på telefon*: which role gets what the assisted triage came to, and who answers outside office hours.

What holds from the start is the routine's [001 § 2.2.5]: the role and unit that triage gave, but for a physician's
visit in person with a priority that is booked, which wants administration and goes to the nurse. That the most urgent
go to a unit on call while the patient's own is closed is the routine's too; up to which priority, nobody says: assumed.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from vardlots.clinics.model import ROLES
from vardlots.clinics.queries import roles_of
from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

KEY = "provider"
Level = Literal["any", "physical", "digital", "telephone"]


class RoleRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What triage gave to one role goes to another. Both priorities are included."""

    level: Annotated[
        Level,
        Meta(
            title=N_("Besökets slag"),
            extra_json_schema={
                "labels": {
                    "any": N_("Alla slag"),
                    "physical": N_("Besök på plats"),
                    "digital": N_("Digitalt"),
                    "telephone": N_("Telefon"),
                }
            },
        ),
    ]
    role: Annotated[str, Meta(title=N_("Triagen gav rollen"), extra_json_schema={"widget": "role"})]
    from_priority: Annotated[int, Meta(title=N_("Från prioritet"), ge=2, le=12)]
    to_priority: Annotated[int, Meta(title=N_("Till prioritet"), ge=2, le=12)]
    goes_to: Annotated[str, Meta(title=N_("Går till rollen"), extra_json_schema={"widget": "role"})]

    def holds(self, *, level: str, role: str, priority: int) -> bool:
        """Whether it is about what triage came to."""
        return (
            self.level in ("any", level)
            and self.role == role
            and self.from_priority <= priority <= self.to_priority
        )


class RoutingRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a provider. The first row that holds says the role; without one it is the one that triage gave."""

    roles: Annotated[
        list[RoleRule],
        Meta(
            title=N_("Andra roller än triagens"),
            description=N_(
                "Den första raden som stämmer gäller. Stämmer ingen går ärendet till rollen som triagen gav."
            ),
            max_length=40,
        ),
    ] = msgspec.field(default_factory=lambda: [RoleRule("physical", "physician", 6, 11, "nurse")])
    outside_hours: Annotated[
        Literal["on_call", "listed"],
        Meta(
            title=N_("När patientens enhet är stängd"),
            extra_json_schema={
                "labels": {
                    "on_call": N_("Enheter som har jour svarar"),
                    "listed": N_("Patientens enhet svarar när den öppnar"),
                }
            },
        ),
    ] = "on_call"
    on_call_to: Annotated[
        int,
        Meta(
            title=N_("Jouren svarar till och med prioritet"),
            description=N_(
                "Högre siffror väntar på patientens egen enhet. Värdet från början är antaget: ingen källa anger det."
            ),
            ge=2,
            le=12,
        ),
    ] = 5

    def role_for(self, *, level: str, role: str, priority: int) -> str:
        """The role that gets what triage came to."""
        found = (one.goes_to for one in self.roles if one.holds(level=level, role=role, priority=priority))
        return next(found, role)


DEFAULT = RoutingRules()


async def routing_rules(connection: Connection, provider_id: int) -> RoutingRules:
    """The rules of a provider, as they are in force."""
    return (await book.saved(connection, provider_id, ROUTING_RULES, RoutingRules)).get(KEY) or DEFAULT


def problems(value: RoutingRules, caring: frozenset[str]) -> list[Problem]:
    """What no type can find. `caring` are the roles that take cases at the provider."""
    found = []
    for n, one in enumerate(value.roles):
        if one.from_priority > one.to_priority:
            found.append(
                Problem(f"roles.{n}.to_priority", N_("Välj en prioritet som inte är före den första."))
            )
        if one.goes_to not in caring:
            found.append(Problem(f"roles.{n}.goes_to", N_("Välj en roll som tar emot ärenden.")))
    return found


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(DEFAULT))}


async def _check(connection: Connection, provider_id: int, _key: str, value: RoutingRules) -> list[Problem]:
    roles = await roles_of(connection, provider_id)
    known = {*ROLES, *(one.goes_to for one in value.roles)}
    return problems(
        value, frozenset(code for code in known if (role := roles.of(code)).cares and role.active)
    )


ROUTING_RULES = kinds.register(
    Kind(
        code="routing_rules",
        label=N_("Vägar från 1177 på telefon"),
        group="flow",
        about=N_("Vilken roll och enhet som får ärenden från 1177 på telefon, på dagtid och på jourtid."),
        shape=RoutingRules,
        title=lambda _value: "",
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
