"""Who acts. Every read and every write starts from one of these; there is no ambient current user."""

from datetime import datetime
from typing import TypeAlias

import msgspec

from vardlots.platform.db import Scope, provider_scope


class StaffActor(msgspec.Struct, frozen=True):
    """A member of staff acting within one assignment: one provider, one active unit, one role.

    `unit_ids` are the units at this provider where the person has an assignment today and those that a pooled resource
    of theirs serves (requirement A3): the reach of their lists. `home_unit_ids` is the one they act at now: what a
    patient has blocked elsewhere is blocked for them, also where they have another assignment.
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
    patient_title: str | None = None

    kind = "staff"

    @property
    def title_for_patients(self) -> str:
        """The title where patients read it: "" for a role that patients never see (requirement A2)."""
        return self.title if self.patient_title is None else self.patient_title

    def at_home(self, unit_id: int) -> bool:
        """Whether the person acts at the unit now."""
        return unit_id in (self.home_unit_ids or self.unit_ids)

    @property
    def actor_id(self) -> int:
        return self.staff_id

    @property
    def scope(self) -> Scope:
        return provider_scope(self.provider_id)


class PatientActor(msgspec.Struct, frozen=True):
    """A person seeking care for themself, or as a guardian for the children listed in `children`.

    Pairs are (provider, person): `closed` is out of reach although the person is in it, `barred` where no care may be
    sought, both by the ages of each provider's rules. `aliases` are earlier ids of these persons, with the id each is
    known by now. `grown` are children who are so old that only they themselves act; `infants` those too young to be
    handled, listed nowhere though a case of theirs may be open. `alone` when the population register was silent at
    sign-in: the person acts for no child. `holds_until` is the moment at which the next of all these changes.
    """

    person_id: int
    name: str
    children: tuple[int, ...] = ()
    session_id: int = 0
    lang: str = "sv"
    aliases: tuple[tuple[int, int], ...] = ()
    closed: frozenset[tuple[int, int]] = frozenset()
    barred: frozenset[tuple[int, int]] = frozenset()
    grown: tuple[int, ...] = ()
    infants: tuple[int, ...] = ()
    alone: bool = False
    holds_until: datetime | None = None

    kind = "patient"

    @property
    def actor_id(self) -> int:
        return self.person_id

    @property
    def persons(self) -> tuple[int, ...]:
        """Everybody within reach: oneself and the children, with their earlier ids."""
        return (self.person_id, *self.children, *self.infants, *(earlier for earlier, _ in self.aliases))

    @property
    def scope(self) -> Scope:
        return Scope(person_ids=self.persons, closed=tuple(sorted(self.closed)))

    def main(self, person_id: int) -> int:
        """The id that a person within reach is known by now."""
        return dict(self.aliases).get(person_id, person_id)

    def ids_of(self, person_id: int) -> list[int]:
        """Every id of a person within reach: the one asked for and earlier ones."""
        return [person_id, *(earlier for earlier, main in self.aliases if main == person_id)]

    @property
    def own_ids(self) -> list[int]:
        """Every id of the actor's own."""
        return self.ids_of(self.person_id)

    def is_responsible(self, *, person_id: int, actor_person_id: int, provider_id: int) -> bool:
        """Whether the actor is the one who acts in a case (A10): whoever sought care, or the child once it is grown."""
        if self.main(actor_person_id) == self.person_id:
            return True
        return self.main(person_id) == self.person_id and (provider_id, self.person_id) not in self.barred

    def may_seek(self, *, person_id: int, provider_id: int) -> bool:
        """Whether the actor may seek care at a provider for somebody: themself, or a child by that provider's rules."""
        return person_id in (self.person_id, *self.children) and (provider_id, person_id) not in self.barred


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
