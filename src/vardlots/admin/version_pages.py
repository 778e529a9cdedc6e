"""What becomes of versions: compared, taken up again, brought together with somebody else's, and taken away."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import msgspec
from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.admin import merging, view
from vardlots.admin.addresses import NEW
from vardlots.admin.edit_pages import key_in, open_for_change, sent_in
from vardlots.admin.editing import WAS, Editing, keeps, open_thing
from vardlots.admin.files import download, exported
from vardlots.admin.frame import Frame, around, kind_of, open_frame
from vardlots.admin.starts import starts_at
from vardlots.admin.versions import between, in_force, long_day
from vardlots.cases.web import house
from vardlots.configuration import actions
from vardlots.configuration.actions import Change, ChangedMeanwhile
from vardlots.configuration.model import Problem
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, NotFound
from vardlots.platform.i18n import text
from vardlots.platform.live import Signal
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see

DRAFT = "draft"
LONG_LINES = 400


@get("/staff/admin/{kind:str}/{key:str}/compare")
async def compare(request: Web) -> Response[str]:
    """*Jämför*: any two versions side by side; one's own draft is one of them."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        at = await open_thing(connection, by=by, kind=kind, key=key)
    bodies = _bodies(frame, at)
    if at.is_new or len(bodies) < 2:
        raise NotFound()
    asked = request.query_params
    names = list(bodies)
    left, right = _pair(names, asked.get("a", ""), asked.get("b", ""), at)
    heading = view.title(frame, at)
    crumbs = view.crumbs(frame, at, text(frame.lang, "Jämför"))
    found = between(frame, at, bodies[left][1], bodies[right][1])
    context = {
        **around(frame, kind, crumbs, view.units_at(frame, at)),
        "heading": heading,
        "a": left,
        "b": right,
        "versions": [{"value": name, "label": bodies[name][0]} for name in names],
        "rows": [
            {
                "label": one.label,
                "old": one.old,
                "new": one.new,
                "lines": lines_of(one.old_value, one.new_value) if one.long else [],
            }
            for one in found
        ],
        "back": frame.address(kind, key),
        "left": bodies[left][0],
        "right": bodies[right][0],
        "at": frame.asked,
    }
    return pages.page(request, "admin/compare.html", context)


def _bodies(frame: Frame, at: Editing) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Every version by its number as text, the newest first, with what it is called and its body."""
    lang = frame.lang
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    if at.draft is not None and not at.is_new:
        found[DRAFT] = (text(lang, "Ditt utkast"), at.body)
    holds = in_force(at.versions, clock.now())
    for one in at.versions:
        said = text(lang, "Version {n}", n=one.version)
        if one is holds:
            said = text(lang, "Version {n}, gäller nu", n=one.version)
        found[str(one.version)] = (f"{said} ({long_day(one.at, lang)})", one.body)
    if at.stands:
        found["0"] = (text(lang, "Från början"), at.first)
    return found


def _pair(names: list[str], a: str, b: str, at: Editing) -> tuple[str, str]:
    """The two that were asked for; else what is newest, beside the one before it."""
    right = b if b in names else names[0]
    others = [one for one in names if one != right]
    if a in names:
        return a, right
    base = str(at.base_version) if right == DRAFT else ""
    return (base if base in others else others[min(names.index(right), len(others) - 1)]), right


def lines_of(old: Any, new: Any) -> list[dict[str, Any]]:
    """Two long texts line by line: those that went, that came, and three that stayed around them."""
    before, after = str(old or "").split("\n"), str(new or "").split("\n")
    rows: list[dict[str, Any]] = []
    for group in SequenceMatcher(None, before, after, False).get_grouped_opcodes(3):
        if rows:
            rows.append({"kind": "gap", "a": "", "b": "", "old": "", "new": ""})
        for deed, a, b, c, d in group:
            for n in range(max(b - a, d - c)):
                old_n, new_n = a + n, c + n
                rows.append(
                    {
                        "kind": "same" if deed == "equal" else "changed",
                        "a": old_n + 1 if old_n < b else "",
                        "b": new_n + 1 if new_n < d else "",
                        "old": before[old_n] if old_n < b else "",
                        "new": after[new_n] if new_n < d else "",
                    }
                )
    return rows[:LONG_LINES]


@post("/staff/admin/{kind:str}/{key:str}/restore", status_code=303)
async def restore(request: Web) -> Response[Any]:
    """*Återställ som nytt utkast*: nothing changes until it is saved."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    number = (await sent_in(request)).get("version", [""])[-1]
    if not number.isascii() or not number.isdigit() or len(number) > 7:
        raise NotFound()
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        at = await open_for_change(connection, by, kind, key)
    database = house(request).database
    if number == "0":
        await actions.keep_draft(
            database, by=by, kind=kind, key=key, body=at.first, base_version=at.newest_version
        )
    else:
        await actions.restore(database, by=by, kind=kind, key=key, version=int(number))
    house(request).hub.publish([Signal(f"drafts:{by.provider_id}")])
    return see(frame.address(kind, key))


