"""*Lämna över till annan vårdgivare* over HTTP: each step, who may, and that nothing but the text has crossed (E4)."""

import asyncio
import html
import re
from typing import Any

import pytest
from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.cases.model import Case, CaseRef, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.cases.referring import jobs
from vardlots.cases.referring.rules import ReferralRules
from vardlots.clinics.tree import Chosen
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.platform import clock
from vardlots.platform.db import provider_scope
from vardlots.worklist.referral_pieces import Piece, with_pieces

SECRET = "Det här skrev jag bara till er."
CHOSEN = "Det gör ont när jag lyfter armen."


async def spoken(given: Cast) -> CaseRef:
    """A visit that goes on, in which Ruben has written twice."""
    ref = await given.ongoing_case(given.ruben)
    for n, said in enumerate((CHOSEN, SECRET)):
        await write(given.house, by=given.ruben, ref=ref, message=Message(said, f"key-ruben-{n}"))
    return ref


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def bodies(given: Cast, ref: CaseRef, kind: Kind) -> list[dict[str, Any]]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return [row.body for row in await timeline(connection, ref) if row.kind is kind]


def fields(page: Page) -> dict[str, str]:
    """What the page's form holds, as a browser would send it."""
    found = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page.text))
    found |= dict(re.findall(r'<textarea[^>]*name="([a-z_]+)"[^>]*>([^<]*)<', page.text))
    for unticked in ("yes", "piece"):
        found.pop(unticked, None)
    # A browser leaves out the line break that a text begins with.
    return {name: html.unescape(value.removeprefix("\n")) for name, value in found.items()}


def receiver(given: Cast, role: str = "nurse") -> dict[str, str]:
    there = given.norrhamn
    return {"provider": str(there.provider_id), "resource": str(Chosen(there.unit_id, role)), "priority": "3"}


def yes(given: Cast) -> dict[str, str]:
    now = clock.local(clock.now()).strftime("%Y-%m-%dT%H:%M:%S")
    return {"yes": "1", "given_by": str(given.ruben.person_id), "how": "digital", "at": now}


async def filled(given: Cast, site: Site, ref: CaseRef) -> tuple[Browser, dict[str, str]]:
    """The page with everything filled in, ready to send."""
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/cases/{ref}/refer")
    page = await browser.submit(f"/staff/cases/{ref}/refer", {**fields(page), **receiver(given), "do": ""})
    return browser, {**fields(page), **receiver(given), **yes(given)}


def test_a_piece_that_is_chosen_twice_stands_once() -> None:
    piece = Piece("m4", "Patienten", "Patienten: Hej")
    once = with_pieces("Ta över.", [piece])
    assert once == "Ta över.\n\nPatienten: Hej"
    assert with_pieces(once, [piece]) == once
    assert with_pieces("", [piece]) == "Patienten: Hej"


async def test_the_steps_are_there_and_nothing_is_chosen_for_the_patient(given: Cast, site: Site) -> None:
    ref = await spoken(given)
    browser = await site.browser(given.ylva)
    assert f"/staff/cases/{ref}/refer" in (await browser.get(f"/staff/cases/{ref}")).text
    page = await browser.get(f"/staff/cases/{ref}/refer")
    for said in (
        "Mottagare",
        "Samtycke",
        "Meddelande till patienten",
        "Det här lämnas över",
        "Det här följer inte med",
    ):
        assert said in page.text, said
    assert CHOSEN in page.text
    assert not re.search(r'name="yes"[^>]*checked', page.text)
    assert given.angsviken.name not in re.findall(r'id="provider".*?</select>', page.text, re.S)[0]


async def test_the_text_is_composed_of_what_is_chosen_and_stands_as_it_is_sent(
    given: Cast, site: Site
) -> None:
    ref = await spoken(given)
    browser, sent = await filled(given, site, ref)
    n = next(one for one in await timeline_of(given, ref) if one[1] == CHOSEN)[0]
    page = await browser.submit(f"/staff/cases/{ref}/refer", {**sent, "piece": f"m{n}", "do": "compose"})
    assert CHOSEN in fields(page)["problem"]
    assert SECRET not in fields(page)["problem"]
    assert "Norrhamn" in fields(page)["message"]
    # A message that somebody has changed stays as they wrote it.
    again = await browser.submit(f"/staff/cases/{ref}/refer", {**sent, "message": "Mina egna ord.", "do": ""})
    assert fields(again)["message"] == "Mina egna ord."


