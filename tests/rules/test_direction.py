"""Style sheets turn with the reading: margins, edges and sides are said by where a line begins and ends."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "src/vardlots/static/css"
SIDE = re.compile(
    r"(?<![\w-])(?:[\w-]+-)?(?:left|right)(?:-[\w-]+)?\s*:"  # margin-left, left, border-top-right-radius
    r"|text-align\s*:\s*(?:left|right)"
    r"|(?:float|clear)\s*:\s*(?:left|right)"
)
# Four values name the sides in turn: right and left alike, or they should be said otherwise.
FOUR = re.compile(r"(?<![\w-])(padding|margin|inset|border-width|border-radius)\s*:\s*([^;}]+)")
# What does not turn, each with its reason.
MAY = {
    ("patient.css", "border-width: 0 2.2px 2.2px 0"): "a tick looks the same in every language",
    ("handover.css", "border-width: 0 1.5px 1.5px 0"): "an arrow that points down does so in every language",
}


@pytest.mark.parametrize("path", sorted(CSS.glob("*.css")), ids=lambda path: path.name)
def test_no_rule_names_left_or_right(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert SIDE.findall(text) == []
    uneven = [f"{name}: {values.strip()}" for name, values in FOUR.findall(text) if is_uneven(name, values)]
    assert [rule for rule in uneven if (path.name, rule) not in MAY] == []


def is_uneven(name: str, values: str) -> bool:
    parts = re.findall(r"(?:[^\s(]|\([^)]*\))+", values.replace("!important", ""))
    if len(parts) != 4:
        return False
    first, second, third, fourth = parts
    return (first, third) != (second, fourth) if name == "border-radius" else second != fourth


def test_the_rule_sees_what_it_forbids() -> None:
    for rule in (
        "margin-left: 1px",
        "left: 0",
        "text-align: right",
        "border-top-right-radius: 1px",
        "float: left",
    ):
        assert SIDE.search(f"a {{ {rule}; }}"), rule
    for rule in (
        "margin-inline-start: 1px",
        "text-align: start",
        "justify-content: left",
        "float: inline-start",
    ):
        assert not SIDE.search(f"a {{ {rule}; }}"), rule
    for name, values in (("padding", "1px 2px 3px 4px"), ("border-radius", "4px 4px 4px 0")):
        assert is_uneven(name, values)
    for name, values in (
        ("padding", "1px 2px 3px 2px"),
        ("border-radius", "4px 4px 4px 4px"),
        ("inset", "0"),
    ):
        assert not is_uneven(name, values)
