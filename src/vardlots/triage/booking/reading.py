"""What the pages of a ticket's and of a visit's booking read alike."""

from typing import Any, NamedTuple

from vardlots.access.actor import PatientActor
from vardlots.booking.model import SlotRef
from vardlots.cases.model import Case
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Role, Unit
from vardlots.people.queries import Person, person
from vardlots.platform import i18n
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.triage.booking.choosing import Asked
from vardlots.triage.configured import Practice, practice_of


class Around(NamedTuple):
    """Whom a case is about, where, and who looks at the page."""

    about: Person
    actor: Person
    unit: Unit
    practice: Practice


async def around(connection: Connection, by: PatientActor, case: Case) -> Around:
    """What stands around a case. Raises NotFound."""
    about, actor = await person(connection, case.person_id), await person(connection, by.person_id)
    unit = await clinics.unit(connection, case.unit_id)
    if about is None or actor is None or unit is None:
        raise NotFound()
    return Around(about, actor, unit, await practice_of(connection, case.provider_id))


def role_words(role: Role, lang: str) -> str:
    """*Sjuksköterska*; of a role that patients do not see, only that they work there."""
    return role.said(lang) if role.patient_sees and role.cares else i18n.text(lang, "Vårdpersonal")


def asked_by(query: Any) -> Asked:
    """What an address asks for."""
    return Asked.read(query.get("day"), query.get("unit"))


def slot_sent(form: Any) -> SlotRef:
    """The time that a form names. Raises NotFound."""
    return SlotRef.parse(str(form.get("slot", "")))