async def timeline_of(given: Cast, ref: CaseRef) -> list[tuple[int, str]]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return [(row.n, str(row.body.get("text", ""))) for row in await timeline(connection, ref)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"provider": "", "resource": ""}, "Välj vårdgivare."),
        ({"resource": ""}, "Välj vem hos mottagaren som ska ta över."),
        ({"yes": ""}, "Fråga patienten. Utan ett ja kan ärendet inte lämnas över."),
        ({"given_by": ""}, "Välj vem som sa ja."),
        ({"how": "dröm"}, "Välj hur du fick svaret."),
        ({"at": "i går"}, "Skriv när patienten sa ja."),
        ({"message": " "}, "Skriv till patienten var vården fortsätter."),
        ({"problem": " "}, "Skriv vad du vill ha hjälp med."),
        ({"subject_number": ""}, "Skriv patientens personnummer."),
        ({"priority": "0"}, "Välj en prioritet i listan."),
    ],
)
async def test_each_step_says_what_is_missing_and_nothing_goes(
    given: Cast, site: Site, changed: dict[str, str], said: str
) -> None:
    ref = await spoken(given)
    browser, sent = await filled(given, site, ref)
    before = await timeline_of(given, ref)
    page = await browser.submit(f"/staff/cases/{ref}/refer", {**sent, **changed, "do": "send"})
    assert page.status_code == 422
    assert said in page.text
    # A message left empty is drawn again with the words it began with; whatever else was typed stands.
    if "problem" not in changed:
        assert fields(page)["problem"] == sent["problem"]
    assert await timeline_of(given, ref) == before
    async with given.database.transaction(provider_scope(given.norrhamn.provider_id)) as connection:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM consultation WHERE to_provider_id = $1", given.norrhamn.provider_id
            )
            == 0
        )


async def test_it_goes_in_one_piece_and_the_visit_waits_for_the_patient(given: Cast, site: Site) -> None:
    ref = await spoken(given)
    browser, sent = await filled(given, site, ref)
    done = await browser.submit(f"/staff/cases/{ref}/refer", {**sent, "do": "send"})
    assert done.status_code == 303, done.text
    page = await browser.follow(done)
    assert "Går vidare till" in page.text
    case = await case_of(given, ref)
    assert case.referred_n is not None
    (marked,) = await bodies(given, ref, Kind.REFERRED)
    assert re.fullmatch(r"\d+-\d+", marked["consultation"])
    assert not await bodies(given, ref, Kind.CONSULTED)
    # Another tab that was left open sends nothing more.
    again = await browser.submit(f"/staff/cases/{ref}/refer", {**sent, "do": "send"})
    assert again.status_code == 303
    assert (await browser.get(f"/staff/cases/{ref}/refer")).status_code == 409
    assert f"/staff/cases/{ref}/refer" not in (await browser.get(f"/staff/cases/{ref}")).text
    patient = await site.browser(given.ruben)
    told = await patient.get(f"/my/cases/{ref}")
    assert "lämnat över ditt ärende" in told.text
    await mark_read(given.house, by=given.ruben, ref=ref, n=case.referred_n)
    assert "Patienten har läst" in (await browser.get(f"/staff/cases/{ref}")).text
    await jobs.end(given.house, {"ref": str(ref), "n": case.referred_n})
    assert (await case_of(given, ref)).phase is Phase.CLOSED
    assert "Vården fortsätter hos" in (await patient.get(f"/my/cases/{ref}/entries?after=0")).text


