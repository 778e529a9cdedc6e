"""The live stream: who may hear what, what is told, and when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from tests.cast import PERSONNUMMER, Cast

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import Limits, Sessions
from vardlots.cases.actions import accept
from vardlots.cases.guests.actions import invite, leave
from vardlots.cases.model import CaseRef
from vardlots.cases.openings.actions import open_anyway
from vardlots.cases.turn import House
from vardlots.conversations.actions import Message, write
from vardlots.conversations.talk.actions import say
from vardlots.people.actions import Known, recognise
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.live import Hub, Signal
from vardlots.worklist import stream
from vardlots.worklist.stream import live, parse_topics


class Listener:
    """A browser's end of a stream, spoken to as the web server speaks."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.left = asyncio.Event()
        self.status = 0
        self.ended = False

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self.sent.put(message)

    async def event(self) -> tuple[str, dict[str, int]]:
        """The next event; comments are passed over."""
        return await asyncio.wait_for(self._event(), 20)

    async def _event(self) -> tuple[str, dict[str, int]]:
        while True:
            message = await self.sent.get()
            if message["type"] == "http.response.start":
                self.status = message["status"]
                continue
            self.ended = not message.get("more_body", False)
            for block in message["body"].decode().split("\n\n"):
                lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if "event" in lines:
                    return lines["event"], msgspec.json.decode(lines["data"])
            if self.ended:
                return "end", {}


