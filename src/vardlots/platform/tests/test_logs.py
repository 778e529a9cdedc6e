"""What a fault says may name somebody; the log tells its kind and its place."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
import structlog

from vardlots.platform import logs
from vardlots.platform.db import NOBODY, Database

SECRET = "19121212-1212 Tolvan Tolvansson"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What a process that logs as the product does has written; the other tests' logging is as before afterwards."""
    before = structlog.get_config()
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    structlog.reset_defaults()
    logs.configure("INFO")
    yield written.getvalue
    structlog.configure(**before)


def fault_with_words() -> Exception:
    try:
        try:
            raise ValueError(f"inner {SECRET}")
        except ValueError as inner:
            raise RuntimeError(f"outer {SECRET}") from inner
    except RuntimeError as fault:
        return fault


def test_a_logged_fault_tells_where_and_what_kind_but_not_what_it_says(said: Callable[[], str]) -> None:
    log = structlog.get_logger("fresh")
    log.error("fault", exc_info=fault_with_words())
    try:
        raise KeyError(SECRET)
    except KeyError:
        log.exception("fault")
    written = said()
    assert SECRET not in written
    first, second = [json.loads(line) for line in written.splitlines()]
    assert (first["fault"], first["because"]) == ("RuntimeError", ["ValueError"])
    assert any("test_logs.py" in frame and "fault_with_words" in frame for frame in first["frames"])
    assert second["fault"] == "KeyError"


async def test_a_fault_of_the_database_tells_its_code_and_constraint(database: Database) -> None:
    async def twice() -> None:
        async with database.transaction(NOBODY) as connection:
            for _ in range(2):
                # A table without a wall: of one with a wall PostgreSQL tells no values.
                await connection.execute(
                    "INSERT INTO tried (what, who, until, times) VALUES ('logs', $1, now(), 1)", SECRET
                )

    with pytest.raises(asyncpg.UniqueViolationError) as caught:
        await twice()
    assert SECRET in str(caught.value)
    told: dict[str, Any] = logs.told(caught.value)
    assert (told["sqlstate"], told["constraint"]) == ("23505", "tried_pkey")
    assert SECRET not in json.dumps(told)


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio", "somebody.else"])
def test_libraries_tracebacks_go_through_the_same_funnel(name: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.QuietFormatter())
    logger = logging.Logger(name)
    logger.addHandler(handler)
    logger.error("about %s", SECRET, exc_info=fault_with_words())
    line = json.loads(out.getvalue())
    assert SECRET not in out.getvalue()
    assert (line["logger"], line["level"], line["fault"]) == (name, "error", "RuntimeError")


def test_the_servers_own_word_is_kept_when_no_fault_hangs_on_it() -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "Application startup failed.", (), None)
    assert json.loads(logs.QuietFormatter().format(record))["event"] == "Application startup failed."