async def test_two_who_press_at_once_send_one(given: Cast, site: Site) -> None:
    ref = await spoken(given)
    browser, sent = await filled(given, site, ref)
    answers = await asyncio.gather(
        *(
            browser.submit(f"/staff/cases/{ref}/refer", {**sent, "key": key, "do": "send"})
            for key in ("a" * 12, "b" * 12)
        )
    )
    assert sorted(one.status_code for one in answers) in ([303, 409], [303, 303])
    assert len(await bodies(given, ref, Kind.REFERRED)) == 1
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM consultation WHERE from_case_id = $1", ref.case_id
            )
            == 1
        )


async def test_nothing_but_the_text_has_crossed(given: Cast, site: Site) -> None:
    ref = await spoken(given)
    browser, sent = await filled(given, site, ref)
    sent["problem"] = f"Ta över. {CHOSEN}"
    await browser.submit(f"/staff/cases/{ref}/refer", {**sent, "do": "send"})
    (marked,) = await bodies(given, ref, Kind.REFERRED)
    async with given.database.transaction(given.nora.scope) as connection:
        seen = {
            table: await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", value)
            for table, column, value in (
                ("care_case", "case_id", ref.case_id),
                ("entry", "person_id", given.ruben.person_id),
                ("attachment", "person_id", given.ruben.person_id),
                ("interview", "person_id", given.ruben.person_id),
                ("consent", "person_id", given.ruben.person_id),
                ("patient", "person_id", given.ruben.person_id),
                ("person", "person_id", given.ruben.person_id),
                ("person_identifier", "person_id", given.ruben.person_id),
            )
        }
        rows = await connection.fetch(
            "SELECT to_jsonb(c) AS told FROM consultation c WHERE to_provider_id = $1", given.nora.provider_id
        )
        texts = await connection.fetch(
            "SELECT body FROM consultation_entry WHERE to_provider_id = $1", given.nora.provider_id
        )
    assert set(seen.values()) == {0}, seen
    assert len(rows) == 1
    crossed = str([dict(row) for row in (*rows, *texts)])
    assert CHOSEN in crossed
    assert SECRET not in crossed
    nora = await site.browser(given.nora)
    for address in (
        f"/staff/cases/{ref}",
        f"/staff/cases/{ref}/refer",
        f"/staff/patients/{given.ruben.person_id}",
        f"/staff/cases/{ref}/entries?after=0",
    ):
        assert (await nora.get(address)).status_code == 404, address
    page = await nora.get(f"/staff/consultations/{marked['consultation']}")
    assert page.status_code == 200
    assert CHOSEN in page.text
    assert SECRET not in page.text
    assert f"/staff/cases/{ref}" not in page.text


async def test_who_may(given: Cast, site: Site) -> None:
    ref = await spoken(given)
    for by, status in ((given.hamid, 403), (given.olle, 403), (given.nora, 404), (given.rune, 403)):
        browser = await site.browser(by)
        assert (await browser.get(f"/staff/cases/{ref}/refer")).status_code == status, by.name
        assert (await browser.submit(f"/staff/cases/{ref}/refer", {"do": "send"})).status_code == status, (
            by.name
        )
    assert (
        f"/staff/cases/{ref}/refer"
        not in (await (await site.browser(given.hamid)).get(f"/staff/cases/{ref}")).text
    )
    waits = await given.waiting_case(given.elin)
    assert (await (await site.browser(given.ylva)).get(f"/staff/cases/{waits}/refer")).status_code in (
        403,
        409,
    )


async def test_staff_are_told_when_nobody_has_read(given: Cast, site: Site) -> None:
    ref = await spoken(given)
    browser, sent = await filled(given, site, ref)
    await browser.submit(f"/staff/cases/{ref}/refer", {**sent, "do": "send"})
    with clock.shifted(ReferralRules().unread_for):
        later = await site.browser(given.ylva)
        page = await later.get(f"/staff/cases/{ref}")
        assert "Patienten har inte läst" in page.text
        assert "Patienten har inte läst" in (await later.get("/staff")).text
    await write(given.house, by=given.ruben, ref=ref, message=Message("Vänta lite.", "key-ruben-last"))
    assert "Patienten har svarat" in (await browser.get(f"/staff/cases/{ref}")).text
