"""Who acts. Every read and every write starts from one of these; there is no ambient current user."""

from typing import TypeAlias

import msgspec

from vardlots.platform.db import Scope, persons_scope, provider_scope


class StaffActor(msgspec.Struct, frozen=True):
    """A member of staff acting within one assignment: one provider, one active unit, one role.

    `home_unit_ids` are the units at this provider where the person has an assignment today; `unit_ids` are those and
    the units that a pooled resource of theirs serves (requirement A3): the reach of their lists.
    Of the active role: `clinical` meets patients, `cares` may open cases, `administers` is "", "unit" or "provider",
    `reviews` may search the access log. `picture` is the id of the person's own picture, "" for none;
    `shows_help` whether they want help texts on their pages.
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
    home_unit_ids: frozenset[int] = frozenset()
    cares: bool = True
    administers: str = ""
    reviews: bool = False
    picture: str = ""
    shows_help: bool = False

    kind = "staff"

    def at_home(self, unit_id: int) -> bool:
        """Whether the person has an assignment of their own at the unit."""
        return unit_id in (self.home_unit_ids or self.unit_ids)

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
