"""*Vårdregler*: what one provider decides differently, as keys of its settings, which each subject reads for itself."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from vardlots.access.shifts.rules import CLOSE_AFTER_HOURS, CLOSE_KEY, REMIND_AFTER_HOURS, REMIND_KEY
from vardlots.clinics.changes import actions as changes
from vardlots.clinics.queries import EVES_KEY
from vardlots.configuration import kinds
from vardlots.configuration.model import Applied, Kind, Problem, Standing
from vardlots.configuration.places import author
from vardlots.people import rules
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

KEY = "provider"
# Keys of provider.settings that later subjects read.
BALANCER_KEY = "load_balancer_most"
LINKS_KEY = "sms_links"
LOG_KEY = "log_years"


class CareForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a provider; each begins as the product has it."""

    youngest_months: Annotated[
        int,
        Meta(
            title=N_("Yngsta ålder i månader"), description=N_("Yngre barn hänvisas till 1177."), ge=0, le=72
        ),
    ] = rules.DEFAULT.youngest_months
    own_from_years: Annotated[
        int,
        Meta(
            title=N_("Egen inloggning från år"),
            description=N_("Från den födelsedagen loggar barnet in självt, och ingen vårdnadshavare åt det."),
            ge=7,
            le=18,
        ),
    ] = rules.DEFAULT.own_from_years
    protected_sign_in: Annotated[
        bool,
        Meta(
            title=N_("Skyddade personuppgifter får logga in"),
            description=N_("Den som har skyddade personuppgifter kan söka vård för egen del."),
        ),
    ] = rules.DEFAULT.protected_sign_in
    eves_are_holidays: Annotated[
        bool,
        Meta(
            title=N_("Aftnar är helgdagar"),
            description=N_("Midsommarafton, julafton och nyårsafton följer öppettidernas rad Helgdag."),
        ),
    ] = True
    sms_links: Annotated[
        bool,
        Meta(
            title=N_("Länkar i sms"),
            description=N_("Av är säkrast: bedragare skickar sms med länkar i vårdens namn."),
        ),
    ] = False
    shift_remind_hours: Annotated[
        int,
        Meta(
            title=N_("Påminn om glömt skift efter timmar"),
            description=N_("Värdet från början är antaget: ingen källa anger det."),
            ge=1,
            le=71,
        ),
    ] = REMIND_AFTER_HOURS
    shift_close_hours: Annotated[
        int,
        Meta(
            title=N_("Avsluta glömt skift efter timmar"),
            description=N_("Värdet från början är antaget: ingen källa anger det."),
            ge=2,
            le=72,
        ),
    ] = CLOSE_AFTER_HOURS
    load_balancer_most: Annotated[
        int,
        Meta(
            title=N_("Lastbalanserarens högsta antal"),
            description=N_("Så många pågående ärenden får en medarbetare innan den hoppar över hen."),
            ge=1,
            le=20,
        ),
    ] = 3
    log_years: Annotated[
        int,
        Meta(
            title=N_("Åtkomstloggen sparas i år"),
            description=N_("Minst fem enligt HSLF-FS 2016:40. Sparar driften den längre gäller det."),
            ge=5,
            le=100,
        ),
    ] = 10


_PLAIN = (EVES_KEY, LINKS_KEY, REMIND_KEY, CLOSE_KEY, BALANCER_KEY, LOG_KEY)


async def _standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    settings: dict[str, Any] = (
        await connection.fetchval("SELECT settings FROM provider WHERE provider_id = $1", provider_id) or {}
    )
    kept = {key: settings[key] for key in _PLAIN if key in settings}
    care = rules.read({provider_id: settings.get(rules.KEY)})[provider_id]
    try:
        form = msgspec.convert({**kept, **msgspec.structs.asdict(care)}, CareForm)
    except msgspec.ValidationError:
        # What somebody wrote there by hand counts for nothing where it is read either.
        form = CareForm(**msgspec.structs.asdict(care))
    return {KEY: Standing(msgspec.to_builtins(form))}


async def _problems(_c: Connection, _provider_id: int, _key: str, value: CareForm) -> list[Problem]:
    if value.shift_close_hours <= value.shift_remind_hours:
        return [Problem("shift_close_hours", N_("Påminn först, avsluta sedan. Skriv fler timmar här."))]
    return []


async def _apply(connection: Connection, at: Applied, value: CareForm | None) -> list[Signal]:
    if value is not None:
        told = msgspec.to_builtins(value)
        care = {name: told.pop(name) for name in rules.CareRules.__struct_fields__}
        settings = {**told, rules.KEY: msgspec.to_builtins(rules.checked(care))}
        await changes.write_settings(connection, by=author(at), settings=settings)
    return []


CARE_RULES = kinds.register(
    Kind(
        code="care_rules",
        label=N_("Vårdregler"),
        group="rules",
        about=N_("Åldrar, skyddade personuppgifter, helgdagar, skift och hur länge loggen sparas."),
        shape=CareForm,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_standing,
        check=_problems,
        apply=_apply,
    )
)
