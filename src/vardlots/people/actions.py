"""Writes about persons: known by their identity number at sign-in, related as the population register says."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import structlog

from vardlots.platform import clock
from vardlots.platform.db import Connection, Database, Scope, persons_scope

log = structlog.get_logger()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an identity provider or the population register says of a person.

    `number` is twelve characters without a hyphen, `system` the FHIR system of the number; `previous` are numbers of
    the same person, (system, number), that are no longer the one in use. `registered` when it is the register's
    word: an identity provider alone knows a name, and nothing of protection or of where one is listed.
    `listing_known` is False for a register that does not say where one is listed: what was known then stays.
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
    previous: tuple[tuple[str, str], ...] = ()
    deceased: bool = False
    listing_known: bool = True
    county: str | None = None


class Remembered(msgspec.Struct, frozen=True):
    """Who it was: the id, every other id of theirs, and whether their mark of protection is another than before."""

    person_id: int
    earlier_ids: tuple[int, ...] = ()
    protection_changed: bool = False


_REGISTERED = """
UPDATE person p SET given_name = $2, family_name = $3, birth_date = $4, sex = $5, protected = $6,
  listed_unit_id = CASE WHEN $9 THEN $7::int ELSE p.listed_unit_id END, deceased = $8, registered_at = $10,
  county = $11
FROM (SELECT person_id, protected FROM person WHERE person_id = ANY ($1::bigint[])) before
WHERE before.person_id = p.person_id RETURNING before.protected
"""
_NAMED = """
UPDATE person SET given_name = $2, family_name = $3
WHERE person_id = ANY ($1::bigint[]) AND (given_name, family_name) IS DISTINCT FROM ($2::text, $3::text)
"""


async def remember(database: Database, *, known: Known) -> int:
    """As `recognise`. Returns the person's id alone."""
    return (await recognise(database, known=known)).person_id


async def recognise(database: Database, *, known: Known) -> Remembered:
    """Find the person behind a number and bring them up to date, or write them down; the same number is one person.

    So are the numbers of `previous`: the old one goes on finding the person, the new one is shown. Where both have
    been written down as two persons they are one from now on: nothing that stood on either row is moved, the one
    that came later points to the other (`same_as`), and whoever reads a person reads both.

    What has changed since (a name, protected identity, where one is listed) holds from now on; the mobile number is
    the person's own to change. Runs in the scope of that one identity number.
    """
    numbers = [(known.system, known.number), *known.previous]
    async with database.transaction(Scope(identity=known.number)) as connection:
        found = await _person_behind(connection, numbers[0])
        if found is None or known.previous:
            # Two sign-ins at once: the locks make the second one find what the first one wrote. Always in one order.
            for number in sorted({number for _, number in numbers}):
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", number)
            found = await _one_person(connection, numbers)
        if found is None:
            person_id = await _write_down(connection, known)
            await _number(connection, person_id, numbers, new=numbers)
            return Remembered(person_id)
        ids = await _all_ids(connection, found)
        changed = await _bring_up_to_date(connection, ids, known)
    return Remembered(found, tuple(one for one in ids if one != found), changed)


async def _person_behind(connection: Connection, number: tuple[str, str]) -> int | None:
    """Who has a number of that series; a region's own series is known by different names to different systems."""
    found: int | None = await connection.fetchval(
        "SELECT person_id FROM person_identifier WHERE value = $2 ORDER BY system <> $1 LIMIT 1", *number
    )
    return found


async def _one_person(connection: Connection, numbers: Sequence[tuple[str, str]]) -> int | None:
    """The one person behind all the numbers, who has them all from now on; None when nobody has any."""
    behind: dict[tuple[str, str], int | None] = {}
    for number in numbers:
        await _look_as(connection, identity=number[1])
        behind[number] = await _person_behind(connection, number)
    ids = sorted({one for one in behind.values() if one is not None})
    await _look_as(connection, identity=numbers[0][1], persons=ids)
    if not ids:
        return None
    main, *others = ids
    for other in others:
        await _make_one(connection, main, other)
    await _number(connection, main, numbers, new=[one for one, person in behind.items() if person is None])
    return main


async def _look_as(connection: Connection, *, identity: str, persons: Iterable[int] = ()) -> None:
    """Go on in the scope of another number of the same person, within the transaction that holds their locks."""
    ids = ",".join(str(one) for one in persons)
    await connection.execute(
        "SELECT set_config('vardlots.identity', $1, true), set_config('vardlots.persons', $2, true)",
        identity,
        f"{{{ids}}}" if ids else "",
    )


async def _make_one(connection: Connection, main: int, other: int) -> None:
    """The other row is the same person: whoever cares for either sees both as theirs, and neither more than before."""
    await connection.execute(
        "UPDATE person SET same_as = $1 WHERE person_id = $2 OR same_as = $2", main, other
    )
    await connection.execute("UPDATE person_identifier SET person_id = $1 WHERE person_id = $2", main, other)
    await connection.execute(
        "INSERT INTO patient (provider_id, person_id, registered_at, registered_by) "
        "SELECT provider_id, $1, registered_at, registered_by FROM patient WHERE person_id = $2 "
        "ON CONFLICT DO NOTHING",
        main,
        other,
    )
    log.info("persons_are_one", person=main, earlier=other)


