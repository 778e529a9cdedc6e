"""The receiver at another provider begins a chat of their own with the patient (E4)."""

from vardlots.access.actor import StaffActor
from vardlots.consultations.checks import is_number_of
from vardlots.consultations.model import Act, Consultation, ConsultationRef, Side
from vardlots.consultations.turn import begin, signals_of
from vardlots.people.queries import person
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal


async def begun(
    connection: Connection, *, by: StaffActor, ref: ConsultationRef, case_id: int
) -> list[Signal]:
    """The receiver at another provider has begun a case with the patient, in the transaction that opens it.

    Returns what is to be published after commit. Raises as `begin` does, and WrongState where one has been begun.
    """
    now_at = await begin(connection, by=by, ref=ref, verb=Act.BEGIN, side=Side.RECEIVER)
    if now_at.found.new_case_id is not None:
        raise WrongState(N_("Ett nytt ärende har redan startats."), code="begun")
    if not await _is_about(connection, now_at.found, case_id):
        raise WrongState(N_("Konsultationen gäller någon annan."), code="somebody_else")
    await now_at.record(new_case_id=case_id)
    return signals_of(now_at.found)


async def _is_about(connection: Connection, found: Consultation, case_id: int) -> bool:
    """Whether a case of the receiver's is about whom the consultation is about, by the number that came with it."""
    person_id = await connection.fetchval(
        "SELECT person_id FROM care_case WHERE provider_id = $1 AND case_id = $2",
        found.to_provider_id,
        case_id,
    )
    about = await person(connection, person_id) if person_id else None
    return about is not None and found.subject is not None and is_number_of(found.subject, about)
