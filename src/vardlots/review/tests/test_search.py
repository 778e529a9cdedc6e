"""Searching the log: who reaches what, every way in and every choice, and that the search itself is logged."""

import re
from datetime import timedelta

import asyncpg
import pytest
from tests.cast import Cast, Unit
from tests.site import Site

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.audit.words import ACTIONS, KINDS
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.review import queries
from vardlots.review.queries import Asked, search
from vardlots.review.tests.helpers import number_of


async def logged(given: Cast, by: StaffActor, action: str = "read", **more: object) -> None:
    """A row of the log about Ruben."""
    at = more.pop("at", None)
    row = {"provider_id": by.provider_id, "person_id": given.ruben.person_id} | more
    with clock.at(at or clock.now()):  # type: ignore[arg-type]
        made = audit.access(by, action, **row)  # type: ignore[arg-type]
    async with given.database.transaction(NOBODY) as connection:
        await audit.write(connection, [made])


async def found(given: Cast, by: StaffActor, **asked: object) -> list[str]:
    async with given.database.transaction(by.scope) as connection:
        units = await queries.reach(connection, by)
        rows = await search(connection, by=by, asked=Asked(units=units, **asked))  # type: ignore[arg-type]
    return [row.actor_name for row in rows]


async def case_at(given: Cast, unit: Unit) -> CaseRef:
    return await given.waiting_case(given.ruben, unit=unit)


async def test_the_reviewer_reads_the_whole_provider_and_the_head_their_own_unit(given: Cast) -> None:
    elsewhere = await case_at(given, given.strandgatan)
    here = await case_at(given, given.angsviken)
    await logged(given, given.ylva, case_id=here.case_id)
    await logged(given, given.olle, case_id=elsewhere.case_id)
    await logged(given, given.olle, case_id=here.case_id)
    about = {"person_ids": [given.ruben.person_id], "actions": ["read"]}
    assert await found(given, given.rune, **about) == ["Olle Fjärdvik", "Olle Fjärdvik", "Ylva Tallvik"]
    # What Olle did at Strandgatan with its own case is not the head's; what he did with a case of hers is.
    assert await found(given, given.helga, **about) == ["Olle Fjärdvik", "Ylva Tallvik"]


async def test_a_head_of_unit_who_also_nurses_elsewhere_reviews_only_where_they_are_head(given: Cast) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) VALUES ($1, $2, $3, 'nurse', $4)",
            *(given.helga.provider_id, given.helga.staff_id, given.strandgatan.unit_id),
            f"SE-extra-{given.helga.staff_id}",
        )
        units = await queries.reach(connection, given.helga)
    assert units == [given.angsviken.unit_id]


async def test_another_providers_reviewer_never_sees_anything(given: Cast) -> None:
    await logged(given, given.ylva)
    stranger = StaffActor(
        **{name: getattr(given.rune, name) for name in ("unit_ids", "role", "name", "title")},
        staff_id=given.nora.staff_id,
        provider_id=given.nora.provider_id,
        unit_id=given.nora.unit_id,
        clinical=False,
        cares=False,
        reviews=True,
    )
    assert await found(given, stranger, person_ids=[given.ruben.person_id]) == []
    assert await found(given, stranger, staff_id=given.ylva.staff_id) == []


async def test_each_choice_narrows(given: Cast) -> None:
    day = clock.now() - timedelta(days=3)
    await logged(given, given.ylva, "read", at=day)
    await logged(given, given.hamid, "accept", reason="Därför.")
    await logged(given, given.olle, "open_patient", reason="Patienten ringde.")
    person = {"person_ids": [given.ruben.person_id]}
    y, h, o = "Ylva Tallvik", "Hamid Nordsken", "Olle Fjärdvik"
    assert await found(given, given.rune, **person) == [o, h, y]
    assert await found(given, given.rune, **person, staff_id=given.hamid.staff_id) == [h]
    assert await found(given, given.rune, staff_id=given.ylva.staff_id) == [y]
    assert await found(given, given.rune, **person, unit_id=given.strandgatan.unit_id) == [o]
    assert await found(given, given.rune, **person, actions=["accept", "read"]) == [h, y]
    assert await found(given, given.rune, **person, with_reason=True) == [o, h]
    assert await found(given, given.rune, **person, with_reason=False) == [y]
    assert await found(given, given.rune, **person, since=clock.now() - timedelta(days=1)) == [o, h]
    assert await found(given, given.rune, **person, until=clock.now() - timedelta(days=1)) == [y]
    assert await found(given, given.rune, since=day, until=day + timedelta(seconds=1)) == [y]


