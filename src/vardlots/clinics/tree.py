"""The resource tree (*trädstruktur*): unit → role → person, searched by typing. Pure; names no patient.

What one types is forgiving: å, ä and ö are found by a and o as well, whatever the keyboard. Each word may be found at
its own level: *ängs sjuk* finds the nurses of Ängsviken.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from vardlots.clinics.queries import AtWork, Place

# Above this many people, those of other units than one's own are listed when one types.
MOST_PEOPLE = 400
SHORT = 3  # letters: a shorter word is looked for where words begin


class Post(msgspec.Struct, frozen=True):
    """A role at a unit that somebody is assigned to."""

    unit_id: int
    role: str


class Colleague(msgspec.Struct, frozen=True):
    """A member of staff with an assignment at some of the provider's units."""

    staff_id: int
    name: str
    posts: frozenset[Post]

    @property
    def unit_ids(self) -> frozenset[int]:
        """The units where they are assigned."""
        return frozenset(post.unit_id for post in self.posts)

    @property
    def roles(self) -> frozenset[str]:
        """What they are assigned as, anywhere."""
        return frozenset(post.role for post in self.posts)


class Chosen(msgspec.Struct, frozen=True):
    """What was chosen in the tree: a unit, a role there, a person in it. As text: `3`, `3-nurse`, `3-nurse-17`.

    `resource_id` names a resource of its own (a specialty, a pooled one): `3-nurse-r8`, `3-nurse-r8-17`.
    """

    unit_id: int
    role: str = ""
    staff_id: int | None = None
    resource_id: int | None = None

    def __str__(self) -> str:
        parts = [str(self.unit_id), self.role]
        parts += [f"r{self.resource_id}"] if self.resource_id is not None else []
        parts += [str(self.staff_id)] if self.staff_id is not None else []
        return "-".join(part for part in parts if part)

    @classmethod
    def read(cls, raw: str) -> "Chosen | None":
        """What a form or an address says; None for anything that is no choice."""
        unit, *rest = raw.split("-")
        role = rest.pop(0) if rest else ""
        resource = rest.pop(0)[1:] if rest and rest[0].startswith("r") else None
        staff = rest.pop(0) if rest else None
        numbers = [unit, *(one for one in (resource, staff) if one is not None)]
        if rest or not all(one.isascii() and one.isdigit() and len(one) < 19 for one in numbers):
            return None
        if not all("a" <= letter <= "z" or letter == "_" for letter in role) or len(role) > 40:
            return None
        return cls(
            int(unit),
            role,
            None if staff is None else int(staff),
            None if resource is None else int(resource),
        )


