"""Items of a Questionnaire file, made into the engine's. One that cannot be asked is told of, kept, and not asked."""

from typing import Any

import msgspec

from vardlots.forms.answering import Fault, validate_answer
from vardlots.forms.faults import Told
from vardlots.forms.fhir import urls
from vardlots.forms.fhir.choices import read_options
from vardlots.forms.fhir.codings import read_coding, take_expressions
from vardlots.forms.fhir.helps import take_help
from vardlots.forms.fhir.limits import read_limits
from vardlots.forms.fhir.source import Source
from vardlots.forms.fhir.values import CHOICES, INITIAL, from_fhir, write_initial
from vardlots.forms.fhir.valuesets import ValueSets
from vardlots.forms.model import FHIRPATH, Expression, Item, ItemType, Value

MOST_ITEMS = 5_000
MOST_VARIABLES = 200
LINK_ID = 255
MARK = "~"
UNASKED = "~unasked"
"""In an item's `extra`: it is hidden because it cannot be asked here, not because the file says so."""
DRAWN = frozenset(
    {
        "radio-button", "drop-down", "check-box", "autocomplete", "slider",
        "help", "prompt", "inline", "text-box", "page", "group", "list",
    }
)  # fmt: skip
"""How an item may look (`itemControl`) that looks so here, or much the same."""
_TYPES = {one.value: one for one in ItemType}
_OF_R5 = frozenset({"answerConstraint", "disabledDisplay"})
_ORIENTATIONS = ("horizontal", "vertical")


class Reading:
    """What is known while the items of a file are read. `conditions` waits until every question is known."""

    def __init__(self, sets: ValueSets) -> None:
        self.sets = sets
        self.conditions: dict[str, list[Source]] = {}
        self.sources: dict[str, str] = {}
        self.count = 0


def read_items(source: Source, reading: Reading) -> tuple[Item, ...]:
    """The items in an item or a form."""
    return tuple(_read(one, reading) for one in source.take_list("item"))


def _read(source: Source, reading: Reading) -> Item:
    link_id = _link_id(source, reading)
    type_ = _type(source)
    unasked = type_ is None
    if type_ is None:
        # A type that nobody can answer: the item stands where it stood, is kept, and is never asked.
        type_ = ItemType.STRING
    fields: dict[str, Any] = {"text": source.take_text("text") or {}, "prefix": source.take_text("prefix")}
    for name, field in (("required", "required"), ("repeats", "repeats"), ("readOnly", "read_only")):
        fields[field] = bool(source.take(name, bool))
    fields["hidden"] = source.take_flag(urls.HIDDEN)
    fields["definition"] = source.take("definition", str)
    fields["code"] = tuple(read_coding(one, "userSelected") for one in source.take_list("code"))
    fields |= _looks(source) | _own(source) | _expressions(source)
    fields |= read_limits(source, type_)
    if type_ in CHOICES:
        fields |= _options(source, reading)
    reading.conditions[link_id] = list(source.take_list("enableWhen"))
    fields["enable_behavior"] = _behavior(source)
    # Inside a text to read we would write no item: there the help is always kept as it came.
    ours = "" if type_ is ItemType.DISPLAY else link_id
    fields["help"] = source.take_text_extension(urls.HELP) or take_help(source, ours)
    fields["item"] = read_items(source, reading)
    fields = {name: value for name, value in fields.items() if value is not None}
    item = Item(link_id=link_id, type=type_, **fields)
    item = _with_initial(source, item)
    if not unasked and _has_no_options(source, item):
        unasked = True
    if source.data.get("modifierExtension"):
        source.remarks.leave_out(source.at("modifierExtension"), _said_modifier())
        unasked = True
    source.name_the_rest(*(("type", "answerValueSet") if unasked else ()), "modifierExtension", "id")
    extra = source.data | ({UNASKED: True} if unasked and not item.hidden else {})
    return msgspec.structs.replace(item, hidden=item.hidden or unasked, extra=extra)


