"""The handlers of *Tidbok*."""

from litestar.types import ControllerRouterHandler

from vardlots.worklist.booking import (
    calendar,
    calendar_days,
    calendar_opening,
    calendar_schedules,
    calendar_slot,
)


def calendar_routes() -> list[ControllerRouterHandler]:
    """Every page of the calendar."""
    return [
        calendar.calendar,
        calendar.calendar_grid,
        calendar_slot.slot,
        calendar_slot.block,
        calendar_slot.unblock,
        calendar_slot.remove,
        calendar_slot.move,
        calendar_slot.rebook,
        calendar_slot.withdraw,
        calendar_opening.opening,
        calendar_opening.open_now,
        calendar_days.cancelling,
        calendar_days.cancel,
        calendar_schedules.schedules,
        calendar_schedules.add,
        calendar_schedules.schedule,
        calendar_schedules.switch_off,
        calendar_schedules.end_rule,
        calendar_schedules.lift_closed,
    ]
