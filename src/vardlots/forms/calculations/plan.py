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
    `roaming` numbers the items whose expressions walk through the response in ways of their own: they are looked at
    whatever has changed, and do not see what `rank` gives their number or a higher one, which waits for them or for
    those after them.
    """

    order: tuple[str, ...]
    readers: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Bound]
    enabling: Mapping[str, Bound]
    roaming: Mapping[str, int]
    rank: Mapping[str, int]
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
    readers = _readers(waits)
    rank = _ranks(readers, roaming)
    sorted_ = _sorted(waits, readers)
    return Plan(
        # What waits for an item has its rank or a higher one, so this keeps the order.
        tuple(sorted(sorted_, key=lambda link_id: rank.get(link_id, -1))),
        {source: tuple(reading) for source, reading in readers.items()},
        values,
        enabling,
        {link_id: number for number, link_id in enumerate(roaming)},
        rank,
        _circles(waits, sorted_),
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


def _readers(waits: Mapping[str, set[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link_id, sources_of in waits.items():
        for source in sources_of:
            found.setdefault(source, []).append(link_id)
    return found


def _ranks(readers: Mapping[str, list[str]], roaming: list[str]) -> dict[str, int]:
    """For all that waits for a roaming item, through others or not: the number of the last such."""
    rank: dict[str, int] = {}
    for number in range(len(roaming) - 1, -1, -1):
        waiting = [roaming[number]]
        while waiting:
            link_id = waiting.pop()
            if link_id not in rank:
                rank[link_id] = number
                waiting += readers.get(link_id, ())
    return rank


def _sorted(waits: Mapping[str, set[str]], readers: Mapping[str, list[str]]) -> tuple[str, ...]:
    left = {link_id: len(sources_of) for link_id, sources_of in waits.items()}
    ready = deque(link_id for link_id, count in left.items() if count == 0)
    order: list[str] = []
    while ready:
        link_id = ready.popleft()
        order.append(link_id)
        for waiting in readers.get(link_id, ()):
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
