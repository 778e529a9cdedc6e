"""Groups that repeat: a form drawn out to the instances there are, and instances added and removed.

The values of a repeating group are the ids of its instances in order. `expand` gives each instance a group of its
own, `meal~2`, with its items `dish~2` inside; a group that repeats within it has its ids under `side~2` and its
items under `spice~2~1`. Everything else (what is shown, what comes next, validation, pages) reads the form drawn
out as if somebody had written it so. Where nothing is kept for a group it has as many as it must have, or one to
begin with; an empty list says that the person has none.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping

import msgspec

from vardlots.forms.model import Answers, EnableWhen, Form, Item, Value

MARK = "~"
MOST_INSTANCES = 50
MOST_ITEMS = 5_000
_KEPT = 64


def has_repeating_groups(form: Form) -> bool:
    """Whether the form, as it is written, has a group that repeats."""
    return bool(_roads(form))


def expand(form: Form, answers: Answers) -> Form:
    """The form with an item for each instance there is; the form itself where no group repeats.

    The same instances give the same form, so that what is worked out once about it is kept with it. A form that
    would have more than 5,000 items has no more instances than fit.
    """
    roads = _roads(form)
    if not roads:
        return form
    shape = _Shape(roads, answers)
    for item in form.item:
        shape.walk(item, "")
    key = tuple(shape.ids.items())
    kept: OrderedDict[object, Form] = form.__dict__.setdefault("_drawn_out", OrderedDict())
    if key not in kept:
        kept[key] = _Drawing(shape.ids).form(form)
        if len(kept) > _KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def _roads(form: Form) -> frozenset[str]:
    """The linkIds of the groups that repeat and of all they lie inside."""
    found: frozenset[str] | None = form.__dict__.get("_roads")
    if found is None:
        places = [place for place in form.places.values() if place.item.is_repeating_group]
        found = frozenset(one.link_id for place in places for one in (*place.inside, place.item))
        form.__dict__["_roads"] = found
    return found


class _Shape:
    """Which instances there are, by the linkIds of their groups when drawn out."""

    def __init__(self, roads: frozenset[str], answers: Answers) -> None:
        self.ids: dict[str, tuple[str, ...]] = {}
        self._roads, self._answers, self._items = roads, answers, 0

    def walk(self, item: Item, suffix: str) -> None:
        """Count the item, and whatever instances stand in it."""
        self._items += 1
        if not item.is_repeating_group:
            for child in item.item if item.link_id in self._roads or suffix else ():
                self.walk(child, suffix)
            return
        group = item.link_id + suffix
        there: list[str] = []
        for one in instance_ids(msgspec.structs.replace(item, link_id=group), self._answers):
            if self._items > MOST_ITEMS:
                break
            there.append(one)
            self._items += 1
            for child in item.item:
                self.walk(child, f"{suffix}{MARK}{one}")
        self.ids[group] = tuple(there)


def instance_ids(item: Item, answers: Answers) -> tuple[str, ...]:
    """The ids of a repeating group's instances (`item` of a form drawn out, or one outside other instances)."""
    given = answers.get(item.link_id)
    if given is None:
        return tuple(str(n + 1) for n in range(max(_least(item), 1)))
    found = [str(value) for value in given if isinstance(value, str | int) and not isinstance(value, bool)]
    return tuple(dict.fromkeys(found))[:MOST_INSTANCES]


def written_as(form: Form, link_id: str) -> str:
    """The linkId that the form as written has for an item of the form drawn out."""
    written: Mapping[str, str] = form.__dict__.get("_written", {})
    return written.get(link_id, link_id)


def sources(form: Form) -> Mapping[str, tuple[str, ...]]:
    """linkId as written → those it has in the form drawn out, in order; empty for what stands once as written."""
    found: Mapping[str, tuple[str, ...]] = form.__dict__.get("_sources", {})
    return found


def may_add(item: Item, answers: Answers) -> bool:
    """Whether the repeating group may have one more."""
    return len(instance_ids(item, answers)) < min(item.max_occurs or MOST_INSTANCES, MOST_INSTANCES)


def may_remove(item: Item, answers: Answers) -> bool:
    """Whether the repeating group may have one less."""
    return len(instance_ids(item, answers)) > _least(item)


def add_instance(form: Form, answers: Answers, group: str) -> dict[str, list[Value]]:
    """The answers with one more instance, the last, of the repeating group (its linkId when drawn out).

    Raises LookupError when there is no such group, ValueError when it has as many as it may.
    """
    item = _group(form, answers, group)
    ids = instance_ids(item, answers)
    if not may_add(item, answers):
        raise ValueError(f"{group} has as many as it may")
    following = str(max((int(one) for one in ids if one.isdigit()), default=0) + 1)
    return {**_lists(answers), group: [*ids, following]}


