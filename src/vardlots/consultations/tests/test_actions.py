"""A question between units: each actor, each answer, two at once, and what is left when something fails."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import Cast, number_of

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.fold import fold
from vardlots.cases.model import Audience, CaseRef, Entry, Kind
from vardlots.cases.queries import readable_case, timeline
from vardlots.consultations import actions, jobs, queries
from vardlots.consultations.model import (
    Consent,
    Consultation,
    ConsultationRef,
    NewConsultation,
    Side,
    State,
    Subject,
)
from vardlots.consultations.model import Kind as Row
from vardlots.consultations.taking import actions as taking
from vardlots.consultations.turn import NEWS
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, SomebodyWasFirst, WrongState

KEY = "key-consult-1"


def new(given: Cast, ref: CaseRef | None, **changed: object) -> NewConsultation:
    """Ylva at Ängsviken asks the nurses of Strandgatan about Ruben."""
    plain = NewConsultation(
        person_id=given.ruben.person_id,
        to_provider_id=given.strandgatan.provider_id,
        unit_id=given.strandgatan.unit_id,
        role="nurse",
        reason="shoulder_pain",
        priority=3,
        problem="Kan ni ta över?",
        from_case=ref,
        related=(ref.case_id,) if ref else (),
    )
    return msgspec.structs.replace(plain, **changed)


def elsewhere(given: Cast, ref: CaseRef | None, **changed: object) -> NewConsultation:
    """The same to another provider, with what that needs."""
    at: dict[str, Any] = {
        "to_provider_id": given.norrhamn.provider_id,
        "unit_id": given.norrhamn.unit_id,
        "related": (),
        "consent": Consent("phone", "patient"),
        "subject": Subject("Ruben Ekdunge", number_of(given.ruben.person_id)),
    }
    return new(given, ref, **(at | changed))


async def sent(given: Cast, ref: CaseRef | None = None, **changed: object) -> Consultation:
    ref = ref or await given.waiting_case(given.ruben)
    return await actions.send(given.house, by=given.ylva, new=new(given, ref, **changed), key=KEY)


async def rows(given: Cast, by: StaffActor, found: Consultation) -> list[Row]:
    async with given.database.transaction(by.scope) as connection:
        return [row.kind for row in await queries.thread(connection, found, by=by)]


async def read(given: Cast, by: StaffActor, ref: ConsultationRef) -> Consultation:
    async with given.database.transaction(by.scope) as connection:
        return await queries.readable(connection, by=by, ref=ref)


async def told(given: Cast, ref: CaseRef) -> list[Entry]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await timeline(connection, ref)


async def logged(given: Cast, by: StaffActor, action: str) -> int:
    async with given.database.transaction(by.scope) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM access_log WHERE provider_id = $1 AND actor_id = $2 AND action = $3",
                by.provider_id,
                by.staff_id,
                action,
            )
        )


async def promised(given: Cast, name: str, ref: ConsultationRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') LIKE $2",
                name,
                f'%"{ref}"%',
            )
        )


async def test_a_question_is_sent_taken_answered_and_ended_on_both_sides(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    heard = given.house.hub.subscribe([f"unit:{given.strandgatan.unit_id}", f"case:{ref}"])
    found = await sent(given, ref)
    assert (found.state, found.last_n, found.from_case) == (State.SENT, 1, ref)
    assert set(heard.pending) == {f"unit:{given.strandgatan.unit_id}", f"case:{ref}"}
    row = (await told(given, ref))[-1]
    assert (row.kind, row.audience) == (Kind.CONSULTED, Audience.STAFF)
    assert row.body == {"consultation": str(found.ref), "to": f"{given.strandgatan.name}, sjuksköterska"}
    assert await promised(given, "notifications.consultation_came", found.ref) == 1
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    # Pressed twice is once.
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    with pytest.raises(WrongState, match="besvarats"):
        await actions.end(given.house, by=given.ylva, ref=found.ref, side=Side.SENDER)
    for _ in range(2):
        n = await actions.answer(
            given.house,
            by=given.olle,
            ref=found.ref,
            side=Side.RECEIVER,
            text="Vi tar det.",
            key="key-olle-1",
        )
    assert n == 3
    # Any colleague of the unit's may end for the one who asked.
    await actions.end(given.house, by=given.hamid, ref=found.ref, side=Side.SENDER)
    await actions.end(given.house, by=given.olle, ref=found.ref, side=Side.RECEIVER)
    assert await rows(given, given.ylva, found) == [Row.SENT, Row.ACCEPTED, Row.ANSWER, Row.ENDED, Row.ENDED]
    now = await read(given, given.olle, found.ref)
    assert (now.state, now.owner_staff_id, now.last_n) == (State.ENDED, given.olle.staff_id, 5)
    assert now.sender_ended_at is not None
    for verb in ("accept_consultation", "answer_consultation", "end_consultation"):
        assert await logged(given, given.olle, verb) == 1, verb


async def test_the_visit_is_told_of_what_becomes_of_it_once(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    found = await sent(given, ref)
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    assert await promised(given, NEWS, found.ref) == 1
    for _ in range(2):
        await jobs.news(given.house, {"consultation": str(found.ref), "n": 2})
    news = [row for row in await told(given, ref) if row.kind is Kind.CONSULT_NEWS]
    assert [(row.body, row.audience, row.author_kind) for row in news] == [
        (
            {"consultation": str(found.ref), "what": "accepted", "who": "Olle Fjärdvik"},
            Audience.STAFF,
            "system",
        )
    ]
    # What the sender does is no news to the sender.
    await actions.answer(
        given.house, by=given.ylva, ref=found.ref, side=Side.SENDER, text="Tack.", key="key-ylva-1"
    )
    assert await promised(given, NEWS, found.ref) == 1


async def test_the_same_press_is_one_question(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    first = await sent(given, ref)
    assert (await sent(given, ref)).ref == first.ref
    assert sum(row.kind is Kind.CONSULTED for row in await told(given, ref)) == 1


async def test_a_lone_question_about_a_patient_has_no_visit(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    found = await actions.send(given.house, by=given.ylva, new=new(given, None), key=KEY)
    assert found.from_case is None
    with pytest.raises(Invalid):
        await actions.send(given.house, by=given.nora, new=new(given, None), key="key-nora-1")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"problem": "  "}, "problem"),
        ({"problem": "x" * 8001}, "problem"),
        ({"problem": "Det här har patienten berättat: {history}"}, "problem"),
        ({"priority": 0}, "priority"),
        ({"reason": ""}, "reason"),
        ({"kind": "other"}, "reason"),
        ({"role": "midwife"}, "resource"),
        ({"kind": "administrative"}, "resource"),
        ({"related": (999_999,)}, "related"),
        ({"files": ("no-file",)}, "files"),
        ({"consent": Consent("phone", "patient")}, "body"),
    ],
)
async def test_what_is_missing_is_said(given: Cast, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await sent(given, **changed)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"related": (1,)}, "related"),
        ({"files": ("x",)}, "files"),
        ({"consent": None}, "consent"),
        ({"consent": Consent("dream", "patient")}, "consent_how"),
        ({"consent": Consent("phone", "neighbour")}, "consent_by"),
        ({"subject": None}, "subject_name"),
        ({"subject": Subject("Ruben", " ")}, "subject_number"),
        # Another's number would lead the receiver to somebody else.
        ({"subject": Subject("Ruben", "19680207-2399")}, "subject_number"),
    ],
)
async def test_nothing_but_text_goes_to_another_provider(
    given: Cast, changed: dict[str, Any], field: str
) -> None:
    ref = await given.waiting_case(given.ruben)
    with pytest.raises(Invalid) as refused:
        await actions.send(given.house, by=given.ylva, new=elsewhere(given, ref, **changed), key=KEY)
    assert refused.value.field == field


async def test_another_provider_reads_the_text_and_nothing_else(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    found = await actions.send(given.house, by=given.ylva, new=elsewhere(given, ref), key=KEY)
    assert found.consent is not None
    assert (found.consent.noted_by, found.consent.how) == ("Ylva Tallvik", "phone")
    await actions.accept(given.house, by=given.nora, ref=found.ref)
    async with given.database.transaction(given.nora.scope) as connection:
        assert len(await queries.thread(connection, found, by=given.nora)) == 2
        for table in (
            "care_case",
            "entry",
            "attachment",
            "consultation_case",
            "consultation_file",
            "patient",
        ):
            there = f"SELECT count(*) FROM {table} WHERE provider_id = $1"
            assert await connection.fetchval(there, found.provider_id) == 0, table
        for table in ("person", "person_identifier"):
            there = f"SELECT count(*) FROM {table} WHERE person_id = $1"
            assert await connection.fetchval(there, given.ruben.person_id) == 0, table
        with pytest.raises(NotFound):
            await readable_case(connection, by=given.nora, ref=ref)
    with pytest.raises(NotFound):
        await actions.go_to_case(given.house, by=given.nora, ref=found.ref, case=ref)
    # Its access is logged where she works, and says nothing of the visit.
    async with given.database.transaction(given.nora.scope) as connection:
        row = await connection.fetchrow(
            "SELECT unit_id, case_id FROM access_log WHERE provider_id = $1 AND action = 'accept_consultation'",
            given.nora.provider_id,
        )
    assert dict(row) == {"unit_id": given.norrhamn.unit_id, "case_id": None}
    await jobs.news(given.house, {"consultation": str(found.ref), "n": 2})
    assert (await told(given, ref))[-1].body["who"] == "Nora Hamnö"


async def test_the_database_itself_lets_no_visit_cross(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    found = await actions.send(given.house, by=given.ylva, new=elsewhere(given, ref), key=KEY)
    with pytest.raises(asyncpg.CheckViolationError, match="consultation_case_inside"):
        async with given.database.transaction(given.ylva.scope) as connection:
            await connection.execute(
                "INSERT INTO consultation_case VALUES ($1, $2, $3, $4)",
                *found.ref,
                found.to_provider_id,
                ref.case_id,
            )


async def test_who_may_not(given: Cast) -> None:
    found = await sent(given)

    async def refused(by: StaffActor, verb: Any, **more: Any) -> Refusal:
        with pytest.raises(Refusal) as caught:
            await verb(given.house, by=by, ref=found.ref, **more)
        return caught.value

    for outsider in (given.nora,):
        assert isinstance(await refused(outsider, actions.accept), NotFound)
    assert isinstance(await refused(given.hamid, actions.accept), Forbidden)
    assert isinstance(await refused(given.hamid, actions.decline, reason="Nej."), NotFound)
    assert isinstance(await refused(given.olle, actions.withdraw), NotFound)
    assert isinstance(await refused(given.petra, actions.withdraw), Forbidden)
    assert (await read(given, given.ylva, found.ref)).last_n == 1


async def test_it_is_declined_with_a_reason_and_the_sender_ends_theirs(given: Cast) -> None:
    found = await sent(given)
    with pytest.raises(Invalid):
        await actions.decline(given.house, by=given.olle, ref=found.ref, reason=" ")
    await actions.decline(given.house, by=given.olle, ref=found.ref, reason="Fel enhet.")
    now = await read(given, given.ylva, found.ref)
    assert (now.state, now.sender_ended_at) == (State.DECLINED, None)
    await actions.end(given.house, by=given.ylva, ref=found.ref, side=Side.SENDER)
    assert (await read(given, given.ylva, found.ref)).sender_ended_at is not None


async def test_what_1177_hands_over_by_telephone_is_never_declined(given: Cast) -> None:
    found = await sent(given, by_telephone=True)
    with pytest.raises(Forbidden, match="kan inte avböjas"):
        await actions.decline(given.house, by=given.olle, ref=found.ref, reason="Nej.")
    with pytest.raises(asyncpg.CheckViolationError, match="consultation_not_declined"):
        async with given.database.transaction(given.olle.scope) as connection:
            await connection.execute("UPDATE consultation SET state = 'declined', ended_at = $1", clock.now())


async def test_one_of_two_who_press_at_once_has_it(given: Cast) -> None:
    ref = await given.waiting_case(given.elin)
    asked = new(given, ref, person_id=given.elin.person_id, unit_id=given.angsviken.unit_id)
    found = await actions.send(given.house, by=given.ylva, new=asked, key=KEY)
    outcomes = await asyncio.gather(
        *(
            actions.accept(given.house, by=one, ref=found.ref)
            for one in (given.hamid, given.siri, given.ylva)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, int) for one in outcomes) == 1
    late = [one for one in outcomes if isinstance(one, BaseException)]
    assert len(late) == 2
    assert all(isinstance(one, SomebodyWasFirst) for one in late)
    assert await rows(given, given.ylva, found) == [Row.SENT, Row.ACCEPTED]


async def test_taking_and_taking_back_at_once_is_one_of_them(given: Cast) -> None:
    for place in range(6):
        found = await actions.send(
            given.house,
            by=given.ylva,
            new=new(given, await given.waiting_case(given.ruben) if not place else None),
            key=f"key-race-{place}",
        )
        outcomes = await asyncio.gather(
            actions.accept(given.house, by=given.olle, ref=found.ref),
            actions.withdraw(given.house, by=given.ylva, ref=found.ref),
            return_exceptions=True,
        )
        assert sum(isinstance(one, int) for one in outcomes) == 1, outcomes
        now = await read(given, given.ylva, found.ref)
        assert now.state in (State.ACCEPTED, State.WITHDRAWN)
        assert now.last_n == 2


async def test_both_sides_end_at_once(given: Cast) -> None:
    found = await sent(given)
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    await actions.answer(
        given.house, by=given.olle, ref=found.ref, side=Side.RECEIVER, text="Ja.", key="key-olle-1"
    )
    await asyncio.gather(
        actions.end(given.house, by=given.olle, ref=found.ref, side=Side.RECEIVER),
        actions.end(given.house, by=given.ylva, ref=found.ref, side=Side.SENDER),
    )
    now = await read(given, given.ylva, found.ref)
    assert (now.state, now.last_n) == (State.ENDED, 5)
    assert now.sender_ended_at is not None
    for by, side in ((given.olle, Side.RECEIVER), (given.ylva, Side.SENDER)):
        with pytest.raises(WrongState):
            await actions.end(given.house, by=by, ref=found.ref, side=side)


async def test_a_late_answer_brings_it_back_to_the_sender(given: Cast) -> None:
    found = await sent(given)
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    await actions.answer(
        given.house, by=given.olle, ref=found.ref, side=Side.RECEIVER, text="Ja.", key="key-olle-1"
    )
    await actions.end(given.house, by=given.ylva, ref=found.ref, side=Side.SENDER)
    await actions.answer(
        given.house, by=given.olle, ref=found.ref, side=Side.RECEIVER, text="Nej.", key="key-olle-2"
    )
    now = await read(given, given.ylva, found.ref)
    assert now.sender_ended_at is None
    assert now.sender_read_n < now.last_n


async def test_nothing_is_left_when_the_log_fails(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await given.waiting_case(given.ruben)

    async def fail(*_: object) -> None:
        raise OSError("no log")

    with monkeypatch.context() as patch:
        patch.setattr("vardlots.audit.log.write", fail)
        with pytest.raises(OSError, match="no log"):
            await sent(given, ref)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM consultation WHERE person_id = $1", given.ruben.person_id
            )
            == 0
        )
    assert not any(row.kind is Kind.CONSULTED for row in await told(given, ref))


async def test_a_visit_opens_to_whoever_is_asked_and_colleagues_read_why(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    found = await sent(given, ref)
    async with given.database.transaction(given.olle.scope) as connection:
        with pytest.raises(Forbidden):
            await readable_case(connection, by=given.olle, ref=ref)
    for _ in range(2):
        assert await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref) == ref
    opened = [row for row in await told(given, ref) if row.kind is Kind.OPENED_ANYWAY]
    assert [row.author_name for row in opened] == ["Olle Fjärdvik"]
    assert str(found.consultation_id) in opened[0].body["reason"]
    async with given.database.transaction(given.olle.scope) as connection:
        assert (await readable_case(connection, by=given.olle, ref=ref)).ref == ref
    assert await rows(given, given.olle, found) == [Row.SENT, Row.OPENED_CASE]
    other = await given.waiting_case(given.elin)
    with pytest.raises(NotFound):
        await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=other)


async def test_what_the_patient_has_blocked_stays_blocked(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    found = await sent(given, ref)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how) "
            "VALUES ($1, $2, $3, $4, $5, 'letter')",
            ref.provider_id,
            given.ruben.person_id,
            given.angsviken.unit_id,
            clock.now(),
            given.ylva.staff_id,
        )
    with pytest.raises(Forbidden) as refused:
        await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref)
    assert refused.value.code == "blocked"
    # Nor can somebody elsewhere send it on.
    with pytest.raises(Invalid) as chosen:
        await actions.send(
            given.house, by=given.olle, new=new(given, None, related=(ref.case_id,)), key="key-olle-9"
        )
    assert chosen.value.field == "related"


async def test_what_nobody_answers_is_reminded_of_by_its_priority(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await sent(given, priority=2)
    by = SystemActor(found.provider_id, actions.REMIND)
    assert await actions.remind(given.house, by=by, ref=found.ref) is None
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(queries, "is_someone_there", _yes)
    assert await actions.remind(given.house, by=by, ref=found.ref) == 2
    assert await promised(given, "notifications.consultation_waits", found.ref) == 1
    # Run twice it is too early again.
    assert await actions.remind(given.house, by=by, ref=found.ref) is None
    monkeypatch.setattr(queries, "is_someone_there", _no)
    muchlater = later + timedelta(hours=10)
    monkeypatch.setattr(clock, "now", lambda: muchlater)
    assert await actions.remind(given.house, by=by, ref=found.ref) is None
    # Nobody there: it is still unanswered, and the sweep finds it.
    await jobs.sweep(given.house)
    assert await promised(given, actions.REMIND, found.ref) >= 2
    monkeypatch.setattr(queries, "is_someone_there", _yes)
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    assert await actions.remind(given.house, by=by, ref=found.ref) is None


async def _yes(*_: object) -> bool:
    return True


async def _no(*_: object) -> bool:
    return False


async def test_how_far_each_side_has_read(given: Cast) -> None:
    found = await sent(given)
    heard = given.house.hub.subscribe([f"consultation:{found.ref}"])
    await actions.mark_read(given.house, by=given.olle, ref=found.ref, n=99)
    assert heard.pending
    now = await read(given, given.ylva, found.ref)
    assert (now.receiver_read_n, now.sender_read_n) == (1, 1)


async def taken_place(given: Cast, by: StaffActor, ref: CaseRef) -> tuple[int, str, int | None]:
    """Unit, role and owner of a case; its timeline says the same."""
    async with given.database.transaction(by.scope) as connection:
        case, folded = (
            await readable_case(connection, by=by, ref=ref),
            fold(await timeline(connection, ref)),
        )
    assert folded.place in (None, (case.unit_id, case.role))
    assert folded.owner_staff_id == case.owner_staff_id
    return case.unit_id, case.role, case.owner_staff_id


async def test_taking_over_a_misplaced_visit_makes_it_the_asked_units(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await write(given.house, by=given.ylva, ref=ref, message=Message("Jag frågar Strandgatan.", "key-ylva-1"))
    found = await sent(given, ref)
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    # The one who asked is responsible until then.
    assert await taken_place(given, given.ylva, ref) == (
        given.angsviken.unit_id,
        "nurse",
        given.ylva.staff_id,
    )
    await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref)
    heard = given.house.hub.subscribe(
        [f"unit:{given.angsviken.unit_id}", f"unit:{given.strandgatan.unit_id}"]
    )
    await taking.take_over(
        given.house, by=given.olle, ref=ref, from_staff_id=given.ylva.staff_id, reason="Efter konsultation."
    )
    assert set(heard.pending) == {f"unit:{given.angsviken.unit_id}", f"unit:{given.strandgatan.unit_id}"}
    assert await taken_place(given, given.olle, ref) == (
        given.strandgatan.unit_id,
        "nurse",
        given.olle.staff_id,
    )
    assert await rows(given, given.olle, found) == [Row.SENT, Row.ACCEPTED, Row.OPENED_CASE, Row.TAKEN]
    async with given.database.transaction(given.ruben.scope) as connection:
        seen = await timeline(connection, ref)
    assert [row.body.get("text") for row in seen if row.kind is Kind.MESSAGE][-1] == "Jag frågar Strandgatan."
    assert (seen[-1].kind, seen[-1].author_name) == (Kind.TAKEN_OVER, "Olle Fjärdvik")
    await write(given.house, by=given.olle, ref=ref, message=Message("Nu är det jag.", "key-olle-1"))
    async with given.database.transaction(given.ylva.scope) as connection:
        with pytest.raises(Forbidden):
            await readable_case(connection, by=given.ylva, ref=ref)


async def test_taking_a_waiting_visit_answers_the_question_too(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    found = await sent(given, ref)
    await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref)
    await taking.accept(given.house, by=given.olle, ref=ref)
    assert await taken_place(given, given.olle, ref) == (
        given.strandgatan.unit_id,
        "nurse",
        given.olle.staff_id,
    )
    assert await rows(given, given.olle, found) == [Row.SENT, Row.OPENED_CASE, Row.ACCEPTED, Row.TAKEN]


async def test_a_colleague_at_home_takes_it_as_before(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    found = await sent(given, ref, unit_id=given.angsviken.unit_id, role="physician")
    await taking.accept(given.house, by=given.hamid, ref=ref)
    assert await taken_place(given, given.hamid, ref) == (
        given.angsviken.unit_id,
        "nurse",
        given.hamid.staff_id,
    )
    assert await rows(given, given.hamid, found) == [Row.SENT]
    # The physician who has accepted the question makes it the physicians'.
    await actions.accept(given.house, by=given.siri, ref=found.ref)
    await taking.take_over(
        given.house, by=given.siri, ref=ref, from_staff_id=given.hamid.staff_id, reason="Efter konsultation."
    )
    assert await taken_place(given, given.siri, ref) == (
        given.angsviken.unit_id,
        "physician",
        given.siri.staff_id,
    )


async def test_a_visit_stays_where_the_unit_has_one_of_the_same_reason(given: Cast) -> None:
    await given.waiting_case(given.ruben, unit=given.strandgatan)
    ref = await given.waiting_case(given.ruben)
    found = await sent(given, ref)
    await actions.accept(given.house, by=given.olle, ref=found.ref)
    await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref)
    await taking.accept(given.house, by=given.olle, ref=ref)
    assert (await taken_place(given, given.olle, ref))[::2] == (given.angsviken.unit_id, given.olle.staff_id)


async def test_two_who_take_the_same_visit_leave_one_row_there(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    found = await sent(given, ref)
    await actions.go_to_case(given.house, by=given.olle, ref=found.ref, case=ref)
    outcomes = await asyncio.gather(
        taking.accept(given.house, by=given.olle, ref=ref),
        taking.accept(given.house, by=given.hamid, ref=ref),
        actions.accept(given.house, by=given.olle, ref=found.ref),
        return_exceptions=True,
    )
    assert sum(isinstance(one, int) for one in outcomes[:2]) == 1, outcomes
    took = isinstance(outcomes[0], int)
    assert (Row.TAKEN in await rows(given, given.olle, found)) == took
