"""Where an expression reads answers: paths that only walk to an item are found once, not walked at every step.

`%resource.descendants().where(linkId='x').answer.value` asks for nothing but the answers to `x`, so it becomes a
place (*slot*) that the answers to `x` are put in. What the walk cannot be read from is evaluated on the whole
response, and its expression depends on everything.
"""

from functools import lru_cache
from typing import Literal

import msgspec

from vardlots.forms.calculations import syntax
from vardlots.forms.calculations.evaluate import prepare
from vardlots.forms.calculations.functions import REFUSED, TABLE
from vardlots.forms.calculations.syntax import ExpressionError, Node
from vardlots.forms.faults import Told


class Step(msgspec.Struct, frozen=True):
    """One step of a walk: to items just below (`child`), below an answer (`nested`) or anywhere below (`any`).

    `link_id` is which of them; None is all.
    """

    how: Literal["child", "nested", "any"]
    link_id: str | None


class Walk(msgspec.Struct, frozen=True):
    """A walk from `root` (`resource`, `context`, or a variable) to items, their answers, or the values of these."""

    root: str
    steps: tuple[Step, ...]
    end: Literal["item", "answer", "value"]


class Compiled(msgspec.Struct, frozen=True):
    """An expression that is ready to be bound to a form.

    `slots` are the walks whose outcome is put in; `names` the constants that are read otherwise. `whole` when the
    expression is nothing but a walk. `walks_itself` when it goes through the response in ways of its own.
    """

    source: str
    tree: Node
    slots: tuple[Walk, ...]
    names: frozenset[str]
    whole: Walk | None
    walks_itself: bool


ROOTS = ("resource", "rootResource")


def compile(source: str, opaque: frozenset[str] = frozenset()) -> Compiled:
    """The expression, read once and kept. Walks from constants in `opaque` are not looked for.

    Raises ExpressionError.
    """
    found = _kept(source, opaque)
    if isinstance(found, Told):
        raise ExpressionError(found)
    return found


@lru_cache(maxsize=8192)
def _kept(source: str, opaque: frozenset[str]) -> Compiled | Told:
    """The expression, or what is wrong with it: that takes as long to find, and stays so."""
    try:
        return _compiled(source, opaque)
    except ExpressionError as wrong:
        if isinstance(wrong.__cause__, RecursionError):
            # How deep one may go hangs on who asks.
            raise
        said: Told = wrong.args[0]
        return said


def _compiled(source: str, opaque: frozenset[str]) -> Compiled:
    tree = syntax.parse(source)
    _check_functions(tree)
    walked: dict[int, Walk] = {}
    _find(tree, walked, bare=True)
    found = {place: walk for place, walk in walked.items() if walk.root not in opaque}
    ends = {place: walk for place, walk in found.items() if walk.end != "item"}
    walks = tuple(dict.fromkeys(ends.values()))
    slots = {place: walks.index(walk) for place, walk in ends.items()}
    names, bare = _left(tree, frozenset(slots), bare=True)
    return Compiled(
        source,
        prepare(tree, slots),
        walks,
        frozenset(names),
        found.get(id(tree)),
        bare or any(name in ROOTS or name == "context" for name in names),
    )


def _check_functions(tree: Node) -> None:
    for node in syntax.nodes(tree):
        called = syntax.call(node) if node["type"] == "FunctionInvocation" else None
        if called is None:
            continue
        name = called[0]
        if name in REFUSED:
            said = {
                "sv": "funktionen ”{name}” får inte användas.",
                "en": "the function “{name}” may not be used.",
            }
            raise ExpressionError(Told(said, name=name))
        if name not in TABLE:
            said = {"sv": "funktionen ”{name}” finns inte.", "en": "there is no function “{name}”."}
            raise ExpressionError(Told(said, name=name))


def _find(node: Node, found: dict[int, Walk], *, bare: bool) -> None:
    """Every walk in the tree, the longest at each place. `bare` where a path without a root begins at the context."""
    walk = _walk(node) if bare or _rooted(node) else None
    if walk is not None:
        found[id(node)] = walk
        return
    called = syntax.call(node) if node["type"] == "FunctionInvocation" else None
    if called is not None:
        for argument in called[1]:
            _find(argument, found, bare=False)
        return
    children = node.get("children", ())
    for index, child in enumerate(children):
        # In `a.b` only the first begins at the context; what comes after begins at what came before.
        _find(child, found, bare=bare and (index == 0 or node["type"] != "InvocationExpression"))


