"""The job that a shift with the load balancer on promises, in the verb's own transaction."""

from vardlots.platform import jobs
from vardlots.platform.db import Connection


async def promise_balance(connection: Connection, provider_id: int, unit_id: int, role: str) -> None:
    """Promise that the load balancer looks at a queue."""
    queue = {"provider_id": provider_id, "unit_id": unit_id, "role": role}
    await jobs.enqueue(connection, "cases.balance", queue)
