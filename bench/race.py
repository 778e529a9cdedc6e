"""64 staff press *Ta emot* on each of 200 cases: exactly 200 winners."""

import asyncio

from bench.data import STAFF, Region
from bench.place import Place
from bench.report import Report

CASES = 200


async def measure(place: Place, report: Report, region: Region, first: int) -> None:
    """`accept_race`."""
    staff = await place.staff(list(range(1, STAFF + 1)))
    connections = [place.connection() for _ in staff]
    won = lost = 0
    for number in range(first, first + CASES):
        answers = await asyncio.gather(
            *(
                connection.call("POST", f"/staff/cases/1-{number}/accept", headers=one.headers)
                for connection, one in zip(connections, staff, strict=True)
            )
        )
        won += sum(answer.status in (200, 303) for answer in answers)
        lost += sum(answer.status == 409 for answer in answers)
    for connection in connections:
        connection.close()
    owners = await region.one(
        f"SELECT count(*) FROM care_case WHERE case_id BETWEEN {first} AND {first + CASES - 1} "
        "AND phase = 'accepted' AND owner_staff_id IS NOT NULL"
    )
    rows = await region.one(
        f"SELECT count(*) FROM entry WHERE case_id BETWEEN {first} AND {first + CASES - 1} AND kind = 'accepted'"
    )
    if not won == owners == rows or lost != CASES * STAFF - won:
        raise RuntimeError(
            f"{won} were told that they won, {owners} own a case, {rows} rows say so, {lost} lost"
        )
    report.add("accept_race", won, f"{lost:,} were told who was first")
