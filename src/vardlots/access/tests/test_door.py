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
from vardlots.access.spent import Spent
from vardlots.people.register import LocalRegister
from vardlots.platform import clock
from vardlots.platform.settings import Settings


@pytest.fixture
def door(demo_settings: Settings) -> Door:
    return Door(demo_settings, {}, LocalRegister())


def answer(door: Door, attempt: Attempt, **other: str) -> Any:
    cookie = door.attempt_cookie(attempt)
    return SimpleNamespace(cookies={cookie.key: cookie.value}, query_params={"state": attempt.state, **other})


def test_an_attempt_is_answered_once(door: Door) -> None:
    attempt = new_attempt("patient", "/")
    assert door.attempt(answer(door, attempt), "patient") == attempt
    with pytest.raises(ReplayedState):
        door.attempt(answer(door, attempt), "patient")


def test_an_attempt_is_answered_with_its_own_state_by_its_own_provider_in_time(door: Door) -> None:
    attempt = new_attempt("patient", "/")
    for request, who in (
        (answer(door, attempt, state="another"), "patient"),
        (answer(door, attempt), "staff"),
        (SimpleNamespace(cookies={}, query_params={"state": attempt.state}), "patient"),
    ):
        with pytest.raises(ReplayedState):
            door.attempt(request, who)  # type: ignore[arg-type]
    request = answer(door, attempt)
    with clock.shifted(ATTEMPT_LASTS), pytest.raises(ReplayedState):
        door.attempt(request, "patient")


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


def test_what_is_spent_may_come_back_when_its_time_is_over() -> None:
    spent = Spent()
    assert spent.spend("a", timedelta(seconds=60))
    assert not spent.spend("a", timedelta(seconds=60))
    with clock.shifted(timedelta(seconds=61)):
        assert spent.spend("a", timedelta(seconds=60))
