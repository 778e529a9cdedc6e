"""A form page by page, as a patient meets it: which pages there are, which comes next, how many questions are done.

Pure. A question has a page of its own, with what lies inside it; a group that repeats has one with all its instances.
What is calculated is on no page: it is read when all answers are read through. `seen` are the linkIds that the person
has been past: a value that stands there from the beginning is no answer before they have.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec

from vardlots.forms.filling import Filling
from vardlots.forms.model import Form, Item, ItemType


class Page(msgspec.Struct, frozen=True):
    """One page. `key` is the linkId of its question or group, `asks` those that are answered on it; `group` is the
    linkId of the group around it, `texts` those of what is to be read first."""

    key: str
    asks: tuple[str, ...]
    group: str | None = None
    texts: tuple[str, ...] = ()


class Progress(NamedTuple):
    """*done av total*."""

    done: int
    total: int


def pages_of(filling: Filling) -> tuple[Page, ...]:
    """The pages that are shown for these answers, in the order of the form."""
    return tuple(_pages(filling, filling.drawn.item, None, []))


def _pages(filling: Filling, items: Sequence[Item], group: str | None, texts: list[str]) -> Iterator[Page]:
    for item in _shown(filling, items):
        if item.type is ItemType.DISPLAY:
            texts.append(item.link_id)
        elif item.type is ItemType.GROUP and not item.is_repeating_group:
            yield from _pages(filling, item.item, item.link_id, texts)
        else:
            asks = tuple(_asked_in(filling, item))
            if asks or item.is_repeating_group:
                yield Page(item.link_id, asks, group, tuple(texts))
                texts.clear()


def _shown(filling: Filling, items: Sequence[Item]) -> Iterator[Item]:
    return (item for item in items if item.link_id in filling.worked.enabled and not item.hidden)


def _asked_in(filling: Filling, item: Item) -> Iterator[str]:
    """The questions that somebody answers, of an item and all that lies inside it."""
    if item.is_question and not item.is_computed and not item.read_only:
        yield item.link_id
    for inner in _shown(filling, item.item):
        yield from _asked_in(filling, inner)


def is_done(page: Page, seen: Collection[str]) -> bool:
    """Whether the person has been past everything on the page."""
    return all(one in seen for one in _counts(page))


def progress(filling: Filling, seen: Collection[str]) -> Progress:
    """How many of the questions shown the person has been past; a group without instances counts as one."""
    wanted = [one for page in pages_of(filling) for one in _counts(page)]
    return Progress(sum(one in seen for one in wanted), len(wanted))


def _counts(page: Page) -> tuple[str, ...]:
    return page.asks or (page.key,)


def next_page(filling: Filling, seen: Collection[str], after: str | None = None) -> Page | None:
    """The first page after this one (or from the start) that is not done; None when all are."""
    pages = pages_of(filling)
    start = next((place + 1 for place, page in enumerate(pages) if page.key == after), 0)
    return next((page for page in (*pages[start:], *pages[:start]) if not is_done(page, seen)), None)


def page_before(filling: Filling, key: str | None) -> Page | None:
    """The page before this one, or the last of all; None at the first."""
    pages = pages_of(filling)
    at = next((place for place, page in enumerate(pages) if page.key == key), len(pages))
    return pages[at - 1] if at else None


def page_with(filling: Filling, link_id: str) -> Page | None:
    """The page on which something is asked, or that bears its name."""
    return next((page for page in pages_of(filling) if page.key == link_id or link_id in page.asks), None)


def has_files(form: Form) -> bool:
    """Whether it asks for a picture or file: those are sent as messages, so such a form is not sent into a chat."""
    return any(place.item.type is ItemType.ATTACHMENT for place in form.places.values())


def without_files(form: Form) -> Form:
    """The form without what asks for a picture or file, for where none can be taken."""
    return msgspec.structs.replace(form, item=_without_files(form.item))


def _without_files(items: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(
        msgspec.structs.replace(item, item=_without_files(item.item)) if item.item else item
        for item in items
        if item.type is not ItemType.ATTACHMENT
    )
