"""A photo for the stories, with a place and a time in it that must not be passed on."""

from __future__ import annotations

import io

from PIL import Image
from playwright.async_api import FilePayload


def _photo() -> FilePayload:
    picture = Image.new("RGB", (640, 480), (184, 92, 88))
    for x in range(0, 640, 8):
        picture.paste((240, 230, 220), (x, (x * 7) % 440, x + 5, (x * 7) % 440 + 9))
    exif = Image.Exif()
    exif[0x010F] = "Lotsvik-kamera"
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=80, exif=exif)
    return FilePayload(name="hals.jpg", mimeType="image/jpeg", buffer=kept.getvalue())


PHOTO = _photo()
