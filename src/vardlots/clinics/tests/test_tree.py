"""The resource tree: what is found by what one types, who is on shift, what a choice is written as."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from vardlots.clinics.queries import AtWork, Place
from vardlots.clinics.tree import (
    MOST_PEOPLE,
    Chosen,
    Colleague,
    Node,
    Post,
    Wood,
    count,
    fold,
    grow,
    without_distant_people,
)

NURSE, PHYSICIAN = Post(1, "nurse"), Post(2, "physician")
WOOD = Wood(
    units=[(2, "Strandgatan"), (1, "Ängsviken"), (3, "Digital jour")],
    own_unit_id=1,
    role_names={"nurse": "Sjuksköterska", "physician": "Läkare", "midwife": "Barnmorska"},
    resources=[
        Place(unit_id=1, role="nurse"),
        Place(unit_id=1, role="midwife"),
        Place(unit_id=2, role="physician"),
        Place(unit_id=2, role="physician", resource_id=9, specialty="hud"),
        Place(
            unit_id=3,
            role="nurse",
            resource_id=8,
            name="LOTSVIK DROPIN-VERKSAMHET",
            pooled=True,
            serves=(1, 2),
        ),
    ],
    colleagues=[
        Colleague(10, "Ylva Tallvik", frozenset({NURSE})),
        Colleague(11, "Åke Öman", frozenset({NURSE, Post(3, "nurse")})),
        Colleague(12, "Siri Åbrink", frozenset({PHYSICIAN})),
    ],
    at_work=frozenset({AtWork(11, 1, "nurse"), AtWork(12, 2, "physician")}),
)


def shown(nodes: tuple[Node, ...]) -> dict[str, dict[str, list[str]]]:
    return {u.name: {r.name: [p.name for p in r.children] for r in u.children} for u in nodes}


def test_the_own_unit_is_first_and_open_and_every_role_is_there() -> None:
    tree = grow(WOOD)
    assert [one.name for one in tree] == ["Ängsviken", "Digital jour", "Strandgatan"]
    assert [one.opened for one in tree] == [True, False, False]
    # A3: nobody works as a midwife today; who is on shift comes first.
    assert shown(tree)["Ängsviken"] == {"Barnmorska": [], "Sjuksköterska": ["Åke Öman", "Ylva Tallvik"]}
    assert shown(tree)["Strandgatan"].keys() == {"Läkare", "Läkare, hud"}


def test_who_is_on_shift_is_counted_once_where_they_are() -> None:
    tree = {one.name: one for one in grow(WOOD)}
    assert {name: one.working for name, one in tree.items()} == {
        "Ängsviken": 1,
        "Digital jour": 0,
        "Strandgatan": 1,
    }
    nurses = tree["Ängsviken"].children[1]
    assert [(one.name, one.working) for one in nurses.children] == [("Åke Öman", 1), ("Ylva Tallvik", 0)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ylva", {"Ängsviken": {"Sjuksköterska": ["Ylva Tallvik"]}}),
        (
            "ake oman",
            {
                "Ängsviken": {"Sjuksköterska": ["Åke Öman"]},
                "Digital jour": {"LOTSVIK DROPIN-VERKSAMHET": ["Åke Öman"]},
            },
        ),
        ("ÄNGS barn", {"Ängsviken": {"Barnmorska": []}}),
        ("dropin", {"Digital jour": {"LOTSVIK DROPIN-VERKSAMHET": ["Åke Öman"]}}),
        ("hud", {"Strandgatan": {"Läkare, hud": ["Siri Åbrink"]}}),
        ("strand siri", {"Strandgatan": {"Läkare": ["Siri Åbrink"], "Läkare, hud": ["Siri Åbrink"]}}),
        ("zz", {}),
        ("ylva siri", {}),
    ],
)
def test_what_is_found(typed: str, expected: dict[str, dict[str, list[str]]]) -> None:
    assert shown(grow(WOOD, typed)) == expected


def test_a_short_word_is_looked_for_where_words_begin() -> None:
    assert "Ylva Tallvik" in str(shown(grow(WOOD, "yl")))
    assert shown(grow(WOOD, "lv")) == {}


def test_a_unit_that_was_found_is_closed_and_the_way_to_a_person_is_open() -> None:
    (unit,) = grow(WOOD, "strandgatan")
    assert not unit.opened
    (unit,) = grow(WOOD, "ylva")
    assert unit.opened
    assert unit.children[0].opened


def test_what_was_typed_is_marked_with_its_own_letters() -> None:
    (unit,) = grow(WOOD, "talv") or (None,)
    assert unit is None
    (unit,) = grow(WOOD, "tallv")
    parts = unit.children[0].children[0].label
    assert [(one.text, one.hit) for one in parts] == [("Ylva ", False), ("Tallv", True), ("ik", False)]
    assert count(grow(WOOD, "tallv")) == 1


def test_what_a_choice_is_written_as() -> None:
    tree = {one.name: one for one in grow(WOOD)}
    assert tree["Ängsviken"].value == "1"
    assert tree["Ängsviken"].children[0].value == "1-midwife"
    assert tree["Ängsviken"].children[1].children[1].value == "1-nurse-10"
    assert tree["Digital jour"].children[0].value == "3-nurse-r8"
    assert tree["Digital jour"].children[0].children[0].value == "3-nurse-r8-11"
    assert tree["Digital jour"].children[0].serves == 2


@drawn(
    st.builds(
        Chosen,
        st.integers(0, 10**9),
        st.sampled_from(["nurse", "medical_admin"]),
        st.none() | st.integers(0, 10**9),
        st.none() | st.integers(0, 10**9),
    )
)
def test_a_choice_is_read_as_it_was_written(chosen: Chosen) -> None:
    assert Chosen.read(str(chosen)) == chosen
    assert Chosen.read(str(Chosen(chosen.unit_id))) == Chosen(chosen.unit_id)


@pytest.mark.parametrize(
    "raw", ["", "x", "1-Nurse", "1-nurse-x", "1-nurse-1-1", "-nurse", "1-nurse-r", "1-<b>", "9" * 20]
)
def test_what_is_no_choice(raw: str) -> None:
    assert Chosen.read(raw) is None


@drawn(st.text(max_size=40))
def test_folding_keeps_every_letter_in_its_place(text: str) -> None:
    assert len(fold(text)) == len(text)


@drawn(st.text(alphabet="aåäö sjuk-éÅÄ", max_size=12))
def test_every_node_that_is_shown_lies_on_a_way_that_holds_every_word(typed: str) -> None:
    def ways(nodes: tuple[Node, ...], above: str) -> list[str]:
        return [
            way
            for node in nodes
            for way in (ways(node.children, f"{above} {node.name}") or [f"{above} {node.name}"])
        ]

    for way in ways(grow(WOOD, typed), ""):
        assert all(word in fold(way) for word in fold(typed).split())


def test_in_a_large_region_people_elsewhere_come_when_one_types() -> None:
    many = [Colleague(n, f"Namn {n}", frozenset({Post(2, "physician")})) for n in range(MOST_PEOPLE + 1)]
    tree, fewer = without_distant_people(
        grow(
            Wood(
                **{f: getattr(WOOD, f) for f in WOOD.__struct_fields__}
                | {"colleagues": [*WOOD.colleagues, *many]}
            )
        )
    )
    assert fewer
    assert shown(tree)["Ängsviken"]["Sjuksköterska"]
    assert not any(shown(tree)["Strandgatan"].values())
    assert not without_distant_people(grow(WOOD))[1]
