"""Receipts of texts: read, taken in any order, told on the case, and the way in for another system only."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef, Kind
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.notifications import jobs as notice_jobs
from vardlots.notifications import receiving
from vardlots.notifications.actions import Post, notify, take_receipt
from vardlots.notifications.model import NoticeKind, NoticeState, Receipt, Sms, StaffNoticeKind, Why
from vardlots.notifications.outbox import OutboxSender
from vardlots.notifications.receipts import MOST, provider_of, read_receipts
from vardlots.notifications.tests.phones import Phones, on_shift, post_with, sent, system, wants
from vardlots.platform import jobs
from vardlots.platform.errors import Invalid
from vardlots.platform.limits import Limit

S = NoticeState
SECRET = "a-secret-of-at-least-thirty-two-bytes"


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


async def told(given: Cast, post: Post) -> tuple[CaseRef, str]:
    """A case that was taken, and the reference of the text that told of it."""
    ref = await given.waiting_case(given.ruben)
    n = await cases.accept(given.house, by=given.ylva, ref=ref)
    await notify(post, by=system(ref), ref=ref, kind=NoticeKind.CASE_ACCEPTED, n=n)
    return ref, f"vardlots-{ref}-case_accepted-{n}"


async def seen(given: Cast, ref: CaseRef) -> tuple[str, list[str]]:
    """What the case and its timeline say."""
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        rows = await timeline(connection, ref)
    return case.notice_state, [row.body["outcome"] for row in rows if row.kind is Kind.NOTICE]


async def take(given: Cast, ref: CaseRef, reference: str, state: S, why: Why | None = None) -> S | None:
    return await take_receipt(given.house, by=system(ref), receipt=Receipt(reference, state, why))


async def test_delivered_is_said_on_the_case_once(given: Cast, post: Post) -> None:
    ref, reference = await told(given, post)
    for _ in range(3):
        assert await take(given, ref, reference, S.DELIVERED) is S.DELIVERED
    assert await seen(given, ref) == ("delivered", ["sent", "delivered"])


@pytest.mark.parametrize(
    "order", list(itertools.permutations([S.SENT, S.FAILED, S.DELIVERED])), ids=lambda o: "-".join(o)
)
async def test_any_order_ends_the_same(given: Cast, post: Post, order: tuple[S, ...]) -> None:
    ref, reference = await told(given, post)
    for state in order:
        await take(given, ref, reference, state, Why.PHONE_OFF if state is S.FAILED else None)
    assert (await seen(given, ref))[0] == "delivered"


async def test_many_at_once_end_the_same(given: Cast, post: Post) -> None:
    ref, reference = await told(given, post)
    await asyncio.gather(*(take(given, ref, reference, one) for one in (S.DELIVERED, S.FAILED, S.SENT) * 3))
    state, outcomes = await seen(given, ref)
    assert state == "delivered"
    assert outcomes.count("delivered") == 1


async def test_a_failure_says_why(given: Cast, post: Post) -> None:
    ref, reference = await told(given, post)
    await take(given, ref, reference, S.FAILED, Why.NO_SUCH_NUMBER)
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await timeline(connection, ref)
    assert rows[-1].body["why"] == "no_such_number"
    assert (await seen(given, ref))[0] == "failed"


async def test_a_receipt_before_our_own_mark_is_kept(given: Cast) -> None:
    """The provider's receipt is here before its answer to us."""

    class Quick(Phones):
        async def send(self, sms: Sms) -> None:
            await super().send(sms)
            await take(given, ref, sms.reference, S.DELIVERED)

    ref = await given.waiting_case(given.ruben)
    n = await cases.accept(given.house, by=given.ylva, ref=ref)
    state = await notify(
        post_with(given, Quick()), by=system(ref), ref=ref, kind=NoticeKind.CASE_ACCEPTED, n=n
    )
    assert state is S.DELIVERED
    assert await seen(given, ref) == ("delivered", ["delivered"])


