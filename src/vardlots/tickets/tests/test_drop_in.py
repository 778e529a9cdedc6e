"""*Ställ mig i kön*: what crosses to the receiver and what does not, when, by whom, once."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.cases.fold import fold
from vardlots.cases.model import Audience, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.consents import queries as consents
from vardlots.consents.model import ConsentKind
from vardlots.conversations.actions import Message, write
from vardlots.conversations.forms.queries import answered_forms
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Scope, persons_scope, provider_scope
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.tickets import actions
from vardlots.tickets.drop_in.actions import use_drop_in
from vardlots.tickets.model import State, Ticket
from vardlots.tickets.queries import history_of
from vardlots.tickets.tests.helpers import (
    DIET,
    POST,
    a_drop_in,
    a_drop_in_from_chat,
    all_forms,
    answered,
    by_telephone,
    ended,
    of,
    sent,
)


async def ready(given: Cast, **more: Any) -> Ticket:
    """Ruben's ticket with a form, both answered; the visit with 1177 is over."""
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.ruben, **({"forms": ("diet_index",)} | more))
    await answered(given, given.ruben, ticket.ref, 1, DIET)
    await answered(given, given.ruben, ticket.ref, 2, POST)
    await ended(given, tor, ref)
    return ticket


async def count(given: Cast, scope: Scope, table: str, where: str = "true") -> int:
    async with given.database.transaction(scope) as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {where}"))


async def test_it_becomes_a_visit_at_the_receiver(given: Cast) -> None:
    ticket = await ready(given)
    case = await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    assert (case.provider_id, case.unit_id, case.role, case.phase) == (
        given.norrhamn.provider_id, given.norrhamn.unit_id, "nurse", Phase.QUEUED,
    )  # fmt: skip
    assert (case.kind, case.interview_id, case.actor_person_id) == ("care", None, given.ruben.person_id)
    used = await of(given, ticket)
    assert (used.state, used.case_id) == (State.USED, case.case_id)
    async with given.database.transaction(given.nora.scope) as connection:
        assert await readable_case(connection, by=given.nora, ref=case.ref)
        rows = await timeline(connection, case.ref)
        forms = await answered_forms(connection, case.ref)
        registered = await consents.holds(
            connection, case.provider_id, given.ruben.person_id, ConsentKind.REGISTRATION
        )
        said = consents.newest(await consents.history(connection, case.provider_id, [given.ruben.person_id]))
    assert [row.kind for row in rows] == [
        Kind.OPENED, Kind.BROUGHT, Kind.FORM_SENT, Kind.FORM_ANSWERED, Kind.FORM_SENT, Kind.FORM_ANSWERED,
    ]  # fmt: skip
    assert rows[0].body["way"] == "ticket"
    assert (rows[1].audience, rows[1].author_kind) == (Audience.STAFF, "system")
    assert (rows[1].body["from"], rows[1].body["history"]) == ("1177 på telefon", "Ont sedan i går.")
    assert fold(rows).phase is case.phase
    assert [one.form.code for one in forms] == ["diet_index", "post_triage"]
    assert forms[0].answers["fruit"] == ["seldom"]
    assert registered
    assert said[ConsentKind.HISTORY].given
    assert not said[ConsentKind.MEDICATION].given


async def test_nothing_else_crosses_to_the_other_provider(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.ruben)
    await write(given.house, by=tor, ref=ref, message=Message("En hemlighet.", key="secret-00001"))
    await answered(given, given.ruben, ticket.ref, 1, POST)
    await ended(given, tor, ref)
    case = await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    theirs, person = given.nora.scope, f"person_id = {given.ruben.person_id}"
    for table in ("ticket", "ticket_form", "ticket_history", "interview"):
        assert await count(given, theirs, table, person) == 0, table
    assert await count(given, theirs, "care_case", person) == 1
    assert await count(given, theirs, "entry", f"{person} AND case_id <> {case.case_id}") == 0
    async with given.database.transaction(theirs) as connection:
        told = str([row.body for row in await timeline(connection, case.ref)])
        assert await history_of(connection, ticket.ref) == {}
        log = await connection.fetch(
            "SELECT provider_id FROM access_log WHERE person_id = $1", given.ruben.person_id
        )
    assert "hemlighet" not in told
    assert {row["provider_id"] for row in log} == {given.norrhamn.provider_id}
    # Nor back: the sender reads nothing of the receiver's visit.
    with pytest.raises(NotFound):
        async with given.database.transaction(tor.scope) as connection:
            await readable_case(connection, by=tor, ref=case.ref)
    assert await count(given, tor.scope, "access_log", f"case_id = {case.case_id}") == 0
    # The patient reads their visit, and not what staff wrote about them for each other.
    async with given.database.transaction(given.ruben.scope) as connection:
        own = await timeline(connection, case.ref)
    assert Kind.BROUGHT not in {row.kind for row in own}


