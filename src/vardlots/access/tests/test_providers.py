"""Signing in to the whole product through real OpenID Providers: a patient by the Swedish profile, staff by Inera's.

Each thing that can go wrong ends in a page of its own, with words for a person and a way on.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import pytest_asyncio
from tests.cast import Cast, Unit
from tests.database import product_url
from tests.openid import CLIENT_ID, SECRET, SWEDISH, OpenIdProvider, running_providers
from tests.site import Browser, Page, Site, open_site

from vardlots.access.actor import StaffActor
from vardlots.access.web import COOKIE
from vardlots.clinics.actions import add_provider, add_unit
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, persons_scope
from vardlots.platform.settings import Settings, load_settings

pytestmark = pytest.mark.slow

BASE = "https://vard.example"
ELIN = {"given_name": "Elin", "family_name": "Sjöqvarn", "birthdate": "1989-05-12"}
NUMBER = {f"{SWEDISH}personalIdentityNumber": "198905122381"}
LEVEL = f"{SWEDISH}coordinationNumberLevel"
PATIENT_ACR, STAFF_ACR = "http://id.elegnamnden.se/loa/1.0/loa3", "http://id.sambi.se/loa/loa3"
LOWER = {"patient": PATIENT_ACR.replace("loa3", "loa2"), "staff": STAFF_ACR.replace("loa3", "loa2")}
AGAIN = {"patient": "/sign-in", "staff": "/staff/sign-in"}
BOTH = pytest.mark.parametrize("who", ["patient", "staff"])


@pytest.fixture(scope="module")
def providers() -> Iterator[Mapping[str, OpenIdProvider]]:
    with running_providers(BASE) as running:
        yield running


def installed(database_url: str, folder: Path, providers: Mapping[str, OpenIdProvider]) -> Settings:
    """Settings of an installation. The providers are reached over plain http, which no setting allows, on this
    machine only."""
    variables = {
        "DATABASE_URL": product_url(database_url),
        "VARDLOTS_BASE_URL": BASE,
        "VARDLOTS_SECRET_KEY": f"of the tests, and long enough to be one, in {folder}",  # counts by itself
        "VARDLOTS_DATA_DIR": str(folder),
        "VARDLOTS_OIDC_PATIENT_ACR": PATIENT_ACR,
        "VARDLOTS_OIDC_STAFF_ACR": STAFF_ACR,
        "VARDLOTS_OIDC_PATIENT_SCOPES": "openid https://id.oidc.se/scope/naturalPersonInfo "
        "https://id.oidc.se/scope/naturalPersonNumber",
        "VARDLOTS_OIDC_STAFF_SCOPES": "openid commission authorization_scope personal_identity_number",
    }
    for who in ("PATIENT", "STAFF"):
        variables[f"VARDLOTS_OIDC_{who}_ISSUER"] = "https://replaced.example"
        variables[f"VARDLOTS_OIDC_{who}_CLIENT_ID"] = CLIENT_ID
        variables[f"VARDLOTS_OIDC_{who}_CLIENT_SECRET"] = SECRET
    return msgspec.structs.replace(
        load_settings(variables),
        oidc_patient_issuer=providers["patient"].issuer,
        oidc_staff_issuer=providers["staff"].issuer,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def site(
    database_url: str, tmp_path: Path, providers: Mapping[str, OpenIdProvider], given: Cast
) -> AsyncIterator[Site]:
    """The product as installed, and both providers with Elin and the cast's staff in them."""
    await providers["patient"].tell(people={"elin": {**ELIN, **NUMBER}})
    await providers["staff"].tell(
        people={
            name: {"employeeHsaId": await hsa_id_of(given, getattr(given, name))}
            for name in ("ylva", "hamid", "olle")
        }
    )
    async with open_site(database_url, tmp_path, installed(database_url, tmp_path, providers)) as opened:
        yield opened
    for provider in providers.values():
        await provider.honest()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(site: Site) -> Browser:
    return await site.browser()


