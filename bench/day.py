"""A region's day (domain facts § 7): 1,500 cases, two fifths of them between eight and eleven, 200 staff, bursts of
five times. Played faster than it is, through the product's own pages.

Whoever seeks care answers the questions, waits with the page open, is asked something and answers, and reads what was
agreed. Each member of staff has the queue and a live stream open; some look at it, take what waits (now and then two
press at the same time), open the visit, welcome, write, end. Nothing knows of a case but through what the pages show.
"""

import asyncio
import random
import re
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from bench.client import Answer, Connection, Gone, Stream, form, percentile
from bench.data import UNITS, Region
from bench.people import Visitor
from bench.place import Place
from bench.report import Report
from bench.triage import mildest

CASES, STAFF = 1_500, 200
FIRST_STAFF, FIRST_PERSON = 1_001, 17_001
# So many times faster than the day.
SPEED = 12
# From, until (hours), and the share of the day's cases that come then.
HOURS = ((7, 8, 0.06), (8, 11, 0.40), (11, 14, 0.26), (14, 18, 0.28))
# At these hours five times as many come as otherwise then, for two minutes.
BURSTS, BURST_TIMES, BURST_MINUTES = (8.5, 9.5, 13.25), 5, 2
# Seconds of the day: how long somebody thinks about a question, and how long staff do before they write or press.
THINKS, WRITES = 12, 45
# As the product's pages fetch a list anew: at most so often, in seconds, when the tab is seen and when it is not.
VISIBLE, HIDDEN = 0.25, 5.0
# Seconds of the day until somebody who sees a new case in the queue has pressed.
PRESSES = 40
# Seconds; less than uvicorn keeps a silent connection.
KEPT_OPEN = 4.0
# Whoever has not been seen for so long goes home: nobody has (seconds of the day).
PATIENCE = 3 * 3600
# Within so many seconds, before the day begins, everybody comes to work.
COMES = 30
# Nothing that frightens, and bad enough to be heard today; any other question is answered as mildly as can be.
ANSWERS = {
    **{"gate": "none", "alarm": "none", "small_child": "none", "risk": "none", "taken": "none"},
    **{"general": "tired", "swallowing": "each_swallow", "days": "3", "throat": "spots", "cough": "no"},
    **{"fever": "no", "nodes": "yes", "pregnant": "no", "own_words": ""},
}
# Rows that somebody else has just taken stand there for a moment, pale.
_WAITING = re.compile(rb'<tr class="q-row((?: (?!is-taken)[a-z-]+)*)" id="case-1-(\d+)"')
_CASE = re.compile(r"/my/cases/1-(\d+)")
_LAST = re.compile(rb'data-n="(\d+)"')


def arrivals(cases: int) -> list[float]:
    """When each comes, in hours of the day, in order; the same every time."""
    chance = random.Random(7)
    weights = [
        (hour / 60, _weight(hour / 60)) for hour in range(int(HOURS[0][0] * 60), int(HOURS[-1][1] * 60))
    ]
    minutes = chance.choices([at for at, _ in weights], [weight for _, weight in weights], k=cases)
    return sorted(at + chance.random() / 60 for at in minutes)


def _weight(hour: float) -> float:
    """How many come in a minute, beside other minutes."""
    rate = next(share / (until - begins) for begins, until, share in HOURS if begins <= hour < until)
    in_burst = any(burst <= hour < burst + BURST_MINUTES / 60 for burst in BURSTS)
    return rate * (BURST_TIMES if in_burst else 1)


class Day(msgspec.Struct):
    """What is seen in the course of the day."""

    place: Place
    times: dict[str, list[float]]
    errors: Counter[str]
    opened: list[int]
    over: asyncio.Event
    used: dict[int, float]
    lost_races: int = 0

    async def get(self, who: Visitor, connection: Connection, name: str, path: str) -> Answer:
        """Open a page or fetch a part, and time it."""
        return await self._call(connection, name, "GET", path, who, b"", (200,))

    async def post(
        self, who: Visitor, connection: Connection, name: str, path: str, wanted: Sequence[int], **fields: str
    ) -> Answer:
        """Send a form, and time it."""
        return await self._call(connection, name, "POST", path, who, form(**fields), wanted)

    async def _call(
        self,
        connection: Connection,
        name: str,
        method: str,
        path: str,
        who: Visitor,
        body: bytes,
        wanted: Sequence[int],
    ) -> Answer:
        # The server hangs up on whoever is silent; a browser then opens another connection, and so does this.
        if time.perf_counter() - self.used.get(id(connection), 0.0) > KEPT_OPEN:
            connection.close()
        answer = await connection.call(method, path, headers=who.headers, body=body)
        self.used[id(connection)] = time.perf_counter()
        self.times[name].append(answer.seconds)
        if answer.status not in wanted:
            self.errors[f"{name} answered {answer.status}"] += 1
        return answer


