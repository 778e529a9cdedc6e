"""How complaints stand when a patient chooses: by the part of the body, *Något annat* last whatever is searched for."""

from collections.abc import Iterable, Sequence

import msgspec

from vardlots.forms.authoring import check_texts
from vardlots.forms.faults import ContentError, ContentFault, Told, read_struct
from vardlots.forms.text import Text
from vardlots.triage.catalogue import Complaint


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Complaints under one heading, by their protocols' codes in the order they stand. The one that is `last` ends
    every list."""

    label: Text
    complaints: tuple[str, ...]
    last: bool = False


class Groups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The headings in their order."""

    version: int
    groups: tuple[Group, ...]


class Section(msgspec.Struct, frozen=True):
    """A part of the list; `label` is None for what no group names."""

    label: Text | None
    complaints: tuple[Complaint, ...]


def read_groups(source: bytes, file: str, known: Iterable[str]) -> tuple[Group, ...]:
    """The headings from their file's text. Raises ContentError with every fault: a code that is none of `known`, or
    that stands twice."""
    groups = read_struct(source, Groups, file).groups
    codes, seen = frozenset(known), set[str]()
    faults: list[ContentFault] = []
    for group in groups:
        faults += check_texts(file, "label", group.label)
        for code in group.complaints:
            if code not in codes or code in seen:
                twice_or_none = {
                    "sv": "är inget besvär, eller står två gånger.",
                    "en": "is no complaint, or stands twice.",
                }
                faults.append(ContentFault(file, code, Told(twice_or_none)))
            seen.add(code)
    if faults:
        raise ContentError(faults)
    return groups


def sections(
    complaints: Sequence[Complaint], groups: Sequence[Group], *, last_first: bool = False
) -> list[Section]:
    """Every complaint once, under its heading; what has none before the last. `last_first` for whom a search has found
    nothing."""
    left = list(complaints)

    def taken(group: Group) -> Section:
        found = [one for code in group.complaints for one in left if one.protocol.code == code]
        for one in found:
            left.remove(one)
        return Section(group.label, tuple(found))

    first = [taken(group) for group in groups if not group.last]
    last = [taken(group) for group in groups if group.last]
    rest = [*first, Section(None, tuple(left))]
    return [one for one in ([*last, *rest] if last_first else [*rest, *last]) if one.complaints]


def with_last(
    found: Sequence[Complaint], offered: Iterable[Complaint], groups: Sequence[Group]
) -> tuple[Complaint, ...]:
    """What a search found, and after it what is offered to whoever finds nothing that fits."""
    codes = [code for group in groups if group.last for code in group.complaints]
    last = [one for one in offered if one.protocol.code in codes]
    return (*(one for one in found if one not in last), *last)
