"""Whom the product signs in to PostgreSQL as, and whether that one could do more than the product may."""

from __future__ import annotations

import asyncpg

# A superuser is a member of everybody; a member may become whom it is a member of.
MORE = """
SELECT EXISTS (
  SELECT FROM pg_roles
  WHERE pg_has_role(session_user, oid, 'MEMBER')
  AND (rolsuper OR rolbypassrls OR EXISTS (
    SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p')
    AND relnamespace = 'public'::regnamespace)))
"""


async def more_than_the_app(url: str) -> bool:
    """Whether the address's login owns the tables or passes by their walls, itself or as one that it may become.

    Raises what asyncpg raises when the server cannot be reached.
    """
    connection = await asyncpg.connect(url, server_settings={"application_name": "vardlots start"})
    try:
        return bool(await connection.fetchval(MORE))
    finally:
        await connection.close()
