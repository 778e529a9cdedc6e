"""Working a form out: what is shown and what is calculated, from the start or from what one answer changes.

A calculated value is never a guess: from a missing or declined answer nothing is calculated, a fault in the
evaluation (a division by zero, a value of the wrong kind, too much work) gives no value, and it is logged without
the answers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from vardlots.forms.calculations.binding import SYSTEMS, TOP, Bound
from vardlots.forms.calculations.budget import Budget
from vardlots.forms.calculations.evaluate import run
from vardlots.forms.calculations.library import node
from vardlots.forms.calculations.outcome import answers_from, is_true
from vardlots.forms.calculations.plan import Plan, plan_of
from vardlots.forms.calculations.response import ITEM, answer_of, parts, response, value_of
from vardlots.forms.enabling import holds
from vardlots.forms.model import Answers, Form, Item, Value

log = structlog.get_logger()

ALL = -1
"""What an expression sees that reads only what it names: nothing needs to be hidden from it."""


class Worked(msgspec.Struct, frozen=True):
    """A form drawn out, worked out: `enabled` are the items that count, `answers` hold the calculated values too.

    `given` is what was known when the form was begun, as FHIR resources by name (`patient`).
    """

    form: Form
    enabled: frozenset[str]
    answers: Mapping[str, Sequence[Value]]
    given: Mapping[str, Any] = {}


def work(form: Form, answers: Answers, given: Mapping[str, Any] | None = None) -> Worked:
    """Everything from the start; calculated values that come with the answers are not believed."""
    plan = plan_of(form)
    kept = {link_id: values for link_id, values in answers.items() if not _computed(form, link_id)}
    step = _Step(form, plan, set(), kept, given or {})
    step.go(plan.order)
    return step.worked()


def resume(form: Form, answers: Answers, given: Mapping[str, Any] | None = None) -> Worked:
    """What was worked out before and kept: calculated values are taken as they stand, what is shown is looked at."""
    plan = plan_of(form)
    step = _Step(form, plan, set(), dict(answers), given or {})
    for link_id in plan.order:
        if step.shown(link_id):
            step.enabled.add(link_id)
    return step.worked()


def change(before: Worked, changed: Mapping[str, Sequence[Value] | None]) -> Worked:
    """After some answers (None takes one away): only what they reach is worked out anew."""
    form = before.form
    plan = plan_of(form)
    answers = dict(before.answers)
    for link_id, values in changed.items():
        if values is None:
            answers.pop(link_id, None)
        else:
            answers[link_id] = values
    step = _Step(form, plan, set(before.enabled), answers, before.given)
    reached = {reader for link_id in changed for reader in plan.readers.get(link_id, ())}
    step.go_on(reached.union(plan.roaming, (link_id for link_id in changed if link_id in plan.values)))
    return step.worked()


def evaluate(worked: Worked, bound: Bound, item: Item, *, budget: Budget | None = None) -> list[Value]:
    """An expression's answers for an item (an initial value), on a form worked out; nothing where it fails."""
    step = _Step(
        worked.form, plan_of(worked.form), set(worked.enabled), dict(worked.answers), worked.given, budget
    )
    return step.answers_of(bound, item)


def _computed(form: Form, link_id: str) -> bool:
    place = form.places.get(link_id)
    return place is not None and place.item.is_computed


