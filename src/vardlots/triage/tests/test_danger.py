"""Words of danger are found in their inflections, and nothing is read into the rest."""

from pathlib import Path

import pytest

from vardlots.forms.faults import ContentError
from vardlots.triage.danger import read_danger_words
from vardlots.triage.tests.helpers import catalogue


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Jag har självmordstankar", "suicide"),
        ("vill inte LEVA längre", "suicide"),
        ("Han svimmade i duschen", "consciousness"),
        ("fick kramper i natt", "consciousness"),
        ("hon kan  inte\nandas", "breathing"),
        ("trycker över bröstet", "chest"),
        ("ena sidan är förlamad", "stroke"),
        ("dreglar hela tiden", "infection"),
        ("I want to kill myself", "suicide"),
        ("She fainted twice", "consciousness"),
        ("there is chest tightness", "chest"),
        ("slurred speech", "stroke"),
        ("min man slår mig", "violence"),
        ("jag orkar inte leva så här", "suicide"),
        ("han har tagit för många tabletter", "suicide"),
        ("I don’t want to live", "suicide"),
        ("she said she wants to die", "suicide"),
        ("svårt med andningen sedan i natt", "breathing"),
        ("får dåligt med luft", "breathing"),
        ("läpparna är blåa", "breathing"),
        ("i cant breathe", "breathing"),
        ("I can’t breathe properly", "breathing"),
        ("Hade ont mitt i bröstet i går kväll", "chest"),
        ("det hugger i bröstet i trappor", "chest"),
        ("blev alldeles kallsvettig", "chest"),
        ("pressure in my chest", "chest"),
        ("Milo är slö", "consciousness"),
        ("känner mig svimfärdig", "consciousness"),
        ("he is confused", "consciousness"),
        ("hon hänger i ena mungipan", "stroke"),
        ("sluddrigt tal", "stroke"),
        ("her face is drooping", "stroke"),
        ("det slutar inte att blöda", "bleeding"),
        ("kräktes blod", "bleeding"),
        ("vomited blood", "bleeding"),
        ("tungan har svullnat", "allergy"),
        ("fick en allergisk reaktion", "allergy"),
        ("my throat is closing", "allergy"),
        ("kan det vara blodförgiftning", "infection"),
        ("huden är marmorerad", "infection"),
        ("inte kissat sedan i går", "infection"),
        ("mottled skin", "infection"),
        ("inga självmordstankar", "suicide"),
    ],
)
def test_a_word_of_danger_is_marked(text: str, group: str) -> None:
    hits = catalogue().danger.find(text)
    assert [hit.group for hit in hits] == [group]
    assert text[hits[0].start : hits[0].end] == hits[0].word


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ont i halsen sedan i måndags",
        "Tidigare frisk, tar inga mediciner",
        "paint",
        "Jag ramlade och slog mig i axeln",
        "har skurit mig i fingret",
        "har tagit tabletter mot smärtan",
        "jag är svullen i halsen och trött",
        "jag är rädd för min hälsa",
        "dribblade på fotbollen när det hände",
        "har ett sår i mungipan",
        "jag är svag i ena axeln när jag lyfter",
        "I hurt myself when I fell",
        "the ball hit me on the shoulder",
        "I had a lot of blood tests",
        "a rigorous training plan",
        "a fitting answer",
    ],
)
def test_ordinary_words_are_not_marked(text: str) -> None:
    assert catalogue().danger.find(text) == ()


def test_a_list_without_a_language_or_with_a_bare_star_is_refused() -> None:
    source = b"""version = 1
[[groups]]
id = "x"
title = { sv = "X", en = "" }
words = { sv = ["ab*", "blod"] }
"""
    with pytest.raises(ContentError) as caught:
        read_danger_words(source, "words.toml")
    sentences = [fault.sentence for fault in caught.value.faults]
    assert len(sentences) == 3
    assert any("too short" in s for s in sentences)
    assert Path(caught.value.faults[0].file).name == "words.toml"
