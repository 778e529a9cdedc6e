"""Structured logs: one JSON object a line, ids only, never personal data."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import asyncpg
import structlog

_FORBIDDEN = frozenset(
    {"name", "number", "personnummer", "text", "body", "mobile", "email", "address", "token"}
)
_MOST_FRAMES = 30


def configure(level: str) -> None:
    """Set up logging for this process. Libraries' own logs go through the same funnel."""
    structlog.configure(
        processors=_processors(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(QuietFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def before_configured() -> Any:
    """A log for what is said before a process has set up its own; leaves nothing set up."""
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=_processors())


def _processors() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_personal,
        fault_without_words,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def drop_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last line of defence: fields whose name speaks of a person are never written."""
    for field in _FORBIDDEN & event.keys():
        event[field] = "…"
    return event


def fault_without_words(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """In place of a traceback: the fault's kind and where it came from, as `told`."""
    given = event.pop("exc_info", None)
    fault = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(fault, BaseException):
        event.update(told(fault))
    return event


def told(fault: BaseException) -> dict[str, Any]:
    """What may be logged of a fault: its kind, those behind it, where it was raised, the database's code for it.

    Never what it says: the database quotes the row that it refuses, a reader the text that it could not read.
    """
    found: dict[str, Any] = {"fault": type(fault).__name__}
    if behind := [type(one).__name__ for one in _behind(fault)]:
        found["because"] = behind
    if isinstance(fault, asyncpg.PostgresError):
        found["sqlstate"] = fault.sqlstate
        found["constraint"] = getattr(fault, "constraint_name", None)
    frames = traceback.extract_tb(fault.__traceback__)[-_MOST_FRAMES:]
    found["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return found


def _behind(fault: BaseException) -> Iterator[BaseException]:
    seen = {id(fault)}
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


class QuietFormatter(logging.Formatter):
    """Lines of libraries: whose, how serious, and of a fault what `told` tells. The web server's own words, which are
    about itself, are kept where no fault hangs on them."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"level": record.levelname.lower(), "logger": record.name}
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            line |= told(fault)
        elif record.name.startswith("uvicorn"):
            line["event"] = record.getMessage()
        return json.dumps(line, ensure_ascii=False)
