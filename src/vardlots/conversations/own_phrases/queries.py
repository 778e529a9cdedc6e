"""Reads of a staff member's own phrases, within the provider's scope."""

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound

_OWN = "SELECT phrase_id, title, text, text_en, words, rev FROM own_phrase WHERE provider_id = $1 AND staff_id = $2"


class OwnPhrase(msgspec.Struct, frozen=True):
    """One of somebody's own phrases. `rev` counts the times it was saved."""

    phrase_id: int
    title: str
    text: str
    text_en: str
    words: tuple[str, ...]
    rev: int


async def own_phrases(connection: Connection, by: StaffActor) -> list[OwnPhrase]:
    """The actor's own, by title. Nobody reads another's."""
    rows = await connection.fetch(f"{_OWN} ORDER BY lower(title)", by.provider_id, by.staff_id)
    return [OwnPhrase(**{**row, "words": tuple(row["words"])}) for row in rows]


async def own_phrase(connection: Connection, by: StaffActor, phrase_id: int) -> OwnPhrase:
    """One of the actor's own. Raises NotFound."""
    row = await connection.fetchrow(f"{_OWN} AND phrase_id = $3", by.provider_id, by.staff_id, phrase_id)
    if row is None:
        raise NotFound()
    return OwnPhrase(**{**row, "words": tuple(row["words"])})
