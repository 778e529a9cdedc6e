"""The relying party: against a real OpenID Provider, and against tokens that are wrong in one way each."""

import json
import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from vardlots.access import faults
from vardlots.access.claims import ASKED_BY_NAME, LEVEL, PREVIOUS, Commission, patient_from, staff_from
from vardlots.access.oidc import Client, RelyingParty, challenge
from vardlots.platform import clock

ISSUER = "https://idp.example"
CLIENT = Client(
    issuer=ISSUER,
    client_id="vardlots",
    client_secret="secret",
    redirect_uri="https://vard.example/sign-in/callback/patient",
    acr="loa3",
)
VERIFIER, NONCE = "v" * 43, "n" * 43


class Provider:
    """An OpenID Provider that can be told to lie. `claims` and `header` override what it would say."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.published = [self.key]
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.metadata: dict[str, Any] = {}
        self.down = False
        self.calls: list[str] = []
        self.form: dict[str, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down")
        self.calls.append(request.url.path)
        match request.url.path:
            case "/.well-known/openid-configuration":
                found = {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/jwks",
                }
                if self.userinfo is not None:
                    found["userinfo_endpoint"] = f"{ISSUER}/userinfo"
                return httpx.Response(200, json=found | self.metadata)
            case "/jwks":
                return httpx.Response(
                    200, json={"keys": [key.as_dict(private=False) for key in self.published]}
                )
            case "/token":
                self.form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
                return httpx.Response(200, json={"id_token": self.token(), "access_token": "at"})
            case "/userinfo":
                return httpx.Response(200, json=self.userinfo)
        return httpx.Response(404)

    def token(self) -> str:
        now = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": "s",
            "aud": "vardlots",
            "exp": now + 300,
            "iat": now,
            "nonce": NONCE,
            "acr": "loa3",
        } | self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, self.key)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def party(provider: Provider) -> RelyingParty:
    return RelyingParty(CLIENT, transport=httpx.MockTransport(provider))


async def claims(party: RelyingParty, **answer: str) -> dict[str, Any]:
    return await party.claims({"code": "c", **answer}, nonce=NONCE, verifier=VERIFIER)


async def test_the_browser_is_sent_with_all_that_binds_the_answer(party: RelyingParty) -> None:
    address = await party.address(state="s1", nonce=NONCE, verifier=VERIFIER)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked == {
        "response_type": "code",
        "client_id": "vardlots",
        "redirect_uri": CLIENT.redirect_uri,
        "scope": "openid",
        "state": "s1",
        "nonce": NONCE,
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
        "acr_values": "loa3",
    }
    # RFC 7636 appendix B.
    assert (
        challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


async def test_a_whole_answer_is_taken_and_the_verifier_is_sent(
    party: RelyingParty, provider: Provider
) -> None:
    provider.claims = {"given_name": "Elin"}
    assert (await claims(party))["given_name"] == "Elin"
    assert provider.form["code_verifier"] == VERIFIER


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"aud": "another"}, faults.WrongAudience),
        ({"aud": ["vardlots", "another"]}, faults.WrongAudience),
        ({"azp": "another"}, faults.WrongAudience),
        ({"aud": None}, faults.WrongAudience),
        ({"iss": "https://evil.example"}, faults.BadToken),
        ({"sub": None}, faults.BadToken),
        ({"nonce": "another"}, faults.ReplayedState),
        ({"nonce": None}, faults.ReplayedState),
        ({"acr": "loa2"}, faults.WrongLevel),
        ({"acr": None}, faults.WrongLevel),
        ({"exp": None}, faults.BadToken),
        ({"exp": "soon"}, faults.BadToken),
        ({"iat": None}, faults.BadToken),
        ({"at_hash": "wrong"}, faults.BadToken),
    ],
    ids=str,
)
async def test_a_token_that_is_wrong_in_one_way_is_refused_for_it(
    party: RelyingParty, provider: Provider, wrong: dict[str, Any], refusal: type[faults.SignInRefused]
) -> None:
    provider.claims = wrong
    with pytest.raises(refusal):
        await claims(party)


@pytest.mark.parametrize(("seconds", "taken"), [(-62, False), (-58, True), (-1, True)])
async def test_an_expired_token_has_a_minute_of_grace(
    party: RelyingParty, provider: Provider, seconds: int, taken: bool
) -> None:
    with clock.at(clock.now()):
        provider.claims = {"exp": int(clock.now().timestamp()) + seconds}
        if taken:
            await claims(party)
        else:
            with pytest.raises(faults.ClockSkew):
                await claims(party)


@pytest.mark.parametrize("name", ["iat", "nbf"])
@pytest.mark.parametrize(("seconds", "taken"), [(58, True), (63, False)])
async def test_a_token_from_the_future_has_a_minute_of_grace(
    party: RelyingParty, provider: Provider, name: str, seconds: int, taken: bool
) -> None:
    with clock.at(clock.now()):
        provider.claims = {name: int(clock.now().timestamp()) + seconds}
        if taken:
            await claims(party)
        else:
            with pytest.raises(faults.ClockSkew):
                await claims(party)


async def test_rotated_keys_are_fetched_once_and_strangers_keys_refused(
    party: RelyingParty, provider: Provider
) -> None:
    await claims(party)
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    provider.published.append(provider.key)
    await claims(party)
    await claims(party)
    assert provider.calls.count("/jwks") == 2
    provider.key = RSAKey.generate_key(2048, {"kid": "three", "use": "sig"})
    with pytest.raises(faults.BadToken):
        await claims(party)
    assert provider.calls.count("/jwks") == 3


async def test_a_forged_signature_under_a_known_kid_is_refused(
    party: RelyingParty, provider: Provider
) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    with pytest.raises(faults.BadToken):
        await claims(party)


async def test_tokens_without_signature_or_signed_with_our_secret_are_refused(
    party: RelyingParty, provider: Provider
) -> None:
    from joserfc.jwk import OctKey

    whole = provider.token()
    header = "eyJhbGciOiJub25lIn0"
    for forged in (
        f"{header}.{whole.split('.')[1]}.",
        jwt.encode({"alg": "HS256", "kid": "one"}, {"iss": ISSUER}, OctKey.import_key("secret" * 8)),
        "not a token",
    ):
        provider.token = lambda forged=forged: forged  # type: ignore[method-assign, misc]
        with pytest.raises(faults.BadToken):
            await claims(party)


async def test_userinfo_fills_in_and_must_be_about_the_same_person(
    party: RelyingParty, provider: Provider
) -> None:
    provider.userinfo = {"sub": "s", "given_name": "Elin", "acr": "loa1"}
    found = await claims(party)
    # What the signed token says is never replaced.
    assert (found["given_name"], found["acr"]) == ("Elin", "loa3")
    provider.userinfo = {"sub": "somebody else"}
    with pytest.raises(faults.BadToken):
        await claims(party)


async def test_what_the_provider_may_answer_instead(party: RelyingParty, provider: Provider) -> None:
    with pytest.raises(faults.Cancelled):
        await claims(party, error="access_denied")
    with pytest.raises(faults.ProviderDown):
        await claims(party, error="server_error")
    with pytest.raises(faults.BadToken):
        await claims(party, iss="https://evil.example")
    provider.down = True
    with pytest.raises(faults.ProviderDown):
        await RelyingParty(CLIENT, httpx.MockTransport(provider)).address(
            state="s", nonce=NONCE, verifier=VERIFIER
        )


def test_patients_are_read_by_the_swedish_profile() -> None:
    prefix = "https://id.oidc.se/claim/"
    told = {
        f"{prefix}personalIdentityNumber": "198905122381",
        "given_name": "Elin",
        "family_name": "Sjöqvarn",
        "birthdate": "1989-05-12",
        "acr": "loa3",
    }
    found = patient_from(told)
    assert (found.number, found.given_name, found.acr) == ("198905122381", "Elin", "loa3")
    assert found.system.endswith("/personnummer")
    number = {f"{prefix}personalIdentityNumber": None, f"{prefix}coordinationNumber": "198905722388"}
    assert patient_from({**told, **number}).system.endswith("/samordningsnummer")
    with pytest.raises(faults.MissingClaims):
        patient_from({**told, f"{prefix}personalIdentityNumber": "198905122380"})
    for missing in ("given_name", f"{prefix}personalIdentityNumber"):
        with pytest.raises(faults.MissingClaims):
            patient_from({**told, missing: None})


def _coordinated(**more: str) -> dict[str, str]:
    told = {"given_name": "Elin", "family_name": "Sjöqvarn", "birthdate": "1989-05-12"}
    return {**told, "https://id.oidc.se/claim/coordinationNumber": "198905722388", **more}


@pytest.mark.parametrize("level", ["confirmed", "probable", None])
def test_a_coordination_number_is_taken_when_somebody_knows_whose_it_is(level: str | None) -> None:
    told = _coordinated() if level is None else _coordinated(**{LEVEL: level})
    assert patient_from(told).number == "198905722388"


def test_a_coordination_number_that_may_be_anybodys_opens_nothing() -> None:
    with pytest.raises(faults.UncertainIdentity):
        patient_from(_coordinated(**{LEVEL: "uncertain"}))
    with pytest.raises(faults.MissingClaims):
        patient_from(_coordinated(**{LEVEL: "somewhat"}))


def test_the_number_before_this_one_is_read_in_either_way_of_writing() -> None:
    number = {"https://id.oidc.se/claim/personalIdentityNumber": "198905122381"}
    told = {**_coordinated(), **number}
    assert patient_from(told).previous_number is None
    for written in ("198905722388", "19890572-2388", "890572-2388"):
        assert patient_from({**told, PREVIOUS: written}).previous_number == "198905722388"
    # Not a number, and not a coordination number: nobody's accounts are merged on a guess.
    for wrong in ("198905722389", "198905122381"):
        with pytest.raises(faults.MissingClaims):
            patient_from({**told, PREVIOUS: wrong})


async def test_what_no_scope_brings_is_asked_for_by_name_where_the_provider_can_be_asked(
    provider: Provider,
) -> None:
    client = msgspec.structs.replace(CLIENT, claims=ASKED_BY_NAME)
    for metadata, asked in (
        ({}, None),
        ({"claims_parameter_supported": True}, "id_token"),
        ({"claims_parameter_supported": True, "userinfo_endpoint": f"{ISSUER}/userinfo"}, "userinfo"),
    ):
        provider.metadata = metadata
        party = RelyingParty(client, transport=httpx.MockTransport(provider))
        address = await party.address(state="s", nonce=NONCE, verifier=VERIFIER)
        told = parse_qs(urlsplit(address).query).get("claims", ["null"])[0]
        assert json.loads(told) == (asked and {asked: {PREVIOUS: None, LEVEL: None}})


def test_staff_are_read_by_ineras_attributes() -> None:
    assert staff_from({"employeeHsaId": "SE1-A"}).commissions is None
    assert staff_from({"employeeHsaId": ["SE1-A", "SE1-B"]}).hsa_ids == ("SE1-A", "SE1-B")
    chosen = {"commissionHsaId": "c", "commissionName": "VoB Ängsviken", "healthCareUnitHsaId": "u"}
    one = Commission("c", "VoB Ängsviken", "u")
    assert staff_from({"employeeHsaId": "a", **chosen}).commissions == (one,)
    # The one chosen at the provider comes before all that there are.
    assert staff_from({"employeeHsaId": "a", **chosen, "allCommissions": ["d"]}).commissions == (one,)
    listed = [chosen, {"commissionHsaId": "d"}, "e"]
    all_three = (one, Commission("d"), Commission("e"))
    assert staff_from({"employeeHsaId": "a", "allCommissions": listed}).commissions == all_three
    as_text = '[{"commissionHsaId":"d"}]'
    assert staff_from({"employeeHsaId": "a", "allCommissions": as_text}).commissions == (Commission("d"),)
    assert staff_from({"employeeHsaId": "a", "allCommissions": []}).commissions == ()
    wrong: list[Any] = ["{", 7, [{}], [{"commissionHsaId": 7}], [None]]
    for bad in ({}, {"employeeHsaId": 7}, *({"employeeHsaId": "a", "allCommissions": one} for one in wrong)):
        with pytest.raises(faults.MissingClaims):
            staff_from(bad)


@pytest.fixture(scope="module")
def real_provider() -> Iterator[str]:
    """A real OpenID Provider on the loopback."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock  # type: ignore[import-untyped]
        from oidc_provider_mock import User

        prefix = "https://id.oidc.se/claim/"
        elin = User(
            sub="elin",
            claims={
                f"{prefix}personalIdentityNumber": "198905122381",
                "given_name": "Elin",
                "family_name": "Sjöqvarn",
                "birthdate": "1989-05-12",
            },
        )
        with oidc_provider_mock.run_server_in_thread(user_claims=[elin], require_nonce=True) as server:
            yield f"http://localhost:{server.server_port}"


