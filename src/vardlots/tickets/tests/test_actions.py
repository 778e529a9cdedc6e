"""The verbs of tickets against the database: who may, what is written, what is refused, two at once."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor, SystemActor
from vardlots.cases.actions import NewCase, open_case
from vardlots.platform import clock
from vardlots.platform.db import Connection, Scope, persons_scope, provider_scope
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.tickets import actions, queries
from vardlots.tickets.jobs import sweep
from vardlots.tickets.model import ANSWERED_ANEW, Contact, Information, NewTicket, State, Ticket
from vardlots.tickets.queries import history_of, own_ticket, tickets_for_staff, tickets_of


async def new_ticket(given: Cast, by: PatientActor, *, about: int | None = None, **more: Any) -> NewTicket:
    """What triage would hand over, with an interview behind it."""
    interview_id = await given.interview(by, person_id=about)
    plain: dict[str, Any] = {
        "provider_id": given.angsviken.provider_id,
        "unit_id": given.angsviken.unit_id,
        "person_id": about or by.person_id,
        "interview_id": interview_id,
        "interview_rev": 1,
        "contact": Contact.PHYSICAL,
        "role": "nurse",
        "priority": 8,
        "reason": "shoulder_pain",
        "valid_until": clock.now() + timedelta(days=14),
        "information": Information(lead={"sv": "Det är inte bråttom.", "en": "It is not urgent."}),
        "history": {"own_words": "Gör ont."},
        "consents": {"history": True},
    }
    return NewTicket(**(plain | more))


async def issued(given: Cast, by: PatientActor, *, about: int | None = None, **more: Any) -> Ticket:
    return await actions.issue(given.house, by=by, new=await new_ticket(given, by, about=about, **more))


async def now_of(given: Cast, ticket: Ticket) -> Ticket:
    async with given.database.transaction(persons_scope([ticket.person_id])) as connection:
        return (await tickets_of(connection, [ticket.person_id]))[0]


async def logged(given: Cast, person_id: int) -> list[str]:
    async with given.database.transaction(provider_scope(given.angsviken.provider_id)) as connection:
        rows = await connection.fetch(
            "SELECT action FROM access_log WHERE person_id = $1 ORDER BY log_id", person_id
        )
    return [row["action"] for row in rows]


async def stage_of(given: Cast, ticket: Ticket) -> str:
    async with given.database.transaction(persons_scope([ticket.person_id])) as connection:
        return str(
            await connection.fetchval(
                "SELECT stage FROM interview WHERE interview_id = $1", ticket.interview_id
            )
        )


async def test_a_ticket_is_given_with_the_interviews_end_and_registers_the_patient(given: Cast) -> None:
    ticket = await issued(given, given.elin, about=given.tuva)
    assert (ticket.state, ticket.opened_at, ticket.actor_person_id) == (
        State.ISSUED,
        None,
        given.elin.person_id,
    )
    assert await stage_of(given, ticket) == "done"
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await history_of(connection, ticket.ref) == {"own_words": "Gör ont."}
        kinds = await connection.fetch("SELECT kind FROM consent WHERE person_id = $1", given.tuva)
    assert {row["kind"] for row in kinds} == {"registration", "history"}
    assert "issue_ticket" in await logged(given, given.tuva)


async def test_two_taps_give_one_ticket(given: Cast) -> None:
    new = await new_ticket(given, given.elin, about=given.tuva)
    found = await asyncio.gather(*(actions.issue(given.house, by=given.elin, new=new) for _ in range(6)))
    assert len({one.ref for one in found}) == 1
    async with given.database.transaction(given.elin.scope) as connection:
        assert [one.state for one in await tickets_of(connection, [given.tuva])] == [State.ISSUED]
    assert (await logged(given, given.tuva)).count("issue_ticket") == 1


async def test_two_interviews_of_one_reason_end_in_one_ticket_to_use(given: Cast) -> None:
    news = [await new_ticket(given, by, about=given.tuva) for by in (given.elin, given.matti)]
    await asyncio.gather(
        actions.issue(given.house, by=given.elin, new=news[0]),
        actions.issue(given.house, by=given.matti, new=news[1]),
    )
    async with given.database.transaction(given.elin.scope) as connection:
        found = await tickets_of(connection, [given.tuva])
    assert sorted(one.state for one in found) == [State.DECLINED, State.ISSUED]
    assert next(one for one in found if one.state is State.DECLINED).why == ANSWERED_ANEW


async def test_answers_from_another_tab_give_nothing(given: Cast) -> None:
    new = await new_ticket(given, given.ruben)
    with pytest.raises(WrongState):
        await actions.issue(given.house, by=given.ruben, new=msgspec.structs.replace(new, interview_rev=2))
    async with given.database.transaction(given.ruben.scope) as connection:
        assert await tickets_of(connection, [given.ruben.person_id]) == []
        assert not await connection.fetchval(
            "SELECT 1 FROM patient WHERE person_id = $1", given.ruben.person_id
        )


async def test_nobody_gets_a_ticket_for_somebody_elses_child(given: Cast) -> None:
    new = await new_ticket(given, given.elin, about=given.tuva)
    with pytest.raises(NotFound):
        await actions.issue(given.house, by=given.ruben, new=new)


async def test_it_is_opened_once_by_whoever_reads_it_first(given: Cast) -> None:
    ticket = await issued(given, given.elin, about=given.tuva)
    await asyncio.gather(
        *(
            actions.open_ticket(given.house, by=by, ref=ticket.ref)
            for by in (given.matti, given.elin, given.matti)
        )
    )
    found = await now_of(given, ticket)
    assert found.state is State.OPENED
    assert found.opened_at is not None
    assert (await logged(given, given.tuva)).count("open_ticket") == 1


async def test_declining_needs_a_reason_and_is_final(given: Cast) -> None:
    ticket = await issued(given, given.elin, about=given.tuva)
    with pytest.raises(Invalid):
        await actions.decline(given.house, by=given.matti, ref=ticket.ref, reason="  : ")
    with pytest.raises(Invalid):
        await actions.decline(given.house, by=given.matti, ref=ticket.ref, reason="x" * 301)
    done = await actions.decline(given.house, by=given.matti, ref=ticket.ref, reason=" Hon är  bra ")
    assert (done.state, done.why, done.moved_by_name) == (State.DECLINED, "Hon är bra", "Matti Sjöqvarn")
    for again in (
        actions.decline(given.house, by=given.elin, ref=ticket.ref, reason="Igen"),
        actions.withdraw(given.house, by=given.ylva, ref=ticket.ref, reason="Fel"),
    ):
        with pytest.raises(WrongState) as refused:
            await again
        assert refused.value.code == "ticket_declined"


async def test_only_the_unit_takes_it_back(given: Cast) -> None:
    ticket = await issued(given, given.ruben)
    with pytest.raises(NotFound):
        await actions.withdraw(given.house, by=given.nora, ref=ticket.ref, reason="Fel")
    for by in (given.olle, given.rune):
        with pytest.raises(Forbidden):
            await actions.withdraw(given.house, by=by, ref=ticket.ref, reason="Fel")
    with pytest.raises(Invalid):
        await actions.withdraw(given.house, by=given.ylva, ref=ticket.ref, reason=" ")
    done = await actions.withdraw(given.house, by=given.ylva, ref=ticket.ref, reason="Bokad per telefon")
    assert (done.state, done.moved_by_kind) == (State.WITHDRAWN, "staff")


async def test_it_runs_out_at_the_second(given: Cast) -> None:
    until = clock.now() + timedelta(days=3)
    ticket = await issued(given, given.ruben, valid_until=until)
    by = SystemActor(ticket.provider_id, "tickets.expire")
    with clock.at(until - timedelta(seconds=1)):
        assert not await actions.expire(given.house, by=by, ref=ticket.ref)
        await sweep(given.house)
        assert (await now_of(given, ticket)).state is State.ISSUED
    with clock.at(until):
        # Nobody has noted it yet, and nothing can be done with it all the same.
        with pytest.raises(WrongState) as refused:
            await actions.decline(given.house, by=given.ruben, ref=ticket.ref, reason="Bra nu")
        assert refused.value.code == "ticket_expired"
        assert (await actions.open_ticket(given.house, by=given.ruben, ref=ticket.ref)).state is State.ISSUED
        async with given.database.transaction(given.ruben.scope) as connection:
            found = await tickets_of(connection, [given.ruben.person_id])
            assert [one.waits_at(clock.now()) for one in found] == [False]
        await sweep(given.house)
        await sweep(given.house)
    now = await now_of(given, ticket)
    assert (now.state, now.moved_by_kind, now.moved_at) == (State.EXPIRED, "system", until)
    assert (await logged(given, given.ruben.person_id)).count("expire_ticket") == 1


async def test_one_without_a_limit_never_runs_out(given: Cast) -> None:
    ticket = await issued(given, given.ruben, valid_until=None, priority=11)
    with clock.at(clock.now() + timedelta(days=900)):
        await sweep(given.house)
    assert (await now_of(given, ticket)).state is State.ISSUED


async def help_case(given: Cast, by: PatientActor, ticket: Ticket) -> NewCase:
    assert ticket.interview_id is not None
    return NewCase(
        provider_id=ticket.provider_id,
        unit_id=ticket.unit_id,
        person_id=ticket.person_id,
        interview_id=ticket.interview_id,
        interview_rev=2,
        role="nurse",
        reason=ticket.reason,
        fact="",
        priority=12,
        summary={},
    )


async def test_the_ticket_is_used_with_the_case_or_not_at_all(given: Cast) -> None:
    ticket = await issued(given, given.elin, about=given.tuva)
    new = await help_case(given, given.matti, ticket)

    async def use(connection: Connection, case_id: int) -> None:
        await actions.use(connection, by=given.matti, ref=ticket.ref, case_id=case_id)

    async def tap() -> int:
        return (await open_case(given.house, by=given.matti, new=new, together=use)).case_id

    cases = await asyncio.gather(*(tap() for _ in range(4)))
    assert len(set(cases)) == 1
    found = await now_of(given, ticket)
    assert (found.state, found.case_id) == (State.USED, cases[0])


async def test_a_declined_ticket_opens_no_case(given: Cast) -> None:
    ticket = await issued(given, given.elin, about=given.tuva)
    await actions.decline(given.house, by=given.elin, ref=ticket.ref, reason="Bra nu")
    new = await help_case(given, given.elin, ticket)

    async def use(connection: Connection, case_id: int) -> None:
        await actions.use(connection, by=given.elin, ref=ticket.ref, case_id=case_id)

    with pytest.raises(WrongState):
        await open_case(given.house, by=given.elin, new=new, together=use)
    async with given.database.transaction(given.elin.scope) as connection:
        assert not await connection.fetchval("SELECT 1 FROM care_case WHERE person_id = $1", given.tuva)


async def test_of_decline_and_help_at_once_one_wins(given: Cast) -> None:
    ticket = await issued(given, given.elin, about=given.tuva)
    new = await help_case(given, given.elin, ticket)

    async def use(connection: Connection, case_id: int) -> None:
        await actions.use(connection, by=given.elin, ref=ticket.ref, case_id=case_id)

    results = await asyncio.gather(
        open_case(given.house, by=given.elin, new=new, together=use),
        actions.decline(given.house, by=given.matti, ref=ticket.ref, reason="Bra nu"),
        return_exceptions=True,
    )
    assert sum(isinstance(one, WrongState) for one in results) == 1
    found = await now_of(given, ticket)
    async with given.database.transaction(given.elin.scope) as connection:
        cases = await connection.fetchval("SELECT count(*) FROM care_case WHERE person_id = $1", given.tuva)
    assert (found.state is State.USED) == (cases == 1)


async def test_the_family_and_the_provider_see_it_and_nobody_else(given: Cast) -> None:
    ticket = await issued(given, given.elin, about=given.tuva)
    for by in (given.elin, given.matti):
        async with given.database.transaction(by.scope) as connection:
            assert (await own_ticket(connection, by=by, ref=ticket.ref)).ref == ticket.ref
            # What staff read of it is not the family's.
            assert await history_of(connection, ticket.ref) == {}
    async with given.database.transaction(given.ruben.scope) as connection:
        with pytest.raises(NotFound):
            await own_ticket(connection, by=given.ruben, ref=ticket.ref)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert len(await tickets_for_staff(connection, by=given.ylva, person_ids=[given.tuva])) == 1
    async with given.database.transaction(given.nora.scope) as connection:
        assert await tickets_for_staff(connection, by=given.nora, person_ids=[given.tuva]) == []
    grown = msgspec.structs.replace(given.elin, closed=frozenset({(ticket.provider_id, given.tuva)}))
    async with given.database.transaction(grown.scope) as connection:
        with pytest.raises(NotFound):
            await own_ticket(connection, by=grown, ref=ticket.ref)


async def test_a_blocked_units_ticket_is_listed_for_nobody_elsewhere(given: Cast) -> None:
    await issued(given, given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how) "
            "VALUES ($1, $2, $3, $4, $5, 'letter')",
            given.angsviken.provider_id,
            given.ruben.person_id,
            given.angsviken.unit_id,
            clock.now(),
            given.ylva.staff_id,
        )
    ids = [given.ruben.person_id]
    async with given.database.transaction(given.olle.scope) as connection:
        assert await tickets_for_staff(connection, by=given.olle, person_ids=ids) == []
    async with given.database.transaction(given.ylva.scope) as connection:
        assert len(await tickets_for_staff(connection, by=given.ylva, person_ids=ids)) == 1


@pytest.mark.parametrize(
    "change",
    [
        "valid_until = NULL",
        "priority = 6",
        "information = '{}'",
        "person_id = 1",
        "issued_by = 'staff'",
        "state = 'withdrawn', why = 'x'",
    ],
)
async def test_what_a_patients_scope_never_changes(given: Cast, change: str) -> None:
    ticket = await issued(given, given.ruben)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.ruben.scope) as connection:
            await connection.execute(f"UPDATE ticket SET {change} WHERE ticket_id = $1", ticket.ticket_id)


async def test_what_is_over_stays_over(given: Cast) -> None:
    ticket = await issued(given, given.ruben)
    await actions.decline(given.house, by=given.ruben, ref=ticket.ref, reason="Bra nu")
    for scope in (given.ruben.scope, given.ylva.scope):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(scope) as connection:
                await connection.execute(
                    "UPDATE ticket SET state = 'opened', opened_at = moved_at WHERE ticket_id = $1",
                    ticket.ticket_id,
                )


async def test_staff_do_not_write_as_triage_nor_patients_as_staff(given: Cast) -> None:
    ticket = await issued(given, given.ruben)
    columns = (
        "provider_id, kind, contact, person_id, unit_id, role, priority, reason, issued_by, actor_person_id, staff_id, "
        "interview_id, issued_at, moved_at, moved_by_kind, moved_by_id, moved_by_name, to_provider_id, from_unit_id"
    )

    async def write(scope: Scope, issuer: str) -> None:
        by_triage = issuer == "triage"
        async with given.database.transaction(scope) as connection:
            interview = await connection.fetchval("SELECT nextval('interview_number')")
            await connection.execute(
                f"INSERT INTO ticket ({columns}) VALUES ($1, 'booking', 'digital', $2, $3, 'nurse', 8, 'x', $4, $5, "
                "$6, $7, $8, $8, 'staff', 1, 'x', $1, $3)",
                ticket.provider_id,
                ticket.person_id,
                ticket.unit_id,
                issuer,
                ticket.person_id if by_triage else None,
                None if by_triage else given.ylva.staff_id,
                interview if by_triage else None,
                clock.now(),
            )

    for scope, issuer in (
        (given.ylva.scope, "triage"),
        (given.ruben.scope, "staff"),
        (given.nora.scope, "staff"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await write(scope, issuer)
    await write(given.ylva.scope, "staff")


async def test_what_is_waiting_for_a_reason_is_found_under_every_id(given: Cast) -> None:
    ticket = await issued(given, given.ruben)
    where: dict[str, Any] = {
        "provider_id": ticket.provider_id,
        "unit_id": ticket.unit_id,
        "person_ids": [given.ruben.person_id],
    }
    async with given.database.transaction(given.ruben.scope) as connection:
        found = await queries.waiting_for(connection, reason="shoulder_pain", **where)
        assert found is not None
        assert found.ref == ticket.ref
        assert await queries.waiting_for(connection, reason="sore_throat", **where) is None
    await actions.decline(given.house, by=given.ruben, ref=ticket.ref, reason="Bra nu")
    async with given.database.transaction(given.ruben.scope) as connection:
        assert await queries.waiting_for(connection, reason="shoulder_pain", **where) is None


async def test_a_patients_scope_moves_tickets_as_a_patient_and_no_other_way(given: Cast) -> None:
    ticket = await issued(given, given.ruben)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.ruben.scope) as connection:
            await connection.execute(
                "UPDATE ticket SET state = 'declined', why = 'x', moved_by_kind = 'staff' WHERE ticket_id = $1",
                ticket.ticket_id,
            )
    assert (await now_of(given, ticket)).state is State.ISSUED
