"""Every way to a case for staff, over HTTP: behind the door, opened, blocked, lifted, and when that has run out."""

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute
from tests.cast import PERSONNUMMER, Cast
from tests.pictures import jpeg
from tests.site import Browser, Page, Site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import Limits, Sessions
from vardlots.blocks.actions import end_block, lift_block, register_block
from vardlots.blocks.model import Basis, How
from vardlots.cases.actions import accept, end
from vardlots.cases.model import CaseRef, Kind
from vardlots.cases.openings.actions import OPEN_FOR, open_anyway
from vardlots.cases.queries import timeline
from vardlots.conversations.actions import Message, write
from vardlots.conversations.forms.actions import send_form
from vardlots.conversations.forms.queries import cards
from vardlots.notes.actions import save_draft, sign
from vardlots.notes.model import NoteFields
from vardlots.people.actions import Known, remember
from vardlots.platform import clock
from vardlots.worklist.stream import heads

FRAGMENT = {"hx-request": "true"}
NUMBER = "196802079803"
# What the case says of the patient and what is written in it: not a word of this behind a door.
SECRETS = (
    "Ruben",
    "Ekdunge",
    "RE",
    "R E",
    "58 år",
    "Axelbesvär",
    "axeln",
    "Hemlig anteckning",
    "hemlig fråga",
)


async def pool(given: Cast) -> None:
    """Strandgatan's nurses are a resource that serves Ängsviken too."""
    async with given.database.transaction(given.astrid.scope) as connection:
        resource_id = await connection.fetchval(
            "INSERT INTO resource (provider_id, unit_id, role, name, pooled) VALUES ($1, $2, 'nurse', 'DROPIN', true) "
            "RETURNING resource_id",
            given.olle.provider_id,
            given.strandgatan.unit_id,
        )
        await connection.execute(
            "INSERT INTO resource_serves (provider_id, resource_id, unit_id) VALUES ($1, $2, $3)",
            given.olle.provider_id,
            resource_id,
            given.angsviken.unit_id,
        )


async def block(given: Cast) -> int:
    return await register_block(
        given.database,
        given.house.hub,
        by=given.ylva,
        person_id=given.ruben.person_id,
        unit_id=given.angsviken.unit_id,
        how=How.ON_SITE,
    )


async def lift(given: Cast, ref: CaseRef, hours: int = 1) -> None:
    await lift_block(
        given.database,
        given.house.hub,
        by=given.olle,
        basis=Basis.EMERGENCY,
        reason="Svarar inte.",
        hours=hours,
        case_id=ref.case_id,
    )


async def full_case(given: Cast, site: Site) -> tuple[CaseRef, dict[str, str]]:
    """A case in its asynchronous phase with a message, a form, a signed note and a picture.

    Returns it, and the numbers of what is in it by the names that addresses have for them.
    """
    ref = await given.ongoing_case(given.ruben)
    ruben = await site.browser(given.ruben)
    sent = await ruben.call(f"/my/cases/{ref}/files", files=[("file", ("axeln.jpg", jpeg(), "image/jpeg"))])
    file_id = str(sent.json()["id"])
    message = Message("En hemlig fråga om axeln.", f"key-{uuid4()}", (file_id,))
    await write(given.house, by=given.ruben, ref=ref, message=message)
    saved = await save_draft(
        given.house, by=given.ylva, ref=ref, rev=0, fields=NoteFields(history="Hemlig anteckning.")
    )
    await sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
    await send_form(given.house, by=given.ylva, ref=ref, code="pain", key=f"key-{uuid4()}")
    async with given.database.transaction(given.ylva.scope) as connection:
        (form,) = await cards(connection, ref)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    later = Message("Ännu en hemlig fråga.", f"key-{uuid4()}")
    await write(given.house, by=given.ruben, ref=ref, message=later)
    note, request = str(saved.note_id), str(form.request_id)
    has = {"file_id": file_id, "note": note, "form": "pdf", "request_id": request}
    return ref, {**has, "person": str(given.ruben.person_id)}


