"""The brake on how often one session may do a thing."""

import pytest

from vardlots.platform.errors import TooMany
from vardlots.platform.limits import Limit


def test_a_session_may_do_so_many_in_a_while_and_again_when_the_while_has_passed() -> None:
    now = [0.0]
    limit = Limit(2, 10, watch=lambda: now[0])
    limit.take(1)
    now[0] = 4.0
    limit.take(1)
    with pytest.raises(TooMany):
        limit.take(1)
    now[0] = 10.0
    limit.take(1)
    with pytest.raises(TooMany):
        limit.take(1)


def test_one_session_does_not_use_up_anothers() -> None:
    limit = Limit(1, 10, watch=lambda: 0.0)
    limit.take(1)
    limit.take(2)
    with pytest.raises(TooMany):
        limit.take(1)


def test_a_refused_try_does_not_lengthen_the_wait() -> None:
    now = [0.0]
    limit = Limit(1, 10, watch=lambda: now[0])
    limit.take(1)
    for moment in (1.0, 5.0, 9.9):
        now[0] = moment
        with pytest.raises(TooMany):
            limit.take(1)
    now[0] = 10.0
    limit.take(1)
