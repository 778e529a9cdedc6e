"""Reads of sign-in: who an HSA-id is here and what they may work as, where one is signed in, where one can ring."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.claims import Commission
from vardlots.clinics.model import Assignment, Role, role_of
from vardlots.platform import clock
from vardlots.platform.db import Connection


class Contact(msgspec.Struct, frozen=True):
    """A unit that answers the telephone."""

    name: str
    phone: str


async def staff_known_as(connection: Connection, hsa_ids: Sequence[str]) -> list[int]:
    """The ids of the staff rows with these HSA-ids."""
    rows = await connection.fetch(
        "SELECT staff_id FROM staff WHERE hsa_id = ANY ($1::text[]) ORDER BY staff_id", list(hsa_ids)
    )
    return [row["staff_id"] for row in rows]


_ASSIGNMENT = """
SELECT a.provider_id, a.assignment_id, a.staff_id, a.unit_id, u.name AS unit_name,
       p.name AS provider_name, a.role, r.label, r.label_en
FROM assignment a JOIN unit u USING (provider_id, unit_id) JOIN provider p USING (provider_id)
LEFT JOIN role r ON r.provider_id = a.provider_id AND r.code = a.role
WHERE a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to >= $1)
"""
_IN_ORDER = "ORDER BY p.name, u.name, a.role"


async def assignments_valid_today(
    connection: Connection, staff_ids: Sequence[int], commissions: Collection[Commission] | None
) -> list[Assignment]:
    """The assignments that are valid today and, where the provider names commissions, are one of them.

    An assignment is a commission's by its HSA-id, and then at the care unit that the commission is at. Since a
    commission may have many members, one that is nobody's by its id is whatever the person has at its care unit.
    """
    rows = await connection.fetch(
        f"{_ASSIGNMENT} AND a.staff_id = ANY ($2::bigint[]) "
        "AND ($3::text[] IS NULL OR EXISTS (SELECT FROM unnest($3::text[], $4::text[]) AS c (hsa_id, unit_hsa_id) "
        "WHERE CASE WHEN EXISTS (SELECT FROM assignment k WHERE k.hsa_id = c.hsa_id) "
        "THEN c.hsa_id = a.hsa_id AND coalesce(c.unit_hsa_id = u.hsa_id, true) "
        f"ELSE c.unit_hsa_id = u.hsa_id END)) {_IN_ORDER}",
        clock.today(),
        list(staff_ids),
        None if commissions is None else [one.hsa_id for one in commissions],
        None if commissions is None else [one.unit_hsa_id for one in commissions],
    )
    return [Assignment(**row) for row in rows]


async def assignments_still_valid(connection: Connection, assignment_ids: Sequence[int]) -> list[Assignment]:
    """Those of the assignments that are valid today."""
    rows = await connection.fetch(
        f"{_ASSIGNMENT} AND a.assignment_id = ANY ($2::bigint[]) {_IN_ORDER}",
        clock.today(),
        list(assignment_ids),
    )
    return [Assignment(**row) for row in rows]


class OpenSession(msgspec.Struct, frozen=True):
    """A session that is open, as its owner knows it. `role` and `unit` are those it was opened in, for staff."""

    session_id: int
    device: str
    created_at: datetime
    seen_at: datetime
    unit: str | None = None
    role: str | None = None
    label: str | None = None
    label_en: str | None = None

    def role_said(self, lang: str) -> str:
        """What the role is called; "" for a patient's session."""
        if self.role is None:
            return ""
        if self.label is None:
            return role_of(self.role).said(lang)
        return Role(self.role, self.label, clinical=False, label_en=self.label_en or "").said(lang)


async def own_sessions(
    connection: Connection, *, by: StaffActor | PatientActor, idle: timedelta
) -> list[OpenSession]:
    """The actor's own sessions that still let somebody in, the last used first."""
    now = clock.now()
    rows = await connection.fetch(
        "SELECT s.session_id, s.device, s.created_at, s.seen_at, u.name AS unit, a.role, r.label, r.label_en "
        "FROM session s LEFT JOIN assignment a USING (staff_id, assignment_id) "
        "LEFT JOIN unit u ON u.provider_id = a.provider_id AND u.unit_id = a.unit_id "
        "LEFT JOIN role r ON r.provider_id = a.provider_id AND r.code = a.role "
        "WHERE (s.staff_id = $1 OR s.person_id = ANY ($2::bigint[])) "
        "AND s.ended_at IS NULL AND s.expires_at > $3 AND s.seen_at > $4 ORDER BY s.seen_at DESC, s.session_id DESC",
        *owner_of(by),
        now,
        now - idle,
    )
    return [OpenSession(**row) for row in rows]


def owner_of(by: StaffActor | PatientActor) -> tuple[int | None, list[int]]:
    """Whose sessions are the actor's own: (staff_id, person_ids), one of them empty."""
    return (by.staff_id, []) if isinstance(by, StaffActor) else (None, by.own_ids)


async def contacts(connection: Connection, listed_unit_id: int | None) -> list[Contact]:
    """Where somebody can ring instead: the unit they are listed at, then the region's telephone service."""
    rows = await connection.fetch(
        "SELECT u.name, u.phone FROM unit u WHERE u.phone IS NOT NULL AND (u.unit_id = $1 OR (u.kind = 'telephone' "
        "AND ($1::int IS NULL OR u.provider_id = (SELECT provider_id FROM unit WHERE unit_id = $1)))) "
        "ORDER BY u.unit_id IS NOT DISTINCT FROM $1 DESC, u.name LIMIT 4",
        listed_unit_id,
    )
    return [Contact(row["name"], row["phone"]) for row in rows]


async def unit_by_hsa_id(connection: Connection, hsa_id: str | None) -> int | None:
    """The unit with an HSA-id, or None."""
    found: int | None = await connection.fetchval("SELECT unit_id FROM unit WHERE hsa_id = $1", hsa_id)
    return found
