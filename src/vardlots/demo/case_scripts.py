"""The scripted cases of `content/demo/cases.toml`: read, checked against the region, typed.

Times are minutes: `minutes_ago` before now, everything else after the case came in. Whoever plays a script does
it through the product's own actions, so it can never show a state that cannot occur.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from vardlots.demo.form_scripts import FormScript
from vardlots.demo.illustrations import Illustration
from vardlots.demo.people import BadDemoContent, DemoRegion, known, read_table, rows
from vardlots.people.identity import age_years

Minutes = Annotated[int, msgspec.Meta(ge=0)]
Outcome = Literal["queued", "accepted", "ongoing", "ended", "async", "closed", "cancelled"]


class _Read(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of a demo file: a field that is misspelt is refused, not overlooked."""


class Line(_Read, frozen=True, kw_only=True):
    """One message, `at` minutes after the case came in, with its pictures."""

    at: Minutes
    by: Literal["patient", "staff"]
    say: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    pictures: tuple[Illustration, ...] = ()


class Reprioritised(_Read, frozen=True, kw_only=True):
    """A change of priority by the one who took the case."""

    at: Minutes
    to: Annotated[int, msgspec.Meta(ge=1, le=12)]
    reason: str


class Note(_Read, frozen=True, kw_only=True):
    """The note, signed when the case has ended. `diagnosis` and `secondary` are ICD-10 codes."""

    history: str
    status: str
    assessment: str
    diagnosis: str
    secondary: tuple[str, ...] = ()


class CaseScript(_Read, frozen=True, kw_only=True):
    """One case: who seeks care for whom, what they answer, and how far it goes.

    `acting` is the guardian, None when the person acts. `aim` is the priority that the answers shall give; `like`
    names the written case whose answers are given, None for any that leads there. `temperature` in degrees Celsius.
    `interpreter` is a language of the questions before the queue. `follow_up_days` 0 closes at once;
    `agreed` is what the patient reads of what was decided.
    """

    id: str
    person: str
    acting: str | None = None
    unit: str
    protocol: Literal["chest_pain", "sore_throat", "shoulder_pain"]
    aim: Annotated[int, msgspec.Meta(ge=1, le=5)]
    like: str | None = None
    words: str
    interpreter: str | None = None
    since_days: Minutes
    temperature: float | None = None
    pictures: tuple[Illustration, ...] = ()
    minutes_ago: Minutes
    ends_as: Outcome
    staff: str | None = None
    accepted_at: Minutes | None = None
    started_at: Minutes | None = None
    reprioritised: Reprioritised | None = None
    chat: tuple[Line, ...] = ()
    forms: tuple[FormScript, ...] = ()
    ended_at: Minutes | None = None
    follow_up_days: Minutes | None = None
    agreed: str = ""
    cancelled_at: Minutes | None = None
    done_at: Minutes | None = None
    note: Note | None = None

    @property
    def actor(self) -> str:
        """The person who signs in and seeks care."""
        return self.acting or self.person

    @property
    def writes_after(self) -> tuple[Line, ...]:
        """What is written in the asynchronous phase."""
        return tuple(line for line in self.chat if self.ended_at is not None and line.at > self.ended_at)


_TAKEN = ("staff", "accepted_at")
_STARTED = (*_TAKEN, "started_at")
_ENDED = (*_STARTED, "ended_at", "follow_up_days", "note")
NEEDS: dict[Outcome, tuple[str, ...]] = {
    "queued": (),
    "accepted": _TAKEN,
    "ongoing": _STARTED,
    "ended": _ENDED,
    "async": _ENDED,
    "closed": _ENDED,
    "cancelled": ("cancelled_at",),
}
"""Which fields each outcome has; it has no other of them."""

_DAY = 24 * 60


def load_cases(path: Path, region: DemoRegion) -> tuple[CaseScript, ...]:
    """Read `cases.toml` in the folder `path`, oldest case first. Raises BadDemoContent, FileNotFoundError."""
    scripts = rows(read_table(path / "cases.toml"), "cases", CaseScript, path / "cases.toml")
    for script in scripts:
        _check_who(script, region)
        _check_outcome(script)
        _check_times(script)
        _check_pictures(script)
    return tuple(sorted(scripts, key=lambda script: -script.minutes_ago))


