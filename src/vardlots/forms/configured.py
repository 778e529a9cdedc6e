"""*Formulär* that a provider has changed or written: text like the files', checked like them before it is saved.

A saved version is a form of its own number, for ever: answers are read with the version they were given in.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Annotated, Any, Literal

import msgspec
import structlog

from vardlots.configuration import kinds, queries
from vardlots.configuration.book import Book
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.forms.authoring import FormLibrary, load_forms, read_form
from vardlots.forms.calculations.plan import has_expressions
from vardlots.forms.faults import ContentError, ContentFault, Told
from vardlots.forms.fhir.questionnaire import read_questionnaire, title_in
from vardlots.forms.instances import has_repeating_groups
from vardlots.forms.lines import problems_of
from vardlots.forms.model import Form, ItemType
from vardlots.forms.text import say
from vardlots.platform.content import CONTENT
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

log = structlog.get_logger()

SAVED_FROM = 1000
"""Versions of files are below this number, those that a provider has saved above it: the two never meet."""
MOST_TOML = 200_000
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
# What the product itself does something with; a changed form must still ask it.
NEEDED: Mapping[str, Mapping[str, ItemType]] = {
    "post_triage": {
        "share_history": ItemType.BOOLEAN,
        "share_medications": ItemType.BOOLEAN,
        "mobile": ItemType.STRING,
        "interpreter": ItemType.BOOLEAN,
        "interpreter_language": ItemType.OPEN_CHOICE,
    },
    "post_service": {
        "mobile": ItemType.STRING,
        "interpreter": ItemType.BOOLEAN,
        "interpreter_language": ItemType.OPEN_CHOICE,
    },
}


class FormText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form as it is written, and what its author wants to tell about it."""

    source: Annotated[
        str,
        msgspec.Meta(
            title=N_("Formuläret"),
            description=N_(
                "Frågor och texter. Numret som står vid version räknas inte: varje sparad version får ett eget."
            ),
            max_length=500_000,
            extra_json_schema={"widget": "toml"},
        ),
    ]
    note: Annotated[
        str,
        msgspec.Meta(
            title=N_("Anteckning"),
            description=N_("Källor och överväganden, för den som granskar."),
            max_length=2000,
            extra_json_schema={"widget": "textarea"},
        ),
    ] = ""
    format: Annotated[
        Literal["toml", "fhir"],
        msgspec.Meta(
            title=N_("Skrivet som"),
            description=N_("Formulär som lästs in från FHIR behåller allt som filen innehöll."),
            extra_json_schema={
                "labels": {"toml": N_("Vårdlots egen text (TOML)"), "fhir": N_("FHIR Questionnaire (JSON)")}
            },
        ),
    ] = "toml"

    def form(self, code: str) -> Form:
        """The form that is written. Raises ContentError."""
        source = self.source.encode()
        if self.format == "fhir":
            return msgspec.structs.replace(read_questionnaire(source, code)[0], code=code)
        return read_form(source, code)


@cache
def library() -> FormLibrary:
    """The forms of the files. Raises ContentError when one of them is wrong."""
    return load_forms(CONTENT / "forms")


@lru_cache(maxsize=256)
def compiled(code: str, version: int, written: FormText) -> Form:
    """The form of a saved text. Raises ContentError."""
    return msgspec.structs.replace(written.form(code), code=code, version=version)


def of_body(code: str, version: int, body: Mapping[str, Any]) -> Form:
    """The form that a saved body holds; `version` is the saved one, 0 for what stands from the start.

    Raises ContentError, msgspec.ValidationError.
    """
    written = msgspec.convert(dict(body), FormText)
    return compiled(code, SAVED_FROM + version if version else written.form(code).version, written)


def in_force(saved: Book, code: str) -> Form:
    """The form that new answers are given in: the provider's own, or the files' newest. Raises LookupError."""
    written = saved.saved(FORM, FormText).get(code)
    if written is not None:
        version = SAVED_FROM + saved.place(FORM, code).version
        try:
            return compiled(code, version, written)
        except ContentError:
            # Saved by an older version of the product, with other laws: the file's holds instead.
            log.exception("form_unreadable", form=code, version=version)
    return library().form(code)


