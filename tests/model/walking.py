"""What every walk stands on: a loop and a pool of its own, and how hypothesis is to choose."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from tests.database import product_url

from vardlots.platform.db import Database

Machine = TypeVar("Machine", bound=type[Any])


@contextmanager
def own(machine: Machine, database_url: str) -> Iterator[Machine]:
    """A walk on a loop and a pool of its own: hypothesis calls its steps one by one, from outside."""
    loop = asyncio.new_event_loop()
    database = loop.run_until_complete(Database.connect(product_url(database_url), most=6))
    mine: Any = type("Own", (machine,), {"loop": loop, "database": database, "counted": Counter()})
    try:
        yield mine
    finally:
        loop.run_until_complete(database.close())
        loop.close()


def settings_of(*, walks: int, steps: int, is_long: bool, shrinks: bool) -> settings:
    """So many walks of so many steps: the same ones in each run, unless it is a long one."""
    return settings(
        max_examples=walks,
        stateful_step_count=steps,
        derandomize=not is_long,
        database=None,
        deadline=None,
        print_blob=is_long,
        phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
