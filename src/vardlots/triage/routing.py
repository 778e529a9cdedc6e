"""*Vägar efter triagen*: what a provider decides about where an outcome leads. What holds from the start is assumed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from vardlots.clinics.changes import actions as changes
from vardlots.clinics.model import ROLES
from vardlots.clinics.queries import COUNTY_KEY, roles_of
from vardlots.configuration import kinds
from vardlots.configuration.book import Book
from vardlots.configuration.model import Applied, Kind, Problem, Standing
from vardlots.configuration.places import author
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

KEY = "provider"
BOOKABLE = (6, 7, 8, 9, 10, 11)
# Days in which a ticket can be used, by its priority; None: no limit [domain.md 1: assumed].
VALID_DAYS: Mapping[int, int | None] = {6: 3, 7: 7, 8: 14, 9: 28, 10: 90, 11: None}


class Closed(StrEnum):
    """What somebody can do whose unit is closed."""

    OTHER_UNITS = "other_units"
    SEND = "send"


class OutOfRegion(StrEnum):
    """How a patient of another region is met."""

    OWN = "own"
    QUEUE_ONLY = "queue_only"
    ELSEWHERE = "elsewhere"


class Validity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a ticket of one priority can be used. `days` None: no limit."""

    priority: Annotated[int, Meta(title=N_("Prioritet"), extra_json_schema={"readonly": True})]
    days: Annotated[int, Meta(title=N_("Dagar, tomt är utan gräns"), ge=1, le=730)] | None = None


class StandIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role that takes cases in another's place; the first of them comes first."""

    role: Annotated[str, Meta(title=N_("Roll"), extra_json_schema={"widget": "role"})]


def standing_validity() -> list[Validity]:
    """The assumed days of every priority that is booked."""
    return [Validity(priority, days) for priority, days in VALID_DAYS.items()]


class Routing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's ways. `county` is kept with the provider, where other providers' triage reads it too."""

    county: Annotated[
        str,
        Meta(
            title=N_("Länskod"),
            description=N_("Två siffror. Utan länskod räknas ingen som utomlänspatient."),
            max_length=2,
        ),
    ] = ""
    fallback_roles: Annotated[
        list[StandIn],
        Meta(
            title=N_("Roller när enheten saknar den som triagen föreslår"),
            description=N_("Den första som enheten har får ärendet, i sista hand sjuksköterska."),
            max_length=12,
        ),
    ] = []
    closed: Annotated[
        Closed,
        Meta(
            title=N_("När enheten är stängd"),
            description=N_("Prioritet 2 får aldrig vänta på att en enhet ska öppna."),
            extra_json_schema={
                "labels": {
                    "other_units": N_("Visa enheter som är öppna"),
                    "send": N_("Visa öppna enheter, och låt patienten skicka nu"),
                }
            },
        ),
    ] = Closed.OTHER_UNITS
    out_of_region: Annotated[
        OutOfRegion,
        Meta(
            title=N_("Utomlänspatienter"),
            extra_json_schema={
                "labels": {
                    "own": N_("Tas emot som egna patienter"),
                    "queue_only": N_("Får kontakt, men ingen bokningsbiljett"),
                    "elsewhere": N_("Hänvisas vidare"),
                }
            },
        ),
    ] = OutOfRegion.OWN
    elsewhere: Annotated[
        str,
        Meta(
            title=N_("Vart utomlänspatienter hänvisas, på svenska"),
            min_length=1,
            max_length=300,
            extra_json_schema={"widget": "textarea"},
        ),
    ] = N_(
        "Här tar vi bara emot patienter från den egna regionen. Sök vård i din egen region, eller ring 1177."
    )
    elsewhere_en: Annotated[
        str,
        Meta(
            title=N_("Vart utomlänspatienter hänvisas, på engelska"),
            min_length=1,
            max_length=300,
            extra_json_schema={"widget": "textarea"},
        ),
    ] = "We only receive patients of our own region here. Seek care in your own region, or call 1177."
    physical_bookable: Annotated[
        bool,
        Meta(
            title=N_("Patienten får bokningsbiljett till besök på plats"),
            description=N_("Av: den som behöver komma på besök får hjälp att hitta en tid i stället."),
        ),
    ] = True
    validity: Annotated[
        list[Validity],
        Meta(
            title=N_("Så länge gäller en bokningsbiljett"),
            description=N_("Värdena från början är antagna: ingen källa anger dem."),
            extra_json_schema={"fixed": True},
        ),
    ] = msgspec.field(default_factory=standing_validity)

    @property
    def order(self) -> tuple[str, ...]:
        """The roles that take cases in another's place, the first one first."""
        return tuple(one.role for one in self.fallback_roles)

    def valid_days(self, priority: int) -> int | None:
        """Days in which a ticket of a priority can be used; None: no limit."""
        return next((row.days for row in self.validity if row.priority == priority), VALID_DAYS.get(priority))


DEFAULT = Routing()


def routing_of(saved: Book) -> Routing:
    """What holds at a provider that has saved this."""
    return saved.saved(ROUTING, Routing).get(KEY) or DEFAULT


def problems(value: Routing, caring: frozenset[str]) -> list[Problem]:
    """What no type can find. `caring` are the roles that take cases at the provider."""
    found = []
    if value.county and not (len(value.county) == 2 and value.county.isascii() and value.county.isdigit()):
        found.append(Problem("county", N_("Skriv länskoden med två siffror, eller lämna tomt.")))
    for n, role in enumerate(value.order):
        if role not in caring:
            found.append(Problem(f"fallback_roles.{n}.role", N_("Välj en roll som tar emot ärenden.")))
        elif role in value.order[:n]:
            found.append(Problem(f"fallback_roles.{n}.role", N_("Rollen står redan längre upp.")))
    if tuple(row.priority for row in value.validity) != BOOKABLE:
        listed = ", ".join(str(priority) for priority in BOOKABLE)
        message = N_("Det ska finnas en rad för var och en av {priorities}.")
        found.append(Problem("validity", message, {"priorities": listed}))
    return found


async def _standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    county = await connection.fetchval(
        f"SELECT settings ->> '{COUNTY_KEY}' FROM provider WHERE provider_id = $1", provider_id
    )
    body: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(DEFAULT, county=county or ""))
    return {KEY: Standing(body)}


async def _check(connection: Connection, provider_id: int, _key: str, value: Routing) -> list[Problem]:
    roles = await roles_of(connection, provider_id)
    known = {*ROLES, *value.order}
    return problems(
        value, frozenset(code for code in known if (role := roles.of(code)).cares and role.active)
    )


async def _apply(connection: Connection, at: Applied, value: Routing | None) -> list[Signal]:
    if value is not None:
        await changes.write_settings(connection, by=author(at), settings={COUNTY_KEY: value.county or None})
    return []


ROUTING = kinds.register(
    Kind(
        code="routing",
        label=N_("Vägar efter triagen"),
        group="flow",
        about=N_(
            "Vart svaren leder: roller som saknas, stängda enheter, utomlänspatienter och hur länge en "
            "bokningsbiljett gäller."
        ),
        shape=Routing,
        title=lambda _value: "",
        one_each=True,
        standing=_standing,
        check=_check,
        apply=_apply,
    )
)
