"""What has changed between two versions, field by field, and how two people's changes come together."""

import json
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from vardlots.admin.bodies import DAYS, shown
from vardlots.admin.shape import Field
from vardlots.admin.words import Choices, day_name, hours, in_words
from vardlots.platform.i18n import plural, text

LONG = ("textarea", "toml", "json")
EXCERPT = 80  # signs of a text in a list of changes


class Difference(msgspec.Struct, frozen=True):
    """One changed value. `path` as `rows.2.minutes`; a row that came or went has one side only."""

    path: str
    label: str
    old: str
    new: str
    old_value: Any = None
    new_value: Any = None
    long: bool = False


def differences(
    fields: tuple[Field, ...], old: Mapping[str, Any], new: Mapping[str, Any], lang: str, known: Choices
) -> list[Difference]:
    """The changes from one body to the other, both filled, in the order of the form."""
    return list(_all(fields, old, new, lang, known, "", ""))


def _further(title: str) -> str:
    """A title further on in a line: with a small letter, but SMS and HSA-id as they are."""
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def _all(
    fields: Sequence[Field],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    lang: str,
    known: Choices,
    at: str,
    label: str,
) -> Any:
    for field in fields:
        before, after = old.get(field.name, field.default), new.get(field.name, field.default)
        if before == after:
            continue
        path, title = f"{at}{field.name}", text(lang, field.title)
        # Below a row's own name the first words of a column are enough: "Prioritet 2, steg 1".
        title = title.partition(":")[0] if label else title
        said = f"{label}, {_further(title)}" if label else title
        if field.widget == "group" and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _all(field.fields, before, after, lang, known, f"{path}.", said)
        elif field.widget == "rows" and isinstance(before, list) and isinstance(after, list):
            yield from _rows(field, before, after, lang, known, path)
        elif field.widget == "week" and isinstance(before, Mapping) and isinstance(after, Mapping):
            for day in DAYS:
                if before.get(day) != after.get(day):
                    yield Difference(
                        f"{path}.{day}",
                        f"{said}, {day_name(day, lang)}",
                        hours(before.get(day), lang),
                        hours(after.get(day), lang),
                        before.get(day),
                        after.get(day),
                    )
        else:
            yield Difference(
                path, said, *_both(field, before, after, lang, known), before, after, field.widget in LONG
            )


def _both(field: Field, before: Any, after: Any, lang: str, known: Choices) -> tuple[str, str]:
    """Old and new in words; of a long text only the part that is new, of a source how many lines."""
    if field.widget not in LONG or not before or not after:
        return before_words(field, before, lang, known), in_words(field, after, lang, known)
    old, new = shown(field, before), shown(field, after)
    if field.widget == "textarea":
        return excerpts(old, new)
    deeds = SequenceMatcher(None, old.split("\n"), new.split("\n"), False).get_opcodes()
    n = sum(max(b - a, d - c) for deed, a, b, c, d in deeds if deed != "equal")
    return "", plural(lang, "en rad ändrad", "{n} rader ändrade", n)


def excerpts(old: str, new: str) -> tuple[str, str]:
    """The parts of two texts that differ, with a few words around them."""
    if max(len(old), len(new)) <= EXCERPT:
        return old, new
    a, b = old.split(" "), new.split(" ")
    first = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    pairs = zip(reversed(a[first:]), reversed(b[first:]), strict=False)
    last = next((n for n, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)) - first)
    start = max(0, first - 2)

    def part(words: list[str]) -> str:
        end = min(len(words), len(words) - last + 2)
        said = " ".join(words[start:end])
        said = said if len(said) <= EXCERPT else f"{said[:EXCERPT].rstrip()} …"
        return ("… " if start else "") + said + (" …" if end < len(words) and not said.endswith("…") else "")

    return part(a), part(b)


def before_words(field: Field, value: Any, lang: str, known: Choices) -> str:
    """An old value, beside a new one that says the unit: *15* → *12 min*."""
    if field.widget == "minutes" and isinstance(value, int):
        return str(value)
    return in_words(field, value, lang, known)


