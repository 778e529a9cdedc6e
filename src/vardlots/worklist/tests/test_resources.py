"""The resource tree over HTTP, what a pooled resource opens, and titles that patients never see."""

from typing import Any

import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actions import end_shift, start_shift
from vardlots.access.actor import StaffActor
from vardlots.access.sessions import staff_actor
from vardlots.cases.actions import accept, start
from vardlots.cases.queries import readable_case
from vardlots.clinics import queries as clinics
from vardlots.clinics.actions import add_resource, cooperate
from vardlots.platform.db import NOBODY
from vardlots.worklist import directory
from vardlots.worklist.stream import heads
from vardlots.worklist.welcome import welcome_of, welcome_text

FRAGMENT: Any = {"hx-request": "true"}


def values(text: str) -> list[str]:
    """The choices of a tree."""
    return [part.split('"')[0] for part in text.split('value="')[1:] if part.split('"')[0][:1].isdigit()]


async def pool(given: Cast) -> None:
    """Ängsviken's nurses work with Strandgatan's queue too."""
    await add_resource(
        given.database,
        provider_id=given.ylva.provider_id,
        unit_id=given.angsviken.unit_id,
        role="nurse",
        name="LOTSVIK DROPIN-VERKSAMHET",
        serves=[given.strandgatan.unit_id],
    )
    directory._kept.clear()


async def now_as(given: Cast, one: StaffActor) -> StaffActor:
    async with given.database.transaction(NOBODY) as connection:
        assignment_id = await connection.fetchval(
            "SELECT assignment_id FROM assignment WHERE staff_id = $1", one.staff_id
        )
        actor = await staff_actor(connection, staff_id=one.staff_id, assignment_id=assignment_id)
    assert actor is not None
    return actor


async def test_who_may_open_the_tree(given: Cast, site: Site) -> None:
    assert (await (await site.browser(given.ylva)).get("/staff/resources")).status_code == 200
    assert (await (await site.browser(given.ruben)).get("/staff/resources")).status_code == 403
    assert (await (await site.browser()).submit("/staff/resources", {"q": "ylva"})).status_code == 401


async def test_the_tree_holds_ones_own_reach_and_no_more(given: Cast, site: Site) -> None:
    page = await (await site.browser(given.ylva)).get("/staff/resources", **FRAGMENT)
    own = given.angsviken.unit_id
    found = values(page.text)
    assert {str(own), f"{own}-nurse", f"{own}-nurse-{given.ylva.staff_id}", f"{own}-physician"} <= set(found)
    assert {one.split("-")[0] for one in found} == {str(own)}
    assert not [one for one in found if "system_admin" in one or "log_reviewer" in one], (
        "they are sent no cases"
    )
    every = await (await site.browser(given.ylva)).get("/staff/resources?which=provider", **FRAGMENT)
    assert {one.split("-")[0] for one in values(every.text)} == {str(own), str(given.strandgatan.unit_id)}


async def test_the_cooperating_units_alone(given: Cast, site: Site) -> None:
    address = "/staff/resources?which=cooperating&may=unit"
    browser = await site.browser(given.ylva)
    assert values((await browser.get(address, **FRAGMENT)).text) == [str(given.angsviken.unit_id)]
    await cooperate(
        given.database,
        provider_id=given.ylva.provider_id,
        unit_id=given.angsviken.unit_id,
        with_units=[given.strandgatan.unit_id],
    )
    found = values((await browser.get(address, **FRAGMENT)).text)
    assert found == [str(given.angsviken.unit_id), str(given.strandgatan.unit_id)]


async def test_searching_by_post_marks_what_was_found(given: Cast, site: Site) -> None:
    browser = await site.browser(given.ylva)
    found = await browser.submit("/staff/resources", {"q": "NORDS", "part": "nodes"}, **FRAGMENT)
    assert "Hamid <mark>Nords</mark>ken" in found.text
    assert 'data-said="1 träff"' in found.text
    assert "Tallvik" not in found.text
    nothing = await browser.submit("/staff/resources", {"q": "zzz", "part": "nodes"}, **FRAGMENT)
    assert "Ingen enhet, roll eller person heter så." in nothing.text
    in_address = await browser.get("/staff/resources?q=nords", **FRAGMENT)
    assert "<mark>" not in in_address.text, "what is typed is in no address"
    page = await browser.submit("/staff/resources", {"q": "nords", "to": "/staff/async"})
    assert 'action="/staff/async"' in page.text


@pytest.mark.parametrize("field", ["name", "to", "tab", "may", "value", "which"])
async def test_what_is_sent_along_is_never_drawn_as_it_came(given: Cast, site: Site, field: str) -> None:
    browser = await site.browser(given.ylva)
    page = await browser.submit("/staff/resources", {field: '"><script>x', "q": ""}, **FRAGMENT)
    assert page.status_code == 200
    assert "<script>x" not in page.text
    outside = await browser.submit("/staff/resources", {"to": "https://example.org/"}, **FRAGMENT)
    assert "example.org" not in outside.text


