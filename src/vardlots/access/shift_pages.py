"""The shift: start, change of unit, and the end with *Hur var ditt arbetspass?* (requirements A5, A6)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post

from vardlots.access import web
from vardlots.access.actions import COMMENT_MAX, change_shift, end_shift, start_shift
from vardlots.access.actor import StaffActor
from vardlots.access.door import database, door, end_session, onward, sessions
from vardlots.access.shifts.actions import set_load_balancer, tell_afterwards
from vardlots.access.shifts.queries import closed_by_system
from vardlots.access.shifts.rules import ShiftRules, shift_rules
from vardlots.clinics.model import SHIFT_TYPES, Assignment, Shift, Unit, role_label
from vardlots.clinics.queries import assignments_of, open_shift, units_of
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import NOBODY, Connection
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.live import Signal
from vardlots.platform.pages import see

Web = Request[Any, Any, Any]
LeavesSomething: TypeAlias = Callable[[Connection, StaffActor], Awaitable[bool]]
_SATISFIED = {"yes": True, "no": False}


class _Place(msgspec.Struct, frozen=True):
    """Where a member of staff stands: their open shift, what they may work as, and the shift that the system closed
    without their having said how it was."""

    shift: Shift | None
    assignments: list[Assignment]
    units: dict[int, Unit]
    rules: ShiftRules
    closed: Shift | None


@get("/staff/shift")
async def shift(request: Web) -> Response[Any]:
    """Start a shift, or change the one that is open."""
    actor = await web.staff(request)
    return await _shift_page(request, actor, request.query_params.get("next"))


@post("/staff/shift/balancer", status_code=303)
async def switch_balancer(request: Web) -> Response[Any]:
    """*Lastbalanserare* on or off, for the shift that is open."""
    actor = await web.staff(request)
    form = await request.form()
    try:
        on = form.get("load_balancer") == "1"
        await set_load_balancer(database(request), request.app.state.house.hub, by=actor, on=on)
    except Refusal as refusal:
        return await _shift_page(request, actor, form.get("next"), refusal, form)
    return see(f"/staff/shift?{urlencode({'next': onward(form.get('next'), 'staff')})}")


@post("/staff/shift/afterwards", status_code=303)
async def answer_afterwards(request: Web) -> Response[Any]:
    """How it was, for a shift that the system closed. Answered in another tab already is no fault."""
    actor = await web.staff(request)
    form = await request.form()
    comment, number = str(form.get("comment", "")).strip(), str(form.get("shift", ""))
    if len(comment) > COMMENT_MAX:
        refusal = Invalid("comment", "Korta ner texten till högst {most} tecken.", most=COMMENT_MAX)
        return await _shift_page(request, actor, form.get("next"), refusal, form)
    if number.isascii() and number.isdigit() and len(number) <= 18:
        satisfied = _SATISFIED.get(str(form.get("satisfied", "")))
        await tell_afterwards(
            database(request), by=actor, shift_id=int(number), satisfied=satisfied, comment=comment
        )
    return see(f"/staff/shift?{urlencode({'next': onward(form.get('next'), 'staff')})}")


@post("/staff/shift", status_code=303)
async def save_shift(request: Web) -> Response[Any]:
    """Begin the shift, or end the open one and begin another. Pressing in two tabs is one shift."""
    actor = await web.staff(request)
    form = await request.form()
    place = await _place(request, actor)
    try:
        chosen = [one for one in place.assignments if str(one.assignment_id) == form.get("assignment")]
        if not chosen:
            raise Invalid("assignment", "Välj enhet och roll.")
        if not _is_begun(place, form):
            shift_type, ends = str(form.get("shift_type", "")), str(form.get("from", ""))
            balanced = form.get("load_balancer") == "1"
            await _begin(request, actor, chosen[0], shift_type, ends, load_balancer=balanced)
    except Refusal as refusal:
        if not _is_begun(await _place(request, actor), form):
            return await _shift_page(request, actor, form.get("next"), refusal, form)
    sessions(request).forget(actor.session_id)
    request.app.state.house.hub.publish(
        [Signal(f"staff:{actor.staff_id}"), Signal(f"shifts:{actor.provider_id}")]
    )
    return see(onward(form.get("next"), "staff"))


@get("/staff/sign-out")
async def ask_about_shift(request: Web) -> Response[Any]:
    """*Hur var ditt arbetspass?*, after what would be left behind; `anyway` when that has been seen."""
    actor = await web.staff(request)
    if request.query_params.get("anyway") != "1" and await _leaves_something(request, actor):
        return see("/staff/leaving")
    return await _end_page(request, actor)


@post("/staff/sign-out", status_code=303)
async def end_day(request: Web) -> Response[Any]:
    """*Avsluta skift*: the shift and the session end."""
    actor = await web.staff(request)
    form = await request.form()
    satisfied = _SATISFIED.get(str(form.get("satisfied", "")))
    try:
        await end_shift(
            database(request), by=actor, satisfied=satisfied, comment=str(form.get("comment", ""))
        )
    except Invalid as refusal:
        return await _end_page(request, actor, refusal, form)
    request.app.state.house.hub.publish(
        [Signal(f"staff:{actor.staff_id}"), Signal(f"shifts:{actor.provider_id}")]
    )
    await end_session(request, why="shift_ended")
    response = see("/staff/sign-in?out=1")
    door(request).let_out(response)
    return response


HANDLERS = (shift, save_shift, switch_balancer, answer_afterwards, ask_about_shift, end_day)


async def _leaves_something(request: Request[Any, Any, Any], actor: StaffActor) -> bool:
    """Whether cases of the actor's own are left: what those are, subjects above this one know (`app.py`)."""
    check: LeavesSomething = request.app.state.leaves_something
    async with database(request).transaction(actor.scope) as connection:
        return await check(connection, actor)


