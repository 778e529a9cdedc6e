"""What is on a member of staff's own desk: the visits they have, those they are asked to take over, those they are a
guest in. One statement, along the partial indexes of what is open: what has ended costs nothing.
"""

from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.queries import DRAWN, WITH_NAMES, veiled

MINE_MOST, OTHERS_MOST = 100, 50

# What the actor has not read of the colleagues' own talk, which only those who take part are told of.
_TALK_UNREAD = """c.talk_last_n > coalesce((SELECT r.n FROM talk_read r WHERE r.provider_id = c.provider_id
  AND r.case_id = c.case_id AND r.staff_id = $2), 0) AS talk_unread"""
# How a case that has not begun came to whoever has it: some take it, some are given it.
_GOT = """CASE WHEN c.started_at IS NULL THEN (SELECT jsonb_build_object('kind', e.kind, 'at', e.at)
  FROM entry e WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id
  AND e.kind IN ('accepted', 'assigned', 'taken_over', 'handover_accepted')
  ORDER BY e.n DESC LIMIT 1) END AS got"""
# Who asks, when and why; what is written of a person with protected identity stays in the visit.
_ASKED = """CASE WHEN c.section = 'offered' THEN (SELECT jsonb_build_object('who', e.author_name, 'at', e.at,
  'message', CASE WHEN p.protected THEN '' ELSE coalesce(e.body->>'message', '') END)
  FROM entry e WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id AND e.n = c.handover_n) END AS asked"""
_INVITED = """CASE WHEN c.section = 'guest' THEN (SELECT jsonb_build_object('who', i.given_name || ' ' || i.family_name,
  'mode', g.mode, 'joined', g.joined_at IS NOT NULL)
  FROM guest g JOIN staff i ON i.staff_id = g.invited_by WHERE g.provider_id = c.provider_id
  AND g.case_id = c.case_id AND g.staff_id = $2 AND g.left_at IS NULL) END AS invited"""
_SECTIONS = {
    "mine": f"""SELECT 'mine' AS section, o.* FROM care_case o WHERE o.provider_id = $1 AND o.owner_staff_id = $2
      AND o.phase IN ('accepted', 'ongoing') ORDER BY o.priority, o.arrived_at LIMIT {MINE_MOST}""",
    "me": f"""SELECT 'offered' AS section, o.* FROM care_case o WHERE o.provider_id = $1 AND o.handover_staff_id = $2
      LIMIT {OTHERS_MOST}""",
    "role": f"""SELECT 'offered' AS section, o.* FROM unnest($4::int[]) u (unit_id) CROSS JOIN LATERAL (
      SELECT * FROM care_case WHERE provider_id = $1 AND unit_id = u.unit_id AND handover_n IS NOT NULL
        AND handover_role = $5::text AND handover_staff_id IS NULL AND owner_staff_id <> $2
      ORDER BY priority, arrived_at LIMIT {OTHERS_MOST}) o""",
    "guest": f"""SELECT 'guest' AS section, o.* FROM guest g JOIN care_case o USING (provider_id, case_id)
      WHERE g.provider_id = $1 AND g.staff_id = $2 AND g.left_at IS NULL
      ORDER BY g.invited_at LIMIT {OTHERS_MOST}""",
}
DESK = f"""SELECT c.section, {DRAWN}, {_TALK_UNREAD}, {_GOT}, {_ASKED}, {_INVITED}
FROM ({" UNION ALL ".join(f"({section})" for section in _SECTIONS.values())}) c {WITH_NAMES}
WHERE $3::date IS NOT NULL ORDER BY c.priority, c.arrived_at, c.case_id"""

Rows = list[dict[str, Any]]


class OwnCases(msgspec.Struct, frozen=True):
    """The three parts of a desk, each the most urgent first."""

    mine: Rows
    offered: Rows
    guest: Rows

    @property
    def all(self) -> Rows:
        """Every row, in the order that the lists stand."""
        return [*self.offered, *self.mine, *self.guest]


async def own_cases(connection: Connection, *, by: StaffActor) -> OwnCases:
    """*Överlämnas till mig*, *Mina aktuella* and *Gäst*. Blocked ones are veiled."""
    found = await connection.fetch(
        DESK, by.provider_id, by.staff_id, clock.today(), sorted(by.unit_ids), by.role
    )
    rows = await veiled(connection, by=by, rows=found)
    parts: dict[str, Rows] = {"mine": [], "offered": [], "guest": []}
    for row in rows:
        parts[row["section"]].append(row)
    return OwnCases(**parts)
