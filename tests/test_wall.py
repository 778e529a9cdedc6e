"""What the database itself refuses to whoever acts in a patient's scope, whatever the application would try."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.platform import clock
from vardlots.platform.db import Scope, persons_scope, provider_scope

ENTRY = (
    "INSERT INTO entry (provider_id, case_id, n, person_id, at, kind, audience, author_kind, author_id, author_name) "
    "VALUES ($1, $2, 99, $3, $4, 'message', $5, $6, $7, 'Någon')"
)


async def refused(given: Cast, scope: Scope, statement: str, *values: Any) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(scope) as connection:
            await connection.execute(statement, *values)


async def test_a_patient_writes_rows_as_themself_for_themself_only(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ruben, now = given.ruben.person_id, clock.now()
    for audience, kind, author in (
        ("staff", "patient", ruben),
        ("internal", "patient", ruben),
        ("patient", "staff", given.ylva.staff_id),
        ("patient", "system", 0),
        ("patient", "patient", given.elin.person_id),
    ):
        await refused(given, persons_scope([ruben]), ENTRY, *ref, ruben, now, audience, kind, author)
    await refused(
        given, provider_scope(ref.provider_id), ENTRY, *ref, ruben, now, "patient", "patient", ruben
    )


@pytest.mark.parametrize(
    "change",
    [
        "priority = 1",
        "writable_until = '2099-01-01'",
        "staff_read_n = 99",
        "staff_last_n = 99",
        "notice_state = 'sent'",
        "accepted_at = NULL",
        "person_id = person_id",
        "actor_person_id = actor_person_id",
        "unit_id = unit_id + 1",
        "contact = 'physical'",
        "booked_from = '2099-01-01'",
        "referred_n = 1, referred_due = '2099-01-01'",
        "interview_id = interview_id",
        "triage_priority = 1",
        "arrived_at = arrived_at",
        "owner_staff_id = (SELECT min(staff_id) FROM staff WHERE staff_id <> owner_staff_id)",
        "role = 'physician'",
        "handover_n = 2, handover_role = 'physician'",
        "paused_until = now() + interval '1 day'",
        "chase = 'reminded', chase_at = now()",
        "chat_guests = ARRAY[(SELECT max(staff_id) FROM staff)]",
        "consult_guests = ARRAY[(SELECT max(staff_id) FROM staff)]",
        "talk_last_n = 3",
        "noted_at = now()",
    ],
)
async def test_a_patient_cannot_change_what_staff_decide_nor_anybody_whom_a_case_is_about(
    given: Cast, change: str
) -> None:
    ref = await given.ongoing_case(given.ruben)
    statement = f"UPDATE care_case SET {change} WHERE provider_id = $1 AND case_id = $2"
    await refused(given, persons_scope([given.ruben.person_id]), statement, *ref)


async def test_what_a_row_is_about_never_changes_whoever_asks(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for table, change in (
        ("care_case", "person_id = person_id"),
        ("interview", "person_id = person_id"),
        ("interview", "protocol = 'chest_pain'"),
        ("attachment", "storage_key = 'another'"),
        ("attachment", "audience = 'patient'"),
        ("consent", "given = true"),
        ("patient", "registered_by = 'staff'"),
        ("notice", "person_id = person_id"),
        ("note", "author_staff_id = author_staff_id"),
    ):
        await refused(given, provider_scope(ref.provider_id), f"UPDATE {table} SET {change}")


async def test_who_somebody_is_changes_by_the_register_alone(given: Cast) -> None:
    mine = persons_scope([given.elin.person_id, *given.elin.children])
    for change in ("protected = false", "given_name = 'Annan'", "birth_date = '2000-01-01'", "sex = 'male'"):
        await refused(given, mine, f"UPDATE person SET {change} WHERE person_id = $1", given.elin.person_id)
    await refused(given, mine, "UPDATE person_identifier SET person_id = $1", given.elin.person_id)
    async with given.database.transaction(mine) as connection:
        await connection.execute(
            "UPDATE person SET mobile = '+46701740612' WHERE person_id = $1", given.elin.person_id
        )


async def test_a_guardian_makes_nobody_their_child_and_lifts_no_block(given: Cast) -> None:
    both = persons_scope([given.ruben.person_id, given.tuva])
    await refused(
        given,
        both,
        "INSERT INTO guardianship (child_id, guardian_id) VALUES ($1, $2)",
        given.tuva,
        given.ruben.person_id,
    )
    async with given.database.transaction(persons_scope([given.elin.person_id, given.tuva])) as connection:
        changed = await connection.execute("UPDATE guardianship SET blocked = false")
    assert changed == "UPDATE 0"


async def test_files_consents_and_interviews_carry_their_own_author(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ruben, now = given.ruben.person_id, clock.now()
    file = (
        "INSERT INTO attachment (provider_id, attachment_id, person_id, case_id, author_kind, author_id, name, "
        "media_type, size_bytes, sha256, storage_key, at) VALUES ($1, $2, $3, $4, $5, $6, 'x', 'image/png', 1, "
        "'', 'k', $7)"
    )
    for kind, author in (("staff", given.ylva.staff_id), ("patient", given.elin.person_id)):
        values = (ref.provider_id, uuid4(), ruben, ref.case_id, kind, author, now)
        await refused(given, persons_scope([ruben]), file, *values)
    await refused(
        given,
        persons_scope([ruben]),
        "INSERT INTO consent (provider_id, person_id, kind, given, given_by, given_at, how) "
        "VALUES ($1, $2, 'history', true, $3, $4, 'digital')",
        ref.provider_id,
        ruben,
        given.elin.person_id,
        now,
    )
    await refused(
        given,
        persons_scope([ruben]),
        "INSERT INTO interview (provider_id, unit_id, person_id, actor_person_id, protocol, version, stage, "
        "started_at, changed_at) VALUES ($1, $2, $3, $4, 'chest_pain', 1, 'post', $5, $5)",
        ref.provider_id,
        given.angsviken.unit_id,
        ruben,
        given.elin.person_id,
        now,
    )


async def test_a_session_cannot_be_given_to_somebody_else_or_a_longer_life(given: Cast) -> None:
    for change in ("expires_at = '2099-01-01'", "person_id = person_id", "token_hash = token_hash"):
        await refused(given, persons_scope([given.ruben.person_id]), f"UPDATE session SET {change}")


async def test_a_provider_makes_nobody_its_patient_whom_it_does_not_know(given: Cast) -> None:
    """Being a patient is what shows a person to the provider's staff: its scope cannot widen itself by an id."""
    register = "INSERT INTO patient (provider_id, person_id, registered_at, registered_by) VALUES ($1, $2, $3, 'staff')"
    provider_id, person_id = given.norrhamn.provider_id, given.ruben.person_id
    about = (register, provider_id, person_id, clock.now())
    await refused(given, provider_scope(provider_id), *about)
    await refused(given, Scope(provider_id=provider_id, identity="191212121212"), *about)
    async with given.database.transaction(persons_scope([person_id])) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1", person_id
        )
    async with given.database.transaction(Scope(provider_id=provider_id, identity=number)) as connection:
        assert await connection.execute(*about) == "INSERT 0 1"
