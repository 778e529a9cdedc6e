"""Builds the demonstration region through the product's own verbs, so that it can never show what cannot occur."""

import time
from datetime import datetime, timedelta

from vardlots.access.actions import start_shift
from vardlots.access.sessions import staff_actor
from vardlots.clinics.model import is_clinical
from vardlots.demo.case_scripts import load_cases
from vardlots.demo.changes import make_changes
from vardlots.demo.consultations import consult, load_consultations
from vardlots.demo.contacts import load_contacts, say
from vardlots.demo.errands import load_errands, send
from vardlots.demo.organisation import Organisation, load_organisation, load_persons
from vardlots.demo.persons import region
from vardlots.demo.play import Play
from vardlots.demo.schedules import book, lay_up, load_bookings, load_schedules
from vardlots.demo.sending import Album
from vardlots.demo.staff_tickets import load_staff_tickets, send_ticket
from vardlots.demo.stage import Stage
from vardlots.demo.tickets import give, load_tickets
from vardlots.notifications.actions import Post
from vardlots.notifications.outbox import OutboxSender
from vardlots.notifications.texts import load_texts
from vardlots.platform import clock
from vardlots.platform.content import CONTENT
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.files import FileStore
from vardlots.platform.live import Hub
from vardlots.platform.settings import Settings
from vardlots.platform.uploads import Limits
from vardlots.triage import content

SAY_EVERY_SECONDS = 2.0


async def load(settings: Settings) -> None:
    """Write the region into an empty database, with lines of progress. Does nothing where a provider exists."""
    database = await Database.connect(settings.database_url, most=8)
    try:
        async with database.transaction(NOBODY) as connection:
            if await connection.fetchval("SELECT EXISTS (SELECT FROM provider)"):
                return
        await load_into(database, settings)
    finally:
        await database.close()


async def load_into(database: Database, settings: Settings) -> int:
    """The same, on a database that is open, with pictures in the settings' file store. Returns the number of cases."""
    organisation = await load_organisation(database)
    _say(f"{len(organisation.units)} units, {len(organisation.staff)} staff")
    persons = await load_persons(database, organisation)
    _say(f"{len(persons)} persons with their families")
    _say(f"{await make_changes(database, organisation)} changes of settings")
    await _begin_shifts(database, organisation)
    # No text message leaves the house on behalf of invented people, whatever the adapter.
    post = Post(database, Hub(), sms=OutboxSender(database), texts=load_texts())
    files = FileStore.open(settings.file_store_url, settings.file_store_options())
    album = Album(post, files, Limits(max_bytes=settings.max_upload_mb * 1_000_000))
    stage = Stage(post, album, organisation, persons, content.protocols(), clock.now())
    times = 0
    for schedule in load_schedules(CONTENT / "demo", region()):
        times += await lay_up(stage, schedule)
    _say(f"{times} times to book")
    scripts = load_cases(CONTENT / "demo", region())
    said = time.monotonic()
    for place, script in enumerate(scripts, start=1):
        await Play(stage, script).run()
        if time.monotonic() - said > SAY_EVERY_SECONDS or place == len(scripts):
            said = time.monotonic()
            _say(f"{place} of {len(scripts)} cases")
    sent = load_errands(CONTENT / "demo", region())
    for errand in sent:
        await send(stage, errand)
    _say(f"{len(sent)} administrative errands")
    tickets = load_tickets(CONTENT / "demo", region())
    for ticket in tickets:
        await give(stage, ticket)
    _say(f"{len(tickets)} booking tickets")
    from_staff = load_staff_tickets(CONTENT / "demo", region())
    for one in from_staff:
        await send_ticket(stage, one)
    _say(f"{len(from_staff)} tickets from staff")
    asked = load_consultations(CONTENT / "demo", region())
    for question in asked:
        await consult(stage, question)
    _say(f"{len(asked)} consultations")
    contacts = load_contacts(CONTENT / "demo", region())
    await say(stage, contacts)
    _say(f"{len(contacts.contacts)} care contacts")
    bookings = load_bookings(CONTENT / "demo", region())
    for booking in bookings:
        await book(stage, booking)
    _say(f"{len(bookings)} booked times")
    # A ticket that was used became a case, and so did a booked time.
    return len(scripts) + len(sent) + sum(one.ends_as == "used" for one in tickets) + len(bookings)


async def _begin_shifts(database: Database, organisation: Organisation) -> None:
    """Colleagues are at work already; those whom one signs in as are asked for their own shift."""
    now = clock.now()
    for place, one in enumerate(region().staff):
        clinical = [assignment for assignment in one.assignments if is_clinical(assignment.role)]
        if one.shift == "none" or not clinical:
            continue
        async with database.transaction(NOBODY) as connection:
            actor = await staff_actor(
                connection,
                staff_id=organisation.staff[one.id],
                assignment_id=organisation.assignments[one.id, clinical[0].unit],
            )
        if actor is None:
            continue
        with clock.at(_morning(now, place) if one.shift == "open" else _yesterday(now)):
            await start_shift(
                database,
                by=actor,
                unit_id=organisation.units[clinical[0].unit],
                role=clinical[0].role,
                shift_type="primary",
            )


def _morning(now: datetime, place: int) -> datetime:
    """Some hours ago, everybody a few minutes after another, but never on an earlier day: that would be forgotten."""
    midnight = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(now - timedelta(minutes=90 + 7 * place % 60), midnight.astimezone(now.tzinfo))


def _yesterday(now: datetime) -> datetime:
    morning = clock.local(now).replace(hour=7, minute=56, second=0, microsecond=0)
    return (morning - timedelta(days=1)).astimezone(now.tzinfo)


def _say(line: str) -> None:
    print(f"    {line}", flush=True)