async def _number(
    connection: Connection,
    person_id: int,
    numbers: Sequence[tuple[str, str]],
    *,
    new: Sequence[tuple[str, str]],
) -> None:
    """Write down numbers that nobody had, and which of them is the one in use: the first."""
    for number in new:
        await _look_as(connection, identity=number[1], persons=[person_id])
        await connection.execute(
            "INSERT INTO person_identifier (system, value, person_id, primary_number) VALUES ($1, $2, $3, $4)",
            *number,
            person_id,
            number == numbers[0],
        )
    await _look_as(connection, identity=numbers[0][1], persons=[person_id])
    await connection.execute(
        "UPDATE person_identifier SET primary_number = (value = $2) "
        "WHERE person_id = $1 AND primary_number <> (value = $2)",
        person_id,
        numbers[0][1],
    )


async def _all_ids(connection: Connection, person_id: int) -> list[int]:
    """Every id of somebody, in whose scope the transaction goes on."""
    number = await connection.fetchval("SELECT scope_identity()")
    await _look_as(connection, identity=number, persons=[person_id])
    rows = await connection.fetch("SELECT person_id FROM person WHERE same_as = $1 ORDER BY 1", person_id)
    ids = [person_id, *(row["person_id"] for row in rows)]
    await _look_as(connection, identity=number, persons=ids)
    return ids


async def _write_down(connection: Connection, known: Known) -> int:
    person_id = int(await connection.fetchval("SELECT nextval('person_number')"))
    await connection.execute(
        "INSERT INTO person (person_id, given_name, family_name, birth_date, sex, protected, mobile, "
        "listed_unit_id, deceased, registered_at, created_at, county) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        person_id,
        known.given_name,
        known.family_name,
        known.birth_date,
        known.sex,
        known.protected,
        known.mobile,
        known.listed_unit_id,
        known.deceased,
        clock.now() if known.registered else None,
        clock.now(),
        known.county,
    )
    return person_id


async def _bring_up_to_date(connection: Connection, ids: list[int], known: Known) -> bool:
    """All rows of a person say the same. Returns whether the mark of protection is another than it was."""
    if not known.registered:
        await connection.execute(_NAMED, ids, known.given_name, known.family_name)
        return False
    before = await connection.fetch(
        _REGISTERED,
        ids,
        known.given_name,
        known.family_name,
        known.birth_date,
        known.sex,
        known.protected,
        known.listed_unit_id,
        known.deceased,
        known.listing_known,
        clock.now(),
        known.county,
    )
    return any(row["protected"] != known.protected for row in before)


async def relate(database: Database, *, guardian_id: int, children: Sequence[tuple[int, bool]]) -> None:
    """Note all of a guardian's children as the population register gives them: (child, whether blocked for them).

    A block that has come since holds from now on, and so does the end of a guardianship: a child who is no longer
    given is blocked too. Runs in the scope of the guardian's number, as at sign-in.
    """
    ids = [child_id for child_id, _ in children]
    async with database.transaction(persons_scope([guardian_id, *ids])) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1 ORDER BY primary_number DESC LIMIT 1",
            guardian_id,
        )
        rows = await connection.fetch(
            "SELECT person_id, same_as FROM person WHERE same_as = ANY ($1::bigint[])", [guardian_id, *ids]
        )
    guardians = [guardian_id, *(row["person_id"] for row in rows if row["same_as"] == guardian_id)]
    everybody = {guardian_id, *ids, *(row["person_id"] for row in rows)}
    blocked = [blocked for _, blocked in children]
    async with database.transaction(
        Scope(person_ids=tuple(sorted(everybody)), identity=number)
    ) as connection:
        await connection.execute(
            "INSERT INTO guardianship (child_id, guardian_id, blocked) "
            "SELECT child_id, $1, blocked FROM unnest($2::bigint[], $3::boolean[]) AS g (child_id, blocked) "
            "ON CONFLICT DO NOTHING",
            guardian_id,
            ids,
            blocked,
        )
        changed = await connection.fetch(
            "UPDATE guardianship SET blocked = NOT blocked WHERE guardian_id = ANY ($1::bigint[]) AND blocked <> "
            "coalesce((SELECT g.blocked FROM unnest($2::bigint[], $3::boolean[]) AS g (child_id, blocked) "
            "WHERE g.child_id = coalesce((SELECT c.same_as FROM person c WHERE c.person_id = guardianship.child_id), "
            "guardianship.child_id)), true) RETURNING child_id, blocked",
            guardians,
            ids,
            blocked,
        )
    for row in changed:
        log.info("guardianship_changed", guardian=guardian_id, child=row["child_id"], blocked=row["blocked"])
