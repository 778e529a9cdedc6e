"""Another unit's case opened with a reason, a colleague's visit taken over: each actor, two at once, and the end."""

import asyncio
from datetime import timedelta

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.cases import actions
from vardlots.cases.fold import fold
from vardlots.cases.model import Audience, Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.openings import queries
from vardlots.cases.openings.actions import OPEN_FOR, note_seen, open_anyway, take_over
from vardlots.cases.queries import next_door_closes, readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.conversations.queries import talk
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, SomebodyWasFirst, WrongState

WHY = "Patienten ringde hit i stället."


async def read(given: Cast, ref: CaseRef, by: StaffActor) -> Case:
    async with given.database.transaction(by.scope) as connection:
        return await readable_case(connection, by=by, ref=ref)


async def rows(given: Cast, ref: CaseRef, by: object) -> list[Entry]:
    async with given.database.transaction(by.scope) as connection:  # type: ignore[attr-defined]
        return await timeline(connection, ref)


async def logged(given: Cast, ref: CaseRef, action: str) -> list[tuple[int, int | None, str | None]]:
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await connection.fetch(
            "SELECT actor_id, unit_id, reason FROM access_log WHERE case_id = $1 AND action = $2 ORDER BY at",
            ref.case_id,
            action,
        )
    return [tuple(row) for row in found]


async def take(
    given: Cast, ref: CaseRef, by: StaffActor, had: StaffActor, reason: str = "Ylva har gått hem."
) -> int:
    return await take_over(given.house, by=by, ref=ref, from_staff_id=had.staff_id, reason=reason)


