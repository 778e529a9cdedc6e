"""Two real OpenID Providers for the tests of sign-in (`openid.mjs`), and a browser's way through one of them.

with running_providers(base_url) as providers:
    await providers["patient"].tell(people={"elin": {...}})
    back = await providers["patient"].press(address, person="elin")
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from vardlots.platform.processes import ending_with_me

SCRIPT = Path(__file__).with_suffix(".mjs")
LONGEST_START = 30.0  # seconds
CLIENT_ID = "vardlots"
# What must be written otherwise in a header: RFC 6749 §2.3.1 has both parts encoded as in a form.
SECRET = "a+b/c%d:e f"
SWEDISH = "https://id.oidc.se/claim/"


class OpenIdProvider:
    """One of the two, as a test sees it."""

    def __init__(self, issuer: str, base_url: str) -> None:
        self.issuer = issuer
        self._base_url = base_url

    async def tell(self, **what: Any) -> None:
        """Change what it knows (`people`), its key (`rotate`), its clock (`skew`, in seconds), or what it does wrong:
        `lies` are claims of the ID token, `silent` and `broken` are paths that are not answered, or with 500."""
        async with httpx.AsyncClient() as http:
            (await http.post(f"{self.issuer}/test/control", json=what)).raise_for_status()

    async def honest(self) -> None:
        """All is well again."""
        await self.tell(lies={}, silent=[], broken=[], skew=0)

    async def press(self, address: str, **form: str) -> str:
        """Go to the provider as the product's page leads, press (`person`, `acr`, or `cancel`), and come back: the
        address at the product that the browser is sent to."""
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(address)
            for _ in range(6):
                onward = urljoin(str(answer.url), answer.headers["location"])
                if onward.startswith(self._base_url):
                    return onward.removeprefix(self._base_url)
                pressed = "/press/" in onward
                answer = await (browser.post(onward, data=form) if pressed else browser.get(onward))
        raise AssertionError("the provider leads nowhere")


@contextmanager
def running_providers(base_url: str) -> Iterator[Mapping[str, OpenIdProvider]]:
    """Both providers, for a product at `base_url`. They end with the test run, however it ends."""
    clients = {
        who: {"id": CLIENT_ID, "secret": SECRET, "redirect_uri": f"{base_url}/sign-in/callback/{who}"}
        for who in ("patient", "staff")
    }
    child = subprocess.Popen(
        ["node", str(SCRIPT), json.dumps(clients)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NODE_ENV": "test"},
        preexec_fn=ending_with_me(signal.SIGKILL),
    )
    try:
        assert child.stdout is not None
        ready, _, _ = select.select([child.stdout], [], [], LONGEST_START)
        said = child.stdout.readline() if ready else b""
        assert said, "the OpenID Providers do not start: are the browser's packages installed (make setup)?"
        issuers = json.loads(said)
        yield {who: OpenIdProvider(issuer, base_url) for who, issuer in issuers.items()}
    finally:
        child.kill()
        child.wait()
