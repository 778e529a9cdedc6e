"""Sends the drawn pictures the way a patient does: taken in like any upload, then noted where they belong."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from uuid import UUID, uuid4

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import attach
from vardlots.demo.illustrations import NAMES, Illustration, drawn
from vardlots.notifications.actions import Post
from vardlots.platform.files import FileStore
from vardlots.platform.uploads import Limits, Upload, take_in
from vardlots.triage.actions import add_picture
from vardlots.triage.queries import InterviewRef


class Album(msgspec.Struct, frozen=True):
    """Where the pictures of the demonstration go. `limits` as for everybody's uploads."""

    post: Post
    store: FileStore
    limits: Limits

    async def to_interview(
        self,
        pictures: Iterable[Illustration],
        *,
        by: PatientActor,
        ref: InterviewRef,
        degrees: float | None,
    ) -> list[dict[str, str]]:
        """Add pictures during the questions. Returns what an answer holds of them."""
        held = []
        for picture in pictures:
            attachment_id, upload = await self._take_in(picture, ref.provider_id, degrees)
            await add_picture(self.post, by=by, ref=ref, attachment_id=attachment_id, upload=upload)
            held.append({"id": str(attachment_id), "title": upload.name})
        return held

    async def to_case(
        self,
        pictures: Iterable[Illustration],
        *,
        by: PatientActor | StaffActor,
        ref: CaseRef,
        degrees: float | None,
    ) -> tuple[str, ...]:
        """Attach pictures to a case. Returns the ids that a message carries."""
        ids = []
        for picture in pictures:
            attachment_id, upload = await self._take_in(picture, ref.provider_id, degrees)
            await attach(self.post, by=by, ref=ref, attachment_id=attachment_id, upload=upload)
            ids.append(str(attachment_id))
        return tuple(ids)

    async def _take_in(
        self, picture: Illustration, provider_id: int, degrees: float | None
    ) -> tuple[UUID, Upload]:
        content = await asyncio.to_thread(drawn, picture, degrees if picture == "thermometer" else None)
        attachment_id = uuid4()
        key = f"{provider_id}/{attachment_id}"
        upload = await take_in(
            _whole(content), name=NAMES[picture], store=self.store, key=key, limits=self.limits
        )
        return attachment_id, upload


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
