"""What people write when they look for care: the complaint that they mean is among the first three."""

import pytest

from vardlots.triage.catalogue import search
from vardlots.triage.model import Subject
from vardlots.triage.tests.helpers import ADULT, TUVA, catalogue

FIRST = 3

SWEDISH = {
    "chest_pain": (
        "ont i bröstet",
        "tryck över bröstet",
        "brostsmärta",
        "hjärtinfarkt",
        "jag har ont i hjärtat",
    ),
    "headache": ("huvudvärk", "huvudvark", "migrän", "migren", "jag har ont i huvudet", "slagit i huvudet"),
    "stroke_signs": ("stroke", "sned i ansiktet", "domnad i armen", "svårt att prata", "hänger i mungipan"),
    "breathing": ("svårt att andas", "andfådd", "andfodd", "astma", "får inte luft", "pip i bröstet"),
    "sore_throat": ("ont i halsen", "halsfluss", "halsflus", "streptokocker", "svårt att svälja", "halsont"),
    "urinary": (
        "urinvägsinfektion",
        "urinvägsinfektjon",
        "svider när jag kissar",
        "blod i urinen",
        "kissar ofta",
        "uvi",
    ),
    "fever_child": ("feber barn", "barnet har feber", "hög feber", "feberkramp"),
    "rash": (
        "utslag",
        "prickar på kroppen",
        "eksem",
        "eksäm",
        "bältros",
        "vattkoppor",
        "klåda",
        "födelsemärke",
    ),
    "back_pain": ("ont i ryggen", "ryggskott", "ischias", "isjas", "ont i ländryggen"),
    "abdomen": ("ont i magen", "magont", "blindtarmen", "halsbränna", "förstoppning", "mensvärk"),
    "shoulder_pain": ("ont i axeln", "axelsmärta", "frusen axel", "kan inte lyfta armen"),
    "allergy": ("allergi", "alergi", "pollen", "hösnuva", "nässelutslag", "svullna läppar"),
    "mental_health": (
        "ångest",
        "angest",
        "depression",
        "kan inte sova",
        "sömnproblem",
        "stressad",
        "vill inte leva",
    ),
    "eye": ("ont i ögat", "rött öga", "ögoninflamation", "ser suddigt", "vagel", "skräp i ögat"),
    "ear": ("ont i örat", "öroninflammation", "oroninflamation", "lock för örat", "hör dåligt", "vaxpropp"),
    "cough_cold": (
        "hosta",
        "förkyld",
        "förkylning",
        "influensa",
        "snuva",
        "covid",
        "bihåleinflammation",
        "feber",
    ),
    "wound_tick": (
        "fästing",
        "fasting",
        "fästingbett",
        "skärsår",
        "hundbett",
        "brännskada",
        "getingstick",
        "sår",
    ),
    "vomiting_diarrhoea": ("magsjuka", "kräks", "diarré", "diare", "illamående", "spyr", "matförgiftning"),
    "something_else": ("yrsel", "trött", "knöl", "svullet ben", "svimmat"),
}

ENGLISH = {
    "chest_pain": ("chest pain", "heart attack", "my chest hurts"),
    "headache": ("headache", "hedache", "migraine", "concussion"),
    "stroke_signs": ("stroke", "face drooping", "slurred speech"),
    "breathing": ("hard to breathe", "asthma", "astma", "short of breath"),
    "sore_throat": ("sore throat", "tonsilitis", "strep throat"),
    "urinary": ("uti", "hurts to pee", "blood in urine"),
    "fever_child": ("child with fever", "high fever"),
    "rash": ("rash", "eczema", "shingles", "itchy skin"),
    "back_pain": ("back pain", "sciatica", "my back hurts"),
    "abdomen": ("stomach pain", "stomache ache", "heartburn", "period pain"),
    "shoulder_pain": ("shoulder pain", "frozen shoulder"),
    "allergy": ("allergy", "alergy", "hay fever"),
    "mental_health": ("anxiety", "depressed", "cannot sleep", "stress"),
    "eye": ("red eye", "pink eye", "blurry vision"),
    "ear": ("earache", "ear infection", "ear wax"),
    "cough_cold": ("cough", "cold", "flu", "runny nose"),
    "wound_tick": ("tick bite", "dog bite", "burn", "cut"),
    "vomiting_diarrhoea": ("diarrhea", "diarhoea", "vomiting", "nausea", "stomach bug"),
    "something_else": ("dizzy", "tired", "lump"),
}


def _found(text: str, lang: str, subject: Subject) -> list[str]:
    return [match.complaint.code for match in search(catalogue().complaints(), text, lang, subject)][:FIRST]


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in SWEDISH.items() for text in texts]
)
def test_a_swedish_phrase_finds_the_complaint(code: str, text: str) -> None:
    assert code in _found(text, "sv", TUVA if code == "fever_child" else ADULT)


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in ENGLISH.items() for text in texts]
)
def test_an_english_phrase_finds_the_complaint(code: str, text: str) -> None:
    assert code in _found(text, "en", TUVA if code == "fever_child" else ADULT)


def test_a_complaint_comes_first_by_its_own_name() -> None:
    for complaint in catalogue().complaints():
        for lang, title in complaint.title.items():
            assert search(catalogue().complaints(), title, lang)[0].complaint.code == complaint.code