def _check_who(script: CaseScript, region: DemoRegion) -> None:
    persons = {person.id: person for person in region.persons}
    known(persons, "person", script.id, script.person, script.actor)
    known({unit.id for unit in region.units if unit.takes_drop_in}, "drop-in unit", script.id, script.unit)
    person = persons[script.person]
    if person.protected or persons[script.actor].protected:
        raise BadDemoContent(f"{script.id}: nobody of protected identity signs in digitally")
    # As young as the person was when the case came in, so that a birthday does not spoil the demo.
    child = age_years(person.birth_date, region.reference_date) < 13
    bonds = {(bond.child, bond.guardian) for bond in region.guardianships if not bond.blocked}
    if child != (script.acting is not None):
        raise BadDemoContent(f"{script.id}: a guardian acts for those under 13, and only for them")
    if script.acting and (script.person, script.acting) not in bonds:
        raise BadDemoContent(f"{script.id}: {script.acting} is not a guardian who may act")
    if script.staff is not None:
        at_unit = {
            one.id for one in region.staff for assignment in one.assignments if assignment.unit == script.unit
        }
        known(at_unit, f"member of staff at {script.unit}", script.id, script.staff)


def _check_outcome(script: CaseScript) -> None:
    needed = NEEDS[script.ends_as]
    for field in (*_ENDED, "cancelled_at"):
        if (getattr(script, field) is not None) != (field in needed):
            raise BadDemoContent(f"{script.id}: {script.ends_as} and {field} do not go together")
    if script.chat and script.started_at is None:
        raise BadDemoContent(f"{script.id}: nothing is written before the visit has started")
    if bool(script.writes_after) != (script.ends_as == "async"):
        raise BadDemoContent(f"{script.id}: async means that something is written after the end")
    if script.done_at is not None and script.ends_as != "async":
        raise BadDemoContent(f"{script.id}: only what came in afterwards can be marked as done")


def _check_times(script: CaseScript) -> None:
    steps = [script.accepted_at, script.started_at, *(line.at for line in script.chat), script.done_at]
    in_order = [at for at in steps if at is not None]
    before_end = [at for at in in_order if script.ended_at is None or at <= script.ended_at]
    every = [*in_order, *(at for at in (script.ended_at, script.cancelled_at) if at is not None)]
    every += [at for form in script.forms for at in (form.at, form.opened_at or form.at)]
    if script.reprioritised is not None:
        every.append(script.reprioritised.at)
        if script.accepted_at is None or script.reprioritised.at < script.accepted_at:
            raise BadDemoContent(f"{script.id}: the priority is changed before the case is taken")
    if in_order != sorted(in_order) or (script.ended_at is not None and before_end[-1:] > [script.ended_at]):
        raise BadDemoContent(f"{script.id}: the times are not in order")
    if any(at > script.minutes_ago for at in every):
        raise BadDemoContent(f"{script.id}: something happens later than now")
    if script.ended_at is not None and script.follow_up_days is not None:
        over = script.ended_at + script.follow_up_days * _DAY
        if any(line.at > over for line in script.writes_after):
            raise BadDemoContent(f"{script.id}: something is written after the phase is over")
        if (script.minutes_ago >= over) != (script.ends_as == "closed"):
            raise BadDemoContent(f"{script.id}: the phase and {script.ends_as} do not go together")


def _check_pictures(script: CaseScript) -> None:
    shown = [*script.pictures, *(picture for line in script.chat for picture in line.pictures)]
    if "thermometer" in shown and script.temperature is None:
        raise BadDemoContent(f"{script.id}: a thermometer shows the temperature, and there is none")
    if script.aim == 1 and (script.pictures or script.interpreter):
        raise BadDemoContent(f"{script.id}: nothing is asked of somebody who is sent to 112")
