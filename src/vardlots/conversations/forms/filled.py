"""What a patient has filled in of a form, as it is kept and as the engine works it out. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from vardlots.conversations.forms.model import Filled
from vardlots.conversations.forms.walk import Progress, progress
from vardlots.forms.answering import Fault, validate_answer
from vardlots.forms.filling import Filling, answer_page, begin
from vardlots.forms.model import DECLINED, Form, Item, ItemType, Value


class Kept(msgspec.Struct, frozen=True):
    """The answers to keep, how far that is, the form worked out with them, and what could not be kept."""

    answers: Mapping[str, Sequence[Value]]
    progress: Progress
    filling: Filling
    faults: tuple[Fault, ...] = ()


def plain(form: Form) -> dict[str, Any]:
    """The whole form as JSON, to be read again as `Form`."""
    told: dict[str, Any] = msgspec.to_builtins(form)
    return told


def begun(form: Form, known: Mapping[str, Any], answers: Mapping[str, Sequence[Value]]) -> Filling:
    """The form worked out, with the values that stand there from the beginning where nothing is answered."""
    return begin(form, known, answers)


def filling(request: Filled) -> Filling:
    """The request's form worked out with what has been answered."""
    return begun(request.form, request.known, request.answers)


def sent_in(request: Filled) -> Filling:
    """The form with nothing but what was kept: no value that the person has not been past."""
    return Filling(request.form, request.answers, request.known)


def standing(request: Filled) -> Kept:
    """What is kept as it is."""
    return Kept(request.answers, Progress(request.done, request.total), filling(request))


def answered(
    request: Filled, raw: Mapping[str, object], change: Callable[[Filling], Filling] | None = None
) -> Kept:
    """What there is to keep after a page of answers, and a change of instances where nothing is wrong with them."""
    before = filling(request)
    after, faults = answer_page(before, raw)
    wrong = {fault.link_id for fault in faults}
    seen = set(request.answers) | (set(raw) - wrong)
    if change is not None and not faults:
        after = change(after)
        seen |= _groups(after)
    kept = _to_keep(after, seen)
    return Kept(kept, progress(after, kept), after, faults)


def _groups(worked: Filling) -> set[str]:
    return {link_id for link_id, place in worked.drawn.places.items() if place.item.is_repeating_group}


def _to_keep(worked: Filling, seen: Collection[str]) -> dict[str, list[Value]]:
    """What the person has been past, and what is calculated."""
    places = worked.drawn.places
    return {
        link_id: list(values)
        for link_id, values in worked.answers.items()
        if link_id in seen or (link_id in places and places[link_id].item.is_computed)
    }


def says_the_same(request: Filled, raw: Mapping[str, object]) -> bool:
    """Whether a page says nothing but what is kept already: pressed twice, or sent again."""
    places = filling(request).drawn.places
    return bool(raw) and all(
        link_id in places and _same(places[link_id].item, raw[link_id], request.answers.get(link_id))
        for link_id in raw
    )


def _same(item: Item, raw: object, kept: Sequence[Value] | None) -> bool:
    read = validate_answer(item, raw)
    return kept is not None and not isinstance(read, Fault) and list(read.values) == list(kept)


def read_page(worked: Filling, asks: Collection[str], fields: Any) -> dict[str, object]:
    """What a page's fields say, as the engine reads it: `a.` the answers, `o.` something else, `u.` the unit, `d.`
    declined, each before the question's linkId."""
    places = worked.drawn.places
    return {link_id: _raw(places[link_id].item, fields) for link_id in asks if link_id in places}


def _raw(item: Item, fields: Any) -> object:
    name = item.link_id
    if item.may_decline and fields.get(f"d.{name}"):
        return DECLINED
    values: list[Any] = [str(one).replace("\r\n", "\n") for one in fields.getall(f"a.{name}", [])]
    other = str(fields.get(f"o.{name}", "")).strip()
    if item.type is ItemType.OPEN_CHOICE and (other or "other" in values):
        return [*(one for one in values if one != "other"), {"other": other}]
    if item.type is ItemType.QUANTITY:
        unit = str(fields.get(f"u.{name}", ""))
        return [{"value": one, "unit": unit} for one in values if one.strip()]
    return values
