"""A call to 1177 by telephone that goes on: a unit has it from now on, or the patient a ticket (E5, I4's routing)."""

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import PERSONNUMMER, Cast, Unit

from vardlots.access.actor import SystemActor
from vardlots.cases.fold import fold
from vardlots.cases.model import Case, Kind, Phase
from vardlots.consultations import actions as consultations
from vardlots.consultations.model import CONSULTATION_COLUMNS, Consultation, Side, consultation_from
from vardlots.consultations.queries import related_ids, thread
from vardlots.people.actions import Known, recognise
from vardlots.people.queries import person
from vardlots.platform.db import NOBODY, provider_scope
from vardlots.platform.errors import Forbidden, Invalid, NotFound
from vardlots.tickets.model import TICKET_COLUMNS, Ticket, ticket_from
from vardlots.tickets.model import Kind as TicketKind
from vardlots.triage.assisted.actions import finish_assisted
from vardlots.triage.assisted.model import Call, Caller, Ending
from vardlots.triage.assisted.onward.queries import Onward, onward
from vardlots.triage.assisted.queries import own_assisted
from vardlots.triage.assisted.tests.test_assisted import (
    NUMBER,
    answered,
    begin,
    registered,
    rows_of,
    spoken,
)
from vardlots.triage.queries import InterviewRef, Kept

ALWAYS = {str(day): ["00:00", "24:00"] for day in range(7)} | {"holiday": ["00:00", "24:00"]}
# What comes to a visit in person to a physician, to be booked.
BOOKED = "shoulder_pain"


@pytest.fixture
async def ruben(given: Cast) -> int:
    """Ylva works at 1177 by telephone; Ruben is listed at Strandgatan, and registered."""
    await registered(given, given.ruben.person_id, given.ruben)
    await unit_is(given, given.angsviken, kind="telephone")
    await listed(given, given.strandgatan)
    return given.ruben.person_id


async def unit_is(given: Cast, unit: Unit, **columns: Any) -> None:
    async with given.database.transaction(provider_scope(unit.provider_id)) as connection:
        for column, value in columns.items():
            await connection.execute(f"UPDATE unit SET {column} = $2 WHERE unit_id = $1", unit.unit_id, value)


async def listed(given: Cast, unit: Unit) -> None:
    """As the population register says it."""
    async with given.database.transaction(given.ruben.scope) as connection:
        found = await person(connection, given.ruben.person_id)
    assert found is not None
    known = Known(
        system=PERSONNUMMER,
        number=found.number,
        given_name=found.given_name,
        family_name=found.family_name,
        birth_date=found.birth_date,
        mobile=found.mobile,
        listed_unit_id=unit.unit_id,
        registered=True,
    )
    await recognise(given.database, known=known)


async def call(
    given: Cast, reason: str = "sore_throat", *, line: Call | None = None, **grave: Any
) -> tuple[InterviewRef, Kept]:
    ref = await begin(given, reason=reason, call=line or Call(phone=NUMBER))
    return ref, await answered(given, ref, grave=grave or None)


async def way_of(given: Cast, ref: InterviewRef) -> Onward:
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await own_assisted(connection, by=given.ylva, ref=ref)
        return await onward(connection, by=given.ylva, found=found)


async def ended(
    given: Cast, ref: InterviewRef, kept: Kept, ending: Ending, unit: Unit, **changed: Any
) -> Case:
    assert kept.outcome is not None
    decided = {"priority": kept.outcome["scheme_priority"], **changed}
    consents = decided.pop("consents", False)
    said = spoken(kept, unit, **decided)
    return await finish_assisted(
        given.house,
        by=given.ylva,
        ref=ref,
        rev=kept.rev,
        spoken=msgspec.structs.replace(said, consents=consents),
        ending=ending,
    )


async def sent(given: Cast, case: Case) -> Consultation:
    async with given.database.transaction(given.ylva.scope) as connection:
        [row] = await connection.fetch(
            f"SELECT {CONSULTATION_COLUMNS} FROM consultation WHERE from_case_id = $1", case.case_id
        )
    return consultation_from(row)


