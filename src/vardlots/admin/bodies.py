"""Bodies and forms: a body as the fields of a form, and what was sent in a form as a body again.

What cannot be understood stays in the body as it was typed, so that nothing is lost and the fault can be shown in its
place; `faults.py` says what is wrong. A name in a form is `f.` and the field's path: `f.rows.2.minutes`. Each row of a
table has a mark of its own (`f.rows.2.~`): a row may otherwise be sent without a single value.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vardlots.admin.shape import Field
from vardlots.configuration.model import Body

PREFIX = "f"
ROW = "~"
NOTE = "~"  # a key of a draft that begins so is about the form, not a part of the body
MOST_ROWS = 500
DAYS = ("0", "1", "2", "3", "4", "5", "6", "holiday")
_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?")
_NUMBER = re.compile(r"-?\d{1,12}")

Sent = Mapping[str, Sequence[str]]


def filled(fields: tuple[Field, ...], body: Mapping[str, Any]) -> Body:
    """The body with what it leaves out written out; what does not belong in it is left as it is."""
    known = {one.name for one in fields}
    found: Body = {
        one.name: _filled(one, body[one.name]) if one.name in body else one.default for one in fields
    }
    return found | {name: value for name, value in body.items() if name not in known}


def _filled(field: Field, value: Any) -> Any:
    if field.widget == "group" and isinstance(value, Mapping):
        return filled(field.fields, value)
    if field.widget == "rows" and isinstance(value, list):
        return [filled(field.fields, row) if isinstance(row, Mapping) else row for row in value]
    return value


def empty(fields: tuple[Field, ...]) -> Body:
    """The body of an empty form."""
    return {one.name: one.default for one in fields}


def without_notes(body: Mapping[str, Any]) -> Body:
    """A draft's body without the notes about the form."""
    return {name: value for name, value in body.items() if not name.startswith(NOTE)}


def read(
    fields: tuple[Field, ...], sent: Sent, kept: Mapping[str, Any], *, locked: bool = True, at: str = PREFIX
) -> Body:
    """What was sent, as a body. `kept`: what stands where the form may not write; with `locked` that is what cannot
    change after the first version, whatever was sent for it.
    """
    return {
        one.name: _read(one, sent, kept.get(one.name, one.default), f"{at}.{one.name}", locked)
        for one in fields
    }


def _read(field: Field, sent: Sent, kept: Any, name: str, locked: bool) -> Any:
    if field.readonly and (locked or name not in sent):
        return kept
    match field.widget:
        case "group":
            before = kept if isinstance(kept, Mapping) else {}
            return read(field.fields, sent, before, locked=locked, at=name)
        case "rows":
            return _read_rows(field, sent, kept if isinstance(kept, list) else [], name, locked)
        case "week":
            return _read_week(sent, name)
        case "checks" | "units" | "roles" | "staff" if isinstance(field.default, list):
            return [_scalar(field, value) for value in sent.get(name, ()) if value]
        case "lines":
            return [_scalar(field, line.strip()) for line in _one(sent, name).split("\n") if line.strip()]
        case "switch":
            return _one(sent, name) == "1"
        case "json":
            return _json(_one(sent, name))
    return _scalar(field, _text(field, _one(sent, name)))


def _one(sent: Sent, name: str) -> str:
    values = sent.get(name, ())
    return values[-1].replace("\r\n", "\n").replace("\r", "\n") if values else ""


def _text(field: Field, text: str) -> str:
    return text if field.widget in ("textarea", "toml") else " ".join(text.split("\n")).strip()


def _scalar(field: Field, text: str) -> Any:
    if not text and field.optional:
        return None
    for value, _ in field.choices:
        if str(value) == text:
            return value
    if field.number:
        plain = text.replace("\u00a0", "").replace(" ", "")
        return int(plain) if _NUMBER.fullmatch(plain) else text
    return clock_text(text) if field.widget == "time" else text


