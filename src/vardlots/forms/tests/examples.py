"""What tests of forms make their questions of."""

from vardlots.forms.model import Item, ItemType

TEXT = {"sv": "Fråga", "en": "Question"}


def q(link_id: str, type: str = "string", **more: object) -> Item:
    """A question of a type, with whatever else of an item."""
    return Item(link_id, ItemType(type), TEXT, **more)  # type: ignore[arg-type]
