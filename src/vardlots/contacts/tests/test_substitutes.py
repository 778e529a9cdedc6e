"""Who stands in for whom: every chain ends, and ends with somebody who is not away."""

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from vardlots.contacts.model import Absence
from vardlots.contacts.substitutes import answers_for, at_work_for, away_on, chain, circles

DAY = date(2026, 11, 23)
YLVA, HAMID, SIRI, OLLE = 1, 2, 3, 4


def away(staff: int, stand_in: int | None, first: int = 0, last: int = 6) -> Absence:
    """Somebody away from so many days after the Monday to so many."""
    return Absence(
        absence_id=0,
        staff_id=staff,
        stand_in_id=stand_in,
        from_day=DAY + timedelta(days=first),
        to_day=DAY + timedelta(days=last),
    )


def test_whoever_is_not_away_answers_themself() -> None:
    assert answers_for([away(HAMID, SIRI)], YLVA, DAY) == YLVA


def test_the_first_and_the_last_day_are_days_away_and_no_other() -> None:
    week = [away(YLVA, HAMID, 1, 3)]
    told = [answers_for(week, YLVA, DAY + timedelta(days=n)) for n in range(5)]
    assert told == [YLVA, HAMID, HAMID, HAMID, YLVA]


def test_a_substitute_who_is_away_is_stood_in_for() -> None:
    both = [away(YLVA, HAMID), away(HAMID, SIRI, 2, 4)]
    told = [answers_for(both, YLVA, DAY + timedelta(days=n)) for n in range(6)]
    assert told == [HAMID, HAMID, SIRI, SIRI, SIRI, HAMID]


def test_where_nobody_stands_in_the_role_answers() -> None:
    assert answers_for([away(YLVA, None)], YLVA, DAY) is None
    assert answers_for([away(YLVA, HAMID), away(HAMID, None)], YLVA, DAY) is None


def test_a_message_in_an_open_case_is_the_owners_on_shift_else_the_substitutes_on_shift_else_the_roles() -> (
    None
):
    absences = [away(YLVA, HAMID), away(HAMID, SIRI)]
    cases: list[tuple[int | None, set[int], list[Absence], int | None]] = [
        (YLVA, {YLVA, HAMID}, [], YLVA),
        # At work although noted as away: it is theirs.
        (YLVA, {YLVA, HAMID}, absences, YLVA),
        (YLVA, {HAMID}, absences, HAMID),
        (YLVA, {SIRI}, absences, SIRI),
        (YLVA, {HAMID}, [], None),
        (YLVA, {OLLE}, absences, None),
        (YLVA, set(), absences, None),
        (None, {YLVA, HAMID}, absences, None),
    ]
    for owner, on_shift, known, wanted in cases:
        assert at_work_for(known, owner, DAY, on_shift) == wanted, (owner, on_shift)


def test_two_who_stand_in_for_each_other_are_a_circle_on_the_days_that_they_share() -> None:
    assert circles([away(YLVA, HAMID, 0, 3)], away(HAMID, YLVA, 3, 5))
    assert not circles([away(YLVA, HAMID, 0, 3)], away(HAMID, YLVA, 4, 5))


def test_a_circle_of_three_is_found_where_it_begins_in_the_middle_of_the_new_days() -> None:
    known = [away(HAMID, SIRI, 2, 9), away(SIRI, YLVA, 4, 4)]
    assert circles(known, away(YLVA, HAMID, 0, 9))
    assert not circles(known, away(YLVA, HAMID, 5, 9))


def test_nobody_stands_in_for_themself() -> None:
    assert circles([], away(YLVA, YLVA))


absences = st.builds(
    away,
    st.integers(1, 5),
    st.none() | st.integers(1, 5),
    st.integers(0, 9),
    st.integers(0, 9),
).filter(lambda one: one.from_day <= one.to_day)


def accepted(wanted: list[Absence]) -> list[Absence]:
    """Those that may be written, one after another: away once at a time, and no circle."""
    kept: list[Absence] = []
    for new in wanted:
        twice = any(
            one.staff_id == new.staff_id and one.from_day <= new.to_day and new.from_day <= one.to_day
            for one in kept
        )
        if not twice and not circles(kept, new):
            kept.append(new)
    return kept


@given(st.lists(absences, max_size=12), st.integers(1, 5), st.integers(0, 9))
@example([away(1, 2), away(2, 3), away(3, 1)], 1, 0)
def test_every_chain_ends_with_somebody_who_is_there_or_with_the_role(
    wanted: list[Absence], staff: int, days: int
) -> None:
    kept, day = accepted(wanted), DAY + timedelta(days=days)
    found = list(chain(kept, staff, day))
    assert len(found) == len(set(found))
    last = away_on(kept, found[-1], day)
    # Were there a circle, the chain would have been cut at somebody who is away and has a substitute.
    assert last is None or last.stand_in_id is None
    answers = answers_for(kept, staff, day)
    assert answers is None or away_on(kept, answers, day) is None
    assert (answers == staff) == (away_on(kept, staff, day) is None)


@given(st.lists(absences, max_size=12), absences)
def test_what_is_refused_as_a_circle_is_one_on_some_day_and_nothing_else_is(
    wanted: list[Absence], new: Absence
) -> None:
    kept = accepted(wanted)
    around = any(
        new.on(day) and new.stand_in_id is not None and new.staff_id in chain(kept, new.stand_in_id, day)
        for day in (DAY + timedelta(days=n) for n in range(10))
    )
    assert circles(kept, new) is around