async def test_an_old_texts_receipt_does_not_speak_for_the_new_one(given: Cast, post: Post) -> None:
    ref, first = await told(given, post)
    await cases.start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    n = await write(given.house, by=given.ylva, ref=ref, message=Message("Hur är det?", "receipt-row-001"))
    await notify(post, by=system(ref), ref=ref, kind=NoticeKind.MESSAGE_WAITING, n=n)
    await take(given, ref, first, S.FAILED, Why.PHONE_OFF)
    assert (await seen(given, ref))[0] == "sent"
    await take(given, ref, f"vardlots-{ref}-message_waiting-{n}", S.DELIVERED)
    assert (await seen(given, ref))[0] == "delivered"


async def test_of_a_text_to_staff_no_case_tells(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva")
    await on_shift(given, "ylva")
    ref = await given.waiting_case(given.ruben)
    await sent(post, ref, StaffNoticeKind.NEW_PATIENT, 1)
    assert await take(given, ref, phones.handed[0].reference, S.DELIVERED) is S.DELIVERED
    assert await seen(given, ref) == ("none", [])


async def test_another_providers_receipt_reaches_nothing(given: Cast, post: Post) -> None:
    ref, reference = await told(given, post)
    other = CaseRef(given.norrhamn.provider_id, ref.case_id)
    assert await take(given, other, reference, S.DELIVERED) is None
    assert (await seen(given, ref))[0] == "sent"


async def test_a_fault_on_the_way_leaves_it_to_be_sent_again(
    given: Cast, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, reference = await told(given, post)

    async def fall(*_: object, **__: object) -> None:
        raise RuntimeError("fell")

    monkeypatch.setattr("vardlots.notifications.actions._tell_staff", fall)
    with pytest.raises(RuntimeError):
        await take(given, ref, reference, S.DELIVERED)
    monkeypatch.undo()
    assert await seen(given, ref) == ("sent", ["sent"])
    await take(given, ref, reference, S.DELIVERED)
    assert await seen(given, ref) == ("delivered", ["sent", "delivered"])


async def test_the_local_adapter_has_receipts_too(
    given: Cast, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised: list[dict[str, str]] = []
    real = jobs.enqueue

    async def noted(connection: object, name: str, payload: dict[str, str], **how: object) -> None:
        if name == "notifications.receipt":
            promised.append(payload)
        await real(connection, name, payload, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "enqueue", noted)
    local = msgspec.structs.replace(post, sms=OutboxSender(given.database))
    ref, reference = await told(given, local)
    await local.sms.send(Sms(reference, "+46701740699", "Hej"))
    assert promised == [{"reference": reference, "state": "delivered"}]
    await notice_jobs.receipt(local, promised[0])
    assert await seen(given, ref) == ("delivered", ["sent", "delivered"])
    # Of a shift that was forgotten there is nobody to tell.
    await notice_jobs.receipt(local, {"reference": "vardlots-shift-7", "state": "delivered"})


def test_receipts_are_read_one_or_many() -> None:
    one = b'{"reference": "vardlots-1-42-case_ended-7", "state": "delivered", "to": "+4670"}'
    assert read_receipts(one) == [Receipt("vardlots-1-42-case_ended-7", S.DELIVERED)]
    many = (
        b'[{"reference": "a", "state": "failed", "reason": "barred"}, {"reference": "b", "state": "failed"}]'
    )
    assert [one.why for one in read_receipts(many)] == [Why.BARRED, Why.UNDELIVERED]
    # Our own reasons are not the provider's to give.
    own = b'{"reference": "a", "state": "failed", "reason": "protected"}'
    assert read_receipts(own)[0].why is Why.UNDELIVERED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"reference": "a", "state": "skipped"}',
        b"\xff",
        b"null",
        b'{"reference": 7, "state": "sent"}',
    ],
)
def test_what_is_no_receipt_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_receipts(body)


