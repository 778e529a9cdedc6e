"""A form written as a FHIR R4 Questionnaire. What was kept when it was read is written where it stood."""

from collections.abc import Iterator
from typing import Any

from vardlots.forms.fhir import urls
from vardlots.forms.fhir.choices import write_options
from vardlots.forms.fhir.codings import (
    extensions_of,
    merged,
    text_extension,
    write_coding,
    write_expression,
    write_text,
)
from vardlots.forms.fhir.conditions import write_condition
from vardlots.forms.fhir.helps import KEPT, write_help
from vardlots.forms.fhir.items import UNASKED, control_code, control_extension
from vardlots.forms.fhir.limits import limit_extensions
from vardlots.forms.fhir.questionnaire import OWN_LANGUAGE, OWN_STATUS, UNKNOWN_LANGUAGE
from vardlots.forms.fhir.values import CHOICES, INITIAL, write_initial
from vardlots.forms.model import Form, Item, ItemType
from vardlots.forms.text import Text


def write_questionnaire(form: Form) -> dict[str, Any]:
    """The form as a Questionnaire, ready to be encoded as JSON. Reading it again gives the same form."""
    return _Writing(form).whole()


def language_of(form: Form) -> str:
    """The language that a form's texts are written in beside their translations."""
    told = form.extra.get("language")
    if isinstance(told, str):
        return told
    return UNKNOWN_LANGUAGE if any(UNKNOWN_LANGUAGE in text for text in _texts(form)) else OWN_LANGUAGE


def _texts(form: Form) -> Iterator[Text]:
    yield form.title
    for place in form.places.values():
        yield place.item.text
        yield from (option.text for option in place.item.answer_option)


class _Writing:
    def __init__(self, form: Form) -> None:
        self.form, self.language = form, language_of(form)
        self.taken = set(form.places)

    def whole(self) -> dict[str, Any]:
        form = self.form
        found: dict[str, Any] = {"resourceType": "Questionnaire"}
        if form.variables:
            found["extension"] = [write_expression(urls.VARIABLE, one) for one in form.variables]
        if self.language != UNKNOWN_LANGUAGE:
            found["language"] = self.language
        if form.url is not None:
            found["url"] = form.url
        found["identifier"] = [{"system": urls.FORM_CODE, "value": form.code}]
        found["version"] = str(form.version)
        if "~title" not in form.extra:
            found |= write_text("title", form.title, self.language)
        found["status"] = OWN_STATUS
        found |= write_text("description", form.description, self.language)
        if form.meaning:
            found["code"] = [write_coding(one) for one in form.meaning]
        found["item"] = [self.item(one) for one in form.item]
        return merged(found, form.extra)

    def item(self, item: Item) -> dict[str, Any]:
        found: dict[str, Any] = {}
        extensions = list(self.extensions(item))
        if extensions:
            found["extension"] = extensions
        found["linkId"] = item.link_id
        if item.definition is not None:
            found["definition"] = item.definition
        if item.code:
            found["code"] = [write_coding(one) for one in item.code]
        found |= write_text("prefix", item.prefix, self.language)
        found |= write_text("text", item.text, self.language)
        found["type"] = item.type.value
        found |= self.conditions(item)
        for name, told in (
            ("required", item.required),
            ("repeats", item.repeats),
            ("readOnly", item.read_only),
        ):
            if told:
                found[name] = True
        if item.max_length is not None:
            found["maxLength"] = item.max_length
        found |= self.answers(item)
        help_ = write_help(item, self.language, self.taken)
        inner = [*([help_] if help_ else []), *(self.item(one) for one in item.item)]
        if inner:
            found["item"] = inner
        return merged(found, item.extra)

    def conditions(self, item: Item) -> dict[str, Any]:
        places = self.form.places
        written = [
            write_condition(when, places[when.question].item, self.language) for when in item.enable_when
        ]
        found: dict[str, Any] = {"enableWhen": written} if written else {}
        if len(written) > 1 or item.enable_behavior == "any":
            found["enableBehavior"] = item.enable_behavior
        return found

    def answers(self, item: Item) -> dict[str, Any]:
        """What can be answered: options, or the value set that gives them; initial values."""
        found: dict[str, Any] = {}
        options = item.answer_option
        if item.answer_value_set is not None:
            found["answerValueSet"] = item.answer_value_set
        elif item.type in CHOICES and (options or item.extra.get("~options")):
            found["answerOption"] = write_options(options, item.extra.get("~options"), self.language)
        if item.initial:
            found["initial"] = item.extra.get(INITIAL) or write_initial(item, self.language)
        return found

    def extensions(self, item: Item) -> Iterator[dict[str, Any]]:
        if item.hidden and UNASKED not in item.extra:
            yield {"url": urls.HIDDEN, "valueBoolean": True}
        if item.item_control is not None and not _says_control(item):
            yield control_extension(item.item_control)
        if item.choice_orientation is not None:
            yield {"url": urls.CHOICE_ORIENTATION, "valueCode": item.choice_orientation}
        yield from limit_extensions(item, self.language)
        for url, expression in (
            *((urls.VARIABLE, one) for one in item.variables),
            (urls.INITIAL_EXPRESSION, item.initial_expression),
            (urls.CALCULATED_EXPRESSION, item.calculated_expression),
            (urls.ENABLE_WHEN_EXPRESSION, item.enable_when_expression),
        ):
            if expression is not None:
                yield write_expression(url, expression)
        if item.why:
            yield text_extension(urls.WHY, item.why, self.language)
        if item.may_decline:
            yield {"url": urls.MAY_DECLINE, "valueBoolean": True}
        if item.picture:
            yield {"url": urls.PICTURE, "valueString": item.picture}
        if item.help and item.type is ItemType.DISPLAY and KEPT not in item.extra:
            yield text_extension(urls.HELP, item.help, self.language)


def _says_control(item: Item) -> bool:
    """Whether what was kept of the item says its control already, with more than its code."""
    held = (one for one in extensions_of(item.extra) if one.get("url") == urls.ITEM_CONTROL)
    return any(control_code(one) == item.item_control for one in held)
