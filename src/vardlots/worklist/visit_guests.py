"""*Vilka är med*: who takes part in the visit, and whom to bring in (requirement D7).

Opened from the head of the conversation in a dialog; without script it is a page of its own.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import policy, states
from vardlots.cases.guests import actions, queries
from vardlots.cases.guests.actions import CHAT, CONSULT, MODES
from vardlots.cases.guests.queries import Guest
from vardlots.cases.model import Case, CaseRef, Verb
from vardlots.cases.policy import Standing
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.turn import House
from vardlots.cases.web import house, pressed, read_log, ref
from vardlots.clinics.queries import Face, face_of
from vardlots.clinics.tree import Chosen
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import when_words
from vardlots.triage.words import initials
from vardlots.worklist import resources
from vardlots.worklist.faults import Fault, fault_fragment, fault_of
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.visit_read import Visit


async def read_guests(connection: Connection, by: StaffActor, found: Visit, _: str) -> Mapping[str, Any]:
    """What the visit's head says of guests: how many there are, and whether somebody can be asked in."""
    case = found.case
    me = await queries.present(connection, case.ref, by.staff_id) if by.staff_id in case.guests else None
    return {
        "guests": {
            "count": len(case.guests),
            "shown": case.phase in states.TAKEN,
            "me": me.mode if me is not None else "",
            "to_join": me is not None and me.joined_at is None,
            "href": f"/staff/cases/{case.ref}/guests",
        }
    }


async def come(house_: House, by: StaffActor, at: CaseRef, extras: Mapping[str, Any]) -> bool:
    """Note that a guest has opened the visit for the first time; whether something was written that they now read."""
    if not extras["guests"]["to_join"]:
        return False
    try:
        return await actions.join(house_, by=by, ref=at) is not None
    except Refusal:
        # No guest any more, between one moment and the next: what they may read decides.
        return False


@get("/staff/cases/{ref:str}/guests")
async def visit_guests(request: Web) -> Response[Any]:
    """Who is in the visit, who has been, and the tree of colleagues to ask in."""
    return await _page(request, await web.carer(request), ref(request))


@post("/staff/cases/{ref:str}/guests", status_code=303)
async def invite(request: Web) -> Response[Any]:
    """*Bjud in*, or let a guest take part in the other way."""
    by, at, form = await pressed(request)
    try:
        await actions.invite(house(request), by=by, ref=at, staff_id=_whom(form), mode=form.get("mode", ""))
    except Refusal as refusal:
        if refusal.code != "already_guest":
            return await _refused(request, by, at, refusal, form)
    return done(request, f"/staff/cases/{at}")


@post("/staff/cases/{ref:str}/guests/leave", status_code=303)
async def guest_leaves(request: Web) -> Response[Any]:
    """A guest goes, or is let go; twice is once. Whoever may read no more goes to their start page."""
    by, at, form = await pressed(request)
    staff_id = whole(form.get("staff_id", ""), 18) or 0
    try:
        await actions.leave(house(request), by=by, ref=at, staff_id=staff_id)
    except Refusal as refusal:
        if refusal.code != "gone":
            return await _refused(request, by, at, refusal, form)
    if staff_id == by.staff_id:
        return done(request, "/staff", leaves=True)
    return done(request, f"/staff/cases/{at}")


def done(request: Web, address: str, *, leaves: bool = False) -> Response[Any]:
    """Back to where it was pressed. A page with script stays, its dialog closes and what has changed comes by signal,
    unless whoever pressed `leaves` the visit."""
    if pages.is_fragment(request):
        onward = {"hx-redirect": address} if leaves else {}
        return Response(b"", status_code=204, headers={"cache-control": "no-store", **onward})
    return pages.see(address)


def _whom(form: Mapping[str, str]) -> int:
    """The colleague who was chosen in the tree, or the guest beside whose name it was pressed. Raises Invalid."""
    chosen = Chosen.read(form.get("guest", ""))
    found = chosen.staff_id if chosen is not None else whole(form.get("staff_id", ""), 18)
    if not found:
        raise Invalid("guest", "Välj en kollega först.")
    return found


async def _refused(
    request: Web, by: StaffActor, at: CaseRef, refusal: Refusal, form: dict[str, str]
) -> Response[Any]:
    if refusal.status in (401, 404, 503):
        raise refusal
    lang = pages.language_of(request)
    fault = fault_of(refusal, at="guests", lang=lang, href=f"/staff/cases/{at}", typed=form)
    if pages.is_fragment(request):
        return fault_fragment(request, fault, "guests", refusal.status)
    return await _page(request, by, at, fault=fault, status=refusal.status)


