"""What an administrator writes is checked in no time, also when it is written to take long."""

import time
from collections.abc import Iterable

import pytest

from vardlots.forms.authoring import AuthoredForm, read_form
from vardlots.forms.expressions import bind, parse
from vardlots.forms.faults import ContentError, read_struct
from vardlots.forms.model import Form
from vardlots.triage.reach import TooLarge, can_hold, can_show

HEAD = 'code = "f"\nversion = 1\ntitle = { sv = "F", en = "F" }\n'
SAID = 'text = { sv = "S", en = "S" }'
AGES = range(120)


def form(questions: Iterable[str]) -> Form:
    return read_form((HEAD + "\n".join(questions)).encode(), "f.toml")


def test_questions_that_rest_on_two_others_all_the_way_down_are_not_looked_through() -> None:
    steps = 60
    written = [
        f'[[questions]]\nid = "{side}{n}"\ntype = "boolean"\n{SAID}'
        + (f'\nshow_if = "a{n - 1} is yes or b{n - 1} is yes"' if n else "")
        for n in range(steps)
        for side in "ab"
    ]
    whole = form(written)
    begun = time.monotonic()
    with pytest.raises(TooLarge):
        can_show(whole, f"a{steps - 1}", AGES)
    assert can_show(whole, "a5", AGES)
    assert time.monotonic() - begun < 2


def test_choices_among_many_options_many_times_over_are_not_looked_through() -> None:
    options = "".join(f'{{ code = "o{n}", text = {{ sv = "O", en = "O" }} }}, ' for n in range(20))
    alone = '{ code = "none", text = { sv = "N", en = "N" }, exclusive = true }'
    whole = form(
        [f'[[questions]]\nid = "q"\ntype = "choice"\nrepeats = true\n{SAID}\noptions = [{options}{alone}]']
    )
    some = f"q has any ({', '.join(f'o{n}' for n in range(20))})"
    condition = bind(parse(" and ".join(["q has none", *[some] * 12])), whole)
    begun = time.monotonic()
    with pytest.raises(TooLarge):
        can_hold(condition, whole, AGES)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "source", ["a" + ".a" * 90_000 + " = 1", "a = " + "[" * 90_000], ids=["dots", "brackets"]
)
def test_text_that_takes_long_to_read_or_has_no_bottom_is_refused(source: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ContentError):
        read_struct(source.encode(), AuthoredForm, "f.toml")
    assert time.monotonic() - begun < 1
