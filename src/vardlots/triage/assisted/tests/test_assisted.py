"""Assisted triage: the patient's questions asked by staff on the phone, and the case that comes of it (I4, A9)."""

import asyncio
from typing import Any

import msgspec
import pytest
from tests.cast import Cast, Unit

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.actions import accept, end, start
from vardlots.cases.fold import fold
from vardlots.cases.model import Audience, Case, Entry, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.clinics import queries as clinics
from vardlots.consents import actions as consents
from vardlots.consents import queries as said
from vardlots.consents.model import ConsentKind, How
from vardlots.conversations.actions import Message, write
from vardlots.platform.db import NOBODY, persons_scope, provider_scope
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.triage.actions import Moved
from vardlots.triage.assisted.actions import (
    answer_assisted,
    finish_assisted,
    keep_assisted,
    leave_assisted,
    start_assisted,
)
from vardlots.triage.assisted.model import Call, Caller, Contact, Decided, Ending, Spoken
from vardlots.triage.assisted.queries import begun, own_assisted
from vardlots.triage.explain import differences
from vardlots.triage.interview import current_item, outcome
from vardlots.triage.queries import InterviewRef, Kept
from vardlots.triage.queueing import queue_priority
from vardlots.triage.tests.helpers import mild_answer
from vardlots.triage.vignettes import mildest

NUMBER = "+46701740612"
HERSELF = Call(phone=NUMBER)
VERY_ILL: dict[str, Any] = {"general": ["very_ill"]}


async def registered(given: Cast, person_id: int, by: PatientActor) -> None:
    """Registered at the region by their own word, or their guardian's."""
    async with given.database.transaction(by.scope) as connection:
        await consents.register(
            connection,
            by=by,
            provider_id=given.ylva.provider_id,
            person_id=person_id,
            given_by=by.person_id,
            how=How.DIGITAL,
        )


async def unit_row(given: Cast, unit: Unit) -> Any:
    async with given.database.transaction(NOBODY) as connection:
        return await clinics.unit(connection, unit.unit_id)


async def begin(
    given: Cast,
    *,
    by: StaffActor | None = None,
    person_id: int | None = None,
    call: Call = HERSELF,
    reason: str = "sore_throat",
    kind: str = "complaint",
    unit: Unit | None = None,
) -> InterviewRef:
    by, person_id = by or given.ylva, person_id or given.ruben.person_id
    return await start_assisted(
        given.house,
        by=by,
        unit=await unit_row(given, unit or given.angsviken),
        person_id=person_id,
        reason=reason,
        kind=kind,
        call=call,
    )


async def kept_of(given: Cast, by: StaffActor, ref: InterviewRef) -> Kept:
    async with given.database.transaction(by.scope) as connection:
        return (await own_assisted(connection, by=by, ref=ref)).kept


async def answered(
    given: Cast, ref: InterviewRef, *, by: StaffActor | None = None, grave: dict[str, Any] | None = None
) -> Kept:
    """Every question answered, mildly where nothing else is said."""
    by = by or given.ylva
    kept = await kept_of(given, by, ref)
    while kept.stage == "questions":
        link_id, raw = mild_answer(kept.interview(), grave)
        kept = await answer_assisted(given.house, by=by, ref=ref, rev=kept.rev, link_id=link_id, raw=raw)
    return kept


def spoken(kept: Kept, unit: Unit, **changed: Any) -> Spoken:
    """What stands on the page of the outcome where nobody has changed it."""
    assert kept.outcome is not None
    decided: dict[str, Any] = {
        "unit_id": unit.unit_id,
        "role": kept.outcome["role"],
        "priority": queue_priority(kept.outcome),
    }
    beside: dict[str, Any] = {key: changed.pop(key) for key in ("phone", "answers", "note") if key in changed}
    return Spoken(
        decided=Decided(**{**decided, **changed}),
        **{"phone": NUMBER, "answers": {}, "note": "", **beside},
    )


async def finished(
    given: Cast,
    ending: Ending = Ending.QUEUE,
    *,
    grave: dict[str, Any] | None = None,
    person_id: int | None = None,
    call: Call = HERSELF,
    **changed: Any,
) -> Case:
    ref = await begin(given, person_id=person_id, call=call)
    kept = await answered(given, ref, grave=grave)
    return await finish_assisted(
        given.house,
        by=given.ylva,
        ref=ref,
        rev=kept.rev,
        spoken=spoken(kept, given.angsviken, **changed),
        ending=ending,
    )


