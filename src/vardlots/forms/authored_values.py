"""Calculated and initial values as authors write them: FHIRPath, with `{weight}` for the answers to a question.

`{weight}` stands for `%resource.descendants().where(linkId='weight').answer.value`. Inside a group that repeats, and
of a question in the same group, it is the answer in the same instance.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from vardlots.forms.calculations.plan import expression_faults
from vardlots.forms.faults import ContentFault, Told
from vardlots.forms.instances import MARK, expand
from vardlots.forms.model import Expression, Form, Item, ItemType

_NAMED = re.compile(r"\{\s*([A-Za-z_][\w.-]*)\s*\}")
_TEXTS = re.compile(r"'(?:[^'\\]|\\.)*'")
_UNFIT = (ItemType.GROUP, ItemType.DISPLAY, ItemType.ATTACHMENT)


class Written(Protocol):
    """What is read here of a question in a file."""

    @property
    def id(self) -> str: ...
    @property
    def calculated(self) -> str | None: ...
    @property
    def initial_calculated(self) -> str | None: ...
    @property
    def variables(self) -> Mapping[str, str]: ...
    @property
    def questions(self) -> Sequence["Written"]: ...


def with_values(
    form: Form, questions: Sequence[Written], variables: Mapping[str, str], file: str
) -> tuple[Form, list[ContentFault]]:
    """The form with its expressions, and a fault for each that cannot be used or that goes in a circle."""
    maker = _Maker(form, {question.id: question for question in _all(questions)})
    whole = msgspec.structs.replace(
        form,
        item=tuple(maker.item(item) for item in form.item),
        variables=tuple(maker.named("", name, source) for name, source in variables.items()),
    )
    whole = maker.with_instances_named(whole)
    faults = [ContentFault(file, link_id, told) for link_id, told in maker.faults]
    if not faults:
        faults = [ContentFault(file, link_id or form.code, told) for link_id, told in _wrong(whole)]
    return whole, faults


def _all(questions: Sequence[Written]) -> Iterator[Written]:
    for question in questions:
        yield question
        yield from _all(question.questions)


def _wrong(form: Form) -> list[tuple[str, Told]]:
    found = expression_faults(expand(form, {}))
    for link_id, place in form.places.items():
        if place.item.calculated_expression is not None and place.item.type in _UNFIT:
            said = {
                "sv": "en fråga av typen {type} kan inte räknas ut.",
                "en": "a question of type {type} cannot be calculated.",
            }
            found.append((link_id, Told(said, type=place.item.type)))
    return found


class _Maker:
    """Writes the expressions of one form's questions."""

    def __init__(self, form: Form, written: Mapping[str, Written]) -> None:
        self._form, self._written = form, written
        self._named: set[str] = set()
        self.faults: list[tuple[str, Told]] = []

    def item(self, item: Item) -> Item:
        """The item with its expressions, and those inside it with theirs."""
        written = self._written[item.link_id]
        return msgspec.structs.replace(
            item,
            item=tuple(self.item(child) for child in item.item),
            required=item.required and written.calculated is None,
            calculated_expression=self._expression(item.link_id, written.calculated),
            initial_expression=self._expression(item.link_id, written.initial_calculated),
            variables=tuple(
                self.named(item.link_id, name, source) for name, source in written.variables.items()
            ),
        )

    def named(self, owner: str, name: str, source: str) -> Expression:
        """A variable."""
        return Expression(self._spelled(owner, source), name=name)

    def with_instances_named(self, form: Form) -> Form:
        """The form where each repeating group that is referred to from inside has a name for its instance."""

        def added(item: Item) -> Item:
            inner = msgspec.structs.replace(item, item=tuple(added(child) for child in item.item))
            if item.link_id not in self._named:
                return inner
            own = Expression("%context", name=_instance_name(item.link_id))
            return msgspec.structs.replace(inner, variables=(own, *inner.variables))

        return msgspec.structs.replace(form, item=tuple(added(item) for item in form.item))

    def _expression(self, link_id: str, source: str | None) -> Expression | None:
        return None if source is None else Expression(self._spelled(link_id, source))

    def _spelled(self, owner: str, source: str) -> str:
        """The expression with each `{question}` outside texts as a path."""
        made: list[str] = []
        end = 0
        for text in _TEXTS.finditer(source):
            made += [self._paths(owner, source[end : text.start()]), text.group()]
            end = text.end()
        return "".join([*made, self._paths(owner, source[end:])])

    def _paths(self, owner: str, source: str) -> str:
        return _NAMED.sub(lambda found: self._path(owner, found[1]), source)

    def _path(self, owner: str, question: str) -> str:
        place = self._form.places.get(question)
        if place is None or not place.item.is_question:
            said = {"sv": "det finns ingen fråga ”{question}”.", "en": "there is no question “{question}”."}
            self.faults.append((owner, Told(said, question=question)))
            return "{}"
        group = self._shared_group(owner, question)
        if group is None:
            return f"%resource.descendants().where(linkId='{question}').answer.value"
        self._named.add(group.link_id)
        between = place.inside[place.inside.index(group) + 1 :]
        path = f"%{_instance_name(group.link_id)}"
        for outer, item in zip((group, *between), (*between, place.item), strict=True):
            path += ".item" if outer.type is ItemType.GROUP else ".answer.item"
            path += f".where(linkId='{item.link_id}')"
        return f"{path}.answer.value"

    def _shared_group(self, owner: str, question: str) -> Item | None:
        """The innermost repeating group that both lie in, if it is the question's own innermost."""
        theirs = [item for item in self._form.places[question].inside if item.is_repeating_group]
        place = self._form.places.get(owner)
        around = (*place.inside, place.item) if place else ()
        return theirs[-1] if theirs and theirs[-1] in around else None


def _instance_name(group: str) -> str:
    # FHIR's names have letters and figures only, and no two groups get the same.
    return "this" + "".join(one if one.isascii() and one.isalnum() else f"X{ord(one):X}X" for one in group)


def check_marks(form: Form, file: str) -> Iterator[ContentFault]:
    """A fault for each id with the sign that instances are told apart by."""
    for link_id in form.places:
        if MARK in link_id:
            said = {"sv": "id:t får inte ha ”{mark}” i sig.", "en": "the id must not have “{mark}” in it."}
            yield ContentFault(file, link_id, Told(said, mark=MARK))
