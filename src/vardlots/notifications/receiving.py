"""Where the provider of texts tells what has become of each: delivery receipts.

It is another system that calls, with a secret that both hold. A reference that we do not know is answered as one that
we do: whoever had the secret would learn nothing of which cases there are. Nothing is logged but how many they were.
"""

import hmac

import structlog
from litestar import MediaType, Response, post

from vardlots.access.actor import SystemActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.notifications.actions import RECEIPT, take_receipt
from vardlots.notifications.outbox import receipts_for
from vardlots.notifications.receipts import provider_of
from vardlots.platform.errors import Invalid, NotFound
from vardlots.platform.limits import Limit

log = structlog.get_logger()

LONGEST = 200_000  # bytes
# In a minute: guesses from one address, and receipts from one that knows the secret.
_wrong = Limit(20, 60.0)
_right = Limit(6_000, 60.0)


@post("/sms/receipts", status_code=200)  # what each answer says stands in it
async def receive_receipts(request: Web) -> Response[bytes]:
    """Take receipts as `receipts.py` reads them. 204 when they are kept; 401 without the secret, 404 where none is set,
    422 for what cannot be read, 429 for too many; the caller sends again after anything but 204 and 422."""
    secret = request.app.state.settings.sms_receipt_secret
    if not secret:
        raise NotFound()
    address = hash(request.client.host if request.client else "")
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        _wrong.take(address)
        return _answer(401)
    _right.take(address)
    body = await _body(request)
    if body is None:
        return _answer(413)
    try:
        told = receipts_for(request.app.state.settings).receipts(body)
    except Invalid:
        return _answer(422)
    kept = 0
    for receipt in told:
        provider_id = provider_of(receipt.reference)
        if provider_id is None:
            continue
        by = SystemActor(provider_id, RECEIPT)
        kept += await take_receipt(house(request), by=by, receipt=receipt) is not None
    log.info("sms_receipts", told=len(told), kept=kept)
    return _answer(204)


def _answer(status: int) -> Response[bytes]:
    """Nothing but a status: what there is to say, our own log says."""
    return Response(b"", status_code=status, media_type=MediaType.TEXT)


async def _body(request: Web) -> bytes | None:
    """What was sent, or None where it is longer than receipts are."""
    parts = b""
    async for part in request.stream():
        parts += part
        if len(parts) > LONGEST:
            return None
    return parts
