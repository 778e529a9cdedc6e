"""Opening the page of a patient whom one has no case with: said why, logged, for a while."""

from datetime import timedelta

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.people.queries import is_patient
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.errors import Forbidden, Invalid, NotFound

# As long as a shift may last [assumed]; tomorrow there is another reason, or none.
OPEN_FOR = timedelta(hours=12)
REASON_MAX = 500


async def open_patient(database: Database, *, by: StaffActor, person_id: int, reason: str) -> None:
    """Say why one opens a patient's page. Raises Invalid without a reason, NotFound for nobody's patient here."""
    if not by.cares:
        raise Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    reason = reason.strip()
    if not reason:
        raise Invalid("reason", "Skriv varför du öppnar sidan.")
    if len(reason) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    now = clock.now()
    async with database.transaction(by.scope) as connection:
        if not await is_patient(connection, by.provider_id, person_id):
            raise NotFound()
        await connection.execute(
            "INSERT INTO patient_opening (provider_id, person_id, staff_id, unit_id, reason, at, until) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            by.provider_id,
            person_id,
            by.staff_id,
            by.unit_id,
            reason,
            now,
            now + OPEN_FOR,
        )
        row = audit.access(by, "open_patient", provider_id=by.provider_id, person_id=person_id, reason=reason)
        await audit.write(connection, [row])
