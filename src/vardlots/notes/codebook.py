"""The list of diagnoses in use, read once per process."""

import asyncio
from functools import cache
from pathlib import Path

from vardlots.notes.codes import Code, CodeIndex
from vardlots.notes.model import Diagnosis

CONTENT = Path(__file__).parents[3] / "content" / "codes"
MOST = 12


@cache
def _index() -> CodeIndex:
    return CodeIndex.load(None, CONTENT / "primary_care_sv.toml")


async def index() -> CodeIndex:
    """The list; the first time it is read beside the event loop."""
    return await asyncio.to_thread(_index)


async def search(text: str) -> list[Code]:
    """The best codes for what has been typed."""
    return (await index()).search(text, MOST)


async def diagnosis(code: str) -> Diagnosis | None:
    """The diagnosis with a code as somebody wrote it; None when there is none such."""
    found = (await index()).get(code) if code else None
    return Diagnosis(found.code, found.title) if found else None
