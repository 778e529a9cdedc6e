"""An expression bound to the item it stands at: which items its walks come to, which variables it sees."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vardlots.forms.calculations.navigation import ROOTS, Compiled, Step, Walk, compile
from vardlots.forms.calculations.syntax import ExpressionError
from vardlots.forms.faults import Told
from vardlots.forms.instances import below, sources, written_as
from vardlots.forms.model import FHIRPATH, Expression, Form, Item, ItemType

LAUNCH = ("patient", "user", "encounter", "practitioner", "location", "study", "clinical")
"""What may be known when a form is begun, by the names FHIR gives it; nothing where it is not."""

SYSTEMS: Mapping[str, str] = {
    "ucum": "http://unitsofmeasure.org",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}
MOST_SIGNS = 40_000
"""In all the expressions of a form together, each counted once: reading one takes up to 0.3 ms a sign."""
TOP = ""
"""The owner of what stands on the form itself."""


class Slot(msgspec.Struct, frozen=True):
    """What is put in a place of an expression: the answers, or their values, of these items in order."""

    link_ids: tuple[str, ...]
    end: str


class Bound(msgspec.Struct, frozen=True):
    """An expression at its item. `reads` are the linkIds it depends on; everything when `walks_itself`.

    `items` are those it comes to when it is nothing but a walk to items. Variables are bound in their turn.
    """

    owner: str
    compiled: Compiled
    slots: tuple[Slot, ...]
    variables: Mapping[str, "Bound"]
    reads: frozenset[str]
    walks_itself: bool
    items: tuple[str, ...] | None = None


class Binder:
    """Binds the expressions of one form, drawn out. What cannot be bound is noted in `faults`."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._variables: dict[tuple[str, str], Bound] = {}
        self._begun: set[tuple[str, str]] = set()
        self._sources: set[str] = set()
        self._signs = 0
        self.faults: list[tuple[str, Told]] = []

    def bind(self, expression: Expression, owner: str) -> Bound | None:
        """The expression at its item (or `TOP`), None when it cannot be used."""
        try:
            return self._bound(expression, owner)
        except ExpressionError as wrong:
            self._fault(owner, wrong.args[0])
        except RecursionError:
            said = {
                "sv": "för många variabler bygger på varandra.",
                "en": "too many variables build on each other.",
            }
            self._fault(owner, Told(said))
        return None

    def _bound(self, expression: Expression, owner: str) -> Bound:
        scope = self._scope(owner)
        self._count(expression.expression)
        compiled = compile(expression.expression)
        opaque = frozenset(walk.root for walk in compiled.slots if not self._walkable(walk.root, scope))
        if opaque:
            compiled = compile(expression.expression, opaque)
        variables = {name: self._variable(name, scope) for name in compiled.names if name in scope}
        self._check_names(compiled, scope, owner)
        slots: list[Slot] = []
        reads: set[str] = set()
        for walk in compiled.slots:
            link_ids = tuple(one for one in self._items(walk, owner, scope, owner) if one != TOP)
            slots.append(Slot(link_ids, walk.end))
            reads |= set(link_ids)
        walks_itself = compiled.walks_itself
        items: tuple[str, ...] | None = None
        whole = compiled.whole
        if whole is not None and whole.end == "item" and self._walkable(whole.root, scope):
            items = self._items(whole, owner, scope, owner)
            reads |= {inner for one in items for inner in below(self._form, one)} - {owner}
            walks_itself = TOP in items
        for variable in variables.values():
            reads |= variable.reads
            walks_itself = walks_itself or variable.walks_itself
        return Bound(owner, compiled, tuple(slots), variables, frozenset(reads), walks_itself, items)

    def _count(self, source: str) -> None:
        """Raises ExpressionError where the form's expressions together take too long to read."""
        if source in self._sources:
            return
        if self._signs + len(source) > MOST_SIGNS:
            said = {
                "sv": "formulärets uträkningar är längre än {most} tecken tillsammans.",
                "en": "the form's calculations are longer than {most} characters together.",
            }
            raise ExpressionError(Told(said, most=MOST_SIGNS))
        self._sources.add(source)
        self._signs += len(source)

    def _scope(self, owner: str) -> dict[str, tuple[str, Expression]]:
        """The variables seen at an item: name → where it stands, and its expression. Inner ones hide outer ones."""
        found = {one.name: (TOP, one) for one in self._form.variables if one.name}
        place = self._form.places.get(owner)
        for item in (*place.inside, place.item) if place else ():
            found |= {one.name: (item.link_id, one) for one in item.variables if one.name}
        return found

    def _variable(self, name: str, scope: Mapping[str, tuple[str, Expression]]) -> Bound:
        where, expression = scope[name]
        key = (where, name)
        if key not in self._variables:
            if key in self._begun:
                said = {
                    "sv": "variabeln ”{name}” räknas ut av sig själv.",
                    "en": "the variable “{name}” is worked out from itself.",
                }
                raise ExpressionError(Told(said, name=name))
            if expression.language != FHIRPATH:
                said = {
                    "sv": "variabeln ”{name}” är skriven på {language}, som inte räknas ut här.",
                    "en": "the variable “{name}” is in {language}, which is not worked out here.",
                }
                raise ExpressionError(Told(said, name=name, language=expression.language))
            self._begun.add(key)
            try:
                self._variables[key] = self._bound(expression, where)
            finally:
                self._begun.discard(key)
        return self._variables[key]

    def _walkable(self, root: str, scope: Mapping[str, tuple[str, Expression]]) -> bool:
        """Whether walks from this constant come to items known beforehand."""
        if root == "resource" or (root == "context" and "context" not in scope):
            return True
        if root not in scope:
            return False
        return self._variable(root, scope).items is not None

    def _check_names(
        self, compiled: Compiled, scope: Mapping[str, tuple[str, Expression]], owner: str
    ) -> None:
        for name in sorted(compiled.names):
            if name not in scope and name not in (*ROOTS, "context", *LAUNCH, *SYSTEMS):
                said = {"sv": "”%{name}” finns inte.", "en": "there is no “%{name}”."}
                self._fault(owner, Told(said, name=name))

    def _items(
        self, walk: Walk, owner: str, scope: Mapping[str, tuple[str, Expression]], at: str
    ) -> tuple[str, ...]:
        """The linkIds that a walk comes to, in the order of the form; `TOP` where it ends where it began."""
        if walk.root == "resource":
            places: Iterable[str] = (TOP,)
        elif walk.root == "context":
            places = (owner,)
        else:
            places = self._variable(walk.root, scope).items or ()
        for step in walk.steps:
            self._check_link_id(step, at)
            places = tuple(dict.fromkeys(found for place in places for found in self._step(step, place)))
            if step.link_id is None:
                # What gathers all the answers of a group means the others, not itself.
                places = tuple(place for place in places if place != at)
        return tuple(places)

    def _check_link_id(self, step: Step, at: str) -> None:
        name = step.link_id
        if name is not None and name not in self._form.places and name not in sources(self._form):
            said = {"sv": "det finns ingen fråga ”{question}”.", "en": "there is no question “{question}”."}
            self._fault(at, Told(said, question=name))

    def _step(self, step: Step, place: str) -> Iterator[str]:
        if step.how == "any":
            yield from self._anywhere(step.link_id or "", place)
            return
        item = self._form.find(place)
        if item is None and place != TOP:
            return
        if item is not None and (item.type is ItemType.GROUP) is (step.how == "nested"):
            return
        for child in _members(self._form.item if item is None else item.item):
            if step.link_id is None or written_as(self._form, child.link_id) == step.link_id:
                yield child.link_id

    def _anywhere(self, name: str, place: str) -> Iterator[str]:
        drawn = sources(self._form).get(name, (name,) if name in self._form.places else ())
        for link_id in drawn:
            inside = self._form.places[link_id].inside
            if place == TOP or any(outer.link_id == place for outer in inside):
                yield link_id

    def _fault(self, owner: str, told: Told) -> None:
        fault = (written_as(self._form, owner), told)
        if fault not in self.faults:
            self.faults.append(fault)


def _members(items: Iterable[Item]) -> Iterator[Item]:
    """The items, with the instances of groups that repeat in their place."""
    for item in items:
        if item.is_repeating_group:
            yield from item.item
        else:
            yield item
