"""What is done with questions between units, and with a visit that goes on at another provider."""

from functools import partial
from typing import Any

from tests.cast import number_of
from tests.model.deeds import hands, key_of
from tests.model.errands import NURSES, errand
from tests.model.town import Town

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.begun.actions import Begun, begin_chat
from vardlots.cases.model import CaseRef
from vardlots.cases.referring import actions as referring
from vardlots.cases.referring.model import Placed, Referral, Said
from vardlots.consents.model import How
from vardlots.consultations import actions
from vardlots.consultations.beginning.actions import begun
from vardlots.consultations.model import Consent, NewConsultation, Side, Subject
from vardlots.consultations.taking import actions as taking
from vardlots.consultations.telling.actions import tell_case
from vardlots.platform import clock
from vardlots.platform.db import Connection

OPEN = "phase IN ('queued', 'accepted', 'ongoing', 'follow_up', 'booked')"


async def _new(world: Town, by: Any, pick: int, *, lone: bool = False, **more: Any) -> NewConsultation:
    hands(by, StaffActor)
    given = world.given
    row = None if lone else await world.case(pick, f"{OPEN} AND unit_id = {by.unit_id}")
    ref = CaseRef(row["provider_id"], row["case_id"]) if row else None
    to = given.strandgatan if by != given.olle else given.angsviken
    plain: dict[str, Any] = {
        "person_id": row["person_id"] if row else await world.patient_of(by, pick),
        "to_provider_id": to.provider_id,
        "unit_id": to.unit_id,
        "role": "nurse",
        "reason": "shoulder_pain",
        "priority": 1 + pick % 12,
        "problem": "Kan ni ta över?",
        "from_case": ref,
        "related": (ref.case_id,) if ref else (),
    }
    if "consent" in more:
        plain["subject"] = Subject("Ruben Ekdunge", number_of(plain["person_id"]))
    return NewConsultation(**(plain | more))


def _elsewhere(world: Town) -> dict[str, Any]:
    there = world.given.norrhamn
    return {
        "to_provider_id": there.provider_id,
        "unit_id": there.unit_id,
        "related": (),
        "consent": Consent("phone", "patient"),
    }


@errand("ylva", "hamid", "petra", "olle", log="send_consultation")
async def ask_unit(world: Town, by: Any, pick: int) -> Any:
    new = await _new(world, by, pick, lone=pick % 5 == 4)
    return await actions.send(world.given.house, by=by, new=new, key=key_of(pick))


@errand("tor", log="send_consultation")
async def ask_unit_by_telephone(world: Town, by: Any, pick: int) -> Any:
    """To one's colleagues, or to another provider; nobody declines it."""
    more = _elsewhere(world) if pick % 3 == 2 else {}
    new = await _new(world, by, pick, by_telephone=True, **more)
    return await actions.send(world.given.house, by=by, new=new, key=key_of(pick))


@errand(*NURSES, log="send_consultation")
async def ask_elsewhere(world: Town, by: Any, pick: int) -> Any:
    """What goes with it is refused now and then: no visit crosses."""
    more = _elsewhere(world) if pick % 7 else _elsewhere(world) | {"related": (world.ref.case_id,)}
    return await actions.send(
        world.given.house, by=by, new=await _new(world, by, pick, **more), key=key_of(pick)
    )


async def _open(world: Town, by: Any, pick: int, where: str = "true") -> Any:
    """One that the actor's unit is asked, or asks, as a rule."""
    hands(by, StaffActor, SystemActor)
    mine = f" AND {by.unit_id} IN (unit_id, from_unit_id)" if isinstance(by, StaffActor) and pick % 8 else ""
    return await world.consultation(pick, where + mine)


