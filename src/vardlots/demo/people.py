"""The demonstration region as it is written in `content/demo`: read, checked, typed. Writes nothing anywhere.

Whoever loads it into the product goes through the product's own actions.
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from vardlots.clinics.hours import DAYS
from vardlots.people.identity import PersonNumber, parse

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")


class _Read(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of a demo file: a field that is misspelt is refused, not overlooked."""


class Provider(_Read, frozen=True, kw_only=True):
    """A care provider; `scheme` names its priorities, `county` is the code of the county that it serves."""

    id: str
    name: str
    kind: Literal["region", "private"]
    hsa_id: str
    scheme: Literal["1-5", "1-12"]
    county: str | None = None


class Unit(_Read, frozen=True, kw_only=True):
    """A care unit. `opening` and `on_call`: `mon` … `sun` and `holiday` → opens, closes.

    `welcome` has {patient}, {staff}, {title}.
    """

    id: str
    provider: str
    name: str
    full_name: str
    kind: Literal["health_centre", "clinic", "telephone", "digital_on_call"]
    hsa_id: str
    phone: str
    address: str | None = None
    opening: dict[str, tuple[str, str]]
    on_call: dict[str, tuple[str, str]] = {}
    specialties: tuple[str, ...] = ()
    takes_drop_in: bool = True
    reports_emergencies: bool = False
    welcome: str | None = None
    cooperates_with: tuple[str, ...] = ()

    @property
    def opening_by_weekday(self) -> dict[str, list[str]]:
        """As the unit table keeps it: weekday "0" (Monday) … "6" and "holiday" → opens, closes."""
        return _by_weekday(self.opening)

    @property
    def on_call_by_weekday(self) -> dict[str, list[str]]:
        """The same for the hours on call."""
        return _by_weekday(self.on_call)


def _by_weekday(week: dict[str, tuple[str, str]]) -> dict[str, list[str]]:
    return {DAYS[WEEKDAYS.index(day)]: list(hours) for day, hours in week.items()}


class Resource(_Read, frozen=True, kw_only=True):
    """A resource that is laid up by name: a role at a unit, pooled when it serves others."""

    unit: str
    role: str
    name: str
    serves: tuple[str, ...] = ()


class Assignment(_Read, frozen=True, kw_only=True):
    """A role at a unit (*medarbetaruppdrag*)."""

    unit: str
    role: str
    hsa_id: str


class Staff(_Read, frozen=True, kw_only=True):
    """A member of staff, with one assignment or several. `mobile` in E.164.

    `shift`: open since this morning, forgotten since yesterday, or none, for whoever signs in to begin their own.
    """

    id: str
    given_name: str
    family_name: str
    title: str
    hsa_id: str
    mobile: str | None = None
    shift: Literal["open", "forgotten", "none"] = "open"
    assignments: tuple[Assignment, ...]


class Person(_Read, frozen=True, kw_only=True):
    """Somebody who may be a patient. `number` as displayed, `mobile` in E.164, `language` in ISO 639-1,
    `county` as two digits.
    """

    id: str
    number: str
    given_name: str
    family_name: str
    birth_date: date
    sex: Literal["female", "male"]
    listed_unit: str | None = None
    mobile: str | None = None
    language: str = "sv"
    protected: bool = False
    county: str | None = None
    note: str | None = None

    def identity(self, on: date) -> PersonNumber:
        """The checked number, as of the day `on`. Raises BadNumber."""
        return parse(self.number, on=on)


class Guardianship(_Read, frozen=True, kw_only=True):
    """Who is guardian of whom; a blocked one may see and do nothing."""

    child: str
    guardian: str
    blocked: bool = False


class DemoRegion(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. Ages are meant as of `reference_date`."""

    reference_date: date
    providers: tuple[Provider, ...]
    units: tuple[Unit, ...]
    resources: tuple[Resource, ...]
    staff: tuple[Staff, ...]
    persons: tuple[Person, ...]
    guardianships: tuple[Guardianship, ...]


class BadDemoContent(ValueError):
    """A demo file is wrong; the text says which and how."""


T = TypeVar("T")


def load_region(path: Path) -> DemoRegion:
    """Read the folder `content/demo`. Raises BadDemoContent, FileNotFoundError."""
    places = read_table(path / "region.toml")
    people = read_table(path / "patients.toml")
    region = DemoRegion(
        reference_date=people["reference_date"],
        providers=rows(places, "providers", Provider, path / "region.toml"),
        units=rows(places, "units", Unit, path / "region.toml"),
        resources=rows(places, "resources", Resource, path / "region.toml"),
        staff=rows(read_table(path / "staff.toml"), "staff", Staff, path / "staff.toml"),
        persons=rows(people, "persons", Person, path / "patients.toml"),
        guardianships=rows(people, "guardianships", Guardianship, path / "patients.toml"),
    )
    _check_references(region)
    return region


def read_table(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary. Raises BadDemoContent with the file's name."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadDemoContent(f"{path.name}: {fault}") from None


def rows(table: dict[str, Any], name: str, kind: type[T], path: Path) -> tuple[T, ...]:
    """The array of tables `name`, each as `kind`. Raises BadDemoContent with file, place and fault."""
    found = []
    for number, row in enumerate(table.get(name, ()), 1):
        try:
            found.append(msgspec.convert(row, kind))
        except msgspec.ValidationError as fault:
            label = row.get("id", f"number {number}")
            raise BadDemoContent(f"{path.name}, {name}, {label}: {fault}") from None
    return tuple(found)


def known(names: Iterable[str], what: str, where: str, *used: str) -> None:
    """Raise BadDemoContent unless every name `used` is one of `names`."""
    missing = [name for name in used if name not in names]
    if missing:
        raise BadDemoContent(f"{where}: there is no {what} {missing[0]!r}")


def _check_references(region: DemoRegion) -> None:
    providers = {provider.id for provider in region.providers}
    units = {unit.id: unit for unit in region.units}
    persons = {person.id for person in region.persons}
    for unit in region.units:
        known(providers, "provider", unit.id, unit.provider)
        known(units, "unit", unit.id, *unit.cooperates_with)
        known(WEEKDAYS, "weekday", unit.id, *unit.opening, *unit.on_call)
    for resource in region.resources:
        known(units, "unit", resource.name, resource.unit, *resource.serves)
    for one in region.staff:
        known(units, "unit", one.id, *(assignment.unit for assignment in one.assignments))
    for person in region.persons:
        if person.listed_unit is not None:
            known(units, "unit", person.id, person.listed_unit)
    for bond in region.guardianships:
        known(persons, "person", bond.child, bond.child, bond.guardian)
