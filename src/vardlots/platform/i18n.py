"""Languages: Swedish source texts, gettext catalogues for the others.

Constant texts in templates are translated when a template is loaded, once per language, so that a page with fifty
rows pays nothing for its words. Texts with values go through `_f` and `_n` while the page is drawn.

What is not written in a language is said in Swedish; `tongue` marks it where it stands (docs/guides/languages.md).
"""

import gettext
import json
import re
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

LOCALE_DIR = Path(__file__).parent.parent / "locale"
SOURCE = "sv"
LANGUAGES = ("sv", "en", "ar")
# Staff work in these; who reads another language as a patient has Swedish on the pages of staff.
STAFF_LANGUAGES = ("sv", "en")
# What each language calls itself, in the order in which they are offered.
NAMES = {"sv": "Svenska", "en": "English", "ar": "العربية"}
# Whose catalogue no translator has read through; the reader is told so where the language is chosen.
UNREVIEWED = frozenset({"ar"})
# The letters of the languages that are written from right to left.
_RIGHT_TO_LEFT = {"ar": re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")}
# Around a value, so that it keeps its own direction and disturbs nothing beside it: left to right, right to left, end.
_LEFT, _RIGHT, _END = "\u2066", "\u2067", "\u2069"
# What stands between the parts of a line, where it is another sign than in Swedish.
_COMMA = {"ar": "\u060c "}

# `_("…")` or `_('…')` in a template; escapes within are allowed.
_CALL = re.compile(r"""(?<![\w.])_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\)""")


@cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language; the source language needs none."""
    if lang == SOURCE:
        return gettext.NullTranslations()
    return gettext.translation("messages", LOCALE_DIR, languages=[lang], fallback=True)


def translator(lang: str) -> Callable[[str], str]:
    """The gettext function of a language. Nothing stays nothing: gettext's empty text is the catalogue's own head."""
    gettext_of = catalogue(lang).gettext
    return lambda source: gettext_of(source) if source else ""


def N_(source: str) -> str:
    """Marks a source text that stands in a table or a class; it is translated where it is shown."""
    return source


def text(lang: str, source: str, **values: object) -> str:
    """A source text in a language, with its values filled in."""
    translated = translator(lang)(source)
    return translated.format(**_isolated(lang, values)) if values else translated


def plural(lang: str, one: str, many: str, n: int, **values: object) -> str:
    """The singular or plural text for n, with `{n}` and other values filled in."""
    return catalogue(lang).ngettext(one, many, n).format(n=n, **_isolated(lang, values))


def _isolated(lang: str, values: dict[str, object]) -> dict[str, object]:
    return {name: apart(lang, value) if isinstance(value, str) else value for name, value in values.items()}


def apart(lang: str, value: str) -> str:
    """A value as it stands in a sentence of a language. From right to left a name, a number or a time is set apart, or
    070-174 06 12 comes out back to front.
    """
    letters = _RIGHT_TO_LEFT.get(lang)
    if letters is None or not value:
        return value
    return f"{_RIGHT if letters.search(value) else _LEFT}{value}{_END}"


def comma(lang: str) -> str:
    """The comma of a language, with the space after it."""
    return _COMMA.get(lang, ", ")


def joined(lang: str, *parts: str) -> str:
    """Parts of a line beside each other, *Axelbesvär, Ängsviken*, with the language's comma, each part set apart.
    Empty parts are left out."""
    return comma(lang).join(apart(lang, part) for part in parts if part)


def dir_of(lang: str) -> str:
    """The direction a language is written in, as HTML has it: "ltr" or "rtl"."""
    return "rtl" if lang in _RIGHT_TO_LEFT else "ltr"


def shared(lang: str) -> str:
    """The language of what a reader and staff both read: the reader's own where staff have it, else Swedish."""
    return lang if lang in STAFF_LANGUAGES else SOURCE


def tongue(lang: str, words: object) -> str:
    """The language that words of content stand in on a page in `lang`: Swedish where they are not written in `lang`.

    Told by the letters: a text in Arabic has some, and one that fell back to Swedish has none. For a language with
    the letters of Swedish nothing can be told, and content has all of those (`forms.text.LANGUAGES`).
    """
    letters = _RIGHT_TO_LEFT.get(lang)
    said = str(words or "")
    if letters is None or letters.search(said) or not any(sign.isalpha() for sign in said):
        return lang
    return SOURCE


def tongue_attributes(lang: str, words: object) -> str:
    """The attributes of the element around words of content: ` lang="sv" dir="ltr"`, or none."""
    said_in = tongue(lang, words)
    return "" if said_in == lang else f' lang="{said_in}" dir="{dir_of(said_in)}"'


def translate_constants(template: str, lang: str) -> str:
    """Replace every constant `_("…")` in a template's source by its text as a literal."""
    translate = translator(lang)

    def replaced(match: re.Match[str]) -> str:
        raw = match[1] if match[1] is not None else match[2]
        source = re.sub(r"\\(.)", r"\1", raw)
        return json.dumps(translate(source), ensure_ascii=False)

    return _CALL.sub(replaced, template)


def best_language(accept: str | None, among: Collection[str] = LANGUAGES) -> str:
    """The first language of an Accept-Language header that there is a catalogue for."""
    for part in (accept or "").split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in among:
            return code
    return SOURCE
