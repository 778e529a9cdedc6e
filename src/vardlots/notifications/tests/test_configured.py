"""Texts to phones as a provider words them: length, what they may hold, and that they are sent so at once."""

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.cases import actions as cases
from vardlots.configuration import actions, book, queries
from vardlots.configuration.actions import Change
from vardlots.configuration.care import CARE_RULES
from vardlots.configuration.model import Body
from vardlots.notifications.actions import Post, notify
from vardlots.notifications.configured import SMS_TEMPLATE, SmsTemplate, preview, problems
from vardlots.notifications.model import NoticeKind
from vardlots.notifications.segments import is_gsm, segments
from vardlots.notifications.tests.test_notices import Phones
from vardlots.notifications.texts import NoticeTexts, _File, load_texts
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid

TEXTS = load_texts()
KEYS = [name for name in _File.__struct_fields__ if name != "link"]
signs = st.text(alphabet=st.sampled_from("aåé@€{~ß°ж😀 "), max_size=420)


def template(sv: str = "{provider}: Hej.", en: str = "{provider}: Hello.") -> SmsTemplate:
    return SmsTemplate(sv, en)


def fields(value: SmsTemplate, key: str = "case_accepted", *, links: bool = False) -> list[str]:
    found = problems(key, value, provider="Region Lotsvik", unit="Ängsviken", links=links)
    return [problem.field for problem in found]


# Length.


@pytest.mark.parametrize(
    ("text", "gsm", "units", "parts", "left"),
    [
        ("", True, 0, 0, 160),
        ("å" * 160, True, 160, 1, 0),
        ("å" * 161, True, 161, 2, 145),
        ("€" * 80, True, 160, 1, 0),
        ("€" * 81, True, 162, 2, 143),
        ("ж" * 70, False, 70, 1, 0),
        ("ж" * 71, False, 71, 2, 63),
        ("😀" * 35, False, 70, 1, 0),
        ("😀" * 36, False, 72, 2, 61),
        ("a" * 306, True, 306, 2, 0),
        ("a" * 307, True, 307, 3, 152),
        ("a" * 152 + "€" * 10, True, 172, 2, 133),
    ],
)
def test_how_many_messages_a_text_is(text: str, gsm: bool, units: int, parts: int, left: int) -> None:
    found = segments(text)
    assert (found.gsm, found.units, found.parts, found.left) == (gsm, units, parts, left)


@any_of(signs, signs)
def test_a_longer_text_is_never_fewer_messages(text: str, more: str) -> None:
    found, longer = segments(text), segments(text + more)
    if is_gsm(text + more) == is_gsm(text):
        assert longer.units >= found.units
    assert longer.parts >= found.parts
    assert found.left >= 0
    alone, joined = (160, 153) if found.gsm else (70, 67)
    assert found.parts <= 1 or found.units > alone
    assert found.units <= (alone if found.parts <= 1 else found.parts * joined)


# What a text may hold.


def test_the_products_own_texts_may_be_saved_for_every_kind() -> None:
    for key in KEYS:
        assert fields(SmsTemplate(TEXTS.written(key, "sv"), TEXTS.written(key, "en")), key) == []


@pytest.mark.parametrize(
    ("sv", "found"),
    [
        ("{patient}: Hej.", ["sv"]),
        ("{unit}: Hej.", ["sv"]),
        ("{provider: Hej.", ["sv"]),
        ("{provider}: Gå till https://vard.example", ["sv"]),
        ("{provider}: Gå till www.vard", ["sv"]),
        ("{provider}: Gå till lotsvik.se nu", ["sv"]),
        ("a" * 459, []),
        ("ж" * 202, ["sv"]),
        ("a" * 445 + "{provider}", []),
        ("a" * 449 + "{provider}", ["sv"]),
    ],
)
def test_what_a_text_may_hold(sv: str, found: list[str]) -> None:
    assert fields(template(sv)) == found


