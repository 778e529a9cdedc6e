"""Help texts in place: there for every page of the staff's, shown when asked for, and checked before they are."""

from pathlib import Path

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.platform import helps
from vardlots.platform.helps import BadHelp, book, load

# Addresses below /staff that are no page of their own: parts that a page fetches, files, data, and what comes before
# anybody is signed in.
NO_PAGE = {
    "/staff/start/parts",
    "/staff/menu",
    "/staff/drop-in/rows",
    "/staff/drop-in/head",
    "/staff/async/rows",
    "/staff/days/rows",
    "/staff/days/head",
    "/staff/guest/rows",
    "/staff/scheduled/rows",
    "/staff/consultations/rows",
    "/staff/consultations/{consultation}/parts",
    "/staff/consultations/{consultation}/files/{file_id}",
    "/staff/tickets/export.csv",
    "/staff/tickets/{ref}/card",
    "/staff/tickets/{ref}/letter",
    "/staff/calendar/grid",
    "/staff/cases/{ref}/talk/tool",
    "/staff/cases/{ref}/talk/seen",
    "/staff/cases/{ref}/talk/entries",
    "/staff/async/head",
    "/staff/own-cases",
    "/staff/cases/{ref}/parts/{name}",
    "/staff/cases/{ref}/entries",
    "/staff/cases/{ref}/files/{file_id}",
    "/staff/sign-in",
    "/staff/sign-in/assignment",
    "/staff/notices",
    "/staff/admin/files/export",
    "/staff/admin/{kind}/{key}/parts",
    "/staff/admin/{kind}/{key}/export",
    "/staff/admin/{kind}/{key}/fhir",
    "/staff/cases/{ref}/answers.fhir.json",
    "/staff/cases/{ref}/forms/{request_id}/answers.fhir.json",
    "/staff/cases/{ref}/forms/{request_id}/card",
    "/staff/cases/{ref}/notes/{note}/{form}",
}
# Pages that have their text before they are there themselves.
AHEAD = {
    "/staff/log",
    "/staff/settings/sessions",
    "/staff/admin",
    "/staff/admin/search",
    "/staff/admin/files/import",
    "/staff/admin/files/export",
    "/staff/admin/{kind}",
    *(f"/staff/admin/{{kind}}/{{key}}{page}" for page in ("", "/parts", "/compare", "/remove", "/export")),
}


def staff_routes(app: Litestar) -> dict[str, set[str]]:
    """The methods of every address of the staff's."""
    return {
        route.path_format: set(route.methods)
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/staff")
    }


async def test_every_page_of_the_staffs_has_a_help_text(site: Site) -> None:
    routes = staff_routes(site.app)
    pages = [route for route, methods in routes.items() if "GET" in methods and route not in NO_PAGE]
    missing = [route for route in pages if book().find(route, {}) is None]
    assert len(pages) > 8
    assert not missing, f"write content/help for {missing}"
    assert set(routes) | AHEAD >= NO_PAGE, "an address in the list is gone"


async def test_no_help_text_is_for_a_page_that_is_gone(site: Site) -> None:
    routes = staff_routes(site.app)
    for name, page in book().pages.items():
        for route in page.routes:
            assert route in routes or route in AHEAD, f"{name}.toml: there is no {route}"


