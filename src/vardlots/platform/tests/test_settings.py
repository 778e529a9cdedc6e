"""Settings: one sentence per fault, all at once, and a page that is never behind."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from vardlots.platform.settings import Settings, SettingsError, load_settings, setting_fields
from vardlots.platform.settings_page import settings_page
from vardlots.platform.settings_rules import PREFIX

PAGE = Path(__file__).parents[4] / "docs/settings.md"
DATABASE = {"DATABASE_URL": "postgresql://a:hemligt@localhost/b"}


@pytest.fixture
def real(tmp_path: Path) -> dict[str, str]:
    """A whole environment outside demo mode."""
    found = DATABASE | {
        "VARDLOTS_DATA_DIR": str(tmp_path),
        "VARDLOTS_SECRET_KEY": "k" * 32,
        "VARDLOTS_BASE_URL": "https://vard.example/",
    }
    for who in ("PATIENT", "STAFF"):
        found[f"VARDLOTS_OIDC_{who}_ISSUER"] = "https://id.example"
        found[f"VARDLOTS_OIDC_{who}_CLIENT_ID"] = "vardlots"
        found[f"VARDLOTS_OIDC_{who}_CLIENT_SECRET"] = "mycket-hemligt"
    return found


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    """The least environment of the demo."""
    return DATABASE | {"VARDLOTS_DEMO": "true", "VARDLOTS_DATA_DIR": str(tmp_path / "data")}


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load_settings(environ)
    return raised.value.faults


def test_a_whole_environment_is_read(real: dict[str, str]) -> None:
    settings = load_settings(real | {"PORT": "8001", "VARDLOTS_TRUSTED_PROXIES": "10.0.0.0/8, ::1"})
    assert settings.base_url == "https://vard.example"
    assert settings.port == 8001
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.migrate_url == settings.database_url
    assert (settings.session_idle_minutes, settings.session_absolute_hours) == (60, 12)
    assert settings.file_store_url.startswith("file:///")
    assert settings.file_store_options() == {}


def test_every_fault_is_told_at_once_and_names_its_variable(real: dict[str, str]) -> None:
    told = faults(
        real
        | {
            "PORT": "99999",
            "VARDLOTS_DEMO": "perhaps",
            "VARDLOTS_SECRET_KEY": "short",
            "VARDLOTS_SMS_ADAPTER": "http",
            "VARDLOTS_DB_POOL_MIN": "20",
            "VARDLOTS_TRUSTED_PROXIES": "everybody",
            "VARDLOTS_FILE_STORE_URL": "ftp://files",
            "VARDLOTS_LOG_LEVL": "INFO",
        }
    )
    for variable in ("PORT", "DEMO", "SECRET_KEY", "SMS_HTTP_URL", "SMS_HTTP_TOKEN", "DB_POOL_MIN"):
        assert sum(variable in sentence.split(" ")[0] for sentence in told) == 1, (variable, told)
    assert "VARDLOTS_LOG_LEVL is not a setting; did you mean VARDLOTS_LOG_LEVEL?" in told
    assert len(told) == 9


@pytest.mark.parametrize(
    "lacking", ["DATABASE_URL", "VARDLOTS_SECRET_KEY", "VARDLOTS_OIDC_STAFF_CLIENT_SECRET"]
)
def test_what_is_needed_outside_demo_mode(real: dict[str, str], lacking: str) -> None:
    del real[lacking]
    assert [sentence.split(" ")[0] for sentence in faults(real)] == [lacking]


@pytest.mark.parametrize("name", ["VARDLOTS_BASE_URL", "VARDLOTS_OIDC_PATIENT_ISSUER"])
def test_only_https_outside_demo_mode(real: dict[str, str], name: str) -> None:
    assert faults(real | {name: "http://vard.example"}) == [
        f"{name} must begin with https:// outside demo mode."
    ]


def test_the_demo_makes_a_key_once_that_only_its_owner_reads(demo: dict[str, str]) -> None:
    first = load_settings(demo)
    kept = first.data_dir / "secret_key"
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert load_settings(demo).secret_key == first.secret_key
    assert first.base_url == "http://localhost:8000"


def test_a_damaged_key_is_told_of(demo: dict[str, str]) -> None:
    kept = load_settings(demo).data_dir / "secret_key"
    kept.write_text("x")
    assert "is damaged" in faults(demo)[0]


def test_an_s3_store_needs_its_credentials_and_hands_them_on(real: dict[str, str]) -> None:
    real["VARDLOTS_FILE_STORE_URL"] = "s3://bilder"
    assert len(faults(real)) == 3
    real["VARDLOTS_FILE_STORE_ENDPOINT"] = "https://s3.example"
    real["VARDLOTS_FILE_STORE_KEY"] = "nyckel"
    real["VARDLOTS_FILE_STORE_SECRET"] = "lås"
    options = load_settings(real).file_store_options()
    assert options["endpoint"] == "https://s3.example"
    assert options["allow_http"] == "false"


def test_secrets_are_not_shown(real: dict[str, str]) -> None:
    shown = repr(load_settings(real | {"VARDLOTS_METRICS_TOKEN": "mätarhemlighet"}))
    assert "hemlig" not in shown
    assert "k" * 32 not in shown
    assert "port=8000" in shown


def test_every_field_that_sounds_secret_is_marked_so() -> None:
    sounding = [
        f for f in setting_fields() if any(part in f.name for part in ("secret", "token", "database_url"))
    ]
    assert sounding
    assert all(field.secret for field in sounding)


def test_settings_cannot_be_changed(real: dict[str, str]) -> None:
    with pytest.raises(AttributeError):
        load_settings(real).port = 1  # type: ignore[misc]


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), (
        "run python -m vardlots.platform.settings_page"
    )
    assert len(setting_fields()) == len(msgspec.structs.fields(Settings))
    assert all(
        field.variable.startswith(PREFIX) or field.variable in ("DATABASE_URL", "PORT")
        for field in setting_fields()
    )


def test_of_many_that_start_at_once_all_have_the_same_key(demo: dict[str, str]) -> None:
    with ThreadPoolExecutor(16) as starts:
        keys = set(starts.map(lambda _: load_settings(demo).secret_key, range(64)))
    assert len(keys) == 1
    assert [path.name for path in load_settings(demo).data_dir.glob("secret_key*")] == ["secret_key"]
