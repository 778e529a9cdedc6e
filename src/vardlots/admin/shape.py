"""A kind's shape as fields of a form: what each is called, how it is filled in, and what it may hold.

Read from the annotations once per shape. A `Meta` may stand at any depth (`Annotated[int, Meta(ge=1)] | None`).
"""

import enum
import types
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

# Drawn as they are called; anything else is drawn by its type.
WIDGETS = {
    *(
        "text",
        "textarea",
        "toml",
        "phone",
        "time",
        "week",
        "unit",
        "units",
        "role",
        "roles",
        "staff",
        "color",
    ),
    *("minutes", "person_hsa", "protocol"),
}
LONG_TEXT = 160  # signs: a text that may be longer gets a box of several lines


class Limits(msgspec.Struct, frozen=True):
    """What a value must keep to."""

    least: int | float | None = None
    most: int | float | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a form.

    `widget` is one of `WIDGETS`, or by type number, switch, select, date, checks, lines, rows, group, json.
    `fields` are the parts of a group, or of each row; `choices` the values of a select or of checks with their labels
    (gettext sources). `number` says that what is typed is a number. `type` is what msgspec checks a single value by.
    """

    name: str
    title: str
    hint: str
    widget: str
    type: Any
    optional: bool
    default: Any
    required: bool
    limits: Limits = Limits()
    choices: tuple[tuple[Any, str], ...] = ()
    fields: tuple["Field", ...] = ()
    number: bool = False
    readonly: bool = False
    # Rows that are given: none is added or taken away, because what they are about cannot be written.
    fixed: bool = False


@cache
def fields_of(shape: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of a shape in its own order. Raises TypeError for a type that no form can hold."""
    hints = get_type_hints(shape, include_extras=True)
    return tuple(_field(one, hints[one.name]) for one in msgspec.structs.fields(shape))


def named(fields: tuple[Field, ...], name: str) -> Field | None:
    """The field of a name, or None."""
    return next((one for one in fields if one.name == name), None)


def _field(found: Any, hint: Any) -> Field:
    metas = list(_metas(hint))
    extra: dict[str, Any] = {}
    for meta in reversed(metas):
        extra |= meta.extra_json_schema or {}
    plain, optional = _plain(hint)
    required = found.default is msgspec.NODEFAULT and found.default_factory is msgspec.NODEFAULT
    widget, choices, inner = _widget(plain, extra, _limits(metas))
    return Field(
        name=found.name,
        title=_first(metas, "title") or found.name,
        hint=_first(metas, "description") or "",
        widget=widget,
        type=hint,
        optional=optional,
        default=_default(found, plain, optional),
        required=required and not optional,
        limits=_limits(metas),
        choices=choices,
        fields=inner,
        number=plain in (int, float) or (get_origin(plain) is list and _plain(get_args(plain)[0])[0] is int),
        readonly=bool(extra.get("readonly")),
        fixed=bool(extra.get("fixed")) or any(one.readonly for one in inner),
    )


def _metas(hint: Any) -> Iterator[msgspec.Meta]:
    """Every Meta of a value itself, the outermost first; not those of what a list holds."""
    if get_origin(hint) is Annotated:
        yield from reversed([one for one in get_args(hint)[1:] if isinstance(one, msgspec.Meta)])
        yield from _metas(get_args(hint)[0])
    elif get_origin(hint) in (Union, types.UnionType):
        for one in get_args(hint):
            yield from _metas(one)


def _plain(hint: Any) -> tuple[Any, bool]:
    """The type without its annotations, and whether None may stand in its place."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        others = [one for one in get_args(hint) if one is not types.NoneType]
        if len(others) != 1:
            raise TypeError(f"no form can hold {hint}")
        return _plain(others[0])[0], len(others) < len(get_args(hint))
    return hint, False


def _first(metas: list[msgspec.Meta], name: str) -> Any:
    return next((getattr(meta, name) for meta in metas if getattr(meta, name) is not None), None)


def _limits(metas: list[msgspec.Meta]) -> Limits:
    above, below = _first(metas, "gt"), _first(metas, "lt")
    return Limits(
        least=_first(metas, "ge") if above is None else above + 1,
        most=_first(metas, "le") if below is None else below - 1,
        shortest=_first(metas, "min_length"),
        longest=_first(metas, "max_length"),
        pattern=_first(metas, "pattern"),
    )


def _default(found: Any, plain: Any, optional: bool) -> Any:
    """What stands in an empty form, as a body writes it."""
    if found.default is not msgspec.NODEFAULT:
        return msgspec.to_builtins(found.default)
    if found.default_factory is not msgspec.NODEFAULT:
        return msgspec.to_builtins(found.default_factory())
    if optional:
        return None
    kind = get_origin(plain) or plain
    if kind in (list, tuple, set, frozenset):
        return []
    if kind is dict:
        return {}
    if kind is bool:
        return False
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {one.name: one.default for one in fields_of(kind)}
    return ""


def _widget(
    plain: Any, extra: dict[str, Any], limits: Limits
) -> tuple[str, tuple[tuple[Any, str], ...], tuple[Field, ...]]:
    asked, labels = str(extra.get("widget", "")), extra.get("labels", {})
    origin = get_origin(plain)
    if choices := _choices(plain, labels):
        return "select", choices, ()
    if origin in (list, tuple, set, frozenset):
        item, _ = _plain(get_args(plain)[0])
        if asked in ("units", "roles", "staff"):
            return asked, (), ()
        if choices := _choices(item, labels):
            return "checks", choices, ()
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            return "rows", (), fields_of(item)
        if item in (str, int):
            return "lines", (), ()
        return "json", (), ()
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        return "group", (), fields_of(plain)
    if origin is dict or plain is dict:
        return ("week" if asked == "week" else "json"), (), ()
    if asked in WIDGETS:
        return asked, (), ()
    by_type = {int: "number", float: "number", bool: "switch", date: "date"}
    if plain in by_type:
        return by_type[plain], (), ()
    if plain is str:
        return ("textarea" if (limits.longest or 0) > LONG_TEXT else "text"), (), ()
    raise TypeError(f"no form can hold {plain}")


def _choices(plain: Any, labels: dict[Any, str]) -> tuple[tuple[Any, str], ...]:
    values: tuple[Any, ...] = ()
    if get_origin(plain) is Literal:
        values = get_args(plain)
    elif isinstance(plain, type) and issubclass(plain, enum.Enum):
        values = tuple(one.value for one in plain)
    return tuple((one, str(labels.get(one, one))) for one in values)
