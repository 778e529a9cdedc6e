"""Words in braces that stand for something: `{patient}`, `{unit}`. What somebody has written is no format string."""

import re
from collections.abc import Iterable, Mapping

from vardlots.configuration.model import Problem
from vardlots.platform.i18n import N_

_BRACES = re.compile(r"\{([^{}]*)\}")


def placeholders_in(written: str) -> list[str]:
    """What stands within braces, in order, each once."""
    return list(dict.fromkeys(_BRACES.findall(written)))


def fill(written: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in, all at once: what is filled in is not filled in again.

    A placeholder without a value stays as it stands, as does any other brace.
    """
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), written)


def unknown(field: str, written: str, allowed: Iterable[str]) -> list[Problem]:
    """A problem for each word in braces that stands for nothing, and for a brace that was not closed."""
    known = list(allowed)
    named = ", ".join(f"{{{name}}}" for name in known)
    found = [
        Problem(
            field,
            N_("{word} går inte att använda här. Det går att använda {known}."),
            {"word": f"{{{name}}}", "known": named},
        )
        for name in placeholders_in(written)
        if name not in known
    ]
    if re.search(r"[{}]", _BRACES.sub("", written)):
        found.append(
            Problem(
                field, N_("En klammer saknar sin andra hälft. Skriv till exempel {known}."), {"known": named}
            )
        )
    return found
