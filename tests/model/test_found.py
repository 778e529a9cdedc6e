"""What the walks have found, told in a few lines each: so that it is seen at once should it come back."""

import pytest
from tests.cast import Cast
from tests.model.world import every_row

from vardlots.conversations.actions import Message, write
from vardlots.conversations.talk.actions import say
from vardlots.platform.errors import Invalid


async def test_a_key_of_the_colleagues_own_talk_tells_the_patient_nothing(given: Cast) -> None:
    """The patient does not find the row, but its key is taken: refused as anything that cannot be read."""
    ref = await given.ongoing_case(given.ruben)
    await say(given.house, by=given.ylva, ref=ref, message=Message("Vad tror du?", "the-same-key"))
    with pytest.raises(Invalid) as told:
        await write(given.house, by=given.ruben, ref=ref, message=Message("Hej.", "the-same-key"))
    assert told.value.field == "key"
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (await every_row(connection, ref))[-1].body["text"] == "Vad tror du?"
