"""What staff do with their own phrases. These are staff's own words and name no patient: the structured log says that
somebody changed one, never what it says."""

import asyncpg
import msgspec
import structlog

from vardlots.access.actor import StaffActor
from vardlots.conversations.own_phrases.queries import own_phrase, own_phrases
from vardlots.conversations.phrases import PhraseText, problems
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.errors import Forbidden, Invalid, WrongState

log = structlog.get_logger()

MOST = 200
WORDS_MOST = 20
WORD_LONGEST = 40


class NewPhrase(msgspec.Struct, frozen=True):
    """A phrase as it was written. `words` are found beside the title."""

    title: str
    text: str
    text_en: str = ""
    words: tuple[str, ...] = ()


async def add_phrase(database: Database, *, by: StaffActor, new: NewPhrase) -> int:
    """Keep a phrase of one's own. Returns its number. Raises Invalid, Forbidden for who writes to no patient."""
    _may(by)
    new = _checked(new)
    try:
        async with database.transaction(by.scope) as connection:
            if len(await own_phrases(connection, by)) >= MOST:
                raise Invalid("title", "Ta bort någon fras först. Du kan ha högst {most}.", most=MOST)
            phrase_id: int = await connection.fetchval(
                "INSERT INTO own_phrase (provider_id, staff_id, title, text, text_en, words, changed_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING phrase_id",
                by.provider_id,
                by.staff_id,
                new.title,
                new.text,
                new.text_en,
                list(new.words),
                clock.now(),
            )
    except asyncpg.UniqueViolationError:
        raise _taken() from None
    log.info("own_phrase_added", staff=by.staff_id, provider=by.provider_id, phrase=phrase_id)
    return phrase_id


async def change_phrase(
    database: Database, *, by: StaffActor, phrase_id: int, rev: int, new: NewPhrase
) -> None:
    """Change one's own phrase, if it still is at `rev`. Raises Invalid, NotFound, WrongState `moved`."""
    _may(by)
    new = _checked(new)
    try:
        async with database.transaction(by.scope) as connection:
            await own_phrase(connection, by, phrase_id)
            changed = await connection.fetchval(
                "UPDATE own_phrase SET title = $4, text = $5, text_en = $6, words = $7, rev = rev + 1, changed_at = $8 "
                "WHERE provider_id = $1 AND staff_id = $2 AND phrase_id = $3 AND rev = $9 RETURNING rev",
                by.provider_id,
                by.staff_id,
                phrase_id,
                new.title,
                new.text,
                new.text_en,
                list(new.words),
                clock.now(),
                rev,
            )
            if changed is None:
                raise WrongState("Frasen har ändrats i en annan flik. Jämför och spara igen.", code="moved")
    except asyncpg.UniqueViolationError:
        raise _taken() from None
    log.info("own_phrase_changed", staff=by.staff_id, provider=by.provider_id, phrase=phrase_id)


async def remove_phrase(database: Database, *, by: StaffActor, phrase_id: int) -> None:
    """Take one's own phrase away. One that is gone already is no fault."""
    _may(by)
    async with database.transaction(by.scope) as connection:
        await connection.execute(
            "DELETE FROM own_phrase WHERE provider_id = $1 AND staff_id = $2 AND phrase_id = $3",
            by.provider_id,
            by.staff_id,
            phrase_id,
        )
    log.info("own_phrase_removed", staff=by.staff_id, provider=by.provider_id, phrase=phrase_id)


def _may(by: StaffActor) -> None:
    if not by.cares:
        raise Forbidden("Din roll skriver inte till patienter.", code="not_carer")


def _taken() -> Invalid:
    return Invalid("title", "Du har redan en fras med det namnet.")


def _checked(new: NewPhrase) -> NewPhrase:
    title = " ".join(new.title.split())
    text, text_en = new.text.strip(), new.text_en.strip()
    words = tuple(dict.fromkeys(one for word in new.words if (one := " ".join(word.split()))))
    if not title:
        raise Invalid("title", "Skriv ett namn att söka på.")
    if not text:
        raise Invalid("text", "Skriv texten som ska infogas.")
    for field, value, most in (("title", title, 60), ("text", text, 2000), ("text_en", text_en, 2000)):
        if len(value) > most:
            raise Invalid(field, "Korta ner texten till högst {most} tecken.", most=most)
    if len(words) > WORDS_MOST or any(len(word) > WORD_LONGEST for word in words):
        raise Invalid("words", "Skriv högst {most} sökord, vart och ett kort.", most=WORDS_MOST)
    for problem in problems(PhraseText(title, text, text_en)):
        raise Invalid(problem.field, problem.message, **problem.values)
    return NewPhrase(title, text, text_en, words)
