"""Every action that the code logs has plain words, and every word is about an action that there is."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from vardlots.audit.words import ACTIONS, Kind, said
from vardlots.cases.model import Verb
from vardlots.consultations.model import Act
from vardlots.tickets.model import Deed

SOURCE = Path(__file__).parents[2]
# What the log's own functions are called where they are used, and where the action stands among what they are given.
LOGS = {"access": 1}
IN_SQL = re.compile(r"INSERT INTO access_log\b.*?(?:VALUES|SELECT)(.*?)(?:\)\s*$|FROM|\))", re.S)


def modules() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if "tests" not in path.parts]


def constants(node: ast.expr) -> list[str] | None:
    """The texts that an expression can be; None when that cannot be read off it."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=other):
            first, second = constants(body), constants(other)
            return None if first is None or second is None else first + second
        case ast.Attribute(value=ast.Name(id="Verb"), attr=name):
            return [Verb[name].value]
        case ast.Attribute(value=ast.Name(id="Act"), attr=name):
            return [Act[name].value]
        case ast.Attribute(value=ast.Name(id="Deed"), attr=name):
            return [Deed[name].value]
        case ast.Attribute(attr="value", value=inner):
            return constants(inner)
    return None


def named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


class Module:
    """One file, and the actions that stand in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.unread: list[str] = []

    def actions(self) -> set[str]:
        found: set[str] = set()
        for function, call in self._calls(self.tree, None):
            if named(call) in LOGS:
                found |= self._of(call, LOGS[named(call)], "action", function)
        return found

    def _calls(self, node: ast.AST, inside: ast.AST | None) -> Iterator[tuple[ast.AST | None, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield inside, child
            deeper = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else inside
            yield from self._calls(child, deeper)

    def _of(self, call: ast.Call, place: int, keyword: str, function: ast.AST | None) -> set[str]:
        """What one call can log; where the action is what its function was given, what every caller gives it."""
        given = next((one.value for one in call.keywords if one.arg == keyword), None)
        if given is None:
            given = call.args[place] if len(call.args) > place else None
        if given is None:
            return set()
        texts = constants(given)
        if texts is not None:
            return set(texts)
        if isinstance(given, ast.Name) and isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._handed_down(given.id, function)
        self.unread.append(f"{self.path.name}:{call.lineno}")
        return set()

    def _handed_down(self, name: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
        parameters = [one.arg for one in function.args.args]
        keywords = [one.arg for one in function.args.kwonlyargs]
        if name not in parameters + keywords:
            return self._assigned(name, function)
        place = parameters.index(name) if name in parameters else 99
        found: set[str] = set()
        defaults = dict(zip(parameters[::-1], function.args.defaults[::-1], strict=False))
        defaults |= {k: d for k, d in zip(keywords, function.args.kw_defaults, strict=True) if d is not None}
        if name in defaults:
            found |= set(constants(defaults[name]) or ())
        for path in modules():
            if function.name not in path.read_text(encoding="utf-8"):
                continue
            # A private function is called in its own file; a public one anywhere.
            if function.name.startswith("_") and path != self.path:
                continue
            other = self if path == self.path else Module(path)
            for around, call in other._calls(other.tree, None):
                if named(call) == function.name:
                    found |= other._of(call, place, name, around)
            if other is not self:
                self.unread += other.unread
        return found

    def _assigned(self, name: str, function: ast.AST) -> set[str]:
        """A local name: what it is set to, or goes through."""
        found: set[str] = set()
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and any(getattr(to, "id", "") == name for to in node.targets):
                found |= set(constants(node.value) or ())
            if isinstance(node, ast.comprehension | ast.For) and getattr(node.target, "id", "") == name:
                for part in ast.walk(node.iter):
                    if isinstance(part, ast.expr):
                        found |= set(constants(part) or ())
        if not found:
            self.unread.append(f"{self.path.name}: {name}")
        return found


def written_in_sql() -> set[str]:
    found: set[str] = set()
    for path in modules():
        for statement in IN_SQL.findall(path.read_text(encoding="utf-8")):
            found |= set(re.findall(r"'([a-z_]+)'", statement)) - {"staff", "patient", "system"}
    return found


@cache
def in_the_code() -> set[str]:
    """Every action that can come to stand in the log."""
    found = {verb.value for verb in Verb} | {act.value for act in Act} | written_in_sql()
    unread: list[str] = []
    for path in modules():
        module = Module(path)
        found |= module.actions()
        unread += module.unread
    assert not unread, f"the action cannot be read off the code: {unread}"
    return found


def test_every_action_in_the_code_has_words() -> None:
    actions = in_the_code()
    assert {"read", "search_log", "answer", "accept", "consent", "read_case"} <= actions
    lacking = sorted(actions - set(ACTIONS))
    assert not lacking, f"say in audit/words.py what these are: {lacking}"


def test_every_word_is_about_an_action_that_there_is() -> None:
    assert sorted(set(ACTIONS) - in_the_code()) == []


@pytest.mark.parametrize("code", sorted(ACTIONS))
def test_words_are_words(code: str) -> None:
    one = ACTIONS[code]
    assert one.label[0].isupper()
    assert not one.label.endswith(".")
    assert one.kind in Kind


def test_what_is_not_known_is_said_by_its_code() -> None:
    assert said("some_old_thing", "sv") == "Annan åtgärd (some_old_thing)"
