"""The chain over the access log: no row escapes it, every kind of tampering is named, and age alone prunes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.audit import log, seals
from vardlots.audit.actions import SEAL_AFTER, Broken, kept_since, prune, seal
from vardlots.audit.verify import Finding, Wrong, verify
from vardlots.cli import log as command
from vardlots.cli import log_checks
from vardlots.cli.faults import CommandFault
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.settings import Settings, SettingsError, load_settings

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def own(fresh_database_url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(fresh_database_url, most=8)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def cast(own: Database) -> Cast:
    return await Cast.make(own)


@pytest_asyncio.fixture
async def owner(fresh_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever owns the tables and has taken down every guard that can be taken down."""
    connection = await asyncpg.connect(fresh_database_url)
    await connection.execute(
        "ALTER TABLE access_log NO FORCE ROW LEVEL SECURITY; ALTER TABLE access_log DISABLE TRIGGER USER;"
        "ALTER TABLE log_seal NO FORCE ROW LEVEL SECURITY; ALTER TABLE log_seal DISABLE TRIGGER USER"
    )
    yield connection
    await connection.close()


def keeper(given: Cast) -> SystemActor:
    return SystemActor(given.ylva.provider_id, "audit.seal")


async def write(given: Cast, count: int = 3, *, at: datetime | None = None, action: str = "read") -> None:
    """So many rows about Ruben at Ängsviken."""
    by = given.ylva
    with clock.at(at or clock.now()):
        rows = [
            log.access(by, action, provider_id=by.provider_id, person_id=given.ruben.person_id)
            for _ in range(count)
        ]
    async with given.database.transaction(NOBODY) as connection:
        await log.write(connection, rows)


async def sealed(given: Cast, seals_made: int = 3) -> None:
    """So many seals of three rows each."""
    for _ in range(seals_made):
        await write(given)
        made = await seal(given.database, by=keeper(given), at_once=True)
        assert [one.row_count for one in made] == [3]


async def findings(given: Cast) -> list[tuple[Wrong, int | None]]:
    verdict = await verify(given.database, given.ylva.provider_id)
    return [(one.wrong, one.seal_no) for one in verdict.findings]


async def test_seals_follow_each_other_and_hold(cast: Cast) -> None:
    await sealed(cast)
    async with cast.database.transaction(cast.ylva.scope) as connection:
        made = await seals.seals(connection, cast.ylva.provider_id, above=0, limit=10)
    assert [one.seal_no for one in made] == [1, 2, 3]
    assert [one.from_id for one in made] == [0, made[0].to_id, made[1].to_id]
    assert [one.previous for one in made[1:]] == [one.digest for one in made[:-1]]
    verdict = await verify(cast.database, cast.ylva.provider_id)
    assert (verdict.seals, verdict.rows, verdict.unsealed, verdict.findings) == (3, 9, 0, ())
    assert verdict.head == made[-1].digest


async def test_a_row_waits_for_a_seal_no_longer_than_it_should(cast: Cast) -> None:
    now = clock.now()
    await write(cast, at=now)
    with clock.at(now + SEAL_AFTER - timedelta(seconds=1)):
        assert await seal(cast.database, by=keeper(cast)) == []
    with clock.at(now + SEAL_AFTER):
        assert len(await seal(cast.database, by=keeper(cast))) == 1
    assert await seal(cast.database, by=keeper(cast), at_once=True) == []


