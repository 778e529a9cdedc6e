"""Systematic review: drawn by chance and again the same, gone through, signed and locked."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.review import samples
from vardlots.review.actions import draw, judge, prune, sign
from vardlots.review.samples import Item, Review, Sample, Verdict

TODAY = clock.today


async def rows(given: Cast, by: StaffActor, count: int, days_ago: int = 0) -> None:
    with clock.shifted(-timedelta(days=days_ago)):
        row = audit.access(by, "read", provider_id=by.provider_id, person_id=given.ruben.person_id)
    async with given.database.transaction(NOBODY) as connection:
        await audit.write(connection, [row] * count)


async def drawn(given: Cast, by: StaffActor | None = None, **chosen: Any) -> int:
    usual: dict[str, Any] = {
        "sample": Sample.ACCESSES,
        "unit_id": given.angsviken.unit_id,
        "since": TODAY() - timedelta(days=29),
        "until": TODAY(),
        "count": 5,
    }
    return await draw(given.database, by=by or given.rune, **(usual | chosen))


async def look(given: Cast, review_id: int) -> tuple[Review, list[Item]]:
    async with given.database.transaction(given.rune.scope) as connection:
        found = await samples.review(connection, by=given.rune, units=None, review_id=review_id)
        assert found is not None
        return found, await samples.items(connection, given.rune.provider_id, review_id)


async def gone_through(given: Cast, review_id: int) -> None:
    for place in range(1, (await look(given, review_id))[0].items + 1):
        await judge(
            given.database,
            by=given.rune,
            review_id=review_id,
            place=place,
            verdict=Verdict.CLEAR,
            comment="",
        )


async def test_the_same_seed_draws_the_same_and_another_another(given: Cast) -> None:
    await rows(given, given.ylva, 40)
    numbers = []
    for seed in (1, 1, 2):
        review, items = await look(given, await drawn(given, seed=seed))
        assert (review.population, review.items, review.seed) == (40, 5, seed)
        numbers.append([one.log_id for one in items])
    assert numbers[0] == numbers[1] != numbers[2]
    assert len(set(numbers[0])) == 5


async def test_only_the_unit_the_days_and_other_peoples_accesses_are_drawn(given: Cast) -> None:
    await rows(given, given.ylva, 2)
    await rows(given, given.olle, 3)  # at another unit
    await rows(given, given.hamid, 4, days_ago=40)
    await rows(given, given.rune, 5)  # the reviewer's own
    review, _ = await look(given, await drawn(given, count=100))
    assert review.population == 2
    review, _ = await look(given, await drawn(given, count=100, unit_id=None))
    assert review.population == 5
    with pytest.raises(Invalid, match="inget att dra"):
        # Forty times 24 hours ago may be 39 days ago by the calendar: the clocks have been set back since.
        await drawn(given, since=TODAY() - timedelta(days=38), until=TODAY() - timedelta(days=35))


async def test_whole_days_of_staff(given: Cast) -> None:
    for days_ago in (0, 0, 1):
        await rows(given, given.ylva, 3, days_ago)
    await rows(given, given.hamid, 1)
    review_id = await drawn(given, sample=Sample.STAFF_DAYS, count=10)
    review, items = await look(given, review_id)
    assert review.population == len(items) == 3
    async with given.database.transaction(given.rune.scope) as connection:
        behind = [
            len(await samples.rows_of_day(connection, by=given.rune, review=review, item=one))
            for one in items
        ]
    assert sorted(behind) == [1, 3, 6]


async def test_a_mark_narrows_the_lot(given: Cast) -> None:
    await rows(given, given.ylva, 3)
    await rows(given, given.petra, 25)
    for marker, population in (("many", 25),):
        review, _ = await look(given, await drawn(given, marker=marker, count=3))
        assert (review.population, review.marker) == (population, marker)
    with pytest.raises(Invalid, match="inget att dra"):
        await drawn(given, marker="protected")


async def test_gone_through_signed_and_locked(given: Cast, database_url: str) -> None:
    await rows(given, given.ylva, 3)
    review_id = await drawn(given)
    database = given.database
    with pytest.raises(Invalid, match="Skriv vad som behöver utredas"):
        await judge(
            database, by=given.rune, review_id=review_id, place=1, verdict=Verdict.LOOK_INTO, comment=" "
        )
    await gone_through(given, review_id)
    await judge(
        database, by=given.rune, review_id=review_id, place=2, verdict=Verdict.LOOK_INTO, comment="Varför?"
    )
    with pytest.raises(Invalid, match="Skriv vad granskningen visade"):
        await sign(database, by=given.rune, review_id=review_id, summary="  ")
    await sign(database, by=given.rune, review_id=review_id, summary="En åtkomst utreds.")
    review, _ = await look(given, review_id)
    assert (review.judged, review.to_look_into, review.signed_by_name) == (3, 1, "Rune Lindskär")
    with pytest.raises(WrongState):
        await judge(
            database, by=given.rune, review_id=review_id, place=1, verdict=Verdict.CLEAR, comment="Nej"
        )
    with pytest.raises(WrongState):
        await sign(database, by=given.rune, review_id=review_id, summary="Igen.")
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute(f"SET vardlots.provider = '{given.rune.provider_id}'")
        for statement in (
            "UPDATE log_review SET summary = 'Annat' WHERE review_id = $1",
            "DELETE FROM log_review WHERE review_id = $1",
            "UPDATE log_review_item SET comment = 'Annat' WHERE review_id = $1",
            "DELETE FROM log_review_item WHERE review_id = $1",
        ):
            with pytest.raises(asyncpg.PostgresError, match="never changed"):
                await owner.execute(statement, review_id)
    finally:
        await owner.close()


async def test_nothing_is_signed_that_has_not_been_gone_through(given: Cast) -> None:
    await rows(given, given.ylva, 2)
    review_id = await drawn(given)
    with pytest.raises(Invalid, match="Gå igenom alla rader"):
        await sign(given.database, by=given.rune, review_id=review_id, summary="Klart.")
    review, _ = await look(given, review_id)
    assert review.signed_at is None


async def test_of_two_who_sign_at_once_one_does_and_a_late_word_is_refused(given: Cast) -> None:
    await rows(given, given.ylva, 1)
    review_id = await drawn(given)
    await gone_through(given, review_id)

    async def try_to(what: Any) -> str:
        try:
            await what
        except WrongState:
            return "late"
        return "done"

    ends = await asyncio.gather(
        *(
            try_to(sign(given.database, by=by, review_id=review_id, summary=by.name))
            for by in (given.rune, given.helga)
        )
    )
    assert sorted(ends) == ["done", "late"]


async def test_the_head_reviews_their_own_unit_and_sees_its_reviews_only(given: Cast) -> None:
    await rows(given, given.ylva, 2)
    await rows(given, given.olle, 2)
    own = await drawn(given, by=given.helga)
    everywhere = await drawn(given, unit_id=None)
    elsewhere = await drawn(given, unit_id=given.strandgatan.unit_id)
    for unit_id in (None, given.strandgatan.unit_id, given.norrhamn.unit_id):
        with pytest.raises(NotFound):
            await drawn(given, by=given.helga, unit_id=unit_id)
    async with given.database.transaction(given.helga.scope) as connection:
        seen = await samples.reviews(connection, by=given.helga, units=[given.angsviken.unit_id], below=None)
    assert [one.review_id for one in seen] == [own]
    for review_id in (everywhere, elsewhere):
        with pytest.raises(NotFound):
            await judge(
                given.database,
                by=given.helga,
                review_id=review_id,
                place=1,
                verdict=Verdict.CLEAR,
                comment="",
            )


@pytest.mark.parametrize("who", ["ylva", "astrid", "nora"])
async def test_nobody_else_draws_judges_or_signs(given: Cast, who: str) -> None:
    await rows(given, given.ylva, 1)
    review_id = await drawn(given)
    by = getattr(given, who)
    with pytest.raises(Forbidden):
        await drawn(given, by=by)
    with pytest.raises(Forbidden):
        await judge(given.database, by=by, review_id=review_id, place=1, verdict=Verdict.CLEAR, comment="")
    with pytest.raises(Forbidden):
        await sign(given.database, by=by, review_id=review_id, summary="Klart.")
    async with given.database.transaction(given.nora.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM log_review") == 0
        assert await connection.fetchval("SELECT count(*) FROM log_review_item") == 0


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 201}, "count"),
        ({"since": TODAY() - timedelta(days=120)}, "since"),
        ({"since": TODAY() + timedelta(days=1)}, "since"),
        ({"marker": "nonsense"}, "marker"),
    ],
)
async def test_what_cannot_be_drawn(given: Cast, chosen: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await drawn(given, **chosen)
    assert refusal.value.field == field


async def test_a_review_from_the_form_to_the_signature(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await rows(given, given.ylva, 2)
    rune = await site.browser(given.rune)
    page = await rune.get("/staff/log/reviews")
    assert "Ingen granskning är gjord än." in page.text
    form = {
        "sample": "accesses",
        "unit": str(given.angsviken.unit_id),
        "since": str(TODAY()),
        "until": str(TODAY()),
        "count": "5",
    }
    refused = await rune.submit("/staff/log/reviews", form | {"count": "många"})
    assert refused.status_code == 422
    assert "Välj mellan 1 och 200" in refused.text
    answer = await rune.submit("/staff/log/reviews", form)
    assert answer.status_code == 303
    address = answer.headers["location"]
    page = await rune.get(address)
    assert page.text.count("Läste ärendet: Ruben Ekdunge") == 2
    assert "2 rader är kvar" in page.text
    refused = await rune.submit(f"{address}/items/1", {"verdict": "look_into", "comment": ""})
    assert refused.status_code == 422
    assert "Skriv vad som behöver utredas." in refused.text
    answer = await rune.submit(f"{address}/items/1", {"verdict": "look_into", "comment": "Fråga Ylva."})
    assert answer.headers["location"] == f"{address}#row-2"
    refused = await rune.submit(f"{address}/sign", {"summary": "Klart."})
    assert "Gå igenom alla rader innan du signerar." in refused.text
    assert "Klart." in refused.text
    await rune.submit(f"{address}/items/2", {"verdict": "clear", "comment": ""})
    await rune.submit(f"{address}/sign", {"summary": "En rad utreds."})
    page = await rune.get(address)
    assert "En rad utreds." in page.text
    assert re.search("<form[^>]*/items/", page.text) is None
    page = await rune.get("/staff/log/reviews")
    assert "En rad behöver utredas" in page.text
    assert "Signerad av Rune Lindskär" in page.text
    # The head sees it, since it is about the unit; another unit's and another provider's people do not.
    helga = await site.browser(given.helga)
    assert (await helga.get(address)).status_code == 200
    assert (await (await site.browser(given.ylva)).get(address)).status_code == 403
    async with given.database.transaction(given.rune.scope) as connection:
        actions = {
            row["action"]
            for row in await connection.fetch(
                "SELECT action FROM access_log WHERE actor_id = $1", given.rune.staff_id
            )
        }
    assert {"draw_review", "read_review", "judge_access", "sign_review"} <= actions


def keeper(given: Cast) -> SystemActor:
    """The system at the cast's provider."""
    return SystemActor(given.rune.provider_id, "review.prune")


