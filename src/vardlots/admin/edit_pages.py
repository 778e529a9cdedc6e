"""One thing: its form, its draft, and saving it. Each button sends the form; nothing that was typed is ever lost."""

from typing import Any

import msgspec
from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.admin import merging, view
from vardlots.admin.addresses import NEW, key_of
from vardlots.admin.bodies import Sent
from vardlots.admin.editing import (
    Editing,
    is_untouched,
    keeps,
    key_for,
    open_thing,
    problems,
    typed,
    unit_chosen,
)
from vardlots.admin.frame import Frame, kind_of, open_frame
from vardlots.admin.starts import starts_at
from vardlots.cases.web import house
from vardlots.configuration import actions
from vardlots.configuration.actions import Change, ChangedMeanwhile
from vardlots.configuration.model import Kind, Problem
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal
from vardlots.platform.pages import see

MOST_FIELDS = 20_000


def key_in(request: Web) -> str:
    """The key that the address names."""
    return key_of(str(request.path_params["key"]))


async def sent_in(request: Web) -> dict[str, list[str]]:
    """The form's fields, each with all its values."""
    form = await request.form()
    found: dict[str, list[str]] = {}
    for name, value in list(form.multi_items())[:MOST_FIELDS]:
        if isinstance(value, str):
            # No text in the database holds this sign.
            found.setdefault(str(name), []).append(value.replace("\x00", ""))
    return found


@get("/staff/admin/{kind:str}/{key:str}")
async def edit(request: Web) -> Response[str]:
    """The form; or, when somebody has saved since one's draft began, both's changes beside each other."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        at = await open_thing(connection, by=by, kind=kind, key=key)
        frame = _at_home(await open_frame(request, connection, by), at)
        if at.is_behind:
            return pages.page(request, "admin/merge.html", await merging.page(connection, frame, at))
        context = await view.page(request, connection, frame, at)
    return pages.page(request, "admin/edit.html", context)


def _at_home(frame: Frame, at: Editing) -> Frame:
    """Of a thing that each unit has one of, the unit is the one that is chosen."""
    if at.kind.one_each and at.unit_id is not None:
        return msgspec.structs.replace(frame, unit_id=at.unit_id)
    return frame


@post("/staff/admin/{kind:str}/{key:str}", status_code=303)
async def change(request: Web) -> Response[Any]:
    """Keep what was typed, and do what the button says: save, or move the rows of a table."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    sent = await sent_in(request)
    deed = sent.get("do", ["keep"])[-1]
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        at = typed(await open_for_change(connection, by, kind, key), sent, deed)
        ready = await _ready(connection, by, at) if deed == "save" else None
    await keep(request, by, at)
    if ready is None:
        _, _, row = deed.partition(":")
        return see(frame.address(kind, key) + (f"#f-{row.replace('.', '-')}" if row else ""))
    if ready.problems:
        return await _refused(request, by, at, ready.problems)
    return await _save(request, by, frame, at, ready)


class Ready(msgspec.Struct, frozen=True):
    """What a save was checked to: the key it gets, and what keeps it from being saved."""

    key: str
    problems: list[Problem]


async def open_for_change(connection: Connection, by: StaffActor, kind: Kind, key: str) -> Editing:
    """A thing that the actor may change. Raises NotFound, Forbidden."""
    at = await open_thing(connection, by=by, kind=kind, key=key)
    if not at.may_change:
        raise Forbidden("Din roll ändrar inte den här inställningen.", code="not_administrator")
    return at


async def _ready(connection: Connection, by: StaffActor, at: Editing) -> Ready:
    key, found = await key_for(connection, by=by, at=at)
    if not found:
        found = await problems(connection, by=by, at=at, key=key)
    if not at.notes["~reason"].strip():
        found = [*found, Problem("reason", N_("Skriv varför du ändrar."))]
    elif len(at.notes["~reason"].strip()) > actions.REASON_MAX:
        most = {"most": actions.REASON_MAX}
        found = [*found, Problem("reason", N_("Korta ner skälet till högst {most} tecken."), most)]
    try:
        starts_at(at.notes["~day"], at.notes["~time"])
    except Invalid as fault:
        found = [*found, Problem("starts", fault.message)]
    return Ready(key, found)


