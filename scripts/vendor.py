"""Copy what the browser needs from node_modules to `src/vardlots/static/vendor`, with the licences."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src/vardlots/static/vendor"
FONTS = "@fontsource-variable/inter/files/inter-{}-wght-normal.woff2"
FILES = ("htmx.org/dist/htmx.min.js", FONTS.format("latin"), FONTS.format("latin-ext"))
# What documents are set in: the product's own face, and one with the letters of most languages for what it lacks.
DOCUMENT_FONTS = (
    "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
    "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf",
)
PACKAGES = {
    "htmx.org": "LICENSE",
    "@fontsource-variable/inter": "LICENSE",
    "lucide-static": "LICENSE",
    "@expo-google-fonts/inter": "LICENSE_FONT",
    "dejavu-fonts-ttf": "LICENSE",
}


def main() -> int:
    """Copy, or say what is missing."""
    missing = [name for name in (*FILES, *DOCUMENT_FONTS) if not (MODULES / name).is_file()]
    if missing:
        print(f"node_modules lacks {', '.join(missing)}: run make setup.", file=sys.stderr)
        return 1
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(MODULES / name, VENDOR / Path(name).name)
    (VENDOR / "fonts").mkdir(exist_ok=True)
    for name in DOCUMENT_FONTS:
        shutil.copyfile(MODULES / name, VENDOR / "fonts" / Path(name).name)
    licences = [
        f"{name}\n\n{(MODULES / name / file).read_text(encoding='utf-8')}" for name, file in PACKAGES.items()
    ]
    (VENDOR / "THIRD_PARTY.txt").write_text("\n----\n\n".join(licences), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
