"""*Fraser* among the settings, over HTTP: added, edited, removed, refused with what was typed."""

import re

from tests.cast import Cast
from tests.site import Site

PHRASES = "/staff/settings/phrases"


async def test_a_phrase_is_added_edited_and_removed(given: Cast, site: Site) -> None:
    ylva, hamid = await site.browser(given.ylva), await site.browser(given.hamid)
    assert "Du har inga egna fraser än." in (await ylva.get(PHRASES)).text
    await ylva.get(f"{PHRASES}/new")
    fields = {"title": "Para, barn", "text": "15 mg per kilo, {patient}.", "words": "alvedon, feber"}
    refused = await ylva.submit(f"{PHRASES}/new", fields | {"text": "Hej {namn}."})
    assert refused.status_code == 422
    assert "Hej {namn}." in refused.text
    assert 'value="alvedon, feber"' in refused.text
    added = await ylva.submit(f"{PHRASES}/new", fields)
    assert added.headers["location"] == f"{PHRASES}?saved=1"
    page = await ylva.get(added.headers["location"])
    found = re.search(rf'href="({PHRASES}/\d+)">Para, barn<', page.text)
    assert found is not None
    address = found[1]
    assert "Para, barn" not in (await hamid.get(PHRASES)).text
    assert (await hamid.get(address)).status_code == 404

    form = await ylva.get(address)
    assert "15 mg per kilo, Elin." in form.text
    assert (await ylva.submit(address, fields | {"text": "Ny text.", "rev": "1"})).status_code == 303
    moved = await ylva.submit(address, fields | {"text": "Annan text.", "rev": "1"})
    assert moved.status_code == 409
    assert "Annan text." in moved.text
    assert "Sparat nu: Ny text." in moved.text
    assert 'name="rev" value="2"' in moved.text

    assert (await ylva.submit(f"{address}/remove")).status_code == 303
    assert "Du har inga egna fraser än." in (await ylva.get(PHRASES)).text


async def test_who_opens_no_cases_has_no_phrases(given: Cast, site: Site) -> None:
    rune = await site.browser(given.rune)
    assert (await rune.get(PHRASES)).status_code == 403
    assert PHRASES not in (await rune.get("/staff/settings")).text
