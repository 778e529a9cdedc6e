"""*Att skriva klart*: the actor's own ended visits without a signed note."""

from datetime import timedelta

from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.notes import actions, queries
from vardlots.notes.model import NoteFields
from vardlots.notes.queries import Unnoted
from vardlots.platform import clock
from vardlots.platform.db import Connection, Scope

FIELDS = NoteFields(status="Opåverkad.")


async def left(given: Cast, by: StaffActor) -> list[Unnoted]:
    async with given.database.transaction(by.scope) as connection:
        return await queries.unnoted(connection, by=by)


async def ended(given: Cast, days: int = 0) -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=days)
    return ref


async def test_an_ended_visit_is_left_until_somebody_has_signed(given: Cast) -> None:
    await given.ongoing_case(given.elin)
    assert await left(given, given.ylva) == []
    ref = await ended(given, days=3)
    (one,) = await left(given, given.ylva)
    assert (one.ref, one.initials, one.protected, one.draft_at) == (ref, "R E", False, None)
    assert await left(given, given.hamid) == []
    saved = await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=FIELDS)
    (one,) = await left(given, given.ylva)
    assert one.draft_at == saved.at
    await actions.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    assert await left(given, given.ylva) == []


async def test_the_latest_comes_first_and_the_list_has_an_end(given: Cast) -> None:
    refs = [await ended(given) for _ in range(3)]
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await queries.unnoted(connection, by=given.ylva, limit=2)
    assert [one.ref for one in found] == [refs[2], refs[1]]


async def test_the_first_signature_is_when_the_case_was_noted(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)

    async def noted() -> object:
        async with given.database.transaction(given.ylva.scope) as connection:
            return (await readable_case(connection, by=given.ylva, ref=ref)).noted_at

    assert await noted() is None
    first = await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=FIELDS)
    await actions.sign(given.house, by=given.ylva, ref=ref, rev=first.rev)
    at = await noted()
    assert at is not None
    with clock.shifted(timedelta(days=1)):
        more = await actions.save_draft(
            given.house, by=given.ylva, ref=ref, rev=0, fields=NoteFields(text="Ringde upp.")
        )
        await actions.sign(given.house, by=given.ylva, ref=ref, rev=more.rev)
    assert await noted() == at


async def test_of_a_protected_person_it_says_nothing(given: Cast) -> None:
    await ended(given)
    async with given.database.transaction(given.ylva.scope) as connection:
        number = await number_of(connection, given.ruben.person_id)
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute(
            "UPDATE person SET protected = true WHERE person_id = $1", given.ruben.person_id
        )
    (one,) = await left(given, given.ylva)
    assert (one.protected, one.initials, one.age) == (True, "", None)


async def number_of(connection: Connection, person_id: int) -> str:
    return str(
        await connection.fetchval("SELECT value FROM person_identifier WHERE person_id = $1", person_id)
    )
