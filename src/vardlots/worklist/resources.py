"""*Välj resurs*: the tree unit → role → person, wherever a resource is chosen. What is typed is never in an address.

Other pages put the tree in their form by `tree(...)` and the template `worklist/resource_tree.html`; the script
`resource-tree.js` searches and brings it up to date by POST to `/staff/resources`.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.door import onward
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.clinics import queries as clinics
from vardlots.clinics.tree import Chosen, Node, Wood, count, grow, without_distant_people
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.worklist.directory import Directory, directory
from vardlots.worklist.shell import context, open_desk

MOST_TYPED = 80
LEVELS = ("unit", "role", "staff")
# Or `unit-3`: one unit alone, where what is chosen must belong to it.
Which: TypeAlias = str
WHICH = ("reach", "provider", "cooperating")
_ONE = "unit-"


async def tree(
    connection: Connection,
    by: StaffActor,
    *,
    lang: str,
    name: str = "resource",
    may: Collection[str] = LEVELS,
    which: Which = "reach",
    value: str = "",
    typed: str = "",
    without: Collection[int] = (),
) -> dict[str, Any]:
    """What `worklist/resource_tree.html` draws.

    `name` is the form's field, `may` what can be chosen in it, `value` what is (as `clinics.tree.Chosen` writes it).
    `which`: the units within reach, all of the provider's, the active unit with those that it cooperates with, or one.
    `without` are members of staff who are not offered.
    """
    known = await directory(connection, by)
    unit_ids = await _units(connection, by, known, which)
    wood = Wood(
        units=[(unit_id, known.unit_name(unit_id)) for unit_id in unit_ids if known.units[unit_id].active],
        own_unit_id=by.unit_id,
        role_names=known.role_names[lang],
        # Whoever opens no cases can be sent none.
        resources=[one for one in known.resources if one.role in known.caring],
        colleagues=[one for one in known.colleagues if one.staff_id not in without],
        at_work=await clinics.on_shift(connection, by.provider_id),
    )
    typed = typed.strip()[:MOST_TYPED]
    nodes, fewer = grow(wood, typed), False
    if not typed:
        nodes, fewer = without_distant_people(nodes)
    chosen = Chosen.read(value)
    found = count(nodes) if typed else 0
    return {
        "name": name,
        "may": [level for level in LEVELS if level in may],
        "which": which,
        "without": ",".join(map(str, sorted(without))),
        "value": str(chosen) if chosen else "",
        "typed": typed,
        "topic": f"shifts:{by.provider_id}",
        "nodes": [
            _drawn(node, lang, chosen) | ({"opened": True} if len(nodes) == 1 else {}) for node in nodes
        ],
        "found": found,
        "said": plural(lang, "{n} träff", "{n} träffar", found) if typed else "",
        "fewer": fewer,
    }


async def _units(connection: Connection, by: StaffActor, known: Directory, which: Which) -> list[int]:
    if which == "provider":
        return list(known.units)
    if which.startswith(_ONE):
        return [unit_id for unit_id in known.units if str(unit_id) == which.removeprefix(_ONE)]
    if which == "cooperating":
        others = await clinics.cooperating_units(connection, by.provider_id, by.unit_id)
        return [unit_id for unit_id in known.units if unit_id == by.unit_id or unit_id in others]
    return [unit_id for unit_id in known.units if unit_id in by.unit_ids]


def _drawn(node: Node, lang: str, chosen: Chosen | None) -> dict[str, Any]:
    children = [_drawn(one, lang, chosen) for one in node.children]
    is_way = any(one["checked"] or one["is_way"] for one in children)
    checked = chosen is not None and node.value == str(chosen)
    return {
        "value": node.value,
        "kind": node.kind,
        "parts": node.label,
        "name": node.name,
        "note": _note(node, lang),
        "working": _working(node, lang),
        "at_work": node.working > 0,
        "opened": node.opened or is_way or (checked and bool(children)),
        "checked": checked,
        "is_way": is_way,
        "children": children,
    }


def _note(node: Node, lang: str) -> str:
    if node.is_own:
        return text(lang, "Din enhet")
    if node.serves:
        return plural(lang, "Arbetar också åt en enhet", "Arbetar också åt {n} enheter", node.serves)
    return ""


def _working(node: Node, lang: str) -> str:
    if node.kind == "staff":
        return text(lang, "På skift") if node.working else ""
    return text(lang, "{n} på skift", n=node.working) if node.working else ""


def _numbers(listed: str) -> set[int]:
    return {number for one in listed.split(",")[:20] if (number := whole(one, 18)) is not None}


@get("/staff/resources")
async def choose(request: Web) -> Response[Any]:
    """The tree for the filter: alone, or in the popup of the page's top."""
    return await _page(request, request.query_params, "")


@post("/staff/resources", status_code=200)
async def search(request: Web) -> Response[Any]:
    """The same after something was typed."""
    form = await request.form()
    fields = {**request.query_params, **{name: str(value) for name, value in form.items()}}
    return await _page(request, fields, fields.get("q", ""))


async def _page(request: Web, fields: Mapping[str, str], typed: str) -> Response[Any]:
    by = await web.staff(request)
    lang = pages.language_of(request)
    which = fields.get("which")
    levels = [level for level in fields.get("may", "").split(",") if level in LEVELS]
    # A name that no field has is drawn into no page.
    name = fields.get("name", "")
    async with house(request).database.transaction(by.scope) as connection:
        desk = None if pages.is_fragment(request) else await open_desk(request, connection, by)
        drawn = await tree(
            connection,
            by,
            lang=lang,
            name=name if name.isidentifier() and len(name) < 40 else "resource",
            may=levels or LEVELS,
            which=which if which is not None and (which in WHICH or which.startswith(_ONE)) else "reach",
            value=fields.get("value", ""),
            typed=typed,
            without=_numbers(fields.get("without", "")),
        )
    to = onward(fields.get("to"), "staff").partition("?")[0]
    tab = fields.get("tab", "")
    values = {
        "tree": drawn | {"submit": True},
        "to": to,
        "tab": tab if tab.replace("-", "").isalnum() else "",
    }
    if desk is None:
        part = "resource_nodes" if fields.get("part") == "nodes" else "resource_popup"
        return pages.page(request, f"worklist/{part}.html", values)
    return pages.page(request, "worklist/resources.html", context(desk, "", to) | values)
