"""The live stream: one per browser, Server-Sent Events that carry signals and never content.

`/live?t=case:1-42,unit:3` subscribes to topics. Access to every topic is checked when the stream opens and again now
and then; a stream ends with its session and after a bounded life, and the browser opens the next one. The first event
tells how far every topic has come, so that a page that was away fetches what it lacks. Every stream also looks for
itself, so a lost signal costs a delay, never a row.

`typing:1-42` and `online:1-42` are passing news without a number to catch up with (typing: 1 the patient, 2 staff).

Events, all with JSON data of topic → number: `hello` (all topics), `signal` (those that moved; 0 means "look again").
A comment line keeps the connection warm.
"""

import asyncio
import random
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from litestar import Request, asgi
from litestar.types import Receive, Scope, Send

from vardlots.access import web
from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases import queries
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.clinics.queries import shifts_head
from vardlots.consultations import queries as consultations
from vardlots.consultations.model import ConsultationRef
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, Refusal
from vardlots.platform.live import Signal, Subscription
from vardlots.platform.numbers import whole

MOST_TOPICS = 60
# A browser has one stream for all its tabs, a few without locks; more than this is nobody's way of working.
MOST_STREAMS = 40
LIFE_SECONDS = 15 * 60
LOOK_SECONDS = (25.0, 35.0)
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def parse_topics(raw: str) -> list[str]:
    """`case:1-42,unit:3` as topics. Raises NotFound when there are none or too many."""
    topics = [part for part in raw.split(",") if part]
    if not 0 < len(topics) <= MOST_TOPICS:
        raise NotFound()
    return topics


async def heads(house: House, actor: StaffActor | PatientActor, topics: Iterable[str]) -> dict[str, int]:
    """The number that each topic has reached. Topics that the actor may not hear are left out.

    Raises NotFound when none is left.
    """
    reached: dict[str, int] = {}
    async with house.database.transaction(actor.scope) as connection:
        for topic in topics:
            try:
                reached[topic] = await _head(connection, actor, topic)
            except Refusal:
                continue
    if not reached:
        raise NotFound()
    return reached


async def _head(connection: Connection, actor: StaffActor | PatientActor, topic: str) -> int:
    kind, _, name = topic.partition(":")
    match kind, actor:
        case "case", PatientActor():
            # How far the rows have come that are for patients: of what staff write among themselves, not even that.
            await queries.readable_case(connection, by=actor, ref=CaseRef.parse(name))
            return await queries.last_row(connection, CaseRef.parse(name))
        case "case", _:
            return (await queries.readable_case(connection, by=actor, ref=CaseRef.parse(name))).last_n
        case "talk", StaffActor():
            return (await queries.readable_case(connection, by=actor, ref=CaseRef.parse(name))).talk_last_n
        case "typing", StaffActor() if name.startswith("talk-"):
            await queries.readable_case(connection, by=actor, ref=CaseRef.parse(name.removeprefix("talk-")))
            return 0
        case "typing" | "online", _:
            await queries.readable_case(connection, by=actor, ref=CaseRef.parse(name))
            return 0
        case "unit", StaffActor() if name in {str(unit_id) for unit_id in actor.unit_ids}:
            return await _unit_head(connection, actor.provider_id, int(name))
        case "consultation", StaffActor():
            return (
                await consultations.readable(connection, by=actor, ref=ConsultationRef.parse(name))
            ).last_n
        case "staff", StaffActor() if name == str(actor.staff_id):
            return 0
        case "shifts", StaffActor() if name == str(actor.provider_id):
            return await shifts_head(connection, actor.provider_id)
        case "config" | "drafts", StaffActor() if actor.administers and name == str(actor.provider_id):
            return 0
        case "queue", PatientActor() if await _waits_at(connection, actor, name):
            return 0
        case "person", PatientActor() if name == str(actor.person_id):
            return 0
    raise NotFound()


async def _waits_at(connection: Connection, actor: PatientActor, unit: str) -> bool:
    """Whether somebody within the patient's reach waits in a unit's queue: then they hear that it moves, not how."""
    unit_id = whole(unit, 9)
    return unit_id is not None and bool(
        await connection.fetchval(
            "SELECT 1 FROM care_case WHERE person_id = ANY ($1::bigint[]) AND unit_id = $2 AND phase = 'queued'",
            list(actor.persons),
            unit_id,
        )
    )


async def _unit_head(connection: Connection, provider_id: int, unit_id: int) -> int:
    """A number that moves whenever a row is added to a case or a consultation in the unit's lists."""
    return int(
        await connection.fetchval(
            "SELECT (SELECT coalesce(sum(last_n + 1), 0) FROM care_case WHERE provider_id = $1 AND unit_id = $2 "
            "AND phase IN ('booked', 'queued', 'accepted', 'ongoing', 'follow_up')) "
            "+ (SELECT coalesce(sum(last_n + 1), 0) FROM consultation WHERE to_provider_id = $1 AND unit_id = $2 "
            "AND state IN ('sent', 'accepted')) "
            "+ (SELECT coalesce(sum(last_n + 1), 0) FROM consultation WHERE provider_id = $1 AND from_unit_id = $2 "
            "AND sender_ended_at IS NULL)",
            provider_id,
            unit_id,
        )
    )


