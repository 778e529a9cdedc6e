"""The jobs of texts to units' phones."""

from typing import Any

from vardlots.access.actor import SystemActor
from vardlots.consultations.model import ConsultationRef
from vardlots.notifications.actions import Post
from vardlots.notifications.model import PhoneNoticeKind
from vardlots.notifications.units.actions import tell
from vardlots.platform.jobs import Handler, job


def _handler(kind: PhoneNoticeKind) -> Handler:
    name = f"notifications.{kind}"

    async def handle(post: Post, payload: dict[str, Any]) -> None:
        ref = ConsultationRef.parse(payload["consultation"])
        by = SystemActor(ref.provider_id, name)
        await tell(post, by=by, ref=ref, kind=kind, n=int(payload.get("n", 0)))

    return job(name)(handle)


HANDLERS = {kind: _handler(kind) for kind in PhoneNoticeKind}
