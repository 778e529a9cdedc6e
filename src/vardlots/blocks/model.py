"""A patient's block of what one unit has written, for the provider's other units (*spärr*), and its lifting."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vardlots.platform.i18n import N_

REASON_MAX = 500


class How(StrEnum):
    """How the patient asked for the block."""

    TELEPHONE = "telephone"
    ON_SITE = "on_site"
    LETTER = "letter"


HOW_LABELS = {How.TELEPHONE: N_("på telefon"), How.ON_SITE: N_("på plats"), How.LETTER: N_("i brev")}


class Basis(StrEnum):
    """On what ground somebody may read what is blocked (Patient Data Act ch. 4 § 5)."""

    CONSENT = "consent"
    EMERGENCY = "emergency"


# For how long a block may be lifted, in hours. The law says no more than what the care at hand needs [assumed:
# docs/decisions on blocks]; the database holds the same limits.
LONGEST = {Basis.CONSENT: 30 * 24, Basis.EMERGENCY: 24}


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block, with the names of who wrote it down and who ended it ("" while it holds)."""

    provider_id: int
    block_id: int
    person_id: int
    unit_id: int
    unit_name: str
    since: datetime
    registered_by_name: str
    how: How
    reason: str
    ended_at: datetime | None
    ended_by_name: str
    ended_why: str | None

    @property
    def holds(self) -> bool:
        """Whether the block holds."""
        return self.ended_at is None


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """One member of staff's lifting of a block: on what ground, why, and until when."""

    lift_id: int
    block_id: int
    staff_name: str
    basis: Basis
    reason: str
    at: datetime
    until: datetime
