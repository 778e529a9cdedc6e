"""How long a form without files may be.

Its fields are read on the event loop, before anybody is asked who they are (the form's token is one of them), and
twenty megabytes of them take seconds in which nobody else is answered. Files come as multipart, read in pieces.
"""

from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types.asgi_types import ReceiveMessage

# The longest there is: a note's five fields of 8,000 signs, each at most twelve bytes when it is sent.
LONGEST_FORM = 600_000  # bytes


def short_forms(app: ASGIApp) -> ASGIApp:
    """Middleware that refuses (413) a longer one, whether it says how long it is or not."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").lower()
        if scope["type"] != ScopeType.HTTP or not kind.startswith(
            RequestEncodingType.URL_ENCODED.value.encode()
        ):
            await app(scope, receive, send)
            return
        told = headers.get(b"content-length", b"0")
        if not told.isdigit() or int(told[:18]) > LONGEST_FORM:
            raise HTTPException(status_code=413)
        size = 0

        async def counted() -> ReceiveMessage:
            nonlocal size
            message = await receive()
            if message["type"] == "http.request":
                size += len(message["body"])
                if size > LONGEST_FORM:
                    raise HTTPException(status_code=413)
            return message

        await app(scope, counted, send)

    return limited
