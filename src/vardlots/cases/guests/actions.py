"""Colleagues in a visit: invited, come, gone (requirement D7). Whoever has the visit stays responsible for it."""

from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.cases.guests.queries import Guest, Invitee, invitee, present
from vardlots.cases.model import Audience, Case, CaseRef, Kind, Verb
from vardlots.cases.promises import promise_notice_to_staff
from vardlots.cases.turn import House, Turn, turn
from vardlots.platform.errors import Forbidden, Invalid, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

CHAT, CONSULT = "chat", "consult"
MODES = (CHAT, CONSULT)


async def invite(house: House, *, by: StaffActor, ref: CaseRef, staff_id: int, mode: str) -> int:
    """Ask a colleague in, to the patient's chat (`chat`) or for advice only (`consult`); a guest who is there already
    changes to that. Returns the number of the row.

    Raises Invalid for nobody, oneself, the one who has the visit, and whoever may not read it; WrongState
    `already_guest` when the colleague is a guest in that way.
    """
    if mode not in MODES:
        raise Invalid("mode", "Välj om kollegan ska vara med i chatten eller bara ge råd.")
    async with turn(house, by=by, ref=ref, verb=Verb.INVITE) as now_at:
        colleague = await _invitable(now_at, by, staff_id)
        was = await present(now_at.connection, ref, staff_id)
        if was is not None:
            await _end_former_way(now_at, was, mode)
        n = await now_at.record(
            {"staff_id": staff_id, "who": colleague.name, "mode": mode},
            audience=Audience.STAFF,
            **_among(now_at.case, staff_id, mode),
        )
        await now_at.connection.execute(
            "INSERT INTO guest (provider_id, case_id, n, staff_id, mode, invited_by, invited_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *ref,
            n,
            staff_id,
            mode,
            by.staff_id,
            now_at.now,
        )
        now_at.signals.append(Signal(f"staff:{staff_id}"))
        await promise_notice_to_staff(now_at.connection, "guest_invited", ref, n)
        return n


async def join(house: House, *, by: StaffActor, ref: CaseRef) -> int | None:
    """Note that a guest has opened the visit for the first time: of one in the chat the patient reads it.

    Returns the number of the row, None when it is noted already. Raises Forbidden `not_guest`.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.JOIN) as now_at:
        guest = await present(now_at.connection, ref, by.staff_id)
        if guest is None or guest.joined_at is not None:
            return None
        n = await now_at.record({"title": by.title_for_patients}, audience=_told(guest.mode))
        await now_at.connection.execute(
            "UPDATE guest SET joined_at = $4 WHERE provider_id = $1 AND case_id = $2 AND n = $3",
            *ref,
            guest.n,
            now_at.now,
        )
        return n


async def leave(house: House, *, by: StaffActor, ref: CaseRef, staff_id: int) -> int:
    """A guest goes, or whoever has the visit lets them go. Returns the number of the row.

    Raises Forbidden `not_guest`, and `not_owner` for a guest who would let another go; WrongState `gone` when the
    colleague is not there any more.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.LEAVE) as now_at:
        if staff_id != by.staff_id and now_at.case.owner_staff_id != by.staff_id:
            raise Forbidden("Den som har besöket avgör vilka som är med.", code="not_owner")
        guest = await present(now_at.connection, ref, staff_id)
        if guest is None:
            raise WrongState("Kollegan är inte med i besöket längre.", code="gone")
        return await _goes(now_at, guest)


async def _invitable(now_at: Turn, by: StaffActor, staff_id: int) -> Invitee:
    case = now_at.case
    if staff_id == by.staff_id:
        raise Invalid("guest", "Du är redan med i besöket.")
    if staff_id == case.owner_staff_id:
        raise Invalid("guest", "Kollegan har redan besöket.")
    found = await invitee(now_at.connection, case, staff_id)
    if found is None or not found.may_open:
        raise Invalid("guest", N_("Välj en kollega som arbetar med ärenden."))
    if found.barred:
        # Why is between the patient and the unit (Patient Data Act ch. 4 § 4): no more is told than what to do.
        raise Invalid(
            "guest", "{name} kan inte bjudas in till det här besöket. Välj någon på enheten.", name=found.name
        )
    return found


async def _end_former_way(now_at: Turn, was: Guest, mode: str) -> None:
    """A guest changes from one way of taking part to the other: the former one is over.

    A patient who has read that somebody is there reads that they are not any more.
    """
    if was.mode == mode:
        raise WrongState("{name} är redan inbjuden.", code="already_guest", name=was.name)
    if was.mode == CHAT and was.joined_at is not None:
        await _goes(now_at, was)
        return
    await now_at.connection.execute(
        "UPDATE guest SET left_at = $4 WHERE provider_id = $1 AND case_id = $2 AND n = $3",
        *now_at.case.ref,
        was.n,
        now_at.now,
    )


async def _goes(now_at: Turn, guest: Guest) -> int:
    known = guest.joined_at is not None
    return await now_at.record(
        {"staff_id": guest.staff_id, "who": guest.name},
        kind=Kind.GUEST_LEFT,
        # The patient reads that somebody has gone whom they have read of.
        audience=_told(guest.mode) if known else Audience.STAFF,
        **_among(now_at.case, guest.staff_id, ""),
    )


def _told(mode: str) -> Audience:
    """Who reads that a guest comes and goes: of one who gives advice only, the patient reads nothing."""
    return Audience.PATIENT if mode == CHAT else Audience.STAFF


def _among(case: Case, staff_id: int, mode: str) -> dict[str, Any]:
    """The case's guests with a colleague among them in one way, or in none."""
    held = {CHAT: case.chat_guests, CONSULT: case.consult_guests}
    return {
        f"{way}_guests": tuple(one for one in guests if one != staff_id)
        + ((staff_id,) if way == mode else ())
        for way, guests in held.items()
    }
