"""What stands around every settings page: the desk's menu, and the tabs."""

from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.worklist.shell import context, open_desk

PROFILE, HARDWARE = "/staff/settings", "/staff/settings/hardware"
NOTICES, SESSIONS = "/staff/settings/notices", "/staff/settings/sessions"
PHRASES = "/staff/settings/phrases"
SUBSTITUTES = "/staff/settings/substitutes"


def tabs(lang: str, active: str) -> list[dict[str, Any]]:
    """The tabs for `preferences/tabs.html`; `active` is the address of one of them."""
    places = (
        (text(lang, "Profil"), PROFILE),
        (text(lang, "Hårdvara"), HARDWARE),
        (text(lang, "Notifieringar"), NOTICES),
        (text(lang, "Ersättare"), SUBSTITUTES),
        (text(lang, "Fraser"), PHRASES),
        (text(lang, "Inloggningar"), SESSIONS),
    )
    return [{"label": label, "href": href, "active": href == active} for label, href in places]


async def frame(request: Web, connection: Connection, by: StaffActor, active: str) -> dict[str, Any]:
    """The context of `preferences/page.html`, for every role. `active` is the address of the page's tab."""
    desk = await open_desk(request, connection, by)
    # Whoever opens no cases writes to no patient, and has no use for phrases.
    shown = [one for one in tabs(desk.lang, active) if by.cares or one["href"] != PHRASES]
    return context(desk, "settings", active) | {"settings_tabs": shown, "lang": desk.lang}