class Part(msgspec.Struct, frozen=True):
    """A part of a label; `hit` is what was typed."""

    text: str
    hit: bool


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A unit, a role or a person in the tree. `working` is how many of those below are on shift, or 1 or 0."""

    value: str
    kind: str
    label: tuple[Part, ...]
    name: str
    working: int
    is_own: bool = False
    serves: int = 0
    opened: bool = False
    children: tuple["Node", ...] = ()


class Wood(msgspec.Struct, frozen=True, kw_only=True):
    """What a tree grows from."""

    units: Sequence[tuple[int, str]]
    own_unit_id: int
    role_names: Mapping[str, str]
    resources: Iterable[Place]
    colleagues: Iterable[Colleague]
    at_work: Collection[AtWork]


def fold(text: str) -> str:
    """Letters without case and marks, sign for sign: *Ängsviken* is *angsviken*."""
    return "".join((unicodedata.normalize("NFKD", sign)[:1].casefold() or sign)[:1] for sign in text)


def grow(wood: Wood, typed: str = "") -> tuple[Node, ...]:
    """The tree, the own unit first and open; of what was typed only what was found, with the way to it."""
    words = fold(typed).split()
    found = (_unit(wood, unit_id, name, words) for unit_id, name in _own_first(wood))
    return tuple(one for one in found if one is not None)


def count(nodes: Iterable[Node]) -> int:
    """How many labels hold what was typed."""
    return sum(any(part.hit for part in node.label) + count(node.children) for node in nodes)


def _own_first(wood: Wood) -> list[tuple[int, str]]:
    return sorted(wood.units, key=lambda unit: (unit[0] != wood.own_unit_id, fold(unit[1])))


def _unit(wood: Wood, unit_id: int, name: str, words: list[str]) -> Node | None:
    left = _left(words, name)
    places = sorted(
        (one for one in wood.resources if one.unit_id == unit_id and (one.staff_id is None or one.name)),
        key=lambda one: fold(_place_name(wood, one)),
    )
    roles = [node for place in places if (node := _role(wood, place, words, left)) is not None]
    if words and left and not roles:
        return None
    return Node(
        value=str(Chosen(unit_id)),
        kind="unit",
        label=_parts(name, words),
        name=name,
        working=len({one.staff_id for one in wood.at_work if one.unit_id == unit_id}),
        is_own=unit_id == wood.own_unit_id,
        opened=_found_in(roles) if words else unit_id == wood.own_unit_id,
        children=tuple(roles),
    )


def _place_name(wood: Wood, place: Place) -> str:
    role = wood.role_names.get(place.role, place.role)
    return place.name or (f"{role}, {place.specialty}" if place.specialty else role)


def _role(wood: Wood, place: Place, words: list[str], above: list[str]) -> Node | None:
    name = _place_name(wood, place)
    left = _left(above, name)
    working = {one.staff_id for one in wood.at_work if (one.unit_id, one.role) == (place.unit_id, place.role)}
    post = Post(place.unit_id, place.role)
    own = place.resource_id if place.name or place.specialty else None
    people = [
        Node(
            value=str(Chosen(place.unit_id, place.role, one.staff_id, own)),
            kind="staff",
            label=_parts(one.name, words),
            name=one.name,
            working=int(one.staff_id in working),
        )
        for one in _people(wood, place, post)
        if not words or not _left(left, one.name)
    ]
    if words and left and not people:
        return None
    return Node(
        value=str(Chosen(place.unit_id, place.role, None, own)),
        kind="role",
        label=_parts(name, words),
        name=name,
        working=sum(one.working for one in people) if words else len(working),
        serves=len(place.serves),
        opened=_found_in(people),
        children=tuple(people),
    )


def _found_in(nodes: Iterable[Node]) -> bool:
    return any(node.opened or any(part.hit for part in node.label) for node in nodes)


def _people(wood: Wood, place: Place, post: Post) -> list[Colleague]:
    here = [one for one in wood.colleagues if post in one.posts]
    if place.staff_id is not None:
        here = [one for one in here if one.staff_id == place.staff_id]
    at_work = {one.staff_id for one in wood.at_work if (one.unit_id, one.role) == (post.unit_id, post.role)}
    return sorted(here, key=lambda one: (one.staff_id not in at_work, fold(one.name)))


def _left(words: list[str], label: str) -> list[str]:
    """The words that a label does not hold."""
    return [word for word in words if _place_of(word, fold(label)) < 0]


def _place_of(word: str, folded: str) -> int:
    """Where a word stands in a folded label, -1 when it does not."""
    if len(word) >= SHORT:
        return folded.find(word)
    starts = (n for n, sign in enumerate(folded) if n == 0 or not folded[n - 1].isalnum())
    return next((n for n in starts if folded.startswith(word, n)), -1)


def _parts(label: str, words: list[str]) -> tuple[Part, ...]:
    folded = fold(label)
    hit = [False] * len(label)
    for word in words:
        at = _place_of(word, folded)
        if at >= 0:
            hit[at : at + len(word)] = [True] * len(word)
    parts: list[Part] = []
    for sign, marked in zip(label, hit, strict=True):
        if parts and parts[-1].hit is marked:
            parts[-1] = Part(parts[-1].text + sign, marked)
        else:
            parts.append(Part(sign, marked))
    return tuple(parts)


def without_distant_people(nodes: Iterable[Node]) -> tuple[tuple[Node, ...], bool]:
    """The tree with only one's own unit's people where there are too many, and whether any were left out."""
    every = tuple(nodes)
    if sum(len(role.children) for unit in every for role in unit.children) <= MOST_PEOPLE:
        return every, False
    return tuple(unit if unit.is_own else _bare(unit) for unit in every), True


def _bare(unit: Node) -> Node:
    roles = tuple(msgspec.structs.replace(role, children=()) for role in unit.children)
    return msgspec.structs.replace(unit, children=roles)
