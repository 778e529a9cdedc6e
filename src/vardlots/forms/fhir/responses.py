"""Answers as a FHIR R4 QuestionnaireResponse, and read from one."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.forms.compare import is_declined
from vardlots.forms.faults import Told
from vardlots.forms.fhir import urls
from vardlots.forms.fhir.codings import extensions_of
from vardlots.forms.fhir.remarks import Remark, Remarks
from vardlots.forms.fhir.source import parse
from vardlots.forms.fhir.values import CHOICES, COMPLEX, PLAIN, from_fhir, to_fhir
from vardlots.forms.flow import counted_answers
from vardlots.forms.instances import MARK, MOST_INSTANCES, expand, written_as
from vardlots.forms.model import DECLINED, Answers, Form, Item, ItemType, Place, Value
from vardlots.forms.text import say

_INSTANCE = re.compile(r"[A-Za-z0-9]{1,20}")
_ABSENT = "asked-declined"
_REFUSED = frozenset({"asked-declined", "asked-unknown", "masked", "unknown"})


class Identifier(msgspec.Struct, frozen=True):
    """A number in a system: of a patient, or of the answers themselves."""

    system: str
    value: str


def canonical(form: Form) -> str:
    """The form's canonical address with its version, which answers are read with."""
    told = form.extra.get("version")
    version = told if isinstance(told, str) else str(form.version)
    return f"{form.url or urls.FORM_CODE + ':' + form.code}|{version}"


def write_response(
    form: Form,
    answers: Answers,
    *,
    status: str = "completed",
    authored: datetime | None = None,
    subject: Identifier | None = None,
    identifier: Identifier | None = None,
    lang: str = "sv",
    leave_out: Collection[str] = (),
) -> dict[str, Any]:
    """The answers that count as a QuestionnaireResponse, ready to be encoded as JSON.

    `subject` is told by its number in its system, nothing more. Instances of repeating groups are items with one
    linkId, each with its own `id`. What was passed over has no answer; what the person would not answer has the
    reason (data-absent-reason). `lang` is the language of the questions' texts; `leave_out` names what decides which
    questions count and is not told.
    """
    found: dict[str, Any] = {"resourceType": "QuestionnaireResponse"}
    if identifier is not None:
        found["identifier"] = msgspec.to_builtins(identifier)
    found |= {"questionnaire": canonical(form), "status": status}
    if subject is not None:
        found["subject"] = {"type": "Patient", "identifier": msgspec.to_builtins(subject)}
    if authored is not None:
        found["authored"] = authored.isoformat(timespec="seconds")
    drawn = expand(form, answers)
    counted = counted_answers(drawn, answers)
    counted = {link_id: values for link_id, values in counted.items() if link_id not in leave_out}
    items = [part for item in drawn.item for part in _Writing(drawn, counted, lang).parts(item)]
    return found | ({"item": items} if items else {})


class _Writing:
    def __init__(self, drawn: Form, counted: Answers, lang: str) -> None:
        self.drawn, self.counted, self.lang = drawn, counted, lang

    def parts(self, item: Item) -> list[dict[str, Any]]:
        """What stands in the response for an item: nothing, itself, or each of its instances."""
        if item.type is ItemType.DISPLAY:
            return []
        made: dict[str, Any] = {"linkId": written_as(self.drawn, item.link_id)}
        if item.is_repeating_group:
            if item.link_id in self.counted and not self.counted[item.link_id]:
                return [made]
            return [self._instance(made, one) for one in item.item if item.link_id in self.counted]
        inner = [part for child in item.item for part in self.parts(child)]
        words = say(item.text, self.lang)
        made |= {"text": words} if words.strip() else {}
        if item.type is ItemType.GROUP:
            return [made | {"item": inner}] if inner else []
        values = self.counted.get(item.link_id)
        answers = [self._answer(item, value) for value in values or ()]
        if inner:
            # FHIR has what lies inside a question inside its answer.
            answers = answers or [{}]
            answers[0]["item"] = inner
        if values is None and not inner:
            return []
        return [made | ({"answer": answers} if answers else {})]

    def _instance(self, made: dict[str, Any], instance: Item) -> dict[str, Any]:
        inner = [part for child in instance.item for part in self.parts(child)]
        found = {"id": instance.link_id.rpartition(MARK)[2], **made}
        return found | ({"item": inner} if inner else {})

    def _answer(self, item: Item, value: Value) -> dict[str, Any]:
        if is_declined([value]):
            kind = "Coding" if item.type in CHOICES else PLAIN[item.type]
            absent = {"extension": [{"url": urls.DATA_ABSENT, "valueCode": _ABSENT}]}
            return {f"value{kind}" if kind in COMPLEX else f"_value{kind}": absent}
        kind, found = to_fhir(item, value, self.lang)
        return {f"value{kind}": found}


