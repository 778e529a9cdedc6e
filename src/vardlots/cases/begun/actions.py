"""*Asynkront*: a chat that staff begin with a patient who has not sought care (requirement E7)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.arriving.actions import Arrival, Way, arrive
from vardlots.cases.ending.configured import EndRules, rules_of
from vardlots.cases.model import CASE_COLUMNS, Case, Phase, case_from, client_key
from vardlots.cases.turn import House
from vardlots.consents.model import ConsentKind
from vardlots.consents.queries import holds
from vardlots.families.acting import acting_for
from vardlots.people.queries import is_patient, same_persons
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

# Nobody waits for it: the least urgent of what is met without a booked time, and administrative errands [assumed].
PRIORITIES = {"care": 5, "administrative": 12}


# What another subject writes in the same transaction: the connection, the case's number; what is to be told after.
Together: TypeAlias = Callable[[Connection, int], Awaitable[list[Signal]]]


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What staff choose: whom it is with, the reason's code, care or administrative, for how many days it is open."""

    person_id: int
    reason: str
    kind: str = "care"
    days: int


def lengths(rules: EndRules) -> tuple[int, ...]:
    """For how many days such a chat may be open: the provider's lengths, but for the one that lets nobody write."""
    return tuple(days for days in rules.days if days) or (1,)


def may_begin(by: StaffActor, kind: str = "care") -> Refusal | None:
    """Whether the role begins chats of the kind. Pure."""
    if not by.cares:
        return Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    if kind == "care" and not by.clinical:
        return Forbidden("Din roll tar inte hand om vårdärenden.", code="not_clinical")
    return None


async def begin_chat(
    house: House, *, by: StaffActor, new: Begun, key: str, together: Together | None = None
) -> Case:
    """Open the chat, the actor's own, open for writing on both sides. The same key twice is one chat.

    `together` is given the connection and the case's number in the same transaction, and says what else is to be told.
    The patient is told with the first message, as of every message. The caller has checked that the reason is one that
    the provider knows. Raises NotFound for nobody's patient here, Forbidden for a role that does not or a consent to be
    registered that does not hold, WrongState `telephone` where nobody could read it, Invalid with the field.
    """
    client_key(key)
    async with house.database.transaction(by.scope) as connection:
        await demand_registered(connection, by=by, person_id=new.person_id)
        if new.kind not in PRIORITIES:
            raise Invalid("kind", "Välj vad ärendet gäller.")
        if refusal := may_begin(by, new.kind):
            raise refusal
        if new.days not in lengths(await rules_of(connection, by.provider_id)):
            raise Invalid("days", "Välj hur länge patienten kan skriva.")
        acts = await acting_for(connection, provider_id=by.provider_id, person_id=new.person_id)
        if acts is None:
            raise unread()
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"begin {by.staff_id} {key}"
        )
        if (again := await _begun(connection, by, new, key)) is not None:
            return again
        case, signals = await arrive(connection, by=by, new=_arrival(by, new, acts, key))
        if together is not None:
            signals += await together(connection, case.case_id)
    house.hub.publish(signals)
    return case


async def demand_registered(connection: Connection, *, by: StaffActor, person_id: int) -> None:
    """Nothing new begins with somebody whose consent to be registered at this provider does not hold (A11).

    Raises NotFound for a person who is not a patient here, Forbidden `not_registered`.
    """
    if not await is_patient(connection, by.provider_id, person_id):
        raise NotFound()
    if not await holds(connection, by.provider_id, person_id, ConsentKind.REGISTRATION):
        raise Forbidden(
            N_(
                "Samtycket till att vara registrerad här gäller inte. Fråga patienten och anteckna svaret först."
            ),
            code="not_registered",
        )


def unread() -> WrongState:
    """The refusal where nobody can read in the service for the patient."""
    return WrongState("Ingen kan läsa i tjänsten åt patienten. Ring eller skriv brev.", code="telephone")


def _arrival(by: StaffActor, new: Begun, acts: int, key: str) -> Arrival:
    return Arrival(
        provider_id=by.provider_id,
        unit_id=by.unit_id,
        person_id=new.person_id,
        actor_person_id=acts,
        role=by.role,
        reason=new.reason,
        way=Way.STAFF,
        phase=Phase.FOLLOW_UP,
        priority=PRIORITIES[new.kind],
        kind=new.kind,
        summary={"key": key},
        owner_staff_id=by.staff_id,
        open_for=timedelta(days=new.days),
    )


async def _begun(connection: Connection, by: StaffActor, new: Begun, key: str) -> Case | None:
    """The chat that the same press has begun already."""
    columns = ", ".join(f"c.{column.strip()}" for column in CASE_COLUMNS.split(","))
    row = await connection.fetchrow(
        f"SELECT {columns} FROM care_case c JOIN entry e USING (provider_id, case_id) "
        "WHERE c.provider_id = $1 AND c.person_id = ANY ($2::bigint[]) AND c.interview_id IS NULL AND e.n = 1 "
        "AND e.author_kind = 'staff' AND e.author_id = $3 AND e.body ->> 'key' = $4 LIMIT 1",
        by.provider_id,
        await same_persons(connection, [new.person_id]),
        by.staff_id,
        key,
    )
    return case_from(row) if row is not None else None
