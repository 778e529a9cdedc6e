"""Cases that are not one's own: opened with a reason, taken over from a colleague (requirement A8)."""

from datetime import datetime, timedelta

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases.actions import REASON_MAX
from vardlots.cases.model import Audience, CaseRef, Kind, Verb
from vardlots.cases.moving import Belongs, moved
from vardlots.cases.promises import promise_balance
from vardlots.cases.turn import House, Turn, turn
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, SomebodyWasFirst
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

# How long a case stays open to whoever has said why: as long as a shift may last [assumed]. Tomorrow there is another
# reason, or none.
OPEN_FOR = timedelta(hours=12)


async def open_anyway(house: House, *, by: StaffActor, ref: CaseRef, reason: str) -> int:
    """Open another unit's case: colleagues there read who did and why. Returns the number of the row.

    Raises Invalid without a reason, Forbidden `blocked` where the patient has blocked the unit, WrongState
    `already_open` for whoever may read it already.
    """
    reason = _reason(reason, "Välj varför du öppnar ärendet.")
    async with turn(house, by=by, ref=ref, verb=Verb.OPEN_ANYWAY) as now_at:
        return await write_opening(now_at, by=by, reason=reason)


async def write_opening(
    now_at: Turn, *, by: StaffActor, reason: str, consultation_id: int | None = None
) -> int:
    """The opening, in a turn of `Verb.OPEN_ANYWAY`. Returns the number of the row that colleagues read.

    With the number of a consultation it holds as long as that does (`end_openings`).
    """
    n = await now_at.record({"reason": reason}, audience=Audience.STAFF, reason=reason)
    await now_at.connection.execute(
        "INSERT INTO case_opening (provider_id, case_id, staff_id, unit_id, reason, at, until, consultation_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *now_at.case.ref,
        by.staff_id,
        by.unit_id,
        reason,
        now_at.now,
        now_at.now + OPEN_FOR,
        consultation_id,
    )
    return n


async def end_openings(
    connection: Connection, *, by: StaffActor, provider_id: int, consultation_id: int
) -> list[Signal]:
    """The consultation that visits were opened for is over: so are the openings, each with its row in the access log.

    In the transaction that ends it. Returns what is to be published after commit: open pages look again.
    """
    rows = await connection.fetch(
        "UPDATE case_opening o SET until = greatest($3, o.at) FROM care_case c "
        "WHERE o.provider_id = $1 AND o.consultation_id = $2 AND o.until > $3 "
        "AND c.provider_id = o.provider_id AND c.case_id = o.case_id "
        "RETURNING o.case_id, o.staff_id, c.person_id, c.last_n",
        provider_id,
        consultation_id,
        clock.now(),
    )
    if rows:
        ended = [
            audit.access(
                by,
                "end_opening",
                provider_id=provider_id,
                person_id=row["person_id"],
                case_id=row["case_id"],
            )
            for row in rows
        ]
        await audit.write(connection, ended)
    topics = {f"staff:{row['staff_id']}": 0 for row in rows}
    topics |= {f"case:{CaseRef(provider_id, row['case_id'])}": row["last_n"] for row in rows}
    return [Signal(topic, number) for topic, number in sorted(topics.items())]


async def take_over(
    house: House,
    *,
    by: StaffActor,
    ref: CaseRef,
    from_staff_id: int,
    reason: str,
    belongs: Belongs | None = None,
) -> int:
    """*Ta över besök*: the visit becomes the actor's. The patient reads who has it now, the one who had it also why.

    `from_staff_id` is whoever had the visit when the actor decided. `belongs` as in `cases.actions.accept`. Returns the
    number of the row that the patient reads. Raises Invalid without a reason, SomebodyWasFirst when another colleague
    has it by now, WrongState `already_yours`, and WrongState when the visit has ended.
    """
    reason = _reason(reason, N_("Skriv varför du tar över besöket."))
    async with turn(house, by=by, ref=ref, verb=Verb.TAKE_OVER) as now_at:
        had = now_at.case.owner_staff_id
        assert had is not None  # a check of the table: an accepted or ongoing case has an owner
        if had != from_staff_id:
            raise await _first(now_at, had)
        said, place = await moved(now_at, belongs)
        n = await now_at.record(
            {"title": by.title_for_patients, **said}, reason=reason, owner_staff_id=by.staff_id, **place
        )
        # Why is for colleagues: a row of its own, which never reaches the patient.
        why_n = await now_at.record({"reason": reason, "from": had}, audience=Audience.STAFF)
        await now_at.connection.execute(
            "INSERT INTO take_over (provider_id, case_id, n, from_staff_id, by_staff_id, at) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            *ref,
            why_n,
            had,
            by.staff_id,
            now_at.now,
        )
        now_at.signals += [Signal(f"staff:{had}"), Signal(f"staff:{by.staff_id}")]
        await promise_balance(now_at.connection, now_at.case)
        return n


async def note_seen(house: House, *, by: StaffActor, ref: CaseRef) -> None:
    """The one who had the visit has seen that it was taken over: the line on their start page goes.

    Raises NotFound for another provider's case.
    """
    async with house.database.transaction(by.scope) as connection:
        there = "SELECT 1 FROM care_case WHERE provider_id = $1 AND case_id = $2"
        if not await connection.fetchval(there, *ref):
            raise NotFound()
        await connection.execute(
            "UPDATE take_over SET seen_at = $4 WHERE provider_id = $1 AND case_id = $2 AND from_staff_id = $3 "
            "AND seen_at IS NULL AND at <= $4",
            *ref,
            by.staff_id,
            clock.now(),
        )
    house.hub.publish([Signal(f"staff:{by.staff_id}")])


async def _first(now_at: Turn, owner_staff_id: int) -> SomebodyWasFirst:
    """Who has the visit by now, and since when."""
    row = await now_at.connection.fetchrow(
        "SELECT s.given_name || ' ' || s.family_name AS name, (SELECT max(e.at) FROM entry e WHERE e.provider_id = $1 "
        "AND e.case_id = $2 AND e.kind = ANY ($4::text[])) AS since FROM staff s WHERE s.staff_id = $3",
        *now_at.case.ref,
        owner_staff_id,
        [Kind.ACCEPTED.value, Kind.ASSIGNED.value, Kind.TAKEN_OVER.value],
    )
    since: datetime | None = row["since"]
    return SomebodyWasFirst(row["name"], since)


def _reason(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("reason", missing)
    if len(text) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    return text
