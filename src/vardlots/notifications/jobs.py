"""The jobs of notices: one per kind, and the sweep that gives up on what could not be sent."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.model import CaseRef
from vardlots.clinics.queries import provider_ids
from vardlots.notifications import queries
from vardlots.notifications.actions import (
    GIVE_UP_AFTER,
    RECEIPT,
    Post,
    give_up,
    give_up_beside,
    notify,
    payload_of,
    take_receipt,
)
from vardlots.notifications.model import OF_CASE, NoticeKind, NoticeState, Receipt
from vardlots.notifications.receipts import provider_of
from vardlots.notifications.staff import jobs as staff_jobs
from vardlots.notifications.staff import shifts  # noqa: F401  registers its job
from vardlots.notifications.tickets import jobs as ticket_jobs
from vardlots.notifications.units import jobs as unit_jobs  # noqa: F401  registers its jobs
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope
from vardlots.platform.jobs import Handler, job

log = structlog.get_logger()

# A job that was promised for the morning has been lost when it is this late.
LATE = timedelta(minutes=5)


def _handler(kind: NoticeKind) -> Handler:
    name = f"notifications.{kind}"

    async def handle(post: Post, payload: dict[str, Any]) -> None:
        ref = CaseRef.parse(payload["ref"])
        by = SystemActor(ref.provider_id, name)
        n, appointment_id = int(payload.get("n", 0)), payload.get("appointment_id")
        state = await notify(post, by=by, ref=ref, kind=kind, n=n, appointment_id=appointment_id)
        log.debug("notice", kind=kind.value, case=str(ref), n=n, state=state.value)

    return job(name)(handle)


HANDLERS = {kind: _handler(kind) for kind in NoticeKind if kind in OF_CASE}


@job(RECEIPT)
async def receipt(post: Post, payload: dict[str, Any]) -> None:
    """The local adapter's own receipt. Payload: reference, state."""
    told = Receipt(payload["reference"], NoticeState(payload["state"]))
    provider_id = provider_of(told.reference)
    if provider_id is not None:
        await take_receipt(post, by=SystemActor(provider_id, RECEIPT), receipt=told)


async def sweep(post: Post) -> None:
    """Give up on the notices that have been on their way for hours; look again at those whose night is over."""
    before = clock.now() - GIVE_UP_AFTER
    async with post.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        async with post.database.transaction(provider_scope(provider_id)) as connection:
            left = await queries.left_sending(connection, provider_id, before)
            beside = await queries.left_beside(connection, provider_id, before)
            for late in await queries.left_waiting(connection, provider_id, clock.now() - LATE):
                name = f"notifications.{late.kind}"
                await jobs.enqueue(connection, name, payload_of(late), once=f"notice:{late.notice_id}")
        for notice in left:
            await give_up(post, by=SystemActor(provider_id, "notifications.sweep"), notice=notice)
            log.warning("notice_given_up", notice=notice.notice_id, provider=provider_id)
        for notice_id in beside:
            by = SystemActor(provider_id, "notifications.sweep")
            await give_up_beside(post, by=by, notice_id=notice_id)
            log.warning("notice_given_up", notice=notice_id, provider=provider_id)
        await ticket_jobs.look(post, provider_id)
    await staff_jobs.sweep(post, providers)