async def problem(given: Cast, found: Consultation, provider_id: int) -> str:
    async with given.database.transaction(provider_scope(provider_id)) as connection:
        return str((await thread(connection, found, by=SystemActor(provider_id, "test")))[0].body["text"])


async def ticket(given: Cast, case: Case) -> Ticket:
    async with given.database.transaction(given.ylva.scope) as connection:
        [row] = await connection.fetch(
            f"SELECT {TICKET_COLUMNS} FROM ticket WHERE from_case_id = $1", case.case_id
        )
    return ticket_from(row)


async def none_left(given: Cast, ref: InterviewRef) -> None:
    """Nothing was written: no case, nothing that was sent."""
    async with given.database.transaction(given.ylva.scope) as connection:
        for table in ("consultation", "ticket", "care_case"):
            count = await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE person_id = $1", given.ruben.person_id
            )
            assert count == 0, table
        found = await own_assisted(connection, by=given.ylva, ref=ref)
    assert found.kept.stage != "done"


# Handed over


async def test_the_unit_has_it_and_the_calls_own_case_stays_ended(given: Cast, ruben: int) -> None:
    ref, kept = await call(given)
    way = await way_of(given, ref)
    assert way.endings[0] is Ending.HANDED_OVER
    assert way.receiver.place is not None
    assert way.receiver.place.unit_id == given.strandgatan.unit_id
    case = await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan, note="Hör dåligt.")
    found = await sent(given, case)
    assert (case.phase, case.unit_id, case.owner_staff_id) == (
        Phase.CLOSED,
        given.angsviken.unit_id,
        given.ylva.staff_id,
    )
    assert (found.by_telephone, found.unit_id, found.role) == (True, given.strandgatan.unit_id, "nurse")
    rows = await rows_of(given, case)
    assert [row.kind for row in rows][-1] is Kind.CONSULTED
    assert next(row for row in rows if row.kind is Kind.ENDED).body["assisted"] == "handed_over"
    assert fold(rows).phase is Phase.CLOSED
    told = await problem(given, found, given.ylva.provider_id)
    for said in ("prioritet", NUMBER, "Hör dåligt."):
        assert said in told
    async with given.database.transaction(given.olle.scope) as connection:
        assert await related_ids(connection, found.ref) == [case.case_id]


async def test_nobody_declines_it(given: Cast, ruben: int) -> None:
    ref, kept = await call(given)
    found = await sent(given, await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan))
    with pytest.raises(Forbidden):
        await consultations.decline(given.house, by=given.olle, ref=found.ref, reason="Vi hinner inte.")
    await consultations.accept(given.house, by=given.olle, ref=found.ref)
    await consultations.end(given.house, by=given.olle, ref=found.ref, side=Side.RECEIVER)


async def test_pressed_twice_and_at_once_it_is_handed_over_once(given: Cast, ruben: int) -> None:
    ref, kept = await call(given)
    cases = await asyncio.gather(
        *(ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan) for _ in range(4))
    )
    assert len({case.ref for case in cases}) == 1
    await sent(given, cases[0])


async def test_a_physicians_visit_to_book_goes_to_the_nurse(given: Cast, ruben: int) -> None:
    await staffed(given, given.strandgatan, "physician")
    ref, kept = await call(given, BOOKED)
    kept = await as_outcome(given, ref, kept, level="physical", role="physician", scheme_priority=8)
    way = await way_of(given, ref)
    assert way.receiver.role == "nurse"
    case = await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan, role="physician")
    found = await sent(given, case)
    assert (found.role, found.priority, case.priority) == ("nurse", 8, 8)


async def test_a_physicians_digital_visit_stays_the_physicians(given: Cast, ruben: int) -> None:
    await staffed(given, given.strandgatan, "physician")
    ref, kept = await call(given, BOOKED)
    kept = await as_outcome(given, ref, kept, level="digital", role="physician", scheme_priority=8)
    case = await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan, role="physician")
    assert (await sent(given, case)).role == "physician"


