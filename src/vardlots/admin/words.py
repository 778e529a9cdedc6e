"""Values in words, as the list of changes and the old value under a field say them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from vardlots.admin.shape import Field
from vardlots.platform import pages
from vardlots.platform.i18n import plural, text

LONGEST = 60  # signs of a text in a list of changes


class Choices(msgspec.Struct, frozen=True):
    """What the directory offers, value to name: units by id, roles and protocols by code, staff by HSA-id and by id.

    `lang` is the language that they are said in.
    """

    lang: str = "sv"
    units: Mapping[int, str] = {}
    roles: Mapping[str, str] = {}
    staff: Mapping[str, str] = {}
    staff_ids: Mapping[int, str] = {}
    protocols: Mapping[str, str] = {}

    def of(self, field: Field, lang: str) -> list[tuple[Any, str]]:
        """The choices of a field, in the order that they are offered."""
        match field.widget:
            case "unit" | "units":
                return list(self.units.items()) if field.number else _texts(self.units)
            case "role" | "roles":
                return list(self.roles.items())
            case "protocol":
                return list(self.protocols.items())
            case "staff":
                return list((self.staff_ids if field.number else self.staff).items())
        return [(value, text(lang, label)) for value, label in field.choices]


def _texts(named: Mapping[Any, str]) -> list[tuple[Any, str]]:
    return [(str(value), name) for value, name in named.items()]


def in_words(field: Field, value: Any, lang: str, known: Choices) -> str:
    """A value as one would say it."""
    if value is None or value == "":
        return text(lang, "inget")
    match field.widget:
        case "switch":
            return text(lang, "på") if value else text(lang, "av")
        case "minutes" if isinstance(value, int):
            return text(lang, "{n} min", n=value)
        case "date":
            try:
                return pages.day_words(date.fromisoformat(str(value)), lang)
            except ValueError:
                return str(value)
        case "time":
            return hour(value)
        case "week" if isinstance(value, Mapping):
            return week(value, lang)
        case "rows" if isinstance(value, list):
            return plural(lang, "en rad", "{n} rader", len(value))
        case "toml" | "json":
            lines = str(value).count("\n") + 1
            return plural(lang, "en rad", "{n} rader", lines)
        case "group" if isinstance(value, Mapping):
            parts = (
                f"{text(lang, one.title)} {in_words(one, value.get(one.name, one.default), lang, known)}"
                for one in field.fields
            )
            return ", ".join(parts)
    names = dict(known.of(field, lang))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(names.get(one, one)) for one in value) or text(lang, "inget")
    said = str(names.get(value, value))
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rstrip()} …"


def hour(value: Any) -> str:
    """08:00 as it is said, 08.00."""
    return str(value).replace(":", ".")


def day_name(day: str, lang: str) -> str:
    """A day of an opening table."""
    return {
        "0": text(lang, "måndag"),
        "1": text(lang, "tisdag"),
        "2": text(lang, "onsdag"),
        "3": text(lang, "torsdag"),
        "4": text(lang, "fredag"),
        "5": text(lang, "lördag"),
        "6": text(lang, "söndag"),
        "holiday": text(lang, "helgdag"),
    }.get(day, day)


def hours(value: Any, lang: str) -> str:
    """The hours of a day, *08.00–17.00*, or *stängt*."""
    if not value or len(value) != 2:
        return text(lang, "stängt")
    if list(value) == ["00:00", "24:00"]:
        return text(lang, "dygnet runt")
    return f"{hour(value[0])}–{hour(value[1])}"


def spans(week_of: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """The days of a week, those with the same hours after one another as one: *måndag–fredag*, *08.00–17.00*."""
    found: list[list[Any]] = []
    for day in "0123456":
        said = hours(week_of.get(day), lang)
        if found and found[-1][2] == said:
            found[-1][1] = day
        else:
            found.append([day, day, said])
    return [
        (day_name(first, lang) if first == last else f"{day_name(first, lang)}–{day_name(last, lang)}", said)
        for first, last, said in found
    ]


def week(value: Mapping[str, Any], lang: str) -> str:
    """An opening table in one line."""
    return ", ".join(f"{days} {said}" for days, said in spans(value, lang))