async def test_who_is_on_shift_is_marked_by_a_word(given: Cast, site: Site) -> None:
    browser = await site.browser(given.hamid)

    async def row_of_ylva() -> str:
        page = await browser.submit("/staff/resources", {"q": "ylva", "part": "nodes"}, **FRAGMENT)
        return page.text.split("Tallvik")[1].split("</li>")[0]

    assert "På skift" not in await row_of_ylva()
    before = (await heads(given.house, given.hamid, [f"shifts:{given.hamid.provider_id}"])).popitem()[1]
    await start_shift(
        given.database, by=given.ylva, unit_id=given.angsviken.unit_id, role="nurse", shift_type="primary"
    )
    assert "På skift" in await row_of_ylva()
    during = (await heads(given.house, given.hamid, [f"shifts:{given.hamid.provider_id}"])).popitem()[1]
    await end_shift(given.database, by=given.ylva)
    assert "På skift" not in await row_of_ylva()
    after = (await heads(given.house, given.hamid, [f"shifts:{given.hamid.provider_id}"])).popitem()[1]
    assert before != during != after


async def test_what_was_chosen_is_the_filter(given: Cast, site: Site) -> None:
    await given.ongoing_case(given.ruben, given.hamid, role="physician")
    own = given.angsviken.unit_id
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/drop-in?tab=taken&resource={own}-nurse-{given.hamid.staff_id}")
    assert "Hamid Nordsken" in page.text.split("filter-3")[1].split("</summary>")[0]
    assert "Mottagna 1" in " ".join(page.text.replace("<", " <").split()) or 'class="q-row' in page.text
    beyond = await browser.get(f"/staff/drop-in?resource={given.strandgatan.unit_id}-nurse")
    assert beyond.status_code == 403
    assert (await browser.get("/staff/drop-in?resource=<b>")).status_code == 200


async def test_a_pooled_resource_opens_the_served_units_lists_and_topics(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben, unit=given.strandgatan)
    unit = f"/staff/drop-in?unit={given.strandgatan.unit_id}&role=nurse"
    topic = f"unit:{given.strandgatan.unit_id}"
    assert (await (await site.browser(given.ylva)).get(unit)).status_code == 403
    await pool(given)
    page = await (await site.browser(given.ylva)).get(unit)
    assert f'id="case-{ref}"' in page.text
    assert (await (await site.browser(given.siri)).get(unit)).status_code == 403, (
        "a physician is no part of it"
    )
    ylva = await now_as(given, given.ylva)
    assert topic in await heads(given.house, ylva, [topic])
    async with given.database.transaction(ylva.scope) as connection:
        assert await readable_case(connection, by=ylva, ref=ref)
    await accept(given.house, by=ylva, ref=ref)
    tree = await (await site.browser(given.ylva)).get("/staff/resources", **FRAGMENT)
    assert "LOTSVIK DROPIN-VERKSAMHET" in tree.text
    assert "Arbetar också åt en enhet" in tree.text


@pytest.mark.parametrize("patient_sees", [True, False])
async def test_a_title_of_a_role_that_patients_never_see_is_on_none_of_their_pages(
    given: Cast, site: Site, patient_sees: bool
) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        await connection.execute(
            "INSERT INTO role (provider_id, code, label, clinical, patient_sees, cares) "
            "VALUES ($1, 'nurse', 'Vårdlotsare', true, $2, true)",
            given.ylva.provider_id,
            patient_sees,
        )
        await connection.execute(
            "UPDATE staff SET title = 'Vårdlotsare' WHERE staff_id = $1", given.ylva.staff_id
        )
    ylva = await now_as(given, given.ylva)
    ref = await given.waiting_case(given.ruben)
    await accept(given.house, by=ylva, ref=ref)
    async with given.database.transaction(ylva.scope) as connection:
        unit = await clinics.unit(connection, given.angsviken.unit_id)
        assert unit is not None
        written = await welcome_of(connection, unit)
    await start(given.house, by=ylva, ref=ref, welcome=welcome_text(written, unit, ylva, "Ruben", "sv"))
    browser = await site.browser(given.ruben)
    pages = [
        (await browser.get(address)).text.casefold() for address in ("/", "/my/cases", f"/my/cases/{ref}")
    ]
    assert any("vårdlotsare" in page for page in pages) is patient_sees
    assert ("vårdpersonal" in pages[-1]) is not patient_sees
    staff = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}")
    assert "Vårdlotsare" in staff.text, "colleagues see it"
