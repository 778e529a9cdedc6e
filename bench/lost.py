"""10,000 messages while streams are cut at random and the server and the database are restarted."""

import asyncio
import itertools
import random
import re
import signal
import uuid

from bench.client import Connection, Gone, Stream, form
from bench.data import PATIENTS, STAFF, Region
from bench.people import Visitor
from bench.place import Place
from bench.report import Report

FIRST = 40_000_100
CHATS = 20
_ROW = re.compile(rb'data-n="(\d+)"')
_WORD = re.compile(rb"ord-(\d+)-(\d+)\b")


async def measure(place: Place, report: Report, region: Region, messages: int) -> None:
    """`resume_lost`: messages lost, doubled or out of order, together."""
    cases = [FIRST + n for n in range(1, CHATS + 1)]
    staff = await place.staff(list(range(1, STAFF + 1)))
    patients = await place.patients([1 + case % PATIENTS for case in cases])
    each = messages // CHATS
    seen: dict[int, list[tuple[int, int]]] = {case: [] for case in cases}
    done = asyncio.Event()
    readers = [
        asyncio.create_task(_read(place, case, patient, seen[case], done))
        for case, patient in zip(cases, patients, strict=True)
    ]
    trouble = asyncio.create_task(_trouble(place))
    await asyncio.gather(*(_write(place, case, staff[case % STAFF], each) for case in cases))
    trouble.cancel()
    await asyncio.gather(trouble, return_exceptions=True)
    for _ in range(100):
        if all(len(seen[case]) >= each for case in cases):
            break
        await asyncio.sleep(0.2)
    done.set()
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    wrong = 0
    for case in cases:
        words = [word for _, word in seen[case]]
        numbers = [number for number, _ in seen[case]]
        wrong += len(set(range(each)) - set(words))
        wrong += len(words) - len(set(words))
        wrong += sum(later < earlier for earlier, later in itertools.pairwise(words))
        wrong += sum(later <= earlier for earlier, later in itertools.pairwise(numbers))
    await region.connect_again()
    gaps = await region.one(
        f"SELECT count(*) FROM (SELECT case_id, max(n) - count(*) AS gap FROM entry WHERE case_id BETWEEN {FIRST + 1} "
        f"AND {FIRST + CHATS} GROUP BY case_id) x WHERE gap <> 0"
    )
    report.add(
        "resume_lost", wrong + int(str(gaps)), f"{each * CHATS:,} messages, server and database restarted"
    )


async def _trouble(place: Place) -> None:
    """Kill the server hard, stop it kindly, restart the database."""
    while True:
        await asyncio.sleep(3)
        place.server.stop(signal.SIGKILL)
        await asyncio.to_thread(place.server.start)
        await asyncio.sleep(3)
        await asyncio.to_thread(_restart_database, place)
        await asyncio.sleep(3)
        await asyncio.to_thread(place.server.stop)
        await asyncio.to_thread(place.server.start)


def _restart_database(place: Place) -> None:
    place.postgres.stop()
    place.postgres.__enter__()


async def _write(place: Place, case: int, owner: Visitor, count: int) -> None:
    """What the composer's queue does: the next message when this one is known to be kept, the same key until then."""
    connection = place.connection()
    for number in range(count):
        body = form(text=f"ord-{case}-{number}", key=str(uuid.uuid4()))
        while True:
            try:
                answer = await asyncio.wait_for(
                    connection.call(
                        "POST", f"/staff/cases/1-{case}/messages", headers=owner.headers, body=body
                    ),
                    5,
                )
            except (Gone, OSError, TimeoutError):
                connection.close()
                await asyncio.sleep(0.1)
                continue
            if answer.status in (200, 201):
                break
            if answer.status < 500:
                raise RuntimeError(f"a message answered {answer.status}")
            await asyncio.sleep(0.1)
    connection.close()


async def _read(
    place: Place, case: int, patient: Visitor, seen: list[tuple[int, int]], done: asyncio.Event
) -> None:
    """What the page does: listen, fetch what it lacks, listen anew when the stream is cut."""
    known = 0
    connection = place.connection()
    while not done.is_set():
        stream = Stream(place.host, place.port, f"/live?t=case:1-{case}", patient.headers)
        try:
            await asyncio.wait_for(stream.open(), 5)
            asyncio.get_running_loop().call_later(random.uniform(0.5, 4.0), stream.close)
            while True:
                _, moved = await stream.event()
                if moved.get(f"case:1-{case}", 0) > known:
                    known = await _fetch(connection, case, patient, known, seen)
        except (Gone, OSError, TimeoutError):
            stream.close()
            connection.close()
            await asyncio.sleep(random.uniform(0.05, 0.3))


async def _fetch(
    connection: Connection, case: int, patient: Visitor, known: int, seen: list[tuple[int, int]]
) -> int:
    path = f"/my/cases/1-{case}/entries?after={known}"
    answer = await asyncio.wait_for(connection.call("GET", path, headers=patient.headers), 5)
    if answer.status != 200:
        raise Gone(str(answer.status))
    last = known
    for part in answer.body.split(b"<li")[1:]:
        number = _ROW.search(part)
        if number is None:
            continue
        last = max(last, int(number[1]))
        word = _WORD.search(part)
        if word is not None and int(word[1]) == case:
            seen.append((int(number[1]), int(word[2])))
    return last
