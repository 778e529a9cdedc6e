"""Asynkrona over HTTP: whose it is to answer, *Mina* and *Alla* by the same rule, and the day an answer is promised."""

import re
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actions import end_shift, start_shift
from vardlots.access.actor import StaffActor
from vardlots.cases.actions import open_case
from vardlots.cases.ending.actions import end
from vardlots.cases.model import CaseRef
from vardlots.contacts.actions import note_absence
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock


async def on_shift(given: Cast, who: StaffActor) -> None:
    await start_shift(given.database, by=who, unit_id=who.unit_id, role=who.role, shift_type="primary")


async def written(given: Cast, owner: StaffActor, reason: str = "shoulder_pain") -> CaseRef:
    """A patient has written since the visit that somebody had."""
    ref = await given.ongoing_case(given.ruben, owner, reason=reason)
    await end(given.house, by=owner, ref=ref, follow_up_days=7)
    await write(given.house, by=given.ruben, ref=ref, message=Message("Det gör ont igen", uuid4().hex))
    return ref


async def shown(site: Site, who: StaffActor, **query: str) -> tuple[set[str], str]:
    """The cases in somebody's list, and the page."""
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    page = await (await site.browser(who)).get(f"/staff/async?unit={who.unit_id}&role=all&staff=all{asked}")
    assert page.status_code == 200
    return set(re.findall(r'data-case="([^"]+)"', page.text)), page.text


def counted(page: str) -> tuple[int, int]:
    """How many *Alla* and *Mina* say they are."""
    found = re.search(r'class="whose".*?</nav>', page, re.DOTALL)
    assert found
    every, own = (int(n) for n in re.findall(r'class="n">(\d+)<', found[0]))
    return every, own


async def test_what_an_owner_at_work_has_is_theirs_and_else_the_roles(given: Cast, site: Site) -> None:
    ref = await written(given, given.ylva)
    await on_shift(given, given.hamid)
    rows, page = await shown(site, given.hamid, whose="mine")
    assert rows == {str(ref)}
    assert "Ägaren är inte på skift" in page
    assert counted(page) == (1, 1)
    await on_shift(given, given.ylva)
    rows, page = await shown(site, given.hamid, whose="mine")
    assert rows == set()
    assert counted(page) == (1, 0)
    rows, page = await shown(site, given.hamid)
    assert rows == {str(ref)}
    assert "Ägaren är inte på skift" not in page
    assert (await shown(site, given.ylva, whose="mine"))[0] == {str(ref)}
    await end_shift(given.database, by=given.ylva)
    # One's own stays one's own, and the role has it too.
    assert (await shown(site, given.ylva, whose="mine"))[0] == {str(ref)}
    assert (await shown(site, given.hamid, whose="mine"))[0] == {str(ref)}
    # Another role of the unit is not asked.
    assert (await shown(site, given.siri, whose="mine"))[0] == set()


@pytest.mark.parametrize("part", ["rows", "head"])
async def test_the_parts_that_fetch_themselves_keep_the_choice(given: Cast, site: Site, part: str) -> None:
    await written(given, given.ylva)
    await on_shift(given, given.ylva)
    browser = await site.browser(given.hamid)
    asked = f"/staff/async/{part}?unit={given.hamid.unit_id}&role=all&staff=all"
    every, own = await browser.get(asked), await browser.get(f"{asked}&whose=mine")
    assert every.text != own.text
    assert "whose=mine" in own.text


async def test_the_last_day_is_marked_in_the_row(given: Cast, site: Site) -> None:
    ref = await written(given, given.ylva)
    async with given.database.transaction(given.ylva.scope) as connection:
        until = await connection.fetchval(
            "SELECT writable_until FROM care_case WHERE provider_id = $1 AND case_id = $2", *ref
        )
    assert "chip-notice" not in (await shown(site, given.ylva))[1].split("queue", 2)[-1]
    with clock.at(until - timedelta(hours=2)):
        page = (await shown(site, given.ylva))[1]
    assert f"Stängs {clock.local(until).strftime('%H.%M')}" in page or "Stängs i morgon" in page


