"""What is saved is in force at once, for patients and staff, at this provider and no other; what has begun goes on."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from hypothesis import given as any_of
from hypothesis import strategies as st
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.access.actor import StaffActor
from vardlots.clinics import queries as clinics
from vardlots.configuration import actions, book
from vardlots.configuration import queries as configuration
from vardlots.configuration.actions import Change
from vardlots.configuration.model import Body, Kind
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound
from vardlots.triage import actions as triage
from vardlots.triage import content, protocols
from vardlots.triage.catalogue import SAVED_FROM
from vardlots.triage.configured import practice_of
from vardlots.triage.escalation import ESCALATION, standing_times, times_of
from vardlots.triage.interview import outcome, resume, to_dict
from vardlots.triage.model import Protocol
from vardlots.triage.priorities import PRIORITY, standing_priorities
from vardlots.triage.protocols import PROTOCOL
from vardlots.triage.queries import InterviewRef, Kept, own_interview
from vardlots.triage.reasons import REASON, standing_reason
from vardlots.triage.tests.helpers import answer_sheets, run, subjects
from vardlots.triage.tests.test_patient_pages import (
    MILD_THROAT,
    answer_all,
    asked,
    begin,
    join,
    queued,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def save(
    site: Site, by: StaffActor, kind: Kind, key: str, body: Body | None, base: int = 0, **more: Any
) -> int:
    """What an administrator's *Spara* does."""
    house = site.app.state.house
    change = Change(key=key, body=body, base_version=base, unit_id=more.pop("unit_id", None))
    return (
        await actions.save(
            house.database, house.hub, by=by, kind=kind, changes=[change], reason="Prov", **more
        )
    )[0]


def reason(code: str, **changed: Any) -> Body:
    standing = standing_reason(content.protocols().protocol(code))
    body: Body = msgspec.to_builtins(msgspec.structs.replace(standing, **changed))
    return body


def source(old: str = "", new: str = "", code: str = "sore_throat") -> Body:
    """A protocol's text with a change."""
    text = protocols._text(code, 1)
    assert old in text
    return {"source": text.replace(old, new, 1), "note": ""}


def times(**of_three: int | None) -> Body:
    """The region's times, those of priority 3 changed."""
    standing = standing_times(content.schemes()["1-12"])
    body: Body = msgspec.to_builtins(standing)
    body["rows"][2] |= of_three
    return body


async def kept_of(given: Cast, by: Any, address: str) -> Kept:
    ref = InterviewRef.parse(address.rsplit("/", 1)[1])
    async with given.database.transaction(by.scope) as connection:
        return await own_interview(connection, by=by, ref=ref)


# Reasons.


async def test_a_changed_reason_is_offered_and_found_by_its_new_words_and_named_so_in_the_queue(
    site: Site, given: Cast
) -> None:
    await queued(await site.browser(given.elin), given, about=given.tuva)
    ruben, ylva = await site.browser(given.ruben), await site.browser(given.ylva)
    address = f"/care/{given.angsviken.unit_id}"
    assert "Halsont" in (await ylva.get("/staff/drop-in?role=all")).text
    body = reason("sore_throat", label="Ont i svalget", label_en="Aching pharynx", words=["grumlig röst"])
    await save(site, given.astrid, REASON, "sore_throat", body)
    page = await ruben.get(address)
    assert "Ont i svalget" in page.text
    assert "Halsont" not in page.text
    found = (await ruben.submit(f"{address}/search", {"q": "grumlig"})).text
    assert "Ont i svalget" in found
    assert "Bröstsmärta" not in found
    queue = (await ylva.get("/staff/drop-in?role=all")).text
    assert "Ont i svalget" in queue
    assert "Halsont" not in queue
    # The other provider knows nothing of it.
    assert "Halsont" in (await ruben.get(f"/care/{given.norrhamn.unit_id}")).text


