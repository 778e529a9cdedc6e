"""A patient's contact and a colleague's absence, as typed rows."""

from datetime import date, datetime
from typing import NamedTuple

import msgspec

from vardlots.cases.model import CaseRef


class ContactRef(NamedTuple):
    """A contact's full name, in addresses as `1-42`."""

    provider_id: int
    contact_id: int

    def __str__(self) -> str:
        return f"{self.provider_id}-{self.contact_id}"

    @classmethod
    def parse(cls, text: str) -> "ContactRef":
        """Read `1-42`. Raises NotFound for anything else."""
        return cls(*CaseRef.parse(text))


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a patient asks at a unit: with `staff_id` a person (*fast vårdkontakt*), without it a role that treats them.

    `name` and `title` are the person's as the directory has them, "" for a role. It holds while nobody has ended it.
    """

    provider_id: int
    contact_id: int
    person_id: int
    unit_id: int
    unit_name: str
    role: str
    staff_id: int | None
    name: str
    title: str
    set_at: datetime
    set_by_name: str
    ended_at: datetime | None
    ended_by_name: str

    @property
    def ref(self) -> ContactRef:
        return ContactRef(self.provider_id, self.contact_id)

    @property
    def holds(self) -> bool:
        """Whether nobody has ended it."""
        return self.ended_at is None


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody is away from one day to another, both included, and who stands in: None leaves it to the role."""

    absence_id: int
    staff_id: int
    stand_in_id: int | None
    from_day: date
    to_day: date

    def on(self, day: date) -> bool:
        """Whether it is so on a day."""
        return self.from_day <= day <= self.to_day


class NamedAbsence(Absence, frozen=True, kw_only=True):
    """The same with names, for those who read it."""

    name: str
    stand_in: str
