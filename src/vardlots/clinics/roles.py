"""A provider's roles: those that the product knows, with the provider's changes, and its own (requirement A2)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vardlots.clinics.model import ROLES, Role, role_of


class Roles(Mapping[str, Role]):
    """Every role of a provider by its code, the product's first. One that is not known may do nothing."""

    def __init__(self, own: Iterable[Mapping[str, Any]] = ()) -> None:
        """`own`: rows of the table `role`."""
        changed = {row["code"]: Role(**{name: row[name] for name in _FIELDS}) for row in own}
        self._by_code = {**{code: changed.get(code, role) for code, role in ROLES.items()}, **changed}

    def __getitem__(self, code: str) -> Role:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)

    def of(self, code: str) -> Role:
        """The role with a code, known or not."""
        return self._by_code.get(code) or role_of(code)

    def said(self, code: str, lang: str) -> str:
        """What a role is called in a language."""
        return self.of(code).said(lang)


_FIELDS = Role.__struct_fields__


def title_for_patients(title: str, roles: Iterable[Role]) -> str:
    """A title that patients may read, in Swedish; "" for whoever works in no role that patients see.

    `roles` are the person's at the provider. With a role among them that patients never see (*Vårdkoordinator
    hälsosamtal*) the title may tell of that one: then a role that they do see is named instead.
    """
    known = list(roles)
    seen = [role for role in known if role.patient_sees]
    if len(seen) == len(known) or title.casefold() in {role.label.casefold() for role in seen}:
        return title
    return seen[0].label if seen else ""
