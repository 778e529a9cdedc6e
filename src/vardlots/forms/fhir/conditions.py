"""`enableWhen`, both ways. What a condition says in the file in another way than we would stays with it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from vardlots.forms.faults import Told
from vardlots.forms.fhir.source import Source
from vardlots.forms.fhir.values import CHOICES, chosen_option, from_fhir, to_fhir
from vardlots.forms.model import EnableWhen, Item, ItemType, Operator, OptionKind, Value

AS_WRITTEN = "~as"
_OPERATORS = {one.value: one for one in Operator}


def read_conditions(sources: list[Source], questions: Mapping[str, Item]) -> tuple[EnableWhen, ...]:
    """The conditions of an item. One that asks for no question of the form, or compares with nothing, refuses."""
    return tuple(found for one in sources if (found := _read(one, questions)) is not None)


def _read(source: Source, questions: Mapping[str, Item]) -> EnableWhen | None:
    written = dict(source.data)
    question, named = source.need("question"), source.need("operator")
    operator = _OPERATORS.get(named)
    if operator is None and named:
        said = {"sv": "”{name}” är ingen jämförelse.", "en": "“{name}” is no operator."}
        source.remarks.refuse(source.at("operator"), Told(said, name=named[:40]))
    item = questions.get(question)
    if item is None and question:
        said = {
            "sv": "väntar på frågan ”{name}”, som inte finns i formuläret.",
            "en": "waits for the question “{name}”, which the form does not have.",
        }
        source.remarks.refuse(source.at("question"), Told(said, name=question[:80]))
    answers = [name for name in source.data if name.startswith("answer")]
    if len(answers) != 1:
        said = {
            "sv": "ska ha precis ett svar att jämföra med.",
            "en": "must have just one answer to compare with.",
        }
        source.remarks.refuse(source.path, Told(said))
    if item is None or operator is None or len(answers) != 1:
        return None
    kind, value = answers[0].removeprefix("answer"), source.data.pop(answers[0])
    answer, system = _answer(source, item, operator, kind, value)
    if answer is None:
        return None
    source.name_the_rest()
    found = EnableWhen(question, operator, answer, system)
    same = write_condition(found, item, source.language) == written
    return found if same else msgspec.structs.replace(found, extra={AS_WRITTEN: written})


def _answer(
    source: Source, item: Item, operator: Operator, kind: str, value: Any
) -> tuple[Value | None, str | None]:
    """What the condition compares with, as answers hold it, and the code system it names."""
    path = source.at(f"answer{kind}")
    if operator is Operator.EXISTS:
        if not isinstance(value, bool):
            _refuse(source, path)
        return value if isinstance(value, bool) else None, None
    system = value.get("system") if kind == "Coding" and isinstance(value, dict) else None
    system = system if isinstance(system, str) else None
    if item.type in CHOICES:
        option = chosen_option(item, kind, value)
        code = option.code if option is not None else _by_name(item, kind, value)
        if code is not None:
            return code, system
        raw = value.get("code") or value.get("display") if isinstance(value, dict) else value
        if not isinstance(raw, str | int) or isinstance(raw, bool):
            _refuse(source, path)
            return None, None
        if item.answer_option:
            said = {
                "sv": "väntar på ett svar som inte går att välja i frågan ”{question}”: ”{answer}”",
                "en": "waits for an answer that cannot be chosen in “{question}”: “{answer}”",
            }
            source.remarks.keep(path, Told(said, question=item.link_id, answer=str(raw)[:80]))
        return str(raw), system
    answer = from_fhir(item, kind, value)
    if answer is None:
        answer = _of_another_kind(item, kind, value)
    if answer is None:
        _refuse(source, path)
    return answer, system


def _by_name(item: Item, kind: str, value: Any) -> str | None:
    """An option by its name, as some files have it though the answer is a coding."""
    if kind != "String":
        return None
    named = [one for one in item.answer_option if one.kind is OptionKind.CODING]
    found = [one for one in named if value == one.code or value in one.text.values()]
    return found[0].code if found else None


def _of_another_kind(item: Item, kind: str, value: Any) -> Value | None:
    """An answer that is written as another type than the question's, where there is no doubt of what is meant."""
    if item.type is ItemType.QUANTITY and kind in ("Decimal", "Integer") and isinstance(value, int | float):
        return None if isinstance(value, bool) else {"value": value, "unit": item.unit or ""}
    if item.type is ItemType.INTEGER and kind == "Decimal" and isinstance(value, int | float):
        return None if isinstance(value, bool) else value
    if kind in ("Date", "DateTime", "Time", "String") and isinstance(value, str) and value:
        return value if item.type not in (ItemType.BOOLEAN, ItemType.ATTACHMENT) else None
    if kind == "Coding" and isinstance(value, dict) and isinstance(value.get("code"), str):
        return str(value["code"])
    return None


def _refuse(source: Source, path: str) -> None:
    said = {
        "sv": "passar inte till den fråga som villkoret gäller.",
        "en": "does not suit the question that the condition is about.",
    }
    source.remarks.refuse(path, Told(said))


def write_condition(when: EnableWhen, item: Item, language: str) -> dict[str, Any]:
    """The condition as FHIR has it: as it was written, where it was taken in from a file."""
    if AS_WRITTEN in when.extra:
        return dict(when.extra[AS_WRITTEN])
    found: dict[str, Any] = {"question": when.question, "operator": when.operator.value}
    if when.operator is Operator.EXISTS:
        return found | {"answerBoolean": bool(when.answer)}
    kind, value = to_fhir(item, when.answer, language)
    kind = "String" if kind == "Uri" else kind
    if kind == "Coding":
        option = item.option(str(when.answer))
        system = when.system or (option.system if option else None)
        value = {"system": system, "code": value.get("code")} if system else {"code": value.get("code")}
        if not value["code"] and option is not None:
            value = {"display": next(iter(option.text.values()))}
    return found | {f"answer{kind}": value}
