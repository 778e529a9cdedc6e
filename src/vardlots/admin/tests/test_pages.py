"""The pages of administration over HTTP: who gets in, what is kept of what is typed, and the lists."""

import time

import msgspec
import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.admin import queries
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
from vardlots.configuration import actions, book
from vardlots.configuration import queries as configuration
from vardlots.configuration.actions import Change
from vardlots.platform import clock

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


async def test_the_list_of_hours_names_the_days_in_the_readers_language(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    closed = {f"f.week.{day}.{part}": [""] for day in range(7) for part in ("opens", "closes")}
    open_on_monday = closed | {"f.week.0.opens": ["08:00"], "f.week.0.closes": ["16:00"]}
    answer = await sent(astrid, place(given, OPENING), "save", **open_on_monday, **{"~reason": ["Prov"]})
    assert answer.status_code == 303
    swedish = (await astrid.get("/staff/admin/opening")).text
    english = (await astrid.get("/staff/admin/opening", **{"accept-language": "en"})).text
    assert "mån 08.00–16.00" in swedish
    assert "Mon 08.00–16.00" in english


async def test_roles_to_choose_among_are_called_what_the_provider_calls_them_in_ones_language(
    given: Cast,
) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        before = await queries.choices(connection, given.astrid.provider_id, "en")
    assert before.roles["nurse"] == "Nurse"
    own = {"code": "podiatrist", "label": "Fotvårdare", "label_en": "Podiatrist"}
    await actions.save(
        given.database,
        given.house.hub,
        by=given.astrid,
        kind=of(ROLE),
        changes=[Change(key="podiatrist", body=own, base_version=0)],
        reason="Fotvården öppnar",
    )
    async with given.database.transaction(given.astrid.scope) as connection:
        found = {
            lang: await queries.choices(connection, given.astrid.provider_id, lang) for lang in ("sv", "en")
        }
    assert (found["sv"].roles["podiatrist"], found["en"].roles["podiatrist"]) == ("Fotvårdare", "Podiatrist")
