"""Texts to staff: by their choice, on an open shift at the unit and in the role, once, and never a patient's name."""

import asyncio
from datetime import timedelta

import pytest
from tests.cast import Cast

from vardlots.access.actions import end_shift
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.notifications.actions import GIVE_UP_AFTER, Post
from vardlots.notifications.jobs import sweep
from vardlots.notifications.model import NoticeState, StaffNoticeKind
from vardlots.notifications.sms import NotAccepted
from vardlots.notifications.staff.actions import tell, write_down
from vardlots.notifications.tests.phones import NUMBERS, Phones, on_shift, post_with, sent, system, wants
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Unavailable

MESSAGE, PATIENT = StaffNoticeKind.NEW_MESSAGE, StaffNoticeKind.NEW_PATIENT


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


async def answered(given: Cast, key: str = "message-first-0001") -> tuple[CaseRef, int]:
    """A visit that has ended, and the patient has written since."""
    ref = await given.ongoing_case(given.elin, given.ylva)
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    return ref, await says(given, ref, key)


async def says(given: Cast, ref: CaseRef, key: str) -> int:
    await write(given.house, by=given.elin, ref=ref, message=Message("Det kliar igen.", key))
    async with given.database.transaction(given.ylva.scope) as connection:
        return (await readable_case(connection, by=given.ylva, ref=ref)).last_n


async def test_those_on_shift_at_the_unit_in_the_role_who_chose_it(
    given: Cast, post: Post, phones: Phones
) -> None:
    """Ylva wants it and is on shift; Hamid wants it and is off; Siri is a physician; Olle is at another unit."""
    await wants(given, "ylva", "hamid", "siri", "olle", "nora")
    await on_shift(given, "ylva", "siri", "olle", "nora")
    ref = await given.waiting_case(given.elin, person_id=given.tuva)
    await sent(post, ref, PATIENT, 1)
    assert phones.numbers == [NUMBERS["ylva"]]


@pytest.mark.parametrize("name", ["choice", "mobile"])
async def test_not_without_the_choice_or_the_number(
    given: Cast, post: Post, phones: Phones, name: str
) -> None:
    await wants(given, "ylva", **{name: False})
    await on_shift(given, "ylva")
    await sent(post, await given.waiting_case(given.elin), PATIENT, 1)
    assert phones.handed == []


async def test_each_kind_is_chosen_for_itself(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE staff SET notices = $2 WHERE staff_id = $1", given.ylva.staff_id, {"new_message": True}
        )
    await sent(post, await given.waiting_case(given.ruben), PATIENT, 1)
    assert phones.handed == []
    ref, n = await answered(given)
    await sent(post, ref, MESSAGE, n)
    assert phones.numbers == [NUMBERS["ylva"]]


async def test_not_to_somebody_whose_assignment_has_ended(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE assignment SET valid_to = $2 WHERE staff_id = $1",
            given.ylva.staff_id,
            clock.today() - timedelta(days=1),
        )
    await sent(post, await given.waiting_case(given.elin), PATIENT, 1)
    assert phones.handed == []


async def test_a_message_is_the_owners_while_they_are_on_shift_and_else_the_roles(
    given: Cast, post: Post, phones: Phones
) -> None:
    """Siri the physician had a case of the nurses'."""
    await wants(given, "ylva", "siri", "olle")
    await on_shift(given, "ylva", "siri", "olle")
    ref = await given.ongoing_case(given.elin, given.siri)
    await cases.end(given.house, by=given.siri, ref=ref, follow_up_days=7)
    n = await says(given, ref, "message-m1-0001")
    await sent(post, ref, MESSAGE, n)
    assert phones.numbers == [NUMBERS["siri"]]
    await end_shift(given.database, by=given.siri)
    await sent(post, ref, MESSAGE, n)
    assert phones.numbers == sorted([NUMBERS["ylva"], NUMBERS["siri"]])


async def test_once_however_often_the_job_runs_and_however_many_workers(
    given: Cast, post: Post, phones: Phones
) -> None:
    await wants(given, "ylva", "hamid")
    await on_shift(given, "ylva", "hamid")
    ref = await given.waiting_case(given.elin)
    found = await asyncio.gather(
        *(write_down(post, by=system(ref), ref=ref, kind=PATIENT, n=1) for _ in range(6))
    )
    ids = [notice_id for some in found for notice_id in some]
    assert len(ids) == len(set(ids)) == 2
    for notice_id in ids * 2:
        await tell(post, by=system(ref), notice_id=notice_id)
    assert phones.numbers == [NUMBERS["ylva"], NUMBERS["hamid"]]
    # At the same time both may hand it over, always as the same message.
    assert len({sms.reference for sms in phones.handed}) == 2