def read_response(
    form: Form, content: bytes, file: str = "answers"
) -> tuple[dict[str, list[Value]], list[Remark]]:
    """The answers to a form that a QuestionnaireResponse holds, and what of it is no answer to this form.

    The values are of the types of their questions; whether each may be given is for `validate_answer` to say.
    Raises ContentError when it is no QuestionnaireResponse.
    """
    data, remarks = parse(content, file), Remarks()
    if data.get("resourceType") != "QuestionnaireResponse":
        said = {
            "sv": "filen är inga svar i FHIR (QuestionnaireResponse).",
            "en": "the file is no answers of FHIR (QuestionnaireResponse).",
        }
        remarks.refuse("resourceType", Told(said))
    remarks.check(file)
    asked = data.get("questionnaire")
    if isinstance(asked, str) and asked != canonical(form):
        said = {"sv": "svaren gäller {asked}", "en": "the answers are to {asked}"}
        remarks.keep("questionnaire", Told(said, asked=asked[:200]))
    reading = _Reading(form, remarks)
    reading.items(data.get("item"), "item", "", ())
    return reading.answers, remarks.found


class _Reading:
    def __init__(self, form: Form, remarks: Remarks) -> None:
        self.form, self.remarks = form, remarks
        self.answers: dict[str, list[Value]] = {}

    def items(self, listed: Any, path: str, suffix: str, groups: tuple[str, ...]) -> None:
        """The answers of a list of items. `suffix` names the instance around it, `groups` the groups that repeat."""
        for n, one in enumerate(listed if isinstance(listed, list) else ()):
            at = f"{path}[{n}]"
            place = self.form.places.get(str(one.get("linkId"))) if isinstance(one, dict) else None
            if place is None or _groups(place) != groups or place.item.type is ItemType.DISPLAY:
                said = {
                    "sv": "hör inte till någon fråga i formuläret",
                    "en": "belongs to no question of the form",
                }
                self.remarks.leave_out(at, Told(said))
            elif place.item.is_repeating_group:
                self._instance(one, place.item, at, suffix, groups)
            elif place.item.type is ItemType.GROUP:
                self.items(one.get("item"), f"{at}.item", suffix, groups)
            else:
                self._question(one, place.item, at, suffix, groups)

    def _instance(
        self, one: dict[str, Any], item: Item, at: str, suffix: str, groups: tuple[str, ...]
    ) -> None:
        ids = self.answers.setdefault(item.link_id + suffix, [])
        told = one.get("id")
        if told is None and not one.get("item"):
            return
        if len(ids) >= MOST_INSTANCES:
            said = {"sv": "fler än {most} av samma grupp", "en": "more than {most} of one group"}
            self.remarks.leave_out(at, Told(said, most=MOST_INSTANCES))
            return
        usable = isinstance(told, str) and _INSTANCE.fullmatch(told) and told not in ids
        number = (
            str(told) if usable else str(max((int(str(i)) for i in ids if str(i).isdigit()), default=0) + 1)
        )
        ids.append(number)
        self.items(one.get("item"), f"{at}.item", f"{suffix}{MARK}{number}", (*groups, item.link_id))

    def _question(
        self, one: dict[str, Any], item: Item, at: str, suffix: str, groups: tuple[str, ...]
    ) -> None:
        values = self.answers.setdefault(item.link_id + suffix, [])
        listed = one.get("answer")
        answers: Sequence[Any] = listed if isinstance(listed, list) else ()
        for n, answer in enumerate(answers):
            where = f"{at}.answer[{n}]"
            if not isinstance(answer, dict):
                continue
            self.items(answer.get("item"), f"{where}.item", suffix, groups)
            names = [name for name in answer if name.lstrip("_").startswith("value")]
            if names:
                self._value(item, names, answer, where, values)
        self.items(one.get("item"), f"{at}.item", suffix, groups)

    def _value(
        self, item: Item, names: list[str], answer: Mapping[str, Any], where: str, values: list[Value]
    ) -> None:
        if any(_declines(answer[name]) for name in names):
            values[:] = [DECLINED]
            return
        found = from_fhir(item, names[0].removeprefix("value"), answer[names[0]]) if len(names) == 1 else None
        if found is None:
            said = {"sv": "passar inte till frågan ”{id}”", "en": "does not suit the question “{id}”"}
            self.remarks.leave_out(where, Told(said, id=item.link_id))
        else:
            values.append(found)


def _groups(place: Place) -> tuple[str, ...]:
    return tuple(outer.link_id for outer in place.inside if outer.is_repeating_group)


def _declines(value: Any) -> bool:
    held = [one for one in extensions_of(value) if one.get("url") == urls.DATA_ABSENT]
    return any(one.get("valueCode") in _REFUSED for one in held)
