"""What may be used once: kept in this process, bounded, for as long as it would be valid."""

from datetime import datetime, timedelta

from vardlots.platform import clock

MOST_KEPT = 50_000


class Spent:
    """Remembers what has been used until it would be too old anyway."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def spend(self, mark: str, lasts: timedelta) -> bool:
        """True the first time; False when the mark was spent within its time."""
        now = clock.now()
        known = self._until.get(mark)
        if known is not None and known > now:
            return False
        if len(self._until) >= MOST_KEPT:
            self._until = {mark: until for mark, until in self._until.items() if until > now}
        self._until[mark] = now + lasts
        return True
