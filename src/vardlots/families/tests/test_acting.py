"""Who acts for somebody: themself, a guardian, or nobody."""

from datetime import date
from typing import Any

import pytest
from tests.cast import Cast

from vardlots.families.acting import acting_for, who_acts
from vardlots.families.actions import NewBlock, block_guardian
from vardlots.people.queries import Person
from vardlots.people.rules import CareRules

ON = date(2026, 11, 21)
BORN = {"grown": date(1980, 1, 1), "child": date(2018, 1, 1), "infant": date(2026, 6, 1)}


def somebody(person_id: int, born: date, **more: Any) -> Person:
    plain: dict[str, Any] = {
        "given_name": "A",
        "family_name": "B",
        "birth_date": born,
        "sex": None,
        "protected": False,
        "mobile": "+46700000000",
        "language": "sv",
        "listed_unit_id": None,
        "number": "",
    }
    return Person(person_id=person_id, **plain | more)


GUARDIANS = [somebody(10, BORN["grown"], mobile=None), somebody(11, BORN["grown"])]


@pytest.mark.parametrize(
    ("age", "protected", "deceased", "may_sign_in", "guardians", "acts"),
    [
        ("grown", False, False, False, [], 1),
        ("grown", True, False, False, [], None),
        ("grown", True, False, True, [], 1),
        ("grown", False, True, False, [], None),
        ("child", False, False, False, GUARDIANS, 11),
        ("child", False, False, False, GUARDIANS[:1], 10),
        ("child", False, False, False, [somebody(11, BORN["grown"], protected=True)], None),
        ("child", False, False, False, [somebody(11, BORN["grown"], deceased=True)], None),
        ("child", False, False, False, [], None),
        ("child", True, False, True, GUARDIANS, None),
        ("child", True, False, False, GUARDIANS, None),
        ("infant", False, False, False, GUARDIANS, None),
    ],
)
def test_who_acts(
    age: str,
    protected: bool,
    deceased: bool,
    may_sign_in: bool,
    guardians: list[Person],
    acts: int | None,
) -> None:
    about = somebody(1, BORN[age], protected=protected, deceased=deceased)
    found = who_acts(about, guardians, CareRules(protected_sign_in=may_sign_in), ON)
    assert (found.person_id if found else None) == acts


def test_on_the_birthday_from_which_a_child_acts_itself() -> None:
    about = somebody(1, date(2013, 11, 21))
    found = [who_acts(about, GUARDIANS, CareRules(), on) for on in (date(2026, 11, 20), ON)]
    assert [one.person_id for one in found if one] == [11, 1]


async def test_a_blocked_guardian_acts_for_nobody(given: Cast) -> None:
    async def acting(person_id: int) -> int | None:
        async with given.database.transaction(given.ylva.scope) as connection:
            return await acting_for(connection, provider_id=given.ylva.provider_id, person_id=person_id)

    async def block(guardian_id: int) -> None:
        new = NewBlock(
            child_id=given.tuva,
            guardian_id=guardian_id,
            approved_by=given.helga.staff_id,
            approver="head_of_unit",
            reason="Barnet har berättat.",
        )
        await block_guardian(given.house, by=given.ylva, new=new)

    await given.waiting_case(given.ruben)
    await given.waiting_case(given.elin, person_id=given.tuva)
    both = {given.elin.person_id, given.matti.person_id}
    assert await acting(given.ruben.person_id) == given.ruben.person_id
    first = await acting(given.tuva)
    assert first in both
    assert first is not None
    await block(first)
    (second,) = both - {first}
    assert await acting(given.tuva) == second
    await block(second)
    assert await acting(given.tuva) is None
