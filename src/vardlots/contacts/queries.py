"""Reads of contacts and of who stands in for whom, from the scope of the connection."""

from collections.abc import Collection
from datetime import date

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Case
from vardlots.clinics.queries import face_of, patients_title
from vardlots.contacts.model import Absence, Contact, ContactRef, NamedAbsence
from vardlots.contacts.substitutes import answers_for, at_work_for, away_on
from vardlots.platform import clock
from vardlots.platform.db import Connection

_CONTACT = """
SELECT c.provider_id, c.contact_id, c.person_id, c.unit_id, u.name AS unit_name, c.role, c.staff_id,
       coalesce(s.given_name || ' ' || s.family_name, '') AS name, coalesce(s.title, '') AS title,
       c.set_at, b.given_name || ' ' || b.family_name AS set_by_name, c.ended_at,
       coalesce(e.given_name || ' ' || e.family_name, '') AS ended_by_name
FROM care_contact c JOIN unit u USING (provider_id, unit_id) JOIN staff b ON b.staff_id = c.set_by
LEFT JOIN staff s ON s.staff_id = c.staff_id LEFT JOIN staff e ON e.staff_id = c.ended_by
"""


async def contacts_of(
    connection: Connection, person_ids: Collection[int], *, ended: bool = False
) -> list[Contact]:
    """The contacts of a person under every id they have had: persons before roles, the newest first.

    With `ended` those too that no longer hold, after the others.
    """
    rows = await connection.fetch(
        f"{_CONTACT} WHERE c.person_id = ANY ($1::bigint[]) AND ($2 OR c.ended_at IS NULL) "
        "ORDER BY c.ended_at IS NOT NULL, c.staff_id IS NULL, c.set_at DESC, c.contact_id DESC",
        list(person_ids),
        ended,
    )
    return [Contact(**row) for row in rows]


async def contact(connection: Connection, ref: ContactRef) -> Contact | None:
    """One contact, or None where the scope sees none."""
    row = await connection.fetchrow(f"{_CONTACT} WHERE c.provider_id = $1 AND c.contact_id = $2", *ref)
    return Contact(**row) if row else None


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an assignment at a unit today, and the role it is in."""

    staff_id: int
    name: str
    title: str
    role: str


async def colleagues_at(connection: Connection, provider_id: int, unit_id: int) -> list[Colleague]:
    """Those who work at a unit today, by name; once for each role that they have there."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT s.staff_id, s.given_name || ' ' || s.family_name AS name, s.title, a.role
        FROM assignment a JOIN staff s USING (staff_id)
        WHERE a.provider_id = $1 AND a.unit_id = $2 AND a.valid_from <= $3 AND (a.valid_to IS NULL OR a.valid_to >= $3)
        ORDER BY 2, 4""",
        provider_id,
        unit_id,
        clock.today(),
    )
    return [Colleague(**row) for row in rows]


async def absences_on(connection: Connection, provider_id: int, day: date) -> list[Absence]:
    """Who is away from a provider on a day, and who stands in."""
    rows = await connection.fetch(
        "SELECT absence_id, staff_id, stand_in_id, from_day, to_day FROM substitute "
        "WHERE provider_id = $1 AND ended_at IS NULL AND $2::date BETWEEN from_day AND to_day",
        provider_id,
        day,
    )
    return [Absence(**row) for row in rows]


_NAMED = """
SELECT x.absence_id, x.staff_id, x.stand_in_id, x.from_day, x.to_day,
       s.given_name || ' ' || s.family_name AS name, coalesce(i.given_name || ' ' || i.family_name, '') AS stand_in
FROM substitute x JOIN staff s USING (staff_id) LEFT JOIN staff i ON i.staff_id = x.stand_in_id
WHERE x.provider_id = $1 AND x.ended_at IS NULL AND x.to_day >= $2"""


async def coming_absences(
    connection: Connection, provider_id: int, staff_ids: Collection[int]
) -> list[NamedAbsence]:
    """Absences of some, now and to come, in order of days."""
    rows = await connection.fetch(
        f"{_NAMED} AND x.staff_id = ANY ($3::bigint[]) ORDER BY x.from_day, 6, x.absence_id",
        provider_id,
        clock.today(),
        list(staff_ids),
    )
    return [NamedAbsence(**row) for row in rows]


async def stands_in_for(connection: Connection, *, by: StaffActor) -> list[NamedAbsence]:
    """Those whom the actor stands in for today, by name."""
    rows = await connection.fetch(
        f"{_NAMED} AND x.from_day <= $2 AND x.stand_in_id = $3 ORDER BY 6",
        by.provider_id,
        clock.today(),
        by.staff_id,
    )
    return [NamedAbsence(**row) for row in rows]


async def answered_for(connection: Connection, *, by: StaffActor) -> dict[int, str]:
    """Those whose cases are the actor's to answer today, as the last of their chain of substitutes: number and name."""
    day = clock.today()
    rows = await connection.fetch(f"{_NAMED} AND x.from_day <= $2", by.provider_id, day)
    absences = [NamedAbsence(**row) for row in rows]
    return {
        one.staff_id: one.name
        for one in absences
        if one.staff_id != by.staff_id and answers_for(absences, one.staff_id, day) == by.staff_id
    }


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers today what is put to a contact, or lies with somebody: a person, or with None the role at the unit.

    `name` and `title` (as patients may read it) are theirs. `instead_of` is the name of whoever is away, until and with
    `until`; "" and None where nobody is.
    """

    staff_id: int | None = None
    name: str = ""
    title: str = ""
    instead_of: str = ""
    until: date | None = None


async def answers_today(
    connection: Connection, *, provider_id: int, unit_id: int, staff_id: int | None
) -> Answers:
    """Who answers today for somebody at a unit: themself, or whoever stands in, if they work at the unit today."""
    if staff_id is None:
        return Answers()
    day = clock.today()
    absences = await absences_on(connection, provider_id, day)
    absence = away_on(absences, staff_id, day)
    found = answers_for(absences, staff_id, day)
    people = {one.staff_id: one for one in await colleagues_at(connection, provider_id, unit_id)}
    away = await face_of(connection, staff_id) if found != staff_id or found not in people else None
    instead_of = away.name if away else ""
    until = absence.to_day if absence else None
    if found is None or found not in people:
        return Answers(instead_of=instead_of, until=until)
    title = await patients_title(connection, provider_id, found, people[found].title)
    return Answers(staff_id=found, name=people[found].name, title=title, instead_of=instead_of, until=until)


async def at_work_in_place_of(connection: Connection, case: Case) -> int | None:
    """Who is on shift at the case's unit for an owner who is away; None where nobody is, or nobody is away."""
    day = clock.today()
    absences = await absences_on(connection, case.provider_id, day)
    if case.owner_staff_id is None or not away_on(absences, case.owner_staff_id, day):
        return None
    rows = await connection.fetch(
        "SELECT staff_id FROM shift WHERE provider_id = $1 AND unit_id = $2 AND ended_at IS NULL",
        case.provider_id,
        case.unit_id,
    )
    return at_work_for(absences, case.owner_staff_id, day, {row["staff_id"] for row in rows})
