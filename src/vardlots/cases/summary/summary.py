"""What a colleague who takes a visit over needs to know of it, read off the timeline and the answers. Pure.

    found = summarize(rows, told=Told(...), priority=2)
    found.patient_wrote, found.last  # how much has been written, and the last words as they stand

Nothing is weighed or reworded: what a patient or a colleague wrote stands as it was written, the rest are counts,
names and times. A note that nobody has signed is its author's own, and is not in it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.cases.model import Entry, Kind

LAST_SHOWN = 4
_SPOKEN = frozenset({Kind.MESSAGE, Kind.INFORMATION, Kind.CHASED, Kind.PAUSED})


class Told(msgspec.Struct, frozen=True):
    """What was answered before the visit, in the reader's language: terms with answers, what was denied, own words."""

    answered: tuple[tuple[str, str], ...] = ()
    denied: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    pictures: int = 0


class Change(msgspec.Struct, frozen=True):
    """A priority that became another: by whom, and why in their words ("" where new answers did it)."""

    at: datetime
    who: str
    before: int
    after: int
    why: str
    by_answers: bool = False


class Spoken(msgspec.Struct, frozen=True):
    """A message as it was written. `files` counts what came with it."""

    at: datetime
    who: str
    by_patient: bool
    text: str
    files: int


class Form(msgspec.Struct, frozen=True):
    """A form that was sent in the visit; `answered_at` None while nobody has answered."""

    title: str
    sent_at: datetime
    answered_at: datetime | None


class Passed(msgspec.Struct, frozen=True):
    """An earlier handover: who asked whom, and how it ended: accepted, declined, withdrawn, or "" for neither."""

    at: datetime
    who: str
    asked: str
    outcome: str
    by: str
    reason: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A case in short. `first_at` is when the first of the messages was written, None where there is none."""

    priority: int
    told: Told
    changes: tuple[Change, ...]
    patient_wrote: int
    staff_wrote: int
    first_at: datetime | None
    last: tuple[Spoken, ...]
    forms: tuple[Form, ...]
    pictures: int
    passed: tuple[Passed, ...]


def summarize(rows: Sequence[Entry], *, told: Told, priority: int) -> Summary:
    """The case in short, from its whole timeline (oldest first), its answers, and the priority that holds.

    The request that waits for an answer is not among the handovers before it.
    """
    spoken = [_spoken(row) for row in rows if _is_written(row)]
    return Summary(
        priority=priority,
        told=told,
        changes=tuple(change for row in rows if (change := _change(row)) is not None),
        patient_wrote=sum(one.by_patient for one in spoken),
        staff_wrote=sum(not one.by_patient for one in spoken),
        first_at=spoken[0].at if spoken else None,
        last=tuple(spoken[-LAST_SHOWN:]),
        forms=_forms(rows),
        pictures=told.pictures + sum(one.files for one in spoken if one.by_patient),
        passed=_passed(rows),
    )


def _is_written(row: Entry) -> bool:
    """Whether somebody wrote it: what the product says by itself is no part of what was asked and answered."""
    written = row.body.get("text") or row.body.get("attachments")
    return row.kind in _SPOKEN and bool(written) and not row.body.get("automatic")


def _spoken(row: Entry) -> Spoken:
    body = row.body
    return Spoken(
        row.at,
        row.author_name,
        row.author_kind == "patient",
        str(body.get("text", "")),
        len(body.get("attachments", ())),
    )


def _change(row: Entry) -> Change | None:
    body: dict[str, Any] = row.body
    match row.kind:
        case Kind.PRIORITY_CHANGED:
            return Change(row.at, row.author_name, body["from"], body["to"], body["reason"])
        case Kind.RETRIAGED if body["from"] != body["to"]:
            return Change(row.at, row.author_name, body["from"], body["to"], "", by_answers=True)
        case Kind.HANDED_OVER if body["from"] != body["priority"]:
            return Change(row.at, row.author_name, body["from"], body["priority"], "")
    return None


def _forms(rows: Sequence[Entry]) -> tuple[Form, ...]:
    answered = {row.body["request_id"]: row.at for row in rows if row.kind is Kind.FORM_ANSWERED}
    return tuple(
        Form(row.body["title"], row.at, answered.get(row.body["request_id"]))
        for row in rows
        if row.kind is Kind.FORM_SENT
    )


_ANSWERS = {
    Kind.HANDOVER_ACCEPTED: "accepted",
    Kind.HANDOVER_DECLINED: "declined",
    Kind.HANDOVER_WITHDRAWN: "withdrawn",
}


def _passed(rows: Sequence[Entry]) -> tuple[Passed, ...]:
    found: list[Passed] = []
    for place, row in enumerate(rows):
        if row.kind is not Kind.HANDED_OVER:
            continue
        later = rows[place + 1 :]
        again = next((n for n, one in enumerate(later) if one.kind is Kind.HANDED_OVER), None)
        answer = next((one for one in later[:again] if one.kind in _ANSWERS), None)
        if answer is None and again is None:
            continue  # it waits for an answer, or ended with the visit
        found.append(
            Passed(
                row.at,
                row.author_name,
                row.body["who"] or row.body["asked"],
                _ANSWERS[answer.kind] if answer else "",
                answer.author_name if answer else "",
                str(answer.body.get("reason", "")) if answer else "",
            )
        )
    return tuple(found)
