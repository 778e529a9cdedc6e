"""Whose a case is from now on, where taking it moves it to another unit or role: decided by whatever led there."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from vardlots.cases.model import Phase
from vardlots.cases.turn import Turn
from vardlots.platform.live import Signal


class Place(NamedTuple):
    """A unit of the case's provider, and the role there whose it is."""

    unit_id: int
    role: str


# Asked in the verb's own turn, with the case locked; None: it stays where it is.
Belongs: TypeAlias = Callable[[Turn], Awaitable[Place | None]]


async def moved(now_at: Turn, belongs: Belongs | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the row says of the move, and the case's columns; both empty where it stays. Both units' lists look."""
    place = await belongs(now_at) if belongs is not None else None
    case = now_at.case
    if place is None or place == (case.unit_id, case.role):
        return {}, {}
    if place.unit_id != case.unit_id:
        now_at.signals.append(Signal(f"unit:{case.unit_id}", case.case_id))
        if case.phase is Phase.QUEUED:
            now_at.signals.append(Signal(f"queue:{case.unit_id}"))
    body = {"unit": place.unit_id, "role": place.role, "from_unit": case.unit_id}
    return body, {"unit_id": place.unit_id, "role": place.role}
