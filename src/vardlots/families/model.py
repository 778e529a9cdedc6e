"""A unit's decision that a guardian must not see a child here (*spärr av vårdnadshavare*)."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from vardlots.platform.i18n import N_

Approver: TypeAlias = Literal["head_of_unit", "on_call_physician"]
# Domain facts § 2: the head of unit decides, and out of hours the senior physician on call.
APPROVERS: dict[Approver, str] = {
    "head_of_unit": N_("Verksamhetschef"),
    "on_call_physician": N_("Läkare i bakjour"),
}
ROLE_OF: dict[Approver, str] = {"head_of_unit": "head_of_unit", "on_call_physician": "physician"}
REASON_MAX = 500


class GuardianBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One block. `guardian_id` None: every guardian, also those who are not known yet. `ended_at` None: it holds."""

    provider_id: int
    block_id: int
    child_id: int
    guardian_id: int | None
    unit_id: int
    reason: str
    approved_by: int
    approver: Approver
    approver_name: str
    registered_by: int
    registered_by_name: str
    since: datetime
    ended_at: datetime | None
    ended_by: int | None
    ended_why: str | None
