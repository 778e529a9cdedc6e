"""What is done with tickets, times and questions between units, as anybody may try it.

As `deeds.py`: a deed takes the world, who acts and a number to choose by. What it is done to it finds by itself.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple

from tests.model.deeds import hands, key_of
from tests.model.town import Town

from vardlots.access.actor import PatientActor, StaffActor, SystemActor
from vardlots.platform.errors import NotFound
from vardlots.tickets import actions as tickets
from vardlots.tickets.acknowledging.actions import acknowledge
from vardlots.tickets.drop_in.actions import use_drop_in
from vardlots.tickets.forms import actions as forms
from vardlots.tickets.forms.queries import forms_of
from vardlots.tickets.model import Contact, Kind, TicketRef
from vardlots.tickets.staff.actions import send
from vardlots.tickets.staff.model import StaffTicket

Doing = Callable[[Town, Any, int], Awaitable[Any]]


class Errand(NamedTuple):
    """A verb with arguments that may be right, who does it as a rule, and what the access log calls it."""

    name: str
    usual: tuple[str, ...]
    log: str
    do: Doing


ERRANDS: dict[str, Errand] = {}
NURSES = ("ylva", "hamid")
DIET = {"vegetables": "daily", "fruit": "seldom", "fish": "weekly", "sweets": "weekly"}
POST: dict[str, object] = {
    "share_history": "true",
    "share_medications": "false",
    "mobile": "070 174 06 55",
    "pharmacy": "",
    "interpreter": "false",
}
WAITS = "state IN ('issued', 'opened')"


def errand(*usual: str, log: str = "") -> Callable[[Doing], Doing]:
    """Take an errand up under its function's name."""

    def keep(do: Doing) -> Doing:
        assert do.__name__ not in ERRANDS
        ERRANDS[do.__name__] = Errand(do.__name__, usual, log, do)
        return do

    return keep


async def _send(world: Town, by: Any, pick: int, **more: Any) -> Any:
    hands(by, StaffActor)
    given = world.given
    plain: dict[str, Any] = {
        "kind": Kind.BOOKING,
        "contact": Contact.PHYSICAL,
        "person_id": await world.patient_of(by, pick),
        "to_provider_id": given.angsviken.provider_id,
        "unit_id": given.angsviken.unit_id,
        "role": "nurse",
        "reason": ("rash", "shoulder_pain", "sore_throat")[pick % 3],
        "history": "Ont sedan i går." if pick % 4 else "",
        "forms": ("diet_index",) if pick % 5 == 4 else (),
    }
    return await send(given.house, by=by, new=StaffTicket(**(plain | more)), key=key_of(pick))


@errand(*NURSES, "petra", "siri", log="send_ticket")
async def send_booking_ticket(world: Town, by: Any, pick: int) -> Any:
    return await _send(world, by, pick)


