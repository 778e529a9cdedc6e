"""Cases are walked through every verb by every kind of actor, some of them at once, and checked after each step.

    MODEL_WALKS=2000 MODEL_STEPS=80 .venv/bin/pytest tests/model    a long run, another each time

Without these it takes the same steps every time, within a minute.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.model.deeds import DEEDS, SYSTEMS, Deed, balance, shift
from tests.model.expected import foreseen, sensible
from tests.model.invariants import check, check_walls
from tests.model.walking import own, settings_of
from tests.model.world import ACTORS, OUTSIDERS, STAFF, SYSTEM, Seen, World

from vardlots.cases.model import Phase as After
from vardlots.cases.turn import Repeated
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.errors import Forbidden, NotFound, Refusal

WALKS, STEPS = int(os.environ.get("MODEL_WALKS", "16")), int(os.environ.get("MODEL_STEPS", "25"))
IS_LONG = "MODEL_WALKS" in os.environ


class Longer(NamedTuple):
    """What is done one after the other as far as it can be, how many minutes go by then, what is done after that."""

    before: tuple[str, ...]
    minutes: tuple[int, ...]
    after: tuple[str, ...] = ()


LONGER = {
    "nobody answers": Longer(("accept", "start", "read", "chase"), (31,), ("stop_chase",)),
    "nobody answers for long": Longer(("accept", "start", "read", "chase"), (31, 121), ("called",)),
    "answers at last": Longer(("accept", "start", "read", "chase"), (31,), ("say", "read")),
    "a night between": Longer(("accept", "pause"), (1201, 61)),
    "asked to take over": Longer(("accept", "hand_over"), (31,), ("decline_handover",)),
    "asked, and somebody does": Longer(("accept", "hand_over"), (1,), ("accept_handover", "talk_beside")),
    "asked, and taken back": Longer(("accept", "hand_over"), (1,), ("withdraw_handover",)),
    "after the visit": Longer(("accept", "start", "end"), (4321,), ("mark_done",)),
}
OVER = (After.CLOSED, After.CANCELLED)
T = TypeVar("T")
picks = st.integers(0, 23)
someone = st.sampled_from(ACTORS)
something = st.sampled_from(sorted(DEEDS))
chapters = st.lists(st.tuples(st.integers(0, 4095), picks), min_size=2, max_size=8)
# Two or three who press at once, as a rule those who could.
attempts = st.lists(st.tuples(st.booleans(), someone, something, picks), min_size=2, max_size=3)
spans = st.sampled_from([1, 6, 16, 16, 31, 31, 61, 121, 121, 24 * 60, 3 * 24 * 60 + 1, 8 * 24 * 60])


class Walk(RuleBasedStateMachine):
    """One case after the other, with everybody around it."""

    loop: asyncio.AbstractEventLoop
    database: Database
    counted: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.world = self._run(World.make(self.database))
        self.tried: Counter[str] = Counter()

    def _run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)

    @initialize(
        errand=st.sampled_from([False] * 5 + [True]),
        priority=st.sampled_from([1, 1, 2, 3, 4, 5]),
        first=st.sampled_from(sorted(LONGER)),
        pick=picks,
    )
    def begins(self, errand: bool, priority: int, first: str, pick: int) -> None:
        with clock.at(self.world.now):
            self._run(self.world.begin(errand=errand, priority=priority))
        self._look()
        self.something_that_takes_its_time(first, [], pick)

    @rule(who=someone, name=something, pick=picks)
    def somebody_tries_something(self, who: str, name: str, pick: int) -> None:
        self._one(who, DEEDS[name], pick)

    @rule(deeds=chapters)
    def a_visit_goes_on(self, deeds: list[tuple[int, int]]) -> None:
        """What one does, one after the other: a walk that is only refused comes nowhere."""
        for place, pick in deeds:
            if self._is_told():
                self.another_case(errand=place % 5 == 4, priority=1 + place % 5)
            who, name = self._sensible(place)
            self._one(who, DEEDS[name], pick)

    @rule(deeds=chapters, minutes=spans)
    def a_visit_goes_on_and_time_goes_by(self, deeds: list[tuple[int, int]], minutes: int) -> None:
        self.a_visit_goes_on(deeds)
        self.time_goes_by(minutes)

    @rule(start=st.sampled_from(sorted(LONGER)), waits=st.lists(spans, max_size=2), pick=picks)
    def something_that_takes_its_time(self, start: str, waits: list[int], pick: int) -> None:
        """What only shows when time goes by and nobody disturbs it, as nobody does at night."""
        longer = LONGER[start]
        self._as_far_as_it_goes(longer.before, pick)
        for minutes in (*longer.minutes, *waits):
            self.time_goes_by(minutes)
        self._as_far_as_it_goes(longer.after, pick + 11)

    def _as_far_as_it_goes(self, names: Iterable[str], pick: int) -> None:
        for place, name in enumerate(names):
            found = sensible(self.world, self._run(self.world.seen()).case)
            who = next((who for who, one in found if one == name), None)
            if who is not None:
                # A visit that is to be asked about after three days is open for longer than those.
                self._one(who, DEEDS[name], 3 + pick % 2 if name == "end" else (pick + place) % 24)

    @rule(tries=attempts, place=st.integers(0, 4095))
    def several_at_once(self, tries: list[tuple[bool, str, str, int]], place: int) -> None:
        chosen = []
        for number, (any_one, who, name, pick) in enumerate(tries):
            if not any_one:
                who, name = self._sensible(place + number)
            chosen.append((who, DEEDS[name], pick))
        self._at_once(chosen)

    @rule(who=st.sampled_from(["ylva", "hamid", "siri", "elin", "system"]), name=something, pick=picks)
    def the_same_twice_at_once(self, who: str, name: str, pick: int) -> None:
        self._at_once([(who, DEEDS[name], pick)] * 2)

    @rule(minutes=spans)
    def time_goes_by(self, minutes: int) -> None:
        """The clock moves, and the system does what is due; each of its jobs runs twice."""
        self.world.now += timedelta(minutes=minutes)
        for name in SYSTEMS:
            self._at_once([(SYSTEM, DEEDS[name], 0)] * 2)

    @rule(who=st.sampled_from(["ylva", "hamid", "siri"]), on=st.booleans())
    def a_shift_begins_or_ends(self, who: str, on: bool) -> None:
        self.world.now += timedelta(seconds=1)
        with clock.at(self.world.now):
            self._run(shift(self.world, who, on))
            self._run(balance(self.world))
        self._look()

    @precondition(lambda self: self._is_told())
    @rule(errand=st.booleans(), priority=st.integers(1, 5))
    def another_case(self, errand: bool, priority: int) -> None:
        self._look()
        with clock.at(self.world.now):
            self._run(self.world.begin(errand=errand, priority=priority))
        self._look()

    def _is_told(self) -> bool:
        """Whether the case is over, or has gone on for long after the visit."""
        case = self._run(self.world.seen()).case
        return case.phase in OVER or (case.phase is After.FOLLOW_UP and case.last_n > 14)

    def _sensible(self, place: int) -> tuple[str, str]:
        """Of what one does, what has been tried least in this walk: so that a walk comes by everything."""
        found = sensible(self.world, self._run(self.world.seen()).case)
        fewest = min(self.tried[name] for _, name in found)
        rare = [one for one in found if self.tried[one[1]] == fewest]
        return rare[place % len(rare)]

    def _one(self, who: str, deed: Deed, pick: int) -> None:
        """One step by one actor: allowed as the tables say, and a refusal leaves nothing."""
        world = self.world
        world.now += timedelta(seconds=1)
        with clock.at(world.now):
            before = self._run(world.seen())
            refusal = self._run(foreseen(world, who, deed.verb)) if deed.verb else None
            told = self._run(self._tried(who, deed, pick))
        after = self._look()
        self._count(deed, told)
        if isinstance(told, Refusal | Repeated) or refusal is not None:
            assert _same(before, after), f"{who} was refused {deed.name} ({told!r}) and something changed"
        if refusal is None and deed.verb is not None and deed.name not in _ASKS_MORE:
            assert not isinstance(told, Forbidden | NotFound), f"{who} may {deed.name}, and is told {told!r}"
        if who in OUTSIDERS:
            assert not isinstance(told, int), f"{who} has done {deed.name}"
            # A job finds no case and goes home.
            assert told is None or isinstance(told, Refusal), f"{who} is told {told!r}"
            assert told is None or told.status in (404, 422, 409) or told.code == "other_hands", (
                f"{who} is told that there is a case: {told!r}"
            )

    def _at_once(self, chosen: list[tuple[str, Deed, int]]) -> None:
        world = self.world
        world.now += timedelta(seconds=1)

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*(self._tried(who, deed, pick) for who, deed, pick in chosen))

        with clock.at(world.now):
            told = self._run(all_of_them())
        self._look()
        for (_, deed, _), one in zip(chosen, told, strict=True):
            self._count(deed, one)

    async def _tried(self, who: str, deed: Deed, pick: int) -> Any:
        """What came of it: what the verb answered, or the refusal. Anything else that is raised is a fault."""
        try:
            return await deed.do(self.world, self.world.actor(who), pick)
        except (Refusal, Repeated) as refusal:
            return refusal
        except AttributeError as fault:
            # Hands that the verb's type does not know get no further than that; what must hold holds all the same.
            if who in STAFF or "staff_id" not in str(fault):
                raise
            return Forbidden("The verb is not for such hands.", code="other_hands")

    def _look(self) -> Seen:
        seen = self._run(self.world.seen())
        check(seen)
        self._run(check_walls(self.world, seen))
        return seen

    def _count(self, deed: Deed, told: Any) -> None:
        self.tried[deed.name] += 1
        if not isinstance(told, Refusal | Repeated) and (told is not None or deed.verb is None):
            self.counted[deed.name] += 1


# Verbs that ask more than the policy can see: who of several guests, whose draft, which of two requests.
_ASKS_MORE = frozenset(
    {"leave", "join", "accept_handover", "decline_handover", "withdraw_handover", "sign_note", "answer_form"}
)


def _same(before: Seen, after: Seen) -> bool:
    """Nothing of the case has changed: no row, no guest, no place in the log for anything done."""
    return (before.case, before.rows, before.keys, before.guests) == (
        after.case,
        after.rows,
        after.keys,
        after.guests,
    )


@pytest.fixture
def walk(database_url: str) -> Iterator[type[Walk]]:
    with own(Walk, database_url) as mine:
        yield mine


@pytest.mark.slow
# Half a minute on a quiet machine; a busy one takes its time.
@pytest.mark.timeout(0 if IS_LONG else 600)
def test_every_verb_by_everybody_leaves_every_case_whole(walk: type[Walk]) -> None:
    how = settings_of(walks=WALKS, steps=STEPS, is_long=IS_LONG, shrinks=IS_LONG)
    for first in LONGER:
        for priority, pick in ((2, 0), (4, 1)):
            story = walk()
            story.begins(errand=False, priority=priority, first=first, pick=pick)
            # Read by whoever sees the case, in every walk: nobody is told to.
            story._one("ylva", DEEDS["read_talk"], 0)
    run_state_machine_as_test(walk, settings=how)
    never = set(DEEDS) - set(walk.counted)
    assert never <= _RARE, f"no walk has come by {sorted(never)}: {dict(walk.counted)}"


# Done by nobody in a short run: they need days to pass in one order.
_RARE: frozenset[str] = frozenset()
