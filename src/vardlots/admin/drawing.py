"""The form of a thing, as data for its templates: each field with its value, what it was, and what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from vardlots.admin.bodies import DAYS, PREFIX, shown
from vardlots.admin.diff import before_words, row_name
from vardlots.admin.shape import Field, named
from vardlots.admin.words import Choices, day_name, hour, in_words
from vardlots.configuration.model import Problem
from vardlots.platform.i18n import text

# Widgets that fit in a cell of a table; a text only when it is short.
SLIM = {
    "number",
    "minutes",
    "time",
    "date",
    "switch",
    "select",
    "unit",
    "role",
    "staff",
    "color",
    "phone",
    "person_hsa",
}
MOST_COLUMNS = 6
SHORT_TEXT = 80
Node = dict[str, Any]


class Canvas(msgspec.Struct, frozen=True):
    """What a form is drawn with: the body it began from, the faults by path, names, and whether it can be changed.

    `priorities`: what each priority is called, for tables about them.
    """

    lang: str
    names: Choices
    base: Mapping[str, Any]
    faults: Mapping[str, str]
    locked: bool = False
    first: bool = False
    priorities: Mapping[int, str] = {}


def said(problems: Sequence[Problem], lang: str) -> dict[str, str]:
    """The first fault of each field in words."""
    found: dict[str, str] = {}
    for one in problems:
        found.setdefault(one.field, text(lang, one.message, **one.values))
    return found


def draw(fields: Sequence[Field], body: Mapping[str, Any], canvas: Canvas) -> list[Node]:
    """The form's fields."""
    return [_node(one, body.get(one.name), canvas.base.get(one.name), one.name, canvas) for one in fields]


def _node(field: Field, value: Any, was: Any, path: str, canvas: Canvas, new: bool = False) -> Node:
    lang = canvas.lang
    differs = value != was and not canvas.first and not new
    single = field.widget not in ("rows", "group", "week")
    node: Node = {
        "widget": field.widget,
        "name": f"{PREFIX}.{path}",
        "id": f"{PREFIX}-{path.replace('.', '-')}",
        "path": path,
        "title": text(lang, field.title),
        "hint": text(lang, field.hint) if field.hint else "",
        "error": canvas.faults.get(path, ""),
        "value": _typed(field, value) if single else "",
        "base": _plain(field, was) if single else "",
        "changed": differs and single,
        "was": _was(field, was, canvas) if single and not canvas.first and not new else "",
        "checked": value is True,
        "required": field.required,
        "optional": field.optional or not field.required,
        "locked": canvas.locked or (field.readonly and not canvas.first and not new),
        "longest": field.limits.longest,
        "least": field.limits.least,
        "most": field.limits.most,
        "options": _options(field, value, canvas),
        "blank": (field.optional or not field.required) and "" not in [one for one, _ in field.choices],
        "words": in_words(field, value, lang, canvas.names) if single else "",
        "columns": [],
        "rows": [],
        "nodes": [],
        "fixed": field.fixed,
        "timeline": False,
    }
    if field.widget == "group":
        inner = value if isinstance(value, Mapping) else {}
        before = was if isinstance(was, Mapping) else {}
        node["nodes"] = [
            _node(one, inner.get(one.name), before.get(one.name), f"{path}.{one.name}", canvas, new)
            for one in field.fields
        ]
    elif field.widget == "rows":
        node |= _table(field, value if isinstance(value, list) else [], was, path, canvas)
    elif field.widget == "week":
        node["rows"] = _week(value, was, path, canvas)
    return node


def _plain(field: Field, value: Any) -> str:
    """What the field would send of its old value, for the page's own script to compare with."""
    if field.widget == "switch":
        return "1" if value else ""
    if isinstance(value, list) and field.widget not in ("lines", "json"):
        return "\n".join(str(one) for one in value)
    return _typed(field, value)


def _typed(field: Field, value: Any) -> str:
    return hour(value) if field.widget == "time" and value else shown(field, value)


def _was(field: Field, was: Any, canvas: Canvas) -> str:
    return text(canvas.lang, "var {value}", value=before_words(field, was, canvas.lang, canvas.names))


