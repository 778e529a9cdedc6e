"""What a change in a family or in somebody's protection means for those who are signed in.

Each takes effect at once: the sessions of those it concerns are asked anew who they are, in every process.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from vardlots.access.reach import may_sign_in
from vardlots.people import queries as people
from vardlots.people.actions import Remembered
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, persons_scope
from vardlots.platform.live import Hub, Signal

log = structlog.get_logger()


class Telling(Protocol):
    """What these verbs need of the house: the database, and where everybody is told."""

    @property
    def database(self) -> Database: ...

    @property
    def hub(self) -> Hub: ...


class Here(msgspec.Struct, frozen=True):
    """Just that, where there is no whole house: at the door."""

    database: Database
    hub: Hub


# Tells every process that a person's marks are others than before (worklist/drawn.py).
MARKS = "marks"


async def ask_anew(house: Telling, *, by: str, person_ids: Sequence[int]) -> None:
    """Let every process forget who these signed-in persons were, and cut their streams: the next look finds out."""
    async with house.database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT session_id FROM session WHERE person_id = ANY ($1::bigint[]) AND ended_at IS NULL",
            person_ids,
        )
    house.hub.publish([Signal(f"session:{row['session_id']}") for row in rows])
    log.info("sessions_asked_anew", by=by, sessions=len(rows))


async def protection_changed(house: Telling, *, by: str, who: Remembered) -> None:
    """The register has set or lifted a mark of protection: it holds at once, in sessions, lists and families (A9)."""
    ids = [who.person_id, *who.earlier_ids]
    async with house.database.transaction(persons_scope(ids)) as connection:
        person = await people.person(connection, who.person_id)
        out = person is not None and person.protected and not await may_sign_in(connection, person)
        units = await connection.fetch(
            "SELECT DISTINCT unit_id FROM care_case WHERE person_id = ANY ($1::bigint[]) "
            "AND phase IN ('queued', 'accepted', 'ongoing', 'follow_up')",
            ids,
        )
        family = await connection.fetch(
            "SELECT guardian_id FROM guardianship WHERE child_id = ANY ($1::bigint[])", ids
        )
        # A question about them may stand open at another provider too.
        asked = await connection.fetch("SELECT DISTINCT told_of_protection($1::bigint[]) AS topic", ids)
    if out:
        await end_sessions(house, by=by, person_ids=ids, why="protected_identity")
    concerned = [*ids, *(row["guardian_id"] for row in family)]
    await ask_anew(house, by=by, person_ids=concerned)
    house.hub.publish(
        [
            Signal(f"{MARKS}:{who.person_id}"),
            *(Signal(f"unit:{row['unit_id']}") for row in units),
            *(Signal(row["topic"]) for row in asked),
        ]
    )


async def end_sessions(house: Telling, *, by: str, person_ids: Sequence[int], why: str) -> int:
    """End every session of some persons, everywhere, with their streams. Returns how many there were."""
    async with house.database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "UPDATE session SET ended_at = $2, ended_why = $3 WHERE person_id = ANY ($1::bigint[]) "
            "AND ended_at IS NULL RETURNING session_id",
            person_ids,
            clock.now(),
            why,
        )
    house.hub.publish([Signal(f"session:{row['session_id']}") for row in rows])
    log.info("sessions_ended", by=by, why=why, sessions=len(rows))
    return len(rows)