async def _page(
    request: Web, by: StaffActor, at: CaseRef, *, fault: Fault | None = None, status: int = 200
) -> Response[Any]:
    lang = pages.language_of(request)
    typed = fault.typed if fault is not None else {}
    async with house(request).database.transaction(by.scope) as connection:
        case, stands = await case_at_the_door(connection, by=by, ref=at)
        if refusal := policy.may_read(by, case, stands):
            raise refusal
        known = await queries.guests_of(connection, at)
        owner = await face_of(connection, case.owner_staff_id)
        may_invite = _may(by, Verb.INVITE, case, stands)
        tree = (
            await resources.tree(
                connection,
                by,
                lang=lang,
                name="guest",
                may=("staff",),
                which="provider",
                value=typed.get("guest", ""),
                without={by.staff_id, case.owner_staff_id or 0},
            )
            if may_invite
            else None
        )
        desk = None if pages.is_fragment(request) else await open_desk(request, connection, by)
    await read_log(request).record(
        access(by, "read_case", provider_id=at.provider_id, person_id=case.person_id, case_id=at.case_id)
    )
    base = f"/staff/cases/{at}"
    values: dict[str, Any] = {
        "base": base,
        "owner": _owner(owner, by, case, lang) if owner else None,
        "here": [_drawn(one, by, case, lang) for one in known if one.left_at is None],
        "been": [_drawn(one, by, case, lang) for one in known if one.left_at is not None],
        "may_invite": may_invite,
        "tree": tree,
        "mode": typed.get("mode") if typed.get("mode") in MODES else CHAT,
        "modes": _modes(lang),
        "fault": fault,
    }
    if desk is None:
        return pages.page(request, "worklist/visit_guests.html", values, status=status)
    values |= {
        **context(desk, "drop-in", "/staff/drop-in"),
        "part": "worklist/visit_guests.html",
        "back": base,
    }
    values["heading"] = text(lang, "Vilka är med")
    return pages.page(request, "worklist/visit_aside.html", values, status=status)


def _may(by: StaffActor, verb: Verb, case: Case, stands: Standing) -> bool:
    return states.allows(case.phase, verb) and policy.may(by, verb, case, clock.now(), stands) is None


def _owner(owner: Face, by: StaffActor, case: Case, lang: str) -> dict[str, Any]:
    mine = case.owner_staff_id == by.staff_id
    return {
        "name": owner.name,
        "you": mine,
        "title": text(lang, owner.title) if owner.title else "",
        "initials": initials(owner.name),
        "picture": owner.picture,
        "line": text(lang, "Du är ansvarig för besöket och för anteckningen.")
        if mine
        else text(lang, "Ansvarig för besöket och för anteckningen."),
    }


def _drawn(one: Guest, by: StaffActor, case: Case, lang: str) -> dict[str, Any]:
    mine = case.owner_staff_id == by.staff_id
    me = one.staff_id == by.staff_id
    present = one.left_at is None
    return {
        "staff_id": one.staff_id,
        "name": one.name,
        "title": text(lang, one.title) if one.title else "",
        "initials": initials(one.name),
        "picture": one.picture,
        "you": me,
        "mode": one.mode,
        "mode_text": text(lang, "I chatten") if one.mode == CHAT else text(lang, "Ger råd"),
        "line": _since(one, lang),
        # Whoever asks in decides how; a guest in the chat asks in, and lets nobody go.
        "may_change": present and not me and (mine or by.staff_id in case.chat_guests),
        "may_remove": present and mine,
        "may_leave": present and me,
        "other": CONSULT if one.mode == CHAT else CHAT,
    }


def _since(one: Guest, lang: str) -> str:
    asked = text(lang, "{who} bjöd in {time}.", who=one.inviter, time=when_words(one.invited_at, lang))
    if one.left_at is not None:
        until = when_words(one.left_at, lang)
        if one.joined_at is None:
            gone = text(lang, "Öppnade aldrig besöket. Borttagen {time}.", time=until)
        else:
            gone = text(
                lang, "Med från {since} till {until}.", since=when_words(one.joined_at, lang), until=until
            )
    elif one.joined_at is None:
        gone = text(lang, "Har inte öppnat besöket än.")
    else:
        gone = text(lang, "Med sedan {time}.", time=when_words(one.joined_at, lang))
    return f"{asked} {gone}"


def _modes(lang: str) -> list[dict[str, str]]:
    return [
        {
            "value": CHAT,
            "label": text(lang, "Är med i chatten"),
            "told": text(lang, "Patienten ser vem det är och läser det kollegan skriver."),
        },
        {
            "value": CONSULT,
            "label": text(lang, "Ger bara råd"),
            "told": text(lang, "Läser allt och svarar i vårdgivarchatten. Patienten ser inte kollegan."),
        },
    ]