def test_links_are_for_providers_that_allow_them() -> None:
    assert fields(template("{provider}: https://vard.example"), links=True) == []


def test_staff_read_of_their_unit() -> None:
    assert fields(template("{unit}: Hej.", "{unit}: Hi."), "staff_new_patient") == []
    assert fields(template(), "staff_new_patient") == ["sv", "en"]
    assert (
        preview("staff_new_patient", "{unit}: Hej.", provider="x", unit="Ängsviken").text == "Ängsviken: Hej."
    )


@any_of(st.text(max_size=60))
def test_whatever_is_written_is_filled_in_or_stands(written: str) -> None:
    shown = preview("case_accepted", written, provider="{provider}", unit="")
    assert shown.text == written


# In force.


async def save(given: Cast, key: str, body: Body | None, base: int = 0) -> None:
    change = Change(key=key, body=body, base_version=base)
    await actions.save(
        given.database, given.house.hub, by=given.astrid, kind=SMS_TEMPLATE, changes=[change], reason="Prov"
    )
    book.forget()


async def text_of(given: Cast, texts: NoticeTexts = TEXTS) -> str:
    """What Ruben's phone shows when a case of his is taken."""
    ref = await given.waiting_case(given.ruben, reason=f"reason_{clock.now().timestamp()}")
    n = await cases.accept(given.house, by=given.ylva, ref=ref)
    phones = Phones()
    post = Post(given.database, given.house.hub, sms=phones, texts=texts)
    by = SystemActor(ref.provider_id, "test")
    await notify(post, by=by, ref=ref, kind=NoticeKind.CASE_ACCEPTED, n=n)
    return phones.handed[0].text


async def test_a_saved_text_is_sent_from_then_on(given: Cast) -> None:
    name = (await text_of(given)).partition(":")[0]
    assert name.startswith("Region Lotsvik")
    await save(
        given,
        "case_accepted",
        {"sv": "{provider}: Någon har svarat här.", "en": "E"},
    )
    assert await text_of(given) == f"{name}: Någon har svarat här."
    async with given.database.transaction(given.nora.scope) as connection:
        found = await book.saved(connection, given.nora.provider_id, SMS_TEMPLATE, SmsTemplate)
    assert found == {}


async def test_what_stands_is_every_text_of_the_product_and_none_can_be_added_or_removed(given: Cast) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await queries.items(connection, given.astrid.provider_id, SMS_TEMPLATE, clock.now())
    assert {one.key: one.body["sv"] for one in found} == {key: TEXTS.written(key, "sv") for key in KEYS}
    assert all(SMS_TEMPLATE.title(SmsTemplate(**one.body)) for one in found)
    with pytest.raises(Invalid):
        await save(given, "case_lost", {"sv": "a", "en": "b"})
    with pytest.raises(Forbidden):
        await save(given, "case_ended", None)


async def test_a_link_follows_the_providers_rule(given: Cast) -> None:
    body = {"sv": "{provider}: https://vard.example", "en": "{provider}: https://vard.example"}
    with pytest.raises(Invalid):
        await save(given, "case_accepted", body)
    linked = load_texts(link="https://logga-in.example", links=True)
    assert (await text_of(given, texts=linked)).endswith(" https://logga-in.example")
    await allow_links(given, False, 0)
    assert "://" not in await text_of(given, texts=linked)
    await allow_links(given, True, 1)
    assert (await text_of(given, texts=load_texts(link="https://logga-in.example"))).endswith(".example")
    await save(given, "case_accepted", body)
    assert "https://vard.example" in await text_of(given)


async def allow_links(given: Cast, allowed: bool, base: int) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        standing = await CARE_RULES.standing(connection, given.astrid.provider_id)
    body = {**standing["provider"].body, "sms_links": allowed}
    change = Change(key="provider", body=body, base_version=base)
    await actions.save(
        given.database, given.house.hub, by=given.astrid, kind=CARE_RULES, changes=[change], reason="Prov"
    )