@post("/staff/admin/{kind:str}/{key:str}/merge", status_code=303)
async def merge(request: Web) -> Response[Any]:
    """One's own draft on top of what somebody saved meanwhile, as chosen where both changed the same."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    sent = await sent_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        at = await open_for_change(connection, by, kind, key)
        if not at.is_behind or sent.get("newest", [""])[-1] != str(at.newest_version):
            # Somebody saved once more while one was choosing, or it is done already.
            return see(frame.address(kind, key))
        body, left = at.merge(merging.choices_in(sent))
        if left:
            context = await merging.page(connection, frame, at, unchosen=True)
            return pages.page(request, "admin/merge.html", context, status=422)
    ours = msgspec.structs.replace(at, body=body, base_version=at.newest_version)
    kept = {name: value for name, value in keeps(ours).items() if name != WAS}
    await actions.keep_draft(
        house(request).database, by=by, kind=kind, key=key, body=kept, base_version=at.newest_version
    )
    return see(frame.address(kind, key))


@get("/staff/admin/{kind:str}/{key:str}/remove")
async def ask_removal(request: Web) -> Response[str]:
    """What a removal means, and why it is made."""
    return await _removal_page(request, [], {}, 200)


@post("/staff/admin/{kind:str}/{key:str}/remove", status_code=303)
async def remove(request: Web) -> Response[Any]:
    """*Ta bort*: a version that says so. The history stays, and it can be taken back."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    sent = await sent_in(request)
    typed = {name: sent.get(f"~{name}", [""])[-1] for name in ("reason", "day", "time")}
    base = sent.get("base", [""])[-1]
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        await open_for_change(connection, by, kind, key)
    number = whole(base, 7) or 0
    try:
        await actions.save(
            house(request).database,
            house(request).hub,
            by=by,
            kind=kind,
            changes=[Change(key=key, body=None, base_version=number)],
            reason=typed["reason"],
            starts_at=starts_at(typed["day"], typed["time"]),
        )
    except (Invalid, ChangedMeanwhile) as fault:
        field = fault.field if isinstance(fault, Invalid) else "reason"
        return await _removal_page(request, [Problem(field, fault.message, fault.values)], typed, 422)
    return see(frame.address(kind, removed=1))


async def _removal_page(
    request: Web, problems: list[Problem], typed: Mapping[str, str], status: int
) -> Response[str]:
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        frame = await open_frame(request, connection, by)
        at = await open_for_change(connection, by, kind, key)
    if key == NEW or not kind.removable or kind.one_each or at.is_removed:
        raise NotFound()
    lang, heading = frame.lang, view.title(frame, at)
    notes = (
        at.notes | {f"~{name}": value for name, value in typed.items()}
        if typed
        else dict.fromkeys(at.notes, "")
    )
    faults = {one.field: text(lang, one.message, **one.values) for one in problems}
    context = {
        **around(frame, kind, view.crumbs(frame, at, text(lang, "Ta bort")), view.units_at(frame, at)),
        "heading": heading,
        "faults": faults,
        "base_version": at.newest_version,
        "reason": typed.get("reason", ""),
        "starts": view.starts(msgspec.structs.replace(at, notes=notes), lang, faults.get("starts", "")),
        "back": frame.address(kind, key),
        "thing": {"url": frame.address(kind, key, "remove")},
    }
    return pages.page(request, "admin/remove.html", context, status=status)


@get("/staff/admin/{kind:str}/{key:str}/export")
async def export_one(request: Web) -> Response[bytes]:
    """One thing as a file."""
    by = await web.administrator(request)
    kind, key = kind_of(request), key_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        at = await open_thing(connection, by=by, kind=kind, key=key)
        if at.is_new:
            raise NotFound()
        found = await exported(connection, by=by, kinds=[kind], key=key)
    return download(found, f"{kind.code}")
