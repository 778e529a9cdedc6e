"""Receipts as the provider of texts sends them: JSON, one or many, read into our own words. Pure.

    {"reference": "vardlots-1-42-case_ended-7", "state": "delivered"}
    [{"reference": "…", "state": "failed", "reason": "no_such_number"}, …]

`state` is sent, delivered or failed; `reason` is no_such_number, barred, phone_off or whatever else, which counts as
undelivered. Anything more in it is left unread.
"""

import re
from typing import Literal

import msgspec

from vardlots.notifications.model import NoticeState, Receipt, Why
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_

MOST = 500
# Of a case, a ticket (`t`) or a consultation (`c`): about a row of it, or about one booked time.
_OURS = re.compile(r"vardlots-([0-9]{1,9})-[tc]?[0-9]{1,18}-[a-z_]+-[0-9]{1,18}(-staff-[0-9]{1,18})?")
_REASONS = {one.value: one for one in (Why.NO_SUCH_NUMBER, Why.BARRED, Why.PHONE_OFF)}


class _Wire(msgspec.Struct, frozen=True):
    reference: str
    state: Literal["sent", "delivered", "failed"]
    reason: str | None = None


_decoder = msgspec.json.Decoder(_Wire | list[_Wire])


def read_receipts(body: bytes) -> list[Receipt]:
    """The receipts in a body. Raises Invalid for anything else, and for too many at once."""
    try:
        told = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Invalid("body", N_("Kvittensen kunde inte läsas.")) from None
    wire = told if isinstance(told, list) else [told]
    if len(wire) > MOST:
        raise Invalid("body", N_("Skicka färre kvittenser åt gången."))
    return [_receipt(one) for one in wire]


def _receipt(one: _Wire) -> Receipt:
    state = NoticeState(one.state)
    why = _REASONS.get(one.reason or "", Why.UNDELIVERED) if state is NoticeState.FAILED else None
    return Receipt(one.reference, state, why)


def provider_of(reference: str) -> int | None:
    """The care provider whose text a reference is of, or None where it is none of ours."""
    found = _OURS.fullmatch(reference)
    return int(found.group(1)) if found else None