async def test_many_rows_make_several_seals(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vardlots.audit.actions.SEAL_MOST", 4)
    await write(cast, 10)
    made = await seal(cast.database, by=keeper(cast), at_once=True)
    assert [one.row_count for one in made] == [4, 4, 2]
    assert await findings(cast) == []


async def test_a_transaction_that_commits_late_is_waited_for(cast: Cast, fresh_database_url: str) -> None:
    """A row that is numbered before others and committed after them is under a seal all the same."""
    slow = await asyncpg.connect(fresh_database_url)
    late = slow.transaction()
    await late.start()
    await slow.execute(
        "INSERT INTO access_log (provider_id, at, actor_kind, actor_id, actor_name, action) "
        "VALUES ($1, $2, 'staff', 1, 'Sen', 'read')",
        cast.ylva.provider_id,
        clock.now(),
    )
    await write(cast)
    assert await seals.settled_to(cast.database, patience=0.1) is None
    sealing = asyncio.create_task(seal(cast.database, by=keeper(cast), at_once=True))
    await asyncio.sleep(0.2)
    assert not sealing.done()
    await late.commit()
    await slow.close()
    assert [one.row_count for one in await sealing] == [4]
    assert await findings(cast) == []


async def test_no_row_escapes_while_many_write_and_two_seal(cast: Cast) -> None:
    writing = True

    async def writer(place: int) -> None:
        by = cast.ylva
        row = log.access(by, "read", provider_id=by.provider_id, person_id=cast.ruben.person_id)
        for turn in range(15):
            async with cast.database.transaction(NOBODY) as connection:
                await log.write(connection, [row, row])
                # Commits come in another order than the rows were numbered.
                await asyncio.sleep((place * 7 + turn * 3) % 5 * 0.008)

    async def sealer() -> None:
        while writing:
            await seal(cast.database, by=keeper(cast), at_once=True)

    sealers = [asyncio.create_task(sealer()) for _ in range(2)]
    await asyncio.gather(*(writer(place) for place in range(4)))
    writing = False
    await asyncio.gather(*sealers)
    await seal(cast.database, by=keeper(cast), at_once=True)
    verdict = await verify(cast.database, cast.ylva.provider_id)
    assert (verdict.rows, verdict.unsealed, verdict.findings) == (120, 0, ())
    assert verdict.seals > 1


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        ("UPDATE access_log SET actor_name = 'Någon annan' WHERE log_id = {middle}", [(Wrong.CHANGED, 2)]),
        ("UPDATE access_log SET at = at + interval '1 us' WHERE log_id = {middle}", [(Wrong.CHANGED, 2)]),
        ("UPDATE access_log SET reason = '' WHERE log_id = {middle}", [(Wrong.CHANGED, 2)]),
        ("DELETE FROM access_log WHERE log_id = {middle}", [(Wrong.REMOVED, 2)]),
        (
            "INSERT INTO access_log (provider_id, log_id, at, actor_kind, actor_id, actor_name, action) "
            "OVERRIDING SYSTEM VALUE SELECT provider_id, log_id, at - interval '1 s', 'staff', 1, 'Påhittad', 'read' "
            "FROM access_log WHERE log_id = {middle}",
            [(Wrong.ADDED, 2)],
        ),
        (
            "WITH gone AS (DELETE FROM access_log WHERE log_id = {middle} RETURNING *) "
            "INSERT INTO access_log (provider_id, log_id, at, actor_kind, actor_id, actor_name, action) "
            "OVERRIDING SYSTEM VALUE "
            "SELECT provider_id, log_id + 1, at - interval '1 s', 'staff', 1, 'Påhittad', 'read' FROM gone",
            [(Wrong.EXCHANGED, 2)],
        ),
        ("DELETE FROM log_seal WHERE seal_no = 2", [(Wrong.SEAL_REMOVED, 2)]),
        ("DELETE FROM log_seal WHERE seal_no = 1", [(Wrong.SEAL_REMOVED, 1)]),
        (
            "UPDATE log_seal SET sealed_at = sealed_at - interval '1 day' WHERE seal_no = 2",
            [(Wrong.SEAL_CHANGED, 2)],
        ),
        (
            "DELETE FROM access_log WHERE log_id <= {middle}; UPDATE log_seal SET pruned_at = now() WHERE seal_no = 1",
            [(Wrong.PRUNED_TOO_EARLY, 1), (Wrong.REMOVED, 2)],
        ),
    ],
)
async def test_tampering_by_the_tables_owner_is_named(
    cast: Cast, owner: asyncpg.Connection, tampering: str, named: list[tuple[Wrong, int]]
) -> None:
    await sealed(cast)
    assert await findings(cast) == []
    async with cast.database.transaction(cast.ylva.scope) as connection:
        one = (await seals.seals(connection, cast.ylva.provider_id, above=1, limit=1))[0]
        rows = await seals.rows_between(connection, cast.ylva.provider_id, above=one.from_id, to=one.to_id)
    await owner.execute(tampering.format(middle=rows[1].log_id))
    assert await findings(cast) == named


