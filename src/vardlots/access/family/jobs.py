"""Protected identity between sign-ins: the register is asked again about those who are signed in or in care now.

Only about people it has told us of before; each at most every few hours. Payloads carry ids.
"""

from datetime import timedelta
from typing import Any, Protocol

import structlog

from vardlots.access.family.actions import protection_changed
from vardlots.access.sign_in import known_from
from vardlots.clinics.queries import provider_ids
from vardlots.people.actions import recognise
from vardlots.people.queries import person
from vardlots.people.register import PopulationRegister
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, Database, persons_scope, provider_scope
from vardlots.platform.live import Hub

log = structlog.get_logger()

REFRESH = "persons.refresh"
ASKED_EVERY = timedelta(hours=6)
AT_ONCE = 200


class HasRegister(Protocol):
    """What the job needs of the worker's house."""

    @property
    def database(self) -> Database: ...

    @property
    def hub(self) -> Hub: ...

    @property
    def register(self) -> PopulationRegister: ...


@jobs.job(REFRESH)
async def refresh(house: HasRegister, payload: dict[str, Any]) -> None:
    """Ask the register about one person again. Raises Unavailable: what was known last holds until it answers."""
    person_id = int(payload["person_id"])
    async with house.database.transaction(persons_scope([person_id])) as connection:
        known = await person(connection, person_id)
    if known is None or not known.number:
        return
    registered = await house.register.person(known.number)
    if registered is None:
        log.warning("register_knows_nobody", person=person_id)
        return
    who = await recognise(house.database, known=await known_from(house.database, registered))
    if who.protection_changed:
        await protection_changed(house, by=REFRESH, who=who)


async def sweep(house: HasRegister) -> None:
    """Promise a question for everybody who is signed in or in care and was last asked about too long ago."""
    async with house.database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT person_id FROM session WHERE person_id IS NOT NULL AND ended_at IS NULL "
            "AND expires_at > $1",
            clock.now(),
        )
        providers = await provider_ids(connection)
    await _promise(house.database, [row["person_id"] for row in rows])
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            cases = await connection.fetch(
                "SELECT DISTINCT person_id, actor_person_id FROM care_case WHERE provider_id = $1 "
                "AND phase IN ('queued', 'accepted', 'ongoing', 'follow_up')",
                provider_id,
            )
        await _promise(house.database, sorted({one for row in cases for one in row}))


async def _promise(database: Database, person_ids: list[int]) -> None:
    if not person_ids:
        return
    async with database.transaction(persons_scope(person_ids)) as connection:
        due = await connection.fetch(
            "SELECT person_id FROM person WHERE person_id = ANY ($1::bigint[]) AND same_as IS NULL "
            "AND registered_at < $2 ORDER BY registered_at LIMIT $3",
            person_ids,
            clock.now() - ASKED_EVERY,
            AT_ONCE,
        )
        for row in due:
            person_id = row["person_id"]
            await jobs.enqueue(connection, REFRESH, {"person_id": person_id}, once=f"refresh-{person_id}")
