"""A unit's phone and its consultations: by the roster, by the scheme, once, and naming nobody."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.cast import Cast, Unit, number_of

from vardlots.access.actor import SystemActor
from vardlots.configuration import actions as configuration
from vardlots.configuration import book
from vardlots.configuration.actions import Change
from vardlots.configuration.roster import ROSTER, Roster
from vardlots.consultations import actions as consultations
from vardlots.consultations.model import Consent, ConsultationRef, NewConsultation, Subject
from vardlots.consultations.queries import readable
from vardlots.notifications import actions as notices
from vardlots.notifications.actions import GIVE_UP_AFTER, Post, take_receipt
from vardlots.notifications.jobs import sweep
from vardlots.notifications.model import NoticeState, PhoneNoticeKind, Receipt, Why
from vardlots.notifications.roster import OwnRoster
from vardlots.notifications.sms import NotAccepted
from vardlots.notifications.tests.phones import Phones, post_with
from vardlots.notifications.tests.roster_contract import keeps_the_contract
from vardlots.notifications.units.actions import tell
from vardlots.platform import clock
from vardlots.platform.errors import Unavailable

CAME, WAITS = PhoneNoticeKind.CONSULTATION_CAME, PhoneNoticeKind.CONSULTATION_WAITS
PHONE = "+46701740605"


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


async def reached_on(given: Cast, unit: Unit, phone: str = PHONE) -> None:
    """The administrator writes the unit's phone."""
    by = given.astrid
    if unit.provider_id != by.provider_id:
        by = msgspec.structs.replace(by, provider_id=unit.provider_id, unit_id=unit.unit_id)
    body = msgspec.to_builtins(Roster(phone=phone))
    change = Change(key=str(unit.unit_id), body=body, base_version=0)
    await configuration.save(
        given.database, given.house.hub, by=by, kind=ROSTER, changes=[change], reason="Prov"
    )
    book.forget()


async def asked(given: Cast, priority: int = 3, *, elsewhere: bool = False) -> ConsultationRef:
    """Ylva asks Strandgatan, or the other provider."""
    ref = await given.ongoing_case(given.ruben)
    unit = given.norrhamn if elsewhere else given.strandgatan
    new = NewConsultation(
        person_id=given.ruben.person_id,
        to_provider_id=unit.provider_id,
        unit_id=unit.unit_id,
        role="nurse",
        reason="shoulder_pain",
        priority=priority,
        problem="Ruben Ekdunge har ont i axeln",
        from_case=ref,
        consent=Consent("phone", "patient") if elsewhere else None,
        subject=Subject("Ruben Ekdunge", number_of(given.ruben.person_id)) if elsewhere else None,
    )
    sent = await consultations.send(given.house, by=given.ylva, new=new, key=f"phone-{ref}-{priority}")
    return sent.ref


def system(ref: ConsultationRef) -> SystemActor:
    return SystemActor(ref.provider_id, "test")


async def state_of(given: Cast, ref: ConsultationRef) -> str:
    async with given.database.transaction(given.ylva.scope) as connection:
        return (await readable(connection, by=system(ref), ref=ref)).phone_state


async def test_the_phone_is_told_once_and_of_nobody(given: Cast, post: Post, phones: Phones) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    for _ in range(3):
        assert await tell(post, by=system(ref), ref=ref, kind=CAME) is NoticeState.SENT
    [sms] = phones.handed
    assert sms.recipient == PHONE
    assert sms.text.startswith(given.strandgatan.name)
    for secret in ("Ruben", "Ekdunge", "axel", "Ylva", "http"):
        assert secret not in sms.text
    assert await state_of(given, ref) == "sent"


@pytest.mark.parametrize("priority", range(1, 13))
async def test_the_scheme_says_which_priorities_are_told(
    given: Cast, post: Post, phones: Phones, priority: int
) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given, priority)
    await tell(post, by=system(ref), ref=ref, kind=CAME)
    assert bool(phones.handed) is (priority <= 5)


async def test_another_providers_unit_is_reached_by_its_own_roster(
    given: Cast, post: Post, phones: Phones
) -> None:
    await reached_on(given, given.strandgatan, "+46701740699")
    await reached_on(given, given.norrhamn)
    ref = await asked(given, elsewhere=True)
    await tell(post, by=system(ref), ref=ref, kind=CAME)
    assert phones.numbers == [PHONE]
    assert phones.handed[0].text.startswith(given.norrhamn.name)


