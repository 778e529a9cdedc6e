"""An administrative errand: how it arrives, who answers it, and that time alone never closes it unanswered."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actions import start_shift
from vardlots.access.actor import Actor, SystemActor
from vardlots.cases import actions, jobs
from vardlots.cases.fold import Folded, fold
from vardlots.cases.model import Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.openings import actions as openings
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.notes import actions as notes
from vardlots.notes.model import NoteFields
from vardlots.platform import clock
from vardlots.platform import jobs as enqueued
from vardlots.platform.errors import Forbidden, NotFound, SomebodyWasFirst, WrongState

DAYS = timedelta(days=14)


async def sent(
    given: Cast, *, role: str = "medical_admin", reason: str = "renew_prescription", **more: Any
) -> CaseRef:
    """An errand that has come as a message."""
    new = await given.new_case(given.ruben, reason=reason, priority=12, role=role)
    new = msgspec.structs.replace(new, **({"kind": "administrative", "open_for": DAYS} | more))
    return (await actions.open_case(given.house, by=given.ruben, new=new)).ref


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows_of(given: Cast, ref: CaseRef) -> list[Entry]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await timeline(connection, ref)


@pytest.fixture
def promised(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """The jobs that have been promised: name, case, when."""
    found: list[tuple[str, str, Any]] = []
    real = enqueued.enqueue

    async def noted(connection: Any, name: str, payload: dict[str, Any], **how: Any) -> None:
        found.append((name, payload.get("ref", ""), how.get("at")))
        await real(connection, name, payload, **how)

    monkeypatch.setattr(enqueued, "enqueue", noted)
    return found


def says(case: Case) -> Folded:
    """What the case row says, as the timeline's fold would."""
    return Folded(
        case.phase, case.priority, case.owner_staff_id, case.writable_until, case.inbox_at is not None
    )


async def test_it_comes_as_a_message_that_the_role_has_and_nobody_owns(given: Cast) -> None:
    ref = await sent(given)
    case = await case_of(given, ref)
    assert (case.kind, case.phase, case.owner_staff_id, case.role) == (
        "administrative", Phase.FOLLOW_UP, None, "medical_admin",
    )  # fmt: skip
    assert case.ended_at == case.inbox_at == case.arrived_at
    assert case.writable_until == case.arrived_at + DAYS
    rows = await rows_of(given, ref)
    assert [row.kind for row in rows] == [Kind.OPENED]
    assert fold(rows) == says(case)


async def test_the_same_tap_twice_is_one_errand_and_another_errand_is_another(given: Cast) -> None:
    new = msgspec.structs.replace(
        await given.new_case(given.ruben, reason="unit_question"), kind="administrative", open_for=DAYS
    )
    first, second = await asyncio.gather(
        *(actions.open_case(given.house, by=given.ruben, new=new) for _ in range(2))
    )
    assert first.ref == second.ref
    assert await sent(given, reason="unit_question") != first.ref


async def test_in_the_queue_it_is_a_case_like_any_other(given: Cast) -> None:
    ref = await sent(given, open_for=None)
    case = await case_of(given, ref)
    assert (case.kind, case.phase, case.ended_at, case.inbox_at) == (
        "administrative",
        Phase.QUEUED,
        None,
        None,
    )
    await actions.accept(given.house, by=given.petra, ref=ref)
    await actions.start(given.house, by=given.petra, ref=ref, welcome="Hej.")
    await actions.end(given.house, by=given.petra, ref=ref, follow_up_days=0)
    assert fold(await rows_of(given, ref)) == says(await case_of(given, ref))


async def test_the_load_balancer_never_gives_a_message_to_anybody(
    given: Cast, promised: list[tuple[str, str, Any]]
) -> None:
    await start_shift(
        given.database,
        by=given.petra,
        unit_id=given.angsviken.unit_id,
        role="medical_admin",
        shift_type="primary",
        load_balancer=True,
    )
    ref = await sent(given)
    queue = {"provider_id": ref.provider_id, "unit_id": given.angsviken.unit_id, "role": "medical_admin"}
    await jobs.balance(given.house, queue)
    assert (await case_of(given, ref)).owner_staff_id is None
    assert [name for name, _, _ in promised][-2:] == ["notifications.new_message", "cases.close"]


