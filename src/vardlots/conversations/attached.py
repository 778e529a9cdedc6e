"""What a message may carry: files that its author has uploaded."""

from vardlots.cases.model import Audience
from vardlots.cases.turn import Turn
from vardlots.platform.errors import Invalid


async def check_attachments(
    now_at: Turn, attachments: tuple[str, ...], audience: Audience = Audience.PATIENT
) -> None:
    """A message may only carry files that its author uploaded to the same case, for those who read the message.

    Raises Invalid.
    """
    known = await now_at.connection.fetchval(
        "SELECT count(*) FROM attachment WHERE provider_id = $1 AND case_id = $2 "
        "AND attachment_id = ANY ($3::uuid[]) AND author_kind = $4 AND author_id = $5 AND audience = $6",
        *now_at.case.ref,
        list(attachments),
        now_at.by.kind,
        now_at.by.actor_id,
        audience,
    )
    if known != len(set(attachments)):
        raise Invalid("attachments", "En av filerna finns inte kvar. Lägg till den igen.")
