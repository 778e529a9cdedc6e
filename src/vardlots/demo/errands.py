"""The administrative errands of `content/demo/errands.toml`, sent and answered through the product's own verbs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec

from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, write
from vardlots.demo.answers import written_cases
from vardlots.demo.people import BadDemoContent, DemoRegion, known, read_table, rows
from vardlots.demo.stage import Stage
from vardlots.platform import clock
from vardlots.triage.errands import new_errand, read_by

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
        known([case.id for case in written_cases(errand.service)], "written case", errand.id, errand.like)
        later = [at for at in (errand.taken_at, errand.answered_at) if at is not None]
        if any(at > errand.minutes_ago for at in later):
            raise BadDemoContent(f"{errand.id}: something happens later than now")
        if bool(later) != (errand.staff is not None) or (errand.answered_at is not None) != bool(errand.say):
            raise BadDemoContent(f"{errand.id}: whoever takes or answers it is named, and says something")
    return found


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
    case = next(one for one in written_cases(errand.service) if one.id == errand.like)
    by = await stage.patient(errand.actor)
    kept = await stage.answered(
        by=by,
        person=errand.person,
        unit=errand.unit,
        reason=errand.service,
        kind="service",
        raw=lambda item: errand.answers.get(item.link_id, case.answers.get(item.link_id)),
        before=BEFORE,
    )
    async with post.database.transaction(by.scope) as connection:
        new = new_errand(kept, await read_by(connection, kept))
    return (await cases.open_case(post, by=by, new=new)).ref


async def _read(stage: Stage, errand: Errand, ref: CaseRef) -> None:
    came_in = stage.now - timedelta(minutes=errand.minutes_ago)
    assert errand.staff is not None
    by = await stage.staff(errand.staff, errand.unit)
    if errand.taken_at is not None:
        with clock.at(came_in + timedelta(minutes=errand.taken_at)):
            await cases.accept(stage.post, by=by, ref=ref)
    if errand.answered_at is not None:
        with clock.at(came_in + timedelta(minutes=errand.answered_at)):
            await write(stage.post, by=by, ref=ref, message=Message(errand.say, "demo-errand-answer"))
