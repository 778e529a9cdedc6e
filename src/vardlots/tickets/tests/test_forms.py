"""The forms that come with a ticket: kept at each step, in two tabs, sent in once, never changed, too late."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.conversations.forms.actions import Moved, Unfinished
from vardlots.conversations.forms.model import State as FormState
from vardlots.conversations.forms.told import rows
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.tickets import actions
from vardlots.tickets.forms.actions import answer, fill_in, open_form
from vardlots.tickets.forms.queries import forms_of
from vardlots.tickets.model import Kind, State, Ticket
from vardlots.tickets.tests.helpers import DIET, answered, fill, form, is_patient, of, sent


async def with_a_form(given: Cast, *codes: str, **more: Any) -> Ticket:
    await is_patient(given, given.ruben)
    return await sent(given, given.ruben.person_id, forms=codes or ("diet_index",), **more)


async def test_it_is_filled_in_step_by_step_and_sent_in(given: Cast) -> None:
    ticket = await with_a_form(given)
    first = await form(given, ticket.ref, 1)
    assert (first.state, first.done, first.total, first.form.code) == (FormState.SENT, 0, 4, "diet_index")
    await open_form(given.house, by=given.ruben, ref=ticket.ref, place=1)
    assert (await form(given, ticket.ref, 1)).state is FormState.OPENED
    await fill(given, given.ruben, ticket.ref, 1, {"vegetables": "daily", "fruit": "seldom"})
    begun = await form(given, ticket.ref, 1)
    assert (begun.state, begun.done, begun.answers["fruit"]) == (FormState.BEGUN, 2, ["seldom"])
    await fill(given, given.ruben, ticket.ref, 1, {"fish": "weekly", "sweets": "weekly"})
    after = await answer(
        given.house, by=given.ruben, ref=ticket.ref, place=1, rev=(await form(given, ticket.ref, 1)).rev
    )
    assert (after.state, after.forms_done) == (State.OPENED, 1)
    done = await form(given, ticket.ref, 1)
    assert (done.state, done.done) == (FormState.ANSWERED, 4)
    # Staff of the unit read them, in words.
    async with given.database.transaction(given.ylva.scope) as connection:
        read = (await forms_of(connection, ticket.ref))[0]
    assert any(row.answer for row in rows(read, "sv"))
    async with given.database.transaction(given.nora.scope) as connection:
        assert await forms_of(connection, ticket.ref) == []


async def test_the_form_is_as_it_was_when_it_was_sent(given: Cast) -> None:
    ticket = await with_a_form(given)
    kept = (await form(given, ticket.ref, 1)).form
    assert kept.title["sv"] == "Dina matvanor"
    async with given.database.transaction(given.ruben.scope) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE ticket_form SET form = '{}'")


async def test_everything_has_to_be_passed(given: Cast) -> None:
    ticket = await with_a_form(given)
    await fill(given, given.ruben, ticket.ref, 1, {"vegetables": "daily"})
    rev = (await form(given, ticket.ref, 1)).rev
    with pytest.raises(Unfinished):
        await answer(given.house, by=given.ruben, ref=ticket.ref, place=1, rev=rev)
    assert (await of(given, ticket)).forms_done == 0


async def test_two_tabs_do_not_write_over_each_other(given: Cast) -> None:
    ticket = await with_a_form(given)
    await fill(given, given.ruben, ticket.ref, 1, {"vegetables": "daily"})
    plain: dict[str, Any] = {"by": given.ruben, "ref": ticket.ref, "place": 1}
    with pytest.raises(Moved):
        await fill_in(given.house, rev=0, raw={"vegetables": "seldom"}, **plain)
    # The same again is no change.
    assert (await fill_in(given.house, rev=0, raw={"vegetables": "daily"}, **plain)).progress.done == 1
    await fill(given, given.ruben, ticket.ref, 1, {k: v for k, v in DIET.items() if k != "vegetables"})
    with pytest.raises(Moved):
        await answer(given.house, rev=0, **plain)


async def test_sent_in_is_never_changed(given: Cast) -> None:
    ticket = await with_a_form(given)
    await answered(given, given.ruben, ticket.ref, 1, DIET)
    with pytest.raises(WrongState) as refusal:
        await fill(given, given.ruben, ticket.ref, 1, {"fruit": "daily"})
    assert refusal.value.code == "answered"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.ruben.scope) as connection:
            await connection.execute("UPDATE ticket_form SET answers = '{}'")


async def test_however_many_taps_it_is_counted_once(given: Cast) -> None:
    ticket = await with_a_form(given, "diet_index", "pain")
    await fill(given, given.ruben, ticket.ref, 1, DIET)
    rev = (await form(given, ticket.ref, 1)).rev
    found = await asyncio.gather(
        *(answer(given.house, by=given.ruben, ref=ticket.ref, place=1, rev=rev) for _ in range(5))
    )
    assert {one.forms_done for one in found} == {1}
    assert (await of(given, ticket)).forms_done == 1


async def test_a_form_by_itself_is_used_by_its_last(given: Cast) -> None:
    ticket = await with_a_form(given, "diet_index", kind=Kind.FORM)
    after = await answered(given, given.ruben, ticket.ref, 1, DIET)
    assert (after.state, after.forms_left, after.case_id) == (State.USED, 0, None)
    with pytest.raises(WrongState):
        await actions.decline(given.house, by=given.ruben, ref=ticket.ref, reason="Nej tack")


async def test_too_late_is_too_late_to_the_second(given: Cast) -> None:
    ticket = await with_a_form(given)
    assert ticket.valid_until is not None
    plain: dict[str, Any] = {"by": given.ruben, "ref": ticket.ref, "place": 1}
    with clock.at(ticket.valid_until - timedelta(seconds=1)):
        await fill(given, given.ruben, ticket.ref, 1, DIET)
    rev = (await form(given, ticket.ref, 1)).rev
    with clock.at(ticket.valid_until):
        with pytest.raises(WrongState):
            await fill_in(given.house, rev=rev, raw={"fruit": "daily"}, **plain)
        with pytest.raises(WrongState):
            await answer(given.house, rev=rev, **plain)
    assert (await form(given, ticket.ref, 1)).answered_at is None


async def test_a_declined_or_withdrawn_one_takes_no_answers(given: Cast) -> None:
    for deed in ("decline", "withdraw"):
        ticket = await with_a_form(given)
        if deed == "decline":
            await actions.decline(given.house, by=given.ruben, ref=ticket.ref, reason="Nej tack")
        else:
            await actions.withdraw(given.house, by=given.ylva, ref=ticket.ref, reason="Fel")
        with pytest.raises(WrongState):
            await fill(given, given.ruben, ticket.ref, 1, DIET)
        await open_form(given.house, by=given.ruben, ref=ticket.ref, place=1)
        assert (await form(given, ticket.ref, 1)).opened_at is None


async def test_who_fills_it_in(given: Cast) -> None:
    await is_patient(given, given.elin, about=given.tuva)
    ticket = await sent(given, given.tuva, forms=("diet_index",))
    await fill(given, given.elin, ticket.ref, 1, {"vegetables": "daily"})
    after = await answered(given, given.matti, ticket.ref, 1, DIET)
    assert after.forms_done == 1
    other = await sent(given, given.tuva, forms=("diet_index",))
    with pytest.raises(NotFound):
        await fill(given, given.ruben, other.ref, 1, {"fruit": "daily"})
    grown = frozenset({(given.angsviken.provider_id, given.tuva)})
    with pytest.raises(Forbidden):
        await fill(given, msgspec.structs.replace(given.elin, barred=grown), other.ref, 1, {"fruit": "daily"})
    with pytest.raises(NotFound):
        await fill_in(given.house, by=given.elin, ref=other.ref, place=2, rev=0, raw={})


async def test_staff_answer_for_nobody(given: Cast) -> None:
    """The database itself: the provider's scope sends forms and answers none."""
    ticket = await with_a_form(given)
    async with given.database.transaction(given.ylva.scope) as connection:
        changed = await connection.execute(
            'UPDATE ticket_form SET answers = \'{"fruit": ["daily"]}\', rev = 1, opened_at = $1 WHERE ticket_id = $2',
            clock.now(),
            ticket.ticket_id,
        )
    assert changed == "UPDATE 0"


async def test_a_form_sent_in_as_the_time_runs_out_is_one_or_the_other(given: Cast) -> None:
    ticket = await with_a_form(given, kind=Kind.FORM)
    await fill(given, given.ruben, ticket.ref, 1, DIET)
    rev = (await form(given, ticket.ref, 1)).rev
    assert ticket.valid_until is not None
    with clock.at(ticket.valid_until):
        late, sent_in = await asyncio.gather(
            actions.expire(given.house, by=SystemActor(ticket.provider_id, "x"), ref=ticket.ref),
            answer(given.house, by=given.ruben, ref=ticket.ref, place=1, rev=rev),
            return_exceptions=True,
        )
    assert late is True
    assert isinstance(sent_in, WrongState)
