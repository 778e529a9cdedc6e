"""Walking through a form: what is shown, what comes next, how far one has come.

An item counts when it and everything it lies inside is enabled. An answer to an item that is not enabled is
kept but does not count, neither as an answer nor in anybody's `enableWhen`.
"""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from vardlots.forms.calculations.plan import has_expressions
from vardlots.forms.calculations.work import resume
from vardlots.forms.enabling import holds
from vardlots.forms.model import Answers, Form, Item


class Progress(NamedTuple):
    """*Fråga k av ungefär approx_total.*"""

    k: int
    approx_total: int


def enabled_ids(form: Form, answers: Answers) -> AbstractSet[str]:
    """The linkIds of the items that count for these answers, hidden ones too.

    Groups that repeat count by their instances in a form drawn out (`instances.expand`).
    """
    if has_expressions(form):
        return resume(form, answers).enabled
    enabled: set[str] = set()
    places = form.places
    for link_id in form.order:
        item, inside = places[link_id].item, places[link_id].inside
        if inside and inside[-1].link_id not in enabled:
            continue
        if not item.enable_when or holds(form, item, answers, enabled):
            enabled.add(link_id)
    return enabled


def visible_items(form: Form, answers: Answers) -> tuple[Item, ...]:
    """The items to show for these answers, groups and display texts too, in the order of the form."""
    enabled = enabled_ids(form, answers)
    return tuple(
        place.item for link_id, place in form.places.items() if not place.item.hidden and link_id in enabled
    )


def counted_answers(form: Form, answers: Answers) -> Answers:
    """The answers that count: those of enabled items, the hidden ones among them."""
    enabled = enabled_ids(form, answers)
    return {link_id: values for link_id, values in answers.items() if link_id in enabled}


def visible_steps(form: Form, answers: Answers) -> tuple[Item, ...]:
    """The questions that have a page of their own, for these answers."""
    enabled = enabled_ids(form, answers)
    return tuple(form.places[link_id].item for link_id in form.steps if link_id in enabled)


def next_item(form: Form, answers: Answers, after: str | None = None) -> Item | None:
    """The first question after `after` (or from the start) that is shown and has no answer; None at the end.

    A question passed over (an empty list) is answered. So whoever has gone back and changed something comes
    straight to where they were, by way of what their change made new.
    """
    position = _position(form, after)
    enabled = enabled_ids(form, answers)
    return next(
        (
            form.places[link_id].item
            for link_id in (*form.steps[position:], *form.steps[:position])
            if link_id not in answers and link_id in enabled
        ),
        None,
    )


def previous_item(form: Form, answers: Answers, before: str | None = None) -> Item | None:
    """The question shown before `before` (or the last of all), answered or not; None at the first."""
    end = form.steps.index(before) if before in form.steps else len(form.steps)
    enabled = enabled_ids(form, answers)
    return next(
        (form.places[link_id].item for link_id in reversed(form.steps[:end]) if link_id in enabled), None
    )


def progress(form: Form, answers: Answers, at: str | None = None) -> Progress:
    """Which question `at` (or the first unanswered) is, of about how many.

    Certain questions count whole; of those that hang on an answer not yet given about half are asked.
    """
    shown = [item.link_id for item in visible_steps(form, answers)]
    if at is None:
        following = next_item(form, answers)
        at = following.link_id if following else None
    k = shown.index(at) + 1 if at in shown else max(len(shown), 1)
    undecided = len(_may_open(form, {link_id for link_id in shown if link_id not in answers}) - set(shown))
    return Progress(k, max(k, len(shown) + (undecided + 1) // 2))


def _may_open(form: Form, open_ids: set[str]) -> set[str]:
    """The questions that hang, themselves or through others, on one of these."""
    moving = set(open_ids)
    for link_id in form.order:
        place = form.places[link_id]
        if any(when.question in moving for item in (place.item, *place.inside) for when in item.enable_when):
            moving.add(link_id)
    return moving & set(form.steps)


def _position(form: Form, after: str | None) -> int:
    return form.steps.index(after) + 1 if after in form.steps else 0
