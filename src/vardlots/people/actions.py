"""Writes about persons: known by their identity number at sign-in, related as the population register says."""

from collections.abc import Sequence
from datetime import date

import msgspec
import structlog

from vardlots.platform import clock
from vardlots.platform.db import Connection, Database, Scope, persons_scope

log = structlog.get_logger()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an identity provider or the population register says of a person.

    `number` is twelve characters without a hyphen, `system` the FHIR system of the number. `registered` when it is
    the register's word: an identity provider alone knows a name, and nothing of protection or of where one is listed.
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
    registered: bool = False


_REGISTERED = """
UPDATE person SET given_name = $2, family_name = $3, birth_date = $4, sex = $5, protected = $6, listed_unit_id = $7
WHERE person_id = $1 AND (given_name, family_name, birth_date, sex, protected, listed_unit_id)
  IS DISTINCT FROM ($2::text, $3::text, $4::date, $5::text, $6::boolean, $7::int) RETURNING person_id
"""
_NAMED = """
UPDATE person SET given_name = $2, family_name = $3
WHERE person_id = $1 AND (given_name, family_name) IS DISTINCT FROM ($2::text, $3::text) RETURNING person_id
"""


async def remember(database: Database, *, known: Known) -> int:
    """Find the person behind a number and bring them up to date, or write them down; the same number is one person.

    What has changed since (a name, protected identity, where one is listed) holds from now on; the mobile number is
    the person's own to change. Returns the person's id. Runs in the scope of that one identity number.
    """
    async with database.transaction(Scope(identity=known.number)) as connection:
        person_id = await _person_behind(connection, known)
        if person_id is None:
            # Two sign-ins at once: the advisory lock makes the second one find what the first one wrote.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", known.number)
            person_id = await _person_behind(connection, known)
        if person_id is None:
            return await _write_down(connection, known)
        await _bring_up_to_date(connection, person_id, known)
        return person_id


async def _person_behind(connection: Connection, known: Known) -> int | None:
    found: int | None = await connection.fetchval(
        "SELECT person_id FROM person_identifier WHERE system = $1 AND value = $2", known.system, known.number
    )
    return found


async def _write_down(connection: Connection, known: Known) -> int:
    person_id = int(await connection.fetchval("SELECT nextval('person_number')"))
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
    return person_id


async def _bring_up_to_date(connection: Connection, person_id: int, known: Known) -> None:
    names = (person_id, known.given_name, known.family_name)
    if known.registered:
        rest = (known.birth_date, known.sex, known.protected, known.listed_unit_id)
        changed = await connection.fetchval(_REGISTERED, *names, *rest)
    else:
        changed = await connection.fetchval(_NAMED, *names)
    if changed is not None:
        log.info("person_brought_up_to_date", person=person_id, registered=known.registered)


async def relate(database: Database, *, guardian_id: int, children: Sequence[tuple[int, bool]]) -> None:
    """Note all of a guardian's children as the population register gives them: (child, whether blocked for them).

    A block that has come since holds from now on, and so does the end of a guardianship: a child who is no longer
    given is blocked too. Runs in the scope of the guardian's number, as at sign-in.
    """
    async with database.transaction(persons_scope([guardian_id])) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1 ORDER BY primary_number DESC LIMIT 1",
            guardian_id,
        )
    ids = [child_id for child_id, _ in children]
    async with database.transaction(Scope(person_ids=(guardian_id, *ids), identity=number)) as connection:
        await connection.execute(
            "INSERT INTO guardianship (child_id, guardian_id, blocked) "
            "SELECT child_id, $1, blocked FROM unnest($2::bigint[], $3::boolean[]) AS g (child_id, blocked) "
            "ON CONFLICT DO NOTHING",
            guardian_id,
            ids,
            [blocked for _, blocked in children],
        )
        changed = await connection.fetch(
            "UPDATE guardianship SET blocked = NOT blocked WHERE guardian_id = $1 AND blocked <> coalesce("
            "(SELECT g.blocked FROM unnest($2::bigint[], $3::boolean[]) AS g (child_id, blocked) "
            "WHERE g.child_id = guardianship.child_id), true) RETURNING child_id, blocked",
            guardian_id,
            ids,
            [blocked for _, blocked in children],
        )
    for row in changed:
        log.info("guardianship_changed", guardian=guardian_id, child=row["child_id"], blocked=row["blocked"])
