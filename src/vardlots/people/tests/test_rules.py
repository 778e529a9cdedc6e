"""The rules of children and protection: by the day, per provider, read from settings that anybody may have written."""

from datetime import date, timedelta

import msgspec
import pytest

from vardlots.people.guardians import Standing, reach_of, standing
from vardlots.people.queries import Person
from vardlots.people.rules import DEFAULT, CareRules, birthday, checked, midnight, next_change, read

TODAY = date(2026, 11, 19)


def somebody(person_id: int, born: date, *, protected: bool = False, deceased: bool = False) -> Person:
    return Person(
        person_id=person_id,
        given_name="Någon",
        family_name="Byholm",
        birth_date=born,
        sex=None,
        protected=protected,
        mobile=None,
        language="sv",
        listed_unit_id=None,
        number="",
        deceased=deceased,
    )


ME = somebody(1, date(1988, 1, 1))


@pytest.mark.parametrize(
    ("born", "too_young", "own"),
    [
        (date(2026, 11, 19), True, False),
        (date(2025, 11, 20), True, False),
        (date(2025, 11, 19), False, False),
        (date(2013, 11, 20), False, False),
        (date(2013, 11, 19), False, True),
        (date(1988, 1, 1), False, True),
    ],
)
def test_a_limit_is_reached_on_the_birthday(born: date, too_young: bool, own: bool) -> None:
    assert (DEFAULT.too_young(born, TODAY), DEFAULT.on_their_own(born, TODAY)) == (too_young, own)


@pytest.mark.parametrize(("years", "day"), [(13, date(2029, 3, 1)), (12, date(2028, 2, 29))])
def test_born_on_the_day_that_most_years_lack(years: int, day: date) -> None:
    born = date(2016, 2, 29)
    assert birthday(born, years) == day
    rules = CareRules(own_from_years=years)
    assert not rules.on_their_own(born, day - timedelta(days=1))
    assert rules.on_their_own(born, day)


@pytest.mark.parametrize(
    "born", [date(2016, 2, 29), date(2013, 11, 20), date(2025, 12, 31), date(2026, 11, 19)]
)
def test_the_next_change_is_the_first_day_with_another_answer(born: date) -> None:
    told = (DEFAULT.too_young(born, TODAY), DEFAULT.on_their_own(born, TODAY))
    change = next_change(born, DEFAULT, TODAY)
    assert change is not None
    before = change - timedelta(days=1)
    assert (DEFAULT.too_young(born, before), DEFAULT.on_their_own(born, before)) == told
    assert (DEFAULT.too_young(born, change), DEFAULT.on_their_own(born, change)) != told
    assert next_change(date(1988, 1, 1), DEFAULT, TODAY) is None


def test_midnight_is_swedens_in_winter_and_in_summer() -> None:
    assert midnight(date(2026, 11, 19)).isoformat() == "2026-11-18T23:00:00+00:00"
    assert midnight(date(2026, 7, 1)).isoformat() == "2026-06-30T22:00:00+00:00"


def test_settings_that_are_missing_or_wrong_are_as_the_seeds_have_them() -> None:
    assert checked(None) == DEFAULT == CareRules(12, 13, protected_sign_in=False)
    assert checked({"own_from_years": 16}) == CareRules(own_from_years=16)
    wrong: object
    for wrong in ({"own_from_years": 3}, {"youngest_months": "12"}, {"protected_sign_in": 1}, {"age": 2}, []):
        with pytest.raises(msgspec.ValidationError):
            checked(wrong)
        assert read({4: wrong}) == {4: DEFAULT}


def test_a_guardian_reaches_the_children_of_every_providers_rules() -> None:
    rules = {1: DEFAULT, 2: CareRules(youngest_months=24, own_from_years=16)}
    baby, toddler, child, teen, grown, adult = (
        somebody(10 + n, birthday(TODAY, -years)) for n, years in enumerate((0, 1, 6, 14, 17, 19))
    )
    reached = reach_of(ME, [baby, toddler, child, teen, grown, adult], rules, TODAY)
    assert reached.children == (toddler.person_id, child.person_id, teen.person_id)
    assert reached.infants == (baby.person_id,)
    assert reached.grown == (grown.person_id,)
    assert reached.closed == {(1, teen.person_id)}
    assert reached.barred == {(1, teen.person_id), (2, toddler.person_id)}


def test_protection_and_death_leave_nobody_to_act_for() -> None:
    child = somebody(2, date(2020, 1, 1))
    hidden = msgspec.structs.replace(child, protected=True)
    gone = msgspec.structs.replace(child, deceased=True)
    mine = msgspec.structs.replace(ME, protected=True)
    assert reach_of(ME, [child], {1: DEFAULT}, TODAY).children == (2,)
    assert reach_of(ME, [hidden, gone], {1: DEFAULT}, TODAY).children == ()
    assert reach_of(mine, [child], {1: DEFAULT}, TODAY).children == ()
    # Where one provider lets them in and another does not, care is sought at the first one only.
    both = {1: DEFAULT, 2: CareRules(protected_sign_in=True)}
    assert reach_of(mine, [], both, TODAY).barred == {(1, ME.person_id)}


def test_a_child_of_thirteen_acts_for_itself_where_the_rules_say_so() -> None:
    teen = somebody(5, birthday(TODAY, -13))
    reached = reach_of(teen, [], {1: DEFAULT, 2: CareRules(own_from_years=16)}, TODAY)
    assert reached.barred == {(2, 5)}
    assert reached.changes_on == birthday(teen.birth_date, 16)


@pytest.mark.parametrize(
    ("patient", "actor", "guardian", "expected"),
    [
        (somebody(2, date(2020, 1, 1)), ME, True, Standing.ACTS),
        (somebody(2, date(2013, 11, 20)), ME, True, Standing.ACTS),
        (somebody(2, date(2013, 11, 19)), ME, True, Standing.GROWN),
        (somebody(2, date(2020, 1, 1)), ME, False, Standing.BLOCKED),
        (somebody(2, date(2013, 11, 19)), ME, False, Standing.BLOCKED),
        (somebody(2, date(2020, 1, 1), protected=True), ME, True, Standing.PROTECTED),
        (
            somebody(2, date(2020, 1, 1)),
            somebody(1, date(1988, 1, 1), protected=True),
            True,
            Standing.PROTECTED,
        ),
        (ME, ME, False, Standing.ACTS),
        (msgspec.structs.replace(ME, person_id=7, same_as=1), ME, False, Standing.ACTS),
    ],
)
def test_how_the_one_who_sought_care_stands(
    patient: Person, actor: Person, guardian: bool, expected: Standing
) -> None:
    assert standing(patient, actor, DEFAULT, TODAY, guardian=guardian) is expected
