"""Texts about booked times: each kind, once, only while the time still holds, at a sensible hour."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor, SystemActor
from vardlots.booking.actions import book_ticket, cancel, miss, rebook, withdraw_time
from vardlots.booking.earlier import actions as earlier
from vardlots.booking.model import SlotRef
from vardlots.booking.tests.calendar import booking_ticket, fetch, jobs_of, times
from vardlots.cases.actions import accept, start
from vardlots.cases.model import Case, CaseRef, Phase
from vardlots.cases.queries import readable_case
from vardlots.notifications import actions
from vardlots.notifications.actions import Post, notify, take_receipt
from vardlots.notifications.bookings import Time, is_news, wait_until
from vardlots.notifications.jobs import sweep
from vardlots.notifications.model import (
    OF_BOOKING,
    REMINDERS,
    NoticeKind,
    NoticeState,
    Receipt,
    StaffNoticeKind,
)
from vardlots.notifications.quiet import QuietHours
from vardlots.notifications.rules import NoticeRules
from vardlots.notifications.staff.actions import put_away
from vardlots.notifications.staff.lines import lines
from vardlots.notifications.staff.times import look
from vardlots.notifications.tests.phones import Phones, on_shift, post_with, sent, system, wants
from vardlots.people import queries as people
from vardlots.platform import clock, jobs
from vardlots.platform.pages import day_words
from vardlots.tickets.model import Contact

K, S = NoticeKind, StaffNoticeKind
NIGHT = QuietHours(time(21), time(7))


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


@pytest.fixture(autouse=True)
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever these tests run, no hours are quiet but where a test says so."""
    quiet(monkeypatch, "00:00", "00:00")


def quiet(monkeypatch: pytest.MonkeyPatch, begins: str, ends: str) -> None:
    async def rules(*_: object) -> NoticeRules:
        return NoticeRules(quiet_from=begins, quiet_to=ends)

    monkeypatch.setattr(actions, "notice_rules_of", rules)


def noon(days: int) -> datetime:
    """Twelve on the wall so many days ahead."""
    day = clock.today() + timedelta(days=days)
    return datetime.combine(day, time(12), clock.SWEDEN)


async def slots(given: Cast, count: int = 1, days: int = 3, **more: Any) -> list[SlotRef]:
    return await times(given, count, first=noon(days), **{"staff": given.ylva, "contact": "digital", **more})


async def booked(given: Cast, slot: SlotRef, by: PatientActor | None = None) -> CaseRef:
    ticket = await booking_ticket(given, by or given.ruben, contact=Contact.DIGITAL)
    return (await book_ticket(given.house, by=by or given.ruben, ticket=ticket.ref, slot=slot)).ref


async def rebooked(given: Cast, ref: CaseRef, slot: SlotRef) -> int:
    """To another time. Returns the number of the row that tells so."""
    await rebook(given.house, by=given.ruben, ref=ref, slot=slot)
    return int((await case_of(given, ref)).last_n)


async def appointment(given: Cast, ref: CaseRef) -> int:
    (row,) = await fetch(
        given, "SELECT appointment_id FROM appointment WHERE case_id = $1 AND state = 'booked'", ref.case_id
    )
    return int(row["appointment_id"])


async def tell(post: Post, ref: CaseRef, kind: NoticeKind, n: int = 0, of: int | None = None) -> NoticeState:
    return await notify(post, by=system(ref), ref=ref, kind=kind, n=n, appointment_id=of)


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


# To the patient


async def test_a_booked_time_is_told_once_with_its_day_and_hour(
    given: Cast, post: Post, phones: Phones
) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    for _ in range(3):
        assert await tell(post, ref, K.BOOKED, 2) is NoticeState.SENT
    [sms] = phones.handed
    assert day_words(noon(3), "sv") in sms.text
    assert "12.00" in sms.text
    for secret in ("Ruben", "Ylva", "axel", "Sjuksköterska", "http"):
        assert secret not in sms.text
    assert (await case_of(given, ref)).notice_state == "sent"


