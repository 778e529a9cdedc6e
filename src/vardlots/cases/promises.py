"""Jobs that more than one verb promises, in the verb's own turn."""

from datetime import timedelta

from vardlots.cases.turn import Turn
from vardlots.platform import jobs

# How long an unread message waits before the patient is sent a text: someone who reads along needs none.
NOTICE_DELAY = timedelta(seconds=20)


async def promise_notice_of_message(now_at: Turn, n: int) -> None:
    """Promise a text to the patient about message `n`, unless they have read it by then."""
    await jobs.enqueue(
        now_at.connection,
        "notifications.message_waiting",
        {"ref": str(now_at.case.ref), "n": n},
        at=now_at.now + NOTICE_DELAY,
    )
