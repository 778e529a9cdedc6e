"""The time types in force at a provider: those that the product comes with, and what administrators have changed."""

from collections.abc import Mapping

from vardlots.configuration import book
from vardlots.configuration.time_types import TIME_TYPE, TimeType, standing_time_types
from vardlots.platform.db import Connection


async def time_types(connection: Connection, provider_id: int) -> Mapping[str, TimeType]:
    """Every type that times can be opened of, by code."""
    kept = await book.opened(connection, provider_id)
    standing = {
        code: one for code, one in standing_time_types().items() if not kept.is_removed(TIME_TYPE, code)
    }
    return {**standing, **kept.saved(TIME_TYPE, TimeType)}


async def known_time_types(connection: Connection, provider_id: int) -> Mapping[str, TimeType]:
    """The same with those that have been removed: times of them may still stand."""
    kept = await book.opened(connection, provider_id)
    removed = kept.last(TIME_TYPE, TimeType)
    return {**standing_time_types(), **removed, **kept.saved(TIME_TYPE, TimeType)}
