"""Signs lead where they should, whatever the complaint that somebody chose, and mild trouble does not.

Each line is one person: the complaint, who it is, and what they answer; whatever is not given is answered as mildly
as the file ranks it, and no to a fever. `ROWS` go through the table of complaints sign by sign, `TOLD_ELSEWHERE` are
dangerous illnesses told under a complaint that does not name them, `MILD` are the everyday cases that must not fill
the emergency number.
"""

from collections.abc import Mapping

import pytest

from vardlots.triage.interview import answer, current_item, outcome, start
from vardlots.triage.model import URGENCY, Outcome, Subject
from vardlots.triage.tests.helpers import catalogue
from vardlots.triage.vignettes import mildest

WOMAN = Subject(32, sex="female")
MAN = Subject(45, sex="male")
YOUNG = Subject(25, sex="male")
OLD_WOMAN = Subject(70, sex="female")
OLD_MAN = Subject(72, sex="male")
TEENAGER = Subject(14, sex="male")
TODDLER = Subject(1, age_months=18, sex="female", is_child_of_actor=True, name="Ella")
CHILD = Subject(7, sex="male", is_child_of_actor=True, name="Nils")

Given = Mapping[str, object]
Case = tuple[str, Subject, Given, int]


def comes_to(code: str, subject: Subject, given: Given) -> Outcome:
    """What somebody is told who answers this, and everything else as mildly as can be."""
    interview = start(catalogue().protocol(code), subject)
    while (item := current_item(interview)) is not None:
        mild = ["no"] if item.link_id == "fever" else mildest(item, interview.protocol.meanings[item.link_id])
        interview = answer(interview, item.link_id, given.get(item.link_id, mild))
    unknown = set(given) - {item.link_id for item in interview.protocol.form.item}
    assert not unknown, f"{code} has no question {unknown}"
    return outcome(interview)


def _name(case: Case) -> str:
    code, subject, given, _ = case
    said = " ".join(f"{question}={value}" for question, value in given.items())
    return f"{code}-{subject.age_years}-{said}"


