"""The port to an on-call roster: which phone a unit is reached on at a moment; and the adapter that reads our own.

A region that keeps its roster in another system writes an adapter with this one method. Whatever it is, it passes
`tests/roster_contract.py`.
"""

from datetime import datetime
from typing import Protocol

from vardlots.clinics import queries as clinics
from vardlots.configuration.roster import phone_at, roster_of
from vardlots.platform.db import NOBODY, Database


class OnCallRoster(Protocol):
    """Who is on call for a unit. It is asked about a place and a moment, never about a patient."""

    async def phone_for(self, *, provider_id: int, unit_id: int, moment: datetime) -> str | None:
        """The number in E.164 of whoever is on call at a moment (aware); None where nobody is reached.

        Raises Unavailable when it does not answer: it is asked again later.
        """
        ...


class OwnRoster:
    """The rosters that units keep in administration (`configuration/roster.py`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def phone_for(self, *, provider_id: int, unit_id: int, moment: datetime) -> str | None:
        """As the port says. A unit that is not the provider's, or that is switched off, is reached on nothing."""
        async with self._database.transaction(NOBODY) as connection:
            unit = await clinics.unit(connection, unit_id)
            if unit is None or unit.provider_id != provider_id or not unit.active:
                return None
            roster = await roster_of(connection, provider_id, unit_id)
        return phone_at(roster, moment, eves_are_holidays=unit.eves_are_holidays)
