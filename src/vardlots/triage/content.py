"""The content that the product comes with: protocols, their written cases, schemes of priorities.

What a provider has made of it is `configured.Practice`.
"""

from collections.abc import Mapping
from functools import cache

import msgspec

from vardlots.forms.text import Text
from vardlots.platform.content import CONTENT
from vardlots.triage.catalogue import Catalogue, load_protocols
from vardlots.triage.grouping import Group, read_groups
from vardlots.triage.schemes import Scheme, load_schemes

FOLDER = CONTENT / "triage"


@cache
def protocols() -> Catalogue:
    """Every protocol of the files. Raises ContentError when one of them is wrong, so it is asked for at the start."""
    return load_protocols(FOLDER)


@cache
def groups() -> tuple[Group, ...]:
    """The headings under which a patient finds a complaint. Raises ContentError."""
    file = FOLDER / "groups.toml"
    return read_groups(file.read_bytes(), file.name, (one.code for one in protocols().complaints()))


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason that patients do not seek care for by themselves: staff invite to it. `label` is by language."""

    code: str
    label: Text
    words: tuple[str, ...] = ()
    words_en: tuple[str, ...] = ()


class _Reasons(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reasons: tuple[Invited, ...]


@cache
def invited() -> Mapping[str, Invited]:
    """The reasons without questions of their own, by code."""
    file = CONTENT / "reasons" / "reasons.toml"
    return {one.code: one for one in msgspec.toml.decode(file.read_bytes(), type=_Reasons).reasons}


@cache
def schemes() -> Mapping[str, Scheme]:
    """The schemes of priorities of the files, by code."""
    return load_schemes(CONTENT / "schemes")