def _link_id(source: Source, reading: Reading) -> str:
    link_id = source.need("linkId")
    reading.count += 1
    if reading.count > MOST_ITEMS:
        if reading.count == MOST_ITEMS + 1:
            said = {
                "sv": "formuläret har fler än {most} frågor.",
                "en": "the form has more than {most} items.",
            }
            source.remarks.refuse(source.path, Told(said, most=MOST_ITEMS))
        return f"{link_id}{MARK}{reading.count}"
    if link_id and link_id in reading.sources:
        said = {
            "sv": "id:t ”{id}” har redan {other}. Varje fråga behöver ett eget.",
            "en": "{other} has the id “{id}” already. Each item needs one of its own.",
        }
        source.remarks.refuse(
            source.at("linkId"), Told(said, id=link_id[:80], other=reading.sources[link_id])
        )
        return f"{link_id}{MARK}{reading.count}"
    if len(link_id) > LINK_ID or MARK in link_id:
        said = {
            "sv": "id:t får ha högst {most} tecken och inget ”~”.",
            "en": "the id may have {most} signs at most and no “~”.",
        }
        source.remarks.refuse(source.at("linkId"), Told(said, most=LINK_ID))
    reading.sources[link_id] = source.path
    return link_id


def _type(source: Source) -> ItemType | None:
    """The item's type; None for one that is kept and never asked."""
    newer = sorted(_OF_R5 & source.data.keys())
    if source.data.get("type") == "coding" or newer:
        said = {
            "sv": "är skrivet för FHIR R5 ({name}). Spara formuläret som R4.",
            "en": "is written for FHIR R5 ({name}). Save the form as R4.",
        }
        source.remarks.refuse(source.path, Told(said, name=newer[0] if newer else "coding"))
        return ItemType.STRING
    older = [name for name in ("option", "options") if name in source.data]
    if older:
        said = {
            "sv": "är skrivet för FHIR STU3 ({name}). Spara formuläret som R4.",
            "en": "is written for FHIR STU3 ({name}). Save the form as R4.",
        }
        source.remarks.refuse(source.path, Told(said, name=older[0]))
        return ItemType.STRING
    if source.data.get("type") == "reference":
        said = {
            "sv": "en fråga vars svar är en hänvisning till ett annat dokument (reference)",
            "en": "a question whose answer is a reference to another resource",
        }
        source.remarks.leave_out(source.at("type"), Told(said))
        return None
    name = source.need("type")
    if name in _TYPES:
        return _TYPES[name]
    if name:
        said = {"sv": "”{name}” är ingen typ i FHIR R4.", "en": "“{name}” is no item type of FHIR R4."}
        source.remarks.refuse(source.at("type"), Told(said, name=name[:40]))
    return ItemType.STRING


def _behavior(source: Source) -> str | None:
    named = source.take("enableBehavior", str)
    if named in (None, "all", "any"):
        return named
    said = {"sv": "ska vara all eller any.", "en": "must be all or any."}
    source.remarks.refuse(source.at("enableBehavior"), Told(said))
    return None


def _looks(source: Source) -> dict[str, Any]:
    """How the item looks: its control stays in the extension unless that says nothing but the code."""
    found: dict[str, Any] = {}
    controls = source.extensions(urls.ITEM_CONTROL)
    for one in controls:
        code = control_code(one)
        if code is None:
            continue
        found["item_control"] = code
        source.is_said(one)
        if one == control_extension(code) and len(controls) == 1:
            source.drop_extension(one)
        if code not in DRAWN:
            said = {"sv": "utseendet ”{code}” finns inte här", "en": "the look “{code}” is not known here"}
            source.remarks.keep(source.path, Told(said, code=code[:40]))
        break
    turned = [one.get("valueCode") for one in source.extensions(urls.CHOICE_ORIENTATION)]
    if turned and turned[0] in _ORIENTATIONS:
        found["choice_orientation"] = source.take_extension(urls.CHOICE_ORIENTATION, "valueCode", str)
    return found


def control_code(extension: dict[str, Any]) -> str | None:
    """The code of an itemControl: FHIR's own where there are several."""
    held = extension.get("valueCodeableConcept")
    listed = held.get("coding") if isinstance(held, dict) else None
    codings = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    codings.sort(key=lambda one: "hl7.org/fhir" not in str(one.get("system")))
    return next((one["code"] for one in codings if isinstance(one.get("code"), str) and one["code"]), None)


