"""The port to text messages, and the adapter that posts them to a provider over HTTP."""

from typing import Protocol

import httpx

from vardlots.notifications.model import Receipt, Sms
from vardlots.notifications.receipts import read_receipts
from vardlots.platform.errors import Unavailable

TIMEOUT_SECONDS = 5.0


class NotAccepted(Exception):
    """The provider will never take this message (a number that is none); trying again is of no use."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class SmsSender(Protocol):
    """Sends text messages. The same reference sent twice is one message to the phone."""

    async def send(self, sms: Sms) -> None:
        """Hand the message over. Raises Unavailable (try again) or NotAccepted (do not)."""
        ...


class ReceiptReader(Protocol):
    """Reads what the provider of texts says has become of them, in its own words."""

    def receipts(self, body: bytes) -> list[Receipt]:
        """The receipts in what it posted. Raises Invalid where it is none."""
        ...


class HttpSender:
    """Posts JSON to a provider: `{"reference", "to", "text"}`, bearer token, `Idempotency-Key` = the reference.

    2xx is taken, 409 taken before. 408, 425, 429 and 5xx mean "later"; any other 4xx means "never".
    """

    def __init__(self, address: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._address = address
        self._token = token
        self._transport = transport

    async def send(self, sms: Sms) -> None:
        headers = {"authorization": f"Bearer {self._token}", "idempotency-key": sms.reference}
        body = {"reference": sms.reference, "to": sms.recipient, "text": sms.text}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, transport=self._transport) as http:
                response = await http.post(self._address, json=body, headers=headers)
        except httpx.HTTPError as fault:
            raise Unavailable(f"sms: {type(fault).__name__}") from None
        status = response.status_code
        if 200 <= status < 300 or status == 409:
            return
        if status >= 500 or status < 400 or status in (401, 403, 408, 425, 429):
            # A token that is wrong is ours to put right; the messages wait for it.
            raise Unavailable(f"sms: status {status}")
        raise NotAccepted(status)

    def receipts(self, body: bytes) -> list[Receipt]:
        """As `receipts.py` says."""
        return read_receipts(body)
