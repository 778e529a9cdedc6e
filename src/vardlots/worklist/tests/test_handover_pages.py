"""A handover and a pause in the visit, over HTTP: the banner of each, the dialogs, what the patient reads."""

import re
from datetime import timedelta

from tests.cast import Cast
from tests.site import Site

from vardlots.cases.handovers import actions as handovers
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import Case, CaseRef
from vardlots.cases.queries import readable_case
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


def doctors(given: Cast) -> str:
    return f"{given.angsviken.unit_id}-physician"


async def test_the_whole_way_of_a_handover(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben, reason="swollen_leg")
    await write(given.house, by=given.ylva, ref=ref, message=Message("Gör det ont när du går?", "key-ylva-1"))
    await write(given.house, by=given.ruben, ref=ref, message=Message("Ja, hela tiden.", "key-ruben-1"))
    ylva, hamid, siri, ruben = [
        await site.browser(one) for one in (given.ylva, given.hamid, given.siri, given.ruben)
    ]
    page = await ylva.get(f"/staff/cases/{ref}")
    for shown in (
        "Lämna över besök",
        "Resurs",
        "Prioritet",
        "Meddelande",
        "Slutför",
        "Pausa",
        "Välj helst en roll",
    ):
        assert shown in page.text, shown
    assert "Lämna över" not in (await hamid.get(f"/staff/cases/{ref}")).text
    assert given.strandgatan.name not in page.text.partition('id="hand-over"')[2].partition("</dialog>")[0]
    asked = await ylva.submit(
        f"/staff/cases/{ref}/hand-over",
        {
            "resource": doctors(given),
            "priority": "2",
            "reason": "other_competence",
            "message": "Varmt, rött.\r\nJag går 10.15.",
        },
    )
    assert (asked.status_code, asked.headers["location"]) == (303, f"/staff/cases/{ref}")
    case = await case_of(given, ref)
    assert (case.priority, case.handover_role) == (2, "physician")
    page = await ylva.get(f"/staff/cases/{ref}")
    for shown in (
        "Synk överlämning till Läkare",
        "Väntar på Läkare sedan",
        "Ta tillbaka",
        "Påminnelse",
        "Skriv ett svar",
    ):
        assert shown in page.text, shown
    page = await siri.get(f"/staff/cases/{ref}")
    for shown in (
        "Ylva Tallvik: ”Varmt, rött.\nJag går 10.15.”",
        "Ylva har ansvaret tills någon accepterar.",
        "Behöver annan kompetens",
        "Prioritet 3 blev 2",
        "Acceptera",
        "Avböj",
        "Du kan skriva till Ruben när du har accepterat.",
        "Du kan lämna över och avsluta när du har accepterat.",
        "Ärendet i korthet",
        "1 meddelande från patienten, 1 från vården",
        "Patienten, ",
        "”Ja, hela tiden.”",
        "Höjd från 3 av Ylva Tallvik",
    ):
        assert shown in page.text, shown
    assert "Ta över besök" not in page.text, "one way in, and not two"
    page = await hamid.get(f"/staff/cases/{ref}")
    assert "Ylva Tallvik bad Läkare ta över, " in page.text
    assert "Acceptera</button>" not in page.text
    assert "Ärendet i korthet" not in page.text
    assert "har bett en kollega ta över besöket" in (await ruben.get(f"/my/cases/{ref}")).text
    n = str(case.handover_n)
    again = await siri.submit(f"/staff/cases/{ref}/handover/decline", {"n": n, "reason": " "})
    assert again.status_code == 422
    assert "Skriv varför du avböjer." in again.text
    await siri.submit(f"/staff/cases/{ref}/handover/decline", {"n": n, "reason": "Ring jouren i stället."})
    page = await ylva.get(f"/staff/cases/{ref}")
    assert "Siri Åbrink avböjde överlämningen" in page.text
    assert "”Ring jouren i stället.”" in page.text
    await ylva.submit(
        f"/staff/cases/{ref}/hand-over",
        {"resource": doctors(given), "priority": "2", "reason": "misplaced"},
    )
    n = str((await case_of(given, ref)).handover_n)
    took = await siri.submit(f"/staff/cases/{ref}/handover/accept", {"n": n})
    assert (took.status_code, took.headers["location"]) == (303, f"/staff/cases/{ref}")
    assert (await case_of(given, ref)).owner_staff_id == given.siri.staff_id
    page = await siri.get(f"/staff/cases/{ref}")
    assert "Skriv ett svar" in page.text
    assert 'data-opens="end"' in page.text
    assert "Siri Åbrink, läkare, tog över besöket" in (await ruben.get(f"/my/cases/{ref}")).text
    late = await ylva.submit(f"/staff/cases/{ref}/handover/withdraw", {"n": n})
    assert late.status_code == 409
    assert "Siri hann före" in late.text


