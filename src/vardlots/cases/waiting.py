"""How long a place in the queue takes: a pure, honest range from what the unit has really done lately.

The pace is how many cases the unit took in the last two hours, by those who took them and are still here: when a shift
has ended its pace has gone with it, and who has just come is thought to work as the others did. Both the number taken
and the number still ahead are counts of things that happen by chance, so each makes the forecast wider; few of either
make it very wide. Nothing is forecast from nothing.
"""

import math
from datetime import timedelta

import msgspec

PACE_WINDOW = timedelta(hours=2)
# Four waits in six end inside the range. Wider would be no use to anybody, narrower would be a promise.
_SPREAD = 0.97
_LONGEST = 12 * 60
# More hands than thrice those who made the pace have not shown what they can do together.
_MOST_HANDS = 3.0


class Wait(msgspec.Struct, frozen=True):
    """A range of minutes, both ends rounded outwards to what one would say."""

    least: int
    most: int


def hands(takers: int, still: int, fresh: int) -> float:
    """How many work now for each who worked in the window: of `takers` who took cases `still` are on a shift, and
    `fresh` have begun theirs since without having taken any yet."""
    if min(takers, still, fresh) < 0:
        raise ValueError("counts are not negative")
    return min((still + fresh) / takers, _MOST_HANDS) if takers else 1.0


def forecast(ahead: int, taken: int, window: timedelta = PACE_WINDOW, pace: float = 1.0) -> Wait | None:
    """Minutes until one's turn with `ahead` before, at a unit that took `taken` cases within the window and works
    `pace` times as fast now (`hands`).

    None when the unit has taken nobody, when nobody of those who did is left, or when the range would reach past half a
    day: then there is no honest time.
    """
    if ahead < 0 or taken < 0 or pace < 0:
        raise ValueError("counts are not negative")
    if taken == 0 or pace == 0:
        return None
    turns = ahead + 1
    middle = turns * (window.total_seconds() / 60) / (taken * pace)
    width = math.exp(_SPREAD * math.sqrt(1 / turns + 1 / taken))
    least, most = _down(middle / width), _up(middle * width)
    if most > _LONGEST:
        return None
    return Wait(least, most)


def _step(minutes: float) -> int:
    return 5 if minutes <= 60 else 15 if minutes <= 180 else 60


def _down(minutes: float) -> int:
    step = _step(minutes)
    return int(minutes // step) * step


def _up(minutes: float) -> int:
    step = _step(minutes)
    return max(5, math.ceil(minutes / step) * step)
