"""Forms of the demonstration: sent into the conversation and filled in by the patient, by the product's own verbs."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.conversations.actions import mark_read
from vardlots.conversations.forms import queries
from vardlots.conversations.forms.actions import answer_form, fill_in, open_form, send_form
from vardlots.forms.model import DECLINED


class FormScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form, sent `at` minutes after the case came in and opened `opened_at`; `answers` by question, "-" for declined.

    It is sent in when everything is answered.
    """

    at: Annotated[int, msgspec.Meta(ge=0)]
    code: str
    opened_at: Annotated[int, msgspec.Meta(ge=0)] | None = None
    answers: Mapping[str, str] = {}


async def send(house: House, *, by: StaffActor, ref: CaseRef, form: FormScript) -> int:
    """The form goes out. Returns its row's number."""
    return await send_form(house, by=by, ref=ref, code=form.code, key=f"demo-form-{form.code}")


async def answer(house: House, *, by: PatientActor, ref: CaseRef, form: FormScript, n: int) -> None:
    """The patient reads it, and answers as far as the script goes."""
    await mark_read(house, by=by, ref=ref, n=n)
    async with house.database.transaction(by.scope) as connection:
        request_id = next(one.request_id for one in await queries.cards(connection, ref) if one.n == n)
    await open_form(house, by=by, ref=ref, request_id=request_id)
    rev, done = 0, False
    for link_id, said in form.answers.items():
        raw: dict[str, Any] = {link_id: DECLINED if said == "-" else said}
        kept = await fill_in(house, by=by, ref=ref, request_id=request_id, rev=rev, raw=raw)
        if kept.faults:
            raise ValueError(f"{form.code}: {link_id} cannot be {said!r}")
        rev, done = rev + 1, kept.progress.done == kept.progress.total
    if done:
        await answer_form(house, by=by, ref=ref, request_id=request_id, rev=rev)
