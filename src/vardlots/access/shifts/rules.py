"""When a shift counts as forgotten (requirement A6). Hours that a provider may set; pure, and the reader of them."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from vardlots.platform.db import Connection

# Longer than any shift that is planned, shorter than a night and the day after [assumed].
REMIND_AFTER_HOURS = 12
CLOSE_AFTER_HOURS = 16
# Keys of provider.settings.
REMIND_KEY = "shift_remind_hours"
CLOSE_KEY = "shift_close_hours"


class ShiftRules(msgspec.Struct, frozen=True):
    """A shift open for longer is reminded of, and after `close_after` closed by the system."""

    remind_after: timedelta = timedelta(hours=REMIND_AFTER_HOURS)
    close_after: timedelta = timedelta(hours=CLOSE_AFTER_HOURS)

    def is_forgotten(self, started_at: datetime, now: datetime) -> bool:
        """Whether the shift has been open for longer than anybody works."""
        return now - started_at >= self.remind_after

    def closes_at(self, started_at: datetime) -> datetime:
        """When the system closes it."""
        return started_at + self.close_after


def rules_from(settings: dict[str, Any]) -> ShiftRules:
    """The rules in a provider's settings; the product's own where they say nothing that can be used.

    The closing never comes before the reminder.
    """
    remind = _hours(settings.get(REMIND_KEY), REMIND_AFTER_HOURS)
    close = _hours(settings.get(CLOSE_KEY), CLOSE_AFTER_HOURS)
    return ShiftRules(timedelta(hours=remind), timedelta(hours=max(close, remind + 1)))


async def shift_rules(connection: Connection, provider_id: int) -> ShiftRules:
    """The rules of one provider."""
    settings = await connection.fetchval("SELECT settings FROM provider WHERE provider_id = $1", provider_id)
    return rules_from(settings or {})


def _hours(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 72 else otherwise