async def hsa_id_of(given: Cast, actor: StaffActor) -> str:
    async with given.database.transaction(NOBODY) as connection:
        return str(await connection.fetchval("SELECT hsa_id FROM staff WHERE staff_id = $1", actor.staff_id))


async def commission_of(given: Cast, actor: StaffActor) -> dict[str, str]:
    """The actor's assignment as Inera tells of it."""
    async with given.database.transaction(NOBODY) as connection:
        row: Any = await connection.fetchrow(
            'SELECT a.hsa_id AS "commissionHsaId", u.hsa_id AS "healthCareUnitHsaId", u.name AS "healthCareUnitName" '
            "FROM assignment a JOIN unit u USING (provider_id, unit_id) WHERE a.staff_id = $1 ORDER BY assignment_id",
            actor.staff_id,
        )
    return {**row, "commissionName": "Vård och behandling", "commissionPurpose": "Vård och behandling"}


async def also_assigned(given: Cast, actor: StaffActor, unit: Unit, role: str = "nurse") -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) VALUES ($1, $2, $3, $4, $5)",
            unit.provider_id,
            actor.staff_id,
            unit.unit_id,
            role,
            f"SE0000000000-Y{actor.staff_id}{unit.unit_id}{role}",
        )


async def through(browser: Browser, provider: OpenIdProvider, who: str, **form: str) -> str:
    """Begin at the product, press at the provider; the address that the browser comes back to."""
    begun = await browser.get(f"/sign-in/start/{who}")
    assert begun.status_code == 303, begun.text
    form = form or {"person": "elin" if who == "patient" else "ylva"}
    return await provider.press(begun.headers["location"], **form)


async def signed_in(browser: Browser, provider: OpenIdProvider, who: str, **form: str) -> Page:
    """The product's answer after a whole sign-in."""
    return await browser.get(await through(browser, provider, who, **form))


def is_refused(page: Page, status: int, code: str, heading: str, way_on: str) -> bool:
    """A page for a person: its status, its heading, something to press, and no session behind it."""
    assert page.status_code == status, page.text
    assert f'data-code="{code}"' in page.text, page.text
    assert f"<h1>{heading}</h1>" in page.text, page.text
    assert f'href="{way_on}"' in page.text, page.text
    assert "Traceback" not in page.text
    return not any(one.startswith(f"{COOKIE}=") for one in page.headers.get_list("set-cookie"))


def lets_in(page: Page, at: str) -> bool:
    return page.status_code == 303 and page.headers["location"].partition("?")[0] == at


# Coming in.


