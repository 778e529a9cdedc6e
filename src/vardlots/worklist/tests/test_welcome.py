"""The welcome that *Starta besök* sends: the unit's own, in the reader's language, changed at once."""

import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actor import StaffActor
from vardlots.cases import actions as cases
from vardlots.clinics import queries as clinics
from vardlots.configuration import actions, queries
from vardlots.configuration.actions import Change
from vardlots.conversations.queries import talk
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid
from vardlots.worklist.welcome import (
    WELCOME,
    WelcomeText,
    problems,
    standing_welcome,
    welcome_of,
    welcome_text,
)


async def save(site: Site, by: StaffActor, unit_id: int, sv: str, en: str = "Hello.", base: int = 0) -> None:
    house = site.app.state.house
    change = Change(key=str(unit_id), body={"sv": sv, "en": en}, base_version=base)
    await actions.save(house.database, house.hub, by=by, kind=WELCOME, changes=[change], reason="Prov")


async def test_the_visit_begins_with_what_was_saved_a_moment_ago(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.elin, person_id=given.tuva)
    await cases.accept(given.house, by=given.ylva, ref=ref)
    ylva = await site.browser(given.ylva)
    assert "Jag har läst det du har svarat." in (await ylva.get(f"/staff/cases/{ref}")).text
    await save(
        site,
        given.helga,
        given.angsviken.unit_id,
        "Hej {patient}, här är {staff}, {title} på {unit}.",
    )
    assert (
        "Hej Elin, här är Ylva Tallvik, sjuksköterska på Ängsviken."
        in (await ylva.get(f"/staff/cases/{ref}")).text
    )
    await ylva.submit(f"/staff/cases/{ref}/start")
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = (await talk(connection, by=given.ylva, ref=ref)).rows
    assert any(
        row.body.get("text") == "Hej Elin, här är Ylva Tallvik, sjuksköterska på Ängsviken." for row in rows
    )


async def test_what_stands_is_the_directorys_text_or_ours_for_each_unit(given: Cast) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await queries.items(connection, given.astrid.provider_id, WELCOME, clock.now())
        unit = await clinics.unit(connection, given.angsviken.unit_id)
        assert unit is not None
        assert await welcome_of(connection, unit) == standing_welcome(unit)
    assert {one.key for one in found} == {str(given.angsviken.unit_id), str(given.strandgatan.unit_id)}
    told = welcome_text(standing_welcome(unit), unit, given.ylva, "Elin Sjöqvarn", "sv")
    assert told.startswith("Hej och välkommen. Jag heter Ylva Tallvik och är sjuksköterska på Ängsviken.")


async def test_the_readers_language_decides(given: Cast) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        unit = await clinics.unit(connection, given.angsviken.unit_id)
    assert unit is not None
    written = WelcomeText("Hej {patient}", "Hello {patient} from {title}")
    assert welcome_text(written, unit, given.ylva, "Elin Sjöqvarn", "sv") == "Hej Elin"
    assert welcome_text(written, unit, given.ylva, "Elin Sjöqvarn", "en") == "Hello Elin from nurse"


async def test_a_head_changes_the_own_units_and_a_name_is_filled_in_once(site: Site, given: Cast) -> None:
    with pytest.raises(Forbidden):
        await save(site, given.helga, given.strandgatan.unit_id, "Hej")
    with pytest.raises(Invalid) as refused:
        await save(site, given.helga, given.angsviken.unit_id, "Hej {patients}")
    assert refused.value.field == "sv"
    assert [problem.field for problem in problems(WelcomeText("{unit", "{doctor} {unit}"))] == ["sv", "en"]
    async with given.database.transaction(given.astrid.scope) as connection:
        unit = await clinics.unit(connection, given.angsviken.unit_id)
    assert unit is not None
    assert welcome_text(WelcomeText("{patient}", "b"), unit, given.ylva, "{staff} X", "sv") == "{staff}"
