"""The staff's pages about patients: finding, opening with a reason, adding with consent, blocked guardians."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Site, open_site

from vardlots.access.sessions import token_hash
from vardlots.consents import queries as consents
from vardlots.consents.model import ConsentKind
from vardlots.demo.persons import region, register
from vardlots.families.actions import NewBlock, block_guardian
from vardlots.patients import pages
from vardlots.people import queries as people
from vardlots.people.actions import Known, remember
from vardlots.people.identity import check_digit
from vardlots.platform import clock
from vardlots.platform.db import Scope
from vardlots.platform.limits import SharedLimit


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def number_of(given: Cast, person_id: int) -> str:
    """The person's number, made into one that can be typed: the cast's own have no check digit."""
    async with given.database.transaction(given.ylva.scope) as connection:
        person = await people.person(connection, person_id)
    assert person is not None
    return person.number


async def logged(given: Cast, person_id: int, action: str) -> list[str | None]:
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch(
            "SELECT reason FROM access_log WHERE person_id = $1 AND action = $2", person_id, action
        )
    return [row["reason"] for row in rows]


async def test_by_name_only_those_within_reach(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    for by, found in ((given.ylva, True), (given.olle, False), (given.nora, False)):
        page = await (await site.browser(by)).submit("/staff/patients", {"q": "Ruben"})
        assert page.status_code == 200
        assert (f"/staff/patients/{given.ruben.person_id}" in page.text) == found, by.name


async def test_a_protected_person_is_found_by_number_only(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    number = await number_of(given, given.ruben.person_id)
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute(
            "UPDATE person SET protected = true WHERE person_id = $1", given.ruben.person_id
        )
    ylva = await site.browser(given.ylva)
    page = await ylva.submit("/staff/patients", {"q": "Ruben"})
    assert f"/staff/patients/{given.ruben.person_id}" not in page.text
    shown = await ylva.get(f"/staff/patients/{given.ruben.person_id}")
    assert "Skyddade personuppgifter" in shown.text
    assert "Ekdunge" not in shown.text


async def test_who_has_no_case_says_why_and_it_holds_for_a_shift(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    address = f"/staff/patients/{given.ruben.person_id}"
    olle = await site.browser(given.olle)
    door = await olle.get(address)
    assert door.status_code == 403
    assert "Ruben" not in door.text
    empty = await olle.submit(f"{address}/open", {"why": "other", "more": " "})
    assert empty.status_code == 422
    assert "Ruben" not in empty.text
    opened = await olle.submit(f"{address}/open", {"why": "contact", "more": "Ringde oss."})
    assert opened.status_code == 303
    page = await olle.get(address)
    assert (page.status_code, "Ruben Ekdunge" in page.text) == (200, True)
    # The case itself belongs to another unit: what it is about is told inside it.
    assert "Ärende på annan enhet" in page.text
    assert await logged(given, given.ruben.person_id, "open_patient") == [
        "Patienten har kontakt med mig nu. Ringde oss."
    ]
    with clock.shifted(timedelta(hours=12, minutes=1)):
        assert (await olle.get(address)).status_code in (303, 403)


@pytest.mark.parametrize("who", ["nora", "astrid", "rune"])
async def test_nobody_elses_patients(site: Site, given: Cast, who: str) -> None:
    await given.waiting_case(given.ruben)
    browser = await site.browser(getattr(given, who))
    address = f"/staff/patients/{given.ruben.person_id}"
    expected = 404 if who == "nora" else 403
    assert (await browser.get(address)).status_code == expected
    for path in ("open", "consents", "guardians"):
        answer = await browser.submit(f"{address}/{path}", {"why": "contact", "more": "x", "reason": "x"})
        assert answer.status_code == expected, path
    assert await logged(given, given.ruben.person_id, "open_patient") == []


async def test_a_consent_is_written_down_and_taken_back(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    person_id = given.ruben.person_id
    address = f"/staff/patients/{person_id}"
    ylva = await site.browser(given.ylva)
    answer = {"kind": "history", "given_by": str(person_id), "how": "telephone"}
    assert (await ylva.submit(f"{address}/consents", {**answer, "said": "yes"})).status_code == 303

    async def holds() -> bool:
        async with given.database.transaction(given.ylva.scope) as connection:
            return await consents.holds(connection, given.ylva.provider_id, person_id, ConsentKind.HISTORY)

    assert await holds()
    assert "Ruben Ekdunge sa ja" in (await ylva.get(address)).text
    assert (await ylva.submit(f"{address}/consents", {**answer, "said": "withdrawn"})).status_code == 303
    assert not await holds()
    for wrong in (
        {"how": "digital"},
        {"how": ""},
        {"kind": "x"},
        {"said": ""},
        {"given_by": str(given.tuva)},
    ):
        refused = await ylva.submit(f"{address}/consents", {**answer, "said": "yes", **wrong})
        assert refused.status_code == 422, wrong
    olle = await site.browser(given.olle)
    assert (await olle.submit(f"{address}/consents", {**answer, "said": "yes"})).status_code == 404
    elsewhere = await ylva.submit(f"{address}/consents", {**answer, "said": "no", "next": "//evil.example"})
    assert elsewhere.headers["location"] == address


async def add(browser: Browser, **fields: str) -> tuple[int, str]:
    answer = await browser.submit("/staff/patients/new/register", fields)
    return answer.status_code, answer.headers.get("location", "") or answer.text


async def test_a_person_is_added_with_consent_and_not_without(site: Site, given: Cast) -> None:
    """The demonstration's register is behind the site: one adult of it who has never been here."""
    person = next(one for one in region().persons if not one.protected and one.birth_date < date(1990, 1, 1))
    ylva = await site.browser(given.ylva)
    step = await ylva.submit("/staff/patients/new", {"number": person.number})
    assert step.status_code == 200
    assert person.family_name in step.text
    code, _ = await add(ylva, number=person.number, how="telephone")
    assert code == 422
    code, place = await add(ylva, number=person.number, how="telephone", consent="1")
    assert code == 303
    assert (
        person.family_name in (await ylva.get(place)).text
        if (await ylva.get(place)).status_code == 200
        else True
    )
    # Once more is the same patient.
    again = await ylva.submit("/staff/patients/new", {"number": person.number})
    assert (again.status_code, again.headers["location"]) == (303, place)
    # At another provider nothing is known of it: consent given elsewhere does not count.
    nora = await site.browser(given.nora)
    assert (await nora.get(place)).status_code == 404
    assert (await nora.submit("/staff/patients/new", {"number": person.number})).status_code == 200


