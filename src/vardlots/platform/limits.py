"""How often somebody may do a thing.

`Limit` counts in the process: a brake against runaway scripts, which each of several processes counts for itself.
`SharedLimit` counts in the database, in every process together and over restarts: for what somebody gains by trying
often (sign-in, whose a number is, files that are kept).
"""

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.errors import TooMany

_MOST_KEYS = 50_000

# A row begins anew when its time is over, and when that is further away than it can be (processes differ by less than
# a minute): the clock was wrong.
_TAKE = """
INSERT INTO tried AS t (what, who, until, times) VALUES ($1, $2, $3::timestamptz + $4::interval, 1)
ON CONFLICT (what, who) DO UPDATE SET
  until = CASE WHEN t.until <= $3 OR t.until > excluded.until + interval '1 minute' THEN excluded.until
    ELSE t.until END,
  times = CASE WHEN t.until <= $3 OR t.until > excluded.until + interval '1 minute' THEN 1 ELSE t.times + 1 END
WHERE t.times < $5 OR t.until <= $3 OR t.until > excluded.until + interval '1 minute' RETURNING times
"""


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


class SharedLimit:
    """At most `times` within `seconds` from the first one, for each key, in all processes together.

    Right after such a time the next begins, so that twice as many may come close together. `what` names what is
    counted: two limits of one name are one.
    """

    def __init__(self, what: str, times: int, seconds: float) -> None:
        self._what = what
        self._times = times
        self._within = timedelta(seconds=seconds)

    async def take(self, database: Database, who: int | str) -> None:
        """Count one for the key: an id, or a keyed digest where a key would say who it is. One statement of its own.

        Raises TooMany, and then counts nothing.
        """
        async with database.pool.acquire() as connection:
            counted = await connection.fetchval(
                _TAKE, self._what, str(who), clock.now(), self._within, self._times
            )
        if counted is None:
            raise TooMany("Det blev många försök på kort tid. Vänta en liten stund och försök igen.")


async def forget_tried(database: Database) -> None:
    """Forget what was counted within a time that is over."""
    await database.write_alone("DELETE FROM tried WHERE until <= $1", clock.now())
