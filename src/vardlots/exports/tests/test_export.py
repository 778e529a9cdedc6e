"""A signed note's way to the record system: who may, what is kept, what goes wrong, and never twice."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases import actions as cases
from vardlots.cases.model import Audience, CaseRef, Kind
from vardlots.cases.queries import timeline
from vardlots.exports import actions, queries
from vardlots.exports.actions import pause_after
from vardlots.exports.folder import FolderRecords
from vardlots.exports.jobs import LOST_AFTER, sweep
from vardlots.exports.model import NoteExport, State, Why
from vardlots.exports.port import NotDelivered, Package, Receipt, RecordSystem
from vardlots.notes import actions as notes
from vardlots.notes.model import NoteFields
from vardlots.notes.queries import signed_notes
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.platform.files import FileStore
from vardlots.platform.live import Hub

FIELDS = NoteFields(status="Opåverkad.", assessment="Halsfluss.")


class Hands(msgspec.Struct, frozen=True):
    """What the worker has, with the record system of the test."""

    database: Database
    hub: Hub
    records: RecordSystem | None
    files: FileStore | None = None


class Away:
    """A record system that says no so many times, and then takes what it gets."""

    def __init__(self, *whys: Why, again: bool = True) -> None:
        self.whys = list(whys)
        self.again = again
        self.took: list[str] = []

    async def deliver(self, package: Package) -> Receipt:
        if self.whys:
            raise NotDelivered(self.whys.pop(0), again=self.again)
        self.took.append(package.export_id)
        return Receipt(f"nr {package.export_id[:8]}")


async def draft(given: Cast, ref: CaseRef, fields: NoteFields = FIELDS, by: StaffActor | None = None) -> int:
    saved = await notes.save_draft(given.house, by=by or given.ylva, ref=ref, rev=0, fields=fields)
    return saved.rev


async def exported(given: Cast, attachments: Sequence[UUID] = ()) -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    await actions.sign_and_export(
        given.house, by=given.ylva, ref=ref, rev=await draft(given, ref), attachments=attachments
    )
    return ref


async def found(given: Cast, ref: CaseRef) -> NoteExport:
    async with given.database.transaction(given.ylva.scope) as connection:
        (one,) = (await queries.exports_of_case(connection, ref)).values()
    return one


async def told(given: Cast, ref: CaseRef) -> list[tuple[str, str]]:
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = [row for row in await timeline(connection, ref) if row.kind is Kind.EXPORTED]
    assert all(row.audience is Audience.STAFF for row in rows)
    return [(row.body["outcome"], row.body.get("why", "")) for row in rows]


async def deliver(given: Cast, ref: CaseRef, records: RecordSystem | None) -> State | None:
    hands = Hands(given.database, given.house.hub, records)
    by = SystemActor(ref.provider_id, "exports.deliver")
    return await actions.deliver(hands, by=by, export_id=(await found(given, ref)).export_id)


async def jobs_waiting(database_url: str, name: str, mark: str) -> int:
    owner = await asyncpg.connect(database_url)
    try:
        return int(
            await owner.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') LIKE $2",
                name,
                f"%{mark}%",
            )
        )
    finally:
        await owner.close()


async def test_signing_and_exporting_are_one(given: Cast, database_url: str, tmp_path: Path) -> None:
    ref = await exported(given)
    waiting = await found(given, ref)
    assert (waiting.state, waiting.tries, waiting.asked_by) == (State.WAITING, 0, given.ylva.staff_id)
    assert await jobs_waiting(database_url, "exports.deliver", str(waiting.export_id)) == 1
    assert await deliver(given, ref, FolderRecords(tmp_path)) is State.SENT
    sent = await found(given, ref)
    assert (sent.state, sent.why, sent.next_try) == (State.SENT, None, None)
    assert sent.receipt is not None
    assert sent.receipt.startswith(str(sent.export_id))
    assert (tmp_path / str(sent.export_id) / "note.txt").read_text().startswith("Anteckning")
    assert await told(given, ref) == [("sent", "")]


async def test_a_note_that_cannot_be_signed_is_not_exported(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    rev = await draft(given, ref)
    with pytest.raises(Invalid):
        await actions.sign_and_export(given.house, by=given.ylva, ref=ref, rev=rev, attachments=[uuid4()])
    with pytest.raises(WrongState):
        await actions.sign_and_export(given.house, by=given.ylva, ref=ref, rev=rev + 1)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await queries.exports_of_case(connection, ref) == {}
        assert await signed_notes(connection, ref) == []


async def test_a_crash_between_sending_and_noting_exports_once(given: Cast, tmp_path: Path) -> None:
    ref = await exported(given)
    waiting = await found(given, ref)

    class Crashes(FolderRecords):
        async def deliver(self, package: Package) -> Receipt:
            await super().deliver(package)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await deliver(given, ref, Crashes(tmp_path))
    assert (await found(given, ref)).state is State.WAITING
    assert await deliver(given, ref, FolderRecords(tmp_path)) is State.SENT
    assert [path.name for path in tmp_path.iterdir()] == [str(waiting.export_id)]  # noqa: ASYNC240
    assert await told(given, ref) == [("sent", "")]


async def test_two_workers_at_once_send_and_tell_once(given: Cast, tmp_path: Path) -> None:
    ref = await exported(given)
    states = await asyncio.gather(*(deliver(given, ref, FolderRecords(tmp_path)) for _ in range(5)))
    assert set(states) == {State.SENT}
    assert await told(given, ref) == [("sent", "")]
    assert (await found(given, ref)).tries == 1


async def test_a_record_system_that_is_away_is_tried_again_and_told_of_at_the_second_failure(
    given: Cast, database_url: str
) -> None:
    ref = await exported(given)
    away = Away(Why.UNREACHABLE, Why.FULL, Why.FULL)
    assert await deliver(given, ref, away) is State.FAILED
    first = await found(given, ref)
    assert (first.why, first.tries, first.told_at) == (Why.UNREACHABLE, 1, None)
    assert first.next_try is not None
    assert await told(given, ref) == []
    await deliver(given, ref, away)
    await deliver(given, ref, away)
    assert await told(given, ref) == [("failed", "full")]
    assert await jobs_waiting(database_url, "notifications.export_failed", str(ref)) == 1
    assert await deliver(given, ref, away) is State.SENT
    assert len(away.took) == 1
    assert await told(given, ref) == [("failed", "full"), ("sent", "")]


async def test_what_will_not_pass_by_itself_is_told_at_once_and_waits_for_somebody(given: Cast) -> None:
    ref = await exported(given)
    await deliver(given, ref, Away(Why.REFUSED, again=False))
    failed = await found(given, ref)
    assert (failed.state, failed.next_try) == (State.FAILED, None)
    assert await told(given, ref) == [("failed", "refused")]
    await actions.try_again(given.house, by=given.ylva, ref=ref, note_id=failed.note_id)
    again = await found(given, ref)
    assert (again.state, again.tries, again.why) == (State.WAITING, 0, None)
    with pytest.raises(WrongState):
        await actions.try_again(given.house, by=given.ylva, ref=ref, note_id=failed.note_id)
    assert await deliver(given, ref, Away()) is State.SENT
    with pytest.raises(WrongState):
        await actions.try_again(given.house, by=given.ylva, ref=ref, note_id=failed.note_id)


async def test_a_fault_of_an_adapter_and_no_record_system_at_all_are_told_of_too(given: Cast) -> None:
    class Faulty:
        async def deliver(self, package: Package) -> Receipt:
            raise RuntimeError("something of the adapter's own")

    ref = await exported(given)
    await deliver(given, ref, Faulty())
    assert (await found(given, ref)).why is Why.FAULT
    await deliver(given, ref, None)
    assert (await found(given, ref)).why is Why.NOT_SET_UP


def test_the_pauses_grow_and_end() -> None:
    pauses = [pause_after(n) for n in range(1, 9)]
    assert all(pauses)
    assert pauses == sorted(pauses, key=lambda pause: pause or timedelta(0))
    assert pause_after(9) is None


async def test_a_lost_job_is_found(given: Cast, database_url: str) -> None:
    ref = await exported(given)
    waiting = await found(given, ref)
    owner = await asyncpg.connect(database_url)
    await owner.execute("DELETE FROM jobs.pgqueuer WHERE entrypoint = 'exports.deliver'")
    await owner.close()
    hands = Hands(given.database, given.house.hub, None)
    await sweep(hands)
    assert await jobs_waiting(database_url, "exports.deliver", str(waiting.export_id)) == 0
    with clock.shifted(LOST_AFTER + timedelta(seconds=1)):
        await sweep(hands)
        await sweep(hands)
    assert await jobs_waiting(database_url, "exports.deliver", str(waiting.export_id)) == 1


async def test_who_may_export_and_try_again(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await notes.sign(given.house, by=given.ylva, ref=ref, rev=await draft(given, ref))
    async with given.database.transaction(given.ylva.scope) as connection:
        (note,) = await signed_notes(connection, ref)
    for by, refusal in ((given.nora, NotFound), (given.olle, Forbidden), (given.petra, Forbidden)):
        with pytest.raises(refusal):
            await actions.export(given.house, by=by, ref=ref, note_id=note.note_id)
        with pytest.raises(refusal):
            await actions.try_again(given.house, by=by, ref=ref, note_id=note.note_id)
    with pytest.raises(NotFound):
        await actions.export(given.house, by=given.ylva, ref=ref, note_id=note.note_id + 999)
    results = await asyncio.gather(
        *(
            actions.export(given.house, by=by, ref=ref, note_id=note.note_id)
            for by in (given.ylva, given.hamid, given.ylva)
        ),
        return_exceptions=True,
    )
    assert sum(one is None for one in results) == 1
    assert sum(isinstance(one, WrongState) for one in results) == 2


async def test_an_addendum_is_an_export_of_its_own(given: Cast, tmp_path: Path) -> None:
    ref = await exported(given)
    await deliver(given, ref, FolderRecords(tmp_path))
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    rev = await draft(given, ref, NoteFields(text="Ringde upp."))
    await actions.sign_and_export(given.house, by=given.ylva, ref=ref, rev=rev)
    async with given.database.transaction(given.ylva.scope) as connection:
        every = await queries.exports_of_case(connection, ref)
    assert len({one.export_id for one in every.values()}) == 2


async def test_the_database_lets_no_draft_out_and_takes_nothing_back(given: Cast, tmp_path: Path) -> None:
    ref = await exported(given)
    await deliver(given, ref, FolderRecords(tmp_path))
    scope = given.ylva.scope
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(scope) as connection:
            await connection.execute("UPDATE note_export SET state = 'failed', why = 'full'")
    await draft(given, ref, NoteFields(text="Utkast."))
    with pytest.raises(asyncpg.CheckViolationError):
        async with given.database.transaction(scope) as connection:
            await connection.execute(
                "INSERT INTO note_export (provider_id, export_id, case_id, note_id, person_id, asked_by, asked_at, "
                "state, next_try) SELECT provider_id, gen_random_uuid(), case_id, note_id, person_id, author_staff_id, "
                "changed_at, 'waiting', changed_at FROM note WHERE case_id = $1 AND signed_at IS NULL",
                ref.case_id,
            )
