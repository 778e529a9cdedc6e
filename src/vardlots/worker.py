"""The worker: carries out the jobs of every subject, and looks every minute for what a lost job would have done."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg
import structlog

import vardlots.access.family.jobs as family_jobs
import vardlots.access.jobs as access_jobs
import vardlots.access.shifts.jobs as shift_jobs
import vardlots.admin.known
import vardlots.audit.jobs as audit_jobs
import vardlots.booking.jobs as booking_jobs
import vardlots.booking.schedules.jobs as schedule_jobs
import vardlots.cases.chasing.jobs as chasing_jobs
import vardlots.cases.ending.jobs as ending_jobs
import vardlots.cases.handovers.jobs as handover_jobs
import vardlots.cases.jobs as case_jobs
import vardlots.cases.pauses.jobs as pause_jobs
import vardlots.cases.referring.jobs as referring_jobs
import vardlots.configuration.jobs  # noqa: F401  registers its job
import vardlots.consultations.jobs as consultation_jobs
import vardlots.exports.jobs as export_jobs
import vardlots.notifications.jobs as notice_jobs
import vardlots.review.jobs as review_jobs
import vardlots.tickets.jobs as ticket_jobs
from vardlots.configuration import book
from vardlots.exports.folder import records_for
from vardlots.notifications.actions import Post
from vardlots.notifications.outbox import sender_for
from vardlots.notifications.texts import load_texts
from vardlots.people.register import PopulationRegister
from vardlots.people.registers import register_for
from vardlots.platform import job_runner, logs
from vardlots.platform.bus import PostgresBus
from vardlots.platform.db import Database
from vardlots.platform.files import FileStore
from vardlots.platform.job_runner import JobRunner
from vardlots.platform.live import Hub
from vardlots.platform.settings import Settings

log = structlog.get_logger()

SWEEP_SECONDS = 60.0
SWEEPS: tuple[Callable[[Post], Awaitable[None]], ...] = (
    case_jobs.sweep,
    chasing_jobs.sweep,
    ending_jobs.sweep,
    handover_jobs.sweep,
    pause_jobs.sweep,
    referring_jobs.sweep,
    notice_jobs.sweep,
    ticket_jobs.sweep,
    booking_jobs.sweep,
    schedule_jobs.sweep,
    consultation_jobs.sweep,
    export_jobs.sweep,
    access_jobs.sweep,
    family_jobs.sweep,
    shift_jobs.sweep,
    audit_jobs.sweep,
    review_jobs.sweep,
    job_runner.sweep,
)


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. Jobs that go on then are finished first."""
    logs.configure(settings.log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    database = await _connected(settings, stop)
    if database is None:
        return
    hub = Hub()
    book.listen(hub)
    bus = PostgresBus(settings.database_url, hub)
    await bus.start()
    hub.bus = bus
    try:
        await work(settings, post_for(settings, database, hub), stop)
    finally:
        # What was signalled a moment ago is on its way still.
        await asyncio.sleep(0.05)
        await bus.close()
        await database.close()
        log.info("worker_stopped")


def post_for(settings: Settings, database: Database, hub: Hub) -> Post:
    """What the jobs get: the house, and the means to reach phones."""
    return Post(
        database,
        hub,
        sms=sender_for(settings, database),
        texts=load_texts(link=settings.base_url, links=settings.allow_links_in_sms),
        register=_register(settings),
        log_years=settings.access_log_years,
        records=records_for(settings),
        files=FileStore.open(settings.file_store_url, settings.file_store_options()),
    )


def _register(settings: Settings) -> PopulationRegister:
    """The population register that is asked again now and then."""
    if settings.demo and settings.register_url is None:
        from vardlots.demo.persons import register

        return register()
    return register_for(settings)


async def work(settings: Settings, post: Post, stop: asyncio.Event) -> None:
    """Carry out jobs and sweep until `stop` is set."""
    runner = JobRunner(settings.database_url, post)
    jobs = asyncio.create_task(runner.run())
    sweeps = asyncio.create_task(_sweep_now_and_then(post))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({jobs, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        sweeps.cancel()
        runner.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeps
        await jobs


async def _sweep_now_and_then(post: Post) -> None:
    while True:
        for sweep in SWEEPS:
            try:
                await sweep(post)
            except Exception as fault:
                log.warning("sweep_failed", sweep=sweep.__module__, fault=type(fault).__name__)
        await asyncio.sleep(SWEEP_SECONDS)


async def _connected(settings: Settings, stop: asyncio.Event) -> Database | None:
    """The pool; None when told to stop before the database answered."""
    connect = partial(Database.connect, least=settings.db_pool_min, most=settings.db_pool_max)
    while not stop.is_set():
        try:
            return await connect(settings.database_url)
        except (OSError, asyncpg.PostgresError, TimeoutError) as fault:
            log.warning("database_away", fault=type(fault).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)
    return None
