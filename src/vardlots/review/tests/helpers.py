"""What several of the log's tests need."""

from tests.cast import PERSONNUMMER, Cast

from vardlots.platform.db import Scope


async def number_of(given: Cast, person_id: int) -> str:
    """A number that a form takes, given to the person beside the one that the cast has."""
    head = f"900101{person_id % 1000:03d}"
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