def _rooted(node: Node) -> bool:
    """Whether the path begins at a constant, so that it is the same wherever it stands."""
    while node["type"] in ("InvocationExpression", "IndexerExpression"):
        node = node["children"][0]
    return syntax.constant(node) is not None


def _walk(node: Node) -> Walk | None:
    """The walk that a node is, if it is nothing else."""
    name = syntax.constant(node)
    if name is not None:
        return Walk("resource" if name in ROOTS else name, (), "item")
    if node["type"] == "TermExpression":
        return _stepped(Walk("context", (), "item"), node)
    if node["type"] != "InvocationExpression" or len(node["children"]) != 2:
        return None
    before = _walk(node["children"][0])
    return None if before is None else _stepped(before, node["children"][1])


def _stepped(walk: Walk, step: Node) -> Walk | None:
    """The walk after one more step, None where the step is not one of a walk."""
    name = syntax.member(step)
    if name is not None:
        return _to_member(walk, name)
    called = syntax.call(step)
    if called is None:
        return None
    function, arguments = called
    if function == "where" and len(arguments) == 1:
        link_id = _link_id(arguments[0])
        last = walk.steps[-1] if walk.steps else None
        if walk.end == "item" and last is not None and last.link_id is None and link_id is not None:
            return msgspec.structs.replace(walk, steps=(*walk.steps[:-1], Step(last.how, link_id)))
        return None
    if walk.end != "item" or (walk.steps and walk.steps[-1].link_id is None):
        return None
    if function == "descendants" and not arguments:
        return msgspec.structs.replace(walk, steps=(*walk.steps, Step("any", None)))
    if function == "repeat" and len(arguments) == 1 and syntax.member(arguments[0]) == "item":
        return msgspec.structs.replace(walk, steps=(*walk.steps, Step("any", None)))
    return None


def _to_member(walk: Walk, name: str) -> Walk | None:
    last = walk.steps[-1] if walk.steps else None
    if last is not None and last.how == "any" and last.link_id is None:
        # All descendants are more than items: only those that are picked out by linkId are known to be.
        return None
    if name == "item" and walk.end == "item":
        return msgspec.structs.replace(walk, steps=(*walk.steps, Step("child", None)))
    if name == "item" and walk.end == "answer":
        return Walk(walk.root, (*walk.steps, Step("nested", None)), "item")
    if name == "answer" and walk.end == "item" and (walk.steps or walk.root == "context"):
        return msgspec.structs.replace(walk, end="answer")
    if name == "value" and walk.end == "answer":
        return msgspec.structs.replace(walk, end="value")
    return None


def _link_id(node: Node) -> str | None:
    """`x` in `linkId = 'x'`, None for any other condition."""
    if node["type"] != "EqualityExpression" or node["terminalNodeText"] != ["="]:
        return None
    left, right = node["children"]
    if left["type"] == "InvocationExpression" and left["text"].replace(" ", "") == "$this.linkId":
        return syntax.literal(right)
    return syntax.literal(right) if syntax.member(left) == "linkId" else None


def _left(node: Node, taken: frozenset[int], *, bare: bool) -> tuple[set[str], bool]:
    """The constants outside the slots, and whether a path begins at the context without saying so."""
    if id(node) in taken:
        return set(), False
    name = syntax.constant(node)
    if name is not None:
        return {name}, False
    called = syntax.call(node) if node["type"] == "FunctionInvocation" else None
    names: set[str] = set()
    # `today()` begins a path at nothing; a name that stands first, or a loop over it, begins at the context.
    begins = bare and (syntax.member(node) is not None if node["type"] == "MemberInvocation" else False)
    if bare and called is not None and called[0] in _LOOPS:
        begins = True
    for index, child in enumerate(node.get("children", ())):
        first = bare and called is None and (index == 0 or node["type"] != "InvocationExpression")
        inner, inner_begins = _left(child, taken, bare=first)
        names |= inner
        begins = begins or inner_begins
    return names, begins


_LOOPS = {"descendants", "children", "repeat", "where", "select", "exists", "all"}
