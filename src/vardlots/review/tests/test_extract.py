"""The patient's log: for whom, of what, in which words; as a page, as a document, and on paper."""

from datetime import date, timedelta

import asyncpg
import pytest
from tests.cast import PERSONNUMMER, Cast
from tests.site import Site

from vardlots.access.actor import PatientActor
from vardlots.audit import log as audit
from vardlots.families.actions import NewBlock, block_guardian
from vardlots.people.actions import Known, recognise
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.review import document
from vardlots.review.extract import Line
from vardlots.review.tests.helpers import number_of


async def logged(given: Cast, by: object, action: str, person_id: int, **more: object) -> None:
    provider_id = more.pop("provider_id", given.angsviken.provider_id)
    at = more.pop("at", None) or clock.now()
    with clock.at(at):  # type: ignore[arg-type]
        row = audit.access(by, action, provider_id=provider_id, person_id=person_id, **more)  # type: ignore[arg-type]
    async with given.database.transaction(NOBODY) as connection:
        await audit.write(connection, [row])


async def blocked(given: Cast) -> None:
    """Matti must not see Tuva."""
    await block_guardian(
        given.house,
        by=given.ylva,
        new=NewBlock(
            child_id=given.tuva,
            guardian_id=given.matti.person_id,
            reason="Skydd.",
            approved_by=given.helga.staff_id,
            approver="head_of_unit",
        ),
    )