async def test_without_a_number_nothing_is_sent_and_it_is_said(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref = await asked(given)
    assert await tell(post, by=system(ref), ref=ref, kind=CAME) is NoticeState.SKIPPED
    assert (phones.handed, await state_of(given, ref)) == ([], "no_number")


async def test_what_somebody_has_taken_is_no_news(given: Cast, post: Post, phones: Phones) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    await consultations.accept(given.house, by=given.olle, ref=ref)
    for kind in PhoneNoticeKind:
        assert await tell(post, by=system(ref), ref=ref, kind=kind, n=2) is None
    assert phones.handed == []


async def test_each_reminder_is_a_text_of_its_own(given: Cast, post: Post, phones: Phones) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    await tell(post, by=system(ref), ref=ref, kind=CAME)
    for n in (2, 3, 3):
        await tell(post, by=system(ref), ref=ref, kind=WAITS, n=n)
    assert len({sms.reference for sms in phones.handed}) == 3


async def test_two_workers_at_once_send_one_text(given: Cast, post: Post, phones: Phones) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    await asyncio.gather(*(tell(post, by=system(ref), ref=ref, kind=CAME) for _ in range(6)))
    assert len({sms.reference for sms in phones.handed}) == 1


async def test_a_silent_provider_of_texts_is_tried_again_and_then_given_up(
    given: Cast, post: Post, phones: Phones
) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    phones.breaks = Unavailable("sms")
    with pytest.raises(Unavailable):
        await tell(post, by=system(ref), ref=ref, kind=CAME)
    phones.breaks = None
    with clock.shifted(GIVE_UP_AFTER + timedelta(minutes=1)):
        await sweep(post)
        assert await state_of(given, ref) == "failed"
        # What has been given up is not sent after all.
        assert await tell(post, by=system(ref), ref=ref, kind=CAME) is NoticeState.FAILED
    assert phones.handed == []


async def test_a_number_that_is_refused(given: Cast, post: Post, phones: Phones) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    phones.breaks = NotAccepted(422)
    assert await tell(post, by=system(ref), ref=ref, kind=CAME) is NoticeState.FAILED
    assert await state_of(given, ref) == "failed"


@pytest.mark.parametrize("first", [NoticeState.DELIVERED, NoticeState.FAILED])
async def test_receipts_in_any_order_end_the_same(given: Cast, post: Post, first: NoticeState) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    await tell(post, by=system(ref), ref=ref, kind=CAME)
    reference = f"vardlots-{ref.provider_id}-c{ref.consultation_id}-{CAME}-0"
    order = [first, NoticeState.FAILED, NoticeState.DELIVERED, NoticeState.SENT]
    for state in order:
        why = Why.PHONE_OFF if state is NoticeState.FAILED else None
        await take_receipt(post, by=system(ref), receipt=Receipt(reference, state, why))
    assert await state_of(given, ref) == "delivered"


async def test_another_providers_receipt_changes_nothing(given: Cast, post: Post) -> None:
    await reached_on(given, given.strandgatan)
    ref = await asked(given)
    await tell(post, by=system(ref), ref=ref, kind=CAME)
    reference = f"vardlots-{ref.provider_id}-c{ref.consultation_id}-{CAME}-0"
    by = SystemActor(given.norrhamn.provider_id, "test")
    assert await take_receipt(post, by=by, receipt=Receipt(reference, NoticeState.DELIVERED)) is None
    assert await state_of(given, ref) == "sent"


async def test_a_roster_that_does_not_answer_is_asked_again(given: Cast, post: Post, phones: Phones) -> None:
    class Silent:
        async def phone_for(self, *, provider_id: int, unit_id: int, moment: datetime) -> str | None:
            raise Unavailable("roster")

    ref = await asked(given)
    silent = msgspec.structs.replace(post, roster=Silent())
    with pytest.raises(Unavailable):
        await notices_of(silent, ref)
    await reached_on(given, given.strandgatan)
    await notices_of(post, ref)
    assert phones.numbers == [PHONE]


async def notices_of(post: notices.Post, ref: ConsultationRef) -> None:
    await tell(post, by=system(ref), ref=ref, kind=CAME)


async def test_our_own_roster_keeps_the_contract(given: Cast) -> None:
    await reached_on(given, given.angsviken)
    await reached_on(given, given.norrhamn, "+46701740699")
    own = OwnRoster(given.database)
    moments = [
        clock.now(),
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    ]
    await keeps_the_contract(
        own,
        provider_id=given.angsviken.provider_id,
        unit_id=given.angsviken.unit_id,
        elsewhere=(given.norrhamn.provider_id, given.norrhamn.unit_id),
        moments=moments,
    )
    at = await own.phone_for(
        provider_id=given.angsviken.provider_id, unit_id=given.angsviken.unit_id, moment=clock.now()
    )
    assert at == PHONE
