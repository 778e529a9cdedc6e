"""Consents as typed rows (requirement A11): to be registered here, to share history, to share the medication list."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vardlots.platform.i18n import N_


class ConsentKind(StrEnum):
    """What a consent is to."""

    REGISTRATION = "registration"
    HISTORY = "history"
    MEDICATION = "medication"
    HANDOVER = "handover"


class How(StrEnum):
    """How it was given or taken back."""

    DIGITAL = "digital"
    TELEPHONE = "telephone"
    ON_SITE = "on_site"


LABELS = {
    ConsentKind.REGISTRATION: N_("Vara registrerad hos vårdgivaren"),
    ConsentKind.HISTORY: N_("Dela sjukdomshistorik"),
    ConsentKind.MEDICATION: N_("Dela läkemedelslista"),
    ConsentKind.HANDOVER: N_("Lämna över ett ärende till en annan vårdgivare"),
}
# What holds until it is taken back; a yes to hand over is said of one case, when it goes.
STANDING = (ConsentKind.REGISTRATION, ConsentKind.HISTORY, ConsentKind.MEDICATION)
HOW_LABELS = {How.DIGITAL: N_("i tjänsten"), How.TELEPHONE: N_("på telefon"), How.ON_SITE: N_("på plats")}
# How a member of staff may have heard it.
STAFF_HEARD = (How.TELEPHONE, How.ON_SITE)


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One word on one kind of consent. `given` False is a no; `noted_by` is the member of staff who wrote it down."""

    consent_id: int
    person_id: int
    kind: ConsentKind
    given: bool
    given_by: int
    given_by_name: str
    given_at: datetime
    how: How
    noted_by_name: str
    withdrawn_at: datetime | None
    withdrawn_by_name: str
    withdrawn_how: How | None
    withdrawn_noted_by_name: str

    @property
    def holds(self) -> bool:
        """Whether it is a yes that has not been taken back."""
        return self.given and self.withdrawn_at is None