NOW = {"onset": "ongoing_long"}
ROWS: tuple[Case, ...] = (
    # chest pain
    ("chest_pain", MAN, {**NOW, "character": "pressure"}, 1),
    ("chest_pain", YOUNG, {**NOW, "with": "radiating"}, 1),
    ("chest_pain", YOUNG, {**NOW, "with": "cold_sweat"}, 1),
    ("chest_pain", YOUNG, {**NOW, "with": "breathless"}, 1),
    ("chest_pain", YOUNG, {"onset": "last_72_hours", "with": "fainted"}, 1),
    ("chest_pain", YOUNG, {"onset": "last_72_hours", "character": "tearing"}, 1),
    ("chest_pain", YOUNG, {"onset": "last_72_hours", "character": "pressure"}, 2),
    ("chest_pain", YOUNG, {"character": "breathing", "with": "leg"}, 2),
    ("chest_pain", MAN, {"exertion": "new"}, 3),
    ("chest_pain", YOUNG, {"character": "breathing", "fever": "measured", "temperature": 38.4}, 3),
    # headache
    ("headache", YOUNG, {"alarm": "thunderclap"}, 1),
    ("headache", YOUNG, {"alarm": "neuro"}, 1),
    ("headache", YOUNG, {"alarm": "fit"}, 1),
    ("headache", CHILD, {"alarm": "drowsy"}, 1),
    ("headache", CHILD, {"alarm": "stiff_neck", "fever": "hot"}, 1),
    ("headache", MAN, {"risk": ["injury", "thinner"], "injury_when": "earlier"}, 2),
    ("headache", OLD_WOMAN, {"pattern": "temple"}, 2),
    ("headache", YOUNG, {"alarm": "vision"}, 2),
    ("headache", WOMAN, {"alarm": "vision", "pregnant": "yes"}, 2),
    ("headache", CHILD, {"alarm": "vomiting"}, 2),
    ("headache", YOUNG, {"known": "progressive"}, 3),
    ("headache", Subject(52), {"known": "new"}, 3),
    ("headache", CHILD, {"pattern": "morning"}, 3),
    ("headache", YOUNG, {"pattern": "cough"}, 3),
    ("headache", YOUNG, {"known": "changed"}, 4),
    ("headache", YOUNG, {"medicine": "often"}, 4),
    # signs of stroke
    *(
        ("stroke_signs", MAN, {"signs": sign}, 1)
        for sign in ("face", "arm", "speech", "sight", "balance", "numb")
    ),
    ("stroke_signs", MAN, {"gone": "day", "times": "once"}, 1),
    ("stroke_signs", MAN, {"gone": "week", "times": "once"}, 2),
    ("stroke_signs", MAN, {"gone": "longer", "times": "once"}, 3),
    ("stroke_signs", MAN, {"numbness": "small_new"}, 4),
    # breathing
    *(("breathing", MAN, {"alarm": sign}, 1) for sign in ("sentences", "stridor", "exhausted", "work")),
    ("breathing", TODDLER, {"alarm": "work"}, 1),
    ("breathing", MAN, {"now": "rest", "since": "days"}, 2),
    ("breathing", MAN, {"disease": "asthma", "reliever": "no", "now": "exertion"}, 2),
    ("breathing", MAN, {"with": "leg"}, 2),
    ("breathing", MAN, {"with": "blood"}, 2),
    ("breathing", MAN, {"now": "exertion", "since": "days"}, 3),
    ("breathing", MAN, {"now": "exertion", "since": "months", "fever": "hot"}, 3),
    ("breathing", MAN, {"now": "exertion", "since": "weeks"}, 4),
    # sore throat
    ("sore_throat", MAN, {"alarm": "drooling"}, 1),
    ("sore_throat", CHILD, {"alarm": "noisy_breathing"}, 1),
    ("sore_throat", MAN, {"alarm": "jaw"}, 2),
    ("sore_throat", MAN, {"swallowing": "cannot_drink"}, 2),
    ("sore_throat", MAN, {"general": "very_ill"}, 2),
    ("sore_throat", MAN, {"risk": "immune", "fever": "hot"}, 2),
    ("sore_throat", MAN, {"swallowing": "each_swallow"}, 3),
    ("sore_throat", MAN, {"days": 15}, 4),
    ("sore_throat", MAN, {"risk": "recurrent"}, 4),
    # urinary problems
    ("urinary", OLD_WOMAN, {"alarm": "septic"}, 1),
    ("urinary", OLD_WOMAN, {"alarm": "confused"}, 1),
    *(("urinary", WOMAN, {"alarm": sign}, 2) for sign in ("rigors", "flank", "retention")),
    ("urinary", WOMAN, {"fever": "hot"}, 2),
    ("urinary", MAN, {}, 3),
    ("urinary", CHILD, {}, 3),
    ("urinary", WOMAN, {"pregnant": "yes"}, 3),
    ("urinary", WOMAN, {"trouble": "troublesome"}, 4),
    ("urinary", OLD_WOMAN, {"blood": "painless"}, 4),
    # fever in a child
    *(("fever_child", TODDLER, {"alarm": sign}, 1) for sign in ("breathing", "spots", "neck")),
    ("fever_child", TODDLER, {"general": "drowsy"}, 1),
    *(
        ("fever_child", TODDLER, {"alarm": sign}, 2)
        for sign in ("mottled", "cry", "response", "turgor", "fit")
    ),
    *(
        ("fever_child", TODDLER, {"signs": sign}, 3)
        for sign in ("dry", "fast", "pale", "cold", "pulse", "rigors", "limb")
    ),
    ("fever_child", TODDLER, {"days": 5}, 3),
    ("fever_child", TODDLER, {"general": "poorly"}, 3),
    ("fever_child", TODDLER, {"pattern": "recurrent"}, 4),
    # rash
    ("rash", CHILD, {"glass": "stays", "fever": "hot"}, 1),
    ("rash", CHILD, {"glass": "stays", "general": "tired"}, 1),
    ("rash", CHILD, {"alarm": "allergy"}, 1),
    *(("rash", MAN, {"alarm": sign}, 2) for sign in ("peeling", "mucosa", "fast_pain", "eye")),
    ("rash", MAN, {"kind": "infected"}, 3),
    ("rash", MAN, {"kind": "band", "since": "three"}, 3),
    ("rash", MAN, {"since": "long"}, 4),
    ("rash", MAN, {"kind": "mole"}, 4),
    # back pain
    *(("back_pain", MAN, {"alarm": sign}, 1) for sign in ("saddle", "bladder", "both_legs", "collapse")),
    ("back_pain", MAN, {"leg": "worse"}, 2),
    ("back_pain", MAN, {"fever": "hot"}, 2),
    ("back_pain", MAN, {"injury": "major"}, 2),
    *(("back_pain", MAN, {"background": one}, 3) for one in ("cancer", "weight", "steroids")),
    ("back_pain", MAN, {"rest": "stays"}, 3),
    ("back_pain", TEENAGER, {}, 3),
    ("back_pain", MAN, {"leg": "pain"}, 4),
    ("back_pain", MAN, {"since": "months"}, 4),
    # abdominal pain
    ("abdomen", WOMAN, {"alarm": ["sudden", "faint"]}, 1),
    ("abdomen", MAN, {"alarm": "blood"}, 1),
    ("abdomen", MAN, {"alarm": "rigid"}, 1),
    ("abdomen", CHILD, {"site": "right_low", "since": "hours"}, 2),
    ("abdomen", MAN, {"alarm": "blocked"}, 2),
    ("abdomen", WOMAN, {"pregnant": "yes"}, 2),
    ("abdomen", TEENAGER, {"alarm": "testicle"}, 2),
    ("abdomen", MAN, {"alarm": "jaundice", "fever": "hot"}, 2),
    ("abdomen", MAN, {"course": "worse"}, 3),
    ("abdomen", MAN, {"with": "stool_blood"}, 3),
    ("abdomen", MAN, {"since": "weeks"}, 4),
    ("abdomen", MAN, {"with": "weight"}, 4),
    # shoulder
    ("shoulder_pain", MAN, {"alarm": "chest"}, 1),
    ("shoulder_pain", MAN, {"alarm": "cold_arm"}, 1),
    ("shoulder_pain", MAN, {"injury": "fall", "shape": "deformed"}, 2),
    ("shoulder_pain", MAN, {"joint": ["hot", "fever"]}, 2),
    ("shoulder_pain", MAN, {"injury": "fall", "lift": "none"}, 3),
    ("shoulder_pain", MAN, {"duration": "months"}, 4),
    ("shoulder_pain", OLD_WOMAN, {"stiff": "morning"}, 4),
    # allergy
    *(("allergy", MAN, {"alarm": sign}, 1) for sign in ("breathing", "throat", "faint", "drowsy", "pen")),
    *(("allergy", MAN, {"alarm": sign}, 2) for sign in ("face", "belly", "mouth_sting")),
    ("allergy", MAN, {"skin": "hives_spread"}, 3),
    ("allergy", MAN, {"skin": "hives_few", "recurrent": "yes"}, 4),
    # mental health
    ("mental_health", WOMAN, {"alarm": "overdose"}, 1),
    ("mental_health", WOMAN, {"alarm": "attempt"}, 1),
    ("mental_health", WOMAN, {"thoughts": "plan", "means": "yes"}, 1),
    ("mental_health", WOMAN, {"thoughts": "plan"}, 2),
    ("mental_health", WOMAN, {"earlier": "attempt"}, 2),
    ("mental_health", WOMAN, {"alarm": "psychosis"}, 2),
    ("mental_health", WOMAN, {"alarm": "mania"}, 2),
    ("mental_health", WOMAN, {"background": "birth"}, 2),
    ("mental_health", WOMAN, {"thoughts": "thoughts"}, 3),
    ("mental_health", WOMAN, {"function": "barely"}, 3),
    ("mental_health", WOMAN, {"duration": "weeks"}, 4),
    # eye
    ("eye", MAN, {"alarm": "chemical"}, 1),
    ("eye", MAN, {"alarm": "pierced"}, 1),
    ("eye", MAN, {"pain": "ache", "vision": "worse"}, 2),
    ("eye", MAN, {"pain": "ache", "cause": "lens"}, 2),
    ("eye", MAN, {"cause": "operated"}, 2),
    ("eye", MAN, {"alarm": "curtain"}, 2),
    ("eye", MAN, {"cause": "foreign"}, 3),
    ("eye", MAN, {"light": "yes"}, 3),
    ("eye", MAN, {"risk": "recurrent"}, 4),
    # ear
    ("ear", CHILD, {"alarm": "meningitis"}, 1),
    ("ear", CHILD, {"alarm": "mastoid"}, 2),
    ("ear", MAN, {"alarm": "face"}, 2),
    ("ear", MAN, {"alarm": "vertigo"}, 2),
    ("ear", MAN, {"hearing": "lost"}, 2),
    ("ear", TODDLER, {}, 3),
    ("ear", MAN, {"pain": "mild"}, 3),
    ("ear", CHILD, {"discharge": "yes"}, 3),
    ("ear", CHILD, {"days": 3, "pain": "mild"}, 3),
    ("ear", MAN, {"days": 60, "hearing": "muffled"}, 4),
    # cough and cold
    ("cough_cold", MAN, {"alarm": "breathing"}, 1),
    ("cough_cold", MAN, {"alarm": "much_blood"}, 1),
    ("cough_cold", OLD_WOMAN, {"alarm": "confused"}, 2),
    ("cough_cold", YOUNG, {"alarm": ["stab", "breathless"]}, 2),
    ("cough_cold", YOUNG, {"alarm": "blood"}, 2),
    ("cough_cold", YOUNG, {"fever": "hot", "fever_days": 4}, 3),
    ("cough_cold", YOUNG, {"course": "relapse"}, 3),
    ("cough_cold", Subject(84), {}, 3),
    ("cough_cold", YOUNG, {"since": "long"}, 4),
    # wounds, bites and ticks
    ("wound_tick", MAN, {"alarm": "bleeding"}, 1),
    ("wound_tick", MAN, {"alarm": "deep_trunk"}, 1),
    *(("wound_tick", MAN, {"wound": sign}, 2) for sign in ("gaping", "tendon", "nerve")),
    ("wound_tick", MAN, {"kind": "bite"}, 2),
    ("wound_tick", MAN, {"infection": "spreading", "general": "fever"}, 2),
    ("wound_tick", MAN, {"kind": "tick", "tick_signs": "face"}, 2),
    ("wound_tick", MAN, {"kind": "tick", "tick_signs": "headache"}, 2),
    ("wound_tick", MAN, {"infection": "local"}, 3),
    ("wound_tick", MAN, {"kind": "tick", "tick_skin": "ring", "days": 14}, 4),
    # vomiting and diarrhoea
    ("vomiting_diarrhoea", OLD_MAN, {"alarm": "shock"}, 1),
    ("vomiting_diarrhoea", TODDLER, {"alarm": "drowsy"}, 1),
    ("vomiting_diarrhoea", TODDLER, {"fluid": "sunken"}, 2),
    ("vomiting_diarrhoea", TODDLER, {"alarm": "green"}, 2),
    ("vomiting_diarrhoea", MAN, {"alarm": "pain"}, 2),
    ("vomiting_diarrhoea", MAN, {"background": "diabetes", "ketones": "raised"}, 2),
    ("vomiting_diarrhoea", TODDLER, {"stools": "often_watery"}, 3),
    ("vomiting_diarrhoea", MAN, {"stools": "bloody", "fever": "hot"}, 3),
    ("vomiting_diarrhoea", MAN, {"since": "weeks"}, 4),
    ("vomiting_diarrhoea", MAN, {"background": "travel"}, 4),
)

