"""Forms from FHIR and to FHIR. What a file holds that is not acted on is shown first; then it is saved as a version."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.admin.edit_pages import key_in
from vardlots.admin.files import as_file
from vardlots.admin.frame import Frame, around, kind_of, open_frame
from vardlots.admin.previews import drawn_questions
from vardlots.cases.web import house
from vardlots.configuration import actions
from vardlots.configuration import queries as configuration
from vardlots.configuration.actions import Change, ChangedMeanwhile
from vardlots.configuration.model import Item, may_change
from vardlots.forms import configured as forms
from vardlots.forms.configured import FORM, FormText
from vardlots.forms.faults import ContentError
from vardlots.forms.fhir.questionnaire import read_questionnaire
from vardlots.forms.fhir.remarks import Effect, Remark
from vardlots.forms.fhir.writing import write_questionnaire
from vardlots.forms.model import Form
from vardlots.forms.text import say
from vardlots.platform import clock, pages
from vardlots.platform.errors import Forbidden, Invalid, NotFound
from vardlots.platform.i18n import N_, plural, text
from vardlots.platform.limits import Limit
from vardlots.platform.pages import see

FILES = Limit(20, 600)
MOST_SIGNS = 500_000
MOST_PLACES = 3
MOST_UNFOLDED = 12
MEDIA_TYPE = "application/fhir+json"
HEADINGS = {
    Effect.LEFT_OUT: N_("Frågor som inte ställs"),
    Effect.KEPT: N_("Behålls men används inte"),
}


class Brought(msgspec.Struct, frozen=True):
    """A file that can be read, the code it is to be saved under, and what stands there now."""

    source: str
    form: Form
    remarks: list[Remark]
    key: str
    there: Item | None

    @property
    def mark(self) -> str:
        """Another when the file, the code or what stands there is another than was shown."""
        newest = self.there.newest if self.there is not None else -1
        return hashlib.sha256(f"{self.key} {newest} {self.source}".encode()).hexdigest()[:16]


class Typed(msgspec.Struct, frozen=True):
    """What was sent beside the file."""

    key: str = ""
    reason: str = ""


@get("/staff/admin/files/fhir")
async def choose_fhir(request: Web) -> Response[str]:
    """Where a Questionnaire is chosen."""
    by = await web.administrator(request)
    frame = await _frame(request, by)
    return pages.page(request, "admin/fhir.html", _context(frame, None, _asked(request), None))


def _asked(request: Web) -> Typed:
    key = request.query_params.get("key", "")
    return Typed(key=key if forms.CODE.fullmatch(key) else "")


async def _frame(request: Web, by: StaffActor) -> Frame:
    if not may_change(by, FORM, None):
        raise Forbidden("Din roll ändrar inte den här inställningen.", code="not_administrator")
    async with house(request).database.transaction(by.scope) as connection:
        return await open_frame(request, connection, by)


@post("/staff/admin/files/fhir", status_code=200)
async def bring_fhir(request: Web) -> Response[Any]:
    """A Questionnaire: first what it holds; with a reason and the same file once more, it is saved."""
    by = await web.administrator(request)
    frame = await _frame(request, by)
    sent = await request.form()
    mark, typed = (
        str(sent.get("mark", "")),
        Typed(str(sent.get("key", "")).strip(), str(sent.get("reason", ""))),
    )
    found: Brought | None = None
    FILES.take(by.staff_id)
    try:
        source = str(sent.get("source", "")) or await _uploaded(sent.get("file"))
        found = await _brought(request, by, source.replace("\r\n", "\n"), typed.key)
        if not mark:
            return pages.page(request, "admin/fhir.html", _context(frame, found, typed, None))
        if mark != found.mark:
            raise Invalid(
                "mark", "Något är ett annat än det som visades. Se efter en gång till och läs in sedan."
            )
        number = await _save(request, by, found, typed.reason)
    except Invalid as fault:
        context = _context(frame, found, typed, fault)
        return pages.page(request, "admin/fhir.html", context, status=422)
    except ContentError as wrong:
        context = _context(frame, None, typed, None) | {"refused": _refused(wrong, frame.lang)}
        return pages.page(request, "admin/fhir.html", context, status=422)
    return see(frame.address(FORM, found.key, saved=number))


async def _uploaded(file: Any) -> str:
    """The text of the file that was sent. Raises Invalid."""
    if not isinstance(file, UploadFile):
        raise Invalid("file", "Välj en fil.")
    content = await file.read(4 * MOST_SIGNS)
    if not content:
        raise Invalid("file", "Välj en fil.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("file", "Filen går inte att läsa. Den ska vara JSON i UTF-8.") from None


async def _brought(request: Web, by: StaffActor, source: str, key: str) -> Brought:
    """The file, read. Raises Invalid, ContentError."""
    if len(source) > MOST_SIGNS:
        raise Invalid(
            "file",
            "Filen är för stor. Den får vara högst {most} tecken.",
            most=f"{MOST_SIGNS:_}".replace("_", " "),
        )
    # A large file takes seconds: nobody else's page waits for it.
    form, remarks = await asyncio.to_thread(read_questionnaire, source.encode(), "")
    key = key or form.code
    async with house(request).database.transaction(by.scope) as connection:
        there = await configuration.item(connection, by.provider_id, FORM, key, clock.now())
    return Brought(source, form, remarks, key, there)


async def _save(request: Web, by: StaffActor, found: Brought, reason: str) -> int:
    """The number of the version that it became. Raises Invalid."""
    place = house(request)
    body = msgspec.to_builtins(FormText(found.source, format="fhir"))
    base = found.there.newest if found.there is not None else 0
    try:
        numbers = await actions.save(
            place.database,
            place.hub,
            by=by,
            kind=FORM,
            changes=[Change(key=found.key, body=body, base_version=base)],
            reason=reason,
        )
    except ChangedMeanwhile:
        raise Invalid(
            "mark", "Något är ett annat än det som visades. Se efter en gång till och läs in sedan."
        ) from None
    return numbers[0]


def _context(frame: Frame, found: Brought | None, typed: Typed, fault: Invalid | None) -> dict[str, Any]:
    lang = frame.lang
    crumbs = [(text(lang, FORM.label), frame.address(FORM)), (text(lang, "Läs in från FHIR"), "")]
    said = text(lang, fault.message, **fault.values) if fault is not None else ""
    field = fault.field if fault is not None else ""
    return {
        **around(frame, FORM, crumbs),
        "action": f"/staff/admin/files/fhir?at={frame.asked}" if frame.asked else "/staff/admin/files/fhir",
        "found": _drawn(frame, found) if found is not None else None,
        "key": found.key if found is not None else typed.key,
        "reason": typed.reason,
        "fault": "" if field in ("key", "reason") else said,
        "key_fault": said if field == "key" else "",
        "reason_fault": said if field == "reason" else "",
        "refused": [],
        "most": MOST_SIGNS // 1000,
    }


def _drawn(frame: Frame, found: Brought) -> dict[str, Any]:
    lang, form = frame.lang, found.form
    questions = sum(place.item.is_question and not place.item.hidden for place in form.places.values())
    written = FormText(found.source, format="fhir")
    replaces = ""
    if found.there is not None:
        replaces = text(
            lang,
            "Formuläret {key} finns redan. Filen blir en ny version av det, från det att du läser in den.",
            key=found.key,
        )
    return {
        "title": say(form.title, lang),
        "questions": plural(lang, "En fråga.", "{n} frågor.", questions),
        "replaces": replaces,
        "mark": found.mark,
        "source": found.source,
        "blocks": [_block(found, effect, lang) for effect in HEADINGS],
        "preview": drawn_questions(frame, forms.preview(written, lang)),
    }


def _block(found: Brought, effect: Effect, lang: str) -> dict[str, Any]:
    """The remarks of an effect; a long list that changes little is folded."""
    remarks = _grouped(found.remarks, effect, lang)
    unfolded = effect is Effect.LEFT_OUT or len(remarks) <= MOST_UNFOLDED
    return {"label": text(lang, HEADINGS[effect]), "remarks": remarks, "open": unfolded}


def _grouped(remarks: Sequence[Remark], effect: Effect, lang: str) -> list[dict[str, Any]]:
    """The remarks of an effect: what is the same once, with the first places it stands at."""
    places: dict[str, list[str]] = {}
    for one in remarks:
        if one.effect is effect:
            words = one.what.swedish if lang == "sv" else str(one.what)
            places.setdefault(words[:1].upper() + words[1:], []).append(one.path)
    return [
        {
            "text": words,
            "places": [path for path in found if path][:MOST_PLACES],
            "more": max(0, len(found) - MOST_PLACES),
        }
        for words, found in places.items()
    ]


def _refused(wrong: ContentError, lang: str) -> list[dict[str, str]]:
    return [
        {
            "where": one.id,
            "what": str(getattr(one.sentence, "swedish", one.sentence)) if lang == "sv" else one.sentence,
        }
        for one in wrong.faults[:20]
    ]


@get("/staff/admin/{kind:str}/{key:str}/fhir")
async def export_fhir(request: Web) -> Response[bytes]:
    """The form in force as a FHIR Questionnaire."""
    by = await web.administrator(request)
    key = key_in(request)
    if kind_of(request) is not FORM:
        raise NotFound()
    async with house(request).database.transaction(by.scope) as connection:
        found = await configuration.item(connection, by.provider_id, FORM, key, clock.now())
    if found is None:
        raise NotFound()
    try:
        form = forms.of_body(key, found.version, found.body)
    except (ContentError, msgspec.ValidationError):
        raise NotFound() from None
    content = msgspec.json.format(msgspec.json.encode(write_questionnaire(form)), indent=2)
    return as_file(content, f"{key}.questionnaire.json", MEDIA_TYPE)
