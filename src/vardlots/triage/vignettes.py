"""Written cases with the outcome a clinician expects (`content/triage/vignettes/*.toml`), for tests and reviews."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from vardlots.forms.faults import ContentError, ContentFault, Told, read_struct
from vardlots.forms.model import Item, ItemType, Value
from vardlots.triage.catalogue import VIGNETTES, Catalogue
from vardlots.triage.interview import (
    Interview,
    InvalidAnswer,
    NotSuited,
    answer,
    current_item,
    is_answered,
    outcome,
    start,
)
from vardlots.triage.model import Level, Meaning, Outcome, Protocol, Subject


class Vignette(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A case: who, what they answer, and what should come of it. `rules` are all the rules that hold.

    `like` names another case of the file whose answers stand wherever this one gives none of its own; those that are
    not asked here are left out.
    """

    id: str
    story: str
    protocol: str
    version: int
    subject: Subject
    like: str | None = None
    answers: Mapping[str, str | int | float | bool | tuple[str, ...]] = {}
    priority: int
    booking: int | None = None
    level: Level
    role: str
    rules: tuple[str, ...]


class VignetteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of cases."""

    vignettes: tuple[Vignette, ...]


def load_vignettes(folder: Path) -> tuple[Vignette, ...]:
    """Every case in `folder/vignettes`, whole. Raises ContentError."""
    files = sorted((folder / VIGNETTES).glob("*.toml"))
    return tuple(
        case
        for path in files
        for case in _whole(read_struct(path.read_bytes(), VignetteFile, path.name).vignettes, path.name)
    )


def _whole(cases: tuple[Vignette, ...], file: str) -> list[Vignette]:
    """The cases with the answers of those they are like. A case may be like one that stands before it."""
    whole: dict[str, Vignette] = {}
    for case in cases:
        if case.id in whole:
            raise ContentError([ContentFault(file, case.id, _TWICE)])
        if case.like is not None:
            if case.like not in whole:
                raise ContentError([ContentFault(file, case.id, _UNLIKE)])
            case = msgspec.structs.replace(case, answers={**whole[case.like].answers, **case.answers})
        whole[case.id] = case
    return list(whole.values())


_TWICE = Told({"sv": "finns två gånger.", "en": "stands twice."})
_UNLIKE = Told(
    {"sv": "liknar ett fall som inte står före.", "en": "is like a case that does not stand before it."}
)


def play(catalogue: Catalogue, case: Vignette) -> Interview:
    """The case's interview, answered question by question in the order in which they come.

    Raises KeyError for a question that the case does not answer, ValueError for an answer never asked for.
    """
    interview = start(catalogue.protocol(case.protocol, case.version), case.subject)
    left = dict(case.answers)
    while left and (item := current_item(interview)) is not None:
        interview = answer(interview, item.link_id, left.pop(item.link_id))
    if (left and case.like is None) or not is_answered(interview):
        raise ValueError(f"{case.id}: answers left {sorted(left)}, finished {interview.finished}")
    return interview


def shortcoming(protocol: Protocol, case: Vignette) -> Told | None:
    """What comes of a case in a changed protocol, where that is not what should; None where it is.

    A question that the case does not answer is answered as mildly as can be: a new question must not change what comes
    of somebody whom it does not concern. One that is no longer asked is left out.
    """
    try:
        interview = start(protocol, case.subject)
        while (item := current_item(interview)) is not None:
            given = case.answers.get(item.link_id, None)
            mild = mildest(item, protocol.meanings[item.link_id])
            interview = answer(interview, item.link_id, mild if given is None else given)
    except NotSuited:
        return Told(
            {
                "sv": "gäller någon som protokollet inte är gjort för.",
                "en": "is of somebody it is not made for.",
            }
        )
    except InvalidAnswer as wrong:
        said = {
            "sv": "har ett svar på ”{question}” som inte längre går att ge.",
            "en": "has an answer to “{question}” that can no longer be given.",
        }
        return Told(said, question=wrong.fault.link_id)
    came = outcome(interview)
    wanted, given_now = _told(case), _told(came)
    if wanted == given_now:
        return None
    return Told(
        {"sv": "ger {given}, ska ge {wanted}.", "en": "gives {given}, not {wanted}."},
        given=given_now,
        wanted=wanted,
    )


def _told(result: Vignette | Outcome) -> str:
    booking = f" ({result.booking})" if result.booking else ""
    return f"{result.priority}{booking}, {result.level.value}, {result.role}"


def mildest(item: Item, meaning: Meaning) -> list[Value]:
    """The answer that worries least, as the file ranks them; any where it ranks none."""
    if item.answer_option:
        ranked = sorted(
            item.answer_option, key=lambda o: (not o.exclusive, meaning.options[o.code].severity or 0)
        )
        return [ranked[0].code]
    if item.type is ItemType.BOOLEAN:
        return [meaning.worse == "no"]
    if item.type in (ItemType.INTEGER, ItemType.DECIMAL, ItemType.QUANTITY):
        end = item.max_value if meaning.worse == "lower" else item.min_value
        number = end if isinstance(end, float | int) else 0
        return [int(number) if item.type is ItemType.INTEGER else number]
    if item.type is ItemType.DATE:
        return [str(item.min_value or "2000-01-01")]
    return ["–"] if item.required and item.type is not ItemType.ATTACHMENT else []
