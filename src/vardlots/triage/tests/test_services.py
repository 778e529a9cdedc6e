"""*Administrativa frågor* over HTTP: choose, answer, read through, send; how it arrives, and how staff answer it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.access.actor import PatientActor
from vardlots.cases.model import Case, CaseRef, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.clinics.model import ROLES
from vardlots.clinics.roles import Roles
from vardlots.configuration import actions as configuration
from vardlots.configuration.actions import Change
from vardlots.forms.faults import ContentError
from vardlots.platform.db import NOBODY
from vardlots.triage import content, services
from vardlots.triage.authoring import STATUS
from vardlots.triage.catalogue import load_protocols
from vardlots.triage.errands import reader
from vardlots.triage.protocols import ProtocolText, problems
from vardlots.triage.reasons import REASON, standing_reason
from vardlots.triage.routing import Routing, StandIn
from vardlots.triage.tests.test_loading import folder
from vardlots.triage.tests.test_patient_pages import answer_all, asked
from vardlots.triage.words import mobile_in_text, who_reads

RENEW = {
    "medicines": "Enalapril 10 mg",
    "left": "weeks",
    "dose": "same",
    "effects": "none",
    "prescriber": "here",
}
GONE = RENEW | {"left": "gone", "abrupt": "yes"}
BEFORE = {"mobile": "070-174 06 12", "interpreter": "false"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def begin(browser: Browser, unit_id: int, service: str, about: int | None = None) -> Page:
    address = f"/services/{unit_id}" + (f"?for={about}" if about else "")
    await browser.get(address)
    return await browser.submit(address, {"service": service})


async def answered(browser: Browser, unit_id: int, service: str, chosen: dict[str, Any]) -> str:
    """An errand answered to where it is read through; the interview's address."""
    address = str((await begin(browser, unit_id, service)).headers["location"])
    page = await answer_all(browser, address, chosen)
    assert "Det stämmer" in page.text, page.text[-2000:]
    return address


async def send(browser: Browser, address: str) -> Page:
    answer = await browser.submit(f"{address}/queue")
    assert answer.headers["location"] == f"{address}/before"
    page = await browser.get(f"{address}/before")
    assert "Innan du skickar" in page.text
    for not_asked in ("share_history", "share_medications", "pharmacy", "own_words"):
        assert f'name="{not_asked}"' not in page.text
    return await browser.submit(f"{address}/before", BEFORE)


async def sent(browser: Browser, unit_id: int, service: str, chosen: dict[str, Any]) -> CaseRef:
    answer = await send(browser, await answered(browser, unit_id, service, chosen))
    assert answer.status_code == 303, answer.text
    where = str(answer.headers["location"])
    assert where.endswith("/sent")
    return CaseRef.parse(where.split("/")[3])


async def case_of(given: Cast, ref: CaseRef, by: Any = None) -> Case:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        return await readable_case(connection, by=by, ref=ref)


async def listed(given: Cast, by: PatientActor) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute("RESET ROLE")
        await connection.execute(
            "UPDATE person SET listed_unit_id = $1 WHERE person_id = $2",
            given.angsviken.unit_id,
            by.person_id,
        )


