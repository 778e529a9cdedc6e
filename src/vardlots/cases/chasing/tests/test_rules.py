"""In whatever order the patient, staff and the system act, and however late the worker is: nobody is given up with
fewer than two attempts, or before two hours from the warning have passed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.cases.chasing.rules import (
    ANSWER_WITHIN,
    LEAST_ATTEMPTS,
    Due,
    Step,
    attempts,
    due,
    first_step,
    is_telephoned,
)
from vardlots.cases.fold import fold
from vardlots.cases.model import Audience, Case, Entry, Kind, Phase

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REST = timedelta(minutes=30)
DEEDS = (
    *("patient", "welcome", "stop", "called", "no_answer"),
    *("staff", "staff", "chase", "chase", "chase", "system", "system", "system", "system"),
)
# Between one deed and the next: close to each limit on both sides, and a clock that is set back.
MINUTES = (-20, 0, 1, 10, 29, 30, 31, 60, 89, 90, 119, 120, 121, 300)


def case(priority: int = 4, **changed: Any) -> Case:
    """A visit that goes on."""
    made = Case(
        provider_id=1,
        case_id=42,
        person_id=100,
        actor_person_id=100,
        unit_id=10,
        role="nurse",
        interview_id=1,
        reason="cough_cold",
        fact="",
        phase=Phase.ONGOING,
        priority=priority,
        triage_priority=priority,
        owner_staff_id=7,
        arrived_at=BEGAN,
        accepted_at=BEGAN,
        started_at=BEGAN,
        ended_at=None,
        writable_until=None,
        inbox_at=None,
        changed_at=BEGAN,
        last_n=3,
        patient_read_n=0,
        staff_read_n=0,
        patient_last_n=1,
        staff_last_n=0,
        notice_state="none",
    )
    return msgspec.structs.replace(made, **changed)


class Visit:
    """A visit as the verbs would lead it: every decision is `rules.py`'s, the state is the timeline's."""

    def __init__(self, priority: int) -> None:
        self.case = case(priority)
        self.now = BEGAN
        self.rows: list[Entry] = []
        for kind, body in ((Kind.OPENED, {"priority": priority}), (Kind.ACCEPTED, {}), (Kind.STARTED, {})):
            self.row(kind, "patient" if kind is Kind.OPENED else "staff", body)

    def row(self, kind: Kind, who: str, body: dict[str, Any], chase_at: datetime | None = None) -> None:
        self.rows.append(
            Entry(
                provider_id=1,
                case_id=42,
                n=len(self.rows) + 1,
                at=self.now,
                kind=kind,
                audience=Audience.PATIENT,
                author_kind=who,
                author_id=7,
                author_name="",
                body=body,
            )
        )
        told = fold(self.rows)
        kept = self.case.chase_at if told.chase == self.case.chase else None
        self.case = msgspec.structs.replace(
            self.case, phase=told.phase, chase=told.chase, chase_at=chase_at or (kept if told.chase else None)
        )

    def chase(self, step: Step) -> None:
        until = self.now + ANSWER_WITHIN if step is Step.WARNED else None
        body = {"step": step.value, "until": until.isoformat() if until else None}
        self.row(Kind.CHASED, "system", body, until or self.now + REST)

    def do(self, deed: str) -> None:
        match deed:
            case "patient":
                self.row(Kind.MESSAGE, "patient", {"text": "Här"})
            case "staff":
                self.row(Kind.MESSAGE, "staff", {"text": "Hur länge?"})
            case "welcome":
                self.row(Kind.MESSAGE, "staff", {"text": "Hej", "automatic": True})
            case "chase" if self.case.chase is None:
                self.chase(first_step(attempts(self.rows)))
            case "stop" if self.case.chase is not None:
                self.row(Kind.CHASE_STOPPED, "staff", {"step": self.case.chase})
            case "called" | "no_answer" if self.case.chase == Step.CALL:
                self.row(Kind.CALLED, "staff", {"outcome": "reached" if deed == "called" else "not_reached"})
            case "system":
                self.system()

    def system(self) -> None:
        match due(self.case, self.now):
            case Due.WARN:
                self.chase(Step.WARNED)
            case Due.CALL:
                self.row(Kind.CALL_NEEDED, "system", {})
            case Due.GIVE_UP:
                self.give_up()

    def give_up(self) -> None:
        warning = next(row for row in reversed(self.rows) if row.kind is Kind.CHASED)
        assert warning.body["step"] == Step.WARNED
        assert self.now - warning.at >= ANSWER_WITHIN
        assert self.now >= datetime.fromisoformat(warning.body["until"])
        heard = max(row.n for row in self.rows if row.author_kind == "patient")
        assert warning.n > heard
        assert attempts(self.rows) >= LEAST_ATTEMPTS
        assert not is_telephoned(self.case)
        self.row(Kind.ENDED, "system", {"days": 0, "until": None, "no_reply": True})


@settings(max_examples=800, deadline=None)
@given(
    priority=st.integers(1, 12),
    deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(MINUTES)), max_size=30),
)
def test_nobody_is_given_up_too_soon_whatever_the_order(priority: int, deeds: list[tuple[str, int]]) -> None:
    visit = Visit(priority)
    for deed, minutes in deeds:
        if visit.case.phase is not Phase.ONGOING:
            break
        # Also a clock that is set back.
        visit.now += timedelta(minutes=minutes)
        visit.do(deed)
        waits = visit.case.chase in (Step.REMINDED, Step.WARNED)
        assert waits == (visit.case.chase_at is not None)


def test_a_visit_can_be_given_up_at_all() -> None:
    visit = Visit(4)
    visit.do("chase")
    for _ in range(2):
        visit.now += timedelta(hours=3)
        visit.do("system")
    assert visit.case.phase is Phase.CLOSED


@pytest.mark.parametrize("priority", range(1, 13))
@pytest.mark.parametrize("seconds", [-1, 0, 1])
@pytest.mark.parametrize("step", [None, *Step])
def test_what_is_due_at_the_second(step: Step | None, seconds: int, priority: int) -> None:
    at = BEGAN if step in (Step.REMINDED, Step.WARNED) else None
    found = due(case(priority, chase=step, chase_at=at), BEGAN + timedelta(seconds=seconds))
    if at is None or seconds < 0:
        assert found is None
    elif step is Step.REMINDED:
        assert found is Due.WARN
    else:
        assert found is (Due.CALL if priority in (1, 2) else Due.GIVE_UP)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.ONGOING])
def test_nothing_is_due_outside_a_visit(phase: Phase) -> None:
    assert due(case(phase=phase, chase="warned", chase_at=BEGAN), BEGAN) is None


def test_nothing_is_due_in_a_visit_that_is_paused() -> None:
    paused = case(chase="warned", chase_at=BEGAN, paused_until=BEGAN + timedelta(days=1))
    assert due(paused, BEGAN + timedelta(days=2)) is None


@pytest.mark.parametrize(
    ("deeds", "count"),
    [
        ([], 0),
        (["welcome"], 0),
        (["staff"], 1),
        (["staff", "staff"], 2),
        (["staff", "patient"], 0),
        (["patient", "staff"], 1),
        (["chase"], 1),
        (["staff", "chase"], 2),
        (["staff", "chase", "stop"], 2),
    ],
)
def test_what_counts_as_an_attempt(deeds: list[str], count: int) -> None:
    visit = Visit(4)
    for deed in deeds:
        visit.do(deed)
    assert attempts(visit.rows) == count
    assert first_step(count) is (Step.WARNED if count else Step.REMINDED)
