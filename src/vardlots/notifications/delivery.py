"""How far a text has come, as one learns of it in whatever order. Pure.

What is learnt is put together by taking the furthest: that it reached the phone before that it failed, since a phone
that has it was not failed; that it failed before that it was sent. Of two reasons for failing the more telling stays.
So it ends the same however receipts and our own marks arrive, and however often (`joined` is commutative, associative
and idempotent, as the greater of two is).
"""

import msgspec

from vardlots.notifications.model import NoticeState, Why

_FURTHEST = (
    NoticeState.QUEUED,
    NoticeState.SENDING,
    # Not sent as far as we know; a receipt knows better, since a worker may have died between sending and marking.
    NoticeState.SKIPPED,
    NoticeState.SENT,
    NoticeState.FAILED,
    NoticeState.DELIVERED,
)
_RANK = {state: place for place, state in enumerate(_FURTHEST)}
# That we gave up says least of all about the phone.
_MORE_TELLING = (
    Why.GAVE_UP,
    Why.UNDELIVERED,
    Why.PHONE_OFF,
    Why.REFUSED,
    Why.BARRED,
    Why.NO_SUCH_NUMBER,
)
_TELLING = {why: place for place, why in enumerate(_MORE_TELLING, start=1)}


class Delivery(msgspec.Struct, frozen=True):
    """Where a text is; `why` only where it was not sent or did not reach the phone."""

    state: NoticeState
    why: Why | None = None


def joined(known: Delivery, learnt: Delivery) -> Delivery:
    """What is known when both are."""
    return max(known, learnt, key=_place)


def _place(one: Delivery) -> tuple[int, int, str]:
    # The last part only makes any two reasons comparable, so that the order of arrival never decides.
    return _RANK[one.state], _TELLING.get(one.why, 0) if one.why else 0, one.why or ""