def _read_rows(field: Field, sent: Sent, kept: list[Any], name: str, locked: bool) -> list[Any]:
    numbers = set(range(len(kept))) if field.fixed else set()
    for one in () if field.fixed else sent:
        if one.startswith(f"{name}."):
            part = one[len(name) + 1 :].split(".")[0]
            if part.isascii() and part.isdigit() and len(part) < 6:
                numbers.add(int(part))
    rows = []
    for number in sorted(numbers)[:MOST_ROWS]:
        before = kept[number] if number < len(kept) and isinstance(kept[number], Mapping) else {}
        rows.append(read(field.fields, sent, before, locked=locked, at=f"{name}.{number}"))
    return rows


def _read_week(sent: Sent, name: str) -> dict[str, list[str]]:
    week = {}
    for day in DAYS:
        hours = [clock_text(_one(sent, f"{name}.{day}.{part}").strip()) for part in ("opens", "closes")]
        if any(hours):
            week[day] = hours
    return week


def clock_text(typed: str) -> str:
    """A time of day as it is kept, 08:00, from the ways it is written: 8, 8.00, 0800. Anything else stays."""
    found = _TIME.fullmatch(typed)
    if found is None or int(found[1]) > 24 or int(found[2] or 0) > 59:
        return typed
    return f"{int(found[1]):02d}:{int(found[2] or 0):02d}"


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else {}
    except ValueError:
        return text


def sent_as(fields: tuple[Field, ...], body: Mapping[str, Any], at: str = PREFIX) -> dict[str, list[str]]:
    """What a browser sends of a form that shows the body."""
    sent: dict[str, list[str]] = {}
    for field in fields:
        value, name = body.get(field.name, field.default), f"{at}.{field.name}"
        if field.widget == "group":
            sent |= sent_as(field.fields, value if isinstance(value, Mapping) else {}, name)
        elif field.widget == "rows":
            for number, row in enumerate(value if isinstance(value, list) else []):
                sent[f"{name}.{number}.{ROW}"] = ["1"]
                sent |= sent_as(field.fields, row, f"{name}.{number}")
        elif field.widget == "week":
            for day, (opens, closes) in (value or {}).items():
                sent |= {f"{name}.{day}.opens": [opens], f"{name}.{day}.closes": [closes]}
        elif field.widget == "switch":
            sent |= {name: ["1"]} if value else {}
        elif isinstance(value, list) and field.widget not in ("lines", "json"):
            sent |= {name: [str(one) for one in value]} if value else {}
        else:
            sent[name] = [shown(field, value)]
    return sent


def shown(field: Field, value: Any) -> str:
    """A value as its field shows it for typing."""
    if value is None:
        return ""
    if field.widget == "lines" and isinstance(value, list):
        return "\n".join(str(one) for one in value)
    if field.widget == "json" and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return str(value)


def moved(fields: tuple[Field, ...], body: Body, deed: str) -> Body:
    """The body after a button of a table: `add:rows`, `remove:rows.2`, `up:rows.2`, `down:rows.2`.

    A button for what is not there changes nothing.
    """
    verb, _, path = deed.partition(":")
    return _moved(fields, body, verb, path.split("."))


def _moved(fields: tuple[Field, ...], body: Body, verb: str, path: list[str]) -> Body:
    field = next((one for one in fields if one.name == path[0]), None)
    if field is None:
        return body
    value = body.get(field.name)
    if field.widget == "group" and isinstance(value, dict):
        return body | {field.name: _moved(field.fields, value, verb, path[1:])}
    if field.widget != "rows" or not isinstance(value, list) or field.fixed:
        return body
    rows = list(value)
    if verb == "add" and len(path) == 1 and len(rows) < MOST_ROWS:
        rows.append(empty(field.fields))
    elif len(path) > 1 and path[1].isascii() and path[1].isdigit() and int(path[1]) < len(rows):
        at = int(path[1])
        if len(path) > 2:
            rows[at] = _moved(field.fields, rows[at], verb, path[2:])
        elif verb == "remove":
            del rows[at]
        elif verb in ("up", "down"):
            other = at - 1 if verb == "up" else at + 1
            if 0 <= other < len(rows):
                rows[at], rows[other] = rows[other], rows[at]
    return body | {field.name: rows}
