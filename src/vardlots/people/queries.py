"""Reads of persons and families, within the scope of the connection."""

from datetime import date

import msgspec

from vardlots.people.identity import age_years
from vardlots.platform.db import Connection


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person. `number` is the identity number as stored, twelve characters without a hyphen.

    `same_as` is set on an earlier row of somebody whose number has changed: it names the row that they are known by.
    """

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
    same_as: int | None = None
    deceased: bool = False
    county: str | None = None

    @property
    def main_id(self) -> int:
        """The row that the person is known by: this one, unless it is an earlier one."""
        return self.same_as or self.person_id

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def number_words(self) -> str:
        """The number as people write it, with its hyphen."""
        return f"{self.number[:8]}-{self.number[8:]}" if len(self.number) == 12 else self.number

    @property
    def initials(self) -> str:
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()


# CASE and not coalesce: PostgreSQL holds coalesce for something that may leak, so that behind a policy it reads every
# number there is for each person instead of the index.
_PERSON = """
SELECT p.person_id, p.given_name, p.family_name, p.birth_date, p.sex, p.protected, p.mobile, p.language,
       p.listed_unit_id, p.same_as, p.deceased, p.county,
       coalesce((SELECT i.value FROM person_identifier i
                 WHERE i.person_id = CASE WHEN p.same_as IS NULL THEN p.person_id ELSE p.same_as END
                 ORDER BY i.primary_number DESC LIMIT 1), '') AS number
FROM person p
"""
# A UNION and not an OR, for each half has an index of its own.
_SAME = """
WITH mains AS (SELECT coalesce(same_as, person_id) AS id FROM person WHERE person_id = ANY ($1::bigint[]))
SELECT p.person_id FROM mains JOIN person p ON p.person_id = mains.id
UNION SELECT p.person_id FROM mains JOIN person p ON p.same_as = mains.id
"""


async def person(connection: Connection, person_id: int) -> Person | None:
    """One person, or None when the scope does not see them."""
    row = await connection.fetchrow(f"{_PERSON} WHERE p.person_id = $1", person_id)
    return Person(**row) if row else None


async def persons(connection: Connection, person_ids: list[int]) -> dict[int, Person]:
    """Persons by id; those that the scope does not see are left out."""
    rows = await connection.fetch(f"{_PERSON} WHERE p.person_id = ANY ($1::bigint[])", person_ids)
    return {row["person_id"]: Person(**row) for row in rows}


async def same_persons(connection: Connection, person_ids: list[int]) -> list[int]:
    """The ids of everybody asked for with all their earlier ones and the one they are known by, within the scope.

    A person whose number changed may have rows under two ids (cases, consents): whoever reads "the person's" asks
    for all of these.
    """
    rows = await connection.fetch(_SAME, person_ids)
    return sorted({row["person_id"] for row in rows} | set(person_ids))


async def is_patient(connection: Connection, provider_id: int, person_id: int) -> bool:
    """Whether the person is registered at the provider."""
    return bool(
        await connection.fetchval(
            "SELECT 1 FROM patient WHERE provider_id = $1 AND person_id = $2", provider_id, person_id
        )
    )


async def families_children(connection: Connection, guardian_ids: list[int]) -> list[int]:
    """The ids of all children of a guardian, whatever their age, whom the register does not block for the guardian."""
    rows = await connection.fetch(
        "SELECT child_id FROM guardianship WHERE guardian_id = ANY ($1::bigint[]) "
        "GROUP BY child_id HAVING NOT bool_or(blocked) ORDER BY child_id",
        guardian_ids,
    )
    return [row["child_id"] for row in rows]


async def hidden_from(connection: Connection, *, children: list[int], guardian_ids: list[int]) -> set[int]:
    """Those of the children who are hidden from the guardian: by the register, or by a unit at whichever provider."""
    rows = await connection.fetch(
        "SELECT child_id FROM guardian_concealed WHERE child_id = ANY ($1::bigint[]) "
        "AND (guardian_id IS NULL OR guardian_id = ANY ($2::bigint[])) "
        "UNION SELECT child_id FROM guardianship WHERE blocked AND child_id = ANY ($1::bigint[]) "
        "AND guardian_id = ANY ($2::bigint[])",
        children,
        guardian_ids,
    )
    return {row["child_id"] for row in rows}


async def guardians_of(connection: Connection, child_id: int) -> list[Person]:
    """The guardians of a child that staff may see: a blocked or protected one is not listed (A10)."""
    return [one for one in await _acting_guardians(connection, child_id) if not one.protected]


async def is_guardian(connection: Connection, *, child_id: int, guardian_id: int) -> bool:
    """Whether somebody is a guardian of the child whom neither the register nor a unit has blocked."""
    guardians = await _acting_guardians(connection, child_id)
    wanted = await same_persons(connection, [guardian_id])
    return any(one.person_id in wanted for one in guardians)


async def _acting_guardians(connection: Connection, child_id: int) -> list[Person]:
    """Guardians whom nobody has blocked under any of their ids, each once, under the id they are known by."""
    children = await same_persons(connection, [child_id])
    bonds = await connection.fetch(
        "SELECT guardian_id, blocked FROM guardianship WHERE child_id = ANY ($1::bigint[])", children
    )
    hidden = await connection.fetch(
        "SELECT guardian_id FROM guardian_concealed WHERE child_id = ANY ($1::bigint[])", children
    )
    concealed = {row["guardian_id"] for row in hidden}
    if None in concealed:
        return []
    ids = {row["guardian_id"] for row in bonds} | concealed
    known = await persons(connection, sorted(ids))
    main = {one_id: known[one_id].main_id if one_id in known else one_id for one_id in ids}
    off = {main[row["guardian_id"]] for row in bonds if row["blocked"]} | {main[one] for one in concealed}
    found: dict[int, Person] = {}
    for one in sorted(known.values(), key=lambda one: (one.same_as is not None, one.person_id)):
        if one.main_id not in off:
            found.setdefault(one.main_id, one)
    return sorted(found.values(), key=lambda one: one.person_id)


def age_in_years(birth_date: date, on: date) -> int:
    """Whole years on a day; who is born on 29 February has their birthday on 1 March in other years."""
    return age_years(birth_date, on)
