"""What is said when a visit is handed over: to whom, why."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vardlots.platform.i18n import N_


class Why(StrEnum):
    """Why a visit is handed over, a closed list (requirement E6; the first three are the seeds' own)."""

    AGREED_PRACTICE = "agreed_practice"
    AFTER_CONSULTATION = "after_consultation"
    MISPLACED = "misplaced"
    OTHER_COMPETENCE = "other_competence"
    END_OF_SHIFT = "end_of_shift"


WHY_WORDS = {
    Why.AGREED_PRACTICE: N_("Enligt överenskommen praxis"),
    Why.AFTER_CONSULTATION: N_("Efter konsultation"),
    Why.MISPLACED: N_("Felplacerat ärende"),
    Why.OTHER_COMPETENCE: N_("Behöver annan kompetens"),
    Why.END_OF_SHIFT: N_("Arbetspasset slutar"),
}


class Receiver(msgspec.Struct, frozen=True):
    """Who is asked: a role of the case's own unit, and the person where one is named."""

    role: str
    staff_id: int | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An open request, as its row tells it. `last_at` is when it was last asked or reminded of, `times` how often it
    was reminded of."""

    n: int
    at: datetime
    by_staff_id: int
    by_name: str
    role: str
    who: str
    priority: int
    before: int
    why: str
    message: str
    last_at: datetime
    times: int


class Answered(msgspec.Struct, frozen=True):
    """How the last request ended, where its owner should be told: `declined` by whom, when, why."""

    who: str
    at: datetime
    reason: str
