"""Help texts in place (*användarhandbok*), from `content/help`: one file per page, checked when loaded.

A page has its help by its route: no handler names it. A file says which routes it is for, and may narrow them by a
parameter (a tab, a kind) with `match`, or by the template where a route draws more than one page.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from vardlots.platform.content import CONTENT

FOLDER = CONTENT / "help"
LEAST, MOST = 2, 5  # sentences
LONGEST = 240  # signs in one of them
ASKED = "shows_help"  # where a request's state says whether its reader wants them


class BadHelp(ValueError):
    """A file of help texts is wrong; the message says which and how."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page is called, and what one needs to know to use it."""

    title: str
    lines: tuple[str, ...]


class Help(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file. `match` holds parameters of the address or the query with the value they must have."""

    sv: Words
    en: Words
    routes: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    match: dict[str, str] = {}

    def words(self, lang: str) -> Words:
        """The texts in a language; Swedish where there is no other."""
        return self.en if lang == "en" else self.sv


class Book:
    """All help texts, found by the page they stand on."""

    def __init__(self, pages: Mapping[str, Help]) -> None:
        self.pages = dict(pages)
        self._by_route: dict[str, list[str]] = {}
        self._by_template: dict[str, str] = {}
        for name, page in pages.items():
            for route in page.routes:
                self._by_route.setdefault(route, []).append(name)
            for template in page.templates:
                if template in self._by_template:
                    raise BadHelp(f"{name}.toml: {template} has a help text already")
                self._by_template[template] = name
        for route, names in self._by_route.items():
            # The most particular first; two that say the same could be told apart by nobody.
            names.sort(key=lambda name: -len(pages[name].match))
            said = [tuple(sorted(pages[name].match.items())) for name in names]
            if len(set(said)) != len(said):
                raise BadHelp(f"{route} has two help texts: {', '.join(names)}")

    def find(self, route: str, parameters: Mapping[str, str], template: str = "") -> str | None:
        """The name of the page's help, or None."""
        if template in self._by_template:
            return self._by_template[template]
        for name in self._by_route.get(route, ()):
            if all(parameters.get(key) == value for key, value in self.pages[name].match.items()):
                return name
        return None


@cache
def book() -> Book:
    """The product's own help texts. Raises BadHelp."""
    return load(FOLDER)


def load(folder: Path) -> Book:
    """Read a folder. Raises BadHelp."""
    return Book({path.stem: _read(path) for path in sorted(folder.glob("*.toml"))})


def _read(path: Path) -> Help:
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Help)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise BadHelp(f"{path.name}: {fault}") from None
    if not found.routes and not found.templates:
        raise BadHelp(f"{path.name}: says neither routes nor templates")
    for lang, words in (("sv", found.sv), ("en", found.en)):
        if not words.title.strip() or not LEAST <= len(words.lines) <= MOST:
            raise BadHelp(f"{path.name}, {lang}: needs a title and {LEAST} to {MOST} lines")
        for line in words.lines:
            if len(line) > LONGEST or "!" in line or not line.endswith("."):
                raise BadHelp(f"{path.name}, {lang}: a calm sentence of at most {LONGEST} signs: {line!r}")
    return found


def shown(name: str | None, lang: str, *, on: bool) -> dict[str, Any]:
    """What `components/help.html` draws: the page's name, whether help is on, and its words where it is."""
    page = book().pages.get(name) if name else None
    if page is None:
        return {"on": on, "page": "", "title": "", "lines": ()}
    words = page.words(lang)
    return {"on": on, "page": name, "title": words.title, "lines": words.lines if on else ()}


def for_page(scope: Mapping[str, Any], parameters: Mapping[str, str], template: str, lang: str) -> Any:
    """The help of the page that a request draws; None for a reader who has none (patients, nobody)."""
    asked = scope.get("state", {}).get(ASKED)
    if asked is None or template.startswith("errors/"):
        return None
    given = {**parameters, **{key: str(value) for key, value in scope.get("path_params", {}).items()}}
    return shown(book().find(str(scope.get("path_template", "")), given, template), lang, on=bool(asked))
