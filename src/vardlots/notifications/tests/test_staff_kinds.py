"""Every kind of notice to staff: by the verbs that promise it, who is told, and that nobody else is."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Cast

import vardlots.notifications.jobs  # noqa: F401  registers its jobs
from vardlots.access.actions import end_shift
from vardlots.cases import actions as cases
from vardlots.cases.ending.actions import end
from vardlots.cases.guests.actions import invite, join, leave
from vardlots.cases.handovers.actions import accept_handover, decline_handover, hand_over
from vardlots.cases.handovers.model import Receiver, Why
from vardlots.cases.model import Audience, Case, CaseRef, Verb
from vardlots.cases.pauses.actions import pause, resume_when_due
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import turn
from vardlots.conversations.actions import Message, write
from vardlots.notifications.actions import Post
from vardlots.notifications.model import IN_PAGE, OF_TIMES, NoticeState, StaffNoticeKind
from vardlots.notifications.staff.actions import tell, write_down
from vardlots.notifications.tests.phones import NUMBERS, Phones, on_shift, post_with, sent, system, wants
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY

K = StaffNoticeKind
Made = tuple[CaseRef, int]


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def new_patient(given: Cast) -> Made:
    return await given.waiting_case(given.elin), 1


async def worse(given: Cast) -> Made:
    return await given.waiting_case(given.elin), 1


async def worse_in_visit(given: Cast) -> Made:
    ref = await given.ongoing_case(given.elin)
    await write(given.house, by=given.elin, ref=ref, message=Message("Det blir värre.", "worse-row-0001"))
    return ref, (await case_of(given, ref)).last_n


async def new_message(given: Cast) -> Made:
    ref = await given.ongoing_case(given.elin)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    return ref, await write(
        given.house, by=given.elin, ref=ref, message=Message("Det kliar.", "message-row-01")
    )


async def _asked(given: Cast, to: Receiver) -> Made:
    ref = await given.ongoing_case(given.elin)
    n = await hand_over(
        given.house, by=given.ylva, ref=ref, to=to, priority=3, why=Why.OTHER_COMPETENCE, message="Se svaren."
    )
    return ref, n


async def handover_to_role(given: Cast) -> Made:
    return await _asked(given, Receiver("nurse"))


async def handover_to_person(given: Cast) -> Made:
    return await _asked(given, Receiver("physician", given.siri.staff_id))


async def handover_answered(given: Cast) -> Made:
    ref, n = await handover_to_role(given)
    return ref, await accept_handover(given.house, by=given.hamid, ref=ref, n=n)


async def handover_declined(given: Cast) -> Made:
    ref, n = await handover_to_person(given)
    return ref, await decline_handover(given.house, by=given.siri, ref=ref, n=n, reason="Jag slutar nu.")


async def guest_invited(given: Cast) -> Made:
    ref = await given.ongoing_case(given.elin)
    return ref, await invite(
        given.house, by=given.ylva, ref=ref, staff_id=given.siri.staff_id, mode="consult"
    )


async def resumed(given: Cast) -> Made:
    ref = await given.ongoing_case(given.elin)
    until = clock.now() + timedelta(minutes=30)
    await pause(
        given.house, by=given.ylva, ref=ref, until=until, text="Jag är tillbaka snart.", key="pause-row-00001"
    )
    with clock.shifted(timedelta(minutes=31)):
        n = await resume_when_due(given.house, by=system(ref), ref=ref)
    assert n is not None
    return ref, n


async def must_call(given: Cast) -> Made:
    ref = await given.ongoing_case(given.elin, priority=1)
    async with turn(given.house, by=system(ref), ref=ref, verb=Verb.MUST_CALL) as now_at:
        n = await now_at.record({}, audience=Audience.STAFF, chase="call", chase_at=None)
    return ref, n


async def export_failed(given: Cast) -> Made:
    ref = await given.ongoing_case(given.elin)
    return ref, await exported(given, ref, "failed")


async def exported(given: Cast, ref: CaseRef, outcome: str, note_id: int = 987654) -> int:
    async with turn(given.house, by=system(ref), ref=ref, verb=Verb.EXPORT) as now_at:
        return await now_at.record({"note_id": note_id, "outcome": outcome}, audience=Audience.STAFF)


async def left_open(given: Cast) -> Made:
    ref = await given.ongoing_case(given.elin)
    n = await write(given.house, by=given.elin, ref=ref, message=Message("Är du kvar?", "open-row-00001"))
    return ref, n


# What happens, whom it is for when everybody is on shift, and when Ylva, whose visit it is, has gone home.
MATRIX: list[tuple[K, Callable[[Cast], Awaitable[Made]], list[str], list[str]]] = [
    (K.NEW_PATIENT, new_patient, ["hamid", "ylva"], ["hamid"]),
    (K.WORSE, worse, ["hamid", "ylva"], ["hamid"]),
    (K.WORSE, worse_in_visit, ["ylva"], []),
    (K.NEW_MESSAGE, new_message, ["ylva"], ["hamid"]),
    (K.HANDOVER, handover_to_role, ["hamid"], ["hamid"]),
    (K.HANDOVER, handover_to_person, ["siri"], ["siri"]),
    (K.HANDOVER_ANSWERED, handover_answered, ["ylva"], []),
    (K.HANDOVER_ANSWERED, handover_declined, ["ylva"], []),
    (K.GUEST_INVITED, guest_invited, ["siri"], ["siri"]),
    (K.RESUMED, resumed, ["ylva"], []),
    (K.MUST_CALL, must_call, ["ylva"], ["hamid"]),
    (K.EXPORT_FAILED, export_failed, ["ylva"], []),
    (K.LEFT_OPEN, left_open, ["ylva"], ["ylva"]),
]
EVERYBODY = ("ylva", "hamid", "siri", "petra", "olle", "nora")
each_kind = pytest.mark.parametrize(
    ("kind", "happens", "told", "without_owner"), MATRIX, ids=lambda one: getattr(one, "__name__", None)
)


def test_the_matrix_has_every_kind() -> None:
    # What is told of booked times is in test_times.py.
    assert {kind for kind, *_ in MATRIX} == set(StaffNoticeKind) - OF_TIMES


@each_kind
async def test_whoever_is_meant_is_told_and_nobody_else(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, told: list[str], without_owner: list[str]
) -> None:
    """With a colleague in each role here, at another unit and at another provider, all of them at work."""
    await wants(given, *EVERYBODY)
    await on_shift(given, *EVERYBODY)
    ref, n = await happens(given)
    await sent(post, ref, kind, n)
    assert phones.names == told


@each_kind
async def test_at_work_or_not(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, told: list[str], without_owner: list[str]
) -> None:
    await wants(given, *EVERYBODY)
    await on_shift(given, *EVERYBODY)
    ref, n = await happens(given)
    await end_shift(given.database, by=given.ylva)
    await sent(post, ref, kind, n)
    assert phones.names == without_owner


@each_kind
async def test_nobody_at_work(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, told: list[str], without_owner: list[str]
) -> None:
    await wants(given, *EVERYBODY)
    ref, n = await happens(given)
    await sent(post, ref, kind, n)
    assert phones.names == (["ylva"] if kind is K.LEFT_OPEN else [])


@each_kind
async def test_by_their_own_choice(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, told: list[str], without_owner: list[str]
) -> None:
    """A visit left open is not chosen. Without the text, those who are meant still have the line in their page."""
    await wants(given, *EVERYBODY, choice=False)
    await on_shift(given, *EVERYBODY)
    ref, n = await happens(given)
    await sent(post, ref, kind, n)
    assert phones.names == (told if kind is K.LEFT_OPEN else [])
    whys = await kept(given, ref, kind)
    want = dict.fromkeys(told, "not_chosen") if kind in IN_PAGE else {}
    assert whys == ({"ylva": None} if kind is K.LEFT_OPEN else want)


@each_kind
async def test_without_a_number(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, told: list[str], without_owner: list[str]
) -> None:
    await wants(given, *EVERYBODY, mobile=False)
    await on_shift(given, *EVERYBODY)
    ref, n = await happens(given)
    await sent(post, ref, kind, n)
    assert phones.handed == []
    assert await kept(given, ref, kind) == (dict.fromkeys(told, "no_number") if kind in IN_PAGE else {})


@each_kind
async def test_once_under_many_workers(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, told: list[str], without_owner: list[str]
) -> None:
    await wants(given, *EVERYBODY)
    await on_shift(given, *EVERYBODY)
    ref, n = await happens(given)
    by = system(ref)
    found = await asyncio.gather(*(write_down(post, by=by, ref=ref, kind=kind, n=n) for _ in range(5)))
    ids = [one for some in found for one in some]
    assert len(ids) == len(told)
    await asyncio.gather(*(tell(post, by=by, notice_id=one) for one in ids * 3))
    # Each may be handed over more than once, always under the same reference: one message to the phone.
    assert len({sms.reference for sms in phones.handed}) == len(told)
    assert {sms.recipient for sms in phones.handed} == {NUMBERS[name] for name in told}


@each_kind
async def test_the_assignment_must_hold_today(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, told: list[str], without_owner: list[str]
) -> None:
    await wants(given, *EVERYBODY)
    await on_shift(given, *EVERYBODY)
    ref, n = await happens(given)
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE assignment SET valid_to = $2 WHERE staff_id = ANY ($1::bigint[])",
            [getattr(given, name).staff_id for name in EVERYBODY],
            clock.today() - timedelta(days=1),
        )
    await sent(post, ref, kind, n)
    assert phones.handed == []


async def kept(given: Cast, ref: CaseRef, kind: K) -> dict[str, str | None]:
    """Why those who are meant get no text, by the cast's names."""
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch(
            "SELECT staff_id, why FROM notice WHERE provider_id = $1 AND case_id = $2 AND kind = $3",
            *ref,
            kind,
        )
    names = {getattr(given, name).staff_id: name for name in EVERYBODY}
    return {names[row["staff_id"]]: row["why"] for row in rows}


