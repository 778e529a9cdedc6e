"""The verbs of a form against a real database: who may, twice, two at once, two tabs, too late, never after."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import Actor, PatientActor
from vardlots.cases import actions as cases
from vardlots.cases.fold import fold
from vardlots.cases.model import Case, CaseRef, Entry, Kind
from vardlots.cases.queries import readable_case, timeline
from vardlots.cases.turn import Repeated
from vardlots.conversations.forms import queries
from vardlots.conversations.forms.actions import (
    Moved,
    Unfinished,
    answer_form,
    fill_in,
    open_form,
    send_form,
)
from vardlots.conversations.forms.filled import Kept
from vardlots.conversations.forms.model import FormRequest, State
from vardlots.forms.filling import add
from vardlots.forms.model import DECLINED
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState

DIET = {"vegetables": "daily", "fruit": "seldom", "fish": "weekly", "sweets": "weekly"}


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows_of(given: Cast, ref: CaseRef, by: Actor | None = None) -> list[Entry]:
    async with given.database.transaction((by or given.ylva).scope) as connection:
        return await timeline(connection, ref)


async def sent(given: Cast, ref: CaseRef, code: str = "diet_index") -> int:
    """Ylva sends a form. Returns its number."""
    await send_form(given.house, by=given.ylva, ref=ref, code=code, key=str(uuid4()))
    async with given.database.transaction(given.ylva.scope) as connection:
        return (await queries.cards(connection, ref))[-1].request_id


async def request_of(given: Cast, ref: CaseRef, request_id: int) -> FormRequest:
    async with given.database.transaction(given.ylva.scope) as connection:
        return (await queries.request(connection, by=given.ylva, ref=ref, request_id=request_id))[1]


async def fill(given: Cast, ref: CaseRef, request_id: int, *, by: Any = None, **raw: Any) -> Kept:
    """Ruben answers what is named, one page after the other."""
    kept: Kept | None = None
    for link_id, value in raw.items():
        rev = (await request_of(given, ref, request_id)).rev
        kept = await fill_in(
            given.house, by=by or given.ruben, ref=ref, request_id=request_id, rev=rev, raw={link_id: value}
        )
    assert kept is not None
    return kept


async def send_in(given: Cast, ref: CaseRef, request_id: int, by: PatientActor | None = None) -> int:
    rev = (await request_of(given, ref, request_id)).rev
    return await answer_form(given.house, by=by or given.ruben, ref=ref, request_id=request_id, rev=rev)


async def test_a_form_goes_the_whole_way(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    first = await request_of(given, ref, request_id)
    assert (first.state, first.done, first.total) == (State.SENT, 0, 4)
    row = (await rows_of(given, ref, given.ruben))[-1]
    assert (row.kind, row.n, row.body) == (
        Kind.FORM_SENT, first.n, {"request_id": request_id, "title": "Dina matvanor"},
    )  # fmt: skip

    await open_form(given.house, by=given.ruben, ref=ref, request_id=request_id)
    assert (await request_of(given, ref, request_id)).state is State.OPENED
    await fill(given, ref, request_id, vegetables="daily")
    begun = await request_of(given, ref, request_id)
    assert (begun.state, begun.done, begun.total) == (State.BEGUN, 1, 4)
    await fill(given, ref, request_id, **DIET)
    n = await send_in(given, ref, request_id)

    done = await request_of(given, ref, request_id)
    assert (done.state, done.done, done.total, done.answered_n) == (State.ANSWERED, 4, 4, n)
    assert done.answers["index"] == [2 + 0 + 1 + 3]
    assert [row.kind for row in await rows_of(given, ref)][-2:] == [Kind.FORM_SENT, Kind.FORM_ANSWERED]
    case = await case_of(given, ref)
    assert (case.patient_last_n, case.patient_read_n) == (n, n)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert [one.request_id for one in await queries.answered_forms(connection, ref)] == [request_id]
        logged = [
            one["action"]
            for one in await connection.fetch(
                "SELECT action FROM access_log WHERE case_id = $1 AND action LIKE '%form' ORDER BY log_id",
                ref.case_id,
            )
        ]
    assert logged == ["send_form", "open_form", "answer_form"]


async def test_who_may_send(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for by, refusal in (
        (given.hamid, Forbidden),
        (given.petra, Forbidden),
        (given.olle, Forbidden),
        (given.nora, NotFound),
    ):
        with pytest.raises(refusal):
            await send_form(given.house, by=by, ref=ref, code="pain", key=str(uuid4()))
    assert (await rows_of(given, ref))[-1].kind is not Kind.FORM_SENT
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE care_case SET chat_guests = ARRAY[$3::bigint] WHERE provider_id = $1 AND case_id = $2",
            *ref,
            given.siri.staff_id,
        )
    # A guest in the patient's chat sends as the owner does.
    await send_form(given.house, by=given.siri, ref=ref, code="pain", key=str(uuid4()))
    assert (await rows_of(given, ref))[-1].kind is Kind.FORM_SENT


async def test_who_may_fill_in_and_read(given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    request_id = await sent(given, ref, "pain")
    # The other guardian reads the card, and neither opens nor answers.
    await open_form(given.house, by=given.matti, ref=ref, request_id=request_id)
    assert (await request_of(given, ref, request_id)).state is State.SENT
    with pytest.raises(Forbidden):
        await fill(given, ref, request_id, by=given.matti, where="Halsen")
    with pytest.raises(Forbidden):
        await send_in(given, ref, request_id, given.matti)
    with pytest.raises(NotFound):
        await fill(given, ref, request_id, by=given.ruben, where="Halsen")
    with pytest.raises(NotFound):
        await open_form(given.house, by=given.ruben, ref=ref, request_id=request_id)
    await fill(given, ref, request_id, by=given.elin, where="Halsen")
    assert (await request_of(given, ref, request_id)).answers["where"] == ["Halsen"]
    async with given.database.transaction(given.matti.scope) as connection:
        card = (await queries.card(connection, by=given.matti, ref=ref, request_id=request_id))[1]
    assert card.done == 1
    # A number of another case's form leads nowhere.
    other = await given.ongoing_case(given.ruben)
    with pytest.raises(NotFound):
        await request_of(given, other, request_id)


async def test_nothing_that_is_not_there_is_sent_and_nothing_twice(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for code in ("post_triage", "nothing"):
        with pytest.raises(Invalid):
            await send_form(given.house, by=given.ylva, ref=ref, code=code, key=str(uuid4()))
    key = str(uuid4())
    n = await send_form(given.house, by=given.ylva, ref=ref, code="pain", key=key)
    with pytest.raises(Repeated) as repeated:
        await send_form(given.house, by=given.ylva, ref=ref, code="pain", key=key)
    assert repeated.value.n == n
    # Another press with another key, while the patient has it.
    with pytest.raises(Invalid):
        await send_form(given.house, by=given.ylva, ref=ref, code="pain", key=str(uuid4()))
    assert [row.kind for row in await rows_of(given, ref)].count(Kind.FORM_SENT) == 1


async def test_two_presses_at_once_send_one_form(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    results = await asyncio.gather(
        *(send_form(given.house, by=given.ylva, ref=ref, code="pain", key=str(uuid4())) for _ in range(4)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["Invalid", "Invalid", "Invalid", "int"]
    key = str(uuid4())
    again = await asyncio.gather(
        *(send_form(given.house, by=given.ylva, ref=ref, code="audit_c", key=key) for _ in range(4)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in again) == ["Repeated", "Repeated", "Repeated", "int"]
    assert [row.kind for row in await rows_of(given, ref)].count(Kind.FORM_SENT) == 2


async def test_of_two_tabs_the_one_behind_is_told_and_a_double_press_is_one(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    about = {"by": given.ruben, "ref": ref, "request_id": request_id}
    await fill_in(given.house, **about, rev=0, raw={"vegetables": "daily"})  # type: ignore[arg-type]
    # The same once more, from the page as it was: pressed twice.
    same = await fill_in(given.house, **about, rev=0, raw={"vegetables": "daily"})  # type: ignore[arg-type]
    assert same.progress.done == 1
    with pytest.raises(Moved):
        await fill_in(given.house, **about, rev=0, raw={"vegetables": "seldom"})  # type: ignore[arg-type]
    kept = await request_of(given, ref, request_id)
    assert (kept.rev, kept.answers["vegetables"]) == (1, ["daily"])
    both = await asyncio.gather(
        *(
            fill_in(given.house, **about, rev=1, raw={"fruit": value})  # type: ignore[arg-type]
            for value in ("daily", "seldom")
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["Kept", "Moved"]


async def test_pressed_twice_is_sent_in_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await fill(given, ref, request_id, **DIET)
    numbers = await asyncio.gather(*(send_in(given, ref, request_id) for _ in range(3)))
    assert len(set(numbers)) == 1
    assert [row.kind for row in await rows_of(given, ref)].count(Kind.FORM_ANSWERED) == 1


async def test_what_is_left_is_told_and_nothing_is_sent(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await fill(given, ref, request_id, vegetables="daily", fish="weekly")
    with pytest.raises(Unfinished) as left:
        await send_in(given, ref, request_id)
    assert left.value.link_id == "fruit"
    assert (await request_of(given, ref, request_id)).answered_at is None


async def test_what_is_wrong_is_not_kept_and_what_is_right_beside_it_is(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref, "body_measures")
    kept = await fill_in(
        given.house, by=given.ruben, ref=ref, request_id=request_id, rev=0, raw={"weight": "tung", "height": "180"}
    )  # fmt: skip
    assert [fault.link_id for fault in kept.faults] == ["weight"]
    held = await request_of(given, ref, request_id)
    assert (dict(held.answers).get("weight"), held.answers["height"], held.done) == (None, [180.0], 1)


async def test_declined_is_kept_as_declined_and_nothing_is_calculated_from_it(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await fill(given, ref, request_id, **{**DIET, "fish": DECLINED})
    await send_in(given, ref, request_id)
    answers = (await request_of(given, ref, request_id)).answers
    assert (answers["fish"], answers.get("index", [])) == ([DECLINED], [])


async def test_a_group_grows_and_is_sent_with_its_instances(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref, "medicines")
    await fill(given, ref, request_id, takes_any="ja")
    await fill_in(
        given.house,
        by=given.ruben,
        ref=ref,
        request_id=request_id,
        rev=1,
        raw={"name~1": "Alvedon", "strength~1": "", "dose~1": ""},
        change=lambda worked: add(worked, "medicine"),
    )
    held = await request_of(given, ref, request_id)
    assert (held.done, held.total) == (4, 8)
    await fill(
        given, ref, request_id, **{"name~2": "Waran", "strength~2": "", "dose~2": "", "reacted": "nej"}
    )
    await send_in(given, ref, request_id)
    answers = (await request_of(given, ref, request_id)).answers
    assert (answers["medicine"], answers["name~2"]) == (["1", "2"], ["Waran"])


async def test_too_late_is_refused_and_what_was_answered_is_there(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await fill(given, ref, request_id, vegetables="daily")
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=1)
    await fill(given, ref, request_id, fruit="daily")
    with clock.shifted(timedelta(days=2)):
        for attempt in (fill(given, ref, request_id, fish="weekly"), send_in(given, ref, request_id)):
            with pytest.raises(WrongState) as late:
                await attempt
            assert late.value.code == "phase_over"
    assert (await request_of(given, ref, request_id)).done == 2


async def test_after_the_visit_answers_lie_in_the_inbox_and_a_form_takes_the_case_out_of_it(
    given: Cast,
) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await fill(given, ref, request_id, **DIET)
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    n = await send_in(given, ref, request_id)
    case = await case_of(given, ref)
    assert case.inbox_at is not None
    assert fold(await rows_of(given, ref)).in_inbox
    async with given.database.transaction(given.ylva.scope) as connection:
        told = await connection.fetchval(
            "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = 'notifications.new_message' "
            "AND convert_from(payload, 'UTF8')::jsonb @> $1",
            {"ref": str(ref), "n": n},
        )
    assert told == 1
    # Whoever answers for the unit sends another: the inbox is empty.
    await send_form(given.house, by=given.hamid, ref=ref, code="pain", key=str(uuid4()))
    assert (await case_of(given, ref)).inbox_at is None
    assert not fold(await rows_of(given, ref)).in_inbox


async def test_while_the_visit_waits_again_answers_are_kept_and_sent_when_somebody_has_it(
    given: Cast,
) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await cases.release(given.house, by=given.ylva, ref=ref, reason="Slutar.")
    await fill(given, ref, request_id, **DIET)
    with pytest.raises(WrongState):
        await send_in(given, ref, request_id)
    await cases.accept(given.house, by=given.hamid, ref=ref)
    await send_in(given, ref, request_id)


async def test_sent_in_it_never_changes_and_the_form_never_does(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await fill(given, ref, request_id, **DIET)
    await send_in(given, ref, request_id)
    with pytest.raises(WrongState):
        await fill(given, ref, request_id, fruit="daily")
    for scope, statement in (
        (given.ruben.scope, "UPDATE form_request SET answers = '{}' WHERE request_id = $1"),
        (given.ruben.scope, "UPDATE form_request SET form = '{}' WHERE request_id = $1"),
        (given.ylva.scope, "DELETE FROM form_request WHERE request_id = $1"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(scope) as connection:
                await connection.execute(statement, request_id)


async def test_staff_answer_for_nobody_and_patients_send_nothing(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    async with given.database.transaction(given.ylva.scope) as connection:
        told = await connection.execute(
            "UPDATE form_request SET answers = '{\"x\": [1]}' WHERE request_id = $1", request_id
        )
    assert told == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(given.ruben.scope) as connection:
            await connection.execute(
                "INSERT INTO form_request (provider_id, case_id, n, person_id, form_code, form_version, form, sent_by, "
                "sent_at, total, changed_at) VALUES ($1, $2, 1, $3, 'x', 1, '{}', $4, $5, 1, $5)",
                *ref, given.ruben.person_id, given.ylva.staff_id, clock.now(),
            )  # fmt: skip


async def test_a_form_is_of_the_person_whose_case_it_is_in(given: Cast) -> None:
    """Somebody else would read it as theirs, and answer in another's visit."""
    ref = await given.ongoing_case(given.ruben)
    await sent(given, ref)
    await given.waiting_case(given.elin)
    for whose, may in ((given.elin.person_id, False), (given.ruben.person_id, True)):
        statement = (
            "INSERT INTO form_request (provider_id, case_id, n, person_id, form_code, form_version, form, sent_by, "
            "sent_at, total, changed_at) VALUES ($1, $2, 1, $3, 'x', 1, '{}', $4, $5, 1, $5)",
            *(*ref, whose, given.ylva.staff_id, clock.now()),
        )
        if may:
            async with given.database.transaction(given.ylva.scope) as connection:
                await connection.execute(*statement)
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="form_request_sent"):
                async with given.database.transaction(given.ylva.scope) as connection:
                    await connection.execute(*statement)


async def test_what_fails_leaves_nothing(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await sent(given, ref)
    await fill(given, ref, request_id, **DIET)
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)

    async def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.conversations.forms.actions.promise_notice_to_staff", fails)
    before = len(await rows_of(given, ref))
    with pytest.raises(RuntimeError):
        await send_in(given, ref, request_id)
    assert len(await rows_of(given, ref)) == before
    assert (await request_of(given, ref, request_id)).answered_at is None
