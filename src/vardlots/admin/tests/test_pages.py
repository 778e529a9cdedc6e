"""The pages of administration over HTTP: who gets in, what is kept, what is saved, and what others are told."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.admin.addresses import NEW, address
from vardlots.admin.known import kinds
from vardlots.admin.tests.forms import shown_in
from vardlots.configuration import actions, book
from vardlots.configuration import queries as configuration
from vardlots.configuration.actions import Change
from vardlots.configuration.model import Kind
from vardlots.platform import clock

WELCOME, PHRASE, OPENING, ESCALATION, ROLE = "welcome", "phrase", "opening", "escalation", "role"


def of(code: str) -> Kind:
    return kinds()[code]


def place(given: Cast, code: str, unit: Any = None, then: str = "") -> str:
    """The address of what the unit has one of."""
    return address(of(code), str((unit or given.angsviken).unit_id), then)


async def sent(browser: Browser, where: str, deed: str = "save", **more: Any) -> Page:
    """Open a form, change some of its fields, and press a button."""
    page = await browser.get(where)
    assert page.status_code == 200, (where, page.status_code)
    fields = shown_in(page.content) | {name.replace("__", "."): value for name, value in more.items()}
    fields.setdefault("~reason", [""])
    return await browser.submit(where, {**fields, "do": deed})


async def drafts(given: Cast, code: str, by: Any) -> dict[str, Any]:
    async with given.database.transaction(by.scope) as connection:
        found = await configuration.drafts(connection, by.provider_id, code, by.staff_id)
    return {key: one.body for key, one in found.items()}


async def history(given: Cast, code: str, key: str) -> list[Any]:
    async with given.database.transaction(given.astrid.scope) as connection:
        return await configuration.history(connection, given.astrid.provider_id, code, key)


# Who may


async def test_only_administrators_get_in(site: Site, given: Cast) -> None:
    nurse, elin, rune = (
        await site.browser(given.ylva),
        await site.browser(given.elin),
        await site.browser(given.rune),
    )
    for where in ("/staff/admin", "/staff/admin/phrase", place(given, OPENING), "/staff/admin/files/export"):
        for browser in (nurse, elin, rune):
            assert (await browser.get(where)).status_code == 403
    for where in (
        place(given, OPENING),
        place(given, OPENING, then="draft"),
        place(given, OPENING, then="discard"),
    ):
        assert (await nurse.submit(where, {"do": "save", "~reason": "x"})).status_code == 403
    assert await history(given, OPENING, str(given.angsviken.unit_id)) == []


async def test_what_is_not_there_and_what_is_another_providers_is_the_same(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    for where in (
        "/staff/admin/nothing",
        "/staff/admin/phrase/nothing",
        "/staff/admin/phrase/~FF",
        place(given, OPENING, given.norrhamn),
        place(given, OPENING, given.norrhamn, "compare"),
        address(of(OPENING), NEW),
        f"/staff/admin?at={given.norrhamn.unit_id}",
        "/staff/admin?at=x",
    ):
        assert (await astrid.get(where)).status_code == 404, where
    for then in ("", "draft", "discard", "restore", "merge", "remove"):
        answer = await astrid.submit(
            place(given, OPENING, given.norrhamn, then), {"do": "save", "version": "1"}
        )
        assert answer.status_code == 404, then


async def test_a_head_changes_what_is_the_units_and_reads_the_rest(site: Site, given: Cast) -> None:
    helga = await site.browser(given.helga)
    own, other = place(given, WELCOME), place(given, WELCOME, given.strandgatan)
    assert "Spara version 1" in (await helga.get(own)).text
    page = await helga.get(other)
    assert page.status_code == 200
    assert "Du kan läsa men inte ändra" in page.text
    assert "Spara version" not in page.text
    answer = await helga.submit(
        other, {"f.sv": "Kapat", "f.en": "Taken", "~reason": "x", "base": "0", "do": "save"}
    )
    assert answer.status_code == 403
    assert (await sent(helga, own, f__sv="Hej från Helga", **{"~reason": "Ny hälsning"})).status_code == 303
    assert (await history(given, WELCOME, str(given.strandgatan.unit_id))) == []
    role = await helga.get(address(of(ROLE), "nurse"))
    assert "en systemadministratör ändrar" in role.text
    assert "Lägg till" not in (await helga.get("/staff/admin/role")).text
    assert (await helga.get(address(of("unit"), NEW))).status_code == 404


async def test_a_heads_new_thing_belongs_to_their_unit_whatever_is_sent(site: Site, given: Cast) -> None:
    helga = await site.browser(given.helga)
    typed = {
        "f.title": "Egen",
        "f.text": "Hej",
        "~unit": str(given.strandgatan.unit_id),
        "~reason": "Prov",
        "do": "save",
    }
    assert (await helga.submit(address(of(PHRASE), NEW), typed)).status_code == 303
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await configuration.items(connection, given.astrid.provider_id, of(PHRASE), clock.now())
    assert [one.unit_id for one in found if one.body["title"] == "Egen"] == [given.angsviken.unit_id]


# Drafts


async def test_a_draft_is_kept_shown_again_and_thrown_away(site: Site, given: Cast) -> None:
    astrid, where = await site.browser(given.astrid), place(given, WELCOME)
    answer = await sent(astrid, where, "keep", f__sv="Halvskrivet", **{"~reason": "Därför"})
    assert answer.status_code == 303
    page = await astrid.get(where)
    assert "Halvskrivet" in page.text
    assert "Därför" in page.text
    assert "Ditt utkast" in page.text
    assert 'class="field field-textarea changed"' in page.text
    assert "En ändring. Inget ändras förrän du sparar." in page.text
    assert "Halvskrivet" not in (await (await site.browser(given.helga)).get(where)).text
    assert (
        "Välkomstmeddelanden"
        in (await astrid.get("/staff/admin")).text.split("Dina utkast")[1].split("Enheten")[0]
    )
    page = await astrid.follow(await astrid.submit(place(given, WELCOME, then="discard")))
    assert "Utkastet är kastat" in page.text
    assert "Halvskrivet" not in page.text
    assert await drafts(given, WELCOME, given.astrid) == {}
    assert await history(given, WELCOME, str(given.angsviken.unit_id)) == []


async def test_what_is_typed_is_kept_while_it_is_typed(site: Site, given: Cast) -> None:
    astrid, where = await site.browser(given.astrid), place(given, WELCOME)
    fields = shown_in((await astrid.get(where)).content)
    answer = await astrid.call(place(given, WELCOME, then="draft"), fields | {"f.sv": ["Hej {patient}"]})
    assert answer.status_code == 200
    assert "En ändring" in answer.text
    assert "Hej Elin" in answer.text  # the preview, with the name filled in
    assert (await drafts(given, WELCOME, given.astrid))[str(given.angsviken.unit_id)]["sv"] == "Hej {patient}"
    # What is put back as it was is no draft.
    await astrid.call(place(given, WELCOME, then="draft"), fields)
    assert await drafts(given, WELCOME, given.astrid) == {}


async def test_what_cannot_be_saved_is_named_and_nothing_typed_is_lost(site: Site, given: Cast) -> None:
    astrid, where = await site.browser(given.astrid), place(given, ESCALATION)
    changed = {"f.rows.1.step_1": ["snart"], "f.rows.0.step_2": ["3"], "~day": ["2020-01-01"]}
    page = await sent(astrid, where, "save", **changed)
    assert page.status_code == 422
    assert (
        "3 uppgifter behöver ändras" in page.text
    )  # the minutes, the reason, the day; what the kind says comes after
    assert 'href="#f-rows-1-step_1"' in page.text
    assert 'value="snart"' in page.text
    assert "Den tiden har redan varit" in page.text
    page = await astrid.get(where)
    assert 'value="snart"' in page.text
    page = await sent(astrid, where, "save", **{"f.rows.1.step_1": ["30"], "~reason": ["Prov"], "~day": [""]})
    assert page.status_code == 422
    assert "Steg 2 ska komma efter steg 1." in page.text
    assert await history(given, ESCALATION, str(given.angsviken.unit_id)) == []


async def test_rows_of_a_table_work_without_script(site: Site, given: Cast) -> None:
    astrid, where = await site.browser(given.astrid), place(given, OPENING)
    answer = await sent(astrid, where, "add:exceptions")
    assert answer.headers["location"].endswith("#f-exceptions")
    await sent(
        astrid,
        where,
        "add:exceptions",
        **{"f.exceptions.0.date": ["2026-12-24"], "f.exceptions.0.text": ["Jul"]},
    )
    await sent(astrid, where, "down:exceptions.0", **{"f.exceptions.1.date": ["2026-12-31"]})
    page = await astrid.get(where)
    fields = shown_in(page.content)
    assert (fields["f.exceptions.0.date"], fields["f.exceptions.1.text"]) == (["2026-12-31"], ["Jul"])
    await sent(astrid, where, "remove:exceptions.0")
    assert "f.exceptions.1.date" not in shown_in((await astrid.get(where)).content)
    page = await astrid.follow(await sent(astrid, where, "save", **{"~reason": ["Jul"]}))
    assert "Version 1 är sparad och gäller nu." in page.text
    async with given.database.transaction(given.astrid.scope) as connection:
        kept = await connection.fetchval(
            "SELECT exceptions FROM unit WHERE unit_id = $1", given.angsviken.unit_id
        )
    assert [one["date"] for one in kept] == ["2026-12-24"]


# Versions


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


# Lists


async def test_the_search_finds_in_everything_and_is_no_part_of_an_address(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    page = await astrid.submit("/staff/admin/search", {"q": "eskalering"})
    assert "Eskaleringstider" in page.text
    page = await astrid.submit("/staff/admin/search", {"q": "  Ylva  Tallvik "})
    assert "Medarbetare" in page.text
    assert given.ylva.name in page.text
    assert (
        "Nora"
        not in (await astrid.submit("/staff/admin/search", {"q": "Nora Hamnö"})).text.split("admin-rows")[1]
    )
    assert "minst två tecken" in (await astrid.submit("/staff/admin/search", {"q": "y"})).text
    assert "Inga träffar" in (await astrid.submit("/staff/admin/search", {"q": "xyzzy <b>"})).text


@pytest.mark.slow
async def test_two_thousand_phrases_stay_quick(site: Site, given: Cast) -> None:
    astrid, kind = await site.browser(given.astrid), of(PHRASE)
    body = {"title": "", "text": "Hej {patient}", "text_en": "", "words": [], "roles": []}
    many = [Change(key=f"p{n}", body=body | {"title": f"Fras {n:04d}"}, base_version=0) for n in range(2000)]
    await actions.save(
        given.database, given.house.hub, by=given.astrid, kind=kind, changes=many, reason="Många"
    )
    began = time.perf_counter()
    page = await astrid.get("/staff/admin/phrase")
    found = await astrid.submit("/staff/admin/phrase", {"q": "fras 1234"})
    opened = await astrid.get("/staff/admin/phrase/p1234")
    took = time.perf_counter() - began
    assert page.text.count('class="thing"') == 50
    assert "Visa nästa sida" in page.text
    assert found.text.count('class="thing"') == 1
    assert opened.status_code == 200
    assert took < 3, took
    page = await astrid.submit("/staff/admin/phrase", {"q": "", "from": "2000"})
    assert "Visa nästa sida" not in page.text
    book.forget()


async def test_what_is_said_in_forms_is_shown_as_text(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    bad = "<script>alert(1)</script>\"'{{ x }}"
    new = address(of(PHRASE), NEW)
    answer = await sent(astrid, new, "save", **{"f.title": [bad], "f.text": ["Hej"], "~reason": [bad]})
    page = await astrid.follow(answer)
    assert b"<script>alert" not in page.content
    assert shown_in(page.content)["f.title"] == [bad]
    assert b"<script>alert" not in (await astrid.get("/staff/admin/phrase")).content
    assert b"<script>alert" not in (await astrid.get("/staff/admin")).content


async def test_a_thing_may_be_called_anything(site: Site, given: Cast) -> None:
    """A key from an earlier day may hold any sign; its address holds none of them."""
    astrid, kind = await site.browser(given.astrid), of(PHRASE)
    body = {"title": "Udda", "text": "Hej", "text_en": "", "words": [], "roles": []}
    for key in ("a/b", "../..", "å ä?ö#", "export", "search", "100%"):
        change = Change(key=key, body=body, base_version=0)
        await actions.save(
            given.database, given.house.hub, by=given.astrid, kind=kind, changes=[change], reason="x"
        )
        page = await astrid.get(address(kind, key))
        assert page.status_code == 200, key
        assert "Version 1" in page.text
        assert (await astrid.get(address(kind, key, "compare"))).status_code in (200, 404)
    by = msgspec.structs.replace(given.astrid)
    assert (await drafts(given, PHRASE, by)) == {}
