"""A visit handed over: each actor, each answer, two at once, and what is left when something fails."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases import actions
from vardlots.cases.fold import fold
from vardlots.cases.handovers import queries
from vardlots.cases.handovers.actions import (
    REMIND,
    accept_handover,
    decline_handover,
    hand_over,
    remind_handover,
    withdraw_handover,
)
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import Audience, Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, SomebodyWasFirst, WrongState

DOCTORS = Receiver("physician")


async def ask(
    given: Cast, ref: CaseRef, to: Receiver = DOCTORS, *, priority: int = 3, why: str = "other_competence"
) -> int:
    return await hand_over(
        given.house, by=given.ylva, ref=ref, to=to, priority=priority, why=why, message="Varmt och rött."
    )


async def read(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows(given: Cast, ref: CaseRef, by: object = None) -> list[Entry]:
    async with given.database.transaction((by or given.ylva).scope) as connection:  # type: ignore[attr-defined]
        return await timeline(connection, ref)


async def agrees(given: Cast, ref: CaseRef) -> None:
    """The case's row says what its timeline says."""
    case, told = await read(given, ref), fold(await rows(given, ref))
    for name in ("phase", "priority", "owner_staff_id", "handover_n", "handover_role", "handover_staff_id"):
        assert getattr(case, name) == getattr(told, name), name


async def promised(given: Cast, name: str, ref: CaseRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') LIKE $2",
                name,
                f'%"{ref}"%',
            )
        )


