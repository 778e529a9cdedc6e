"""Who stands in for somebody who is away (requirement F3). Pure.

    answers_for(ylva, away, day)  # Ylva herself; whoever stands in; None: nobody does, the role at the unit answers
    at_work_for(ylva, away, day, on_shift)  # the same among those who are on shift now

Whoever stands in may be away in turn, and then their own substitute stands in. A chain never comes back to where it
began: `circles` says so before it is written, and PostgreSQL keeps it (`substitute_no_circle`).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from vardlots.contacts.model import Absence


def away_on(absences: Iterable[Absence], staff_id: int, day: date) -> Absence | None:
    """The absence of somebody on a day; None when they are not away."""
    return next((one for one in absences if one.staff_id == staff_id and one.on(day)), None)


def chain(absences: Sequence[Absence], staff_id: int, day: date) -> Iterator[int]:
    """Somebody and those who stand in for them on a day, one after another; the last is not away, or has nobody."""
    seen: set[int] = set()
    following: int | None = staff_id
    while following is not None and following not in seen:
        yield following
        seen.add(following)
        absence = away_on(absences, following, day)
        following = absence.stand_in_id if absence else None


def answers_for(absences: Sequence[Absence], staff_id: int, day: date) -> int | None:
    """Who answers on a day what is put to somebody: themself unless they are away, else the last of the chain.

    None where nobody stands in: the role answers.
    """
    last = list(chain(absences, staff_id, day))[-1]
    return None if away_on(absences, last, day) else last


def at_work_for(
    absences: Sequence[Absence], owner: int | None, day: date, on_shift: Collection[int]
) -> int | None:
    """Whose a message in an open case is: the owner's while they are on shift; where they are away, the first's of
    their chain who is. None: none of theirs, so the role's. `cases/ending/whose.py` says the same without substitutes.
    """
    if owner is None:
        return None
    return next((one for one in chain(absences, owner, day) if one in on_shift), None)


def circles(absences: Sequence[Absence], new: Absence) -> bool:
    """Whether a new absence would, on some day, make a chain of substitutes come back to where it began."""
    # Whatever makes a circle on some day makes it on the first day when all of it holds, and that is one of these.
    days = {new.from_day, *(one.from_day for one in absences if new.on(one.from_day))}
    return new.stand_in_id is not None and any(
        new.staff_id in chain(absences, new.stand_in_id, day) for day in days
    )
