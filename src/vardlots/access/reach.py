"""The actor of a patient or guardian: whom they may read and act for at this moment, asked anew at each look-up."""

import msgspec

from vardlots.access.actor import PatientActor
from vardlots.people import queries as people
from vardlots.people.guardians import reach_of
from vardlots.people.identity import age_years
from vardlots.people.queries import Person
from vardlots.people.rules import CareRules, midnight, rules_by_provider
from vardlots.platform import clock
from vardlots.platform.db import Connection, Database, persons_scope

ADULT = 18  # no provider's rule reaches beyond this age


class _Me(msgspec.Struct, frozen=True):
    """The signed-in person: every id of theirs, and the ids of their children, not yet looked at."""

    person: Person
    ids: list[int]
    candidates: list[int]
    rules: dict[int, CareRules]
    alone: bool


async def reach(database: Database, *, person_id: int, session_id: int = 0) -> PatientActor | None:
    """The actor behind a patient's session; None for nobody, or for who may no longer sign in (A9).

    A child blocked from the guardian by the register or by a unit, and a child or guardian with protected identity,
    is as if it did not exist.
    """
    me = await _read(database, person_id, session_id)
    if me is None:
        return None
    if me.person.same_as is not None:
        # A session from before two rows turned out to be one person.
        return await reach(database, person_id=me.person.same_as, session_id=session_id)
    children, aliases = await _children(database, me) if me.candidates else ([], {})
    reached = reach_of(me.person, children, me.rules, clock.today())
    aliases |= {one: person_id for one in me.ids if one != person_id}
    within = {person_id, *reached.children, *reached.infants}
    return PatientActor(
        person_id=person_id,
        name=me.person.name,
        children=reached.children,
        session_id=session_id,
        aliases=tuple(sorted((earlier, main) for earlier, main in aliases.items() if main in within)),
        closed=frozenset(
            (provider_id, one)
            for provider_id, child in reached.closed
            for one in (child, *(earlier for earlier, main in aliases.items() if main == child))
        ),
        barred=reached.barred,
        grown=reached.grown,
        infants=reached.infants,
        alone=me.alone,
        holds_until=midnight(reached.changes_on) if reached.changes_on else None,
    )


async def _read(database: Database, person_id: int, session_id: int) -> _Me | None:
    async with database.transaction(persons_scope([person_id])) as connection:
        person = await people.person(connection, person_id)
        if person is None or (person.protected and not await may_sign_in(connection, person)):
            return None
        if person.same_as is not None:
            return _Me(person, [], [], {}, alone=False)
        ids = await people.same_persons(connection, [person_id])
        candidates = [] if person.protected else await people.families_children(connection, ids)
        young = age_years(person.birth_date, clock.today()) < ADULT
        rules = await rules_by_provider(connection) if candidates or young or person.protected else {}
        alone = bool(session_id) and await _for_self_only(connection, session_id)
    if len(ids) > 1 and not person.protected:
        async with database.transaction(persons_scope(ids)) as connection:
            candidates = await people.families_children(connection, ids)
            rules = await rules_by_provider(connection)
    return _Me(person, ids, [] if alone else candidates, rules, alone=alone)


async def _children(database: Database, me: _Me) -> tuple[list[Person], dict[int, int]]:
    """The guardian's children under the ids they are known by, without those hidden from the guardian; and which
    earlier ids are whose."""
    ids, before = set(me.candidates), set[int]()
    while ids != before:
        # The rows that one person has are found one step at a time: a scope shows those next to its own.
        before = ids
        async with database.transaction(persons_scope([*me.ids, *sorted(ids)])) as connection:
            known = await people.persons(connection, await people.same_persons(connection, sorted(ids)))
            ids = ids | set(known) | {one.main_id for one in known.values()}
            hidden = await people.hidden_from(connection, children=sorted(ids), guardian_ids=me.ids)
    off = {known[one].main_id for one in hidden if one in known}
    children = [one for one in known.values() if one.same_as is None and one.person_id not in off]
    aliases = {one.person_id: one.same_as for one in known.values() if one.same_as is not None}
    return children, aliases


async def _for_self_only(connection: Connection, session_id: int) -> bool:
    return bool(
        await connection.fetchval("SELECT for_self_only FROM session WHERE session_id = $1", session_id)
    )


async def may_sign_in(connection: Connection, person: Person) -> bool:
    """Whether the provider where a protected person is listed lets them sign in; unlisted, all of them must (A9)."""
    rules = await rules_by_provider(connection)
    if person.listed_unit_id is not None:
        provider_id = await connection.fetchval(
            "SELECT provider_id FROM unit WHERE unit_id = $1", person.listed_unit_id
        )
        return provider_id in rules and rules[provider_id].protected_sign_in
    return bool(rules) and all(rule.protected_sign_in for rule in rules.values())