async def test_a_reason_that_is_switched_off_or_not_the_units_is_not_offered(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    here, there = f"/care/{given.angsviken.unit_id}", f"/care/{given.strandgatan.unit_id}"
    await save(
        site, given.astrid, REASON, "sore_throat", reason("sore_throat", units=[given.strandgatan.unit_id])
    )
    assert "Halsont" not in (await ruben.get(here)).text
    assert "Halsont" in (await ruben.get(there)).text
    # A form from a page that was open is refused too.
    assert (await ruben.submit(here, {"complaint": "sore_throat"})).status_code == 404
    assert (await ruben.submit(there, {"complaint": "sore_throat"})).status_code == 303
    await save(site, given.astrid, REASON, "sore_throat", reason("sore_throat", active=False), 1)
    assert "Halsont" not in (await ruben.get(there)).text
    assert (await ruben.submit(there, {"complaint": "sore_throat"})).status_code == 404


async def test_a_removed_reason_is_gone_for_the_new_and_keeps_its_name_for_the_old(
    site: Site, given: Cast
) -> None:
    ref = await queued(await site.browser(given.elin), given, about=given.tuva)
    await save(site, given.astrid, REASON, "sore_throat", reason("sore_throat", label="Ont i svalget"))
    await save(site, given.astrid, REASON, "sore_throat", None, 1)
    ruben, elin, ylva = [await site.browser(one) for one in (given.ruben, given.elin, given.ylva)]
    assert "Ont i svalget" not in (await ruben.get(f"/care/{given.angsviken.unit_id}")).text
    assert "Ont i svalget" in (await ylva.get("/staff/drop-in?role=all")).text
    assert "Ont i svalget" in (await ylva.get(f"/staff/cases/{ref}")).text
    assert "Ont i svalget" in (await elin.get("/my/cases")).text
    assert "Ont i svalget" in (await elin.get(f"/my/cases/{ref}")).text


async def test_a_reason_of_ones_own_leads_to_its_protocol_and_names_the_case(site: Site, given: Cast) -> None:
    await save(site, given.astrid, REASON, "sore_throat", reason("sore_throat", protocol=None))
    own = reason("sore_throat", label="Hals och röst", role="physician")
    await save(site, given.astrid, REASON, "throat_voice", own)
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "throat_voice", about=given.tuva)
    assert (await kept_of(given, given.elin, address)).protocol == "sore_throat"
    await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    answer = await join(elin, address)
    async with given.database.transaction(given.ylva.scope) as connection:
        row = await connection.fetchrow(
            "SELECT reason, role FROM care_case WHERE provider_id = $1", given.ylva.provider_id
        )
    assert (row["reason"], row["role"]) == ("throat_voice", "physician")
    # Seeking again for the same leads to the same case.
    again = await elin.submit(
        f"/care/{given.angsviken.unit_id}?for={given.tuva}", {"complaint": "throat_voice"}
    )
    assert again.status_code == 409
    assert f'href="{answer.headers["location"]}"' in again.text


async def test_a_reason_is_checked_against_the_providers_own(site: Site, given: Cast) -> None:
    for body, field in (
        (reason("sore_throat", units=[given.norrhamn.unit_id]), "units"),
        (reason("sore_throat", role="gardener"), "role"),
        (reason("sore_throat", role="log_reviewer"), "role"),
        (reason("sore_throat", protocol="chest_pain"), "protocol"),
    ):
        with pytest.raises(Invalid) as refused:
            await save(site, given.astrid, REASON, "sore_throat", body)
        assert refused.value.field == field
    with pytest.raises(Forbidden):
        await save(site, given.helga, REASON, "sore_throat", reason("sore_throat"))


# Protocols.

TITLE = 'title = { sv = "Halsont", en = "Sore throat", ar = "ألم الحلق" }'


