"""The picture: what comes in is drawn anew and small, who may see it, and that nothing is left behind."""

import asyncio
import io
import re
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import ExifTags, Image
from tests.cast import Cast
from tests.pictures import jpeg
from tests.site import Browser, Page, Site

from vardlots.access.actor import StaffActor
from vardlots.platform.files import FileStore
from vardlots.preferences import actions, pictures, queries

FORM = {"given_name": "Ylva", "family_name": "Tallvik", "title": "Sjuksköterska", "mobile": ""}


async def sends(browser: Browser, content: bytes, name: str = "jag.jpg", **more: str) -> Page:
    page = await browser.get("/staff/settings")
    found = re.search(r'name="rev" value="(\d+)"', page.text)
    assert found is not None
    files = [("picture", (name, content, "image/jpeg"))]
    return await browser.submit("/staff/settings", {**FORM, "rev": found[1], **more}, files)


async def picture_of(given: Cast, by: StaffActor) -> str:
    async with given.database.transaction(by.scope) as connection:
        return (await queries.profile(connection, by=by)).picture


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


async def test_a_picture_becomes_small_square_and_without_its_history(site: Site, given: Cast) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Kameran AB"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (59.0, 20.0, 1.0)
    wide = Image.new("RGB", (1600, 900), (200, 30, 30))
    wide.paste((20, 160, 90), (350, 0, 1250, 900))  # the middle square
    browser = await site.browser(given.ylva)
    content = saved(wide, "JPEG", exif=exif, comment=b"hemligt")
    assert (await sends(browser, content)).status_code == 303
    picture = await picture_of(given, given.ylva)
    sizes = {}
    for address, side in ((f"/pictures/{picture}", 512), (f"/pictures/{picture}?thumb=1", 96)):
        answer = await browser.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"].startswith("inline")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "private" in answer.headers["cache-control"]
        image = Image.open(io.BytesIO(answer.content))
        assert (image.format, image.size) == ("JPEG", (side, side))
        assert not image.getexif()
        assert b"hemligt" not in answer.content
        assert b"Kameran" not in answer.content
        for corner in ((1, 1), (side - 2, side - 2)):
            red, green, _ = image.getpixel(corner)  # type: ignore[misc]
            assert green > red, "the middle is kept, the sides are cut off"
        sizes[side] = len(answer.content)
    assert sizes[96] < 10_000
    assert f"/pictures/{picture}" in (await browser.get("/staff")).text


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BOMB = saved(Image.new("L", (9000, 9000)), "PNG")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "jag.svg"),
        (SVG, "jag.jpg"),
        (b"<!doctype html><script>alert(1)</script>", "jag.png"),
        (b"%PDF-1.7\n1 0 obj\n%%EOF\n", "jag.pdf"),
        (b"MZ\x90\x00" + b"\x00" * 200, "jag.jpg"),
        (jpeg()[:200], "jag.jpg"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "jag.png"),
        (BOMB, "jag.png"),
    ],
    ids=["svg", "svg-as-jpeg", "html", "pdf", "program", "cut-off", "broken-png", "too-many-pixels"],
)
async def test_what_is_no_picture_is_refused_with_a_reason(
    site: Site, given: Cast, content: bytes, name: str
) -> None:
    browser = await site.browser(given.ylva)
    answer = await sends(browser, content, name, title="Barnmorska")
    assert answer.status_code == 422
    assert 'id="picture-error"' in answer.text
    assert 'value="Barnmorska"' in answer.text
    assert await picture_of(given, given.ylva) == ""


