"""Reads of assisted triage. Only whoever began one goes on with it."""

from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.configuration.routing_rules import DEFAULT, RoutingRules
from vardlots.people.queries import Person, person, same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, NotFound
from vardlots.triage.assisted import policy
from vardlots.triage.assisted.model import Assisted, Begun, Call, Caller, Decided, Ending
from vardlots.triage.queries import KEPT, OPEN_STAGES, RESUMABLE, InterviewRef, Kept, refuse_old, whole

BEGUN_MOST = 10


class Triage(msgspec.Struct, frozen=True):
    """An interview that staff ask, what is kept beside it, and the person it is about."""

    kept: Kept
    assisted: Assisted
    person: Person


async def own_assisted(connection: Connection, *, by: StaffActor, ref: InterviewRef) -> Triage:
    """The actor's own. Raises NotFound outside the provider, Forbidden for a colleague's or another role's."""
    row = await connection.fetchrow(
        f"{KEPT} WHERE i.provider_id = $1 AND i.interview_id = $2 AND i.staff_id IS NOT NULL", *ref
    )
    if row is None or row["provider_id"] != by.provider_id:
        raise NotFound()
    if row["staff_id"] != by.staff_id:
        raise Forbidden("En kollega har ställt de här frågorna.", code="not_yours")
    refuse_old(row)
    kept = await whole(connection, row)
    if refusal := policy.may_assist(kept.practice.roles.of(by.role).assists, kept.kind):
        raise refusal
    beside = await connection.fetchrow(
        "SELECT * FROM assisted WHERE provider_id = $1 AND interview_id = $2", *ref
    )
    about = await person(connection, kept.person_id)
    if beside is None or about is None:
        raise NotFound()
    return Triage(kept, assisted_from(beside), about)


def assisted_from(row: Any) -> Assisted:
    """A row of the table `assisted`."""
    call = Call(Caller(row["caller"]), row["caller_name"], row["caller_person_id"], row["phone"])
    return Assisted(
        staff_id=row["staff_id"],
        call=call,
        note=row["note"],
        decided=msgspec.convert(row["decided"], Decided) if row["decided"] else None,
        ending=Ending(row["ending"]) if row["ending"] else None,
    )


async def of_case(connection: Connection, *, provider_id: int, interview_id: int) -> Assisted | None:
    """What is kept beside the interview of a case read through its own check; None where a patient was asked."""
    row = await connection.fetchrow(
        "SELECT * FROM assisted WHERE provider_id = $1 AND interview_id = $2", provider_id, interview_id
    )
    return assisted_from(row) if row else None


async def begun(connection: Connection, *, by: StaffActor, person_id: int | None = None) -> list[Begun]:
    """What the actor has begun and can go on with, latest first: all of it, or that about one person."""
    about = await same_persons(connection, [person_id]) if person_id is not None else None
    rows = await connection.fetch(
        """
        SELECT i.provider_id, i.interview_id, i.person_id, i.protocol, i.stage, i.started_at, p.protected,
               CASE WHEN p.protected THEN '' ELSE left(p.given_name, 1) || ' ' || left(p.family_name, 1) END
                 AS initials,
               CASE WHEN p.protected THEN NULL ELSE extract(year FROM age($5::date, p.birth_date))::int END AS age
        FROM interview i JOIN person p USING (person_id)
        WHERE i.provider_id = $1 AND i.staff_id = $2 AND i.stage = ANY ($3::text[]) AND i.changed_at > $4
          AND ($6::bigint[] IS NULL OR i.person_id = ANY ($6::bigint[]))
        ORDER BY i.changed_at DESC LIMIT $7""",
        by.provider_id,
        by.staff_id,
        list(OPEN_STAGES),
        clock.now() - RESUMABLE,
        clock.today(),
        about,
        BEGUN_MOST,
    )
    return [Begun(**row) for row in rows]


async def has_signed_in(connection: Connection, person_ids: list[int]) -> bool:
    """Whether somebody has been in the service themself."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM session WHERE person_id = ANY ($1::bigint[]))", person_ids
        )
    )


async def units_for(connection: Connection, *, by: StaffActor, about: Person) -> list[Unit]:
    """Where a case about a person may go from the actor's unit, by what administrators have laid down."""
    return policy.units_to_choose(
        await clinics.units_of(connection, by.provider_id),
        by=by,
        cooperating=await clinics.cooperating_units(connection, by.provider_id, by.unit_id),
        listed=about.listed_unit_id,
    )


async def roles_to_choose(connection: Connection, kept: Kept, unit_id: int) -> frozenset[str]:
    """The roles of a unit that take cases."""
    at_unit = await clinics.roles_at(connection, unit_id)
    return frozenset(role for role in at_unit if kept.practice.roles.of(role).cares)


def suggested_role(kept: Kept, roles: frozenset[str], rules: RoutingRules = DEFAULT) -> str:
    """The role that the outcome goes to at a unit with these roles, by the provider's rules."""
    assert kept.outcome is not None
    return policy.suggested_role(kept.outcome, roles, kept.practice.routing, rules)
