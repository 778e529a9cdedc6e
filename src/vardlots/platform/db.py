"""The database: one pool, and transactions that always begin with a scope.

A scope says whose rows the transaction may see. It becomes row-level security settings in the same
round trip as BEGIN, so that no statement can run without it. The connection acts as `vardlots_app`, a role
that owns nothing and cannot pass by row-level security.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import msgspec

Connection: TypeAlias = Any  # asyncpg has no types of its own
APP_ROLE = "vardlots_app"


class Scope(msgspec.Struct, frozen=True):
    """Whose rows may be seen: one provider's, some persons', or the person behind one identity number.

    `closed` takes away (provider, person): what one provider has of one of the persons.
    """

    provider_id: int | None = None
    person_ids: tuple[int, ...] = ()
    identity: str | None = None
    closed: tuple[tuple[int, int], ...] = ()

    def opening(self) -> str:
        """The statements that open a transaction with this scope, as one round trip."""
        parts = ["BEGIN"]
        if self.provider_id is not None:
            parts.append(f"SET LOCAL vardlots.provider = '{int(self.provider_id)}'")
        if self.person_ids:
            ids = ",".join(str(int(i)) for i in self.person_ids)
            parts.append(f"SET LOCAL vardlots.persons = '{{{ids}}}'")
        if self.closed:
            pairs = ",".join(f"{int(provider)}-{int(person)}" for provider, person in self.closed)
            parts.append(f"SET LOCAL vardlots.closed = '{{{pairs}}}'")
        if self.identity is not None:
            if not self.identity.replace("-", "").isalnum():
                raise ValueError("an identity number holds letters, digits and hyphens only")
            parts.append(f"SET LOCAL vardlots.identity = '{self.identity}'")
        return "; ".join(parts)


NOBODY = Scope()


def provider_scope(provider_id: int) -> Scope:
    """The rows of one provider."""
    return Scope(provider_id=provider_id)


def persons_scope(person_ids: Iterable[int]) -> Scope:
    """The rows of one or more persons, at every provider."""
    return Scope(person_ids=tuple(person_ids))


async def also_provider(connection: Connection, provider_id: int) -> None:
    """From here to the end of a patient's transaction, also the provider's rows and what only they may change.

    For a verb that has checked the actor and the case, and now writes what the provider decides and not the patient.
    """
    await connection.execute("SELECT set_config('vardlots.provider', $1, true)", str(int(provider_id)))


class _PlainConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that needs no cleaning when it goes back: all our settings are local to a transaction."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class Database:
    """A pool of connections that act as the application's role."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    @classmethod
    async def connect(cls, url: str, *, least: int = 2, most: int = 16) -> "Database":
        """Open the pool. Raises what asyncpg raises when the server cannot be reached."""
        pool = await asyncpg.create_pool(
            url,
            min_size=least,
            max_size=most,
            connection_class=_PlainConnection,
            command_timeout=30,
            statement_cache_size=400,
            max_cached_statement_lifetime=3600,
            max_inactive_connection_lifetime=300,
            server_settings={
                "role": APP_ROLE,
                "application_name": "vardlots",
                "timezone": "UTC",
                "jit": "off",
                # Policies make planning dearer than running; our statements lead along one index whatever is asked.
                "plan_cache_mode": "force_generic_plan",
                "idle_in_transaction_session_timeout": "30000",
            },
            init=_prepare_codecs,
        )
        return cls(pool)

    @asynccontextmanager
    async def transaction(self, scope: Scope) -> AsyncIterator[Connection]:
        """A transaction that sees only the scope's rows; commits at the end, rolls back on any exception."""
        connection = await self.pool.acquire()
        try:
            await connection.execute(scope.opening())
            try:
                yield connection
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")
        finally:
            await self.pool.release(connection)

    async def write_alone(self, statement: str, *values: object) -> None:
        """One statement that is a transaction of its own, without any scope: one round trip."""
        async with self.pool.acquire() as connection:
            await connection.execute(statement, *values)

    async def close(self) -> None:
        await self.pool.close()


async def _prepare_codecs(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda raw: msgspec.json.decode(raw[1:]),
        format="binary",
    )