async def test_a_file_that_is_too_large_is_refused(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    import msgspec

    small = msgspec.structs.replace(site.app.state.settings, max_upload_mb=1)
    monkeypatch.setitem(site.app.state._state, "settings", small)
    browser = await site.browser(given.ylva)
    answer = await sends(browser, jpeg() + b"\x00" * 1_200_000)
    assert answer.status_code == 422
    assert "högst 1 MB" in answer.text


async def test_of_a_moving_or_see_through_picture_one_still_one_is_left(site: Site, given: Cast) -> None:
    frames = [Image.new("RGB", (80, 60), colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    moving = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90, loop=0)
    clear = saved(Image.new("RGBA", (60, 80), (0, 0, 0, 0)), "PNG")
    browser = await site.browser(given.ylva)
    for content, first in ((moving, (250, 0, 0)), (clear, (255, 255, 255))):
        assert (await sends(browser, content)).status_code == 303
        answer = await browser.get(f"/pictures/{await picture_of(given, given.ylva)}")
        image = Image.open(io.BytesIO(answer.content))
        assert image.format == "JPEG"
        assert not getattr(image, "is_animated", False)
        assert image.size == (60, 60)
        assert max(abs(a - b) for a, b in zip(image.getpixel((30, 30)), first, strict=True)) < 12  # type: ignore[arg-type]


async def test_colleagues_and_ones_own_patients_see_it_and_nobody_else(site: Site, given: Cast) -> None:
    ylva = await site.browser(given.ylva)
    await sends(ylva, jpeg())
    address = f"/pictures/{await picture_of(given, given.ylva)}"
    for name in ("hamid", "olle", "rune", "astrid"):
        assert (await (await site.browser(getattr(given, name))).get(address)).status_code == 200, name
    elin, ruben, nora = [await site.browser(who) for who in (given.elin, given.ruben, given.nora)]
    for browser in (elin, ruben, nora):
        assert (await browser.get(address)).status_code == 404
    assert (await (await site.browser()).get(address)).status_code in (303, 401)
    # A queue is nobody's yet; once Ylva has the child's case, both guardians see who she is.
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    assert (await elin.get(address)).status_code == 200
    assert (await (await site.browser(given.matti)).get(address)).status_code == 200
    assert (await ruben.get(address)).status_code == 404
    assert (await nora.get(address)).status_code == 404
    assert address in (await elin.get(f"/my/cases/{ref}")).text
    assert address in (await (await site.browser(given.hamid)).get(f"/staff/cases/{ref}")).text
    for wrong in (f"/pictures/{uuid4()}", f"/pictures/{uuid4()}?thumb=1"):
        assert (await ylva.get(wrong)).status_code == 404


async def exists(site: Site, picture: str) -> bool:
    store: FileStore = site.app.state.files
    found = [await store.size(pictures.key(picture)), await store.size(f"{pictures.key(picture)}-thumb")]
    assert found.count(None) in (0, 2), "half a picture is left"
    return None not in found


async def test_replaced_and_removed_it_is_gone_everywhere(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    await sends(browser, jpeg())
    first = await picture_of(given, given.ylva)
    await sends(browser, jpeg(colour=(10, 10, 200)))
    second = await picture_of(given, given.ylva)
    assert first != second
    assert not await exists(site, first)
    assert await exists(site, second)
    assert (await browser.get(f"/pictures/{first}")).status_code == 404
    page = await browser.get("/staff/settings")
    rev = re.search(r'name="rev" value="(\d+)"', page.text)
    assert rev is not None
    await browser.submit("/staff/settings", {**FORM, "rev": rev[1], "remove_picture": "1"})
    assert await picture_of(given, given.ylva) == ""
    assert not await exists(site, second)
    assert (await browser.get(f"/pictures/{second}")).status_code == 404


async def test_two_pictures_at_once_leave_one(site: Site, given: Cast) -> None:
    first, second = await site.browser(given.ylva), await site.browser(given.ylva)
    await asyncio.gather(sends(first, jpeg()), sends(second, jpeg(colour=(9, 9, 9))))
    store: FileStore = site.app.state.files
    folder = Path(str(site.app.state.settings.file_store_url).removeprefix("file://")) / "staff"
    picture = await picture_of(given, given.ylva)
    assert await exists(site, picture)
    mine = [path.name for path in folder.iterdir() if picture in path.name]
    assert sorted(mine) == [picture, f"{picture}-thumb"]
    assert store is not None


async def test_each_of_many_replacements_gives_back_what_it_replaced(given: Cast) -> None:
    made = [uuid4() for _ in range(8)]
    before = await asyncio.gather(
        *(actions.set_picture(given.database, by=given.ylva, picture=one) for one in made)
    )
    last = await picture_of(given, given.ylva)
    left = {str(one) for one in made} - {str(one) for one in before if one is not None}
    assert left == {last}


async def test_a_good_picture_is_kept_when_a_word_is_wrong(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    answer = await sends(browser, jpeg(), title="")
    assert answer.status_code == 422
    picture = await picture_of(given, given.ylva)
    assert picture
    assert f'src="/pictures/{picture}"' in answer.text
