"""Every route of the application by every kind of actor, against the table; and what no table may say."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.matrix import ACTORS, STAFF, TABLE, World, ask, read_table, routes, write_table
from tests.site import Browser, Site, open_site
from tests.test_site import OPEN, VALUES

from vardlots.cases.model import CaseRef

OUTSIDERS = ("other_provider", "blocked_guardian", "sibling_13", "stranger")
# Whose bodies never end: asked in tests of their own.
STREAMS = {"/live"}
# The same for everybody, and outside what an actor may or may not: the way in has tests of its own.
APART = {
    "/metrics",
    "/sms/receipts",
    "/static/{path}",
    "/triage/pictures/{name}",
    "/demo/identity",
    "/demo/outbox",
    "/sign-in",
    "/sign-in/start/{who}",
    "/sign-in/callback/{who}",
    "/staff/sign-in",
    "/staff/sign-in/assignment",
}


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


def fill(path: str, values: dict[str, str]) -> str:
    """The address of a route with what the world holds; asks for whatever it does not know."""
    for name, value in {**VALUES, **values}.items():
        path = re.sub(rf"{{{name}(:\w+)?}}", value, path)
    assert "{" not in path, f"{path}: say in VALUES of test_site.py what to put in its address"
    return path


async def there(world: World, method: str, path: str, standing: CaseRef) -> dict[str, str]:
    """What the address of a route needs, made anew where it is about to be changed."""
    if path.startswith(("/my/tickets/", "/staff/tickets/")):
        return {"ref": await world.ticket()}
    if "{consultation" in path:
        return {"consultation": await world.consultation()}
    if path.startswith("/staff/assisted/"):
        return {"ref": await world.assisted()}
    changes = method != "GET"
    case = await world.case() if changes and "{ref" in path else standing
    if path.startswith("/interview/"):
        # Cases and interviews are numbered apart: what is asked for is the case's own interview.
        return {"ref": await world.interview(case)}
    if changes and "{request_id" in path:
        return {"ref": str(case), "request_id": await world.form(case)}
    return {"ref": str(case)}


@pytest.mark.slow
async def test_every_route_answers_every_actor_as_the_table_says(site: Site, given: Cast) -> None:
    world = await World.make(given, site)
    standing = await world.case()
    shown = {
        "ref": str(standing),
        "file_id": await world.file(standing),
        "note": await world.note(standing),
        "request_id": await world.form(standing),
        "person": str(given.tuva),
        # What belongs to Ängsviken, whose head is `head`.
        "kind": "welcome",
        "key": str(given.angsviken.unit_id),
    }
    found: dict[tuple[str, str], dict[str, int]] = {}
    browsers: dict[str, Browser] = {}
    for method, path in routes(site):
        if path in STREAMS | APART:
            continue
        answers = found[method, path] = {}
        address = ""
        for actor in ACTORS:
            # What a refusal has left as it was is there for the next.
            address = address or fill(path, shown | await there(world, method, path, standing))
            if actor not in browsers:
                browsers[actor] = await site.browser(world.actor(actor))
            answers[actor] = await ask(browsers[actor], method, address)
            if method != "GET" and answers[actor] < 400:
                address = ""
                await browsers.pop(actor).client.aclose()
    if os.environ.get("WRITE_ACCESS_MATRIX"):
        TABLE.write_text(write_table(found), encoding="utf-8")
    table = read_table()
    assert set(found) - set(table) == set(), "routes without a line in tests/access_matrix.txt"
    assert set(table) - set(found) == set(), "lines of routes that are gone"
    wrong = [
        f"{method} {path}: {actor} got {code}, the table says {table[method, path][actor]}"
        for (method, path), answers in found.items()
        for actor, code in answers.items()
        if code != table[method, path][actor]
    ]
    assert wrong == []


def test_what_no_table_may_say() -> None:
    for (method, path), answers in read_table().items():
        here = f"{method} {path}"
        assert all(code < 500 for code in answers.values()), here
        if path in OPEN or path in {one.split(":")[0] for one in OPEN}:
            continue
        is_open = any(re.sub(r":\w+}", "}", one) == path for one in OPEN)
        if not is_open:
            assert answers["nobody"] in (303, 401), here
        if path.startswith("/staff") and not is_open:
            assert {answers[actor] for actor in ACTORS if actor not in STAFF and actor != "nobody"} <= {
                403,
                404,
            }, here
        if path.startswith("/my") and not is_open:
            assert {answers[actor] for actor in STAFF} <= {403, 404}, here
        if "{ref}" in path:
            # Who has nothing to do with a case is never told that there is one.
            assert {answers[actor] for actor in OUTSIDERS} <= {403, 404}, here
            assert {answers[actor] for actor in ("administrator", "reviewer")} <= {403, 404}, here
        if path.startswith("/staff/admin"):
            assert {answers[actor] for actor in STAFF - {"head", "administrator"}} == {403}, here
        if path.startswith("/staff/log"):
            assert {answers[actor] for actor in STAFF - {"head", "reviewer"}} == {403}, here