async def test_removed_seals_at_the_end_show_as_old_rows_without_one(
    cast: Cast, owner: asyncpg.Connection
) -> None:
    await sealed(cast)
    await owner.execute("DELETE FROM log_seal WHERE seal_no > 1")
    assert await findings(cast) == []
    with clock.shifted(timedelta(hours=2)):
        assert await findings(cast) == [(Wrong.UNSEALED, None)]


async def test_a_chain_that_is_written_anew_lacks_the_head_that_was_kept(
    cast: Cast, owner: asyncpg.Connection, fresh_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever owns the database can make a whole new chain. They cannot make it end in a digest kept elsewhere."""
    await sealed(cast)
    kept = (await verify(cast.database, cast.ylva.provider_id)).head
    assert kept is not None
    await write(cast)
    await seal(cast.database, by=keeper(cast), at_once=True)
    assert (await verify(cast.database, cast.ylva.provider_id, kept_heads=[kept])).heads_found == {kept}

    settings = cli_settings(fresh_database_url)
    assert await command._verify(cast.database, [(cast.ylva.provider_id, "Lotsvik")], [kept]) == 0
    await owner.execute("DELETE FROM log_seal; UPDATE access_log SET actor_name = 'Någon annan'")
    await seal(cast.database, by=keeper(cast), at_once=True)
    assert await findings(cast) == []
    assert await command._verify(cast.database, [(cast.ylva.provider_id, "Lotsvik")], [kept]) == 1
    assert f"written anew. The digest was {kept.hex()}." in capsys.readouterr().out
    assert "but for the last 0 rows" in await log_checks.sealing(settings)


def cli_settings(url: str) -> Settings:
    return load_settings({"DATABASE_URL": url, "VARDLOTS_DEMO": "1"})


async def test_the_command_says_in_words_what_does_not_hold(
    cast: Cast, owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await sealed(cast)
    await owner.execute("DELETE FROM log_seal WHERE seal_no = 2")
    await owner.execute(
        "UPDATE access_log SET actor_name = 'x' WHERE log_id = (SELECT min(log_id) FROM access_log)"
    )
    assert await command._verify(cast.database, [(cast.ylva.provider_id, "Lotsvik")], []) == 1
    told = capsys.readouterr().out
    assert "rows have been changed." in told
    assert "the seal has been removed." in told
    for wrong in Wrong:
        assert command.sentence(Finding(wrong=wrong, seal_no=1)).endswith(".")


async def test_sealing_that_lags_is_said_by_the_doctor(cast: Cast, fresh_database_url: str) -> None:
    await write(cast, at=clock.now() - timedelta(hours=3))
    with pytest.raises(CommandFault, match="3 h old: is the worker running"):
        await log_checks.sealing(cli_settings(fresh_database_url))


async def test_another_provider_neither_seals_nor_sees_seals(cast: Cast) -> None:
    await sealed(cast, 1)
    other = SystemActor(cast.nora.provider_id, "audit.seal")
    assert await seal(cast.database, by=other, at_once=True) == []
    async with cast.database.transaction(cast.nora.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM log_seal") == 0


OLD = timedelta(days=11 * 366)


async def _keeps_for(cast: Cast, years: int) -> None:
    """As *Vårdregler* writes it."""
    async with cast.database.transaction(cast.astrid.scope) as connection:
        await connection.execute(
            "UPDATE provider SET settings = settings || $2 WHERE provider_id = $1",
            cast.astrid.provider_id,
            {"log_years": years},
        )


async def test_what_is_too_old_leaves_and_the_chain_holds(cast: Cast) -> None:
    await write(cast, 4, at=clock.now() - OLD)
    await seal(cast.database, by=keeper(cast), at_once=True)
    await write(cast, 2)
    await seal(cast.database, by=keeper(cast), at_once=True)
    assert await prune(cast.database, by=keeper(cast), years=12) == 0
    await _keeps_for(cast, 12)
    assert await prune(cast.database, by=keeper(cast), years=10) == 0, "the provider wants it longer"
    await _keeps_for(cast, 5)
    assert await prune(cast.database, by=keeper(cast), years=10) == 4, "never shorter than the installation"
    assert await prune(cast.database, by=keeper(cast), years=10) == 0
    await seal(cast.database, by=keeper(cast), at_once=True)
    verdict = await verify(cast.database, cast.ylva.provider_id)
    # The two that are young, and the row that tells of the pruning.
    assert (verdict.seals, verdict.rows, verdict.pruned, verdict.findings) == (3, 3, 4, ())


async def test_pruning_twice_at_once_is_pruning_once(cast: Cast) -> None:
    await write(cast, 4, at=clock.now() - OLD)
    await seal(cast.database, by=keeper(cast), at_once=True)
    both = await asyncio.gather(*(prune(cast.database, by=keeper(cast), years=10) for _ in range(2)))
    assert sorted(both) == [0, 4]


async def test_a_seal_with_one_young_row_stays_whole(cast: Cast) -> None:
    await write(cast, 4, at=clock.now() - OLD)
    await write(cast, 1)
    await seal(cast.database, by=keeper(cast), at_once=True)
    assert await prune(cast.database, by=keeper(cast), years=10) == 0


async def test_rows_that_were_tampered_with_are_evidence_and_stay(
    cast: Cast, owner: asyncpg.Connection
) -> None:
    await write(cast, 4, at=clock.now() - OLD)
    await seal(cast.database, by=keeper(cast), at_once=True)
    await owner.execute("UPDATE access_log SET actor_name = 'x'")
    with pytest.raises(Broken):
        await prune(cast.database, by=keeper(cast), years=10)
    assert await findings(cast) == [(Wrong.CHANGED, 1)]


async def test_a_row_put_back_under_a_pruned_seal_is_found(cast: Cast, owner: asyncpg.Connection) -> None:
    await write(cast, 4, at=clock.now() - OLD)
    await seal(cast.database, by=keeper(cast), at_once=True)
    await prune(cast.database, by=keeper(cast), years=10)
    await owner.execute(
        "INSERT INTO access_log (provider_id, log_id, at, actor_kind, actor_id, actor_name, action) "
        "OVERRIDING SYSTEM VALUE SELECT provider_id, to_id, last_at, 'staff', 1, 'Påhittad', 'read' FROM log_seal"
    )
    assert await findings(cast) == [(Wrong.ADDED, 1)]


async def test_nothing_younger_than_five_years_can_be_removed_in_any_way(
    cast: Cast, fresh_database_url: str
) -> None:
    """Not by the product, whatever its setting says, nor by the owner who tells the guard that it is pruning."""
    await write(cast, 3, at=clock.now() - timedelta(days=4 * 365))
    await seal(cast.database, by=keeper(cast), at_once=True)
    assert await prune(cast.database, by=keeper(cast), years=1) == 0
    async with cast.database.transaction(cast.ylva.scope) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="too young"):
            await connection.fetchval("SELECT prune_seal(1, $1, $1)", clock.now())
    table_owner = await asyncpg.connect(fresh_database_url)
    try:
        await table_owner.execute(
            f"SET vardlots.provider = '{cast.ylva.provider_id}'; SET vardlots.pruning = 'on'"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed"):
            await table_owner.execute("DELETE FROM access_log")
    finally:
        await table_owner.close()
    async with cast.database.transaction(cast.ylva.scope) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM access_log")


async def test_the_application_can_neither_change_nor_remove_a_seal(cast: Cast) -> None:
    await sealed(cast, 1)
    for statement in ("UPDATE log_seal SET pruned_at = now()", "DELETE FROM log_seal", "TRUNCATE log_seal"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with cast.database.transaction(cast.ylva.scope) as connection:
                await connection.execute(statement)


@pytest.mark.parametrize(
    ("today", "years", "before"),
    [
        ("2026-11-21T12:00:00+01:00", 10, "2016-11-21T00:00:00+01:00"),
        ("2024-02-29T12:00:00+01:00", 10, "2014-02-28T00:00:00+01:00"),
        ("2026-11-21T12:00:00+01:00", 2, "2021-11-21T00:00:00+01:00"),
    ],
)
def test_how_far_back_the_log_reaches(today: str, years: int, before: str) -> None:
    assert kept_since(years, datetime.fromisoformat(today)) == datetime.fromisoformat(before)


def test_the_setting_is_never_under_five_years() -> None:
    base = {"DATABASE_URL": "postgresql://x/y", "VARDLOTS_DEMO": "1"}
    assert load_settings(base).access_log_years == 10
    with pytest.raises(SettingsError, match="VARDLOTS_ACCESS_LOG_YEARS"):
        load_settings(base | {"VARDLOTS_ACCESS_LOG_YEARS": "4"})
