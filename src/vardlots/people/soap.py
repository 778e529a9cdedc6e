"""SOAP 1.1 for RIV-TA's basic profile 2.1: one question over mutual TLS, the answer read without trusting it.

No document type is read at all, so that neither an entity nor another file can be drawn in (SOAP 1.1 § 3 forbids one).
Nothing of an answer is logged: it holds what a register knows of somebody.
"""

import asyncio
import ssl
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

import httpx
import structlog

from vardlots.platform.errors import Unavailable

log = structlog.get_logger()

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ADDRESSING = "urn:riv:itintegration:registry:1"
TIMEOUT_SECONDS = 5.0
MOST_BYTES = 8_000_000
DEEPEST = 40
TRIES = 2
PAUSE_SECONDS = 0.2


class NotUnderstood(Unavailable):
    """The answer is not what the contract says; `why` names the place, never what stood there."""

    code = "not_understood"

    def __init__(self, why: str) -> None:
        super().__init__(f"register: {why}")


def client_context(*, certificate: Path, key: Path, authority: Path | None) -> ssl.SSLContext:
    """Mutual TLS: our own certificate (the function certificate), and whom the other side must be vouched for by.

    Raises OSError or ssl.SSLError for files that cannot be used.
    """
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def read_xml(raw: bytes) -> Element:
    """The document's root, names as `{namespace}name`. Raises NotUnderstood for what is no plain XML."""
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise NotUnderstood("document type")

    parser.StartDoctypeDeclHandler = refuse
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise NotUnderstood("too deep")
        builder.start(_name(name), attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(name))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(raw, True)
        root: Element = builder.close()
    except expat.ExpatError as fault:
        raise NotUnderstood(f"xml {fault.code}") from None
    except (AssertionError, RecursionError):
        raise NotUnderstood("xml") from None
    return root


def _name(name: str) -> str:
    return f"{{{name}" if "}" in name else name


class SoapClient:
    """Asks one service. Questions only read, so one that was lost on the way is asked once more."""

    def __init__(
        self,
        address: str,
        *,
        logical_address: str,
        context: ssl.SSLContext | None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._address = address
        self._logical_address = logical_address
        self._context = context
        self._timeout = timeout

    async def ask(self, *, action: str, body: str) -> Element:
        """The first element of the answer's body. Raises Unavailable, NotUnderstood when it cannot be read."""
        envelope = (
            f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{ENVELOPE}"><e:Header>'
            f'<a:LogicalAddress xmlns:a="{ADDRESSING}">{escape(self._logical_address)}</a:LogicalAddress>'
            f"</e:Header><e:Body>{body}</e:Body></e:Envelope>"
        ).encode()
        for tried in range(1, TRIES + 1):
            try:
                status, raw = await self._post(action, envelope)
            except (httpx.HTTPError, OSError, TimeoutError) as fault:
                log.warning("register_did_not_answer", fault=type(fault).__name__, tried=tried)
            else:
                if status not in (502, 503, 504):
                    return _body(status, raw)
                log.warning("register_did_not_answer", status=status, tried=tried)
            if tried < TRIES:
                await asyncio.sleep(PAUSE_SECONDS)
        raise Unavailable("register: no answer")

    async def _post(self, action: str, envelope: bytes) -> tuple[int, bytes]:
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{action}"'}
        verify = self._context if self._context is not None else True
        async with (
            asyncio.timeout(self._timeout),
            httpx.AsyncClient(verify=verify, timeout=self._timeout, trust_env=False) as http,
            http.stream("POST", self._address, content=envelope, headers=headers) as response,
        ):
            raw = bytearray()
            async for part in response.aiter_bytes():
                raw += part
                if len(raw) > MOST_BYTES:
                    raise NotUnderstood("too long")
            return response.status_code, bytes(raw)


def _body(status: int, raw: bytes) -> Element:
    """What the envelope holds. Raises NotUnderstood, and Unavailable for a fault."""
    if status not in (200, 500):
        raise Unavailable(f"register: status {status}")
    root = read_xml(raw)
    body = root.find(f"{{{ENVELOPE}}}Body")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or body is None or not len(body):
        raise NotUnderstood("envelope")
    fault = body.find(f"{{{ENVELOPE}}}Fault")
    if fault is not None:
        # The text of a fault may name a person; its code never does.
        code = (fault.findtext("faultcode") or "").strip().rpartition(":")[2][:40]
        log.error("register_fault", code=code)
        raise Unavailable(f"register: fault {code}")
    if status != 200:
        raise Unavailable(f"register: status {status}")
    return body[0]
