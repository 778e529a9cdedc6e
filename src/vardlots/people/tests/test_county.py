"""The county that somebody is registered in: as the register says it, never of whoever is protected."""

from datetime import date
from xml.etree.ElementTree import Element, fromstring

import pytest
from tests.cast import PERSONNUMMER, Cast

from vardlots.people.actions import Known, remember
from vardlots.people.queries import person
from vardlots.people.rivta import CORE, _county
from vardlots.platform.db import persons_scope


def record(county: str, *, protected: str = "false") -> Element:
    return fromstring(
        f'<personRecord xmlns="{CORE}"><protectedPersonIndicator>{protected}</protectedPersonIndicator>'
        f"<addressInformation><residentialAddress><city>Lotsvik</city><countyCode>{county}</countyCode>"
        "</residentialAddress></addressInformation></personRecord>"
    )


@pytest.mark.parametrize(
    ("told", "kept"), [("21", "21"), (" 01 ", "01"), ("", None), ("1", None), ("AC", None)]
)
def test_the_code_is_two_digits_or_nothing(told: str, kept: str | None) -> None:
    assert _county(record(told)) == kept


def test_where_somebody_protected_lives_is_not_kept() -> None:
    assert _county(record("21", protected="true")) is None


async def test_the_register_says_it_anew_at_every_sign_in(given: Cast) -> None:
    number = f"19800101{given.tuva % 10000:04d}"
    for told in ("21", "03", None):
        known = Known(
            system=PERSONNUMMER,
            number=number,
            given_name="Siv",
            family_name="Å",
            birth_date=date(1980, 1, 1),
            registered=True,
            county=told,
        )
        person_id = await remember(given.database, known=known)
        async with given.database.transaction(persons_scope([person_id])) as connection:
            found = await person(connection, person_id)
        assert found is not None
        assert found.county == told
