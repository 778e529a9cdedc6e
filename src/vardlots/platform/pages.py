"""Drawing pages: one MiniJinja environment per language, templates from every subject's own folder."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import minijinja
from babel.dates import format_date
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.types import Scope as AsgiScope
from litestar.utils.scope.state import ScopeState

from vardlots.platform import clock, helps, i18n
from vardlots.platform.static import asset, modules

ROOT = Path(__file__).parent.parent


@cache
def _template_files() -> dict[str, Path]:
    """Every template by its name: the path below its `templates` folder."""
    found: dict[str, Path] = {}
    for folder in sorted(ROOT.glob("*/templates")):
        for path in folder.rglob("*.html"):
            name = path.relative_to(folder).as_posix()
            if name in found:
                raise ValueError(f"two templates are named {name}")
            found[name] = path
    return found


@cache
def environment(lang: str) -> Any:
    """The templates in one language."""

    def load(name: str) -> str | None:
        file = _template_files().get(name)
        return i18n.translate_constants(file.read_text(encoding="utf-8"), lang) if file else None

    env: Any = minijinja.Environment(loader=load)
    env.trim_blocks = True
    env.lstrip_blocks = True
    env.undefined_behavior = "strict"
    env.add_function("asset", asset)
    env.add_function("modules", modules)
    env.add_function("_", i18n.translator(lang))
    env.add_function("_f", lambda source, **values: i18n.text(lang, source, **values))
    env.add_function("_n", lambda one, many, n, **values: i18n.plural(lang, one, many, n, **values))
    env.add_filter("clock", clock_time)
    env.add_filter("day", lambda moment: day_words(moment, lang))
    env.add_filter("when", lambda moment: when_words(moment, lang))
    env.add_filter("iso", lambda moment: moment.isoformat(timespec="seconds"))
    env.add_global("lang", lang)
    env.add_global("comma", i18n.comma(lang))
    env.add_global("dir", i18n.dir_of(lang))
    env.add_function("tongue", lambda words: minijinja.safe(i18n.tongue_attributes(lang, words)))
    env.add_global("languages", [_named(code) for code in i18n.LANGUAGES])
    return env


def _named(code: str) -> dict[str, Any]:
    """A language as it is offered: its code, what it calls itself, its direction, whether a translator has read it."""
    return {
        "code": code,
        "name": i18n.NAMES[code],
        "dir": i18n.dir_of(code),
        "reviewed": code not in i18n.UNREVIEWED,
    }


_MONTHS = {
    "sv": ("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
}
_DAYS = {
    "sv": ("mån", "tis", "ons", "tors", "fre", "lör", "sön"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def clock_time(moment: datetime) -> str:
    """The wall clock in Sweden, as 09.52."""
    return clock.local(moment).strftime("%H.%M")


def day_words(moment: datetime | date, lang: str) -> str:
    """A day in words, as *tors 19 nov*. Languages besides our own two say it as CLDR does, in figures that all read."""
    day = clock.local(moment).date() if isinstance(moment, datetime) else moment
    if lang not in _MONTHS:
        return str(format_date(day, "EEEE d MMMM", locale=lang))
    return f"{_DAYS[lang][day.weekday()]} {day.day} {_MONTHS[lang][day.month - 1]}"


def when_words(moment: datetime, lang: str) -> str:
    """A moment as one would say it today: 09.52 today, *i går 09.52* yesterday, *tors 19 nov 09.52* otherwise."""
    days_ago = (clock.today() - clock.local(moment).date()).days
    if days_ago == 0:
        return clock_time(moment)
    if days_ago == 1:
        yesterday = i18n.text(lang, "i går")
        return f"{yesterday} {clock_time(moment)}"
    return f"{day_words(moment, lang)} {clock_time(moment)}"


def language_of(request: Request[Any, Any, Any]) -> str:
    """The language of the page: the reader's own choice, else the browser's, else Swedish.

    Staff's pages have the languages that staff work in, whatever the browser of a shared computer was left in.
    """
    known = i18n.STAFF_LANGUAGES if request.url.path.startswith("/staff") else i18n.LANGUAGES
    chosen = request.cookies.get("lang", "")
    return chosen if chosen in known else i18n.best_language(request.headers.get("accept-language"), known)


def csrf_token(scope: AsgiScope) -> str:
    """The token that a form on this page must send back."""
    token = ScopeState.from_scope(scope).csrf_token
    return token if isinstance(token, str) else ""


def render(lang: str, template: str, context: Mapping[str, Any]) -> str:
    """Draw a template."""
    return str(environment(lang).render_template(template, **context))


def page(
    request: Request[Any, Any, Any],
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """A page or fragment as a response, never kept by anybody on the way."""
    lang = language_of(request)
    body = render(
        lang,
        template,
        {
            "csrf_token": csrf_token(request.scope),
            "path": request.url.path,
            # Whoever reads, as an id: what a browser keeps unsent is kept apart by it.
            "reader": request.scope.get("state", {}).get("reader", ""),
            "now": clock.now().isoformat(timespec="seconds"),
            "help": helps.for_page(request.scope, request.query_params, template, lang),
            **(context or {}),
        },
    )
    return Response(
        body,
        status_code=status,
        media_type=MediaType.HTML,
        headers={
            "cache-control": "no-store",
            "vary": "cookie, accept-language, hx-request",
            **(headers or {}),
        },
    )


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """Whether the browser asks for a part of a page (htmx) rather than a whole one."""
    return request.headers.get("hx-request") == "true"


def see(address: str) -> Response[Any]:
    """On to another page, by GET; nobody keeps the way there."""
    return Response(b"", status_code=303, headers={"location": address, "cache-control": "no-store"})