def test_too_many_at_once_are_refused() -> None:
    one = {"reference": "a", "state": "sent"}
    assert len(read_receipts(msgspec.json.encode([one] * MOST))) == MOST
    with pytest.raises(Invalid):
        read_receipts(msgspec.json.encode([one] * (MOST + 1)))


def test_whose_a_reference_is() -> None:
    assert provider_of("vardlots-3-42-case_ended-7") == 3
    assert provider_of("vardlots-3-42-new_patient-7-staff-12") == 3
    for strange in (
        "vardlots-shift-7",
        "vardlots-3-42-case_ended",
        "x",
        "",
        "vardlots-9999999999-1-a-1",
        "vardlots-٣-42-a-1",
    ):
        assert provider_of(strange) is None


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(receiving, "_wrong", Limit(5, 60.0))
    monkeypatch.setattr(receiving, "_right", Limit(20, 60.0))
    async with open_site(database_url, tmp_path) as opened:
        state = opened.app.state
        state.settings = msgspec.structs.replace(state.settings, sms_receipt_secret=SECRET)
        yield opened


async def posted(site: Site, body: object, secret: str | None = SECRET) -> int:
    """As another system does it: no cookie, no form token."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = [(b"authorization", f"Bearer {secret}".encode())] if secret else []
    transport = httpx.ASGITransport(app=site.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post("/sms/receipts", content=raw, headers=headers)
    assert answer.content == b"" or answer.status_code in (404, 429)
    return answer.status_code


async def test_the_way_in_takes_them(site: Site, given: Cast, post: Post) -> None:
    ref, reference = await told(given, post)
    receipts = [{"reference": reference, "state": one} for one in ("delivered", "sent")]
    assert await posted(site, receipts) == 204
    assert (await seen(given, ref))[0] == "delivered"


async def test_what_we_do_not_know_is_answered_alike(site: Site, given: Cast, post: Post) -> None:
    ref, reference = await told(given, post)
    unknown = (f"{reference}0", "vardlots-999999-1-case_ended-1", "vardlots-shift-1", "somebody else's")
    for strange in unknown:
        assert await posted(site, {"reference": strange, "state": "delivered"}) == 204
    assert (await seen(given, ref))[0] == "sent"


async def test_nobody_else_comes_in(site: Site, given: Cast, post: Post) -> None:
    ref, reference = await told(given, post)
    receipt = {"reference": reference, "state": "delivered"}
    for wrong in (None, "", SECRET[:-1], SECRET + "x", "å"):
        assert await posted(site, receipt, wrong) == 401
    assert (await seen(given, ref))[0] == "sent"
    # After some guesses the door stays shut, to a right one it does not.
    assert await posted(site, receipt, "guess") == 429
    assert await posted(site, receipt) == 204


async def test_where_no_secret_is_set_there_is_no_way_in(site: Site) -> None:
    site.app.state.settings = msgspec.structs.replace(site.app.state.settings, sms_receipt_secret=None)
    assert await posted(site, {"reference": "a", "state": "sent"}, "") == 404


async def test_what_cannot_be_read_or_is_too_long_is_refused(site: Site) -> None:
    assert await posted(site, b"hello") == 422
    assert await posted(site, b"[" + b" " * receiving.LONGEST + b"]") == 413


async def test_a_flood_is_held(site: Site) -> None:
    answers = [await posted(site, {"reference": "a", "state": "sent"}) for _ in range(22)]
    assert set(answers) == {204, 429}


async def test_nothing_of_it_is_logged(
    site: Site, given: Cast, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    _, reference = await told(given, post)
    capsys.readouterr()
    await posted(site, {"reference": reference, "state": "failed", "reason": "barred", "to": "+46701740699"})
    written = "".join(capsys.readouterr())
    assert "sms_receipts" in written or written == ""
    for secret in (reference, "+46701740699", SECRET):
        assert secret not in written
