"""Row-level security, table by table: what each kind of scope sees and changes, for every table that there is.

A new table has no line here and fails; so does one whose rows are seen by another scope than its line says.
"""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest_asyncio
from tests.cast import Cast
from tests.matrix import World
from tests.site import Site, open_site
from tests.tables import PATIENT_TABLES, SEEN_BY
from tests.test_promises import a_whole_visit

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.consents.actions import answer
from vardlots.consents.model import ConsentKind, How
from vardlots.families.actions import NewBlock, block_guardian
from vardlots.patients.actions import open_patient
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, Scope, persons_scope, provider_scope

# Rows of these stand for a person under another name than person_id.
PERSON_COLUMN = {"guardianship": "child_id", "guardian_block": "child_id", "guardian_concealed": "child_id"}
# Written by the directory's own verbs, by sign-in and by the installation's commands, in no provider's scope.
WRITTEN_BY_ANY = {
    "provider",
    "unit",
    "staff",
    "assignment",
    "shift",
    "session",
    "spent",
    "tried",
    "sms_outbox",
    "code_list",
}


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def filled(given: Cast, site: Site) -> CaseRef:
    """A row in every table that holds patients' data or a provider's own, about Tuva, at Ängsviken."""
    world = await World.make(given, site)
    ref = await a_whole_visit(given)
    ongoing = await world.case()
    await world.file(ongoing)
    await answer(
        given.database,
        by=given.ylva,
        provider_id=ref.provider_id,
        person_id=given.tuva,
        kind=ConsentKind.HISTORY,
        given=True,
        given_by=given.elin.person_id,
        how=How.TELEPHONE,
    )
    await open_patient(given.database, by=given.olle, person_id=given.tuva, reason="Ringde oss.")
    await block_guardian(
        given.house,
        by=given.ylva,
        new=NewBlock(
            child_id=given.tuva,
            guardian_id=world.birk.person_id,
            approved_by=given.helga.staff_id,
            approver="head_of_unit",
            reason="Beslut.",
        ),
    )
    await _write_directly(given, ref, given.ylva)
    return ref


