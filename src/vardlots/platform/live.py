"""Live signals: "this topic has reached this number", never content.

A topic is a short text such as `case:1:42`. Signals are published after commit. In this process they reach the
open streams at once; other processes get them through the bus. A lost signal costs a delay, never a row:
streams also look for themselves now and then.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

# A stream says that it is there at least every 35 s; one miss is forgiven.
PRESENCE_SECONDS = 75.0
# More than this many heard of, and those who have gone without a word are dropped.
MOST_HEARD = 20_000


class Signal(msgspec.Struct, frozen=True):
    """A topic and the number it has reached (0 where the topic has no number: "look again")."""

    topic: str
    number: int = 0


class Bus(Protocol):
    """Carries signals between processes."""

    def send(self, signals: Iterable[Signal]) -> None:
        """Queue signals for the other processes; returns at once."""


class Subscription:
    """One open stream's waiting signals. Only the highest number of each topic is kept."""

    __slots__ = ("_wake", "closed", "pending", "topics")

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self.pending: dict[str, int] = {}
        self.closed = False
        self._wake: asyncio.Future[None] | None = None

    def put(self, signal: Signal) -> None:
        """Note a signal and wake the stream."""
        if signal.number >= self.pending.get(signal.topic, 0):
            self.pending[signal.topic] = signal.number
        self._awaken()

    def close(self) -> None:
        """End the stream: its access is gone or the server stops."""
        self.closed = True
        self._awaken()

    def _awaken(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def take(self, timeout: float) -> dict[str, int]:
        """The signals since last time; empty when the timeout (seconds) passed without any."""
        if not self.pending and not self.closed:
            loop = asyncio.get_running_loop()
            self._wake = loop.create_future()
            timer = loop.call_later(timeout, self._awaken)
            try:
                await self._wake
            finally:
                timer.cancel()
                self._wake = None
        taken, self.pending = self.pending, {}
        return taken


class Hub:
    """All open streams of this process, by topic."""

    def __init__(self, bus: Bus | None = None) -> None:
        self.bus = bus
        self._by_topic: dict[str, set[Subscription]] = defaultdict(set)
        self._heard: dict[str, float] = {}
        self._watchers: dict[str, list[Callable[[Signal], None]]] = defaultdict(list)

    def watch(self, word: str, told: Callable[[Signal], None]) -> None:
        """Be told at once of every signal whose topic begins with `word:`, from this process or another."""
        if told not in self._watchers[word]:
            self._watchers[word].append(told)

    def subscribe(self, topics: Iterable[str]) -> Subscription:
        """Open a subscription. Access to every topic must have been checked by the caller."""
        subscription = Subscription(frozenset(topics))
        for topic in subscription.topics:
            self._by_topic[topic].add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        for topic in subscription.topics:
            listeners = self._by_topic.get(topic)
            if listeners is not None:
                listeners.discard(subscription)
                if not listeners:
                    del self._by_topic[topic]

    def publish(self, signals: Iterable[Signal]) -> None:
        """Tell the streams here and, through the bus, those of other processes. Call after commit only."""
        kept = list(signals)
        self.deliver(kept)
        if self.bus is not None:
            self.bus.send(kept)

    def deliver(self, signals: Iterable[Signal]) -> None:
        """Tell the streams of this process."""
        for signal in signals:
            if signal.topic.startswith(("here:", "gone:")):
                self._note_presence(signal.topic)
            for told in self._watchers.get(signal.topic.partition(":")[0], ()):
                told(signal)
            for subscription in tuple(self._by_topic.get(signal.topic, ())):
                subscription.put(signal)

    def _note_presence(self, topic: str) -> None:
        word, _, who = topic.partition(":")
        if word == "here":
            now = time.monotonic()
            if len(self._heard) >= MOST_HEARD and who not in self._heard:
                self._heard = {one: at for one, at in self._heard.items() if now - at < PRESENCE_SECONDS}
            self._heard[who] = now
        elif not self.listening(who):
            self._heard.pop(who, None)

    def online(self, who: str) -> bool:
        """Whether somebody (`person:9`, `staff:3`) has a stream open, here or in another process."""
        heard = self._heard.get(who)
        return heard is not None and time.monotonic() - heard < PRESENCE_SECONDS

    def topics(self) -> list[str]:
        """The topics that somebody listens to here."""
        return list(self._by_topic)

    def listening(self, topic: str) -> bool:
        """Whether any stream of this process listens to the topic."""
        return topic in self._by_topic

    def listeners(self, topic: str) -> int:
        """How many streams of this process listen to the topic."""
        return len(self._by_topic.get(topic, ()))

    def close_all(self) -> None:
        """End every stream (the server stops)."""
        for listeners in list(self._by_topic.values()):
            for subscription in tuple(listeners):
                subscription.close()

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len({subscription for listeners in self._by_topic.values() for subscription in listeners})