async def in_version(connection: Connection, provider_id: int, code: str, version: int) -> Form:
    """The form exactly as it was in that version. Raises LookupError."""
    if version < SAVED_FROM:
        return library().form(code, version)
    kept = await queries.version(connection, provider_id, FORM.code, code, version - SAVED_FROM)
    if kept is None:
        raise LookupError(f"no form {code} version {version}")
    try:
        return compiled(code, version, msgspec.convert(kept.body, FormText))
    except (ContentError, msgspec.ValidationError) as fault:
        raise LookupError(f"form {code} version {version} cannot be read") from fault


def problems(code: str, written: FormText) -> list[Problem]:
    """Everything that keeps a text from being saved."""
    if not CODE.fullmatch(code):
        return [Problem("key", N_("Skriv koden med små bokstäver a–z, siffror och understreck."))]
    if written.format == "toml" and len(written.source) > MOST_TOML:
        return [Problem("source", N_("Korta formuläret till högst {most} tecken."), {"most": MOST_TOML})]
    try:
        faults: Sequence[ContentFault] = _missing(code, written.form(code))
    except ContentError as wrong:
        faults = wrong.faults
    return _by_path(faults) if written.format == "fhir" else problems_of(written.source, faults)


def _by_path(faults: Iterable[ContentFault]) -> list[Problem]:
    """The faults of a FHIR file, by their places in it."""
    return [
        Problem("source", N_("{where}: {what}"), {"where": fault.id or "JSON", "what": fault.swedish})
        for fault in faults
    ]


def _missing(code: str, form: Form) -> list[ContentFault]:
    faults = []
    if form.code != code:
        faults.append(
            ContentFault(
                code, "code", Told({"sv": "ska vara ”{code}”.", "en": "must be “{code}”."}, code=code)
            )
        )
    if code in NEEDED and (has_expressions(form) or has_repeating_groups(form)):
        # Its page asks one question after another and calculates nothing.
        said = {
            "sv": "det här formuläret kan inte ha grupper som upprepas eller värden som räknas ut.",
            "en": "this form cannot have groups that repeat or calculated values.",
        }
        faults.append(ContentFault(code, "", Told(said)))
    for link_id, kind in NEEDED.get(code, {}).items():
        item = form.find(link_id)
        if item is None or item.type is not kind:
            said = {
                "sv": "frågan behövs, av typen {type}: det den ger används på andra ställen.",
                "en": "is needed, of type {type}: what it gives is used elsewhere.",
            }
            faults.append(ContentFault(code, link_id, Told(said, type=kind.value)))
    return faults


def preview(written: FormText, lang: str) -> list[dict[str, Any]]:
    """The questions in their order, as data to draw: id, text, help, type, options, when shown. Raises ContentError."""
    form = written.form("form")
    return [
        {
            "id": link_id,
            "text": say(place.item.text, lang),
            "help": say(place.item.help, lang) if place.item.help else "",
            "type": place.item.type.value,
            "several": place.item.repeats,
            "required": place.item.required,
            "options": [
                {"text": say(option.text, lang), "picture": option.picture or ""}
                for option in place.item.answer_option
            ],
            "shown_if": [
                f"{when.question} {when.operator.value} {when.answer}" for when in place.item.enable_when
            ],
        }
        for link_id, place in form.places.items()
        if not any(one.hidden for one in (*place.inside, place.item))
    ]


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {code: Standing({"source": source, "note": ""}) for code, source in _texts().items()}


@cache
def _texts() -> dict[str, str]:
    """The text of each form of the files, in its newest version."""
    found: dict[str, tuple[int, str]] = {}
    for path in sorted((CONTENT / "forms").rglob("*.toml")):
        source = path.read_text(encoding="utf-8")
        form = read_form(source.encode(), path.name)
        if form.version > found.get(form.code, (0, ""))[0]:
            found[form.code] = (form.version, source)
    return {code: source for code, (_, source) in found.items()}


async def _check(_connection: Connection, _provider_id: int, key: str, value: FormText) -> list[Problem]:
    return problems(key, value)


def _title(written: FormText) -> str:
    if written.format == "fhir":
        return title_in(written.source)
    found = re.search(r'^title(?:\.sv\s*=|\s*=\s*\{\s*sv\s*=)\s*"([^"]+)"', written.source, re.MULTILINE)
    return found[1] if found else ""


FORM = kinds.register(
    Kind(
        code="form",
        label=N_("Formulär"),
        group="flow",
        about=N_(
            "Frågor som patienten svarar på utanför triagen, till exempel innan hen ställer sig i kön. Svar läses "
            "alltid med den version de gavs i."
        ),
        shape=FormText,
        title=_title,
        key_label=N_("Kod"),
        standing=_standing,
        check=_check,
    )
)
