"""What a booked time promises: texts about it, reminders at their times, and that staff hear of one nobody began."""

from vardlots.booking import policy
from vardlots.booking.model import Appointment
from vardlots.cases.model import CaseRef
from vardlots.cases.promises import promise_notice_to_staff
from vardlots.configuration.booking_rules import booking_rules
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection

NOT_STARTED = "booking.not_started"


async def promise_notice(connection: Connection, kind: str, ref: CaseRef, n: int) -> None:
    """Promise the patient a text about row `n`."""
    await jobs.enqueue(connection, f"notifications.{kind}", {"ref": str(ref), "n": n})


async def promise_of_time(connection: Connection, kind: str, booked: Appointment, n: int) -> None:
    """Promise all that belongs to a newly booked time: `kind` is `booked` or `rebooked`, row `n` tells of it.

    Each reminder names the appointment: when its moment comes it says nothing of a time that no longer holds.
    """
    rules = await booking_rules(connection, booked.provider_id)
    if rules.tell_at_booking:
        await promise_notice(connection, kind, booked.ref, n)
    await promise_notice_to_staff(connection, "time_booked", booked.ref, n)
    if kind == "rebooked":
        await promise_notice_to_staff(connection, "time_cancelled", booked.ref, n)
    payload = {"ref": str(booked.ref), "appointment_id": booked.appointment_id}
    when = policy.reminders(rules, starts_at=booked.starts_at, contact=booked.contact, now=clock.now())
    for reminder, at in when:
        await jobs.enqueue(connection, f"notifications.{reminder}", payload, at=at)
    await jobs.enqueue(connection, NOT_STARTED, payload, at=booked.ends_at)