async def _save(request: Web, by: StaffActor, frame: Frame, at: Editing, ready: Ready) -> Response[Any]:
    unit_id = unit_chosen(by, at.kind, at.notes) if at.is_new else at.unit_id
    changed = Change(key=ready.key, body=at.body, base_version=at.base_version, unit_id=unit_id)
    try:
        numbers = await actions.save(
            house(request).database,
            house(request).hub,
            by=by,
            kind=at.kind,
            changes=[changed],
            reason=at.notes["~reason"],
            starts_at=starts_at(at.notes["~day"], at.notes["~time"]),
        )
    except ChangedMeanwhile:
        if at.is_new:
            return await _refused(request, by, at, [Problem("key", N_("Det finns redan en sådan."))])
        return see(frame.address(at.kind, at.key))
    except Invalid as fault:
        return await _refused(request, by, at, [Problem(fault.field, fault.message, fault.values)])
    if at.is_new:
        await actions.drop_draft(house(request).database, by=by, kind=at.kind, key=NEW)
    return see(frame.address(at.kind, ready.key, saved=numbers[0]))


async def _refused(request: Web, by: StaffActor, at: Editing, found: list[Problem]) -> Response[str]:
    """The page again, with what is wrong; what was typed is kept."""
    async with house(request).database.transaction(by.scope) as connection:
        again = await open_thing(connection, by=by, kind=at.kind, key=at.key)
        again = msgspec.structs.replace(again, body=at.body, notes=at.notes)
        frame = _at_home(await open_frame(request, connection, by), at)
        context = await view.page(request, connection, frame, again, found)
    return pages.page(request, "admin/edit.html", context, status=422)


async def keep(request: Web, by: StaffActor, at: Editing) -> None:
    """Keep the draft; with nothing in it that did not stand there, none. The others are told that it came or went."""
    database, hub = house(request).database, house(request).hub
    if is_untouched(at):
        if at.draft is None:
            return
        await actions.drop_draft(database, by=by, kind=at.kind, key=at.key)
    else:
        await actions.keep_draft(
            database, by=by, kind=at.kind, key=at.key, body=keeps(at), base_version=at.base_version
        )
        if at.draft is not None:
            return
    hub.publish([Signal(f"drafts:{by.provider_id}")])


@post("/staff/admin/{kind:str}/{key:str}/draft", status_code=200)
async def autosave(request: Web) -> Response[str]:
    """Keep what is typed while it is typed. Answers with the parts of the page that follow from it."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    sent = await sent_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        at = typed(await open_for_change(connection, by, kind, key), sent)
    await keep(request, by, at)
    return await _parts(request, by, at, sent)


@get("/staff/admin/{kind:str}/{key:str}/parts")
async def parts(request: Web) -> Response[str]:
    """The same parts when a signal says that somebody else has saved or begun to change."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        at = await open_thing(connection, by=by, kind=kind, key=key)
    drawn_from = request.query_params.get("base", "")
    sent: Sent = {}
    if at.draft is None and drawn_from.isascii() and drawn_from.isdigit() and len(drawn_from) < 8:
        at = msgspec.structs.replace(at, base_version=int(drawn_from))
    return await _parts(request, by, at, sent)


async def _parts(request: Web, by: StaffActor, at: Editing, sent: Sent) -> Response[str]:
    async with house(request).database.transaction(by.scope) as connection:
        frame = _at_home(await open_frame(request, connection, by), at)
        drawn = await open_thing(connection, by=by, kind=at.kind, key=at.key)
        if sent:
            drawn = msgspec.structs.replace(
                drawn, base_version=at.base_version, base=at.base, body=at.body, notes=at.notes
            )
        else:
            drawn = msgspec.structs.replace(drawn, base_version=at.base_version)
        context = await view.parts(connection, frame, drawn)
    return pages.page(request, "admin/parts.html", context)


@post("/staff/admin/{kind:str}/{key:str}/discard", status_code=303)
async def discard(request: Web) -> Response[Any]:
    """*Kasta utkastet*."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        await open_for_change(connection, by, kind, key)
    await actions.drop_draft(house(request).database, by=by, kind=kind, key=key)
    house(request).hub.publish([Signal(f"drafts:{by.provider_id}")])
    return see(frame.address(kind) if key == NEW else frame.address(kind, key, dropped=1))
