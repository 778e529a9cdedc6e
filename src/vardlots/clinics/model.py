"""Providers, units, roles, assignments, shifts: the directory as typed rows."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vardlots.clinics.hours import HasHours
from vardlots.platform.i18n import N_, SOURCE, text


class Role(msgspec.Struct, frozen=True):
    """A professional role: its Swedish label, and what it is for (requirement A2).

    `clinical` meets patients; `cares` may open cases at all; `administers` is "" for nothing, "unit" or "provider";
    `reviews` may search the access log. A role with `active` false is given to nobody anew. `assists` is what it may
    triage for somebody on the phone: "" nothing, "services" administrative errands, "all".
    """

    code: str
    label: str
    clinical: bool
    patient_sees: bool = True
    cares: bool = True
    administers: str = ""
    reviews: bool = False
    label_en: str = ""
    active: bool = True
    assists: str = ""

    def said(self, lang: str) -> str:
        """What the role is called in a language."""
        return self.label_en if lang != SOURCE and self.label_en else text(lang, self.label)


_ROLES = (
    Role("nurse", N_("Sjuksköterska"), True, assists="all"),
    Role("physician", N_("Läkare"), True, assists="all"),
    Role("physiotherapist", N_("Fysioterapeut"), True),
    Role("occupational_therapist", N_("Arbetsterapeut"), True),
    Role("psychologist", N_("Psykolog"), True),
    Role("counsellor", N_("Kurator"), True),
    Role("dietitian", N_("Dietist"), True),
    Role("midwife", N_("Barnmorska"), True),
    Role("dental", N_("Tandvård"), True),
    Role("medical_admin", N_("Medicinsk admin"), False, assists="services"),
    Role("care_coordinator", N_("Vårdkoordinator hälsosamtal"), False, patient_sees=False),
    Role("head_of_unit", N_("Verksamhetschef"), False, administers="unit", reviews=True),
    Role(
        "system_admin",
        N_("Systemadministratör"),
        False,
        patient_sees=False,
        cares=False,
        administers="provider",
    ),
    Role("log_reviewer", N_("Loggranskare"), False, patient_sees=False, cares=False, reviews=True),
)
ROLES = {role.code: role for role in _ROLES}


# Titles as the directory writes them: they are shown in the reader's language where it is known.
TITLES = (
    N_("arbetsterapeut"),
    N_("barnmorska"),
    N_("dietist"),
    N_("distriktssköterska"),
    N_("fysioterapeut"),
    N_("kurator"),
    N_("läkare"),
    N_("medicinsk sekreterare"),
    N_("psykolog"),
    N_("sjuksköterska"),
    N_("tandläkare"),
    N_("undersköterska"),
    N_("verksamhetschef"),
    N_("verksamhetschef och sjuksköterska"),
    N_("vårdkoordinator"),
)


def role_of(code: str) -> Role:
    """The role with a code; one that is not known may do nothing."""
    return ROLES.get(code) or Role(code, code, False, cares=False)


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


class Unit(HasHours, frozen=True, kw_only=True):
    """A care unit with its hours (`clinics/hours.py`). `specialties` are its own words for what it does."""

    provider_id: int
    unit_id: int
    name: str
    kind: str
    phone: str | None
    address: str | None
    takes_drop_in: bool
    reports_emergencies: bool
    welcome: str | None
    provider_name: str
    scheme: str
    hsa_id: str = ""
    specialties: tuple[str, ...] = ()


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One assignment of a member of staff: a role at a unit, with the label of the provider's own role."""

    provider_id: int
    assignment_id: int
    staff_id: int
    unit_id: int
    unit_name: str
    provider_name: str
    role: str
    label: str | None = None
    label_en: str | None = None

    def role_said(self, lang: str) -> str:
        """What the role is called in a language."""
        if self.label is None:
            return role_of(self.role).said(lang)
        return Role(self.role, self.label, clinical=False, label_en=self.label_en or "").said(lang)


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


SHIFT_TYPES = {
    "primary": N_("Primärjour"),
    "secondary": N_("Bakjour"),
    "administrative": N_("Administration"),
}
