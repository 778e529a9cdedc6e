"""*Vidimering*: who looks at a ticket that is over, by which rule, many at once, two at once, with how far it came."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.cases.actions import open_case
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound
from vardlots.tickets import actions
from vardlots.tickets.acknowledging.actions import MOST, acknowledge
from vardlots.tickets.jobs import sweep
from vardlots.tickets.model import Kind, State, Ticket, TicketRef
from vardlots.tickets.policy import looks_at
from vardlots.tickets.queries import Place, count_to_acknowledge, tickets_of, to_acknowledge
from vardlots.tickets.tests.helpers import DIET, a_drop_in, answered, by_telephone, fill, is_patient, of, sent
from vardlots.tickets.tests.test_actions import new_ticket
from vardlots.tickets.words import Step, how_far, next_step, what_happened


async def expired(given: Cast, *tickets: Ticket) -> None:
    last = max(one.valid_until for one in tickets if one.valid_until)
    with clock.at(last):
        await sweep(given.house)


async def some(given: Cast, n: int, **more: Any) -> list[Ticket]:
    await is_patient(given, given.ruben)
    return [await sent(given, given.ruben.person_id, **more) for _ in range(n)]


async def waiting(given: Cast, by: StaffActor, **more: Any) -> list[TicketRef]:
    async with given.database.transaction(by.scope) as connection:
        found = await to_acknowledge(connection, by=by, **more)
        assert await count_to_acknowledge(connection, by=by, **more) == len(found)
    return [one.ticket.ref for one in found]


@pytest.mark.parametrize(
    ("rule", "by_telephone", "elsewhere", "whose"),
    [
        ("receiver", False, False, (3, "nurse")),
        ("issuer", False, False, (9, "physician")),
        ("receiver", True, False, (9, "physician")),
        ("receiver", False, True, (9, "physician")),
    ],
)
def test_whose_it_is_to_look(rule: str, by_telephone: bool, elsewhere: bool, whose: tuple[int, str]) -> None:
    from vardlots.tickets.tests.test_states import TICKET

    ticket = msgspec.structs.replace(
        TICKET, from_unit_id=9, from_role="physician", to_provider_id=2 if elsewhere else 1
    )
    assert looks_at(ticket, at=rule, by_telephone=by_telephone) == whose


async def test_one_that_ran_out_waits_at_its_resource(given: Cast) -> None:
    (ticket,) = await some(given, 1, by=given.olle)
    assert await waiting(given, given.ylva) == []
    await expired(given, ticket)
    now = await of(given, ticket)
    assert (now.state, now.ack_unit_id, now.ack_role) == (State.EXPIRED, given.angsviken.unit_id, "nurse")
    assert await waiting(given, given.ylva) == [ticket.ref]
    assert await waiting(given, given.siri) == [ticket.ref]
    assert await waiting(given, given.petra) == []
    assert await waiting(given, given.olle) == []
    assert await waiting(given, given.nora) == []
    assert await waiting(given, given.astrid) == []


async def test_one_from_1177_comes_back_to_1177(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, _ = await a_drop_in(given, tor, given.ruben)
    await expired(given, ticket)
    assert await waiting(given, tor) == [ticket.ref]
    assert await waiting(given, given.nora) == []
    assert await waiting(given, given.ylva) == []


async def test_a_declined_one_waits_and_one_answered_anew_does_not(given: Cast) -> None:
    (ticket,) = await some(given, 1)
    await actions.decline(given.house, by=given.ruben, ref=ticket.ref, reason="Jag mår bra igen")
    older = await actions.issue(given.house, by=given.ruben, new=await new_ticket(given, given.ruben))
    await actions.issue(given.house, by=given.ruben, new=await new_ticket(given, given.ruben))
    assert await waiting(given, given.ylva) == [ticket.ref]
    assert (await of(given, older)).state is State.DECLINED
    assert what_happened(await of(given, ticket), "sv") == "Biljett avböjd"


async def test_a_withdrawn_or_used_one_does_not(given: Cast) -> None:
    back, used = await some(given, 2)
    await actions.withdraw(given.house, by=given.ylva, ref=back.ref, reason="Fel patient")
    case = await open_case(given.house, by=given.ruben, new=await given.new_case(given.ruben, reason="cough"))
    async with given.database.transaction(given.ruben.scope) as connection:
        await actions.use(connection, by=given.ruben, ref=used.ref, case_id=case.case_id)
    assert await waiting(given, given.ylva) == []


async def test_an_answered_form_waits_to_be_read(given: Cast) -> None:
    (ticket,) = await some(given, 1, kind=Kind.FORM, forms=("diet_index",))
    after = await answered(given, given.ruben, ticket.ref, 1, DIET)
    assert (after.state, after.ack_unit_id, after.case_id) == (State.USED, given.angsviken.unit_id, None)
    assert await waiting(given, given.ylva) == [ticket.ref]
    assert (what_happened(after, "sv"), next_step(after)) == ("Formulär besvarat", Step.READ)


async def test_many_at_once_and_each_is_logged(given: Cast) -> None:
    tickets = await some(given, 3)
    await expired(given, *tickets)
    refs = [one.ref for one in tickets]
    assert await acknowledge(given.house, by=given.ylva, refs=[*refs, refs[0]]) == 3
    assert await acknowledge(given.house, by=given.hamid, refs=refs) == 0
    assert await waiting(given, given.ylva) == []
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch(
            "SELECT actor_id FROM access_log WHERE action = 'acknowledge_ticket' AND person_id = $1",
            given.ruben.person_id,
        )
        by = await connection.fetch("SELECT DISTINCT acknowledged_by AS by FROM ticket")
    assert [row["actor_id"] for row in rows] == [given.ylva.staff_id] * 3
    assert [row["by"] for row in by] == [given.ylva.staff_id]


@pytest.mark.slow
async def test_two_nurses_at_once_look_at_each_once(given: Cast) -> None:
    tickets = await some(given, 8)
    await expired(given, *tickets)
    refs = [one.ref for one in tickets]
    noted = await asyncio.gather(
        *(
            acknowledge(given.house, by=by, refs=refs[::way])
            for by, way in ((given.ylva, 1), (given.hamid, -1), (given.siri, 1), (given.ylva, -1))
        )
    )
    assert sum(noted) == 8


async def test_nobody_looks_at_what_is_not_theirs(given: Cast) -> None:
    mine, other = await some(given, 2)
    await expired(given, mine, other)
    waits = (await some(given, 1))[0]
    for by, refusal in (
        (given.olle, Forbidden),
        (given.petra, Forbidden),
        (given.astrid, Forbidden),
        (given.nora, NotFound),
    ):
        with pytest.raises(refusal):
            await acknowledge(given.house, by=by, refs=[mine.ref])
    with pytest.raises(Forbidden):
        await acknowledge(given.house, by=given.ylva, refs=[mine.ref, waits.ref])
    with pytest.raises(NotFound):
        await acknowledge(given.house, by=given.ylva, refs=[mine.ref, TicketRef(mine.provider_id, 10**15)])
    many = [TicketRef(mine.provider_id, n) for n in range(MOST + 1)]
    with pytest.raises(Invalid):
        await acknowledge(given.house, by=given.ylva, refs=many)
    # One that may not be noted leaves the others as they were.
    assert set(await waiting(given, given.ylva)) == {mine.ref, other.ref}


async def test_an_administrator_looks_at_their_own_roles(given: Cast) -> None:
    (ticket,) = await some(given, 1, role="medical_admin")
    await expired(given, ticket)
    assert await waiting(given, given.petra) == [ticket.ref]
    assert await waiting(given, given.petra, role="nurse") == []
    assert await waiting(given, given.ylva, role="nurse") == []
    assert await acknowledge(given.house, by=given.petra, refs=[ticket.ref]) == 1


async def test_the_list_goes_on_after_a_place(given: Cast) -> None:
    tickets = await some(given, 5)
    await expired(given, *tickets)
    async with given.database.transaction(given.ylva.scope) as connection:
        first = await to_acknowledge(connection, by=given.ylva, limit=3)
        rest = await to_acknowledge(connection, by=given.ylva, after=first[-1].place_over, limit=3)
        over = await to_acknowledge(
            connection, by=given.ylva, after=Place(clock.now() + timedelta(days=999), 0)
        )
    assert {one.ticket.ref for one in (*first, *rest)} == {one.ref for one in tickets}
    assert (len(first), len(rest), over) == (3, 2, [])


async def test_a_patients_scope_looks_at_nothing(given: Cast) -> None:
    import asyncpg

    (ticket,) = await some(given, 1)
    await expired(given, ticket)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.ruben.scope) as connection:
            await connection.execute(
                "UPDATE ticket SET acknowledged_at = $2, acknowledged_by = $3 WHERE ticket_id = $1",
                ticket.ticket_id,
                clock.now(),
                given.ylva.staff_id,
            )


async def test_how_far_somebody_came(given: Cast) -> None:
    await is_patient(given, given.ruben)
    plain = await sent(given, given.ruben.person_id)
    assert (how_far(plain, "sv"), next_step(plain)) == ("Inte öppnad", Step.LETTER)
    await actions.open_ticket(given.house, by=given.ruben, ref=plain.ref)
    opened = await of(given, plain)
    assert (how_far(opened, "sv"), next_step(opened)) == ("Öppnad, inte bokad", Step.CHAT)
    two = await sent(given, given.ruben.person_id, forms=("diet_index", "pain"), reason="cough")
    await actions.open_ticket(given.house, by=given.ruben, ref=two.ref)
    assert how_far(await of(given, two), "sv") == "Formulär 0 av 2 besvarat"
    await fill(given, given.ruben, two.ref, 1, {"vegetables": "daily"})
    await expired(given, plain, two)
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = {one.ticket.ref: one for one in await to_acknowledge(connection, by=given.ylva)}
    row = rows[two.ref]
    assert row.answered == 1
    assert how_far(row.ticket, "sv", (row.answered, row.asked)) == (
        f"Formulär besvarat till 1 av {row.asked} frågor"
    )
    assert what_happened(row.ticket, "sv") == "Biljett utgått"
    assert (row.patient, row.sender, row.unit) == ("Ruben Ekdunge", "Ylva Tallvik", "Ängsviken")


async def test_all_answered_and_not_booked_says_so(given: Cast) -> None:
    (ticket,) = await some(given, 1, forms=("diet_index",))
    after = await answered(given, given.ruben, ticket.ref, 1, DIET)
    assert (after.state, after.forms_left) == (State.OPENED, 0)
    assert how_far(after, "sv", (4, 4)) == "Besvarat men inte bokat"


async def test_a_provider_may_have_it_at_the_sender(given: Cast) -> None:
    from vardlots.configuration import book
    from vardlots.configuration.ticket_rules import TICKET_RULES, TicketRules

    (ticket,) = await some(given, 1, by=given.olle)
    async with given.database.transaction(NOBODY) as connection:
        saved = await book.opened(connection, given.olle.provider_id)
    rules = TicketRules(acknowledged_at="issuer")
    changed = msgspec.structs.replace(
        saved, by_kind={**saved.by_kind, TICKET_RULES.code: {"provider": rules}}
    )

    async def opened(*_: object) -> Any:
        return changed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "opened", opened)
        await expired(given, ticket)
    assert await waiting(given, given.olle) == [ticket.ref]


async def test_two_rows_of_a_family_stand_apart(given: Cast) -> None:
    await is_patient(given, given.elin, about=given.tuva)
    ticket = await sent(given, given.tuva)
    async with given.database.transaction(given.elin.scope) as connection:
        assert [one.ref for one in await tickets_of(connection, [given.tuva])] == [ticket.ref]
    with pytest.raises(NotFound):
        await actions.decline(given.house, by=given.ruben, ref=ticket.ref, reason="Nej tack")
    await actions.decline(given.house, by=given.matti, ref=ticket.ref, reason="Nej tack")
    assert await waiting(given, given.ylva) == [ticket.ref]