async def test_a_child_is_added_by_its_guardian(site: Site, given: Cast) -> None:
    known = register()
    families = [(bond.guardian, bond.child) for bond in region().guardianships if not bond.blocked]
    persons = {one.id: one for one in region().persons}
    guardian, child = next(
        (persons[guardian], persons[child])
        for guardian, child in families
        if not persons[child].protected
        and not persons[guardian].protected
        and 2 <= people.age_in_years(persons[child].birth_date, clock.today()) < 12
    )
    other = next(
        one
        for one in region().persons
        if one.id not in {guardian.id, child.id}
        and not one.protected
        and (one.id, child.id) not in families
        and one.birth_date < date(1990, 1, 1)
    )
    assert await known.person(child.number.replace("-", "")) is not None
    ylva = await site.browser(given.ylva)
    code, _ = await add(ylva, number=child.number, how="on_site", consent="1")
    assert code == 422
    code, told = await add(ylva, number=child.number, how="on_site", consent="1", guardian=other.number)
    assert code == 422
    assert "inte vårdnadshavare" in told
    code, place = await add(ylva, number=child.number, how="on_site", consent="1", guardian=guardian.number)
    assert code == 303, told
    async with given.database.transaction(given.ylva.scope) as connection:
        said = await consents.history(connection, given.ylva.provider_id, [int(place.rsplit("/", 1)[1])])
    assert [one.given_by_name for one in said] == [f"{guardian.given_name} {guardian.family_name}"]


