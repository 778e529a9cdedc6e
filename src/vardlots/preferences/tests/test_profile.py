"""*Profil*: what one tells of oneself, for every role, and never anybody else's."""

import asyncio
import re

import pytest
from tests.cast import Cast
from tests.site import Page, Site

from vardlots.access.actor import StaffActor
from vardlots.clinics.changes.actions import Author, write_staff
from vardlots.platform.errors import Invalid, WrongState
from vardlots.preferences import actions, queries
from vardlots.preferences.model import NAME_MAX, Profile

PAGES = ("/staff/settings", "/staff/settings/hardware", "/staff/settings/notices")
GIVEN = {
    "given_name": "Ylva",
    "family_name": "Tallvik",
    "title": "Distriktssköterska",
    "mobile": "070-174 06 05",
}


async def kept(given: Cast, by: StaffActor) -> Profile:
    async with given.database.transaction(by.scope) as connection:
        return await queries.profile(connection, by=by)


def rev_in(page: Page) -> str:
    found = re.search(r'name="rev" value="(\d+)"', page.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "name", ["ylva", "hamid", "siri", "petra", "olle", "nora", "astrid", "rune", "helga"]
)
async def test_every_role_has_its_own_settings(site: Site, given: Cast, name: str) -> None:
    by: StaffActor = getattr(given, name)
    browser = await site.browser(by)
    for address in PAGES:
        page = await browser.get(address)
        assert page.status_code == 200, page.text[:400]
        assert 'aria-current="page"' in page.text
    page = await browser.get("/staff/settings")
    assert f'value="{by.name.split()[1]}"' in page.text
    answer = await browser.submit("/staff/settings", {**GIVEN, "family_name": "Nyström", "rev": rev_in(page)})
    assert answer.status_code == 303
    mine = await kept(given, by)
    assert (mine.family_name, mine.title, mine.mobile) == ("Nyström", "Distriktssköterska", "+46701740605")
    assert mine.directory_family_name == by.name.split()[1]
    # At once: no page shows the old name to the one who changed it.
    page = await browser.follow(answer)
    assert "Sparat." in page.text
    assert "Ylva Nyström" in page.text
    assert f"I HSA-katalogen heter du {by.name}." in page.text


async def test_one_saves_nobody_elses(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    others = [await kept(given, one) for one in (given.hamid, given.nora)]
    page = await browser.get("/staff/settings")
    form = {
        **GIVEN,
        "rev": rev_in(page),
        "staff_id": str(given.hamid.staff_id),
        "staff": str(given.nora.staff_id),
    }
    assert (await browser.submit("/staff/settings", form)).status_code == 303
    assert [await kept(given, one) for one in (given.hamid, given.nora)] == others


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("given_name", "  ", "Skriv ditt förnamn."),
        ("family_name", "", "Skriv ditt efternamn."),
        ("title", "", "Skriv din titel."),
        ("title", "x" * 81, "högst 80 tecken"),
        ("mobile", "08-123 45", "ser inte ut som ett mobilnummer"),
        ("mobile", "hej", "ser inte ut som ett mobilnummer"),
        ("given_name", "Yl\u202eva", "tecken som inte går att visa"),
    ],
)
async def test_what_is_wrong_is_said_and_everything_typed_stays(
    site: Site, given: Cast, field: str, value: str, said: str
) -> None:
    browser = await site.browser(given.ylva)
    before = await kept(given, given.ylva)
    page = await browser.get("/staff/settings")
    sent = {**GIVEN, "title": "Barnmorska", field: value, "rev": rev_in(page)}
    answer = await browser.submit("/staff/settings", sent)
    assert answer.status_code == 422
    assert said in answer.text
    for other, typed in sent.items():
        if other != field:
            assert f'value="{typed}"' in answer.text
    assert await kept(given, given.ylva) == before