async def measure(place: Place, report: Report, region: Region, scale: float) -> None:
    """`day_p99_ms`, `day_errors`, `day_lost`."""
    cases = max(int(CASES * scale), 20)
    await region.add_staff(FIRST_STAFF, STAFF)
    await region.one(
        "UPDATE care_case SET phase = 'closed', ended_at = now() WHERE phase IN ('queued', 'accepted', 'ongoing')"
        " RETURNING 1"
    )
    staff = await place.staff(list(range(FIRST_STAFF, FIRST_STAFF + STAFF)))
    people = await place.patients(list(range(FIRST_PERSON, FIRST_PERSON + cases)))
    before = int(str(await region.one("SELECT count(*) FROM care_case")))
    day = Day(place, defaultdict(list), Counter(), [], asyncio.Event(), {})
    # A tenth of the cases come in a tenth of the time: as close upon each other as in the whole day.
    times = [(at - HOURS[0][0]) * 3600 / SPEED * (cases / CASES) for at in arrivals(cases)]
    report.tell(f"Playing a day: {cases:,} cases, {STAFF} staff, {times[-1] / 60:.0f} minutes")
    desk = [
        asyncio.create_task(_works(day, one, 1 + number % UNITS, number)) for number, one in enumerate(staff)
    ]
    begun = time.perf_counter() + COMES
    sought = [
        asyncio.create_task(_seeks(day, one, begun + at, 1 + number % UNITS))
        for number, (one, at) in enumerate(zip(people, times, strict=True))
    ]
    done = await asyncio.gather(*sought, return_exceptions=True)
    day.over.set()
    done += await asyncio.gather(*desk, return_exceptions=True)
    for fault in done:
        if isinstance(fault, BaseException):
            day.errors[repr(fault)[:80]] += 1
    await _tell(report, region, day, before, cases)


async def _tell(report: Report, region: Region, day: Day, before: int, cases: int) -> None:
    lost = await _lost(region, day, before, cases)
    slowest: list[tuple[float, str]] = []
    for name, seconds in sorted(day.times.items()):
        seconds.sort()
        p99 = percentile(seconds, 0.99) * 1000
        slowest.append((p99, name))
        report.tell(
            f"  {name}: {len(seconds):,} times, median {percentile(seconds, 0.5) * 1000:.1f}, p99 {p99:.1f} ms"
        )
    for told, many in day.errors.most_common(5):
        report.tell(f"  {many} × {told}")
    p99, name = max(slowest)
    requests = sum(len(seconds) for seconds in day.times.values())
    report.add(
        "day_p99_ms",
        p99,
        f"{name}, the slowest of {len(slowest)} pages; {requests:,} requests, {SPEED} times as fast as the day, "
        f"{day.lost_races:,} pressed too late",
    )
    report.add("day_errors", sum(day.errors.values()), f"of {requests:,} requests")
    report.add("day_lost", lost, f"{cases:,} cases, each in one state and with a whole timeline at the end")


async def _lost(region: Region, day: Day, before: int, cases: int) -> int:
    """Cases that are not accounted for: never opened, opened twice, in no state, or with a gap in the timeline."""
    after = int(str(await region.one("SELECT count(*) FROM care_case")))
    ids = ", ".join(map(str, day.opened)) or "0"
    states = str(
        await region.one(
            "SELECT string_agg(phase || ' ' || many, ', ' ORDER BY phase) FROM (SELECT phase, count(*) AS many "
            f"FROM care_case WHERE case_id IN ({ids}) GROUP BY phase) x"
        )
    )
    told = sum(int(part.split()[1]) for part in states.split(", ") if " " in part)
    gaps = int(
        str(
            await region.one(
                "SELECT count(*) FROM care_case c WHERE c.last_n <> (SELECT count(*) FROM entry e "
                f"WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id) AND c.case_id IN ({ids})"
            )
        )
    )
    print(f"  {cases:,} sought care, {len(day.opened):,} cases were opened: {states}")
    return abs(cases - told) + abs(after - before - cases) + abs(len(set(day.opened)) - cases) + gaps


async def _seeks(day: Day, patient: Visitor, at: float, unit: int) -> None:
    """Somebody who seeks care: from home through the questions into the queue, and through the visit to its end."""
    await asyncio.sleep(max(at - time.perf_counter(), 0))
    connection = day.place.connection()
    try:
        await day.get(patient, connection, "home", "/")
        await day.get(patient, connection, "complaints", f"/care/{unit}")
        case = await _answers(day, patient, connection, unit)
        if case is not None:
            day.opened.append(case)
            async with asyncio.timeout(PATIENCE / SPEED):
                await _visits(day, patient, connection, case)
    except TimeoutError:
        day.errors["a visit that did not end"] += 1
    finally:
        connection.close()