def case_routes(site: Site) -> list[tuple[str, str]]:
    """Every method and address for staff that names a case."""
    return sorted(
        (method, route.path_format)
        for route in site.app.routes
        if isinstance(route, HTTPRoute)
        and route.path_format.startswith("/staff")
        and "{ref" in route.path_format
        # There it names what staff ask on the phone, which only whoever began it reads, a ticket or a question.
        and not route.path_format.startswith(("/staff/assisted/", "/staff/tickets/", "/staff/consultations/"))
        for method in route.methods - {"OPTIONS", "HEAD"}
    )


async def walk(site: Site, browser: Browser, ref: CaseRef, has: dict[str, str]) -> dict[str, Page]:
    """Every one of them, asked for."""
    found = {}
    for method, path in case_routes(site):
        for name in ("head", "dock", "overview", "foot") if "{name}" in path else ("",):
            at = path.format(ref=ref, name=name, **has)
            if method == "GET":
                found[f"GET {at}"] = await browser.get(at)
                found[f"GET {at} as a part"] = await browser.get(at, **FRAGMENT)
            else:
                last = at.rsplit("/", 1)[1]
                files = [("file", ("b.jpg", jpeg(), "image/jpeg"))] if last == "files" else []
                found[f"POST {at}"] = await browser.submit(at, {"n": "1", "history": "x", "rev": "0"}, files)
    return found


# These answer whoever stands before the door: they open it, or note what concerns only the actor.
AT_THE_DOOR = ("/open", "/lift", "/seen")


def nothing_told(found: dict[str, Page]) -> None:
    for address, page in found.items():
        if not address.endswith(AT_THE_DOOR):
            assert page.status_code == 403, f"{address}: {page.status_code}"
        assert page.status_code < 500, address
        for secret in SECRETS:
            said = re.search(rf"\b{secret}\b", page.text)
            assert said is None, f"{address} tells {secret}: {page.text[said.start() - 80 : said.end() + 20]}"


async def reads(given: Cast, site: Site, ref: CaseRef, has: dict[str, str], by: StaffActor) -> Page:
    """The whole visit, its parts and its files, as somebody who may read them."""
    browser = await site.browser(by)
    page = await browser.get(f"/staff/cases/{ref}")
    assert page.status_code == 200
    assert "Ruben Ekdunge" in page.text
    assert "En hemlig fråga om axeln." in page.text
    for rest in (
        "entries",
        f"files/{has['file_id']}",
        "parts/head",
        "parts/overview",
        "parts/dock",
        "parts/foot",
    ):
        assert (await browser.get(f"/staff/cases/{ref}/{rest}", **FRAGMENT)).status_code == 200, rest
    topics = [f"case:{ref}", f"typing:{ref}", f"online:{ref}"]
    assert set(await heads(given.house, await now_as(given, by), topics)) == set(topics)
    return page


async def now_as(given: Cast, by: StaffActor) -> StaffActor:
    """The actor as a session would make them today, with what pooled resources give."""
    limits = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=8))
    sessions = Sessions(given.database, given.house.hub, limits)
    async with given.database.transaction(by.scope) as connection:
        assignment = await connection.fetchval(
            "SELECT assignment_id FROM assignment WHERE staff_id = $1", by.staff_id
        )
    token = await sessions.open_for_staff(staff_id=by.staff_id, assignment_id=assignment, acr="test")
    found = await sessions.actor(token)
    assert isinstance(found, StaffActor)
    return found


async def hears(given: Cast, ref: CaseRef, by: StaffActor) -> bool:
    """Whether a stream tells the actor of the case."""
    actor = await now_as(given, by)
    topics = [f"case:{ref}", f"typing:{ref}", f"online:{ref}", f"staff:{by.staff_id}"]
    return f"case:{ref}" in await heads(given.house, actor, topics)


async def test_colleagues_of_the_unit_read_whatever_their_role(given: Cast, site: Site) -> None:
    ref, has = await full_case(given, site)
    await block(given)
    for by in (given.ylva, given.hamid, given.siri, given.petra, given.helga):
        await reads(given, site, ref, has, by)


