"""Versions over HTTP: told, compared, taken up again, for a later day, added and removed; and two administrators."""

import asyncio
from datetime import timedelta

from tests.cast import Cast
from tests.site import Site

from vardlots.admin.addresses import NEW, address
from vardlots.admin.tests.forms import shown_in
from vardlots.admin.tests.pages import (
    ESCALATION,
    OPENING,
    PHRASE,
    ROLE,
    WELCOME,
    drafts,
    history,
    of,
    place,
    sent,
)
from vardlots.platform import clock


async def test_versions_tell_who_when_what_and_why(site: Site, given: Cast) -> None:
    astrid, where = await site.browser(given.astrid), place(given, ESCALATION)
    await sent(astrid, where, "save", **{"f.rows.1.step_1": ["40"], "~reason": ["Först"]})
    await sent(astrid, where, "save", **{"f.rows.1.step_1": ["45"], "f.rows.2.sms": [], "~reason": ["Sedan"]})
    page = await astrid.get(where)
    pane = page.text.split('id="admin-versions"')[1]
    assert "Astrid Vassbo" in pane
    for said in (
        "”Först”",
        "”Sedan”",
        "<del>40</del>",
        "<b>45 min</b>",
        "Första versionen för Ängsviken",
        "Gäller nu",
    ):
        assert said in pane
    compared = await astrid.get(place(given, ESCALATION, then="compare") + "?a=1&b=2")
    assert "Prioritet 2, steg 1" in compared.text
    assert "<del>40</del>" in compared.text
    assert (await astrid.get(place(given, ESCALATION, then="compare"))).status_code == 200
    assert "De två är lika" in (await astrid.get(place(given, ESCALATION, then="compare") + "?a=2&b=2")).text


async def test_an_old_version_comes_back_as_a_draft_and_changes_nothing_yet(site: Site, given: Cast) -> None:
    astrid, where, key = await site.browser(given.astrid), place(given, WELCOME), str(given.angsviken.unit_id)
    for text in ("Ett", "Två"):
        await sent(astrid, where, "save", f__sv=text, **{"~reason": ["Prov"]})
    page = await astrid.follow(await astrid.submit(place(given, WELCOME, then="restore"), {"version": "1"}))
    assert shown_in(page.content)["f.sv"] == ["Ett"]
    assert [one.body["sv"] for one in await history(given, WELCOME, key)] == ["Två", "Ett"]
    await sent(astrid, where, "save", **{"~reason": ["Tillbaka"]})
    assert [one.body["sv"] for one in await history(given, WELCOME, key)] == ["Ett", "Två", "Ett"]
    page = await astrid.follow(await astrid.submit(place(given, WELCOME, then="restore"), {"version": "0"}))
    assert shown_in(page.content)["f.sv"][0].startswith("Hej och välkommen")
    for wrong in ("9", "x", ""):
        answer = await astrid.submit(place(given, WELCOME, then="restore"), {"version": wrong})
        assert answer.status_code == 404


async def test_a_version_for_a_later_day_says_when(site: Site, given: Cast) -> None:
    astrid, where = await site.browser(given.astrid), place(given, WELCOME)
    day = (clock.today() + timedelta(days=3)).isoformat()
    saved = {"f.sv": ["Framtid"], "~reason": ["Prov"], "~day": [day], "~time": ["08.00"]}
    page = await astrid.follow(await sent(astrid, where, "save", **saved))
    assert "Version 1 är sparad och gäller från" in page.text
    assert "08.00" in page.text
    assert shown_in(page.content)["f.sv"] == ["Framtid"]
    assert "Väntar på sin dag" in (await astrid.get("/staff/admin")).text
    assert "Väntar till" in (await astrid.get(f"/staff/admin/{WELCOME}?at=all")).text
    assert "Gäller från" in (await astrid.get(where)).text


