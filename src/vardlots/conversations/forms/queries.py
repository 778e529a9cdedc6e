"""Reads of forms in conversations, within the scope of the connection."""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.model import Case, CaseRef, Entry, Kind
from vardlots.cases.queries import readable_case
from vardlots.conversations.forms.model import Card, FormRequest
from vardlots.forms.model import Form
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound

_CARD = (
    "SELECT provider_id, case_id, request_id, n, form->'title' AS title, sent_at, opened_at, done, total, changed_at, "
    "answered_at FROM form_request"
)
_WHOLE = (
    "SELECT provider_id, case_id, request_id, n, person_id, form, known, sent_at, opened_at, answers, rev, done, "
    "total, changed_at, answered_at, answered_n FROM form_request"
)


async def cards(connection: Connection, ref: CaseRef) -> list[Card]:
    """Every form of a case that the reader has been let into, oldest first."""
    rows = await connection.fetch(
        f"{_CARD} WHERE provider_id = $1 AND case_id = $2 ORDER BY request_id", *ref
    )
    return [Card(**row) for row in rows]


async def cards_in(connection: Connection, ref: CaseRef, rows: Iterable[Entry]) -> dict[int, Card]:
    """The forms that rows of a timeline tell of, by number; no question asked where they tell of none."""
    wanted = {int(row.body["request_id"]) for row in rows if row.kind in (Kind.FORM_SENT, Kind.FORM_ANSWERED)}
    if not wanted:
        return {}
    found = await connection.fetch(
        f"{_CARD} WHERE provider_id = $1 AND case_id = $2 AND request_id = ANY ($3::bigint[])",
        *ref,
        sorted(wanted),
    )
    return {row["request_id"]: Card(**row) for row in found}


async def card(
    connection: Connection, *, by: PatientActor | StaffActor, ref: CaseRef, request_id: int
) -> tuple[Case, Card]:
    """One form's card, and its case. Raises NotFound or Forbidden."""
    case = await readable_case(connection, by=by, ref=ref)
    row = await connection.fetchrow(
        f"{_CARD} WHERE provider_id = $1 AND case_id = $2 AND request_id = $3", *ref, request_id
    )
    if row is None:
        raise NotFound()
    return case, Card(**row)


async def request(
    connection: Connection, *, by: PatientActor | StaffActor, ref: CaseRef, request_id: int
) -> tuple[Case, FormRequest]:
    """One form with its answers, and its case. Raises NotFound or Forbidden."""
    case = await readable_case(connection, by=by, ref=ref)
    row = await connection.fetchrow(
        f"{_WHOLE} WHERE provider_id = $1 AND case_id = $2 AND request_id = $3", *ref, request_id
    )
    if row is None:
        raise NotFound()
    return case, _request(row)


async def locked(connection: Connection, ref: CaseRef, request_id: int) -> FormRequest:
    """One form, held until the transaction ends. Raises NotFound."""
    row = await connection.fetchrow(
        f"{_WHOLE} WHERE provider_id = $1 AND case_id = $2 AND request_id = $3 FOR UPDATE", *ref, request_id
    )
    if row is None:
        raise NotFound()
    return _request(row)


async def answered_forms(connection: Connection, ref: CaseRef) -> list[FormRequest]:
    """The forms of a case that have been sent in, in the order they were. The reader has been let into the case."""
    rows = await connection.fetch(
        f"{_WHOLE} WHERE provider_id = $1 AND case_id = $2 AND answered_at IS NOT NULL ORDER BY answered_n",
        *ref,
    )
    return [_request(row) for row in rows]


async def answered_by_case(
    connection: Connection, provider_id: int, person_ids: Collection[int]
) -> list[FormRequest]:
    """What somebody has sent in at a provider under any of their ids, the newest first, whatever case it is of.

    Who may read which case is for the caller to see to.
    """
    rows = await connection.fetch(
        f"{_WHOLE} WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) AND answered_at IS NOT NULL "
        "ORDER BY answered_at DESC, request_id DESC LIMIT 200",
        provider_id,
        sorted(person_ids),
    )
    return [_request(row) for row in rows]


async def is_waiting(connection: Connection, ref: CaseRef, code: str) -> bool:
    """Whether the patient has a form of this code in the case that is not sent in."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM form_request WHERE provider_id = $1 AND case_id = $2 AND form_code = $3 "
            "AND answered_at IS NULL)",
            *ref,
            code,
        )
    )


def _request(row: Any) -> FormRequest:
    return FormRequest(**{**dict(row), "form": msgspec.convert(row["form"], Form)})