async def test_an_interview_begun_before_a_change_ends_and_replays_with_its_own_version(
    site: Site, given: Cast
) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    link_id, rev, options = asked(await elin.get(address))
    await elin.submit(
        address, {"question": link_id, "rev": rev, "answer": "none" if "none" in options else options[0]}
    )
    with pytest.raises(Invalid):
        # The file's written cases would come to something else.
        await save(site, given.astrid, PROTOCOL, "sore_throat", source("priority = 3", "priority = 4"))
    texts = source(TITLE, 'title = { sv = "Hals", en = "Throat" }')
    assert await save(site, given.astrid, PROTOCOL, "sore_throat", texts) == 1
    # What was begun goes on where it was, by the file's version.
    page = await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    assert "version 1." in page.text
    assert "hos vårdgivaren" not in page.text
    old = await kept_of(given, given.elin, address)
    assert (old.version, old.asked and old.asked.title["sv"]) == (1, "Halsont")
    # What begins now is asked by the new one, also for the same child.
    again = await begin(elin, given, "sore_throat", about=given.tuva)
    assert again != address
    page = await answer_all(elin, again, MILD_THROAT | {"general": "very_ill"})
    assert "Hals version 1 hos vårdgivaren" in page.text
    new = await kept_of(given, given.elin, again)
    assert new.version == SAVED_FROM + 1
    # A second version, and the protocol taken away: both are told as they were.
    await save(
        site, given.astrid, PROTOCOL, "sore_throat", source(TITLE, 'title = { sv = "H", en = "T" }'), 1
    )
    await save(site, given.astrid, PROTOCOL, "sore_throat", None, 2)
    for one, where, title in ((old, address, "Halsont"), (new, again, "Hals")):
        kept = await kept_of(given, given.elin, where)
        assert kept.outcome is not None
        assert outcome(kept.interview()) == outcome(one.interview())
        assert outcome(kept.interview()).protocol_title == title
        assert [rule.id for rule in outcome(kept.interview()).rules] == kept.outcome["rules"]
        assert (await elin.get(f"{where}/result")).status_code == 200
    ruben = await site.browser(given.ruben)
    assert "Halsont" not in (await ruben.get(f"/care/{given.angsviken.unit_id}")).text
    assert (
        await ruben.submit(f"/care/{given.angsviken.unit_id}", {"complaint": "sore_throat"})
    ).status_code == 404


async def test_a_case_of_a_saved_version_is_read_by_it_for_ever(site: Site, given: Cast) -> None:
    await save(site, given.astrid, PROTOCOL, "sore_throat", source('sv = "Halsont"', 'sv = "Svalget"'))
    ref = await queued(await site.browser(given.elin), given, about=given.tuva)
    await save(site, given.astrid, PROTOCOL, "sore_throat", source('sv = "Halsont"', 'sv = "Strupen"'), 1)
    ylva, elin = await site.browser(given.ylva), await site.browser(given.elin)
    page = (await ylva.get(f"/staff/cases/{ref}")).text
    assert "svalget version 1 hos vårdgivaren" in page
    assert "Strupen" in page
    assert (await elin.get(f"/my/cases/{ref}/answers")).status_code == 200
    assert (await ylva.get(f"/staff/cases/{ref}?tab=answers")).status_code == 200


async def test_a_protocol_of_ones_own_is_offered_as_a_reason_at_once(site: Site, given: Cast) -> None:
    body = source('code = "sore_throat"', 'code = "voice"')
    body["source"] = body["source"].replace(TITLE, 'title = { sv = "Heshet", en = "Hoarseness" }')
    await save(site, given.astrid, PROTOCOL, "voice", body)
    ruben = await site.browser(given.ruben)
    assert "Heshet" in (await ruben.get(f"/care/{given.angsviken.unit_id}")).text
    assert "Heshet" not in (await ruben.get(f"/care/{given.norrhamn.unit_id}")).text
    address = await begin(ruben, given, "voice")
    assert (await kept_of(given, given.ruben, address)).version == SAVED_FROM + 1


