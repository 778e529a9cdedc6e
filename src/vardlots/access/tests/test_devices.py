"""Two words for a browser and its system, and nothing else of what it says of itself."""

import pytest

from vardlots.access.devices import device_of, is_handheld

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "told", "handheld"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36",
            "Chrome, Windows",
            False,
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.3595.53",
            "Edge, Windows",
            False,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Linux", False),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/26.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
            True,
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 "
            "Mobile/15E148 Safari/604.1",
            "Chrome, iPad",
            True,
        ),
        (
            f"Mozilla/5.0 (Linux; Android 16; SM-S938B Build/AP3A) {WEBKIT} SamsungBrowser/29.0 Chrome/136.0 Mobile "
            "Safari/537.36",
            "Samsung Internet, Android",
            True,
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
            "Safari/605.1.15",
            "Safari, Mac",
            False,
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/142.0 Safari/537.36",
            "Chrome, ChromeOS",
            False,
        ),
        ("curl/8.15.0", "", False),
        ("", "", False),
        (None, "", False),
        ("<script>alert(1)</script> Firefox/1", "Firefox", False),
    ],
    ids=str,
)
def test_a_browser_is_told_in_two_words(said: str | None, told: str, handheld: bool) -> None:
    assert (device_of(said), is_handheld(device_of(said))) == (told, handheld)


def test_the_longest_fits_its_column() -> None:
    from vardlots.access.devices import BROWSERS, SYSTEMS

    longest = max(len(name) for _, name in BROWSERS) + 2 + max(len(name) for _, name in SYSTEMS)
    assert longest <= 40
