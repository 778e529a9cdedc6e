"""What a person may send, what is kept of it, and the sentence when it cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vardlots.forms.answering import Answer, Fault, validate_answer
from vardlots.forms.model import DECLINED, Coding, Expression, Item, ItemType, Option, OptionKind
from vardlots.forms.sentences import SENTENCES
from vardlots.forms.text import missing_languages

TEXT = {"sv": "Fråga", "en": "Question"}
UNITS = (Coding("kg", None, "kg"), Coding("g", None, "gram"))
OPTIONS = (
    Option("a", {"sv": "A", "en": "A"}),
    Option("b", {"sv": "B", "en": "B"}),
    Option("none", {"sv": "Inget {av} det", "en": "None"}, exclusive=True),
)


def item(type: str, **more: object) -> Item:
    """A question of that type."""
    options = OPTIONS if "choice" in type else ()
    return Item("q", ItemType(type), TEXT, answer_option=options, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "raw", "kept"),
    [
        (item("boolean"), "ja", (True,)),
        (item("boolean"), False, (False,)),
        (item("boolean", required=True), "no", (False,)),
        (item("choice"), "a", ("a",)),
        (item("choice", repeats=True), ["a", "b", "a"], ("a", "b")),
        (item("choice", repeats=True), ["none"], ("none",)),
        (item("open-choice"), {"other": " teckenspråk "}, ({"other": "teckenspråk"},)),
        (item("integer"), " 12 ", (12,)),
        (item("integer"), 3.0, (3,)),
        (item("decimal"), "38,6", (38.6,)),
        (item("decimal"), "−1,5", (-1.5,)),
        (item("quantity", unit="kg"), "72,5", ({"value": 72.5, "unit": "kg"},)),
        (item("quantity", unit="kg"), {"value": 72, "unit": "kg"}, ({"value": 72, "unit": "kg"},)),
        (item("date"), "2026-03-14", ("2026-03-14",)),
        (item("string"), " hej ", ("hej",)),
        (item("text"), "a\r\nb", ("a\nb",)),
        (item("attachment"), "file-1", ({"id": "file-1", "title": ""},)),
        (item("attachment", repeats=True), [{"id": "1", "title": "x"}, "2"],
         ({"id": "1", "title": "x"}, {"id": "2", "title": ""})),
        (item("dateTime"), "2026-03-14T08:30", ("2026-03-14T08:30",)),
        (item("dateTime"), "2026-03-14 08:30", ("2026-03-14T08:30",)),
        (item("dateTime"), "2026-03-14T08:30:00+01:00", ("2026-03-14T08:30:00+01:00",)),
        (item("time"), "8.30", ("08:30",)),
        (item("time"), "23:59:59", ("23:59:59",)),
        (item("url"), "www.1177.se", ("https://www.1177.se",)),
        (item("url"), " https://å.example.se/a?b=1#c ", ("https://å.example.se/a?b=1#c",)),
        (item("decimal", max_decimals=1), "72,50", (72.5,)),
        (item("quantity", unit_options=UNITS), {"value": "5", "unit": "gram"}, ({"value": 5.0, "unit": "gram"},)),
        (item("quantity", unit_options=UNITS), {"value": "5", "unit": "g"}, ({"value": 5.0, "unit": "gram"},)),
        (item("quantity", unit="kg", unit_options=UNITS), "5", ({"value": 5.0, "unit": "kg"},)),
        (Item("q", ItemType.CHOICE, TEXT, answer_option=(Option("3", TEXT, kind=OptionKind.INTEGER),)), 3, ("3",)),
        (item("integer", repeats=True, min_occurs=2), [1, 2], (1, 2)),
        (item("integer", repeats=True, min_occurs=2), [], ()),
        (item("string"), "", ()),
        (item("choice"), None, ()),
        (item("choice"), [], ()),
        (item("integer", required=True, may_decline=True), {"declined": True}, (DECLINED,)),
    ],
)  # fmt: skip
def test_an_answer_is_kept_in_its_own_type(question: Item, raw: object, kept: tuple[object, ...]) -> None:
    result = validate_answer(question, raw)
    assert result == Answer("q", kept)  # type: ignore[arg-type]
    assert isinstance(result, Answer)
    assert [type(value) for value in result.values] == [type(value) for value in kept]


@pytest.mark.parametrize(
    ("question", "raw", "sentence"),
    [
        (item("string", required=True), " ", "Svara på frågan för att gå vidare."),
        (item("choice", required=True), None, "Välj ett svar."),
        (item("choice", required=True, repeats=True), [], "Välj minst ett svar."),
        (item("choice"), ["a", "b"], "Välj bara ett svar."),
        (item("choice"), "c", "Välj bland svaren som visas."),
        (item("choice"), {"other": "x"}, "Välj bland svaren som visas."),
        (item("choice", repeats=True), ["a", "none"],
         "”Inget {av} det” går inte att välja tillsammans med andra svar. Ta bort det eller de andra."),
        (item("open-choice"), {"other": " "}, "Skriv vad du menar."),
        (item("boolean"), 1, "Välj ja eller nej."),
        (item("decimal"), "varm", "Skriv ett tal med siffror."),
        (item("decimal"), True, "Skriv ett tal med siffror."),
        (item("decimal"), float("nan"), "Skriv ett tal med siffror."),
        (item("decimal"), "1e999", "Skriv ett tal med siffror."),
        (item("integer"), "1,5", "Skriv ett helt tal, utan decimaler."),
        (item("decimal", min_value=34.5), 20, "Skriv ett tal som är minst 34,5."),
        (item("integer", max_value=10.0), 11, "Skriv ett tal som är högst 10."),
        (item("quantity", unit="kg"), {"value": 160, "unit": "lb"}, "Ange värdet i kg."),
        (item("date"), "14/3", "Skriv datumet som år-månad-dag, till exempel 2026-03-14."),
        (item("date", min_value="2026-01-01"), "2025-12-31", "Välj 2026-01-01 eller en senare dag."),
        (item("date", max_value="2026-01-01"), "2026-02-01", "Välj 2026-01-01 eller en tidigare dag."),
        (item("string", max_length=3), "fyra", "Texten är 4 tecken. Korta den till högst 3."),
        (item("string", pattern="[0-9]+", pattern_help={"sv": "Bara siffror.", "en": "Figures."}), "x",
         "Bara siffror."),
        (item("string", min_length=3), "x", "Texten är 1 tecken. Skriv minst 3."),
        (item("decimal", max_decimals=1), "72,55", "Skriv talet med högst 1 decimaler."),
        (item("decimal", max_decimals=0), "72,5", "Skriv ett helt tal, utan decimaler."),
        (item("quantity", unit_options=UNITS), "5", "Välj enhet: kg, gram."),
        (item("quantity", unit_options=UNITS), {"value": 5, "unit": "lb"}, "Välj enhet: kg, gram."),
        (item("dateTime"), "2026-03-14", "Skriv både dag och klockslag."),
        (item("dateTime"), "2026-02-30T08:30", "Skriv både dag och klockslag."),
        (item("dateTime"), "2026-03-14T08:30x", "Skriv både dag och klockslag."),
        (item("dateTime", max_value="2026-03-14"), "2026-03-15T00:30", "Välj 2026-03-14 eller tidigare."),
        (item("time"), "25:00", "Skriv klockslaget som timme.minut, till exempel 08.30."),
        (item("time", min_value="08:00"), "07:59", "Välj 08:00 eller senare."),
        (item("url"), "javascript:alert(1)", "Skriv hela webbadressen, till exempel https://www.1177.se."),
        (item("url"), "https://1177.se@evil.example", "Skriv hela webbadressen, till exempel https://www.1177.se."),
        (item("url"), "https://a b.se", "Skriv hela webbadressen, till exempel https://www.1177.se."),
        (item("url"), "ftp://a.se", "Skriv hela webbadressen, till exempel https://www.1177.se."),
        (item("url"), "https://[", "Skriv hela webbadressen, till exempel https://www.1177.se."),
        (item("integer", repeats=True, min_occurs=2), [1], "Lägg till minst 2."),
        (item("string", read_only=True), "x", "Det här fylls i av sig självt och går inte att ändra."),
        (item("integer", calculated_expression=Expression("1")), 1,
         "Det här fylls i av sig självt och går inte att ändra."),
        (item("attachment"), {"id": ""}, "Bilden kom inte fram. Välj den igen."),
        (item("attachment", repeats=True, max_occurs=1), ["1", "2"], "Lägg till högst 1."),
        (item("attachment"), {"id": "x" * 256}, "Bilden kom inte fram. Välj den igen."),
        (item("attachment"), "a\x00b", "Bilden kom inte fram. Välj den igen."),
        (item("string", repeats=True), [str(n) for n in range(60_000)], "Lägg till högst 2000."),
        (item("integer"), {"declined": True}, "Den här frågan behöver ett svar."),
    ],
)  # fmt: skip
def test_a_wrong_answer_says_what_to_do(question: Item, raw: object, sentence: str) -> None:
    result = validate_answer(question, raw)
    assert isinstance(result, Fault)
    assert result.sentence("sv") == sentence
    assert result.sentence("en") != sentence


def test_every_sentence_is_in_every_language() -> None:
    assert all(not missing_languages(text) and text.get("ar") for text in SENTENCES.values())


@given(
    raw=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("id", "other", "value")), inner)
        ),
        max_leaves=4,
    ),
    type=st.sampled_from([t.value for t in ItemType if t not in (ItemType.GROUP, ItemType.DISPLAY)]),
    repeats=st.booleans(),
)
def test_whatever_is_sent_gives_an_answer_or_a_sentence(raw: object, type: str, repeats: bool) -> None:
    result = validate_answer(item(type, repeats=repeats), raw)
    if isinstance(result, Fault):
        assert result.sentence("sv")
    else:
        assert validate_answer(item(type, repeats=repeats), list(result.values)) == result