async def is_refused_until_it_has_ended(given: Cast, ticket: Ticket) -> None:
    """Ruben has answered what is asked, and the receiver gets no visit yet."""
    await answered(given, given.ruben, ticket.ref, 1, POST)
    with pytest.raises(WrongState) as refusal:
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    assert refusal.value.code == "not_ended"
    assert await count(given, given.nora.scope, "care_case", f"person_id = {given.ruben.person_id}") == 0


async def test_the_senders_visit_must_have_ended(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.ruben)
    await is_refused_until_it_has_ended(given, ticket)
    assert await count(given, given.nora.scope, "patient", f"person_id = {given.ruben.person_id}") == 0
    await ended(given, tor, ref)
    assert await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)


async def test_a_chat_that_the_sender_began_must_have_ended_too(given: Cast) -> None:
    """It has never been a visit, and is in its asynchronous phase from the start: that is no end of it."""
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in_from_chat(given, tor, given.ruben)
    await is_refused_until_it_has_ended(given, ticket)
    await ended(given, tor, ref)
    assert await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)


async def test_a_chat_whose_time_is_over_has_ended(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, _ = await a_drop_in_from_chat(given, tor, given.ruben, days=1)
    await answered(given, given.ruben, ticket.ref, 1, POST)
    with clock.at(clock.now() + timedelta(days=1)):
        assert await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)


async def test_the_forms_come_first(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.ruben, forms=("pain",))
    await ended(given, tor, ref)
    assert [(one.kind, one.form.code) for one in await all_forms(given, ticket.ref)] == [
        ("form", "pain"), ("post", "post_triage"),
    ]  # fmt: skip
    with pytest.raises(WrongState) as refusal:
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    assert refusal.value.code == "forms_left"


async def test_an_administrative_errand_goes_to_the_administrators(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(
        given,
        tor,
        given.ruben,
        to_provider_id=given.angsviken.provider_id,
        unit_id=given.angsviken.unit_id,
        role="medical_admin",
        case_kind="administrative",
        reason="prescription",
    )
    assert ticket.priority == 12
    assert [one.form.code for one in await all_forms(given, ticket.ref)] == ["post_service"]
    await answered(given, given.ruben, ticket.ref, 1, {"mobile": "070 174 06 55", "interpreter": "false"})
    await ended(given, tor, ref)
    case = await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    assert (case.kind, case.role, case.priority) == ("administrative", "medical_admin", 12)


async def test_however_many_taps_it_is_one_visit(given: Cast) -> None:
    ticket = await ready(given)
    found = await asyncio.gather(
        *(use_drop_in(given.house, by=given.ruben, ref=ticket.ref) for _ in range(6))
    )
    assert len({case.ref for case in found}) == 1
    assert await count(given, given.nora.scope, "care_case", f"person_id = {given.ruben.person_id}") == 1


async def test_two_guardians_at_once_open_one_visit(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.elin, about=given.tuva)
    await answered(given, given.matti, ticket.ref, 1, POST)
    await ended(given, tor, ref)
    found = await asyncio.gather(
        *(use_drop_in(given.house, by=by, ref=ticket.ref) for by in (given.elin, given.matti) * 3)
    )
    assert len({case.ref for case in found}) == 1
    assert found[0].actor_person_id in (given.elin.person_id, given.matti.person_id)


async def test_expiry_and_use_at_once_give_one_of_them(given: Cast) -> None:
    ticket = await ready(given)
    assert ticket.valid_until is not None
    by = SystemActor(ticket.provider_id, "tickets.expire")
    with clock.at(ticket.valid_until - timedelta(milliseconds=1)):
        late, case = await asyncio.gather(
            actions.expire(given.house, by=by, ref=ticket.ref),
            use_drop_in(given.house, by=given.ruben, ref=ticket.ref),
            return_exceptions=True,
        )
        assert late is False
        assert not isinstance(case, BaseException)
    other = await ready(given, reason="cough")
    assert other.valid_until is not None
    with clock.at(other.valid_until):
        late, case = await asyncio.gather(
            actions.expire(given.house, by=by, ref=other.ref),
            use_drop_in(given.house, by=given.ruben, ref=other.ref),
            return_exceptions=True,
        )
    assert late is True
    assert isinstance(case, WrongState)
    assert case.code == "ticket_expired"
    assert (await of(given, other)).state is State.EXPIRED


async def test_who_waits_there_already_keeps_the_ticket(given: Cast) -> None:
    ticket = await ready(given)
    await given.waiting_case(given.ruben, unit=given.norrhamn, reason=ticket.reason)
    with pytest.raises(WrongState) as refusal:
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    assert refusal.value.code == "already_active"
    assert (await of(given, ticket)).state in (State.ISSUED, State.OPENED)
    assert await count(given, given.nora.scope, "form_request", f"person_id = {given.ruben.person_id}") == 0


async def test_a_unit_that_takes_nobody_says_so(given: Cast) -> None:
    ticket = await ready(given)
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET takes_drop_in = false WHERE unit_id = $1", given.norrhamn.unit_id
        )
    with pytest.raises(WrongState) as refusal:
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    assert refusal.value.code == "no_drop_in"