@errand("ylva", log="send_ticket")
async def send_ticket_from_visit(world: Town, by: Any, pick: int) -> Any:
    row = await world.case(pick, "phase IN ('ongoing', 'follow_up')")
    ref = type(world.ref)(row["provider_id"], row["case_id"])
    kind = (Kind.BOOKING, Kind.FORM)[pick // 2 % 2]
    needed = ("diet_index",) if kind is Kind.FORM or pick % 3 == 0 else ()
    return await _send(world, by, pick, person_id=row["person_id"], from_case=ref, kind=kind, forms=needed)


@errand(*NURSES, log="send_ticket")
async def send_form_ticket(world: Town, by: Any, pick: int) -> Any:
    return await _send(world, by, pick, kind=Kind.FORM, forms=("diet_index",))


@errand("tor", log="send_ticket")
async def send_drop_in(world: Town, by: Any, pick: int) -> Any:
    """To another provider, or to a unit of the own one."""
    given = world.given
    row = await world.case(pick, f"phase IN ('ongoing', 'follow_up') AND unit_id = {world.tor.unit_id}")
    to = (given.norrhamn, given.strandgatan, given.angsviken)[pick % 3]
    return await _send(
        world,
        by,
        pick,
        kind=Kind.DROP_IN,
        contact=Contact.DIGITAL,
        person_id=row["person_id"],
        to_provider_id=to.provider_id,
        unit_id=to.unit_id,
        from_case=type(world.ref)(row["provider_id"], row["case_id"]),
        forms=("diet_index",) if pick % 4 == 3 else (),
    )


@errand("elin", "ruben", log="open_ticket")
async def open_ticket(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor)
    ref, _ = await world.ticket(pick)
    return await tickets.open_ticket(world.given.house, by=by, ref=ref)


@errand("elin", "matti", "ruben", log="answer_ticket")
async def answer_ticket_form(world: Town, by: Any, pick: int) -> Any:
    """Fill in all of the next form of a ticket, and send it in."""
    hands(by, PatientActor)
    ref, _ = await world.ticket(pick, f"{WAITS} AND forms_done < forms_total")
    found = await _form(world, ref)
    raw = POST if found.kind == "post" else DIET
    await forms.open_form(world.given.house, by=by, ref=ref, place=found.place)
    # One page after the other, as it is asked.
    for name, value in raw.items():
        rev = (await _form(world, ref, found.place)).rev
        await forms.fill_in(world.given.house, by=by, ref=ref, place=found.place, rev=rev, raw={name: value})
    rev = (await _form(world, ref, found.place)).rev
    return await forms.answer(world.given.house, by=by, ref=ref, place=found.place, rev=rev)


async def _form(world: Town, ref: TicketRef, place: int | None = None) -> Any:
    async with world.provider() as connection:
        found = await forms_of(connection, ref)
    waiting = [one for one in found if (one.answered_at is None if place is None else one.place == place)]
    if not waiting:
        raise NotFound()
    return waiting[0]


@errand("ruben", "elin", log="use_ticket")
async def step_in(world: Town, by: Any, pick: int) -> Any:
    """Use a drop-in ticket."""
    hands(by, PatientActor)
    ref, _ = await world.ticket(pick, f"{WAITS} AND kind = 'drop_in'" if pick % 6 else "true")
    return await use_drop_in(world.given.house, by=by, ref=ref)


@errand("elin", "ruben", log="decline_ticket")
async def decline_ticket(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor)
    ref, _ = await world.ticket(pick)
    reason = "Jag mår bättre." if pick % 5 else " "
    return await tickets.decline(world.given.house, by=by, ref=ref, reason=reason)


@errand(*NURSES, "petra", log="withdraw_ticket")
async def withdraw_ticket(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref, _ = await world.ticket(pick)
    return await tickets.withdraw(world.given.house, by=by, ref=ref, reason="Fel person.")


@errand(*NURSES, "tor", log="acknowledge_ticket")
async def look_at_tickets(world: Town, by: Any, pick: int) -> Any:
    """One, or all that wait to be looked at."""
    hands(by, StaffActor)
    region = world.providers[0]
    rows = await world.fetch(
        region,
        "SELECT ticket_id, ack_unit_id FROM ticket WHERE provider_id = $1 AND ack_unit_id IS NOT NULL "
        "ORDER BY acknowledged_at IS NOT NULL, ticket_id LIMIT 5",
        region,
    )
    own = [row for row in rows if row["ack_unit_id"] in by.unit_ids]
    refs = [TicketRef(region, row["ticket_id"]) for row in (own or rows)]
    if not refs:
        raise NotFound()
    chosen = refs if pick % 2 else [refs[pick // 2 % len(refs)]]
    return await acknowledge(world.given.house, by=by, refs=chosen) or None


@errand("system", log="expire_ticket")
async def expire_tickets(world: Town, by: Any, pick: int) -> Any:
    """The one whose time is over soonest, whether it is over or not."""
    hands(by, SystemActor)
    region = world.providers[0]
    rows = await world.fetch(
        region,
        f"SELECT ticket_id FROM ticket WHERE provider_id = $1 AND {WAITS} AND valid_until < $2 ORDER BY valid_until",
        region,
        world.now + timedelta(days=2),
    )
    done = [
        await tickets.expire(world.given.house, by=by, ref=TicketRef(region, row["ticket_id"]))
        for row in rows[:3]
    ]
    return True if any(done) else None
