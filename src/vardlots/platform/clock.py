"""The one source of time. Stored in UTC, shown in Europe/Stockholm, set by tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def today() -> date:
    """The calendar day in Sweden."""
    return now().astimezone(SWEDEN).date()


def local(moment: datetime) -> datetime:
    """The moment as a wall clock in Sweden shows it."""
    return moment.astimezone(SWEDEN)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the clock stand still at a moment (aware) inside the block."""
    global _source
    before = _source
    _source = lambda: moment  # noqa: E731
    try:
        yield
    finally:
        _source = before


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let the clock run, moved by a span, inside the block."""
    global _source
    before = _source
    _source = lambda: before() + by  # noqa: E731
    try:
        yield
    finally:
        _source = before
