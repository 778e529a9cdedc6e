"""Where the measurements happen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from bench.client import Connection
from bench.people import Visitor, patients, staff, visitor
from bench.server import Server
from vardlots.platform.db import Database
from vardlots.platform.postgres import EmbeddedPostgres


class Place(msgspec.Struct, frozen=True):
    """One server, one database, both on this machine."""

    host: str
    port: int
    database_url: str
    admin_url: str
    postgres: EmbeddedPostgres
    server: Server

    def connection(self) -> Connection:
        """A connection to the server."""
        return Connection(self.host, self.port)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The database as the product sees it."""
        opened = await Database.connect(self.database_url, most=2)
        try:
            yield opened
        finally:
            await opened.close()

    async def staff(self, staff_ids: list[int]) -> list[Visitor]:
        """Signed-in staff with what their browsers send."""
        async with self.database() as database:
            tokens = await staff(database, staff_ids)
        return await self._visit(tokens, "/staff/drop-in")

    async def reviewer(self, staff_id: int) -> Visitor:
        """A signed-in reviewer of the access log, with what their browser sends."""
        async with self.database() as database:
            tokens = await staff(database, [staff_id])
        return (await self._visit(tokens, "/staff/log"))[0]

    async def patients(self, person_ids: list[int]) -> list[Visitor]:
        """Signed-in patients with what their browsers send."""
        async with self.database() as database:
            tokens = await patients(database, person_ids)
        return await self._visit(tokens, "/")

    async def _visit(self, tokens: list[str], page: str) -> list[Visitor]:
        connection = self.connection()
        try:
            return [await visitor(connection, token, page) for token in tokens]
        finally:
            connection.close()
