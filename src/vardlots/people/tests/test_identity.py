"""Person numbers: what is read, what is refused, and how old somebody is."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vardlots.people.identity import (
    BadNumber,
    NumberKind,
    Sex,
    age_months,
    age_text,
    age_years,
    check_digit,
    is_valid,
    parse,
)

TODAY = date(2026, 11, 19)
births = st.dates(min_value=date(1890, 1, 1), max_value=TODAY)
serials = st.integers(min_value=1, max_value=999)


def number_for(birth: date, serial: int, *, coordination: bool = False) -> str:
    day = birth.day + (60 if coordination else 0)
    stem = f"{birth:%Y%m}{day:02}{serial:03}"
    return f"{stem}{check_digit(stem[2:])}"


@given(births, serials, st.booleans())
def test_a_number_comes_back_as_it_was_written(birth: date, serial: int, coordination: bool) -> None:
    compact = number_for(birth, serial, coordination=coordination)
    number = parse(compact, on=TODAY)
    assert number.compact == compact
    assert number.birth_date == birth
    assert parse(number.display, on=TODAY) == number
    assert number.kind is (NumberKind.SAMORDNINGSNUMMER if coordination else NumberKind.PERSONNUMMER)
    assert number.sex is (Sex.MALE if serial % 2 else Sex.FEMALE)


@given(births, serials)
def test_the_short_form_finds_its_century(birth: date, serial: int) -> None:
    compact = number_for(birth, serial)
    # The sign changes at the turn of the year in which somebody becomes a hundred.
    sign = "+" if TODAY.year - birth.year >= 100 else "-"
    assert parse(f"{compact[2:8]}{sign}{compact[8:]}", on=TODAY).compact == compact


@pytest.mark.parametrize(
    "birth", [date(1926, 11, 19), date(1926, 11, 20), date(1926, 12, 31), date(1926, 1, 1)]
)
@pytest.mark.parametrize("sign", ["-", "+", ""])
def test_in_the_year_of_the_hundredth_birthday_both_signs_are_understood(birth: date, sign: str) -> None:
    compact = number_for(birth, 238)
    # Before the birthday a newborn is not meant; from it on ten digits with a dash are today's child.
    has_been = (birth.month, birth.day) <= (TODAY.month, TODAY.day)
    meant = compact if sign == "+" or not has_been else f"20{compact[2:]}"
    assert parse(f"{compact[2:8]}{sign}{compact[8:]}", on=TODAY).compact == meant


@given(births, serials, st.integers(min_value=2, max_value=11), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_is_always_found(birth: date, serial: int, place: int, by: int) -> None:
    compact = number_for(birth, serial)
    wrong = compact[:place] + str((int(compact[place]) + by) % 10) + compact[place + 1 :]
    assert not is_valid(wrong, on=TODAY)


@given(st.text(max_size=20))
def test_nothing_typed_makes_it_fall_over(text: str) -> None:
    assert is_valid(text, on=TODAY) in (True, False)


@pytest.mark.parametrize(
    ("text", "compact"),
    [
        ("19680207-2394", "196802072394"),
        ("196802072394", "196802072394"),
        (" 680207-2394 ", "196802072394"),
        ("680207\u20132394", "196802072394"),
        ("2020 03 14 23 83", "202003142383"),
    ],
)
def test_what_people_type_is_understood(text: str, compact: str) -> None:
    assert parse(text, on=TODAY).compact == compact


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "shape"),
        ("680207", "shape"),
        ("19680207+2394", "shape"),
        ("٢٠٢٠٠٣١٤٢٣٨٣", "shape"),
        ("19680230-2398", "date"),
        ("19681307-2398", "date"),
        ("16680207-2394", "date"),
        ("19680207-2395", "check_digit"),
        ("20261120-2388", "future"),
        ("22800101-IO12", "shape"),
        ("22800101-VW12", "shape"),
        ("19801301-01M1", "date"),
    ],
)
def test_refusals_say_what_is_wrong(text: str, reason: str) -> None:
    if reason == "future":
        text = number_for(date(2026, 11, 20), 238)
    with pytest.raises(BadNumber) as refused:
        parse(text, on=TODAY)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("text", "birth", "sex"),
    [
        ("22850412-AB23", date(1985, 4, 12), Sex.FEMALE),
        ("23150412ab13", date(2015, 4, 12), Sex.MALE),
        ("25850412-AB23", date(1985, 4, 12), Sex.FEMALE),
        ("22850412-ABC3", date(1985, 4, 12), Sex.UNKNOWN),
        ("00012345-XY18", None, Sex.MALE),
    ],
)
def test_national_reserve_numbers(text: str, birth: date | None, sex: Sex) -> None:
    number = parse(text, on=TODAY)
    assert (number.kind, number.birth_date, number.sex) == (NumberKind.NATIONAL_RESERVE, birth, sex)
    assert number.fhir_system == "http://electronichealth.se/identifier/nationelltReservnummer"


def test_local_reserve_number_with_and_without_its_dash() -> None:
    number = parse("19801224-01K7", on=TODAY)
    assert (number.kind, number.birth_date) == (NumberKind.GAVLEBORG_RESERVE, date(1980, 12, 24))
    assert (number.sex, number.fhir_system) == (Sex.FEMALE, None)
    assert parse("1980122401k7", on=TODAY) == number
    assert parse("19801224-01X7", on=TODAY).sex is Sex.UNKNOWN


def test_systems_of_the_base_profiles() -> None:
    number = parse("20200314-2383", on=TODAY)
    assert number.fhir_system == "http://electronichealth.se/identifier/personnummer"
    assert number.oid == "1.2.752.129.2.1.3.1"


def test_the_text_of_a_number_hides_its_last_four() -> None:
    number = parse("20200314-2383", on=TODAY)
    assert number.masked == "20200314-****"
    assert "2383" not in f"{number}"


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(2013, 11, 20), date(2026, 11, 19), 12),
        (date(2013, 11, 19), date(2026, 11, 19), 13),
        (date(2012, 2, 29), date(2025, 2, 28), 12),
        (date(2012, 2, 29), date(2025, 3, 1), 13),
        (date(2026, 11, 19), date(2026, 11, 19), 0),
    ],
)
def test_a_birthday_changes_age_on_the_day(birth: date, on: date, years: int) -> None:
    assert age_years(birth, on) == years


@given(births, st.integers(min_value=0, max_value=40000))
def test_years_and_months_agree(birth: date, later: int) -> None:
    on = birth + timedelta(days=later)
    assert age_months(birth, on) // 12 == age_years(birth, on)


@pytest.mark.parametrize(
    ("birth", "text"),
    [
        (date(2026, 11, 18), "1 dag"),
        (date(2026, 11, 1), "18 dagar"),
        (date(2026, 9, 19), "2 mån"),
        (date(2024, 11, 20), "23 mån"),
        (date(2024, 11, 19), "2 år"),
    ],
)
def test_age_is_read_in_the_unit_that_matters(birth: date, text: str) -> None:
    assert age_text(birth, TODAY) == text
