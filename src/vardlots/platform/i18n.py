"""Languages: Swedish source texts, gettext catalogues for the others.

Constant texts in templates are translated when a template is loaded, once per language, so that a page with fifty
rows pays nothing for its words. Texts with values go through `_f` and `_n` while the page is drawn.
"""

import gettext
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

LOCALE_DIR = Path(__file__).parent.parent / "locale"
SOURCE = "sv"
LANGUAGES = ("sv", "en")

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
    return translated.format(**values) if values else translated


def plural(lang: str, one: str, many: str, n: int, **values: object) -> str:
    """The singular or plural text for n, with `{n}` and other values filled in."""
    return catalogue(lang).ngettext(one, many, n).format(n=n, **values)


def translate_constants(template: str, lang: str) -> str:
    """Replace every constant `_("…")` in a template's source by its text as a literal."""
    translate = translator(lang)

    def replaced(match: re.Match[str]) -> str:
        raw = match[1] if match[1] is not None else match[2]
        source = re.sub(r"\\(.)", r"\1", raw)
        return json.dumps(translate(source), ensure_ascii=False)

    return _CALL.sub(replaced, template)


def best_language(accept: str | None) -> str:
    """The first language of an Accept-Language header that there is a catalogue for."""
    for part in (accept or "").split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return SOURCE
