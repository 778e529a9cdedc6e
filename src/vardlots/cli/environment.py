"""The environment a command works with: as given, or with what the demo adds to it."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Mapping
from inspect import isawaitable
from pathlib import Path

import uvloop

from vardlots.cli.faults import CommandFault
from vardlots.platform.postgres import OWNER, kept_url
from vardlots.platform.settings import Settings, load_settings

PLACEHOLDER = "postgresql://embedded"
MIGRATE_URL = "VARDLOTS_MIGRATE_URL"


def add_demo_option(command: argparse.ArgumentParser) -> None:
    """`--demo`: the command works on the running demo."""
    command.add_argument(
        "--demo",
        action="store_true",
        help="use the demo's settings and its embedded database (it must be running)",
    )


def settings_for(chosen: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """The settings of a command that has `--demo`. Raises SettingsError."""
    if not chosen.demo:
        return load_settings(environ)
    found = demo_environment(environ)
    if "DATABASE_URL" not in found:
        data_dir = demo_settings(environ).data_dir
        url, owner = kept_url(data_dir), kept_url(data_dir, OWNER)
        if url is None or owner is None:
            raise CommandFault("The demo has no database yet: start it with make demo.")
        found |= {"DATABASE_URL": url, MIGRATE_URL: owner}
    return load_settings(found)


def demo_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with demo mode switched on."""
    found = {name: value for name, value in environ.items() if value or name != "DATABASE_URL"}
    return found | {"VARDLOTS_DEMO": "true"}


def demo_settings(environ: Mapping[str, str]) -> Settings:
    """The demo's settings before its database has an address. Raises SettingsError."""
    return load_settings({"DATABASE_URL": PLACEHOLDER} | demo_environment(environ))


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def finish(result: object) -> object:
    """The value of a call that may or may not be asynchronous."""
    return uvloop.run(_awaited(result)) if isawaitable(result) else result


async def _awaited(result: Awaitable[object]) -> object:
    return await result