async def rows_of(given: Cast, case: Case) -> list[Entry]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await timeline(connection, case.ref)


async def logged(given: Cast, person_id: int) -> set[str]:
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch("SELECT action FROM access_log WHERE person_id = $1", person_id)
    return {row["action"] for row in rows}


@pytest.fixture
async def ruben(given: Cast) -> int:
    """Ruben, registered at the region and seeking nothing."""
    await registered(given, given.ruben.person_id, given.ruben)
    return given.ruben.person_id


# Who may


async def test_a_nurse_asks_and_the_case_waits_in_the_queue_with_the_number_to_call(
    given: Cast, ruben: int
) -> None:
    case = await finished(given, note="Låter trött. Vill helst bli uppringd före tolv.")
    rows = await rows_of(given, case)
    assert (case.phase, case.contact, case.actor_person_id) == (Phase.QUEUED, "telephone", ruben)
    assert [row.kind for row in rows] == [Kind.OPENED, Kind.ASSISTED]
    assert rows[0].body["assisted"]
    assert rows[0].author_name == given.ylva.name
    assert rows[1].audience is Audience.STAFF
    assert "trött" in rows[1].body["note"]
    assert NUMBER not in str([row.body for row in rows])
    assert (fold(rows).phase, fold(rows).priority) == (case.phase, case.priority)
    assert {"start_assisted", "answer_assisted", "finish_assisted", "open"} <= await logged(given, ruben)


async def test_the_questions_are_those_that_the_patient_would_be_asked(given: Cast, ruben: int) -> None:
    kept = await answered(given, await begin(given))
    assert kept.outcome is not None
    replayed = outcome(kept.interview())
    assert [rule.id for rule in replayed.rules] == kept.outcome["rules"]
    from vardlots.triage.explain import account

    assert account(kept.interview(), kept.outcome).differences == () == differences(replayed, kept.outcome)


@pytest.mark.parametrize("who", ["siri", "hamid", "petra", "helga"])
async def test_which_roles_may_ask_about_a_complaint(given: Cast, ruben: int, who: str) -> None:
    by = getattr(given, who)
    if who in ("siri", "hamid"):
        assert await begin(given, by=by)
        return
    with pytest.raises(Forbidden):
        await begin(given, by=by)


async def test_an_administrator_takes_errands_on_the_phone(given: Cast, ruben: int) -> None:
    ref = await begin(given, by=given.petra, reason="certificate", kind="service")
    kept = await answered(given, ref, by=given.petra)
    case = await finish_assisted(
        given.house,
        by=given.petra,
        ref=ref,
        rev=kept.rev,
        spoken=spoken(kept, given.angsviken),
        ending=Ending.QUEUE,
    )
    assert (case.kind, case.phase, case.contact) == ("administrative", Phase.QUEUED, "telephone")


async def test_others_provider_and_colleagues_do_not_reach_what_one_has_begun(
    given: Cast, ruben: int
) -> None:
    ref = await begin(given)
    with pytest.raises(NotFound):
        await kept_of(given, given.nora, ref)
    with pytest.raises(Forbidden):
        await kept_of(given, given.hamid, ref)
    with pytest.raises(NotFound):
        await begin(given, by=given.nora, unit=given.norrhamn)


async def test_nobody_is_asked_for_who_has_taken_back_the_consent_to_be_registered(
    given: Cast, ruben: int
) -> None:
    await consents.withdraw(
        given.database,
        by=given.ylva,
        provider_id=given.ylva.provider_id,
        person_id=ruben,
        kind=ConsentKind.REGISTRATION,
        withdrawn_by=ruben,
        how=How.TELEPHONE,
    )
    with pytest.raises(Forbidden):
        await begin(given)


async def test_a_unit_that_neither_is_ones_own_nor_cooperates_is_not_there(given: Cast, ruben: int) -> None:
    with pytest.raises(NotFound):
        await begin(given, unit=given.strandgatan)
    async with given.database.transaction(provider_scope(given.ylva.provider_id)) as connection:
        await connection.execute(
            "INSERT INTO cooperation (provider_id, unit_id, with_unit_id) VALUES ($1, $2, $3)",
            given.ylva.provider_id,
            given.angsviken.unit_id,
            given.strandgatan.unit_id,
        )
    kept = await answered(given, await begin(given))
    case = await finish_assisted(
        given.house,
        by=given.ylva,
        ref=kept.ref,
        rev=kept.rev,
        spoken=spoken(kept, given.strandgatan, role="nurse"),
        ending=Ending.QUEUE,
    )
    assert case.unit_id == given.strandgatan.unit_id
    # What was sent elsewhere is that unit's: having asked the questions opens nothing.
    with pytest.raises(Forbidden):
        async with given.database.transaction(given.ylva.scope) as connection:
            await readable_case(connection, by=given.ylva, ref=case.ref)


