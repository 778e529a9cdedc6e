"""The lists of diagnoses and actions in use: the installation's own as they were imported, else the product's.

Each process keeps a list ready to search and asks now and then whether a newer one has been imported.
"""

import asyncio
import gzip
import time
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec
import structlog

from vardlots.notes.codes import Code, CodeIndex
from vardlots.notes.model import CONTACTS, Diagnosis
from vardlots.notes.queries import code_list_body, newest_code_list
from vardlots.platform.db import NOBODY, Database

log = structlog.get_logger()

CONTENT = Path(__file__).parents[3] / "content" / "codes"
MOST = 12
LOOK_SECONDS = 30.0


class ListKind(StrEnum):
    """Which list: diagnoses (ICD-10-SE) or actions (KVÅ)."""

    DIAGNOSIS = "diagnosis"
    ACTION = "action"


_LABELS = {
    ListKind.DIAGNOSIS: CONTENT / "primary_care_sv.toml",
    ListKind.ACTION: CONTENT / "actions_sv.toml",
}


class _Kept(msgspec.Struct):
    version: int
    index: CodeIndex
    looked: float


_source: Database | None = None
_kept: dict[ListKind, _Kept] = {}
_reading: dict[ListKind, "asyncio.Task[CodeIndex]"] = {}


def read_from(database: Database | None) -> None:
    """Where imported lists are read from now on. What is kept is forgotten."""
    global _source
    _source = database
    _kept.clear()
    _reading.clear()


def warm() -> None:
    """Begin to read the lists, so that they are there when somebody starts to type. Returns at once."""
    for kind in ListKind:
        if kind not in _kept:
            _begin(kind)


async def index(kind: ListKind = ListKind.DIAGNOSIS) -> CodeIndex:
    """The list in use. The first time it is read beside the event loop, and whoever asks meanwhile waits for it.

    Later nobody waits for the look at whether there is a newer one: it needs a connection of its own, and those who
    wait may hold all that there are.
    """
    kept = _kept.get(kind)
    if kept is None:
        return await asyncio.shield(_begin(kind))
    if time.monotonic() - kept.looked >= LOOK_SECONDS:
        _begin(kind)
    return kept.index


def _begin(kind: ListKind) -> "asyncio.Task[CodeIndex]":
    running = _reading.get(kind)
    if running is None or running.done() or running.get_loop() is not asyncio.get_running_loop():
        running = _reading[kind] = asyncio.create_task(_look(kind))
    return running


async def _look(kind: ListKind) -> CodeIndex:
    kept = _kept.get(kind)
    try:
        version, body = await _newest(kind, kept.version if kept else -1)
    except Exception as fault:
        if kept is None:
            raise
        # A list that is old for another half minute is better than none.
        log.warning("code_list_not_read", kind=kind.value, fault=type(fault).__name__)
        kept.looked = time.monotonic()
        return kept.index
    if kept is not None and kept.version == version:
        kept.looked = time.monotonic()
        return kept.index
    made = await asyncio.to_thread(_read, kind, body)
    _kept[kind] = _Kept(version, made, time.monotonic())
    return made


async def _newest(kind: ListKind, known: int) -> tuple[int, bytes | None]:
    """The newest version (0: none has been imported), with its body where it is not the one that is known."""
    if _source is None:
        return 0, None
    async with _source.transaction(NOBODY) as connection:
        version = await newest_code_list(connection, kind.value)
        body = await code_list_body(connection, kind.value, version) if version not in (0, known) else None
    return version, body


def _read(kind: ListKind, body: bytes | None) -> CodeIndex:
    text = gzip.decompress(body).decode() if body is not None else None
    return CodeIndex.load(text, _LABELS[kind], own=kind is ListKind.ACTION)


async def search(text: str, kind: ListKind = ListKind.DIAGNOSIS) -> list[Code]:
    """The best codes for what has been typed."""
    return (await index(kind)).search(text, MOST)


async def chosen(code: str, kind: ListKind) -> Diagnosis | None:
    """The code as somebody wrote it, with its title; None when the list holds none such."""
    found = (await index(kind)).get(code) if code else None
    return Diagnosis(found.code, found.title) if found else None


async def diagnosis(code: str) -> Diagnosis | None:
    """The diagnosis with a code, with its title."""
    return await chosen(code, ListKind.DIAGNOSIS)


async def offered() -> dict[str, list[Diagnosis]]:
    """The actions that each *Kontaktsätt* suggests, by the contact's code: those that the list in use holds."""
    known = await index(ListKind.ACTION)
    return {
        contact: [Diagnosis(one.code, one.title) for code in codes if (one := known.get(code)) is not None]
        for contact, codes in _offers().items()
    }


@cache
def _offers() -> dict[str, tuple[str, ...]]:
    table = tomllib.loads(_LABELS[ListKind.ACTION].read_text(encoding="utf-8"))["offered"]
    return {contact: tuple(table.get(contact, ())) for contact in CONTACTS}
