"""Evaluating a prepared tree with the library, every step within a budget.

The library walks a tree of nodes and looks up how to evaluate each by its type. A prepared tree has types of our own
(registered beside the library's, whose own stay as they are): each pays for what it is about to do, lets the library
do it, and looks at what came out. So the time is bounded by the budget whatever the expression and the answers are:

- every node that is visited costs 1 and every value that goes into it 1; loops (`where`, `repeat`, …) visit the nodes
  of their expression again for each value, so they pay each time;
- what compares or copies in pairs pays for the pairs before it begins (`functions._paying`);
- a step into members is taken value by value, so that nothing grows before it is paid for;
- texts have at most 5,000 signs, numbers 30 digits, collections 20,000 values: nothing a single call gets is large.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vardlots.forms.calculations.budget import Budget
from vardlots.forms.calculations.functions import TABLE
from vardlots.forms.calculations.library import do_eval, evaluators, plain, use_model
from vardlots.forms.calculations.syntax import Node, constant

_ITEM = "QuestionnaireResponse.item"
_KINDS = {
    "Boolean": "boolean", "Decimal": "decimal", "Integer": "integer", "Date": "date", "DateTime": "dateTime",
    "Time": "time", "String": "string", "Uri": "uri", "Attachment": "Attachment", "Coding": "Coding",
    "Quantity": "Quantity", "Reference": "Reference",
}  # fmt: skip
MODEL: Mapping[str, Any] = {
    "pathsDefinedElsewhere": {f"{_ITEM}.item": _ITEM, f"{_ITEM}.answer.item": _ITEM},
    "choiceTypePaths": {f"{_ITEM}.answer.value": list(_KINDS)},
    "path2Type": {f"{_ITEM}.answer.value{kind}": name for kind, name in _KINDS.items()},
    "type2Parent": dict.fromkeys(_KINDS.values(), "Element"),
}
"""What the library needs to know of a QuestionnaireResponse: what `answer.value` may be."""

_COUNTED = {
    "FunctionInvocation", "IndexerExpression", "MembershipExpression", "UnionExpression", "InvocationExpression",
    "InequalityExpression", "AdditiveExpression", "MultiplicativeExpression", "TypeExpression",
    "EqualityExpression", "OrExpression", "ImpliesExpression", "AndExpression", "XorExpression", "ThisInvocation",
    "IndexInvocation", "TotalInvocation", "NullLiteral",
}  # fmt: skip


def prepare(tree: Node, slots: Mapping[int, int]) -> Node:
    """The tree to evaluate; `slots` says which nodes (by `id`) are read from a place of answers, and which."""
    if id(tree) in slots:
        return {"type": "vardlots.slot", "slot": slots[id(tree)], "text": tree.get("text", "")}
    kind = tree["type"]
    if kind == "TypeSpecifier":
        return tree
    name = constant(tree)
    if name is not None:
        return {"type": "vardlots.constant", "name": name, "text": tree.get("text", "")}
    inner = [prepare(child, slots) for child in tree.get("children", ())]
    if kind == "LiteralTerm" and inner:
        return {"type": "vardlots.literal", "value": _literal(tree), "text": tree["text"]}
    if kind in ("TermExpression", "InvocationTerm", "ParenthesizedTerm") and len(inner) == 1:
        # A step less for each level; what `ofType(Coding)` reads of its argument is the text.
        return {**inner[0], "text": tree.get("text", inner[0].get("text", ""))}
    ours = {"MemberInvocation": "vardlots.member", "PolarityExpression": "vardlots.polarity"}
    made = {**tree, "type": ours.get(kind, "vardlots.counted" if kind in _COUNTED else kind), "kind": kind}
    if inner:
        made["children"] = inner
    return made


def _literal(tree: Node) -> list[Any]:
    found: list[Any] = do_eval({}, [], tree)
    return found


def run(
    tree: Node,
    *,
    slots: Sequence[list[Any]],
    names: Mapping[str, Any],
    context: Any,
    budget: Budget,
) -> list[Any]:
    """The values of a prepared tree. `names` are the constants (`%name`), `context` what a bare path begins at.

    Raises TooMuch, or whatever the library raises for values that do not fit.
    """
    begin = context if isinstance(context, list) else [context]
    state = {
        "dataRoot": begin,
        "vars": names,
        "model": MODEL,
        "userInvocationTable": TABLE,
        "budget": budget,
        "slots": slots,
    }
    found = do_eval(state, begin, tree)
    return list(found) if isinstance(found, list) else [found]


def _counted(context: dict[str, Any], data: Any, node: Node) -> Any:
    budget: Budget = context["budget"]
    budget.spend(1 + len(data) if isinstance(data, list) else 1)
    found = evaluators[node["kind"]](context, data, node)
    budget.hold(found)
    return found


def _member(context: dict[str, Any], data: Any, node: Node) -> list[Any]:
    budget: Budget = context["budget"]
    member = evaluators["MemberInvocation"]
    found: list[Any] = []
    for one in data if isinstance(data, list) else [data]:
        below = member(context, [one], node)
        budget.spend(1 + len(below))
        found.extend(below)
    budget.hold(found)
    return found


def _polarity(context: dict[str, Any], data: Any, node: Node) -> list[Any]:
    budget: Budget = context["budget"]
    budget.spend(1)
    found = do_eval(context, data, node["children"][0])
    if not found:
        return []
    (number,) = found
    value = plain(number)
    if isinstance(value, bool):
        raise TypeError("numbers only")
    return [-value if node["terminalNodeText"][0] == "-" else +value]


def _constant(context: dict[str, Any], _data: Any, node: Node) -> list[Any]:
    value = context["vars"][node["name"]]
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _slot(context: dict[str, Any], _data: Any, node: Node) -> list[Any]:
    return list(context["slots"][node["slot"]])


def _known(_context: dict[str, Any], _data: Any, node: Node) -> list[Any]:
    return list(node["value"])


use_model(MODEL)
evaluators.update(
    {
        "vardlots.counted": _counted,
        "vardlots.member": _member,
        "vardlots.polarity": _polarity,
        "vardlots.constant": _constant,
        "vardlots.slot": _slot,
        "vardlots.literal": _known,
    }
)