@pytest.mark.parametrize("who", ["petra", "ylva", "siri"])
async def test_its_own_role_and_every_clinical_role_answers_it(
    given: Cast, who: str, promised: list[tuple[str, str, Any]]
) -> None:
    ref = await sent(given)
    await write(
        given.house, by=getattr(given, who), ref=ref, message=Message("Receptet är förnyat.", "answer-0001")
    )
    case = await case_of(given, ref)
    assert (case.inbox_at, case.owner_staff_id, case.phase) == (None, None, Phase.FOLLOW_UP)
    assert promised[-1][0] == "notifications.message_waiting"
    assert fold(await rows_of(given, ref)) == says(case)


@pytest.mark.parametrize(
    ("who", "refusal"), [("olle", Forbidden), ("nora", NotFound), ("astrid", Forbidden), ("matti", NotFound)]
)
async def test_nobody_else_answers_or_takes_it(given: Cast, who: str, refusal: type[Exception]) -> None:
    ref, by = await sent(given), getattr(given, who)
    with pytest.raises(refusal):
        await write(given.house, by=by, ref=ref, message=Message("Hej.", "answer-0002"))
    with pytest.raises(refusal):
        await actions.accept(given.house, by=by, ref=ref)
    assert [row.kind for row in await rows_of(given, ref)] == [Kind.OPENED]


async def test_an_administrator_does_not_answer_what_was_asked_of_a_nurse(given: Cast) -> None:
    ref = await sent(given, role="nurse")
    with pytest.raises(Forbidden):
        await write(given.house, by=given.petra, ref=ref, message=Message("Hej.", "answer-0003"))
    with pytest.raises(Forbidden):
        await actions.accept(given.house, by=given.petra, ref=ref)


async def test_of_two_who_take_it_at_once_one_has_it_and_the_other_reads_who(
    given: Cast, promised: list[tuple[str, str, Any]]
) -> None:
    ref = await sent(given)
    results = await asyncio.gather(
        *(actions.accept(given.house, by=by, ref=ref) for by in (given.petra, given.ylva)),
        return_exceptions=True,
    )
    late = [one for one in results if isinstance(one, Exception)]
    assert len(late) == 1
    assert isinstance(late[0], SomebodyWasFirst)
    case = await case_of(given, ref)
    assert case.owner_staff_id in (given.petra.staff_id, given.ylva.staff_id)
    # It stays a message in the inbox until somebody answers, and the patient gets no text for that it was taken.
    assert case.phase is Phase.FOLLOW_UP
    assert case.inbox_at is not None
    assert case.accepted_at is None, "nobody has waited in a queue for it"
    assert "notifications.case_accepted" not in [name for name, _, _ in promised]
    assert fold(await rows_of(given, ref)) == says(case)


