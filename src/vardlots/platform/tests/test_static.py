"""Static files: addresses that change with the content, and scripts that still parse when they are made small."""

import subprocess
from pathlib import Path

import pytest

from vardlots.platform import static
from vardlots.platform.static import STATIC, asset, scripts_version, smaller


def test_a_script_lives_in_a_folder_named_by_the_version_of_all_scripts() -> None:
    assert asset("js/app.js") == f"/static/@{scripts_version()}/js/app.js"


def test_another_file_carries_its_own_version() -> None:
    assert asset("css/base.css").startswith("/static/css/base.css?v=")
    assert asset("css/base.css") != asset("css/tokens.css").replace("tokens", "base")


@pytest.mark.slow
def test_scripts_made_small_still_parse_and_lose_no_export(tmp_path: Path) -> None:
    small = []
    for file in sorted((STATIC / "js").glob("*.js")):
        out = tmp_path / f"{file.stem}.mjs"
        out.write_bytes(smaller(file))
        small.append(str(out))
        before, after = file.read_text(encoding="utf-8"), out.read_text(encoding="utf-8")
        assert after.count("export ") >= before.count("\nexport ")
    for path in small:
        done = subprocess.run(["node", "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", ["../app.py", "css/../../app.py", "css", "nothing.css", "@x/../../app.py"])
def test_nothing_else_is_served(path: str) -> None:
    assert static._file(path) is None


@pytest.mark.parametrize("path", ["x" * 300, "a\x00b", ""])
def test_no_address_is_stumbled_over(path: str) -> None:
    assert static._file(path) is None


def test_addresses_that_lead_nowhere_are_not_kept_in_memory() -> None:
    static._file("css/base.css")
    before = static._kept_files()
    for n in range(50):
        assert static._file(f"nowhere-{n}.js") is None
    assert static._kept_files() == before
