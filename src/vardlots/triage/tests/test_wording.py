"""Du for oneself, the name for a child, in both languages."""

import pytest

from vardlots.triage.model import Subject
from vardlots.triage.wording import genitive, unknown_words, word


@pytest.mark.parametrize(
    ("name", "sv", "en"),
    [
        ("Tuva", "Tuvas", "Tuva's"),
        ("Lukas", "Lukas", "Lukas's"),
        ("Max", "Max", "Max's"),
        ("Liz", "Liz", "Liz's"),
    ],
)
def test_genitive(name: str, sv: str, en: str) -> None:
    assert (genitive(name, "sv"), genitive(name, "en")) == (sv, en)


TEXT = {
    "sv": "{Du} mår [[så där|lite sämre]]. {Hon} får {din} dryck. {Ni} hjälper {henne}.",
    "en": "{You} {are} [[so so|a bit worse]]. {She_is} given {your} drink. Help {her}.",
}


@pytest.mark.parametrize(
    ("subject", "sv", "en"),
    [
        (
            Subject(30),
            "Du mår så där. Du får din dryck. Du hjälper dig.",
            "You are so so. You are given your drink. Help you.",
        ),
        (
            Subject(6, sex="female", is_child_of_actor=True, name="Tuva"),
            "Tuva mår lite sämre. Hon får Tuvas dryck. Ni hjälper henne.",
            "Tuva is a bit worse. She is given Tuva's drink. Help her.",
        ),
        (
            Subject(6, sex="male", is_child_of_actor=True, name="Lukas"),
            "Lukas mår lite sämre. Han får Lukas dryck. Ni hjälper honom.",
            "Lukas is a bit worse. He is given Lukas's drink. Help him.",
        ),
        (
            Subject(6, is_child_of_actor=True),
            "Barnet mår lite sämre. Hen får barnets dryck. Ni hjälper hen.",
            "The child is a bit worse. They are given the child's drink. Help them.",
        ),
    ],
)
def test_a_sentence_fits_the_subject(subject: Subject, sv: str, en: str) -> None:
    assert word(TEXT, subject, "sv") == sv
    assert word(TEXT, subject, "en") == en


def test_a_name_is_only_text() -> None:
    odd = Subject(6, is_child_of_actor=True, name="{din} [[a|b]]")
    assert word({"sv": "Hej {du}."}, odd, "sv") == "Hej {din} [[a|b]]."


def test_words_that_stand_for_nothing_are_found() -> None:
    assert unknown_words({"sv": "{sitt} [[a|b]] {du}", "en": "{you} [[a|b]"}) == ("{sitt}", "[[")
    assert unknown_words(TEXT) == ()


ARABIC = {"sv": "Mår {du} bra?", "en": "{Are} {you} well?", "ar": "[[هل أنت بخير؟|هل {name} بخير؟]]"}


def test_arabic_chooses_between_whole_wordings_and_sets_a_name_apart() -> None:
    tuva = Subject(6, sex="female", is_child_of_actor=True, name="Tuva")
    assert word(ARABIC, Subject(30), "ar") == "هل أنت بخير؟"
    assert word(ARABIC, tuva, "ar") == "هل \u2066Tuva\u2069 بخير؟"
    assert word(ARABIC, Subject(6, is_child_of_actor=True), "ar") == "هل الطفل بخير؟"
    assert unknown_words(ARABIC) == ()
    assert unknown_words({"ar": "{hon} {name}"}) == ("{hon}",)


def test_a_sentence_that_falls_back_has_the_words_of_its_own_language() -> None:
    assert word({"sv": "Mår {du} bra?"}, Subject(30), "ar") == "Mår du bra?"
