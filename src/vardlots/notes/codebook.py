"""The list of diagnoses in use, read once per process."""

import asyncio
import threading
from functools import cache
from pathlib import Path

from vardlots.notes.codes import Code, CodeIndex
from vardlots.notes.model import Diagnosis

CONTENT = Path(__file__).parents[3] / "content" / "codes"
MOST = 12


_reading = threading.Lock()


def _index() -> CodeIndex:
    # Reading takes a second or more: whoever asks meanwhile waits for the same list.
    with _reading:
        return _read()


@cache
def _read() -> CodeIndex:
    return CodeIndex.load(None, CONTENT / "primary_care_sv.toml")


def warm() -> None:
    """Begin to read the list, so that it is there when somebody starts to type. Returns at once."""
    if not _read.cache_info().currsize and not _reading.locked():
        threading.Thread(target=_index, name="codebook", daemon=True).start()


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
