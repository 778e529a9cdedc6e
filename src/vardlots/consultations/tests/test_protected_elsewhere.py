"""Who is given protected identity after a question about them has crossed is named there no more, nor in a new one."""

import asyncio
from datetime import date
from typing import Any

import asyncpg
import pytest
from tests.cast import PERSONNUMMER, Cast, number_of

from vardlots.access.family.actions import Here, protection_changed
from vardlots.consultations import actions, queries
from vardlots.consultations.hiding import has_number, names_somebody, unnamed, without_names
from vardlots.consultations.model import HIDDEN, Consultation, Side, Subject
from vardlots.consultations.tests.test_actions import KEY, elsewhere
from vardlots.people.actions import Known, Remembered, recognise
from vardlots.platform.db import Scope
from vardlots.platform.errors import Invalid

SAID = "Ruben Ekdunge har ont. Rubens axel. Hälsa RUBEN."


async def marked(given: Cast, *, protected: bool = True) -> Remembered:
    """The register's mark on Ruben, as at a sign-in."""
    known = Known(
        system=PERSONNUMMER,
        number=number_of(given.ruben.person_id),
        given_name="Ruben",
        family_name="Ekdunge",
        birth_date=date(1968, 2, 7),
        protected=protected,
        registered=True,
    )
    return await recognise(given.database, known=known)


async def crossed(given: Cast, **changed: Any) -> Consultation:
    """A question about Ruben, who is a patient here, that Nora's provider has."""
    await given.waiting_case(given.ruben)
    return await actions.send(
        given.house, by=given.ylva, new=elsewhere(given, None, **({"problem": SAID} | changed)), key=KEY
    )


async def test_nobody_at_the_other_provider_reads_the_name_from_then_on(given: Cast) -> None:
    found = await crossed(given)
    await actions.accept(given.house, by=given.nora, ref=found.ref)
    await actions.answer(
        given.house, by=given.ylva, ref=found.ref, side=Side.SENDER, text="Ekdunge ringde.", key="key-more-1"
    )
    heard = given.house.hub.subscribe([f"consultation:{found.ref}", f"unit:{given.norrhamn.unit_id}"])
    who = await marked(given)
    await protection_changed(Here(given.database, given.house.hub), by="test", who=who)
    assert set(heard.pending) == {f"consultation:{found.ref}", f"unit:{given.norrhamn.unit_id}"}
    async with given.database.transaction(given.nora.scope) as connection:
        now = await queries.readable(connection, by=given.nora, ref=found.ref)
        assert now.subject == Subject(HIDDEN, number_of(given.ruben.person_id))
        raw = await connection.fetchval(
            "SELECT subject::text FROM consultation WHERE consultation_id = $1", found.consultation_id
        )
        assert "Ruben" not in raw
        told = [row.body.get("text") for row in await queries.thread(connection, now, by=given.nora)]
        # The scope is as it was.
        assert (
            await connection.fetchval("SELECT count(*) FROM person WHERE person_id = $1", found.person_id)
            == 0
        )
        assert await connection.fetchval("SELECT scope_provider()") == given.nora.provider_id
    assert told == [f"{HIDDEN} har ont. {HIDDEN} axel. Hälsa {HIDDEN}.", None, f"{HIDDEN} ringde."]
    async with given.database.transaction(given.ylva.scope) as connection:
        ours = await queries.thread(connection, now, by=given.ylva)
    # What is kept is never changed.
    assert ours[0].body["text"] == SAID


async def test_the_name_stays_where_nobody_is_protected(given: Cast) -> None:
    found = await crossed(given)
    await marked(given, protected=False)
    async with given.database.transaction(given.nora.scope) as connection:
        now = await queries.readable(connection, by=given.nora, ref=found.ref)
        assert now.subject == found.subject
        assert (await queries.thread(connection, now, by=given.nora))[0].body["text"] == SAID


