"""The text about a forgotten shift: to its owner's phone, once, and not when it has ended meanwhile."""

from datetime import timedelta

import pytest
from tests.cast import Cast

from vardlots.access.actions import end_shift, start_shift
from vardlots.notifications.actions import Post
from vardlots.notifications.model import Sms
from vardlots.notifications.staff.shifts import remind_of_shift
from vardlots.notifications.texts import load_texts
from vardlots.platform import clock
from vardlots.platform.db import NOBODY


class Phones:
    """A provider of texts that keeps what it was given, the same reference once."""

    def __init__(self) -> None:
        self.sent: dict[str, Sms] = {}

    async def send(self, sms: Sms) -> None:
        self.sent.setdefault(sms.reference, sms)


@pytest.fixture
def phones() -> Phones:
    return Phones()


async def shift_of_ylva(given: Cast, mobile: str | None) -> int:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE staff SET mobile = $2 WHERE staff_id = $1", given.ylva.staff_id, mobile
        )
    with clock.at(clock.now() - timedelta(hours=13)):
        return await start_shift(
            given.database,
            by=given.ylva,
            unit_id=given.angsviken.unit_id,
            role="nurse",
            shift_type="primary",
        )


async def remind(given: Cast, phones: Phones, shift_id: int) -> list[Sms]:
    post = Post(given.database, given.house.hub, sms=phones, texts=load_texts())
    await remind_of_shift(post, {"provider_id": given.angsviken.provider_id, "shift_id": shift_id})
    return list(phones.sent.values())


async def test_the_owner_is_told_once_and_where(given: Cast, phones: Phones) -> None:
    shift_id = await shift_of_ylva(given, "+46701740605")
    await remind(given, phones, shift_id)
    (sms,) = await remind(given, phones, shift_id)
    assert sms.recipient == "+46701740605"
    assert sms.text.startswith("Ängsviken: Ditt skift")


async def test_nobody_is_told_of_a_shift_that_has_ended_or_without_a_number(
    given: Cast, phones: Phones
) -> None:
    shift_id = await shift_of_ylva(given, None)
    assert await remind(given, phones, shift_id) == []
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE staff SET mobile = '+46701740605' WHERE staff_id = $1", given.ylva.staff_id
        )
    await end_shift(given.database, by=given.ylva)
    assert await remind(given, phones, shift_id) == []