async def _write_directly(given: Cast, ref: CaseRef, by: StaffActor) -> None:
    """Rows of the tables whose verbs have tests of their own, as the application's role may write them."""
    now, provider = clock.now(), ref.provider_id
    async with given.database.transaction(provider_scope(provider)) as connection:

        async def add(table: str, returning: str = "", **values: Any) -> Any:
            columns, places = ", ".join(values), ", ".join(f"${n + 1}" for n in range(len(values)))
            return await connection.fetchval(
                f"INSERT INTO {table} (provider_id, {columns}) VALUES ({provider}, {places})"
                + (f" RETURNING {returning}" if returning else ""),
                *values.values(),
            )

        later = now + timedelta(hours=1)
        where = {"unit_id": given.angsviken.unit_id, "staff_id": by.staff_id}
        await add("case_opening", case_id=ref.case_id, reason="x", at=now, until=later, **where)
        await add(
            "take_over",
            case_id=ref.case_id,
            n=1,
            from_staff_id=by.staff_id,
            by_staff_id=given.hamid.staff_id,
            at=now,
        )
        await add(
            "guest",
            case_id=ref.case_id,
            n=1,
            staff_id=given.hamid.staff_id,
            mode="chat",
            invited_by=by.staff_id,
            invited_at=now,
        )
        await add("talk_read", case_id=ref.case_id, staff_id=by.staff_id, n=1)
        contact = {"unit_id": given.angsviken.unit_id, "role": "nurse", "set_at": now, "set_by": by.staff_id}
        await add("care_contact", person_id=given.tuva, **contact)
        today = clock.today()
        await add(
            "substitute", staff_id=by.staff_id, from_day=today, to_day=today, set_at=now, set_by=by.staff_id
        )
        await add(
            "form_request",
            case_id=ref.case_id,
            n=1,
            person_id=given.tuva,
            form_code="x",
            form_version=1,
            form={},
            sent_by=by.staff_id,
            sent_at=now,
            total=1,
            changed_at=now,
        )
        await add("own_phrase", staff_id=by.staff_id, title="x", text="x", changed_at=now)
        await add(
            "feedback",
            case_id=ref.case_id,
            unit_id=given.angsviken.unit_id,
            kind="other",
            text="x",
            staff_id=by.staff_id,
            at=now,
            key="x",
        )
        block = await add(
            "unit_block",
            "block_id",
            person_id=given.tuva,
            unit_id=given.strandgatan.unit_id,
            since=now,
            registered_by=by.staff_id,
            how="letter",
        )
        await add(
            "block_lift",
            block_id=block,
            person_id=given.tuva,
            basis="consent",
            reason="x",
            at=now,
            until=later,
            **where,
        )
        await add(
            "note",
            case_id=ref.case_id,
            person_id=given.tuva,
            kind="note",
            author_staff_id=by.staff_id,
            changed_at=now,
        )
        signed = await add(
            "note",
            "note_id",
            case_id=ref.case_id,
            person_id=given.tuva,
            kind="note",
            author_staff_id=by.staff_id,
            changed_at=now,
            signed_at=now,
            signed_by=by.staff_id,
            digest="x",
        )
        await add(
            "note_export",
            export_id=uuid4(),
            case_id=ref.case_id,
            note_id=signed,
            person_id=given.tuva,
            asked_by=by.staff_id,
            asked_at=now,
            state="waiting",
            next_try=now,
        )
        await add(
            "notice",
            case_id=ref.case_id,
            person_id=given.tuva,
            kind="x",
            about_n=1,
            state="sent",
            created_at=now,
        )
        ticket = await add(
            "ticket",
            "ticket_id",
            kind="booking",
            contact="digital",
            person_id=given.tuva,
            unit_id=given.angsviken.unit_id,
            role="nurse",
            priority=8,
            reason="x",
            issued_by="staff",
            staff_id=by.staff_id,
            issued_at=now,
            moved_at=now,
            moved_by_kind="staff",
            moved_by_id=by.staff_id,
            moved_by_name="x",
            to_provider_id=provider,
            from_unit_id=given.angsviken.unit_id,
        )
        await add(
            "ticket_form",
            ticket_id=ticket,
            place=1,
            person_id=given.tuva,
            form_code="x",
            form_version=1,
            form={},
            total=1,
            changed_at=now,
        )
        await add("ticket_history", ticket_id=ticket, person_id=given.tuva, history={})
        asked = await connection.fetchval(
            "SELECT interview_id FROM care_case WHERE provider_id = $1 AND case_id = $2", *ref
        )
        at_unit = {"to_provider_id": provider, "unit_id": given.strandgatan.unit_id}
        consulted = await add(
            "consultation",
            "consultation_id",
            person_id=given.tuva,
            from_unit_id=given.angsviken.unit_id,
            from_role="nurse",
            from_staff_id=by.staff_id,
            role="nurse",
            kind="care",
            reason="x",
            priority=3,
            sent_at=now,
            changed_at=now,
            **at_unit,
        )
        goes = {"consultation_id": consulted, "to_provider_id": provider}
        said = {"kind": "sent", "author_kind": "staff", "author_id": by.staff_id, "author_name": "x"}
        await add("consultation_entry", n=1, at=now, **goes, **said)
        await add("consultation_case", case_id=ref.case_id, **goes)
        file = await connection.fetchval(
            "SELECT attachment_id FROM attachment WHERE provider_id = $1 AND person_id = $2 LIMIT 1",
            provider,
            given.tuva,
        )
        await add("consultation_file", attachment_id=file, **goes)
        await _book_directly(add, given, ref, by)
        await add("assisted", interview_id=asked, person_id=given.tuva, staff_id=by.staff_id, caller="self")
        await add("config_item", kind="phrase", key="x", version=1)
        await add(
            "config_version",
            kind="phrase",
            key="x",
            version=1,
            body={},
            reason="x",
            author_name="x",
            at=now,
            starts_at=now,
        )
        await add(
            "config_draft",
            kind="phrase",
            key="x",
            staff_id=by.staff_id,
            base_version=0,
            body={},
            changed_at=now,
        )
        await add("role", code="x_role", label="x", clinical=False, patient_sees=False, cares=False)
        resource = await add("resource", "resource_id", unit_id=given.angsviken.unit_id, role="nurse")
        await add("resource_serves", resource_id=resource, unit_id=given.strandgatan.unit_id)
        await add("cooperation", unit_id=given.angsviken.unit_id, with_unit_id=given.strandgatan.unit_id)
        digest = bytes(32)
        await add(
            "log_seal",
            seal_no=1,
            from_id=0,
            to_id=1,
            row_count=1,
            first_at=now,
            last_at=now,
            ids_digest=digest,
            rows_digest=digest,
            previous=digest,
            digest=uuid4().bytes * 2,
            sealed_at=now,
        )
        day = clock.today()
        review = await add(
            "log_review",
            "review_id",
            sample="accesses",
            from_day=day,
            to_day=day,
            wanted=1,
            seed=1,
            population=1,
            drawn_by=by.staff_id,
            drawn_by_name="x",
            drawn_at=now,
        )
        await add("log_review_item", review_id=review, place=1, at=now, log_id=1)


