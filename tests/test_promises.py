"""The promises that the house makes, one test or more for each, named after them."""

import asyncio
import contextlib
import uuid
from datetime import timedelta

import asyncpg
import pytest
from tests.cast import Cast
from tests.tables import PATIENT_TABLES

from vardlots.access.actor import SystemActor
from vardlots.audit import log as audit
from vardlots.cases import actions
from vardlots.cases.fold import fold
from vardlots.cases.model import CaseRef, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, Database, persons_scope, provider_scope
from vardlots.platform.errors import Forbidden, Invalid, NotFound, SomebodyWasFirst


async def a_whole_visit(given: Cast) -> CaseRef:
    """A case that has been through most verbs."""
    ref = await given.waiting_case(given.elin, person_id=given.tuva, priority=3)
    await actions.add_information(
        given.house, by=given.elin, ref=ref, text="Hon har feber nu.", key="info-key-1"
    )
    await actions.change_priority(given.house, by=given.hamid, ref=ref, priority=2, reason="Feber.")
    await actions.accept(given.house, by=given.hamid, ref=ref)
    await actions.release(given.house, by=given.hamid, ref=ref)
    await actions.accept(given.house, by=given.ylva, ref=ref)
    await actions.start(given.house, by=given.ylva, ref=ref, welcome="Hej, jag heter Ylva.")
    await write(given.house, by=given.ylva, ref=ref, message=Message("Dricker hon?", "staff-key-1"))
    await write(given.house, by=given.elin, ref=ref, message=Message("Ja, saft.", "patient-key-1"))
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    await write(given.house, by=given.elin, ref=ref, message=Message("Hon är piggare.", "patient-key-2"))
    await actions.mark_done(given.house, by=given.ylva, ref=ref)
    return ref


async def test_promise_1_one_timeline_per_case_gap_free_and_the_case_is_its_fold(given: Cast) -> None:
    ref = await a_whole_visit(given)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        rows = await timeline(connection, ref)
    assert [row.n for row in rows] == list(range(1, case.last_n + 1))
    state = fold(rows)
    assert (state.phase, state.owner_staff_id, state.priority) == (
        case.phase,
        case.owner_staff_id,
        case.priority,
    )
    assert (state.writable_until, state.in_inbox) == (case.writable_until, case.inbox_at is not None)