async def aged(given: Cast, database_url: str, review_id: int, years: float) -> None:
    """A review drawn and signed so long ago: no verb can do that, and the trigger is in the way."""
    owner = await asyncpg.connect(database_url)
    try:
        async with owner.transaction():
            await owner.execute(f"SET LOCAL vardlots.provider = '{given.rune.provider_id}'")
            await owner.execute("ALTER TABLE log_review DISABLE TRIGGER log_review_is_kept")
            await owner.execute(
                "UPDATE log_review SET drawn_at = drawn_at - $2::interval, signed_at = signed_at - $2::interval "
                "WHERE review_id = $1",
                review_id,
                timedelta(days=365.25 * years),
            )
            await owner.execute("ALTER TABLE log_review ENABLE TRIGGER log_review_is_kept")
    finally:
        await owner.close()


async def test_reviews_leave_with_the_age_of_the_log(given: Cast, database_url: str) -> None:
    await rows(given, given.ylva, 3)
    signed, unsigned, young = [await drawn(given) for _ in range(3)]
    for review_id in (signed, young):
        await gone_through(given, review_id)
        await sign(given.database, by=given.rune, review_id=review_id, summary="Inget att utreda.")
    for review_id, years in ((signed, 11), (unsigned, 11), (young, 9)):
        await aged(given, database_url, review_id, years)
    assert await prune(given.database, by=SystemActor(given.nora.provider_id, "review.prune"), years=10) == 0
    assert await prune(given.database, by=keeper(given), years=12) == 0
    assert await prune(given.database, by=keeper(given), years=10) == 2
    assert await prune(given.database, by=keeper(given), years=10) == 0
    async with given.database.transaction(given.rune.scope) as connection:
        for review_id in (signed, unsigned):
            assert await samples.items(connection, given.rune.provider_id, review_id) == []
            assert await samples.review(connection, by=given.rune, units=None, review_id=review_id) is None
    assert (await look(given, young))[0].judged == 3
    async with given.database.transaction(given.rune.scope) as connection:
        said = await connection.fetch(
            "SELECT reason FROM access_log WHERE provider_id = $1 AND action = 'prune_reviews'",
            given.rune.provider_id,
        )
    assert [row["reason"] for row in said] == ["2 granskningar"]


async def test_no_review_leaves_before_five_years_whoever_asks(given: Cast, database_url: str) -> None:
    await rows(given, given.ylva, 3)
    review_id = await drawn(given)
    await aged(given, database_url, review_id, 4.9)
    assert await prune(given.database, by=keeper(given), years=1) == 0
    async with given.database.transaction(given.rune.scope) as connection:
        assert await connection.fetchval("SELECT prune_reviews(now(), 100)") == 0
    async with given.database.transaction(given.rune.scope) as connection:
        await connection.execute("SELECT set_config('vardlots.pruning', 'on', true)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM log_review WHERE review_id = $1", review_id)


async def test_a_day_of_signing_long_ago_makes_no_review_old(given: Cast) -> None:
    await rows(given, given.ylva, 3)
    review_id = await drawn(given)
    await gone_through(given, review_id)
    async with given.database.transaction(given.rune.scope) as connection:
        await connection.execute(
            "UPDATE log_review SET signed_at = now() - interval '11 years', signed_by = drawn_by, "
            "signed_by_name = drawn_by_name, summary = 'x' WHERE review_id = $1",
            review_id,
        )
        assert await connection.fetchval("SELECT prune_reviews(now(), 100)") == 0
