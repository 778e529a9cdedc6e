"""The system's own deeds with the clock moved: the real verbs and jobs, on the database of the product that runs, and
its pages hear of them as of the worker's.

    async with house(running) as house:
        with clock.shifted(timedelta(hours=2)):
            await advance(house, {"ref": case.ref})
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.journeys.running import Running

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.model import Case, CaseRef
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House
from vardlots.clinics.model import role_of
from vardlots.platform.bus import PostgresBus
from vardlots.platform.db import Database
from vardlots.platform.live import Hub


@asynccontextmanager
async def house(running: Running) -> AsyncIterator[House]:
    """The database and the signals of the product that runs."""
    database = await Database.connect(running.database_url, most=3)
    hub = Hub()
    bus = PostgresBus(running.database_url, hub)
    await bus.start()
    hub.bus = bus
    try:
        yield House(database, hub)
    finally:
        await bus.close()
        await database.close()


async def case_of(at: House, ref: str) -> Case:
    """The case as it is."""
    found = CaseRef.parse(ref)
    by = SystemActor(found.provider_id, "journey")
    async with at.database.transaction(by.scope) as connection:
        return await readable_case(connection, by=by, ref=found)


async def owner_of(at: House, ref: str) -> StaffActor:
    """Whoever has the case, as a verb wants them."""
    case = await case_of(at, ref)
    assert case.owner_staff_id is not None
    async with at.database.transaction(SystemActor(case.provider_id, "journey").scope) as connection:
        name = await connection.fetchval(
            "SELECT given_name || ' ' || family_name FROM staff WHERE staff_id = $1", case.owner_staff_id
        )
    return StaffActor(
        staff_id=case.owner_staff_id,
        provider_id=case.provider_id,
        unit_id=case.unit_id,
        unit_ids=frozenset({case.unit_id}),
        home_unit_ids=frozenset({case.unit_id}),
        role=case.role,
        clinical=role_of(case.role).clinical,
        cares=True,
        name=name,
        title="",
    )
