"""What staff see of triage: old and new answers, what nobody has read, how the priority came about."""

from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from tests.cast import Cast
from tests.site import Browser, Site

from vardlots.cases.actions import accept, add_information, change_priority
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import mark_read
from vardlots.platform.db import provider_scope
from vardlots.triage.model import Autoanamnes, Row
from vardlots.triage.tests.test_anew import VERY_ILL, waiting, worse
from vardlots.worklist import untriaged
from vardlots.worklist.visit_triage import compared


async def opened(given: Cast, site: Site, ref: CaseRef, tab: str = "", by: Any = None) -> str:
    browser: Browser = await site.browser(by or given.ylva)
    return (await browser.get(f"/staff/cases/{ref}{f'?tab={tab}' if tab else ''}")).text


async def test_old_and_new_stand_side_by_side_with_what_changed(given: Cast, site: Site) -> None:
    case = await waiting(given, given.ruben)
    await worse(given, given.ruben, case.ref, VERY_ILL)
    page = await opened(given, site, case.ref)
    assert f": {case.priority} → 2" in page
    assert "Höjd från" in page
    assert "av nya svar" in page
    assert "Sökte vård" in page
    assert "ändrat, var:" in page
    answers = await opened(given, site, case.ref, "answers")
    assert answers.count("Halsont version 1") == 2
    assert answers.index("Svarade på nytt") < answers.index("Sökte vård")
    assert "ändrat, var:" in answers


async def test_what_staff_set_by_hand_stands_and_the_row_says_why(given: Cast, site: Site) -> None:
    case = await waiting(given, given.ruben)
    await change_priority(given.house, by=given.ylva, ref=case.ref, priority=2, reason="Låter dålig.")
    await worse(given, given.ruben, case.ref)
    page = await opened(given, site, case.ref)
    assert "Det som personal har satt sänks inte av sig självt." in page
    assert "Ändrad för hand: ”Låter dålig.”" in page


async def test_what_triage_has_not_read_is_marked_until_whoever_has_the_case_has_looked(
    given: Cast, site: Site
) -> None:
    case = await waiting(given, given.ruben, own_words=["Det är svårt att andas ibland."])
    page = await opened(given, site, case.ref)
    assert "Oläst av triagen" in page
    assert "Ingen har läst än" in page
    assert "Ord att se upp med, Andning:" in page
    ylva = await site.browser(given.ylva)
    assert "svårt att andas" in (await ylva.get("/staff/drop-in")).text
    # A colleague who looks on has read nothing on anybody's behalf.
    await mark_read(given.house, by=given.hamid, ref=case.ref, n=1)
    assert "Ingen har läst än" in await opened(given, site, case.ref)
    n = await accept(given.house, by=given.ylva, ref=case.ref)
    await mark_read(given.house, by=given.ylva, ref=case.ref, n=n)
    page = await opened(given, site, case.ref)
    assert "Läst av Ylva Tallvik, tog emot" in page
    assert "Ingen har läst än" not in page
    await add_information(
        given.house, by=given.ruben, ref=case.ref, text="Nu svimmade jag nästan.", key=uuid4().hex
    )
    page = await opened(given, site, case.ref)
    assert "Nytt sedan Ylva Tallvik läste" in page
    assert "Tillagt i väntan" in page


async def test_the_queue_says_that_it_got_worse_in_words(given: Cast, site: Site) -> None:
    case = await waiting(given, given.ruben)
    ylva = await site.browser(given.ylva)
    assert "Sämre" not in (await ylva.get("/staff/drop-in")).text
    await worse(given, given.ruben, case.ref, VERY_ILL)
    assert "Sämre " in (await ylva.get("/staff/drop-in")).text


async def test_how_the_priority_came_about_is_told_for_every_interview(given: Cast, site: Site) -> None:
    case = await waiting(given, given.ruben)
    await worse(given, given.ruben, case.ref, VERY_ILL)
    page = await opened(given, site, case.ref, "explain")
    assert page.count("Ger samma utfall nu som då") == 2
    for shown in ("H25", "avgjorde", "Regler som var nära", "Vårdlots, demonstration", "Allmäntillstånd"):
        assert shown in page
    assert "stämmer inte med den som sparades" not in page
    for outsider, status in ((given.olle, 403), (given.nora, 404), (given.ruben, 403)):
        browser = await site.browser(outsider)
        assert (await browser.get(f"/staff/cases/{case.ref}?tab=explain")).status_code == status


