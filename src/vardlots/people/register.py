"""The port to the population register (*PU-tjänsten*), and a local adapter for the demonstration's families.

The adapter that asks the real service is `people/rivta.py`. Nothing is kept between two questions: what is known of
somebody is never older than their sign-in, or than the last round of `access.family.jobs`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

import msgspec

from vardlots.people.identity import age_years
from vardlots.platform import clock

MAJORITY = 18


class RegisteredPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the register has them. `number` is twelve characters, `system` its FHIR system.

    `listed_unit_hsa_id` is the unit the person is listed at, None too where the register `knows_listing` not;
    `mobile` in E.164 where the person wants texts there. `previous` are (system, number) of the same person that are
    no longer the one in use. `protected` is *sekretessmarkering* or *skyddad folkbokföring*. `county` is the
    code of the county where the person is registered, two digits, None where the register does not say.
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
    knows_listing: bool = True
    previous: tuple[tuple[str, str], ...] = ()
    deceased: bool = False
    county: str | None = None


class RegisteredChild(msgspec.Struct, frozen=True, kw_only=True):
    """A child of a guardian; `blocked` when this guardian is blocked from it."""

    person: RegisteredPerson
    blocked: bool = False


class PopulationRegister(Protocol):
    """Who a person is to the state, and whose guardian."""

    async def person(self, number: str) -> RegisteredPerson | None:
        """The person behind a number, old or new, or None when the register has nobody. Raises Unavailable."""
        ...

    async def children(self, number: str) -> list[RegisteredChild]:
        """The children, of any age under 18, that the person is guardian of. Raises Unavailable.

        None for a guardian with protected identity: the register then tells of no family.
        """
        ...

    async def reachable(self) -> str:
        """What answers, in a word or two, for whoever installs. Raises Unavailable."""
        ...


def _is_child(person: RegisteredPerson) -> bool:
    return not person.deceased and age_years(person.birth_date, clock.today()) < MAJORITY


class LocalRegister:
    """A register held in memory. Empty unless given: nobody then has a family."""

    def __init__(
        self,
        persons: Iterable[RegisteredPerson] = (),
        families: Mapping[str, Iterable[tuple[str, bool]]] | None = None,
    ) -> None:
        """`families` maps a guardian's number to (child's number, blocked)."""
        kept = list(persons)
        self._persons = {number: one for one in kept for _, number in one.previous}
        self._persons |= {one.number: one for one in kept}
        self._families = {number: tuple(children) for number, children in (families or {}).items()}

    async def person(self, number: str) -> RegisteredPerson | None:
        return self._persons.get(number)

    async def children(self, number: str) -> list[RegisteredChild]:
        guardian = self._persons.get(number)
        if guardian is None or guardian.protected or guardian.deceased:
            return []
        numbers = (guardian.number, *(earlier for _, earlier in guardian.previous))
        return [
            RegisteredChild(person=self._persons[child], blocked=blocked)
            for one in numbers
            for child, blocked in self._families.get(one, ())
            if child in self._persons and _is_child(self._persons[child])
        ]

    async def reachable(self) -> str:
        return f"local, {len({id(one) for one in self._persons.values()})} persons"
