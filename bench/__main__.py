"""`make bench`: fill a database, start the product, measure, print one table.

`--quick` takes a tenth of the data and of the time, for trying the tools; its figures say nothing.
"""

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import (
    booking,
    codes,
    day,
    first_page,
    forms,
    lists,
    live,
    log,
    lost,
    messages,
    queue,
    race,
    tickets,
    triage,
    workspace,
)
from bench.data import Region
from bench.place import Place
from bench.report import Report
from bench.server import product
from vardlots.platform.migrate import migrate
from vardlots.platform.postgres import LOGIN, OWNER, EmbeddedPostgres

HOME = Path(__file__).parents[1] / ".test-data" / "bench"
# Apart from the numbers of `data.py`, for the same reason as those.
FIRST_RACE = 42_005_001
FIRST_OWN = 43_010_001
# Of those whose years the large loads are; the others have what they had.
OLD_PATIENTS = 15_000


async def measure(place: Place, report: Report, *, scale: float, code_files: Sequence[Path] = ()) -> None:
    """Everything, from the small database to the large."""
    forms.measure(report, scale)
    codes.measure(report, scale, code_files)
    region = await Region.connect(place.admin_url, report.tell)
    report.tell("Filling: a region with 3,000 ended cases")
    await region.lay_first()
    place.server.start()
    small = await queue.page_seconds(place, scale)
    report.tell(f"Queue page with 3,000 ended cases: {small * 1000:.2f} ms")

    report.tell("Filling: 300,000 cases, 1,000,000 timeline rows")
    await region.add_ended(3_001, int(300_000 * scale), 3, patients=OLD_PATIENTS)
    await region.settle()
    await queue.measure(place, report, scale)
    await messages.measure(place, report, scale)
    await live.measure(place, report, scale)
    await triage.measure(place, report, scale)
    await first_page.measure(place, report)
    await workspace.measure(place, report, region, FIRST_OWN, scale)
    await log.measure(place, report, region, scale)
    await tickets.measure(place, report, region, scale)
    await region.add_open(FIRST_RACE, 200, "queued", unit=1)
    await race.measure(place, report, region, FIRST_RACE)
    await lost.measure(place, report, region, int(10_000 * scale))
    await booking.measure(place, report, region, scale)

    report.tell("Filling: 3,000,000 ended cases")
    await region.add_ended(int(300_000 * scale) + 1, int(3_000_000 * scale), 0, patients=OLD_PATIENTS)
    await region.one(
        f"UPDATE care_case SET phase = 'closed', ended_at = now() WHERE case_id >= {FIRST_RACE} RETURNING 1"
    )
    await region.settle()
    large = await queue.page_seconds(place, scale)
    report.add("queue_growth", large / small, f"{small * 1000:.2f} ms → {large * 1000:.2f} ms")

    ended = int(10_000_000 * scale)
    report.tell(f"Filling: {ended:,} ended cases")
    await region.add_ended(int(3_000_000 * scale) + 1, ended, 0, patients=OLD_PATIENTS)
    await region.settle()
    async with lists.small_one(place, report) as few:
        await lists.measure(place, few, report, scale, ended)
    await day.measure(place, report, region, scale)
    await region.close()


def main() -> int:
    """Run it all; 0 when every target was met."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a tenth of everything, to try the tools")
    arguments.add_argument(
        "--codes",
        nargs="+",
        type=Path,
        default=(),
        metavar="FILE",
        help="the authority's own files of diagnoses",
    )
    chosen = arguments.parse_args()
    scale = 0.1 if chosen.quick else 1.0
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    report = Report()
    with EmbeddedPostgres(HOME / "postgres") as postgres:
        database_url = postgres.url(OWNER)
        asyncio.run(migrate(database_url))
        place = Place(
            host="127.0.0.1",
            port=8971,
            database_url=database_url,
            admin_url=postgres.url("postgres"),
            postgres=postgres,
            server=product(postgres.url(LOGIN), 8971, HOME / "data"),
        )
        try:
            asyncio.run(measure(place, report, scale=scale, code_files=chosen.codes))
        finally:
            place.server.stop()
    return 0 if report.finish() else 1


if __name__ == "__main__":
    sys.exit(main())
