"""Walking through a form: what is shown, what comes next, how far one has come.

An item counts when it and everything it lies inside is enabled. An answer to an item that is not enabled is
kept but does not count, neither as an answer nor in anybody's `enableWhen`.
"""

from typing import NamedTuple

from vardlots.forms.compare import satisfies
from vardlots.forms.model import Answers, Form, Item


class Progress(NamedTuple):
    """*Fråga k av ungefär approx_total.*"""

    k: int
    approx_total: int


class _Enabled:
    """Which items are enabled, each worked out once. A circle of conditions is not enabled."""

    def __init__(self, form: Form, answers: Answers) -> None:
        self._form = form
        self._answers = answers
        self._known: dict[str, bool] = {}

    def __call__(self, link_id: str) -> bool:
        known = self._known.get(link_id)
        if known is None:
            self._known[link_id] = False
            known = self._known[link_id] = self._work_out(link_id)
        return known

    def _work_out(self, link_id: str) -> bool:
        place = self._form.places.get(link_id)
        if place is None or not all(self(outer.link_id) for outer in place.inside):
            return False
        item = place.item
        if not item.enable_when:
            return True
        hits = (
            satisfies(
                self._answers.get(when.question, ()) if self(when.question) else (),
                when.operator,
                when.answer,
            )
            for when in item.enable_when
        )
        return all(hits) if item.enable_behavior == "all" else any(hits)


def visible_items(form: Form, answers: Answers) -> tuple[Item, ...]:
    """The items to show for these answers, groups and display texts too, in the order of the form."""
    enabled = _Enabled(form, answers)
    return tuple(
        place.item for link_id, place in form.places.items() if not place.item.hidden and enabled(link_id)
    )


def counted_answers(form: Form, answers: Answers) -> Answers:
    """The answers that count: those of enabled items, the hidden ones among them."""
    enabled = _Enabled(form, answers)
    return {
        link_id: values for link_id, values in answers.items() if link_id in form.places and enabled(link_id)
    }


def visible_steps(form: Form, answers: Answers) -> tuple[Item, ...]:
    """The questions that have a page of their own, for these answers."""
    enabled = _Enabled(form, answers)
    return tuple(form.places[link_id].item for link_id in form.steps if enabled(link_id))


def next_item(form: Form, answers: Answers, after: str | None = None) -> Item | None:
    """The first question after `after` (or from the start) that is shown and has no answer; None at the end.

    A question passed over (an empty list) is answered. So whoever has gone back and changed something comes
    straight to where they were, by way of what their change made new.
    """
    position = _position(form, after)
    enabled = _Enabled(form, answers)
    return next(
        (
            form.places[link_id].item
            for link_id in (*form.steps[position:], *form.steps[:position])
            if link_id not in answers and enabled(link_id)
        ),
        None,
    )


def previous_item(form: Form, answers: Answers, before: str | None = None) -> Item | None:
    """The question shown before `before` (or the last of all), answered or not; None at the first."""
    end = form.steps.index(before) if before in form.steps else len(form.steps)
    enabled = _Enabled(form, answers)
    return next(
        (form.places[link_id].item for link_id in reversed(form.steps[:end]) if enabled(link_id)), None
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
    open_ids = {link_id for link_id in shown if link_id not in answers}
    undecided = sum(
        1 for link_id in form.steps if link_id not in shown and _may_open(form, link_id, open_ids)
    )
    return Progress(k, max(k, len(shown) + (undecided + 1) // 2))


def is_complete(form: Form, answers: Answers) -> bool:
    """Whether every question shown has been answered or passed over."""
    return next_item(form, answers) is None


def _may_open(form: Form, link_id: str, open_ids: set[str], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a question now hidden hangs, itself or through others, on one still open."""
    if link_id in seen or link_id not in form.places:
        return False
    place = form.places[link_id]
    sources = {when.question for item in (place.item, *place.inside) for when in item.enable_when}
    return any(
        source in open_ids or _may_open(form, source, open_ids, seen | {link_id})
        for source in sorted(sources)
    )


def _position(form: Form, after: str | None) -> int:
    return form.steps.index(after) + 1 if after in form.steps else 0