async def test_a_role_is_asked_and_the_owner_stays_until_somebody_accepts(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    heard = given.house.hub.subscribe([f"staff:{given.ylva.staff_id}", f"staff:{given.siri.staff_id}"])
    n = await ask(given, ref, priority=2)
    case = await read(given, ref)
    assert (case.owner_staff_id, case.priority, case.handover_n, case.role) == (
        given.ylva.staff_id,
        2,
        n,
        "nurse",
    )
    asks, told = (await rows(given, ref))[-2:]
    assert (asks.kind, asks.audience, asks.body) == (
        Kind.HANDED_OVER,
        Audience.STAFF,
        {
            "role": "physician",
            "asked": "Läkare",
            "staff_id": None,
            "who": "",
            "priority": 2,
            "from": 3,
            "reason": "other_competence",
            "message": "Varmt och rött.",
        },
    )
    assert (told.kind, told.audience) == (Kind.HANDOVER_TOLD, Audience.PATIENT)
    assert [row.kind for row in await rows(given, ref, given.ruben)][-1] is Kind.HANDOVER_TOLD
    await agrees(given, ref)
    await write(given.house, by=given.ylva, ref=ref, message=Message("Jag är kvar.", "key-ylva-1"))
    with pytest.raises(Forbidden):
        await write(given.house, by=given.siri, ref=ref, message=Message("Hej.", "key-siri-1"))
    took = await accept_handover(given.house, by=given.siri, ref=ref, n=n)
    case = await read(given, ref)
    assert (case.owner_staff_id, case.role, case.handover_n) == (given.siri.staff_id, "physician", None)
    told = (await rows(given, ref, given.ruben))[-1]
    assert (told.n, told.kind, told.body, told.author_name) == (
        took,
        Kind.HANDOVER_ACCEPTED,
        {"title": "Läkare"},
        "Siri Åbrink",
    )
    assert set(heard.pending) == {f"staff:{given.ylva.staff_id}", f"staff:{given.siri.staff_id}"}
    await agrees(given, ref)
    await write(given.house, by=given.siri, ref=ref, message=Message("Nu är det jag.", "key-siri-2"))
    with pytest.raises(Forbidden):
        await write(given.house, by=given.ylva, ref=ref, message=Message("Mitt i.", "key-ylva-2"))
    assert await promised(given, "notifications.handover", ref) == 1
    assert await promised(given, "notifications.handover_answered", ref) == 1
    # Pressed twice is once.
    assert await accept_handover(given.house, by=given.siri, ref=ref, n=n) == took


async def test_what_is_asked_must_be_possible(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for to, field in (
        (Receiver("physio"), "resource"),
        (Receiver("log_reviewer"), "resource"),
        (Receiver("nurse", given.ylva.staff_id), "resource"),
        (Receiver("physician", given.hamid.staff_id), "resource"),
        (Receiver("nurse", given.olle.staff_id), "resource"),
        (Receiver("nurse", given.nora.staff_id), "resource"),
    ):
        with pytest.raises(Invalid) as refusal:
            await ask(given, ref, to)
        assert refusal.value.field == field
    with pytest.raises(Invalid) as refusal:
        await ask(given, ref, priority=13)
    assert refusal.value.field == "priority"
    with pytest.raises(Invalid) as refusal:
        await ask(given, ref, why="because")
    assert refusal.value.field == "reason"
    assert (await read(given, ref)).handover_n is None
    n = await ask(given, ref)
    assert await ask(given, ref) == n, "asked twice is once"
    with pytest.raises(WrongState) as again:
        await ask(given, ref, Receiver("nurse"))
    assert again.value.code == "already_asked"


async def test_who_asks_and_who_answers(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for by, kind in (
        (given.hamid, Forbidden),
        (given.olle, Forbidden),
        (given.nora, NotFound),
        (given.rune, Forbidden),
        (given.ruben, Forbidden),
        (given.elin, NotFound),
    ):
        with pytest.raises(kind):
            await hand_over(given.house, by=by, ref=ref, to=DOCTORS, priority=3, why="misplaced")  # type: ignore[arg-type]
    n = await ask(given, ref, Receiver("nurse", given.hamid.staff_id))
    for by, refused in (
        (given.siri, Forbidden),
        (given.ylva, WrongState),
        (given.olle, Forbidden),
        (given.nora, NotFound),
        (given.ruben, Forbidden),
    ):
        with pytest.raises(refused):
            await accept_handover(given.house, by=by, ref=ref, n=n)  # type: ignore[arg-type]
        with pytest.raises(refused):
            await decline_handover(given.house, by=by, ref=ref, n=n, reason="Nej.")  # type: ignore[arg-type]
    for by, kind in ((given.hamid, Forbidden), (given.siri, Forbidden), (given.nora, NotFound)):
        with pytest.raises(kind):
            await withdraw_handover(given.house, by=by, ref=ref, n=n)
    await accept_handover(given.house, by=given.hamid, ref=ref, n=n)
    await agrees(given, ref)


async def test_declined_with_a_reason_it_stays_where_it_was(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await ask(given, ref, Receiver("nurse", given.hamid.staff_id))
    with pytest.raises(Invalid):
        await decline_handover(given.house, by=given.hamid, ref=ref, n=n, reason="  ")
    row = await decline_handover(given.house, by=given.hamid, ref=ref, n=n, reason="Jag går om tio minuter.")
    case = await read(given, ref)
    assert (case.owner_staff_id, case.handover_n) == (given.ylva.staff_id, None)
    assert (await rows(given, ref))[-1].body == {"reason": "Jag går om tio minuter."}
    assert Kind.HANDOVER_DECLINED not in [one.kind for one in await rows(given, ref, given.ruben)]
    assert await promised(given, "notifications.handover_answered", ref) == 1
    assert await decline_handover(given.house, by=given.hamid, ref=ref, n=n, reason="Igen.") == row
    async with given.database.transaction(given.ylva.scope) as connection:
        told = await queries.declined(connection, case)
    assert told is not None
    assert (told.who, told.reason) == ("Hamid Nordsken", "Jag går om tio minuter.")
    await agrees(given, ref)
    again = await ask(given, ref)
    with pytest.raises(WrongState) as gone:
        await accept_handover(given.house, by=given.hamid, ref=ref, n=n)
    assert gone.value.code == "no_handover"
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await queries.declined(connection, await read(given, ref)) is None
    await accept_handover(given.house, by=given.siri, ref=ref, n=again)


async def test_a_press_on_an_old_request_answers_no_new_one(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    old = await ask(given, ref)
    await withdraw_handover(given.house, by=given.ylva, ref=ref, n=old)
    new = await ask(given, ref, priority=1)
    for press in (
        accept_handover(given.house, by=given.siri, ref=ref, n=old),
        decline_handover(given.house, by=given.siri, ref=ref, n=old, reason="Nej."),
    ):
        with pytest.raises(WrongState) as gone:
            await press
        assert gone.value.code == "no_handover"
    assert await withdraw_handover(given.house, by=given.ylva, ref=ref, n=old) < new, "done once already"
    assert (await read(given, ref)).handover_n == new
    job = SystemActor(ref.provider_id, REMIND)
    with clock.shifted(timedelta(hours=1)):
        assert await remind_handover(given.house, by=job, ref=ref, n=old) is None


async def test_taken_back_nobody_is_asked(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await ask(given, ref)
    row = await withdraw_handover(given.house, by=given.ylva, ref=ref, n=n)
    assert await withdraw_handover(given.house, by=given.ylva, ref=ref, n=n) == row
    with pytest.raises(WrongState) as gone:
        await accept_handover(given.house, by=given.siri, ref=ref, n=n)
    assert (gone.value.message, gone.value.values) == (
        "{who} tog tillbaka överlämningen.",
        {"who": "Ylva Tallvik"},
    )
    await agrees(given, ref)


@pytest.mark.parametrize("first", ["release", "end", "take_over"])
async def test_it_ends_with_whose_the_visit_is(given: Cast, first: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await ask(given, ref)
    if first == "release":
        await actions.release(given.house, by=given.ylva, ref=ref)
    elif first == "end":
        await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    else:
        from vardlots.cases.openings.actions import take_over

        await take_over(given.house, by=given.hamid, ref=ref, from_staff_id=given.ylva.staff_id, reason="Nu.")
    with pytest.raises(WrongState) as gone:
        await accept_handover(given.house, by=given.siri, ref=ref, n=n)
    assert gone.value.values["who"]
    await agrees(given, ref)


@pytest.mark.slow
async def test_of_two_who_accept_at_once_one_has_it_and_the_other_reads_who(given: Cast) -> None:
    for _ in range(5):
        ref = await given.ongoing_case(given.ruben)
        n = await ask(given, ref, Receiver("nurse"))
        colleague = await another_nurse(given)
        results = await asyncio.gather(
            accept_handover(given.house, by=given.hamid, ref=ref, n=n),
            accept_handover(given.house, by=colleague, ref=ref, n=n),
            return_exceptions=True,
        )
        lost = [one for one in results if isinstance(one, BaseException)]
        assert len(lost) == 1
        assert isinstance(lost[0], SomebodyWasFirst), lost
        owner = (await read(given, ref)).owner_staff_id
        names = {given.hamid.staff_id: given.hamid.name, colleague.staff_id: colleague.name}
        assert lost[0].who == names[owner or 0]
        assert [row.kind for row in await rows(given, ref)].count(Kind.HANDOVER_ACCEPTED) == 1
        await agrees(given, ref)
        await actions.end(
            given.house,
            by=given.hamid if owner == given.hamid.staff_id else colleague,
            ref=ref,
            follow_up_days=0,
        )


@pytest.mark.slow
@pytest.mark.parametrize("other", ["withdraw", "end", "release"])
async def test_accepted_while_the_owner_does_something_else_exactly_one_wins(given: Cast, other: str) -> None:
    for turn in range(6):
        ref = await given.ongoing_case(given.ruben)
        n = await ask(given, ref)

        async def theirs(ref: CaseRef = ref, n: int = n) -> int:
            if other == "withdraw":
                return await withdraw_handover(given.house, by=given.ylva, ref=ref, n=n)
            if other == "end":
                return await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
            return await actions.release(given.house, by=given.ylva, ref=ref)

        both = [accept_handover(given.house, by=given.siri, ref=ref, n=n), theirs()]
        results = await asyncio.gather(*(both if turn % 2 else reversed(both)), return_exceptions=True)
        lost = [one for one in results if isinstance(one, BaseException)]
        assert len(lost) == 1, results
        assert isinstance(lost[0], Refusal)
        case = await read(given, ref)
        kinds = [row.kind for row in await rows(given, ref)]
        assert (Kind.HANDOVER_ACCEPTED in kinds) == (case.owner_staff_id == given.siri.staff_id)
        await agrees(given, ref)
        if case.phase is Phase.QUEUED:
            await actions.leave_queue(given.house, by=given.ruben, ref=ref)
        elif case.phase is Phase.ONGOING:
            owner = given.siri if case.owner_staff_id == given.siri.staff_id else given.ylva
            await actions.end(given.house, by=owner, ref=ref, follow_up_days=0)


async def another_nurse(given: Cast) -> StaffActor:
    from tests.cast import _staff

    async with given.database.transaction(NOBODY) as connection:
        mark = await connection.fetchval("SELECT count(*) + 90000 FROM staff")
        return await _staff(connection, "Aino", "Rautamäki", "Sjuksköterska", "nurse", given.angsviken, mark)


async def test_nothing_is_left_of_a_handover_whose_audit_fails(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await read(given, ref)

    async def failing(*_: object, **__: object) -> None:
        raise asyncpg.InterfaceError("gone")

    from vardlots.cases.handovers import actions as own

    with monkeypatch.context() as broken:
        broken.setattr(own, "promise_notice_to_staff", failing)
        with pytest.raises(asyncpg.InterfaceError):
            await ask(given, ref)
    assert await read(given, ref) == before
    n = await ask(given, ref)
    with monkeypatch.context() as broken:
        broken.setattr(own, "promise_notice_to_staff", failing)
        for press in (
            accept_handover(given.house, by=given.siri, ref=ref, n=n),
            decline_handover(given.house, by=given.siri, ref=ref, n=n, reason="Nej."),
        ):
            with pytest.raises(asyncpg.InterfaceError):
                await press
    assert (await read(given, ref)).handover_n == n
    await agrees(given, ref)
