"""Turns what can go wrong on a machine into sentences; what we did not foresee keeps its traceback."""

from __future__ import annotations

import errno
import socket

import asyncpg

from vardlots.platform.migrate import MigrationFault
from vardlots.platform.postgres import PostgresFault
from vardlots.platform.settings import SettingsError

UNREACHABLE = "The database in DATABASE_URL cannot be reached: is it running, and is the address right?"


class CommandFault(Exception):
    """A command cannot be carried out; the text is one sentence."""


def sentences(fault: BaseException) -> list[str] | None:
    """One sentence per fault, or None when it is a defect of ours."""
    match fault:
        case SettingsError():
            return fault.faults
        case CommandFault() | PostgresFault() | MigrationFault():
            return [str(fault)]
        case asyncpg.DiskFullError() | OSError(errno=errno.ENOSPC):
            return ["The disk is full: make room and start again."]
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return ["The database refuses the user or the password in DATABASE_URL."]
        case asyncpg.InvalidCatalogNameError():
            return ["The database named in DATABASE_URL does not exist on that server."]
        case asyncpg.TooManyConnectionsError():
            return ["The database has no connection to spare: lower VARDLOTS_DB_POOL_MAX or raise its limit."]
        case asyncpg.CannotConnectNowError():
            return ["The database is starting or stopping: try again in a moment."]
        case TimeoutError() | ConnectionError() | socket.gaierror() | OSError(errno=errno.EHOSTUNREACH):
            return [UNREACHABLE]
        case OSError(errno=None) if "Connect call failed" in str(
            fault
        ):  # several addresses, none of them answers
            return [UNREACHABLE]
    return None