async def test_a_mark_that_comes_while_somebody_sends_holds(given: Cast) -> None:
    """Whichever of the two is first: sent in one transaction, marked in another that waits for it."""
    await given.waiting_case(given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        found, _ = await actions.place(connection, by=given.ylva, new=elsewhere(given, None), key=KEY)
        marking = asyncio.create_task(marked(given))
        await asyncio.sleep(0.3)
        assert not marking.done()
    await marking
    async with given.database.transaction(given.nora.scope) as connection:
        now = await queries.readable(connection, by=given.nora, ref=found.ref)
    assert now.is_hidden


async def test_the_database_names_nobody_who_is_protected_already(given: Cast) -> None:
    found = await crossed(given)
    await marked(given)
    async with given.database.transaction(given.ylva.scope) as connection:
        subject = await connection.fetchval(
            "INSERT INTO consultation (provider_id, person_id, from_unit_id, from_role, from_staff_id, to_provider_id, "
            "unit_id, role, kind, reason, priority, consent, subject, sent_at, changed_at, last_n) SELECT provider_id, "
            "person_id, from_unit_id, from_role, from_staff_id, to_provider_id, unit_id, role, kind, reason, priority, "
            "consent, $2, sent_at, changed_at, 1 FROM consultation WHERE consultation_id = $1 RETURNING subject",
            found.consultation_id,
            {"name": "Ruben Ekdunge", "number": "1"},
        )
    assert subject == {"name": HIDDEN, "number": "1"}


@pytest.mark.parametrize(
    "said", ["Kan ni ta över Ruben?", "Ring Ekdunges mobil.", "Nr {number}.", "Nr {short}."]
)
async def test_free_words_name_nobody_who_is_protected(given: Cast, said: str) -> None:
    number = number_of(given.ruben.person_id)
    said = said.format(number=number, short=f"{number[2:8]}-{number[8:]}")
    # Of whoever is not protected anything may be said.
    found = await crossed(given, problem=said)
    await marked(given)
    hidden = Subject(HIDDEN, number)
    with pytest.raises(Invalid) as refused:
        await actions.send(
            given.house,
            by=given.ylva,
            new=elsewhere(given, None, problem=said, subject=hidden),
            key="key-again-2",
        )
    assert refused.value.field == "problem"
    with pytest.raises(Invalid) as refused:
        await actions.answer(
            given.house, by=given.ylva, ref=found.ref, side=Side.SENDER, text=said, key="key-more-2"
        )
    assert refused.value.field == "text"
    await actions.send(
        given.house,
        by=given.ylva,
        new=elsewhere(given, None, problem="Patienten har ont.", subject=hidden),
        key="k-33333333",
    )


def test_names_and_numbers_are_found_in_words() -> None:
    names = ("Åsa-Lena", "Öberg Li")
    assert names_somebody("hälsa ÅSA", names)
    assert names_somebody("Öbergs dotter", names)
    assert names_somebody("li", names)
    assert not names_somebody("lite bergis", names)
    assert not names_somebody("Vad som helst", ())
    assert without_names({"text": "Åsa-Lena Öberg Li, hej", "side": "Li"}, names) == {
        "text": f"{HIDDEN}, hej",
        "side": "Li",
    }
    assert without_names({"text": "Hej"}, ("", "")) == {"text": "Hej"}
    for said in ("196802072384", "19680207-2384", "680207-2384", "680207 2384", "nr 6802072384."):
        assert has_number(said, "196802072384"), said
    for said in ("1968", "0207-2384", "16802072384", "070-174 06 12"):
        assert not has_number(said, "196802072384"), said
    assert not has_number("", "")
    assert unnamed("Ring Li, 680207-2384, tack", names, "196802072384") == f"Ring {HIDDEN}, {HIDDEN}, tack"


async def test_what_the_sides_may_not_change(given: Cast) -> None:
    found = await crossed(given)
    not_ours = {
        given.ylva: ("owner_staff_id = 1", "accepted_at = now()", "answered_at = now()", "receiver_read_n = 1",
                     "state = 'declined', ended_at = now()", "state = 'accepted', owner_staff_id = 1",
                     "ended_at = now()", "last_n = 5", "last_n = 0"),
        given.nora: ("sender_read_n = 0", "reminded = 3", "phone_state = 'sent'", "sender_ended_at = now()",
                     "state = 'withdrawn', ended_at = now()", "last_n = 5"),
    }  # fmt: skip
    for by, changes in not_ours.items():
        for change in (*changes, "unit_id = unit_id", "role = 'physician'", "subject = '{}'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with given.database.transaction(by.scope) as connection:
                    await connection.execute(
                        f"UPDATE consultation SET {change} WHERE consultation_id = $1", found.consultation_id
                    )
    ours = {
        given.ylva: ("sender_read_n = 1", "reminded = 1", "phone_state = 'sent'", "sender_ended_at = now()"),
        given.nora: (
            "receiver_read_n = 1",
            f"state = 'accepted', owner_staff_id = {given.nora.staff_id}",
            "answered_at = now(), sender_ended_at = NULL",
            "state = 'ended', ended_at = now()",
        ),
    }
    for by, changes in ours.items():
        for change in changes:
            async with given.database.transaction(by.scope) as connection:
                done = await connection.execute(
                    f"UPDATE consultation SET {change} WHERE consultation_id = $1", found.consultation_id
                )
            assert done == "UPDATE 1"


@pytest.mark.parametrize(
    ("kind", "side", "of_sender"),
    [
        ("accepted", None, False),
        ("declined", None, False),
        ("begun", None, False),
        ("withdrawn", None, True),
        ("reminded", None, True),
        ("answer", "sender", True),
        ("answer", "receiver", False),
        ("ended", "sender", True),
        ("ended", "receiver", False),
    ],
)
async def test_a_row_is_written_from_the_side_that_did_it(
    given: Cast, kind: str, side: str | None, of_sender: bool
) -> None:
    found = await crossed(given)
    for by, may in ((given.ylva, of_sender), (given.nora, not of_sender)):
        written = (
            "INSERT INTO consultation_entry (provider_id, consultation_id, n, to_provider_id, at, kind, author_kind, "
            "author_id, author_name, body) VALUES ($1, $2, $3, $4, now(), $5, 'staff', $6, 'N N', $7)",
            *(*found.ref, 7, found.to_provider_id, kind, by.staff_id, {"side": side} if side else {}),
        )
        if may:
            async with given.database.transaction(by.scope) as connection:
                await connection.execute(*written)
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with given.database.transaction(by.scope) as connection:
                    await connection.execute(*written)


async def test_the_words_of_the_database_and_the_code_are_the_same(given: Cast) -> None:
    async with given.database.transaction(Scope()) as connection:
        for name in ("hide_in_consultations", "hide_in_consultation"):
            assert HIDDEN in await connection.fetchval("SELECT prosrc FROM pg_proc WHERE proname = $1", name)