async def test_no_version_of_another_provider_is_ever_used(site: Site, given: Cast) -> None:
    await save(
        site, given.astrid, PROTOCOL, "sore_throat", source(TITLE, 'title = { sv = "Hals", en = "T" }')
    )
    async with given.database.transaction(given.nora.scope) as connection:
        theirs = await practice_of(connection, given.nora.provider_id)
        with pytest.raises(LookupError):
            await protocols.in_version(connection, given.nora.provider_id, "sore_throat", SAVED_FROM + 1)
    assert theirs.protocols["sore_throat"].version == 1


async def test_heads_of_units_and_care_staff_change_no_protocol(site: Site, given: Cast) -> None:
    for by in (given.helga, given.ylva, given.rune):
        with pytest.raises(Forbidden):
            await save(site, by, PROTOCOL, "sore_throat", source())


async def test_a_version_for_a_later_day_asks_nobody_before_it(site: Site, given: Cast) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    body = source(TITLE, 'title = { sv = "Hals", en = "Throat" }')
    await save(site, given.astrid, PROTOCOL, "sore_throat", body, starts_at=tomorrow)
    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "sore_throat")
    assert (await kept_of(given, given.ruben, address)).version == 1
    with clock.at(tomorrow):
        async with given.database.transaction(given.ruben.scope) as connection:
            unit = await clinics.unit(connection, given.angsviken.unit_id)
        assert unit is not None
        ref = await triage.start_interview(
            given.house, by=given.ruben, unit=unit, person_id=given.ruben.person_id, reason="sore_throat"
        )
        assert (await kept_of(given, given.ruben, f"/{ref}")).version == SAVED_FROM + 1


def _saved() -> Protocol:
    """A provider's own version of the sore throat, compiled from its text."""
    return protocols.compiled(
        "sore_throat", SAVED_FROM + 3, source('sv = "Halsont"', 'sv = "Hals"')["source"]
    )


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@any_of(st.data())
def test_any_interview_of_a_saved_version_replays_the_same_and_as_the_files_where_only_words_differ(
    data: st.DataObject,
) -> None:
    saved = _saved()
    subject = data.draw(subjects(saved))
    sheet = data.draw(answer_sheets(saved))
    interview = run(saved, subject, sheet)
    stored = json.loads(json.dumps(to_dict(interview)))
    assert stored["version"] == SAVED_FROM + 3
    # Compiled anew, as after a restart: from the text alone.
    protocols._compiled.cache_clear()
    assert outcome(resume(_saved(), stored)) == outcome(interview)
    files = run(content.protocols().protocol("sore_throat"), subject, sheet)
    assert [rule.id for rule in outcome(files).rules] == [rule.id for rule in outcome(interview).rules]


# Escalation times and priorities.


async def test_a_units_own_target_is_in_its_rows_its_counts_and_nowhere_else(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben, reason="sore_throat", priority=3)
    await given.waiting_case(given.elin, reason="sore_throat", priority=3, unit=given.strandgatan)
    with clock.shifted(timedelta(minutes=20)):
        ylva, olle = await site.browser(given.ylva), await site.browser(given.olle)
        assert "5 min över målet" in (await ylva.get("/staff/drop-in?role=all")).text
        key = str(given.angsviken.unit_id)
        assert await save(site, given.helga, ESCALATION, key, times(target=25)) == 1
        queue = (await ylva.get("/staff/drop-in?role=all")).text
        assert "över målet" not in queue.replace("ingen över målet", "")
        assert "1 väntar, ingen över målet" in queue
        assert "1 över målet" not in (await ylva.get("/staff?role=all")).text
        assert "5 min över målet" in (await olle.get("/staff/drop-in?role=all")).text
        await save(site, given.helga, ESCALATION, key, times(target=18), 1)
        assert "2 min över målet" in (await ylva.get("/staff/drop-in?role=all")).text
        assert "1 över målet" in (await ylva.get("/staff?role=all")).text
    async with given.database.transaction(given.ylva.scope) as connection:
        own = await times_of(connection, given.ylva.provider_id, given.angsviken.unit_id)
        other = await times_of(connection, given.ylva.provider_id, given.strandgatan.unit_id)
    assert (own[3].target, other[3].target) == (18, 15)
    assert own[1] == other[1]