@asgi("/live", copy_scope=True)
async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """Open a stream for whoever is signed in; 204 (do not come back) for anybody else."""
    request: web.Web = Request(scope, receive=receive)
    house: House = scope["litestar_app"].state.house
    try:
        actor = await web.somebody(request)
        topics = parse_topics(parse_qs(scope["query_string"].decode("ascii", "replace")).get("t", [""])[0])
        # Who may hear what comes first; what moves between the look and the subscription is found by a second look.
        topics = list(await heads(house, actor, topics))
        if house.hub.listeners(f"session:{actor.session_id}") >= MOST_STREAMS:
            raise NotFound()
        earlier = _earlier_topics(actor, topics)
        own = [f"staff:{actor.staff_id}"] if isinstance(actor, StaffActor) else []
        subscription = house.hub.subscribe([*topics, *earlier, *own, f"session:{actor.session_id}"])
        try:
            reached = await heads(house, actor, topics)
        except BaseException:
            house.hub.unsubscribe(subscription)
            raise
    except Refusal as refusal:
        await send(
            {"type": "http.response.start", "status": 503 if refusal.status == 503 else 204, "headers": []}
        )
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    goodbye = asyncio.create_task(_close_on_disconnect(receive, subscription))
    house.hub.publish(_presence(actor, topics, here=True))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send(_event("hello", reached))
        await _tell(house, request, actor, (subscription, earlier, topics), reached, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        house.hub.unsubscribe(subscription)
        house.hub.publish(_presence(actor, topics, here=False))
        goodbye.cancel()


async def _tell(
    house: House,
    request: web.Web,
    actor: StaffActor | PatientActor,
    heard: tuple[Subscription, Mapping[str, str], list[str]],
    reached: dict[str, int],
    send: Send,
) -> None:
    subscription, earlier, asked = heard
    own = f"staff:{actor.actor_id}"
    loop = asyncio.get_running_loop()
    end = loop.time() + LIFE_SECONDS
    session = f"session:{actor.session_id}"
    look_at = loop.time() + await _until_next_look(house, actor)
    while loop.time() < end:
        moved = await subscription.take(timeout=max(look_at - loop.time(), 0.0))
        if subscription.closed or session in moved:
            return
        if own in moved:
            # Something about whoever listens: they may be a guest no more. Whether they may hear the rest is asked now.
            look_at = loop.time()
        moved = {
            earlier.get(topic, topic): n for topic, n in moved.items() if topic in earlier or topic in asked
        }
        if moved:
            reached.update(moved)
            await send(_event("signal", moved))
        if loop.time() < look_at:
            continue
        try:
            # Whoever listens may have lost the right since: ask anew, without counting as a sign of life.
            actor = await web.somebody(request, touch=False)
            seen = await heads(house, actor, asked)
        except Refusal:
            return
        if len(seen) < len(asked):
            # A right has gone: pages look again and find that out, and the browser opens a stream with what is left.
            await send(_event("signal", {topic: 0 for topic in asked if topic not in seen}))
            return
        house.hub.publish(_presence(actor, [], here=True))
        # Who was writing a moment ago is nothing to catch up with.
        late = {
            topic: number
            for topic, number in seen.items()
            if number != reached.get(topic) and not topic.startswith("typing:")
        }
        reached.update(late)
        await send(_event("signal", late) if late else _COMMENT)
        look_at = loop.time() + await _until_next_look(house, actor)


async def _until_next_look(house: House, actor: StaffActor | PatientActor) -> float:
    """Seconds until the stream looks for itself: at midnight where a child then grows out of somebody's reach (A10),
    and when a case that was opened with a reason, or a block that was lifted, closes again (A8)."""
    seconds = random.uniform(*LOOK_SECONDS)  # noqa: S311 - spreads the load, guards nothing
    if isinstance(actor, PatientActor):
        ends = actor.holds_until
    else:
        async with house.database.transaction(actor.scope) as connection:
            ends = await queries.next_door_closes(connection, by=actor)
    if ends is not None:
        return min(seconds, max((ends - clock.now()).total_seconds(), 0.05))
    return seconds


def _earlier_topics(actor: StaffActor | PatientActor, topics: Iterable[str]) -> dict[str, str]:
    """Topics of a person under ids they had before, with the one that their pages listen to: cases keep their id."""
    if not isinstance(actor, PatientActor) or (own := f"person:{actor.person_id}") not in topics:
        return {}
    return {f"person:{one}": own for one in actor.own_ids if one != actor.person_id}


def _presence(actor: StaffActor | PatientActor, topics: Iterable[str], *, here: bool) -> list[Signal]:
    """Says that somebody came, stayed or left, and lets the pages of their open cases look again."""
    ids = actor.own_ids if isinstance(actor, PatientActor) else [actor.actor_id]
    kind = "person" if isinstance(actor, PatientActor) else "staff"
    told = [Signal(f"online:{topic.removeprefix('case:')}") for topic in topics if topic.startswith("case:")]
    return [*(Signal(f"{'here' if here else 'gone'}:{kind}:{one}") for one in ids), *told]


_COMMENT: Any = {"type": "http.response.body", "body": b": here\n\n", "more_body": True}


def _event(name: str, numbers: Mapping[str, int]) -> Any:
    body = b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(numbers) + b"\n\n"
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _close_on_disconnect(receive: Receive, subscription: Subscription) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            subscription.close()
            return
