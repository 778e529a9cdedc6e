"""Jobs that more than one verb promises, in the verb's own turn."""

from datetime import timedelta
from typing import Any

from vardlots.cases.model import Case, CaseRef
from vardlots.cases.turn import Turn
from vardlots.platform import jobs
from vardlots.platform.db import Connection

# How long an unread message waits before the patient is sent a text: someone who reads along needs none.
NOTICE_DELAY = timedelta(seconds=20)


async def promise_notice_to_staff(connection: Connection, kind: str, ref: CaseRef, n: int) -> None:
    """Promise notices to the staff whom row `n` concerns: `kind` is a `StaffNoticeKind` of notifications/model.py."""
    await jobs.enqueue(connection, f"notifications.{kind}", {"ref": str(ref), "n": n})


async def promise_notice_of_message(now_at: Turn, n: int) -> None:
    """Promise a text to the patient about message `n`, unless they have read it by then."""
    await jobs.enqueue(
        now_at.connection,
        "notifications.message_waiting",
        {"ref": str(now_at.case.ref), "n": n},
        at=now_at.now + NOTICE_DELAY,
    )


async def promise_notice_of_taker(now_at: Turn, n: int) -> None:
    """Promise a text to the patient about row `n`, which says who has the visit from now on, unless they read along."""
    await jobs.enqueue(
        now_at.connection,
        "notifications.case_accepted",
        {"ref": str(now_at.case.ref), "n": n},
        at=now_at.now + NOTICE_DELAY,
    )


async def put_back(now_at: Turn, *, to_its_time: bool) -> dict[str, Any]:
    """The case's columns where whoever has a visit lets it go. One that came by a time, and goes back to the queue, has
    used it: the time says so by a job (`booking/jobs.py`), and the patient leaves the queue as anybody does."""
    columns = {"owner_staff_id": None, "accepted_at": None, "started_at": None}
    if to_its_time or now_at.case.booked_from is None:
        return columns
    await jobs.enqueue(now_at.connection, "booking.settle", {"ref": str(now_at.case.ref)})
    return columns | {"booked_from": None}


async def promise_balance(connection: Connection, case: Case) -> None:
    """Promise that the load balancer looks at the queue of the case's unit and role, where it is on for anybody."""
    on = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM shift WHERE provider_id = $1 AND unit_id = $2 AND role = $3 AND ended_at IS NULL "
        "AND load_balancer)",
        case.provider_id,
        case.unit_id,
        case.role,
    )
    if on:
        queue = {"provider_id": case.provider_id, "unit_id": case.unit_id, "role": case.role}
        await jobs.enqueue(connection, "cases.balance", queue)
