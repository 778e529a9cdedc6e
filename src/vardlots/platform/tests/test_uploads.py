"""What may come in, what is taken out of it, and how it is sent back."""

import asyncio
import io
import struct
import time
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from vardlots.platform.files import FileMissing, FileStore
from vardlots.platform.uploads import (
    REASONS,
    Limits,
    Upload,
    UploadRefused,
    clean_name,
    download_headers,
    sniff,
    take_in,
)

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


async def stream(content: bytes, piece: int = 50_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), piece):
        yield content[at : at + piece]


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore.open((tmp_path / "files").as_uri())


async def whole(store: FileStore, key: str | None) -> bytes:
    assert key is not None
    return b"".join([piece async for piece in (await store.get(key)).chunks])


async def taken(store: FileStore, content: bytes, name: str = "x", limits: Limits | None = None) -> Upload:
    return await take_in(stream(content), name=name, store=store, key="a/1", limits=limits or Limits())


async def refused(store: FileStore, content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UploadRefused) as refusal:
        await taken(store, content, "bild.jpg", limits)
    for key in ("a/1", "a/1-thumb"):
        with pytest.raises(FileMissing):
            await store.get(key)
    assert (refusal.value.status, refusal.value.code) == (422, refusal.value.reason_code)
    return refusal.value.reason_code