async def _begin(
    request: Web, actor: StaffActor, chosen: Assignment, shift_type: str, ends: str, *, load_balancer: bool
) -> None:
    if ends.isascii() and ends.isdigit() and len(ends) <= 18:
        await change_shift(
            database(request),
            by=actor,
            from_shift_id=int(ends),
            unit_id=chosen.unit_id,
            role=chosen.role,
            shift_type=shift_type,
            load_balancer=load_balancer,
        )
    else:
        await start_shift(
            database(request),
            by=actor,
            unit_id=chosen.unit_id,
            role=chosen.role,
            shift_type=shift_type,
            load_balancer=load_balancer,
        )


def _is_begun(place: _Place, form: Any) -> bool:
    """Whether what was asked for is so already: the other tab, or the first of two presses, did it."""
    return place.shift is not None and any(
        str(one.assignment_id) == form.get("assignment")
        and (one.unit_id, one.role, form.get("shift_type"))
        == (place.shift.unit_id, place.shift.role, place.shift.shift_type)
        for one in place.assignments
    )


async def _place(request: Web, actor: StaffActor) -> _Place:
    async with database(request).transaction(NOBODY) as connection:
        opened = await open_shift(connection, actor.staff_id)
        assigned = await assignments_of(connection, actor.staff_id)
        units = await units_of(connection, actor.provider_id)
        rules = await shift_rules(connection, actor.provider_id)
        closed = None if opened else await closed_by_system(connection, actor.staff_id)
    here = [one for one in assigned if one.provider_id == actor.provider_id]
    return _Place(opened, here, {unit.unit_id: unit for unit in units}, rules, closed)


async def _shift_page(
    request: Web, actor: StaffActor, onward_to: str | None, refusal: Refusal | None = None, form: Any = None
) -> Response[Any]:
    place = await _place(request, actor)
    form = form or {}
    lang = pages.language_of(request)
    chosen = form.get("assignment") or _own_assignment(actor, place)
    next_page = onward(onward_to, "staff")
    context = {
        "user": user(actor),
        "shift_now": _shown(place, place.shift, lang),
        "closed": _shown(place, place.closed, lang),
        "comment": form.get("comment", ""),
        "comment_max": COMMENT_MAX,
        "satisfied": form.get("satisfied", ""),
        "load_balancer": form.get("load_balancer") == "1",
        "assignments": [
            {
                "value": str(one.assignment_id),
                "label": f"{one.role_said(lang)}, {one.unit_name}",
                "hint": one.provider_name,
            }
            for one in place.assignments
        ],
        "assignment": chosen,
        "types": [{"value": code, "label": i18n.text(lang, label)} for code, label in SHIFT_TYPES.items()],
        "shift_type": form.get("shift_type") or (place.shift.shift_type if place.shift else ""),
        "next": next_page,
        "later_url": next_page,
        "sign_out_url": f"/staff/sign-out?{urlencode({'next': next_page})}",
        **_told(refusal, lang),
    }
    return pages.page(request, "access/shift.html", context, status=refusal.status if refusal else 200)


async def _end_page(
    request: Web, actor: StaffActor, refusal: Invalid | None = None, form: Any = None
) -> Response[Any]:
    form = form or {}
    lang = pages.language_of(request)
    place = await _place(request, actor)
    context = {
        "user": user(actor),
        "shift_now": _shown(place, place.shift, lang),
        "satisfied": form.get("satisfied", ""),
        "comment": form.get("comment", ""),
        "comment_max": COMMENT_MAX,
        **_told(refusal, lang),
    }
    return pages.page(request, "access/end_shift.html", context, status=refusal.status if refusal else 200)


def user(actor: StaffActor) -> dict[str, str]:
    """Who is signed in, as staff.html shows it."""
    initials = "".join(part[:1] for part in actor.name.split()[:2]).upper()
    role = i18n.text(actor.lang, actor.title or role_label(actor.role))
    return {"name": actor.name, "role": role, "initials": initials, "picture": actor.picture}


def _own_assignment(actor: StaffActor, place: _Place) -> str:
    own = [one for one in place.assignments if (one.unit_id, one.role) == (actor.unit_id, actor.role)]
    return str(own[0].assignment_id) if own else ""


def _shown(place: _Place, told: Shift | None, lang: str) -> dict[str, Any] | None:
    """A shift as the page tells of it."""
    if told is None:
        return None
    unit = place.units.get(told.unit_id)
    return {
        "id": told.shift_id,
        "type": i18n.text(lang, SHIFT_TYPES[told.shift_type]),
        "role": next(
            (one.role_said(lang) for one in place.assignments if one.role == told.role),
            i18n.text(lang, role_label(told.role)),
        ),
        "unit": unit.name if unit else "",
        "since": told.started_at,
        "until": told.ended_at,
        "long": place.rules.is_forgotten(told.started_at, clock.now()),
        "closes": place.rules.closes_at(told.started_at),
        "load_balancer": told.load_balancer,
    }


def _told(refusal: Refusal | None, lang: str) -> dict[str, str]:
    if refusal is None:
        return {"fault": "", "field": ""}
    field = refusal.field if isinstance(refusal, Invalid) else ""
    return {"fault": i18n.text(lang, refusal.message, **refusal.values), "field": field}
