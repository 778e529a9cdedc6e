"""Faults are shown at the line they are about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vardlots.forms.authoring import read_form
from vardlots.forms.faults import ContentError, ContentFault
from vardlots.forms.lines import line_of, problems_of

FORM = """code = "f"
version = 1
title = { sv = "F", en = "F" }

[[questions]]
id = "a"
type = "choice"
text = { sv = "A", en = "A" }

[[questions.options]]
code = "x"
text = { sv = "X", en = "X" }

[[questions.options]]
code = "y"
text = { sv = "Y", en = "Y" }

[[questions]]
id = "b"
type = "integer"
text = { sv = "B", en = "B" }
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('code = "y"\ntext = { sv = "Y", en = "Y" }', 'code = "y"\ntext = { sv = "Y" }', 15),
        ('type = "integer"', 'type = "integer"\nshow_if = "z is yes"', 19),
        ('text = { sv = "B", en = "B" }', 'text = { sv = "B", en = "B" }\ncolour = 1', 18),
        ('type = "integer"', "type = 4", 20),
        ('title = { sv = "F", en = "F" }', 'title = { sv = "F" }', 3),
        ('text = { sv = "Y", en = "Y" }', "text = 7", 16),
        ("version = 1", "version = = 1", 2),
    ],
)
def test_the_line_is_that_of_what_is_wrong(old: str, new: str, line: int) -> None:
    assert old in FORM
    source = FORM.replace(old, new)
    with pytest.raises(ContentError) as caught:
        read_form(source.encode(), "f.toml")
    problems = problems_of(source, caught.value.faults)
    assert [problem.values["line"] for problem in problems] == [line]
    assert {problem.field for problem in problems} == {"source"}


@given(
    st.text(max_size=60), st.text(max_size=12), st.sampled_from(["", "line 3", "$.a[1].b", "$.questions[9]"])
)
def test_any_text_has_a_line(source: str, id: str, path: str) -> None:
    line = line_of(source, ContentFault("f", id, "wrong", path))
    assert 1 <= line <= max(len(source.splitlines()), 1)
