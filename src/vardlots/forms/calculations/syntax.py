"""A FHIRPath expression as a tree, or a sentence that says what is wrong with it.

The library's own reading takes `1 2` and `a..b` without a word. Here the same grammar is read to its end and every
fault is one. What is longer or deeper than anybody writes is refused before the grammar sees it.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

from antlr4 import CommonTokenStream, InputStream, ParseTreeWalker
from antlr4.error.ErrorListener import ErrorListener
from antlr4.error.Errors import ParseCancellationException, RecognitionException
from fhirpathpy.parser.ASTPathListener import ASTPathListener
from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

from vardlots.forms.faults import Told

Node: TypeAlias = dict[str, Any]
"""`type`, `children`, `text` and `terminalNodeText`, as the library's evaluators read them."""

LONGEST = 5_000
MOST_BRACKETS = 24
# One level is five calls; Python ends at a thousand, and a page has used some two hundred of them.
MOST_LEVELS = 80


class ExpressionError(ValueError):
    """An expression that cannot be used; the message is one sentence (`Told`)."""


class _Faults(ErrorListener):  # type: ignore[misc]
    def syntaxError(self, *told: Any) -> None:
        """Any fault ends the reading: `told` is the parser, the sign, its line and column, and what is wrong."""
        raise ParseCancellationException(f"{told[2]}:{told[3]}")


def parse(source: str) -> Node:
    """The tree of an expression. Raises ExpressionError.

    The time it takes is bounded by its length (5,000 signs) and its brackets (24 within each other).
    """
    if not source.strip():
        raise ExpressionError(Told({"sv": "uttrycket är tomt.", "en": "the expression is empty."}))
    if len(source) > LONGEST:
        said = {
            "sv": "uttrycket är längre än {most} tecken.",
            "en": "the expression is longer than {most} characters.",
        }
        raise ExpressionError(Told(said, most=LONGEST))
    if _brackets(source) > MOST_BRACKETS:
        raise _too_deep()
    try:
        tree = _read(source)
    except (ParseCancellationException, RecognitionException) as wrong:
        said = {
            "sv": "uttrycket går inte att läsa som FHIRPath.",
            "en": "the expression cannot be read as FHIRPath.",
        }
        raise ExpressionError(Told(said)) from wrong
    except RecursionError as wrong:
        raise _too_deep() from wrong
    if _levels(tree) > MOST_LEVELS:
        raise _too_deep()
    return tree


def _too_deep() -> ExpressionError:
    said = {
        "sv": "uttrycket har för många led. Dela upp det i flera uträknade frågor.",
        "en": "the expression has too many terms. Divide it into several calculated questions.",
    }
    return ExpressionError(Told(said))


def _brackets(source: str) -> int:
    """How many brackets stand within each other at most; those in texts count too."""
    deep = deepest = 0
    for sign in source:
        deep += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, deep)
    return deepest


def _read(source: str) -> Node:
    faults = _Faults()
    lexer = FHIRPathLexer(InputStream(source))
    lexer.removeErrorListeners()
    lexer.addErrorListener(faults)
    parser = FHIRPathParser(CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.addErrorListener(faults)
    listener = ASTPathListener()
    ParseTreeWalker().walk(listener, parser.entireExpression())
    tree: Node = listener.parentStack[0]["children"][0]["children"][0]
    return tree


def _levels(tree: Node) -> int:
    """How many expressions stand within each other at most."""
    deepest = 0
    waiting = [(tree, 1)]
    while waiting:
        node, deep = waiting.pop()
        deepest = max(deepest, deep)
        inner = deep + (node["type"].endswith("Expression") and node["type"] != "TermExpression")
        waiting += [(child, inner) for child in node.get("children", ())]
    return deepest


def nodes(tree: Node) -> Iterator[Node]:
    """Every node of the tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.get("children", ())


def constant(node: Node) -> str | None:
    """The name in `%name` or `` %`name` `` or `%'name'`, None for any other node."""
    while node["type"] == "TermExpression":
        node = node["children"][0]
    if node["type"] != "ExternalConstantTerm":
        return None
    inner = node["children"][0]
    if inner.get("children"):
        return str(inner["children"][0]["text"]).strip("`")
    return str(inner["terminalNodeText"][-1]).strip("'")


def member(node: Node) -> str | None:
    """The name in a step like `.answer`, None for any other step."""
    while node["type"] in ("TermExpression", "InvocationTerm"):
        node = node["children"][0]
    if node["type"] != "MemberInvocation":
        return None
    return str(node["children"][0]["text"]).strip("`")


def call(node: Node) -> tuple[str, list[Node]] | None:
    """The name and the arguments of a step like `.where(…)`, None for any other step."""
    while node["type"] in ("TermExpression", "InvocationTerm"):
        node = node["children"][0]
    if node["type"] != "FunctionInvocation":
        return None
    inner = node["children"][0]["children"]
    arguments = inner[1]["children"] if len(inner) > 1 else []
    return str(inner[0]["text"]).strip("`"), arguments


def literal(node: Node) -> str | None:
    """The text in `'text'`, None for any other node."""
    while node["type"] in ("TermExpression", "LiteralTerm"):
        node = node["children"][0]
    if node["type"] != "StringLiteral":
        return None
    text = str(node["text"])[1:-1]
    return text if "\\" not in text else None