TOLD_ELSEWHERE: tuple[Case, ...] = (
    # heart attack
    ("shoulder_pain", OLD_MAN, {"alarm": "breathless"}, 1),
    ("shoulder_pain", OLD_WOMAN, {"alarm": "chest"}, 1),
    ("abdomen", OLD_MAN, {"alarm": "chest"}, 1),
    ("abdomen", OLD_WOMAN, {"site": "high", "since": "hours", "strength": "moderate"}, 2),
    ("breathing", OLD_WOMAN, {"alarm": "chest", "now": "exertion"}, 1),
    ("breathing", OLD_WOMAN, {"now": "little", "since": "sudden"}, 2),
    ("something_else", MAN, {"head_chest": "chest"}, 1),
    ("something_else", OLD_WOMAN, {"head_chest": "jaw", "general": "tired"}, 2),
    ("something_else", OLD_WOMAN, {"head_chest": "fainted"}, 2),
    ("back_pain", OLD_WOMAN, {"alarm": "chest"}, 1),
    ("vomiting_diarrhoea", OLD_WOMAN, {"alarm": "shock"}, 1),
    ("mental_health", MAN, {"alarm": "chest", "trouble": "anxiety"}, 1),
    ("cough_cold", OLD_MAN, {"alarm": "chest"}, 1),
    # a clot in the lung
    ("cough_cold", WOMAN, {"alarm": ["stab", "breathless"]}, 2),
    ("cough_cold", WOMAN, {"alarm": "breathless", "risk": "clot"}, 2),
    ("back_pain", WOMAN, {"alarm": "stab"}, 3),
    ("shoulder_pain", WOMAN, {"alarm": "breathing"}, 2),
    ("something_else", WOMAN, {"body": "leg"}, 2),
    ("something_else", WOMAN, {"signs": "exertion"}, 3),
    # sepsis, without a fever too
    ("something_else", OLD_MAN, {"general": "very_ill"}, 2),
    ("something_else", OLD_MAN, {"general": "drowsy"}, 1),
    ("something_else", Subject(80), {"general": "tired"}, 3),
    ("urinary", OLD_WOMAN, {"alarm": "septic"}, 1),
    ("wound_tick", OLD_MAN, {"kind": "slow", "general": "drowsy"}, 1),
    ("wound_tick", OLD_MAN, {"kind": "slow", "general": "fever", "infection": "spreading"}, 2),
    ("vomiting_diarrhoea", OLD_MAN, {"alarm": "drowsy"}, 1),
    ("shoulder_pain", OLD_MAN, {"joint": ["very_ill", "fever"]}, 1),
    # meningitis
    ("headache", YOUNG, {"alarm": ["stiff_neck", "vomiting"]}, 1),
    ("rash", YOUNG, {"alarm": "neck", "fever": "f38"}, 1),
    ("vomiting_diarrhoea", CHILD, {"alarm": "meningitis"}, 1),
    ("vomiting_diarrhoea", CHILD, {"alarm": "head", "fever": "f39"}, 2),
    ("fever_child", CHILD, {"alarm": "neck"}, 1),
    ("cough_cold", YOUNG, {"alarm": "head", "fever": "hot"}, 1),
    ("sore_throat", YOUNG, {"alarm": "spots_not_fading", "fever": "hot"}, 1),
    ("something_else", YOUNG, {"body": "spots", "signs": "fever"}, 1),
    ("back_pain", CHILD, {"fever": "f39"}, 2),
    # ectopic pregnancy
    ("abdomen", WOMAN, {"pregnant": "yes"}, 2),
    ("abdomen", WOMAN, {"with": "bleeding", "since": "hours", "strength": "moderate"}, 2),
    ("shoulder_pain", WOMAN, {"alarm": "belly", "pregnant": "yes"}, 1),
    ("back_pain", WOMAN, {"alarm": "belly", "pregnant": "yes"}, 2),
    ("urinary", WOMAN, {"symptoms": "belly", "pregnant": "yes"}, 2),
    ("something_else", WOMAN, {"body": "pregnant"}, 2),
    # twisted testicle
    ("urinary", TEENAGER, {"alarm": "testicle"}, 2),
    ("vomiting_diarrhoea", TEENAGER, {"alarm": "pain"}, 2),
    ("fever_child", Subject(12, sex="male", is_child_of_actor=True), {"other": "severe_pain"}, 2),
    ("something_else", TEENAGER, {"body": "testicle"}, 2),
    # diabetes, newly found or out of hand
    ("vomiting_diarrhoea", CHILD, {"fluid": "thirst"}, 2),
    ("vomiting_diarrhoea", MAN, {"background": "diabetes", "stools": "vomits", "ketones": "unknown"}, 2),
    ("breathing", YOUNG, {"now": "rest", "since": "days"}, 2),
    ("abdomen", TEENAGER, {"with": "thirst"}, 2),
    ("urinary", CHILD, {"symptoms": "thirst"}, 2),
    ("something_else", CHILD, {"signs": "thirst"}, 2),
    ("something_else", MAN, {"signs": "thirst", "general": "tired"}, 2),
    # the main artery
    ("back_pain", OLD_MAN, {"alarm": "belly"}, 1),
    ("back_pain", OLD_MAN, {"alarm": "kidney"}, 2),
    ("back_pain", MAN, {"alarm": "tearing"}, 1),
    ("abdomen", OLD_MAN, {"site": "flank", "since": "hours"}, 2),
    ("abdomen", OLD_MAN, {"alarm": "sudden"}, 1),
    ("urinary", OLD_MAN, {"alarm": "flank"}, 2),
    ("shoulder_pain", MAN, {"alarm": "tearing"}, 1),
    ("something_else", OLD_MAN, {"body": "belly"}, 2),
    # squeezed nerves low in the back
    ("urinary", MAN, {"alarm": "numb"}, 1),
    ("urinary", MAN, {"alarm": "retention"}, 2),
    ("stroke_signs", MAN, {"slow": "saddle"}, 1),
    ("something_else", MAN, {"body": "saddle"}, 1),
    ("back_pain", MAN, {"leg": "both"}, 2),
    # giant cell arteritis
    ("eye", OLD_WOMAN, {"alarm": "temple"}, 2),
    ("eye", OLD_WOMAN, {"alarm": "sudden_loss"}, 1),
    ("shoulder_pain", OLD_WOMAN, {"stiff": "temple"}, 2),
    ("something_else", OLD_WOMAN, {"head_chest": "jaw"}, 2),
    ("ear", OLD_WOMAN, {"pain": "mild"}, 3),
    # high pressure in the eye
    ("headache", OLD_WOMAN, {"alarm": "vision"}, 2),
    ("eye", OLD_WOMAN, {"alarm": "halos"}, 2),
    ("vomiting_diarrhoea", OLD_WOMAN, {"alarm": "head"}, 2),
    # stroke and bleeding in the brain
    ("headache", OLD_MAN, {"alarm": "sight_balance"}, 1),
    ("eye", OLD_MAN, {"alarm": "double"}, 1),
    ("ear", OLD_MAN, {"alarm": "stroke"}, 1),
    ("ear", OLD_MAN, {"alarm": "vertigo"}, 2),
    ("something_else", OLD_MAN, {"head_chest": "stroke"}, 1),
    ("shoulder_pain", OLD_MAN, {"alarm": "face_speech"}, 1),
    ("vomiting_diarrhoea", OLD_MAN, {"fluid": "dizzy"}, 3),
    ("headache", MAN, {"pain": "worst"}, 2),
    ("stroke_signs", MAN, {"signs": "headache"}, 1),
    ("something_else", MAN, {"head_chest": "headache"}, 1),
    ("wound_tick", OLD_MAN, {"alarm": "head_blow", "risk": "thinner"}, 2),
    ("vomiting_diarrhoea", CHILD, {"alarm": "head"}, 2),
    # quinsy, epiglottitis
    ("ear", MAN, {"alarm": "drooling"}, 1),
    ("ear", CHILD, {"alarm": "jaw"}, 2),
    ("cough_cold", MAN, {"alarm": "stridor"}, 1),
    ("fever_child", CHILD, {"alarm": "breathing"}, 1),
    # pre-eclampsia
    ("headache", WOMAN, {"pregnant": "yes", "pain": "severe"}, 2),
    ("headache", WOMAN, {"pregnant": "yes"}, 3),
    ("abdomen", WOMAN, {"pregnant": "yes", "site": "right_high"}, 2),
    ("eye", WOMAN, {"alarm": "curtain"}, 2),
    ("eye", WOMAN, {"vision": "worse"}, 3),
    ("something_else", WOMAN, {"body": "pregnant", "risk": "pregnant"}, 2),
    # anaphylaxis
    ("breathing", CHILD, {"alarm": "allergy"}, 1),
    ("rash", CHILD, {"alarm": "face", "kind": "hives"}, 1),
    ("vomiting_diarrhoea", CHILD, {"alarm": "allergy"}, 1),
    ("sore_throat", MAN, {"alarm": "allergy"}, 1),
    ("wound_tick", MAN, {"kind": "sting", "alarm": "allergy"}, 1),
    ("something_else", MAN, {"head_chest": "allergy"}, 1),
    # deep infection of the soft parts
    ("rash", MAN, {"alarm": "fast_pain", "general": "tired"}, 1),
    ("rash", MAN, {"alarm": "fast_pain"}, 2),
    ("wound_tick", MAN, {"alarm": "tissue"}, 1),
    ("back_pain", MAN, {"strength": "severe", "fever": "hot"}, 2),
    ("something_else", MAN, {"body": "pain"}, 2),
    # the bowel
    ("vomiting_diarrhoea", TODDLER, {"alarm": "pain"}, 2),
    ("vomiting_diarrhoea", TODDLER, {"fluid": "listless"}, 2),
    ("abdomen", TODDLER, {"with": "vomiting", "strength": "moderate"}, 2),
    ("abdomen", TODDLER, {"since": "hours"}, 3),
    ("something_else", TODDLER, {"small_child": "bile"}, 2),
    ("vomiting_diarrhoea", OLD_MAN, {"alarm": "blocked"}, 2),
    ("abdomen", OLD_MAN, {"alarm": "hernia"}, 2),
    # not wanting to live
    ("something_else", TEENAGER, {"body": "suicide"}, 2),
    ("something_else", WOMAN, {"body": "poison"}, 1),
    ("mental_health", TEENAGER, {"thoughts": "death", "trouble": "sleep"}, 2),
    ("wound_tick", TEENAGER, {"risk": "self"}, 2),
    ("vomiting_diarrhoea", TEENAGER, {"alarm": "poison"}, 1),
    # smoke or gas
    ("headache", WOMAN, {"alarm": "gas"}, 1),
    ("vomiting_diarrhoea", WOMAN, {"alarm": "poison"}, 1),
    ("breathing", WOMAN, {"alarm": "inhaled"}, 1),
)