@pytest.mark.slow
async def test_behind_the_door_nothing_is_told_and_with_a_reason_it_opens_and_closes_again(
    given: Cast, site: Site
) -> None:
    ref, has = await full_case(given, site)
    olle = await site.browser(given.olle)
    nothing_told(await walk(site, olle, ref, has))
    assert not await hears(given, ref, given.olle)
    door = await olle.get(f"/staff/cases/{ref}")
    for said in ("Ängsviken", "Sjuksköterska", "Asynkron fas", "Samverkan mellan enheter"):
        assert said in door.text
    missing = await olle.submit(f"/staff/cases/{ref}/open", {"why": "other", "more": "  "})
    assert missing.status_code == 422
    assert "Skriv varför du öppnar ärendet." in missing.text
    assert (await olle.submit(f"/staff/cases/{ref}/open", {"why": "curious"})).status_code == 422
    before = clock.now()
    opened = await olle.submit(f"/staff/cases/{ref}/open", {"why": "cooperation", "more": "Hon ringde."})
    page = await olle.follow(opened)
    assert page.status_code == 200
    assert "Samverkan mellan enheter. Hon ringde." in page.text
    again = await olle.submit(f"/staff/cases/{ref}/open", {"why": "cooperation"})
    assert again.status_code == 303, "twice is once"
    await reads(given, site, ref, has, given.olle)
    with clock.at(clock.now() + OPEN_FOR):
        late = await site.browser(given.olle)
        nothing_told(await walk(site, late, ref, has))
        assert not await hears(given, ref, given.olle)
    async with given.database.transaction(given.olle.scope) as connection:
        until: datetime = await connection.fetchval("SELECT max(until) FROM case_opening")
    assert until - before > OPEN_FOR


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pooled", "opened", "outside"])
async def test_a_block_stands_before_reach_and_before_an_opening_until_it_is_lifted(
    given: Cast, site: Site, kind: str
) -> None:
    ref, has = await full_case(given, site)
    if kind == "pooled":
        await pool(given)
    if kind == "opened":
        await open_anyway(given.house, by=given.olle, ref=ref, reason="Samverkan")
    block_id = await block(given)
    olle = await site.browser(given.olle)
    nothing_told(await walk(site, olle, ref, has))
    assert not await hears(given, ref, given.olle)
    door = await olle.get(f"/staff/cases/{ref}")
    assert "Spärrad" in door.text
    main = door.text.split("<main")[1].split("</main>")[0]
    for never in ("Ängsviken", "Sjuksköterska", "Asynkron fas"):
        assert never not in main, "nothing more than that something is blocked"
    for form, wrong in (
        ({"reason": "Svarar inte.", "hours": "1"}, "Välj på vilken grund du läser."),
        ({"basis": "emergency", "reason": " ", "hours": "1"}, "Skriv varför du behöver läsa."),
        ({"basis": "emergency", "reason": "Svarar inte.", "hours": "168"}, "högst 24 timmar"),
        ({"basis": "consent", "reason": "Sa ja.", "hours": "9999"}, "högst 30 dagar"),
        ({"basis": "consent", "reason": "Sa ja.", "hours": ""}, "Välj hur länge du behöver läsa."),
    ):
        refused = await olle.submit(f"/staff/cases/{ref}/lift", form)
        assert refused.status_code == 422
        assert wrong in refused.text
    lifted = await olle.submit(
        f"/staff/cases/{ref}/lift", {"basis": "emergency", "reason": "Svarar inte.", "hours": "1"}
    )
    assert lifted.status_code == 303
    await reads(given, site, ref, has, given.olle)
    with clock.at(clock.now() + timedelta(hours=1, seconds=1)):
        late = await site.browser(given.olle)
        nothing_told(await walk(site, late, ref, has))
        assert not await hears(given, ref, given.olle)
    await end_block(
        given.database, given.house.hub, by=given.ylva, block_id=block_id, why="Patienten ringde."
    )
    await reads(given, site, ref, has, given.olle)


