"""The text to whoever seems to have forgotten their shift (requirement A6): once, and only while it is still open.

It is about no case and is not chosen: the shift is what lets other texts reach the phone.
"""

from typing import Any

import structlog

from vardlots.notifications.actions import Post
from vardlots.notifications.configured import staffs_text
from vardlots.notifications.model import SHIFT_FORGOTTEN, Sms
from vardlots.notifications.sms import NotAccepted
from vardlots.platform.db import provider_scope
from vardlots.platform.jobs import job

log = structlog.get_logger()


@job(f"notifications.{SHIFT_FORGOTTEN}")
async def remind_of_shift(post: Post, payload: dict[str, Any]) -> None:
    """Payload: provider_id, shift_id. Sent again it has the same reference, which a phone shows once."""
    provider_id, shift_id = int(payload["provider_id"]), int(payload["shift_id"])
    async with post.database.transaction(provider_scope(provider_id)) as connection:
        row = await connection.fetchrow(
            "SELECT s.mobile, u.name AS unit FROM shift h JOIN staff s USING (staff_id) "
            "JOIN unit u USING (provider_id, unit_id) "
            "WHERE h.provider_id = $1 AND h.shift_id = $2 AND h.ended_at IS NULL AND s.mobile IS NOT NULL",
            provider_id,
            shift_id,
        )
        if row is None:
            return
        told = await staffs_text(
            connection, post.texts, provider_id=provider_id, kind=SHIFT_FORGOTTEN, unit=row["unit"]
        )
    try:
        await post.sms.send(Sms(f"vardlots-shift-{shift_id}", row["mobile"], told))
    except NotAccepted as refusal:
        log.warning("sms_not_accepted", status=refusal.status, shift=shift_id)