async def _answers(day: Day, patient: Visitor, connection: Connection, unit: int) -> int | None:
    """The questions, the outcome, the last questions; the case's number."""
    began = await day.post(patient, connection, "begin", f"/care/{unit}", (303,), complaint="sore_throat")
    page = began.headers.get("location", "")
    shown = await day.get(patient, connection, "question", page)
    for _ in range(60):
        if "/result" in page or not page:
            break
        await asyncio.sleep(THINKS / SPEED)
        fields = mildest(shown.body.decode())
        fields["answer"] = ANSWERS.get(fields.get("question", ""), fields.get("answer", ""))
        answered = await day.post(patient, connection, "answer", page, (303,), **fields)
        page = answered.headers.get("location", "")
        shown = await day.get(patient, connection, "question" if "/result" not in page else "result", page)
    interview = page.removesuffix("/result")
    await day.post(patient, connection, "go on", f"{interview}/queue", (303,))
    await day.get(patient, connection, "before the queue", f"{interview}/before")
    joined = await day.post(
        patient,
        connection,
        "join",
        f"{interview}/before",
        (303,),
        share_history="true",
        share_medications="false",
        interpreter="false",
        mobile="070-174 06 05",
        own_words="",
    )
    found = _CASE.search(joined.headers.get("location", ""))
    if found is None:
        day.errors[f"nobody hears of it: {joined.headers.get('location')}"] += 1
    return int(found[1]) if found else None


async def _visits(day: Day, patient: Visitor, connection: Connection, case: int) -> None:
    """Wait with the page open; answer what is asked; read how it ended."""
    base = f"/my/cases/1-{case}"
    await day.get(patient, connection, "waiting room", base)
    stream = Stream(day.place.host, day.place.port, f"/live?t=case:1-{case}", patient.headers)
    await stream.open()
    last, answers = 0, 0
    try:
        while True:
            _, moved = await stream.event()
            if not moved:
                continue
            shown = await day.get(patient, connection, "new rows", f"{base}/entries?after={last}")
            numbers = [int(n) for n in _LAST.findall(shown.body)]
            if not numbers:
                continue
            last = max(numbers)
            if b"Har du ont" in shown.body and answers == 0:
                answers += 1
                await asyncio.sleep(THINKS / SPEED)
                await day.post(
                    patient,
                    connection,
                    "message",
                    f"{base}/messages",
                    (201, 303),
                    text="Ja, mest när jag sväljer.",
                    key=str(uuid.uuid4()),
                )
            if b"Vila och drick" in shown.body:
                await day.get(patient, connection, "conversation", base)
                return
    finally:
        stream.close()


async def _works(day: Day, nurse: Visitor, unit: int, number: int) -> None:
    """One member of staff with the queue open until the day is over. One in five looks at it and takes what waits; the
    others do other things, with the page in a tab that is hidden."""
    connection = day.place.connection()
    queue = f"/staff/drop-in?unit={unit}&role=nurse&staff=all&tab=waiting"
    rows = queue.replace("drop-in?", "drop-in/rows?")
    chance, looks = random.Random(number), number // UNITS % 5 == 0
    stream = Stream(day.place.host, day.place.port, f"/live?t=unit:{unit}", nurse.headers)
    try:
        # They come to work one after the other, and the first look of the day warms what an hour of it would.
        await asyncio.sleep(number * COMES / STAFF)
        await stream.open()
        await connection.call("GET", queue, headers=nurse.headers)
        while not day.over.is_set():
            await _something_new(stream, day)
            await asyncio.sleep(VISIBLE if looks else HIDDEN)
            shown = await day.get(nurse, connection, "queue, new rows", rows)
            while looks and (waiting := _WAITING.findall(shown.body)) and not day.over.is_set():
                await asyncio.sleep(chance.uniform(0.1, 1.0) * PRESSES / SPEED)
                await _takes(day, nurse, connection, int(waiting[0][1]))
                shown = await day.get(nurse, connection, "queue", queue)
    finally:
        stream.close()
        connection.close()


async def _something_new(stream: Stream, day: Day) -> None:
    """Until the unit's lists have moved, or the day is over. What is told meanwhile is one look."""
    new = asyncio.create_task(stream.event())
    over = asyncio.create_task(day.over.wait())
    try:
        await asyncio.wait({new, over}, return_when=asyncio.FIRST_COMPLETED)
        if new.done() and isinstance(new.exception(), Gone):
            await stream.open()
    finally:
        new.cancel()
        over.cancel()
        await asyncio.gather(new, over, return_exceptions=True)


async def _takes(day: Day, nurse: Visitor, connection: Connection, case: int) -> None:
    base = f"/staff/cases/1-{case}"
    taken = await day.post(nurse, connection, "accept", f"{base}/accept", (200, 303, 409))
    if taken.status == 409:
        day.lost_races += 1
        return
    await day.get(nurse, connection, "visit", base)
    await asyncio.sleep(WRITES / SPEED)
    await day.post(nurse, connection, "start", f"{base}/start", (200, 303))
    await day.post(
        nurse,
        connection,
        "message",
        f"{base}/messages",
        (201, 303),
        text="Har du ont när du sväljer?",
        key=str(uuid.uuid4()),
    )
    await asyncio.sleep(3 * WRITES / SPEED)
    await day.get(nurse, connection, "visit", base)
    await day.post(
        nurse,
        connection,
        "end",
        f"{base}/end",
        (200, 303),
        days="3",
        agreed="Vila och drick mycket.",
    )
