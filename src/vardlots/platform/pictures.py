"""A picture from a stranger, drawn anew: bounded, upright, in ordinary colours, with nothing but the picture.

Blocking: call it from a worker thread. HEIC is what an iPhone takes pictures in.
"""

import io
import warnings
from typing import IO

import msgspec
import pillow_heif
from PIL import ExifTags, Image, ImageCms

# The picture alone, in the thread that asked: nothing of what else an iPhone puts into the file is read.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)

# Our own limit is lower, checked before anything is decoded, and refuses rather than warns.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
}
_PNG_MAX_BYTES = 1_500_000
# EXIF 2.32, tag 0x0112: how the camera was held.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class TooManyPixels(Exception):
    """More pixels than may be decoded."""


class Broken(Exception):
    """Not a whole picture of the kind its first bytes say."""


class Picture(msgspec.Struct, frozen=True):
    """A redrawn picture: JPEG or PNG, pixels wide and high, and a thumbnail of the same type."""

    media_type: str
    body: bytes
    thumbnail: bytes
    width: int
    height: int


def redraw(
    source: IO[bytes],
    media_type: str,
    max_pixels: int,
    max_side: int,
    thumbnail_side: int,
    *,
    square: bool = False,
) -> Picture:
    """Decode the first frame and write it anew, no side longer than `max_side`.

    What may be see-through or is drawn (PNG, GIF) stays PNG unless that would be a large file, which means it
    is a photograph; the rest becomes JPEG. `square` keeps the middle square, on white, always as JPEG.
    Raises TooManyPixels, Broken.
    """
    try:
        image = _decoded(source, _FORMATS[media_type], max_pixels, max_side, square=square)
        small = image.copy()
        small.thumbnail((thumbnail_side, thumbnail_side), Image.Resampling.LANCZOS)
    except (TooManyPixels, Image.DecompressionBombError):
        raise TooManyPixels from None
    except MemoryError:
        raise TooManyPixels from None
    except Exception as fault:
        # The decoders raise a dozen kinds for the same thing; the text may hold what was in the file.
        raise Broken(type(fault).__name__) from None
    see_through = image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)
    as_png = not square and (see_through or media_type in ("image/png", "image/gif"))
    body = _png(image) if as_png else _jpeg(image)
    if as_png and not see_through and len(body) > _PNG_MAX_BYTES:
        as_png, body = False, _jpeg(image)
    thumbnail = _png(small) if as_png else _jpeg(small)
    return Picture("image/png" if as_png else "image/jpeg", body, thumbnail, image.width, image.height)


def _decoded(
    source: IO[bytes], format_name: str, max_pixels: int, max_side: int, *, square: bool
) -> Image.Image:
    source.seek(0)
    # Only the decoder that the first bytes call for: the library knows dozens, some seldom looked at.
    with Image.open(source, formats=[format_name]) as opened:
        if opened.width * opened.height > max_pixels or _tiles_are_more(opened, max_pixels):
            raise TooManyPixels
        if format_name == "JPEG":
            # Decodes at half, quarter or eighth size where that is enough, in as much less memory.
            opened.draft(None, (max_side, max_side))
        opened.load()
        turn = _TURNS.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
        profile = opened.info.get("icc_profile")
        plain = opened if opened.mode in ("RGB", "RGBA") else opened.convert(_plain_mode(opened))
        if square:
            plain = _middle_square(plain)
        plain.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        if turn is not None:
            plain = plain.transpose(turn)
        if profile:
            plain = _in_ordinary_colours(plain, profile)
        # A new picture takes the pixels and leaves comments, texts, positions and everything else behind.
        bare = Image.new(plain.mode, plain.size)
        bare.paste(plain)
        return bare


def _tiles_are_more(image: Image.Image, max_pixels: int) -> bool:
    """Whether the tiles that a picture is put together of are larger than may be: they are decoded whatever size the
    file says that the picture has. The outermost reach beyond it, which a picture of an iPhone's does."""
    tiles = image.info.get("tiling") if image.format == "HEIF" else None
    if not tiles:
        return False
    drawn = tiles["num_columns"] * tiles["num_rows"] * tiles["tile_width"] * tiles["tile_height"]
    return bool(tiles["image_width"] * tiles["image_height"] > max_pixels or drawn > 2 * max_pixels)


def _middle_square(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    cut = image.crop((left, top, left + side, top + side))
    if cut.mode != "RGBA":
        return cut
    white = Image.new("RGB", cut.size, "white")
    white.paste(cut, mask=cut.getchannel("A"))
    return white


def _plain_mode(image: Image.Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _in_ordinary_colours(image: Image.Image, profile: bytes) -> Image.Image:
    """To sRGB, so that skin keeps its colour once the profile is gone. A broken profile is dropped."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=image.mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return turned or image


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=88, optimize=True, progressive=True)
    return out.getvalue()


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
