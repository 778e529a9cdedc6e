"""Texts about tickets: to whoever reads them, once, while they still wait, by day; and before one runs out."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.booking.tests.calendar import booking_ticket, fetch, jobs_of
from vardlots.notifications.actions import GIVE_UP_AFTER, Post, take_receipt
from vardlots.notifications.jobs import sweep
from vardlots.notifications.model import NoticeKind, NoticeState, Receipt
from vardlots.notifications.quiet import QuietHours
from vardlots.notifications.rules import NoticeRules
from vardlots.notifications.tests.phones import Phones, post_with
from vardlots.notifications.tickets import actions, jobs, policy, queries
from vardlots.notifications.tickets.actions import tell
from vardlots.people.queries import Person
from vardlots.platform import clock
from vardlots.platform.errors import NotFound, Unavailable
from vardlots.tickets.actions import decline, open_ticket
from vardlots.tickets.model import State, Ticket, TicketRef

SENT, RUNS_OUT = NoticeKind.TICKET_SENT, NoticeKind.TICKET_RUNS_OUT
NIGHT = QuietHours(time(21), time(7))


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


@pytest.fixture(autouse=True)
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch, "00:00", "00:00")


def quiet(monkeypatch: pytest.MonkeyPatch, begins: str, ends: str, days: int = 3) -> None:
    async def rules(*_: object) -> NoticeRules:
        return NoticeRules(quiet_from=begins, quiet_to=ends, ticket_days_before=days)

    for module in (actions, jobs):
        monkeypatch.setattr(module, "rules_of", rules)


def system(ref: TicketRef) -> SystemActor:
    return SystemActor(ref.provider_id, "test")


async def state_of(given: Cast, ref: TicketRef) -> str:
    (row,) = await fetch(given, "SELECT notice_state FROM ticket WHERE ticket_id = $1", ref.ticket_id)
    return str(row["notice_state"])


async def test_whoever_gets_a_ticket_is_told_once_and_of_nothing_in_it(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref = (await booking_ticket(given, given.elin)).ref
    for _ in range(3):
        assert await tell(post, by=system(ref), ref=ref, kind=SENT) is NoticeState.SENT
    [sms] = phones.handed
    for secret in ("Elin", "axel", "ont", "http", given.angsviken.name):
        assert secret not in sms.text
    assert await state_of(given, ref) == "sent"


async def test_of_a_childs_ticket_the_guardian_is_told(given: Cast, post: Post, phones: Phones) -> None:
    ref = (await booking_ticket(given, given.elin, about=given.tuva)).ref
    await tell(post, by=system(ref), ref=ref, kind=SENT)
    assert phones.numbers == ["+46701740612"]


async def test_one_that_is_opened_or_over_is_no_news(given: Cast, post: Post, phones: Phones) -> None:
    seen = (await booking_ticket(given, given.elin)).ref
    await open_ticket(given.house, by=given.elin, ref=seen)
    over = (await booking_ticket(given, given.elin, reason="headache")).ref
    await decline(given.house, by=given.elin, ref=over, reason="Behövs inte.")
    for ref in (seen, over):
        for _ in range(2):
            assert await tell(post, by=system(ref), ref=ref, kind=SENT) is NoticeState.SKIPPED
        assert await state_of(given, ref) == "none"
    assert phones.handed == []


async def test_where_nobody_reads_it_is_said_so(
    given: Cast, post: Post, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(queries, "acting_for", nobody)
    ref = (await booking_ticket(given, given.elin)).ref
    await tell(post, by=system(ref), ref=ref, kind=SENT)
    assert (await state_of(given, ref), phones.handed) == ("telephone", [])


async def test_six_workers_at_once_send_one_text(given: Cast, post: Post, phones: Phones) -> None:
    ref = (await booking_ticket(given, given.elin)).ref
    await asyncio.gather(*(tell(post, by=system(ref), ref=ref, kind=SENT) for _ in range(6)))
    assert len({sms.reference for sms in phones.handed}) == 1


async def test_another_providers_ticket_is_not_found(given: Cast, post: Post) -> None:
    ref = (await booking_ticket(given, given.elin)).ref
    with pytest.raises(NotFound):
        await tell(post, by=SystemActor(given.norrhamn.provider_id, "test"), ref=ref, kind=SENT)


async def test_it_waits_out_the_night_and_the_sweep_finds_it(
    given: Cast, post: Post, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = (await booking_ticket(given, given.elin)).ref
    now = clock.local(clock.now())
    begins, ends = ((now + timedelta(hours=hours)).strftime("%H:%M") for hours in (-1, 1))
    quiet(monkeypatch, begins, ends)
    for _ in range(2):
        assert await tell(post, by=system(ref), ref=ref, kind=SENT) is NoticeState.QUEUED
    assert (await state_of(given, ref), phones.handed) == ("queued", [])
    assert len(await jobs_of(given, "notifications.ticket_sent", str(ref))) == 1
    quiet(monkeypatch, "00:00", "00:00")
    with clock.shifted(timedelta(hours=2)):
        assert await tell(post, by=system(ref), ref=ref, kind=SENT) is NoticeState.SENT
    assert await state_of(given, ref) == "sent"


async def test_a_silent_provider_of_texts_is_given_up_in_the_end(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref = (await booking_ticket(given, given.elin)).ref
    phones.breaks = Unavailable("sms")
    with pytest.raises(Unavailable):
        await tell(post, by=system(ref), ref=ref, kind=SENT)
    with clock.shifted(GIVE_UP_AFTER + timedelta(minutes=1)):
        await sweep(post)
    assert await state_of(given, ref) == "failed"


@pytest.mark.parametrize("first", [NoticeState.SENT, NoticeState.DELIVERED, NoticeState.FAILED])
async def test_receipts_in_any_order(given: Cast, post: Post, first: NoticeState) -> None:
    ref = (await booking_ticket(given, given.elin)).ref
    await tell(post, by=system(ref), ref=ref, kind=SENT)
    reference = f"vardlots-{ref.provider_id}-t{ref.ticket_id}-{SENT}-0"
    for state in (first, NoticeState.FAILED, NoticeState.DELIVERED, NoticeState.SENT):
        await take_receipt(post, by=system(ref), receipt=Receipt(reference, state))
    assert await state_of(given, ref) == "delivered"


async def test_before_it_runs_out_it_is_reminded_of_once(
    given: Cast, post: Post, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = (await booking_ticket(given, given.elin)).ref
    with clock.shifted(timedelta(days=10)):
        await jobs.look(post, ref.provider_id)
    assert await jobs_of(given, "notifications.ticket_runs_out", str(ref)) == []
    with clock.shifted(timedelta(days=12)):
        quiet(monkeypatch, "00:00", "00:00", days=0)
        await jobs.look(post, ref.provider_id)
        assert await jobs_of(given, "notifications.ticket_runs_out", str(ref)) == []
        quiet(monkeypatch, "00:00", "00:00")
        for _ in range(3):
            await jobs.look(post, ref.provider_id)
        assert len(await jobs_of(given, "notifications.ticket_runs_out", str(ref))) == 1
        assert await tell(post, by=system(ref), ref=ref, kind=RUNS_OUT) is NoticeState.SENT
        assert "till och med" in phones.handed[0].text


# Pure


def a_ticket(**changed: Any) -> Ticket:
    now = datetime(2026, 12, 1, 12, tzinfo=clock.SWEDEN)
    plain: dict[str, Any] = dict.fromkeys(Ticket.__struct_fields__)
    plain |= {
        "state": State.ISSUED,
        "priority": 8,
        "issued_at": now,
        "valid_until": now + timedelta(days=14),
        **changed,
    }
    return Ticket(**plain)


@pytest.mark.parametrize("state", list(State))
def test_only_one_that_waits_is_worth_a_reminder(state: State) -> None:
    ticket = a_ticket(state=state)
    now = ticket.issued_at + timedelta(days=12)
    assert policy.is_worth_a_reminder(ticket, 3, now) is (state in (State.ISSUED, State.OPENED))
    assert not policy.is_worth_a_reminder(ticket, 0, now)
    assert not policy.is_worth_a_reminder(ticket, 3, ticket.issued_at + timedelta(days=10))
    short = msgspec.structs.replace(ticket, valid_until=ticket.issued_at + timedelta(days=3))
    assert not policy.is_worth_a_reminder(short, 3, ticket.issued_at + timedelta(days=1))
    assert not policy.is_worth_a_reminder(msgspec.structs.replace(ticket, valid_until=None), 3, now)


@pytest.mark.parametrize(
    ("now", "changed", "until"),
    [
        ("2026-12-01T12:00", {}, None),
        ("2026-12-01T22:00", {}, "2026-12-02T07:00"),
        ("2026-12-01T22:00", {"priority": 2}, None),
        ("2026-12-01T22:00", {"valid_until": datetime(2026, 12, 2, tzinfo=clock.SWEDEN)}, None),
        ("2026-12-01T22:00", {"valid_until": None}, "2026-12-02T07:00"),
    ],
)
def test_at_a_sensible_hour(now: str, changed: dict[str, Any], until: str | None) -> None:
    def at(wall: str) -> datetime:
        return datetime.fromisoformat(wall).replace(tzinfo=clock.SWEDEN)

    found = policy.wait_until(a_ticket(**changed), NIGHT, at(now))
    assert found == (at(until) if until else None)


def test_protected_identity_comes_before_everything() -> None:
    def who(**changed: Any) -> Person:
        plain: dict[str, Any] = dict.fromkeys(Person.__struct_fields__)
        plain |= {"protected": False, "mobile": "+46701740612"}
        return Person(**(plain | changed))

    now = datetime(2026, 12, 2, 12, tzinfo=clock.SWEDEN)
    secret, plain = who(protected=True), who()
    for state in State:
        ticket = a_ticket(state=state)
        for patient, reader in ((secret, plain), (plain, secret), (secret, None)):
            assert policy.why_not(SENT, ticket, patient, reader, now) == "protected"
    assert policy.why_not(SENT, a_ticket(), plain, plain, now) is None
    assert policy.why_not(SENT, a_ticket(), plain, who(mobile=None), now) == "no_number"
    assert policy.why_not(RUNS_OUT, a_ticket(state=State.OPENED), plain, plain, now) is None