# What takes care of each, so that it is no news any longer.
async def _accept(given: Cast, ref: CaseRef, n: int) -> None:
    await cases.accept(given.house, by=given.hamid, ref=ref)


async def _write(given: Cast, ref: CaseRef, n: int) -> None:
    await write(given.house, by=given.ylva, ref=ref, message=Message("Jag är här.", "settling-000001"))


async def _take_handover(given: Cast, ref: CaseRef, n: int) -> None:
    await accept_handover(given.house, by=given.hamid, ref=ref, n=n)


async def _ask_again(given: Cast, ref: CaseRef, n: int) -> None:
    await hand_over(given.house, by=given.ylva, ref=ref, to=Receiver("nurse"), priority=3, why=Why.MISPLACED)


async def _join(given: Cast, ref: CaseRef, n: int) -> None:
    await join(given.house, by=given.siri, ref=ref)


async def _leave(given: Cast, ref: CaseRef, n: int) -> None:
    await leave(given.house, by=given.ylva, ref=ref, staff_id=given.siri.staff_id)


async def _speak(given: Cast, ref: CaseRef, n: int) -> None:
    await write(given.house, by=given.elin, ref=ref, message=Message("Jag är här.", "settling-000002"))


async def _arrive(given: Cast, ref: CaseRef, n: int) -> None:
    await exported(given, ref, "sent")


