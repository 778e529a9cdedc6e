"""The jobs of texts about tickets, and what the sweep looks for: those that run out, and those whose night is over."""

from typing import Any

from vardlots.access.actor import SystemActor
from vardlots.notifications.actions import Post
from vardlots.notifications.model import OF_TICKET, NoticeKind
from vardlots.notifications.quiet import quiet_until
from vardlots.notifications.rules import rules_of
from vardlots.notifications.tickets import policy, queries
from vardlots.notifications.tickets.actions import tell
from vardlots.platform import clock, jobs
from vardlots.platform.db import provider_scope
from vardlots.platform.jobs import Handler, job
from vardlots.tickets.model import TicketRef


def _handler(kind: NoticeKind) -> Handler:
    name = f"notifications.{kind}"

    async def handle(post: Post, payload: dict[str, Any]) -> None:
        ref = TicketRef.parse(payload["ticket"])
        await tell(post, by=SystemActor(ref.provider_id, name), ref=ref, kind=kind)

    return job(name)(handle)


HANDLERS = {kind: _handler(kind) for kind in sorted(OF_TICKET)}


async def look(post: Post, provider_id: int) -> None:
    """Promise a reminder of each ticket that soon runs out, by day; look again at those that waited out the night."""
    now = clock.now()
    async with post.database.transaction(provider_scope(provider_id)) as connection:
        for kind, ref in await queries.left_waiting(connection, provider_id, now):
            await _promise(connection, kind, ref)
        rules = await rules_of(connection, provider_id)
        if rules.ticket_days_before == 0 or quiet_until(rules.quiet, now) is not None:
            return
        for one in await queries.running_out(connection, provider_id, now, rules.ticket_days_before):
            if policy.is_worth_a_reminder(one, rules.ticket_days_before, now):
                await _promise(connection, NoticeKind.TICKET_RUNS_OUT, one.ref)


async def _promise(connection: Any, kind: NoticeKind, ref: TicketRef) -> None:
    name, payload = f"notifications.{kind}", {"ticket": str(ref)}
    await jobs.enqueue(connection, name, payload, once=f"{kind}:{ref}")
