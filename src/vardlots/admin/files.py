"""Configuration as files: everything of a kind, a unit or a provider as one JSON file, simple kinds as CSV too.

A file carries a stamp of what wrote it, and names units by their HSA-id beside their number: in another provider's
file the numbers are others. A cell of a CSV file that a spreadsheet would take for a formula begins with an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response

from vardlots.access.actor import StaffActor
from vardlots.admin import known
from vardlots.admin.bodies import filled
from vardlots.admin.frame import Frame
from vardlots.admin.shape import Field, fields_of
from vardlots.configuration import queries as configuration
from vardlots.configuration.model import Body, Kind
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.numbers import whole

FORMAT = "vardlots-configuration"
VERSION = 1
MOST_BYTES = 2_000_000
MOST_THINGS = 5_000
_NOT_FLAT = {"rows", "group", "week", "json", "toml", "textarea"}
_BETWEEN = "|"
# The first columns of a table: whose it is, beside the thing's own fields, one of which may be called unit.
_KEY, _UNIT = "key", "owner_unit"
_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")


class Thing(msgspec.Struct, frozen=True):
    """One thing in a file. `unit`: the number of its unit in the file's own numbering."""

    kind: str
    key: str
    body: Body
    unit: int | None = None
    version: int = 0


class FileUnit(msgspec.Struct, frozen=True):
    """A unit that a file's numbers speak of."""

    name: str
    hsa_id: str


class Stamp(msgspec.Struct, frozen=True):
    """Who wrote the file and when."""

    format: str
    version: int
    at: str
    provider: str
    provider_hsa_id: str
    by: str = ""


class File(msgspec.Struct, frozen=True):
    """A whole file. `units` by their number as text."""

    stamp: Stamp
    units: dict[str, FileUnit]
    things: list[Thing]


async def exported(
    connection: Connection,
    *,
    by: StaffActor,
    kinds: Iterable[Kind],
    unit_id: int | None = None,
    key: str = "",
) -> File:
    """What is in force of some kinds; with `unit_id` only what is the unit's own, with `key` one thing."""
    now, things = clock.now(), []
    for kind in kinds:
        fields = fields_of(kind.shape)
        for one in await configuration.items(connection, by.provider_id, kind, now):
            if (unit_id is None or one.unit_id == unit_id) and key in ("", one.key):
                things.append(Thing(kind.code, one.key, filled(fields, one.body), one.unit_id, one.version))
    provider = await connection.fetchrow(
        "SELECT name, hsa_id FROM provider WHERE provider_id = $1", by.provider_id
    )
    return File(
        Stamp(
            FORMAT, VERSION, now.isoformat(timespec="seconds"), provider["name"], provider["hsa_id"], by.name
        ),
        await units(connection, by.provider_id),
        things,
    )


async def units(connection: Connection, provider_id: int) -> dict[str, FileUnit]:
    """The provider's units by their number as text."""
    rows = await connection.fetch(
        "SELECT unit_id, name, hsa_id FROM unit WHERE provider_id = $1 ORDER BY unit_id", provider_id
    )
    return {str(row["unit_id"]): FileUnit(row["name"], row["hsa_id"]) for row in rows}


def download(file: File, name: str) -> Response[bytes]:
    """The file as a download, written so that two of them can be compared line by line."""
    return as_file(
        msgspec.json.format(msgspec.json.encode(file), indent=2), f"{name}.json", "application/json"
    )


