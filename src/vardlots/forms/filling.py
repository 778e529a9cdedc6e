"""Filling in a form: begun, answered question by question or page by page, with instances added, and sent.

filling = begin(form)
filling = answer(filling, "weight", "72,5")      # a Fault where the answer cannot be kept
done = send(form, filling.answers)               # what to keep for ever, or what is left to mend

What is kept between the steps is `filling.answers`, by linkId; calculated values stand among them.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from vardlots.forms import instances
from vardlots.forms.answering import Fault, validate_answer
from vardlots.forms.calculations.binding import Binder
from vardlots.forms.calculations.budget import Budget
from vardlots.forms.calculations.work import Worked, change, evaluate, resume, work
from vardlots.forms.instances import MARK, below, expand
from vardlots.forms.model import FHIRPATH, Answers, Form, Item, Value


class Filling(msgspec.Struct, frozen=True, dict=True):
    """A form as written and the answers so far. `given`: what was known at the beginning, FHIR resources by name."""

    form: Form
    answers: Mapping[str, Sequence[Value]] = {}
    given: Mapping[str, Any] = {}

    @cached_property
    def worked(self) -> Worked:
        """The form drawn out to its instances, what is shown, and the answers with what is calculated."""
        return resume(expand(self.form, self.answers), self.answers, self.given)

    @property
    def drawn(self) -> Form:
        """The form drawn out to its instances."""
        return self.worked.form


class Sent(msgspec.Struct, frozen=True):
    """A form that has been sent: the answers that count, and what must be mended before they can be kept."""

    answers: dict[str, list[Value]]
    faults: tuple[Fault, ...]


def begin(form: Form, given: Mapping[str, Any] | None = None, answers: Answers | None = None) -> Filling:
    """A form to fill in, with its initial values where nothing is answered yet, and what is calculated from them."""
    there = dict(answers or {})
    worked = work(expand(form, there), there, given)
    worked = _with_initial(worked, worked.form.places)
    return _filling(form, worked)


def answer(filling: Filling, link_id: str, raw: object) -> Filling | Fault:
    """The filling with this answer and all that it changes, or what is wrong with it.

    Only what is shown takes an answer; what is hidden or calculated does not.
    """
    item = _asked(filling.worked, link_id)
    if item is None:
        return Fault(link_id, "not_asked")
    result = validate_answer(item, raw)
    if isinstance(result, Fault):
        return result
    return _filling(filling.form, change(filling.worked, {link_id: list(result.values)}))


def answer_page(filling: Filling, raw: Mapping[str, object]) -> tuple[Filling, tuple[Fault, ...]]:
    """The filling with a page of answers: of what is shown, then of what those answers bring forth, and so on.

    What a page sends for questions that are not shown, or that nobody answers, is passed by without a word: it was
    drawn before the answers were known. So is what is wrong with an answer to a question that another answer hides.
    """
    faults: dict[str, Fault] = {}
    waiting = [link_id for link_id in filling.drawn.places if link_id in raw]
    while waiting:
        asked = {link_id: item for link_id in waiting if (item := _asked(filling.worked, link_id))}
        taken: dict[str, Sequence[Value]] = {}
        for link_id, item in asked.items():
            if item.is_computed or item.read_only:
                continue
            result = validate_answer(item, raw[link_id])
            if isinstance(result, Fault):
                faults[link_id] = result
            else:
                taken[link_id] = list(result.values)
        waiting = [link_id for link_id in waiting if link_id not in asked]
        if not asked:
            break
        if taken:
            filling = _filling(filling.form, change(filling.worked, taken))
    left = [fault for link_id, fault in faults.items() if _asked(filling.worked, link_id)]
    places = list(filling.drawn.places)
    return filling, tuple(sorted(left, key=lambda fault: places.index(fault.link_id)))


def add(filling: Filling, group: str) -> Filling:
    """The filling with one more instance of a repeating group, its initial values in it.

    Raises LookupError for a group that is not shown, ValueError when it has as many as it may.
    """
    _check_group(filling, group)
    answers = instances.add_instance(filling.form, filling.answers, group)
    worked = work(expand(filling.form, answers), answers, filling.given)
    added = f"{group}{MARK}{answers[group][-1]}"
    return _filling(filling.form, _with_initial(worked, below(worked.form, added)))


def remove(filling: Filling, group: str, instance: str) -> Filling:
    """The filling without an instance and its answers.

    Raises LookupError where there is no such instance, ValueError when the group may not have fewer.
    """
    _check_group(filling, group)
    answers = instances.remove_instance(filling.form, filling.answers, group, instance)
    return _filling(filling.form, work(expand(filling.form, answers), answers, filling.given))


def send(form: Form, answers: Answers, given: Mapping[str, Any] | None = None) -> Sent:
    """The answers to keep: those that count, everything calculated anew, whatever the page said it was.

    `faults` has each question that must be answered and is not, and each answer that the form does not allow.
    """
    drawn = expand(form, answers)
    worked = work(drawn, answers, given)
    faults: list[Fault] = []
    kept: dict[str, list[Value]] = {}
    for link_id, place in drawn.places.items():
        if link_id not in worked.enabled:
            continue
        item = place.item
        if item.is_repeating_group:
            kept[link_id] = list(instances.instance_ids(item, answers))
            faults += _instance_faults(item, answers)
        elif item.is_question:
            values = list(worked.answers.get(link_id, ()))
            if link_id in worked.answers:
                kept[link_id] = values
            faults += _answer_faults(worked, item, values)
    return Sent(kept, tuple(faults))


def _answer_faults(worked: Worked, item: Item, values: list[Value]) -> list[Fault]:
    if item.is_computed or item.read_only or _asked(worked, item.link_id) is None:
        return []
    result = validate_answer(item, values)
    return [result] if isinstance(result, Fault) else []


def _instance_faults(item: Item, answers: Answers) -> list[Fault]:
    count = len(instances.instance_ids(item, answers))
    if item.min_occurs and count < item.min_occurs:
        return [Fault(item.link_id, "too_few", {"min": item.min_occurs})]
    if item.required and not count:
        return [Fault(item.link_id, "too_few", {"min": 1})]
    if item.max_occurs and count > item.max_occurs:
        return [Fault(item.link_id, "too_many", {"max": item.max_occurs})]
    return []


def _asked(worked: Worked, link_id: str) -> Item | None:
    """The question, where it is shown to whoever answers."""
    place = worked.form.places.get(link_id)
    if place is None or link_id not in worked.enabled or not place.item.is_question:
        return None
    return None if any(item.hidden for item in (*place.inside, place.item)) else place.item


def _check_group(filling: Filling, group: str) -> None:
    if group not in filling.worked.enabled:
        raise LookupError(f"{group} is not shown")


def _filling(form: Form, worked: Worked) -> Filling:
    made = Filling(form, worked.answers, worked.given)
    made.__dict__["worked"] = worked
    return made


def _with_initial(worked: Worked, link_ids: Iterable[str]) -> Worked:
    """The initial values of these items where nothing stands: those that are written, then those worked out."""
    places = worked.form.places
    empty = [
        link_id for link_id in link_ids
        if link_id not in worked.answers and places[link_id].item.is_question
        and not places[link_id].item.is_computed
    ]  # fmt: skip
    written = {link_id: found for link_id in empty if (found := _written(places[link_id].item))}
    worked = change(worked, written) if written else worked
    binder, budget = Binder(worked.form), Budget()
    for link_id in empty:
        expression = places[link_id].item.initial_expression
        if link_id in written or expression is None or expression.language != FHIRPATH:
            continue
        bound = binder.bind(expression, link_id)
        found = evaluate(worked, bound, places[link_id].item, budget=budget) if bound else []
        if found:
            worked = change(worked, {link_id: found})
    return worked


def _written(item: Item) -> list[Value]:
    chosen: list[Value] = [option.code for option in item.answer_option if option.initial_selected]
    return list(item.initial) or chosen
