"""A message in a case whose owner is away is told to whoever stands in for them on shift (row F3)."""

from datetime import timedelta

from tests.cast import Cast

from vardlots.access.actions import start_shift
from vardlots.access.actor import StaffActor
from vardlots.cases.actions import accept, end, start
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.contacts.actions import note_absence
from vardlots.notifications.model import StaffNoticeKind
from vardlots.notifications.staff import queries
from vardlots.platform import clock


async def told(given: Cast, ref: CaseRef) -> set[int]:
    """Who is meant by the news that the patient has written."""
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        facts = await queries.facts(connection, kind=StaffNoticeKind.NEW_MESSAGE, case=case, n=case.last_n)
        return set(await queries.meant(connection, kind=StaffNoticeKind.NEW_MESSAGE, case=case, facts=facts))


async def at_work(given: Cast, who: StaffActor) -> None:
    await start_shift(given.database, by=who, unit_id=who.unit_id, role=who.role, shift_type="primary")


async def test_the_owner_on_shift_else_whoever_stands_in_else_the_role(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await accept(given.house, by=given.ylva, ref=ref)
    await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    await at_work(given, given.hamid)
    assert await told(given, ref) == {given.hamid.staff_id}, "the role"
    today = clock.today()
    await note_absence(
        given.house,
        by=given.ylva,
        staff_id=given.ylva.staff_id,
        stand_in_id=given.siri.staff_id,
        from_day=today,
        to_day=today + timedelta(days=1),
    )
    assert await told(given, ref) == {given.hamid.staff_id}, "who stands in is not at work"
    await at_work(given, given.siri)
    assert await told(given, ref) == {given.siri.staff_id}, "who stands in, a physician in a nurse's place"
    await at_work(given, given.ylva)
    assert await told(given, ref) == {given.ylva.staff_id}, "the owner is at work all the same"
