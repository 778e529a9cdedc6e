"""Finding a patient and reading their page, from the actor's scope and reach."""

from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked
from vardlots.people.queries import Person, guardians_of, person, same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection

FOUND_MOST = 50
CASES_MOST = 50


class PatientCase(msgspec.Struct, frozen=True, kw_only=True):
    """One of the person's cases at the provider, as its row says; what may be shown of it is decided elsewhere."""

    case_id: int
    unit_id: int
    role: str
    reason: str
    phase: str
    priority: int
    arrived_at: datetime
    writable_until: datetime | None


async def by_number(connection: Connection, *, by: StaffActor, number: str) -> int | None:
    """The provider's patient with an identity number (twelve signs), or None."""
    found: int | None = await connection.fetchval(
        "SELECT p.person_id FROM patient p WHERE p.provider_id = $1 "
        "AND p.person_id = ANY (ARRAY(SELECT person_id FROM person_identifier WHERE value = $2)) LIMIT 1",
        by.provider_id,
        number,
    )
    return found


async def whose_number(connection: Connection, number: str) -> int | None:
    """Who has an identity number, in the scope of that number: a patient here, elsewhere, or nobody known (None)."""
    found: int | None = await connection.fetchval(
        "SELECT person_id FROM person_identifier WHERE value = $1 LIMIT 1", number
    )
    return found


_BEGINS = """(p.family_key >= lower({0}) AND p.family_key < lower({0}) || U&'\\+10FFFF'
  OR p.given_key >= lower({0}) AND p.given_key < lower({0}) || U&'\\+10FFFF')"""


async def by_name(connection: Connection, *, by: StaffActor, names: list[str]) -> list[dict[str, Any]]:
    """Patients whose names begin with every word, among those with a case within the actor's reach, each once.

    Nobody with protected identity, and nobody whose cases there are blocked for the actor.
    """
    begins = " AND ".join(_BEGINS.format(f"${6 + place}::text") for place in range(len(names)))
    rows = await connection.fetch(
        f"""
        WITH named AS MATERIALIZED (SELECT person_id FROM person p WHERE NOT protected AND {begins} LIMIT 400)
        SELECT DISTINCT coalesce(p.same_as, p.person_id) AS person_id,
               p.given_name || ' ' || p.family_name AS name, p.birth_date, p.family_key, p.given_key
        FROM person p
        WHERE p.person_id = ANY (ARRAY(SELECT person_id FROM named))
          AND EXISTS (SELECT FROM care_case c WHERE c.provider_id = $1 AND c.person_id = p.person_id
                      AND c.unit_id = ANY ($2::int[])
                      AND (c.unit_id = ANY ($3::int[]) OR NOT {blocked("c", "$4::bigint", "$5::timestamptz")}))
        ORDER BY p.family_key, p.given_key, 1 LIMIT {FOUND_MOST}
        """,
        by.provider_id,
        sorted(by.unit_ids),
        sorted(by.home_unit_ids or by.unit_ids),
        by.staff_id,
        clock.now(),
        *names,
    )
    return [dict(row) for row in rows]


async def is_open_for(connection: Connection, *, by: StaffActor, person_id: int) -> bool:
    """Whether the actor may read the patient's page: a case of theirs is within the actor's reach and not blocked, or
    the actor has said why they open it, not long ago. Every id that the patient has had counts."""
    return bool(
        await connection.fetchval(
            f"""
            SELECT EXISTS (SELECT FROM care_case c
                           WHERE c.provider_id = $1 AND c.person_id = ANY ($2::bigint[]) AND c.unit_id = ANY ($3::int[])
                             AND (c.unit_id = ANY ($6::int[]) OR NOT {blocked("c", "$4::bigint", "$5::timestamptz")}))
                OR EXISTS (SELECT FROM patient_opening WHERE provider_id = $1 AND person_id = ANY ($2::bigint[])
                           AND staff_id = $4 AND until > $5)
                OR EXISTS (SELECT FROM case_opening o JOIN care_case c USING (provider_id, case_id)
                           WHERE o.provider_id = $1 AND c.person_id = ANY ($2::bigint[])
                             AND o.staff_id = $4 AND o.until > $5)
            """,
            by.provider_id,
            await same_persons(connection, [person_id]),
            sorted(by.unit_ids),
            by.staff_id,
            clock.now(),
            sorted(by.home_unit_ids or by.unit_ids),
        )
    )


async def cases_of(connection: Connection, *, by: StaffActor, person_ids: list[int]) -> list[PatientCase]:
    """The person's cases at the provider, under every id they have had, the newest first."""
    rows = await connection.fetch(
        "SELECT case_id, unit_id, role, reason, phase, priority, arrived_at, writable_until FROM care_case "
        "WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) ORDER BY arrived_at DESC LIMIT $3",
        by.provider_id,
        person_ids,
        CASES_MOST,
    )
    return [PatientCase(**row) for row in rows]


async def family_of(connection: Connection, person_id: int) -> tuple[Person | None, list[Person]]:
    """The person, and the guardians that staff may see."""
    return await person(connection, person_id), await guardians_of(connection, person_id)
