"""The demonstration region is whole, made by the product's own verbs, and loads once."""

import io
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vardlots.access.shifts.rules import ShiftRules
from vardlots.cases.fold import fold
from vardlots.cases.model import CASE_COLUMNS, Phase, case_from
from vardlots.cases.queries import timeline
from vardlots.demo.case_scripts import load_cases
from vardlots.demo.errands import load_errands
from vardlots.demo.load import load
from vardlots.demo.persons import region
from vardlots.demo.schedules import load_bookings
from vardlots.demo.staff_tickets import load_staff_tickets
from vardlots.demo.tickets import load_tickets
from vardlots.people.identity import age_years
from vardlots.platform import clock
from vardlots.platform.content import CONTENT
from vardlots.platform.db import NOBODY, Database, provider_scope
from vardlots.platform.files import FileStore
from vardlots.platform.settings import Settings, load_settings

# Starts programs of its own and waits for them: part of `make test`, too slow for `make check`.
pytestmark = pytest.mark.slow


@pytest.mark.timeout(120)
async def test_the_region_shows_every_state_and_loads_once(fresh_database_url: str, tmp_path: Path) -> None:
    settings = load_settings(
        {"DATABASE_URL": fresh_database_url, "VARDLOTS_DEMO": "true", "VARDLOTS_DATA_DIR": str(tmp_path)}
    )
    await load(settings)
    files = sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())
    await load(settings)
    assert files == sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())
    database = await Database.connect(fresh_database_url, most=2)
    try:
        phases = set()
        inbox = set()
        kinds = set()
        cases = 0
        async with database.transaction(NOBODY) as connection:
            providers = [row[0] for row in await connection.fetch("SELECT provider_id FROM provider")]
            assert await connection.fetchval("SELECT count(*) FROM sms_outbox") > 10
        for provider_id in providers:
            async with database.transaction(provider_scope(provider_id)) as connection:
                for row in await connection.fetch(f"SELECT {CASE_COLUMNS} FROM care_case"):
                    case = case_from(row)
                    cases += 1
                    phases.add(case.phase)
                    kinds.add((case.kind, case.phase))
                    inbox.add((case.phase, case.inbox_at is not None))
                    rows = await timeline(connection, case.ref)
                    folded = fold(rows)
                    assert [one.n for one in rows] == list(range(1, case.last_n + 1))
                    assert (folded.phase, folded.owner_staff_id) == (case.phase, case.owner_staff_id)
                    assert folded.in_inbox == (case.inbox_at is not None)
        assert phases == set(Phase)
        assert {(Phase.FOLLOW_UP, True), (Phase.FOLLOW_UP, False)} <= inbox
        tickets = load_tickets(CONTENT / "demo", region())
        played = (*load_cases(CONTENT / "demo", region()), *load_errands(CONTENT / "demo", region()))
        began = [one for one in load_staff_tickets(CONTENT / "demo", region()) if one.says]
        booked = load_bookings(CONTENT / "demo", region())
        used = [one for one in tickets if one.ends_as == "used"]
        assert cases == len(played) + len(used) + len(began) + len(booked)
        assert {one.ends_as for one in tickets} == {"issued", "opened", "declined", "withdrawn", "used"}
        assert {("administrative", Phase.QUEUED), ("administrative", Phase.FOLLOW_UP)} <= kinds
    finally:
        await database.close()


@pytest.fixture
async def loaded(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Settings, Database]]:
    settings = load_settings(
        {"DATABASE_URL": fresh_database_url, "VARDLOTS_DEMO": "true", "VARDLOTS_DATA_DIR": str(tmp_path)}
    )
    await load(settings)
    database = await Database.connect(fresh_database_url, most=2)
    yield settings, database
    await database.close()


async def in_lotsvik(database: Database, question: str) -> list[dict[str, Any]]:
    async with database.transaction(NOBODY) as connection:
        provider_id = await connection.fetchval(
            "SELECT provider_id FROM provider ORDER BY provider_id LIMIT 1"
        )
    async with database.transaction(provider_scope(provider_id)) as connection:
        return [dict(row) for row in await connection.fetch(question)]