@pytest.mark.slow
async def test_home_leads_to_the_units_and_to_what_they_take(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    assert 'href="/services"' in (await ruben.get("/")).text
    units = (await ruben.get("/services")).text
    assert f'href="/services/{given.angsviken.unit_id}"' in units
    page = (await ruben.get(f"/services/{given.angsviken.unit_id}")).text
    for name in (
        "Förnya recept",
        "Intyg",
        "Fråga om remiss",
        "Ändra eller avboka tid",
        "Fråga till vårdenheten",
    ):
        assert name in page
    assert "Halsont" not in page
    # It says plainly that it is not for illness, and where to turn.
    assert "Är du sjuk?" in page
    assert f'href="/care/{given.angsviken.unit_id}"' in page
    assert 'href="tel:112"' in page
    assert "Förnya recept" not in (await ruben.get(f"/care/{given.angsviken.unit_id}")).text


async def test_about_a_child_the_address_carries_whom_it_is_about(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    assert f'href="/services?for={given.tuva}"' in (await elin.get(f"/?for={given.tuva}")).text
    page = (await elin.get(f"/services/{given.angsviken.unit_id}?for={given.tuva}")).text
    assert "Vad gäller det för Tuva?" in page
    assert (await elin.get("/services?for=999999")).status_code == 404


async def test_the_first_question_says_that_it_is_not_for_illness_and_the_next_does_not(
    site: Site, given: Cast
) -> None:
    ruben = await site.browser(given.ruben)
    address = str((await begin(ruben, given.angsviken.unit_id, "renew_prescription")).headers["location"])
    page = await ruben.get(address)
    assert "Är du sjuk?" in page.text
    assert "ungefär" in page.text
    link_id, rev, _ = asked(page)
    assert link_id == "medicines"
    answer = await ruben.submit(address, {"question": link_id, "rev": rev, "answer": "Alvedon 500 mg"})
    assert "Är du sjuk?" not in (await ruben.follow(answer)).text
    assert "förrän du har skickat dem" in (await ruben.get(f"{address}/leave")).text


@pytest.mark.parametrize("service", ["sore_throat", "no_such", ""])
async def test_only_errands_begin_here(site: Site, given: Cast, service: str) -> None:
    ruben = await site.browser(given.ruben)
    assert (await begin(ruben, given.angsviken.unit_id, service)).status_code == 404
    care = f"/care/{given.angsviken.unit_id}"
    assert (await ruben.submit(care, {"complaint": "renew_prescription"})).status_code == 404


async def test_what_will_be_sent_is_read_through_and_can_be_changed(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    address = await answered(ruben, given.angsviken.unit_id, "renew_prescription", RENEW)
    page = (await ruben.get(f"{address}/check")).text
    assert "Enalapril 10 mg" in page
    assert f'href="{address}?q=left"' in page
    assert "En medicinsk administratör på Ängsviken läser." in page
    assert (await ruben.get(f"{address}/result")).headers["location"] == f"{address}/check"
    # Whoever is urgent is told so, and whom to call.
    gone = await answered(ruben, given.strandgatan.unit_id, "renew_prescription", GONE)
    assert "En sjuksköterska läser det här först" in (await ruben.get(f"{gone}/check")).text


async def test_with_the_scheme_of_twelve_it_arrives_as_a_message(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ref = await sent(ruben, given.angsviken.unit_id, "renew_prescription", RENEW)
    case = await case_of(given, ref)
    assert (case.kind, case.phase, case.role, case.priority) == (
        "administrative", Phase.FOLLOW_UP, "medical_admin", 12,
    )  # fmt: skip
    page = (await ruben.get(f"/my/cases/{ref}/sent")).text
    assert "Skickat till Ängsviken" in page
    assert mobile_in_text("+46701740612") in page
    chat = (await ruben.get(f"/my/cases/{ref}")).text
    assert "Besöket är avslutat" not in chat
    assert "Svaret kommer här." in chat
    assert "Skickade ärendet" in chat
    assert "Skickat till Ängsviken" in (await ruben.get("/my/cases")).text


async def test_what_runs_out_waits_in_the_queue_for_a_nurse(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ref = await sent(ruben, given.angsviken.unit_id, "renew_prescription", GONE)
    case = await case_of(given, ref)
    assert (case.kind, case.phase, case.role, case.priority) == ("administrative", Phase.QUEUED, "nurse", 4)
    row = (await (await site.browser(given.ylva)).get("/staff/drop-in")).text.split(f'id="case-{ref}"')[1]
    assert "Administrativt" in row.split("</tr>")[0]
    # A second of the same leads to the one that waits.
    answer = await send(ruben, await answered(ruben, given.angsviken.unit_id, "renew_prescription", GONE))
    assert answer.headers["location"] == f"/my/cases/{ref}?already=1"


async def test_with_the_scheme_of_five_it_waits_in_the_list_of_its_role(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ref = await sent(ruben, given.norrhamn.unit_id, "renew_prescription", RENEW)
    case = await case_of(given, ref, given.nora)
    # Norrhamn has no administrator: a nurse reads it.
    assert (case.phase, case.role) == (Phase.QUEUED, "nurse")
    waits = (await ruben.get(f"/my/cases/{ref}")).text
    assert "mår sämre" not in waits


async def test_a_closed_unit_takes_it_and_says_when_it_is_read(site: Site, given: Cast) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET opening = '{}' WHERE unit_id = $1", given.strandgatan.unit_id
        )
    ruben = await site.browser(given.ruben)
    page = (await ruben.get(f"/services/{given.strandgatan.unit_id}")).text
    assert "det läses när enheten har öppnat" in page
    ref = await sent(
        ruben,
        given.strandgatan.unit_id,
        "certificate",
        {"what": "copy", "purpose": "Kopia", "needed": "later"},
    )
    assert (await case_of(given, ref, given.olle)).phase is Phase.FOLLOW_UP


async def test_staff_see_it_in_asynkrona_take_it_answer_it_and_the_patient_reads(
    site: Site, given: Cast
) -> None:
    ruben, petra = await site.browser(given.ruben), await site.browser(given.petra)
    ref = await sent(ruben, given.angsviken.unit_id, "renew_prescription", RENEW)
    inbox = (await petra.get("/staff/async")).text
    row = inbox.split(f'id="case-{ref}"')[1].split("</li>")[0]
    for shown in ("Förnya recept", "Administrativt", "Räcker 8–14 dagar", "Markera som klar"):
        assert shown in row, shown
    assert "Bild eller fil" not in row
    assert f'id="case-{ref}"' not in (await petra.get("/staff/drop-in?tab=ended&role=all")).text
    start = (await petra.get("/staff")).text
    assert "Räcker 8–14 dagar" in start
    assert "Bild eller fil" not in start
    visit = (await petra.get(f"/staff/cases/{ref}")).text
    assert re.search(r'href="/staff/async[^>]*aria-current="page"', visit)
    for shown in (
        "Administrativt",
        "Enalapril 10 mg",
        "Oläst av triage",
        "Räcker 8–14 dagar",
        "Ta emot",
        "Skickade ärendet",
    ):
        assert shown in visit, shown
    answer = await petra.submit(f"/staff/cases/{ref}/accept")
    assert answer.status_code == 303, answer.text
    assert "Petra Åsnäs" in (await petra.get("/staff/async")).text
    late = await (await site.browser(given.ylva)).submit(f"/staff/cases/{ref}/accept")
    assert late.status_code == 409
    assert "Petra Åsnäs" in late.text
    answer = await petra.submit(
        f"/staff/cases/{ref}/messages", {"text": "Receptet är förnyat.", "key": "answer-0001"}
    )
    assert answer.status_code == 303, answer.text
    chat = (await ruben.get(f"/my/cases/{ref}")).text
    assert "Receptet är förnyat." in chat
    assert "Du kan svara här." in chat
    assert f'id="case-{ref}"' in (await petra.get("/staff/async?tab=no-action")).text
    assert (await ruben.get(f"/my/cases/{ref}/sent")).headers["location"] == f"/my/cases/{ref}"


async def test_words_of_danger_are_marked_and_counted_with_the_case(site: Site, given: Cast) -> None:
    ruben, ylva = await site.browser(given.ruben), await site.browser(given.ylva)
    ref = await sent(
        ruben, given.angsviken.unit_id, "unit_question",
        {"role": "nurse", "about": "visit", "ill": "no", "question": "Jag svimmade i går. Är det normalt?"},
    )  # fmt: skip
    async with given.database.transaction(given.ylva.scope) as connection:
        first = (await timeline(connection, ref))[0]
    assert first.body["danger"]
    assert "danger-word" in (await ylva.get(f"/staff/cases/{ref}")).text


async def test_a_question_goes_to_a_role_that_the_unit_has(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    address = str((await begin(ruben, given.angsviken.unit_id, "unit_question")).headers["location"])
    page = await ruben.get(address)
    link_id, rev, offered = asked(page)
    assert offered == ["nurse", "physician", "medical_admin", "unsure"]
    refused = await ruben.submit(address, {"question": link_id, "rev": rev, "answer": "dental"})
    assert refused.status_code == 422
    ref = await sent(
        ruben, given.angsviken.unit_id, "unit_question",
        {"role": "physician", "about": "results", "ill": "no", "question": "Har provsvaret kommit?"},
    )  # fmt: skip
    assert (await case_of(given, ref)).role == "physician"


async def test_an_errand_that_is_trouble_leads_to_seeking_care_for_the_same_person(
    site: Site, given: Cast
) -> None:
    elin = await site.browser(given.elin)
    care = f"/care/{given.angsviken.unit_id}?for={given.tuva}"
    for ill, said in (("yes", True), ("no", False)):
        begun = await begin(elin, given.angsviken.unit_id, "unit_question", given.tuva)
        address = str(begun.headers["location"])
        chosen = {
            "role": "nurse",
            "about": "visit",
            "ill": ill,
            "question": "Hon har fått feber. Vad gör jag?",
        }
        check = (await answer_all(elin, address, chosen)).text
        assert (f'<a class="btn btn-main btn-block" href="{care}">Sök vård' in check) is said
        assert ("Skicka frågan ändå" in check) is said
    assert (await elin.get(care)).status_code == 200


async def test_nobody_but_whoever_sent_it_reads_it_through(site: Site, given: Cast) -> None:
    ruben, matti = await site.browser(given.ruben), await site.browser(given.matti)
    address = await answered(ruben, given.angsviken.unit_id, "renew_prescription", RENEW)
    assert (await matti.get(f"{address}/check")).status_code == 404
    answer = await send(ruben, address)
    assert (await matti.get(str(answer.headers["location"]))).status_code == 404


async def test_what_is_typed_to_find_a_complaint_stands_in_no_address(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    address = f"/care/{given.angsviken.unit_id}"
    page = await ruben.get(address)
    assert f'action="{address}/search"' in page.text
    assert 'method="get"' not in page.text
    found = await ruben.submit(f"{address}/search", {"q": "halsont"})
    assert found.status_code == 200
    assert 'value="sore_throat"' in found.text
    assert 'value="chest_pain"' not in found.text
    assert 'value="chest_pain"' in (await ruben.get(f"{address}?q=halsont")).text, "an address finds nothing"


async def save_reason(site: Site, given: Cast, code: str, **changed: Any) -> None:
    value = msgspec.structs.replace(standing_reason(content.protocols().protocol(code)), **changed)
    change = Change(key=code, body=msgspec.to_builtins(value), base_version=0, unit_id=None)
    await configuration.save(
        site.app.state.house.database,
        site.app.state.house.hub,
        by=given.astrid,
        kind=REASON,
        changes=[change],
        reason="Prov",
    )


async def test_an_administrator_chooses_how_it_arrives_where_and_whether(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    await save_reason(site, given, "certificate", arrives="queue")
    await save_reason(site, given, "referral_question", active=False)
    await save_reason(site, given, "renew_prescription", units=[given.strandgatan.unit_id], open_days=3)
    page = (await ruben.get(f"/services/{given.angsviken.unit_id}")).text
    assert "Fråga om remiss" not in page
    assert "Förnya recept" not in page
    copy = {"what": "copy", "purpose": "Kopia", "needed": "later"}
    ref = await sent(ruben, given.angsviken.unit_id, "certificate", copy)
    assert (await case_of(given, ref)).phase is Phase.QUEUED
    ref = await sent(ruben, given.strandgatan.unit_id, "renew_prescription", RENEW)
    case = await case_of(given, ref, given.olle)
    assert case.writable_until is not None
    assert (case.writable_until - case.arrived_at).days == 3


# Pure rules.


@pytest.mark.parametrize(
    ("chosen", "scheme", "priority", "way"),
    [
        ("scheme", "1-12", 12, "inbox"),
        ("scheme", "1-5", 12, "queue"),
        ("inbox", "1-5", 12, "inbox"),
        ("queue", "1-12", 12, "queue"),
        ("inbox", "1-12", 4, "queue"),
        ("scheme", "1-12", 4, "queue"),
    ],
)
def test_how_it_arrives(chosen: str, scheme: str, priority: int, way: str) -> None:
    assert services.arrives(chosen=chosen, scheme=scheme, priority=priority) == way


def test_whoever_stands_in_reads_an_errand_by_the_providers_own_order() -> None:
    def reads(*order: str) -> str:
        routing = Routing(fallback_roles=[StandIn(role) for role in order])
        kept: Any = SimpleNamespace(
            outcome={"role": "medical_admin"}, practice=SimpleNamespace(routing=routing)
        )
        return reader(kept, {"nurse", "physician"})

    assert (reads("physician"), reads()) == ("physician", "nurse")


def test_a_role_is_said_as_the_provider_says_it() -> None:
    own = {name: getattr(ROLES["nurse"], name) for name in type(ROLES["nurse"]).__struct_fields__}
    roles = Roles([own | {"label": "Distriktssköterska"}, own | {"code": "foot", "label": "Fotterapeut"}])
    assert who_reads("nurse", "sv") == "En sjuksköterska"
    assert who_reads(roles.of("nurse"), "sv") == "Distriktssköterska"
    assert who_reads(roles.of("foot"), "sv") == "Fotterapeut"
    assert who_reads(roles.of("care_coordinator"), "sv") == "Vårdpersonal"
    assert who_reads("no_such", "sv") == "Vårdpersonal"


def source(code: str) -> str:
    return (content.FOLDER / code / "v1.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("priority = 4", "priority = 3", "prioritet 12 eller 4"),
        ('level = "digital"', 'level = "physical"', "prioritet 12 eller 4"),
        ("priority = 12", "priority = 12\nbooking = 7", "prioritet 12 eller 4"),
        ('role = "physician"', 'role = "nurse"', "gå till rollen"),
        ('kind = "service"', 'kind = "complaint"', "gemensam del"),
        ('role = "dental"', 'role = "barber"', "okänd"),
    ],
)
def test_what_an_errand_may_not_be(old: str, new: str, said: str) -> None:
    text = source("unit_question")
    assert old in text
    found = [
        p.message.format(**p.values) for p in problems("unit_question", ProtocolText(text.replace(old, new)))
    ]
    assert any(said in one for one in found), found


def test_a_complaint_stays_a_complaint_and_keeps_its_gate(tmp_path: Path) -> None:
    text = source("sore_throat").replace('code = "sore_throat"', 'kind = "service"\ncode = "sore_throat"', 1)
    assert problems("sore_throat", ProtocolText(text))
    without = source("sore_throat").replace("common = 1\n", "", 1)
    with pytest.raises(ContentError, match="common"):
        load_protocols(folder(tmp_path, without, "sore_throat/v1.toml"))


def test_a_providers_own_role_can_be_asked() -> None:
    text = source("unit_question").replace('role = "dental"', 'role = "foot"').replace('"dental"', '"foot"')
    text = text.replace("role is dental", "role is foot")
    own = {name: getattr(ROLES["nurse"], name) for name in type(ROLES["nurse"]).__struct_fields__}
    told = [p.message.format(**p.values) for p in problems("unit_question", ProtocolText(text))]
    assert any("foot" in one for one in told)
    roles = Roles([own | {"code": "foot", "label": "Fotterapeut"}])
    told = [p.message.format(**p.values) for p in problems("unit_question", ProtocolText(text), roles)]
    assert not any("okänd" in one for one in told)


def test_every_errand_is_marked_as_a_demonstration_and_asks_no_gate() -> None:
    for protocol in content.protocols().newest():
        if protocol.kind == "service":
            assert protocol.status == STATUS
            assert protocol.notice["sv"].startswith("Demonstration")
            assert "gate" not in protocol.meanings
