"""The rules of booked times, pure: what fits, when it may be chosen, what is reminded of, until when an offer holds."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.booking import policy
from vardlots.booking.model import Slot, SlotState, Sought
from vardlots.configuration.booking_rules import DEFAULT, BookingRules, problems
from vardlots.platform.clock import SWEDEN

SPRING = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)  # 02.00 becomes 03.00
AUTUMN = datetime(2027, 10, 31, 1, 0, tzinfo=UTC)  # 03.00 becomes 02.00
LEAP = datetime(2028, 2, 29, 9, 0, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.one_of(
    st.integers(0, 4 * 366 * 1440).map(
        lambda minutes: START + timedelta(minutes=minutes, seconds=minutes % 60)
    ),
    st.sampled_from([SPRING, AUTUMN, LEAP]).flatmap(
        lambda around: st.integers(-2000, 2000).map(lambda minutes: around + timedelta(minutes=minutes))
    ),
)
rules_of_any = st.builds(
    BookingRules,
    notice_minutes=st.integers(0, 2880),
    horizon_days=st.integers(1, 400),
    offer_minutes=st.integers(15, 1440),
    offer_from=st.sampled_from(["00:00", "02:30", "08:00"]),
    offer_to=st.sampled_from(["09:00", "20:00", "23:59"]),
)


def slot(**more: object) -> Slot:
    """A free time of a nurse at unit 1."""
    plain: dict[str, object] = {
        "provider_id": 1,
        "slot_id": 1,
        "schedule_id": 1,
        "unit_id": 1,
        "role": "nurse",
        "staff_id": 7,
        "time_type": "nurse_visit",
        "contact": "physical",
        "booking_for": (),
        "patient_sees": True,
        "starts_at": LEAP,
        "ends_at": LEAP + timedelta(minutes=30),
        "state": SlotState.FREE,
        "why": "",
        "held_until": None,
        "rule_id": None,
    }
    return msgspec.convert(plain | more, Slot)


def sought(**more: object) -> Sought:
    plain: dict[str, object] = {
        "provider_id": 1,
        "unit_ids": (1,),
        "role": "nurse",
        "contact": "physical",
        "booking_for": "",
        "by_patient": True,
    }
    return msgspec.convert(plain | more, Sought)


def test_what_is_sought_is_what_fits() -> None:
    assert policy.fits(sought(), slot())
    for other in (
        {"provider_id": 2},
        {"unit_id": 2},
        {"role": "physician"},
        {"contact": "digital"},
        {"booking_for": ("health_conversation",)},
        {"patient_sees": False},
    ):
        assert not policy.fits(sought(), slot(**other)), other
    assert policy.fits(sought(unit_ids=(3, 1)), slot())
    assert not policy.fits(sought(staff_id=8), slot())
    assert not policy.fits(sought(time_type="x"), slot())
    # Staff look past what a patient does not see.
    assert policy.fits(
        sought(by_patient=False, booking_for=None, role=None, contact=None), slot(patient_sees=False)
    )


@pytest.mark.parametrize(
    ("kind", "locked_to", "opens"),
    [
        ("", (), True),
        ("", ("health",), False),
        ("health", (), False),
        ("health", ("health",), True),
        ("health", ("other", "health"), True),
        ("health", ("other",), False),
        (None, (), True),
        (None, ("health",), True),
    ],
)
def test_a_locked_time_is_for_tickets_of_its_kind_alone(
    kind: str | None, locked_to: tuple[str, ...], opens: bool
) -> None:
    assert policy.is_unlocked(kind, locked_to) is opens


def test_who_is_telephoned_takes_a_digital_time_and_is_telephoned_then() -> None:
    ways = ("digital", "physical", "telephone")
    expected = {("telephone", "digital"): "telephone"} | {(way, way): way for way in ways}
    for wanted, has in product(ways, ways):
        fits = policy.fits(sought(contact=wanted), slot(contact=has))
        assert fits == ((wanted, has) in expected)
        assert policy.contact_of(wanted, slot(contact=has)) == expected.get((wanted, has), has)
    assert policy.contact_of(None, slot(contact="digital")) == "digital"


def test_twenty_past_three_cannot_be_booked_a_minute_before() -> None:
    starts = datetime(2026, 11, 23, 15, 20, tzinfo=SWEDEN)
    for minutes, may in ((1, False), (59, False), (60, True), (61, True)):
        now = starts - timedelta(minutes=minutes)
        assert policy.in_window(sought(), slot(starts_at=starts), DEFAULT, now) is may
        assert policy.in_window(sought(by_patient=False), slot(starts_at=starts), DEFAULT, now)
    assert not policy.in_window(
        sought(by_patient=False), slot(starts_at=starts), DEFAULT, starts + timedelta(seconds=1)
    )


@given(moments, rules_of_any, st.integers(-3000, 600_000))
def test_the_notice_is_a_length_and_the_horizon_a_day(
    now: datetime, rules: BookingRules, minutes: int
) -> None:
    """Sixty minutes are sixty minutes also on the night when the clock is changed; the last day is a whole day."""
    starts = now + timedelta(minutes=minutes)
    may = policy.in_window(sought(), slot(starts_at=starts), rules, now)
    day = starts.astimezone(SWEDEN).date()
    last = now.astimezone(SWEDEN).date() + timedelta(days=rules.horizon_days)
    assert may == (minutes >= rules.notice_minutes and day <= last)


@given(moments)
def test_every_moment_is_in_one_day_between_its_midnights(now: datetime) -> None:
    day = policy.day_of(now)
    assert policy.start_of_day(day) <= now < policy.end_of_day(day)
    assert policy.end_of_day(day) == policy.start_of_day(day + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2028, 2, 29), 24), (date(2026, 12, 31), 24)],
)
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    assert policy.end_of_day(day) - policy.start_of_day(day) == timedelta(hours=hours)


@pytest.mark.parametrize("state", list(SlotState))
def test_only_a_free_time_that_is_kept_for_nobody_else_can_be_taken(state: SlotState) -> None:
    now = LEAP - timedelta(days=1)
    for held_until in (None, now - timedelta(seconds=1), now, now + timedelta(seconds=1)):
        for held_by in (None, 5, 6):
            kept = held_until is not None and held_until > now
            may = state is SlotState.FREE and (not kept or held_by == 5)
            one = slot(state=state, held_until=held_until)
            assert policy.can_be_taken(one, held_by, [5, 55], now) is may


def test_late_is_after_the_providers_hours() -> None:
    for minutes, late in ((24 * 60, False), (24 * 60 - 1, True), (-5, True)):
        assert policy.is_late(DEFAULT, LEAP, LEAP - timedelta(minutes=minutes)) is late


def test_reminders_go_in_the_morning_before_and_at_the_start() -> None:
    starts = datetime(2027, 10, 31, 9, 0, tzinfo=SWEDEN).astimezone(UTC)
    now = starts - timedelta(days=3)
    told = policy.reminders(DEFAULT, starts_at=starts, contact="digital", now=now)
    assert told == [
        ("booking_morning", datetime(2027, 10, 31, 6, 0, tzinfo=UTC)),
        ("booking_soon", starts - timedelta(minutes=15)),
        ("booking_now", starts),
    ]
    for contact in ("physical", "telephone"):
        kinds = [kind for kind, _ in policy.reminders(DEFAULT, starts_at=starts, contact=contact, now=now)]
        assert kinds == ["booking_morning"]


def test_each_reminder_can_be_off_and_what_is_past_is_not_promised() -> None:
    starts = datetime(2026, 11, 23, 9, 0, tzinfo=SWEDEN)
    long_before = starts - timedelta(days=2)
    for field, kind in (
        ("remind_same_morning", "booking_morning"),
        ("remind_before", "booking_soon"),
        ("remind_at_start", "booking_now"),
    ):
        rules = msgspec.structs.replace(DEFAULT, **{field: False})
        kinds = [
            one for one, _ in policy.reminders(rules, starts_at=starts, contact="digital", now=long_before)
        ]
        assert kind not in kinds
        assert len(kinds) == 2
    soon = policy.reminders(DEFAULT, starts_at=starts, contact="digital", now=starts - timedelta(minutes=10))
    assert [kind for kind, _ in soon] == ["booking_now"]
    early = datetime(2026, 11, 23, 6, 30, tzinfo=SWEDEN)
    assert "booking_morning" not in [
        kind for kind, _ in policy.reminders(DEFAULT, starts_at=early, contact="digital", now=long_before)
    ]


@given(moments, rules_of_any, st.integers(1, 500_000), st.sampled_from(["digital", "physical", "telephone"]))
def test_a_reminder_is_always_to_come_and_never_after_the_start(
    now: datetime, rules: BookingRules, minutes: int, contact: str
) -> None:
    starts = now + timedelta(minutes=minutes)
    for kind, at in policy.reminders(rules, starts_at=starts, contact=contact, now=now):
        assert now < at <= starts
        if kind == "booking_morning":
            assert at.astimezone(SWEDEN).date() == starts.astimezone(SWEDEN).date()


def swedish(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SWEDEN)


@pytest.mark.parametrize(
    ("now", "starts", "until"),
    [
        (swedish(23, 10), swedish(25, 9), swedish(23, 12)),
        # Half an hour in the evening, the rest from eight in the morning.
        (swedish(23, 19, 30), swedish(25, 9), swedish(24, 9, 30)),
        (swedish(23, 23), swedish(25, 9), swedish(24, 10)),
        (swedish(23, 3), swedish(25, 9), swedish(23, 10)),
        # Never past the notice before the time itself.
        (swedish(23, 10), swedish(23, 11, 30), swedish(23, 10, 30)),
        (swedish(23, 10), swedish(23, 11, 15), swedish(23, 10, 15)),
        (swedish(23, 10), swedish(23, 11, 14), None),
        (swedish(23, 10), swedish(23, 10, 30), None),
        # All the minutes that are left are of the night.
        (swedish(23, 22), swedish(24, 9), None),
        (swedish(23, 22), swedish(24, 9, 15), swedish(24, 8, 15)),
    ],
)
def test_an_offer_holds_two_waking_hours(now: datetime, starts: datetime, until: datetime | None) -> None:
    assert policy.offer_until(DEFAULT, starts_at=starts, now=now) == until


def waking_minutes(rules: BookingRules, first: datetime, last: datetime) -> float:
    """Counted minute by minute, the slow way."""
    opens, closes = rules.offer_hours
    count, at = 0, first
    while at + timedelta(minutes=1) <= last:
        there = at.astimezone(SWEDEN)
        # In the hour that comes twice, what has begun or ended in the first does not again.
        count += opens <= (time(2, 59) if there.fold else there.time()) < closes
        at += timedelta(minutes=1)
    return count


def test_a_time_of_day_that_a_night_leaves_out_comes_when_the_clock_has_moved() -> None:
    for typed, comes in ((time(1, 59), time(0, 59)), (time(2, 30), time(1)), (time(3), time(1))):
        assert policy.moment(date(2027, 3, 28), typed) == datetime.combine(date(2027, 3, 28), comes, UTC)


@settings(max_examples=40, deadline=None)
@given(moments, rules_of_any, st.integers(1, 5 * 1440))
def test_an_offer_gives_the_minutes_it_promises(now: datetime, rules: BookingRules, minutes: int) -> None:
    now = now.replace(second=0, microsecond=0)
    starts = now + timedelta(minutes=minutes)
    until = policy.offer_until(rules, starts_at=starts, now=now)
    last = starts - rules.notice
    if until is None:
        assert waking_minutes(rules, now, last) < 16
        return
    assert now < until <= last
    awake = waking_minutes(rules, now, until)
    assert awake <= rules.offer_minutes + 1
    assert awake >= 14
    if until < last:
        assert abs(awake - rules.offer_minutes) <= 1


def test_the_hours_of_offers_are_a_part_of_one_day() -> None:
    assert problems(DEFAULT) == []
    wrong = msgspec.structs.replace(DEFAULT, offer_from="20:00", offer_to="08:00")
    assert [one.field for one in problems(wrong)] == ["offer_to"]


def test_a_time_on_the_night_without_an_hour_is_shown_as_the_clock_shows_it() -> None:
    """Half past one in winter, half an hour later half past three's half: instants go on, the clock jumps."""
    before = SPRING - timedelta(minutes=30)
    assert before.astimezone(SWEDEN).time() == time(1, 30)
    assert (before + timedelta(hours=1)).astimezone(SWEDEN).time() == time(3, 30)
    assert policy.moment(date(2027, 3, 28), time(3, 30)) == before + timedelta(hours=1)
    assert ZoneInfo("Europe/Stockholm") == SWEDEN
