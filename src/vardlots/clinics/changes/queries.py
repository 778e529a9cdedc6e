"""What stands in the way of a change of the directory."""

from typing import Any

import msgspec

from vardlots.clinics.queries import roles_of
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_


class Left(msgspec.Struct, frozen=True):
    """What is left in a unit: cases that are not closed, commissions that are or become valid, open shifts."""

    cases: int
    assignments: int
    shifts: int

    @property
    def anything(self) -> bool:
        """Whether the unit cannot be switched off."""
        return bool(self.cases or self.assignments or self.shifts)

    @property
    def message(self) -> str:
        """What stands in the way, for whoever wanted to switch it off."""
        return N_(
            "Enheten kan inte stängas av än. Kvar: {cases} öppna ärenden, {assignments} uppdrag och {shifts} skift."
        )

    @property
    def values(self) -> dict[str, Any]:
        """The values of the message."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]


async def in_the_way(connection: Connection, provider_id: int, hsa_id: str) -> Left:
    """What is left in a unit. Needs the provider's scope: it counts cases."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM care_case c WHERE c.provider_id = $1 AND c.unit_id = u.unit_id
                  AND c.phase IN ('queued', 'accepted', 'ongoing', 'follow_up')) AS cases,
               (SELECT count(*) FROM assignment a WHERE a.provider_id = $1 AND a.unit_id = u.unit_id
                  AND (a.valid_to IS NULL OR a.valid_to >= $3)) AS assignments,
               (SELECT count(*) FROM shift h WHERE h.provider_id = $1 AND h.unit_id = u.unit_id
                  AND h.ended_at IS NULL) AS shifts
        FROM unit u WHERE u.provider_id = $1 AND u.hsa_id = $2""",
        provider_id,
        hsa_id,
        clock.today(),
    )
    return Left(**row) if row else Left(0, 0, 0)


async def administrator_is_left(connection: Connection, provider_id: int) -> bool:
    """Whether somebody can administer the provider from today on without an end, or nobody ever could."""
    roles = await roles_of(connection, provider_id)
    codes = [code for code, role in roles.items() if role.administers == "provider"]
    row = await connection.fetchrow(
        "SELECT count(*) AS ever, count(*) FILTER (WHERE role = ANY ($2::text[]) AND valid_from <= $3 "
        "AND valid_to IS NULL) AS now FROM assignment "
        "WHERE provider_id = $1 AND (role = ANY ($2::text[]) OR role = 'system_admin')",
        provider_id,
        codes,
        clock.today(),
    )
    return bool(row["now"] > 0 or row["ever"] == 0)
