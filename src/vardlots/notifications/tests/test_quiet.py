"""The quiet hours: what waits, until when, over midnight and when the clocks change; and what the morning sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.cases.actions import accept, start
from vardlots.cases.ending.actions import end
from vardlots.cases.model import Case, CaseRef, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.configuration import book
from vardlots.configuration.actions import Change, save
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.notifications.actions import Post, notify
from vardlots.notifications.jobs import sweep
from vardlots.notifications.model import OF_BOOKING, OF_CASE, NoticeKind, NoticeState
from vardlots.notifications.quiet import QuietHours, can_wait, quiet_until
from vardlots.notifications.rules import KEY, NOTICE_RULES, NoticeRules, rules_of
from vardlots.notifications.tests.phones import Phones, post_with, system
from vardlots.platform import clock, jobs
from vardlots.platform.clock import SWEDEN

NIGHT = QuietHours(time(21), time(7))
WAITING, ENDED, ACCEPTED = NoticeKind.MESSAGE_WAITING, NoticeKind.CASE_ENDED, NoticeKind.CASE_ACCEPTED


def at(text: str, fold: int = 0) -> datetime:
    """A time on a Swedish wall as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=SWEDEN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-10T20:59:59", None),
        ("2026-03-10T21:00:00", "2026-03-11T07:00"),
        ("2026-03-10T23:59:59", "2026-03-11T07:00"),
        ("2026-03-11T00:00:00", "2026-03-11T07:00"),
        ("2026-03-11T06:59:59", "2026-03-11T07:00"),
        ("2026-03-11T07:00:00", None),
        # New year, and the two nights of an hour less and an hour more.
        ("2026-12-31T23:30:00", "2027-01-01T07:00"),
        ("2026-03-28T22:00:00", "2026-03-29T07:00"),
        ("2026-03-29T03:30:00", "2026-03-29T07:00"),
        ("2026-10-24T22:00:00", "2026-10-25T07:00"),
        ("2026-10-25T02:30:00", "2026-10-25T07:00"),
    ],
)
def test_the_night_is_from_nine_to_seven_on_the_wall(now: str, until: str | None) -> None:
    assert quiet_until(NIGHT, at(now)) == (at(until) if until else None)


def test_a_night_is_nine_ten_or_eleven_hours() -> None:
    for evening, hours in (("2026-03-28T21:00", 9), ("2026-03-10T21:00", 10), ("2026-10-24T21:00", 11)):
        ends = quiet_until(NIGHT, at(evening))
        assert ends is not None
        assert ends - at(evening) == timedelta(hours=hours)


def test_an_hour_that_comes_twice_ends_the_quiet_once() -> None:
    """To half past two: on the night that has two of them, the first is the one."""
    early = QuietHours(time(22), time(2, 30))
    assert quiet_until(early, at("2026-10-25T02:29")) == at("2026-10-25T02:30")
    assert quiet_until(early, at("2026-10-25T02:31")) is None
    assert quiet_until(early, at("2026-10-25T02:10", fold=1)) is None


def test_a_time_that_does_not_exist_still_ends_it() -> None:
    """Half past two on the night when it is three at two."""
    early = QuietHours(time(22), time(2, 30))
    until = quiet_until(early, at("2026-03-29T01:59"))
    assert until is not None
    assert until > at("2026-03-29T01:59")
    assert quiet_until(early, until) is None


@examples(
    st.times(),
    st.times(),
    st.integers(min_value=0, max_value=3 * 366 * 24 * 60),
)
def test_quiet_hours_end_and_are_not_quiet_then(begins: time, ends: time, minutes: int) -> None:
    hours = QuietHours(begins.replace(microsecond=0), ends.replace(microsecond=0))
    now = at("2025-01-01T00:00") + timedelta(minutes=minutes)
    until = quiet_until(hours, now)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_until(hours, until) is None or hours.begins == hours.ends


def test_the_same_time_twice_is_no_quiet_hours_and_they_may_be_by_day() -> None:
    none = QuietHours(time(12), time(12))
    noon = QuietHours(time(12), time(13))
    for hour in range(24):
        now = at(f"2026-05-05T{hour:02}:30")
        assert quiet_until(none, now) is None
        assert (quiet_until(noon, now) is not None) is (hour == 12)


