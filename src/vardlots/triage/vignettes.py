"""Written cases with the outcome a clinician expects (`content/triage/vignettes/*.toml`), for tests and reviews."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from vardlots.forms.faults import read_struct
from vardlots.triage.catalogue import VIGNETTES, Catalogue
from vardlots.triage.interview import Interview, answer, current_item, is_answered, start
from vardlots.triage.model import Level, Subject


class Vignette(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A case: who, what they answer, and what should come of it. `rules` are all the rules that hold."""

    id: str
    story: str
    protocol: str
    version: int
    subject: Subject
    answers: Mapping[str, str | int | float | bool | tuple[str, ...]]
    priority: int
    booking: int | None = None
    level: Level
    role: str
    rules: tuple[str, ...]


class VignetteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of cases."""

    vignettes: tuple[Vignette, ...]


def load_vignettes(folder: Path) -> tuple[Vignette, ...]:
    """Every case in `folder/vignettes`. Raises ContentError."""
    files = sorted((folder / VIGNETTES).glob("*.toml"))
    return tuple(
        case for path in files for case in read_struct(path.read_bytes(), VignetteFile, path.name).vignettes
    )


def play(catalogue: Catalogue, case: Vignette) -> Interview:
    """The case's interview, answered question by question in the order in which they come.

    Raises KeyError for a question that the case does not answer, ValueError for an answer never asked for.
    """
    interview = start(catalogue.protocol(case.protocol, case.version), case.subject)
    left = dict(case.answers)
    while left and (item := current_item(interview)) is not None:
        interview = answer(interview, item.link_id, left.pop(item.link_id))
    if left or not is_answered(interview):
        raise ValueError(f"{case.id}: answers left {sorted(left)}, finished {interview.finished}")
    return interview
