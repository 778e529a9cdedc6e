"""Builds the demonstration region through the product's own verbs, so that it can never show what cannot occur."""

import time

from vardlots.access.actions import start_shift
from vardlots.access.sessions import staff_actor
from vardlots.demo.case_scripts import load_cases
from vardlots.demo.organisation import Organisation, load_organisation, load_persons
from vardlots.demo.persons import STAFF_FIRST, region
from vardlots.demo.play import Play, Stage
from vardlots.notifications.actions import Post
from vardlots.notifications.outbox import OutboxSender
from vardlots.notifications.texts import load_texts
from vardlots.platform import clock
from vardlots.platform.content import CONTENT
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.live import Hub
from vardlots.platform.settings import Settings
from vardlots.triage.catalogue import load_protocols

SAY_EVERY_SECONDS = 2.0


async def load(settings: Settings) -> None:
    """Write the region into an empty database, with lines of progress. Does nothing where a provider exists."""
    database = await Database.connect(settings.database_url, most=8)
    try:
        async with database.transaction(NOBODY) as connection:
            if await connection.fetchval("SELECT EXISTS (SELECT FROM provider)"):
                return
        await load_into(database)
    finally:
        await database.close()


async def load_into(database: Database) -> int:
    """The same, on a database that is open. Returns the number of cases."""
    organisation = await load_organisation(database)
    _say(f"{len(organisation.units)} units, {len(organisation.staff)} staff")
    persons = await load_persons(database, organisation)
    _say(f"{len(persons)} persons with their families")
    await _begin_shifts(database, organisation)
    # No text message leaves the house on behalf of invented people, whatever the adapter.
    post = Post(database, Hub(), sms=OutboxSender(database), texts=load_texts())
    stage = Stage(post, organisation, persons, load_protocols(CONTENT / "triage"), clock.now())
    scripts = load_cases(CONTENT / "demo", region())
    said = time.monotonic()
    for place, script in enumerate(scripts, start=1):
        await Play(stage, script).run()
        if time.monotonic() - said > SAY_EVERY_SECONDS or place == len(scripts):
            said = time.monotonic()
            _say(f"{place} of {len(scripts)} cases")
    return len(scripts)


async def _begin_shifts(database: Database, organisation: Organisation) -> None:
    """Colleagues are at work already; those whom one signs in as are asked for their own shift."""
    for one in region().staff:
        if one.id in STAFF_FIRST:
            continue
        place = one.assignments[0]
        async with database.transaction(NOBODY) as connection:
            actor = await staff_actor(
                connection,
                staff_id=organisation.staff[one.id],
                assignment_id=organisation.assignments[one.id, place.unit],
            )
        if actor is not None and actor.clinical:
            await start_shift(
                database,
                by=actor,
                unit_id=organisation.units[place.unit],
                role=place.role,
                shift_type="primary",
            )


def _say(line: str) -> None:
    print(f"    {line}", flush=True)
