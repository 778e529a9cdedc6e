"""Import of the National Board of Health and Welfare's code text files (ICD-10-SE, KVÅ).

The files are UTF-8 with a byte order mark, separated by tabs: code, mark († or *), title, and in KVÅ a
description and a first line with the names of the columns. Codes of diagnoses come without their dot. The
region downloads the files itself; they are not part of the product.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from vardlots.notes.codes import FILE_HEADER, Code

_DIAGNOSIS = re.compile(r"[A-Z]\d\d[0-9A-Z]{0,3}")
_ACTION = re.compile(r"[A-Z]{2}[A-Z0-9]\d{2,3}")
_HEADING = re.compile(r"[A-Z]\d\d-[A-Z]\d\d|\d\d")
_MARKS = {"": "", "*": "*", "†": "†", "+": "†"}


class Imported(msgspec.Struct, frozen=True):
    """What files held: `diagnosis` or `action`, the codes to use, and how many lines were headings or parents."""

    kind: str
    codes: tuple[Code, ...]
    left_out: int

    @property
    def text(self) -> str:
        """The list as it is kept, which `CodeIndex.load` reads. The same codes give the same text."""
        lines = [f"{FILE_HEADER}\t{self.kind}"]
        lines += [f"{one.code}\t{one.mark}\t{one.title}\t{one.second}" for one in self.codes]
        return "\n".join(lines) + "\n"


class NotACodeFile(ValueError):
    """A file is not one of the authority's code files; the text names file, line and what was expected."""


def read_code_files(files: Sequence[Path]) -> Imported:
    """Read files of one kind.

    Give all files of a classification at once: a code that another one divides further may not be used and is
    left out. Raises NotACodeFile and OSError.
    """
    found: dict[str, Code] = {}
    kinds: set[str] = set()
    headings = 0
    for path in files:
        for number, line in enumerate(_lines(path), 1):
            where = f"{path.name}, line {number}"
            if not line.strip() or (number == 1 and line.startswith("Kod:")):
                continue
            fields = [field.strip() for field in line.split("\t")]
            if _HEADING.fullmatch(fields[0]):
                headings += 1
                continue
            kind, code = _code(fields, where)
            kinds.add(kind)
            if len(kinds) > 1:
                raise NotACodeFile(f"{where}: diagnoses and actions must be imported each for itself")
            found[code.code] = code
    if not found:
        raise NotACodeFile("No codes were found in the files.")
    kind = kinds.pop()
    parents: set[str] = set()
    if kind == "diagnosis":
        bare = [_bare(name) for name in found]
        parents = {name[:length] for name in bare for length in range(3, len(name))}
    usable = tuple(found[name] for name in sorted(found) if _bare(name) not in parents)
    return Imported(kind, usable, headings + len(found) - len(usable))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise NotACodeFile(f"{path.name}: the file is not UTF-8") from None


def _code(fields: list[str], where: str) -> tuple[str, Code]:
    if len(fields) < 3 or not fields[2]:
        raise NotACodeFile(f"{where}: expected code, mark and title, separated by tabs")
    name, mark, title = fields[0], fields[1], fields[2]
    if mark not in _MARKS:
        raise NotACodeFile(f"{where}: {mark!r} is not a mark we know")
    second = fields[3] if len(fields) > 3 else ""
    bare = _bare(name)
    if _DIAGNOSIS.fullmatch(bare):
        dotted = f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare
        return "diagnosis", Code(dotted, title, second, _MARKS[mark])
    if _ACTION.fullmatch(bare):
        return "action", Code(bare, title, second, _MARKS[mark])
    raise NotACodeFile(f"{where}: {name!r} is not a code")


def _bare(name: str) -> str:
    return name.replace(".", "")
