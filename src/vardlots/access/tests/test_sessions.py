"""A session's limits to the second, its token that no sign-in inherits, and what ends with it."""

import itertools
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tests.cast import Cast

from vardlots.access.actions import end_other_sessions, end_own_session
from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import KEPT_SECONDS, Limits, Sessions
from vardlots.access.web import session_token
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.errors import NotFound
from vardlots.platform.live import Hub

IDLE, ABSOLUTE = timedelta(minutes=60), timedelta(hours=12)
SECOND = timedelta(seconds=1)


@pytest.fixture
def sessions(given: Cast) -> Sessions:
    return Sessions(given.database, given.house.hub, Limits(idle=IDLE, absolute=ABSOLUTE))


def another(given: Cast, hub: Hub | None = None) -> Sessions:
    """The same sessions as another process sees them: nothing kept."""
    return Sessions(given.database, hub or Hub(), Limits(idle=IDLE, absolute=ABSOLUTE))


async def opened(given: Cast, sessions: Sessions, actor: PatientActor | StaffActor) -> str:
    if isinstance(actor, PatientActor):
        return await sessions.open_for_patient(person_id=actor.person_id, acr="test")
    async with given.database.transaction(NOBODY) as connection:
        assignment_id = await connection.fetchval(
            "SELECT assignment_id FROM assignment WHERE staff_id = $1", actor.staff_id
        )
    return await sessions.open_for_staff(staff_id=actor.staff_id, assignment_id=assignment_id, acr="test")


@pytest.mark.parametrize("who", ["ruben", "ylva"])
async def test_unused_it_ends_at_the_second(given: Cast, sessions: Sessions, who: str) -> None:
    begun = clock.now()
    with clock.at(begun):
        token = await opened(given, sessions, getattr(given, who))
    with clock.at(begun + IDLE - SECOND):
        # An open stream looks without counting as use.
        assert await sessions.actor(token, touch=False) is not None
    for process in (sessions, another(given)):
        with clock.at(begun + IDLE):
            assert await process.actor(token) is None


@pytest.mark.parametrize("who", ["ruben", "ylva"])
async def test_use_prolongs_it_and_never_past_its_last_second(
    given: Cast, sessions: Sessions, who: str
) -> None:
    begun = clock.now()
    with clock.at(begun):
        token = await opened(given, sessions, getattr(given, who))
    at = begun
    while at + timedelta(minutes=59) < begun + ABSOLUTE:
        at += timedelta(minutes=59)
        with clock.at(at):
            assert await sessions.actor(token) is not None, at - begun
    with clock.at(begun + ABSOLUTE - SECOND):
        assert await sessions.actor(token) is not None
    for process in (sessions, another(given)):
        with clock.at(begun + ABSOLUTE):
            assert await process.actor(token) is None


async def test_what_is_kept_in_the_process_is_looked_up_again_soon(given: Cast, sessions: Sessions) -> None:
    begun = clock.now()
    with clock.at(begun):
        token = await opened(given, sessions, given.ylva)
        assert await sessions.actor(token) is not None
    # Ended by a process whose signal is lost.
    await another(given).end(token, why="signed_out")
    with clock.at(begun + timedelta(seconds=KEPT_SECONDS)):
        assert await sessions.actor(token) is None


async def test_an_assignment_ends_at_midnight_however_lately_it_was_looked_up(
    given: Cast, sessions: Sessions
) -> None:
    """Olle's last day is today."""
    midnight = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    with clock.at(midnight - timedelta(minutes=30)):
        token = await opened(given, sessions, given.olle)
        async with given.database.transaction(NOBODY) as connection:
            await connection.execute(
                "UPDATE assignment SET valid_to = $2 WHERE staff_id = $1", given.olle.staff_id, clock.today()
            )
    with clock.at(midnight - SECOND):
        assert await sessions.actor(token) is not None
    with clock.at(midnight):
        assert await sessions.actor(token) is None


async def test_what_nobody_signed_out_of_is_written_off_at_the_next_sign_in(
    given: Cast, sessions: Sessions
) -> None:
    begun = clock.now()
    with clock.at(begun):
        await opened(given, sessions, given.ruben)
        await opened(given, sessions, given.elin)
    with clock.at(begun + ABSOLUTE):
        await opened(given, sessions, given.ruben)
    async with given.database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT person_id, ended_why, ended_at = expires_at AS on_time FROM session "
            "WHERE person_id = ANY ($1::bigint[]) ORDER BY session_id",
            [given.ruben.person_id, given.elin.person_id],
        )
    assert [tuple(row) for row in rows] == [
        (given.ruben.person_id, "expired", True),
        (given.elin.person_id, None, None),
        (given.ruben.person_id, None, None),
    ]


