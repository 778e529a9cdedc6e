"""A FHIR R4 Questionnaire read into a form, with a remark on everything that the engine does not act on."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from vardlots.forms.faults import ContentError, Told
from vardlots.forms.fhir import urls
from vardlots.forms.fhir.codings import read_coding, take_expressions
from vardlots.forms.fhir.computing import say_expressions
from vardlots.forms.fhir.conditions import read_conditions
from vardlots.forms.fhir.items import MOST_VARIABLES, Reading, read_items, say_language
from vardlots.forms.fhir.known import ABOUT
from vardlots.forms.fhir.remarks import Remark, Remarks
from vardlots.forms.fhir.source import Source, parse
from vardlots.forms.fhir.valuesets import ValueSets
from vardlots.forms.model import FHIRPATH, Form, Item

UNKNOWN_LANGUAGE = "und"
"""The language (BCP 47) of a text in a file that does not tell it."""
OWN_LANGUAGE, OWN_STATUS = "sv", "active"
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def read_questionnaire(content: bytes, file: str = "questionnaire") -> tuple[Form, list[Remark]]:
    """The form that a file holds, and what of it is not acted on, in the order of the file.

    `file` names it in errors. Raises ContentError with a sentence for everything that makes it impossible to use.
    Nothing is fetched, and no HTML of the file is kept to be shown.
    """
    data, remarks = parse(content, file), Remarks()
    _is_one(data, remarks)
    remarks.check(file)
    language = data.get("language", UNKNOWN_LANGUAGE)
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        said = {"sv": "är inget språk.", "en": "is no language."}
        remarks.refuse("language", Told(said))
        language = UNKNOWN_LANGUAGE
    source = Source(data, "", remarks, language)
    form = _form(source)
    remarks.check(file)
    return form, remarks.found


@lru_cache(maxsize=256)
def title_in(source: str) -> str:
    """What a file calls its form, as far as that can be read; lists ask for it."""
    try:
        data = parse(source.encode(), "")
    except ContentError:
        return ""
    found = data.get("title") or data.get("name")
    return found if isinstance(found, str) else ""


def _is_one(data: dict[str, Any], remarks: Remarks) -> None:
    """Refuses what is no Questionnaire of R4, and says what it is instead."""
    kind = data.get("resourceType")
    if kind != "Questionnaire":
        said = {
            "sv": "filen är en {kind}, inget formulär (Questionnaire).",
            "en": "the file is a {kind}, no form (Questionnaire).",
        }
        if not isinstance(kind, str) or not kind:
            said = {
                "sv": "filen är inget formulär i FHIR: ”resourceType” ska vara Questionnaire.",
                "en": "the file is no form of FHIR: “resourceType” must be Questionnaire.",
            }
        remarks.refuse("resourceType", Told(said, kind=str(kind)[:80]))
        return
    if data.get("modifierExtension"):
        said = {
            "sv": "ett tillägg som ändrar vad hela formuläret betyder.",
            "en": "an extension that changes what the whole form means.",
        }
        remarks.refuse("modifierExtension", Told(said))


def _form(source: Source) -> Form:
    code = _code(source)
    number, title = _version(source), source.take_text("title")
    description, url = source.take_text("description"), source.take("url", str)
    source.take("resourceType", str)
    meaning = tuple(read_coding(one, "userSelected") for one in source.take_list("code"))
    variables = take_expressions(source, urls.VARIABLE, most=MOST_VARIABLES)
    for one in variables:
        if one.language != FHIRPATH:
            say_language(source, one)
    reading = Reading(ValueSets(source.data.get("contained"), source.language))
    if not isinstance(source.data.get("item"), list) or not source.data["item"]:
        said = {"sv": "formuläret har inga frågor.", "en": "the form has no items."}
        source.remarks.refuse("item", Told(said))
    items = read_items(source, reading)
    _silent_defaults(source)
    _name_the_rest(source)
    form = Form(
        code,
        number,
        title or _named(source),
        items,
        url=url,
        description=description,
        meaning=meaning,
        variables=variables,
        extra=source.data,
    )
    _say_not_in_swedish(form, source)
    form = _with_conditions(form, reading)
    _say_never_shown(form, reading, source.remarks)
    say_expressions(form, reading.sources, source.remarks)
    return form


def _say_not_in_swedish(form: Form, source: Source) -> None:
    """Says when a form has no word in Swedish: it is asked in the language it has."""
    texts = [form.title, *(place.item.text for place in form.places.values())]
    if not any(lang.partition("-")[0] in ("sv", UNKNOWN_LANGUAGE) for text in texts for lang in text):
        said = {
            "sv": "texterna finns inte på svenska, bara på {languages}",
            "en": "the texts are not in Swedish, only in {languages}",
        }
        languages = sorted({lang for text in texts for lang in text})
        source.remarks.keep("language", Told(said, languages=", ".join(languages[:8])))


def _named(source: Source) -> dict[str, str]:
    """A title where the file has none: its name. It is marked, and not written."""
    name = source.data.get("name") or source.data.get("id")
    source.data["~title"] = True
    return {source.language: name if isinstance(name, str) else "Questionnaire"}


def _silent_defaults(source: Source) -> None:
    if source.data.get("status") == OWN_STATUS:
        del source.data["status"]
    if source.data.get("language") == OWN_LANGUAGE:
        del source.data["language"]


def _name_the_rest(source: Source) -> None:
    about = sorted(ABOUT & source.data.keys())
    if about:
        said = {"sv": "uppgifter om formuläret: {names}", "en": "facts about the form: {names}"}
        source.remarks.keep("", Told(said, names=", ".join(about)))
    source.name_the_rest(*ABOUT, "contained")
    listed = source.data.get("contained")
    for n, one in enumerate(listed if isinstance(listed, list) else []):
        kind = one.get("resourceType") if isinstance(one, dict) else ""
        if kind not in ("ValueSet", "CodeSystem"):
            said = {"sv": "ett inlagt dokument: {kind}", "en": "a contained resource: {kind}"}
            source.remarks.keep(f"contained[{n}]", Told(said, kind=str(kind)[:40]))


def _code(source: Source) -> str:
    """Our own code where the file has one, else what its name or address makes."""
    listed = source.data.get("identifier")
    listed = listed if isinstance(listed, list) else []
    for one in listed:
        if isinstance(one, dict) and one.keys() == {"system", "value"} and one["system"] == urls.FORM_CODE:
            found = one["value"]
            if isinstance(found, str) and _CODE.fullmatch(found):
                source.put("identifier", [other for other in listed if other is not one])
                return found
    for name in ("name", "id", "url", "title"):
        written = source.data.get(name)
        if isinstance(written, str) and (found := code_of(written)):
            return found
    return "form"


def code_of(written: str) -> str:
    """A code for a form from its name or address: small letters, figures, underscores; empty when none is left."""
    last = written.split("|")[0].rstrip("/").rsplit("/", 1)[-1]
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last)
    found = re.sub(r"[^a-z0-9]+", "_", apart.lower()).lstrip("_0123456789")[:40].strip("_")
    return found if len(found) > 1 else ""


def _version(source: Source) -> int:
    written = source.data.get("version")
    if isinstance(written, str) and re.fullmatch(r"[1-9][0-9]{0,8}", written):
        del source.data["version"]
        return int(written)
    return 1


def _with_conditions(form: Form, reading: Reading) -> Form:
    """The form with every `enableWhen`, now that every question is known."""
    questions = {link_id: place.item for link_id, place in form.places.items()}

    def added(item: Item) -> Item:
        inner = tuple(added(child) for child in item.item)
        when = read_conditions(reading.conditions.get(item.link_id, []), questions)
        return msgspec.structs.replace(item, item=inner, enable_when=when)

    return msgspec.structs.replace(form, item=tuple(added(item) for item in form.item))


def _say_never_shown(form: Form, reading: Reading, remarks: Remarks) -> None:
    order = set(form.order)
    for link_id in form.places:
        if link_id not in order:
            said = {
                "sv": "väntar på en fråga som väntar på den",
                "en": "waits for a question that waits for it",
            }
            remarks.leave_out(reading.sources.get(link_id, ""), Told(said))