ACHE_NOW = {
    "onset": "ongoing_short",
    "character": "movement",
    "injury": "strain",
    "pain": 3,
    "length": "seconds",
}
MILD: tuple[Case, ...] = (
    ("chest_pain", YOUNG, ACHE_NOW, 5),
    ("chest_pain", YOUNG, {"character": "movement", "length": "minutes"}, 4),
    ("headache", WOMAN, {"known": "usual", "pain": "moderate", "medicine": "some"}, 5),
    ("headache", WOMAN, {"known": "usual", "pain": "severe"}, 4),
    ("stroke_signs", MAN, {"numbness": "small_old"}, 4),
    ("breathing", WOMAN, {"now": "nose", "since": "days"}, 5),
    ("breathing", MAN, {"now": "exertion", "since": "months", "disease": "asthma", "reliever": "yes"}, 4),
    ("sore_throat", WOMAN, {"swallowing": "each_swallow", "cough": "cough", "days": 3}, 5),
    ("urinary", WOMAN, {"symptoms": ["burning", "frequent"]}, 5),
    ("urinary", WOMAN, {"symptoms": ["burning"], "trouble": "troublesome", "blood": "burning"}, 4),
    ("fever_child", CHILD, {"temperature": 39.4, "days": 1, "general": "tired", "other": "cold_only"}, 5),
    ("rash", CHILD, {"kind": "eczema", "since": "three"}, 5),
    ("rash", CHILD, {"kind": "pox", "since": "three"}, 4),
    ("back_pain", MAN, {"injury": "strain", "strength": "moderate"}, 5),
    ("abdomen", WOMAN, {"since": "known", "strength": "moderate", "course": "waves"}, 5),
    ("shoulder_pain", MAN, {"injury": "strain", "lift": "painful", "pain": 4}, 5),
    ("allergy", WOMAN, {"nose": "mild", "since": "longer", "trigger": "air"}, 5),
    ("allergy", WOMAN, {"nose": "bad", "since": "longer", "trigger": "air", "risk": "asthma"}, 4),
    ("mental_health", WOMAN, {"trouble": ["stress", "sleep"]}, 5),
    ("eye", CHILD, {"looks": "sticky", "pain": "gritty", "days": 2}, 5),
    ("ear", CHILD, {"pain": "helped", "fever": "some", "days": 1}, 5),
    ("cough_cold", WOMAN, {"general": "tired", "fever": "measured", "temperature": 38.3, "fever_days": 2}, 5),
    ("cough_cold", MAN, {"since": "weeks"}, 5),
    ("wound_tick", MAN, {"kind": "tick", "tick_skin": "small", "days": 1}, 5),
    ("wound_tick", CHILD, {"kind": "cut", "days": 0}, 5),
    ("vomiting_diarrhoea", MAN, {"drink": "sips", "stools": ["often_vomits", "loose"], "fever": "f38"}, 5),
    ("something_else", MAN, {"days": 4, "course": "better"}, 5),
    ("something_else", MAN, {"days": 40, "course": "same"}, 4),
)


@pytest.mark.parametrize("case", [*ROWS, *TOLD_ELSEWHERE], ids=_name)
def test_the_sign_is_at_least_as_urgent_as_its_row_says(case: Case) -> None:
    code, subject, given, most = case
    assert URGENCY[comes_to(code, subject, given).priority] <= URGENCY[most]


@pytest.mark.parametrize("case", MILD, ids=_name)
def test_what_is_mild_is_not_made_urgent(case: Case) -> None:
    code, subject, given, expected = case
    result = comes_to(code, subject, given)
    assert result.priority == expected, [hit.id for hit in result.rules]
