"""Reasons that staff invite to: they stand among the reasons from the beginning, and no patient seeks care for them."""

from tests.cast import Cast

from vardlots.configuration import book
from vardlots.configuration.actions import Change, save
from vardlots.triage import content
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.reasons import REASON

TALK = "health_talk"


async def practice(given: Cast) -> Practice:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await practice_of(connection, given.angsviken.provider_id)


async def test_staff_choose_it_and_no_patient_is_offered_it(given: Cast) -> None:
    found = await practice(given)
    reason = found.reasons[TALK]
    assert (reason.active, reason.protocol) == (True, None)
    assert "hälsosamtal" in reason.words
    assert found.name(TALK, "sv") == "Hälsosamtal"
    assert found.name(TALK, "en") == "Health conversation"
    assert found.name(TALK, "ar") not in ("Hälsosamtal", TALK, "")
    for kind in ("complaint", "service", "contact"):
        assert TALK not in {one.code for one in found.offered(given.angsviken.unit_id, kind)}


async def test_an_administrator_takes_it_away_and_what_was_sent_keeps_its_name(given: Cast) -> None:
    house = given.house
    gone = Change(key=TALK, body=None, base_version=0)
    await save(house.database, house.hub, by=given.astrid, kind=REASON, changes=[gone], reason="Prov")
    book.forget()
    found = await practice(given)
    assert TALK not in found.reasons
    assert found.name(TALK, "sv") == "Hälsosamtal"


def test_no_code_is_both_asked_about_and_invited_to() -> None:
    asked = {protocol.code for protocol in content.protocols().newest()}
    assert not asked & set(content.invited())