async def test_a_thing_is_added_removed_found_among_the_removed_and_taken_back(
    site: Site, given: Cast
) -> None:
    astrid, new = await site.browser(given.astrid), address(of(PHRASE), NEW)
    page = await sent(astrid, new, "save", **{"f.title": ["Svårt ord"]})
    assert page.status_code == 422
    assert "Svårt ord" in page.text
    assert "Fortsätt på ditt utkast" in (await astrid.get("/staff/admin/phrase")).text
    answer = await sent(astrid, new, "save", **{"f.text": ["Hej {patient}"], "~reason": ["Ny"]})
    assert answer.status_code == 303
    where = answer.headers["location"].split("?")[0]
    key = where.rsplit("/", 1)[1]
    assert await drafts(given, PHRASE, given.astrid) == {}
    assert "Svårt ord" in (await astrid.get("/staff/admin/phrase")).text
    assert (await astrid.get(f"{where}/remove")).status_code == 200
    unsaid = await astrid.submit(f"{where}/remove", {"base": "1", "~reason": " "})
    assert unsaid.status_code == 422
    page = await astrid.follow(
        await astrid.submit(f"{where}/remove", {"base": "1", "~reason": "Används inte"})
    )
    assert "Svårt ord" not in page.text
    assert "En borttagen" in page.text
    assert "Svårt ord" in (await astrid.get("/staff/admin/phrase?show=removed")).text
    page = await astrid.get(where)
    assert "Togs bort" in page.text
    assert "Ta tillbaka" in page.text
    assert (await astrid.get(f"{where}/remove")).status_code == 404
    assert (await sent(astrid, where, "save", **{"~reason": ["Ångrade"]})).status_code == 303
    assert [one.removed for one in await history(given, PHRASE, key)] == [False, True, False]
    assert "Svårt ord" in (await astrid.get("/staff/admin/phrase")).text


