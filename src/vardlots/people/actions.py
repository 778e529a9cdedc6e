"""Writes about persons: known by their identity number at sign-in, related as the population register says."""

from collections.abc import Sequence
from datetime import date

import msgspec

from vardlots.platform import clock
from vardlots.platform.db import Database, Scope, persons_scope


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an identity provider or the population register says of a person.

    `number` is twelve characters without a hyphen, `system` the FHIR system of the number.
    """

    system: str
    number: str
    given_name: str
    family_name: str
    birth_date: date
    sex: str | None = None
    protected: bool = False
    mobile: str | None = None
    listed_unit_id: int | None = None


async def remember(database: Database, known: Known) -> int:
    """Find the person behind a number, or write them down; the same number twice is one person.

    Returns the person's id. Runs in the scope of that one identity number.
    """
    async with database.transaction(Scope(identity=known.number)) as connection:
        person_id = await connection.fetchval(
            "SELECT person_id FROM person_identifier WHERE system = $1 AND value = $2",
            known.system,
            known.number,
        )
        if person_id is not None:
            return int(person_id)
        # Two sign-ins at once: the advisory lock makes the second one find what the first one wrote.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", known.number)
        person_id = await connection.fetchval(
            "SELECT person_id FROM person_identifier WHERE system = $1 AND value = $2",
            known.system,
            known.number,
        )
        if person_id is not None:
            return int(person_id)
        person_id = await connection.fetchval("SELECT nextval('person_number')")
        await connection.execute(
            "INSERT INTO person (person_id, given_name, family_name, birth_date, sex, protected, mobile, "
            "listed_unit_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            person_id,
            known.given_name,
            known.family_name,
            known.birth_date,
            known.sex,
            known.protected,
            known.mobile,
            known.listed_unit_id,
            clock.now(),
        )
        await connection.execute(
            "INSERT INTO person_identifier (system, value, person_id) VALUES ($1, $2, $3)",
            known.system,
            known.number,
            person_id,
        )
        return int(person_id)


async def relate(database: Database, *, guardian_id: int, children: Sequence[tuple[int, bool]]) -> None:
    """Note a guardian's children as the population register gives them: (child, whether this guardian is blocked)."""
    scope = persons_scope([guardian_id, *(child_id for child_id, _ in children)])
    async with database.transaction(scope) as connection:
        for child_id, blocked in children:
            await connection.execute(
                "INSERT INTO guardianship (child_id, guardian_id, blocked) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                child_id,
                guardian_id,
                blocked,
            )


async def set_mobile(database: Database, *, person_id: int, mobile: str | None) -> None:
    """Keep the person's mobile number (E.164), or none when they decline to give one."""
    async with database.transaction(persons_scope([person_id])) as connection:
        await connection.execute("UPDATE person SET mobile = $2 WHERE person_id = $1", person_id, mobile)