def control_extension(code: str) -> dict[str, Any]:
    """An itemControl that says the code and nothing more."""
    coding = {"system": urls.ITEM_CONTROL_SYSTEM, "code": code}
    return {"url": urls.ITEM_CONTROL, "valueCodeableConcept": {"coding": [coding]}}


def _own(source: Source) -> dict[str, Any]:
    return {
        "why": source.take_text_extension(urls.WHY),
        "may_decline": source.take_flag(urls.MAY_DECLINE),
        "picture": source.take_extension(urls.PICTURE, "valueString", str),
    }


def _expressions(source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {"variables": take_expressions(source, urls.VARIABLE, most=MOST_VARIABLES)}
    for field, url in (
        ("initial_expression", urls.INITIAL_EXPRESSION),
        ("calculated_expression", urls.CALCULATED_EXPRESSION),
        ("enable_when_expression", urls.ENABLE_WHEN_EXPRESSION),
    ):
        taken = take_expressions(source, url)
        found[field] = taken[0] if taken else None
        if taken and taken[0].language != FHIRPATH:
            say_language(source, taken[0], is_condition=url == urls.ENABLE_WHEN_EXPRESSION)
    return found


def say_language(source: Source, expression: Expression, *, is_condition: bool = False) -> None:
    """A remark on an expression in a language that is not computed here."""
    said = {
        "sv": "en uträkning på {language} räknas inte ut",
        "en": "an expression in {language} is not computed",
    }
    if is_condition:
        said = {
            "sv": "ett villkor på {language} prövas inte, frågan ställs alltid",
            "en": "a condition in {language} is not tried, the question is always asked",
        }
    source.remarks.keep(source.path, Told(said, language=expression.language[:40]))


def _options(source: Source, reading: Reading) -> dict[str, Any]:
    """The options: listed, or of a value set that lies in the file or is one of the few known here."""
    address = source.data.get("answerValueSet")
    options = read_options(source)
    if not isinstance(address, str):
        source.take("answerValueSet", str)
        return {"answer_option": options}
    if options:
        # FHIR wants the one or the other; what is listed is asked, the set stays and is named.
        return {"answer_option": options}
    found = reading.sets.options(address)
    if found:
        source.take("answerValueSet", str)
        return {"answer_option": found, "answer_value_set": address}
    return {}


def _has_no_options(source: Source, item: Item) -> bool:
    """Whether a choice has nothing to choose. Told; a hidden or computed one needs nothing to choose."""
    if item.type is not ItemType.CHOICE or item.answer_option or item.hidden:
        return False
    address = source.data.get("answerValueSet")
    said = (
        {
            "sv": "svarsalternativen finns inte i filen, och inget hämtas: {address}",
            "en": "the options are not in the file, and nothing is fetched: {address}",
        }
        if isinstance(address, str)
        else {"sv": "frågan har inga svarsalternativ", "en": "the question has no options"}
    )
    source.remarks.leave_out(
        source.at("answerValueSet") if isinstance(address, str) else source.path,
        Told(said, address=str(address)[:200]),
    )
    return True


def _with_initial(source: Source, item: Item) -> Item:
    """The item with its initial values. As soon as one is no answer that it takes, all stay as they came."""
    listed = source.data.get("initial")
    if listed is None:
        return item
    before = list(source.take_list("initial"))
    values: list[Value] = []
    for one in before:
        names = [name for name in one.data if name.startswith("value")]
        value = (
            from_fhir(item, names[0].removeprefix("value"), one.data[names[0]]) if len(names) == 1 else None
        )
        if value is None:
            source.data["initial"] = listed
            return item
        values.append(value)
    plain = msgspec.structs.replace(item, read_only=False, calculated_expression=None, min_occurs=None)
    if isinstance(validate_answer(plain, values), Fault):
        source.data["initial"] = listed
        return item
    found = msgspec.structs.replace(item, initial=tuple(values))
    if write_initial(found, source.language) != listed:
        source.data[INITIAL] = listed
    return found


def _said_modifier() -> Told:
    return Told(
        {
            "sv": "ett tillägg som ändrar vad frågan betyder",
            "en": "an extension that changes what the question means",
        }
    )