class Room:
    """The web application with only the stream in it."""

    def __init__(self, given: Cast) -> None:
        self.given = given
        self.sessions = Sessions(
            given.database, given.house.hub, Limits(idle=timedelta(hours=1), absolute=timedelta(hours=8))
        )
        self.app = Litestar([live], openapi_config=None, logging_config=None)
        self.app.state.update({"house": given.house, "sessions": self.sessions})

    async def token(self, actor: StaffActor | PatientActor) -> str:
        if isinstance(actor, PatientActor):
            return await self.sessions.open_for_patient(person_id=actor.person_id, acr="test")
        async with self.given.database.transaction(actor.scope) as connection:
            assignment = await connection.fetchval(
                "SELECT assignment_id FROM assignment WHERE staff_id = $1", actor.staff_id
            )
        return await self.sessions.open_for_staff(
            staff_id=actor.staff_id, assignment_id=assignment, acr="test"
        )

    @asynccontextmanager
    async def stream(self, token: str, topics: str) -> AsyncIterator[Listener]:
        """An open stream."""
        listener = Listener()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/live",
            "raw_path": b"/live",
            "root_path": "",
            "scheme": "http",
            "query_string": f"t={topics}".encode(),
            "headers": [(b"cookie", f"session={token}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        task = asyncio.create_task(self.app(scope, listener.receive, listener.send))  # type: ignore[arg-type]
        try:
            yield listener
        finally:
            listener.left.set()
            await asyncio.wait_for(task, 5)


@pytest.fixture
def room(given: Cast) -> Room:
    return Room(given)


async def test_a_stream_begins_with_how_far_everything_has_come_and_tells_what_moves(
    given: Cast, room: Room
) -> None:
    ref = await given.ongoing_case(given.ruben)
    async with room.stream(await room.token(given.ruben), f"case:{ref}") as listener:
        assert await listener.event() == ("hello", {f"case:{ref}": 4})
        n = await write(given.house, by=given.ylva, ref=ref, message=Message("Hur mår du?", "stream-key-1"))
        assert await listener.event() == ("signal", {f"case:{ref}": n})


@pytest.mark.parametrize("who", ["nora", "elin"])
async def test_an_outsider_hears_nothing(given: Cast, room: Room, who: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    for topics in (
        f"case:{ref}",
        f"typing:{ref}",
        f"online:{ref}",
        f"unit:{given.angsviken.unit_id}",
        "staff:1",
        "x",
    ):
        async with room.stream(await room.token(getattr(given, who)), topics) as listener:
            assert await listener.event() == ("end", {})
            assert listener.status == 204


async def test_a_topic_that_is_refused_does_not_silence_the_others(given: Cast, room: Room) -> None:
    ref = await given.ongoing_case(given.ruben)
    async with room.stream(
        await room.token(given.ruben), f"case:{ref},unit:{given.angsviken.unit_id}"
    ) as listener:
        assert await listener.event() == ("hello", {f"case:{ref}": 4})
        given.house.hub.publish([Signal(f"unit:{given.angsviken.unit_id}"), Signal(f"case:{ref}", 5)])
        assert await listener.event() == ("signal", {f"case:{ref}": 5})


async def test_nobody_without_a_session_hears_anything(given: Cast, room: Room) -> None:
    async with room.stream("no-such-token", f"person:{given.ruben.person_id}") as listener:
        assert await listener.event() == ("end", {})
        assert listener.status == 204


async def test_a_stream_ends_with_its_session(given: Cast, room: Room) -> None:
    token = await room.token(given.ylva)
    async with room.stream(token, f"unit:{given.angsviken.unit_id}") as listener:
        await listener.event()
        await room.sessions.end(token, why="signed out")
        assert await listener.event() == ("end", {})


async def test_a_lost_signal_costs_a_delay_never_a_row(
    given: Cast, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", (0.2, 0.3))
    ref = await given.ongoing_case(given.ruben)
    async with room.stream(await room.token(given.ruben), f"case:{ref}") as listener:
        await listener.event()
        deaf = House(given.database, Hub())  # a process whose signals never arrive
        n = await write(deaf, by=given.ylva, ref=ref, message=Message("Hörs jag?", "stream-key-2"))
        assert await listener.event() == ("signal", {f"case:{ref}": n})


async def test_access_is_checked_again_while_the_stream_is_open(
    given: Cast, room: Room, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", (0.2, 0.3))
    monkeypatch.setattr("vardlots.access.sessions.KEPT_SECONDS", 0.0)
    topic = f"unit:{given.strandgatan.unit_id}"
    async with room.stream(await room.token(given.olle), topic) as listener:
        await listener.event()
        async with given.database.transaction(given.olle.scope) as connection:
            await connection.execute(
                "UPDATE assignment SET valid_to = '2021-01-01' WHERE staff_id = $1", given.olle.staff_id
            )
        assert await listener.event() == ("end", {})


async def test_a_stream_does_not_outlive_the_last_day_of_an_assignment(
    given: Cast, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", (0.2, 0.3))
    day = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = day + timedelta(days=1)
    with clock.at(midnight - timedelta(minutes=1)):
        token = await room.token(given.olle)
        async with given.database.transaction(given.olle.scope) as connection:
            await connection.execute(
                "UPDATE assignment SET valid_to = $2 WHERE staff_id = $1", given.olle.staff_id, clock.today()
            )
        async with room.stream(token, f"unit:{given.strandgatan.unit_id}") as listener:
            assert (await listener.event())[0] == "hello"
            # Looked up a moment ago, and kept: midnight is the end all the same.
            with clock.at(midnight):
                assert await listener.event() == ("end", {})
                async with room.stream(token, f"unit:{given.strandgatan.unit_id}") as again:
                    assert await again.event() == ("end", {})
                    assert again.status == 204


async def test_a_stream_has_a_bounded_life(given: Cast, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.3)
    monkeypatch.setattr(stream, "LOOK_SECONDS", (0.1, 0.2))
    async with room.stream(await room.token(given.ylva), f"unit:{given.angsviken.unit_id}") as listener:
        await listener.event()
        assert await listener.event() == ("end", {})


async def test_whoever_listens_is_online_until_they_leave(given: Cast, room: Room) -> None:
    ref = await given.ongoing_case(given.ruben)
    who = f"person:{given.ruben.person_id}"
    nurse = given.house.hub.subscribe([f"online:{ref}"])
    async with room.stream(await room.token(given.ruben), f"case:{ref}") as listener:
        await listener.event()
        assert given.house.hub.online(who)
        assert f"online:{ref}" in nurse.pending
    assert not given.house.hub.online(who)


async def test_one_session_opens_only_so_many_streams(
    given: Cast, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_STREAMS", 1)
    token, topic = await room.token(given.ylva), f"unit:{given.angsviken.unit_id}"
    async with room.stream(token, topic) as first, room.stream(token, topic) as second:
        assert sorted([(await first.event())[0], (await second.event())[0]]) == ["end", "hello"]


async def test_a_hub_keeps_only_the_highest_number(given: Cast) -> None:
    heard = given.house.hub.subscribe(["case:1-1"])
    for number in (5, 7, 6):
        given.house.hub.publish([Signal("case:1-1", number)])
    assert await heard.take(0.1) == {"case:1-1": 7}


def test_topics_are_read_with_a_limit() -> None:
    assert parse_topics("case:1-2,unit:3") == ["case:1-2", "unit:3"]
    for raw in ("", ",".join(f"unit:{n}" for n in range(61))):
        with pytest.raises(Exception, match="finns inte"):
            parse_topics(raw)


def test_references_are_what_topics_name() -> None:
    assert str(CaseRef(1, 42)) == "1-42"


async def test_a_stream_tells_no_more_of_a_case_when_its_opening_has_run_out(
    given: Cast, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long before the stream would look for itself.
    monkeypatch.setattr("vardlots.cases.openings.actions.OPEN_FOR", timedelta(seconds=1))
    monkeypatch.setattr("vardlots.access.sessions.KEPT_SECONDS", 0.0)
    ref = await given.ongoing_case(given.ruben)
    n = await open_anyway(given.house, by=given.olle, ref=ref, reason="Samverkan")
    mine = f"staff:{given.olle.staff_id}"
    async with room.stream(await room.token(given.olle), f"case:{ref},{mine}") as listener:
        assert await listener.event() == ("hello", {f"case:{ref}": n, mine: 0})
        assert await listener.event() == ("signal", {f"case:{ref}": 0})
        assert await listener.event() == ("end", {})


async def test_a_guest_hears_no_more_the_moment_they_are_let_go(
    given: Cast, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long before the stream would look for itself.
    monkeypatch.setattr(stream, "LOOK_SECONDS", (60.0, 70.0))
    monkeypatch.setattr("vardlots.access.sessions.KEPT_SECONDS", 0.0)
    ref = await given.ongoing_case(given.ruben)
    olle = given.olle.staff_id
    await invite(given.house, by=given.ylva, ref=ref, staff_id=olle, mode="consult")
    topics = {f"case:{ref}": 5, f"talk:{ref}": 0, f"typing:talk-{ref}": 0}
    async with room.stream(await room.token(given.olle), ",".join(topics)) as listener:
        assert await listener.event() == ("hello", topics)
        n = (
            await say(given.house, by=given.ylva, ref=ref, message=Message("Vad tror du?", "stream-key-9"))
        ).row.n
        told, heard = await listener.event()
        assert told == "signal"
        assert heard[f"talk:{ref}"] == n
        await leave(given.house, by=given.ylva, ref=ref, staff_id=olle)
        while told != "end":
            told, heard = await listener.event()
    async with room.stream(await room.token(given.olle), ",".join(topics)) as listener:
        assert await listener.event() == ("end", {})


async def test_no_patients_stream_tells_of_the_colleagues_talk(given: Cast, room: Room) -> None:
    ref = await given.ongoing_case(given.ruben)
    message = Message("Vad tror du?", "stream-key-8")
    async with room.stream(
        await room.token(given.ruben), f"case:{ref},talk:{ref},typing:talk-{ref}"
    ) as listener:
        assert await listener.event() == ("hello", {f"case:{ref}": 4})
        await say(given.house, by=given.ylva, ref=ref, message=message)
        given.house.hub.publish([Signal(f"typing:talk-{ref}", given.ylva.staff_id)])
        n = await write(given.house, by=given.ylva, ref=ref, message=Message("Hur mår du?", "stream-key-7"))
        assert await listener.event() == ("signal", {f"case:{ref}": n})
    # Where the talk is the last that was written, a stream opened anew does not count it.
    await say(given.house, by=given.ylva, ref=ref, message=Message("Och nu?", "stream-key-6"))
    async with room.stream(await room.token(given.ruben), f"case:{ref}") as listener:
        assert await listener.event() == ("hello", {f"case:{ref}": n})


async def test_who_has_had_another_number_hears_of_and_is_seen_in_the_cases_under_it(
    given: Cast, room: Room, database: Database
) -> None:
    old, new = "199303700009", "199303100009"
    earlier = await recognise(database, known=_samira(old))
    later = await recognise(database, known=_samira(new))
    ref = await given.waiting_case(PatientActor(later.person_id, "Samira Nyvik"))
    await recognise(database, known=_samira(new, previous=((PERSONNUMMER, old),)))
    topic, hub = f"person:{earlier.person_id}", given.house.hub
    token = await room.token(PatientActor(earlier.person_id, "Samira Nyvik"))
    async with room.stream(token, topic) as listener:
        assert await listener.event() == ("hello", {topic: 0})
        assert hub.online(f"person:{later.person_id}")
        await accept(given.house, by=given.ylva, ref=ref)
        assert await listener.event() == ("signal", {topic: 0})
    assert not hub.online(f"person:{later.person_id}")


def _samira(number: str, previous: tuple[tuple[str, str], ...] = ()) -> Known:
    return Known(
        system=PERSONNUMMER,
        number=number,
        given_name="Samira",
        family_name="Nyvik",
        birth_date=date(1993, 3, 10),
        previous=previous,
    )
