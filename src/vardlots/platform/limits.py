"""How often one session may do a thing. Kept in the process: a brake against runaway scripts, not a quota.

Several processes each count for themselves, so the limit is a little higher then. Nothing is stored anywhere.
"""

import time
from collections import deque
from collections.abc import Callable

from vardlots.platform.errors import TooMany

_MOST_KEYS = 50_000


class Limit:
    """At most `times` within any `seconds`, for each key."""

    def __init__(self, times: int, seconds: float, *, watch: Callable[[], float] = time.monotonic) -> None:
        self._times = times
        self._seconds = seconds
        self._watch = watch
        self._seen: dict[int, deque[float]] = {}

    def take(self, key: int) -> None:
        """Count one for the key (a session's id). Raises TooMany, and then counts nothing."""
        now = self._watch()
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= _MOST_KEYS:
                self._forget(now)
            seen = self._seen[key] = deque()
        while seen and now - seen[0] >= self._seconds:
            seen.popleft()
        if len(seen) >= self._times:
            raise TooMany("Det blev många försök på kort tid. Vänta en liten stund och försök igen.")
        seen.append(now)

    def _forget(self, now: float) -> None:
        """Drop the keys that have been silent; when nobody has, begin anew rather than grow without end."""
        self._seen = {k: seen for k, seen in self._seen.items() if seen and now - seen[-1] < self._seconds}
        if len(self._seen) >= _MOST_KEYS:
            self._seen.clear()