@pytest.mark.timeout(120)
async def test_ylva_meets_a_queue_that_is_alive_and_pictures_that_can_be_opened(
    loaded: tuple[Settings, Database],
) -> None:
    settings, database = loaded
    rows = await in_lotsvik(
        database,
        "SELECT c.*, u.name AS unit, p.birth_date, a.mobile, e.body->>'interpreter' AS interpreter, "
        "s.given_name AS owner, EXISTS (SELECT FROM attachment f WHERE f.case_id = c.case_id) AS pictured "
        "FROM care_case c JOIN unit u USING (unit_id) JOIN person p USING (person_id) "
        "JOIN person a ON a.person_id = c.actor_person_id JOIN entry e ON e.case_id = c.case_id AND e.n = 1 "
        "LEFT JOIN staff s ON s.staff_id = c.owner_staff_id WHERE u.name = 'Ängsviken'",
    )
    waiting = [row for row in rows if row["phase"] == "queued"]
    nurses = [row for row in waiting if row["role"] == "nurse"]
    assert len(nurses) >= 10
    assert {row["priority"] for row in waiting} == {1, 2, 3, 4, 5, 12}
    assert {row["priority"] for row in nurses} == {3, 4, 5}
    # The others came in so lately that it stays two for as long as somebody needs to sign in.
    target = clock.now() - timedelta(minutes=15)
    assert [row["role"] for row in waiting if row["arrived_at"] < target] == ["nurse", "nurse"]
    assert sum(age_years(row["birth_date"], clock.today()) < 18 for row in nurses) >= 3
    assert [row["interpreter"] for row in nurses if row["interpreter"]] == ["ti"]
    assert sum(row["mobile"] is None for row in nurses) == 1
    assert sum(row["pictured"] for row in nurses) >= 4
    own = [row for row in rows if row["owner"] == "Ylva" and row["phase"] == "ongoing"]
    # Of one the patient has sent a form that is read with it.
    assert Counter(row["patient_last_n"] > row["staff_read_n"] for row in own) == {True: 2, False: 2}
    assert sum(row["inbox_at"] is not None for row in rows) >= 5
    assert sum(row["phase"] == "follow_up" and row["inbox_at"] is None for row in rows) >= 5

    kept = await in_lotsvik(database, "SELECT * FROM attachment")
    assert sum(row["interview_id"] is not None for row in kept) >= 8
    assert sum(row["interview_id"] is None for row in kept) >= 5
    assert all(row["case_id"] for row in kept)
    store = FileStore.open(settings.file_store_url, settings.file_store_options())
    for row in kept:
        opened = await store.get(row["storage_key"])
        content = b"".join([piece async for piece in opened.chunks])
        assert len(content) == row["size_bytes"]
        assert Image.open(io.BytesIO(content)).size == (row["width"], row["height"]) == (900, 1200)
        assert await store.size(row["thumb_key"])
    carried = await in_lotsvik(
        database, "SELECT body->'attachments' AS ids FROM entry WHERE body ? 'attachments'"
    )
    assert {file_id for row in carried for file_id in row["ids"]} == {
        str(row["attachment_id"]) for row in kept if row["interview_id"] is None
    }


@pytest.mark.timeout(120)
async def test_colleagues_are_on_shift_and_one_forgot_to_end_theirs(
    loaded: tuple[Settings, Database],
) -> None:
    _, database = loaded
    rows = await in_lotsvik(
        database,
        "SELECT s.given_name AS name, h.started_at FROM shift h JOIN staff s USING (staff_id) "
        "JOIN unit u USING (unit_id) WHERE u.name = 'Ängsviken' AND h.ended_at IS NULL",
    )
    assert [row["name"] for row in rows if ShiftRules().is_forgotten(row["started_at"], clock.now())] == [
        "Aino"
    ]
    assert len(rows) >= 5
    assert not {"Ylva", "Hamid", "Siri"} & {row["name"] for row in rows}


@pytest.mark.timeout(120)
async def test_some_patients_have_contacts_and_one_of_those_is_away(
    loaded: tuple[Settings, Database],
) -> None:
    _, database = loaded
    contacts = await in_lotsvik(database, "SELECT staff_id, role FROM care_contact WHERE ended_at IS NULL")
    away = await in_lotsvik(database, "SELECT staff_id, stand_in_id FROM substitute WHERE ended_at IS NULL")
    assert Counter(row["staff_id"] is None for row in contacts) == {False: 2, True: 1}
    assert {row["staff_id"] for row in away} <= {row["staff_id"] for row in contacts}
    assert all(row["stand_in_id"] for row in away)