async def test_another_units_case_opens_to_whoever_says_why_for_twelve_hours(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    with pytest.raises(Forbidden) as door:
        await read(given, ref, given.olle)
    assert door.value.code == "other_unit"
    for reason, refusal in (("   ", Invalid), ("x" * 501, Invalid)):
        with pytest.raises(refusal):
            await open_anyway(given.house, by=given.olle, ref=ref, reason=reason)
    now = clock.now()
    with clock.at(now):
        await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
        with pytest.raises(WrongState) as again:
            await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
        assert again.value.code == "already_open"
    assert (await read(given, ref, given.olle)).phase is Phase.QUEUED
    row = (await rows(given, ref, given.ylva))[-1]
    assert (row.kind, row.audience, row.body, row.author_name) == (
        Kind.OPENED_ANYWAY,
        Audience.STAFF,
        {"reason": WHY},
        "Olle Fjärdvik",
    )
    assert Kind.OPENED_ANYWAY not in [row.kind for row in await rows(given, ref, given.ruben)]
    assert await logged(given, ref, "open_anyway") == [(given.olle.staff_id, given.strandgatan.unit_id, WHY)]
    async with given.database.transaction(given.olle.scope) as connection:
        with clock.at(now):
            assert await next_door_closes(connection, by=given.olle) == now + OPEN_FOR
    with clock.at(now + OPEN_FOR - timedelta(microseconds=1)):
        await read(given, ref, given.olle)
    with clock.at(now + OPEN_FOR), pytest.raises(Forbidden):
        await read(given, ref, given.olle)
    with clock.at(now + OPEN_FOR):
        await open_anyway(given.house, by=given.olle, ref=ref, reason="Ett nytt skäl.")
        await read(given, ref, given.olle)


async def test_who_opens_what(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    for by, kind, code in (
        (given.nora, NotFound, "not_found"),
        (given.ylva, WrongState, "already_open"),
        (given.astrid, Forbidden, "not_carer"),
        (given.rune, Forbidden, "not_carer"),
        (given.ruben, Forbidden, "staff_only"),
        (given.elin, NotFound, "not_found"),
    ):
        with pytest.raises(kind) as refusal:
            await open_anyway(given.house, by=by, ref=ref, reason=WHY)  # type: ignore[arg-type]
        assert refusal.value.code == code
    # One who has opened it opens it for nobody else.
    await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
    other = msgspec.structs.replace(given.olle, staff_id=given.nora.staff_id)
    with pytest.raises(Forbidden):
        await read(given, ref, other)


async def test_an_opened_case_is_taken_anyway_and_the_reason_goes_along(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    with pytest.raises(Forbidden):
        await actions.accept(given.house, by=given.olle, ref=ref)
    await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
    with pytest.raises(Forbidden) as only_reads:
        await actions.change_priority(given.house, by=given.olle, ref=ref, priority=1, reason="Värre.")
    assert only_reads.value.code == "not_taken"
    await actions.accept(given.house, by=given.olle, ref=ref)
    row = (await rows(given, ref, given.ruben))[-1]
    assert (row.kind, row.body) == (Kind.ACCEPTED, {"title": "Sjuksköterska", "anyway": True})
    assert await logged(given, ref, "accept") == [(given.olle.staff_id, given.strandgatan.unit_id, WHY)]
    await actions.start(given.house, by=given.olle, ref=ref, welcome="Hej.")
    await write(given.house, by=given.olle, ref=ref, message=Message("Hur mår du?", "key-olle-1"))


async def test_another_roles_case_of_the_unit_is_taken_anyway_without_a_reason(given: Cast) -> None:
    letters = await given.waiting_case(given.ruben, role="medical_admin", reason="sick_note")
    await actions.accept(given.house, by=given.siri, ref=letters)
    assert (await rows(given, letters, given.siri))[-1].body["anyway"] is True
    own = await given.waiting_case(given.ruben, role="medical_admin", reason="referral")
    await actions.change_priority(given.house, by=given.petra, ref=own, priority=6, reason="Kan vänta.")
    await actions.accept(given.house, by=given.petra, ref=own)
    assert "anyway" not in (await rows(given, own, given.petra))[-1].body
    nurses = await given.waiting_case(given.ruben)
    with pytest.raises(Forbidden) as refusal:
        await actions.accept(given.house, by=given.petra, ref=nurses)
    assert refusal.value.code == "not_clinical"
    with pytest.raises(Forbidden):
        await actions.accept(given.house, by=given.helga, ref=nurses)


async def test_a_visit_is_taken_over_and_everybody_reads_what_is_theirs_to_read(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    heard = given.house.hub.subscribe([f"staff:{given.ylva.staff_id}", f"case:{ref}"])
    with pytest.raises(Invalid):
        await take(given, ref, given.siri, given.ylva, reason=" ")
    n = await take(given, ref, given.siri, given.ylva)
    case = await read(given, ref, given.siri)
    assert (case.owner_staff_id, case.phase, case.last_n) == (given.siri.staff_id, Phase.ONGOING, n + 1)
    assert heard.pending == {f"staff:{given.ylva.staff_id}": 0, f"case:{ref}": n + 1}
    told = (await rows(given, ref, given.ruben))[-1]
    assert (told.kind, told.n, told.author_name, told.body) == (
        Kind.TAKEN_OVER,
        n,
        "Siri Åbrink",
        {"title": "Läkare"},
    )
    why = (await rows(given, ref, given.ylva))[-1]
    assert (why.audience, why.body) == (
        Audience.STAFF,
        {"reason": "Ylva har gått hem.", "from": given.ylva.staff_id},
    )
    assert fold(await rows(given, ref, given.ylva)).owner_staff_id == given.siri.staff_id
    with pytest.raises(Forbidden) as lost:
        await write(given.house, by=given.ylva, ref=ref, message=Message("Jag var mitt i.", "key-ylva-1"))
    assert lost.value.code == "not_owner"
    await write(given.house, by=given.siri, ref=ref, message=Message("Nu är det jag.", "key-siri-1"))


async def test_the_one_who_had_it_is_told_until_they_have_seen_it_or_the_day_is_over(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)

    async def line(by: StaffActor) -> list[tuple[str, str]]:
        async with given.database.transaction(by.scope) as connection:
            return [(one.who, one.reason) for one in await queries.unseen(connection, by=by)]

    noon = clock.local(clock.now()).replace(hour=12)
    with clock.at(noon):
        await take(given, ref, given.siri, given.ylva)
        assert await line(given.ylva) == [("Siri Åbrink", "Ylva har gått hem.")]
        assert await line(given.siri) == []
        await note_seen(given.house, by=given.siri, ref=ref)
        assert len(await line(given.ylva)) == 1, "nobody else sees it for her"
    with clock.at(noon + timedelta(days=1)):
        assert await line(given.ylva) == []
    with clock.at(noon + timedelta(hours=1)):
        await note_seen(given.house, by=given.ylva, ref=ref)
        assert await line(given.ylva) == []


async def test_who_takes_over(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for by, kind, code in (
        (given.ylva, WrongState, "already_yours"),
        (given.petra, Forbidden, "not_clinical"),
        (given.olle, Forbidden, "other_unit"),
        (given.nora, NotFound, "not_found"),
        (given.rune, Forbidden, "not_carer"),
        (given.ruben, Forbidden, "staff_only"),
        (given.elin, NotFound, "not_found"),
    ):
        with pytest.raises(kind) as refusal:
            await take(given, ref, by, given.ylva)  # type: ignore[arg-type]
        assert refusal.value.code == code
    await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
    await take(given, ref, given.olle, given.ylva, reason=WHY)
    assert (await read(given, ref, given.ylva)).owner_staff_id == given.olle.staff_id
    waiting = await given.waiting_case(given.elin)
    with pytest.raises(WrongState):
        await take(given, waiting, given.siri, given.ylva)


async def test_two_who_take_over_at_once_one_has_it_and_the_other_reads_who(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    results = await asyncio.gather(
        *(take(given, ref, by, given.ylva) for by in (given.siri, given.hamid)), return_exceptions=True
    )
    won = [r for r in results if isinstance(r, int)]
    lost = [r for r in results if isinstance(r, SomebodyWasFirst)]
    assert (len(won), len(lost)) == (1, 1)
    owner = (await read(given, ref, given.ylva)).owner_staff_id
    name = given.siri.name if owner == given.siri.staff_id else given.hamid.name
    assert lost[0].who == name
    assert lost[0].when is not None
    assert [row.kind for row in await rows(given, ref, given.ruben)].count(Kind.TAKEN_OVER) == 1


async def test_taking_over_while_the_owner_ends_gives_one_answer_to_each(given: Cast) -> None:
    for _ in range(4):
        ref = await given.ongoing_case(given.ruben)
        took, ended = await asyncio.gather(
            take(given, ref, given.siri, given.ylva),
            actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=0),
            return_exceptions=True,
        )
        case = await read(given, ref, given.ylva)
        if isinstance(took, int):
            assert isinstance(ended, Forbidden)
            assert (case.phase, case.owner_staff_id) == (Phase.ONGOING, given.siri.staff_id)
            await actions.end(given.house, by=given.siri, ref=ref, follow_up_days=0)
        else:
            assert isinstance(took, WrongState)
            assert (case.phase, case.owner_staff_id) == (Phase.CLOSED, given.ylva.staff_id)
        numbers = [row.n for row in await rows(given, ref, given.ylva)]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_opening_while_somebody_accepts_and_twice_at_once(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    results = await asyncio.gather(
        actions.accept(given.house, by=given.ylva, ref=ref),
        *(open_anyway(given.house, by=given.olle, ref=ref, reason=WHY) for _ in range(3)),
        return_exceptions=True,
    )
    assert isinstance(results[0], int)
    assert len([r for r in results[1:] if isinstance(r, int)]) == 1
    assert {r.code for r in results if isinstance(r, Refusal)} == {"already_open"}
    assert [row.kind for row in await rows(given, ref, given.ylva)].count(Kind.OPENED_ANYWAY) == 1
    with pytest.raises(SomebodyWasFirst) as first:
        await actions.accept(given.house, by=given.olle, ref=ref)
    assert first.value.who == "Ylva Tallvik"


@pytest.mark.parametrize("deed", ["open", "take"])
async def test_without_its_row_in_the_log_nothing_is_opened_nor_taken_over(
    given: Cast, database_url: str, deed: str
) -> None:
    ref = await given.ongoing_case(given.ruben)
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "CREATE OR REPLACE FUNCTION break_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.case_id = "
        + str(ref.case_id)
        + " THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$"
    )
    await owner.execute(
        "CREATE TRIGGER break_audit BEFORE INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION break_audit()"
    )
    try:
        doing = (
            open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
            if deed == "open"
            else take(given, ref, given.siri, given.ylva)
        )
        with pytest.raises(asyncpg.RaiseError):
            await doing
    finally:
        await owner.execute("DROP TRIGGER break_audit ON access_log")
        await owner.close()
    assert (await read(given, ref, given.ylva)).owner_staff_id == given.ylva.staff_id
    with pytest.raises(Forbidden):
        await read(given, ref, given.olle)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await queries.unseen(connection, by=given.ylva) == []


async def test_what_was_said_is_never_changed_and_no_other_provider_sees_it(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
    await take(given, ref, given.siri, given.ylva)
    for statement in (
        "UPDATE case_opening SET until = until + interval '1 year'",
        "DELETE FROM case_opening",
        "UPDATE take_over SET by_staff_id = from_staff_id",
        "DELETE FROM take_over",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(given.olle.scope) as connection:
                await connection.execute(statement)
    for scope in (given.nora.scope, given.ruben.scope):
        async with given.database.transaction(scope) as connection:
            for table in ("case_opening", "take_over"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_the_way_to_ones_own_case_asks_nothing_more_of_the_database(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)

    async def asked(by: StaffActor) -> int:
        queries: list[str] = []
        async with given.database.transaction(by.scope) as connection:
            with connection.query_logger(lambda record: queries.append(record.query)):
                await talk(connection, by=by, ref=ref)
        return sum("unit_block" in query for query in queries)

    assert await asked(given.ylva) == 0
    await open_anyway(given.house, by=given.olle, ref=ref, reason=WHY)
    assert await asked(given.olle) == 1
