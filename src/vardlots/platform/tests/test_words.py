"""Languages, times in words, and logs that name nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from vardlots.platform import clock, i18n
from vardlots.platform.logs import drop_personal
from vardlots.platform.pages import clock_time, when_words

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


@pytest.mark.parametrize(
    ("header", "lang"),
    [("en-GB,en;q=0.9", "en"), ("de,sv;q=0.8", "sv"), ("fi", "sv"), ("", "sv"), (None, "sv"), ("EN", "en")],
)
def test_the_browsers_language_is_taken_where_we_have_it(header: str | None, lang: str) -> None:
    assert i18n.best_language(header) == lang


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
