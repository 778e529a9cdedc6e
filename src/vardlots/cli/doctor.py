"""`vardlots doctor`."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Mapping

import uvloop

from vardlots.cli import checks, log_checks
from vardlots.cli.environment import add_demo_option, settings_for
from vardlots.cli.faults import sentences
from vardlots.platform.settings import Settings

HELP = "check that everything an installation needs is there and in order"
DESCRIPTION = """Check the settings, the database and its role, the migrations, the clocks, the file store,
the signals between processes, the medical content, the population register, and that the access log is sealed.
One line each.
Exit status 1 when anything is at fault."""
Check = Callable[[Settings], Awaitable[str]]
CHECKS: dict[str, Check] = {
    "database": checks.database,
    "role": checks.role,
    "migrations": checks.migrations,
    "clock": checks.clock,
    "files": checks.files,
    "signals": checks.signals,
    "content": checks.content,
    "register": checks.register,
    "log": log_checks.sealing,
}


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_demo_option(command)


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    settings = settings_for(chosen, environ)
    print("ok     settings    all in order")
    return uvloop.run(_all(settings))


async def _all(settings: Settings) -> int:
    status = 0
    for name, check in CHECKS.items():
        try:
            print(f"ok     {name:<11} {await check(settings)}", flush=True)
        except Exception as fault:
            status = 1
            told = sentences(fault) or [f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}"]
            print(f"fault  {name:<11} {' '.join(told)}", flush=True)
    return status
