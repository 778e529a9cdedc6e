"""What a patient has blocked between units holds for what stands beside the case too: tickets and questions."""

from uuid import uuid4

import msgspec
import pytest
from tests.cast import Cast, Unit, a_colleague, number_of

from vardlots.access.actor import StaffActor
from vardlots.blocks.actions import register_block
from vardlots.blocks.model import How
from vardlots.clinics.hours import DAYS
from vardlots.consultations import actions as consultations
from vardlots.consultations.model import Consent, Consultation, NewConsultation, Side, Subject
from vardlots.consultations.queries import readable
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden
from vardlots.tickets.queries import Sought, sent_tickets, tickets_for_staff
from vardlots.tickets.staff.actions import send
from vardlots.tickets.tests.helpers import a_ticket, is_patient
from vardlots.worklist.consultations import queries as lists
from vardlots.worklist.consultations.queries import Tab
from vardlots.worklist.filters import Filter
from vardlots.worklist.tickets.sent_queries import counts

WORDS = "Frätsår som bara Strandgatan vet om."


async def third(given: Cast) -> tuple[Unit, StaffActor]:
    """One more unit of the region, with a nurse."""
    async with given.database.transaction(NOBODY) as connection:
        unit_id = await connection.fetchval(
            "INSERT INTO unit (provider_id, name, kind, hsa_id, opening) VALUES ($1, 'Björkhaga', 'health_centre', $2, "
            "$3) RETURNING unit_id",
            given.angsviken.provider_id,
            f"SE0000000000-B{uuid4()}",
            {day: ["00:00", "24:00"] for day in DAYS},
        )
        unit = Unit(given.angsviken.provider_id, int(unit_id), "Björkhaga")
        return unit, await a_colleague(connection, "Bea", "Björk", "Sjuksköterska", "nurse", unit)


def also_at(by: StaffActor, *units: Unit) -> StaffActor:
    """Somebody who acts where they do, and has assignments at other units too."""
    return msgspec.structs.replace(by, unit_ids=by.unit_ids | {one.unit_id for one in units})


async def block(given: Cast, by: StaffActor) -> None:
    await register_block(
        given.database,
        given.house.hub,
        by=by,
        person_id=given.ruben.person_id,
        unit_id=by.unit_id,
        how=How.TELEPHONE,
        reason="",
    )


async def asked(given: Cast, to: Unit) -> Consultation:
    """Strandgatan asks the nurses of a unit about Ruben."""
    case = await given.waiting_case(given.ruben, unit=given.strandgatan)
    elsewhere = to.provider_id != given.olle.provider_id
    new = NewConsultation(
        person_id=given.ruben.person_id,
        to_provider_id=to.provider_id,
        unit_id=to.unit_id,
        role="nurse",
        reason="shoulder_pain",
        priority=3,
        problem=WORDS,
        from_case=case,
        consent=Consent("phone", "patient") if elsewhere else None,
        subject=Subject("Ruben Ekdunge", number_of(given.ruben.person_id)) if elsewhere else None,
    )
    return await consultations.send(given.house, by=given.olle, new=new, key=str(uuid4()))


async def rows(given: Cast, by: StaffActor, tab: Tab) -> list[dict[str, object]]:
    async with given.database.transaction(by.scope) as connection:
        found, _ = await lists.rows(connection, by=by, tab=tab, chosen=Filter())
        await lists.counts(connection, by=by, chosen=Filter())
    return found


async def test_a_question_from_a_blocked_unit_is_read_by_those_who_asked_and_are_asked(given: Cast) -> None:
    björkhaga, bea = await third(given)
    found = await asked(given, björkhaga)
    await block(given, given.olle)
    # Ylva acts at Ängsviken, and works at Strandgatan on other days: what is blocked there is blocked for her now.
    ylva = also_at(given.ylva, given.strandgatan)
    (row,) = await rows(given, ylva, Tab.SENT)
    assert row["veiled"]
    assert WORDS not in str(row)
    assert "RE" not in str(row["initials"]).replace(" ", "")
    async with given.database.transaction(ylva.scope) as connection:
        with pytest.raises(Forbidden) as refused:
            await readable(connection, by=ylva, ref=found.ref)
    assert refused.value.code == "blocked"
    with pytest.raises(Forbidden):
        await consultations.answer(
            given.house, by=ylva, ref=found.ref, side=Side.SENDER, text="Hej", key=str(uuid4())
        )
    for by, tab in ((given.olle, Tab.SENT), (bea, Tab.NEW)):
        (row,) = await rows(given, by, tab)
        assert WORDS in str(row)
        async with given.database.transaction(by.scope) as connection:
            assert await readable(connection, by=by, ref=found.ref)


async def test_a_question_that_came_from_another_provider_is_blocked_with_the_unit_that_it_came_to(
    given: Cast,
) -> None:
    new = NewConsultation(
        person_id=given.ruben.person_id,
        to_provider_id=given.strandgatan.provider_id,
        unit_id=given.strandgatan.unit_id,
        role="nurse",
        reason="shoulder_pain",
        priority=3,
        problem=WORDS,
        from_case=await given.waiting_case(given.ruben, unit=given.norrhamn),
        consent=Consent("phone", "patient"),
        subject=Subject("Ruben Ekdunge", number_of(given.ruben.person_id)),
    )
    found = await consultations.send(given.house, by=given.nora, new=new, key=str(uuid4()))
    await given.waiting_case(given.ruben)
    await block(given, given.olle)
    ylva = also_at(given.ylva, given.strandgatan)
    (row,) = await rows(given, ylva, Tab.NEW)
    assert WORDS not in str(row)
    with pytest.raises(Forbidden):
        await consultations.accept(given.house, by=ylva, ref=found.ref)
    (row,) = await rows(given, given.olle, Tab.NEW)
    assert WORDS in str(row)


async def test_a_ticket_that_a_blocked_unit_sent_is_in_no_other_units_lists(given: Cast) -> None:
    björkhaga, bea = await third(given)
    await is_patient(given, given.ruben)
    person = given.ruben.person_id
    new = a_ticket(given, person, unit_id=björkhaga.unit_id, history=WORDS)
    made = await send(given.house, by=given.olle, new=new, key=str(uuid4()))
    await block(given, given.olle)
    ylva = also_at(given.ylva, given.strandgatan)
    for by, sees in ((given.olle, True), (bea, True), (given.ylva, False), (ylva, False)):
        async with given.database.transaction(by.scope) as connection:
            found = await tickets_for_staff(connection, by=by, person_ids=[person])
            listed = await sent_tickets(connection, by=by, sought=Sought())
            counted = sum((await counts(connection, by=by, sought=Sought())).values())
        assert [one.ref for one in found] == ([made.ref] if sees else []), by.name
        assert [one.ticket.ref for one in listed] == ([made.ref] if by is given.olle else []), by.name
        assert counted == (1 if by is given.olle else 0), by.name
