"""Sentences that speak to the person, or about their child by name.

In a text, `[[for oneself|for a child]]` chooses a wording, and braces stand for a word:

    sv    {du} {dig} {din} {ditt} {dina}   du, dig, din …       | Tuva, Tuva, Tuvas …
          {hon} {henne} {hennes}           du, dig, din         | hon/han/hen, henne/honom/hen, hennes …
          {ni} {er}                        du, dig              | ni, er
    en    {you} {your}                     you, your            | Tuva, Tuva's
          {she} {her} {hers}               you, you, your       | she/he/they, her/him/them, her …
          {are} {have} {do} {were}         are, have …          | is, has … (after the name)
          {she_is} {she_has} {she_does}    you are …            | she is / they are …
    ar    {name}                           (nothing)            | Tuva

Arabic bends the verb too by who does it: its sentences are without verbs of the child's, or choose by [[…|…]].

A capital letter in the brace gives one in the text. Outside of brackets *du* always is the one who answers.
"""

import re
from functools import lru_cache

from vardlots.forms.text import Text, said_in, say
from vardlots.platform.i18n import apart
from vardlots.triage.model import Subject

_CHOICE = re.compile(r"\[\[([^|\[\]]*)\|([^\[\]]*)\]\]")
_WORD = re.compile(r"\{([A-Za-z_]+)\}")

_SELF = {
    "sv": {
        "du": "du", "dig": "dig", "din": "din", "ditt": "ditt", "dina": "dina",
        "hon": "du", "henne": "dig", "hennes": "din", "ni": "du", "er": "dig",
    },
    "en": {
        "you": "you", "your": "your", "she": "you", "her": "you", "hers": "your",
        "are": "are", "have": "have", "do": "do", "were": "were",
        "she_is": "you are", "she_has": "you have", "she_does": "you do",
    },
    "ar": {"name": ""},
}  # fmt: skip

_PRONOUNS = {
    "sv": {
        "female": ("hon", "henne", "hennes"),
        "male": ("han", "honom", "hans"),
        None: ("hen", "hen", "hens"),
    },
    "en": {"female": ("she", "her", "her"), "male": ("he", "him", "his"), None: ("they", "them", "their")},
}


def word(text: Text, subject: Subject, lang: str) -> str:
    """The sentence for this subject in this language."""
    lang = said_in(text, lang)
    sentence = say(text, lang)
    if "{" not in sentence and "[[" not in sentence:
        return sentence
    sentence = _CHOICE.sub(lambda found: found[2 if subject.is_child_of_actor else 1], sentence)
    words = _words(subject.name, subject.sex, subject.is_child_of_actor, lang)
    return _WORD.sub(lambda found: _fitted(found[1], words), sentence)


def unknown_words(text: Text) -> tuple[str, ...]:
    """The braces and brackets in a text that mean nothing in their language."""
    wrong: list[str] = []
    for lang, sentence in text.items():
        known = _SELF.get(lang, {})
        wrong += [f"{{{name}}}" for name in _WORD.findall(sentence) if name.lower() not in known]
        left = _WORD.sub("", _CHOICE.sub("", sentence))
        wrong += [sign for sign in ("[[", "]]", "{", "}") if sign in left]
    return tuple(wrong)


def genitive(name: str, lang: str) -> str:
    """Tuva → Tuvas, Lukas → Lukas; Tuva's, Lukas's."""
    if lang == "en":
        return f"{name}'s"
    return name if name[-1:].lower() in ("s", "x", "z") else f"{name}s"


def _fitted(name: str, words: dict[str, str]) -> str:
    found = words.get(name.lower(), "")
    return found[:1].upper() + found[1:] if name[0].isupper() else found


@lru_cache(maxsize=4096)
def _words(name: str, sex: str | None, child: bool, lang: str) -> dict[str, str]:
    lang = lang if lang in _SELF else "sv"
    if not child:
        return _SELF[lang]
    if lang == "ar":
        return {"name": apart(lang, name) or "الطفل"}
    subject, obj, own = _PRONOUNS[lang][sex]
    if lang == "sv":
        name = name or "barnet"
        of_name = genitive(name, lang)
        return {
            "du": name, "dig": name, "din": of_name, "ditt": of_name, "dina": of_name,
            "hon": subject, "henne": obj, "hennes": own, "ni": "ni", "er": "er",
        }  # fmt: skip
    name = name or "the child"
    plural = subject == "they"
    return {
        "you": name, "your": genitive(name, lang), "she": subject, "her": obj, "hers": own,
        "are": "is", "have": "has", "do": "does", "were": "was",
        "she_is": f"{subject} {'are' if plural else 'is'}",
        "she_has": f"{subject} {'have' if plural else 'has'}",
        "she_does": f"{subject} {'do' if plural else 'does'}",
    }  # fmt: skip
