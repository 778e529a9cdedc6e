"""*Skicka biljett*: what a ticket from staff has to be, who sends it, from where, once."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from tests.cast import PERSONNUMMER, Cast

from vardlots.access.actor import PatientActor
from vardlots.cases.model import Kind
from vardlots.cases.queries import timeline
from vardlots.cases.tests.test_policy import case as a_case
from vardlots.clinics.queries import unit
from vardlots.configuration.ticket_rules import TicketRules
from vardlots.consents.actions import withdraw
from vardlots.consents.model import ConsentKind, How
from vardlots.people.actions import Known, remember
from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.tickets import actions
from vardlots.tickets.model import Contact, State
from vardlots.tickets.model import Kind as Ticketed
from vardlots.tickets.queries import history_of, own_ticket, staff_ticket, tickets_of
from vardlots.tickets.staff.actions import place, send
from vardlots.tickets.staff.model import StaffTicket
from vardlots.tickets.staff.policy import Circumstances, check, last_day, priority_of
from vardlots.tickets.tests.helpers import a_drop_in, a_ticket, by_telephone, is_patient, of, sent, unit_of

TODAY = date(2028, 2, 28)
KEY = "a-key-of-the-page"


async def around(given: Cast, **more: Any) -> Circumstances:
    async with given.database.transaction(given.ylva.scope) as connection:
        here = await unit(connection, given.angsviken.unit_id)
    assert here is not None
    plain: dict[str, Any] = {
        "rules": TicketRules(),
        "today": TODAY,
        "sender": here,
        "target": here,
        "roles": frozenset({"nurse", "physician", "medical_admin"}),
        "acts": given.ruben.person_id,
        "booking_kinds": frozenset({"health_conversation"}),
    }
    return Circumstances(**(plain | more))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 121}, "reason"),
        ({"history": "x" * 4001}, "history"),
        ({"information": "x" * 1001}, "information"),
        ({"kind": Ticketed.FORM}, "forms"),
        ({"forms": ("pain", "pain")}, "forms"),
        ({"forms": tuple(str(n) for n in range(11))}, "forms"),
        ({"to_provider_id": -1}, "provider"),
        ({"role": "dentist"}, "resource"),
        ({"case_kind": "administrative"}, "case_kind"),
        ({"priority": 5}, "priority"),
        ({"priority": 12}, "priority"),
        ({"booking_for": "haircut"}, "booking_for"),
        ({"kind": Ticketed.FORM, "forms": ("pain",), "booking_for": "health_conversation"}, "booking_for"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
        ({"valid_until": TODAY + timedelta(days=181)}, "valid_until"),
    ],
)
async def test_what_is_wrong_says_where(given: Cast, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check(given.ylva, a_ticket(given, 1, **more), await around(given))
    assert refusal.value.field == field


async def test_what_is_right_passes(given: Cast) -> None:
    at = await around(given)
    for more in (
        {},
        {"contact": Contact.TELEPHONE, "priority": 6},
        {"booking_for": "health_conversation"},
        {"kind": Ticketed.FORM, "forms": ("pain",)},
        {"valid_until": TODAY},
        {"valid_until": TODAY + timedelta(days=180)},
    ):
        check(given.ylva, a_ticket(given, 1, **more), at)


async def test_who_cannot_be_reached_gets_none(given: Cast) -> None:
    new = a_ticket(given, 1)
    for more, code in (({"is_registered": False}, "not_registered"), ({"acts": None}, "nobody_reads")):
        with pytest.raises(WrongState) as refusal:
            check(given.ylva, new, await around(given, **more))
        assert refusal.value.code == code
    with pytest.raises(Forbidden):
        check(given.astrid, new, await around(given))


async def test_the_rules_of_a_drop_in(given: Cast) -> None:
    tor = await by_telephone(given)
    ref = await given.ongoing_case(given.ruben, tor, unit=unit_of(tor))
    assert (await sent(given, given.ruben.person_id, by=tor, **_drop(given, ref))).priority == 3
    for more, refusal, name in (
        ({"role": "physician"}, Invalid, "resource"),
        ({"role": "medical_admin"}, Invalid, "resource"),
        ({"case_kind": "administrative"}, Invalid, "resource"),
        ({"contact": Contact.PHYSICAL}, Invalid, "contact"),
        ({"priority": 6}, Invalid, "priority"),
        ({"priority": 12}, Invalid, "priority"),
        ({"from_case": None}, WrongState, "no_visit"),
    ):
        with pytest.raises(refusal) as no:
            await sent(given, given.ruben.person_id, by=tor, **(_drop(given, ref) | more))
        assert name in (getattr(no.value, "field", ""), no.value.code)


def _drop(given: Cast, ref: Any) -> dict[str, Any]:
    return {
        "kind": Ticketed.DROP_IN,
        "contact": Contact.DIGITAL,
        "to_provider_id": given.angsviken.provider_id,
        "unit_id": given.angsviken.unit_id,
        "from_case": ref,
    }


async def test_only_1177_by_phone_sends_drop_ins(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    with pytest.raises(Forbidden) as refusal:
        await sent(given, given.ruben.person_id, **_drop(given, ref))
    assert refusal.value.code == "not_telephone"


async def test_a_unit_without_drop_in_gets_none(given: Cast) -> None:
    tor = await by_telephone(given)
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET takes_drop_in = false WHERE unit_id = $1", given.norrhamn.unit_id
        )
    with pytest.raises(Invalid) as refusal:
        await a_drop_in(given, tor, given.ruben)
    assert refusal.value.field == "resource"


async def test_a_guest_in_the_visit_sends_no_drop_in(given: Cast) -> None:
    """Whoever sends it ends the visit, and a guest does not."""
    tor = await by_telephone(given)
    ref = await given.ongoing_case(given.ruben, tor, unit=unit_of(tor))
    with pytest.raises(Forbidden):
        await sent(given, given.ruben.person_id, by=await by_telephone(given), **_drop(given, ref))


async def test_it_is_given_from_a_visit_and_the_visit_says_so(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ticket = await sent(
        given,
        given.ruben.person_id,
        from_case=ref,
        title={"sv": "Ont i axeln", "en": "Shoulder pain"},
        forms=("pain", "diet_index"),
    )
    assert (ticket.from_case_id, ticket.from_unit_id, ticket.from_role, ticket.staff_id) == (
        ref.case_id, given.angsviken.unit_id, "nurse", given.ylva.staff_id,
    )  # fmt: skip
    assert (ticket.forms_total, ticket.forms_done, ticket.priority, ticket.state) == (2, 0, 11, State.ISSUED)
    assert ticket.valid_until == midnight(clock.today() + timedelta(days=31))
    async with given.database.transaction(given.ruben.scope) as connection:
        rows = await timeline(connection, ref)
        assert (await own_ticket(connection, by=given.ruben, ref=ticket.ref)).information.lead == {
            "sv": "Välkommen på besök."
        }
        assert await history_of(connection, ticket.ref) == {}
    assert (rows[-1].kind, rows[-1].body) == (
        Kind.TICKET_SENT, {
            "ticket": str(ticket.ref),
            "kind": "booking",
            "title": {"sv": "Ont i axeln", "en": "Shoulder pain"},
        },
    )  # fmt: skip
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await history_of(connection, ticket.ref) == {"text": "Ont sedan i går."}
        log = await connection.fetch(
            "SELECT action FROM access_log WHERE person_id = $1 AND action = 'send_ticket'",
            given.ruben.person_id,
        )
        promised = await connection.fetchval(
            "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = 'notifications.ticket_sent' "
            "AND convert_from(payload, 'UTF8') LIKE $1",
            f'%"{ticket.ref}"%',
        )
    assert (len(log), promised) == (1, 1)


async def test_it_is_given_alone(given: Cast) -> None:
    await is_patient(given, given.ruben)
    ticket = await sent(given, given.ruben.person_id, booking_for="health_conversation")
    assert (ticket.from_case_id, ticket.booking_for) == (None, "health_conversation")
    async with given.database.transaction(given.ylva.scope) as connection:
        log = await connection.fetch(
            "SELECT action FROM access_log WHERE person_id = $1 AND action = 'send_ticket'",
            given.ruben.person_id,
        )
    assert len(log) == 1


@pytest.mark.parametrize("from_visit", [True, False])
async def test_pressed_twice_it_is_one(given: Cast, from_visit: bool) -> None:
    ref = await given.ongoing_case(given.ruben)
    new = a_ticket(given, given.ruben.person_id, from_case=ref if from_visit else None, forms=("pain",))
    found = await asyncio.gather(*(send(given.house, by=given.ylva, new=new, key=KEY) for _ in range(5)))
    assert len({one.ref for one in found}) == 1
    assert (await send(given.house, by=given.ylva, new=new, key=KEY)).ref == found[0].ref
    async with given.database.transaction(given.ruben.scope) as connection:
        assert len(await tickets_of(connection, [given.ruben.person_id])) == 1
        kinds = [row.kind for row in await timeline(connection, ref)]
        forms = await connection.fetchval("SELECT count(*) FROM ticket_form")
    assert (kinds.count(Kind.TICKET_SENT), forms) == (int(from_visit), 1)


async def test_another_sender_with_the_same_key_is_another_ticket(given: Cast) -> None:
    await is_patient(given, given.ruben)
    new = a_ticket(given, given.ruben.person_id)
    first = await send(given.house, by=given.ylva, new=new, key=KEY)
    assert (await send(given.house, by=given.hamid, new=new, key=KEY)).ref != first.ref
    with pytest.raises(Invalid):
        await send(given.house, by=given.ylva, new=new, key="ticket:1")


async def test_who_may_send_from_a_visit(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for by, refusal in (
        (given.hamid, Forbidden),
        (given.olle, Forbidden),
        (given.astrid, Forbidden),
        (given.nora, NotFound),
    ):
        with pytest.raises(refusal):
            await sent(given, given.ruben.person_id, by=by, from_case=ref)
    # The visit is somebody else's than the ticket.
    await is_patient(given, given.elin)
    with pytest.raises(NotFound):
        await sent(given, given.elin.person_id, from_case=ref)
    queued = await given.waiting_case(given.ruben, reason="cough")
    with pytest.raises(WrongState):
        await sent(given, given.ruben.person_id, from_case=queued)
    async with given.database.transaction(given.ruben.scope) as connection:
        assert await tickets_of(connection, [given.ruben.person_id]) == []


async def test_only_registered_patients_get_one(given: Cast) -> None:
    with pytest.raises(WrongState) as refusal:
        await sent(given, given.ruben.person_id)
    assert refusal.value.code == "not_registered"
    await is_patient(given, given.ruben)
    await sent(given, given.ruben.person_id)
    await withdraw(
        given.database,
        by=given.ruben,
        provider_id=given.angsviken.provider_id,
        person_id=given.ruben.person_id,
        kind=ConsentKind.REGISTRATION,
        withdrawn_by=given.ruben.person_id,
        how=How.DIGITAL,
    )
    with pytest.raises(WrongState):
        await sent(given, given.ruben.person_id)


async def test_a_protected_person_gets_none(given: Cast) -> None:
    person_id = await remember(
        given.database,
        known=Known(
            system=PERSONNUMMER,
            number=f"19700101{uuid4().int % 10_000:04d}",
            given_name="Sanna",
            family_name="Hemlund",
            birth_date=date(1970, 1, 1),
            protected=True,
        ),
    )
    await is_patient(given, PatientActor(person_id, "Sanna Hemlund"))
    with pytest.raises(WrongState) as refusal:
        await sent(given, person_id)
    assert refusal.value.code == "nobody_reads"


async def test_a_form_that_there_is_not_is_refused(given: Cast) -> None:
    await is_patient(given, given.ruben)
    for code in ("nothing", "post_triage"):
        with pytest.raises(Invalid) as refusal:
            await sent(given, given.ruben.person_id, forms=(code,))
        assert refusal.value.field == "forms"


async def test_a_childs_ticket_goes_to_its_guardians(given: Cast) -> None:
    await is_patient(given, given.elin, about=given.tuva)
    ticket = await sent(given, given.tuva)
    for by in (given.elin, given.matti):
        async with given.database.transaction(by.scope) as connection:
            assert (await own_ticket(connection, by=by, ref=ticket.ref)).person_id == given.tuva


async def test_a_fault_half_way_leaves_nothing(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await given.ongoing_case(given.ruben)

    async def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.tickets.staff.actions._bring_forms", fails)
    with pytest.raises(RuntimeError):
        await sent(given, given.ruben.person_id, from_case=ref)
    async with given.database.transaction(given.ruben.scope) as connection:
        assert await tickets_of(connection, [given.ruben.person_id]) == []
        assert Kind.TICKET_SENT not in {row.kind for row in await timeline(connection, ref)}


async def test_it_can_be_placed_in_somebody_elses_transaction(given: Cast) -> None:
    await is_patient(given, given.ruben)
    new = a_ticket(given, given.ruben.person_id)

    async def placed_and_lost() -> None:
        async with given.database.transaction(given.ylva.scope) as connection:
            await place(connection, by=given.ylva, new=new, key=KEY)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await placed_and_lost()
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await place(connection, by=given.ylva, new=new, key=KEY)


async def test_sender_and_receiver_take_it_back_and_nobody_else(given: Cast) -> None:
    await is_patient(given, given.ruben)
    for by in (given.olle, given.hamid, given.petra):
        ticket = await sent(given, given.ruben.person_id, by=given.olle)
        withdrawn = await actions.withdraw(given.house, by=by, ref=ticket.ref, reason="Fel patient")
        assert withdrawn is None or withdrawn.state is State.WITHDRAWN
        assert (await of(given, ticket)).state is State.WITHDRAWN
    ticket = await sent(given, given.ruben.person_id, by=given.ylva)
    for by, refusal in ((given.olle, Forbidden), (given.nora, NotFound), (given.astrid, Forbidden)):
        with pytest.raises(refusal):
            await actions.withdraw(given.house, by=by, ref=ticket.ref, reason="Fel patient")
        with pytest.raises(refusal):
            async with given.database.transaction(by.scope) as connection:
                await staff_ticket(connection, by=by, ref=ticket.ref)


def test_the_days_and_the_leap_day() -> None:
    new = StaffTicket(
        kind=Ticketed.DROP_IN, person_id=1, to_provider_id=1, unit_id=1, role="nurse", reason="x"
    )
    assert last_day(new, TicketRules(), TODAY) == date(2028, 3, 1)
    assert last_day(new, TicketRules(drop_in_days=1), TODAY) == date(2028, 2, 29)


@pytest.mark.parametrize("own", range(1, 13))
def test_the_priority_is_the_visits_own_where_the_kind_has_it(own: int) -> None:
    def of_kind(kind: Ticketed, **more: Any) -> int:
        new = StaffTicket(
            kind=kind, person_id=1, to_provider_id=1, unit_id=1, role="nurse", reason="x", **more
        )
        return priority_of(new, msgspec.structs.replace(a_case(), priority=own))

    assert of_kind(Ticketed.BOOKING) == (own if 6 <= own <= 11 else 11)
    assert of_kind(Ticketed.DROP_IN) == (own if 2 <= own <= 5 else 5)
    assert of_kind(Ticketed.DROP_IN, case_kind="administrative") == 12
    assert of_kind(Ticketed.FORM) == 11
