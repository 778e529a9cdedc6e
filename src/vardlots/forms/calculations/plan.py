"""What a form's expressions depend on, and an order in which each comes after all that it depends on.

A node of the graph is an item: whether it is shown, and its value. It waits for the groups it lies in, for the
questions of its `enableWhen`, and for what its expressions read. An expression that walks through the response in
ways of its own waits for all that does not wait for it; of several such, each waits for those before it in the form.
So the order, and with it every value, is the same whether all is worked out or only what a change reaches.
"""

from collections import deque
from collections.abc import Mapping

import msgspec

from vardlots.forms.calculations.binding import Binder, Bound
from vardlots.forms.faults import Told
from vardlots.forms.instances import sources, written_as
from vardlots.forms.model import FHIRPATH, Expression, Form

MOST_EXPRESSIONS = 1_000


class Plan(msgspec.Struct, frozen=True):
    """How to work out a form drawn out.

    `order` lists every item but those in a circle. `readers` are the items to look at again when one has changed.
    `unseen` is what an expression that walks by itself must not see: what waits for it, or may.
    """

    order: tuple[str, ...]
    readers: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Bound]
    enabling: Mapping[str, Bound]
    unseen: Mapping[str, frozenset[str]]
    circles: tuple[str, ...]
    faults: tuple[tuple[str, Told], ...]


def plan_of(form: Form) -> Plan:
    """The plan of a form drawn out, made once and kept with it."""
    found: Plan | None = form.__dict__.get("_plan")
    if found is None:
        found = form.__dict__["_plan"] = _planned(form)
    return found


def expression_faults(form: Form) -> list[tuple[str, Told]]:
    """What is wrong with a form's expressions: linkId (empty for the form) and sentence.

    For the form drawn out with one instance of each group that repeats, so that all that is written is read.
    """
    plan = plan_of(form)
    found = list(plan.faults)
    said = {
        "sv": "värdet räknas ut av sig självt: {circle}.",
        "en": "the value is worked out from itself: {circle}.",
    }
    names = tuple(dict.fromkeys(written_as(form, link_id) for link_id in plan.circles))
    if names and has_expressions(form):
        found.append((names[0], Told(said, circle=", ".join(names))))
    return found


def has_expressions(form: Form) -> bool:
    """Whether anything in the form is worked out."""
    found: bool | None = form.__dict__.get("_has_expressions")
    if found is None:
        found = any(
            _usable(expression)
            for place in form.places.values()
            for expression in (place.item.calculated_expression, place.item.enable_when_expression)
        )
        form.__dict__["_has_expressions"] = found
    return found


def _usable(expression: Expression | None) -> bool:
    return expression is not None and expression.language == FHIRPATH


def _planned(form: Form) -> Plan:
    binder = Binder(form)
    values: dict[str, Bound] = {}
    enabling: dict[str, Bound] = {}
    for link_id, place in form.places.items():
        for expression, into in (
            (place.item.calculated_expression, values),
            (place.item.enable_when_expression, enabling),
        ):
            if expression is None or expression.language != FHIRPATH:
                continue
            if len(values) + len(enabling) >= MOST_EXPRESSIONS:
                said = {
                    "sv": "formuläret har fler än {most} uträkningar.",
                    "en": "the form has more than {most} calculations.",
                }
                binder.faults.append((link_id, Told(said, most=MOST_EXPRESSIONS)))
                break
            bound = binder.bind(expression, link_id)
            if bound is not None:
                into[link_id] = bound
    waits = _waits(form, values, enabling)
    roaming = [
        link_id
        for link_id in form.places
        if any(bound.walks_itself for bound in (values.get(link_id), enabling.get(link_id)) if bound)
    ]
    unseen = _roam(waits, roaming)
    order = _sorted(waits)
    readers: dict[str, list[str]] = {}
    for link_id, sources_of in waits.items():
        for source in sources_of:
            readers.setdefault(source, []).append(link_id)
    return Plan(
        order,
        {source: tuple(reading) for source, reading in readers.items()},
        values,
        enabling,
        unseen,
        _circles(waits, order),
        tuple(binder.faults),
    )


def _waits(form: Form, values: Mapping[str, Bound], enabling: Mapping[str, Bound]) -> dict[str, set[str]]:
    drawn = sources(form)
    found: dict[str, set[str]] = {}
    for link_id, place in form.places.items():
        waits = {outer.link_id for outer in place.inside}
        for when in place.item.enable_when:
            waits |= {when.question} if when.question in form.places else set(drawn.get(when.question, ()))
        for bound in (values.get(link_id), enabling.get(link_id)):
            waits |= bound.reads if bound else set()
        found[link_id] = waits & form.places.keys()
    return found


def _roam(waits: dict[str, set[str]], roaming: list[str]) -> dict[str, frozenset[str]]:
    """Let those that walk by themselves wait for all that may go before them; gives what each must not see."""
    if not roaming:
        return {}
    ordered = set(_sorted(waits))
    unseen: dict[str, frozenset[str]] = {}
    later: set[str] = set()
    for link_id in reversed(roaming):
        later |= _downstream(waits, link_id)
        unseen[link_id] = frozenset(later)
    for link_id in roaming:
        waits[link_id] |= ordered - unseen[link_id]
    return unseen


def _downstream(waits: Mapping[str, set[str]], start: str) -> set[str]:
    found = {start}
    growing = True
    while growing:
        more = {
            link_id for link_id, sources_of in waits.items() if link_id not in found and sources_of & found
        }
        found |= more
        growing = bool(more)
    return found


def _sorted(waits: Mapping[str, set[str]]) -> tuple[str, ...]:
    left = {link_id: len(sources_of) for link_id, sources_of in waits.items()}
    wanted_by: dict[str, list[str]] = {}
    for link_id, sources_of in waits.items():
        for source in sources_of:
            wanted_by.setdefault(source, []).append(link_id)
    ready = deque(link_id for link_id, count in left.items() if count == 0)
    order: list[str] = []
    while ready:
        link_id = ready.popleft()
        order.append(link_id)
        for waiting in wanted_by.get(link_id, ()):
            left[waiting] -= 1
            if left[waiting] == 0:
                ready.append(waiting)
    return tuple(order)


def _circles(waits: Mapping[str, set[str]], order: tuple[str, ...]) -> tuple[str, ...]:
    """The items that wait for themselves, through others or not; not those that only wait for such."""
    stuck = set(waits) - set(order)
    left = {link_id: waits[link_id] & stuck for link_id in waits if link_id in stuck}
    shrinking = True
    while shrinking:
        wanted = {source for sources_of in left.values() for source in sources_of}
        loose = [link_id for link_id in left if link_id not in wanted]
        for link_id in loose:
            del left[link_id]
        shrinking = bool(loose)
    return tuple(left)