def photo(width: int = 400, height: int = 300) -> Image.Image:
    """Left half red, right half blue: tells which way is up."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (width // 2, 0, width, height))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif_with_position(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(0x8825).update({1: "N", 2: (60.0, 40.0, 30.0), 3: "E", 4: (17.0, 8.0, 3.0)})
    return exif


def with_position(orientation: int = 1) -> bytes:
    return encoded(photo(), "JPEG", exif=exif_with_position(orientation), comment=b"secret comment")


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("WEBP", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/png")],
)
async def test_pictures_are_taken_in_whatever_they_are_called(
    store: FileStore, kind: str, media_type: str
) -> None:
    upload = await taken(store, encoded(photo(), kind), name="journal.exe")
    assert (upload.media_type, upload.width, upload.height) == (media_type, 400, 300)
    assert upload.name == "journal" + (".jpg" if media_type == "image/jpeg" else ".png")
    body = await whole(store, upload.key)
    assert sniff(body) == media_type
    assert len(body) == upload.stored.size
    thumbnail = Image.open(io.BytesIO(await whole(store, upload.thumbnail_key)))
    assert thumbnail.size == (320, 240)


@pytest.mark.parametrize(("orientation", "size"), [(1, (400, 300)), (6, (300, 400))])
async def test_a_picture_from_an_iphone_comes_in_upright_and_bare(
    store: FileStore, orientation: int, size: tuple[int, int]
) -> None:
    sent = encoded(photo(), "HEIF", exif=exif_with_position(orientation).tobytes())
    assert sniff(sent) == "image/heic"
    assert b"SecretPhone" in sent
    upload = await taken(store, sent, name="IMG_0042.HEIC")
    assert (upload.name, upload.media_type, (upload.width, upload.height)) == (
        "IMG_0042.jpg",
        "image/jpeg",
        size,
    )
    kept = await whole(store, upload.key)
    assert b"SecretPhone" not in kept
    opened = Image.open(io.BytesIO(kept))
    assert not opened.getexif()
    red, _green, blue = opened.convert("RGB").getpixel((50, 50))  # type: ignore[misc]  # of an RGB picture
    assert red > 150 > blue


async def test_a_picture_from_an_iphone_is_bounded_and_may_be_broken(store: FileStore) -> None:
    sent = encoded(photo(), "HEIF")
    assert await refused(store, sent, Limits(max_pixels=400 * 300 - 1)) == "too_many_pixels"
    assert await refused(store, sent[: len(sent) // 2]) == "broken_picture"
    head = struct.pack(">I4s4sI4s", 24, b"ftyp", b"heic", 0, b"mif1") + bytes(100)
    assert await refused(store, head) == "broken_picture"


async def test_a_picture_is_as_large_as_its_tiles_whatever_the_file_says(store: FileStore) -> None:
    sent = encoded(photo(), "HEIF", tile_size=128)
    lies = sent.replace(
        struct.pack(">4sIII", b"ispe", 0, 400, 300), struct.pack(">4sIII", b"ispe", 0, 64, 48)
    )
    assert lies != sent
    assert await refused(store, lies, Limits(max_pixels=400 * 300 - 1)) == "too_many_pixels"
    assert await refused(store, lies) == "broken_picture"
    assert (await taken(store, sent, limits=Limits(max_pixels=400 * 300))).width == 400


async def test_no_position_and_no_camera_remain(store: FileStore) -> None:
    sent = with_position()
    assert b"SecretPhone" in sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)
    upload = await taken(store, sent)
    for key in (upload.key, upload.thumbnail_key):
        kept = await whole(store, key)
        opened = Image.open(io.BytesIO(kept))
        assert not opened.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(opened.info)
        assert b"Secret" not in kept
        assert b"secret" not in kept


async def test_texts_in_a_png_are_left_behind(store: FileStore) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Secret Person")
    texts.add_itxt("XML:com.adobe.xmp", "<x>Secret</x>")
    upload = await taken(store, encoded(photo(), "PNG", pnginfo=texts))
    assert b"Secret" not in await whole(store, upload.key)


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (400, 300), (50, 150)),
        (2, (400, 300), (350, 150)),
        (3, (400, 300), (350, 150)),
        (4, (400, 300), (50, 150)),
        (5, (300, 400), (150, 50)),
        (6, (300, 400), (150, 50)),
        (7, (300, 400), (150, 350)),
        (8, (300, 400), (150, 350)),
    ],
)
async def test_a_picture_is_turned_upright(
    store: FileStore, orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    upload = await taken(store, with_position(orientation))
    image = Image.open(io.BytesIO(await whole(store, upload.key)))
    assert image.size == size == (upload.width, upload.height)
    red, _green, blue = image.convert("RGB").getpixel(red_at) or (0, 0, 0)  # type: ignore[misc]
    assert red > blue


async def test_a_large_picture_is_made_smaller(store: FileStore) -> None:
    upload = await taken(store, encoded(photo(6000, 3000), "JPEG"))
    assert (upload.width, upload.height) == (2560, 1280)
    assert Image.open(io.BytesIO(await whole(store, upload.thumbnail_key))).size == (320, 160)


async def test_a_small_picture_is_not_blown_up(store: FileStore) -> None:
    upload = await taken(store, encoded(photo(10, 8), "PNG"))
    assert (upload.width, upload.height) == (10, 8)


async def test_a_photograph_in_png_becomes_jpeg_and_glass_stays_clear(store: FileStore) -> None:
    noise = Image.effect_noise((1500, 1500), 90).convert("RGB")
    assert (await taken(store, encoded(noise, "PNG"))).media_type == "image/jpeg"
    glass = photo().convert("RGBA")
    glass.putalpha(100)
    upload = await taken(store, encoded(glass, "WEBP"))
    assert upload.media_type == "image/png"
    assert Image.open(io.BytesIO(await whole(store, upload.key))).mode == "RGBA"


async def test_only_the_first_frame_of_a_moving_picture(store: FileStore) -> None:
    frames = encoded(photo(), "GIF", save_all=True, append_images=[photo().rotate(180)])
    kept = Image.open(io.BytesIO(await whole(store, (await taken(store, frames)).key)))
    assert getattr(kept, "n_frames", 1) == 1


async def test_a_profile_is_used_and_then_dropped(store: FileStore) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (profile, b"not a profile"):
        upload = await taken(store, encoded(photo(), "JPEG", icc_profile=icc))
        assert "icc_profile" not in Image.open(io.BytesIO(await whole(store, upload.key))).info


@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"PK\x03\x04" + bytes(50), b"<?php system($_GET[0]); ?>", PDF]
)
async def test_a_file_of_two_kinds_is_only_the_picture(store: FileStore, tail: bytes) -> None:
    upload = await taken(store, encoded(photo(), "JPEG") + tail, name="bild.jpg.php")
    assert tail not in await whole(store, upload.key)
    assert upload.name == "bild.jpg"


async def test_a_gif_that_is_also_a_script_is_drawn_anew(store: FileStore) -> None:
    comment = b"=1;alert(document.cookie)//"
    upload = await taken(store, encoded(photo(), "GIF", comment=comment))
    assert b"alert" not in await whole(store, upload.key)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is as large as asked for."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(3_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(7072, 7072), (10_000, 10_000), (60_000, 60_000), (1, 50_000_001)])
async def test_a_bomb_is_refused_before_it_is_decoded(store: FileStore, size: tuple[int, int]) -> None:
    started = time.perf_counter()
    assert await refused(store, bomb(*size)) == "too_many_pixels"
    assert time.perf_counter() - started < 1


@pytest.mark.slow
async def test_fifty_million_pixels_are_decoded(store: FileStore) -> None:
    upload = await taken(store, encoded(Image.new("L", (8000, 6250)), "PNG"))
    assert (upload.width, upload.height) == (2560, 2000)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
async def test_a_truncated_picture_is_refused(store: FileStore, kind: str, share: float) -> None:
    sent = encoded(Image.effect_noise((300, 300), 80).convert("RGB"), kind)
    assert await refused(store, sent[: max(16, int(len(sent) * share))]) == "broken_picture"


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + bytes(200),
        b"PK\x03\x04" + bytes(200),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<!doctype html><script>1</script>",
        b"\x00" + encoded(photo(), "JPEG"),
        b"GIF88a" + bytes(50),
        b"junk " + PDF,
        encoded(photo(), "BMP"),
        encoded(photo(), "TIFF"),
        b"RIFF\x00\x00\x00\x00WAVE" + bytes(50),
        b"x",
    ],
)
async def test_everything_else_is_refused(store: FileStore, content: bytes) -> None:
    assert await refused(store, content) == "unknown_type"


async def test_a_head_that_lies_about_the_rest_is_refused(store: FileStore) -> None:
    assert await refused(store, b"\xff\xd8\xff" + encoded(photo(), "PNG")) == "broken_picture"
    assert await refused(store, b"\x89PNG\r\n\x1a\n" + encoded(photo(), "JPEG")) == "broken_picture"


async def test_an_empty_file_is_refused(store: FileStore) -> None:
    assert await refused(store, b"") == "empty"


async def test_a_pdf_is_kept_as_it_is(store: FileStore) -> None:
    upload = await taken(store, PDF, name="Provsvar från i går.jpeg")
    assert (upload.media_type, upload.name) == ("application/pdf", "Provsvar från i går.pdf")
    assert (upload.thumbnail_key, upload.width) == (None, None)
    assert await whole(store, upload.key) == PDF


async def test_half_a_pdf_is_refused(store: FileStore) -> None:
    assert await refused(store, PDF[:-7] + bytes(2000)) == "broken_pdf"


async def test_too_much_is_refused_while_it_comes(store: FileStore) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield PDF.ljust(100_000)

    with pytest.raises(UploadRefused) as refusal:
        await take_in(endless(), name="x", store=store, key="a/1", limits=Limits(max_bytes=3_000_000))
    assert refusal.value.reason_code == "too_large"
    assert refusal.value.values["megabytes"] == 3
    assert read == 31


@pytest.mark.slow
async def test_others_are_served_while_a_picture_is_worked_on(store: FileStore) -> None:
    sent = encoded(Image.effect_noise((4000, 3000), 50), "PNG")
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - before)

    started = time.perf_counter()
    heart = asyncio.create_task(beat())
    await taken(store, sent)
    heart.cancel()
    took = time.perf_counter() - started
    assert longest < max(0.15, took / 2), f"held the loop for {longest:.3f} of {took:.3f} s"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\fakepath\\hals.JPG", "hals.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("bild.php.jpg", "bild.jpg"),
        ("gpj.\u202eexe", "gpj.jpg"),
        ("a\x00b\r\nSet-Cookie: x", "ab Set-Cookie x.jpg"),
        ("utslag på armen", "utslag på armen.jpg"),
        ("a\u030arm.png", "årm.jpg"),
        ("  .hidden", "hidden.jpg"),
        ("...", "bild.jpg"),
        ("", "bild.jpg"),
        ("å" * 300, "å" * 76 + ".jpg"),
    ],
)
def test_a_name_is_cleaned(name: str, clean: str) -> None:
    assert clean_name(name, "image/jpeg") == clean


def test_headers_never_let_a_file_run() -> None:
    headers = download_headers("application/pdf", 'Åsas "svar";\r\nX: 1.pdf', inline_image=True)
    assert headers["Content-Disposition"] == (
        'attachment; filename="Asas _svar____X_ 1.pdf"; '
        "filename*=UTF-8''%C3%85sas%20%22svar%22%3B%0D%0AX%3A%201.pdf"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("media_type", "inline", "way", "sent_type"),
    [
        ("image/jpeg", True, "inline", "image/jpeg"),
        ("image/jpeg", False, "attachment", "image/jpeg"),
        ("application/pdf", True, "attachment", "application/pdf"),
        ("image/svg+xml", True, "attachment", "application/octet-stream"),
        ("text/html", True, "attachment", "application/octet-stream"),
    ],
)
def test_only_our_own_pictures_are_shown_in_a_page(
    media_type: str, inline: bool, way: str, sent_type: str
) -> None:
    headers = download_headers(media_type, "x", inline)
    assert headers["Content-Disposition"].split(";")[0] == way
    assert headers["Content-Type"] == sent_type
    assert all("\n" not in value and value.isascii() for value in headers.values())


def test_every_reason_is_a_sentence() -> None:
    for reason in REASONS:
        assert str(UploadRefused(reason)).endswith(".")