async def test_every_verb_promises_what_the_phone_is_told(given: Cast, post: Post, phones: Phones) -> None:
    first, second = await slots(given, 2)
    ref = await booked(given, first)
    n = await rebooked(given, ref, second)
    assert await tell(post, ref, K.BOOKED, 2) is NoticeState.SKIPPED
    assert await tell(post, ref, K.REBOOKED, n) is NoticeState.SENT
    n = await withdraw_time(given.house, by=given.ylva, ref=ref, text="Ylva är sjuk.")
    assert await tell(post, ref, K.TIME_WITHDRAWN, n) is NoticeState.SENT
    assert "sjuk" not in phones.handed[-1].text
    n = await cancel(given.house, by=given.ylva, ref=ref, reason="Patienten ringde.")
    assert await tell(post, ref, K.BOOKING_CANCELLED, n) is NoticeState.SKIPPED
    for kind in (K.BOOKED, K.REBOOKED, K.TIME_WITHDRAWN):
        assert await jobs_of(given, f"notifications.{kind}", f'"{ref}"')


async def test_a_cancelled_and_a_missed_visit_are_told(given: Cast, post: Post, phones: Phones) -> None:
    first, second = await slots(given, 2)
    one = await booked(given, first)
    n = await cancel(given.house, by=given.ylva, ref=one, reason="Ni behöver inte komma.")
    assert await tell(post, one, K.BOOKING_CANCELLED, n) is NoticeState.SENT
    other = await booked(given, second)
    with clock.shifted(noon(3) + timedelta(hours=2) - clock.now()):
        n = await miss(given.house, by=given.ylva, ref=other)
        assert await tell(post, other, K.MISSED_VISIT, n) is NoticeState.SENT
    assert len(phones.handed) == 2


async def test_an_offer_is_told_while_it_stands(given: Cast, post: Post, phones: Phones) -> None:
    later, sooner = (await slots(given, days=5))[0], (await slots(given, days=3))[0]
    ref = await booked(given, later)
    await earlier.wish(given.house, by=given.ruben, ref=ref)
    offer = await earlier.offer_freed(given.house, by=SystemActor(ref.provider_id, "test"), slot=sooner)
    assert offer is not None
    # Not in the middle of a night when this test happens to run.
    with clock.shifted(max(timedelta(), offer.until - timedelta(minutes=1) - clock.now())):
        assert await tell(post, ref, K.EARLIER_OFFER, offer.offer_id) is NoticeState.SENT
        assert await tell(post, ref, K.EARLIER_OFFER, offer.offer_id + 1000) is NoticeState.SKIPPED
        await earlier.decline_offer(given.house, by=given.ruben, ref=ref)
    assert len(phones.handed) == 1


@pytest.mark.parametrize("kind", sorted(REMINDERS))
async def test_a_reminder_is_of_its_own_time_only(
    given: Cast, post: Post, phones: Phones, kind: NoticeKind
) -> None:
    first, second = await slots(given, 2)
    ref = await booked(given, first)
    old = await appointment(given, ref)
    await rebook(given.house, by=given.ruben, ref=ref, slot=second)
    new = await appointment(given, ref)
    starts = noon(3) + timedelta(minutes=30)
    before = timedelta() if kind is K.BOOKING_NOW else timedelta(minutes=15)
    with clock.shifted(starts - before - clock.now()):
        assert await tell(post, ref, kind, of=old) is NoticeState.SKIPPED
        for _ in range(2):
            assert await tell(post, ref, kind, of=new) is NoticeState.SENT
    assert len(phones.handed) == 1


async def test_a_reminder_of_a_cancelled_time_says_nothing(given: Cast, post: Post, phones: Phones) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    of = await appointment(given, ref)
    await cancel(given.house, by=given.ruben, ref=ref, reason="")
    with clock.shifted(noon(3) - timedelta(minutes=15) - clock.now()):
        assert await tell(post, ref, K.BOOKING_SOON, of=of) is NoticeState.SKIPPED
    assert phones.handed == []


