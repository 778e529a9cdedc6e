"""The door that patients and staff come in through: who vouches, how often one may try, what a browser carries."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Response
from litestar.datastructures import Cookie

from vardlots.access import web
from vardlots.access.actions import spend
from vardlots.access.faults import ReplayedState, SignInRefused
from vardlots.access.identity_providers import Attempt, IdentityProvider, Who, oidc_provider
from vardlots.access.sealed import BadSeal, Sealer
from vardlots.access.sessions import Sessions
from vardlots.access.sign_in import StaffChoice
from vardlots.access.web import Web
from vardlots.people.register import PopulationRegister
from vardlots.people.registers import register_for
from vardlots.platform.db import Database
from vardlots.platform.limits import SharedLimit
from vardlots.platform.settings import Settings

log = structlog.get_logger()

ATTEMPT_LASTS = timedelta(minutes=10)
CHOICE_LASTS = timedelta(minutes=5)
LONGEST_NEXT = 500
HOME: dict[Who, str] = {"patient": "/", "staff": "/staff"}
# A whole hospital may come from one address at eight in the morning; failures are another matter.
TRIES = (300, 60.0)
FAILURES = (20, 300.0)


class Door:
    """Everything that the sign-in pages need beside the application's own state. One per process."""

    def __init__(
        self, settings: Settings, providers: Mapping[Who, IdentityProvider], register: PopulationRegister
    ) -> None:
        self.settings = settings
        self.providers = providers
        self.register = register
        self.secure = settings.base_url.startswith("https://")
        self._attempts = Sealer(settings.secret_key, "sign-in")
        self._choices = Sealer(settings.secret_key, "staff-assignment")
        self._origins = hashlib.sha256(b"origin:" + settings.secret_key.encode()).digest()
        self._tries = SharedLimit("sign_in", *TRIES)
        self._failures = SharedLimit("sign_in_refused", *FAILURES)

    async def count(self, request: Web) -> None:
        """One more try from this address. Raises TooMany."""
        await self._tries.take(database(request), self._origin(request))

    async def count_failure(self, request: Web, refusal: SignInRefused) -> None:
        """One more try that failed. Raises TooMany. Logs why, never who."""
        log.warning("sign_in_refused", code=refusal.code, detail=refusal.detail)
        await self._failures.take(database(request), self._origin(request))

    def attempt_cookie(self, attempt: Attempt) -> Cookie:
        """The attempt, in the browser that began it."""
        return self._cookie(
            f"sign-in-{attempt.who}", self._attempts.seal(attempt, ATTEMPT_LASTS), ATTEMPT_LASTS
        )

    async def attempt(self, request: Web, who: Who) -> Attempt:
        """The attempt that an answer belongs to, once, in whichever process. Raises ReplayedState."""
        sealed = request.cookies.get(self._cookie_name(f"sign-in-{who}"), "")
        try:
            attempt = self._attempts.open(sealed, Attempt)
        except (BadSeal, ValueError):
            raise ReplayedState(detail="no attempt in this browser") from None
        state = request.query_params.get("state", "")
        if attempt.who != who or not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise ReplayedState(detail="state")
        if not await spend(database(request), by="sign-in", mark=attempt.state, lasts=ATTEMPT_LASTS):
            raise ReplayedState(detail="state used before")
        return attempt

    def choice_cookie(self, choice: StaffChoice) -> Cookie:
        """The assignments that a member of staff chooses among."""
        return self._cookie("assignment", self._choices.seal(choice, CHOICE_LASTS), CHOICE_LASTS)

    def choice(self, request: Web) -> StaffChoice:
        """The choice that is open in this browser. Raises ReplayedState."""
        try:
            return self._choices.open(request.cookies.get(self._cookie_name("assignment"), ""), StaffChoice)
        except (BadSeal, ValueError):
            raise ReplayedState(detail="no choice in this browser") from None

    async def spend_choice(self, request: Web) -> None:
        """The choice is made: whoever has kept the browser's cookie makes it no more. Raises ReplayedState."""
        mark = request.cookies.get(self._cookie_name("assignment"), "")
        if not await spend(database(request), by="assignment", mark=mark, lasts=CHOICE_LASTS):
            raise ReplayedState(detail="choice used before")

    def forget(self, response: Response[Any], *names: str) -> None:
        """Take cookies of the sign-in away."""
        for name in names:
            response.set_cookie(self._cookie(name, "", timedelta(0)))

    async def let_in(self, request: Web, response: Response[Any], token: str) -> None:
        """A new session's cookie; the session that this browser had before ends."""
        await end_session(request, why="signed_in_again")
        hours = self.settings.session_absolute_hours
        response.set_cookie(web.session_cookie(token, secure=self.secure, max_age=hours * 3600))

    def let_out(self, response: Response[Any]) -> None:
        """Take the session's cookie away."""
        response.set_cookie(web.session_cookie("", secure=self.secure, max_age=0))

    def _origin(self, request: Web) -> str:
        """The browser's network address, as a digest that only this installation can make."""
        host = request.client.host if request.client else ""
        return hashlib.blake2b(host.encode(), key=self._origins, digest_size=16).hexdigest()

    def _cookie_name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def _cookie(self, name: str, value: str, lasts: timedelta) -> Cookie:
        return Cookie(
            key=self._cookie_name(name),
            value=value,
            httponly=True,
            secure=self.secure,
            samesite="lax",
            path="/",
            max_age=int(lasts.total_seconds()),
        )


def oidc_door(settings: Settings) -> Door:
    """The door of an installation: both configured OpenID Providers, and the population register."""
    providers: dict[Who, IdentityProvider] = {
        "patient": oidc_provider(settings, "patient"),
        "staff": oidc_provider(settings, "staff"),
    }
    return Door(settings, providers, register_for(settings))


async def end_session(request: Web, *, why: str) -> None:
    """End the session that the request carries, if any."""
    token = web.session_token(request)
    if token:
        await sessions(request).end(token, why=why)


def door(request: Web) -> Door:
    """The door that this handler belongs to."""
    found: Door = request.route_handler.opt["door"]
    return found


def sessions(request: Web) -> Sessions:
    """The application's sessions."""
    found: Sessions = request.app.state.sessions
    return found


def database(request: Web) -> Database:
    """The application's database."""
    found: Database = request.app.state.house.database
    return found


def local_path(text: str | None) -> str | None:
    """An address within this site to go on to, or None for anything that could lead elsewhere."""
    if not text or len(text) > LONGEST_NEXT or not text.isascii() or not text.isprintable():
        return None
    if not text.startswith("/") or text.startswith(("//", "/\\")) or "\\" in text:
        return None
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-", "/staff/sign-", "/demo/identity")):
        return None
    return text


def onward(text: str | None, who: Who) -> str:
    """Where to go after sign-in: the page that was asked for when it is one for this kind of reader, else home."""
    path = local_path(text)
    if path is None or path.startswith("/staff") != (who == "staff"):
        return HOME[who]
    return path
