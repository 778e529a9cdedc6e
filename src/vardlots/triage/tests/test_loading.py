"""Every check of a protocol file finds its fault, and says where."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vardlots.forms.faults import ContentError
from vardlots.triage.catalogue import load_protocols, search
from vardlots.triage.model import Subject
from vardlots.triage.rules import rules_that_hold
from vardlots.triage.tests.helpers import ADULT, CONTENT, TUVA, catalogue

SMALL = """
code = "cut"
version = 1
common = 1
status = "not clinically approved, demonstration"
author = "Test"
reviewed = 2026-11-21
review_by = 2027-11-21
title = { sv = "Skärsår", en = "Cut" }
search_words = { sv = ["skurit"], en = ["cut"] }
applies = { min_age = 1, otherwise = { sv = "Ring 1177.", en = "Call 1177." } }
sources = [{ id = "S", title = "Source" }]

[[questions]]
id = "depth"
type = "choice"
label = { sv = "Djup", en = "Depth" }
text = { sv = "Hur djupt?", en = "How deep?" }
[[questions.options]]
code = "shallow"
severity = 0
text = { sv = "Ytligt", en = "Shallow" }
history = { sv = "ytligt", en = "shallow" }
[[questions.options]]
code = "deep"
severity = 1
text = { sv = "Djupt", en = "Deep" }
history = { sv = "djupt", en = "deep" }

[[questions]]
id = "hours"
type = "integer"
min = 0
max = 99
worse = "higher"
show_if = "depth is deep"
label = { sv = "Tid", en = "Time" }
text = { sv = "Hur många timmar?", en = "How many hours?" }

[[rules]]
id = "S2"
when = "depth is deep and hours >= 6"
priority = 2
level = "physical"
role = "nurse"
sources = ["S"]
because = { sv = "Djupt och gammalt.", en = "Deep and old." }

[[rules]]
id = "S0"
priority = 4
level = "digital"
role = "nurse"
sources = ["S"]
because = { sv = "Inget brådskande.", en = "Nothing urgent." }

[[rules]]
id = "S9"
when = "depth is shallow"
priority = 5
level = "digital"
role = "nurse"
sources = ["S"]
because = { sv = "Ytligt.", en = "Shallow." }

