"""The list of all tickets sent: who sees what, filtered, as it is now, page by page."""

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.tickets import actions
from vardlots.tickets.model import Kind, State, Ticket
from vardlots.tickets.queries import Sought, sent_tickets
from vardlots.tickets.tests.helpers import is_patient, sent


async def listed(given: Cast, by: StaffActor, **sought: Any) -> list[str]:
    async with given.database.transaction(by.scope) as connection:
        found = await sent_tickets(connection, by=by, sought=Sought(**sought))
    return [str(one.ticket.ref) for one in found]


async def some(given: Cast) -> dict[str, Ticket]:
    await is_patient(given, given.ruben)
    person = given.ruben.person_id
    now = clock.now()
    made = {}
    plans: list[tuple[str, StaffActor, dict[str, Any]]] = [
        ("booking", given.ylva, {}),
        ("form", given.ylva, {"kind": Kind.FORM, "forms": ("pain",), "reason": "cough"}),
        ("physician", given.hamid, {"role": "physician"}),
        ("elsewhere", given.olle, {}),
    ]
    for n, (name, by, more) in enumerate(plans):
        with clock.at(now - timedelta(days=10 - n)):
            made[name] = await sent(given, person, by=by, **more)
    return made


async def test_each_unit_reads_what_it_has_sent(given: Cast) -> None:
    made = await some(given)
    newest_first = [str(made[name].ref) for name in ("physician", "form", "booking")]
    for by in (given.ylva, given.hamid, given.petra):
        assert await listed(given, by) == newest_first
    assert await listed(given, given.olle) == [str(made["elsewhere"].ref)]
    assert await listed(given, given.nora) == []
    assert await listed(given, given.astrid) == []
    # What is asked for beyond one's reach is nothing.
    assert await listed(given, given.ylva, unit_ids=[given.strandgatan.unit_id]) == []


@pytest.mark.parametrize(
    ("sought", "names"),
    [
        ({"kind": Kind.FORM}, ["form"]),
        ({"role": "physician"}, ["physician"]),
        ({"reasons": ["cough"]}, ["form"]),
        ({"reasons": []}, []),
        ({"state": State.ISSUED}, ["physician", "form", "booking"]),
        ({"state": State.USED}, []),
    ],
)
async def test_it_is_filtered(given: Cast, sought: dict[str, Any], names: list[str]) -> None:
    made = await some(given)
    assert await listed(given, given.ylva, **sought) == [str(made[name].ref) for name in names]


async def test_by_sender_and_day_and_state(given: Cast) -> None:
    made = await some(given)
    assert await listed(given, given.ylva, staff_id=given.hamid.staff_id) == [str(made["physician"].ref)]
    day = clock.local(made["form"].issued_at).date()
    assert await listed(given, given.ylva, since=day, until=day) == [str(made["form"].ref)]
    await actions.open_ticket(given.house, by=given.ruben, ref=made["booking"].ref)
    await actions.decline(given.house, by=given.ruben, ref=made["physician"].ref, reason="Nej tack")
    assert await listed(given, given.ylva, state=State.OPENED) == [str(made["booking"].ref)]
    assert await listed(given, given.ylva, state=State.DECLINED) == [str(made["physician"].ref)]
    # One whose time is over has expired, also before anybody has written it down.
    with clock.shifted(timedelta(days=40)):
        assert await listed(given, given.ylva, state=State.EXPIRED) == [
            str(made["form"].ref), str(made["booking"].ref),
        ]  # fmt: skip
        assert await listed(given, given.ylva, state=State.OPENED) == []


async def test_page_by_page(given: Cast) -> None:
    made = await some(given)
    found: list[str] = []
    async with given.database.transaction(given.ylva.scope) as connection:
        after = None
        for _ in range(4):
            page = await sent_tickets(connection, by=given.ylva, sought=Sought(), after=after, limit=1)
            found += [str(one.ticket.ref) for one in page]
            after = page[-1].place_sent if page else after
    assert found == [str(made[name].ref) for name in ("physician", "form", "booking")]
    async with given.database.transaction(given.ylva.scope) as connection:
        row = (await sent_tickets(connection, by=given.ylva, sought=Sought(kind=Kind.FORM)))[0]
    assert (row.patient, row.sender, row.unit, row.from_unit, row.answered) == (
        "Ruben Ekdunge", "Ylva Tallvik", "Ängsviken", "Ängsviken", 0,
    )  # fmt: skip
    assert row.asked > 0
