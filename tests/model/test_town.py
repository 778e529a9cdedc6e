"""Tickets, times and questions between units, walked through by everybody, some of it at once, checked after each step.

MODEL_WALKS=2000 MODEL_STEPS=80 .venv/bin/pytest tests/model    a long run, another each time
"""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import tests.model.booking_errands
import tests.model.consulting_errands  # noqa: F401 - they add their errands
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.model.deeds import DEEDS
from tests.model.errands import ERRANDS
from tests.model.expected import sensible
from tests.model.stories import STORIES
from tests.model.town import TOWNS_STAFF, Town
from tests.model.town_invariants import Stand, check_cases, check_lists, check_settled, check_town, stand
from tests.model.town_walls import check_walls
from tests.model.walking import own, settings_of
from tests.model.world import PATIENTS, SYSTEM

from vardlots.cases.model import CaseRef
from vardlots.cases.turn import Repeated
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.errors import Refusal

WALKS, STEPS = int(os.environ.get("MODEL_WALKS", "2")), int(os.environ.get("MODEL_STEPS", "12"))
IS_LONG, SHRINKS = "MODEL_WALKS" in os.environ, "MODEL_SHRINK" in os.environ
T = TypeVar("T")
ACTORS = (*TOWNS_STAFF, *PATIENTS, SYSTEM)
DUE = tuple(name for name, one in ERRANDS.items() if one.usual == (SYSTEM,))
# Several verbs one after the other: the first may be done although the last is refused.
MANY = frozenset({"answer_ticket_form", "move_booked_time", "tell_visit", "cancel_day"})
# What frees a time or looks again is nobody's deed, and in no log.
UNLOGGED = frozenset({"offer_freed", "forget_choices"})
# A deed of the one case that is asked of a child whose guardian Elin is.
HERS = frozenset({"worse"})
picks = st.integers(0, 719)
someone = st.sampled_from(ACTORS)
something = st.sampled_from(sorted(ERRANDS))
chapters = st.lists(st.tuples(st.integers(0, 4095), picks), min_size=2, max_size=8)
attempts = st.lists(st.tuples(st.booleans(), someone, something, picks), min_size=2, max_size=4)
spans = st.sampled_from([1, 3, 11, 61, 121, 16 * 60, 24 * 60, 25 * 60 + 30, 3 * 24 * 60])