[outcomes.all]
call_112_if = { sv = "om det inte slutar.", en = "if it does not stop." }
"""

S2 = 'when = "depth is deep and hours >= 6"'


def folder(tmp_path: Path, protocol: str, name: str = "cut/v1.toml") -> Path:
    """A content folder with the real common parts and one protocol of this text."""
    shutil.copytree(CONTENT / "triage" / "common", tmp_path / "common")
    shutil.copy(CONTENT / "triage" / "danger_words.toml", tmp_path)
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(protocol, encoding="utf-8")
    return tmp_path


def faults(tmp_path: Path, protocol: str, name: str = "cut/v1.toml") -> list[str]:
    """The faults that loading finds, as sentences."""
    with pytest.raises(ContentError) as caught:
        load_protocols(folder(tmp_path, protocol, name))
    return [str(fault) for fault in caught.value.faults]


def test_the_small_protocol_is_whole(tmp_path: Path) -> None:
    assert load_protocols(folder(tmp_path, SMALL)).protocol("cut").version == 1


BROKEN: dict[str, tuple[Callable[[str], str], str, str]] = {
    "not toml": (lambda s: s + "\n= 1", "", "cannot be read"),
    "unknown field": (lambda s: s.replace('author = "Test"', 'autor = "Test"'), "", "autor"),
    "missing field": (lambda s: s.replace('author = "Test"\n', ""), "", "author"),
    "no mark": (lambda s: s.replace("not clinically approved, demonstration", "approved"), "status", "must read"),
    "review before reviewed": (lambda s: s.replace("2027-11-21", "2025-11-21"), "review_by", "later"),
    "a number of the providers'": (lambda s: s.replace("version = 1", "version = 1000", 1), "version", "providers"),
    "no search words": (lambda s: s.replace('en = ["cut"]', "en = []"), "search_words", "“en”"),
    "no such common": (lambda s: s.replace("common = 1", "common = 7"), "common", "common/v7.toml"),
    "translation of a question": (
        lambda s: s.replace('"Hur djupt?", en = "How deep?"', '"Hur djupt?"'), "depth", "“en” is missing",
    ),
    "translation of an option": (
        lambda s: s.replace('text = { sv = "Ytligt", en', 'text = { sv = "", en'), "depth.shallow", "“sv” is missing",
    ),
    "translation of a rule": (
        lambda s: s.replace('"Ytligt.", en = "Shallow."', '"Ytligt."'), "S9", "“en” is missing",
    ),
    "word that stands for nothing": (
        lambda s: s.replace("Hur djupt?", "Hur djupt är {sitt} sår?"), "depth", "“{sitt}”",
    ),
    "id twice": (lambda s: s.replace('id = "hours"', 'id = "depth"'), "depth", "stands twice"),
    "option twice": (lambda s: s.replace('code = "deep"', 'code = "shallow"'), "depth", "“shallow” stands twice"),
    "choice without options": (lambda s: s.replace('type = "integer"', 'type = "choice"'), "hours", "needs options"),
    "min above max": (lambda s: s.replace("min = 0", "min = 100"), "hours", "leave no answer"),
    "says nothing in the history": (
        lambda s: s.replace('history = { sv = "ytligt", en = "shallow" }\n', ""), "depth.shallow", "says nothing",
    ),
    "picture that is not there": (
        lambda s: s.replace('code = "deep"', 'code = "deep"\npicture = "cut"'), "depth.deep", "“cut” is not there",
    ),
    "phrase of what is no number": (
        lambda s: s.replace('id = "hours"', 'id = "hours"\nhistory_of.few = { sv = "få", en = "few" }'),
        "hours", "whole numbers",
    ),
    "phrase of a number without its translation": (
        lambda s: s.replace('id = "hours"', 'id = "hours"\nhistory_of.1 = { sv = "1 timme" }'),
        "hours", "“en” is missing",
    ),
    "unknown question": (lambda s: s.replace(S2, 'when = "size is deep"'), "S2", "no question “size”"),
    "unknown option": (lambda s: s.replace(S2, 'when = "depth is big"'), "S2", "no answer “big”"),
    "condition that cannot be read": (lambda s: s.replace(S2, 'when = "depth is"'), "S2", "at the end"),
    "no such thing as not": (lambda s: s.replace(S2, 'when = "not depth is deep"'), "S2", "“not”"),
    "unknown source": (lambda s: s.replace('["S"]\nbecause = { sv = "Djupt', '["X"]\nbecause = { sv = "Djupt'),
                       "S2", "source “X”"),
    "no source": (lambda s: s.replace('["S"]\nbecause = { sv = "Djupt', '[]\nbecause = { sv = "Djupt'),
                  "S2", "names no source"),
    "unknown role": (lambda s: s.replace('role = "nurse"', 'role = "surgeon"'), "S0", "role “surgeon”"),
    "rule id twice": (lambda s: s.replace('id = "S9"', 'id = "S2"'), "S2", "two rules"),
    "priority outside": (lambda s: s.replace("priority = 2", "priority = 7"), "S2", "booking = 6–11"),
    "booking beside an urgent rule": (lambda s: s.replace("priority = 2", "priority = 2\nbooking = 8"),
                                      "S2", "booking is 6–11"),
    "emergency without priority 1": (lambda s: s.replace('"physical"', '"emergency"'), "S2", "belong together"),
    "emergency without words": (
        lambda s: s.replace('priority = 2\nlevel = "physical"', 'priority = 1\nlevel = "emergency"'), "S2", "a finding",
    ),
    "not said when to call 112": (
        lambda s: s[: s.index("[outcomes.all]")] + "[outcomes]\n", "S0", "when to call 112",
    ),
    "unreachable question": (
        lambda s: s.replace('"depth is deep"\nlabel', '"depth is deep and age > 130"\nlabel'),
        "hours", "no answers lead",
    ),
    "shown only by itself": (
        lambda s: s.replace('"depth is deep"\nlabel', '"hours > 3"\nlabel'), "hours", "answered itself",
    ),
    "deep show_if": (
        lambda s: s.replace('"depth is deep"\nlabel', '"depth is deep and (age > 3 or child is yes)"\nlabel'),
        "hours", "without parentheses",
    ),
    "rule that can never hold": (
        lambda s: s.replace(S2, 'when = "depth is deep and hours > 99"'), "S2", "can never hold",
    ),
    "rule on a question never asked with it": (
        lambda s: s.replace(S2, 'when = "depth is shallow and hours >= 6"'), "S2", "can never hold",
    ),
    "answers that lead to no outcome": (
        lambda s: s.replace('id = "S0"', 'id = "S0"\nwhen = "depth is deep"'), "rules", "no outcome",
    ),
    "two baselines": (
        lambda s: s.replace('id = "S9"\nwhen = "depth is shallow"', 'id = "S9"'), "rules", "more than one",
    ),
    "priority falls when worse": (
        lambda s: s.replace(S2, 'when = "depth is shallow"'), "S2", "priority falls when the answer to “depth”",
    ),
    "priority falls when a number is worse": (
        lambda s: s.replace(S2, 'when = "hours < 6"'), "S2", "priority falls when the answer to “hours”",
    ),
    "reassured by something grave": (
        lambda s: s.replace('"depth is shallow"', '"depth is deep"'), "S9", "goes on holding",
    ),
    "reassured by what is not always asked": (
        lambda s: s.replace('"depth is shallow"', '"hours < 3"'), "S9", "not always asked",
    ),
    "hidden when worse": (
        lambda s: s.replace('"depth is deep"\nlabel', '"depth is shallow"\nlabel'), "hours", "is hidden when",
    ),
    "rests on an unranked answer": (
        lambda s: s.replace("severity = 0\n", "").replace("severity = 1\n", ""), "S2", "neither what is worse",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_refused_with_a_sentence(kind: str, tmp_path: Path) -> None:
    broken, id, sentence = BROKEN[kind]
    text = broken(SMALL)
    assert text != SMALL
    found = faults(tmp_path, text)
    assert any(sentence in fault and fault.startswith(f"cut/v1.toml: {id}") for fault in found), found


def test_of_two_reassurances_the_greater_decides(tmp_path: Path) -> None:
    """Otherwise a worse answer that takes the lesser away would lower the priority."""
    booked = SMALL[SMALL.index('[[rules]]\nid = "S9"') : SMALL.index("[outcomes.all]")]
    booked = booked.replace('"S9"', '"S8"').replace("priority = 5", "priority = 4\nbooking = 8")
    protocol = load_protocols(
        folder(tmp_path, SMALL.replace("[outcomes.all]", booked + "[outcomes.all]"))
    ).protocol("cut")
    assert [rule.id for rule in rules_that_hold(protocol, {"depth": ["shallow"]})] == ["S9", "S8"]
    assert [rule.id for rule in rules_that_hold(protocol, {})] == ["S0"]


def test_a_file_in_the_wrong_place_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, SMALL, "wound/v1.toml") == [
        "wound/v1.toml: cut: by its code and version it belongs in cut/v1.toml."
    ]


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    content = folder(tmp_path, SMALL.replace("common = 1", "common = 9"))
    (content / "cut" / "v2.toml").write_text("code = 3")
    (content / "danger_words.toml").unlink()
    with pytest.raises(ContentError) as caught:
        load_protocols(content)
    assert {fault.file for fault in caught.value.faults} == {
        "cut/v1.toml",
        "cut/v2.toml",
        "danger_words.toml",
    }


def test_an_old_version_stays_beside_the_new(tmp_path: Path) -> None:
    content = folder(tmp_path, SMALL)
    (content / "cut" / "v2.toml").write_text(
        SMALL.replace("version = 1", "version = 2").replace("hours >= 6", "hours >= 3")
    )
    found = load_protocols(content)
    assert found.protocol("cut").version == 2
    assert "depth is deep and hours >= 6" in {rule.source for rule in found.protocol("cut", 1).rules}
    with pytest.raises(LookupError):
        found.protocol("cut", 3)


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("halsont", "sv", "sore_throat"),
        ("Ont i halsen", "sv", "sore_throat"),
        ("hallsont", "sv", "sore_throat"),
        ("halsflu", "sv", "sore_throat"),
        ("tryck över bröstet", "sv", "chest_pain"),
        ("axel", "sv", "shoulder_pain"),
        ("frozen shoulder", "en", "shoulder_pain"),
        ("hart attack", "en", "chest_pain"),
    ],
)
def test_a_search_finds_the_complaint(text: str, lang: str, expected: str) -> None:
    assert search(catalogue().complaints(), text, lang)[0].complaint.code == expected


def test_a_search_without_words_shows_all_and_with_nonsense_none() -> None:
    complaints = catalogue().complaints()
    assert len(search(complaints, "", "sv")) == len(complaints)
    assert search(complaints, "xyzzy", "sv") == ()


def test_a_search_for_a_child_leaves_out_what_is_for_adults() -> None:
    complaints = catalogue().complaints()
    found = {match.complaint.code for match in search(complaints, "", "sv", TUVA)}
    assert "sore_throat" in found
    assert not found & {"chest_pain", "shoulder_pain"}
    assert "chest_pain" in {match.complaint.code for match in search(complaints, "", "sv", ADULT)}
    assert search(complaints, "", "sv", Subject(0, 5)) == ()