async def test_an_outcome_that_does_not_replay_is_an_alarm_shown_and_logged(given: Cast, site: Site) -> None:
    case = await waiting(given, given.ruben)
    async with given.database.transaction(provider_scope(case.provider_id)) as connection:
        await connection.execute(
            "UPDATE interview SET outcome = outcome || '{\"priority\": 1}'::jsonb "
            "WHERE provider_id = $1 AND interview_id = $2",
            case.provider_id,
            case.interview_id,
        )
    with capture_logs() as logs:
        page = await opened(given, site, case.ref, "explain")
    assert "Uträkningen stämmer inte med den som sparades." in page
    assert "Prioritet: var 1, blir" in page
    found = [row for row in logs if row["event"] == "outcome_does_not_replay"]
    assert [row["fields"] for row in found] == [["priority"]]
    assert "Ruben" not in str(found)


HISTORY = Autoanamnes((Row("Feber", "38,0"), Row("Sedan", "2 dagar")), ("andnöd", "utslag"), (), ())


def test_what_is_new_and_what_is_gone_in_a_history() -> None:
    now = Autoanamnes((Row("Feber", "39,5"), Row("Utslag", "ja")), ("andnöd",), (), ())
    found = compared(now, HISTORY)
    assert [(row["label"], row["new"], row["was"]) for row in found["rows"]] == [
        ("Feber", True, "38,0"),
        ("Utslag", True, ""),
    ]
    assert found["gone"] == [{"label": "Sedan", "text": "2 dagar"}]
    assert found["not_denied"] == ["utslag"]
    assert found["denied"] == [{"text": "andnöd", "new": False}]


def test_a_history_alone_has_nothing_new() -> None:
    found = compared(HISTORY, None)
    assert not any(row["new"] for row in found["rows"])
    assert found["gone"] == found["not_denied"] == []


def row(kind: str, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "at": "2026-11-21T09:14:00+00:00", "unread": None, "danger": None}
    return found | {"text": None, "taken": False} | body


@pytest.mark.parametrize(
    ("rows", "worse", "untold", "danger"),
    [
        (None, "", "", False),
        ([row("opened", unread=False, danger=[])], "", "", False),
        ([row("opened", unread=True, danger=[])], "", "Oläst fritext", False),
        ([row("opened", unread=True, danger=[], taken=True)], "", "", False),
        ([row("opened", unread=True, danger=["andnöd"], taken=True)], "", "andnöd", True),
        (
            [row("opened", unread=True, danger=[], taken=True), row("information", text="Mår likadant.")],
            "",
            "Oläst fritext",
            False,
        ),
        ([row("opened", unread=True, danger=["andnöd"])], "", "andnöd", True),
        ([row("information", text="Mår likadant.")], "", "Oläst fritext", False),
        ([row("information", text="Nu har jag andnöd.")], "", "andnöd", True),
        ([row("retriaged", unread=False, danger=[])], "Sämre 10.14", "", False),
        (
            [row("opened", danger=["andnöd"]), row("retriaged", danger=["svimmat", "andnöd", "blod"])],
            "Sämre 10.14",
            "andnöd, svimmat…",
            True,
        ),
    ],
)
def test_the_marks_of_a_row(rows: list[dict[str, Any]] | None, worse: str, untold: str, danger: bool) -> None:
    found = untriaged.marks(rows, "sv")
    assert (found["worse"], found["untold"], found["danger"]) == (worse, untold, danger)


def test_an_errand_is_free_text_and_is_marked_for_words_of_danger_alone() -> None:
    found = untriaged.marks([row("opened", unread=True, danger=[])], "sv", errand=True)
    assert found["untold"] == ""
    assert untriaged.marks([row("opened", unread=True, danger=["blod"])], "sv", errand=True)["danger"]


async def test_that_there_is_free_text_is_told_until_somebody_has_taken_the_case(
    given: Cast, site: Site
) -> None:
    case = await waiting(given, given.ruben, own_words=["Jag har varit på resa."])
    ylva = await site.browser(given.ylva)
    assert "Oläst fritext" in (await ylva.get("/staff/drop-in")).text
    await accept(given.house, by=given.hamid, ref=case.ref)
    taken = (await ylva.get("/staff/drop-in?tab=taken")).text
    assert str(case.ref) in taken
    assert "Oläst fritext" not in taken
