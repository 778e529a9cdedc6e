"""Reading the access log with a million rows in it: a reviewer's search by patient and by member of staff, as a page.

Beside the page stands what PostgreSQL takes for the page's own statement, over a connection as the product has it.
"""

import time

from bench.client import Connection, form, percentile
from bench.data import PATIENTS, STAFF, Region
from bench.people import Visitor
from bench.place import Place
from bench.report import Report
from vardlots.access.actor import StaffActor
from vardlots.platform.db import provider_scope
from vardlots.review.queries import Asked, search

REVIEWER = 9_001
NUMBER, PERSON = "199001012385", 77  # of the tax agency's test series
ROWS = 1_000_000
WARM = 5  # first pages, which plan what the connection keeps
_REVIEWER = f"""
INSERT INTO staff (staff_id, hsa_id, given_name, family_name, title)
  VALUES ({REVIEWER}, 'SE0000000000-BS{REVIEWER}', 'Rune', 'Granskare', 'Loggranskare');
INSERT INTO assignment (provider_id, assignment_id, staff_id, unit_id, role, hsa_id)
  VALUES (1, {REVIEWER}, {REVIEWER}, 1, 'log_reviewer', 'SE0000000000-BA{REVIEWER}');
INSERT INTO person_identifier (system, value, person_id)
  VALUES ('http://electronichealth.se/identifier/personnummer', '{NUMBER}', {PERSON});
"""
_ROWS = f"""
INSERT INTO access_log (provider_id, at, actor_kind, actor_id, actor_name, unit_id, person_id, case_id, action)
SELECT 1, now() - n * interval '20 s', 'staff', 1 + n % {STAFF}, 'Person Nummer ' || n % {STAFF}, 1 + n % 8,
       1 + (n * 7919) % {PATIENTS}, 1 + n % 3000, (ARRAY['read', 'read_messages', 'write', 'list', 'accept'])[1 + n % 5]
FROM generate_series($1::bigint, 1, -1) n
"""


async def measure(place: Place, report: Report, region: Region, scale: float) -> None:
    """`log_read_ms`: the 95th percentile of a search's page, the slower of by patient and by member of staff."""
    await region.add_log(_REVIEWER, _ROWS, int(ROWS * scale))
    reviewer = await place.reviewer(REVIEWER)
    times = max(int(60 * scale), 10)
    slowest = 0.0
    beside = []
    ways = {
        "patient": ({"number": NUMBER}, Asked(units=None, person_ids=[PERSON])),
        "staff": ({"staff": "Person Nummer 5 (SE0000000000-BS5)"}, Asked(units=None, staff_id=5)),
    }
    for name, (fields, asked) in ways.items():
        page = await _page(place, reviewer, fields, times)
        alone = await _alone(place, asked, times)
        slowest = max(slowest, page)
        beside.append(f"{name} {page:.1f} ms, its statement {alone:.1f} ms")
    report.add(
        "log_read_ms", slowest, f"p95 of {times} pages over {int(ROWS * scale):,} rows; {'; '.join(beside)}"
    )


async def _page(place: Place, reviewer: Visitor, fields: dict[str, str], times: int) -> float:
    connection: Connection = place.connection()
    took = []
    for turn in range(WARM + times):
        answer = await connection.call("POST", "/staff/log", headers=reviewer.headers, body=form(**fields))
        if answer.status != 200 or answer.body.count(b'class="log-time"') < 5:
            raise RuntimeError(f"the log answered {answer.status}")
        if turn >= WARM:
            took.append(answer.seconds)
    connection.close()
    return percentile(sorted(took), 0.95) * 1000


async def _alone(place: Place, asked: Asked, times: int) -> float:
    by = StaffActor(
        staff_id=REVIEWER,
        provider_id=1,
        unit_id=1,
        unit_ids=frozenset({1}),
        role="log_reviewer",
        clinical=False,
        name="",
        title="",
        reviews=True,
    )
    took = []
    async with place.database() as database:
        for _ in range(times):
            async with database.transaction(provider_scope(1)) as connection:
                began = time.perf_counter()
                await search(connection, by=by, asked=asked)
                took.append(time.perf_counter() - began)
    return percentile(sorted(took), 0.95) * 1000
