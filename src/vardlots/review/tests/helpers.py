"""What several of the log's tests need."""

from datetime import date, timedelta

from tests.cast import PERSONNUMMER, Cast

from vardlots.platform.db import Scope


async def number_of(given: Cast, person_id: int) -> str:
    """A number of the tax agency's test series (238), given to the person beside the one that the cast has."""
    head = f"{date(1988, 1, 1) + timedelta(days=person_id % 4000):%y%m%d}238"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(head))
    number = f"19{head}{-total % 10}"
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute(
            "INSERT INTO person_identifier (system, value, person_id, primary_number) VALUES ($1, $2, $3, true)",
            PERSONNUMMER,
            number,
            person_id,
        )
    return number
