"""What stands around every page of administration: the kinds by group, the unit, the search, and who one is."""

from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.admin import known, queries
from vardlots.admin.addresses import HOME, address
from vardlots.admin.words import Choices
from vardlots.configuration.model import Kind
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.platform.i18n import N_, text
from vardlots.platform.numbers import whole
from vardlots.worklist.shell import Desk, context, open_desk

GROUPS = {
    "unit": N_("Enheten"),
    "staffing": N_("Bemanning"),
    "flow": N_("Flöde"),
    "texts": N_("Texter"),
    "rules": N_("Regler"),
}
EVERY = "all"


class Frame(msgspec.Struct, frozen=True):
    """An administrator at work: the desk around them, the unit that is chosen (None: every), the directory's names."""

    desk: Desk
    by: StaffActor
    lang: str
    unit_id: int | None
    asked: str
    names: Choices

    def unit_name(self, unit_id: int | None) -> str:
        """A unit's name; *Alla enheter* for what is the provider's."""
        if unit_id is None:
            return text(self.lang, "Alla enheter")
        return self.names.units.get(unit_id, text(self.lang, "Okänd enhet"))

    def address(self, kind: Kind | str, key: str | None = None, then: str = "", **query: object) -> str:
        """An address with the chosen unit in it."""
        return address(kind, key, then, **query, at=self.asked)

    @property
    def home(self) -> str:
        """The start of administration."""
        return f"{HOME}?at={self.asked}" if self.asked else HOME


async def open_frame(request: Web, connection: Connection, by: StaffActor) -> Frame:
    """Read what the frame shows. Raises NotFound for a unit that the provider does not have."""
    desk = await open_desk(request, connection, by)
    names = await queries.choices(connection, by.provider_id, desk.lang)
    asked = request.query_params.get("at", "")
    unit_id = by.unit_id if by.administers == "unit" else None
    if asked == EVERY:
        unit_id = None
    elif asked:
        unit_id = whole(asked, 9) or 0
        if unit_id not in names.units:
            raise NotFound()
    return Frame(desk, by, desk.lang, unit_id, asked, names)


def kind_of(request: Web) -> Kind:
    """The kind that the address names. Raises NotFound."""
    found = known.kinds().get(str(request.path_params["kind"]))
    if found is None:
        raise NotFound()
    return found


def around(
    frame: Frame,
    kind: Kind | None = None,
    crumbs: list[tuple[str, str]] | None = None,
    units_at: list[tuple[int | None, str]] | None = None,
    typed: str = "",
) -> dict[str, Any]:
    """The context of a page of administration. `crumbs`: names and addresses, the last is where one is; `units_at`:
    where the choice of a unit leads, when it is not the same list."""
    lang = frame.lang
    here = address(kind) if kind is not None else HOME
    units = units_at or [(one, f"{here}?at={one or EVERY}") for one in (None, *frame.names.units)]
    options = [
        {"label": frame.unit_name(one), "href": href, "active": one == frame.unit_id} for one, href in units
    ]
    trail = [(text(lang, "Administration"), frame.home), *(crumbs or [])]
    return {
        **context(frame.desk, "admin", HOME),
        "groups": _groups(frame, kind),
        "crumbs": [{"label": label, "href": href} for label, href in trail],
        "unit": {
            "label": text(lang, "Enhet"),
            "value": frame.unit_name(frame.unit_id),
            "on": frame.unit_id is not None,
            "options": options,
        },
        "find_url": f"{HOME}/search",
        "typed": typed,
        "at": frame.asked,
        "config_topic": f"config:{frame.by.provider_id} drafts:{frame.by.provider_id}",
    }


def by_group() -> list[tuple[str, list[Kind]]]:
    """The kinds, group by group, in the order of the menu."""
    found = [(code, [one for one in known.kinds().values() if one.group == code]) for code in GROUPS]
    return [(code, kinds) for code, kinds in found if kinds]


def _groups(frame: Frame, active: Kind | None) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = [
        {
            "label": text(frame.lang, GROUPS[code]),
            "items": [
                {
                    "label": text(frame.lang, one.label),
                    "href": frame.address(one),
                    "active": active is not None and one.code == active.code,
                }
                for one in kinds
            ],
        }
        for code, kinds in by_group()
    ]
    if frame.by.reviews:
        log = {"label": text(frame.lang, "Åtkomstlogg"), "href": "/staff/log", "active": False}
        groups.append({"label": text(frame.lang, "Spårbarhet"), "items": [log]})
    return groups
