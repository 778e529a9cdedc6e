"""Notices to phones: once, quiet when read, never to protected persons, and never lost or doubled by a crash."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor, SystemActor
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef, Kind
from vardlots.cases.queries import readable_case, timeline
from vardlots.configuration.placeholders import fill
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.notifications import policy
from vardlots.notifications.actions import GIVE_UP_AFTER, Post, notify
from vardlots.notifications.jobs import sweep
from vardlots.notifications.model import NoticeKind, NoticeState, Sms, Why
from vardlots.notifications.outbox import OutboxSender
from vardlots.notifications.queries import outbox
from vardlots.notifications.segments import segments
from vardlots.notifications.sms import HttpSender, NotAccepted
from vardlots.notifications.texts import BadNoticeText, load_texts
from vardlots.people.actions import relate
from vardlots.people.queries import Person, person
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Unavailable
from vardlots.triage.actions import set_mobile

ACCEPTED, WAITING, ENDED = NoticeKind.CASE_ACCEPTED, NoticeKind.MESSAGE_WAITING, NoticeKind.CASE_ENDED


@dataclass
class Phones:
    """A sender that remembers what it was handed, and breaks when told to."""

    handed: list[Sms] = field(default_factory=list)
    break_after: type[BaseException] | None = None
    break_before: Exception | None = None

    async def send(self, sms: Sms) -> None:
        if self.break_before is not None:
            raise self.break_before
        self.handed.append(sms)
        if self.break_after is not None:
            raise self.break_after


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return Post(given.database, given.house.hub, sms=phones, texts=load_texts())


def system(ref: CaseRef) -> SystemActor:
    return SystemActor(ref.provider_id, "test")


async def accepted(given: Cast) -> tuple[CaseRef, int]:
    ref = await given.waiting_case(given.elin, person_id=given.tuva)
    return ref, await cases.accept(given.house, by=given.ylva, ref=ref)


async def told(given: Cast, ref: CaseRef) -> tuple[str, list[dict[str, object]]]:
    """What the case and its timeline say of notices, to staff."""
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        rows = await timeline(connection, ref)
    return case.notice_state, [row.body for row in rows if row.kind is Kind.NOTICE]


async def test_the_guardian_is_told_once_however_often_the_job_runs(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref, n = await accepted(given)
    for _ in range(3):
        assert await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n) is NoticeState.SENT
    assert [sms.recipient for sms in phones.handed] == ["+46701740612"]
    assert await told(given, ref) == ("sent", [{"notice": "case_accepted", "about": n, "outcome": "sent"}])
    # The patient sees nothing of it in the timeline.
    async with given.database.transaction(given.elin.scope) as connection:
        assert Kind.NOTICE not in [row.kind for row in await timeline(connection, ref)]


async def test_two_workers_at_once_settle_one_notice(given: Cast, post: Post, phones: Phones) -> None:
    ref, n = await accepted(given)
    await asyncio.gather(*(notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n) for _ in range(6)))
    # Each may hand it over, always as the same message; the provider's idempotency makes that one.
    assert len({sms.reference for sms in phones.handed}) == 1
    assert len((await told(given, ref))[1]) == 1


async def test_a_crash_between_send_and_mark_sends_the_same_message(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref, n = await accepted(given)
    phones.break_after = asyncio.CancelledError
    with pytest.raises(asyncio.CancelledError):
        await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n)
    phones.break_after = None
    await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n)
    assert len({sms.reference for sms in phones.handed}) == 1
    assert (await told(given, ref))[0] == "sent"


async def test_the_outbox_keeps_one_of_the_same_message(given: Cast) -> None:
    ref, n = await accepted(given)
    sender = OutboxSender(given.database)
    sms = Sms(f"test-{ref}-{n}", "+46701740699", "Hej")
    await sender.send(sms)
    await sender.send(sms)
    async with given.database.transaction(NOBODY) as connection:
        assert [one.body for one in await outbox(connection) if one.recipient == "+46701740699"] == ["Hej"]


async def test_who_has_read_is_left_in_peace(given: Cast, post: Post, phones: Phones) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await write(given.house, by=given.ylva, ref=ref, message=Message("Hur mår du?", "key-quiet-1"))
    await mark_read(given.house, by=given.ruben, ref=ref, n=n)
    assert await notify(post, by=system(ref), ref=ref, kind=WAITING, n=n) is NoticeState.SKIPPED
    assert phones.handed == []
    assert (await told(given, ref))[1] == []


async def test_no_number_is_told_to_staff(given: Cast, post: Post, phones: Phones) -> None:
    await set_mobile(given.house, by=given.elin, mobile=None)
    ref, n = await accepted(given)
    assert await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n) is NoticeState.SKIPPED
    assert phones.handed == []
    assert await told(given, ref) == (
        "no_number",
        [{"notice": "case_accepted", "about": n, "outcome": "no_number"}],
    )


async def test_protected_identity_comes_before_everything(given: Cast) -> None:
    ref, n = await accepted(given)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        elin, tuva = [await person(connection, i) for i in (given.elin.person_id, given.tuva)]
    assert elin is not None
    assert tuva is not None

    def hidden(one: Person) -> Person:
        return msgspec.structs.replace(one, protected=True)

    assert policy.why_not(ACCEPTED, case, hidden(tuva), elin, n) is Why.PROTECTED
    assert (
        policy.why_not(ACCEPTED, case, tuva, hidden(msgspec.structs.replace(elin, mobile=None)), n)
        is Why.PROTECTED
    )
    assert policy.why_not(ACCEPTED, case, tuva, elin, n) is None
    # Whoever is reached by telephone is sent nothing, whatever number there is.
    called = msgspec.structs.replace(case, contact="telephone")
    assert policy.why_not(ACCEPTED, called, tuva, elin, n) is Why.TELEPHONE
    assert policy.why_not(ACCEPTED, called, hidden(tuva), elin, n) is Why.PROTECTED


async def test_a_guardian_who_may_no_longer_read_is_told_nothing_and_staff_are(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref, n = await accepted(given)
    await relate(given.database, guardian_id=given.elin.person_id, children=[(given.tuva, True)])
    state = await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n)
    assert (state, phones.handed) == (NoticeState.SKIPPED, [])
    assert (await told(given, ref))[0] == "failed"


async def test_a_child_who_has_turned_thirteen_is_told_instead_of_the_guardian(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref, n = await accepted(given)
    child = PatientActor(given.tuva, "Tuva Sjöqvarn")
    await set_mobile(given.house, by=child, mobile="+46701740699")
    with clock.shifted(timedelta(days=12 * 366)):
        state = await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n)
    assert (state, [sms.recipient for sms in phones.handed]) == (NoticeState.SENT, ["+46701740699"])


async def test_a_case_that_was_put_back_is_no_news(given: Cast, post: Post, phones: Phones) -> None:
    ref, n = await accepted(given)
    await cases.release(given.house, by=given.ylva, ref=ref)
    assert await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n) is NoticeState.SKIPPED
    assert phones.handed == []


async def test_a_provider_that_is_down_is_tried_again_and_given_up_at_last(
    given: Cast, post: Post, phones: Phones
) -> None:
    ref, n = await accepted(given)
    phones.break_before = Unavailable("down")
    with pytest.raises(Unavailable):
        await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n)
    await sweep(post)
    assert (await told(given, ref))[0] == "none"
    with clock.shifted(GIVE_UP_AFTER * 1.1):
        await sweep(post)
    assert await told(given, ref) == (
        "failed",
        [{"notice": "case_accepted", "about": n, "outcome": "failed", "why": "gave_up"}],
    )


async def test_a_number_that_is_none_fails_at_once(given: Cast, post: Post, phones: Phones) -> None:
    ref, n = await accepted(given)
    phones.break_before = NotAccepted(422)
    assert await notify(post, by=system(ref), ref=ref, kind=ACCEPTED, n=n) is NoticeState.FAILED
    assert (await told(given, ref))[0] == "failed"


class Provider:
    """An SMS provider on the wire: what it got, and what it says."""

    def __init__(self) -> None:
        self.got: list[httpx.Request] = []
        self.says = 202

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request)
        return httpx.Response(self.says)


@pytest.fixture
def wire() -> tuple[Provider, HttpSender]:
    provider = Provider()
    return provider, HttpSender("https://sms.example/send", "secret", transport=httpx.MockTransport(provider))


async def test_the_contract_with_an_sms_provider(wire: tuple[Provider, HttpSender]) -> None:
    provider, sender = wire
    await sender.send(Sms("vardlots-1-42-case_ended-7", "+46701740612", "Hej"))
    request = provider.got[0]
    assert request.headers["idempotency-key"] == "vardlots-1-42-case_ended-7"
    assert request.headers["authorization"] == "Bearer secret"
    assert msgspec.json.decode(request.content) == {
        "reference": "vardlots-1-42-case_ended-7",
        "to": "+46701740612",
        "text": "Hej",
    }


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (200, None),
        (409, None),
        (400, NotAccepted),
        (422, NotAccepted),
        (401, Unavailable),
        (429, Unavailable),
        (503, Unavailable),
    ],
)
async def test_what_the_providers_answers_mean(
    wire: tuple[Provider, HttpSender], status: int, raised: type[Exception] | None
) -> None:
    provider, sender = wire
    provider.says = status
    sms = Sms("r", "+46701740612", "Hej")
    if raised is None:
        await sender.send(sms)
    else:
        with pytest.raises(raised):
            await sender.send(sms)


def test_texts_say_who_and_that_never_what() -> None:
    texts = load_texts(link="https://vard.example")
    for kind in NoticeKind:
        for lang in ("sv", "en", "ti"):
            text = fill(texts.written(kind, lang), {"provider": "Region Lotsvik"})
            assert text.startswith("Region Lotsvik: ")
            assert segments(text).parts == 1
            assert "://" not in text
    assert "meddelande" in texts.written(WAITING, "sv")
    assert "message" in texts.written(WAITING, "en")
    assert texts.written(WAITING, "ti") == texts.written(WAITING, "sv")


@pytest.mark.parametrize(
    ("installation", "provider", "linked"),
    [(False, None, False), (True, None, True), (False, True, True), (True, False, False)],
)
def test_the_provider_decides_about_links_and_else_the_installation(
    installation: bool, provider: bool | None, linked: bool
) -> None:
    texts = load_texts(link="https://vard.example", links=installation)
    assert texts.with_link("a", "sv", allowed=provider) == ("a https://vard.example" if linked else "a")
    assert load_texts(links=True).with_link("a", "sv", allowed=True) == "a"


@pytest.mark.parametrize("bad", ["Hej {patient}", "Se https://vard.example", "x" * 150])
def test_a_text_that_says_too_much_is_refused(tmp_path: object, bad: str) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    for lang in ("sv", "en"):
        (folder / f"{lang}.toml").write_text(
            f'case_accepted = "{bad}"\nmessage_waiting = "a"\ncase_ended = "b"\nlink = "c"\n'
            'staff_new_message = "d"\nstaff_new_patient = "e"\n',
            encoding="utf-8",
        )
    with pytest.raises(BadNoticeText):
        load_texts(folder)