async def test_pages_follow_each_other_without_gap_or_double(given: Cast) -> None:
    at = clock.now()
    for _ in range(7):
        await logged(given, given.ylva, at=at)  # the same moment: the number decides
    seen: list[int] = []
    before = Asked(units=None).before
    async with given.database.transaction(given.rune.scope) as connection:
        while True:
            asked = Asked(units=None, staff_id=given.ylva.staff_id, before=before, limit=3)
            rows = await search(connection, by=given.rune, asked=asked)
            if not rows:
                break
            seen += [row.log_id for row in rows]
            before = (rows[-1].at, rows[-1].log_id)
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("role", ["ylva", "petra", "astrid"])
async def test_other_roles_are_refused(site: Site, given: Cast, role: str) -> None:
    browser = await site.browser(getattr(given, role))
    for address in ("/staff/log", "/staff/log/extract", "/staff/log/reviews"):
        assert (await browser.get(address)).status_code == 403
    for address in ("/staff/log", "/staff/log/csv", "/staff/log/staff", "/staff/log/extract"):
        assert (await browser.submit(address, {"number": "1"})).status_code == 403


async def test_by_the_number_that_is_typed(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    number = await number_of(given, given.ruben.person_id)
    await logged(given, given.ylva, reason="<b>farligt</b>")
    rune = await site.browser(given.rune)
    page = await rune.get("/staff/log")
    assert "Välj vad du vill se och sök" in page.text
    page = await rune.submit("/staff/log", {"number": number})
    assert page.status_code == 200
    assert "Läste ärendet" in page.text
    assert "Ruben Ekdunge" in page.text
    assert "Ylva Tallvik" in page.text
    assert b"<b>farligt</b>" not in page.content
    async with given.database.transaction(given.rune.scope) as connection:
        row = await connection.fetchrow(
            "SELECT person_id, reason FROM access_log WHERE actor_id = $1 AND action = 'search_log'",
            given.rune.staff_id,
        )
    assert row["person_id"] == given.ruben.person_id
    assert number not in row["reason"]
    assert "patient" in row["reason"]


async def test_protected_persons_are_not_named(site: Site, given: Cast, database_url: str) -> None:
    await given.waiting_case(given.ruben)
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "ALTER TABLE person NO FORCE ROW LEVEL SECURITY; ALTER TABLE person DISABLE TRIGGER USER; "
        f"UPDATE person SET protected = true WHERE person_id = {given.ruben.person_id}; "
        "ALTER TABLE person ENABLE TRIGGER USER; ALTER TABLE person FORCE ROW LEVEL SECURITY"
    )
    await owner.close()
    await logged(given, given.ylva)
    rune = await site.browser(given.rune)
    await rune.get("/staff/log")
    page = await rune.submit("/staff/log", {"staff": given.ylva.name})
    assert "Skyddad" in page.text
    assert "Ruben" not in page.text


async def test_what_cannot_be_read_is_said_at_its_field_and_kept(site: Site, given: Cast) -> None:
    rune = await site.browser(given.rune)
    await rune.get("/staff/log")
    for fields, told in (
        ({"number": "123"}, "Skriv numret med tolv siffror"),
        ({"number": "198803142382"}, "Ingen patient hos vårdgivaren"),
        ({"staff": "Xyzzy"}, "Ingen hos vårdgivaren heter så"),
        ({"since": "2026-02-31"}, "Skriv dagen som ÅÅÅÅ-MM-DD"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "Den första dagen är efter den sista"),
        ({"since": "2020-01-01", "until": "2026-03-01"}, "högst ett år"),
        ({"since": "2026-01-01", "until": "2026-03-01", "marker": "night"}, "Välj högst 31 dagar"),
    ):
        page = await rune.submit("/staff/log", fields)
        assert page.status_code == 422
        assert told in page.text
        for value in fields.values():
            assert value in page.text


