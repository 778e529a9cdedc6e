"""Who acts. Every read and every write starts from one of these; there is no ambient current user."""

from typing import TypeAlias

import msgspec

from vardlots.platform.db import Scope, persons_scope, provider_scope


class StaffActor(msgspec.Struct, frozen=True):
    """A member of staff acting within one assignment: one provider, one active unit, one role.

    `unit_ids` are all the units at this provider where the person has an assignment today.
    `clinical` says whether the active role meets patients.
    """

    staff_id: int
    provider_id: int
    unit_id: int
    unit_ids: frozenset[int]
    role: str
    clinical: bool
    name: str
    title: str
    session_id: int = 0
    lang: str = "sv"

    kind = "staff"

    @property
    def actor_id(self) -> int:
        return self.staff_id

    @property
    def scope(self) -> Scope:
        return provider_scope(self.provider_id)


class PatientActor(msgspec.Struct, frozen=True):
    """A person seeking care for themself, or as a guardian for the children listed in `children`."""

    person_id: int
    name: str
    children: tuple[int, ...] = ()
    session_id: int = 0
    lang: str = "sv"

    kind = "patient"

    @property
    def actor_id(self) -> int:
        return self.person_id

    @property
    def scope(self) -> Scope:
        return persons_scope((self.person_id, *self.children))


class SystemActor(msgspec.Struct, frozen=True):
    """The system itself, in a job, within one provider."""

    provider_id: int
    job: str

    kind = "system"
    actor_id = 0
    name = "Vårdlots"

    @property
    def scope(self) -> Scope:
        return provider_scope(self.provider_id)


Actor: TypeAlias = StaffActor | PatientActor | SystemActor
