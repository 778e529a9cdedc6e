"""The port to the population register (*PU-tjänsten*), and a local adapter for the demonstration's families.

The adapter for RIV-TA `GetPersonsForProfile` takes the same shape.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

import msgspec


class RegisteredPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the register has them. `number` is twelve characters, `system` its FHIR system.

    `listed_unit_hsa_id` is the unit the person is listed at, `mobile` in E.164 where the region holds one.
    """

    system: str
    number: str
    given_name: str
    family_name: str
    birth_date: date
    sex: str | None = None
    protected: bool = False
    mobile: str | None = None
    listed_unit_hsa_id: str | None = None


class RegisteredChild(msgspec.Struct, frozen=True, kw_only=True):
    """A child of a guardian; `blocked` when this guardian is blocked from it."""

    person: RegisteredPerson
    blocked: bool = False


class PopulationRegister(Protocol):
    """Who a person is to the state, and whose guardian."""

    async def person(self, number: str) -> RegisteredPerson | None:
        """The person behind a number, or None when the register has nobody. Raises Unavailable."""
        ...

    async def children(self, number: str) -> list[RegisteredChild]:
        """The children, of any age under 18, that the person is guardian of. Raises Unavailable."""
        ...


class LocalRegister:
    """A register held in memory. Empty unless given: nobody then has a family."""

    def __init__(
        self,
        persons: Iterable[RegisteredPerson] = (),
        families: Mapping[str, Iterable[tuple[str, bool]]] | None = None,
    ) -> None:
        """`families` maps a guardian's number to (child's number, blocked)."""
        self._persons = {one.number: one for one in persons}
        self._families = {number: tuple(children) for number, children in (families or {}).items()}

    async def person(self, number: str) -> RegisteredPerson | None:
        return self._persons.get(number)

    async def children(self, number: str) -> list[RegisteredChild]:
        return [
            RegisteredChild(person=self._persons[child], blocked=blocked)
            for child, blocked in self._families.get(number, ())
        ]
