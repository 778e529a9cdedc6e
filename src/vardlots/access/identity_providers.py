"""The port to whoever vouches for people, and its two adapters: OpenID Connect, and the demonstration's own page."""

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

import msgspec

from vardlots.access.claims import ASKED_BY_NAME, PatientIdentity, StaffIdentity, patient_from, staff_from
from vardlots.access.faults import BadToken, ReplayedState
from vardlots.access.oidc import Client, RelyingParty
from vardlots.access.sealed import BadSeal, Sealer
from vardlots.platform.settings import Settings

Who: TypeAlias = Literal["patient", "staff"]
Identity: TypeAlias = PatientIdentity | StaffIdentity
DEMO_ACR = "demo"
ASSERTION_LASTS = timedelta(seconds=60)


class Attempt(msgspec.Struct, frozen=True):
    """A sign-in that a browser has begun. Kept in that browser's own signed cookie until the answer comes."""

    who: Who
    state: str
    nonce: str
    verifier: str
    next: str


def new_attempt(who: Who, onward: str) -> Attempt:
    """An attempt with fresh random values (256 bits each)."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(who, state, nonce, verifier, onward)


class IdentityProvider(Protocol):
    """Vouches for patients or for staff."""

    async def begin(self, attempt: Attempt) -> str:
        """The address to send the browser to. Raises a SignInRefused."""
        ...

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """Who it is, from the parameters of the answer whose state is the attempt's. Raises a SignInRefused."""
        ...


class OidcIdentityProvider:
    """An OpenID Provider."""

    def __init__(self, who: Who, party: RelyingParty) -> None:
        self._who = who
        self._party = party

    async def begin(self, attempt: Attempt) -> str:
        return await self._party.address(state=attempt.state, nonce=attempt.nonce, verifier=attempt.verifier)

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        claims = await self._party.claims(answer, nonce=attempt.nonce, verifier=attempt.verifier)
        return patient_from(claims) if self._who == "patient" else staff_from(claims)


class Assertion(msgspec.Struct, frozen=True):
    """What the demonstration's page of test persons hands back: who was pressed, for which attempt.

    An attempt is answered once (`Door.attempt`), and so is what was made for it.
    """

    who: Who
    person: str
    state: str


class NotInDemo(RuntimeError):
    """Something that belongs to the demonstration was asked for outside it."""


def demo_sealer(settings: Settings) -> Sealer:
    """Signs the demonstration's assertions. Raises NotInDemo outside demo mode."""
    if not settings.demo:
        raise NotInDemo("the demonstration's identities exist in demo mode only")
    return Sealer(settings.secret_key, "demo-identity")


class DemoIdentityProvider:
    """Anybody is whoever they press. Cannot be made outside demo mode.

    `directory` gives the identity behind a test person's reference, or None.
    """

    def __init__(
        self, settings: Settings, who: Who, directory: Callable[[Who, str], Identity | None]
    ) -> None:
        self._sealer = demo_sealer(settings)
        self._who = who
        self._directory = directory

    async def begin(self, attempt: Attempt) -> str:
        return f"/demo/identity?for={self._who}&state={attempt.state}"

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        try:
            assertion = self._sealer.open(answer.get("code", ""), Assertion)
        except (BadSeal, ValueError):
            raise BadToken(detail="assertion") from None
        if (assertion.who, assertion.state) != (attempt.who, attempt.state):
            raise ReplayedState(detail="assertion of another attempt")
        found = self._directory(self._who, assertion.person)
        if found is None:
            raise BadToken(detail="unknown test person")
        return found


def oidc_provider(settings: Settings, who: Who) -> OidcIdentityProvider:
    """The configured OpenID Provider for patients or for staff. The settings have been checked at start."""
    told = {
        name: getattr(settings, f"oidc_{who}_{name}") for name in ("issuer", "client_id", "client_secret")
    }
    client = Client(
        **told,
        redirect_uri=f"{settings.base_url}/sign-in/callback/{who}",
        acr=getattr(settings, f"oidc_{who}_acr"),
        scopes=getattr(settings, f"oidc_{who}_scopes"),
        claims=ASKED_BY_NAME if who == "patient" else (),
    )
    return OidcIdentityProvider(who, RelyingParty(client))