async def test_the_most_urgent_waits_for_no_unit_to_open(given: Cast) -> None:
    ticket = await ready(given, priority=2)
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute("UPDATE unit SET opening = '{}' WHERE unit_id = $1", given.norrhamn.unit_id)
    with pytest.raises(WrongState) as refusal:
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    assert refusal.value.code == "closed"


async def test_only_whoever_seeks_care_there_uses_it(given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.elin, about=given.tuva)
    await answered(given, given.elin, ticket.ref, 1, POST)
    await ended(given, tor, ref)
    with pytest.raises(NotFound):
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    grown = frozenset({(given.norrhamn.provider_id, given.tuva)})
    for barred in ({"barred": grown}, {"closed": grown}):
        with pytest.raises(Forbidden):
            await use_drop_in(given.house, by=msgspec.structs.replace(given.elin, **barred), ref=ticket.ref)
    assert (await of(given, ticket)).state is State.OPENED


async def test_a_booking_ticket_is_no_place_in_a_queue(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    ticket = await sent(given, given.ruben.person_id)
    with pytest.raises(NotFound):
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)


async def test_a_fault_half_way_leaves_nothing(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = await ready(given)

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.tickets.drop_in.actions.move", fails)
    with pytest.raises(RuntimeError):
        await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    person = f"person_id = {given.ruben.person_id}"
    for table in ("care_case", "patient", "consent", "form_request", "entry"):
        assert await count(given, given.nora.scope, table, person) == 0, table


async def test_a_copy_is_what_was_answered_or_nothing(given: Cast) -> None:
    """The database itself refuses answers in a form's name that the ticket does not have."""
    ticket = await ready(given)
    case = await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    async with given.database.transaction(provider_scope(given.norrhamn.provider_id)) as connection:
        n = await connection.fetchval(
            "SELECT min(n) FROM form_request WHERE provider_id = $1 AND case_id = $2", *case.ref
        )
    assert n == 3
    scope = msgspec.structs.replace(
        persons_scope([given.ruben.person_id]), provider_id=given.norrhamn.provider_id
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(scope) as connection:
            await connection.execute(_FORGED, *case.ref)


async def test_a_copy_is_of_the_same_person(given: Cast) -> None:
    """Another's answers stand in nobody's visit, also where both are in one scope (a guardian and a child)."""
    ticket = await ready(given)
    case = await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    other = await given.waiting_case(given.elin, unit=given.norrhamn)
    scope = msgspec.structs.replace(
        persons_scope([given.ruben.person_id, given.elin.person_id]), provider_id=given.norrhamn.provider_id
    )
    for whose in (given.elin.person_id, given.ruben.person_id):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="form_request_sent"):
            async with given.database.transaction(scope) as connection:
                await connection.execute(_OF_ANOTHER, *case.ref, other.case_id, whose)


_OF_ANOTHER = """
INSERT INTO form_request (provider_id, case_id, n, person_id, form_code, form_version, form, known, sent_by, sent_at,
  opened_at, answers, rev, done, total, changed_at, answered_at, answered_n, answered_by, from_provider_id,
  from_ticket_id, from_place)
SELECT provider_id, $3, 1, $4, form_code, form_version, form, known, sent_by, sent_at, opened_at, answers, rev,
  done, total, changed_at, answered_at, 2, answered_by, from_provider_id, from_ticket_id, from_place
FROM form_request WHERE provider_id = $1 AND case_id = $2 AND n = 3"""
_FORGED = """
INSERT INTO form_request (provider_id, case_id, n, person_id, form_code, form_version, form, known, sent_by, sent_at,
  opened_at, answers, rev, done, total, changed_at, answered_at, answered_n, answered_by, from_provider_id,
  from_ticket_id, from_place)
SELECT provider_id, case_id, 1, person_id, form_code, form_version, form, known, sent_by, sent_at, opened_at, '{}', rev,
  done, total, changed_at, answered_at, 2, answered_by, from_provider_id, from_ticket_id, from_place + 100
FROM form_request WHERE provider_id = $1 AND case_id = $2 AND n = 3"""
