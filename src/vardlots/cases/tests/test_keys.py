"""A client's own name for a row can never stand in the way of the product's own rows."""

import pytest
from tests.cast import Cast

from vardlots.cases import actions
from vardlots.cases.model import Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.platform.errors import Invalid

BAD = ("", "short", "x" * 65, "welcome:3", "notice:12", "med blank tecken", "åäöåäöåäö", "rad\nrad\nrad")


async def test_a_patient_cannot_take_the_key_of_the_welcome_and_so_stop_the_visit(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    for n in range(2, 6):
        await actions.add_information(
            given.house, by=given.ruben, ref=ref, text="Mer.", key=f"welcome-{n + 4}"
        )
    await actions.accept(given.house, by=given.ylva, ref=ref)
    await actions.start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        rows = await timeline(connection, ref)
    assert (case.phase, rows[-1].kind) == (Phase.ONGOING, Kind.MESSAGE)


@pytest.mark.parametrize("key", BAD)
async def test_a_key_is_a_plain_word_of_bounded_length(given: Cast, key: str) -> None:
    ref = await given.waiting_case(given.ruben)
    with pytest.raises(Invalid):
        await actions.add_information(given.house, by=given.ruben, ref=ref, text="Mer.", key=key)
    with pytest.raises(Invalid):
        await write(given.house, by=given.ruben, ref=ref, message=Message("Hej", key))
