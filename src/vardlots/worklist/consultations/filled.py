"""What stands on the page *Konsultera*, and the consultation that it says."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.clinics.tree import Chosen
from vardlots.configuration.consult_rules import ConsultText
from vardlots.configuration.placeholders import fill
from vardlots.consultations.model import Consent, NewConsultation, Subject
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_
from vardlots.platform.numbers import whole
from vardlots.triage.configured import Practice
from vardlots.worklist.reasons import Wanted, kind_for, named, read_reason

TYPED = (
    "provider",
    "resource",
    "priority",
    "problem",
    "consented",
    "consent_how",
    "consent_by",
    "subject_name",
    "subject_number",
    "key",
)
TYPED_MOST = 9000


class Filled(msgspec.Struct, frozen=True):
    """The page's fields as they were sent, the reason that they name, the visits and files chosen."""

    typed: Mapping[str, str]
    wanted: Wanted = Wanted()
    related: tuple[int, ...] = ()
    files: tuple[str, ...] = ()

    def provider_id(self, by: StaffActor) -> int:
        """Who is asked: one's own provider until another is chosen."""
        return whole(self.typed["provider"], 9) or by.provider_id


def fresh(by: StaffActor, *, wanted: Wanted, priority: int | None, related: tuple[int, ...]) -> Filled:
    """The page as it opens: one's own provider, and of a visit its reason, priority and itself."""
    typed = dict.fromkeys(TYPED, "") | {"provider": str(by.provider_id), "key": str(uuid4())}
    if priority is not None:
        typed["priority"] = str(priority)
    return Filled(typed, wanted, related)


def read(form: Any, practice: Practice, lang: str) -> Filled:
    """The page's fields from a form that was sent."""
    typed = {name: str(form.get(name, ""))[:TYPED_MOST].replace("\r\n", "\n") for name in TYPED}
    typed["key"] = typed["key"] or str(uuid4())
    related = tuple(n for one in form.getall("related", [])[:40] if (n := whole(str(one), 18)) is not None)
    files = tuple(str(one)[:60] for one in form.getall("files", [])[:40])
    return Filled(typed, read_reason(form, practice, lang), related, files)


def with_text(filled: Filled, chosen: ConsultText, values: Mapping[str, str]) -> Filled:
    """With a ready text in *Problemförklaring*: in an empty field alone, else after what is written there. What has no
    value stays as a place to fill in."""
    known = {name: value for name, value in values.items() if value}
    said = fill(chosen.text, known)
    written = filled.typed["problem"].strip()
    return msgspec.structs.replace(filled, typed={**filled.typed, "problem": f"{written}\n\n{said}".strip()})


def with_reason(filled: Filled, code: str, practice: Practice, lang: str) -> Filled:
    """With a reason in the field."""
    return msgspec.structs.replace(filled, wanted=named(code, practice, lang))


def consultation_of(
    filled: Filled,
    *,
    by: StaffActor,
    person_id: int,
    from_case: CaseRef | None,
    practice: Practice,
    case_kind: str = "",
) -> NewConsultation:
    """The consultation that the page says. Of another provider nothing goes but text, whatever is left in the form.

    Raises Invalid with the field.
    """
    typed, provider_id = filled.typed, filled.provider_id(by)
    elsewhere = provider_id != by.provider_id
    if not filled.wanted.code:
        raise Invalid("reason", N_("Välj sökorsak."))
    chosen = Chosen.read(typed["resource"])
    if chosen is None or not chosen.role:
        raise Invalid("resource", N_("Välj vart konsultationen ska gå."))
    priority = whole(typed["priority"], 2) or 0
    if not 1 <= priority <= 12:
        raise Invalid("priority", "Välj en prioritet i listan.")
    if elsewhere and typed["consented"] != "1":
        raise Invalid("consent", N_("Fråga patienten om samtycke innan du skickar till en annan vårdgivare."))
    return NewConsultation(
        person_id=person_id,
        to_provider_id=provider_id,
        unit_id=chosen.unit_id,
        role=chosen.role,
        # A visit stays what it is; from a patient's page the reason says it.
        kind=case_kind or kind_for(practice, filled.wanted.code),
        reason=filled.wanted.code,
        priority=priority,
        problem=typed["problem"],
        from_case=from_case,
        related=() if elsewhere else filled.related,
        files=() if elsewhere else filled.files,
        consent=Consent(typed["consent_how"], typed["consent_by"]) if elsewhere else None,
        subject=Subject(typed["subject_name"].strip(), typed["subject_number"].strip())
        if elsewhere
        else None,
    )
