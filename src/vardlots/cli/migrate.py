"""`vardlots migrate`."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping

from vardlots.cli.environment import add_demo_option, settings_for
from vardlots.platform.migrate import migrate, pending

HELP = "bring the database to the shape this version expects"
DESCRIPTION = """Apply the migrations that the database lacks, in order, each in its own transaction.
May be run while the product is in use, and by several machines at once.
Exit status 1 after a fault, and with --check when something is lacking."""


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    command.add_argument("--check", action="store_true", help="only tell what is lacking; change nothing")
    add_demo_option(command)


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    settings = settings_for(chosen, environ)
    if chosen.check:
        lacking = asyncio.run(pending(settings.migrate_url))
        print("\n".join(f"lacking {label}" for label in lacking) or "Nothing is lacking.")
        return 1 if lacking else 0
    applied = asyncio.run(migrate(settings.migrate_url))
    print("\n".join(f"applied {label}" for label in applied) or "Nothing was lacking.")
    return 0