@pytest.mark.parametrize(
    ("kind", "happens", "settles"),
    [
        (K.NEW_PATIENT, new_patient, _accept),
        (K.WORSE, worse_in_visit, _write),
        (K.NEW_MESSAGE, new_message, _write),
        (K.HANDOVER, handover_to_role, _take_handover),
        (K.HANDOVER_ANSWERED, handover_declined, _ask_again),
        (K.GUEST_INVITED, guest_invited, _join),
        (K.GUEST_INVITED, guest_invited, _leave),
        (K.RESUMED, resumed, _write),
        (K.MUST_CALL, must_call, _speak),
        (K.EXPORT_FAILED, export_failed, _arrive),
        (K.LEFT_OPEN, left_open, _write),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
async def test_what_is_taken_care_of_is_told_nobody(
    given: Cast, post: Post, phones: Phones, kind: K, happens: Any, settles: Any
) -> None:
    """Neither when it is written down, nor when it is about to be sent."""
    await wants(given, *EVERYBODY)
    await on_shift(given, *EVERYBODY)
    ref, n = await happens(given)
    ids = await write_down(post, by=system(ref), ref=ref, kind=kind, n=n)
    assert ids
    await settles(given, ref, n)
    states = {await tell(post, by=system(ref), notice_id=one) for one in ids}
    assert states == {NoticeState.SKIPPED}
    assert await write_down(post, by=system(ref), ref=ref, kind=kind, n=n) == []
    assert phones.handed == []


async def test_a_guest_is_found_at_the_unit_where_they_work(given: Cast, post: Post, phones: Phones) -> None:
    """Olle works at another unit today, and is asked by name."""
    await wants(given, "olle")
    await on_shift(given, "olle")
    ref = await given.ongoing_case(given.elin)
    n = await invite(given.house, by=given.ylva, ref=ref, staff_id=given.olle.staff_id, mode="chat")
    await sent(post, ref, K.GUEST_INVITED, n)
    assert phones.names == ["olle"]


async def test_a_row_of_another_kind_is_no_news(given: Cast, post: Post) -> None:
    await wants(given, *EVERYBODY)
    await on_shift(given, *EVERYBODY)
    ref = await given.ongoing_case(given.elin)
    for kind in (K.HANDOVER_ANSWERED, K.GUEST_INVITED, K.EXPORT_FAILED, K.HANDOVER, K.MUST_CALL):
        assert await write_down(post, by=system(ref), ref=ref, kind=kind, n=1) == []


async def test_a_fault_on_the_way_leaves_nothing(
    given: Cast, post: Post, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row and the promise of its text come together; tried again, it has the same reference."""
    await wants(given, "siri")
    await on_shift(given, "siri")
    ref, n = await guest_invited(given)

    async def fall(*_: object, **__: object) -> None:
        raise RuntimeError("fell")

    monkeypatch.setattr(jobs, "enqueue", fall)
    with pytest.raises(RuntimeError):
        await write_down(post, by=system(ref), ref=ref, kind=K.GUEST_INVITED, n=n)
    monkeypatch.undo()
    assert await kept(given, ref, K.GUEST_INVITED) == {}
    await sent(post, ref, K.GUEST_INVITED, n)
    assert [sms.reference for sms in phones.handed] == [
        f"vardlots-{ref}-guest_invited-{n}-staff-{given.siri.staff_id}"
    ]


async def test_every_promise_has_a_handler_and_the_verbs_promise_them(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised: list[str] = []

    async def noted(_: object, name: str, payload: dict[str, object], **__: object) -> None:
        promised.append(name)

    monkeypatch.setattr(jobs, "enqueue", noted)
    await handover_answered(given)
    monkeypatch.undo()
    assert {"notifications.handover", "notifications.handover_answered"} <= set(promised)
    # The patient hears that somebody else has the visit.
    assert promised.count("notifications.case_accepted") == 2
    names = {f"notifications.{kind}" for kind in set(StaffNoticeKind) - {K.TIME_SOON}}
    assert names <= set(jobs.registered())
    assert {name for name in promised if name.startswith("notifications.")} <= set(jobs.registered())
