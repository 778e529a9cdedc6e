"""Where in a content file a fault stands: administrators read *Rad 214*, not the id of a question."""

import re
from collections.abc import Iterable

from vardlots.configuration.model import Problem
from vardlots.forms.faults import ContentFault
from vardlots.platform.i18n import N_

_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")


def problems_of(source: str, faults: Iterable[ContentFault]) -> list[Problem]:
    """The faults as problems of the field `source`, by line. Faults that stand on one line keep their order."""
    found = sorted(((line_of(source, fault), fault) for fault in faults), key=lambda pair: pair[0])
    return [
        Problem("source", N_("Rad {line}: {what}"), {"line": line, "what": _what(fault)})
        for line, fault in found
    ]


def _what(fault: ContentFault) -> str:
    return f"{fault.id}: {fault.swedish}" if fault.id else fault.swedish


def line_of(source: str, fault: ContentFault) -> int:
    """The line (from 1) that a fault is about; the first where nothing in the text has its id."""
    lines = source.splitlines()
    if fault.path.startswith("line "):
        return min(int(fault.path.removeprefix("line ")), max(len(lines), 1))
    at = _by_path(lines, fault.path) if fault.path else _by_id(lines, fault.id)
    return at + 1


def _by_path(lines: list[str], path: str) -> int:
    """`$.questions[2].options[0].text`: the head of the third `[[questions]]`, of its first option, then `text`."""
    at, name = 0, ""
    for key, index in _STEP.findall(path):
        if key:
            name = f"{name}.{key}" if name else key
            inner = _first(lines, rf"\s*({re.escape(key)}\b|\[+{re.escape(name)}\])", at)
            at = at if inner is None else inner
            continue
        heads = [n for n in range(at, len(lines)) if re.match(rf"\s*\[\[{re.escape(name)}\]\]", lines[n])]
        at = heads[int(index)] if int(index) < len(heads) else at
    return at


def _by_id(lines: list[str], id: str) -> int:
    for end in range(len(id), 0, -1):
        # `throat.spots`: the option `spots` below the question `throat`; an id may hold a dot itself.
        if end < len(id) and id[end] != ".":
            continue
        at = _first(lines, rf"\s*(id|code)\s*=\s*[\"']{re.escape(id[:end])}[\"']")
        if at is not None:
            option = _first(lines, rf"\s*code\s*=\s*[\"']{re.escape(id[end + 1 :])}[\"']", at)
            return at if end == len(id) or option is None else option
    found = _first(lines, rf"\s*\[*{re.escape(id)}\b") if id else None
    return 0 if found is None else found


def _first(lines: list[str], pattern: str, start: int = 0) -> int | None:
    return next((n for n in range(start, len(lines)) if re.match(pattern, lines[n])), None)
