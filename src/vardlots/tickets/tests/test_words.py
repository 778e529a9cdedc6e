"""How far somebody has come and what to do next, for every kind and state."""

from datetime import timedelta

import msgspec
import pytest

from vardlots.platform import clock
from vardlots.tickets.model import Kind, State, Ticket
from vardlots.tickets.tests.test_states import NOON, TICKET
from vardlots.tickets.words import Step, how_far, next_step, state_line, use_by, what_happened


def ticket(**more: object) -> Ticket:
    return msgspec.structs.replace(TICKET, **more)


OPENED = {"state": State.OPENED, "opened_at": NOON}


@pytest.mark.parametrize(
    ("more", "asked", "words"),
    [
        ({}, None, "Inte öppnad"),
        ({"forms_total": 2}, (0, 9), "Inte öppnad"),
        (OPENED, None, "Öppnad, inte bokad"),
        (OPENED | {"kind": Kind.DROP_IN}, None, "Öppnad, inte i kö"),
        (OPENED | {"forms_total": 3}, None, "Formulär 0 av 3 besvarat"),
        (OPENED | {"forms_total": 3, "forms_done": 1}, None, "Formulär 1 av 3 besvarat"),
        (OPENED | {"forms_total": 3, "forms_done": 1}, (5, 9), "Formulär besvarat till 5 av 9 frågor"),
        # Somebody who came to the form by a link has begun, although the ticket's own page was never read.
        ({"forms_total": 1}, (2, 4), "Formulär besvarat till 2 av 4 frågor"),
        (OPENED | {"forms_total": 1, "forms_done": 1}, (4, 4), "Besvarat men inte bokat"),
        (OPENED | {"forms_total": 1, "forms_done": 1, "kind": Kind.DROP_IN}, None, "Besvarat men inte i kö"),
        (OPENED | {"forms_total": 1, "forms_done": 1, "kind": Kind.FORM}, None, "Formuläret är besvarat"),
    ],
)
def test_how_far(more: dict[str, object], asked: tuple[int, int] | None, words: str) -> None:
    assert how_far(ticket(**more), "sv", asked) == words


@pytest.mark.parametrize(
    ("more", "step"),
    [
        ({"state": State.EXPIRED}, Step.LETTER),
        ({"state": State.EXPIRED, "opened_at": NOON}, Step.CHAT),
        ({"state": State.EXPIRED, "opened_at": NOON, "kind": Kind.FORM}, Step.CHAT),
        ({"state": State.EXPIRED, "kind": Kind.FORM}, Step.LETTER),
        ({"state": State.USED, "kind": Kind.FORM}, Step.READ),
        ({"state": State.DECLINED, "opened_at": NOON}, Step.NONE),
        # What 1177 by phone has sent is not followed up [003].
        ({"state": State.EXPIRED, "kind": Kind.DROP_IN}, Step.NONE),
    ],
)
def test_the_next_step(more: dict[str, object], step: Step) -> None:
    assert next_step(ticket(**more)) is step


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"state": State.EXPIRED}, "Biljett utgått"),
        ({"state": State.DECLINED}, "Biljett avböjd"),
        ({"state": State.USED, "kind": Kind.FORM}, "Formulär besvarat"),
        ({"state": State.USED}, "Använd"),
    ],
)
def test_what_a_vidimering_is_called(more: dict[str, object], words: str) -> None:
    assert what_happened(ticket(**more), "sv") == words


@pytest.mark.parametrize(
    ("kind", "today", "later", "never"),
    [
        (Kind.BOOKING, "Boka i dag, det är sista dagen", "Boka senast", "Det finns ingen sista dag att boka"),
        (Kind.FORM, "Svara i dag, det är sista dagen", "Svara senast", "Ingen sista dag"),
        (
            Kind.DROP_IN,
            "Ställ dig i kön i dag, det är sista dagen",
            "Ställ dig i kön senast torsdag 3 december",
            "Ingen sista dag",
        ),
    ],
)
def test_until_when(kind: Kind, today: str, later: str, never: str) -> None:
    with clock.at(NOON):
        assert use_by(ticket(kind=kind, valid_until=NOON + timedelta(hours=1)), "sv") == today
        assert use_by(ticket(kind=kind), "sv").startswith(later)
        assert use_by(ticket(kind=kind, valid_until=None), "sv") == never
        assert state_line(ticket(kind=kind), "sv") == use_by(ticket(kind=kind), "sv")
