"""What regions decide differently about children and protected identity: one set of rules per provider.

They stand in `provider.settings` under `care_rules`, as `{"youngest_months": 12, "own_from_years": 13,
"protected_sign_in": false}`; what is missing is as the seeds have it. Whoever changes them writes the whole object
through `checked`. Pure, but for the one reader at the end.

Sources: requirement A10 and the user manual (under one year is not handled, from 13 the child signs in itself); Inera
calls the lower limit a recommendation, and other regions let protected persons sign in, so both are settings.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Meta

from vardlots.people.identity import age_months, age_years
from vardlots.platform.clock import SWEDEN
from vardlots.platform.db import Connection

log = structlog.get_logger()
KEY = "care_rules"


class CareRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider's rules. Ages are by the day: a limit is reached on the birthday, at midnight in Sweden.

    `youngest_months`: younger children are not handled. `own_from_years`: from here the child signs in for itself and
    no guardian does. `protected_sign_in`: whether a person with protected identity may sign in.
    """

    youngest_months: Annotated[int, Meta(ge=0, le=72)] = 12
    own_from_years: Annotated[int, Meta(ge=7, le=18)] = 13
    protected_sign_in: bool = False

    def too_young(self, born: date, on: date) -> bool:
        """Whether the provider does not handle a child of that age."""
        return age_months(born, on) < self.youngest_months

    def on_their_own(self, born: date, on: date) -> bool:
        """Whether the person signs in for themself, and nobody does it for them."""
        return age_years(born, on) >= self.own_from_years


DEFAULT = CareRules()


def checked(raw: object) -> CareRules:
    """The rules that an object of the settings holds. Raises msgspec.ValidationError when it is none."""
    return msgspec.convert(raw if raw is not None else {}, CareRules)


def birthday(born: date, years: int) -> date:
    """The day on which a person becomes so old. Born on 29 February: 1 March where there is none."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def next_change(born: date, rules: CareRules, on: date) -> date | None:
    """The next day on which the rules give another answer for a child, None when there is none to come."""
    comes = [birthday(born, rules.own_from_years)] if not rules.on_their_own(born, on) else []
    if rules.too_young(born, on):
        day = on + timedelta(days=1)
        while rules.too_young(born, day):
            day += timedelta(days=1)
        comes.append(day)
    return min(comes, default=None)


def midnight(day: date) -> datetime:
    """The moment at which a day begins in Sweden, in UTC."""
    return datetime.combine(day, time(), SWEDEN).astimezone(UTC)


def read(settings: Mapping[int, Any]) -> dict[int, CareRules]:
    """The rules of each provider from what its settings hold. What cannot be read is as the seeds have it."""
    rules = {}
    for provider_id, raw in settings.items():
        try:
            rules[provider_id] = checked(raw)
        except msgspec.ValidationError:
            log.error("care_rules_unreadable", provider=provider_id)
            rules[provider_id] = DEFAULT
    return rules


async def rules_by_provider(connection: Connection) -> dict[int, CareRules]:
    """Every provider's rules. They name no patient, so any scope may read them."""
    rows = await connection.fetch("SELECT provider_id, settings -> 'care_rules' AS rules FROM provider")
    return read({row["provider_id"]: row["rules"] for row in rows})


async def rules_of(connection: Connection, provider_id: int) -> CareRules:
    """One provider's rules."""
    raw = await connection.fetchval(
        "SELECT settings -> 'care_rules' FROM provider WHERE provider_id = $1", provider_id
    )
    return read({provider_id: raw})[provider_id]