async def test_a_second_message_before_anybody_has_read_needs_no_second_text(
    given: Cast, post: Post, phones: Phones
) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    ref, n = await answered(given)
    await sent(post, ref, MESSAGE, n)
    await sent(post, ref, MESSAGE, await says(given, ref, "message-m2-0001"))
    assert len(phones.handed) == 1
    await mark_read(given.house, by=given.ylva, ref=ref, n=n + 1)
    await sent(post, ref, MESSAGE, await says(given, ref, "message-m3-0001"))
    assert len(phones.handed) == 2


async def test_not_when_it_is_no_longer_news(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva", "hamid")
    await on_shift(given, "ylva", "hamid")
    ref = await given.waiting_case(given.ruben)
    ids = await write_down(post, by=system(ref), ref=ref, kind=PATIENT, n=1)
    await cases.accept(given.house, by=given.hamid, ref=ref)
    states = [await tell(post, by=system(ref), notice_id=notice_id) for notice_id in ids]
    assert states == [NoticeState.SKIPPED, NoticeState.SKIPPED]
    assert await write_down(post, by=system(ref), ref=ref, kind=PATIENT, n=1) == []
    assert phones.handed == []


async def test_not_when_the_shift_has_ended_since(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    ref = await given.waiting_case(given.ruben)
    [notice_id] = await write_down(post, by=system(ref), ref=ref, kind=PATIENT, n=1)
    await end_shift(given.database, by=given.ylva)
    assert await tell(post, by=system(ref), notice_id=notice_id) is NoticeState.SKIPPED
    assert phones.handed == []


async def test_the_text_names_the_unit_and_nobody(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    ref = await given.waiting_case(given.elin, person_id=given.tuva)
    await sent(post, ref, PATIENT, 1)
    other, n = await answered(given)
    await sent(post, other, MESSAGE, n)
    for sms in phones.handed:
        assert sms.text.startswith("Ängsviken: ")
        assert len(sms.text) <= 160
        for secret in ("Tuva", "Elin", "Sjöqvarn", "axel", "kliar", str(ref), str(other)):
            assert secret not in sms.text
        assert "Elin" not in sms.reference


async def test_the_patients_side_and_the_case_know_nothing_of_it(given: Cast, post: Post) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    ref = await given.waiting_case(given.elin)
    await sent(post, ref, PATIENT, 1)
    async with given.database.transaction(given.elin.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM notice WHERE case_id = $1", ref.case_id) == 0
    async with given.database.transaction(given.nora.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM notice WHERE case_id = $1", ref.case_id) == 0
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (await readable_case(connection, by=given.ylva, ref=ref)).notice_state == "none"
        assert len(await timeline(connection, ref)) == 1


async def test_a_fault_of_one_number_stops_nobody_else(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva", "hamid")
    await on_shift(given, "ylva", "hamid")
    ref = await given.waiting_case(given.elin)
    first, second = await write_down(post, by=system(ref), ref=ref, kind=PATIENT, n=1)
    phones.breaks = NotAccepted(400)
    assert await tell(post, by=system(ref), notice_id=first) is NoticeState.FAILED
    phones.breaks = Unavailable("borta")
    with pytest.raises(Unavailable):
        await tell(post, by=system(ref), notice_id=second)
    phones.breaks = None
    assert await tell(post, by=system(ref), notice_id=second) is NoticeState.SENT
    assert len(phones.handed) == 1


@pytest.mark.slow
async def test_what_cannot_be_sent_for_hours_is_given_up_and_the_patients_case_is_left_alone(
    given: Cast, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    ref = await given.waiting_case(given.elin)
    [notice_id] = await write_down(post, by=system(ref), ref=ref, kind=PATIENT, n=1)
    later = clock.now() + GIVE_UP_AFTER + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await sweep(post)
    async with given.database.transaction(given.ylva.scope) as connection:
        state, why = await connection.fetchrow(
            "SELECT state, why FROM notice WHERE notice_id = $1", notice_id
        )
        assert (state, why) == ("failed", "gave_up")
        assert (await readable_case(connection, by=given.ylva, ref=ref)).notice_state == "none"


async def test_the_verbs_promise_the_jobs(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the patient's own transaction: nothing is told of what was rolled back."""
    promised: list[tuple[str, object]] = []
    real = jobs.enqueue

    async def noted(connection: object, name: str, payload: dict[str, object], **how: object) -> None:
        promised.append((name, payload.get("n")))
        await real(connection, name, payload, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "enqueue", noted)
    ref = await given.ongoing_case(given.elin)
    assert ("notifications.new_patient", 1) in promised
    await write(given.house, by=given.elin, ref=ref, message=Message("Under besöket.", "message-k1-0001"))
    assert not [name for name, _ in promised if name == "notifications.new_message"]
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    n = await says(given, ref, "message-k2-0001")
    assert promised[-1] == ("notifications.new_message", n)
    registered = jobs.registered()
    assert {"notifications.new_patient", "notifications.new_message", "notifications.to_staff"} <= set(
        registered
    )
