"""The whole application over HTTP: health, static files, headers, refusals, every route behind a door."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from litestar.routes import HTTPRoute
from tests.cast import Cast
from tests.site import Site, open_site

# Pages for anybody: the start, the way in, 112, what the machine asks, and the product's own pictures.
OPEN = {
    "/",
    "/my",
    "/emergency",
    "/sign-in",
    "/staff/sign-in",
    "/staff/sign-in/assignment",  # holds a sealed cookie from the sign-in just made
    "/sign-in/start/{who:str}",
    "/sign-in/callback/{who:str}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/sms/receipts",  # another system, with a secret of its own
    "/static/{path:path}",
    "/triage/pictures/{name:str}",
    "/my/language",
    "/sign-out",
    "/demo/identity",
    "/demo/outbox",
}
VALUES = {
    "ref": "1-1",
    "consultation": "1-1",
    "note": "1",
    "form": "pdf",
    "request_id": "1",
    "phrase_id": "1",
    "unit_id": "1",
    "session_id": "999999999",
    "notice_id": "999999999",
    "file_id": "6f1c2f6e-8f57-4d0a-9a3e-0e5d0f2b7c11",
    "name": "head",
    "person": "1",
    "block": "1",
    "kind": "phrase",
    "key": "none",
    "review": "1",
    "place": "1",
    "contact": "1-1",
    "absence": "1",
    "feedback_id": "999999999",
    "picture": "6f1c2f6e-8f57-4d0a-9a3e-0e5d0f2b7c11",
    "slot": "999999999",
    "schedule": "999999999",
    "rule": "999999999",
    "closed": "999999999",
}


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def test_health_tells_the_truth(site: Site) -> None:
    browser = await site.browser()
    assert (await browser.get("/healthz")).text == "ok"
    ready = await browser.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (200, "ok")
    assert "vardlots" in (await browser.get("/metrics")).text


async def test_every_answer_carries_the_same_guard(site: Site) -> None:
    browser = await site.browser()
    for address in ("/", "/emergency", "/no-such-page", "/static/css/base.css"):
        answer = await browser.get(address)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_static_files_are_kept_for_ever_by_version_and_nothing_else_is_served(site: Site) -> None:
    browser = await site.browser()
    style = re.search(r'href="(/static/css/[^"]+\?v=\w+)"', (await browser.get("/")).text)
    assert style is not None
    found = await browser.get(style[1])
    assert "immutable" in found.headers["cache-control"]
    again = await browser.get(style[1], **{"if-none-match": found.headers["etag"]})
    assert again.status_code == 304
    for address in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/css", "/static/nothing.css"):
        assert (await browser.get(address)).status_code == 404


async def test_a_refusal_has_a_reference_and_json_where_asked_for(site: Site, given: Cast) -> None:
    browser = await site.browser(given.elin)
    page = await browser.get("/my/cases/1-999999999")
    assert page.status_code == 404
    told = (await browser.get("/my/cases/1-999999999", accept="application/json")).json()
    assert (told["status"], told["code"]) == (404, "not_found")
    assert re.fullmatch(r"[0-9a-f]{8}", told["reference"])


async def test_a_form_without_its_token_is_refused(site: Site, given: Cast) -> None:
    browser = await site.browser(given.elin)
    await browser.get("/")
    answer = await browser.client.post("/my/profile", data={"mobile": "070-174 06 12"})
    assert answer.status_code == 403


async def test_every_route_is_behind_a_door(site: Site, given: Cast) -> None:
    """Nobody gets in anywhere; a patient gets in nowhere among staff, and staff nowhere among patients' own pages."""
    nobody, elin, ylva = await site.browser(), await site.browser(given.elin), await site.browser(given.ylva)
    seen = 0
    for route in site.app.routes:
        if not isinstance(route, HTTPRoute) or route.path_format in OPEN or route.path in OPEN:
            continue
        path = route.path_format
        for name, value in VALUES.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, f"{route.path_format}: say what to put in its address"
        methods = route.methods - {"OPTIONS", "HEAD"}
        for method in sorted(methods):
            seen += 1
            expected = (303, 401) if method == "GET" else (401,)
            answer = await (nobody.get(path) if method == "GET" else nobody.submit(path))
            assert answer.status_code in expected, f"{method} {path} lets nobody in: {answer.status_code}"
            wrong = elin if path.startswith("/staff") else ylva
            answer = await (wrong.get(path) if method == "GET" else wrong.submit(path))
            assert answer.status_code in (403, 404), (
                f"{method} {path} lets the wrong kind in: {answer.status_code}"
            )
    assert seen > 40
