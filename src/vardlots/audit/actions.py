"""What is done to the access log as a whole: it is sealed, and what is too old leaves it."""

from datetime import datetime, timedelta

from vardlots.access.actor import SystemActor
from vardlots.audit import log, seals
from vardlots.audit.chain import Seal, rows_digest, seal_over
from vardlots.platform import clock
from vardlots.platform.db import Database

# A seal is made when the oldest row without one is this old, or when there are this many: so that a busy hour makes
# seals of a size that is quick to check, and a quiet one does not make a seal for every row.
SEAL_AFTER = timedelta(minutes=10)
SEAL_MOST = 10_000
PRUNED_AT_ONCE = 200  # seals
LEAST_YEARS = 5  # HSLF-FS 2016:40 ch. 4
_LOCK = 811_460_108  # our advisory lock, together with the provider: any number that nobody else uses


class Broken(Exception):
    """A seal does not hold: its rows are evidence and stay."""

    def __init__(self, seal: Seal) -> None:
        super().__init__(f"seal {seal.seal_no} does not hold")
        self.seal = seal


async def seal(database: Database, *, by: SystemActor, at_once: bool = False) -> list[Seal]:
    """Seal the provider's rows that no seal covers yet. Returns the new seals, the oldest first.

    Without `at_once` rows wait until it is worth a seal. Two that seal at once do it once.
    """
    made: list[Seal] = []
    settled = await seals.settled_to(database)
    while settled is not None:
        now = clock.now()
        async with database.transaction(by.scope) as connection:
            if not await connection.fetchval(
                "SELECT pg_try_advisory_xact_lock($1, $2)", _LOCK, by.provider_id
            ):
                break
            last = await seals.last_seal(connection, by.provider_id)
            above = last.to_id if last else 0
            rows = await seals.rows_between(
                connection, by.provider_id, above=above, to=settled, limit=SEAL_MOST
            )
            whole = len(rows) == SEAL_MOST
            if not rows or not (at_once or whole or _is_due(rows[0].at, now)):
                break
            to_id = rows[-1].log_id if whole else settled
            new = seal_over(rows, provider_id=by.provider_id, after=last, to_id=to_id, sealed_at=now)
            await connection.execute(_INSERT, *(getattr(new, name) for name in _COLUMNS))
        made.append(new)
        if not whole:
            break
    return made


_COLUMNS = [name for name in Seal.__struct_fields__ if name != "pruned_at"]
_INSERT = (
    f"INSERT INTO log_seal ({', '.join(_COLUMNS)}) "
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 1))})"
)


def _is_due(oldest: int, now: datetime) -> bool:
    return now.timestamp() * 1_000_000 - oldest >= SEAL_AFTER / timedelta(microseconds=1)


def kept_since(years: int, now: datetime) -> datetime:
    """The moment before which rows leave the log: midnight of the same day, so many years ago. Never under five."""
    day = clock.local(now)
    years = max(years, LEAST_YEARS)
    try:
        then = day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        then = day.replace(year=day.year - years, day=28)
    return then.replace(hour=0, minute=0, second=0, microsecond=0)


async def prune(database: Database, *, by: SystemActor, years: int) -> int:
    """Remove rows older than so many years, whole seals of them; the chain keeps the seals. Returns how many rows.

    A provider that wants its log kept longer (*Vårdregler*) has it so. That it was done stands in the log itself.
    Raises Broken, and leaves the rows, where a seal does not hold.
    """
    gone = 0
    async with database.transaction(by.scope) as connection:
        before = kept_since(await seals.years_kept(connection, by.provider_id, years), clock.now())
        old = await seals.seals_to_prune(connection, by.provider_id, before=before, limit=PRUNED_AT_ONCE)
    for one in old:
        async with database.transaction(by.scope) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, by.provider_id)
            if not await seals.is_there(connection, one):
                continue
            rows = await seals.rows_between(connection, by.provider_id, above=one.from_id, to=one.to_id)
            if rows_digest(rows) != one.rows_digest or not one.holds_itself:
                raise Broken(one)
            removed = await connection.fetchval(
                "SELECT prune_seal($1, $2, $3)", one.seal_no, before, clock.now()
            )
            if removed:
                words = f"{removed} rader, {one.first_at:%Y-%m-%d}–{one.last_at:%Y-%m-%d}"
                row = log.access(by, "prune_log", provider_id=by.provider_id, reason=words)
                await log.write(connection, [row])
                gone += removed
    return gone
