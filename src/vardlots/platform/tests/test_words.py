"""Languages, times in words, and logs that name nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from litestar import Request

from vardlots.platform import clock, i18n
from vardlots.platform.logs import drop_personal
from vardlots.platform.pages import clock_time, day_words, language_of, when_words

NOON = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)


def test_constant_words_are_translated_in_the_source_of_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        i18n, "translator", lambda _lang: {"Hem": "Home", 'Säg "hej"': 'Say "hi"'}.__getitem__
    )
    source = (
        """<a>{{ _("Hem") }}</a>{{ link(_('Hem')) }}{{ _("Säg \\"hej\\"") }}{{ name_("Hem") }}{{ _(word) }}"""
    )
    assert i18n.translate_constants(source, "en") == (
        """<a>{{ "Home" }}</a>{{ link("Home") }}{{ "Say \\"hi\\"" }}{{ name_("Hem") }}{{ _(word) }}"""
    )


def test_a_comma_is_the_languages_own() -> None:
    assert [i18n.comma(lang) for lang in ("sv", "en", "ar")] == [", ", ", ", "، "]
    assert i18n.joined("sv", "Halsont", "", "Tuva") == "Halsont, Tuva"


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        *(
            ("en-GB,en;q=0.9", "en"),
            ("de,sv;q=0.8", "sv"),
            ("fi", "sv"),
            ("", "sv"),
            (None, "sv"),
            ("EN", "en"),
        ),
        *(("ar-SY,sv;q=0.5", "ar"), ("fa,ar;q=0.5", "ar")),
    ],
)
def test_the_browsers_language_is_taken_where_we_have_it(header: str | None, lang: str) -> None:
    assert i18n.best_language(header) == lang


@pytest.mark.parametrize(
    ("path", "cookie", "accept", "lang"),
    [
        ("/my/profile", "ar", "en", "ar"),
        ("/my/profile", "", "ar", "ar"),
        ("/staff", "ar", "", "sv"),
        ("/staff/cases/1-42", "", "ar", "sv"),
        ("/staff", "", "ar,en;q=0.8", "en"),
        ("/staff", "en", "ar", "en"),
    ],
)
def test_staff_work_in_swedish_or_english_whatever_the_browser_was_left_in(
    path: str, cookie: str, accept: str, lang: str
) -> None:
    headers = [(b"cookie", f"lang={cookie}".encode()), (b"accept-language", accept.encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": headers,
        "query_string": b"",
        "state": {},
    }
    assert language_of(Request(scope)) == lang  # type: ignore[arg-type]


def test_what_is_said_in_swedish_on_an_arabic_page_is_marked() -> None:
    assert i18n.tongue("ar", "Hur mår du?") == "sv"
    assert i18n.tongue("ar", "كيف حالك؟") == "ar"
    assert i18n.tongue("ar", "Halsont, \u2066Tuva\u2069، العمر 6") == "ar"
    assert [i18n.tongue("ar", nothing) for nothing in ("", None, "38,6", "070-174 06 12")] == ["ar"] * 4
    assert [i18n.tongue(lang, "Hur mår du?") for lang in ("sv", "en")] == ["sv", "en"]
    assert i18n.tongue_attributes("ar", "Hur mår du?") == ' lang="sv" dir="ltr"'
    assert i18n.tongue_attributes("ar", "كيف حالك؟") == i18n.tongue_attributes("sv", "Hej") == ""


def test_values_in_a_sentence_from_right_to_left_keep_their_own_direction() -> None:
    assert i18n.apart("sv", "070-174 06 12") == "070-174 06 12"
    assert i18n.apart("ar", "070-174 06 12") == "\u2066070-174 06 12\u2069"
    assert i18n.apart("ar", "الجمعة 4 ديسمبر") == "\u2067الجمعة 4 ديسمبر\u2069"
    assert i18n.text("ar", "Ring {number}", number="112").endswith("\u2066112\u2069")
    assert i18n.joined("ar", "Axelbesvär", "", "أنت") == "\u2066Axelbesvär\u2069\u060c \u2067أنت\u2069"
    assert i18n.joined("sv", "Axelbesvär", "", "du") == "Axelbesvär, du"
    assert i18n.text("sv", "Ring {number}", number="112") == "Ring 112"


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "لا أحد قبلك."),
        (1, "شخص واحد قبلك."),
        (2, "شخصان قبلك."),
        (3, "3 أشخاص قبلك."),
        (10, "10 أشخاص قبلك."),
        (11, "11 شخصًا قبلك."),
        (99, "99 شخصًا قبلك."),
        (100, "100 شخص قبلك."),
        (102, "102 شخص قبلك."),
        (103, "103 أشخاص قبلك."),
    ],
)
def test_arabic_counts_in_six_ways(n: int, said: str) -> None:
    assert i18n.plural("ar", "{n} är före.", "{n} är före.", n) == said


def test_days_in_arabic_are_words_with_figures_that_all_read() -> None:
    with clock.at(NOON):
        assert day_words(NOON, "ar") == "الخميس 19 نوفمبر"
        assert when_words(NOON - timedelta(days=1), "ar") == "أمس 12.00"


def test_times_are_said_as_one_would_today() -> None:
    with clock.at(NOON):
        assert when_words(NOON, "sv") == "12.00"
        assert when_words(NOON - timedelta(days=1), "sv") == "i går 12.00"
        assert when_words(NOON - timedelta(days=2), "sv") == "tis 17 nov 12.00"


def test_a_wall_clock_follows_summer_time() -> None:
    assert clock_time(datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == "01.59"
    assert clock_time(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == "03.00"


def test_midnight_belongs_to_the_day_in_sweden() -> None:
    with clock.at(datetime(2026, 11, 19, 23, 30, tzinfo=UTC)):
        assert clock.today().isoformat() == "2026-11-20"


def test_logs_never_hold_what_names_a_person() -> None:
    event = {
        "event": "x",
        "case": "1-42",
        "name": "Tuva",
        "number": "20200314-2383",
        "text": "ont",
        "mobile": "070",
    }
    kept = drop_personal(None, "info", event)
    assert kept["case"] == "1-42"
    assert {kept[field] for field in ("name", "number", "text", "mobile")} == {"…"}