@errand("olle", "nora", "ylva", log="accept_consultation")
async def accept_question(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref, _ = await _open(world, by, pick)
    return await actions.accept(world.given.house, by=by, ref=ref)


@errand("olle", "nora", "ylva", "hamid", log="answer_consultation")
async def answer_question(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref, row = await _open(world, by, pick)
    side = Side.RECEIVER if row["unit_id"] == by.unit_id else Side.SENDER
    if pick % 10 == 9:
        side = Side.SENDER if side is Side.RECEIVER else Side.RECEIVER
    return await actions.answer(
        world.given.house, by=by, ref=ref, side=side, text="Vi tar det.", key=key_of(pick)
    )


@errand("olle", "nora", log="decline_consultation")
async def decline_question(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref, _ = await _open(world, by, pick)
    return await actions.decline(world.given.house, by=by, ref=ref, reason="Fullt." if pick % 5 else " ")


@errand(*NURSES, log="withdraw_consultation")
async def withdraw_question(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref, _ = await _open(world, by, pick)
    return await actions.withdraw(world.given.house, by=by, ref=ref)


@errand("olle", "nora", "ylva", "hamid", log="end_consultation")
async def end_question(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref, row = await _open(world, by, pick)
    side = Side.RECEIVER if row["unit_id"] == by.unit_id else Side.SENDER
    return await actions.end(world.given.house, by=by, ref=ref, side=side)


async def _with_visit(world: Town, by: Any, pick: int) -> tuple[Any, CaseRef]:
    ref, row = await _open(world, by, pick, "from_case_id IS NOT NULL")
    return ref, CaseRef(row["provider_id"], row["from_case_id"])


@errand("olle", "ylva", log="open_anyway")
async def go_to_visit(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref, case = await _with_visit(world, by, pick)
    if pick % 9 == 8:
        case = world.ref
    return await actions.go_to_case(world.given.house, by=by, ref=ref, case=case)


@errand("olle", "ylva", log="take_over")
async def take_visit_over(world: Town, by: Any, pick: int) -> Any:
    """*Ta emot ändå* where it waits, *Ta över besök* where a colleague has it."""
    hands(by, StaffActor)
    _, case = await _with_visit(world, by, pick)
    (row,) = await world.fetch(
        case.provider_id,
        "SELECT owner_staff_id FROM care_case WHERE provider_id = $1 AND case_id = $2",
        *case,
    )
    house, owner = world.given.house, row["owner_staff_id"]
    if owner is None:
        return await taking.accept(house, by=by, ref=case)
    return await taking.take_over(house, by=by, ref=case, from_staff_id=owner, reason="Hör hemma hos oss.")


@errand("nora", log="begin_consulted_case")
async def begin_with_patient(world: Town, by: Any, pick: int) -> Any:
    """The receiver at another provider begins a chat with the patient."""
    hands(by, StaffActor)
    ref, row = await world.consultation(pick, f"to_provider_id = {world.providers[1]}")

    async def together(connection: Connection, case_id: int) -> Any:
        return await begun(connection, by=by, ref=ref, case_id=case_id)

    new = Begun(person_id=row["person_id"], reason="shoulder_pain", days=3)
    return await begin_chat(world.given.house, by=by, new=new, key=key_of(pick), together=together)


@errand(*NURSES, log="refer")
async def refer(world: Town, by: Any, pick: int) -> Any:
    """The whole of the guided handover: the yes, the message, and the question, at once."""
    hands(by, StaffActor)
    given = world.given
    row = await world.case(pick, "phase = 'ongoing'")
    ref = CaseRef(row["provider_id"], row["case_id"])
    said_by = given.elin.person_id if row["person_id"] == given.tuva else row["person_id"]
    new = Referral(
        message="Vården fortsätter på Norrhamn.",
        to="Norrhamn",
        said=Said(given_by=said_by, how=How.DIGITAL, at=clock.now()),
        key=key_of(pick),
    )
    asks = NewConsultation(
        person_id=row["person_id"],
        role="nurse",
        reason="shoulder_pain",
        priority=4,
        problem="Vi lämnar över.",
        from_case=ref,
        subject=Subject("Ruben Ekdunge", number_of(row["person_id"])),
        **_elsewhere(world),
    )
    return await referring.refer(
        given.house, by=by, ref=ref, new=new, place=partial(_place, by=by, new=asks, key=key_of(pick))
    )


async def _place(connection: Connection, *, by: StaffActor, new: NewConsultation, key: str) -> Placed:
    sent, signals = await actions.place(connection, by=by, new=new, key=key, tells_case=False)
    return Placed(str(sent.ref), tuple(signals))


# What the system does at its time.


@errand("system", log="remind_consultation")
async def remind_question(world: Town, by: Any, pick: int) -> Any:
    hands(by, SystemActor)
    ref, _ = await _open(world, by, pick)
    return await actions.remind(world.given.house, by=by, ref=ref)


@errand("system", log="consult_news")
async def tell_visit(world: Town, by: Any, pick: int) -> Any:
    """What has become of questions, told in the visits they were made from; most of it for the second time."""
    hands(by, SystemActor)
    ref, row = await _open(world, by, pick, "from_case_id IS NOT NULL")
    told = [await tell_case(world.given.house, by=by, ref=ref, n=n + 1) for n in range(row["last_n"])]
    return True if any(told) else None


@errand("system", log="end_referred")
async def end_referred(world: Town, by: Any, pick: int) -> Any:
    """The visit that goes on elsewhere ends when it has been read, or somebody is told that it has not."""
    hands(by, SystemActor)
    row = await world.case(pick, "referred_n IS NOT NULL")
    ref = CaseRef(row["provider_id"], row["case_id"])
    if pick % 2:
        return await referring.when_due(world.given.house, by=by, ref=ref, n=row["referred_n"])
    return await referring.end_referred(world.given.house, by=by, ref=ref, n=row["referred_n"])