async def test_whoever_is_in_the_visit_is_not_called_to_it(given: Cast, post: Post, phones: Phones) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    of = await appointment(given, ref)
    with clock.shifted(noon(3) + timedelta(minutes=1) - clock.now()):
        await accept(given.house, by=given.ylva, ref=ref)
        await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
        assert await tell(post, ref, K.BOOKING_NOW, of=of) is NoticeState.SKIPPED
    assert phones.handed == []


async def test_in_the_night_it_waits_and_is_told_in_the_morning_if_it_is_still_so(
    given: Cast, post: Post, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = await slots(given, 3)
    ref, other = await booked(given, first), await booked(given, second, given.elin)
    rows = [await withdraw_time(given.house, by=given.ylva, ref=one, text="") for one in (ref, other)]
    now = clock.local(clock.now())
    night = [(now + timedelta(hours=hours)).strftime("%H:%M") for hours in (-1, 1)]
    quiet(monkeypatch, *night)
    for one, n in zip((ref, other), rows, strict=True):
        assert await tell(post, one, K.TIME_WITHDRAWN, n) is NoticeState.QUEUED
    assert phones.handed == []
    assert (await case_of(given, ref)).notice_state == "queued"
    await rebook(given.house, by=given.elin, ref=other, slot=third)
    quiet(monkeypatch, "00:00", "00:00")
    with clock.shifted(timedelta(hours=2)):
        assert await tell(post, ref, K.TIME_WITHDRAWN, rows[0]) is NoticeState.SENT
        assert await tell(post, other, K.TIME_WITHDRAWN, rows[1]) is NoticeState.SKIPPED
    assert len(phones.handed) == 1


@pytest.mark.parametrize(
    ("column", "value"), [("protected", True), ("mobile", None)], ids=["protected", "no number"]
)
async def test_nobody_who_may_not_be_told_is(
    given: Cast, post: Post, phones: Phones, column: str, value: object
) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    monkey = pytest.MonkeyPatch()
    real = people.persons

    async def changed(connection: Any, ids: list[int]) -> Any:
        found = await real(connection, ids)
        return {one: msgspec.structs.replace(who, **{column: value}) for one, who in found.items()}

    monkey.setattr(people, "persons", changed)
    try:
        assert await tell(post, ref, K.BOOKED, 2) is NoticeState.SKIPPED
    finally:
        monkey.undo()
    assert phones.handed == []
    assert (await case_of(given, ref)).notice_state == ("protected" if value else "no_number")


async def test_six_workers_at_once_send_one_text(given: Cast, post: Post, phones: Phones) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    await asyncio.gather(*(tell(post, ref, K.BOOKED, 2) for _ in range(6)))
    assert len({sms.reference for sms in phones.handed}) == 1


@pytest.mark.parametrize("first", [NoticeState.SENT, NoticeState.DELIVERED, NoticeState.FAILED])
async def test_receipts_of_a_reminder_in_any_order(given: Cast, post: Post, first: NoticeState) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    of = await appointment(given, ref)
    with clock.shifted(noon(3) - timedelta(minutes=15) - clock.now()):
        await tell(post, ref, K.BOOKING_SOON, of=of)
        reference = f"vardlots-{ref}-{K.BOOKING_SOON}-{of}"
        for state in (first, NoticeState.FAILED, NoticeState.DELIVERED, NoticeState.SENT):
            await take_receipt(post, by=system(ref), receipt=Receipt(reference, state))
    assert (await case_of(given, ref)).notice_state == "delivered"


async def test_the_jobs_are_there_and_may_run_twice(given: Cast, post: Post, phones: Phones) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    known = jobs.registered()
    assert {f"notifications.{kind}" for kind in OF_BOOKING} <= set(known)
    for _ in range(2):
        await known["notifications.booked"](post, {"ref": str(ref), "n": 2})
    of = {"ref": str(ref), "appointment_id": await appointment(given, ref)}
    with clock.shifted(noon(3) - timedelta(minutes=15) - clock.now()):
        for _ in range(2):
            await known["notifications.booking_soon"](post, of)
        await sweep(post)
    assert len(phones.handed) == 2


# Pure: what is news, and when it waits


def a_time(hour: int = 12, **changed: Any) -> Time:
    starts = datetime(2026, 12, 1, hour, tzinfo=clock.SWEDEN)
    plain = Time(starts_at=starts, ends_at=starts + timedelta(minutes=30), contact="digital", holds=True)
    return msgspec.structs.replace(plain, **changed)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("kind", sorted(OF_BOOKING))
async def test_what_is_news_in_every_phase(given: Cast, kind: NoticeKind, phase: Phase) -> None:
    ref = await given.waiting_case(given.ruben)
    found = a_time()
    case = msgspec.structs.replace(await case_of(given, ref), phase=phase, booked_from=None)
    now = found.starts_at - timedelta(minutes=10)
    waits = phase in (Phase.BOOKED, Phase.ACCEPTED, Phase.ONGOING)
    expected = {
        K.TIME_WITHDRAWN: phase is Phase.BOOKED,
        K.BOOKING_CANCELLED: phase is Phase.CANCELLED,
        K.MISSED_VISIT: phase is Phase.CLOSED,
        K.BOOKING_NOW: False,
    }
    assert is_news(kind, case, found, now) is expected.get(kind, waits)
    assert not is_news(kind, case, msgspec.structs.replace(found, holds=False), now)
    assert not is_news(kind, case, None, now)
    starting = found.starts_at
    if kind is K.BOOKING_NOW:
        assert is_news(kind, case, found, starting) is (phase in (Phase.BOOKED, Phase.ACCEPTED))
        assert not is_news(kind, case, a_time(contact="physical"), starting)
        assert not is_news(kind, case, found, starting + timedelta(minutes=11))
    if kind in (K.BOOKED, K.REBOOKED, K.BOOKING_MORNING, K.BOOKING_SOON, K.EARLIER_OFFER):
        assert not is_news(kind, case, found, starting)
    if kind is K.BOOKING_MORNING:
        assert not is_news(kind, case, found, starting - timedelta(days=1))


@pytest.mark.parametrize(
    ("kind", "now", "hour", "until"),
    [
        # By day nothing waits.
        (K.BOOKED, "2026-11-30T15:00", 12, None),
        # In the night it waits for the morning.
        (K.BOOKED, "2026-11-30T22:00", 12, "2026-12-01T07:00"),
        (K.TIME_WITHDRAWN, "2026-11-30T22:00", 12, "2026-12-01T07:00"),
        (K.EARLIER_OFFER, "2026-11-30T22:00", 12, "2026-12-01T07:00"),
        # But never past an hour before the time: whoever has an early visit is told before it.
        (K.TIME_WITHDRAWN, "2026-11-30T22:00", 7, "2026-12-01T06:00"),
        (K.BOOKING_MORNING, "2026-12-01T05:00", 7, "2026-12-01T06:00"),
        (K.TIME_WITHDRAWN, "2026-12-01T06:30", 7, None),
        # What begins in a moment begins in a moment.
        (K.BOOKING_SOON, "2026-12-01T05:45", 6, None),
        (K.BOOKING_NOW, "2026-12-01T06:00", 6, None),
        # What is over waits for the morning.
        (K.MISSED_VISIT, "2026-12-01T22:00", 12, "2026-12-02T07:00"),
    ],
)
def test_at_a_sensible_hour(kind: NoticeKind, now: str, hour: int, until: str | None) -> None:
    def at(wall: str) -> datetime:
        return datetime.fromisoformat(wall).replace(tzinfo=clock.SWEDEN)

    assert wait_until(kind, a_time(hour), NIGHT, at(now)) == (at(until) if until else None)
    # The receipt of what somebody has just done comes at once.
    assert wait_until(kind, a_time(hour, by_patient=True), NIGHT, at(now)) is None


# To staff


async def test_staff_hear_of_times_of_their_own_while_at_work(
    given: Cast, post: Post, phones: Phones
) -> None:
    first, second = (await slots(given))[0], (await slots(given, staff=given.hamid, days=4))[0]
    await wants(given, "ylva", "hamid", "siri", "olle", "nora")
    await on_shift(given, "ylva", "siri", "olle", "nora")
    ref = await booked(given, first)
    await sent(post, ref, S.TIME_BOOKED, 2)
    assert phones.names == ["ylva"]
    phones.handed.clear()
    n = await rebooked(given, ref, second)
    # Hamid has it now, but is not at work.
    await sent(post, ref, S.TIME_BOOKED, n)
    await sent(post, ref, S.TIME_CANCELLED, n)
    assert phones.names == ["ylva"]
    phones.handed.clear()
    await on_shift(given, "hamid")
    n = await cancel(given.house, by=given.ruben, ref=ref, reason="")
    for _ in range(2):
        await sent(post, ref, S.TIME_CANCELLED, n)
    assert phones.names == ["hamid"]


async def test_nobody_is_told_of_what_they_did_or_did_not_choose(
    given: Cast, post: Post, phones: Phones
) -> None:
    (slot,) = await slots(given)
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    ref = await booked(given, slot)
    n = await cancel(given.house, by=given.ylva, ref=ref, reason="Ylva är sjuk.")
    await sent(post, ref, S.TIME_CANCELLED, n)
    (slot,) = await slots(given, days=4)
    await wants(given, "ylva", choice=False)
    other = await booked(given, slot)
    await sent(post, other, S.TIME_BOOKED, 2)
    assert phones.handed == []


async def test_a_visit_that_begins_soon_is_told_once_to_whose_it_is(
    given: Cast, post: Post, phones: Phones
) -> None:
    (slot,) = await slots(given)
    await wants(given, "ylva", "hamid")
    ref = await booked(given, slot)
    with clock.shifted(noon(3) - timedelta(minutes=10) - clock.now()):
        await on_shift(given, "ylva", "hamid")
        for _ in range(3):
            await look(post, ref.provider_id)
        assert [line.text for line in await page_of(given)] == ["Ditt bokade besök börjar 12.00."]
    kinds = await told(given, ref)
    assert kinds == [("time_soon", given.ylva.staff_id)]


async def test_a_visit_that_nobody_began_is_told_to_the_role_where_its_owner_is_away(
    given: Cast, post: Post
) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    with clock.shifted(noon(3) + timedelta(minutes=31) - clock.now()):
        await on_shift(given, "hamid", "siri", "olle")
        await look(post, ref.provider_id)
        assert await told(given, ref) == [("not_started", given.hamid.staff_id)]
        [line] = await page_of(given, given.hamid)
        assert line.text == "Besöket som var bokat 12.00 har inte påbörjats."
        await put_away(given.database, by=given.hamid, notice_id=line.notice_id)
        assert await page_of(given, given.hamid) == []


async def test_a_visit_that_was_begun_is_no_news(given: Cast, post: Post) -> None:
    (slot,) = await slots(given)
    ref = await booked(given, slot)
    with clock.shifted(noon(3) + timedelta(minutes=31) - clock.now()):
        await on_shift(given, "ylva")
        await accept(given.house, by=given.ylva, ref=ref)
        await look(post, ref.provider_id)
        await jobs.registered()["notifications.not_started"](post, {"ref": str(ref), "n": 2})
    assert await told(given, ref) == []


async def page_of(given: Cast, by: Any = None) -> Any:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        return await lines(connection, by=by, lang="sv")


async def told(given: Cast, ref: CaseRef) -> list[tuple[str, int]]:
    rows = await fetch(
        given,
        "SELECT kind, staff_id FROM notice WHERE case_id = $1 AND staff_id IS NOT NULL ORDER BY notice_id",
        ref.case_id,
    )
    return [(row["kind"], row["staff_id"]) for row in rows]
