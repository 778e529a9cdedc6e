"""Configuration as files: out and in again is no change, and nothing comes in that has not been shown."""

import json
from typing import Any

import msgspec
import pytest
from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.admin import files
from vardlots.admin.addresses import address
from vardlots.admin.files import File, Thing, as_csv, read_csv, read_file
from vardlots.admin.known import kinds
from vardlots.admin.tests.forms import shown_in
from vardlots.configuration import queries as configuration
from vardlots.platform import clock
from vardlots.platform.errors import Invalid

IMPORT = "/staff/admin/files/import"
TOKEN = {"accept": "text/html"}


async def bring(browser: Browser, content: bytes | str, where: str = IMPORT) -> Page:
    """Choose a file and see what it would change."""
    await browser.get(where)
    data = content.encode() if isinstance(content, str) else content
    return await browser.submit(where, {}, files=[("file", ("file.json", data, "application/json"))])


async def confirm(browser: Browser, page: Page, reason: str = "Från fil", where: str = IMPORT) -> Page:
    """Say yes to what was shown."""
    fields = shown_in(page.content, "import-form") | {"reason": [reason]}
    # The form is multipart/form-data, as a browser sends it: the file may be larger than other forms.
    return await browser.submit(where, fields, files=[("none", ("", b"", "application/octet-stream"))])


async def bodies(given: Cast, code: str) -> dict[str, Any]:
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await configuration.items(connection, given.astrid.provider_id, kinds()[code], clock.now())
    return {one.key: one.body for one in found}


