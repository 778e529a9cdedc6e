"""How far a text has come: the same in the end, in whatever order it is learnt."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.notifications.delivery import Delivery, joined
from vardlots.notifications.model import NoticeState, Why

STATES = st.sampled_from(list(NoticeState))
WHYS = st.one_of(st.none(), st.sampled_from(list(Why)))
LEARNT = st.builds(Delivery, STATES, WHYS)


def after(*learnt: Delivery) -> Delivery:
    known = Delivery(NoticeState.SENDING)
    for one in learnt:
        known = joined(known, one)
    return known


@settings(max_examples=300)
@given(st.lists(LEARNT, max_size=5))
def test_any_order_ends_in_the_same(learnt: list[Delivery]) -> None:
    ends = {after(*order) for order in itertools.permutations(learnt)}
    assert len(ends) == 1


@given(LEARNT, LEARNT, LEARNT)
def test_it_never_goes_back_and_a_second_time_changes_nothing(a: Delivery, b: Delivery, c: Delivery) -> None:
    assert joined(a, b) == joined(b, a)
    assert joined(a, a) == a
    assert joined(joined(a, b), c) == joined(a, joined(b, c))
    assert joined(joined(a, b), b) == joined(a, b)


S = NoticeState


@pytest.mark.parametrize(
    ("first", "then", "ends"),
    [
        # A receipt that is there before our own mark.
        (S.DELIVERED, S.SENT, S.DELIVERED),
        # Networks that try again after saying that they could not.
        (S.FAILED, S.DELIVERED, S.DELIVERED),
        (S.SENT, S.FAILED, S.FAILED),
        # A worker died between sending and marking; the next one found that the patient had read.
        (S.SKIPPED, S.DELIVERED, S.DELIVERED),
        (S.SKIPPED, S.SENT, S.SENT),
        # What waits for the morning begins to be sent.
        (S.QUEUED, S.SENDING, S.SENDING),
        (S.QUEUED, S.SKIPPED, S.SKIPPED),
    ],
)
def test_the_furthest_stands(first: S, then: S, ends: S) -> None:
    assert joined(Delivery(first), Delivery(then)).state is ends


def test_of_two_reasons_the_more_telling_stays() -> None:
    gave_up, wrong = Delivery(S.FAILED, Why.GAVE_UP), Delivery(S.FAILED, Why.NO_SUCH_NUMBER)
    assert after(gave_up, wrong) == after(wrong, gave_up) == wrong
    assert after(wrong, Delivery(S.DELIVERED)) == Delivery(S.DELIVERED)
