"""Reads of consents, within the scope of the connection."""

from collections.abc import Sequence
from datetime import date

import msgspec

from vardlots.consents.model import Consent, ConsentKind
from vardlots.people.queries import Person, guardians_of, same_persons
from vardlots.people.rules import rules_of
from vardlots.platform.db import Connection

_SAID = """
SELECT c.consent_id, c.person_id, c.kind, c.given, c.given_by,
       coalesce(g.given_name || ' ' || g.family_name, '') AS given_by_name, c.given_at, c.how,
       coalesce(n.given_name || ' ' || n.family_name, '') AS noted_by_name, c.withdrawn_at,
       coalesce(w.given_name || ' ' || w.family_name, '') AS withdrawn_by_name, c.withdrawn_how,
       coalesce(x.given_name || ' ' || x.family_name, '') AS withdrawn_noted_by_name
FROM consent c
LEFT JOIN person g ON g.person_id = c.given_by
LEFT JOIN staff n ON n.staff_id = c.noted_by
LEFT JOIN person w ON w.person_id = c.withdrawn_by
LEFT JOIN staff x ON x.staff_id = c.withdrawn_noted_by
"""


async def history(connection: Connection, provider_id: int, person_ids: Sequence[int]) -> list[Consent]:
    """Everything said on consents at a provider by or for one person (all ids they have), the newest first."""
    rows = await connection.fetch(
        f"{_SAID} WHERE c.provider_id = $1 AND c.person_id = ANY ($2::bigint[]) "
        "ORDER BY c.given_at DESC, c.consent_id DESC",
        provider_id,
        list(person_ids),
    )
    return [msgspec.convert(dict(row), Consent) for row in rows]


def newest(said: Sequence[Consent]) -> dict[ConsentKind, Consent]:
    """The newest word on each kind; `said` is the newest first."""
    found: dict[ConsentKind, Consent] = {}
    for one in said:
        found.setdefault(one.kind, one)
    return found


async def holds(connection: Connection, provider_id: int, person_id: int, kind: ConsentKind) -> bool:
    """Whether a consent of the kind holds at the provider, said under any id that the person has had.

    What was given at another provider does not count (A11).
    """
    return bool(
        await connection.fetchval(
            "SELECT given AND withdrawn_at IS NULL FROM consent WHERE provider_id = $1 "
            "AND person_id = ANY ($2::bigint[]) AND kind = $3 ORDER BY given_at DESC, consent_id DESC LIMIT 1",
            provider_id,
            await same_persons(connection, [person_id]),
            kind.value,
        )
    )


async def who_may_answer(connection: Connection, provider_id: int, person: Person, on: date) -> list[Person]:
    """Who may give or take back a person's consent: the person, or until they sign in themself the guardians (A10)."""
    rules = await rules_of(connection, provider_id)
    if rules.on_their_own(person.birth_date, on):
        return [person]
    return await guardians_of(connection, person.person_id)