# What the person sees


async def test_the_person_sees_nothing_while_the_call_goes_on_and_the_answers_when_it_is_done(
    given: Cast, ruben: int
) -> None:
    ref = await begin(given)
    scope = persons_scope([ruben])

    async def seen() -> int:
        async with given.database.transaction(scope) as connection:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM interview WHERE interview_id = $1", ref.interview_id
                )
            )

    assert await seen() == 0
    kept = await answered(given, ref)
    assert await seen() == 0
    case = await finish_assisted(
        given.house,
        by=given.ylva,
        ref=ref,
        rev=kept.rev,
        spoken=spoken(kept, given.angsviken),
        ending=Ending.QUEUE,
    )
    assert await seen() == 1
    async with given.database.transaction(scope) as connection:
        assert await readable_case(connection, by=given.ruben, ref=case.ref)
        assert [row.kind for row in await timeline(connection, case.ref)] == [Kind.OPENED]
        assert await connection.fetchval("SELECT count(*) FROM assisted") == 0
        changed = await connection.execute(
            "UPDATE interview SET stage = 'left' WHERE interview_id = $1", ref.interview_id
        )
    assert changed == "UPDATE 0"


async def test_what_staff_have_asked_is_nobody_elses_in_another_provider(given: Cast, ruben: int) -> None:
    await finished(given)
    async with given.database.transaction(given.nora.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM assisted") == 0


# Two tabs, twice, later


async def test_two_tabs_answer_one_after_the_other(given: Cast, ruben: int) -> None:
    ref = await begin(given)
    kept = await kept_of(given, given.ylva, ref)
    item = current_item(kept.interview())
    assert item is not None
    mild = mildest(item, kept.interview().protocol.meanings[item.link_id])
    step: dict[str, Any] = {"by": given.ylva, "ref": ref, "rev": kept.rev, "link_id": item.link_id}
    once = await answer_assisted(given.house, raw=mild, **step)
    again = await answer_assisted(given.house, raw=mild, **step)
    assert again.rev == once.rev
    other = next(o.code for o in item.answer_option if [o.code] != mild)
    with pytest.raises(Moved):
        await answer_assisted(given.house, raw=[other], **step)


async def test_starting_and_finishing_twice_at_once_is_once(given: Cast, ruben: int) -> None:
    one, other = await asyncio.gather(begin(given), begin(given))
    assert one == other
    kept = await answered(given, one)
    say = spoken(kept, given.angsviken)
    finish: dict[str, Any] = {"by": given.ylva, "ref": one, "rev": kept.rev}
    finish |= {"spoken": say, "ending": Ending.QUEUE}
    first, second = await asyncio.gather(
        finish_assisted(given.house, **finish),
        finish_assisted(given.house, **finish),
    )
    assert first.ref == second.ref


async def test_what_has_been_begun_is_offered_until_it_is_done_or_left(given: Cast, ruben: int) -> None:
    ref = await begin(given)

    async def offered(by: StaffActor) -> list[str]:
        async with given.database.transaction(by.scope) as connection:
            return [one.ref for one in await begun(connection, by=by, person_id=ruben)]

    assert await offered(given.ylva) == [str(ref)]
    assert await offered(given.hamid) == []
    assert await leave_assisted(given.house, by=given.ylva, ref=ref) == ruben
    assert await offered(given.ylva) == []
    with pytest.raises(WrongState):
        await answer_assisted(given.house, by=given.ylva, ref=ref, rev=2, link_id="x", raw=["x"])


async def test_what_stands_on_the_outcomes_page_is_kept_to_go_on_with(given: Cast, ruben: int) -> None:
    kept = await answered(given, await begin(given))
    say = spoken(kept, given.angsviken, note="Ringer tillbaka.", priority=3, reason="Låter sjuk.")
    later = await keep_assisted(given.house, by=given.ylva, ref=kept.ref, rev=kept.rev, spoken=say)
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await own_assisted(connection, by=given.ylva, ref=kept.ref)
    assert (found.assisted.note, found.assisted.decided) == ("Ringer tillbaka.", say.decided)
    assert found.kept.rev == later.rev
    with pytest.raises(Moved):
        await keep_assisted(given.house, by=given.ylva, ref=kept.ref, rev=kept.rev, spoken=say)


# What staff decide


async def test_staff_set_another_priority_with_a_reason_beside_triages_own(given: Cast, ruben: int) -> None:
    case = await finished(given, priority=3, reason="Låter mycket sjuk.")
    rows = await rows_of(given, case)
    assert (case.priority, case.triage_priority) == (3, 5)
    assert rows[-1].kind is Kind.PRIORITY_CHANGED
    assert rows[-1].body == {
        "from": 5,
        "to": 3,
        "reason": "Låter mycket sjuk.",
    }
    assert fold(rows).priority == 3


@pytest.mark.parametrize(
    ("ending", "changed", "field"),
    [
        (Ending.QUEUE, {"priority": 3}, "reason"),
        (Ending.QUEUE, {"priority": 7}, "priority"),
        (Ending.QUEUE, {"priority": 1, "reason": "x"}, "priority"),
        (Ending.QUEUE, {"role": "dental"}, "role"),
        (Ending.QUEUE, {"unit_id": 0}, "unit_id"),
        (Ending.QUEUE, {"phone": None}, "phone"),
        (Ending.QUEUE, {"note": "x" * 4001}, "note"),
        (Ending.ADVICE, {"priority": 3, "reason": "x"}, "priority"),
    ],
)
async def test_what_may_not_be_so_is_refused_with_the_field_and_nothing_is_written(
    given: Cast, ruben: int, ending: Ending, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await finished(given, ending, **changed)
    assert refusal.value.field == field
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM care_case WHERE person_id = $1", ruben) == 0


async def test_a_closed_unit_gets_nothing_that_may_not_wait(given: Cast, ruben: int) -> None:
    async with given.database.transaction(provider_scope(given.ylva.provider_id)) as connection:
        await connection.execute("UPDATE unit SET opening = '{}' WHERE unit_id = $1", given.angsviken.unit_id)
    with pytest.raises(Invalid) as refusal:
        await finished(given, priority=2, reason="Snabb försämring.")
    assert refusal.value.field == "unit_id"


async def test_advice_that_was_enough_is_a_case_that_has_ended_and_stands_in_the_history(
    given: Cast, ruben: int
) -> None:
    case = await finished(given, Ending.ADVICE, phone=None)
    rows = await rows_of(given, case)
    assert (case.phase, case.owner_staff_id) == (Phase.CLOSED, given.ylva.staff_id)
    assert rows[-1].kind is Kind.ENDED
    assert rows[-1].body["assisted"] == "advice"
    assert (fold(rows).phase, fold(rows).owner_staff_id) == (Phase.CLOSED, given.ylva.staff_id)
    # It waits for nobody, and stands in nobody's way.
    assert (await finished(given)).phase is Phase.QUEUED


@pytest.mark.parametrize("reports", [True, False])
async def test_an_emergency_is_reported_where_the_unit_takes_such_and_documented_everywhere(
    given: Cast, ruben: int, reports: bool
) -> None:
    async with given.database.transaction(provider_scope(given.ylva.provider_id)) as connection:
        await connection.execute(
            "UPDATE unit SET reports_emergencies = $2 WHERE unit_id = $1", given.angsviken.unit_id, reports
        )
    ref = await begin(given)
    kept = await kept_of(given, given.ylva, ref)
    first = current_item(kept.interview())
    assert first is not None
    grave = [o.code for o in first.answer_option if not o.exclusive][:1]
    kept = await answer_assisted(
        given.house, by=given.ylva, ref=ref, rev=kept.rev, link_id=first.link_id, raw=grave
    )
    assert kept.outcome is not None
    assert kept.outcome["priority"] == 1
    case = await finish_assisted(
        given.house,
        by=given.ylva,
        ref=ref,
        rev=kept.rev,
        spoken=spoken(kept, given.angsviken, phone=None),
        ending=Ending.EMERGENCY,
    )
    assert (case.priority, case.phase) == (1, Phase.QUEUED if reports else Phase.CLOSED)


async def test_an_active_case_of_the_same_reason_is_gone_on_with_instead(given: Cast, ruben: int) -> None:
    await finished(given)
    with pytest.raises(WrongState) as refusal:
        await finished(given)
    assert refusal.value.code == "already_active"


# Consents, children, protected identity


async def test_consents_said_on_the_phone_are_noted_as_such(given: Cast, ruben: int) -> None:
    await finished(given, answers={"share_history": [True], "share_medications": [False]})
    async with given.database.transaction(given.ylva.scope) as connection:
        newest = said.newest(await said.history(connection, given.ylva.provider_id, [ruben]))
    history = newest[ConsentKind.HISTORY]
    assert (history.given, history.how, history.noted_by_name) == (True, How.TELEPHONE, given.ylva.name)
    assert not newest[ConsentKind.MEDICATION].given


async def test_a_relative_says_nothing_of_consent(given: Cast, ruben: int) -> None:
    call = Call(Caller.OTHER, "Karin Ekdunge, dotter", None, NUMBER)
    with pytest.raises(Invalid):
        await finished(given, call=call, answers={"share_history": [True]})
    assert (await finished(given, call=call)).phase is Phase.QUEUED


async def test_a_guardian_answers_for_a_child_by_name_and_reads_the_case_if_they_want_to(given: Cast) -> None:
    await registered(given, given.tuva, given.elin)
    call = Call(Caller.GUARDIAN, given.elin.name, given.elin.person_id, NUMBER)
    ref = await begin(given, person_id=given.tuva, call=call)
    kept = await answered(given, ref)
    assert kept.subject.is_child_of_actor
    assert kept.subject.name == "Tuva"
    case = await finish_assisted(
        given.house,
        by=given.ylva,
        ref=ref,
        rev=kept.rev,
        spoken=spoken(kept, given.angsviken, contact=Contact.DIGITAL),
        ending=Ending.QUEUE,
    )
    assert (case.contact, case.actor_person_id) == ("digital", given.elin.person_id)


async def test_a_guardian_of_somebody_else_is_no_guardian(given: Cast, ruben: int) -> None:
    with pytest.raises(Invalid):
        await begin(given, call=Call(Caller.GUARDIAN, given.elin.name, given.elin.person_id, NUMBER))


async def test_protected_identity_is_asked_without_a_name_and_never_digitally(
    given: Cast, ruben: int
) -> None:
    await protect(given, ruben)
    ref = await begin(given)
    kept = await answered(given, ref)
    assert kept.given_name == ""
    assert kept.subject.name == ""
    async with given.database.transaction(given.ylva.scope) as connection:
        offered = await begun(connection, by=given.ylva)
    assert [(one.protected, one.initials, one.age) for one in offered] == [(True, "", None)]
    with pytest.raises(Invalid) as refusal:
        await finish_assisted(
            given.house,
            by=given.ylva,
            ref=ref,
            rev=kept.rev,
            spoken=spoken(kept, given.angsviken, contact=Contact.DIGITAL),
            ending=Ending.QUEUE,
        )
    assert refusal.value.field == "contact"


async def protect(given: Cast, person_id: int) -> None:
    from vardlots.platform.db import Scope

    async with given.database.transaction(Scope(person_ids=(person_id,), identity="0")) as connection:
        await connection.execute("UPDATE person SET protected = true WHERE person_id = $1", person_id)


# The case afterwards


async def test_nobody_writes_to_whom_nobody_reads_and_the_visit_goes_on_by_telephone(
    given: Cast, ruben: int
) -> None:
    case = await finished(given)
    await accept(given.house, by=given.hamid, ref=case.ref)
    await start(given.house, by=given.hamid, ref=case.ref, welcome="Hej")
    message = Message(text="Hej", key="k" * 12)
    for by in (given.hamid, given.ruben):
        with pytest.raises(WrongState) as refusal:
            await write(given.house, by=by, ref=case.ref, message=message)
        assert refusal.value.code == "telephone"
    await end(given.house, by=given.hamid, ref=case.ref, follow_up_days=7)
    rows = await rows_of(given, case)
    assert Kind.MESSAGE not in {row.kind for row in rows}
    async with given.database.transaction(given.ylva.scope) as connection:
        over = await readable_case(connection, by=given.ylva, ref=case.ref)
    assert (over.phase, over.writable_until) == (Phase.CLOSED, None)


async def test_a_case_that_is_read_here_is_written_in_as_any_other(given: Cast, ruben: int) -> None:
    case = await finished(given, contact=Contact.DIGITAL)
    await accept(given.house, by=given.hamid, ref=case.ref)
    await start(given.house, by=given.hamid, ref=case.ref, welcome="Hej och välkommen.")
    assert await write(given.house, by=given.ruben, ref=case.ref, message=Message(text="Hej", key="k" * 12))


def test_kept_rows_are_read_as_they_were_written() -> None:
    decided = Decided(1, "nurse", 3, "x", Contact.DIGITAL)
    assert msgspec.convert(msgspec.to_builtins(decided), Decided) == decided
