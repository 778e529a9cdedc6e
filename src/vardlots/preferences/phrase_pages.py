"""*Fraser*: a member of staff's own phrases, for themselves alone: listed, added, edited, removed."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.configuration.placeholders import fill
from vardlots.conversations.own_phrases import actions
from vardlots.conversations.own_phrases.actions import NewPhrase
from vardlots.conversations.own_phrases.queries import OwnPhrase, own_phrase, own_phrases
from vardlots.conversations.phrases import values_for
from vardlots.platform import i18n, pages
from vardlots.platform.errors import Invalid, WrongState
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.preferences.frame import PHRASES, frame


@get(PHRASES)
async def phrases(request: Web) -> Response[Any]:
    """One's own phrases, and where the shared ones are."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        shell = await frame(request, connection, by, PHRASES)
        own = await own_phrases(connection, by)
    saved = request.query_params.get("saved", "")
    return pages.page(
        request,
        "preferences/phrases.html",
        shell
        | {
            "own": own,
            "saved": saved if saved in ("1", "removed") else "",
            "administers": bool(by.administers),
        },
    )


@get(f"{PHRASES}/new")
async def new_phrase(request: Web) -> Response[Any]:
    """An empty phrase."""
    by = await web.carer(request)
    return await _draw(request, by, 0, _Typed())


@post(f"{PHRASES}/new")
async def add_phrase(request: Web) -> Response[Any]:
    """Keep a new phrase."""
    by = await web.carer(request)
    typed = _Typed(await request.form())
    try:
        await actions.add_phrase(house(request).database, by=by, new=typed.new)
    except Invalid as refusal:
        return await _draw(request, by, 0, typed, refusal=refusal)
    return see(f"{PHRASES}?saved=1")


@get(f"{PHRASES}/{{phrase_id:int}}")
async def phrase(request: Web, phrase_id: FromPath[int]) -> Response[Any]:
    """One phrase to edit."""
    by = await web.carer(request)
    return await _draw(request, by, phrase_id, _Typed(kept=await _kept(request, by, phrase_id)))


@post(f"{PHRASES}/{{phrase_id:int}}")
async def change_phrase(request: Web, phrase_id: FromPath[int]) -> Response[Any]:
    """Keep what was changed, if no other tab has changed it meanwhile."""
    by = await web.carer(request)
    typed = _Typed(await request.form())
    try:
        await actions.change_phrase(
            house(request).database, by=by, phrase_id=phrase_id, rev=typed.rev, new=typed.new
        )
    except Invalid as refusal:
        return await _draw(request, by, phrase_id, typed, refusal=refusal)
    except WrongState:
        kept = await _kept(request, by, phrase_id)
        typed.rev = kept.rev
        return await _draw(request, by, phrase_id, typed, moved=kept)
    return see(f"{PHRASES}?saved=1")


@post(f"{PHRASES}/{{phrase_id:int}}/remove")
async def remove_phrase(request: Web, phrase_id: FromPath[int]) -> Response[Any]:
    """*Ta bort*."""
    by = await web.carer(request)
    await actions.remove_phrase(house(request).database, by=by, phrase_id=phrase_id)
    return see(f"{PHRASES}?saved=removed")


class _Typed:
    """A phrase as it stands in the form: sent, or kept."""

    def __init__(self, form: Any = None, kept: OwnPhrase | None = None) -> None:
        def sent(name: str) -> str:
            return str(form.get(name, "")).replace("\r\n", "\n") if form is not None else ""

        self.title = kept.title if kept else sent("title")
        self.text = kept.text if kept else sent("text")
        self.text_en = kept.text_en if kept else sent("text_en")
        self.words = ", ".join(kept.words) if kept else sent("words")
        self.rev = kept.rev if kept else whole(sent("rev"), 8) or 0

    @property
    def new(self) -> NewPhrase:
        """What to keep."""
        return NewPhrase(self.title, self.text, self.text_en, tuple(self.words.split(",")))


async def _kept(request: Web, by: StaffActor, phrase_id: int) -> OwnPhrase:
    async with house(request).database.transaction(by.scope) as connection:
        return await own_phrase(connection, by, phrase_id)


async def _draw(
    request: Web,
    by: StaffActor,
    phrase_id: int,
    typed: _Typed,
    *,
    refusal: Invalid | None = None,
    moved: OwnPhrase | None = None,
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        shell = await frame(request, connection, by, PHRASES)
    lang = shell["lang"]
    fault = i18n.text(lang, refusal.message, **refusal.values) if refusal else ""
    errors = {refusal.field: fault} if refusal else {}
    values = values_for(by, patient=i18n.text(lang, "Elin"), unit=i18n.text(lang, "enheten"), lang=lang)
    return pages.page(
        request,
        "preferences/phrase.html",
        shell
        | {
            "phrase_id": phrase_id,
            "typed": {name: getattr(typed, name) for name in ("title", "text", "text_en", "words", "rev")},
            "errors": errors,
            "summary": [{"id": name, "text": told} for name, told in errors.items()],
            "moved": moved,
            "example": fill(typed.text, values | {"time": "14.30"}) if typed.text else "",
            "action": f"{PHRASES}/{phrase_id}" if phrase_id else f"{PHRASES}/new",
        },
        status=422 if refusal else 409 if moved else 200,
    )


HANDLERS = (phrases, new_phrase, add_phrase, phrase, change_phrase, remove_phrase)
