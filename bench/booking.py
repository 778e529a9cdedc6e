"""Free times among a million, and a thousand patients for a hundred times."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from bench.client import percentile
from bench.data import Region
from bench.place import Place
from bench.report import Report
from vardlots.access.actor import PatientActor
from vardlots.booking.actions import book_ticket
from vardlots.booking.model import SlotRef, SlotTaken, Sought
from vardlots.booking.queries import days_with_times, free_times
from vardlots.cases.turn import House
from vardlots.platform.db import Database, persons_scope
from vardlots.platform.live import Hub
from vardlots.tickets.model import TicketRef

SCHEDULES = 100
EACH_DAY = 16
AHEAD_DAYS = 42
WEEKS = timedelta(weeks=4)
RACING, TIMES = 1_000, 100
# Times and tickets of the race are numbered apart from all others.
FIRST_SLOT = 60_000_001
FIRST_TICKET = 60_000_001
RACE_SCHEDULE = 1_000

_SCHEDULES = f"""
INSERT INTO schedule (provider_id, schedule_id, unit_id, role, name, set_at, set_by)
  SELECT 1, n, 1 + n % 8, CASE WHEN n % 16 < 8 THEN 'nurse' ELSE 'physician' END, 'Rum ' || n, now(), 1
  FROM generate_series(1, {SCHEDULES}) n
"""
# Half hours from eight to four, the same every day; the last of them some weeks ahead, one in four booked.
_SLOTS = f"""
INSERT INTO slot (provider_id, slot_id, schedule_id, unit_id, role, time_type, contact, starts_at, ends_at, state,
                  changed_at)
  SELECT 1, s * 100000 + n, s, 1 + s % 8, CASE WHEN s % 16 < 8 THEN 'nurse' ELSE 'physician' END, 'nurse_visit',
         'physical', t, t + interval '30 min', CASE WHEN t < now() OR n % 4 = 0 THEN 'taken' ELSE 'free' END, now()
  FROM generate_series($1::int, $2::int) s, generate_series(0, $3::int - 1) n, LATERAL (
    SELECT date_trunc('day', now()) + interval '8 hours' - ($3::int / {EACH_DAY} - {AHEAD_DAYS}) * interval '1 day'
           + (n / {EACH_DAY}) * interval '1 day' + (n % {EACH_DAY}) * interval '30 min' AS t) x
"""
_RACE = f"""
INSERT INTO schedule (provider_id, schedule_id, unit_id, role, name, set_at, set_by)
  VALUES (1, {RACE_SCHEDULE}, 2, 'dietitian', 'Kapplöpning', now(), 1);
INSERT INTO slot (provider_id, slot_id, schedule_id, unit_id, role, time_type, contact, starts_at, ends_at,
                  changed_at)
  SELECT 1, {FIRST_SLOT} + n, {RACE_SCHEDULE}, 2, 'dietitian', 'nurse_visit', 'physical', t,
         t + interval '30 min', now()
  FROM generate_series(0, {TIMES} - 1) n, LATERAL (SELECT date_trunc('hour', now()) + interval '3 days'
    + n * interval '30 min' AS t) x;
INSERT INTO ticket (provider_id, ticket_id, kind, contact, person_id, unit_id, role, priority, reason, issued_by,
                    staff_id, issued_at, moved_at, moved_by_kind, moved_by_id, moved_by_name, to_provider_id,
                    from_unit_id)
  SELECT 1, {FIRST_TICKET} + n, 'booking', 'physical', 17001 + n, 2, 'dietitian', 8, 'Kapplöpning', 'staff', 1, now(),
         now(), 'staff', 1, 'Person', 1, 2 FROM generate_series(0, {RACING} - 1) n
"""


async def measure(place: Place, report: Report, region: Region, scale: float) -> None:
    """`free_times_ms` and `book_race`."""
    slots = int(1_000_000 * scale)
    report.tell(f"Filling: {slots:,} times in {SCHEDULES} schedules")
    await _fill(region, slots)
    database = await Database.connect(place.database_url, most=16)
    try:
        await _free(database, report, slots)
        await _race(database, report, region)
    finally:
        await database.close()


async def _fill(region: Region, slots: int) -> None:
    await region.run(_SCHEDULES)
    for schedule in range(1, SCHEDULES + 1, 10):
        await region.run(_SLOTS, schedule, schedule + 9, slots // SCHEDULES)
    await region.run(_RACE)
    await region.run("VACUUM (ANALYZE) slot")


async def _free(database: Database, report: Report, slots: int) -> None:
    """A nurse's free times at one unit over four weeks: all of them, the slowest twentieth apart; how many each day."""
    sought = Sought(
        provider_id=1, unit_ids=(1,), role="nurse", contact="physical", booking_for="", by_patient=True
    )
    now, found = datetime.now(UTC), 0
    spent: list[float] = []
    counted: list[float] = []
    for _ in range(60):
        async with database.transaction(persons_scope([17_001])) as connection:
            began = time.perf_counter()
            found = len(await free_times(connection, sought=sought, from_at=now, until_at=now + WEEKS))
            read = time.perf_counter()
            await days_with_times(connection, sought=sought, from_at=now, until_at=now + WEEKS)
            spent.append((read - began) * 1000)
            counted.append((time.perf_counter() - read) * 1000)
    days = percentile(sorted(counted[10:]), 0.95)
    beside = f"{found:,} free of {slots:,}; counted by day in {days:.1f} ms"
    report.add("free_times_ms", percentile(sorted(spent[10:]), 0.95), beside)


async def _race(database: Database, report: Report, region: Region) -> None:
    """So many who book, each a time that nine others want too: exactly as many win as there are times."""
    house, gate = House(database, Hub()), asyncio.Semaphore(64)

    async def books(n: int) -> bool:
        by = PatientActor(17_001 + n, "Patient")
        async with gate:
            try:
                await book_ticket(
                    house,
                    by=by,
                    ticket=TicketRef(1, FIRST_TICKET + n),
                    slot=SlotRef(1, FIRST_SLOT + n % TIMES),
                )
            except SlotTaken:
                return False
            return True

    began = time.perf_counter()
    won = sum(await asyncio.gather(*(books(n) for n in range(RACING))))
    seconds = time.perf_counter() - began
    booked = await region.one(
        f"SELECT count(*) FROM appointment WHERE slot_id >= {FIRST_SLOT} AND state = 'booked'"
    )
    used = await region.one(
        f"SELECT count(*) FROM ticket WHERE ticket_id >= {FIRST_TICKET} AND state = 'used' AND case_id IS NOT NULL"
    )
    if not won == booked == used:
        raise RuntimeError(
            f"{won} were told that they have a time, {booked} have one, {used} tickets are used"
        )
    report.add(
        "book_race", won, f"of {RACING:,} for {TIMES} times in {seconds:.1f} s, the others told what is left"
    )