class TownWalk(RuleBasedStateMachine):
    """A region for some days."""

    loop: asyncio.AbstractEventLoop
    database: Database
    counted: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.world = self._run(Town.make(self.database))
        self.tried: Counter[str] = Counter()
        self.known: dict[CaseRef, Any] = {}
        self._last = Stand({}, Counter())

    def _run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)

    @initialize(first=st.sampled_from(sorted(STORIES)), pick=st.sampled_from([0, 0, 0, 1, 2, 7, 11]))
    def begins(self, first: str, pick: int) -> None:
        with clock.at(self.world.now):
            self._run(self.world.begin_visits())
        self._look()
        for told in STORIES[first]:
            who, *what = told.split()
            if who == "wait":
                self.time_goes_by(int(what[0]))
            elif who == "turn_to":
                self._focus(int(what[0]))
            else:
                self._one(who, what[0], int(what[1]) + pick)

    @rule(who=someone, name=something, pick=picks)
    def somebody_tries_something(self, who: str, name: str, pick: int) -> None:
        self._one(who, name, pick)

    @rule(deeds=chapters)
    def what_people_do(self, deeds: list[tuple[int, int]]) -> None:
        for place, pick in deeds:
            self._one(*self._usual(place), pick)

    @rule(deeds=chapters)
    def a_visit_goes_on(self, deeds: list[tuple[int, int]]) -> None:
        """The verbs of a case, on one of all that there are, booked ones first."""
        for place, pick in deeds:
            self._focus(place)
            found = sensible(self.world, self._run(self.world.seen()).case)
            who, name = found[pick % len(found)]
            if name not in HERS:
                self._one(who, name, pick % 24)

    @rule(tries=attempts, place=st.integers(0, 4095))
    def several_at_once(self, tries: list[tuple[bool, str, str, int]], place: int) -> None:
        chosen = []
        for number, (any_one, who, name, pick) in enumerate(tries):
            usual = self._usual(place + number)
            chosen.append((who, name, pick) if any_one else (*usual, pick))
        self._at_once(chosen)

    @rule(name=something, who=st.integers(0, 3), pick=picks)
    def the_same_twice_at_once(self, name: str, who: int, pick: int) -> None:
        usual = ERRANDS[name].usual
        self._at_once([(usual[who % len(usual)], name, pick), (usual[pick % len(usual)], name, pick)])

    @rule(minutes=spans)
    def time_goes_by(self, minutes: int) -> None:
        """The clock moves, and the system does what is due; each of its jobs runs twice."""
        self.world.now += timedelta(minutes=minutes)
        for name in DUE:
            self._at_once([(SYSTEM, name, 0), (SYSTEM, name, 1)])
        # Everything that had run out is dealt with, however much it was.
        for _ in range(3):
            for name in ("expire_tickets", "offer_lapses", "settle_times"):
                self._at_once([(SYSTEM, name, 0)])
        check_settled(self._look(), self.world.now)

    @rule(who=st.sampled_from(PATIENTS), cause=st.integers(0, 1))
    def somebody_seeks_care(self, who: str, cause: int) -> None:
        self._at_once([(who, "seek_care", cause)])

    def _focus(self, place: int) -> None:
        region = self.world.providers[0]
        refs = [ref for ref in self._run(self.world.cases()) if ref.provider_id == region]
        self.world.ref = refs[-1 - place % min(len(refs), 4)]

    def _usual(self, place: int) -> tuple[str, str]:
        """Of what people do, what has been tried least in this walk."""
        fewest = min(self.tried[name] for name in ERRANDS)
        rare = sorted(name for name in ERRANDS if self.tried[name] <= fewest + 1)
        name = rare[place % len(rare)]
        usual = ERRANDS[name].usual
        return usual[place // 7 % len(usual)], name

    def _one(self, who: str, name: str, pick: int) -> None:
        """One step by one actor: a refusal leaves nothing, and whatever changes is in the log."""
        before = self._last
        told = self._at_once([(who, name, pick)])[0]
        after = self._last
        refused = isinstance(told, Refusal | Repeated)
        if refused and name not in MANY:
            assert before.rows == after.rows, f"{who} was refused {name} ({told!r}) and something changed"
        if name in ERRANDS and before.rows != after.rows and name not in UNLOGGED:
            assert after.log - before.log, f"{who} has done {name}, and no log says so"
        log = ERRANDS[name].log if name in ERRANDS else ""
        if not refused and told and log and before.rows != after.rows:
            assert after.log[log] > before.log[log] or name in _OTHERWISE, (
                f"{name} is not in the log as {log}"
            )

    def _at_once(self, chosen: list[tuple[str, str, int]]) -> list[Any]:
        world = self.world
        world.now += timedelta(seconds=1)

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*(self._tried(*one) for one in chosen))

        with clock.at(world.now):
            told = self._run(all_of_them())
        self._look()
        for (_, name, _), one in zip(chosen, told, strict=True):
            self.tried[name] += 1
            if not isinstance(one, Refusal | Repeated) and one is not None:
                self.counted[name] += 1
        return told

    async def _tried(self, who: str, name: str, pick: int) -> Any:
        """What came of it: what the verb answered, or the refusal. Anything else that is raised is a fault."""
        try:
            if name == "seek_care":
                return await self.world.new_case(who, ("rash", "shoulder_pain")[pick])
            do: Any = ERRANDS[name].do if name in ERRANDS else DEEDS[name].do
            return await do(self.world, self.world.actor(who), pick)
        except (Refusal, Repeated) as refusal:
            return refusal

    def _look(self) -> Stand:
        before, now = self._last, self._run(stand(self.world))
        self._last = now
        check_town(now, self.world.now)
        if now.rows == before.rows:
            return now
        with clock.at(self.world.now):
            self._run(check_cases(self.world, now, self.known))
            self._run(check_walls(self.world))
            if now.rows["consultation"] != before.rows.get("consultation"):
                self._run(check_lists(self.world, now))
        return now


# Done by another name where the case, or the time, is another: booked anew, taken as it waited, told as overdue.
_OTHERWISE = frozenset(
    {"rebook", "move_booked_time", "take_offer", "take_visit_over", "end_referred", "go_to_visit"}
)


@pytest.fixture
def walk(database_url: str) -> Iterator[type[TownWalk]]:
    with own(TownWalk, database_url) as mine:
        yield mine


@pytest.mark.slow
@pytest.mark.timeout(0 if IS_LONG else 600)
def test_every_ticket_time_and_question_is_whole_whoever_does_what(walk: type[TownWalk]) -> None:
    how = settings_of(walks=WALKS, steps=STEPS, is_long=IS_LONG, shrinks=SHRINKS)
    for first in STORIES:
        walk().begins(first=first, pick=0)
    run_state_machine_as_test(walk, settings=how)
    never = set(ERRANDS) - set(walk.counted)
    assert not never, f"no walk has come by {sorted(never)}: {dict(walk.counted)}"
