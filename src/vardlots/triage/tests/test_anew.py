"""*I am worse now*: asked anew about a case. As urgent as the new answers say, never less urgent by itself (B5)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.actions import accept, change_priority, end, leave_queue, open_case, start
from vardlots.cases.fold import fold
from vardlots.cases.model import Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.cases.retriage import actions as retriaging
from vardlots.cases.retriage.actions import Anew, Retriaged, retriage
from vardlots.clinics import queries as clinics
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, provider_scope
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.platform.files import Stored
from vardlots.platform.uploads import Upload
from vardlots.triage import actions
from vardlots.triage.anew.actions import STILL_TRUE, ask_anew, leave_anew
from vardlots.triage.anew.queries import interviews_of_case
from vardlots.triage.queries import InterviewRef, Kept, own_interview
from vardlots.triage.queueing import new_case
from vardlots.triage.tests.helpers import mild_answer

VERY_ILL: dict[str, Any] = {"general": ["very_ill"]}


async def kept_of(given: Cast, by: PatientActor, ref: InterviewRef) -> Kept:
    async with given.database.transaction(by.scope) as connection:
        return await own_interview(connection, by=by, ref=ref)


async def answered(
    given: Cast, by: PatientActor, ref: InterviewRef, grave: dict[str, Any] | None = None
) -> Kept:
    """The interview with every question answered, mildly where nothing else is said."""
    kept = await kept_of(given, by, ref)
    while kept.stage == "questions":
        link_id, raw = mild_answer(kept.interview(), grave)
        kept = await actions.answer(given.house, by=by, ref=ref, rev=kept.rev, link_id=link_id, raw=raw)
    return kept


async def waiting(given: Cast, by: PatientActor, *, child: int | None = None, **grave: Any) -> Case:
    """A case that came by way of triage: mild sore throat, priority 5 or what the grave answers give."""
    async with given.database.transaction(NOBODY) as connection:
        unit = await clinics.unit(connection, given.angsviken.unit_id)
    assert unit is not None
    ref = await actions.start_interview(
        given.house, by=by, unit=unit, person_id=child or by.person_id, reason="sore_throat"
    )
    await answered(given, by, ref, grave)
    kept = await actions.go_on(given.house, by=by, ref=ref)
    return await open_case(given.house, by=by, new=new_case(kept))


def anew_of(kept: Kept) -> Anew:
    new = new_case(kept)
    return Anew(
        interview_id=kept.interview_id,
        interview_rev=kept.rev,
        priority=new.priority,
        summary=new.summary,
    )


async def worse(
    given: Cast, by: PatientActor, ref: CaseRef, grave: dict[str, Any] | None = None
) -> Retriaged:
    """All of it: asked anew, answered, sent."""
    kept = await answered(given, by, await ask_anew(given.house, by=by, ref=ref), grave)
    return await retriage(given.house, by=by, ref=ref, anew=anew_of(kept))


async def seen_by(given: Cast, staff: StaffActor, ref: CaseRef) -> tuple[Case, list[Entry]]:
    async with given.database.transaction(staff.scope) as connection:
        case = await readable_case(connection, by=staff, ref=ref)
        return case, await timeline(connection, ref)


async def test_worse_answers_make_the_case_more_urgent_and_staff_read_both(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    done = await worse(given, given.ruben, case.ref, VERY_ILL)
    assert (done.before, done.after) == (case.priority, 2)
    after, rows = await seen_by(given, given.ylva, case.ref)
    assert after.priority == 2
    assert after.triage_priority == case.priority
    assert after.patient_last_n == done.n
    last = rows[-1]
    assert last.kind is Kind.RETRIAGED
    assert (last.body["from"], last.body["to"], last.body["answers"]) == (case.priority, 2, 2)
    assert last.body["kept"] == ""
    assert last.body["rules"]
    assert fold(rows).priority == 2
    async with given.database.transaction(given.ylva.scope) as connection:
        both = await interviews_of_case(connection, after)
    assert [kept.interview_id for kept in both] == [last.body["interview"], case.interview_id]
    assert [kept.stage for kept in both] == ["done", "done"]


async def test_milder_answers_never_lower_the_priority(given: Cast) -> None:
    case = await waiting(given, given.ruben, **VERY_ILL)
    assert case.priority == 2
    done = await worse(given, given.ruben, case.ref)
    after, rows = await seen_by(given, given.ylva, case.ref)
    assert (done.before, done.after, after.priority) == (2, 2, 2)
    assert rows[-1].body["answers"] > 2
    assert rows[-1].body["kept"] == "triage"


async def test_what_staff_have_set_by_hand_is_not_lowered_and_the_row_says_so(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    await change_priority(given.house, by=given.ylva, ref=case.ref, priority=2, reason="Låter dålig.")
    await worse(given, given.ruben, case.ref)
    after, rows = await seen_by(given, given.ylva, case.ref)
    assert after.priority == 2
    assert rows[-1].body["kept"] == "staff"
    assert fold(rows).priority == 2


async def test_staff_may_lower_it_afterwards(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    await worse(given, given.ruben, case.ref, VERY_ILL)
    await change_priority(given.house, by=given.ylva, ref=case.ref, priority=4, reason="Talat med patienten.")
    assert (await seen_by(given, given.ylva, case.ref))[0].priority == 4


async def test_two_taps_begin_one_interview_and_two_tabs_send_it_once(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    begun = await asyncio.gather(*(ask_anew(given.house, by=given.ruben, ref=case.ref) for _ in range(6)))
    assert len(set(begun)) == 1
    kept = await answered(given, given.ruben, begun[0], VERY_ILL)
    anew = anew_of(kept)
    done = await asyncio.gather(
        *(retriage(given.house, by=given.ruben, ref=case.ref, anew=anew) for _ in range(6))
    )
    assert len(set(done)) == 1
    _, rows = await seen_by(given, given.ylva, case.ref)
    assert [row.kind for row in rows].count(Kind.RETRIAGED) == 1
    # Sent once more later, by the back button: still the same row.
    assert await retriage(given.house, by=given.ruben, ref=case.ref, anew=anew) == done[0]


async def test_answers_that_another_tab_has_changed_since_are_not_sent(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    kept = await answered(given, given.ruben, await ask_anew(given.house, by=given.ruben, ref=case.ref))
    old = anew_of(kept)
    await actions.answer(
        given.house, by=given.ruben, ref=kept.ref, rev=kept.rev, link_id="general", raw=["very_ill"]
    )
    with pytest.raises(WrongState) as refused:
        await retriage(given.house, by=given.ruben, ref=case.ref, anew=old)
    assert refused.value.code == "moved"
    after, rows = await seen_by(given, given.ylva, case.ref)
    assert after.priority == case.priority
    assert rows[-1].kind is Kind.OPENED


async def test_a_nurse_who_accepts_at_the_same_instant_keeps_it_and_sees_the_new_answers(given: Cast) -> None:
    for _ in range(4):
        case = await waiting(given, given.ruben)
        kept = await answered(
            given, given.ruben, await ask_anew(given.house, by=given.ruben, ref=case.ref), VERY_ILL
        )
        await asyncio.gather(
            accept(given.house, by=given.ylva, ref=case.ref),
            retriage(given.house, by=given.ruben, ref=case.ref, anew=anew_of(kept)),
        )
        after, rows = await seen_by(given, given.ylva, case.ref)
        assert (after.phase, after.owner_staff_id, after.priority) == (
            Phase.ACCEPTED,
            given.ylva.staff_id,
            2,
        )
        assert {Kind.ACCEPTED, Kind.RETRIAGED} <= {row.kind for row in rows}
        assert fold(rows).owner_staff_id == given.ylva.staff_id
        await start(given.house, by=given.ylva, ref=case.ref, welcome="Hej.")
        await end(given.house, by=given.ylva, ref=case.ref, follow_up_days=0)


async def test_the_owner_of_an_ongoing_visit_sees_it_there(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    await accept(given.house, by=given.ylva, ref=case.ref)
    await start(given.house, by=given.ylva, ref=case.ref, welcome="Hej.")
    await worse(given, given.ruben, case.ref, VERY_ILL)
    after, rows = await seen_by(given, given.ylva, case.ref)
    assert (after.phase, after.owner_staff_id, after.priority) == (Phase.ONGOING, given.ylva.staff_id, 2)
    assert rows[-1].kind is Kind.RETRIAGED


@pytest.mark.parametrize("how", ["ended", "left"])
async def test_when_the_case_has_ended_meanwhile_nothing_is_written(given: Cast, how: str) -> None:
    case = await waiting(given, given.ruben)
    kept = await answered(given, given.ruben, await ask_anew(given.house, by=given.ruben, ref=case.ref))
    if how == "left":
        await leave_queue(given.house, by=given.ruben, ref=case.ref)
    else:
        await accept(given.house, by=given.ylva, ref=case.ref)
        await end(given.house, by=given.ylva, ref=case.ref, follow_up_days=3)
    _, before = await seen_by(given, given.ylva, case.ref)
    with pytest.raises(WrongState):
        await retriage(given.house, by=given.ruben, ref=case.ref, anew=anew_of(kept))
    with pytest.raises(WrongState):
        await ask_anew(given.house, by=given.ruben, ref=case.ref)
    assert (await seen_by(given, given.ylva, case.ref))[1] == before
    await leave_anew(given.house, by=given.ruben, ref=kept.ref)
    assert (await kept_of(given, given.ruben, kept.ref)).stage == "left"


async def test_only_whoever_sought_care_is_asked_anew(given: Cast) -> None:
    case = await waiting(given, given.elin, child=given.tuva)
    with pytest.raises(Forbidden):
        await ask_anew(given.house, by=given.matti, ref=case.ref)
    with pytest.raises(NotFound):
        await ask_anew(given.house, by=given.ruben, ref=case.ref)
    kept = await answered(
        given, given.elin, await ask_anew(given.house, by=given.elin, ref=case.ref), VERY_ILL
    )
    for outsider, refusal in ((given.matti, Forbidden), (given.ruben, NotFound)):
        with pytest.raises(refusal):
            await retriage(given.house, by=outsider, ref=case.ref, anew=anew_of(kept))
        with pytest.raises(NotFound):
            await kept_of(given, outsider, kept.ref)
    assert (await retriage(given.house, by=given.elin, ref=case.ref, anew=anew_of(kept))).after == 2


async def test_an_interview_of_another_case_is_not_taken_for_this_one(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    kept = await answered(
        given, given.ruben, await ask_anew(given.house, by=given.ruben, ref=case.ref), VERY_ILL
    )
    # Another's, and another of one's own.
    others = [
        await given.waiting_case(by, reason="shoulder_pain", priority=4) for by in (given.elin, given.ruben)
    ]
    for by, other in zip((given.elin, given.ruben), others, strict=True):
        with pytest.raises(WrongState):
            await retriage(given.house, by=by, ref=other, anew=anew_of(kept))
        assert (await seen_by(given, given.ylva, other))[0].priority == 4
    assert (await kept_of(given, given.ruben, kept.ref)).stage == "result"


async def test_staff_read_the_new_answers_when_they_are_sent_and_not_before(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    kept = await answered(given, given.ruben, await ask_anew(given.house, by=given.ruben, ref=case.ref))
    count = "SELECT count(*) FROM interview WHERE provider_id = $1 AND interview_id = $2"

    async def seen(provider_id: int) -> int:
        async with given.database.transaction(provider_scope(provider_id)) as connection:
            return int(await connection.fetchval(count, *kept.ref))

    assert await seen(case.provider_id) == 0
    await retriage(given.house, by=given.ruben, ref=case.ref, anew=anew_of(kept))
    assert await seen(case.provider_id) == 1
    assert await seen(given.norrhamn.provider_id) == 0


async def test_pictures_of_the_new_answers_follow_and_the_old_ones_stay(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    ref = await ask_anew(given.house, by=given.ruben, ref=case.ref)
    picture = Upload("1/none", "image/png", "bild.png", Stored(1, "0" * 64))
    await actions.add_picture(given.house, by=given.ruben, ref=ref, attachment_id=uuid4(), upload=picture)
    kept = await answered(given, given.ruben, ref, VERY_ILL)
    await retriage(given.house, by=given.ruben, ref=case.ref, anew=anew_of(kept))
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await connection.fetchval(
            "SELECT count(*) FROM attachment WHERE provider_id = $1 AND case_id = $2 AND interview_id = $3",
            *case.ref,
            ref.interview_id,
        )
    assert found == 1


async def test_a_fault_on_the_way_leaves_everything_as_it_was(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await waiting(given, given.ruben)
    kept = await answered(
        given, given.ruben, await ask_anew(given.house, by=given.ruben, ref=case.ref), VERY_ILL
    )

    async def fall(*_: object) -> None:
        raise RuntimeError("fell")

    monkeypatch.setattr(retriaging, "promise_notice_to_staff", fall)
    with pytest.raises(RuntimeError):
        await retriage(given.house, by=given.ruben, ref=case.ref, anew=anew_of(kept))
    monkeypatch.undo()
    after, rows = await seen_by(given, given.ylva, case.ref)
    assert (after.priority, len(rows)) == (case.priority, 1)
    assert (await kept_of(given, given.ruben, kept.ref)).stage == "result"
    assert (await retriage(given.house, by=given.ruben, ref=case.ref, anew=anew_of(kept))).after == 2


async def test_answers_of_half_an_hour_ago_are_asked_for_again(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    now = clock.now()
    first = await ask_anew(given.house, by=given.ruben, ref=case.ref)
    with clock.at(now + STILL_TRUE - timedelta(minutes=1)):
        assert await ask_anew(given.house, by=given.ruben, ref=case.ref) == first
    with clock.at(now + STILL_TRUE + timedelta(minutes=1)):
        second = await ask_anew(given.house, by=given.ruben, ref=case.ref)
    assert second != first
    assert (await kept_of(given, given.ruben, first)).stage == "left"
    assert (await kept_of(given, given.ruben, second)).answers == {}


async def test_a_new_visit_does_not_go_on_with_what_was_asked_anew_about_another(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    anew = await ask_anew(given.house, by=given.ruben, ref=case.ref)
    async with given.database.transaction(NOBODY) as connection:
        unit = await clinics.unit(connection, given.angsviken.unit_id)
    assert unit is not None
    fresh = await actions.start_interview(
        given.house, by=given.ruben, unit=unit, person_id=given.ruben.person_id, reason="sore_throat"
    )
    assert fresh != anew


async def test_a_patients_own_scope_still_cannot_set_a_priority(given: Cast) -> None:
    case = await waiting(given, given.ruben)
    with pytest.raises(Exception, match="may not change that"):
        async with given.database.transaction(given.ruben.scope) as connection:
            await connection.execute(
                "UPDATE care_case SET priority = 1 WHERE provider_id = $1 AND case_id = $2", *case.ref
            )


async def test_the_phones_of_staff_are_told_only_when_it_became_more_urgent(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, CaseRef, int]] = []

    async def promise(_: object, kind: str, ref: CaseRef, n: int) -> None:
        told.append((kind, ref, n))

    monkeypatch.setattr(retriaging, "promise_notice_to_staff", promise)
    mild, grave = await waiting(given, given.ruben), await waiting(given, given.elin, **VERY_ILL)
    await worse(given, given.elin, grave.ref)
    assert told == []
    done = await worse(given, given.ruben, mild.ref, VERY_ILL)
    assert told == [("worse", mild.ref, done.n)]


async def test_a_guardian_for_whom_the_child_is_out_of_reach_is_not_asked_anew(given: Cast) -> None:
    case = await waiting(given, given.elin, child=given.tuva)
    blocked = msgspec.structs.replace(given.elin, closed=frozenset({(case.provider_id, given.tuva)}))
    with pytest.raises(NotFound):
        await ask_anew(given.house, by=blocked, ref=case.ref)


async def test_nothing_is_asked_anew_where_nothing_was_asked(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben, reason="a_reason_of_old")
    with pytest.raises(WrongState) as refused:
        await ask_anew(given.house, by=given.ruben, ref=ref)
    assert refused.value.code == "nothing_to_ask"