def row_name(field: Field, row: Any, number: int, lang: str, known: Choices) -> str:
    """What a row of a table is called: what it is about where that is given, else its number."""
    given = next((one for one in field.fields if one.readonly), None)
    if given is not None and isinstance(row, Mapping):
        value = row.get(given.name, given.default)
        title = text(lang, given.title)
        return f"{title} {value}" if given.number else in_words(given, value, lang, known)
    return text(lang, "{table}, rad {n}", table=text(lang, field.title), n=number + 1)


def _rows(field: Field, before: list[Any], after: list[Any], lang: str, known: Choices, path: str) -> Any:
    def written(row: Any) -> str:
        return json.dumps(row, sort_keys=True, ensure_ascii=False, default=str)

    matcher = SequenceMatcher(None, [written(one) for one in before], [written(one) for one in after], False)
    for deed, a, b, c, d in matcher.get_opcodes():
        if deed == "equal":
            continue
        both = min(b - a, d - c)
        for n in range(both):
            old, new = before[a + n], after[c + n]
            if isinstance(old, Mapping) and isinstance(new, Mapping):
                name = row_name(field, new, c + n, lang, known)
                yield from _all(field.fields, old, new, lang, known, f"{path}.{c + n}.", name)
        for n in range(a + both, b):
            name = row_name(field, before[n], n, lang, known)
            yield Difference(
                f"{path}.-{n}", name, row_words(field, before[n], lang, known), "", before[n], None
            )
        for n in range(c + both, d):
            name = row_name(field, after[n], n, lang, known)
            yield Difference(f"{path}.{n}", name, "", row_words(field, after[n], lang, known), None, after[n])


def row_words(field: Field, row: Any, lang: str, known: Choices) -> str:
    """A whole row in a few words."""
    if not isinstance(row, Mapping):
        return str(row)
    said = [
        in_words(one, row.get(one.name), lang, known)
        for one in field.fields
        if row.get(one.name) not in (None, "", [], {}, False)
    ]
    return ", ".join(said[:4]) or text(lang, "tom rad")


class Clash(msgspec.Struct, frozen=True):
    """A field that both have changed, each in their own way: somebody has to choose."""

    path: str
    base: Any
    mine: Any
    theirs: Any


def merged(
    fields: tuple[Field, ...],
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    chosen: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], list[Clash]]:
    """Both's changes in one body, from what both began with. Where both changed the same, mine stands until `chosen`
    (path to "mine" or "theirs") says otherwise; what has not been chosen is among the clashes."""
    clashes: list[Clash] = []
    body = _merged(fields, base, mine, theirs, chosen or {}, clashes, "")
    return body, clashes


def _merged(
    fields: Sequence[Field],
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    chosen: Mapping[str, str],
    clashes: list[Clash],
    at: str,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        path = f"{at}{field.name}"
        a, b, c = (one.get(field.name, field.default) for one in (base, mine, theirs))
        if field.widget == "week" and all(isinstance(one, Mapping) for one in (a, b, c)):
            days = {
                day: _one(f"{path}.{day}", a.get(day), b.get(day), c.get(day), chosen, clashes)
                for day in DAYS
            }
            found[field.name] = {day: value for day, value in days.items() if value is not None}
        elif field.widget == "group" and all(isinstance(one, Mapping) for one in (a, b, c)):
            found[field.name] = _merged(field.fields, a, b, c, chosen, clashes, f"{path}.")
        elif field.widget == "rows" and _same_rows(field, a, b, c):
            found[field.name] = [
                _merged(field.fields, x, y, z, chosen, clashes, f"{path}.{n}.")
                for n, (x, y, z) in enumerate(zip(a, b, c, strict=True))
            ]
        else:
            found[field.name] = _one(path, a, b, c, chosen, clashes)
    return found


def _same_rows(field: Field, *tables: Any) -> bool:
    """Whether the same row is about the same thing in all three: only then can its cells come together."""
    if not all(isinstance(one, list) and all(isinstance(row, Mapping) for row in one) for one in tables):
        return False
    return field.fixed and len({len(one) for one in tables}) == 1


def _one(
    path: str, base: Any, mine: Any, theirs: Any, chosen: Mapping[str, str], clashes: list[Clash]
) -> Any:
    if mine in (theirs, base):
        return theirs
    if theirs == base:
        return mine
    if path not in chosen:
        clashes.append(Clash(path, base, mine, theirs))
    return theirs if chosen.get(path) == "theirs" else mine