async def test_what_has_been_a_visit_is_not_taken_anew(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    with pytest.raises(WrongState):
        await actions.accept(given.house, by=given.hamid, ref=ref)


async def test_it_can_be_noted_and_marked_as_done(given: Cast) -> None:
    ref = await sent(given)
    saved = await notes.save_draft(
        given.house, by=given.petra, ref=ref, rev=0, fields=NoteFields(history="Recept förnyat.")
    )
    await notes.sign(given.house, by=given.petra, ref=ref, rev=saved.rev)
    await actions.mark_done(given.house, by=given.petra, ref=ref)
    case = await case_of(given, ref)
    assert case.inbox_at is None
    assert fold(await rows_of(given, ref)) == says(case)
    assert await closed(given, ref, case.arrived_at + DAYS)


async def closed(given: Cast, ref: CaseRef, at: Any) -> bool:
    """Whether the job that closes it does so at a moment."""
    with clock.at(at):
        n = await actions.close(given.house, by=SystemActor(ref.provider_id, "cases.close"), ref=ref)
    return n is not None


async def test_time_alone_does_not_close_what_nobody_has_answered(
    given: Cast, promised: list[tuple[str, str, Any]]
) -> None:
    ref = await sent(given)
    late = (await case_of(given, ref)).arrived_at + DAYS + timedelta(days=2)
    assert not await closed(given, ref, late)
    with clock.at(late):
        await jobs.close(given.house, {"ref": str(ref)})
        await jobs.sweep(given.house)
    again = [at for name, about, at in promised if (name, about) == ("cases.close", str(ref))]
    assert again[1:] == [late + jobs.LOOK_AGAIN], "looked at again, and not at once"
    # Both sides still write, and whoever is answered late has days to reply.
    with clock.at(late):
        await write(given.house, by=given.ruben, ref=ref, message=Message("Hallå?", "still-here-1"))
        await write(given.house, by=given.petra, ref=ref, message=Message("Förnyat nu.", "answer-0004"))
    case = await case_of(given, ref)
    assert case.writable_until == late + timedelta(days=3)
    assert fold(await rows_of(given, ref)) == says(case)
    assert not await closed(given, ref, late + timedelta(days=2))
    assert await closed(given, ref, late + timedelta(days=3))


async def test_the_patient_and_a_guardian_who_looks_on(given: Cast) -> None:
    new = await given.new_case(given.elin, person_id=given.tuva, reason="certificate", role="medical_admin")
    new = msgspec.structs.replace(new, kind="administrative", open_for=DAYS)
    ref = (await actions.open_case(given.house, by=given.elin, new=new)).ref
    await write(given.house, by=given.elin, ref=ref, message=Message("En sak till.", "more-words-1"))
    with pytest.raises(Forbidden):
        await write(given.house, by=given.matti, ref=ref, message=Message("Och jag.", "more-words-2"))
    with pytest.raises(NotFound):
        await write(given.house, by=given.ruben, ref=ref, message=Message("Och jag.", "more-words-3"))


async def test_a_fault_on_the_way_leaves_nothing(given: Cast) -> None:
    new = await given.new_case(given.ruben, reason="certificate")
    new = msgspec.structs.replace(new, kind="nonsense", open_for=DAYS)
    with pytest.raises(asyncpg.CheckViolationError):
        await actions.open_case(given.house, by=given.ruben, new=new)
    by: Actor = given.ruben
    async with given.database.transaction(by.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM care_case") == 0
        assert (
            await connection.fetchval("SELECT stage FROM interview WHERE interview_id = $1", new.interview_id)
            == "post"
        )


async def test_an_errand_that_somebody_has_is_taken_over_and_one_that_nobody_has_is_taken(
    given: Cast,
) -> None:
    ref = await sent(given)
    with pytest.raises(WrongState) as nobodys:
        await openings.take_over(
            given.house, by=given.ylva, ref=ref, from_staff_id=given.petra.staff_id, reason="Hos fel enhet"
        )
    assert nobodys.value.code == "nobodys"
    await actions.accept(given.house, by=given.petra, ref=ref)
    await openings.take_over(
        given.house, by=given.ylva, ref=ref, from_staff_id=given.petra.staff_id, reason="Hos fel enhet"
    )
    case = await case_of(given, ref)
    assert (case.phase, case.owner_staff_id) == (Phase.FOLLOW_UP, given.ylva.staff_id)
    assert fold(await rows_of(given, ref)) == says(case)
    # A visit that has ended is nobody's to take over.
    ended = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ended, follow_up_days=7)
    with pytest.raises(WrongState):
        await openings.take_over(
            given.house, by=given.hamid, ref=ended, from_staff_id=given.ylva.staff_id, reason="Hos fel enhet"
        )
