"""Notes: the draft that saves itself, two tabs, signing that locks, and who may."""

from datetime import timedelta

import asyncpg
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.cases import actions as cases
from vardlots.cases.model import Audience, CaseRef, Kind
from vardlots.cases.queries import timeline
from vardlots.notes import actions, queries
from vardlots.notes.model import Diagnosis, Note, NoteFields, NoteKind, is_intact, sealed
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState

FIELDS = NoteFields(status="Opåverkad.", assessment="Halsfluss.", main=Diagnosis("J03.9", "Halsfluss"))


async def drafted(given: Cast, ref: CaseRef, by: StaffActor) -> Note | None:
    async with given.database.transaction(by.scope) as connection:
        return await queries.own_draft(connection, by=by, ref=ref)


async def signed(given: Cast, ref: CaseRef, by: StaffActor | None = None) -> list[Note]:
    async with given.database.transaction((by or given.ylva).scope) as connection:
        return await queries.signed_notes(connection, ref)


async def test_a_draft_is_saved_again_and_again_and_is_its_authors_own(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    first = await actions.save_draft(
        given.house, by=given.ylva, ref=ref, rev=0, fields=NoteFields(status="Op")
    )
    second = await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=first.rev, fields=FIELDS)
    assert (first.rev, second.rev, first.note_id) == (1, 2, second.note_id)
    note = await drafted(given, ref, given.ylva)
    assert note is not None
    assert note.fields == FIELDS
    assert await drafted(given, ref, given.hamid) is None
    assert await signed(given, ref) == []


async def test_two_tabs_never_write_over_each_other(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    saved = await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=FIELDS)
    later = msgspec.structs.replace(FIELDS, status="Skrivet i den andra fliken.")
    await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=saved.rev, fields=later)
    for rev in (0, saved.rev):
        with pytest.raises(WrongState) as moved:
            await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=rev, fields=FIELDS)
        assert moved.value.code == "note_moved"
    with pytest.raises(WrongState):
        await actions.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    note = await drafted(given, ref, given.ylva)
    assert note is not None
    assert note.fields == later


async def test_signing_locks_seals_and_leaves_a_row_that_the_patient_never_sees(
    given: Cast, database_url: str
) -> None:
    ref = await given.ongoing_case(given.ruben)
    saved = await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=FIELDS)
    n = await actions.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    (note,) = await signed(given, ref)
    assert (note.kind, note.signed_by, note.fields) == (NoteKind.NOTE, given.ylva.staff_id, FIELDS)
    assert is_intact(note)
    assert not is_intact(msgspec.structs.replace(note, fields=NoteFields(status="Något annat.")))
    async with given.database.transaction(given.ylva.scope) as connection:
        row = next(row for row in await timeline(connection, ref) if row.n == n)
    assert (row.kind, row.audience, row.body["digest"]) == (Kind.NOTE_SIGNED, Audience.STAFF, note.digest)
    async with given.database.transaction(given.ruben.scope) as connection:
        assert Kind.NOTE_SIGNED not in {row.kind for row in await timeline(connection, ref)}
    with pytest.raises(WrongState):
        await actions.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute(f"SET vardlots.provider = '{ref.provider_id}'")
        for change in ("UPDATE note SET fields = '{}'", "DELETE FROM note"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner.execute(f"{change} WHERE note_id = {note.note_id}")
    finally:
        await owner.close()


async def test_what_is_written_after_signing_is_an_addendum(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    saved = await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=FIELDS)
    early = await actions.save_draft(
        given.house, by=given.hamid, ref=ref, rev=0, fields=NoteFields(status="Min.")
    )
    await actions.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    # Hamid began before Ylva signed: what he signs adds to hers.
    await actions.sign(given.house, by=given.hamid, ref=ref, rev=early.rev)
    more = await actions.save_draft(
        given.house, by=given.ylva, ref=ref, rev=0, fields=NoteFields(text="Ringde upp.")
    )
    await actions.sign(given.house, by=given.ylva, ref=ref, rev=more.rev)
    kinds = [note.kind for note in await signed(given, ref)]
    assert kinds == [NoteKind.NOTE, NoteKind.ADDENDUM, NoteKind.ADDENDUM]
    assert all(is_intact(note) for note in await signed(given, ref))


async def test_an_empty_note_is_not_signed_and_a_long_one_not_saved(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    saved = await actions.save_draft(
        given.house, by=given.ylva, ref=ref, rev=0, fields=NoteFields(contact="video")
    )
    with pytest.raises(Invalid):
        await actions.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    with pytest.raises(Invalid) as long:
        await actions.save_draft(
            given.house, by=given.ylva, ref=ref, rev=saved.rev, fields=NoteFields(status="x" * 8001)
        )
    assert long.value.field == "status"


async def test_who_may_write_notes_and_when(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    with pytest.raises(WrongState):
        await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=FIELDS)
    await cases.accept(given.house, by=given.ylva, ref=ref)
    for by, refusal in ((given.nora, NotFound), (given.olle, Forbidden), (given.petra, Forbidden)):
        with pytest.raises(refusal):
            await actions.save_draft(given.house, by=by, ref=ref, rev=0, fields=FIELDS)
    await cases.start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    saved = await actions.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=FIELDS)
    with clock.shifted(timedelta(days=40)):
        await actions.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    assert len(await signed(given, ref)) == 1


def test_the_seal_is_of_the_content_whatever_the_order_of_its_keys() -> None:
    moment = clock.now()
    one = sealed(case="1-1", kind=NoteKind.NOTE, author_staff_id=1, fields=FIELDS, signed_at=moment)
    plain = msgspec.to_builtins(FIELDS)
    same = msgspec.convert(dict(reversed(list(plain.items()))), NoteFields)
    assert sealed(case="1-1", kind=NoteKind.NOTE, author_staff_id=1, fields=same, signed_at=moment) == one
    for changed in (
        {"case": "1-2"},
        {"author_staff_id": 2},
        {"kind": NoteKind.ADDENDUM},
        {"signed_at": moment + timedelta(microseconds=1)},
    ):
        whole = {
            "case": "1-1",
            "kind": NoteKind.NOTE,
            "author_staff_id": 1,
            "fields": FIELDS,
            "signed_at": moment,
        }
        assert sealed(**{**whole, **changed}) != one  # type: ignore[arg-type]
