"""Providers, units, roles, assignments, shifts: the directory as typed rows."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Role(msgspec.Struct, frozen=True):
    """A professional role: its Swedish label, and whether it meets patients (requirement A2)."""

    code: str
    label: str
    clinical: bool
    patient_sees: bool = True


_ROLES = (
    Role("nurse", "Sjuksköterska", True),
    Role("physician", "Läkare", True),
    Role("physiotherapist", "Fysioterapeut", True),
    Role("occupational_therapist", "Arbetsterapeut", True),
    Role("psychologist", "Psykolog", True),
    Role("counsellor", "Kurator", True),
    Role("dietitian", "Dietist", True),
    Role("midwife", "Barnmorska", True),
    Role("dental", "Tandvård", True),
    Role("medical_admin", "Medicinsk admin", False),
    Role("care_coordinator", "Vårdkoordinator hälsosamtal", False, patient_sees=False),
    Role("head_of_unit", "Verksamhetschef", False),
)
ROLES = {role.code: role for role in _ROLES}


def is_clinical(code: str) -> bool:
    """Whether the role meets patients and so may take any clinical case of its unit (A3)."""
    return code in ROLES and ROLES[code].clinical


def role_label(code: str) -> str:
    """The Swedish label of a role; a role that is not known by name is shown by its code."""
    return ROLES[code].label if code in ROLES else code


class UnitKind(StrEnum):
    """What a unit is."""

    HEALTH_CENTRE = "health_centre"
    CLINIC = "clinic"
    TELEPHONE = "telephone"
    DIGITAL_ON_CALL = "digital_on_call"


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A care unit. `opening` maps a weekday (0 = Monday) to `[opens, closes]` as "08:00"."""

    provider_id: int
    unit_id: int
    name: str
    kind: str
    phone: str | None
    address: str | None
    opening: dict[str, list[str]]
    takes_drop_in: bool
    reports_emergencies: bool
    welcome: str | None
    provider_name: str
    scheme: str


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One assignment of a member of staff: a role at a unit."""

    provider_id: int
    assignment_id: int
    staff_id: int
    unit_id: int
    unit_name: str
    provider_name: str
    role: str


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A shift: who works where, since when."""

    provider_id: int
    shift_id: int
    staff_id: int
    unit_id: int
    role: str
    shift_type: str
    load_balancer: bool
    started_at: datetime
    ended_at: datetime | None


SHIFT_TYPES = {"primary": "Primärjour", "secondary": "Bakjour", "administrative": "Administration"}