async def test_staff_are_offered_by_name_within_the_provider(site: Site, given: Cast) -> None:
    rune = await site.browser(given.rune)
    await rune.get("/staff/log")
    offered = await rune.call("/staff/log/staff", {"staff": "yl tall"})
    assert "Ylva Tallvik (SE0000000000-SYlva" in offered.text
    assert "Hamid" not in offered.text
    assert "option" not in (await rune.call("/staff/log/staff", {"staff": "Nora"})).text
    assert "option" not in (await rune.call("/staff/log/staff", {"staff": "%"})).text
    chosen = re.search(r'value="(Ylva[^"]+)"', offered.text)
    assert chosen is not None
    await logged(given, given.ylva)
    page = await rune.submit("/staff/log", {"staff": chosen[1]})
    assert "Läste ärendet" in page.text
    # A head of unit is offered the unit's own.
    helga = await site.browser(given.helga)
    await helga.get("/staff/log")
    assert "option" not in (await helga.call("/staff/log/staff", {"staff": "Olle"})).text


async def test_a_file_for_a_spreadsheet_holds_no_formula_and_is_logged(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await logged(given, given.ylva, reason="=HYPERLINK(1)")
    rune = await site.browser(given.rune)
    await rune.get("/staff/log")
    answer = await rune.submit("/staff/log/csv", {"staff": "Ylva"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Nummer;Tid;Vem;Titel;Enhet;Vad")
    assert ";'=HYPERLINK(1);" in lines[1]
    assert "Ylva Tallvik;Sjuksköterska;Ängsviken;Läste ärendet;Ruben Ekdunge" in lines[1]
    async with given.database.transaction(given.rune.scope) as connection:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM access_log WHERE actor_id = $1 AND action = 'export_log'",
                given.rune.staff_id,
            )
            == 1
        )


async def test_older_rows_come_on_the_next_page(site: Site, given: Cast) -> None:
    for _ in range(queries.PAGE + 2):
        await logged(given, given.ylva)
    await logged(given, given.ylva, "accept")
    rune = await site.browser(given.rune)
    await rune.get("/staff/log")
    page = await rune.submit("/staff/log", {"staff": "Ylva"})
    assert page.text.count('class="log-time"') == queries.PAGE
    before = re.search(r'name="before" value="([^"]+)"', page.text)
    assert before is not None
    page = await rune.submit("/staff/log", {"staff": "Ylva", "before": before[1]})
    assert page.text.count('class="log-time"') == 3
    assert "Tog emot ärendet" not in page.text


def test_every_kind_can_be_chosen() -> None:
    assert {action.kind for action in ACTIONS.values()} == set(KINDS)


async def test_marks(given: Cast) -> None:
    """Each rule: a row that has it, and one that only just does not."""
    ref = await given.waiting_case(given.ruben)
    await cases.accept(given.house, by=given.hamid, ref=ref)
    night = clock.now().replace(hour=23, minute=30)
    noon = clock.now().replace(hour=11, minute=0) - timedelta(days=1)
    await logged(given, given.ylva, "open_patient", reason="Ringde.", at=noon)
    await logged(given, given.siri, "open_patient", at=noon)
    await logged(given, given.olle, "read", at=night)
    for _ in range(20):
        await logged(given, given.petra, "read", at=noon)
    for _ in range(20):
        await logged(given, given.hamid, "read", at=noon)

    async def marked(marker: str) -> set[str]:
        return set(await found(given, given.rune, person_ids=[given.ruben.person_id], marker=marker))

    assert await marked("outside") == {"Ylva Tallvik"}
    assert "Olle Fjärdvik" in await marked("night")
    assert "Ylva Tallvik" not in await marked("night")
    assert await marked("many") == {"Petra Åsnäs"}  # Hamid has a case with Ruben
    assert await marked("family_name") == await marked("same_name") == await marked("protected") == set()
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE staff SET family_name = 'ekdunge' WHERE staff_id = ANY ($1::bigint[])",
            [given.olle.staff_id, given.siri.staff_id],
        )
        await connection.execute(
            "UPDATE staff SET given_name = 'Ruben' WHERE staff_id = $1", given.siri.staff_id
        )
        await connection.execute(
            "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at, ended_at, ended_by) "
            "VALUES ($1, $2, $3, 'nurse', 'primary', $4, $5, 'staff')",
            *(given.olle.provider_id, given.olle.staff_id, given.olle.unit_id),
            *(night - timedelta(hours=1), night + timedelta(hours=1)),
        )
    assert await marked("family_name") == {"Olle Fjärdvik"}
    assert await marked("same_name") == {"Siri Åbrink"}
    assert "Olle Fjärdvik" not in await marked("night")
