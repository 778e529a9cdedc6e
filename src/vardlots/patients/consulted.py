"""*Starta ny asynkron chatt* from another provider's consultation: on to a new chat with the patient, here (E4, E7)."""

from collections.abc import Mapping

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.begun.actions import Together
from vardlots.cases.web import house
from vardlots.consultations.beginning.actions import begun
from vardlots.consultations.model import ConsultationRef
from vardlots.consultations.queries import readable
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.live import Signal
from vardlots.triage.configured import practice_of
from vardlots.worklist.reasons import Wanted, named


def way_on(typed: Mapping[str, str], person_id: int) -> str:
    """Where whoever has registered a patient goes: to the patient's page, or to the chat that a consultation is to be
    followed by. Raises NotFound for a mangled one."""
    base = f"/staff/patients/{person_id}"
    asked = typed.get("consultation", "")
    return f"{base}/chat?consultation={ConsultationRef.parse(asked)}" if asked else base


async def reason_of(request: Web, by: StaffActor, asked: str) -> Wanted:
    """The consultation's reason, where it is one that this provider has too. Raises NotFound."""
    async with house(request).database.transaction(by.scope) as connection:
        found = await readable(connection, by=by, ref=ConsultationRef.parse(asked))
        practice = await practice_of(connection, by.provider_id)
    return named(found.reason, practice, pages.language_of(request))


def told_of(by: StaffActor, asked: str) -> Together | None:
    """What the consultation is told in the transaction that begins the chat; None where none led to it."""
    if not asked:
        return None
    ref = ConsultationRef.parse(asked)

    async def tell(connection: Connection, case_id: int) -> list[Signal]:
        return await begun(connection, by=by, ref=ref, case_id=case_id)

    return tell