async def test_no_number_is_no_number(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    page = await browser.get("/staff/settings")
    await browser.submit("/staff/settings", {**GIVEN, "rev": rev_in(page)})
    page = await browser.get("/staff/settings")
    assert "070-174 06 05" in page.text
    await browser.submit("/staff/settings", {**GIVEN, "mobile": "", "rev": rev_in(page)})
    assert (await kept(given, given.ylva)).mobile is None


async def test_of_two_tabs_the_second_is_told_and_loses_nothing(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    rev = rev_in(await browser.get("/staff/settings"))
    first = await browser.submit("/staff/settings", {**GIVEN, "title": "Barnmorska", "rev": rev})
    second = await browser.submit("/staff/settings", {**GIVEN, "title": "Vårdkoordinator", "rev": rev})
    assert (first.status_code, second.status_code) == (303, 409)
    assert "har ändrats sedan du öppnade sidan" in second.text
    assert 'value="Vårdkoordinator"' in second.text
    assert "Sparat nu: Barnmorska" in second.text
    assert (await kept(given, given.ylva)).title == "Barnmorska"
    # Having read that, one may save again.
    again = await browser.submit(
        "/staff/settings", {**GIVEN, "title": "Vårdkoordinator", "rev": rev_in(second)}
    )
    assert again.status_code == 303
    assert (await kept(given, given.ylva)).title == "Vårdkoordinator"


async def test_of_many_saves_at_once_one_is_kept(given: Cast) -> None:
    rev = (await kept(given, given.ylva)).rev

    async def save(n: int) -> Profile | BaseException:
        try:
            return await actions.save_profile(
                given.database,
                by=given.ylva,
                given_name="Ylva",
                family_name=f"Nummer {n}",
                title="Sjuksköterska",
                mobile=None,
                rev=rev,
            )
        except WrongState as refusal:
            return refusal

    ends = await asyncio.gather(*(save(n) for n in range(8)))
    saved = [one for one in ends if isinstance(one, Profile)]
    assert len(saved) == 1
    assert await kept(given, given.ylva) == saved[0]
    # The directory's name is the one before the first change, however many there are.
    again = await actions.save_profile(
        given.database,
        by=given.ylva,
        given_name="Ylva",
        family_name="Igen",
        title="Sjuksköterska",
        mobile=None,
        rev=saved[0].rev,
    )
    assert again.directory_family_name == "Tallvik"


async def test_a_name_has_an_end(given: Cast) -> None:
    with pytest.raises(Invalid):
        await actions.save_profile(
            given.database,
            by=given.ylva,
            given_name="Y" * (NAME_MAX + 1),
            family_name="T",
            title="x",
            mobile=None,
            rev=1,
        )


async def test_patients_read_the_name_and_title_that_were_written(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin)
    nurse = await site.browser(given.ylva)
    page = await nurse.get("/staff/settings")
    await nurse.submit("/staff/settings", {**GIVEN, "family_name": "Dahl", "rev": rev_in(page)})
    elin = await site.browser(given.elin)
    page = await elin.get(f"/my/cases/{ref}")
    assert "Ylva Dahl" in page.text
    assert "Distriktssköterska" in page.text
    assert "070-174 06 05" not in page.text


async def test_patients_have_no_staff_settings(site: Site, given: Cast) -> None:
    browser = await site.browser(given.elin)
    for address in PAGES:
        assert (await browser.get(address)).status_code == 403
    for address in ("/staff/settings", "/staff/settings/notices", "/staff/settings/help"):
        assert (await browser.submit(address, {"on": "1"})).status_code == 403


async def test_whoever_keeps_the_directorys_name_goes_on_having_it(given: Cast) -> None:
    async def save(family_name: str) -> Profile:
        return await actions.save_profile(
            given.database,
            by=given.ylva,
            given_name="Ylva",
            family_name=family_name,
            title="Barnmorska",
            mobile=None,
            rev=(await kept(given, given.ylva)).rev,
        )

    async def directory_kept() -> str | None:
        async with given.database.transaction(given.ylva.scope) as connection:
            found: str | None = await connection.fetchval(
                "SELECT directory_family_name FROM staff WHERE staff_id = $1", given.ylva.staff_id
            )
        return found

    await save("Tallvik")
    assert await directory_kept() is None
    await save("Dahl")
    assert await directory_kept() == "Tallvik"
    again = await save("Tallvik")
    assert await directory_kept() is None
    assert again.directory_family_name == "Tallvik"


async def test_what_an_administrator_changed_is_not_written_over_unseen(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    page = await browser.get("/staff/settings")
    by = Author(given.angsviken.provider_id)
    async with given.database.transaction(given.ylva.scope) as connection:
        hsa_id = await connection.fetchval(
            "SELECT hsa_id FROM staff WHERE staff_id = $1", given.ylva.staff_id
        )
        await write_staff(
            connection,
            by=by,
            hsa_id=hsa_id,
            given_name="Ylva",
            family_name="Tallvik",
            title="Vårdkoordinator",
        )
    answer = await browser.submit("/staff/settings", {**GIVEN, "rev": rev_in(page)})
    assert answer.status_code == 409
    assert "Sparat nu: Vårdkoordinator" in answer.text
