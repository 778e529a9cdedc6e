"""The lists of codes in use, and that nobody waits for them with a connection in hand."""

import asyncio

import pytest

from vardlots.notes import codebook
from vardlots.notes.codebook import ListKind
from vardlots.platform.db import NOBODY, Database


async def test_who_holds_the_last_connection_is_not_kept_waiting_by_a_look(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a list that has been read, when it is time to look for a newer one while every connection is held by those
    who ask, then all get the list they had, and the look is taken when there is a connection."""
    database = await Database.connect(database_url, least=1, most=2)
    codebook.read_from(database)
    try:
        had = await codebook.index(ListKind.ACTION)
        monkeypatch.setattr(codebook, "LOOK_SECONDS", 0.0)

        async def asks() -> None:
            async with database.transaction(NOBODY):
                assert await codebook.index(ListKind.ACTION) is had

        await asyncio.wait_for(asyncio.gather(*[asks() for _ in range(6)]), 5)
        looking = codebook._reading[ListKind.ACTION]
        assert await asyncio.wait_for(looking, 5) is had
    finally:
        codebook.read_from(None)
        await database.close()
