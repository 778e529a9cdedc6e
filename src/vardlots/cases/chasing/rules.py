"""What becomes of a patient who does not answer. Pure: the case, its timeline, the time.

The user manual of 1177 direkt: at least two attempts in the chat, the patient told to answer within two hours, else the
case is closed and they seek care anew if it persists or gets worse; priorities 1 and 2 are always telephoned.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from vardlots.cases.model import Case, Entry, Kind, Phase
from vardlots.cases.states import PATIENT_SPEAKS

ANSWER_WITHIN = timedelta(hours=2)
LEAST_ATTEMPTS = 2
# Whoever has one of these is always telephoned, never given up.
TELEPHONED = frozenset({1, 2})


class Step(StrEnum):
    """How far a patient has been sought: `Case.chase`."""

    REMINDED = "reminded"
    WARNED = "warned"
    CALL = "call"


class Due(StrEnum):
    """What the system does next."""

    WARN = "warn"
    CALL = "call"
    GIVE_UP = "give_up"


def attempts(rows: Iterable[Entry]) -> int:
    """How often staff have written, or the system for them, since they last heard from the patient.

    What goes out at the start of every visit is no attempt: nobody has asked anything yet.
    """
    count = 0
    for row in rows:
        if _heard(row):
            count = 0
        elif _tried(row):
            count += 1
    return count


def _heard(row: Entry) -> bool:
    """Whether the patient has answered with it, here or on the telephone."""
    if row.kind is Kind.CALLED:
        return bool(row.body["outcome"] == "reached")
    return row.author_kind == "patient" and row.kind in PATIENT_SPEAKS


def _tried(row: Entry) -> bool:
    """Whether it asks the patient for an answer."""
    asked = row.kind is Kind.MESSAGE and row.author_kind == "staff" and not row.body.get("automatic")
    return asked or row.kind is Kind.CHASED


def first_step(made: int) -> Step:
    """Whoever has been written to already is warned at once: that was the first attempt."""
    return Step.WARNED if made else Step.REMINDED


def is_telephoned(case: Case) -> bool:
    """Whether a patient with this priority is called, where another's visit is closed."""
    return case.priority in TELEPHONED


def due(case: Case, now: datetime) -> Due | None:
    """What is to be done with a case now; None while there is time, or where nobody is sought.

    The two hours are those of the warning as it was written (`chase_at`), however late it or its end is dealt with.
    """
    if case.phase is not Phase.ONGOING or case.paused_until is not None:
        return None
    if case.chase_at is None or now < case.chase_at:
        return None
    if case.chase == Step.REMINDED:
        return Due.WARN
    return Due.CALL if is_telephoned(case) else Due.GIVE_UP