@pytest.mark.parametrize(
    ("owner", "other"), list(itertools.permutations(["ylva", "olle", "nora", "elin", "ruben"], 2))
)
async def test_only_its_owner_ends_a_session(given: Cast, sessions: Sessions, owner: str, other: str) -> None:
    token = await opened(given, sessions, getattr(given, owner))
    theirs = await sessions.actor(token)
    mine = await sessions.actor(await opened(given, sessions, getattr(given, other)))
    assert theirs is not None
    assert mine is not None
    hub = given.house.hub
    with pytest.raises(NotFound):
        await end_own_session(given.database, hub=hub, by=mine, session_id=theirs.session_id)
    assert await end_other_sessions(given.database, hub=hub, by=mine) == 0
    assert await another(given).actor(token) is not None
    await end_own_session(given.database, hub=hub, by=theirs, session_id=theirs.session_id)
    assert await sessions.actor(token) is None


async def test_a_person_whose_number_changed_has_the_sessions_of_both(
    given: Cast, sessions: Sessions
) -> None:
    token = await opened(given, sessions, given.ruben)
    before = await sessions.actor(token)
    assert isinstance(before, PatientActor)
    now = PatientActor(
        given.elin.person_id, "Ruben", aliases=((given.ruben.person_id, given.elin.person_id),)
    )
    await end_own_session(given.database, hub=given.house.hub, by=now, session_id=before.session_id)
    assert await sessions.actor(token) is None


async def test_the_end_is_told_to_streams_and_to_every_process(given: Cast, sessions: Sessions) -> None:
    token = await opened(given, sessions, given.ylva)
    actor = await sessions.actor(token)
    assert actor is not None
    stream = given.house.hub.subscribe([f"session:{actor.session_id}"])
    await end_own_session(given.database, hub=given.house.hub, by=actor, session_id=actor.session_id)
    assert stream.pending == {f"session:{actor.session_id}": 0}


def cookie_of(browser: Any) -> str:
    return str(browser.client.cookies.get("session"))


def plant(browser: Any, token: str) -> None:
    browser.client.cookies.set("session", token, domain="testserver.local", path="/")


async def test_no_sign_in_inherits_a_token_that_was_known_before(open_browser: Any) -> None:
    """Somebody plants a session of their own, or one they made up, in another's browser before the sign-in."""
    attacker, victim = open_browser(), open_browser()
    await attacker.press("patient", "ruben-ekdunge")
    planted = cookie_of(attacker)
    for known in (planted, "made-up-by-somebody"):
        plant(victim, known)
        await victim.press("patient", "elin-sjoqvarn")
        given_out = cookie_of(victim)
        assert given_out != known
        assert len(given_out) >= 43
        # What was known before is worth nothing after: neither the victim's session nor the attacker's own.
        victim.client.cookies.clear()
        attacker.client.cookies.clear()
        plant(attacker, known)
        answer = await attacker.get("/my/profile")
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


def test_over_https_a_cookie_without_our_host_in_its_name_opens_nothing(database: Database) -> None:
    secure = Sessions(database, Hub(), Limits(idle=IDLE, absolute=ABSOLUTE), secure=True)
    app = SimpleNamespace(state=SimpleNamespace(sessions=secure))
    planted: Any = SimpleNamespace(app=app, cookies={"session": "planted by a neighbour"})
    ours: Any = SimpleNamespace(app=app, cookies={"__Host-session": "ours"})
    assert (session_token(planted), session_token(ours)) == (None, "ours")


@pytest.mark.parametrize("who", ["ruben", "ylva"])
async def test_a_clock_that_goes_back_an_hour_ends_nothing_and_prolongs_nothing(
    given: Cast, sessions: Sessions, who: str
) -> None:
    begun = clock.now()
    with clock.at(begun + timedelta(hours=1)):
        token = await opened(given, sessions, getattr(given, who))
        assert await sessions.actor(token) is not None
    with clock.at(begun):
        # Both this process, which has just looked it up, and another.
        for process in (sessions, another(given)):
            assert await process.actor(token) is not None
    with clock.at(begun + IDLE):
        for process in (sessions, another(given)):
            assert await process.actor(token) is None
