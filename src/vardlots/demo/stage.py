"""What the demonstration's scripts are played on, and what they all do: who acts, where, and the questions answered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import patient_actor, staff_actor
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.demo.organisation import Organisation
from vardlots.demo.sending import Album
from vardlots.forms.model import Item
from vardlots.notifications.actions import Post
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.triage import actions as triage
from vardlots.triage import interview as engine
from vardlots.triage.catalogue import Catalogue
from vardlots.triage.queries import Kept, own_interview

# How long the questions took before the case came in.
ANSWERING = timedelta(minutes=3)


class Stage(msgspec.Struct, frozen=True):
    """What a script is played on. People, units and staff go by the ids that the content gives them."""

    post: Post
    album: Album
    organisation: Organisation
    persons: dict[str, int]
    catalogue: Catalogue
    now: datetime

    async def unit(self, unit: str) -> Unit:
        """A unit as patients find it."""
        async with self.post.database.transaction(NOBODY) as connection:
            found = await clinics.unit(connection, self.organisation.units[unit])
        assert found is not None
        return found

    async def patient(self, person: str) -> PatientActor:
        """Somebody who acts for themself and their children, now."""
        found = await patient_actor(self.post.database, person_id=self.persons[person])
        assert found is not None
        return found

    async def staff(self, staff: str, unit: str) -> StaffActor:
        """Somebody at work at a unit."""
        async with self.post.database.transaction(NOBODY) as connection:
            found = await staff_actor(
                connection,
                staff_id=self.organisation.staff[staff],
                assignment_id=self.organisation.assignments[staff, unit],
            )
        assert found is not None
        return found

    async def answered(
        self,
        *,
        by: PatientActor,
        person: str,
        unit: str,
        reason: str,
        raw: Callable[[Item], Any],
        before: dict[str, Any],
        kind: str = "complaint",
    ) -> Kept:
        """An interview, each question answered by `raw`, with the answers `before` the queue: all that can be sent."""
        post, about = self.post, self.persons[person]
        with clock.at(clock.now() - ANSWERING):
            at = await self.unit(unit)
            ref = await triage.start_interview(
                post, by=by, unit=at, person_id=about, reason=reason, kind=kind
            )
            async with post.database.transaction(by.scope) as connection:
                kept = await own_interview(connection, by=by, ref=ref)
            while (item := engine.current_item(kept.interview())) is not None:
                kept = await triage.answer(
                    post, by=by, ref=ref, rev=kept.rev, link_id=item.link_id, raw=raw(item)
                )
        await triage.go_on(post, by=by, ref=ref)
        return await triage.keep_post_answers(post, by=by, ref=ref, answers=before)
