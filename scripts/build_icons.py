"""Build the icon sprite: a `<symbol>` for each name in `src/vardlots/static/icons.txt`, from lucide-static."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = ROOT / "src/vardlots/static/icons.txt"
ICONS = ROOT / "node_modules/lucide-static/icons"
SPRITE = ROOT / "src/vardlots/static/vendor/icons.svg"
SVG = "http://www.w3.org/2000/svg"  # the name of the format, not a place
KEPT = ("viewBox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")


class UnknownIcons(Exception):
    """Names that lucide-static does not have."""


def read_names(text: str) -> list[str]:
    """The names in a list: one a line, `#` begins a remark."""
    return sorted({line.partition("#")[0].strip() for line in text.splitlines()} - {""})


def sprite(names: list[str], icons: Path) -> str:
    """The sprite as text. Raises UnknownIcons with every name that is not there."""
    unknown = [name for name in names if not (icons / f"{name}.svg").is_file()]
    if unknown:
        raise UnknownIcons(", ".join(unknown))
    root = ET.Element(f"{{{SVG}}}svg")
    for name in names:
        icon = ET.parse(icons / f"{name}.svg").getroot()  # noqa: S314 - a package pinned by its hash
        kept = {key: icon.attrib[key] for key in KEPT if key in icon.attrib}
        symbol = ET.SubElement(root, f"{{{SVG}}}symbol", {"id": name} | kept)
        symbol.extend(list(icon))
        for part in symbol.iter():
            part.tail = None
            part.text = None
    ET.register_namespace("", SVG)
    licence = "<!-- lucide (ISC licence); see THIRD_PARTY.txt beside this file -->\n"
    return licence + ET.tostring(root, encoding="unicode") + "\n"


def main() -> int:
    """Write the sprite, or say which names are unknown."""
    try:
        text = sprite(read_names(NAMES.read_text(encoding="utf-8")), ICONS)
    except UnknownIcons as unknown:
        print(f"lucide-static has no icon named {unknown} (src/vardlots/static/icons.txt).", file=sys.stderr)
        return 1
    SPRITE.parent.mkdir(parents=True, exist_ok=True)
    SPRITE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
