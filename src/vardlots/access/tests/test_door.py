"""What a browser carries through the door: bound to one attempt, for one purpose, once."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from vardlots.access.door import ATTEMPT_LASTS, Door
from vardlots.access.faults import ReplayedState
from vardlots.access.identity_providers import Attempt, new_attempt
from vardlots.access.sealed import BadSeal, Sealer
from vardlots.access.sign_in import StaffChoice
from vardlots.cases.turn import House
from vardlots.people.register import LocalRegister
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.live import Hub
from vardlots.platform.settings import Settings


@pytest.fixture
def door(demo_settings: Settings) -> Door:
    return Door(demo_settings, {}, LocalRegister())


@pytest.fixture
def app(database: Database) -> Any:
    return SimpleNamespace(state=SimpleNamespace(house=House(database, Hub())))


def answer(app: Any, door: Door, attempt: Attempt, **other: str) -> Any:
    cookie = door.attempt_cookie(attempt)
    params = {"state": attempt.state, **other}
    return SimpleNamespace(app=app, cookies={cookie.key: cookie.value}, query_params=params)


async def test_an_attempt_is_answered_once_whichever_process_is_asked(app: Any, door: Door) -> None:
    attempt = new_attempt("patient", "/")
    assert await door.attempt(answer(app, door, attempt), "patient") == attempt
    with pytest.raises(ReplayedState):
        await door.attempt(answer(app, door, attempt), "patient")
    with pytest.raises(ReplayedState):
        await Door(door.settings, {}, LocalRegister()).attempt(answer(app, door, attempt), "patient")


async def test_an_attempt_is_answered_with_its_own_state_by_its_own_provider_in_time(
    app: Any, door: Door
) -> None:
    attempt = new_attempt("patient", "/")
    for request, who in (
        (answer(app, door, attempt, state="another"), "patient"),
        (answer(app, door, attempt), "staff"),
        (SimpleNamespace(app=app, cookies={}, query_params={"state": attempt.state}), "patient"),
    ):
        with pytest.raises(ReplayedState):
            await door.attempt(request, who)  # type: ignore[arg-type]
    request = answer(app, door, attempt)
    with clock.shifted(ATTEMPT_LASTS), pytest.raises(ReplayedState):
        await door.attempt(request, "patient")


async def test_a_choice_of_assignment_is_made_once_however_long_its_cookie_is_kept(
    app: Any, door: Door
) -> None:
    cookie = door.choice_cookie(StaffChoice((1, 2), "demo", f"/staff?{new_attempt('staff', '/').state}"))
    request: Any = SimpleNamespace(app=app, cookies={cookie.key: cookie.value})
    await door.spend_choice(request)
    with pytest.raises(ReplayedState):
        await door.spend_choice(request)


def test_over_https_the_cookies_are_bound_to_the_host(demo_settings: Settings) -> None:
    secure = Door(
        msgspec.structs.replace(demo_settings, base_url="https://vard.example"), {}, LocalRegister()
    )
    cookie = secure.attempt_cookie(new_attempt("staff", "/staff"))
    assert (cookie.key, cookie.secure, cookie.httponly, cookie.samesite, cookie.path, cookie.domain) == (
        "__Host-sign-in-staff",
        True,
        True,
        "lax",
        "/",
        None,
    )


def test_a_seal_is_for_one_purpose_and_one_secret() -> None:
    class Value(msgspec.Struct):
        n: int

    sealed = Sealer("s" * 32, "one").seal(Value(7), timedelta(minutes=1))
    assert Sealer("s" * 32, "one").open(sealed, Value) == Value(7)
    content, _, mark = sealed.partition(".")
    for other, text in (
        (Sealer("s" * 32, "two"), sealed),
        (Sealer("t" * 32, "one"), sealed),
        (Sealer("s" * 32, "one"), f"{content}A.{mark}"),
        (Sealer("s" * 32, "one"), content),
        (Sealer("s" * 32, "one"), "ö.ö"),
        (Sealer("s" * 32, "one"), ""),
    ):
        with pytest.raises(BadSeal):
            other.open(text, Value)
