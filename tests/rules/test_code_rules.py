"""Rules that we repeat, as tests that read the code itself."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vardlots"
WRITES = re.compile(r"\b(INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE)
# Where a write may stand besides the verbs in `actions.py`: what all verbs share, the log, sessions, and the platform.
ALSO_WRITE = {"cases/turn.py", "consultations/turn.py", "audit/log.py", "access/sessions.py"}


def python_files() -> list[Path]:
    """The product's own modules, without their tests."""
    return [path for path in sorted(SOURCE.rglob("*.py")) if "tests" not in path.parts]


def name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_writes_stand_in_actions_only() -> None:
    for path in python_files():
        writes = WRITES.search(path.read_text(encoding="utf-8"))
        allowed = path.name == "actions.py" or name(path) in ALSO_WRITE or name(path).startswith("platform/")
        assert allowed or not writes, f"{name(path)} writes: {writes and writes[0]}"


@pytest.mark.parametrize("path", [p for p in python_files() if p.name == "actions.py"], ids=name)
def test_verbs_are_keyword_only_and_say_who_acts(path: Path) -> None:
    """By position a public verb takes where it is done (the house, or the database and the hub); who acts is `by=`."""
    # People and the directory are written before there is an actor: at sign-in, and when a region is set up.
    before_actors = {"people/actions.py", "clinics/actions.py"}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
            positional = [argument.arg for argument in node.args.args]
            assert len(positional) <= 1 or positional == ["database", "hub"], (
                f"{node.name} takes positional arguments"
            )
            keywords = {argument.arg for argument in node.args.kwonlyargs}
            assert "by" in keywords or name(path) in before_actors, f"{node.name} does not say who acts"
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_time_comes_from_the_clock() -> None:
    own = {"platform/clock.py", "platform/jobs.py", "worker.py"}
    for path in python_files():
        if name(path) in own or name(path).startswith("cli/"):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"datetime\.now\(|date\.today\(|utcnow\(", text), (
            f"{name(path)} looks at its own watch"
        )
        domain = not name(path).startswith("platform/")
        assert not (domain and re.search(r"\bnow\(\)\s*(?:,|\)|AT|-|\+|\")", _sql_of(text))), (
            f"{name(path)} uses SQL's now()"
        )


def _sql_of(code: str) -> str:
    if "now()" not in code:
        return ""
    strings = [
        node.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return "\n".join(text for text in strings if re.search(r"\b(SELECT|INSERT|UPDATE)\b", text))


def test_files_hold_one_subject() -> None:
    for path in python_files():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, f"{name(path)} is past 400 lines"


def test_templates_obey_the_content_security_policy() -> None:
    for path in sorted(SOURCE.glob("*/templates/**/*.html")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), f"{name(path)} has a script of its own"
        assert not re.search(r"\sstyle\s*=", text), f"{name(path)} has a style attribute"
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), f"{name(path)} has an event attribute"
        assert "|safe" not in text.replace(" ", ""), f"{name(path)} has text that is not escaped"


def tracked_text() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    files = [ROOT / line for line in listed if line and (ROOT / line).is_file()]
    return [file for file in files if file.suffix not in {".png", ".woff2", ".jpg", ".ico", ".heic", ".pdf"}]


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    hosts = [
        "pypi" + ".org",
        "python" + "hosted",
        "registry." + "npmjs",
        "deb." + "debian.org",
        "/work" + "/",
        "/tmp" + "/v/",
    ]
    for file in tracked_text():
        text = file.read_text(encoding="utf-8", errors="replace")
        for host in hosts:
            assert host not in text, f"{file.relative_to(ROOT)} names {host}"


def test_locks_hold_hashes_and_no_addresses() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"--(extra-)?index-url|--find-links|https?://", text)
    assert "resolved" not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_every_requirement_row_names_a_test_that_exists() -> None:
    table = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if re.match(r"\|\s*`?[A-J]\d{1,2}`?\s*\|", line)]
    assert len({re.match(r"\|\s*`?(\w+)", row)[1] for row in rows}) == len(rows), "a row is there twice"  # type: ignore[index]
    for row in rows:
        tests = re.findall(r"[\w./-]*test[\w./-]*\.(?:py|js|mjs|ts)", row)
        assert tests, f"no test: {row[:60]}"
        for test in tests:
            assert (ROOT / test).is_file(), f"{test} is not there: {row[:60]}"
