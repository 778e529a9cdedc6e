"""What is new for a patient, for the numbers in the tabs and beside each person's name."""

from collections import Counter

import msgspec

from vardlots.access.actor import PatientActor
from vardlots.platform.db import Connection


class News(msgspec.Struct, frozen=True):
    """What is new for whoever is signed in: in how many cases something has happened, in how many somebody has written,
    and by person (the id they have now) how many cases that is. Never one person's in another's.
    """

    reader: int
    cases: int
    messages: int
    by_person: dict[int, int]


async def news(connection: Connection, *, by: PatientActor) -> News:
    """What is new in the actor's cases and their children's: in those that are theirs to act in."""
    rows = await connection.fetch(
        "SELECT c.person_id, c.actor_person_id, c.provider_id, EXISTS (SELECT FROM entry e WHERE "
        "e.provider_id = c.provider_id AND e.case_id = c.case_id AND e.n > c.patient_read_n AND e.kind = 'message' "
        "AND e.author_kind <> 'patient') AS written "
        "FROM care_case c WHERE c.person_id = ANY ($1::bigint[]) AND (c.staff_last_n > c.patient_read_n "
        # A time that was withdrawn waits for an answer, until there is another.
        "OR (c.phase = 'booked' AND c.booked_from IS NULL))",
        list(by.persons),
    )
    about: Counter[int] = Counter()
    written = 0
    for person_id, actor_person_id, provider_id, is_written in rows:
        if by.is_responsible(person_id=person_id, actor_person_id=actor_person_id, provider_id=provider_id):
            about[by.main(person_id)] += 1
            written += is_written
    return News(by.person_id, about.total(), written, dict(about))
