"""An interview in two tabs while it becomes a case: what staff read is what the case was opened with."""

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.cases.actions import open_case
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.people.queries import person
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, provider_scope
from vardlots.platform.errors import WrongState
from vardlots.platform.files import Stored
from vardlots.platform.uploads import Upload
from vardlots.triage import actions
from vardlots.triage import interview as engine
from vardlots.triage.queries import RESUMABLE, InterviewRef, Kept, Stale, own_interview
from vardlots.triage.queueing import new_case
from vardlots.triage.tests.helpers import mild_answer

PICTURE = Upload("1/none", "image/png", "bild.png", Stored(1, "0" * 64))


async def unit_of(given: Cast) -> Unit:
    async with given.database.transaction(NOBODY) as connection:
        found = await clinics.unit(connection, given.angsviken.unit_id)
    assert found is not None
    return found


async def kept_of(given: Cast, by: PatientActor, ref: InterviewRef) -> Kept:
    async with given.database.transaction(by.scope) as connection:
        return await own_interview(connection, by=by, ref=ref)


async def answered(given: Cast, by: PatientActor) -> Kept:
    """An interview with its outcome, on the page before the queue."""
    ref = await actions.start_interview(
        given.house, by=by, unit=await unit_of(given), person_id=by.person_id, reason="sore_throat"
    )
    kept = await kept_of(given, by, ref)
    while kept.stage == "questions":
        link_id, raw = mild_answer(kept.interview())
        kept = await actions.answer(given.house, by=by, ref=ref, rev=kept.rev, link_id=link_id, raw=raw)
    return await actions.go_on(given.house, by=by, ref=ref)


async def test_an_answer_that_comes_while_the_case_is_opened_changes_nothing(given: Cast) -> None:
    kept = await answered(given, given.ruben)
    interview = kept.interview()
    case = await open_case(given.house, by=given.ruben, new=new_case(kept))
    last = actions.last_answered(interview)
    assert last is not None
    # The other tab had read the interview before the case was there.
    moved = engine.go_to(msgspec.structs.replace(kept, outcome=None).interview(), last)
    with pytest.raises(actions.Moved):
        async with given.database.transaction(given.ruben.scope) as connection:
            await actions.keep_step(connection, by=given.ruben, kept=kept, moved=moved)
    with pytest.raises(actions.Moved):
        async with given.database.transaction(given.ruben.scope) as connection:
            await actions.set_columns(connection, by=given.ruben, kept=kept, stage="left")
    after = await kept_of(given, given.ruben, kept.ref)
    assert (after.stage, after.case_id, after.answers) == ("done", case.case_id, kept.answers)


async def test_a_case_is_not_opened_with_answers_that_have_changed_since(given: Cast) -> None:
    kept = await answered(given, given.ruben)
    new = new_case(kept)
    async with given.database.transaction(given.ruben.scope) as connection:
        await actions.set_columns(connection, by=given.ruben, kept=kept, stage="result")
    with pytest.raises(WrongState):
        await open_case(given.house, by=given.ruben, new=new)
    assert (await kept_of(given, given.ruben, kept.ref)).case_id is None


async def test_a_picture_that_comes_while_the_case_is_opened_is_in_the_case_or_refused(given: Cast) -> None:
    import asyncio

    kept = await answered(given, given.ruben)

    async def add() -> bool:
        try:
            await actions.add_picture(
                given.house, by=given.ruben, ref=kept.ref, attachment_id=uuid4(), upload=PICTURE
            )
        except WrongState:
            return False
        return True

    adding = [asyncio.create_task(add()) for _ in range(6)]
    case = await open_case(given.house, by=given.ruben, new=new_case(kept))
    taken = sum(await asyncio.gather(*adding))
    async with given.database.transaction(provider_scope(case.provider_id)) as connection:
        seen = await connection.fetchval(
            "SELECT count(*) FROM attachment WHERE provider_id = $1 AND case_id = $2", *case.ref
        )
    assert seen == taken


async def test_at_most_so_many_pictures_however_many_at_once(given: Cast) -> None:
    import asyncio

    from vardlots.platform.errors import Invalid

    kept = await answered(given, given.ruben)

    async def add() -> bool:
        try:
            await actions.add_picture(
                given.house, by=given.ruben, ref=kept.ref, attachment_id=uuid4(), upload=PICTURE
            )
        except Invalid:
            return False
        return True

    assert sum(await asyncio.gather(*(add() for _ in range(16)))) == actions.PICTURES_MAX


async def test_a_no_to_share_the_record_is_kept_with_the_case_or_not_at_all(given: Cast) -> None:
    kept = await answered(given, given.ruben)
    kept = await actions.keep_post_answers(
        given.house,
        by=given.ruben,
        ref=kept.ref,
        answers={"share_history": [False], "share_medications": [True]},
    )
    case = await open_case(given.house, by=given.ruben, new=new_case(kept))
    async with given.database.transaction(provider_scope(case.provider_id)) as connection:
        rows = await connection.fetch(
            "SELECT kind, given, given_by FROM consent WHERE person_id = $1 AND kind <> 'registration' ORDER BY kind",
            given.ruben.person_id,
        )
        logged = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE case_id = $1 AND action = 'consent'", case.case_id
        )
    ruben = given.ruben.person_id
    assert [tuple(row) for row in rows] == [("history", False, ruben), ("medication", True, ruben)]
    assert logged == 1


async def test_a_changed_mobile_number_is_in_the_log_of_every_provider_that_has_the_person(
    given: Cast,
) -> None:
    await given.waiting_case(given.ruben)
    await given.waiting_case(given.ruben, unit=given.norrhamn)
    for mobile in ("+46701740613", "+46701740613", None):
        await actions.set_mobile(given.house, by=given.ruben, mobile=mobile)
    async with given.database.transaction(given.ruben.scope) as connection:
        found = await person(connection, given.ruben.person_id)
        logged = await connection.fetch(
            "SELECT provider_id, actor_id, person_id FROM access_log WHERE action = 'set_mobile' ORDER BY log_id"
        )
    assert found is not None
    assert found.mobile is None
    providers = sorted([given.angsviken.provider_id, given.norrhamn.provider_id])
    # The same number again changes nothing.
    assert sorted(row["provider_id"] for row in logged) == sorted(providers * 2)
    assert {(row["actor_id"], row["person_id"]) for row in logged} == {(given.ruben.person_id,) * 2}


async def test_a_first_number_is_logged_where_care_is_sought_before_anybody_is_registered(
    given: Cast,
) -> None:
    await actions.set_mobile(
        given.house, by=given.ruben, mobile="+46701740614", seeking_at=given.angsviken.provider_id
    )
    async with given.database.transaction(given.ruben.scope) as connection:
        logged = await connection.fetch("SELECT provider_id FROM access_log WHERE action = 'set_mobile'")
    assert [row["provider_id"] for row in logged] == [given.angsviken.provider_id]


async def test_answers_of_another_day_are_not_gone_on_with(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await answered(given, given.ruben)
    later = kept.changed_at + RESUMABLE
    monkeypatch.setattr(clock, "now", lambda: later - timedelta(seconds=1))
    assert (await kept_of(given, given.ruben, kept.ref)).stage == "post"
    monkeypatch.setattr(clock, "now", lambda: later)
    for step in (
        kept_of(given, given.ruben, kept.ref),
        actions.keep_post_answers(given.house, by=given.ruben, ref=kept.ref, answers={}),
    ):
        with pytest.raises(Stale):
            await step