class _Step:
    """One step: the state so far, the budget, and what has been looked up.

    What has been looked up stays true through the step: whoever reads an item comes after it in the order.
    """

    def __init__(
        self,
        form: Form,
        plan: Plan,
        enabled: set[str],
        answers: dict[str, Sequence[Value]],
        given: Mapping[str, Any],
        budget: Budget | None = None,
    ) -> None:
        self.form, self.plan, self.enabled, self.answers, self.given = form, plan, enabled, answers, given
        self.budget = budget or Budget()
        self._values: dict[tuple[str, str], list[Any]] = {}
        self._variables: dict[int, list[Any]] = {}
        self._responses: dict[int, Any] = {}

    def worked(self) -> Worked:
        """The outcome."""
        return Worked(self.form, frozenset(self.enabled), self.answers, self.given)

    def go(self, order: Iterable[str]) -> None:
        """Work out these, in this order."""
        for link_id in order:
            self._visit(link_id)

    def go_on(self, reached: set[str]) -> None:
        """Work out these and what their changes reach, in the order of the plan."""
        if not reached:
            return
        waiting = set(reached)
        for link_id in self.plan.order:
            if link_id in waiting and self._visit(link_id):
                waiting.update(self.plan.readers.get(link_id, ()))

    def _visit(self, link_id: str) -> bool:
        """Work out one item. Returns whether anything about it changed."""
        was_shown, before = link_id in self.enabled, self.answers.get(link_id)
        shown = self.shown(link_id)
        if shown:
            self.enabled.add(link_id)
        else:
            self.enabled.discard(link_id)
        bound = self.plan.values.get(link_id)
        if bound is not None:
            found = self.answers_of(bound, self.form.places[link_id].item) if shown else []
            if found:
                self.answers[link_id] = found
            else:
                self.answers.pop(link_id, None)
        elif before is not None and _computed(self.form, link_id):
            del self.answers[link_id]
        return shown is not was_shown or self.answers.get(link_id) != before

    def shown(self, link_id: str) -> bool:
        """Whether an item counts: what it lies in does, and its conditions hold."""
        place = self.form.places[link_id]
        if place.inside and place.inside[-1].link_id not in self.enabled:
            return False
        if not holds(self.form, place.item, self.answers, self.enabled):
            return False
        bound = self.plan.enabling.get(link_id)
        return bound is None or is_true(self._found(bound, link_id) or ())

    def answers_of(self, bound: Bound, item: Item) -> list[Value]:
        """The answers an expression gives an item; none where it fails or does not fit."""
        found = self._found(bound, item.link_id)
        if not found:
            return []
        try:
            return answers_from(item, found)
        except (ValueError, ArithmeticError) as wrong:
            self._log(item.link_id, wrong)
            return []

    def _found(self, bound: Bound, link_id: str) -> list[Any] | None:
        try:
            self.budget.begin()
            return self._evaluate(bound, self.plan.roaming.get(link_id, ALL))
        except Exception as wrong:  # Whatever a form's author has written, its reader has a page to see.
            self._log(link_id, wrong)
            return None

    def _log(self, link_id: str, wrong: Exception) -> None:
        log.warning(
            "calculation_failed",
            form=self.form.code,
            version=self.form.version,
            item=link_id,
            fault=type(wrong).__name__,
        )

    def _evaluate(self, bound: Bound, unseen: int) -> list[Any]:
        if bound.items is not None:
            return self._items(bound, unseen)
        names = _Names(self, bound, unseen)
        return run(
            bound.compiled.tree,
            slots=[self._slot(slot.link_ids, slot.end) for slot in bound.slots],
            names=names,
            context=names["context"] if bound.compiled.walks_itself else (),
            budget=self.budget,
        )

    def _slot(self, link_ids: Sequence[str], end: str) -> list[Any]:
        if len(link_ids) == 1:
            return self._value(link_ids[0], end)
        return [value for link_id in link_ids for value in self._value(link_id, end)]

    def _value(self, link_id: str, end: str) -> list[Any]:
        """The answers that count to one question, as FHIR has them, or their values."""
        if link_id not in self.enabled:
            return []
        key = (link_id, end)
        found = self._values.get(key)
        if found is None:
            item = self.form.places[link_id].item
            answers = [made for one in self.answers.get(link_id, ()) if (made := answer_of(item, one))]
            found = (
                [value_of(one) for one in answers]
                if end == "value"
                else [node(one, f"{ITEM}.answer") for one in answers]
            )
            self._values[key] = found
        return found

    def _items(self, bound: Bound, unseen: int) -> list[Any]:
        found: list[Any] = []
        for link_id in bound.items or ():
            if link_id == TOP:
                found.append(self.response(unseen))
            else:
                found += self._parts(link_id, unseen)
        return found

    def _parts(self, link_id: str, unseen: int) -> list[Any]:
        item = self.form.places[link_id].item
        self.budget.spend(len(self.form.places) if item.item else 1)
        made = parts(self.form, item, self.enabled, self.answers, self._hidden(unseen))
        return [node(one, ITEM) for one in made]

    def _hidden(self, unseen: int) -> Collection[str]:
        return () if unseen == ALL else {one for one, rank in self.plan.rank.items() if rank >= unseen}

    def response(self, unseen: int) -> Any:
        """The whole response, made when it is asked for."""
        found = self._responses.get(unseen)
        if found is None:
            self.budget.spend(len(self.form.places))
            made = response(self.form, self.enabled, self.answers, self._hidden(unseen))
            found = self._responses[unseen] = node(made, "QuestionnaireResponse")
        return found

    def context(self, owner: str, unseen: int) -> Any:
        """The item that an expression stands at, in the response."""
        if owner == TOP:
            return self.response(unseen)
        return self._parts(owner, unseen)

    def variable(self, bound: Bound, unseen: int) -> list[Any]:
        """A variable's values, worked out when they are asked for."""
        key = id(bound)
        if unseen != ALL:
            return self._evaluate(bound, unseen)
        if key not in self._variables:
            self._variables[key] = self._evaluate(bound, unseen)
        return self._variables[key]


class _Names(Mapping[str, Any]):
    """The constants of an expression, each found when it is read."""

    def __init__(self, step: _Step, bound: Bound, unseen: int) -> None:
        self._step, self._bound, self._unseen = step, bound, unseen

    def __getitem__(self, name: str) -> Any:
        if name in self._bound.variables:
            return self._step.variable(self._bound.variables[name], self._unseen)
        if name in ("resource", "rootResource"):
            return self._step.response(self._unseen)
        if name == "context":
            return self._step.context(self._bound.owner, self._unseen)
        if name in SYSTEMS:
            return SYSTEMS[name]
        found = self._step.given.get(name)
        return [] if found is None else node(found, str(found.get("resourceType", "Element")))

    def __iter__(self) -> Any:
        return iter(self._bound.variables)

    def __len__(self) -> int:
        return len(self._bound.variables)