async def test_everything_out_and_in_again_changes_nothing(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    out = await astrid.get("/staff/admin/files/export")
    assert "attachment" in out.headers["content-disposition"]
    file = msgspec.json.decode(out.content, type=File)
    assert {one.kind for one in file.things} >= {"unit", "opening", "role", "phrase", "protocol", "welcome"}
    assert file.stamp.version == files.VERSION
    page = await bring(astrid, out.content)
    assert page.status_code == 200
    assert "Läggs till" not in page.text
    assert "Går inte" not in page.text
    assert "Det finns inget i filen att läsa in." in page.text
    assert page.text.count("plan-same") == 1


@pytest.mark.parametrize("code", [code for code, kind in kinds().items() if files.is_flat(kind)])
async def test_simple_kinds_go_through_a_spreadsheet_unchanged(site: Site, given: Cast, code: str) -> None:
    astrid = await site.browser(given.astrid)
    out = await astrid.get(f"/staff/admin/files/export?kind={code}&form=csv")
    assert out.content.startswith(b"\xef\xbb\xbfkey;owner_unit;")
    page = await bring(astrid, out.content, f"{IMPORT}?kind={code}")
    assert page.status_code == 200, code
    assert "Går inte" not in page.text, code
    assert "Ändras" not in page.text, code
    assert "Läggs till" not in page.text, code


async def test_a_change_is_shown_first_then_saved_with_its_reason(site: Site, given: Cast) -> None:
    astrid, key = await site.browser(given.astrid), str(given.angsviken.unit_id)
    out = (await astrid.get("/staff/admin/files/export?kind=welcome")).json()
    for thing in out["things"]:
        if thing["key"] == key:
            thing["body"]["sv"] = "Från en fil"
    page = await bring(astrid, json.dumps(out))
    assert "Ändras" in page.text
    assert "Från en fil" in page.text
    assert (await bodies(given, "welcome"))[key]["sv"] != "Från en fil"
    unsaid = await confirm(astrid, page, reason=" ")
    assert unsaid.status_code == 422
    assert "Skriv varför" in unsaid.text
    assert (await confirm(astrid, page)).status_code == 303
    assert (await bodies(given, "welcome"))[key]["sv"] == "Från en fil"
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await configuration.history(connection, given.astrid.provider_id, "welcome", key)
    assert [(one.version, one.reason, one.author_name) for one in found] == [(1, "Från fil", "Astrid Vassbo")]


async def test_several_kinds_are_saved_all_or_none(site: Site, given: Cast) -> None:
    astrid, key = await site.browser(given.astrid), str(given.angsviken.unit_id)
    out = (await astrid.get("/staff/admin/files/export")).json()
    for thing in out["things"]:
        if (thing["kind"], thing["key"]) == ("welcome", key):
            thing["body"]["sv"] = "Ny"
        if (thing["kind"], thing["key"]) == ("opening", key):
            thing["body"]["week"] = {"0": ["08:00", "07:00"]}
    page = await bring(astrid, json.dumps(out))
    assert "Går inte" in page.text
    assert "Det stänger innan det öppnar" in page.text
    assert "En går inte att läsa in och hoppas över." in page.text
    # Somebody saves before it is confirmed: it is shown once more.
    helga = await site.browser(given.helga)
    where = address("welcome", key)
    form = shown_in((await helga.get(where)).content)
    await helga.submit(where, form | {"f.sv": ["Helgas"], "~reason": ["Prov"], "do": "save"})
    again = await confirm(astrid, page)
    assert again.status_code == 422
    assert "Något har ändrats här sedan du tittade" in again.text
    assert (await bodies(given, "welcome"))[key]["sv"] == "Helgas"
    assert (await confirm(astrid, again)).status_code == 303
    assert (await bodies(given, "welcome"))[key]["sv"] == "Ny"
    assert (await bodies(given, "opening"))[key]["week"]["0"] == ["00:00", "24:00"]


async def test_another_providers_file_is_told_and_its_units_are_not_ours(site: Site, given: Cast) -> None:
    astrid, key = await site.browser(given.astrid), str(given.angsviken.unit_id)
    out = (await astrid.get("/staff/admin/files/export?kind=welcome")).json()
    unit = next(one for one in out["things"] if one["key"] == key)
    theirs = dict(out)
    theirs["stamp"] |= {"provider": "Region Annorstädes", "provider_hsa_id": "SE9999999999-P1"}
    hsa_id = out["units"][key]["hsa_id"]
    theirs["units"] = {
        "7": {"name": "Ängsviken", "hsa_id": hsa_id},
        "8": {"name": "Fjärran", "hsa_id": "SE9999999999-U8"},
    }
    theirs["things"] = [
        unit | {"key": "7", "unit": 7, "body": {"sv": "Deras", "en": "Theirs"}},
        unit | {"key": "8", "unit": 8, "body": {"sv": "Borta", "en": "Away"}},
    ]
    page = await bring(astrid, json.dumps(theirs))
    assert "Filen kommer från Region Annorstädes" in page.text
    assert "De här enheterna finns inte här: Fjärran." in page.text
    assert "Filen nämner en enhet som inte finns här." in page.text
    assert (await confirm(astrid, page)).status_code == 303
    assert (await bodies(given, "welcome"))[key]["sv"] == "Deras"


async def test_a_head_brings_in_only_what_is_theirs(site: Site, given: Cast) -> None:
    astrid, helga = await site.browser(given.astrid), await site.browser(given.helga)
    out = (await astrid.get("/staff/admin/files/export?kind=welcome")).json()
    for thing in out["things"]:
        thing["body"]["sv"] = "Överallt"
    page = await bring(helga, json.dumps(out))
    assert "Din roll ändrar inte den här inställningen." in page.text
    assert (await confirm(helga, page)).status_code == 303
    found = await bodies(given, "welcome")
    assert found[str(given.angsviken.unit_id)]["sv"] == "Överallt"
    assert found[str(given.strandgatan.unit_id)]["sv"] != "Överallt"
    nurse = await site.browser(given.ylva)
    assert (
        await nurse.submit(IMPORT, {"source": json.dumps(out), "mark": "x", "reason": "x"})
    ).status_code == 403


async def test_a_units_file_holds_only_the_units_own(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    out = (await astrid.get(f"/staff/admin/files/export?at={given.angsviken.unit_id}")).json()
    assert {one["unit"] for one in out["things"]} == {given.angsviken.unit_id}
    one = (await astrid.get(address("welcome", str(given.angsviken.unit_id), "export"))).json()
    assert [(thing["kind"], thing["unit"]) for thing in one["things"]] == [
        ("welcome", given.angsviken.unit_id)
    ]


STAMP = {"format": files.FORMAT, "version": 1, "at": "", "provider": "", "provider_hsa_id": ""}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Välj en fil"),
        (b"  ", "tom"),
        (b"\xff\xfe\x00", "går inte att läsa"),
        (b"not json", "ingen inställningsfil"),
        (b"[" * 100_000, "ingen inställningsfil"),
        (b'{"stamp": {}}', "ingen inställningsfil"),
        (
            json.dumps({"stamp": STAMP | {"format": "other"}, "units": {}, "things": []}),
            "ingen inställningsfil",
        ),
        (json.dumps({"stamp": STAMP | {"version": 99}, "units": {}, "things": []}), "nyare version"),
        (
            json.dumps({"stamp": STAMP, "units": {}, "things": [{"kind": "nope", "key": "a", "body": {}}]}),
            "nope",
        ),
        (
            json.dumps(
                {"stamp": STAMP, "units": {}, "things": [{"kind": "phrase", "key": "\0", "body": {}}]}
            ),
            "ingen text",
        ),
        (b"x" * (files.MOST_BYTES + 1), "för stor"),
    ],
)
async def test_a_file_that_is_none_is_refused_in_words(
    site: Site, given: Cast, content: bytes | str, told: str
) -> None:
    page = await bring(await site.browser(given.astrid), content)
    assert page.status_code == 422
    assert told in page.text


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        ({"kind": "phrase", "key": "", "body": {}}, "Nyckeln saknas"),
        ({"kind": "phrase", "key": "~new", "body": {}}, "Nyckeln saknas"),
        ({"kind": "phrase", "key": "a", "body": {"title": "T", "text": "x", "more": 1}}, "heter more"),
        ({"kind": "phrase", "key": "a", "body": {"title": 3, "text": "x"}}, "title:"),
        (
            {"kind": "phrase", "key": "a", "unit": 0, "body": {"title": "T", "text": "x"}},
            "enhet som inte finns",
        ),
        ({"kind": "welcome", "key": "0", "body": {"sv": "a", "en": "b"}}, "kan inte läggas till"),
        ({"kind": "role", "key": "nurse", "body": {"code": "other", "label": "x"}}, "säger olika"),
    ],
)
async def test_what_in_a_file_cannot_be_saved_says_why(
    site: Site, given: Cast, thing: dict[str, Any], told: str
) -> None:
    astrid = await site.browser(given.astrid)
    stamp = (await astrid.get("/staff/admin/files/export?kind=welcome")).json()["stamp"]
    page = await bring(astrid, json.dumps({"stamp": stamp, "units": {}, "things": [thing]}))
    assert page.status_code == 200
    assert "Går inte" in page.text
    assert told in page.text


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    kind = kinds()["staff"]
    body = {"hsa_id": "SE0000000000-S1", "given_name": "=1+1", "family_name": "'@x", "title": 'a;b\n"c'}
    table = as_csv(kind, [Thing("staff", "+1", body)])
    assert b"'=1+1" in table
    (back,) = read_csv(kind, table)
    assert (back.key, back.body) == ("+1", body)


@pytest.mark.parametrize(
    "content", [b"", b"name;label\n", b"key;owner_unit;nope\n", b"key;key\n", b"\xff\xff", b'key;"x']
)
def test_a_table_with_other_columns_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read_csv(kinds()["staff"], content)


def test_too_many_things_are_refused() -> None:
    things = [{"kind": "phrase", "key": str(n), "body": {}} for n in range(files.MOST_THINGS + 1)]
    with pytest.raises(Invalid):
        read_file(json.dumps({"stamp": STAMP, "units": {}, "things": things}).encode())
