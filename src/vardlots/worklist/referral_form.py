"""*Lämna över till annan vårdgivare* as it was typed, and what it means for the verbs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.referring.model import Referral, Said
from vardlots.clinics.queries import unit, units_of
from vardlots.clinics.tree import Chosen
from vardlots.consents.model import How
from vardlots.consultations.model import HIDDEN, Consent, NewConsultation, Subject
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_, text
from vardlots.platform.numbers import whole
from vardlots.worklist.visit_read import Visit

# What the consultation keeps of how the yes was said.
_HOW_THERE = {How.DIGITAL: "chat", How.TELEPHONE: "phone", How.ON_SITE: "visit"}
_FIELDS = (
    *("provider", "resource", "priority", "yes", "given_by", "how", "at"),
    *("message", "message_was", "problem", "subject_name", "subject_number", "key"),
)


class Typed(msgspec.Struct, frozen=True):
    """The form's fields, and the names of the pieces that are chosen."""

    fields: dict[str, str]
    pieces: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.fields[name]


def fresh(found: Visit, lang: str) -> Typed:
    """The form as it begins: what the visit says filled in, nothing chosen for the patient."""
    now = clock.local(clock.now())
    number = found.patient.number
    return Typed(
        {
            "provider": "",
            "resource": "",
            "priority": str(found.case.priority),
            "yes": "",
            "given_by": "",
            "how": "",
            "at": now.strftime("%Y-%m-%dT%H:%M"),
            "message": "",
            "message_was": "",
            "problem": text(
                lang,
                "Hej. Det här ärendet hör till er. Ta gärna över det och svara patienten. Svara också här, så att "
                "vi vet att ni har det.",
            ),
            "subject_name": HIDDEN if found.patient.protected else found.patient.name,
            "subject_number": f"{number[:8]}-{number[8:]}" if len(number) == 12 else number,
            "key": uuid4().hex,
        }
    )


def read(form: Mapping[str, Any], chosen: list[str], before: Typed) -> Typed:
    """The form as it was sent."""
    fields = {name: str(form.get(name, "")).replace("\r\n", "\n").strip() for name in _FIELDS}
    fields["key"] = fields["key"] or before["key"]
    return Typed(fields, tuple(chosen))


def with_message(typed: Typed, to: str, name: str, lang: str) -> Typed:
    """The message to the patient names the receiver that is chosen, unless somebody has changed its words."""
    written = text(
        lang,
        "Hej {name}. Det du söker för tas om hand på ett annat ställe. Vi har lämnat över ditt ärende till {to}, som "
        "skriver till dig här i tjänsten. När du har läst det här avslutas ärendet hos oss. Skriv till oss först om "
        "du undrar något. Blir du sämre, ring 1177, eller 112 om det är akut.",
        name=name,
        to=to,
    )
    if typed["message"] not in ("", typed["message_was"]) or not to:
        return typed
    return msgspec.structs.replace(typed, fields=typed.fields | {"message": written, "message_was": written})


class Receiver(msgspec.Struct, frozen=True):
    """The unit and role that is asked, and what it is called where people read it."""

    provider_id: int
    unit_id: int
    role: str
    name: str


async def receiver_of(connection: Connection, by: StaffActor, typed: Typed) -> Receiver | None:
    """The receiver that is chosen; None while none is, or while it is one of another provider than the chosen."""
    chosen = Chosen.read(typed["resource"])
    provider_id = whole(typed["provider"], 9)
    if chosen is None or not chosen.role or provider_id is None or provider_id == by.provider_id:
        return None
    there = await unit(connection, chosen.unit_id) if chosen.unit_id is not None else None
    if there is None or there.provider_id != provider_id:
        return None
    name = await connection.fetchval("SELECT name FROM provider WHERE provider_id = $1", provider_id)
    several = len([one for one in await units_of(connection, provider_id) if one.active]) > 1
    return Receiver(
        provider_id, there.unit_id, chosen.role, f"{there.name}, {name}" if several else str(name)
    )


def meant(typed: Typed, found: Visit, to: Receiver | None) -> tuple[Referral, NewConsultation]:
    """What the verbs take. Raises Invalid with the field, in the order of the page's steps."""
    if not typed["provider"]:
        raise Invalid("provider", N_("Välj vårdgivare."))
    if to is None:
        raise Invalid("resource", N_("Välj vem hos mottagaren som ska ta över."))
    if typed["yes"] != "1":
        raise Invalid("yes", N_("Fråga patienten. Utan ett ja kan ärendet inte lämnas över."))
    given_by = whole(typed["given_by"], 18)
    if given_by is None:
        raise Invalid("given_by", N_("Välj vem som sa ja."))
    try:
        how = How(typed["how"])
    except ValueError:
        raise Invalid("how", "Välj hur du fick svaret.") from None
    said = Said(given_by=given_by, how=how, at=_moment(typed["at"]))
    case = found.case
    patient_said = given_by in (found.patient.person_id, found.patient.main_id)
    return (
        Referral(message=typed["message"], to=to.name, said=said, key=typed["key"]),
        NewConsultation(
            person_id=case.person_id,
            to_provider_id=to.provider_id,
            unit_id=to.unit_id,
            role=to.role,
            kind=case.kind,
            reason=case.reason,
            priority=whole(typed["priority"], 2) or 0,
            problem=typed["problem"],
            from_case=case.ref,
            consent=Consent(how=_HOW_THERE[how], given_by="patient" if patient_said else "guardian"),
            subject=Subject(name=typed["subject_name"], number=typed["subject_number"]),
        ),
    )


def _moment(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=clock.SWEDEN)
    except ValueError:
        raise Invalid("at", N_("Skriv när patienten sa ja.")) from None
