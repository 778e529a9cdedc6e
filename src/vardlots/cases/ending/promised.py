"""The day by which an administrative errand was promised an answer (requirement F2): kept in its first row, so that
what the patient was told holds whatever the provider promises others later."""

from collections.abc import Iterable
from datetime import date

import msgspec

from vardlots.cases.model import Case, Entry, Kind
from vardlots.cases.policy import is_errand_message

KEY = "answer_by"


class Promise(msgspec.Struct, frozen=True):
    """The last day to answer. `kept`: it has been; `broken`: the day has gone without an answer."""

    day: date
    kept: bool
    broken: bool


def promise_of(case: Case, rows: Iterable[Entry], today: date) -> Promise | None:
    """What was promised in a case, as its timeline tells; None where nothing was, or where it is no message."""
    told = list(rows)
    if not is_errand_message(case) or not told:
        return None
    raw = told[0].body.get(KEY)
    if not isinstance(raw, str):
        return None
    day = date.fromisoformat(raw)
    kept = any(row.kind is Kind.MESSAGE and row.author_kind == "staff" for row in told)
    return Promise(day, kept, broken=not kept and today > day)


def promised(case: str) -> str:
    """In SQL, for a row of `care_case` by this name: the day (a text) while nobody has answered, else NULL."""
    return (
        f"CASE WHEN {case}.kind = 'administrative' AND {case}.phase = 'follow_up' AND {case}.started_at IS NULL "
        f"AND NOT EXISTS (SELECT FROM entry m WHERE m.provider_id = {case}.provider_id AND m.case_id = {case}.case_id "
        f"AND m.kind = 'message' AND m.author_kind = 'staff') THEN (SELECT o.body->>'{KEY}' FROM entry o "
        f"WHERE o.provider_id = {case}.provider_id AND o.case_id = {case}.case_id AND o.n = 1) END"
    )