async def test_a_patient_comes_in_and_the_cookie_is_this_hosts_alone(
    site: Site, browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    page = await browser.get("/sign-in")
    assert 'href="/sign-in/start/patient"' in page.text
    answer = await signed_in(browser, providers["patient"], "patient")
    assert lets_in(answer, "/")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-session="))
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert attribute in cookie, cookie
    assert "Domain" not in cookie
    home = await browser.get("/my/profile")
    assert (home.status_code, "Elin Sjöqvarn" in home.text, "19890512" in home.text) == (200, True, True)
    assert (await browser.get("/sign-in")).headers["location"] == "/"


async def test_a_nurse_comes_in_and_begins_a_shift(
    browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    answer = await signed_in(browser, providers["staff"], "staff")
    assert lets_in(answer, "/staff/shift")
    page = await browser.follow(answer)
    assert "Sjuksköterska, Ängsviken" in page.text
    assert "Sjuksköterska, Ängsviken" in (await browser.get("/staff/settings/sessions")).text


async def test_what_is_asked_of_the_provider(
    browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    for who, acr, scope in (
        ("patient", PATIENT_ACR, "https://id.oidc.se/scope/naturalPersonNumber"),
        ("staff", STAFF_ACR, "commission"),
    ):
        address = (await browser.get(f"/sign-in/start/{who}")).headers["location"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(providers[who].issuer)
        assert (asked["acr_values"], asked["code_challenge_method"]) == (acr, "S256")
        assert scope in asked["scope"].split()
        assert asked["redirect_uri"] == f"{BASE}/sign-in/callback/{who}"
        assert ("claims" in asked) == (who == "patient")


@BOTH
async def test_keys_are_changed_between_two_sign_ins(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    at = "/" if who == "patient" else "/staff/shift"
    assert lets_in(await signed_in(browser, providers[who], who), at)
    await browser.submit("/sign-out")
    await providers[who].tell(rotate=True)
    assert lets_in(await signed_in(browser, providers[who], who), at)


@BOTH
@pytest.mark.parametrize("skew", [55, -115], ids=["fast", "slow"])
async def test_clocks_that_differ_by_less_than_a_minute(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str, skew: int
) -> None:
    """The token is good for a minute; a slow provider's has been over for 55 seconds when it comes."""
    await providers[who].tell(skew=skew)
    assert lets_in(await signed_in(browser, providers[who], who), "/" if who == "patient" else "/staff/shift")


async def test_a_number_that_has_changed_leads_to_the_same_person(
    site: Site, given: Cast, providers: Mapping[str, OpenIdProvider]
) -> None:
    """First a coordination number, then the personal one that replaced it: what no scope brings was asked for."""
    moved = {
        "before": {**ELIN, f"{SWEDISH}coordinationNumber": "198905722388", LEVEL: "confirmed"},
        "after": {**ELIN, **NUMBER, f"{SWEDISH}previousCoordinationNumber": "198905722388"},
    }
    await providers["patient"].tell(people=moved)
    met = []
    for person in ("before", "after"):
        browser = await site.browser()
        assert lets_in(await signed_in(browser, providers["patient"], "patient", person=person), "/")
        met.append(browser.client.cookies[COOKIE])
    first, second = [await person_behind(given.database, token) for token in met]
    assert first == second


async def person_behind(database: Database, token: str) -> int:
    """Whom a session is about, under the id they are known by now."""
    async with database.transaction(NOBODY) as connection:
        person_id = await connection.fetchval(
            "SELECT person_id FROM session WHERE token_hash = sha256($1::bytea)", token.encode()
        )
    async with database.transaction(persons_scope([person_id])) as connection:
        return int(
            await connection.fetchval(
                "SELECT coalesce(same_as, person_id) FROM person WHERE person_id = $1", person_id
            )
        )


# Staff: several HSA-ids, several commissions.


async def test_staff_with_several_hsa_ids_and_assignments_choose_one(
    site: Site, given: Cast, browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    """Ylva at the region twice, Nora at another provider: one person with two HSA-ids and three assignments."""
    await also_assigned(given, given.ylva, given.strandgatan)
    both = [await hsa_id_of(given, one) for one in (given.ylva, given.nora)]
    await providers["staff"].tell(people={"ylva": {"employeeHsaId": both}})
    answer = await signed_in(browser, providers["staff"], "staff")
    assert lets_in(answer, "/staff/sign-in/assignment")
    page = await browser.follow(answer)
    assert "<h1>Vilket uppdrag arbetar du i?</h1>" in page.text
    for unit, at in (
        (given.angsviken, "Region Lotsvik"),
        (given.strandgatan, "Region Lotsvik"),
        (given.norrhamn, "läkarhus"),
    ):
        assert re.search(rf"Sjuksköterska, {unit.name}.*?{at}", page.text), page.text
    assert page.text.count('name="assignment"') == 3
    nobodys = await browser.submit("/staff/sign-in/assignment", {"assignment": "999999999"})
    assert (nobodys.status_code, "Välj det uppdrag du arbetar i nu." in nobodys.text) == (422, True)
    chosen = re.search(r'value="(\d+)"[^>]*><span>Sjuksköterska, Norrhamn', page.text)
    assert chosen
    taken = await browser.submit("/staff/sign-in/assignment", {"assignment": chosen[1]})
    assert lets_in(taken, "/staff/shift")
    async with given.database.transaction(NOBODY) as connection:
        row: Any = await connection.fetchrow(
            "SELECT staff_id, assignment_id FROM session WHERE token_hash = sha256($1::bytea)",
            browser.client.cookies[COOKIE].encode(),
        )
    assert (row["staff_id"], str(row["assignment_id"])) == (given.nora.staff_id, chosen[1])
    # The choice was one: it opens no second session.
    again = await browser.submit("/staff/sign-in/assignment", {"assignment": chosen[1]})
    assert is_refused(again, 400, "state_replayed", "Den här inloggningen är redan använd", "/staff/sign-in")


async def test_the_commission_chosen_at_the_provider_is_the_one_worked_in(
    given: Cast, browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    await also_assigned(given, given.ylva, given.strandgatan)
    told = {"employeeHsaId": await hsa_id_of(given, given.ylva), **await commission_of(given, given.ylva)}
    await providers["staff"].tell(people={"ylva": told})
    answer = await signed_in(browser, providers["staff"], "staff")
    assert lets_in(answer, "/staff/shift")
    assert "Sjuksköterska, Ängsviken" in (await browser.get("/staff/settings/sessions")).text


async def test_only_the_commissions_that_the_provider_vouches_for_are_offered(
    given: Cast, browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    await also_assigned(given, given.ylva, given.strandgatan)
    await also_assigned(given, given.ylva, given.angsviken, "midwife")
    listed = [await commission_of(given, given.ylva)]
    async with given.database.transaction(NOBODY) as connection:
        hsa_id = await connection.fetchval(
            "SELECT hsa_id FROM unit WHERE unit_id = $1", given.strandgatan.unit_id
        )
    # One that our directory does not know by its own id, at a care unit that it does.
    listed.append({"commissionHsaId": "SE0000000000-shared", "healthCareUnitHsaId": hsa_id})
    told = {"employeeHsaId": await hsa_id_of(given, given.ylva), "allCommissions": listed}
    await providers["staff"].tell(people={"ylva": told})
    page = await browser.follow(await signed_in(browser, providers["staff"], "staff"))
    assert page.text.count('name="assignment"') == 2
    assert "Sjuksköterska, Ängsviken" in page.text
    assert "Sjuksköterska, Strandgatan" in page.text
    assert "Barnmorska" not in page.text


@pytest.mark.parametrize("why", ["unknown", "elsewhere", "other_unit"])
async def test_a_commission_that_is_not_theirs_here(
    given: Cast, browser: Browser, providers: Mapping[str, OpenIdProvider], why: str
) -> None:
    own, olles = await commission_of(given, given.ylva), await commission_of(given, given.olle)
    told = {
        "unknown": {"commissionHsaId": "SE0000000000-nowhere"},
        "elsewhere": olles,
        # Ours by its id, at a unit that our directory has it not at.
        "other_unit": {**own, "healthCareUnitHsaId": olles["healthCareUnitHsaId"]},
    }[why]
    ylva = {"employeeHsaId": await hsa_id_of(given, given.ylva), **told}
    await providers["staff"].tell(people={"ylva": ylva})
    page = await signed_in(browser, providers["staff"], "staff")
    assert is_refused(page, 403, "unknown_commission", "Uppdraget finns inte här", "/staff/sign-in")


async def test_staff_whom_nobody_here_knows(
    browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    await providers["staff"].tell(people={"ylva": {"employeeHsaId": "SE0000000000-nobody"}})
    page = await signed_in(browser, providers["staff"], "staff")
    assert is_refused(page, 403, "unknown_staff", "Du är inte upplagd här", "/staff/sign-in")


async def test_staff_without_an_assignment_today(
    given: Cast, browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE assignment SET valid_to = '2021-01-01' WHERE staff_id = $1", given.ylva.staff_id
        )
    page = await signed_in(browser, providers["staff"], "staff")
    assert is_refused(page, 403, "no_assignment", "Du har inget uppdrag idag", "/staff/sign-in")


async def test_an_assignment_withdrawn_while_one_chooses_is_not_chosen(
    given: Cast, browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    await also_assigned(given, given.ylva, given.strandgatan)
    page = await browser.follow(await signed_in(browser, providers["staff"], "staff"))
    chosen = re.search(r'value="(\d+)"[^>]*><span>Sjuksköterska, Strandgatan', page.text)
    assert chosen
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE assignment SET valid_to = '2021-01-01' WHERE assignment_id = $1", int(chosen[1])
        )
    answer = await browser.submit("/staff/sign-in/assignment", {"assignment": chosen[1]})
    assert answer.status_code == 422
    assert "Strandgatan" not in answer.text


# What can go wrong, each with its page.


@BOTH
@pytest.mark.parametrize("skew", [70, -130], ids=["fast", "slow"])
async def test_clocks_that_differ_by_more(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str, skew: int
) -> None:
    await providers[who].tell(skew=skew)
    page = await signed_in(browser, providers[who], who)
    assert is_refused(page, 403, "clock_skew", "Inloggningen hann bli för gammal", AGAIN[who])


@BOTH
async def test_an_answer_that_comes_twice(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    back = await through(browser, providers[who], who)
    kept = [(one.name, one.value) for one in browser.client.cookies.jar]
    assert (await browser.get(back)).status_code == 303
    await browser.submit("/sign-out")
    for name, value in kept:
        # Somebody who has kept the browser's cookies as well.
        browser.client.cookies.set(name, value or "", domain="vard.example", path="/")
    page = await browser.get(back)
    assert is_refused(page, 400, "state_replayed", "Den här inloggningen är redan använd", AGAIN[who])


@BOTH
async def test_an_answer_in_another_browser(
    site: Site, browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    page = await (await site.browser()).get(await through(browser, providers[who], who))
    assert is_refused(page, 400, "state_replayed", "Den här inloggningen är redan använd", AGAIN[who])


@BOTH
async def test_a_state_that_nobody_gave_out(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    back = re.sub(r"state=[^&]+", "state=made-up", await through(browser, providers[who], who))
    page = await browser.get(back)
    assert is_refused(page, 400, "state_replayed", "Den här inloggningen är redan använd", AGAIN[who])


@BOTH
async def test_a_code_of_another_attempt(
    site: Site, browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    """A code that was caught on its way, put into an attempt of one's own: the provider asks for its verifier."""
    caught = parse_qs(urlsplit(await through(browser, providers[who], who)).query)["code"][0]
    thief = await site.browser()
    own = await through(thief, providers[who], who)
    page = await thief.get(re.sub(r"code=[^&]+", f"code={caught}", own))
    assert is_refused(page, 400, "state_replayed", "Den här inloggningen är redan använd", AGAIN[who])


@BOTH
@pytest.mark.parametrize(
    ("lies", "status", "code", "heading"),
    [
        ({"aud": "another-service"}, 403, "wrong_audience", "Svaret var inte till oss"),
        ({"aud": [CLIENT_ID, "another-service"]}, 403, "wrong_audience", "Svaret var inte till oss"),
        ({"nonce": "of another sign-in"}, 400, "state_replayed", "Den här inloggningen är redan använd"),
        ({"iss": "https://elsewhere.example"}, 403, "bad_token", "Inloggningen gick inte"),
        ({"sub": "somebody-else"}, 403, "bad_token", "Inloggningen gick inte"),
        ({"at_hash": "of another token"}, 403, "bad_token", "Inloggningen gick inte"),
    ],
    ids=["audience", "audiences", "nonce", "issuer", "subject", "access token"],
)
async def test_a_token_that_is_wrong_in_one_way(
    browser: Browser,
    providers: Mapping[str, OpenIdProvider],
    who: str,
    lies: dict[str, Any],
    status: int,
    code: str,
    heading: str,
) -> None:
    """Whole otherwise, and signed with the key that the provider publishes."""
    await providers[who].tell(lies=lies)
    page = await signed_in(browser, providers[who], who)
    assert is_refused(page, status, code, heading, AGAIN[who])


@BOTH
async def test_the_answer_of_another_issuer(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    """Mixed up on the way (RFC 9207): the answer says whose it is."""
    back = await through(browser, providers[who], who)
    assert "iss=" in back
    page = await browser.get(re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Felsewhere.example", back))
    assert is_refused(page, 403, "bad_token", "Inloggningen gick inte", AGAIN[who])


@BOTH
async def test_a_way_of_signing_in_that_is_not_safe_enough(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    person = "elin" if who == "patient" else "ylva"
    page = await signed_in(browser, providers[who], who, person=person, acr=LOWER[who])
    heading = "Sättet att logga in är inte tillräckligt säkert"
    assert is_refused(page, 403, "wrong_level", heading, AGAIN[who])


@BOTH
async def test_somebody_who_changes_their_mind(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str
) -> None:
    page = await signed_in(browser, providers[who], who, cancel="1")
    assert is_refused(page, 400, "cancelled", "Inloggningen avbröts", AGAIN[who])


@BOTH
@pytest.mark.parametrize("how", ["silent", "broken"])
async def test_a_provider_that_is_down_when_one_begins(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str, how: str
) -> None:
    await providers[who].tell(**{how: ["/.well-known/openid-configuration"]})
    page = await browser.get(f"/sign-in/start/{who}")
    assert is_refused(page, 503, "provider_down", "Inloggningstjänsten svarar inte", AGAIN[who])
    # And comes back.
    await providers[who].honest()
    assert (await signed_in(browser, providers[who], who)).status_code == 303


@pytest.mark.parametrize(
    ("who", "path"), [("patient", "/token"), ("patient", "/jwks"), ("patient", "/me"), ("staff", "/token")]
)
@pytest.mark.parametrize("how", ["silent", "broken"])
async def test_a_provider_that_goes_down_on_the_way(
    browser: Browser, providers: Mapping[str, OpenIdProvider], who: str, path: str, how: str
) -> None:
    back = await through(browser, providers[who], who)
    await providers[who].tell(**{how: [path]})
    page = await browser.get(back)
    assert is_refused(page, 503, "provider_down", "Inloggningstjänsten svarar inte", AGAIN[who])


async def test_a_patient_whose_number_the_provider_does_not_say(
    browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    await providers["patient"].tell(people={"elin": ELIN})
    page = await signed_in(browser, providers["patient"], "patient")
    assert is_refused(page, 403, "missing_claims", "Uppgifter saknas i svaret", "/sign-in")


async def test_a_patient_whose_identity_is_uncertain_is_given_a_number_to_ring(
    given: Cast, browser: Browser, providers: Mapping[str, OpenIdProvider]
) -> None:
    mark = clock.now().timestamp()
    region = await add_provider(
        given.database, name="Region Uddö", kind="region", hsa_id=f"SE0000000000-R{mark}", scheme="1-5"
    )
    await add_unit(
        given.database,
        provider_id=region,
        name="1177 på telefon",
        kind="telephone",
        hsa_id=f"SE0000000000-T{mark}",
        phone="0771-11 77 00",
    )
    uncertain = {**ELIN, f"{SWEDISH}coordinationNumber": "198905722388", LEVEL: "uncertain"}
    await providers["patient"].tell(people={"elin": uncertain})
    page = await signed_in(browser, providers["patient"], "patient")
    assert is_refused(page, 403, "uncertain_identity", "Vi hjälper dig på telefon", "tel:0771117700")
    assert 'href="/sign-in"' not in page.text
