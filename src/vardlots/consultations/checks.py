"""What a consultation must hold before it is sent. Raises Invalid with the field that does not."""

from uuid import UUID

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked_cases
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.clinics.model import UnitKind
from vardlots.configuration.consult_rules import PLACEHOLDERS
from vardlots.configuration.placeholders import placeholders_in
from vardlots.consultations.hiding import has_number, names_somebody
from vardlots.consultations.model import HIDDEN, Consent, NewConsultation, Subject
from vardlots.people.queries import Person, is_patient, person, same_persons
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_

PROBLEM_MAX = 8000
MOST_RELATED = 20
MOST_FILES = 20
# What a patient can have said, and how: what stands with the consultation.
CONSENT_HOW = ("phone", "chat", "visit")
CONSENT_BY = ("patient", "guardian")
CONSENT_WORDS = {
    "phone": N_("på telefon"),
    "chat": N_("i chatten"),
    "visit": N_("vid ett besök"),
    "patient": N_("Patienten samtyckte"),
    "guardian": N_("Vårdnadshavaren samtyckte"),
}
# The kinds of units that are specialised care, next to the health centres.
SPECIALISED = frozenset({UnitKind.CLINIC.value})


def check_text(new: NewConsultation) -> None:
    """What stands in it, by itself."""
    if not new.reason or len(new.reason) > 120:
        raise Invalid("reason", N_("Välj sökorsak."))
    if new.kind not in ("care", "administrative"):
        raise Invalid("reason", N_("Välj sökorsak."))
    if not 1 <= new.priority <= 12:
        raise Invalid("priority", "Välj en prioritet i listan.")
    if not new.problem:
        raise Invalid("problem", N_("Skriv vad du vill ha hjälp med."))
    if len(new.problem) > PROBLEM_MAX:
        raise Invalid("problem", "Korta ner texten till högst {most} tecken.", most=PROBLEM_MAX)
    left = [name for name in placeholders_in(new.problem) if name in PLACEHOLDERS]
    if left:
        raise Invalid("problem", "Fyll i {word} innan du skickar.", word=f"{{{left[0]}}}")


async def check_what_goes(connection: Connection, *, by: StaffActor, new: NewConsultation) -> None:
    """The person and the visits are the actor's to ask about; to another provider nothing goes but text, and only
    with the patient's consent."""
    if new.from_case is not None:
        case = await readable_case(connection, by=by, ref=new.from_case)
        if case.person_id != new.person_id:
            raise Invalid("body", N_("Besöket hör till någon annan."))
    elif not await is_patient(connection, by.provider_id, new.person_id):
        raise Invalid("body", N_("Personen är inte registrerad hos er."))
    if new.to_provider_id != by.provider_id:
        if new.related:
            raise Invalid("related", N_("Besök följer inte med till en annan vårdgivare."))
        if new.files:
            raise Invalid("files", N_("Filer följer inte med till en annan vårdgivare."))
        check_consent(new.consent)
        about = await person(connection, new.person_id)
        check_subject(new.subject, protected=about is not None and about.protected)
        if about is None or new.subject is None or not is_number_of(new.subject, about):
            raise Invalid("subject_number", N_("Numret är inte patientens. Kontrollera det."))
        check_unnamed(new.problem, about, "problem")
        return
    if new.consent is not None or new.subject is not None:
        raise Invalid("body", N_("Inom vårdgivaren behövs inget samtycke här."))
    await _check_related(connection, by, new)
    await _check_files(connection, by, new)


def check_consent(consent: Consent | None) -> None:
    """What the patient has said, and how."""
    if consent is None:
        raise Invalid("consent", N_("Fråga patienten om samtycke innan du skickar till en annan vårdgivare."))
    if consent.how not in CONSENT_HOW:
        raise Invalid("consent_how", N_("Välj hur patienten gav sitt samtycke."))
    if consent.given_by not in CONSENT_BY:
        raise Invalid("consent_by", N_("Välj vem som gav samtycket."))


def check_subject(subject: Subject | None, *, protected: bool = False) -> None:
    """Who it is about, as the sender has typed it: somebody with protected identity by the number alone (A9)."""
    if subject is None or not subject.name.strip():
        raise Invalid("subject_name", N_("Skriv patientens namn."))
    if not subject.number.strip():
        raise Invalid("subject_number", N_("Skriv patientens personnummer."))
    if protected and subject.name.strip() != HIDDEN:
        raise Invalid(
            "subject_name",
            N_("Patienten har skyddade personuppgifter. Skriv ”{words}” i stället för namnet."),
            words=HIDDEN,
        )
    if len(subject.name) > 120 or len(subject.number) > 40:
        raise Invalid("subject_name", N_("Korta ner namnet eller numret."))


def check_unnamed(said: str, about: Person, field: str) -> None:
    """What staff write themselves for another provider names nobody whose identity is protected (A9), neither by a
    part of their name nor by their number, which has a field of its own."""
    if not about.protected:
        return
    if names_somebody(said, (about.given_name, about.family_name)):
        raise Invalid(
            field,
            N_(
                "Patienten har skyddade personuppgifter. Ta bort namnet ur texten och skriv ”patienten” i stället."
            ),
        )
    if has_number(said, about.number):
        raise Invalid(field, N_("Patienten har skyddade personuppgifter. Ta bort personnumret ur texten."))


def is_number_of(subject: Subject, about: Person) -> bool:
    """Whether what was typed is the person's own number, with or without its century and hyphen: another's would lead
    the receiver to somebody else."""
    typed = "".join(sign for sign in subject.number.upper() if sign.isalnum())
    return bool(about.number) and typed in (about.number.upper().replace("-", ""), about.number[2:])


async def _check_related(connection: Connection, by: StaffActor, new: NewConsultation) -> None:
    if len(new.related) > MOST_RELATED:
        raise Invalid("related", N_("Välj högst {most} besök."), most=MOST_RELATED)
    if not new.related:
        return
    ids = list(dict.fromkeys(new.related))
    known = await connection.fetchval(
        "SELECT count(*) FROM care_case WHERE provider_id = $1 AND case_id = ANY ($2::bigint[]) "
        "AND person_id = ANY ($3::bigint[])",
        by.provider_id,
        ids,
        await same_persons(connection, [new.person_id]),
    )
    if known != len(ids) or await blocked_cases(connection, by=by, case_ids=ids):
        raise Invalid("related", N_("Ett av besöken kan inte följa med. Välj om."))


async def _check_files(connection: Connection, by: StaffActor, new: NewConsultation) -> None:
    if len(new.files) > MOST_FILES:
        raise Invalid("files", N_("Välj högst {most} filer."), most=MOST_FILES)
    if not new.files:
        return
    try:
        ids = [UUID(file) for file in dict.fromkeys(new.files)]
    except ValueError:
        raise Invalid("files", N_("En av filerna finns inte kvar. Välj om.")) from None
    rows = await connection.fetch(
        "SELECT case_id FROM attachment WHERE provider_id = $1 AND attachment_id = ANY ($2::uuid[]) "
        "AND case_id = ANY ($3::bigint[]) AND audience = 'patient'",
        by.provider_id,
        ids,
        list(new.related),
    )
    if len(rows) != len(ids):
        raise Invalid("files", N_("Filer kan bara väljas ur besöken som följer med."))
    # Nobody sends on what they may not look at themselves.
    for case_id in sorted({row["case_id"] for row in rows}):
        await readable_case(connection, by=by, ref=CaseRef(by.provider_id, case_id))
