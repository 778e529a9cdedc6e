"""*Fraser*: ready words for the chat, one's own, each unit's and the provider's, found by title or search word.

found = find(await phrases_for(connection, by), "svarar")
fill(found[0], {"patient": "Elin", …}, lang)
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache
from typing import Annotated

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.configuration import book, kinds
from vardlots.configuration import placeholders as marks
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.conversations.own_phrases.queries import own_phrases
from vardlots.platform import i18n
from vardlots.platform.content import CONTENT
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_, SOURCE

PLACEHOLDERS = ("patient", "staff", "title", "unit", "time")


class PhraseText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phrase. `roles` empty: for all. `text_en` empty: the Swedish text stands for every language."""

    title: Annotated[str, msgspec.Meta(title=N_("Namn"), min_length=1, max_length=60)]
    text: Annotated[
        str,
        msgspec.Meta(
            title=N_("Text"),
            description=N_(
                "{patient} är den som läser, {staff} den som skriver, {title} hens titel, {unit} enheten och {time} "
                "ett klockslag som fylls i."
            ),
            min_length=1,
            max_length=2000,
            extra_json_schema={"widget": "textarea"},
        ),
    ]
    text_en: Annotated[
        str,
        msgspec.Meta(
            title=N_("Text på engelska"),
            description=N_("Används för den som har valt ett annat språk. Får vara tom."),
            max_length=2000,
            extra_json_schema={"widget": "textarea"},
        ),
    ] = ""
    words: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=40)]],
        msgspec.Meta(title=N_("Sökord"), description=N_("Utöver namnet."), max_length=20),
    ] = []
    roles: Annotated[
        list[str],
        msgspec.Meta(
            title=N_("Roller"),
            description=N_("Lämna tomt för alla roller."),
            extra_json_schema={"widget": "roles"},
        ),
    ] = []


class Whose(IntEnum):
    """Whose a phrase is, in the order in which they are shown."""

    OWN = 0
    UNIT = 1
    SHARED = 2


class Phrase(msgspec.Struct, frozen=True):
    """A phrase to choose: the staff member's own, or shared by their unit or the whole provider."""

    code: str
    title: str
    text: str
    text_en: str
    words: tuple[str, ...]
    whose: Whose = Whose.SHARED


async def phrases_for(connection: Connection, by: StaffActor) -> list[Phrase]:
    """The actor's own phrases, then those of their active unit and of the provider for their role."""
    saved = await book.opened(connection, by.provider_id)
    chosen = {
        code: value for code, value in standing_phrases().items() if not saved.is_removed(PHRASE, code)
    } | dict(saved.saved(PHRASE, PhraseText))
    units = {code: saved.place(PHRASE, code).unit_id for code in saved.saved(PHRASE, PhraseText)}
    found = [
        Phrase(
            code,
            one.title,
            one.text,
            one.text_en,
            tuple(one.words),
            Whose.SHARED if units.get(code) is None else Whose.UNIT,
        )
        for code, one in chosen.items()
        if (not one.roles or by.role in one.roles) and units.get(code) in (None, by.unit_id)
    ]
    own = [
        Phrase(f"own-{one.phrase_id}", one.title, one.text, one.text_en, one.words, Whose.OWN)
        for one in await own_phrases(connection, by)
    ]
    return [*own, *sorted(found, key=lambda phrase: phrase.whose)]


def find(phrases: Iterable[Phrase], typed: str) -> list[Phrase]:
    """The phrases in which every word typed begins a word of the title or a search word; all of them for nothing.

    Those that match in the title come first.
    """
    wanted = typed.casefold().split()

    def begins(place: str) -> bool:
        words = place.casefold().replace(",", " ").split()
        return all(any(word.startswith(want) for word in words) for want in wanted)

    met = [(phrase, begins(phrase.title)) for phrase in phrases]
    found = [
        (phrase, first) for phrase, first in met if first or begins(" ".join((phrase.title, *phrase.words)))
    ]
    return [phrase for phrase, _ in sorted(found, key=lambda pair: not pair[1])]


def fill(phrase: Phrase | PhraseText, values: Mapping[str, str], lang: str = SOURCE) -> str:
    """The phrase in the reader's language. What has no value stays in braces, for the writer to put right."""
    written = phrase.text_en if lang == "en" and phrase.text_en else phrase.text
    return marks.fill(written, values)


def unfilled(text: str) -> list[str]:
    """The placeholders that are left in a text: it should not be sent so."""
    return [name for name in marks.placeholders_in(text) if name in PLACEHOLDERS]


def refuse_unfilled(text: str) -> None:
    """Raises Invalid for a message with a placeholder that nobody has filled in: the patient would read it."""
    left = unfilled(text)
    if left:
        raise Invalid("text", "Fyll i {word} innan du skickar.", word=f"{{{left[0]}}}")


def values_for(by: StaffActor, *, patient: str, unit: str, lang: str) -> dict[str, str]:
    """What the placeholders stand for when the actor writes to somebody in their language; not the time."""
    seen = by.title_for_patients
    title = i18n.text(lang, seen[:1].lower() + seen[1:]) if seen else i18n.text(lang, "vårdpersonal")
    return {"patient": patient.split(" ")[0], "staff": by.name, "title": title, "unit": unit}


def problems(value: PhraseText) -> list[Problem]:
    """Placeholders that stand for nothing."""
    return [
        *marks.unknown("text", value.text, PLACEHOLDERS),
        *marks.unknown("text_en", value.text_en, PLACEHOLDERS),
    ]


class _Written(PhraseText, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phrases: tuple[_Written, ...]


@cache
def standing_phrases() -> Mapping[str, PhraseText]:
    """The set that the product comes with, by code, in its own order."""
    file = msgspec.toml.decode((CONTENT / "phrases" / "sv.toml").read_bytes(), type=_File)
    return {
        one.code: PhraseText(one.title, one.text, one.text_en, one.words, one.roles) for one in file.phrases
    }


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {code: Standing(msgspec.to_builtins(one)) for code, one in standing_phrases().items()}


async def _check(_connection: Connection, _provider_id: int, _key: str, value: PhraseText) -> list[Problem]:
    return problems(value)


PHRASE = kinds.register(
    Kind(
        code="phrase",
        label=N_("Fraser"),
        group="texts",
        about=N_("Färdiga texter till chatten. De gemensamma finns på alla enheter, enhetens egna bara där."),
        shape=PhraseText,
        title=lambda phrase: str(phrase.title),
        per_unit=True,
        standing=_standing,
        check=_check,
    )
)
