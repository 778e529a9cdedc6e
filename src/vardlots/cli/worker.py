"""`vardlots worker`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module

from vardlots.cli.environment import add_demo_option, finish, settings_for
from vardlots.cli.ready import need_current_database

HELP = "carry out the durable jobs: notices, reminders, closings"
DESCRIPTION = """Carry out durable jobs until stopped (Ctrl-C or SIGTERM).
Any number of workers may run beside any number of servers; a job that one was doing when it was killed is
done by another."""


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_demo_option(command)


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    settings = settings_for(chosen, environ)
    need_current_database(settings)
    finish(import_module("vardlots.worker").run(settings))
    return 0
