"""Invented pictures as patients send them: our own drawings, nobody's body. Each is drawn once.

Blocking, some tenths of a second in all: call it from a worker thread.
"""

import io
import math
from collections.abc import Callable
from functools import cache
from typing import Literal, TypeAlias

from PIL import Image, ImageDraw, ImageFilter

Illustration: TypeAlias = Literal[
    "throat_red", "throat_spots", "throat_one_sided", "thermometer", "shoulder_red", "shoulder_bruise", "rash"
]
Colour: TypeAlias = tuple[int, int, int]
Box: TypeAlias = tuple[int, int, int, int]

SIZE = (900, 1200)
NAMES: dict[Illustration, str] = {
    "throat_red": "halsen.jpg",
    "throat_spots": "halsen.jpg",
    "throat_one_sided": "halsen.jpg",
    "thermometer": "termometern.jpg",
    "shoulder_red": "axeln.jpg",
    "shoulder_bruise": "axeln.jpg",
    "rash": "utslag.jpg",
}
"""What the sender's phone called the file."""

BENEATH: dict[Illustration, str] = {
    "throat_red": "throat",
    "throat_spots": "throat",
    "throat_one_sided": "throat",
    "shoulder_bruise": "shape",
}
"""The question of an interview that a picture belongs beneath, if it is asked; the others follow before the queue."""

_SKIN, _SHADE = (232, 190, 164), (205, 156, 131)
# The segments a–g of a digit, lit from the highest bit.
_SEGMENTS = (0b1111110, 0b0110000, 0b1101101, 0b1111001, 0b0110011,
             0b1011011, 0b1011111, 0b1110000, 0b1111111, 0b1111011)  # fmt: skip


@cache
def drawn(illustration: Illustration, degrees: float | None = None) -> bytes:
    """A JPEG of 900×1200 pixels. `degrees` Celsius is what a thermometer shows; the others show none."""
    image = _thermometer(degrees or 0) if illustration == "thermometer" else _PAINTERS[illustration]()
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=88)
    return kept.getvalue()


def _throat(*, spots: bool = False, one_sided: bool = False) -> Image.Image:
    image = _lit(_SKIN, _SHADE)
    brush = ImageDraw.Draw(image)
    brush.ellipse((95, 130, 805, 1110), fill=(176, 84, 86))
    brush.ellipse((150, 190, 750, 1050), fill=(92, 24, 32))
    brush.rounded_rectangle((235, 205, 665, 285), 36, fill=(244, 238, 226))
    for x in range(307, 640, 72):
        brush.line((x, 210, x, 280), fill=(214, 204, 190), width=4)
    # The arch of the palate with the throat behind it.
    brush.ellipse((190, 270, 710, 930), fill=(206, 92, 92))
    brush.ellipse((262, 372, 638, 960), fill=(150, 44, 50))
    brush.ellipse((322, 468, 578, 900), fill=(178, 52, 58))
    brush.rounded_rectangle((424, 350, 476, 530), 26, fill=(214, 96, 98))
    right = (500, 450, 700, 800) if not one_sided else (420, 420, 712, 830)
    for tonsil in ((206, 470, 388, 790), right):
        brush.ellipse(tonsil, fill=(214, 66, 66))
        brush.ellipse(_inner(tonsil, 26), fill=(228, 84, 80))
    brush.ellipse((225, 760, 675, 1090), fill=(222, 120, 124))
    brush.line((450, 815, 450, 1000), fill=(196, 92, 98), width=10)
    brush.ellipse((95, 130, 805, 1110), outline=(182, 88, 90), width=58)
    if spots:
        for x, y, r in ((270, 560, 17), (318, 620, 22), (262, 680, 14), (330, 720, 12), (300, 520, 11),
                        (590, 550, 21), (632, 630, 15), (566, 660, 18), (612, 716, 14), (640, 570, 10)):  # fmt: skip
            brush.ellipse((x - r, y - r, x + r, y + int(r * 0.8)), fill=(246, 236, 206))
    return _soft(image, 5)