async def switch(site: Site, given: Cast, on: bool) -> None:
    browser = await site.browser(given.ylva)
    answer = await browser.submit("/staff/settings/help", {"on": "1" if on else "0", "next": "/staff/async"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/async")


async def test_switched_on_every_page_shows_its_own(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin)
    browser = await site.browser(given.ylva)
    shown = {
        "/staff": "start",
        "/staff/drop-in": "drop_in",
        "/staff/async": "async",
        f"/staff/cases/{ref}": "visit",
        f"/staff/cases/{ref}?tab=note": "visit_note",
        f"/staff/cases/{ref}?tab=answers": "visit_answers",
        "/staff/shift": "shift",
        "/staff/sign-out?anyway=1": "sign_out",
        "/staff/leaving": "leaving",
        "/staff/settings": "settings_profile",
        "/staff/settings/hardware": "settings_hardware",
    }
    for address in shown:
        page = await browser.get(address)
        assert "data-help-page" not in page.text
        assert 'id="help"' in page.text
    await switch(site, given, True)
    site.app.state.sessions._kept.clear()
    for address, name in shown.items():
        page = await browser.get(address)
        assert f'data-help-page="{name}"' in page.text, address
        for line in book().pages[name].sv.lines:
            assert line in page.text
    found = await browser.submit("/staff/search", {"q": "Elin"})
    assert 'data-help-page="search"' in found.text
    # A page that is not there has nothing to explain, and a colleague has chosen for themself.
    assert "data-help-page" not in (await browser.get("/staff/cases/1-999999999")).text
    assert "data-help-page" not in (await (await site.browser(given.hamid)).get("/staff")).text
    await switch(site, given, False)
    site.app.state.sessions._kept.clear()
    assert "data-help-page" not in (await browser.get("/staff")).text


async def test_in_english_it_is_in_english(site: Site, given: Cast) -> None:
    await switch(site, given, True)
    browser = await site.browser(given.ylva)
    browser.client.cookies.set("lang", "en")
    page = await browser.get("/staff")
    assert book().pages["start"].en.lines[0] in page.text


async def fetched(browser: Browser, fields: dict[str, str]) -> Page:
    """The switch as the page's script uses it."""
    return await browser.submit("/staff/settings/help", fields, (), **{"hx-request": "true"})


async def test_with_script_only_the_help_changes(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    await browser.get("/staff")
    fields = {"on": "1", "page": "start", "next": "/staff"}
    on = await fetched(browser, fields)
    assert on.status_code in (200, 201)
    assert on.text.strip().startswith('<div id="help"')
    assert 'data-help-page="start"' in on.text
    off = await fetched(browser, {**fields, "on": "0"})
    assert "data-help-page" not in off.text
    odd = await fetched(browser, {**fields, "page": "../../x<script>"})
    assert "script" not in odd.text


@pytest.mark.parametrize(
    "address",
    ["https://ond.example", "//ond.example", "/\\ond.example", "/staff//ond", "/my", "/staff?x", ""],
)
async def test_the_switch_leads_nowhere_else(site: Site, given: Cast, address: str) -> None:
    browser = await site.browser(given.ylva)
    answer = await browser.submit("/staff/settings/help", {"on": "0", "next": address})
    assert answer.headers["location"] == "/staff"


GOOD = """
routes = ["/staff/x"]
[sv]
title = "Sidan"
lines = ["En rad.", "En till."]
[en]
title = "The page"
lines = ["One line.", "One more."]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("En till.", "En till!", "calm"),
        ('"En till."', "", "2 to 5"),
        ("En rad.", "x" * 250 + ".", "240"),
        ('["/staff/x"]', "[]", "neither"),
        ('title = "Sidan"', "", "title"),
        ("[en]", "[fi]", "fi"),
        ("lines", "words", "words"),
    ],
)
def test_a_file_that_is_wrong_stops_the_start(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "x.toml").write_text(GOOD, encoding="utf-8")
    assert load(tmp_path).find("/staff/x", {}) == "x"
    (tmp_path / "x.toml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(BadHelp, match=said):
        load(tmp_path)


def test_the_most_particular_text_is_the_one(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.toml").write_text('match = { tab = "note" }\n' + GOOD, encoding="utf-8")
    (tmp_path / "c.toml").write_text(
        GOOD.replace('routes = ["/staff/x"]', 'templates = ["door.html"]'), encoding="utf-8"
    )
    found = load(tmp_path)
    assert found.find("/staff/x", {}) == "a"
    assert found.find("/staff/x", {"tab": "note"}) == "b"
    assert found.find("/staff/x", {"tab": "note"}, "door.html") == "c"
    assert found.find("/staff/y", {}) is None
    (tmp_path / "d.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadHelp, match="two help texts"):
        load(tmp_path)


async def test_a_patient_has_no_help_of_the_staffs(site: Site, given: Cast) -> None:
    page = await (await site.browser(given.elin)).get("/")
    assert "data-help" not in page.text
    assert helps.for_page({"path_template": "/staff"}, {}, "x.html", "sv") is None
