"""A visit that goes on at another provider: with a yes or not at all, and ended here when the patient has read (E4)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases import actions as cases
from vardlots.cases.fold import fold
from vardlots.cases.guests.actions import invite
from vardlots.cases.handovers.actions import hand_over
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import Audience, Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.cases.referring import actions, jobs
from vardlots.cases.referring.model import Placed, Referral, Said
from vardlots.cases.referring.rules import ReferralRules, Stand, stand
from vardlots.cases.turn import Repeated
from vardlots.consents import queries as consents
from vardlots.consents.model import ConsentKind, How
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.notifications.model import StaffNoticeKind
from vardlots.notifications.staff.policy import Facts, is_news
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState

RULES = ReferralRules()
TOLD = "Hej Ruben. Norrhamns läkarhus tar över ditt ärende. De skriver till dig där."


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows_of(given: Cast, ref: CaseRef, by: Any = None) -> list[Entry]:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        await readable_case(connection, by=by, ref=ref)
        return await timeline(connection, ref)


async def nothing_more(_connection: Connection) -> Placed:
    return Placed("1-5")


def new(given: Cast, **changed: Any) -> Referral:
    said = Said(given_by=given.ruben.person_id, how=How.DIGITAL, at=clock.now())
    plain = Referral(message=TOLD, to="Norrhamn", said=said, key=uuid4().hex)
    return msgspec.structs.replace(plain, **changed)


async def refer(given: Cast, ref: CaseRef, by: StaffActor | None = None, **changed: Any) -> int:
    return await actions.refer(
        given.house, by=by or given.ylva, ref=ref, new=new(given, **changed), place=nothing_more
    )


async def promised(given: Cast, name: str, ref: CaseRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') LIKE $2",
                name,
                f'%"ref":"{ref}"%',
            )
        )


def payload(case: Case) -> dict[str, Any]:
    return {"ref": str(case.ref), "n": case.referred_n}


async def test_the_patient_is_told_the_yes_is_kept_and_the_visit_is_marked(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await refer(given, ref)
    case, rows = await case_of(given, ref), await rows_of(given, ref)
    told, marked = rows[-2], rows[-1]
    assert (told.kind, told.audience, told.body["text"]) == (Kind.MESSAGE, Audience.PATIENT, TOLD)
    assert (marked.n, marked.kind, marked.audience) == (n, Kind.REFERRED, Audience.STAFF)
    assert marked.body["message_n"] == told.n == case.referred_n
    assert (marked.body["to"], marked.body["consultation"]) == ("Norrhamn", "1-5")
    assert marked.body["consent"]["how"] == "digital"
    assert case.referred_due == marked.at + RULES.unread_for
    assert case.phase is Phase.ONGOING
    assert fold(rows).referred_n == told.n
    assert Kind.REFERRED not in [row.kind for row in await rows_of(given, ref, given.ruben)]
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await consents.holds(connection, ref.provider_id, given.ruben.person_id, ConsentKind.HANDOVER)
    assert await promised(given, actions.DUE, ref) == 1
    assert await promised(given, actions.END, ref) == 0


async def test_it_ends_by_itself_when_the_patient_has_read_and_a_moment_has_gone(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await refer(given, ref)
    case = await case_of(given, ref)
    assert case.referred_n is not None
    await jobs.end(given.house, payload(case))
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    # Whoever reads up to the row before has not read where to turn.
    await mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n - 1)
    assert await promised(given, actions.END, ref) == 0
    await mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n)
    await mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n)
    assert await promised(given, actions.END, ref) == 1
    for _ in range(2):
        await jobs.end(given.house, payload(case))
    ended = await case_of(given, ref)
    rows = await rows_of(given, ref)
    assert (ended.phase, ended.referred_n, ended.referred_due) == (Phase.CLOSED, None, None)
    assert [row.kind for row in rows].count(Kind.ENDED) == 1
    assert rows[-1].body == {"days": 0, "until": None, "referred": "Norrhamn"}
    assert rows[-1].author_kind == "system"
    assert fold(rows).phase is Phase.CLOSED


async def test_staff_who_look_have_not_read_for_the_patient(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await refer(given, ref)
    case = await case_of(given, ref)
    await mark_read(given.house, by=given.ylva, ref=ref, n=case.last_n)
    await jobs.end(given.house, payload(case))
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    assert await promised(given, actions.END, ref) == 0


async def test_a_patient_who_answers_instead_keeps_it_open(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await refer(given, ref)
    case = await case_of(given, ref)
    assert case.referred_n is not None
    await mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n)
    await write(given.house, by=given.ruben, ref=ref, message=Message("Måste jag dit?", uuid4().hex))
    await jobs.end(given.house, payload(case))
    with clock.at(case.referred_due):  # type: ignore[arg-type]
        await jobs.due(given.house, payload(case))
    after = await case_of(given, ref)
    assert after.phase is Phase.ONGOING
    assert stand(after, clock.now()) is Stand.ANSWERED
    assert await promised(given, "notifications.must_call", ref) == 0
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    assert (await case_of(given, ref)).referred_n is None


async def test_nobody_has_read_in_time_so_somebody_telephones_and_reading_later_ends_it(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await refer(given, ref)
    case = await case_of(given, ref)
    assert case.referred_due is not None
    with clock.at(case.referred_due - timedelta(seconds=1)):
        await jobs.due(given.house, payload(case))
    assert await promised(given, "notifications.must_call", ref) == 0
    with clock.at(case.referred_due):
        await jobs.due(given.house, payload(case))
        assert stand(case, clock.now()) is Stand.UNREAD
    assert await promised(given, "notifications.must_call", ref) == 1
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    assert case.referred_n is not None
    await mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n)
    await jobs.end(given.house, payload(case))
    assert (await case_of(given, ref)).phase is Phase.CLOSED


async def test_a_lost_job_is_looked_for(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await refer(given, ref)
    case = await case_of(given, ref)
    assert case.referred_n is not None
    assert case.referred_due is not None
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE care_case SET patient_read_n = $3 WHERE provider_id = $1 AND case_id = $2",
            *ref,
            case.referred_n,
        )
    before = await promised(given, actions.DUE, ref)
    with clock.at(case.referred_due + jobs.OVERDUE + timedelta(seconds=1)):
        await jobs.sweep(given.house)
        await jobs.sweep(given.house)
        assert await promised(given, actions.DUE, ref) == before + 1
        await jobs.due(given.house, payload(case))
    assert (await case_of(given, ref)).phase is Phase.CLOSED


async def test_who_may(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await invite(given.house, by=given.ylva, ref=ref, staff_id=given.hamid.staff_id, mode="chat")
    for by, refusal in (
        (given.nora, NotFound),
        (given.olle, Forbidden),
        (given.siri, Forbidden),
        (given.hamid, Forbidden),
        (given.ruben, Forbidden),
        (given.elin, NotFound),
        (SystemActor(ref.provider_id, "test"), Forbidden),
    ):
        with pytest.raises(refusal):
            await refer(given, ref, by=by)  # type: ignore[arg-type]
    await refer(given, ref)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"message": "  "}, "message"), ({"message": "x" * 4001}, "message"), ({"key": "kort"}, "key")],
)
async def test_what_is_missing_is_said(given: Cast, changed: dict[str, Any], field: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    with pytest.raises(Invalid) as refusal:
        await refer(given, ref, **changed)
    assert refusal.value.field == field


async def test_without_a_yes_of_theirs_nothing_goes(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    now, whose = clock.now(), given.ruben.person_id
    for said, field in (
        (Said(given_by=given.elin.person_id, how=How.DIGITAL, at=now), "given_by"),
        (Said(given_by=whose, how=How.DIGITAL, at=now + timedelta(minutes=5)), "at"),
        (Said(given_by=whose, how=How.DIGITAL, at=now - timedelta(days=400)), "at"),
    ):
        with pytest.raises(Invalid) as refusal:
            await refer(given, ref, said=said)
        assert refusal.value.field == field
    assert [row.kind for row in await rows_of(given, ref)][-1] is Kind.MESSAGE
    assert (await case_of(given, ref)).referred_n is None


async def test_a_guardian_says_yes_for_a_child(given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    yes = Said(given_by=given.elin.person_id, how=How.TELEPHONE, at=clock.now())
    await refer(given, ref, said=yes)
    assert (await rows_of(given, ref))[-1].body["consent"]["by"] == "Elin Sjöqvarn"


async def test_all_or_nothing_when_the_question_cannot_be_placed(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await rows_of(given, ref)

    async def fails(_connection: Connection) -> Placed:
        raise WrongState("Enheten tar inte emot.")

    with pytest.raises(WrongState):
        await actions.refer(given.house, by=given.ylva, ref=ref, new=new(given), place=fails)
    assert await rows_of(given, ref) == before
    async with given.database.transaction(given.ylva.scope) as connection:
        kept = await consents.holds(connection, ref.provider_id, given.ruben.person_id, ConsentKind.HANDOVER)
    assert not kept


async def test_all_or_nothing_when_the_log_cannot_be_written(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await rows_of(given, ref)

    async def unlogged(connection: Connection) -> Placed:
        await connection.execute("INSERT INTO access_log (provider_id) VALUES (NULL)")
        return Placed("1-5")

    with pytest.raises(asyncpg.NotNullViolationError):
        await actions.refer(given.house, by=given.ylva, ref=ref, new=new(given), place=unlogged)
    assert await rows_of(given, ref) == before


async def test_two_tabs_are_one(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    one, other = new(given), new(given)
    again = await asyncio.gather(
        *(
            actions.refer(given.house, by=given.ylva, ref=ref, new=sent, place=nothing_more)
            for sent in (one, one, other)
        ),
        return_exceptions=True,
    )
    assert len([found for found in again if isinstance(found, int)]) == 1
    assert all(isinstance(found, int | Repeated | WrongState) for found in again), again
    assert [row.kind for row in await rows_of(given, ref)].count(Kind.REFERRED) == 1


async def test_the_owner_ends_while_the_patient_reads(given: Cast) -> None:
    for _ in range(4):
        ref = await given.ongoing_case(given.ruben, reason=f"reason_{uuid4().hex[:8]}")
        await refer(given, ref)
        case = await case_of(given, ref)
        assert case.referred_n is not None
        await mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n)
        found = await asyncio.gather(
            cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=0),
            jobs.end(given.house, payload(case)),
            jobs.due(given.house, payload(case)),
            return_exceptions=True,
        )
        assert all(one is None or isinstance(one, int | Refusal) for one in found), found
        assert [row.kind for row in await rows_of(given, ref)].count(Kind.ENDED) == 1
        assert (await case_of(given, ref)).phase is Phase.CLOSED


async def test_the_time_is_over_while_the_patient_reads(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await refer(given, ref)
    case = await case_of(given, ref)
    assert case.referred_n is not None
    assert case.referred_due is not None
    with clock.at(case.referred_due):
        await asyncio.gather(
            mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n),
            jobs.due(given.house, payload(case)),
        )
    await jobs.end(given.house, payload(case))
    assert (await case_of(given, ref)).phase is Phase.CLOSED


async def test_a_visit_that_waits_for_a_colleague_is_not_sent_elsewhere(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await hand_over(
        given.house, by=given.ylva, ref=ref, to=Receiver("physician", None), priority=3, why="misplaced"
    )
    with pytest.raises(WrongState) as refusal:
        await refer(given, ref)
    assert refusal.value.code == "handover_waits"


async def test_a_case_that_has_not_begun_is_not_referred(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    with pytest.raises(Refusal):
        await refer(given, ref)
    await cases.accept(given.house, by=given.ylva, ref=ref)
    with pytest.raises(WrongState):
        await refer(given, ref)


def test_how_it_stands_in_every_case() -> None:
    now = clock.now()
    seen: dict[tuple[int, int, bool], Stand | None] = {}
    for read, spoke, over in ((r, s, o) for r in (4, 5, 6) for s in (3, 6) for o in (False, True)):
        due = now if over else now + timedelta(seconds=1)
        case = msgspec.convert(_CASE | {"patient_read_n": read, "patient_last_n": spoke}, Case)
        case = msgspec.structs.replace(case, referred_n=5, referred_due=due)
        seen[read, spoke, over] = stand(case, now)
        assert stand(msgspec.structs.replace(case, referred_n=None, referred_due=None), now) is None
    assert {key for key, found in seen.items() if found is Stand.ANSWERED} == {k for k in seen if k[1] == 6}
    assert {key for key, found in seen.items() if found is Stand.READ} == {
        k for k in seen if k[1] == 3 and k[0] >= 5
    }
    assert seen[4, 3, False] is Stand.WAITS
    assert seen[4, 3, True] is Stand.UNREAD


_NOW = clock.now()
_CASE: dict[str, Any] = {
    **dict.fromkeys(("provider_id", "case_id", "person_id", "actor_person_id", "unit_id"), 1),
    **dict.fromkeys(("role", "reason", "fact", "notice_state"), ""),
    **dict.fromkeys(("arrived_at", "changed_at", "accepted_at", "started_at"), _NOW),
    **dict.fromkeys(("ended_at", "writable_until", "inbox_at", "interview_id"), None),
    **dict.fromkeys(("last_n", "patient_read_n", "staff_read_n", "patient_last_n", "staff_last_n"), 1),
    "phase": "ongoing",
    "priority": 3,
    "triage_priority": 3,
    "owner_staff_id": 1,
}


def test_staff_are_told_only_while_it_is_unread() -> None:
    case = msgspec.convert(_CASE | {"patient_read_n": 4, "patient_last_n": 3}, Case)
    case = msgspec.structs.replace(case, referred_n=5, referred_due=_NOW)

    def news(of: Case, n: int = 5) -> bool:
        return is_news(StaffNoticeKind.MUST_CALL, of, n, Facts())

    assert news(case)
    assert not news(case, n=4)
    assert not news(msgspec.structs.replace(case, patient_read_n=5))
    assert not news(msgspec.structs.replace(case, referred_n=None, referred_due=None))
    assert not news(msgspec.structs.replace(case, phase=Phase.CLOSED))