@pytest.mark.parametrize("kind", sorted(OF_CASE - OF_BOOKING))
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("priority", [1, 3, 4, 12])
async def test_what_can_wait(given: Cast, kind: NoticeKind, phase: Phase, priority: int) -> None:
    ref = await given.waiting_case(given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
    now = msgspec.structs.replace(case, phase=phase, priority=priority)
    over = phase not in (Phase.ACCEPTED, Phase.ONGOING)
    assert can_wait(kind, now) is (kind is not ACCEPTED and over and priority > 3)


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


@pytest.fixture
def promised(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any], datetime | None]]:
    """What was promised, beside what was promised for real."""
    found: list[tuple[str, dict[str, Any], datetime | None]] = []
    real = jobs.enqueue

    async def noted(connection: object, name: str, payload: dict[str, Any], **how: Any) -> None:
        found.append((name, payload, how.get("at")))
        await real(connection, name, payload, **how)

    monkeypatch.setattr(jobs, "enqueue", noted)
    return found


EVENING, MORNING = at("2026-05-05T22:10"), at("2026-05-06T07:00")


@contextmanager
def evening() -> Iterator[None]:
    with clock.at(EVENING):
        yield


async def over(given: Cast, *, priority: int = 5) -> CaseRef:
    """A visit of the afternoon that is over, in which the patient may write."""
    with clock.at(at("2026-05-05T15:00")):
        ref = await given.ongoing_case(given.ruben, priority=priority)
        await end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
        await mark_read(given.house, by=given.ruben, ref=ref, n=(await seen(given, ref))[0].last_n)
    return ref


async def seen(given: Cast, ref: CaseRef) -> tuple[Case, list[dict[str, Any]]]:
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        rows = await timeline(connection, ref)
    return case, [row.body for row in rows if row.kind is Kind.NOTICE]


async def answer(given: Cast, ref: CaseRef, key: str = "night-answer-1") -> int:
    return await write(given.house, by=given.ylva, ref=ref, message=Message("Provet ser bra ut.", key))


async def test_an_answer_in_the_evening_is_told_in_the_morning(
    given: Cast, post: Post, phones: Phones, promised: list[tuple[str, dict[str, Any], datetime | None]]
) -> None:
    ref = await over(given)
    with evening():
        n = await answer(given, ref)
        for _ in range(3):
            assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.QUEUED
    case, told = await seen(given, ref)
    assert phones.handed == []
    assert case.notice_state == "queued"
    # The reason stands on the case meanwhile, once.
    assert told == [
        {"notice": WAITING, "about": n, "outcome": "queued", "until": MORNING.isoformat()},
    ]
    again = ("notifications.message_waiting", {"ref": str(ref), "n": n}, MORNING)
    assert promised.count(again) == 1
    with clock.at(MORNING):
        assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.SENT
    assert len(phones.handed) == 1
    case, told = await seen(given, ref)
    assert case.notice_state == "sent"
    assert [one["outcome"] for one in told] == ["queued", "sent"]


async def test_what_was_read_in_the_night_is_not_sent(given: Cast, post: Post, phones: Phones) -> None:
    ref = await over(given)
    with evening():
        n = await answer(given, ref)
        await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n)
        await mark_read(given.house, by=given.ruben, ref=ref, n=n)
    with clock.at(MORNING):
        assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.SKIPPED
    case, told = await seen(given, ref)
    assert phones.handed == []
    assert case.notice_state == "none"
    assert told[-1] == {"notice": WAITING, "about": n, "outcome": "not_needed", "why": "read"}


async def test_of_two_of_the_same_case_the_morning_sends_one(given: Cast, post: Post, phones: Phones) -> None:
    ref = await over(given)
    with evening():
        first = await answer(given, ref)
        await notify(post, by=system(ref), ref=ref, kind=WAITING, n=first)
        second = await answer(given, ref, "night-answer-2")
        await notify(post, by=system(ref), ref=ref, kind=WAITING, n=second)
    with clock.at(MORNING):
        states = [await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) for n in (first, second)]
    assert states == [NoticeState.SKIPPED, NoticeState.SENT]
    assert len(phones.handed) == 1