@pytest.mark.filterwarnings("ignore")
async def test_a_patient_through_a_real_openid_provider(real_provider: str) -> None:
    client = Client(
        issuer=real_provider,
        client_id="vardlots",
        client_secret="secret",
        redirect_uri="http://testserver.local/sign-in/callback/patient",
        scopes=("openid", "profile"),
    )
    party = RelyingParty(client)
    address = await party.address(state="s1", nonce=NONCE, verifier=VERIFIER)
    answer = await _press(address)
    assert answer["state"] == "s1"
    found = await party.claims(answer, nonce=NONCE, verifier=VERIFIER)
    assert patient_from(found).number == "198905122381"
    # The same code again, as from a copied address.
    with pytest.raises(faults.ReplayedState):
        await party.claims(answer, nonce=NONCE, verifier=VERIFIER)
    # A token that has lain for two hours.
    fresh = await _press(address)
    with clock.shifted(timedelta(hours=2)), pytest.raises(faults.ClockSkew):
        await party.claims(fresh, nonce=NONCE, verifier=VERIFIER)


async def _press(address: str) -> dict[str, str]:
    async with httpx.AsyncClient() as browser:
        pressed = await browser.post(address, data={"sub": "elin"})
    return {name: values[0] for name, values in parse_qs(urlsplit(pressed.headers["location"]).query).items()}