def as_file(content: bytes, name: str, media_type: str) -> Response[bytes]:
    """A download that nobody on the way keeps."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="vardlots-{name}"',
            "cache-control": "no-store",
        },
    )


def read_file(content: bytes) -> File:
    """A file as it was written by `download`. Raises Invalid for anything else."""
    if len(content) > MOST_BYTES:
        raise Invalid(
            "file", "Filen är för stor. Den får vara högst {most} MB.", most=MOST_BYTES // 1_000_000
        )
    if not content.strip():
        raise Invalid("file", "Filen är tom. Välj en annan.")
    try:
        found = msgspec.json.decode(content, type=File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("file", "Filen är ingen inställningsfil härifrån, eller har den skadats.") from None
    if found.stamp.format != FORMAT:
        raise Invalid("file", "Filen är ingen inställningsfil härifrån, eller har den skadats.")
    if found.stamp.version > VERSION:
        raise Invalid("file", "Filen är skriven av en nyare version av Vårdlots. Uppdatera först.")
    if len(found.things) > MOST_THINGS:
        raise Invalid("file", "Filen rymmer för mycket. Dela den i flera.")
    if b"\\u0000" in content:
        raise Invalid("file", "Filen innehåller tecken som ingen text får ha.")
    return found


def is_flat(kind: Kind) -> bool:
    """Whether each thing of the kind fits in a row of a table."""
    return all(one.widget not in _NOT_FLAT for one in fields_of(kind.shape))


def as_csv(kind: Kind, things: Sequence[Thing]) -> bytes:
    """The things as a table for a spreadsheet: semicolons and a mark of UTF-8, as spreadsheets here expect."""
    fields = fields_of(kind.shape)
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow([_KEY, _UNIT, *(one.name for one in fields)])
    for thing in things:
        cells = [thing.key, "" if thing.unit is None else str(thing.unit)]
        cells += [_cell(thing.body.get(one.name)) for one in fields]
        table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return _BETWEEN.join(str(one) for one in value)
    return str(value)


def read_csv(kind: Kind, content: bytes) -> list[Thing]:
    """The rows of a table that `as_csv` wrote, or that has its first row. Raises Invalid."""
    if len(content) > MOST_BYTES:
        raise Invalid(
            "file", "Filen är för stor. Den får vara högst {most} MB.", most=MOST_BYTES // 1_000_000
        )
    try:
        source = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(source, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid("file", "Filen går inte att läsa. Spara den som CSV med UTF-8 och semikolon.") from None
    fields = fields_of(kind.shape)
    head = [cell.strip() for cell in rows[0]] if rows else []
    named = {one.name: one for one in fields}
    if _KEY not in head or len(set(head)) < len(head) or set(head) - {_KEY, _UNIT} - set(named):
        raise Invalid(
            "file", "Första raden ska ha rubrikerna {names}.", names=", ".join([_KEY, _UNIT, *named])
        )
    if len(rows) > MOST_THINGS:
        raise Invalid("file", "Filen rymmer för mycket. Dela den i flera.")
    if "\x00" in source:
        raise Invalid("file", "Filen innehåller tecken som ingen text får ha.")
    things = []
    for row in rows[1:]:
        cells = dict(zip(head, (cell.removeprefix("'") for cell in row), strict=False))
        if any(cells.values()):
            body = {name: _value(one, cells[name]) for name, one in named.items() if name in cells}
            unit = cells.get(_UNIT, "")
            number = whole(unit, 9)
            things.append(Thing(kind.code, cells.get(_KEY, ""), body, number))
    return things


def _value(field: Field, cell: str) -> Any:
    if isinstance(field.default, list) or field.widget in ("lines", "checks", "units", "roles"):
        return [_scalar(field, one) for one in cell.split(_BETWEEN) if one]
    if field.widget == "switch":
        return {"1": True, "0": False, "": False}.get(cell, cell)
    if not cell and field.optional:
        return None
    return _scalar(field, cell)


def _scalar(field: Field, cell: str) -> Any:
    for value, _ in field.choices:
        if str(value) == cell:
            return value
    plain = cell.removeprefix("-")
    return int(cell) if field.number and plain.isascii() and plain.isdigit() and len(plain) < 13 else cell


def renumbered(file: File, here: Mapping[str, FileUnit]) -> tuple[dict[int, int], list[str]]:
    """The file's numbers of units as ours, by HSA-id; and the names of those that we do not have."""
    ours = {one.hsa_id: int(number) for number, one in here.items()}
    found, missing = {}, []
    for number, one in file.units.items():
        if one.hsa_id in ours and number.isascii() and number.isdigit():
            found[int(number)] = ours[one.hsa_id]
        else:
            missing.append(one.name)
    return found, missing


def file_addresses(frame: Frame, kind: Kind | None = None) -> dict[str, str]:
    """Where files of a kind, or of everything, are fetched and brought in."""
    code = kind.code if kind is not None else ""

    def place(of: str, **more: str) -> str:
        asked = {name: value for name, value in {"kind": code, "at": frame.asked, **more}.items() if value}
        return f"/staff/admin/files/{of}" + (f"?{urlencode(asked)}" if asked else "")

    return {
        "json": place("export"),
        "csv": place("export", form="csv") if kind is not None and is_flat(kind) else "",
        "import": place("import"),
        "fhir": (f"/staff/admin/files/fhir?at={frame.asked}" if frame.asked else "/staff/admin/files/fhir")
        if code == "form" and frame.by.administers == "provider"
        else "",
    }


def every_kind() -> list[Kind]:
    """The kinds in the order that a file is written and brought in: what others point to comes first."""
    return list(known.kinds().values())
