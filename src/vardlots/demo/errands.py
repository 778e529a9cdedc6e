"""The administrative errands of `content/demo/errands.toml`, sent and answered through the product's own verbs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec

from vardlots.access.sessions import patient_actor, staff_actor
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.clinics import queries as clinics
from vardlots.conversations.actions import Message, write
from vardlots.demo.people import BadDemoContent, DemoRegion, known, read_table, rows
from vardlots.demo.play import ANSWERING, Stage
from vardlots.platform import clock
from vardlots.platform.content import CONTENT
from vardlots.platform.db import NOBODY
from vardlots.triage import actions as triage
from vardlots.triage import interview as engine
from vardlots.triage import services
from vardlots.triage.errands import new_errand
from vardlots.triage.queries import own_interview
from vardlots.triage.vignettes import Vignette, load_vignettes

Minutes = Annotated[int, msgspec.Meta(ge=0)]
FILE = "errands.toml"
BEFORE: dict[str, Any] = {"interpreter": [False]}


class Errand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One errand: who sends what for whom, and who answers. `like` names the written case whose answers are given."""

    id: str
    person: str
    acting: str | None = None
    unit: str
    service: str
    like: str
    answers: dict[str, str] = {}
    minutes_ago: Minutes
    staff: str | None = None
    taken_at: Minutes | None = None
    answered_at: Minutes | None = None
    say: str = ""

    @property
    def actor(self) -> str:
        """Who acts: the guardian, or the person."""
        return self.acting or self.person


def load_errands(folder: Path, region: DemoRegion) -> tuple[Errand, ...]:
    """The errands, checked against the region. Raises BadDemoContent."""
    found = rows(read_table(folder / FILE), "errands", Errand, folder / FILE)
    persons, units = [one.id for one in region.persons], [one.id for one in region.units]
    for errand in found:
        known(persons, "person", errand.id, errand.person, errand.actor)
        known(units, "unit", errand.id, errand.unit)
        known([case.id for case in _written(errand.service)], "written case", errand.id, errand.like)
        later = [at for at in (errand.taken_at, errand.answered_at) if at is not None]
        if any(at > errand.minutes_ago for at in later):
            raise BadDemoContent(f"{errand.id}: something happens later than now")
        if bool(later) != (errand.staff is not None) or (errand.answered_at is not None) != bool(errand.say):
            raise BadDemoContent(f"{errand.id}: whoever takes or answers it is named, and says something")
    return found


def _written(service: str) -> list[Vignette]:
    return [case for case in load_vignettes(CONTENT / "triage") if case.protocol == service]


async def send(stage: Stage, errand: Errand) -> CaseRef:
    """From the first question to wherever the errand has come."""
    came_in = stage.now - timedelta(minutes=errand.minutes_ago)
    with clock.at(came_in):
        ref = await _sent(stage, errand)
    if errand.staff is not None:
        await _read(stage, errand, ref)
    return ref


async def _sent(stage: Stage, errand: Errand) -> CaseRef:
    post = stage.post
    case = next(one for one in _written(errand.service) if one.id == errand.like)
    by = await patient_actor(post.database, person_id=stage.persons[errand.actor])
    assert by is not None
    async with post.database.transaction(NOBODY) as connection:
        unit = await clinics.unit(connection, stage.organisation.units[errand.unit])
    assert unit is not None
    with clock.at(clock.now() - ANSWERING):
        ref = await triage.start_interview(
            post,
            by=by,
            unit=unit,
            person_id=stage.persons[errand.person],
            reason=errand.service,
            kind="service",
        )
        async with post.database.transaction(by.scope) as connection:
            kept = await own_interview(connection, by=by, ref=ref)
        while (item := engine.current_item(kept.interview())) is not None:
            raw = errand.answers.get(item.link_id, case.answers.get(item.link_id))
            kept = await triage.answer(post, by=by, ref=ref, rev=kept.rev, link_id=item.link_id, raw=raw)
    await triage.go_on(post, by=by, ref=ref)
    kept = await triage.keep_post_answers(post, by=by, ref=ref, answers=BEFORE)
    async with post.database.transaction(by.scope) as connection:
        places = await clinics.resources_of(connection, kept.provider_id)
    at_unit = services.roles_at(places, kept.practice.roles, kept.unit_id)
    return (await cases.open_case(post, by=by, new=new_errand(kept, at_unit))).ref


async def _read(stage: Stage, errand: Errand, ref: CaseRef) -> None:
    organisation, came_in = stage.organisation, stage.now - timedelta(minutes=errand.minutes_ago)
    assert errand.staff is not None
    async with stage.post.database.transaction(NOBODY) as connection:
        by = await staff_actor(
            connection,
            staff_id=organisation.staff[errand.staff],
            assignment_id=organisation.assignments[errand.staff, errand.unit],
        )
    assert by is not None
    if errand.taken_at is not None:
        with clock.at(came_in + timedelta(minutes=errand.taken_at)):
            await cases.accept(stage.post, by=by, ref=ref)
    if errand.answered_at is not None:
        with clock.at(came_in + timedelta(minutes=errand.answered_at)):
            await write(stage.post, by=by, ref=ref, message=Message(errand.say, "demo-errand-answer"))