async def errand(given: Cast, answer_by: str) -> CaseRef:
    new = await given.new_case(given.ruben, reason="certificate", role="medical_admin", priority=12)
    sent = {"kind": "administrative", "open_for": timedelta(days=14), "summary": {"answer_by": answer_by}}
    return (await open_case(given.house, by=given.ruben, new=msgspec.structs.replace(new, **sent))).ref


async def test_an_errand_says_by_when_an_answer_is_promised_and_that_it_is_late(
    given: Cast, site: Site
) -> None:
    day = clock.today() + timedelta(days=2)
    ref = await errand(given, day.isoformat())
    page = (await shown(site, given.petra))[1]
    assert "Svar senast" in page
    visit = await (await site.browser(given.petra)).get(f"/staff/cases/{ref}")
    assert "Svar senast" in visit.text
    patient = await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")
    assert "Räkna med svar senast" in patient.text
    with clock.shifted(timedelta(days=3)):
        assert "Skulle ha besvarats" in (await shown(site, given.petra))[1]
        visit = await (await site.browser(given.petra)).get(f"/staff/cases/{ref}")
        assert "Skulle ha besvarats" in visit.text
        patient = await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")
        assert "dröjt längre än vi sa" in patient.text
    await write(given.house, by=given.petra, ref=ref, message=Message("Det är klart.", uuid4().hex))
    with clock.shifted(timedelta(days=3)):
        assert "Skulle ha besvarats" not in (await shown(site, given.petra, tab="no-action"))[1]


async def test_an_errand_that_was_promised_nothing_says_nothing(given: Cast, site: Site) -> None:
    new = await given.new_case(given.ruben, reason="certificate", role="medical_admin", priority=12)
    plain = msgspec.structs.replace(new, kind="administrative", open_for=timedelta(days=14))
    await open_case(given.house, by=given.ruben, new=plain)
    assert "Svar senast" not in (await shown(site, given.petra))[1]


async def test_whoever_stands_in_has_the_cases_of_those_who_are_away_among_their_own(
    given: Cast, site: Site
) -> None:
    ref = await written(given, given.ylva)
    today = clock.today()
    rows, page = await shown(site, given.siri, whose="mine")
    assert (rows, counted(page)) == (set(), (1, 0)), "another role, and nobody's substitute"
    noted = await note_absence(
        given.house,
        by=given.ylva,
        staff_id=given.ylva.staff_id,
        stand_in_id=given.siri.staff_id,
        from_day=today,
        to_day=today + timedelta(days=3),
    )
    rows, page = await shown(site, given.siri, whose="mine")
    assert (rows, counted(page)) == ({str(ref)}, (1, 1))
    assert "Du ersätter Ylva Tallvik" in page
    assert "Ägaren är inte på skift" not in page
    assert "Du ersätter" not in (await shown(site, given.hamid))[1]
    await on_shift(given, given.ylva)
    rows, page = await shown(site, given.siri, whose="mine")
    assert (rows, counted(page)) == (set(), (1, 0)), "at work all the same: it is theirs"
    await end_shift(given.database, by=given.ylva)
    with clock.at(clock.now() + timedelta(days=4)):
        assert (await shown(site, given.siri, whose="mine"))[0] == set(), "the days are over"
    assert noted


async def test_a_substitute_who_is_away_too_leaves_it_to_the_next(given: Cast, site: Site) -> None:
    ref = await written(given, given.ylva)
    today = clock.today()
    for away, stands_in in ((given.ylva, given.siri), (given.siri, given.petra)):
        await note_absence(
            given.house,
            by=away,
            staff_id=away.staff_id,
            stand_in_id=stands_in.staff_id,
            from_day=today,
            to_day=today,
        )
    assert (await shown(site, given.siri, whose="mine"))[0] == set()
    rows, page = await shown(site, given.petra, whose="mine")
    assert rows == {str(ref)}
    assert "Du ersätter Ylva Tallvik" in page
