"""The contacts and absences of `content/demo/contacts.toml`, said through the product's own verbs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from vardlots.contacts.actions import note_absence, set_contact
from vardlots.demo.people import DemoRegion, known, read_table, rows
from vardlots.demo.stage import Stage
from vardlots.platform import clock

FILE = "contacts.toml"


class ContactScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a patient asks at a unit: somebody of the staff, or without them a role."""

    person: str
    unit: str
    role: str
    by: str
    staff: str | None = None


class AbsenceScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody away from today, for so many days."""

    staff: str
    unit: str
    days: Annotated[int, msgspec.Meta(ge=1, le=366)]
    stand_in: str | None = None


class Contacts(msgspec.Struct, frozen=True):
    """The whole file."""

    contacts: tuple[ContactScript, ...]
    absences: tuple[AbsenceScript, ...]


def load_contacts(folder: Path, region: DemoRegion) -> Contacts:
    """The file, checked against the region. Raises BadDemoContent."""
    path = folder / FILE
    table = read_table(path)
    found = Contacts(
        rows(table, "contacts", ContactScript, path), rows(table, "absences", AbsenceScript, path)
    )
    persons, units = [one.id for one in region.persons], [one.id for one in region.units]
    staff = [one.id for one in region.staff]
    for one in found.contacts:
        known(persons, "person", FILE, one.person)
        known(units, "unit", FILE, one.unit)
        known(staff, "staff", FILE, one.by, *([one.staff] if one.staff else []))
    for away in found.absences:
        known(units, "unit", FILE, away.unit)
        known(staff, "staff", FILE, away.staff, *([away.stand_in] if away.stand_in else []))
    return found


async def say(stage: Stage, found: Contacts) -> None:
    """Every contact, then every absence."""
    staff = stage.organisation.staff
    for one in found.contacts:
        await set_contact(
            stage.post,
            by=await stage.staff(one.by, one.unit),
            person_id=stage.persons[one.person],
            role=one.role,
            staff_id=staff[one.staff] if one.staff else None,
        )
    today = clock.today()
    for away in found.absences:
        await note_absence(
            stage.post,
            by=await stage.staff(away.staff, away.unit),
            staff_id=staff[away.staff],
            stand_in_id=staff[away.stand_in] if away.stand_in else None,
            from_day=today,
            to_day=today + timedelta(days=away.days - 1),
        )
