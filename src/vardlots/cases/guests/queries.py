"""Reads of who takes part in a visit beside whoever has it."""

from datetime import datetime

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked
from vardlots.cases.model import Case, CaseRef
from vardlots.clinics.queries import roles_of
from vardlots.platform import clock
from vardlots.platform.db import Connection


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague who is or was a guest: `mode` is `chat` or `consult`; `joined_at` is None until they open the visit,
    `left_at` while they are in it."""

    n: int
    staff_id: int
    name: str
    title: str
    picture: str
    mode: str
    inviter: str
    invited_at: datetime
    joined_at: datetime | None
    left_at: datetime | None


_GUESTS = """
SELECT g.n, g.staff_id, s.given_name || ' ' || s.family_name AS name, s.title, coalesce(s.picture::text, '') AS picture,
  g.mode, i.given_name || ' ' || i.family_name AS inviter, g.invited_at, g.joined_at, g.left_at
FROM guest g JOIN staff s USING (staff_id) JOIN staff i ON i.staff_id = g.invited_by
WHERE g.provider_id = $1 AND g.case_id = $2"""


async def guests_of(connection: Connection, ref: CaseRef) -> list[Guest]:
    """Everybody who is or was a guest in a case that the actor may read: those who are first, then the latest."""
    rows = await connection.fetch(
        f"{_GUESTS} ORDER BY g.left_at IS NOT NULL, CASE WHEN g.left_at IS NULL THEN g.n ELSE -g.n END", *ref
    )
    return [Guest(**row) for row in rows]


async def present(connection: Connection, ref: CaseRef, staff_id: int) -> Guest | None:
    """The guest as they take part now; None for whoever does not."""
    row = await connection.fetchrow(f"{_GUESTS} AND g.staff_id = $3 AND g.left_at IS NULL", *ref, staff_id)
    return Guest(**row) if row else None


class GuestCase(msgspec.Struct, frozen=True):
    """A visit where somebody is a guest: who invited them, as what, and whether they have opened it."""

    case_id: int
    mode: str
    inviter: str
    invited_at: datetime
    opened: bool


async def guest_cases(connection: Connection, by: StaffActor) -> list[GuestCase]:
    """*Besök som gäst*: the visits where the actor is a guest now, the latest invitation first. At most a hundred.

    What a patient has blocked is among them: whoever draws the rows veils it, as in every list.
    """
    rows = await connection.fetch(
        "SELECT g.case_id, g.mode, i.given_name || ' ' || i.family_name AS inviter, g.invited_at, "
        "g.joined_at IS NOT NULL AS opened FROM guest g JOIN staff i ON i.staff_id = g.invited_by "
        "WHERE g.provider_id = $1 AND g.staff_id = $2 AND g.left_at IS NULL "
        "ORDER BY g.invited_at DESC, g.case_id DESC LIMIT 100",
        by.provider_id,
        by.staff_id,
    )
    return [GuestCase(**row) for row in rows]


class Invitee(msgspec.Struct, frozen=True):
    """A colleague who could be invited. `may_open`: their role works with cases; `barred`: the patient has blocked the
    unit of the case for whoever works elsewhere, as they do."""

    staff_id: int
    name: str
    may_open: bool
    barred: bool


async def invitee(connection: Connection, case: Case, staff_id: int) -> Invitee | None:
    """The colleague with an assignment at the case's provider today; None for anybody else."""
    rows = await connection.fetch(
        f"""
        SELECT s.given_name || ' ' || s.family_name AS name, a.role, a.unit_id = c.unit_id AS at_home,
          {blocked("c", "s.staff_id", "$5::timestamptz")} AS blocked
        FROM assignment a JOIN staff s USING (staff_id)
        JOIN care_case c ON c.provider_id = a.provider_id AND c.case_id = $2
        WHERE a.provider_id = $1 AND a.staff_id = $3 AND a.valid_from <= $4 AND (a.valid_to IS NULL OR a.valid_to >= $4)
        """,
        *case.ref,
        staff_id,
        clock.today(),
        clock.now(),
    )
    if not rows:
        return None
    roles = await roles_of(connection, case.provider_id)
    caring = [row for row in rows if roles.of(row["role"]).cares]
    return Invitee(
        staff_id=staff_id,
        name=rows[0]["name"],
        may_open=bool(caring),
        barred=rows[0]["blocked"] and not any(row["at_home"] for row in caring),
    )