@pytest.mark.parametrize("table", ["entry", "access_log"])
async def test_promise_1_rows_are_never_changed_not_even_by_the_tables_owner(
    given: Cast, database_url: str, table: str
) -> None:
    ref = await given.waiting_case(given.ruben)
    owner = await asyncpg.connect(database_url)
    try:
        before = await _all_rows(owner, ref, table)
        assert before
        changes = (f"UPDATE {table} SET at = now()", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE")
        for statement in (*changes, f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; {changes[0]}"):
            # Row-level security hides every row from a change; without it the trigger refuses.
            with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
                await owner.execute(f"SET vardlots.provider = '{ref.provider_id}'; {statement}")
            assert await _all_rows(owner, ref, table) == before
    finally:
        await owner.close()


async def _all_rows(owner: asyncpg.Connection, ref: CaseRef, table: str) -> list[asyncpg.Record]:
    await owner.execute(f"SET vardlots.provider = '{ref.provider_id}'")
    return await owner.fetch(f"SELECT * FROM {table} WHERE case_id = $1", ref.case_id)


async def test_promise_2_a_verb_whose_audit_fails_leaves_nothing_behind(
    given: Cast, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await given.waiting_case(given.ruben)
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "CREATE OR REPLACE FUNCTION break_audit() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.case_id = "
        + str(ref.case_id)
        + " THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$"
    )
    await owner.execute(
        "CREATE TRIGGER break_audit BEFORE INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION break_audit()"
    )
    try:
        with pytest.raises(asyncpg.RaiseError):
            await actions.accept(given.house, by=given.ylva, ref=ref)
    finally:
        await owner.execute("DROP TRIGGER break_audit ON access_log")
        await owner.close()
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        assert (case.phase, case.last_n) == (Phase.QUEUED, 1)
        assert len(await timeline(connection, ref)) == 1


async def test_promise_2_a_verb_that_fails_midway_signals_nothing(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    heard = given.house.hub.subscribe([f"case:{ref}"])
    with pytest.raises(Invalid):
        await actions.change_priority(given.house, by=given.ylva, ref=ref, priority=3, reason="Samma.")
    assert heard.pending == {}
    await actions.accept(given.house, by=given.ylva, ref=ref)
    assert heard.pending == {f"case:{ref}": 2}


async def test_promise_3_every_patient_table_is_behind_forced_row_level_security(database: Database) -> None:
    async with database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT relname, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class "
            "WHERE relname = ANY ($1::text[])",
            list(PATIENT_TABLES),
        )
        role = await connection.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolname FROM pg_roles WHERE rolname = current_user"
        )
        with_person = await connection.fetch(
            "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relkind = 'r' AND a.attname IN ('person_id', 'case_id') "
            "AND c.relnamespace = 'public'::regnamespace"
        )
    assert {row["relname"]: row["forced"] for row in rows} == dict.fromkeys(PATIENT_TABLES, True)
    assert tuple(role) == (False, False, "vardlots_app")
    # A session names whose it is and is found by its secret alone; every other table with a person is a patient table.
    assert {row["relname"] for row in with_person} - set(PATIENT_TABLES) == {"session"}


@pytest.mark.parametrize("table", PATIENT_TABLES)
async def test_promise_3_without_a_scope_and_in_a_strangers_scope_every_table_is_empty(
    given: Cast, table: str
) -> None:
    ref = await a_whole_visit(given)
    whose = {"person": "person_id", "person_identifier": "person_id", "guardianship": "child_id"}
    where = f"{whose[table]} = {given.tuva}" if table in whose else f"provider_id = {ref.provider_id}"
    strangers = (NOBODY, provider_scope(given.nora.provider_id), persons_scope([given.ruben.person_id]))
    for scope in strangers:
        async with given.database.transaction(scope) as connection:
            assert await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {where}") == 0


async def test_promise_3_the_scope_is_gone_when_the_transaction_is(database: Database) -> None:
    async with database.transaction(provider_scope(1)):
        pass
    connections = [await database.pool.acquire() for _ in range(4)]
    try:
        for connection in connections:
            assert await connection.fetchval("SELECT scope_provider()") is None
    finally:
        for connection in connections:
            await database.pool.release(connection)


async def test_promise_3_staff_never_read_an_interview_that_is_still_being_answered(given: Cast) -> None:
    interview = await given.interview(given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM interview WHERE interview_id = $1", interview)
            == 0
        )


async def test_promise_3_the_patient_never_reads_what_is_for_staff(given: Cast) -> None:
    ref = await a_whole_visit(given)
    async with given.database.transaction(given.elin.scope) as connection:
        kinds = {row.kind for row in await timeline(connection, ref)}
    assert not kinds & {Kind.PRIORITY_CHANGED, Kind.RELEASED, Kind.MARKED_DONE, Kind.NOTE_SIGNED, Kind.NOTICE}


async def test_promise_4_signals_carry_numbers_and_no_content(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    heard = given.house.hub.subscribe([f"case:{ref}", f"unit:{given.angsviken.unit_id}"])
    n = await write(given.house, by=given.ruben, ref=ref, message=Message("Hemlig text", "secret-key"))
    assert heard.pending[f"case:{ref}"] == n
    assert all(isinstance(number, int) for number in heard.pending.values())


async def test_promise_5_the_log_row_is_durable_before_record_returns(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    reads = audit.ReadLog(given.database)
    rows = [
        audit.access(
            given.ylva,
            "read",
            provider_id=ref.provider_id,
            person_id=given.ruben.person_id,
            case_id=ref.case_id,
        )
        for _ in range(50)
    ]
    await asyncio.gather(*(reads.record(row) for row in rows))
    async with given.database.transaction(given.ylva.scope) as connection:
        kept = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE case_id = $1 AND action = 'read'", ref.case_id
        )
    assert kept == 50


async def test_promise_5_every_write_is_in_the_log_with_who_where_and_why(given: Cast) -> None:
    ref = await a_whole_visit(given)
    async with given.database.transaction(given.ylva.scope) as connection:
        logged = await connection.fetch(
            "SELECT * FROM access_log WHERE case_id = $1 ORDER BY log_id", ref.case_id
        )
        rows = await timeline(connection, ref)
    assert len(logged) == len(rows)
    changed = next(row for row in logged if row["action"] == "change_priority")
    assert (changed["actor_id"], changed["unit_id"], changed["reason"]) == (
        given.hamid.staff_id,
        given.hamid.unit_id,
        "Feber.",
    )


async def test_promise_6_postgresql_itself_refuses_what_must_not_be(given: Cast, database_url: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    broken = (
        "UPDATE care_case SET owner_staff_id = NULL WHERE case_id = $1",
        "UPDATE care_case SET phase = 'queued' WHERE case_id = $1",
        "UPDATE care_case SET phase = 'follow_up' WHERE case_id = $1",
        "UPDATE care_case SET priority = 13 WHERE case_id = $1",
        "INSERT INTO entry (provider_id, case_id, n, person_id, at, kind, audience, author_kind, author_id, "
        "author_name) SELECT provider_id, case_id, 1, person_id, at, kind, audience, author_kind, author_id, "
        "author_name FROM entry WHERE case_id = $1 AND author_kind = 'staff'",
    )
    for statement in broken:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with given.database.transaction(given.ylva.scope) as connection:
                await connection.execute(statement, ref.case_id)


async def test_promise_7_jobs_are_promised_with_the_commit_or_not_at_all(given: Cast) -> None:
    async def waiting() -> int:
        async with given.database.transaction(NOBODY) as connection:
            return int(
                await connection.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1", name)
            )

    name = f"test.{uuid.uuid4().hex}"
    with contextlib.suppress(RuntimeError):
        async with given.database.transaction(NOBODY) as connection:
            await jobs.enqueue(connection, name, {"ref": "1-1"})
            raise RuntimeError
    assert await waiting() == 0
    async with given.database.transaction(NOBODY) as connection:
        await jobs.enqueue(connection, name, {"ref": "1-1"}, once=name)
        await jobs.enqueue(connection, name, {"ref": "1-1"}, once=name)
    assert await waiting() == 1


async def test_promise_7_time_comes_from_a_clock_that_tests_can_set(given: Cast) -> None:
    then = clock.now() - timedelta(days=400)
    with clock.at(then):
        ref = await given.waiting_case(given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (await readable_case(connection, by=given.ylva, ref=ref)).arrived_at == then


async def test_promise_8_refusals_are_typed_and_tell_insiders_from_outsiders(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    expected = ((given.nora, NotFound, 404), (given.olle, Forbidden, 403), (given.elin, NotFound, 404))
    for by, kind, status in expected:
        with pytest.raises(kind) as refusal:
            await actions.accept(given.house, by=by, ref=ref)  # type: ignore[arg-type]
        assert refusal.value.status == status
        assert refusal.value.message
    await actions.accept(given.house, by=given.ylva, ref=ref)
    with pytest.raises(SomebodyWasFirst) as first:
        await actions.accept(given.house, by=given.hamid, ref=ref)
    assert (first.value.status, first.value.who) == (409, "Ylva Tallvik")


async def test_the_system_closes_but_does_not_care_for_patients(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    with pytest.raises(Forbidden):
        await actions.accept(given.house, by=SystemActor(ref.provider_id, "job"), ref=ref)  # type: ignore[arg-type]
