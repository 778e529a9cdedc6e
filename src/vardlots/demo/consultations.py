"""The consultations of `content/demo/consultations.toml`, sent and answered through the product's own verbs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.consultations import actions
from vardlots.consultations.model import Consent, Consultation, NewConsultation, Side, Subject
from vardlots.demo.people import BadDemoContent, DemoRegion, known, read_table, rows
from vardlots.demo.stage import Stage
from vardlots.people.queries import person
from vardlots.platform import clock

Minutes = Annotated[int, msgspec.Meta(ge=0)]
FILE = "consultations.toml"


class ConsultScript(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """One consultation: who asks whom about whom, and what has become of it, in minutes after it was sent."""

    id: str
    from_: str
    staff: str
    to: str
    role: str
    person: str
    with_visit: bool = False
    reason: str
    priority: Annotated[int, msgspec.Meta(ge=1, le=12)]
    problem: str
    minutes_ago: Minutes
    phone: bool = False
    consent: str = ""
    by: str | None = None
    accepted: Minutes | None = None
    answered: Minutes | None = None
    answer: str = ""
    ended: Minutes | None = None


def load_consultations(folder: Path, region: DemoRegion) -> tuple[ConsultScript, ...]:
    """The consultations, checked against the region. Raises BadDemoContent."""
    found = rows(read_table(folder / FILE), "consultations", ConsultScript, folder / FILE)
    units, persons = [one.id for one in region.units], [one.id for one in region.persons]
    staff = [one.id for one in region.staff]
    for script in found:
        known(units, "unit", script.id, script.from_, script.to)
        known(persons, "person", script.id, script.person)
        known(staff, "member of staff", script.id, script.staff, *([script.by] if script.by else []))
        if (script.accepted is not None) != (script.by is not None):
            raise BadDemoContent(f"{script.id}: whoever accepts is named, and nobody else")
        if max(script.accepted or 0, script.answered or 0, script.ended or 0) > script.minutes_ago:
            raise BadDemoContent(f"{script.id}: something happens later than now")
    return found


async def consult(stage: Stage, script: ConsultScript) -> Consultation:
    """From the question to wherever it has come."""
    sent_at = stage.now - timedelta(minutes=script.minutes_ago)
    with clock.at(sent_at):
        by = await stage.staff(script.staff, script.from_)
        sent = await actions.send(
            stage.post, by=by, new=await _new(stage, script, by), key=f"demo-{script.id}"
        )
    if script.by is None:
        return sent
    taker = await stage.staff(script.by, script.to)
    with clock.at(sent_at + timedelta(minutes=script.accepted or 0)):
        await actions.accept(stage.post, by=taker, ref=sent.ref)
    if script.answered is not None:
        with clock.at(sent_at + timedelta(minutes=script.answered)):
            await actions.answer(
                stage.post,
                by=taker,
                ref=sent.ref,
                side=Side.RECEIVER,
                text=script.answer,
                key=f"demo-{script.id}",
            )
    if script.ended is not None:
        with clock.at(sent_at + timedelta(minutes=script.ended)):
            await actions.end(stage.post, by=taker, ref=sent.ref, side=Side.RECEIVER)
    return sent


async def _new(stage: Stage, script: ConsultScript, by: StaffActor) -> NewConsultation:
    to = await stage.unit(script.to)
    person_id = stage.persons[script.person]
    async with stage.post.database.transaction(by.scope) as connection:
        about = await person(connection, person_id)
        case_id = await connection.fetchval(
            "SELECT case_id FROM care_case WHERE provider_id = $1 AND unit_id = $2 AND person_id = $3 "
            "ORDER BY arrived_at DESC LIMIT 1",
            by.provider_id,
            by.unit_id,
            person_id,
        )
    if about is None or (script.with_visit and case_id is None):
        raise BadDemoContent(f"{script.id}: the patient has no visit there")
    elsewhere = to.provider_id != by.provider_id
    return NewConsultation(
        person_id=person_id,
        to_provider_id=to.provider_id,
        unit_id=to.unit_id,
        role=script.role,
        reason=script.reason,
        priority=script.priority,
        problem=script.problem,
        from_case=CaseRef(by.provider_id, case_id) if script.with_visit else None,
        related=(case_id,) if script.with_visit and not elsewhere else (),
        by_telephone=script.phone,
        consent=Consent(script.consent, "patient") if elsewhere else None,
        subject=Subject(about.name, f"{about.number[:8]}-{about.number[8:]}") if elsewhere else None,
    )
