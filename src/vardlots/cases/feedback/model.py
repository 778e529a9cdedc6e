"""Internal feedback (*intern återkoppling*): what staff think of how a visit came about and went (D10)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vardlots.platform.i18n import N_

TEXT_MAX = 2000


class About(StrEnum):
    """What the feedback is about."""

    TRIAGE = "triage"
    WAY_HERE = "way_here"
    TECHNIQUE = "technique"
    ROUTINE = "routine"
    OTHER = "other"


ABOUT = {
    About.TRIAGE: N_("Triagen"),
    About.WAY_HERE: N_("Patientens väg hit"),
    About.TECHNIQUE: N_("Tekniken"),
    About.ROUTINE: N_("Arbetssätt och rutiner"),
    About.OTHER: N_("Annat"),
}


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of feedback. `read_at` when somebody who can change things read it, `answer` what they said ("" while
    they have not), `answer_seen_at` when its author read that."""

    feedback_id: int
    case_id: int
    unit_id: int
    unit: str
    kind: About
    text: str
    staff_id: int
    author: str
    at: datetime
    read_at: datetime | None
    reader: str
    answer: str
    answered_at: datetime | None
    answerer: str
    answer_seen_at: datetime | None
