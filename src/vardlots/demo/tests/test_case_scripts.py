"""The scripted cases hold together, and a mistake in one is named."""

import re
from collections import Counter
from pathlib import Path

import pytest

from vardlots.demo.answers import answers_for
from vardlots.demo.case_scripts import NEEDS, CaseScript, load_cases
from vardlots.demo.illustrations import NAMES
from vardlots.demo.people import BadDemoContent, DemoRegion, load_region
from vardlots.notes.codes import CodeIndex
from vardlots.people.identity import age_years
from vardlots.platform import clock
from vardlots.triage import interview as engine
from vardlots.triage.catalogue import load_protocols
from vardlots.triage.model import Subject

DEMO = Path(__file__).parents[4] / "content" / "demo"
LABELS = DEMO.parent / "codes" / "primary_care_sv.toml"


@pytest.fixture(scope="module")
def region() -> DemoRegion:
    return load_region(DEMO)


@pytest.fixture(scope="module")
def scripts(region: DemoRegion) -> tuple[CaseScript, ...]:
    return load_cases(DEMO, region)


def test_every_state_protocol_and_drop_in_provider_is_shown(
    region: DemoRegion, scripts: tuple[CaseScript, ...]
) -> None:
    assert len(scripts) >= 60
    assert len({script.id for script in scripts}) == len(scripts)
    assert {script.ends_as for script in scripts} == set(NEEDS)
    assert {script.protocol for script in scripts} == {"chest_pain", "sore_throat", "shoulder_pain"}
    assert {script.aim for script in scripts} == {1, 2, 3, 4, 5}
    provider_of = {unit.id: unit.provider for unit in region.units}
    assert {provider_of[script.unit] for script in scripts} == {provider.id for provider in region.providers}
    assert any(script.reprioritised for script in scripts)
    assert any(script.done_at for script in scripts)
    shown = {one for script in scripts for one in script.pictures}
    shown |= {one for script in scripts for line in script.chat for one in line.pictures}
    assert shown == set(NAMES)


def test_every_script_reaches_its_aim(region: DemoRegion, scripts: tuple[CaseScript, ...]) -> None:
    """With the protocols as they are now: whoever changes one is told which script no longer gets there."""
    known = load_protocols(DEMO.parent / "triage")
    persons = {person.id: person for person in region.persons}
    missed = []
    for script in scripts:
        person = persons[script.person]
        years = age_years(person.birth_date, clock.today())
        subject = Subject(years, sex=person.sex, is_child_of_actor=script.acting is not None)
        interview = engine.start(known.protocol(script.protocol), subject)
        for link_id, raw in answers_for(script, subject, known):
            interview = engine.answer(interview, link_id, raw)
        if engine.outcome(interview).priority != script.aim:
            missed.append(script.id)
    assert missed == []


def test_the_oldest_comes_first(scripts: tuple[CaseScript, ...]) -> None:
    ages = [script.minutes_ago for script in scripts]
    assert ages == sorted(ages, reverse=True)


def test_nobody_has_two_cases_under_way(scripts: tuple[CaseScript, ...]) -> None:
    under_way = Counter(
        script.person for script in scripts if script.ends_as in ("queued", "accepted", "ongoing")
    )
    assert set(under_way.values()) == {1}


def test_who_seeks_care_can_be_told_but_for_the_one_without_a_number(
    region: DemoRegion, scripts: tuple[CaseScript, ...]
) -> None:
    mobiles = {person.id: person.mobile for person in region.persons}
    unreachable = {script.actor for script in scripts if mobiles[script.actor] is None}
    assert "selam-tesfamichael" in unreachable
    assert len(unreachable) <= 3


def test_every_diagnosis_can_be_found(scripts: tuple[CaseScript, ...]) -> None:
    index = CodeIndex.load(None, LABELS)
    for script in scripts:
        for code in (script.note.diagnosis, *script.note.secondary) if script.note else ():
            assert index.get(code) is not None, f"{script.id}: {code}"


@pytest.mark.parametrize(
    ("case", "old", "new", "message"),
    [
        ("tuva-hals", 'acting = "elin-sjoqvarn"\n', "", "a guardian acts for those under 13"),
        ("alve-hals", 'acting = "jenny-rodberga"', 'acting = "stefan-krakmo"', "not a guardian who may act"),
        ("tuva-hals", 'staff = "ylva-tallvik"', 'staff = "mehmet-adal"', "no member of staff at angsviken"),
        ("tuva-hals", "started_at = 13\n", "", "ongoing and started_at"),
        (
            "rune-brost-nu",
            "minutes_ago = 3\n",
            "minutes_ago = 3\ncancelled_at = 1\n",
            "queued and cancelled_at",
        ),
        ("tuva-hals", "at = 15,", "at = 18,", "not in order"),
        ("tuva-hals", "minutes_ago = 24", "minutes_ago = 18", "later than now"),
        ("fredrik-hals", "follow_up_days = 3", "follow_up_days = 2", "after the phase is over"),
        ("fredrik-hals", "at = 4130", "at = 40", "async means"),
        ("isa-hals", "follow_up_days = 3", "follow_up_days = 0", "do not go together"),
        ("isa-hals", 'unit = "angsviken"', 'unit = "1177-telefon"', "no drop-in unit"),
        ("rune-brost-nu", 'person = "rune-kullvik"', 'person = "ove-skymning"', "protected identity"),
        ("rune-brost-nu", "aim = 1", "aim = 6", "rune-brost-nu"),
        ("milo-hals", "temperature = 39.3\n", "", "there is none"),
        ("rune-brost-nu", "minutes_ago = 3\n", 'minutes_ago = 3\npictures = ["rash"]\n', "sent to 112"),
        ("milo-hals", '"thermometer"', '"the_sea"', "milo-hals"),
        ("ruben-brost", "reprioritised = { at = 25", "reprioritised = { at = 5", "before the case is taken"),
    ],
)
def test_a_mistake_in_a_script_is_named(
    region: DemoRegion, tmp_path: Path, case: str, old: str, new: str, message: str
) -> None:
    before, found, after = (DEMO / "cases.toml").read_text(encoding="utf-8").partition(f'id = "{case}"\n')
    assert found
    assert old in after
    (tmp_path / "cases.toml").write_text(before + found + after.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadDemoContent, match=re.escape(message)):
        load_cases(tmp_path, region)
