"""What must hold before a process begins to serve, each told in a sentence when it does not."""

from __future__ import annotations

import asyncio
import errno
import socket

from vardlots.cli.faults import CommandFault
from vardlots.platform import logs
from vardlots.platform.logins import more_than_the_app
from vardlots.platform.migrate import pending
from vardlots.platform.settings import Settings

OWN_LOGIN = (
    "DATABASE_URL with a login that is a member of vardlots_app only, VARDLOTS_MIGRATE_URL with the owner"
)


def need_current_database(settings: Settings) -> None:
    """Raise CommandFault unless the database can be reached and has every migration.

    Says in the log, once for each command, when the product signs in as one that could step past the walls.
    """
    lacking = asyncio.run(pending(settings.database_url))
    if lacking:
        raise CommandFault(f"The database lacks {', '.join(lacking)}: run vardlots migrate first.")
    if asyncio.run(more_than_the_app(settings.database_url)):
        logs.before_configured().warning("database_login_owns_tables", better=OWN_LOGIN)


def listening_socket(host: str, port: int) -> socket.socket:
    """The web server's socket. Raises CommandFault when the port is taken or may not be used."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise CommandFault(f"VARDLOTS_HOST {host} is not an address of this machine.") from None
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise CommandFault(_why_not(error, host, port)) from None
    listening.set_inheritable(True)
    return listening


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: stop it, or choose another with PORT={port + 1}."
    if error.errno == errno.EACCES:
        return f"Port {port} may only be used by root: choose one from 1024 with PORT=8000."
    return f"The web server cannot listen on {host} port {port}: {error.strerror}."