def _options(field: Field, value: Any, canvas: Canvas) -> list[Node]:
    known = canvas.names.of(field, canvas.lang)
    chosen = [str(one) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
    options = [{"value": str(one), "label": label, "chosen": str(one) in chosen} for one, label in known]
    offered = {one["value"] for one in options}
    lost = (
        [one for one in chosen if one not in offered] if known or field.widget in ("units", "roles") else []
    )
    gone = [
        {"value": one, "label": text(canvas.lang, "{value} (finns inte)", value=one), "chosen": True}
        for one in lost
    ]
    return [*options, *gone]


def _table(field: Field, rows: list[Any], was: Any, path: str, canvas: Canvas) -> Node:
    before = was if isinstance(was, list) else []
    columns = [one for one in field.fields if not (one.readonly and one.name == "priority")]
    slim = len(columns) <= MOST_COLUMNS and all(_is_slim(one) for one in columns)
    about = named(field.fields, "priority") if field.fixed else None
    minutes = [one.name for one in field.fields if one.widget == "minutes"]
    timeline = about is not None and len(minutes) > 1
    scale = _scale(rows, before, minutes)
    drawn = []
    for number, row in enumerate(rows):
        inner = row if isinstance(row, Mapping) else {}
        old = before[number] if number < len(before) and isinstance(before[number], Mapping) else {}
        is_new = number >= len(before)
        priority = inner.get("priority") if about is not None else None
        drawn.append(
            {
                "number": number,
                "mark": f"{PREFIX}.{path}.{number}.~",
                "path": f"{path}.{number}",
                "id": f"{PREFIX}-{path.replace('.', '-')}-{number}",
                "title": row_name(field, inner, number, canvas.lang, canvas.names),
                "priority": priority,
                "meaning": canvas.priorities.get(priority, "") if isinstance(priority, int) else "",
                "new": is_new and not canvas.first,
                "last": number == len(rows) - 1,
                "cells": [
                    _node(
                        one,
                        inner.get(one.name),
                        old.get(one.name),
                        f"{path}.{number}.{one.name}",
                        canvas,
                        is_new,
                    )
                    for one in (columns if about is not None else field.fields)
                ],
                "course": course([inner.get(name) for name in minutes], scale) if timeline else None,
            }
        )
    return {
        "widget": "table" if slim else "rows",
        "rows": drawn,
        "columns": [
            {"title": text(canvas.lang, one.title), "hint": text(canvas.lang, one.hint) if one.hint else ""}
            for one in columns
        ],
        "timeline": timeline,
        "scale": scale,
        "about": text(canvas.lang, about.title) if about is not None else "",
    }


def _is_slim(field: Field) -> bool:
    if field.widget == "text":
        return (field.limits.longest or SHORT_TEXT + 1) <= SHORT_TEXT
    return field.widget in SLIM


def _scale(rows: list[Any], before: list[Any], minutes: list[str]) -> int:
    """The end of a timeline, in minutes: whole half hours, so that it does not move with every digit."""
    found = [
        row[name]
        for row in (*rows, *before)
        if isinstance(row, Mapping)
        for name in minutes
        if isinstance(row.get(name), int)
    ]
    return max(30, -(-max(found, default=0) // 30) * 30)


def course(minutes: Sequence[Any], scale: int) -> Node:
    """Where the target and the steps stand on a line of 142 units: beside each other when they would cover."""

    def at(value: int) -> float:
        return round(6 + 130 * min(max(value, 0), scale) / scale, 1)

    target = minutes[0] if isinstance(minutes[0], int) else None
    steps: list[Node] = []
    before = -15.0
    for number, value in enumerate(minutes[1:], 1):
        x = at(value) if isinstance(value, int) else None
        head = max(x, before + 14.5) if x is not None else 0.0
        before = head if x is not None else before
        steps.append({"n": number, "x": x or 0.0, "head": round(head, 1), "shown": x is not None})
    return {"target": at(target) if target is not None else None, "steps": steps}


def _week(value: Any, was: Any, path: str, canvas: Canvas) -> list[Node]:
    week = value if isinstance(value, Mapping) else {}
    before = was if isinstance(was, Mapping) else {}
    return [
        {
            "name": f"{PREFIX}.{path}.{day}",
            "id": f"{PREFIX}-{path.replace('.', '-')}-{day}",
            "label": day_name(day, canvas.lang),
            "opens": hour(_at(week, day, 0)),
            "closes": hour(_at(week, day, 1)),
            "base_opens": hour(_at(before, day, 0)),
            "base_closes": hour(_at(before, day, 1)),
            "changed": week.get(day) != before.get(day) and not canvas.first,
            "was": _hours_were(before.get(day), canvas),
            "error": canvas.faults.get(f"{path}.{day}", ""),
        }
        for day in DAYS
    ]


def _at(week: Mapping[str, Any], day: str, place: int) -> str:
    hours = week.get(day)
    return str(hours[place]) if hours and len(hours) > place else ""


def _hours_were(hours: Any, canvas: Canvas) -> str:
    if canvas.first:
        return ""
    if not hours:
        return text(canvas.lang, "var stängt")
    return text(canvas.lang, "var {value}", value=f"{hour(hours[0])}–{hour(hours[1])}")


def summary(problems: Sequence[Problem], lang: str) -> list[dict[str, str]]:
    """The faults as links to their fields."""
    return [
        {"id": f"{PREFIX}-{one.field.replace('.', '-')}", "text": text(lang, one.message, **one.values)}
        for one in problems
    ]
