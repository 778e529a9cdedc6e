"""Where files are kept: local disk and S3-compatible storage behind one port.

The library `obstore` speaks to both. A file is visible under its key only when all of it is there: on disk it
is written beside and renamed, in S3 it is a multipart upload that is completed at the end. A stream that
fails, is too long or is cancelled leaves nothing behind under the key.
"""

import errno
import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from vardlots.platform.errors import NotFound, Refusal, Unavailable
from vardlots.platform.i18n import N_

CHUNK = 64 * 1024
"""Bytes read at a time, at least, when a file is sent on."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")
_FULL = (f"(os error {errno.ENOSPC})", f"(os error {errno.EDQUOT})", "XMinioStorageFull", "QuotaExceeded")


class StorageFull(Refusal):
    """There is no room left where files are kept."""

    status = 507
    code = "storage_full"

    def __init__(self) -> None:
        super().__init__(N_("Filen kunde inte sparas, för lagringen är full. Det du har skrivit finns kvar."))


class StorageUnavailable(Unavailable):
    """The place where files are kept does not answer, or refuses us."""

    code = "storage_unavailable"

    def __init__(self) -> None:
        super().__init__(N_("Filerna går inte att nå just nu. Försök igen om en stund."))


class FileTooLarge(Refusal):
    """The stream was longer than it may be; `max_bytes` is the limit."""

    status = 413
    code = "too_large"

    def __init__(self, max_bytes: int) -> None:
        megabytes = max(1, max_bytes // 1_000_000)
        super().__init__(N_("Filen är för stor. Den får vara högst {megabytes} MB."), megabytes=megabytes)
        self.max_bytes = max_bytes


class FileMissing(NotFound):
    """No file has that key."""

    code = "file_missing"

    def __init__(self) -> None:
        super().__init__(N_("Filen finns inte längre."))


class Stored(msgspec.Struct, frozen=True):
    """What was written: bytes, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A file being read: its size in bytes, and its content in pieces, to be read once."""

    size: int
    chunks: AsyncIterator[bytes]


class FileStore:
    """Files by key. Keys are made by the product (never from a name that somebody typed)."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str, options: Mapping[str, str] | None = None) -> "FileStore":
        """Open `file:///folder` (made if it is not there, for its owner alone) or `s3://bucket/prefix`.

        `options` for S3, all optional: `endpoint`, `region`, `access_key_id`, `secret_access_key`,
        `session_token`, `virtual_hosted_style_request`, and `allow_http` = "true" for an endpoint on the
        same machine. Raises ValueError for another kind of address or an unknown option.
        """
        given = dict(options or {})
        parts = urlsplit(url)
        if parts.scheme == "file":
            if given:
                raise ValueError("A folder on disk takes no options.")
            Path(unquote(parts.path)).mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(from_url(url, mkdir=True))
        if parts.scheme not in ("s3", "s3a"):
            raise ValueError("Files are kept in file:///folder or s3://bucket/prefix.")
        allow_http = given.pop("allow_http", "false").lower() in ("1", "true", "yes")
        try:
            # The option names are the library's own; it refuses the ones it does not know.
            store = from_url(
                url,
                config=cast(Any, given),
                client_options={
                    "allow_http": allow_http,
                    "connect_timeout": timedelta(seconds=5),
                    "timeout": timedelta(seconds=60),
                },
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
            )
        except BaseError as fault:
            raise ValueError(_first_line(fault)) from None
        return cls(store)

    async def put(self, key: str, stream: AsyncIterable[bytes], max_bytes: int) -> Stored:
        """Write a stream under a key, replacing what was there when all of it has come.

        Raises FileTooLarge as soon as `max_bytes` is passed, StorageFull, StorageUnavailable, and whatever
        the stream itself raises.
        """
        digest = hashlib.sha256()
        size = 0
        broken: Exception | None = None

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size, broken
            try:
                async for piece in stream:
                    size += len(piece)
                    if size > max_bytes:
                        raise FileTooLarge(max_bytes)
                    digest.update(piece)
                    if piece:
                        yield piece
            except Exception as fault:
                broken = fault
                raise

        try:
            with _faults():
                await obstore.put_async(self._store, _checked(key), counted())
        except Refusal as refusal:
            # A sender whose line was cut is not a store that is down, and neither is a file that is missing.
            if broken is not None:
                raise broken from None
            if isinstance(refusal, FileMissing):
                raise StorageUnavailable from refusal
            raise
        return Stored(size, digest.hexdigest())

    async def get(self, key: str) -> Opened:
        """Open a file for reading. Raises FileMissing before anything has been sent."""
        with _faults():
            found = await obstore.get_async(self._store, _checked(key))
        return Opened(found.meta["size"], _pieces(found))

    async def size(self, key: str) -> int | None:
        """Bytes under a key, or None if nothing is there."""
        try:
            with _faults():
                return (await obstore.head_async(self._store, _checked(key)))["size"]
        except FileMissing:
            return None

    async def delete(self, key: str) -> None:
        """Remove a file. One that is not there is no fault: a job may run twice."""
        try:
            with _faults():
                await obstore.delete_async(self._store, _checked(key))
        except FileMissing:
            return

    async def check(self) -> None:
        """Write, read and remove a small file; raises as `put` and `get` do. For `doctor` and readiness."""

        async def greeting() -> AsyncIterator[bytes]:
            yield b"ok"

        await self.put("check/alive", greeting(), 2)
        opened = await self.get("check/alive")
        if b"".join([piece async for piece in opened.chunks]) != b"ok":
            raise StorageUnavailable
        await self.delete("check/alive")


async def _pieces(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    with _faults():
        async for piece in found.stream(min_chunk_size=CHUNK):
            yield bytes(piece)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn the library's faults into our own; let everybody else's through."""
    try:
        yield
    except FileNotFoundError:
        raise FileMissing from None
    except (BaseError, OSError) as fault:
        if any(mark in str(fault) for mark in _FULL):
            raise StorageFull from fault
        raise StorageUnavailable from fault


def _checked(key: str) -> str:
    if len(key) > 512 or not _KEY.fullmatch(key):
        raise ValueError("A file key is made of letters, digits, dots, dashes and slashes.")
    return key


def _first_line(fault: BaseException) -> str:
    return str(fault).partition("\n")[0]
