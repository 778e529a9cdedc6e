"""What is installed is locked by hash, and the repository does not say from where."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[4]
LOCKS = ("requirements/base.txt", "requirements/dev.txt", "package-lock.json")


def script(name: str) -> ModuleType:
    """One of the scripts as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("name", LOCKS[:2])
def test_every_python_package_has_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 30
    assert [package.split(" ")[0] for package in packages if "--hash=sha256:" not in package] == []


def test_every_browser_package_has_its_hash() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    asked = re.findall(r'^  "([A-Za-z0-9-]+)\S*[>=]', project, re.MULTILINE)
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / LOCKS[0]).read_text(encoding="utf-8"), re.MULTILINE))
    assert asked
    assert {name.lower() for name in asked} <= locked


def test_the_builder_runs_the_tests() -> None:
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()[-1] == "exec make test"


@pytest.mark.parametrize(
    "path", sorted(path for path in (ROOT / "scripts").iterdir() if path.suffix == ""), ids=str
)
def test_shell_scripts_are_in_order(path: Path) -> None:
    if path.is_file():
        assert path.stat().st_mode & 0o100
        subprocess.run(["sh", "-n", path], check=True)


class TestIcons:
    """The sprite that is built of the icons' names."""

    @pytest.fixture
    def icons(self, tmp_path: Path) -> Path:
        """A folder with one icon."""
        space = "http://www.w3.org/2000/svg"
        (tmp_path / "bell.svg").write_text(
            f'<!-- a licence --><svg class="x" xmlns="{space}" width="24" viewBox="0 0 24 24" fill="none" '
            'stroke="currentColor" stroke-width="2">\n  <path d="M1 1"/>\n</svg>'
        )
        return tmp_path

    def test_one_symbol_for_each_name(self, icons: Path) -> None:
        sprite = script("build_icons").sprite(["bell"], icons)
        assert (
            '<symbol id="bell" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2">'
            in sprite
        )
        assert '<path d="M1 1" />' in sprite
        assert "class" not in sprite

    def test_unknown_names_are_told_of(self, icons: Path) -> None:
        module = script("build_icons")
        with pytest.raises(module.UnknownIcons, match="horn, whistle"):
            module.sprite(["bell", "horn", "whistle"], icons)

    def test_remarks_and_doubles_are_left_out(self) -> None:
        assert script("build_icons").read_names("# ours\nbell # rings\n\nbell\narrow\n") == ["arrow", "bell"]