async def test_who_what_where_and_when_in_plain_words(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await logged(given, given.ylva, "read", given.ruben.person_id)
    await logged(given, given.olle, "open_patient", given.ruben.person_id, reason="Du ringde om provsvar.")
    await logged(given, given.hamid, "change_priority", given.ruben.person_id, reason="Ser trött ut.")
    page = await (await site.browser(given.ruben)).get("/my/log")
    assert "Läste ärendet" in page.text
    assert "Ylva Tallvik, Sjuksköterska" in page.text
    assert "Ängsviken" in page.text
    assert "I dag" in page.text
    # The reason of who opened what is not theirs is told; a colleague's word for staff is not.
    assert "Skäl: Du ringde om provsvar." in page.text
    assert "Ser trött ut." not in page.text


async def test_what_one_did_under_another_number_is_told_as_ones_own(site: Site, given: Cast) -> None:
    old, new = "199404700009", "199404100009"
    await recognise(given.database, known=_samira(old))
    later = await recognise(given.database, known=_samira(new))
    actor = PatientActor(later.person_id, "Samira Nyvik")
    await given.waiting_case(actor)
    await recognise(given.database, known=_samira(new, previous=((PERSONNUMMER, old),)))
    page = await (await site.browser(actor)).get("/my/log")
    assert '<span class="p-row-sub">Du</span>' in page.text
    assert "Samira Nyvik" not in page.text


def _samira(number: str, previous: tuple[tuple[str, str], ...] = ()) -> Known:
    return Known(
        system=PERSONNUMMER,
        number=number,
        given_name="Samira",
        family_name="Nyvik",
        birth_date=date(1994, 4, 10),
        previous=previous,
    )


async def test_a_role_that_patients_never_see_is_not_told(site: Site, given: Cast) -> None:
    await logged(given, given.rune, "search_log", given.ruben.person_id)
    page = await (await site.browser(given.ruben)).get("/my/log")
    assert "Rune Lindskär" in page.text
    assert "Loggranskare" not in page.text


async def test_guardians_see_the_child_and_nobody_elses(site: Site, given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    await logged(given, given.ylva, "read_file", given.tuva)
    for guardian in (given.elin, given.matti):
        page = await (await site.browser(guardian)).get(f"/my/log?for={given.tuva}")
        assert "Öppnade en bild eller fil" in page.text
    matti = await site.browser(given.matti)
    page = await matti.get(f"/my/log?for={given.tuva}")
    # The other guardian may be somebody whose name must not be told.
    assert "En vårdnadshavare" in page.text
    assert "Elin" not in page.text
    ruben = await site.browser(given.ruben)
    for address in (f"/my/log?for={given.tuva}", f"/my/log.pdf?for={given.tuva}"):
        assert (await ruben.get(address)).status_code == 404
    assert "Öppnade en bild" not in (await matti.get("/my/log")).text


async def test_a_blocked_guardian_sees_nothing_and_no_guardian_reads_of_blocks(
    site: Site, given: Cast
) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    await blocked(given)
    matti, elin = await site.browser(given.matti), await site.browser(given.elin)
    for address in (f"/my/log?for={given.tuva}", f"/my/log.pdf?for={given.tuva}"):
        assert (await matti.get(address)).status_code == 404
    page = await elin.get(f"/my/log?for={given.tuva}")
    assert page.status_code == 200
    assert "pärr" not in page.text
    assert "Skydd." not in page.text


async def test_by_care_giver_and_by_time(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await given.waiting_case(given.ruben, unit=given.norrhamn)
    await logged(
        given, given.nora, "read_file", given.ruben.person_id, provider_id=given.norrhamn.provider_id
    )
    await logged(given, given.ylva, "sign_note", given.ruben.person_id, at=clock.now() - timedelta(days=5))
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"/my/log?provider={given.norrhamn.provider_id}")
    assert "Öppnade en bild eller fil" in page.text
    assert "Signerade" not in page.text
    day = clock.today() - timedelta(days=5)
    page = await ruben.get(f"/my/log?since={day}&until={day}")
    assert "Signerade journalanteckningen" in page.text
    assert "Öppnade en bild" not in page.text
    for odd in (
        "provider=x",
        "since=i-dag",
        "until=9999-99-99",
        "before=nonsense",
        "provider=99999999999999",
    ):
        assert (await ruben.get(f"/my/log?{odd}")).status_code == 200


async def test_the_same_again_and_again_is_one_line_with_its_times(site: Site, given: Cast) -> None:
    noon = clock.now().replace(hour=11, minute=0)
    for minute in range(3):
        at = noon - timedelta(days=1, minutes=minute)
        await logged(given, given.ylva, "read_file", given.ruben.person_id, at=at)
    await logged(given, given.ylva, "read_file", given.ruben.person_id, at=noon - timedelta(days=2))
    page = await (await site.browser(given.ruben)).get("/my/log")
    assert page.text.count("Öppnade en bild eller fil") == 2
    assert "Öppnade en bild eller fil, 3 gånger" in page.text


async def test_the_document_is_tagged_kept_by_nobody_and_logged(site: Site, given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)
    answer = await elin.get(f"/my/log.pdf?for={given.tuva}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert b"StructTreeRoot" in answer.content
    assert b"pdfuaid" in answer.content
    async with given.database.transaction(given.rune.scope) as connection:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM access_log WHERE action = 'extract_log' AND person_id = $1", given.tuva
            )
            == 1
        )


async def test_too_much_for_a_document_is_said(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given.waiting_case(given.ruben)
    for _ in range(3):
        await logged(given, given.ylva, "read", given.ruben.person_id)
    monkeypatch.setattr("vardlots.review.own_log.MOST", 2)
    answer = await (await site.browser(given.ruben)).get("/my/log.pdf")
    assert answer.status_code == 422
    assert "Det blir för mycket för ett dokument." in answer.text


async def test_what_is_written_in_a_reason_is_never_code_in_the_document() -> None:
    """Texts go in as values. Letters of other languages have glyphs: the typesetter would fail on none otherwise."""
    line = Line(
        moment=clock.now(),
        log_id=1,
        who="Łukasz Żółć نورا",
        title="Läkare",
        unit="Ängsviken #set page(width: 1cm)",
        provider="Region",
        action="read",
        what="Läste ärendet",
        reason='#panic("x") $ ] } " \\ *fet*',
    )
    made = await document.pdf(
        document.Extract(
            lang="en",
            about="Åsa Öberg",
            number="19900402-****",
            providers="Region",
            period="",
            made="",
            made_for="Till patienten",
            lines=[line],
        )
    )
    assert made.startswith(b"%PDF-")


def of_paper(number: str, **more: str) -> dict[str, str]:
    return {"number": number, "to": "patient", "reason": "Visade körkort.", **more}


async def test_an_extract_on_paper_is_logged_with_its_reason(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    number = await number_of(given, given.ruben.person_id)
    rune = await site.browser(given.rune)
    assert "Gör ett loggutdrag" in (await rune.get("/staff/log/extract")).text
    for missing, told in (
        ({"reason": ""}, "Skriv hur du vet vem som frågar."),
        ({"to": ""}, "Välj vem som ska ha utdraget."),
        ({"number": "1"}, "Skriv numret med tolv siffror"),
        ({"number": "198803142382"}, "Ingen patient hos vårdgivaren"),
    ):
        refused = await rune.submit("/staff/log/extract", of_paper(number) | missing)
        assert refused.status_code == 422
        assert told in refused.text
    answer = await rune.submit("/staff/log/extract", of_paper(number))
    assert answer.content.startswith(b"%PDF-")
    async with given.database.transaction(given.rune.scope) as connection:
        row = await connection.fetchrow(
            "SELECT person_id, reason FROM access_log WHERE action = 'extract_log' AND actor_id = $1",
            given.rune.staff_id,
        )
    assert tuple(row) == (given.ruben.person_id, "till patienten: Visade körkort.")
    # The patient sees that it was made.
    assert "Tog ut ett loggutdrag" in (await (await site.browser(given.ruben)).get("/my/log")).text


async def test_on_paper_to_a_guardian_who_may_and_to_no_other(
    site: Site, given: Cast, database_url: str
) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    child = await number_of(given, given.tuva)
    numbers = {
        who: await number_of(given, getattr(given, who).person_id) for who in ("elin", "matti", "ruben")
    }
    await blocked(given)
    rune = await site.browser(given.rune)
    await rune.get("/staff/log/extract")
    for who, status in (("elin", 200), ("matti", 422), ("ruben", 422)):
        sent = of_paper(child, to="guardian", guardian=numbers[who])
        answer = await rune.submit("/staff/log/extract", sent)
        assert answer.status_code == status, who
    # From the day the child signs in for itself no guardian gets it.
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "ALTER TABLE person NO FORCE ROW LEVEL SECURITY; ALTER TABLE person DISABLE TRIGGER USER; "
        f"UPDATE person SET birth_date = '2010-01-01' WHERE person_id = {given.tuva}; "
        "ALTER TABLE person ENABLE TRIGGER USER; ALTER TABLE person FORCE ROW LEVEL SECURITY"
    )
    await owner.close()
    answer = await rune.submit("/staff/log/extract", of_paper(child, to="guardian", guardian=numbers["elin"]))
    assert answer.status_code == 422


async def test_the_head_of_a_unit_makes_no_extract_of_the_whole_provider(site: Site, given: Cast) -> None:
    helga = await site.browser(given.helga)
    page = await helga.get("/staff/log")
    assert page.status_code == 200
    assert "/staff/log/extract" not in page.text
    assert (await helga.get("/staff/log/extract")).status_code == 403
    assert (await helga.submit("/staff/log/extract", of_paper("1"))).status_code == 403