def remove_instance(form: Form, answers: Answers, group: str, instance: str) -> dict[str, list[Value]]:
    """The answers without an instance and all that was answered in it.

    Raises LookupError when there is no such group or instance, ValueError when the group may not have fewer.
    """
    item = _group(form, answers, group)
    ids = instance_ids(item, answers)
    if instance not in ids:
        raise LookupError(f"{group} has no {instance}")
    if not may_remove(item, answers):
        raise ValueError(f"{group} may not have fewer")
    inside = set(below(expand(form, answers), f"{group}{MARK}{instance}"))
    kept = {link_id: values for link_id, values in _lists(answers).items() if link_id not in inside}
    return {**kept, group: [one for one in ids if one != instance]}


def below(form: Form, link_id: str) -> Iterator[str]:
    """The linkIds of an item and of all that lies inside it."""
    yield link_id
    place = form.places.get(link_id)
    for inner in place.item.item if place is not None else ():
        yield from below(form, inner.link_id)


def _least(item: Item) -> int:
    return min(max(item.min_occurs or 0, int(item.required)), MOST_INSTANCES)


def _group(form: Form, answers: Answers, group: str) -> Item:
    item = expand(form, answers).find(group)
    if item is None or not item.is_repeating_group:
        raise LookupError(f"no repeating group {group}")
    return item


def _lists(answers: Answers) -> dict[str, list[Value]]:
    return {link_id: list(values) for link_id, values in answers.items()}


class _Drawing:
    """A form being drawn out."""

    def __init__(self, ids: Mapping[str, tuple[str, ...]]) -> None:
        self._ids = ids
        self._written: dict[str, str] = {}
        self._sources: dict[str, list[str]] = {}

    def form(self, form: Form) -> Form:
        """The form drawn out."""
        whole = msgspec.structs.replace(form, item=tuple(self._drawn(item, "", {}) for item in form.item))
        whole.__dict__["_written"] = self._written
        whole.__dict__["_sources"] = {name: tuple(ids) for name, ids in self._sources.items()}
        whole.__dict__["_roads"] = frozenset()
        whole.__dict__["_as_written"] = form
        return whole

    def _drawn(self, item: Item, suffix: str, renamed: Mapping[str, str]) -> Item:
        """The item within the instance that `suffix` names; `renamed` says what those within it are called."""
        here = msgspec.structs.replace(
            item, link_id=item.link_id + suffix, enable_when=_renamed(item.enable_when, renamed)
        )
        self._note(item, here)
        if not item.is_repeating_group:
            inner = tuple(self._drawn(child, suffix, renamed) for child in item.item)
            return msgspec.structs.replace(here, item=inner)
        inside = _inside(item)
        for name in (item.link_id, *inside):
            self._sources.setdefault(name, [])
        instances: list[Item] = []
        for one in self._ids[here.link_id]:
            deeper = f"{suffix}{MARK}{one}"
            instances.append(
                self._instance(item, deeper, {**renamed, **{name: name + deeper for name in inside}})
            )
        return msgspec.structs.replace(here, item=tuple(instances))

    def _instance(self, item: Item, suffix: str, renamed: Mapping[str, str]) -> Item:
        """One instance: a group that does not repeat, with all that the group has."""
        here = msgspec.structs.replace(
            item,
            link_id=item.link_id + suffix,
            instance_of=item.link_id + suffix.rpartition(MARK)[0],
            repeats=False,
            required=False,
            min_occurs=None,
            max_occurs=None,
            enable_when=(),
            enable_when_expression=None,
        )
        self._note(item, here)
        return msgspec.structs.replace(
            here, item=tuple(self._drawn(child, suffix, renamed) for child in item.item)
        )

    def _note(self, item: Item, here: Item) -> None:
        if here.link_id == item.link_id and not item.is_repeating_group:
            return
        self._written[here.link_id] = item.link_id
        if here.instance_of or not item.is_repeating_group:
            self._sources.setdefault(item.link_id, []).append(here.link_id)


def _inside(item: Item) -> list[str]:
    """The linkIds whose answers belong to one instance of the group: not those of groups that repeat inside it."""
    found: list[str] = []
    waiting = list(item.item)
    while waiting:
        inner = waiting.pop()
        found.append(inner.link_id)
        if not inner.is_repeating_group:
            waiting += inner.item
    return found


def _renamed(conditions: tuple[EnableWhen, ...], renamed: Mapping[str, str]) -> tuple[EnableWhen, ...]:
    """Conditions that ask for what lies in the same instance; what lies outside keeps its name."""
    if not any(when.question in renamed for when in conditions):
        return conditions
    return tuple(
        msgspec.structs.replace(when, question=renamed.get(when.question, when.question))
        for when in conditions
    )