async def _book_directly(add: Any, given: Cast, ref: CaseRef, by: StaffActor) -> None:
    """A schedule with its rule, its closed day and one time: kept, booked, offered."""
    now, day = clock.now(), clock.today()
    later, at = now + timedelta(hours=1), {"set_at": now, "set_by": by.staff_id}
    where = {"unit_id": given.angsviken.unit_id, "role": "nurse"}
    schedule = await add("schedule", "schedule_id", name="Rum 1", **where, **at)
    of = {"schedule_id": schedule}
    await add(
        "schedule_rule",
        time_type="x",
        weekdays=[1],
        from_time=time(8),
        to_time=time(9),
        minutes=30,
        from_day=day,
        **of,
        **at,
    )
    await add("schedule_closed", from_day=day, to_day=day, **of, **at)
    span = {"starts_at": now, "ends_at": later, "time_type": "x", "contact": "physical"}
    slot = await add("slot", "slot_id", changed_at=now, **of, **where, **span)
    whose = {"person_id": given.tuva, "case_id": ref.case_id}
    await add(
        "slot_hold",
        slot_id=slot,
        person_id=given.tuva,
        held_by_kind="staff",
        held_by_id=by.staff_id,
        until=later,
    )
    await add(
        "appointment",
        slot_id=slot,
        booked_at=now,
        booked_by_kind="staff",
        booked_by_id=by.staff_id,
        **whose,
        **where,
        **span,
    )
    await add("earlier_wish", unit_id=given.angsviken.unit_id, wished_at=now, **whose)
    await add("slot_offer", slot_id=slot, offered_at=now, until=later, **whose)


async def tables(database: Database) -> dict[str, set[str]]:
    """Every table of the product with its columns."""
    async with database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT c.relname, array_agg(a.attname::text) AS columns FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'p') "
            "AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 "
            "AND NOT a.attisdropped GROUP BY c.relname"
        )
    return {row["relname"]: set(row["columns"]) for row in rows}


async def seen(database: Database, scope: Scope, table: str, where: str, *values: Any) -> int:
    async with database.transaction(scope) as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {where}", *values))


async def test_every_table_has_its_line(database: Database) -> None:
    found = await tables(database)
    assert set(found) - set(SEEN_BY) == set(), "tables without a line here"
    assert set(SEEN_BY) - set(found) == set(), "lines of tables that are gone"
    async with database.transaction(NOBODY) as connection:
        forced = {
            row["relname"]
            for row in await connection.fetch(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            )
        }
    assert set(PATIENT_TABLES) - forced == set(), "tables of patients' data without forced row-level security"


async def test_each_scope_sees_what_the_line_says(site: Site, given: Cast) -> None:
    await filled(given, site)
    columns = await tables(given.database)
    own, other = given.angsviken.provider_id, given.norrhamn.provider_id
    family = persons_scope([given.elin.person_id, given.tuva])
    for table, kind in SEEN_BY.items():
        if kind in ("none", "all"):
            continue
        person = PERSON_COLUMN.get(table, "person_id")
        about = f"{person} = {given.tuva}" if person in columns[table] else "true"
        mine = f"{about} AND provider_id = {own}" if "provider_id" in columns[table] else about
        assert await seen(given.database, provider_scope(own), table, mine) > 0, (
            f"{table}: the world has no row"
        )
        assert await seen(given.database, provider_scope(other), table, mine) == 0, table
        assert await seen(given.database, NOBODY, table, "true") == 0, table
        assert await seen(given.database, persons_scope([given.ruben.person_id]), table, mine) == 0, table
        told = await seen(given.database, family, table, mine)
        assert (told > 0) == (kind == "care"), f"{table}: the family sees {told}"


async def test_no_scope_changes_another_providers_rows(site: Site, given: Cast) -> None:
    await filled(given, site)
    columns = await tables(given.database)
    own = given.angsviken.provider_id
    strangers = (NOBODY, provider_scope(given.norrhamn.provider_id), persons_scope([given.ruben.person_id]))
    for table in sorted(set(SEEN_BY) - WRITTEN_BY_ANY - {"schema_migration"}):
        person = PERSON_COLUMN.get(table, "person_id")
        mine = f"provider_id = {own}" if "provider_id" in columns[table] else f"{person} = {given.tuva}"
        changed = []
        for column in sorted(columns[table]):
            changed.append(f"UPDATE {table} SET {column} = {column} WHERE {mine}")
        changed.append(f"DELETE FROM {table} WHERE {mine}")
        changed.append(f"TRUNCATE {table}")
        for scope in strangers:
            for statement in changed:
                try:
                    async with given.database.transaction(scope) as connection:
                        told = await connection.execute(statement)
                except (
                    asyncpg.InsufficientPrivilegeError,
                    asyncpg.GeneratedAlwaysError,
                    asyncpg.PostgresSyntaxError,
                ):
                    continue
                assert told in ("UPDATE 0", "DELETE 0"), f"{statement}: {told}"


async def test_the_application_deletes_and_truncates_no_patients_rows(given: Cast) -> None:
    """What may be deleted at all by the application's role, in any scope."""
    async with given.database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND has_table_privilege(current_user, oid, 'DELETE, TRUNCATE')"
        )
    assert {row["relname"] for row in rows} == {
        "spent",
        "tried",
        "config_draft",
        "resource_serves",
        "cooperation",
        "guardian_concealed",
        "own_phrase",
        "slot_hold",
    }
