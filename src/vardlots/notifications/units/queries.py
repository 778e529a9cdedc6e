"""What decides whether a unit's phone is told."""

from vardlots.consultations.model import Consultation
from vardlots.platform.db import Connection
from vardlots.triage.configured import practice_of


async def is_told_of(connection: Connection, found: Consultation) -> bool:
    """Whether the scheme of the provider that is asked has a priority as one whose unit's phone is told."""
    scheme = (await practice_of(connection, found.to_provider_id)).scheme
    try:
        return scheme.step(found.priority).notice
    except LookupError:
        return False
