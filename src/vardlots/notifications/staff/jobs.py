"""The jobs of texts to staff: one per kind that writes them down, one that sends each, and the sweep."""

from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.model import CaseRef
from vardlots.notifications.actions import GIVE_UP_AFTER, Post
from vardlots.notifications.model import StaffNoticeKind
from vardlots.notifications.staff import actions, left_open, queries, times
from vardlots.platform import clock
from vardlots.platform.db import provider_scope
from vardlots.platform.jobs import Handler, job

log = structlog.get_logger()


def _handler(kind: StaffNoticeKind) -> Handler:
    name = f"notifications.{kind}"

    async def handle(post: Post, payload: dict[str, Any]) -> None:
        ref = CaseRef.parse(payload["ref"])
        by = SystemActor(ref.provider_id, name)
        ids = await actions.write_down(post, by=by, ref=ref, kind=kind, n=payload["n"])
        log.debug("staff_notices", kind=kind.value, case=str(ref), n=payload["n"], many=len(ids))

    return job(name)(handle)


# That a visit begins soon nobody promises: the sweep looks, as it does for one that nobody has begun.
_LOOKED_FOR = (StaffNoticeKind.TIME_SOON, StaffNoticeKind.NOT_STARTED)
HANDLERS = {kind: _handler(kind) for kind in StaffNoticeKind if kind not in _LOOKED_FOR}


@job(f"notifications.{StaffNoticeKind.NOT_STARTED}")
async def not_started(post: Post, payload: dict[str, Any]) -> None:
    """A booked time is over: look whether anybody began the visit, and who is there to be told."""
    await times.look(post, CaseRef.parse(payload["ref"]).provider_id)


@job(actions.TELL)
async def tell(post: Post, payload: dict[str, Any]) -> None:
    """Send one text to one member of staff."""
    by = SystemActor(payload["provider_id"], actions.TELL)
    await actions.tell(post, by=by, notice_id=payload["notice_id"])


async def sweep(post: Post, providers: list[int]) -> None:
    """Tell of the visits that were left open, and of the booked ones that begin soon or have not been begun; give up on
    what has been on its way for hours."""
    for provider_id in providers:
        await left_open.look(post, provider_id)
        await times.look(post, provider_id)
        async with post.database.transaction(provider_scope(provider_id)) as connection:
            left = await queries.left_sending(connection, provider_id, clock.now() - GIVE_UP_AFTER)
        for notice in left:
            await actions.give_up(
                post, by=SystemActor(provider_id, "notifications.staff.sweep"), notice=notice
            )
            log.warning("staff_notice_given_up", notice=notice.notice_id, provider=provider_id)
