"""The demonstration region is whole, made by the product's own verbs, and loads once."""

import time

import pytest

from vardlots.cases.fold import fold
from vardlots.cases.model import CASE_COLUMNS, Phase, case_from
from vardlots.cases.queries import timeline
from vardlots.demo.case_scripts import load_cases
from vardlots.demo.load import load
from vardlots.demo.persons import region
from vardlots.platform.content import CONTENT
from vardlots.platform.db import NOBODY, Database, provider_scope
from vardlots.platform.settings import load_settings


@pytest.mark.timeout(120)
async def test_the_region_shows_every_state_and_loads_once(fresh_database_url: str, tmp_path: object) -> None:
    settings = load_settings(
        {"DATABASE_URL": fresh_database_url, "VARDLOTS_DEMO": "true", "VARDLOTS_DATA_DIR": str(tmp_path)}
    )
    began = time.monotonic()
    await load(settings)
    assert time.monotonic() - began < 30
    await load(settings)
    database = await Database.connect(fresh_database_url, most=2)
    try:
        phases = set()
        inbox = set()
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
                    inbox.add((case.phase, case.inbox_at is not None))
                    rows = await timeline(connection, case.ref)
                    folded = fold(rows)
                    assert [one.n for one in rows] == list(range(1, case.last_n + 1))
                    assert (folded.phase, folded.owner_staff_id) == (case.phase, case.owner_staff_id)
        assert phases == set(Phase)
        assert {(Phase.FOLLOW_UP, True), (Phase.FOLLOW_UP, False)} <= inbox
        assert cases == len(load_cases(CONTENT / "demo", region()))
    finally:
        await database.close()
