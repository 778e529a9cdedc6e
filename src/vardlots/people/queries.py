"""Reads of persons and families, within the scope of the connection."""

from datetime import date

import msgspec

from vardlots.platform.db import Connection

# Requirement A10 [seed: user manual]: from 13 years the child signs in for itself; under 1 year is not handled here.
OLDEST_CHILD_YEARS = 13
YOUNGEST_CHILD_YEARS = 1


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person. `number` is the identity number as stored, twelve characters without a hyphen."""

    person_id: int
    given_name: str
    family_name: str
    birth_date: date
    sex: str | None
    protected: bool
    mobile: str | None
    language: str
    listed_unit_id: int | None
    number: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()


_PERSON = """
SELECT p.person_id, p.given_name, p.family_name, p.birth_date, p.sex, p.protected, p.mobile, p.language,
       p.listed_unit_id,
       coalesce((SELECT i.value FROM person_identifier i
                 WHERE i.person_id = p.person_id ORDER BY i.primary_number DESC LIMIT 1), '') AS number
FROM person p
"""


async def person(connection: Connection, person_id: int) -> Person | None:
    """One person, or None when the scope does not see them."""
    row = await connection.fetchrow(f"{_PERSON} WHERE p.person_id = $1", person_id)
    return Person(**row) if row else None


async def persons(connection: Connection, person_ids: list[int]) -> dict[int, Person]:
    """Persons by id; those that the scope does not see are left out."""
    rows = await connection.fetch(f"{_PERSON} WHERE p.person_id = ANY ($1::bigint[])", person_ids)
    return {row["person_id"]: Person(**row) for row in rows}


async def families_children(connection: Connection, guardian_id: int) -> list[int]:
    """The ids of all children of a guardian, whatever their age, who are not blocked for this guardian."""
    rows = await connection.fetch(
        "SELECT child_id FROM guardianship WHERE guardian_id = $1 AND NOT blocked ORDER BY child_id",
        guardian_id,
    )
    return [row["child_id"] for row in rows]


def may_be_acted_for(child: Person, on: date) -> bool:
    """Whether a guardian may act for the child on a day: from the first to the 13th birthday, not protected (A10)."""
    return (
        not child.protected
        and YOUNGEST_CHILD_YEARS <= age_in_years(child.birth_date, on) < OLDEST_CHILD_YEARS
    )


async def guardians_of(connection: Connection, child_id: int) -> list[Person]:
    """The guardians of a child that staff may see: a blocked or protected one is not listed (A10)."""
    rows = await connection.fetch(
        f"{_PERSON} JOIN guardianship g ON g.guardian_id = p.person_id "
        "WHERE g.child_id = $1 AND NOT g.blocked AND NOT p.protected ORDER BY p.person_id",
        child_id,
    )
    return [Person(**row) for row in rows]


def age_in_years(birth_date: date, on: date) -> int:
    """Whole years on a day; who is born on 29 February has their birthday on 1 March in other years."""
    had_birthday = (on.month, on.day) >= (birth_date.month, birth_date.day)
    return on.year - birth_date.year - (0 if had_birthday else 1)
