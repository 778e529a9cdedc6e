"""What a pattern would open in a schedule, worked out before anything is written."""

from collections.abc import Sequence
from datetime import date
from itertools import islice

from vardlots.booking.schedules.model import MOST_TIMES, Given, Left, Pattern, Schedule, Span
from vardlots.booking.schedules.queries import closed_at, days_of, eves_of, in_the_way
from vardlots.booking.schedules.rules import times_of_rule
from vardlots.booking.schedules.types import time_types
from vardlots.configuration.time_types import TimeType
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_


async def what_opens(
    connection: Connection, *, schedule: Schedule, pattern: Pattern, first: date, last: date
) -> Given:
    """The times that the pattern opens in the schedule from one day to another, and those left out with why.

    Raises Invalid for more than one press may open.
    """
    closed = await closed_at(
        connection,
        provider_id=schedule.provider_id,
        schedule_ids=[schedule.schedule_id],
        first=first,
        last=date.fromordinal(last.toordinal() + 1),
    )
    eves = await eves_of(connection, schedule.unit_id)
    found = times_of_rule(pattern, first=first, last=last, closed=days_of(closed), eves=eves)
    if len(found.times) > MOST_TIMES:
        raise Invalid("to_day", N_("Det blir fler än {n} tider. Välj färre dagar i taget."), n=MOST_TIMES)
    if not found.times:
        return found
    taken = await in_the_way(
        connection, schedule=schedule, first=found.times[0].starts, last=found.times[-1].ends
    )
    return _apart(found, taken)


def _apart(found: Given, taken: Sequence[Span]) -> Given:
    """Without those that are past and those that stand in the way of another. Both lists are in order of time."""
    now = clock.now()
    times: list[Span] = []
    left = list(found.left)
    at = 0
    for one in found.times:
        if one.starts <= now:
            left.append((one, Left.PAST))
            continue
        while at < len(taken) and taken[at].ends <= one.starts:
            at += 1
        if _meets(taken, at, one):
            left.append((one, Left.OVERLAPS))
        else:
            times.append(one)
    return Given(tuple(times), tuple(sorted(left, key=lambda pair: pair[0])))


def _meets(taken: Sequence[Span], at: int, one: Span) -> bool:
    """Whether any from the place `at` on overlaps."""
    for other in islice(taken, at, None):
        if other.starts >= one.ends:
            return False
        if other.ends > one.starts:
            return True
    return False


async def type_for(connection: Connection, schedule: Schedule, code: str) -> TimeType:
    """The time type that a schedule can hold. Raises Invalid."""
    kind = (await time_types(connection, schedule.provider_id)).get(code)
    if kind is None:
        raise Invalid("time_type", N_("Välj en tidtyp."))
    if schedule.role not in kind.roles:
        raise Invalid(
            "time_type", N_("Tidtypen hålls av andra roller. Välj en annan tidtyp eller ett annat schema.")
        )
    return kind
