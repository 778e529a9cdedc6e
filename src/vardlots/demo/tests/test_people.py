"""The demo region names nobody who exists, and every family holds together."""

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from vardlots.clinics.model import ROLES
from vardlots.demo.people import BadDemoContent, DemoRegion, Person, load_region
from vardlots.people.identity import NumberKind, Sex, age_years, check_digit

DEMO = Path(__file__).parents[4] / "content" / "demo"
# The Swedish Post and Telecom Authority's numbers for books and film.
MOBILE = re.compile(r"\+46701740(60[5-9]|6[1-9]\d)")
PHONE = re.compile(r"031-390 06 0\d|08-465 004 \d\d")
HSA = re.compile(r"SE0000000000-[A-Z]\d{3,4}")


@pytest.fixture(scope="module")
def region() -> DemoRegion:
    return load_region(DEMO)


def age(region: DemoRegion, person: Person) -> int:
    return age_years(person.birth_date, region.reference_date)


def by_id(region: DemoRegion) -> dict[str, Person]:
    return {person.id: person for person in region.persons}


def test_every_number_is_of_the_test_series_with_the_right_check_digit(region: DemoRegion) -> None:
    for person in region.persons:
        number = person.identity(region.reference_date)
        if number.kind not in (NumberKind.PERSONNUMMER, NumberKind.SAMORDNINGSNUMMER):
            continue
        female = person.sex == "female"
        serial = (
            ("980" if female else "981")
            if person.birth_date < date(1904, 1, 1)
            else ("238" if female else "239")
        )
        assert number.compact[8:11] == serial, person.id
        assert check_digit(number.compact[2:11]) == int(number.compact[11]), person.id
        assert number.birth_date == person.birth_date, person.id


def test_all_kinds_of_numbers_are_there_and_none_twice(region: DemoRegion) -> None:
    numbers = [person.identity(region.reference_date) for person in region.persons]
    assert len({number.compact for number in numbers}) == len(numbers)
    assert Counter(number.kind for number in numbers).keys() == set(NumberKind)
    for person, number in zip(region.persons, numbers, strict=True):
        assert number.sex in (Sex(person.sex), Sex.UNKNOWN)
        assert number.birth_date in (person.birth_date, None)
        assert number.display == person.number


def test_every_telephone_number_is_of_the_fictional_series(region: DemoRegion) -> None:
    mobiles = [one.mobile for one in region.staff if one.mobile]
    mobiles += [one.mobile for one in region.persons if one.mobile]
    assert all(MOBILE.fullmatch(mobile) for mobile in mobiles)
    assert len(set(mobiles)) == len(mobiles)
    assert all(PHONE.fullmatch(unit.phone) for unit in region.units)
    assert any(person.mobile is None and age(region, person) >= 18 for person in region.persons)


def test_every_identifier_is_invented_and_its_own(region: DemoRegion) -> None:
    hsa_ids = [one.hsa_id for one in region.providers] + [one.hsa_id for one in region.units]
    hsa_ids += [one.hsa_id for one in region.staff]
    hsa_ids += [assignment.hsa_id for one in region.staff for assignment in one.assignments]
    assert all(HSA.fullmatch(hsa_id) for hsa_id in hsa_ids)
    assert len(set(hsa_ids)) == len(hsa_ids)
    ids = [one.id for one in region.units] + [one.id for one in region.staff]
    ids += [one.id for one in region.persons]
    assert len(set(ids)) == len(ids)


def test_the_region_is_as_large_and_as_mixed_as_it_should_be(region: DemoRegion) -> None:
    ages = [age(region, person) for person in region.persons]
    assert 190 <= len(ages) <= 220
    for low, high, least in [(0, 0, 3), (1, 12, 35), (13, 17, 8), (18, 64, 80), (65, 89, 25), (90, 130, 3)]:
        assert sum(low <= years <= high for years in ages) >= least, (low, high)
    assert sum(person.protected for person in region.persons) >= 3
    assert len({person.language for person in region.persons}) >= 8
    assert {assignment.role for one in region.staff for assignment in one.assignments} == set(ROLES)
    assert len(region.staff) >= 30
    assert any(len(one.assignments) > 1 for one in region.staff)


def test_families_hold_together(region: DemoRegion) -> None:
    people = by_id(region)
    guardians = Counter(bond.child for bond in region.guardianships)
    for person in region.persons:
        if age(region, person) < 18:
            assert 1 <= guardians[person.id] <= 2, person.id
            assert age(region, person) >= 13 or person.mobile is None, person.id
        else:
            assert not guardians[person.id], person.id
    for bond in region.guardianships:
        child, guardian = people[bond.child], people[bond.guardian]
        assert age(region, guardian) >= 18
        assert age_years(guardian.birth_date, child.birth_date) >= 18, bond
    bonds = [(bond.child, bond.guardian) for bond in region.guardianships]
    assert len(set(bonds)) == len(bonds)
    births = sorted((guardian, people[child].birth_date) for child, guardian in bonds)
    for (one, elder), (other, younger) in pairwise(births):
        assert one != other or (younger - elder).days > 280, f"{one}: children {elder} and {younger}"


def test_the_families_with_a_story_are_there(region: DemoRegion) -> None:
    people = by_id(region)
    bonds = {(bond.child, bond.guardian): bond.blocked for bond in region.guardianships}
    assert (people["tuva-sjoqvarn"].number, people["ruben-ekdunge"].number) == (
        "20200314-2383",
        "19680207-2394",
    )
    for child, years in (("tuva-sjoqvarn", 6), ("nils-sjoqvarn", 3)):
        assert age(region, people[child]) == years
        assert bonds[child, "elin-sjoqvarn"] is bonds[child, "matti-sjoqvarn"] is False
    assert [pair for pair, blocked in bonds.items() if blocked] == [("alve-rodberga", "stefan-krakmo")]
    assert people["signe-hallonqvist"].protected
    assert [age(region, people[child]) for child in ("ilhan-jibril", "viggo-tarnby")] == [12, 14]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('provider = "lotsvik"', 'provider = "nowhere"', "there is no provider 'nowhere'"),
        ('kind = "clinic"', 'kind = "hospital"', "region.toml, units, medicinmottagningen"),
        ("reports_emergencies", "reports_emergency", "unknown field"),
        ("sat = ", "saturday = ", "there is no weekday"),
        ("[[units]]", "[[units]", "region.toml"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    for path in DEMO.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    changed = tmp_path / "region.toml"
    changed.write_text(changed.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadDemoContent, match=re.escape(message)):
        load_region(tmp_path)
