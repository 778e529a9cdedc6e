"""The two ready schemes of priorities as data: labels, way in, times, notices (`content/schemes/*.toml`)."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import msgspec

from vardlots.forms.authoring import check_texts
from vardlots.forms.faults import ContentError, ContentFault, read_struct
from vardlots.forms.text import Text
from vardlots.triage.model import Outcome


class WayIn(StrEnum):
    """What happens after the outcome."""

    EMERGENCY = "emergency"
    DROP_IN = "drop_in"
    SELF_CARE_THEN_CHOICE = "self_care_then_choice"
    BOOKING_TICKET = "booking_ticket"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One priority of a scheme.

    `target_minutes` until staff should have taken it, `escalate_minutes` until others may: both None where no
    queue is entered. `assumed` names the fields for which no public source gives a value. `notice`: the
    unit's phone is told. `telephone`: the patient is always telephoned.
    """

    priority: int
    label: Text
    meaning: Text
    way_in: WayIn
    notice: bool
    telephone: bool
    target_minutes: int | None = None
    escalate_minutes: int | None = None
    assumed: tuple[str, ...] = ()


class Scheme(msgspec.Struct, frozen=True, dict=True, forbid_unknown_fields=True):
    """A provider's priorities. `reads_as` says which of them stands for one that the scheme does not have."""

    code: str
    title: Text
    source: str
    priorities: tuple[Step, ...]
    reads_as: Mapping[str, int] = {}

    @cached_property
    def by_priority(self) -> dict[int, Step]:
        """Priority → step."""
        return {step.priority: step for step in self.priorities}

    def step(self, priority: int) -> Step:
        """The step for a priority, also one the scheme reads as another. Raises LookupError."""
        priority = self.reads_as.get(str(priority), priority)
        if priority not in self.by_priority:
            raise LookupError(f"scheme {self.code} has no priority {priority}")
        return self.by_priority[priority]


def priority_in(scheme: Scheme, outcome: Outcome) -> int:
    """The outcome's priority in this scheme: that of a visit to book, where the scheme has tickets."""
    if outcome.booking is not None and outcome.booking in scheme.by_priority:
        return outcome.booking
    return scheme.step(outcome.priority).priority


def way_in(scheme: Scheme, outcome: Outcome) -> WayIn:
    """Where the outcome leads for a provider with this scheme."""
    return scheme.step(priority_in(scheme, outcome)).way_in


def load_schemes(folder: Path) -> dict[str, Scheme]:
    """Every scheme in the folder by its code. Raises ContentError with all faults of all files."""
    schemes: dict[str, Scheme] = {}
    faults: list[ContentFault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            scheme = read_struct(path.read_bytes(), Scheme, path.name)
        except ContentError as wrong:
            faults += wrong.faults
            continue
        faults += _check(scheme, path.name)
        schemes[scheme.code] = scheme
    if faults:
        raise ContentError(faults)
    return schemes


def _check(scheme: Scheme, file: str) -> list[ContentFault]:
    faults = (
        [] if file == f"{scheme.code}.toml" else [ContentFault(file, scheme.code, "is not the file's name.")]
    )
    faults += check_texts(file, "title", scheme.title)
    for step in scheme.priorities:
        id = str(step.priority)
        faults += check_texts(file, id, step.label, step.meaning)
        if (step.way_in is WayIn.EMERGENCY) is not (step.priority == 1):
            faults.append(ContentFault(file, id, "the emergency way in is for priority 1, and for it alone."))
        if (step.way_in is WayIn.BOOKING_TICKET) is not (6 <= step.priority <= 11):
            faults.append(
                ContentFault(file, id, "booking tickets are for priorities 6–11, and for them alone.")
            )
        if step.way_in is not WayIn.BOOKING_TICKET and step.target_minutes is None:
            faults.append(ContentFault(file, id, "has a queue but no target_minutes."))
    for priority in (1, 2, 3, 4, 5, 12):
        try:
            scheme.step(priority)
        except LookupError:
            faults.append(ContentFault(file, str(priority), "is neither in the scheme nor read as another."))
    return faults
