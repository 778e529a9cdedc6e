"""Loads the demonstration region once, whole or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import asyncpg

from vardlots.cli.environment import finish
from vardlots.cli.faults import CommandFault
from vardlots.platform.settings import Settings, make_data_dir

MARK = "demo-half-loaded"


def prepare_region(settings: Settings, say: Callable[[str], None]) -> None:
    """Load the region into an empty database. A load that was cut short last time is told of.

    The region is made by the product's own actions, thousands of transactions; a mark beside the data says
    while that goes on. Raises CommandFault.
    """
    make_data_dir(settings.data_dir)
    if asyncio.run(_has_a_provider(settings.migrate_url)):
        if half_loaded(settings):
            raise CommandFault("The demonstration region was only half loaded last time: empty the database.")
        return
    say("Loading the demonstration region")
    began = time.monotonic()
    _mark(settings).touch()
    finish(import_module("vardlots.demo.load").load(settings))
    forget_half_loaded(settings)
    say(f"Loaded in {time.monotonic() - began:.0f} s")


def half_loaded(settings: Settings) -> bool:
    """Whether the last load was cut short."""
    return _mark(settings).exists()


def forget_half_loaded(settings: Settings) -> None:
    """The load is whole, or its traces are gone."""
    _mark(settings).unlink(missing_ok=True)


def _mark(settings: Settings) -> Path:
    return settings.data_dir / MARK


async def _has_a_provider(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM provider)"))
    finally:
        await connection.close()
