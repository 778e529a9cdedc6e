"""The things of a kind as rows of a list: what each is called, whose it is, and what has happened to it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.admin import queries
from vardlots.admin.addresses import NEW
from vardlots.admin.editing import called
from vardlots.admin.frame import Frame
from vardlots.admin.versions import long_day, moment_words
from vardlots.admin.words import Choices
from vardlots.configuration import queries as configuration
from vardlots.configuration.model import Body, Kind
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a list."""

    kind: Kind
    key: str
    unit_id: int | None
    title: str
    body: Body
    author_name: str = ""
    at: datetime | None = None
    removed: bool = False
    starts_at: datetime | None = None
    draft: bool = False


async def rows(connection: Connection, *, by: StaffActor, kind: Kind, names: Choices) -> list[Row]:
    """Everything of a kind, removed things too, by title."""
    now = clock.now()
    drafts = await configuration.drafts(connection, by.provider_id, kind.code, by.staff_id)
    waits = {one.key: one for one in await queries.waiting(connection, by.provider_id, kind.code)}
    found = {
        one.key: Row(
            kind=kind,
            key=one.key,
            unit_id=one.unit_id,
            title=called(kind, one.body, names),
            body=one.body,
            author_name=one.author_name,
            at=one.at,
            draft=one.key in drafts,
            starts_at=waits[one.key].starts_at if one.key in waits else None,
        )
        for one in await configuration.items(connection, by.provider_id, kind, now)
    }
    for one in await configuration.in_force(connection, by.provider_id, now, kind.code):
        if one.removed:
            found[one.key] = Row(
                kind=kind,
                key=one.key,
                unit_id=one.unit_id,
                title=called(kind, one.body, names),
                body=one.body,
                author_name=one.author_name,
                at=one.at,
                removed=True,
                draft=one.key in drafts,
                starts_at=waits[one.key].starts_at if one.key in waits else None,
            )
    for key, change in waits.items():
        if key not in found:
            found[key] = Row(
                kind=kind,
                key=key,
                unit_id=change.unit_id,
                title=called(kind, change.body, names),
                body=change.body,
                author_name=change.author_name,
                at=change.at,
                starts_at=change.starts_at,
                draft=key in drafts,
            )
    return sorted(found.values(), key=lambda one: (one.title.casefold(), one.key))


def matching(found: Sequence[Row], *, unit_id: int | None, typed: str, frame: Frame) -> list[Row]:
    """The rows of a unit (with those that hold for every unit) that hold all of the words typed somewhere in them."""
    words = typed.casefold().split()
    shown = [one for one in found if unit_id is None or one.unit_id in (None, unit_id)]
    return [one for one in shown if all(word in _text_of(one, frame) for word in words)] if words else shown


def _text_of(row: Row, frame: Frame) -> str:
    unit = frame.unit_name(row.unit_id) if row.unit_id is not None else ""
    body = json.dumps(row.body, ensure_ascii=False)
    return f"{row.title} {row.key} {unit} {text(frame.lang, row.kind.label)} {body}".casefold()


def drawn(frame: Frame, row: Row, *, with_kind: bool = False) -> dict[str, Any]:
    """A row as its template wants it."""
    lang, kind = frame.lang, row.kind
    name, sub = row.title or row.key, "" if row.title == row.key else row.key
    if kind.one_each:
        name = frame.unit_name(row.unit_id) if kind.per_unit else text(lang, kind.label)
        sub = row.title
    elif not (kind.key_label or kind.key_from):
        sub = ""
    marks = []
    if row.removed:
        marks.append({"text": text(lang, "Borttagen"), "kind": "line"})
    if row.starts_at is not None:
        when = moment_words(row.starts_at, lang)
        marks.append({"text": text(lang, "Väntar till {when}", when=when), "kind": "notice"})
    if row.draft:
        marks.append({"text": text(lang, "Ditt utkast"), "kind": "accent"})
    changed = ""
    if row.at is not None and row.author_name:
        changed = f"{row.author_name}, {long_day(row.at, lang)}"
    return {
        "href": frame.address(kind, row.key),
        "name": name,
        "sub": sub,
        "unit": frame.unit_name(row.unit_id) if kind.per_unit and not kind.one_each else "",
        "marks": marks,
        "changed": changed,
        "removed": row.removed,
        "kind": text(lang, kind.label) if with_kind else "",
        "is_new": row.key == NEW,
    }
