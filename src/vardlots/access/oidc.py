"""An OpenID Connect relying party: authorization code with PKCE, ID token verified, nothing taken on trust.

Sources: OpenID Connect Core 1.0 §3.1 and Discovery 1.0; RFC 7636 (PKCE); RFC 9207 (`iss` in the answer);
RFC 9700 (best current practice). Each thing that does not hold is a refusal of its own (`faults.py`).
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from vardlots.access.faults import (
    BadToken,
    Cancelled,
    ClockSkew,
    ProviderDown,
    ReplayedState,
    WrongAudience,
    WrongLevel,
)
from vardlots.platform import clock

SKEW = timedelta(seconds=60)
KEPT = timedelta(hours=1)  # how long discovery and keys are believed
TIMEOUT_SECONDS = 8.0
LONGEST_ANSWER = 200_000  # bytes; what a provider says is small
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """How we are known at a provider. `acr` is asked for and then demanded; None demands nothing.

    `claims` are asked for by name, beside what the scopes bring, where the provider can be asked so (Core §5.5).
    """

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    acr: str | None = None
    scopes: tuple[str, ...] = ("openid",)
    claims: tuple[str, ...] = ()


class Metadata(msgspec.Struct, frozen=True):
    """What the provider says of itself in `/.well-known/openid-configuration`."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    claims_parameter_supported: bool = False


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class RelyingParty:
    """One provider as seen by us. Keeps its metadata and keys for an hour; made once per process."""

    def __init__(self, client: Client, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.client = client
        self._transport = transport
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent. Raises ProviderDown."""
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uri,
            "scope": " ".join(dict.fromkeys(("openid", *self.client.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        if self.client.acr:
            asked["acr_values"] = self.client.acr
        metadata = await self._discovered()
        if self.client.claims and metadata.claims_parameter_supported:
            where = "userinfo" if metadata.userinfo_endpoint else "id_token"
            asked["claims"] = msgspec.json.encode({where: dict.fromkeys(self.client.claims)}).decode()
        endpoint = metadata.authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def claims(self, answer: Mapping[str, str], *, nonce: str, verifier: str) -> dict[str, Any]:
        """The verified claims behind the provider's answer, those of userinfo added where it has an endpoint.

        The caller has checked `state`. Raises a SignInRefused.
        """
        if answer.get("iss", self.client.issuer) != self.client.issuer:
            raise BadToken(detail="iss of the answer")
        if "error" in answer:
            if answer["error"] == "access_denied":
                raise Cancelled()
            raise ProviderDown(detail="error in the answer")
        if not answer.get("code"):
            raise BadToken(detail="no code")
        tokens = await self._exchange(answer["code"], verifier)
        token = await self._verified(tokens.id_token)
        found = token.claims
        check_claims(found, self.client, nonce=nonce, now=clock.now())
        check_access_token(token.header.get("alg", ""), found, tokens.access_token)
        return await self._completed(found, tokens.access_token)

    async def _completed(self, found: dict[str, Any], access_token: str) -> dict[str, Any]:
        endpoint = (await self._discovered()).userinfo_endpoint
        if not endpoint or not access_token:
            return found
        response = await self._call("GET", endpoint, headers={"authorization": f"Bearer {access_token}"})
        if response.headers.get("content-type", "").startswith("application/jwt"):
            more = (await self._verified(response.text)).claims
        else:
            more = _decoded(response, dict[str, Any])
        if more.get("sub") != found["sub"]:
            raise BadToken(detail="sub of userinfo")
        return more | found

    async def _exchange(self, code: str, verifier: str) -> _Tokens:
        metadata = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": verifier,
        }
        auth = None
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # Both as in a form first (RFC 6749 §2.3.1).
            auth = httpx.BasicAuth(quote_plus(self.client.client_id), quote_plus(self.client.client_secret))
        else:
            form |= {"client_id": self.client.client_id, "client_secret": self.client.client_secret}
        response = await self._call("POST", metadata.token_endpoint, data=form, auth=auth, refused=(400,))
        if response.status_code == 400:
            # A code that was used, or is too old, gives invalid_grant (RFC 6749 §5.2).
            raise ReplayedState(detail="token endpoint said 400")
        tokens: _Tokens = _decoded(response, _Tokens)
        return tokens

    async def _verified(self, token: str) -> jwt.Token:
        """The token with its signature checked. Kept keys that do not fit are fetched anew, once."""
        kept = self._keys
        for fresh in (False, True):
            keys = await self._key_set(fresh=fresh)
            try:
                return jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            except (InvalidKeyIdError, BadSignatureError) as fault:
                if kept is None or fresh:
                    raise BadToken(detail=type(fault).__name__) from None
            except (JoseError, ValueError) as fault:
                raise BadToken(detail=type(fault).__name__) from None
        raise AssertionError("unreachable")

    async def _discovered(self) -> Metadata:
        now = clock.now()
        if self._metadata is None or now - self._metadata[0] > KEPT:
            address = f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration"
            metadata = _decoded(await self._call("GET", address), Metadata)
            if metadata.issuer != self.client.issuer:
                raise ProviderDown(detail="issuer of the metadata")
            self._metadata = (now, metadata)
        return self._metadata[1]

    async def _key_set(self, *, fresh: bool) -> KeySet:
        now = clock.now()
        if fresh or self._keys is None or now - self._keys[0] > KEPT:
            response = await self._call("GET", (await self._discovered()).jwks_uri)
            self._keys = (now, _key_set(_decoded(response, dict[str, Any])))
        return self._keys[1]

    async def _call(
        self, method: str, address: str, *, refused: tuple[int, ...] = (), **options: Any
    ) -> httpx.Response:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, transport=self._transport) as http:
                response = await http.request(method, address, **options)
        except httpx.HTTPError as fault:
            raise ProviderDown(detail=type(fault).__name__) from None
        if response.status_code not in (200, *refused):
            raise ProviderDown(detail=f"status {response.status_code}")
        if len(response.content) > LONGEST_ANSWER:
            raise ProviderDown(detail="too long an answer")
        return response


def challenge(verifier: str) -> str:
    """The PKCE challenge of a verifier, method S256 (RFC 7636 §4.2)."""
    return _unpadded(hashlib.sha256(verifier.encode("ascii")).digest())


def check_claims(claims: Mapping[str, Any], client: Client, *, nonce: str, now: datetime) -> None:
    """What must hold of an ID token (OpenID Connect Core §3.1.3.7). Raises a SignInRefused."""
    if claims.get("iss") != client.issuer:
        raise BadToken(detail="iss")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise BadToken(detail="sub")
    _check_audience(claims, client.client_id)
    expires, issued, begins = (_moment(claims, name) for name in ("exp", "iat", "nbf"))
    if expires is None or issued is None:
        raise BadToken(detail="exp or iat missing")
    seconds, skew = now.timestamp(), SKEW.total_seconds()
    if expires <= seconds - skew:
        raise ClockSkew(detail="exp")
    if issued > seconds + skew or (begins is not None and begins > seconds + skew):
        raise ClockSkew(detail="iat or nbf")
    if claims.get("nonce") != nonce:
        raise ReplayedState(detail="nonce")
    if client.acr is not None and claims.get("acr") != client.acr:
        raise WrongLevel(detail="acr")


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    told = claims.get("aud")
    audience = told if isinstance(told, list) else [told]
    if client_id not in audience:
        raise WrongAudience(detail="aud")
    # A token for several services says to whom it was issued.
    authorized = claims.get("azp", client_id if len(audience) == 1 else None)
    if authorized != client_id:
        raise WrongAudience(detail="azp")


def check_access_token(algorithm: str, claims: Mapping[str, Any], access_token: str) -> None:
    """Where the ID token names the access token it was issued with, it must be this one (§3.1.3.6)."""
    told = claims.get("at_hash")
    if told is None:
        return
    digest = hashlib.new(f"sha{algorithm[2:]}", access_token.encode()).digest()
    if told != _unpadded(digest[: len(digest) // 2]):
        raise BadToken(detail="at_hash")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken(detail=name)
    return float(value)


def _key_set(raw: Mapping[str, Any]) -> KeySet:
    """The keys that can verify a signature; those of kinds we do not know are left out (RFC 7517 §5)."""
    keys = []
    for one in raw.get("keys", ()):
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") not in ("RSA", "EC"):
            continue
        try:
            keys.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError):
            continue
    if not keys:
        raise ProviderDown(detail="no keys")
    return KeySet(keys)


def _decoded(response: httpx.Response, kind: Any) -> Any:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError:
        raise ProviderDown(detail="not the JSON expected") from None


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
