"""The list a patient chooses from: every complaint once, what fits nobody else's last, also after a search."""

import pytest

from vardlots.forms.faults import ContentError
from vardlots.triage import content
from vardlots.triage.catalogue import search
from vardlots.triage.grouping import Group, read_groups, sections, with_last


def _codes(found: object) -> list[str]:
    return [one.code for section in found for one in section.complaints]  # type: ignore[attr-defined]


def test_every_complaint_stands_once_and_something_else_last() -> None:
    offered = content.protocols().complaints()
    found = sections(offered, content.groups())
    assert sorted(_codes(found)) == sorted(one.code for one in offered)
    assert _codes(found)[-1] == "something_else"
    assert all(section.label for section in found), "a complaint stands under no heading"


def test_what_no_group_names_stands_before_the_last() -> None:
    offered = content.protocols().complaints()
    some = (Group({"sv": "Hals", "en": "Throat"}, ("sore_throat",)), *(g for g in content.groups() if g.last))
    found = sections(offered, some)
    assert [section.label and section.label["sv"] for section in found][:2] == ["Hals", None]
    assert len(found) == 3
    assert _codes(found)[-1] == "something_else"


def test_whom_a_search_has_found_nothing_for_sees_something_else_first() -> None:
    found = sections(content.protocols().complaints(), content.groups(), last_first=True)
    assert _codes(found)[0] == "something_else"


def test_what_a_search_finds_is_followed_by_something_else_once() -> None:
    offered = content.protocols().complaints()
    for text in ("halsont", "feber", "yrsel"):
        hits = [match.complaint for match in search(offered, text)]
        found = [one.code for one in with_last(hits, offered, content.groups())]
        assert found[-1] == "something_else"
        assert found.count("something_else") == 1


@pytest.mark.parametrize("written", ["feber", "fever", "feberr", "fäber", "febre"])
def test_an_adult_who_searches_for_fever_finds_something(written: str) -> None:
    lang = "en" if written == "fever" else "sv"
    adults = [one for one in content.protocols().complaints() if one.protocol.max_age > 60]
    assert search(adults, written, lang)


@pytest.mark.parametrize("codes", ['["sore_throat", "sore_throat"]', '["no_such"]'])
def test_a_heading_with_a_code_twice_or_unknown_is_refused(codes: str) -> None:
    source = f'version = 1\n[[groups]]\nlabel = {{ sv = "A", en = "A" }}\ncomplaints = {codes}\n'
    with pytest.raises(ContentError):
        read_groups(source.encode(), "groups.toml", ["sore_throat"])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("oga", "eye"),
        ("öga", "eye"),
        ("hufvudvärk", "headache"),
        ("halsnot", "sore_throat"),
        ("hlsont", "sore_throat"),
    ],
)
def test_slips_and_keyboards_without_dots_find_it_first(written: str, code: str) -> None:
    found = search(content.protocols().complaints(), written)
    assert found
    assert found[0].complaint.code == code


def test_nonsense_finds_nothing() -> None:
    for text in ("xyzzy", "qwert", "bil", "skatteverket"):
        assert not search(content.protocols().complaints(), text)