async def test_a_head_changes_the_times_of_their_own_unit_only_and_none_can_be_removed(
    site: Site, given: Cast
) -> None:
    with pytest.raises(Forbidden):
        await save(site, given.helga, ESCALATION, str(given.strandgatan.unit_id), times(target=5))
    with pytest.raises(Forbidden):
        await save(site, given.ylva, ESCALATION, str(given.angsviken.unit_id), times(target=5))
    with pytest.raises(NotFound):
        await save(site, given.astrid, ESCALATION, str(given.norrhamn.unit_id), times(target=5))
    await save(site, given.astrid, ESCALATION, str(given.angsviken.unit_id), times(target=5))
    with pytest.raises(Forbidden):
        await save(site, given.astrid, ESCALATION, str(given.angsviken.unit_id), None, 1)


async def test_what_stands_for_each_unit_is_what_holds_today(given: Cast) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await configuration.items(connection, given.astrid.provider_id, ESCALATION, clock.now())
    assert {one.key: one.unit_id for one in found} == {
        str(unit.unit_id): unit.unit_id for unit in (given.angsviken, given.strandgatan)
    }
    assert all(one.body == times() for one in found)


async def test_a_changed_priority_is_worded_so_for_patient_and_staff(site: Site, given: Cast) -> None:
    ref = await queued(await site.browser(given.elin), given, about=given.tuva)
    body: Body = msgspec.to_builtins(standing_priorities(content.schemes()["1-12"]))
    body["rows"][1] |= {"label": "Fort", "label_en": "Quick", "meaning": "Bedöms i dag."}
    await save(site, given.astrid, PRIORITY, "provider", body)
    page = (await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}")).text
    assert "Fort" in page
    assert "Bedöms i dag." in page
    assert "Skyndsamt" not in page
    async with given.database.transaction(given.nora.scope) as connection:
        theirs = await practice_of(connection, given.nora.provider_id)
    assert theirs.scheme == content.schemes()["1-5"]


async def test_the_queue_asks_the_database_no_more_than_before(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is configured is kept in the process: a page costs the same however much has been saved."""
    await queued(await site.browser(given.elin), given, about=given.tuva)
    ylva, said = await site.browser(given.ylva), []
    execute = asyncpg.Connection._do_execute

    async def counted(self: Any, query: str, *rest: Any, **more: Any) -> Any:
        said.append(query)
        return await execute(self, query, *rest, **more)

    async def statements(address: str) -> int:
        """The least of some times: the log's own commits and what other things kept run out come in between."""
        counts = []
        for _ in range(4):
            said.clear()
            await ylva.get(address)
            counts.append(len(said))
        return min(counts)

    monkeypatch.setattr(asyncpg.Connection, "_do_execute", counted)
    addresses = (
        "/staff/drop-in?role=all",
        "/staff/drop-in/rows?role=all",
        "/staff?role=all",
        "/staff/menu?role=all",
    )
    before = [await statements(address) for address in addresses]
    assert all(before)
    await save(site, given.astrid, REASON, "sore_throat", reason("sore_throat", label="Hals"))
    await save(site, given.helga, ESCALATION, str(given.angsviken.unit_id), times(target=9))
    await save(site, given.astrid, PROTOCOL, "sore_throat", source())
    assert [await statements(address) for address in addresses] == before
    assert not any("config_" in query for query in said)


async def test_what_is_read_anew_and_has_not_changed_stays_as_it_is_drawn(site: Site, given: Cast) -> None:
    database, provider_id = site.app.state.house.database, given.ylva.provider_id

    async def edition() -> int:
        async with database.transaction(given.ylva.scope) as connection:
            return (await practice_of(connection, provider_id)).edition

    first = await edition()
    book.forget()
    assert await edition() == first
    await save(site, given.astrid, REASON, "sore_throat", reason("sore_throat", label="Hals"))
    assert await edition() != first