def _thermometer(degrees: float) -> Image.Image:
    image = _lit((214, 223, 220), (176, 190, 188))
    shadow = ImageDraw.Draw(image)
    shadow.rounded_rectangle((282, 170, 642, 960), 130, fill=(150, 166, 165))
    image = _soft(image, 22)
    brush = ImageDraw.Draw(image)
    brush.rounded_rectangle((412, 860, 488, 1130), 36, fill=(226, 230, 232))
    brush.rounded_rectangle((424, 1030, 476, 1140), 26, fill=(168, 174, 178))
    brush.rounded_rectangle((260, 130, 640, 920), 130, fill=(250, 251, 250), outline=(206, 212, 212), width=6)
    brush.rounded_rectangle((308, 220, 592, 470), 26, fill=(190, 205, 186), outline=(132, 148, 134), width=6)
    brush.ellipse((382, 590, 518, 726), fill=(19, 115, 108), outline=(12, 88, 84), width=6)
    _digits(brush, f"{degrees:.1f}", (342, 284), 62)
    return _soft(image, 1)


def _digits(brush: ImageDraw.ImageDraw, text: str, at: tuple[int, int], wide: int) -> None:
    """Seven segments each; a point takes little room."""
    x, y = at
    tall, thick, ink = wide * 2 - 4, 13, (36, 48, 44)
    middle, low = y + tall // 2, y + tall
    for sign in text:
        if sign == ".":
            brush.ellipse((x - 3, low - 8, x + 14, low + 9), fill=ink)
            x += 24
            continue
        right = x + wide - thick
        lines = ((x, y, right, y), (right, y, right, middle), (right, middle, right, low), (x, low, right, low),
                 (x, middle, x, low), (x, y, x, middle), (x, middle, right, middle))  # fmt: skip
        for place, line in enumerate(lines):
            if _SEGMENTS[int(sign)] >> (6 - place) & 1:
                brush.line(line, fill=ink, width=thick)
        x += wide + 10


def _shoulder(blot: Colour, edge: Colour) -> Image.Image:
    image = _lit((222, 229, 230), (190, 202, 204))
    brush = ImageDraw.Draw(image)
    # Neck, trunk and arm of somebody turned towards us, without a face.
    brush.rounded_rectangle((-160, -120, 250, 520), 90, fill=_SKIN)
    brush.polygon(((-10, 300), (250, 330), (470, 400), (640, 470), (640, 1210), (-10, 1210)), fill=_SKIN)
    brush.ellipse((400, 385, 810, 800), fill=_SKIN)
    brush.polygon(((560, 560), (808, 590), (790, 1210), (560, 1210)), fill=_SKIN)
    brush.line((556, 760, 548, 1210), fill=_SHADE, width=16)
    brush.line((150, 470, 330, 446, 520, 480), fill=_SHADE, width=14, joint="curve")
    brush.polygon(((-10, 640), (170, 560), (230, 790), (420, 1000), (540, 1040), (540, 1210), (-10, 1210)),
                  fill=(96, 132, 148))  # fmt: skip
    image = _soft(image, 7)
    return _blotted(image, ((500, 440, 780, 720), edge), ((548, 486, 736, 676), blot))


def _rash() -> Image.Image:
    image = _lit(_SKIN, _SHADE)
    brush = ImageDraw.Draw(image)
    # Sown by the golden angle: even enough to look like skin, and the same every time.
    for n in range(1, 240):
        angle, away = n * math.pi * (3 - math.sqrt(5)), 33 * math.sqrt(n)
        x, y = 430 + away * math.cos(angle) * 0.8, 600 + away * math.sin(angle) * 1.05
        r = 5 + (n * 7) % 9
        brush.ellipse((x - r, y - r, x + r, y + r), fill=(212, 106 + n % 30, 98))
    return _soft(image, 4)


_PAINTERS: dict[Illustration, Callable[[], Image.Image]] = {
    "throat_red": _throat,
    "throat_spots": lambda: _throat(spots=True),
    "throat_one_sided": lambda: _throat(one_sided=True),
    "shoulder_red": lambda: _shoulder((216, 88, 78), (226, 138, 118)),
    "shoulder_bruise": lambda: _shoulder((112, 84, 140), (178, 146, 130)),
    "rash": _rash,
}


def _lit(light: Colour, dark: Colour) -> Image.Image:
    """A ground that is lighter in its middle, as by the lamp of a phone."""
    ground = Image.radial_gradient("L").resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, dark), Image.new("RGB", SIZE, light), ground)


def _blotted(image: Image.Image, *blots: tuple[Box, Colour]) -> Image.Image:
    for box, colour in blots:
        mask = Image.new("L", SIZE)
        ImageDraw.Draw(mask).ellipse(box, fill=200)
        image = Image.composite(Image.new("RGB", SIZE, colour), image, _soft(mask, 26))
    return image


def _soft(image: Image.Image, radius: int) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def _inner(box: Box, by: int) -> Box:
    return box[0] + by, box[1] + by, box[2] - by, box[3] - by
