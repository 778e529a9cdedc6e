"""Files in and out. What a file would change is shown first; then it is all saved at once, with one reason."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.admin import known
from vardlots.admin.files import (
    FORMAT,
    MOST_BYTES,
    VERSION,
    File,
    Stamp,
    as_csv,
    as_file,
    download,
    every_kind,
    exported,
    file_addresses,
    is_flat,
    read_csv,
    read_file,
    units,
)
from vardlots.admin.frame import Frame, around, open_frame
from vardlots.admin.importing import Plan, Step, plan
from vardlots.admin.versions import changes
from vardlots.cases.web import house
from vardlots.configuration import actions
from vardlots.configuration.actions import ChangedMeanwhile
from vardlots.configuration.model import Kind
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound
from vardlots.platform.i18n import N_, plural, text
from vardlots.platform.pages import see

STATES = {
    "added": N_("Läggs till"),
    "changed": N_("Ändras"),
    "refused": N_("Går inte"),
    "same": N_("Är redan så"),
}


def kind_asked(request: Web) -> Kind | None:
    """The kind that the address asks for, or None for every. Raises NotFound for one that there is none of."""
    code = request.query_params.get("kind", "")
    if code and code not in known.kinds():
        raise NotFound()
    return known.kinds().get(code)


@get("/staff/admin/files/export")
async def export(request: Web) -> Response[bytes]:
    """What is in force, of a kind or of every: as JSON, or as a table where it fits in one."""
    by = await web.administrator(request)
    kind = kind_asked(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        kinds = [kind] if kind is not None else every_kind()
        file = await exported(connection, by=by, kinds=kinds, unit_id=frame.unit_id if frame.asked else None)
    name = kind.code if kind is not None else "everything"
    if request.query_params.get("form") == "csv":
        if kind is None or not is_flat(kind):
            raise NotFound()
        return as_file(as_csv(kind, file.things), f"{name}.csv", "text/csv")
    return download(file, name)


@get("/staff/admin/files/import")
async def choose_file(request: Web) -> Response[str]:
    """Where a file is chosen."""
    by = await web.administrator(request)
    kind = kind_asked(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
    return pages.page(request, "admin/import.html", _context(frame, kind, None, "", "", None))


def _context(
    frame: Frame, kind: Kind | None, found: Plan | None, source: str, reason: str, fault: Invalid | None
) -> dict[str, Any]:
    lang = frame.lang
    crumbs = [(text(lang, kind.label), frame.address(kind))] if kind is not None else []
    steps = found.steps if found is not None else []
    savable = sum(one.state in ("added", "changed") for one in steps)
    return {
        **around(frame, kind, [*crumbs, (text(lang, "Läs in fil"), "")]),
        "action": file_addresses(frame, kind)["import"],
        "kind_label": text(lang, kind.label) if kind is not None else "",
        "takes_csv": kind is not None and is_flat(kind),
        "groups": [*around(frame, kind)["groups"]],
        "plan": found is not None,
        "blocks": [
            {
                "label": text(lang, label),
                "state": state,
                "steps": [_step(frame, one) for one in steps if one.state == state],
            }
            for state, label in STATES.items()
        ],
        "foreign": found.foreign if found is not None else "",
        "missing": ", ".join(found.missing_units) if found is not None else "",
        "savable": savable,
        "deed": plural(lang, "Läs in en inställning", "Läs in {n} inställningar", savable),
        "skipped": sum(one.state == "refused" for one in steps),
        "source": source,
        "mark": found.mark if found is not None else "",
        "reason": reason,
        "fault": text(lang, fault.message, **fault.values) if fault is not None else "",
        "fault_field": fault.field if fault is not None else "",
        "most": MOST_BYTES // 1_000_000,
    }


def _step(frame: Frame, one: Step) -> dict[str, Any]:
    unit = frame.unit_name(one.unit_id) if one.unit_id is not None else ""
    return {
        "kind": text(frame.lang, one.kind.label),
        "name": unit if one.kind.one_each and unit else one.title,
        "unit": "" if one.kind.one_each else unit,
        "why": one.why,
        "changes": changes(one.changes),
        "more": max(0, len(one.changes) - len(changes(one.changes))),
    }


@post("/staff/admin/files/import", status_code=200)
async def bring_in(request: Web) -> Response[Any]:
    """A file: first what it would change; with a reason and the same file once more, it is saved."""
    by = await web.administrator(request)
    kind = kind_asked(request)
    form = await request.form()
    reason, mark = str(form.get("reason", "")), str(form.get("mark", ""))
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
    found, source = None, str(form.get("source", ""))
    try:
        if not source:
            source = await _uploaded(form.get("file"))
        if len(source) > MOST_BYTES:
            raise Invalid(
                "file", "Filen är för stor. Den får vara högst {most} MB.", most=MOST_BYTES // 1_000_000
            )
        async with house(request).database.transaction(by.scope) as connection:
            found = await _plan(connection, by, frame, kind, source)
        if mark and mark != found.mark:
            raise Invalid(
                "mark", "Något har ändrats här sedan du tittade. Se efter en gång till och läs in sedan."
            )
        if mark:
            await _save(request, by, found, reason)
            return see(f"/staff/admin?at={frame.asked}" if frame.asked else "/staff/admin")
    except Invalid as fault:
        source = source if found is not None else ""
        context = _context(frame, kind, found, source, reason, fault)
        return pages.page(request, "admin/import.html", context, status=422)
    return pages.page(request, "admin/import.html", _context(frame, kind, found, source, reason, None))


async def _save(request: Web, by: StaffActor, found: Plan, reason: str) -> None:
    if not found.changes:
        raise Invalid("file", "Det finns inget i filen att läsa in.")
    place = house(request)
    try:
        await actions.save_all(place.database, hub=place.hub, by=by, changes=found.changes, reason=reason)
    except ChangedMeanwhile:
        raise Invalid(
            "mark", "Något har ändrats här sedan du tittade. Se efter en gång till och läs in sedan."
        ) from None


async def _uploaded(file: Any) -> str:
    """The text of the file that was sent. Raises Invalid."""
    if not isinstance(file, UploadFile):
        raise Invalid("file", "Välj en fil.")
    content = await file.read(MOST_BYTES + 1)
    if not content:
        raise Invalid("file", "Välj en fil.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("file", "Filen går inte att läsa. Spara den som CSV med UTF-8 och semikolon.") from None


async def _plan(connection: Connection, by: StaffActor, frame: Frame, kind: Kind | None, source: str) -> Plan:
    own = str(await connection.fetchval("SELECT hsa_id FROM provider WHERE provider_id = $1", by.provider_id))
    content = source.encode("utf-8")
    if kind is not None and is_flat(kind) and not source.lstrip().startswith("{"):
        stamp = Stamp(FORMAT, VERSION, clock.now().isoformat(), "", own)
        file = File(stamp, await units(connection, by.provider_id), read_csv(kind, content))
    else:
        file = read_file(content)
    return await plan(connection, by=by, file=file, lang=frame.lang, names=frame.names, own=own)
