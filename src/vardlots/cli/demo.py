"""`vardlots demo`."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import FrameType
from typing import cast

import httpx

from vardlots.cli.children import Child
from vardlots.cli.environment import MIGRATE_URL, demo_environment, demo_settings, finish, shown
from vardlots.cli.faults import CommandFault
from vardlots.cli.ready import listening_socket
from vardlots.cli.region import forget_half_loaded, half_loaded, prepare_region
from vardlots.platform.migrate import migrate
from vardlots.platform.postgres import LOGIN, OWNER, EmbeddedPostgres, erase
from vardlots.platform.processes import end_with_parent
from vardlots.platform.settings import Settings, load_settings

HELP = "run the whole product with an invented region, on this machine"
DESCRIPTION = """Start a database, bring it up to date, load the demonstration region when it is not there,
serve the pages and carry out the jobs. Ctrl-C stops everything; the data is there next time.

  PORT=8001            another port
  DATABASE_URL=...     a PostgreSQL of your own instead of the embedded one
  VARDLOTS_DATA_DIR=.. another folder for the data (default .demo)

Invented people only: the demo lets anybody sign in as anybody."""
LONGEST_START = 60.0


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    command.add_argument("--reset", action="store_true", help="remove the demo's data first, and start over")
    command.add_argument(
        "--prepare", action="store_true", help="get everything ready, then stop without serving"
    )


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    if "MAKELEVEL" in environ:
        # Whoever kills make means us.
        end_with_parent(signal.SIGTERM, os.getppid())
    settings = demo_settings(environ)
    listening_socket(settings.host, settings.port).close()
    with _stop_signals() as stop, ExitStack() as open_things:
        if chosen.reset:
            _reset(settings, environ)
        elif half_loaded(settings) and not environ.get("DATABASE_URL"):
            say("The demonstration region was only half loaded last time; starting over")
            _reset(settings, environ)
        found = demo_environment(environ)
        database = None
        if not found.get("DATABASE_URL"):
            say(f"Starting the database in {shown(settings.data_dir)}")
            database = open_things.enter_context(EmbeddedPostgres(settings.data_dir, say=say))
            found["DATABASE_URL"] = database.url(LOGIN)
        settings = load_settings(found | ({MIGRATE_URL: database.url(OWNER)} if database else {}))
        for label in asyncio.run(migrate(settings.migrate_url)):
            say(f"Migrated {label}")
        prepare_region(settings, say)
        if chosen.prepare:
            return 0
        return _keep_running(settings, found, database, stop)


def say(line: str) -> None:
    """One line of progress."""
    print(f"  {line}", flush=True)


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C, SIGTERM or a closed terminal once everything is up; before that, any of
    them interrupts what is going on."""
    stop = threading.Event()

    def heard(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set() or not _serving.is_set():
            raise KeyboardInterrupt
        stop.set()

    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, heard) for name in names}
    try:
        yield stop
    finally:
        _serving.clear()
        for name, handler in before.items():
            signal.signal(name, handler)


_serving = threading.Event()


def _reset(settings: Settings, environ: Mapping[str, str]) -> None:
    if environ.get("DATABASE_URL"):
        raise CommandFault(
            "--reset only removes the embedded database: empty the one in DATABASE_URL yourself."
        )
    erase(settings.data_dir)
    files = settings.data_dir / "files"
    if files.is_dir():
        shutil.rmtree(files)
    forget_half_loaded(settings)
    say(f"Removed the demo's data in {shown(settings.data_dir)}")


def _keep_running(
    settings: Settings, environ: Mapping[str, str], database: EmbeddedPostgres | None, stop: threading.Event
) -> int:
    """Run the children until told to stop; then stop the pages, the jobs, and (our caller) the database."""
    # The terminal is for whoever tries the demo; what it logs beside that are faults.
    quiet = {"VARDLOTS_LOG_LEVEL": "WARNING", **environ}
    children = [Child(name, quiet, say) for name in ("serve", "worker")]
    try:
        for child in children:
            child.start()
        _wait_for_pages(settings, children[0])
        _serving.set()
        _welcome(settings)
        while not stop.wait(0.3):
            if database is not None and not database.running():
                say("The database ended; starting it again")
                database.start_again()
            for child in children:
                child.look_after()
        print()
        say("Stopping")
    finally:
        for child in children:
            child.stop()
    say("Stopped; the data is kept")
    return 0


def _wait_for_pages(settings: Settings, serve: Child) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    address = f"http://{host}:{settings.port}/readyz"
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until:
        if not serve.running():
            raise CommandFault("The web server ended before it was ready; its own words are above.")
        try:
            if httpx.get(address, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise CommandFault(f"The web server was not ready after {LONGEST_START:.0f} s.")


def _welcome(settings: Settings) -> None:
    print(f"\nVårdlots is running: {settings.base_url}\n")
    persons = finish(import_module("vardlots.demo.persons").lines(settings))
    print("\n".join(cast(Iterable[str], persons)))
    print("\nCtrl-C stops everything.", flush=True)
