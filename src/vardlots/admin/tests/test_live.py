"""What an administrator saves is what the next page of a nurse or a patient says, without a restart."""

from datetime import timedelta
from typing import Any

from tests.cast import Cast
from tests.site import Site

from vardlots.admin.addresses import address
from vardlots.admin.effects import last_week
from vardlots.admin.tests.pages import place, sent
from vardlots.cases.actions import accept
from vardlots.notifications import configured
from vardlots.notifications.model import NoticeKind
from vardlots.notifications.texts import load_texts
from vardlots.platform import clock


async def saved(site: Site, given: Cast, where: str, **fields: Any) -> None:
    """Astrid saves a change of some fields."""
    changed = {name.replace("__", "."): [value] for name, value in fields.items()}
    answer = await sent(await site.browser(given.astrid), where, "save", **changed, **{"~reason": ["Prov"]})
    assert answer.status_code == 303, answer.text[:2000]


async def test_the_welcome_of_the_next_visit(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await accept(given.house, by=given.ylva, ref=ref)
    ylva = await site.browser(given.ylva)
    before = await ylva.get(f"/staff/cases/{ref}")
    await saved(site, given, place(given, "welcome"), f__sv="Välkommen till oss på {unit}, {patient}.")
    said = "Välkommen till oss på Ängsviken, Ruben."
    assert said not in before.text
    assert said in (await ylva.get(f"/staff/cases/{ref}")).text


async def test_the_opening_hours_that_a_patient_reads(site: Site, given: Cast) -> None:
    elin, where = await site.browser(given.elin), place(given, "opening")
    link = f'href="/care/{given.angsviken.unit_id}"'

    async def said() -> str:
        return (await elin.get("/care")).text.split(link)[1].split("</a>")[0]

    assert "Öppet dygnet runt" in await said()
    closed = {f"f.week.{day}.{part}": [""] for day in range(7) for part in ("opens", "closes")}
    answer = await sent(await site.browser(given.astrid), where, "save", **closed, **{"~reason": ["Stängt"]})
    assert answer.status_code == 303
    assert "Stängt" in await said()


async def test_the_target_that_the_queue_counts_by(site: Site, given: Cast) -> None:
    ylva = await site.browser(given.ylva)
    with clock.at(clock.now() - timedelta(minutes=40)):
        ref = await given.waiting_case(given.ruben, priority=3)
    row = f'id="case-{ref}"'
    before = (await ylva.get("/staff/drop-in")).text
    assert "is-over" in row_of(before, row)
    await saved(site, given, place(given, "escalation"), f__rows__2__target="50")
    after = (await ylva.get("/staff/drop-in")).text
    assert "is-over" not in row_of(after, row)


def row_of(page: str, mark: str) -> str:
    """The tag of a row."""
    start = page.rindex("<", 0, page.index(mark))
    return page[start : page.index(">", start)]


async def test_what_a_role_is_called(site: Site, given: Cast) -> None:
    ylva = await site.browser(given.ylva)
    await saved(site, given, address("role", "nurse"), f__label="Distriktssköterska")
    assert "Distriktssköterska" in (await ylva.get("/staff/drop-in")).text


async def test_the_words_of_the_next_sms(site: Site, given: Cast) -> None:
    await saved(
        site, given, address("sms_template", "case_accepted"), f__sv="{provider}: Nu har vi ditt ärende."
    )
    async with given.database.transaction(given.astrid.scope) as connection:
        said = await configured.patients_text(
            connection,
            load_texts(),
            provider_id=given.astrid.provider_id,
            kind=NoticeKind.CASE_ACCEPTED,
            lang="sv",
        )
    assert "Nu har vi ditt ärende." in said


async def test_a_phrase_that_is_new_and_one_that_is_gone(site: Site, given: Cast) -> None:
    from vardlots.conversations.phrases import phrases_for

    astrid = await site.browser(given.astrid)
    typed = {"f.title": ["Från administrationen"], "f.text": ["Hej"], "~reason": ["Ny"]}
    where = (await sent(astrid, address("phrase", "~new"), "save", **typed)).headers["location"].split("?")[0]
    for there in (True, False):
        async with given.database.transaction(given.ylva.scope) as connection:
            titles = [one.title for one in await phrases_for(connection, given.ylva)]
        assert ("Från administrationen" in titles) is there
        await astrid.submit(f"{where}/remove", {"base": "1", "~reason": "Bort"})


async def test_what_a_change_would_have_meant_is_counted_from_real_cases(site: Site, given: Cast) -> None:
    begins, ends = last_week()
    day = begins + timedelta(days=1)
    for priority, waited in ((2, 20), (2, 35), (3, 70), (3, 10)):
        with clock.at(day):
            ref = await given.waiting_case(given.ruben, priority=priority, reason=f"after_{waited}")
        with clock.at(day + timedelta(minutes=waited)):
            await accept(given.house, by=given.ylva, ref=ref)
        day += timedelta(hours=1)
    with clock.at(begins - timedelta(minutes=5)):
        await given.waiting_case(given.ruben, priority=2)  # the week before: not counted
    assert begins < day < ends
    astrid, where = await site.browser(given.astrid), place(given, "escalation")
    await sent(
        astrid,
        where,
        "keep",
        **{"f.rows.1.step_1": ["40"], "f.rows.2.step_1": ["60"], "f.rows.2.step_2": ["65"]},
    )
    told = (await astrid.get(where)).text.split('id="admin-effect"')[1].split("</section>")[0]
    assert "förra veckans 4 ärenden" in told
    numbers = told.split("<dt>")
    step_1 = next(one for one in numbers if one.startswith("Steg 1"))
    step_2 = next(one for one in numbers if one.startswith("Steg 2"))
    # Step 1 was at 30 and 60 minutes: 35 and 70 reached it; at 40 and 60 only 70 does. Step 2 is new.
    assert ">2 <" in step_1
    assert "1</dd>" in step_1.replace(" ", "")
    assert ">0 <" in step_2
    assert "1</dd>" in step_2.replace(" ", "")
    assert "Ruben" not in told
    other = (await astrid.get(place(given, "escalation", given.strandgatan))).text
    assert "inga ärenden förra veckan" in other


async def test_closed_hours_are_counted_by_when_cases_came(site: Site, given: Cast) -> None:
    begins, _ = last_week()
    for hour in (9, 12, 20):
        with clock.at(begins + timedelta(hours=hour)):
            await given.waiting_case(given.ruben, reason=f"at_{hour}")
    astrid, where = await site.browser(given.astrid), place(given, "opening")
    await sent(astrid, where, "keep", **{"f.week.0.opens": ["08.00"], "f.week.0.closes": ["16.30"]})
    told = (await astrid.get(where)).text.split('id="admin-effect"')[1].split("</section>")[0]
    assert "Kom när det är stängt" in told
    assert ">0 <" in told
    assert "1</dd>" in told.replace(" ", "")