async def test_a_number_that_is_nobodys_is_told_of(site: Site, given: Cast) -> None:
    ylva = await site.browser(given.ylva)
    nine = "750505238"
    unknown = f"19{nine}{check_digit(nine)}"
    for number, words in (
        (unknown, "Folkbokföringen har ingen"),
        ("19750505", "tolv siffror"),
        ("", "tolv siffror"),
    ):
        answer = await ylva.submit("/staff/patients/new", {"number": number})
        assert answer.status_code == 422
        assert words in answer.text
        assert number in answer.text


async def test_a_guardian_is_blocked_and_let_in_again(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.elin, person_id=given.tuva)
    address = f"/staff/patients/{given.tuva}"
    ylva, matti = await site.browser(given.ylva), await site.browser(given.matti)
    assert (await matti.get(f"/my/cases/{ref}")).status_code == 200
    form = {
        "guardian": str(given.matti.person_id),
        "approver": "head_of_unit",
        "approved_by": str(given.helga.staff_id),
        "reason": "Socialtjänstens beslut.",
    }
    for wrong in (
        {"guardian": ""},
        {"approver": ""},
        {"approved_by": str(given.ylva.staff_id)},
        {"reason": " "},
    ):
        refused = await ylva.submit(f"{address}/guardians", {**form, **wrong})
        assert refused.status_code == 422, wrong
        assert "Socialtjänstens" in refused.text or wrong == {"reason": " "}
    assert (await ylva.submit(f"{address}/guardians", form)).status_code == 303
    assert (await matti.get(f"/my/cases/{ref}")).status_code == 404
    assert "Matti" not in (await ylva.get(address)).text
    page = await ylva.get(f"{address}/guardians")
    assert "Godkänd av Helga Storvik" in page.text
    block = page.text.split("/guardians/")[1].split("/end")[0]
    decided = {"approver": "head_of_unit", "approved_by": str(given.helga.staff_id), "reason": "Upphävt."}
    for wrong in ({"reason": ""}, {"approver": ""}, {"approved_by": str(given.ylva.staff_id)}):
        refused = await ylva.submit(f"{address}/guardians/{block}/end", {**decided, **wrong})
        assert refused.status_code == 422, wrong
    assert (await ylva.submit(f"{address}/guardians/{block}/end", decided)).status_code == 303
    assert (await matti.get(f"/my/cases/{ref}")).status_code == 200


async def test_every_question_about_a_number_is_logged_and_they_are_few(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register's answer is about anybody in the country: no step of the form gives it away unlogged."""
    person = [one for one in region().persons if not one.protected and one.birth_date < date(1990, 1, 1)][1]
    asked = 0

    async def noted() -> int:
        async with given.database.transaction(given.ylva.scope) as connection:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM access_log WHERE actor_id = $1 AND action = 'look_up'",
                    given.ylva.staff_id,
                )
            )

    ylva = await site.browser(given.ylva)
    for address, status in (("/staff/patients/new", 200), ("/staff/patients/new/register", 422)):
        answer = await ylva.submit(address, {"number": person.number})
        assert (answer.status_code, person.family_name in answer.text) == (status, True)
        asked += 1
        assert await noted() == asked
    # Who is somebody here already, or nobody, is an answer too.
    nine = "750505238"
    await ylva.submit("/staff/patients/new", {"number": f"19{nine}{check_digit(nine)}"})
    assert await noted() == asked + 1
    monkeypatch.setattr(pages, "LOOK_UPS", SharedLimit("test_look_up", 1, 600))
    codes = [
        (await ylva.submit(address, {"number": person.number, "q": person.number})).status_code
        for address in ("/staff/patients/new", "/staff/patients/new/register", "/staff/patients")
    ]
    assert codes == [200, 429, 429]


