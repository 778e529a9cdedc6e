"""A form that a provider changes: checked, asked at once, its answers read with the version they were given in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.cases.queries import readable_case
from vardlots.configuration import actions
from vardlots.configuration.actions import Change
from vardlots.configuration.book import NOTHING
from vardlots.forms import configured
from vardlots.forms.configured import FORM, NEEDED, FormText
from vardlots.platform.errors import Forbidden, Invalid
from vardlots.triage.queries import interview_of_case
from vardlots.triage.tests.test_patient_pages import (
    BEFORE,
    MILD_THROAT,
    answer_all,
    begin,
    join,
    queued,
)

PHARMACY = "Vilket apotek vill du använda, om det behövs?"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


def text(old: str = "", new: str = "") -> str:
    source = configured._texts()["post_triage"]
    assert old in source
    return source.replace(old, new)


async def save(site: Site, given: Cast, source: str | None, base: int = 0) -> None:
    house, body = site.app.state.house, None if source is None else {"source": source, "note": ""}
    change = Change(key="post_triage", body=body, base_version=base)
    await actions.save(house.database, house.hub, by=given.astrid, kind=FORM, changes=[change], reason="Prov")


def told(source: str, code: str = "post_triage") -> list[str]:
    return [one.message.format(**one.values) for one in configured.problems(code, FormText(source))]


def test_the_files_form_may_be_saved_and_is_what_stands() -> None:
    assert told(text()) == []
    assert configured.in_force(NOTHING, "post_triage") == configured.library().form("post_triage")
    assert all(form.version < configured.SAVED_FROM for form in configured.library().newest())


@pytest.mark.parametrize("link_id", NEEDED["post_triage"])
def test_what_is_used_elsewhere_must_be_asked(link_id: str) -> None:
    [problem] = told(
        text(f'id = "{link_id}"', f'id = "{link_id}x"').replace(f'"{link_id} is', f'"{link_id}x is')
    )
    assert f"{link_id}: frågan behövs" in problem


def test_a_fault_is_told_at_its_line() -> None:
    source = text('type = "open-choice"', 'type = "choices"')
    line = next(n for n, one in enumerate(source.splitlines(), 1) if "choices" in one)
    assert told(source) == [f"Rad {line}: ”choices” är inget av värdena som går att välja."]
    assert told(text('code = "post_triage"', 'code = "other"')) == ["Rad 5: code: ska vara ”post_triage”."]
    assert told(text(), "Post Triage") == ["Skriv koden med små bokstäver a–z, siffror och understreck."]


def test_the_preview_shows_the_questions() -> None:
    shown = configured.preview(FormText(text()), "sv")
    assert [one["id"] for one in shown][:3] == ["share_history", "share_medications", "mobile"]
    assert next(one for one in shown if one["id"] == "interpreter_language")["shown_if"] == [
        "interpreter = True"
    ]


async def test_a_changed_form_is_asked_at_once_and_old_answers_are_read_with_the_old_one(
    site: Site, given: Cast
) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    answer = await join(elin, address, pharmacy="Apoteket Fyren")
    old = answer.headers["location"].rsplit("/", 1)[1]
    source = text(PHARMACY, "Var hämtar du ut läkemedel?").replace('"pharmacy"', '"collects_at"')
    await save(site, given, source)
    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "sore_throat")
    await answer_all(ruben, address, MILD_THROAT | {"general": "very_ill"})
    await ruben.submit(f"{address}/queue")
    page = await ruben.get(f"{address}/before")
    assert "Var hämtar du ut läkemedel?" in page.text
    assert PHARMACY not in page.text
    answer = await ruben.submit(f"{address}/before", BEFORE | {"collects_at": "Apoteket Svanen"})
    new = answer.headers["location"].rsplit("/", 1)[1]
    ylva = await site.browser(given.ylva)
    for ref, asked, said in (
        (old, PHARMACY, "Apoteket Fyren"),
        (new, "Var hämtar du ut läkemedel?", "Apoteket Svanen"),
    ):
        page = await ylva.get(f"/staff/cases/{ref}")
        assert asked in page.text
        assert said in page.text
    # Removed, it is the product's own that is asked; what has been answered is still read.
    await save(site, given, None, 1)
    assert "Apoteket Svanen" in (await ylva.get(f"/staff/cases/{new}")).text


async def test_answers_say_which_form_they_are_of(site: Site, given: Cast) -> None:
    await save(site, given, text(PHARMACY, "Var?"))
    ref = await queued(await site.browser(given.elin), given, about=given.tuva)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        kept = await interview_of_case(connection, case)
        assert kept is not None
        assert kept.post_form.version == configured.SAVED_FROM + 1
        with pytest.raises(LookupError):
            await configured.in_version(
                connection, given.nora.provider_id, "post_triage", kept.post_form.version
            )
        with pytest.raises(LookupError):
            await configured.in_version(connection, given.ylva.provider_id, "post_triage", 77)


async def test_only_the_providers_administrators_change_forms(site: Site, given: Cast) -> None:
    house = site.app.state.house
    change = Change(key="post_triage", body={"source": text(), "note": ""}, base_version=0)
    for by in (given.helga, given.ylva):
        with pytest.raises(Forbidden):
            await actions.save(house.database, house.hub, by=by, kind=FORM, changes=[change], reason="Prov")
    with pytest.raises(Invalid):
        await save(site, given, "nothing")
