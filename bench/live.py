"""How soon the other side sees it, how soon two thousand streams are told, and what a stream weighs."""

import asyncio
import time
import uuid

from bench.client import Gone, Stream, form, percentile
from bench.data import CHATS, PATIENTS, STAFF
from bench.people import Visitor
from bench.place import Place
from bench.report import Report

FIRST = 40_000_000
STREAMS = 2_000


async def measure(place: Place, report: Report, scale: float) -> None:
    """`live_p50_ms`, `live_p99_ms`, `stream_kb`, `fanout_2000_ms`."""
    await _chats(place, report, seconds=20 * scale)
    await _fanout(place, report, rounds=max(int(10 * scale), 3))


async def _chats(place: Place, report: Report, seconds: float) -> None:
    """200 chats at once: a nurse writes every other second in each, the patient's page fetches what it is told of."""
    cases = [FIRST + n for n in range(1, CHATS + 1)]
    staff = await place.staff(list(range(1, STAFF + 1)))
    patients = await place.patients([1 + case % PATIENTS for case in cases])
    times: list[float] = []
    sent: dict[str, float] = {}
    listeners = [
        asyncio.create_task(_patients_page(place, case, patient, sent, times))
        for case, patient in zip(cases, patients, strict=True)
    ]
    await asyncio.sleep(3)
    end = time.perf_counter() + seconds
    pause = 2.0

    async def nurse(number: int, case: int) -> None:
        connection = place.connection()
        await asyncio.sleep(pause * number / CHATS)
        while time.perf_counter() < end:
            key = str(uuid.uuid4())
            sent[key] = time.perf_counter()
            body = form(text=f"Hur känns det nu? {key}", key=key)
            await connection.call(
                "POST", f"/staff/cases/1-{case}/messages", headers=staff[case % STAFF].headers, body=body
            )
            await asyncio.sleep(pause)
        connection.close()

    await asyncio.gather(*(nurse(number, case) for number, case in enumerate(cases)))
    await asyncio.sleep(1)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    if len(times) < len(sent):
        raise RuntimeError(f"{len(sent)} messages sent, {len(times)} seen")
    times.sort()
    beside = f"{len(times):,} messages in {CHATS} chats, from pressing send to shown at the other side"
    report.add("live_p50_ms", percentile(times, 0.5) * 1000, beside)
    report.add("live_p99_ms", percentile(times, 0.99) * 1000, beside)


async def _patients_page(
    place: Place, case: int, patient: Visitor, sent: dict[str, float], times: list[float]
) -> None:
    """What the page's script does: hear the signal, fetch the rows after the last one known."""
    stream = Stream(place.host, place.port, f"/live?t=case:1-{case}", patient.headers)
    connection = place.connection()
    await stream.open()
    known = (await stream.event())[1][f"case:1-{case}"]
    while True:
        _, moved = await stream.event()
        if moved.get(f"case:1-{case}", 0) <= known:
            continue
        answer = await connection.call(
            "GET", f"/my/cases/1-{case}/entries?after={known}", headers=patient.headers
        )
        now = time.perf_counter()
        known = int(answer.headers["x-last"])
        for part in answer.body.split(b"nu? ")[1:]:
            started = sent.get(part[:36].decode())
            if started is not None:
                times.append(now - started)


async def _fanout(place: Place, report: Report, rounds: int) -> None:
    """2,000 streams on one unit's queue; a case changes; when has the last one heard?"""
    staff = await place.staff(list(range(1, STAFF + 1)))
    before = place.server.memory_kb
    streams = [
        Stream(place.host, place.port, "/live?t=unit:1", staff[n % STAFF].headers) for n in range(STREAMS)
    ]
    for start in range(0, STREAMS, 100):
        await asyncio.gather(*(_greeted(stream) for stream in streams[start : start + 100]))
    await asyncio.sleep(1)
    report.add("stream_kb", (place.server.memory_kb - before) / STREAMS, f"{STREAMS:,} streams open")
    slowest: list[float] = []
    connection = place.connection()
    for turn in range(rounds):
        case = FIRST + 1 + turn
        heard = [asyncio.create_task(_told(stream)) for stream in streams]
        await asyncio.sleep(0.5)
        answer = await connection.call(
            "POST",
            f"/staff/cases/1-{case}/messages",
            headers=staff[case % STAFF].headers,
            body=form(text="Hej", key=str(uuid.uuid4())),
        )
        answered = time.perf_counter()
        if answer.status != 201:
            raise RuntimeError(f"the change answered {answer.status}")
        # From the press, less nothing: the commit is inside.
        slowest.append(max(await asyncio.gather(*heard)) - (answered - answer.seconds))
    for stream in streams:
        stream.close()
    slowest.sort()
    report.add(
        "fanout_2000_ms",
        percentile(slowest, 0.5) * 1000,
        f"from pressing to the last stream told, median of {rounds}; slowest {slowest[-1] * 1000:.0f} ms",
    )


async def _greeted(stream: Stream) -> None:
    await stream.open()
    name, _ = await stream.event()
    if name != "hello":
        raise Gone(name)


async def _told(stream: Stream) -> float:
    await stream.event()
    return time.perf_counter()
