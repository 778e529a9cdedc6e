"""What may be uploaded, and what becomes of it.

The type is read from the content, never from the name or from what the browser says. Pictures are decoded
within limits, turned upright, and written anew without anything but the picture: no position, no camera, no
appended file. A PDF is kept as it is and only ever sent as an attachment. All else is refused with a reason.
"""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import quote

import msgspec

from vardlots.platform import pictures
from vardlots.platform.errors import Invalid
from vardlots.platform.files import CHUNK, FileStore, Stored
from vardlots.platform.i18n import N_

_IN_MEMORY = 1_000_000
_HEAD = 64
_PDF_HEADER = re.compile(rb"%PDF-[12]\.\d")
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

# Two at a time: a picture of fifty million pixels takes some two hundred megabytes while it is worked on.
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")


class UploadRefused(Invalid):
    """A file that may not come in. `reason_code` is a key of `REASONS`."""

    def __init__(self, reason_code: str, **values: object) -> None:
        super().__init__("file", REASONS[reason_code], **values)
        self.code = self.reason_code = reason_code


REASONS: dict[str, str] = {
    "empty": N_("Filen är tom. Välj en annan."),
    "too_large": N_("Filen är för stor. Den får vara högst {megabytes} MB."),
    "unknown_type": N_("Den här sortens fil går inte att skicka. Skicka en bild eller en PDF."),
    "no_picture": N_("Filen är ingen bild. Välj en bild i formatet JPEG eller PNG."),
    "too_many_pixels": N_("Bilden har för många bildpunkter. Skicka den i mindre storlek."),
    "broken_picture": N_("Bilden går inte att öppna. Den kan ha skadats på vägen. Skicka den igen."),
    "broken_pdf": N_("PDF-filen är inte hel. Spara den på nytt och skicka den igen."),
}
"""Reason code → source text (Swedish) for the catalogue."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds for what comes in. Bytes, pixels and pixels along the longer side.

    `square` for a portrait: pictures only, and only their middle square is kept.
    """

    max_bytes: int = 25_000_000
    max_pixels: int = 50_000_000
    max_side: int = 2560
    thumbnail_side: int = 320
    square: bool = False


class Upload(msgspec.Struct, frozen=True):
    """A file that was taken in. A picture has `width`, `height` and `thumbnail_key`; a PDF has not."""

    key: str
    media_type: str
    name: str
    stored: Stored
    thumbnail_key: str | None = None
    width: int | None = None
    height: int | None = None


DEFAULT_LIMITS = Limits()


async def take_in(
    stream: AsyncIterable[bytes], *, name: str, store: FileStore, key: str, limits: Limits = DEFAULT_LIMITS
) -> Upload:
    """Receive one file and keep it under `key` (and `key` + `-thumb` for a picture's thumbnail).

    `name` is what the sender called it; it only becomes the display name, cleaned and with the ending of the
    true type. Raises UploadRefused, and StorageFull or StorageUnavailable from the store.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as received:
        head = await _receive(stream, received, limits.max_bytes)
        media_type = sniff(head)
        if media_type is None:
            raise UploadRefused("unknown_type")
        loop = asyncio.get_running_loop()
        if media_type == "application/pdf":
            if limits.square:
                raise UploadRefused("no_picture")
            if not await loop.run_in_executor(_workers, _pdf_is_whole, received):
                raise UploadRefused("broken_pdf")
            received.seek(0)
            stored = await store.put(key, _pieces(received), limits.max_bytes)
            return Upload(key, media_type, clean_name(name, media_type), stored)
        picture = await loop.run_in_executor(_workers, _redrawn, received, media_type, limits)
    thumbnail_key = f"{key}-thumb"
    # The thumbnail first: whoever finds the picture finds its thumbnail too.
    await store.put(thumbnail_key, _one(picture.thumbnail), len(picture.thumbnail))
    try:
        stored = await store.put(key, _one(picture.body), len(picture.body))
    except BaseException:
        await store.delete(thumbnail_key)
        raise
    return Upload(
        key,
        picture.media_type,
        clean_name(name, picture.media_type),
        stored,
        thumbnail_key,
        picture.width,
        picture.height,
    )


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes (64 are enough) say, None if it is none we take.

    A PDF must begin with its header: readers accept it later too, which is how files of two kinds are made.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and _HEIC_BRANDS & {head[8:12], *(head[at : at + 4] for at in (16, 20, 24, 28))}:
        return "image/heic"
    if _PDF_HEADER.match(head):
        return "application/pdf"
    return None


_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}


def clean_name(name: str, media_type: str) -> str:
    """A display name without folders, control or direction signs, at most 80 signs, with the true ending."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(" " if sign.isspace() else sign for sign in last)
    kept = "".join(sign for sign in kept if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*')
    stem = re.sub(r"(\.[A-Za-z0-9]{1,5})+$", "", re.sub(r" +", " ", kept).strip(" ."))
    fallback = "dokument" if media_type == "application/pdf" else "bild"
    return (stem[:76].strip(" .") or fallback) + _ENDINGS.get(media_type, "")


def download_headers(media_type: str, name: str, inline_image: bool) -> dict[str, str]:
    """Headers for sending an upload back: never run, never guessed at, never kept by a shared cache.

    `inline_image` shows it in the page, and is heeded for JPEG and PNG alone. The name is given twice, plain
    ASCII for old readers and in full by RFC 5987 (RFC 6266 says which wins).
    """
    shown = inline_image and media_type in ("image/jpeg", "image/png")
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    ascii_name = re.sub(r"[^A-Za-z0-9 ._-]", "_", ascii_name).strip(" .") or "fil"
    full = quote(name, safe="!#$&+-.^_`|~")
    return {
        "Content-Type": media_type if media_type in _ENDINGS else "application/octet-stream",
        "Content-Disposition": (
            f"{'inline' if shown else 'attachment'}; filename=\"{ascii_name}\"; filename*=UTF-8''{full}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


async def _receive(
    stream: AsyncIterable[bytes], into: "SpooledTemporaryFile[bytes]", max_bytes: int
) -> bytes:
    size = 0
    async for piece in stream:
        size += len(piece)
        if size > max_bytes:
            raise UploadRefused("too_large", megabytes=max(1, max_bytes // 1_000_000))
        if size > _IN_MEMORY:
            await asyncio.to_thread(into.write, piece)
        else:
            into.write(piece)
    if not size:
        raise UploadRefused("empty")
    into.seek(0)
    head = into.read(_HEAD)
    into.seek(0)
    return head


def _redrawn(received: IO[bytes], media_type: str, limits: Limits) -> pictures.Picture:
    try:
        return pictures.redraw(
            received,
            media_type,
            limits.max_pixels,
            limits.max_side,
            limits.thumbnail_side,
            square=limits.square,
        )
    except pictures.TooManyPixels:
        raise UploadRefused("too_many_pixels") from None
    except pictures.Broken as fault:
        raise UploadRefused("broken_picture") from fault


def _pdf_is_whole(received: IO[bytes]) -> bool:
    """Whether the end mark is in the last 1024 bytes, where readers look for it (ISO 32000-1, 7.5.5)."""
    size = received.seek(0, 2)
    received.seek(max(0, size - 1024))
    return b"%%EOF" in received.read()


async def _pieces(received: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(received.read, CHUNK):
        yield piece


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content
