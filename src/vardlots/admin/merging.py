"""Somebody saved while one's own draft lay open: what both changed, beside each other, nothing chosen in silence."""

from collections.abc import Mapping
from typing import Any

import msgspec

from vardlots.admin.addresses import address
from vardlots.admin.diff import Clash, Difference, differences
from vardlots.admin.editing import Editing
from vardlots.admin.frame import Frame, around
from vardlots.admin.shape import Field, named
from vardlots.admin.view import crumbs, title, units_at
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text


class Line(msgspec.Struct, frozen=True):
    """A field that somebody changed. `choose`: both did, each in their own way."""

    path: str
    label: str
    before: list[str]
    mine: list[str]
    theirs: list[str]
    choose: bool


async def page(
    _connection: Connection, frame: Frame, at: Editing, *, unchosen: bool = False
) -> dict[str, Any]:
    """The page where one brings the two together. `unchosen`: it was sent without a choice everywhere."""
    newest, lang = at.versions[0], frame.lang
    found = lines(frame, at)
    heading = title(frame, at)
    return {
        **around(frame, at.kind, crumbs(frame, at), units_at(frame, at)),
        "heading": heading,
        "who": newest.author_name,
        "when": pages.when_words(newest.at, lang),
        "n": newest.version,
        "their_reason": newest.reason,
        "their_removal": newest.removed,
        "lines": found,
        "choose": sum(one.choose for one in found),
        "unchosen": unchosen,
        "thing": {"url": address(at.kind, at.key)},
        "newest": newest.version,
    }


def lines(frame: Frame, at: Editing) -> list[Line]:
    """Every change of both, those that must be chosen between first."""
    mine = differences(at.fields, at.base, at.body, frame.lang, frame.names)
    theirs = differences(at.fields, at.base, at.newest, frame.lang, frame.names)
    _, clashes = at.merge()
    found = [_clash(frame, at, one, mine, theirs) for one in clashes]
    chosen = [one.path for one in clashes]
    alike = {one.path: one for one in theirs}
    for one in mine:
        if _below(one.path, chosen):
            continue
        same = alike.pop(one.path, None)
        found.append(_line(one, [one.new], [one.new] if same is not None else []))
    for one in theirs:
        if one.path in alike and not _below(one.path, chosen):
            found.append(_line(one, [], [one.new]))
    return found


def _line(one: Difference, mine: list[str], theirs: list[str]) -> Line:
    return Line(one.path, one.label, [one.old] if one.old else [], mine, theirs, False)


def _below(path: str, roots: list[str]) -> bool:
    return any(path == root or path.startswith(f"{root}.") for root in roots)


def _clash(frame: Frame, at: Editing, clash: Clash, mine: list[Difference], theirs: list[Difference]) -> Line:
    own = [one for one in mine if _below(one.path, [clash.path])]
    other = [one for one in theirs if _below(one.path, [clash.path])]
    if [one.path for one in own] == [clash.path] and [one.path for one in other] == [clash.path]:
        return Line(
            clash.path,
            own[0].label,
            [_whole(own[0], own[0].old_value, own[0].old)],
            [_whole(own[0], own[0].new_value, own[0].new)],
            [_whole(other[0], other[0].new_value, other[0].new)],
            True,
        )
    field = _field_at(at.fields, clash.path)
    label = text(frame.lang, field.title) if field is not None else clash.path
    return Line(clash.path, label, [], [_said(one) for one in own], [_said(one) for one in other], True)


def _whole(one: Difference, value: Any, said: str) -> str:
    """A text whole: nobody chooses between parts of two. Anything else in words."""
    return value if one.long and isinstance(value, str) else said


def _said(one: Difference) -> str:
    if not one.new:
        return f"{one.label}: – {one.old}"
    return f"{one.label}: {one.old} → {one.new}" if one.old else f"{one.label}: + {one.new}"


def _field_at(fields: tuple[Field, ...], path: str) -> Field | None:
    found: Field | None = None
    for name in path.split("."):
        if name.isdigit():
            continue
        found = named(fields, name)
        if found is None:
            return None
        fields = found.fields
    return found


def choices_in(sent: Mapping[str, list[str]]) -> dict[str, str]:
    """What was chosen, by path."""
    return {
        name.removeprefix("c."): values[-1]
        for name, values in sent.items()
        if name.startswith("c.") and values and values[-1] in ("mine", "theirs")
    }