async def test_another_provider_and_roles_that_open_nothing_meet_no_door(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    await block(given)
    for by, status in ((given.nora, 404), (given.rune, 403), (given.astrid, 403)):
        browser = await site.browser(by)
        page = await browser.get(f"/staff/cases/{ref}")
        assert page.status_code == status
        assert "Öppna ärendet" not in page.text
        assert "Spärrad" not in page.text
        for verb in ("open", "lift", "take-over", "seen"):
            sent = await browser.submit(
                f"/staff/cases/{ref}/{verb}",
                {"why": "sought", "basis": "consent", "reason": "x", "hours": "1", "from": "1"},
            )
            assert sent.status_code == status, verb


async def test_rows_of_blocked_cases_say_nothing_of_the_patient(given: Cast, site: Site) -> None:
    await pool(given)
    waiting = await given.waiting_case(given.ruben)
    free = await given.waiting_case(given.elin)
    lists = f"unit={given.angsviken.unit_id}&role=all"
    ylva, olle = await site.browser(given.ylva), await site.browser(given.olle)
    before = await olle.get(f"/staff/drop-in?{lists}")
    assert "R E" in row(before, waiting)
    await block(given)
    for _ in range(2):
        theirs = row(await olle.get(f"/staff/drop-in?{lists}"), waiting)
        assert "Spärrad" in theirs
        assert not re.search(r"R E|58 år|Axelbesvär|Ta emot", theirs)
        own = row(await ylva.get(f"/staff/drop-in?{lists}"), waiting)
        assert "R E" in own
        assert "Spärr" not in own
    page = await olle.get(f"/staff/drop-in?{lists}")
    assert "Ta emot" in row(page, free)
    # Rows are drawn once for all who see the same: not for those who see less.
    taken = await given.waiting_case(given.ruben, reason="headache")
    await accept(given.house, by=given.ylva, ref=taken)
    for browser, secret in ((ylva, True), (olle, False), (ylva, True)):
        assert ("R E" in row(await browser.get(f"/staff/drop-in?{lists}&tab=taken"), taken)) is secret
    await lift(given, waiting)
    assert "R E" in row(await olle.get(f"/staff/drop-in?{lists}"), waiting)
    with clock.at(clock.now() + timedelta(hours=1, seconds=1)):
        late = await site.browser(given.olle)
        assert "Spärrad" in row(await late.get(f"/staff/drop-in?{lists}"), waiting)


async def test_messages_own_cases_search_and_earlier_cases_respect_a_block(given: Cast, site: Site) -> None:
    await pool(given)
    # Numbers of the cast are nobody's; a search wants one with a right check digit.
    given.ruben = await somebody_with(given, NUMBER)
    ref, _ = await full_case(given, site)
    theirs = await given.waiting_case(given.ruben, unit=given.strandgatan, reason="sore_throat")
    olle = await site.browser(given.olle)
    everywhere = "unit=all&role=all"
    assert "hemlig fråga" in (await olle.get(f"/staff/async?{everywhere}")).text
    assert "hemlig fråga" in (await olle.get(f"/staff?{everywhere}")).text
    own = await given.waiting_case(given.ruben, reason="headache")
    await accept(given.house, by=await now_as(given, given.olle), ref=own)
    assert "R E" in (await olle.get("/staff/own-cases")).text
    assert str(ref) in (await olle.submit(f"/staff/search?{everywhere}", {"q": NUMBER})).text
    assert "Axelbesvär" in (await olle.get(f"/staff/cases/{theirs}?tab=earlier")).text
    await block(given)
    for address in (f"/staff/async?{everywhere}", f"/staff?{everywhere}", f"/staff/own-cases?at={own}"):
        page = await olle.get(address)
        assert "Spärrad" in page.text, address
        for secret in ("R E", "hemlig", "58 år", "Axelbesvär", "Huvudvärk"):
            assert secret not in page.text, (address, secret)
    inbox = await olle.get(f"/staff/async?{everywhere}")
    assert "Markera som klar" not in inbox.text
    for typed in ("Ruben", "Axelbesvär", "Ekdunge"):
        found = await olle.submit(f"/staff/search?{everywhere}", {"q": typed})
        assert str(ref) not in found.text, typed
        assert str(own) not in found.text, typed
    by_number = (await olle.submit(f"/staff/search?{everywhere}", {"q": NUMBER})).text
    blocked = by_number.split(f'data-case="{ref}"')[1].split("</li>")[0]
    assert "Spärrat ärende" in blocked
    assert "Ängsviken" not in blocked
    earlier = (await olle.get(f"/staff/cases/{theirs}?tab=earlier")).text
    assert "Det finns spärrade uppgifter." in earlier
    assert "Axelbesvär" not in earlier
    assert 'Tidigare <span class="n">0</span>' in earlier
    # The patient reads as before.
    ruben = await site.browser(given.ruben)
    assert "hemlig fråga" in (await ruben.get(f"/my/cases/{ref}")).text


async def test_another_roles_case_says_whose_it_is_and_is_taken_anyway(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben, role="medical_admin")
    nurse = await site.browser(given.ylva)
    page = await nurse.get(f"/staff/cases/{ref}")
    assert "Besöket tillhör Medicinsk admin." in page.text
    assert "Ta emot ändå" in page.text
    listed = row(await nurse.get(f"/staff/drop-in?unit={given.angsviken.unit_id}&role=all"), ref)
    assert "Ta emot ändå" in listed
    own = row(
        await (await site.browser(given.petra)).get(
            f"/staff/drop-in?unit={given.angsviken.unit_id}&role=medical_admin"
        ),
        ref,
    )
    assert "Ta emot" in own
    assert "ändå" not in own
    nurses = await given.waiting_case(given.elin)
    petra = await site.browser(given.petra)
    assert "Ta emot" not in row(
        await petra.get(f"/staff/drop-in?unit={given.angsviken.unit_id}&role=all"), nurses
    )
    assert (await nurse.submit(f"/staff/cases/{ref}/accept")).status_code == 303
    async with given.database.transaction(given.ylva.scope) as connection:
        last = (await timeline(connection, ref))[-1]
    assert (last.kind, last.body["anyway"]) == (Kind.ACCEPTED, True)


async def test_taking_over_tells_the_one_who_had_it_everybody_reads_who(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    siri, ylva = await site.browser(given.siri), await site.browser(given.ylva)
    page = await siri.get(f"/staff/cases/{ref}?dialog=take-over")
    assert '<dialog id="take-over" aria-labelledby="take-over-title" open>' in page.text
    assert "Ta över besök" not in (await ylva.get(f"/staff/cases/{ref}")).text, "it is hers"
    had = {"from": str(given.ylva.staff_id)}
    missing = await siri.submit(f"/staff/cases/{ref}/take-over", {**had, "reason": ""})
    assert missing.status_code == 422
    assert "Skriv varför du tar över besöket." in missing.text
    reason = "Ylva har gått hem."
    assert (await siri.submit(f"/staff/cases/{ref}/take-over", {**had, "reason": reason})).status_code == 303
    assert (await siri.submit(f"/staff/cases/{ref}/take-over", {**had, "reason": reason})).status_code == 303
    late = await (await site.browser(given.hamid)).submit(
        f"/staff/cases/{ref}/take-over", {**had, "reason": "Jag med."}
    )
    assert late.status_code == 409
    assert "Siri hann före" in late.text
    assert "Jag med." in late.text
    hers = await ylva.get(f"/staff/cases/{ref}")
    assert "Siri Åbrink tog över besöket" in hers.text
    assert reason in hers.text
    start = await ylva.get("/staff")
    assert "Siri Åbrink tog över ditt besök" in start.text
    assert "tog över ditt besök" not in (await siri.get("/staff")).text
    assert (await ylva.submit(f"/staff/cases/{ref}/seen")).status_code == 303
    assert "tog över ditt besök" not in (await ylva.get("/staff")).text
    ruben = await site.browser(given.ruben)
    patients = await ruben.get(f"/my/cases/{ref}")
    assert "Siri Åbrink, läkare, tog över besöket" in patients.text
    assert reason not in patients.text


def row(page: Page, ref: CaseRef) -> str:
    """One row of a list."""
    assert page.status_code == 200
    return page.text.split(f'id="case-{ref}"')[1].split("</tr>")[0]


async def somebody_with(given: Cast, number: str) -> PatientActor:
    """A Ruben whose number can be searched for."""
    known = Known(
        system=PERSONNUMMER,
        number=number,
        given_name="Ruben",
        family_name="Ekdunge",
        birth_date=date(1968, 2, 7),
    )
    return PatientActor(await remember(given.database, known=known), "Ruben Ekdunge")