async def test_a_mark_of_protection_found_while_adding_holds_at_once(site: Site, given: Cast) -> None:
    """The register knows of a protection that has come since the person was last here: sessions end, lists are told."""
    person = next(one for one in region().persons if one.protected and one.birth_date < date(1990, 1, 1))
    compact = person.number.replace("-", "")
    registered = await register().person(compact)
    assert registered is not None
    known = Known(
        system=registered.system,
        number=compact,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date,
    )
    # The database may remember the person from an earlier test.
    async with given.database.transaction(Scope(identity=compact)) as connection:
        await connection.execute(
            "UPDATE person SET protected = false WHERE person_id IN "
            "(SELECT person_id FROM person_identifier WHERE value = $1)",
            compact,
        )
    person_id = await remember(given.database, known=known)
    token = await site.app.state.sessions.open_for_patient(person_id=person_id, acr="test")
    code, told = await add(await site.browser(given.ylva), number=person.number, how="telephone", consent="1")
    assert code == 303, told
    async with given.database.transaction(Scope()) as connection:
        why = await connection.fetchval(
            "SELECT ended_why FROM session WHERE token_hash = $1", token_hash(token)
        )
    assert why == "protected_identity"


async def test_a_block_is_ended_on_its_own_childs_page_only(site: Site, given: Cast) -> None:
    """Whoever has one child's page open ends nothing of a child whose page they have not opened."""
    await given.waiting_case(given.elin, person_id=given.tuva)
    await given.waiting_case(given.elin, person_id=given.nils, unit=given.strandgatan)
    block_id = await block_guardian(
        given.house,
        by=given.olle,
        new=NewBlock(
            child_id=given.nils,
            guardian_id=given.matti.person_id,
            approved_by=given.helga.staff_id,
            approver="head_of_unit",
            reason="Socialtjänstens beslut.",
        ),
    )
    ylva = await site.browser(given.ylva)
    for child in (given.tuva, given.nils):
        address = f"/staff/patients/{child}/guardians/{block_id}/end"
        assert (
            await ylva.submit(
                address,
                {"reason": "Upphävt.", "approver": "head_of_unit", "approved_by": str(given.helga.staff_id)},
            )
        ).status_code == 404
    olle = await site.browser(given.olle)
    address = f"/staff/patients/{given.nils}/guardians/{block_id}/end"
    assert (
        await olle.submit(
            address,
            {"reason": "Upphävt.", "approver": "head_of_unit", "approved_by": str(given.helga.staff_id)},
        )
    ).status_code == 303


async def test_a_patient_blocks_a_unit_and_lets_it_be_read_again(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    address = f"/staff/patients/{given.ruben.person_id}"
    ylva, olle = await site.browser(given.ylva), await site.browser(given.olle)
    form = {"unit_id": str(given.angsviken.unit_id), "how": "telephone", "reason": "Känner någon där."}
    for wrong, field in (
        ({"unit_id": ""}, "unit_id"),
        ({"how": ""}, "how"),
        ({"reason": "x" * 501}, "reason"),
    ):
        refused = await ylva.submit(f"{address}/blocks", {**form, **wrong})
        assert refused.status_code == 422, field
    assert (await ylva.submit(f"{address}/blocks", form)).status_code == 303
    assert (await ylva.submit(f"{address}/blocks", form)).status_code == 409
    # At home at the unit nothing is hidden; elsewhere no more than that something is.
    assert "Spärrade uppgifter" not in (await ylva.get(address)).text
    await olle.submit(f"{address}/open", {"why": "contact"})
    told = (await olle.get(address)).text
    assert "Spärrade uppgifter" in told
    assert "Ärende på annan enhet" not in told
    page = (await ylva.get(f"{address}/blocks")).text
    block = page.split("/blocks/")[1].split("/end")[0]
    # Another unit reads that something is blocked, not what, and ends nothing.
    theirs = (await olle.get(f"{address}/blocks")).text
    assert "Känner någon där." not in theirs
    assert f"/blocks/{block}/end" not in theirs
    assert (await olle.submit(f"{address}/blocks/{block}/end", {"why": "Ringde."})).status_code == 403
    other = await given.waiting_case(given.elin)
    assert other
    elsewhere = f"/staff/patients/{given.elin.person_id}/blocks/{block}/end"
    assert (await ylva.submit(elsewhere, {"why": "Ringde."})).status_code == 404
    assert (await ylva.submit(f"{address}/blocks/{block}/end", {"why": ""})).status_code == 422
    assert (await ylva.submit(f"{address}/blocks/{block}/end", {"why": "Ringde."})).status_code == 303
    assert "Ärende på annan enhet" in (await olle.get(address)).text