@pytest.mark.parametrize("urgent", [1, 2, 3])
async def test_the_urgent_is_told_at_once(given: Cast, post: Post, phones: Phones, urgent: int) -> None:
    ref = await over(given, priority=urgent)
    with evening():
        n = await answer(given, ref)
        assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.SENT
    assert len(phones.handed) == 1


async def test_a_visit_that_goes_on_is_told_of_at_once(given: Cast, post: Post, phones: Phones) -> None:
    """Taken, begun, written in, and a warning to whoever does not answer: all of it is a visit that goes on."""
    with evening():
        ref = await given.waiting_case(given.ruben, priority=12)
        n = await accept(given.house, by=given.ylva, ref=ref)
        assert await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n) is NoticeState.SENT
        n = await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
        assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.SENT
    assert len(phones.handed) == 2


async def test_an_end_in_the_night_waits(given: Cast, post: Post, phones: Phones) -> None:
    ref = await given.ongoing_case(given.ruben, priority=5)
    with evening():
        n = await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
        assert await notify(post, by=system(ref), ref=ref, kind=ENDED, n=n) is NoticeState.QUEUED
    assert phones.handed == []


@pytest.mark.slow
async def test_a_morning_whose_job_was_lost_is_looked_for(
    given: Cast, post: Post, phones: Phones, promised: list[tuple[str, dict[str, Any], datetime | None]]
) -> None:
    """And what has waited out a night is not given up for having been on its way for hours."""
    ref = await over(given)
    with evening():
        n = await answer(given, ref)
        await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n)
    promised.clear()
    with clock.at(MORNING):
        await sweep(post)
    assert not [one for one in promised if one[1].get("ref") == str(ref)]
    with clock.at(MORNING + timedelta(minutes=6)):
        await sweep(post)
        assert ("notifications.message_waiting", {"ref": str(ref), "n": n}, None) in promised
        assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.SENT
    with clock.at(MORNING + timedelta(hours=5)):
        await sweep(post)
    assert (await seen(given, ref))[0].notice_state == "sent"


async def test_a_fault_on_the_way_leaves_nothing_promised(
    given: Cast, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await over(given)

    async def fall(*_: object, **__: object) -> None:
        raise RuntimeError("fell")

    with evening():
        n = await answer(given, ref)
        monkeypatch.setattr(jobs, "enqueue", fall)
        with pytest.raises(RuntimeError):
            await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n)
        monkeypatch.undo()
        case, told = await seen(given, ref)
        assert (case.notice_state, told) == ("none", [])
        assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.QUEUED


async def test_a_provider_chooses_its_own_hours(given: Cast, post: Post, phones: Phones) -> None:
    body = {"quiet_from": "23:00", "quiet_to": "06:00", "left_open_minutes": 20}
    ref = await over(given)
    with clock.at(at("2026-05-05T16:00")):
        await save(
            given.database,
            given.house.hub,
            by=given.astrid,
            kind=NOTICE_RULES,
            changes=[Change(key=KEY, body=body, base_version=0)],
            reason="Vi har öppet till elva.",
        )
        book.forget(ref.provider_id)
    with evening():
        n = await answer(given, ref)
        assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.SENT
    assert len(phones.handed) == 1


async def test_the_rules_begin_as_assumed_and_say_what_is_wrong(given: Cast) -> None:
    by = SystemActor(given.ylva.provider_id, "test")
    async with given.database.transaction(by.scope) as connection:
        rules = await rules_of(connection, by.provider_id)
        wrong = NoticeRules(quiet_from="21.00", quiet_to="7")
        problems = await NOTICE_RULES.check(connection, by.provider_id, KEY, wrong)
    assert (rules.quiet, rules.left_open_after) == (NIGHT, timedelta(minutes=10))
    assert [one.field for one in problems] == ["quiet_from", "quiet_to"]
