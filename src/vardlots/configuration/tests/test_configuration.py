"""Versions of what is configured: saved with a reason, one after another, in force at their time, never lost."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.configuration import actions, book, kinds, queries
from vardlots.configuration.actions import Change, ChangedMeanwhile
from vardlots.configuration.model import Applied, Body, Kind, Problem, Standing
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound
from vardlots.platform.live import Signal


class Greeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    times: int = 1


applied: list[tuple[str, Any]] = []


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {"first": Standing({"text": "Hej", "times": 1})}


async def _check(_connection: Connection, _provider_id: int, _key: str, value: Any) -> list[Problem]:
    return [Problem("times", "Högst {most} gånger.", {"most": 9})] if value.times > 9 else []


async def _apply(_connection: Connection, at: Applied, value: Any) -> list[Signal]:
    applied.append((at.key, value.text if value else None))
    return [Signal("greeting:1")]


@pytest.fixture
def greetings() -> Iterator[Kind]:
    kind = Kind(
        code="test_greeting",
        label="Hälsningar",
        group="texts",
        about="",
        shape=Greeting,
        title=lambda body: body.text,
        per_unit=True,
        standing=_standing,
        check=_check,
        apply=_apply,
    )
    applied.clear()
    kinds.register(kind)
    yield kind
    kinds._kinds.pop(kind.code)
    book.forget()


async def _save(given: Cast, kind: Kind, body: Body | None, base: int, **more: Any) -> int:
    change = Change(
        key=more.pop("key", "first"), body=body, base_version=base, unit_id=more.pop("unit_id", None)
    )
    return (
        await actions.save(
            given.database,
            given.house.hub,
            by=more.pop("by", given.astrid),
            kind=kind,
            changes=[change],
            reason=more.pop("reason", "Prov"),
            **more,
        )
    )[0]


async def _in_force(given: Cast, kind: Kind) -> dict[str, Any]:
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await queries.items(connection, given.astrid.provider_id, kind, clock.now())
        kept = await book.saved(connection, given.astrid.provider_id, kind, Greeting)
    shown = {one.key: one.body["text"] for one in found}
    assert all(shown[key] == value.text for key, value in kept.items())
    return shown


async def test_a_version_replaces_what_stands_from_the_start_and_is_logged(
    given: Cast, greetings: Kind
) -> None:
    assert await _in_force(given, greetings) == {"first": "Hej"}
    assert await _save(given, greetings, {"text": "Välkommen"}, 0) == 1
    book.forget()
    assert await _in_force(given, greetings) == {"first": "Välkommen"}
    assert applied == [("first", "Välkommen")]
    async with given.database.transaction(given.astrid.scope) as connection:
        logged = await connection.fetchval(
            "SELECT reason FROM access_log WHERE action = 'configure' AND actor_id = $1",
            given.astrid.staff_id,
        )
    assert logged == "test_greeting/first v1: Prov"


async def test_of_two_who_start_from_the_same_version_one_is_told(given: Cast, greetings: Kind) -> None:
    results = await asyncio.gather(
        *(_save(given, greetings, {"text": f"Nummer {n}"}, 0) for n in range(8)), return_exceptions=True
    )
    assert sorted(one for one in results if isinstance(one, int)) == [1]
    lost = [one for one in results if isinstance(one, ChangedMeanwhile)]
    assert len(lost) == 7
    assert lost[0].newest.author_name == "Astrid Vassbo"


async def test_all_changes_of_a_save_or_none(given: Cast, greetings: Kind) -> None:
    with pytest.raises(Invalid):
        await actions.save(
            given.database,
            given.house.hub,
            by=given.astrid,
            kind=greetings,
            changes=[
                Change(key="first", body={"text": "a"}, base_version=0),
                Change(key="second", body={"text": "b", "times": 99}, base_version=0),
            ],
            reason="Prov",
        )
    assert await _in_force(given, greetings) == {"first": "Hej"}


async def test_what_cannot_be_used_is_refused_with_its_field(given: Cast, greetings: Kind) -> None:
    for body, field in (
        ({"text": 1}, "text"),
        ({"text": "a", "more": 1}, "body"),
        ({"text": "a", "times": 10}, "times"),
    ):
        with pytest.raises(Invalid) as refused:
            await _save(given, greetings, body, 0)
        assert refused.value.field == field
    with pytest.raises(Invalid) as refused:
        await _save(given, greetings, {"text": "a"}, 0, reason=" ")
    assert refused.value.field == "reason"


async def test_who_may_change(given: Cast, greetings: Kind) -> None:
    own, other = given.angsviken.unit_id, given.strandgatan.unit_id
    await _save(given, greetings, {"text": "a"}, 0, key="own", unit_id=own, by=given.helga)
    for by, key, unit_id in (
        (given.helga, "theirs", other),
        (given.helga, "everybodys", None),
        (given.helga, "first", own),
        (given.ylva, "own2", own),
        (given.rune, "own3", own),
    ):
        with pytest.raises(Forbidden):
            await _save(given, greetings, {"text": "a"}, 0, key=key, unit_id=unit_id, by=by)
    # A thing keeps its unit: naming another in a change moves nothing.
    await _save(given, greetings, {"text": "b"}, 1, key="own", unit_id=other, by=given.helga)
    assert (await _in_force(given, greetings))["own"] == "b"


async def test_a_version_for_a_later_day_waits_for_it(given: Cast, greetings: Kind) -> None:
    await _save(given, greetings, {"text": "Nu"}, 0)
    tomorrow = clock.now() + timedelta(days=1)
    assert await _save(given, greetings, {"text": "I morgon"}, 1, starts_at=tomorrow) == 2
    book.forget()
    assert await _in_force(given, greetings) == {"first": "Nu"}
    with clock.at(tomorrow):
        assert await _in_force(given, greetings) == {"first": "I morgon"}
        system = SystemActor(provider_id=given.astrid.provider_id, job="configuration.begin")
        await actions.begin(given.database, given.house.hub, by=system, kind=greetings, keys=["first"])
    assert applied[-1] == ("first", "I morgon")


async def test_removed_things_keep_their_history_and_may_come_back(given: Cast, greetings: Kind) -> None:
    await _save(given, greetings, {"text": "a"}, 0)
    await _save(given, greetings, None, 1)
    book.forget()
    assert await _in_force(given, greetings) == {}
    assert applied[-1] == ("first", None)
    await actions.restore(given.database, by=given.astrid, kind=greetings, key="first", version=1)
    async with given.database.transaction(given.astrid.scope) as connection:
        drafts = await queries.drafts(
            connection, given.astrid.provider_id, greetings.code, given.astrid.staff_id
        )
    assert (drafts["first"].base_version, drafts["first"].body) == (2, {"text": "a"})
    await _save(given, greetings, drafts["first"].body, 2)
    async with given.database.transaction(given.astrid.scope) as connection:
        kept = await queries.history(connection, given.astrid.provider_id, greetings.code, "first")
        left = await queries.drafts(
            connection, given.astrid.provider_id, greetings.code, given.astrid.staff_id
        )
    assert [(one.version, one.removed) for one in kept] == [(3, False), (2, True), (1, False)]
    assert left == {}


async def test_nothing_of_another_provider(given: Cast, greetings: Kind) -> None:
    await _save(given, greetings, {"text": "a"}, 0)
    nora = msgspec.structs.replace(given.nora, administers="provider")
    await _save(given, greetings, {"text": "deras"}, 0, by=nora)
    book.forget()
    assert await _in_force(given, greetings) == {"first": "a"}
    with pytest.raises(NotFound):
        await actions.restore(given.database, by=nora, kind=greetings, key="first", version=2)


async def test_drafts_are_their_authors_own(given: Cast, greetings: Kind) -> None:
    await actions.keep_draft(
        given.database, by=given.astrid, kind=greetings, key="first", body={"text": 3}, base_version=0
    )
    async with given.database.transaction(given.astrid.scope) as connection:
        of_helga = await queries.drafts(
            connection, given.astrid.provider_id, greetings.code, given.helga.staff_id
        )
    assert of_helga == {}
    await actions.drop_draft(given.database, by=given.astrid, kind=greetings, key="first")
    await actions.drop_draft(given.database, by=given.astrid, kind=greetings, key="first")