async def test_what_there_is_one_each_of_is_never_removed_or_added(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    assert (await astrid.get(place(given, OPENING, then="remove"))).status_code == 404
    answer = await astrid.submit(place(given, OPENING, then="remove"), {"base": "0", "~reason": "Bort"})
    assert answer.status_code in (403, 404)


async def test_a_key_that_is_taken_or_missing_is_said_and_what_is_there_stays(
    site: Site, given: Cast
) -> None:
    astrid, new = await site.browser(given.astrid), address(of(ROLE), NEW)
    page = await sent(astrid, new, "save", **{"f.code": ["nurse"], "f.label": ["Min"], "~reason": ["Prov"]})
    assert page.status_code == 422
    assert "Det finns redan en sådan" in page.text
    assert await history(given, ROLE, "nurse") == []
    page = await sent(astrid, address(of("reason"), NEW), "save", **{"f.label": ["Ny"], "~reason": ["Prov"]})
    assert page.status_code == 422
    assert 'href="#f-key"' in page.text


async def test_a_field_that_cannot_change_does_not(site: Site, given: Cast) -> None:
    astrid, where = await site.browser(given.astrid), address(of(ROLE), "nurse")
    answer = await sent(
        astrid, where, "save", **{"f.code": ["physician"], "f.label": ["Syster"], "~reason": ["Prov"]}
    )
    assert answer.status_code == 303
    assert (await history(given, ROLE, "nurse"))[0].body["code"] == "nurse"


# Two administrators


async def test_of_two_neither_loses_work_unknowingly(site: Site, given: Cast) -> None:
    astrid, helga = await site.browser(given.astrid), await site.browser(given.helga)
    where, key = place(given, ESCALATION), str(given.angsviken.unit_id)
    opened = shown_in((await astrid.get(where)).content)
    await sent(
        astrid, where, "keep", **{"f.rows.1.step_1": ["41"], "f.rows.2.target": ["16"], "~reason": ["Astrid"]}
    )
    # Helga sees that Astrid is there, and saves.
    assert "Astrid Vassbo ändrar också här" in (await helga.get(where)).text
    typed = {"f.rows.1.step_1": ["39"], "f.rows.3.step_2": ["600"], "~reason": ["Helga"]}
    assert (await sent(helga, where, "save", **typed)).status_code == 303
    page = await astrid.get(where)
    assert "Helga Storvik sparade version 1" in page.text
    assert "Ni har ändrat en sak på olika sätt" in page.text
    for said in ("41 min", "39 min", "16 min", "600 min"):
        assert said in page.text
    # The form that Astrid had open is from before: sent once more it is kept, and not saved over Helga's.
    answer = await astrid.submit(
        where, opened | {"f.rows.1.step_1": ["41"], "~reason": ["Astrid"], "do": "save"}
    )
    assert answer.status_code == 303
    assert len(await history(given, ESCALATION, key)) == 1
    assert (await drafts(given, ESCALATION, given.astrid))[key]["rows"][1]["step_1"] == 41
    # Without a choice nothing is brought together.
    unchosen = await astrid.submit(place(given, ESCALATION, then="merge"), {"newest": "1"})
    assert unchosen.status_code == 422
    assert "Välj i varje rad" in unchosen.text
    assert len(await history(given, ESCALATION, key)) == 1


async def test_both_changes_are_brought_together_as_chosen(site: Site, given: Cast) -> None:
    astrid, helga = await site.browser(given.astrid), await site.browser(given.helga)
    where, key = place(given, ESCALATION), str(given.angsviken.unit_id)
    await sent(
        astrid, where, "keep", **{"f.rows.1.step_1": ["41"], "f.rows.2.target": ["16"], "~reason": ["Astrid"]}
    )
    await sent(
        helga, where, "save", **{"f.rows.1.step_1": ["39"], "f.rows.3.step_2": ["600"], "~reason": ["Helga"]}
    )
    choice = {"newest": "1", "c.rows.1.step_1": "theirs"}
    page = await astrid.follow(await astrid.submit(place(given, ESCALATION, then="merge"), choice))
    fields = shown_in(page.content)
    assert (fields["f.rows.1.step_1"], fields["f.rows.2.target"], fields["f.rows.3.step_2"]) == (
        ["39"],
        ["16"],
        ["600"],
    )
    assert fields["~reason"] == ["Astrid"]
    assert fields["base"] == ["1"]
    assert (await sent(astrid, where, "save")).status_code == 303
    newest = (await history(given, ESCALATION, key))[0]
    assert (newest.version, newest.body["rows"][3]["step_2"], newest.body["rows"][2]["target"]) == (
        2,
        600,
        16,
    )
    # A second time there is nothing to bring together.
    again = await astrid.submit(place(given, ESCALATION, then="merge"), choice)
    assert again.status_code == 303


async def test_a_thing_that_nobody_had_saved_is_brought_together_from_what_stood_then(
    site: Site, given: Cast
) -> None:
    """Opening hours stand in the unit itself: when the first version is applied, what was before is nowhere else."""
    astrid, helga = await site.browser(given.astrid), await site.browser(given.helga)
    where, key = place(given, OPENING), str(given.angsviken.unit_id)
    opened = shown_in((await astrid.get(where)).content)
    await sent(helga, where, "save", **{"f.week.0.opens": ["10.00"], "~reason": ["Helga"]})
    # Astrid's page was open since before; only now does she type.
    answer = await astrid.submit(
        where, opened | {"f.week.1.opens": ["09.00"], "~reason": ["Astrid"], "do": "save"}
    )
    page = await astrid.follow(answer)
    assert "Helga Storvik sparade version 1" in page.text
    assert "Ni har inte ändrat samma sak" in page.text
    await astrid.submit(place(given, OPENING, then="merge"), {"newest": "1"})
    assert (await sent(astrid, where, "save")).status_code == 303
    week = (await history(given, OPENING, key))[0].body["week"]
    assert (week["0"][0], week["1"][0]) == ("10:00", "09:00")


async def test_two_who_save_at_once_are_one_and_one_who_is_told(site: Site, given: Cast) -> None:
    astrid, helga = await site.browser(given.astrid), await site.browser(given.helga)
    where = place(given, WELCOME)
    forms = [shown_in((await browser.get(where)).content) for browser in (astrid, helga)]
    answers = await asyncio.gather(
        *(
            browser.submit(where, form | {"f.sv": [text], "~reason": ["Prov"], "do": "save"})
            for browser, form, text in ((astrid, forms[0], "Astrids"), (helga, forms[1], "Helgas"))
        )
    )
    assert [one.status_code for one in answers] == [303, 303]
    assert len(await history(given, WELCOME, str(given.angsviken.unit_id))) == 1
    told = [("saved=1" in one.headers["location"]) for one in answers]
    assert sorted(told) == [False, True]
    loser, text = ((astrid, "Astrids"), (helga, "Helgas"))[told.index(False)]
    assert text in (await loser.get(where)).text


async def test_the_open_page_learns_that_somebody_has_saved(site: Site, given: Cast) -> None:
    astrid, helga = await site.browser(given.astrid), await site.browser(given.helga)
    where = place(given, WELCOME)
    await astrid.get(where)
    await sent(helga, where, "save", f__sv="Helgas", **{"~reason": ["Prov"]})
    parts = await astrid.get(place(given, WELCOME, then="parts") + "?base=0")
    assert "Helga Storvik sparade version 1" in parts.text
    parts = await astrid.get(place(given, WELCOME, then="parts") + "?base=1")
    assert "Helga Storvik sparade version 1" not in parts.text