async def test_while_the_unit_is_closed_who_is_on_call_gets_what_is_urgent(given: Cast, ruben: int) -> None:
    await unit_is(given, given.strandgatan, opening={})
    ref, kept = await call(given, general=["very_ill"])
    assert kept.outcome is not None
    assert kept.outcome["scheme_priority"] == 2
    way = await way_of(given, ref)
    assert way.receiver.place is None
    with pytest.raises(Invalid) as refusal:
        await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan, role="nurse")
    assert refusal.value.field == "unit_id"
    await none_left(given, ref)
    await unit_is(given, given.strandgatan, on_call=ALWAYS)
    way = await way_of(given, ref)
    assert way.receiver.place is not None
    assert way.receiver.place.on_call
    await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan, role="nurse")


async def test_a_digital_on_call_unit_of_the_listed_provider_can_be_chosen(given: Cast, ruben: int) -> None:
    await unit_is(given, given.strandgatan, opening={})
    await unit_is(given, given.norrhamn, kind="digital_on_call")
    await listed(given, given.norrhamn)
    ref, _ = await call(given, general=["very_ill"])
    way = await way_of(given, ref)
    assert way.receiver.place is not None
    assert way.receiver.place.unit_id == given.norrhamn.unit_id


async def test_another_provider_gets_the_text_alone_and_only_with_consent(given: Cast, ruben: int) -> None:
    await listed(given, given.norrhamn)
    ref, kept = await call(given)
    with pytest.raises(Invalid) as refusal:
        await ended(given, ref, kept, Ending.HANDED_OVER, given.norrhamn)
    assert refusal.value.field == "consent"
    await none_left(given, ref)
    case = await ended(given, ref, kept, Ending.HANDED_OVER, given.norrhamn, consents=True)
    found = await sent(given, case)
    assert found.to_provider_id == given.norrhamn.provider_id
    assert found.consent is not None
    assert (found.consent.how, found.consent.given_by) == ("phone", "patient")
    assert NUMBER in await problem(given, found, given.norrhamn.provider_id)
    async with given.database.transaction(given.nora.scope) as connection:
        assert await related_ids(connection, found.ref) == []
        for table in ("care_case", "entry", "interview", "assisted"):
            seen = await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE provider_id = $1", given.ylva.provider_id
            )
            assert seen == 0, table


async def test_a_relative_on_the_line_consents_for_nobody(given: Cast, ruben: int) -> None:
    await listed(given, given.norrhamn)
    ref, kept = await call(given, line=Call(Caller.OTHER, "Karin, granne", None, NUMBER))
    with pytest.raises(Invalid) as refusal:
        await ended(given, ref, kept, Ending.HANDED_OVER, given.norrhamn, consents=True)
    assert refusal.value.field == "consent"
    await none_left(given, ref)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"phone": None}, "phone"),
        ({"role": "midwife"}, "role"),
        ({"priority": 1, "reason": "x"}, "priority"),
        ({"priority": 2}, "reason"),
    ],
)
async def test_what_may_not_be_so_is_said_and_nothing_is_written(
    given: Cast, ruben: int, changed: dict[str, Any], field: str
) -> None:
    ref, kept = await call(given)
    with pytest.raises(Invalid) as refusal:
        await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan, **changed)
    assert refusal.value.field == field
    await none_left(given, ref)


async def test_only_1177_by_telephone_hands_over(given: Cast, ruben: int) -> None:
    await unit_is(given, given.angsviken, kind="health_centre")
    ref, kept = await call(given)
    assert Ending.HANDED_OVER not in (await way_of(given, ref)).endings
    with pytest.raises(Invalid):
        await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan)
    await none_left(given, ref)


