"""Who may see a case, and who may not, from the browser's side."""

import re

from playwright.async_api import Page, expect
from tests.journeys.people import Case, Nurse, Stage

_FETCH = "async (url) => (await fetch(url, {headers: {accept: 'application/json'}})).status"


async def test_only_the_units_own_staff_see_a_case(stage: Stage) -> None:
    """Given a patient who waits at Ängsviken,
    when a nurse of another provider looks, then there is nothing; when a nurse of another unit of the same
    provider does, then it is refused; signed out, the way goes through the sign-in and back to the case."""
    fredrik = await stage.patient("Fredrik Dalsmyr")
    await fredrik.signs_in()
    case = await fredrik.has_sought_care()
    selma = await stage.nurse("Selma Brännskär", unit="Norrhamns läkarhus")
    mehmet = await stage.nurse("Mehmet Ådal", unit="Strandgatan")
    await it_does_not_exist(selma, case)
    await it_is_refused(mehmet, case)
    await another_patient_sees_nothing(stage, case)
    await through_the_sign_in_and_back(stage, case)


async def it_does_not_exist(selma: Nurse, case: Case) -> None:
    """404 wherever she looks, and an empty list."""
    await selma.signs_in()
    selma.foretells("response: 404")
    answer = await selma.page.goto(f"/staff/cases/{case.ref}")
    assert answer
    assert answer.status == 404
    await selma.sees("Sidan finns inte")
    await selma.looks("404")
    for address in ("", "/entries?after=0", "/parts/head", f"/files/{'0' * 8}-0000-4000-8000-{'0' * 12}"):
        assert await status(selma.page, f"/staff/cases/{case.ref}{address}") == 404
    assert await status(selma.page, f"/live?t=case:{case.ref}") == 204
    assert await status(selma.page, "/live?t=unit:1") == 204
    await selma.open("/staff/drop-in")
    await expect(selma.row(case)).to_have_count(0)
    await selma.looks("drop in, empty")


async def it_is_refused(mehmet: Nurse, case: Case) -> None:
    """403, with what to do; nothing of the patient on the page."""
    await mehmet.signs_in()
    mehmet.foretells("response: 403")
    answer = await mehmet.page.goto(f"/staff/cases/{case.ref}")
    assert answer
    assert answer.status == 403
    assert "Dalsmyr" not in await mehmet.page.content()
    await mehmet.looks("403")
    for address in ("/entries?after=0", "/parts/head"):
        assert await status(mehmet.page, f"/staff/cases/{case.ref}{address}") == 403
    assert await status(mehmet.page, f"/live?t=case:{case.ref}") == 204
    await mehmet.open("/staff/drop-in")
    await expect(mehmet.row(case)).to_have_count(0)


async def another_patient_sees_nothing(stage: Stage, case: Case) -> None:
    """Neither of another's case nor of the staff's pages."""
    hannu = await stage.patient("Hannu Jokelainen")
    await hannu.signs_in()
    hannu.foretells("response: 404", "response: 403")
    assert await status(hannu.page, f"/my/cases/{case.ref}") == 404
    answer = await hannu.page.goto(f"/staff/cases/{case.ref}")
    assert answer
    assert answer.status == 403
    await hannu.looks("403 for a patient")


async def through_the_sign_in_and_back(stage: Stage, case: Case) -> None:
    """Whoever is signed out comes back to where they were going."""
    aino = await stage.nurse("Aino Rautamäki")
    await aino.open(f"/staff/cases/{case.ref}")
    await aino.arrives(re.compile(r"/staff/sign-in\?next="))
    await aino.presses("Logga in med SITHS")
    await aino.says_who()
    await aino.arrives(re.compile("/staff/(shift|cases)"))
    if "/shift" in aino.page.url:  # no other story has begun it
        await aino.presses("Fortsätt utan skift")
    await aino.arrives(f"/staff/cases/{case.ref}")
    await aino.sees("Fredrik Dalsmyr")
    await signs_out(aino)
    await aino.open(f"/staff/cases/{case.ref}")
    await aino.arrives(re.compile(r"/staff/sign-in\?next="))


async def signs_out(nurse: Nurse) -> None:
    """*Logga ut*."""
    await nurse.presses("Logga ut")
    await nurse.arrives(re.compile("/staff/(sign-out|leaving)"))
    if "/leaving" in nurse.page.url:  # another story has left her a case
        await nurse.looks("before one goes")
        await nurse.presses("Logga ut ändå")
        await nurse.arrives(re.compile("/staff/sign-out"))
    await nurse.looks("sign-out")
    await nurse.presses("Logga ut", nurse.page.get_by_role("main"))
    await nurse.sees("Du är utloggad.")


async def test_a_shift_ends_with_how_it_was(stage: Stage) -> None:
    """Given a nurse on a shift, when she signs out, then she is asked how it was, and is signed out."""
    ingrid = await stage.nurse("Ingrid Stensö", unit="Strandgatan")
    await ingrid.signs_in()
    await ingrid.presses("Logga ut")
    await ingrid.sees("Hur var ditt arbetspass?")
    await ingrid.looks("end of a shift")
    await ingrid.page.get_by_text("Nöjd", exact=True).click()
    await ingrid.presses("Avsluta skift")
    await ingrid.sees("Du är utloggad.")


async def status(page: Page, address: str) -> int:
    """The status of an answer, asked for as a script would."""
    return int(await page.evaluate(_FETCH, address))
