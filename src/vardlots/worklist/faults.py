"""Refusals shown inside a staff page, beside what caused them, with what was typed kept."""

from typing import Any

import msgspec
from litestar import Response

from vardlots.access.web import Web
from vardlots.platform import pages
from vardlots.platform.errors import Invalid, Refusal, SomebodyWasFirst
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time

# Where a press came from: the place on the page that tells of its refusal.
PLACES = (
    *("list", "dock", "priority", "end", "release", "take-over", "note", "forms"),
    *("chase", "no-answer", "called"),
    *("handover", "hand-over", "decline", "pause"),
)


class Fault(msgspec.Struct, frozen=True):
    """A refusal at its place. `typed` is what the form held; `field` the field that is wrong."""

    at: str
    text: str
    kind: str
    icon: str
    href: str = ""
    label: str = ""
    field: str = ""
    typed: dict[str, str] = {}


def fault_of(
    refusal: Refusal, *, at: str, lang: str, href: str, typed: dict[str, str] | None = None
) -> Fault:
    """The refusal in words, with a way on: `href` is the case that it is about."""
    typed = typed or {}
    if isinstance(refusal, SomebodyWasFirst):
        first = refusal.who.split(" ")[0]
        said = (
            text(lang, "{who} hann före, {time}.", who=first, time=clock_time(refusal.when))
            if refusal.when
            else text(lang, "{who} hann före.", who=first)
        )
        return Fault(at, said, "notice", "user", href, text(lang, "Öppna ändå"), typed=typed)
    said = text(lang, refusal.message, **refusal.values)
    if isinstance(refusal, Invalid):
        return Fault(at, said, "danger", "circle-alert", field=refusal.field, typed=typed)
    return Fault(at, said, "notice", "info", href, text(lang, "Läs in på nytt"), typed=typed)


def fault_fragment(request: Web, fault: Fault | None, at: str, status: int) -> Response[Any]:
    """The place of a fault alone, for a page that stays where it is; without a fault, the place emptied."""
    return pages.page(request, "worklist/fault_place.html", {"at": at, "fault": fault}, status=status)
