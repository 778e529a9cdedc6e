"""Which characters a font has: its table `cmap` read by hand (OpenType, formats 4 and 12)."""

import struct
from functools import cache
from pathlib import Path


@cache
def characters(folder: Path) -> frozenset[int]:
    """The code points that at least one of the fonts in a folder can draw."""
    return frozenset().union(*(_of(path.read_bytes()) for path in sorted(folder.glob("*.ttf"))))


def _of(font: bytes) -> set[int]:
    (tables,) = struct.unpack_from(">H", font, 4)
    for n in range(tables):
        tag, _sum, at, _length = struct.unpack_from(">4sIII", font, 12 + 16 * n)
        if tag == b"cmap":
            return _mapped(font, at)
    return set()


def _mapped(font: bytes, cmap: int) -> set[int]:
    (subtables,) = struct.unpack_from(">H", font, cmap + 2)
    found: set[int] = set()
    for n in range(subtables):
        _platform, _encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * n)
        at = cmap + offset
        (form,) = struct.unpack_from(">H", font, at)
        if form == 12:
            (groups,) = struct.unpack_from(">I", font, at + 12)
            for group in range(groups):
                first, last, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
                found.update(range(first, last + 1))
        elif form == 4:
            found |= _segments(font, at)
    return found


def _segments(font: bytes, at: int) -> set[int]:
    (twice,) = struct.unpack_from(">H", font, at + 6)
    count = twice // 2
    lasts = struct.unpack_from(f">{count}H", font, at + 14)
    firsts = struct.unpack_from(f">{count}H", font, at + 16 + twice)
    return {point for first, last in zip(firsts, lasts, strict=True) for point in range(first, last + 1)} - {
        0xFFFF
    }
