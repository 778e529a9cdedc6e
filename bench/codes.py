"""Finding a code while it is typed: the whole of a list as large as the authority's, every prefix of what is written.

What is timed is the search itself, as `POST /staff/codes` does it: codes, words, parts of words, misspellings. The
words are made up in the shape of the authority's titles. `--codes FILE…` measures the authority's own files instead,
where an installation has them.
"""

import random
import time
from collections.abc import Sequence
from pathlib import Path

from bench.client import percentile
from bench.report import Report
from vardlots.notes.codebook import CONTENT
from vardlots.notes.codes import Code, CodeIndex
from vardlots.notes.codes_import import Imported, read_code_files

CODES = 40_000
_STEMS = [
    "akut",
    "kronisk",
    "hals",
    "bröst",
    "axel",
    "sår",
    "öga",
    "öra",
    "hud",
    "lunga",
    "lever",
    "njure",
    "hjärta",
    "mage",
    "tarm",
    "led",
    "ben",
    "hand",
    "fot",
    "rygg",
    "nacke",
    "blod",
    "kärl",
    "nerv",
    "körtel",
    "slemhinna",
    "bihåla",
    "luftrör",
    "blåsa",
    "urin",
]
_ENDS = [
    "inflammation",
    "smärta",
    "tumör",
    "skada",
    "infektion",
    "svullnad",
    "brott",
    "förträngning",
    "blödning",
    "sjukdom",
    "besvär",
    "brist",
]
_SMALL = [
    "i",
    "av",
    "med",
    "utan",
    "vid",
    "och",
    "på",
    "efter",
    "ospecificerad",
    "annan",
    "multipel",
    "medfödd",
    "förvärvad",
    "sekundär",
]


def made_up(count: int = CODES) -> Imported:
    """A list of so many diagnoses, always the same."""
    chance = random.Random(7)
    words = [first + end for first in _STEMS for end in _ENDS] + [
        first + "s" + second + end for first in _STEMS for second in _STEMS for end in _ENDS
    ]
    codes = []
    for number in range(count):
        title = " ".join(
            chance.choice(words) if place % 2 == 0 else chance.choice(_SMALL)
            for place in range(chance.randint(1, 7))
        )
        code = f"{chr(65 + number // 10_000 % 26)}{number % 10_000 // 100:02}.{number % 100:02}"
        codes.append(Code(code, title.capitalize()))
    return Imported("diagnosis", tuple(codes), 0)


def measure(report: Report, scale: float, files: Sequence[Path] = ()) -> None:
    """`code_search_ms`: the 99th percentile over every prefix of what people type."""
    imported = read_code_files(files) if files else made_up()
    index = CodeIndex.load(imported.text, CONTENT / "primary_care_sv.toml")
    times: list[float] = []
    for typed in _typed(imported, max(int(600 * scale), 60)):
        for end in range(1, len(typed) + 1):
            began = time.perf_counter()
            index.search(typed[:end])
            times.append(time.perf_counter() - began)
    times.sort()
    report.add(
        "code_search_ms",
        percentile(times, 0.99) * 1000,
        f"p99 of {len(times)} prefixes in {len(index):,} codes; median {percentile(times, 0.5) * 1000:.2f} ms, "
        f"worst {times[-1] * 1000:.1f} ms",
    )


def _typed(imported: Imported, count: int) -> list[str]:
    """What people type: a code, a title's beginning, a word of it, a part of a word, one with a letter wrong."""
    chance = random.Random(11)
    written = []
    for one in chance.choices(imported.codes, k=count):
        word = chance.choice(one.title.split())
        at = chance.randrange(len(word))
        written.append(
            chance.choice(
                (
                    one.code,
                    one.title[:30],
                    word,
                    word[len(word) // 3 :],
                    word[:at] + word[at + 1 :],
                    word[:at] + "x" + word[at:],
                )
            )
        )
    return written
