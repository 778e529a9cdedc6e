"""What the visit that a consultation was made from is told, in the scope of the provider that asks."""

from vardlots.access.actor import SystemActor
from vardlots.cases.model import Audience, Verb
from vardlots.cases.turn import House, Repeated, turn
from vardlots.consultations import queries, states
from vardlots.consultations.model import ConsultationRef


async def tell_case(house: House, *, by: SystemActor, ref: ConsultationRef, n: int) -> int | None:
    """Row `n` of a consultation as a row in its visit. Returns that row's number; None where it is no news there.

    Told twice is told once.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await queries.readable(connection, by=by, ref=ref)
        told = await queries.entry(connection, ref, n)
    if told is None or found.from_case is None or told.kind not in states.NEWS:
        return None
    key = f"consultation:{ref}:{n}"
    body = {"consultation": str(ref), "what": states.NEWS[told.kind], "who": told.author_name}
    try:
        async with turn(house, by=by, ref=found.from_case, verb=Verb.CONSULT_NEWS, key=key) as now_at:
            return await now_at.record(body, audience=Audience.STAFF, key=key)
    except Repeated as repeated:
        return repeated.n
