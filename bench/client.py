"""A small HTTP client that costs little: ready-made requests over a few kept connections, answers read by length.

A load generator shares this machine with the server and the database, so it must be light. It measures wall time from
the request's first byte to the answer's last.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from urllib.parse import quote_plus

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Gone(Exception):
    """The server closed the connection."""


def form(**fields: str) -> bytes:
    """Fields as a form body."""
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()


class Connection:
    """One kept connection."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(
        self, method: str, path: str, *, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Answer:
        """Send a request and read its answer. Raises Gone or OSError when the connection breaks."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(self.host, self.port, limit=1 << 22)
        assert self._reader is not None
        head = [f"{method} {path} HTTP/1.1", f"host: {self.host}:{self.port}"]
        head += [f"{name}: {value}" for name, value in headers]
        if body or method == "POST":
            head.append(f"content-length: {len(body)}")
        started = time.perf_counter()
        self._writer.write("\r\n".join([*head, "", ""]).encode() + body)
        try:
            status, answered, content = await _read_answer(self._reader)
        except (asyncio.IncompleteReadError, ConnectionError) as fault:
            self.close()
            raise Gone from fault
        if answered.get("connection") == "close":
            self.close()
        return Answer(status, answered, content, time.perf_counter() - started)

    def close(self) -> None:
        """Close; the next call opens anew."""
        if self._writer is not None:
            self._writer.close()
        self._writer = self._reader = None


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = raw.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
    status = int(lines[0].split(" ", 2)[1])
    if headers.get("transfer-encoding") == "chunked":
        return status, headers, b"".join([part async for part in _chunks(reader)])
    return status, headers, await reader.readexactly(int(headers.get("content-length", "0")))


async def _chunks(reader: asyncio.StreamReader):  # type: ignore[no-untyped-def]
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")


class Load(msgspec.Struct, frozen=True):
    """What a load came to."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    answers: int
    statuses: dict[int, int]


class Wish(msgspec.Struct, frozen=True):
    """A request to send."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


async def load(
    host: str,
    port: int,
    next_wish: Callable[[int, int], Wish],
    *,
    connections: int,
    seconds: float,
    warm: float = 1.0,
) -> Load:
    """Let each connection send one request after another. `next_wish(connection, turn)` gives the request."""
    times: list[float] = []
    statuses: dict[int, int] = {}
    begin = time.perf_counter() + warm
    end = begin + seconds

    async def one(number: int) -> None:
        connection = Connection(host, port)
        turn = 0
        while time.perf_counter() < end:
            wish = next_wish(number, turn)
            turn += 1
            answer = await connection.call(wish.method, wish.path, headers=wish.headers, body=wish.body)
            if begin <= time.perf_counter() <= end:
                times.append(answer.seconds)
                statuses[answer.status] = statuses.get(answer.status, 0) + 1
        connection.close()

    await asyncio.gather(*(one(number) for number in range(connections)))
    times.sort()
    return Load(
        per_second=len(times) / seconds,
        p50_ms=percentile(times, 0.50) * 1000,
        p95_ms=percentile(times, 0.95) * 1000,
        p99_ms=percentile(times, 0.99) * 1000,
        answers=len(times),
        statuses=statuses,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which the share of the ordered values lies; 0 for none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Stream:
    """One open live stream."""

    def __init__(self, host: str, port: int, path: str, headers: Sequence[tuple[str, str]]) -> None:
        self.host, self.port, self.path, self.headers = host, port, path, headers
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Open and read the answer's head. Raises Gone when refused."""
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port)
        head = [f"GET {self.path} HTTP/1.1", f"host: {self.host}:{self.port}", "accept: text/event-stream"]
        head += [f"{name}: {value}" for name, value in self.headers]
        self._writer.write("\r\n".join([*head, "", ""]).encode())
        raw = await self._reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in raw.split(b"\r\n", 1)[0]:
            raise Gone(raw.split(b"\r\n", 1)[0].decode("latin-1"))

    async def event(self) -> tuple[str, dict[str, int]]:
        """The next event's name and topics. Raises Gone when the stream ends."""
        assert self._reader is not None
        try:
            while True:
                block = await self._reader.readuntil(b"\n\n")
                name = data = b""
                for line in block.split(b"\n"):
                    if line.startswith(b"event: "):
                        name = line[7:]
                    elif line.startswith(b"data: "):
                        data = line[6:]
                if name:
                    return name.decode(), msgspec.json.decode(data, type=dict[str, int])
        except (asyncio.IncompleteReadError, ConnectionError) as fault:
            raise Gone from fault

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
