"""The door before a case that is not one's own: why one opens it, or why one reads what is blocked (A8, spärr).

It tells which unit and role the case belongs to and how it stands, nothing of the patient; before a blocked one only
that something is blocked.
"""

from typing import Any

import msgspec
from litestar import Response, post

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.blocks.actions import lift_block
from vardlots.blocks.model import Basis
from vardlots.cases import policy
from vardlots.cases.model import CaseRef
from vardlots.cases.openings.actions import OPEN_FOR, open_anyway
from vardlots.cases.openings.queries import gone_on
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.web import house, pressed
from vardlots.consultations.queries import asked_from
from vardlots.platform import pages
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import when_words
from vardlots.worklist.search import phase_name
from vardlots.worklist.shell import context, open_desk

# Kept with the case in Swedish, as everything that staff write is; "other" says nothing by itself.
REASONS = {
    "sought": "Patienten har sökt hjälp hos oss",
    "cooperation": "Samverkan mellan enheter",
    "escalated": "Ärendet är eskalerat",
    "other": "",
}
MORE_MAX = 400
# For how many hours a block can be lifted here; the limits of each ground are in `blocks.model.LONGEST`.
HOURS = (1, 4, 24, 7 * 24, 30 * 24)


class Typed(msgspec.Struct, frozen=True):
    """What was sent to the door, and why it did not open."""

    refusal: Refusal
    form: dict[str, str]


async def door(
    request: Web, by: StaffActor, at: CaseRef, *, typed: Typed | None = None, status: int = 403
) -> Response[Any]:
    """The door as a page. Raises NotFound, and every refusal that no door stands before."""
    async with house(request).database.transaction(by.scope) as connection:
        case, standing = await case_at_the_door(connection, by=by, ref=at)
        refusal = policy.may_read(by, case, standing)
        desk = await open_desk(request, connection, by)
        gone = await gone_on(connection, by=by, case=case)
        asked = await asked_from(connection, by=by, ref=at) if gone else None
    if refusal is not None and refusal.code not in policy.DOORS:
        raise refusal
    lang = desk.lang
    refused = typed.refusal if typed is not None else None
    values = {
        **context(desk, "drop-in", "/staff/drop-in"),
        "base": f"/staff/cases/{at}",
        "blocked": refusal is not None and refusal.code == "blocked",
        "form": typed.form if typed is not None else {},
        "field": refused.field if isinstance(refused, Invalid) else "",
        "fault": text(lang, refused.message, **refused.values) if refused is not None else "",
    }
    if values["blocked"]:
        values |= {"grounds": _grounds(lang), "hours": _hours(lang)}
    else:
        values |= {
            "unit": desk.known.unit_name(case.unit_id),
            "role": desk.known.role_name(case.role, lang),
            "state": phase_name(lang, case.phase),
            "reasons": _reasons(lang),
            "holds": plural(lang, "{n} timme", "{n} timmar", int(OPEN_FOR.total_seconds()) // 3600),
            "gone": text(
                lang,
                "{who} på {unit} tog besöket {time}. Chatten med patienten är deras från och med då.",
                who=gone.who,
                unit=desk.known.unit_name(gone.unit_id),
                time=when_words(gone.at, lang),
            )
            if gone
            else "",
            "list": desk.chosen.address("/staff/drop-in"),
            "consultation": f"/staff/consultations/{asked}" if asked else "",
        }
    return pages.page(request, "worklist/visit_door.html", values, status=status)


def has_door(refusal: Refusal) -> bool:
    """Whether there is a way in behind a refusal, with a reason."""
    return isinstance(refusal, Forbidden) and refusal.code in policy.DOORS


@post("/staff/cases/{ref:str}/open", status_code=303)
async def open_case_anyway(request: Web) -> Response[Any]:
    """Say why one opens another unit's case."""
    by, at, form = await _sent(request)
    chosen, more = form.get("why", ""), form.get("more", "").strip()
    try:
        if chosen not in REASONS:
            raise Invalid("why", "Välj varför du öppnar ärendet.")
        if chosen == "other" and not more:
            raise Invalid("more", "Skriv varför du öppnar ärendet.")
        reason = ". ".join(part for part in (REASONS[chosen], more) if part)
        await open_anyway(house(request), by=by, ref=at, reason=reason)
    except Refusal as refusal:
        return await _again(request, by, at, refusal, form, done="already_open")
    return _to(at)


@post("/staff/cases/{ref:str}/lift", status_code=303)
async def lift(request: Web) -> Response[Any]:
    """Lift the block over a case, by consent or in an emergency; another unit's case is opened for the same reason."""
    by, at, form = await _sent(request)
    wanted, reason = form.get("basis", ""), form.get("reason", "")
    hours = form.get("hours", "")
    try:
        if wanted not in set(Basis):
            raise Invalid("basis", "Välj på vilken grund du läser.")
        await lift_block(
            house(request).database,
            house(request).hub,
            by=by,
            basis=Basis(wanted),
            reason=reason,
            hours=whole(hours, 4) or 0,
            case_id=at.case_id,
        )
        await open_anyway(house(request), by=by, ref=at, reason=reason)
    except Refusal as refusal:
        return await _again(request, by, at, refusal, form, done="already_open")
    return _to(at)


async def _sent(request: Web) -> tuple[StaffActor, CaseRef, dict[str, str]]:
    by, at, form = await pressed(request)
    if at.provider_id != by.provider_id:
        raise NotFound()
    return by, at, form


async def _again(
    request: Web, by: StaffActor, at: CaseRef, refusal: Refusal, form: dict[str, str], *, done: str
) -> Response[Any]:
    if refusal.code in (done, "not_blocked"):
        # The way is open already: pressed twice, or the patient has taken the block back.
        return _to(at)
    if refusal.status in (401, 404, 503):
        raise refusal
    return await door(request, by, at, typed=Typed(refusal, form), status=refusal.status)


def _to(at: CaseRef) -> Response[Any]:
    headers = {"location": f"/staff/cases/{at}", "cache-control": "no-store"}
    return Response(b"", status_code=303, headers=headers)


def _reasons(lang: str) -> list[dict[str, str]]:
    return [
        {"value": "sought", "label": text(lang, "Patienten har sökt hjälp hos oss")},
        {"value": "cooperation", "label": text(lang, "Samverkan mellan enheter")},
        {"value": "escalated", "label": text(lang, "Ärendet är eskalerat")},
        {"value": "other", "label": text(lang, "Annat skäl")},
    ]


def _grounds(lang: str) -> list[dict[str, str]]:
    return [
        {
            "value": Basis.CONSENT.value,
            "label": text(lang, "Patienten samtycker"),
            "hint": text(lang, "Patienten har sagt att du får läsa. Gäller högst 30 dagar."),
        },
        {
            "value": Basis.EMERGENCY.value,
            "label": text(lang, "Nödsituation"),
            "hint": text(
                lang,
                "Fara för liv eller allvarlig risk för hälsan, och patienten kan inte samtycka. "
                "Gäller högst 24 timmar.",
            ),
        },
    ]


def _hours(lang: str) -> list[dict[str, str]]:
    return [
        {
            "value": str(hours),
            "label": plural(lang, "{n} timme", "{n} timmar", hours)
            if hours <= 24
            else plural(lang, "{n} dag", "{n} dagar", hours // 24),
        }
        for hours in HOURS
    ]
