"""Documents on paper: a tagged PDF with the letters of most languages, set by Typst from a template of ours.

Everything that a document says comes as values and never as code. A sign that none of our fonts has (a face that
somebody laughs with, a rare script) is set as a white square: a document that may not be made helps nobody.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import typst

from vardlots.platform.glyphs import characters
from vardlots.platform.static import STATIC

FONTS = STATIC / "vendor" / "fonts"
LOGO = STATIC / "logo.svg"
UNKNOWN = "\N{WHITE SQUARE}"
Standard: TypeAlias = Literal["ua-1", "a-2a"]
# One at a time: setting a long one takes a processor's second, and pages go on being served beside it.
_TURN = asyncio.Semaphore(1)
# A letter and its marks that no one font has together are only found out by setting them.
_UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_MOST_TRIES = 40


async def pdf(template: Path, data: dict[str, Any], *, standards: Sequence[Standard] = ("ua-1",)) -> bytes:
    """The document. Holds no address that anybody's reader would fetch something from, and no time but what the data
    say: the same data give the same bytes."""
    async with _TURN:
        return await asyncio.to_thread(_set, template, data, list(standards))


def drawable(text: str) -> str:
    """The text with a white square for each sign that no font of ours has."""
    known = characters(FONTS)
    return "".join(sign if ord(sign) in known or sign in "\n\t" else UNKNOWN for sign in text)


def _set(template: Path, data: dict[str, Any], standards: list[Standard]) -> bytes:
    written = _drawable(data)
    for _ in range(_MOST_TRIES):
        try:
            return _compiled(template, msgspec.json.encode(written).decode(), standards)
        except typst.TypstError as fault:
            undrawn = _UNDRAWN.search(str(fault))
            if undrawn is None:
                raise
            written = _replaced(written, undrawn[1])
    raise RuntimeError(f"{template.name} holds too many signs that no font has")


def _drawable(value: Any) -> Any:
    match value:
        case str():
            return drawable(value)
        case dict():
            return {name: _drawable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_drawable(inner) for inner in value]
    return value


def _replaced(value: Any, undrawn: str) -> Any:
    match value:
        case str():
            return value.replace(undrawn, UNKNOWN)
        case dict():
            return {name: _replaced(inner, undrawn) for name, inner in value.items()}
        case list():
            return [_replaced(inner, undrawn) for inner in value]
    return value


def _compiled(template: Path, data: str, standards: list[Standard]) -> bytes:
    made: bytes = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=[*standards],
        format="pdf",
    )
    return made
