"""Whether an item is shown by its own `enableWhen`, where answers count only of what is shown."""

from collections.abc import Collection, Sequence

from vardlots.forms.compare import satisfies
from vardlots.forms.instances import sources
from vardlots.forms.model import Answers, Form, Item, Value


def holds(form: Form, item: Item, answers: Answers, enabled: Collection[str]) -> bool:
    """Whether the item's `enableWhen` holds; true where it has none.

    What a condition outside a repeating group asks of a question inside it, it asks of all instances: one that
    fits is enough, and the answer exists when one of them has it.
    """
    if not item.enable_when:
        return True
    hits = (
        satisfies(
            given(form, when.question, answers, enabled), when.operator, when.answer,
            system=when.system, item=_asked(form, when.question),
        )
        for when in item.enable_when
    )  # fmt: skip
    return all(hits) if item.enable_behavior == "all" else any(hits)


def given(form: Form, question: str, answers: Answers, enabled: Collection[str]) -> Sequence[Value]:
    """The answers that count to a question, of all its instances where it is asked from outside them."""
    if question in form.places:
        return answers.get(question, ()) if question in enabled else ()
    drawn = sources(form).get(question, ())
    return [value for link_id in drawn if link_id in enabled for value in answers.get(link_id, ())]


def _asked(form: Form, question: str) -> Item | None:
    place = form.places.get(question)
    if place is None:
        drawn = sources(form).get(question)
        place = form.places.get(drawn[0]) if drawn else None
    return place.item if place else None