async def test_what_is_wrong_is_said_in_the_dialog(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.get(f"/staff/cases/{ref}")
    for fields, told in (
        ({"priority": "3", "reason": "misplaced"}, "Välj vem som ska ta över"),
        ({"resource": doctors(given), "priority": "3"}, "Välj varför du lämnar över besöket."),
        ({"resource": "999999-physician-77", "priority": "3", "reason": "misplaced"}, "på enheten"),
    ):
        page = await ylva.submit(f"/staff/cases/{ref}/hand-over", {"message": "Kvar.", **fields})
        assert page.status_code == 422
        dialog = page.text.partition('id="hand-over"')[2].partition("</dialog>")[0]
        assert told in dialog
        assert "Kvar.</textarea>" in dialog
        assert dialog.partition(">")[0].endswith(" open")


async def test_of_two_who_accept_the_other_reads_who(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await handovers.hand_over(
        given.house, by=given.ylva, ref=ref, to=Receiver("nurse"), priority=3, why="end_of_shift"
    )
    hamid = await site.browser(given.hamid)
    await hamid.get(f"/staff/cases/{ref}")
    from tests.cast import _staff

    async with given.database.transaction(given.ylva.scope) as connection:
        other = await _staff(
            connection, "Aino", "Rautamäki", "Sjuksköterska", "nurse", given.angsviken, 70000 + n
        )
    await handovers.accept_handover(given.house, by=other, ref=ref, n=n)
    answer = await hamid.submit(
        f"/staff/cases/{ref}/handover/accept", {"n": str(n)}, (), **{"hx-request": "true"}
    )
    assert answer.status_code == 409
    assert "Aino hann före" in answer.text
    assert 'id="handover-fault"' in answer.text


async def test_a_visit_is_paused_and_the_patient_reads_until_when(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva, hamid, ruben = [await site.browser(one) for one in (given.ylva, given.hamid, given.ruben)]
    page = await ylva.get(f"/staff/cases/{ref}?dialog=pause")
    dialog = page.text.partition('id="pause"')[2].partition("</dialog>")[0]
    assert "Hej Ruben. Jag pausar samtalet nu och fortsätter {time}." in dialog
    key = re.search(r'name="key" value="([^"]+)"', dialog)
    until = re.search(r'name="until" value="([^"]+)" checked', dialog)
    assert key
    assert until
    for fields, told in (
        ({"until": "", "text": "Hej."}, "Välj vilken dag och tid besöket fortsätter."),
        ({"until": "own", "day": "2020-01-01", "time": "08:00", "text": "Hej."}, "inte har varit"),
        ({"until": "own", "day": "0001-01-01", "time": "00:00", "text": "Hej."}, "Välj vilken dag"),
        ({"until": "9999-12-31T23:59-14:00", "text": "Hej."}, "Välj vilken dag"),
        ({"until": until[1], "text": " "}, "Skriv till patienten när besöket fortsätter."),
        ({"until": until[1], "text": "Hej {patient}"}, "Byt ut {patient} i texten."),
    ):
        page = await ylva.submit(f"/staff/cases/{ref}/pause", {"key": key[1], **fields})
        assert page.status_code == 422, fields
        assert told in page.text
    sent = {"key": key[1], "until": until[1], "text": "Vi fortsätter {time}."}
    assert (await ylva.submit(f"/staff/cases/{ref}/pause", sent)).status_code == 303
    case = await case_of(given, ref)
    assert case.paused_until is not None
    assert clock.local(case.paused_until).hour == 8, "a unit that is always open goes on in the morning"
    page = await ylva.get(f"/staff/cases/{ref}")
    assert "Pausad till i morgon 08.00." in page.text
    assert "Fortsätt nu" in page.text
    page = await hamid.get(f"/staff/cases/{ref}")
    assert "Pausad till i morgon 08.00." in page.text
    assert "Fortsätt nu" not in page.text
    page = await ruben.get(f"/my/cases/{ref}")
    day = clock.local(case.paused_until).day
    assert re.search(rf"Pausad till \w+ {day} \w+ 08\.00", page.text)
    assert re.search(rf"Vi fortsätter \w+ {day} \w+ 08\.00\.", page.text)
    assert re.search(rf"Pausad till \w+ {day} ", (await ruben.get("/my/cases")).text)
    await ylva.submit(f"/staff/cases/{ref}/resume")
    assert (await case_of(given, ref)).paused_until is None
    assert "Pausad till" not in (await ruben.get("/my/cases")).text
    day_after = clock.today() + timedelta(days=2)
    own = {
        "until": "own",
        "day": day_after.isoformat(),
        "time": "13:30",
        "text": "Då.",
        "key": "another-key-1",
    }
    assert (await ylva.submit(f"/staff/cases/{ref}/pause", own)).status_code == 303
    paused = (await case_of(given, ref)).paused_until
    assert paused is not None
    assert clock.local(paused).strftime("%d %H:%M") == f"{day_after:%d} 13:30"


async def test_who_presses_what(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await handovers.hand_over(
        given.house, by=given.ylva, ref=ref, to=Receiver("physician"), priority=3, why="misplaced"
    )
    for by, status in (
        (given.hamid, 403),
        (given.olle, 403),
        (given.nora, 404),
        (given.rune, 403),
        (given.ruben, 403),
    ):
        browser = await site.browser(by)
        for deed in (
            "handover/accept",
            "handover/decline",
            "handover/withdraw",
            "hand-over",
            "pause",
            "resume",
        ):
            fields = {
                "n": str(n),
                "reason": "misplaced",
                "resource": doctors(given),
                "priority": "3",
                "until": (clock.now() + timedelta(days=1)).isoformat(),
                "text": "Hej.",
                "key": "some-key-12345",
            }
            answer = await browser.submit(f"/staff/cases/{ref}/{deed}", fields)
            assert answer.status_code == status, (by.name, deed, answer.status_code)
    case = await case_of(given, ref)
    assert (case.handover_n, case.paused_until) == (n, None)


async def test_an_urgent_visit_is_paused_only_by_saying_that_the_patient_can_wait(
    given: Cast, site: Site
) -> None:
    urgent = await given.ongoing_case(given.ruben, priority=2)
    calm = await given.ongoing_case(given.elin, priority=3)
    ylva = await site.browser(given.ylva)
    dialog = (await ylva.get(f"/staff/cases/{urgent}?dialog=pause")).text.partition('id="pause"')[2]
    dialog = dialog.partition("</dialog>")[0]
    for shown in (
        "Besöket har prioritet 2. Målet är att tas emot inom 15 minuter.",
        "Pausen stoppar inte den tiden. Går ärendet till kön räknas den från",
        "Jag har bedömt att patienten kan vänta så länge",
    ):
        assert shown in dialog, shown
    assert 'name="sure"' not in (await ylva.get(f"/staff/cases/{calm}?dialog=pause")).text
    part = await ylva.get(f"/staff/cases/{urgent}/parts/pause-urgent")
    assert 'name="sure"' in part.text
    fields = {
        "key": "urgent-pause-1",
        "until": (clock.now() + timedelta(days=1)).isoformat(),
        "text": "Vi fortsätter {time}.",
    }
    refused = await ylva.submit(f"/staff/cases/{urgent}/pause", fields)
    assert refused.status_code == 422
    assert "Besöket har prioritet 2. Bekräfta att patienten kan vänta" in refused.text
    assert (await case_of(given, urgent)).paused_until is None
    assert (await ylva.submit(f"/staff/cases/{urgent}/pause", fields | {"sure": "1"})).status_code == 303
    assert (await case_of(given, urgent)).paused_until is not None
    assert (await ylva.submit(f"/staff/cases/{calm}/pause", fields)).status_code == 303