async def test_nothing_is_left_when_sending_fails(
    given: Cast, ruben: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise asyncpg.InterfaceError("away")

    ref, kept = await call(given)
    monkeypatch.setattr(consultations, "place", breaks)
    with pytest.raises(asyncpg.InterfaceError):
        await ended(given, ref, kept, Ending.HANDED_OVER, given.strandgatan)
    await none_left(given, ref)


async def test_another_providers_nurse_and_a_colleague_end_nothing(given: Cast, ruben: int) -> None:
    ref, kept = await call(given)
    for other, refusal in ((given.hamid, Forbidden), (given.nora, NotFound)):
        with pytest.raises(refusal):
            await finish_assisted(
                given.house,
                by=other,
                ref=ref,
                rev=kept.rev,
                spoken=spoken(kept, given.strandgatan),
                ending=Ending.HANDED_OVER,
            )
    await none_left(given, ref)


# Tickets, for who reads in the service


async def test_whoever_is_digital_gets_a_ticket_to_book_by_themselves(given: Cast, ruben: int) -> None:
    await seen_here(given)
    await staffed(given, given.strandgatan, "physician")
    ref, kept = await call(given, BOOKED)
    kept = await as_outcome(given, ref, kept, level="physical", role="physician", scheme_priority=8)
    way = await way_of(given, ref)
    assert way.endings[0] is Ending.TICKET
    case = await ended(given, ref, kept, Ending.TICKET, given.strandgatan, role="physician")
    found = await ticket(given, case)
    assert (found.kind, found.contact, found.role, found.priority) == (
        TicketKind.BOOKING,
        "physical",
        "physician",
        8,
    )
    assert (case.phase, case.contact) == (Phase.CLOSED, "digital")
    assert (
        next(row for row in await rows_of(given, case) if row.kind is Kind.ENDED).body["assisted"] == "ticket"
    )


async def test_another_providers_patient_gets_a_drop_in_ticket_to_the_nurse(given: Cast, ruben: int) -> None:
    await seen_here(given)
    await listed(given, given.norrhamn)
    ref, kept = await call(given, general=["very_ill"])
    way = await way_of(given, ref)
    assert way.endings[0] is Ending.TICKET
    found = await ticket(given, await ended(given, ref, kept, Ending.TICKET, given.norrhamn))
    assert (found.kind, found.to_provider_id, found.role) == (
        TicketKind.DROP_IN,
        given.norrhamn.provider_id,
        "nurse",
    )


async def test_a_digital_patient_of_ones_own_goes_to_the_queue_first(given: Cast, ruben: int) -> None:
    await seen_here(given)
    ref, _ = await call(given, general=["very_ill"])
    assert (await way_of(given, ref)).endings == (Ending.QUEUE, Ending.HANDED_OVER)


async def test_what_is_booked_queues_as_help_to_find_a_time(given: Cast, ruben: int) -> None:
    ref, kept = await call(given, BOOKED)
    kept = await as_outcome(given, ref, kept, level="physical", role="nurse", scheme_priority=8)
    case = await ended(given, ref, kept, Ending.QUEUE, given.strandgatan)
    assert (case.phase, case.priority) == (Phase.QUEUED, 12)


async def seen_here(given: Cast) -> None:
    """Ruben has signed in before."""
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "INSERT INTO session (token_hash, kind, person_id, created_at, seen_at, expires_at) "
            "VALUES (decode(md5(random()::text), 'hex'), 'patient', $1, now(), now(), now() + interval '1 hour')",
            given.ruben.person_id,
        )


async def staffed(given: Cast, unit: Unit, role: str) -> None:
    """The unit has somebody in a role."""
    async with given.database.transaction(provider_scope(unit.provider_id)) as connection:
        await connection.execute(
            "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) "
            "SELECT $1, staff_id, $2, $3, hsa_id || '-2' FROM assignment WHERE staff_id = $4 LIMIT 1",
            unit.provider_id,
            unit.unit_id,
            role,
            given.siri.staff_id,
        )


async def as_outcome(given: Cast, ref: InterviewRef, kept: Kept, **changed: Any) -> Kept:
    """The same questions with another outcome, as another protocol would have come to."""
    assert kept.outcome is not None
    outcome = {**kept.outcome, **changed, "way_in": "booking_ticket"}
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE interview SET outcome = $3 WHERE provider_id = $1 AND interview_id = $2", *ref, outcome
        )
    return msgspec.structs.replace(kept, outcome=outcome)
