"""Who finds what: patients their own and what is for them, another provider the words that were sent to it."""

from typing import Any

from tests.model.town import Town

from vardlots.access.actor import PatientActor

# What only staff read of a case.
STAFF_ROWS = ("brought", "consulted", "consult_news", "referred")
_STAFF_TABLES = (
    *("consultation", "consultation_entry", "consultation_case", "consultation_file"),
    *("ticket_history", "schedule_rule", "schedule_closed", "talk_read", "guest"),
)
_OWN = (
    "care_case",
    "entry",
    "ticket",
    "ticket_form",
    "slot_hold",
    "appointment",
    "earlier_wish",
    "slot_offer",
    "access_log",
)
_FINDS_STAFFS = " UNION ALL ".join(
    f"(SELECT '{table}' AS place FROM {table} LIMIT 1)" for table in _STAFF_TABLES
)
_FINDS_OTHERS = " UNION ALL ".join(
    f"(SELECT '{table}' AS place FROM {table} WHERE person_id <> ALL ($1::bigint[]) LIMIT 1)"
    for table in _OWN
)
_ENTRIES = "SELECT count(*) FROM entry WHERE person_id = ANY ($1::bigint[]) AND audience = 'patient'"
_ONLY_HERS = " UNION ALL ".join(
    f"(SELECT '{table}' AS place FROM {table} WHERE provider_id <> $1 LIMIT 1)"
    for table in (
        *_OWN,
        "ticket_history",
        "consultation_case",
        "consultation_file",
        "form_request",
        "note",
    )
)


async def check_walls(world: Town) -> None:
    """Raises AssertionError for what somebody finds who must not."""
    given = world.given
    for reader in (given.elin, given.matti, given.ruben):
        await _patient(world, reader)
    await _other_provider(world)


async def _patient(world: Town, reader: PatientActor) -> None:
    persons = sorted(reader.persons)
    async with world.given.database.transaction(reader.scope) as connection:
        found = [row["place"] for row in await connection.fetch(_FINDS_STAFFS)]
        others = [row["place"] for row in await connection.fetch(_FINDS_OTHERS, persons)]
        hidden = await connection.fetch(
            "SELECT kind FROM entry WHERE audience <> 'patient' OR kind = ANY ($1::text[])", list(STAFF_ROWS)
        )
        read = await connection.fetchval("SELECT count(*) FROM entry")
    assert not found, f"{reader.name} finds rows of {found}"
    assert not others, f"{reader.name} finds somebody else's {others}"
    assert not hidden, f"{reader.name} reads {[row['kind'] for row in hidden]}"
    there = 0
    for provider_id in world.providers:
        there += (await world.fetch(provider_id, f"{_ENTRIES} AND provider_id = $2", persons, provider_id))[
            0
        ][0]
    assert read == there, f"{reader.name} reads {read} rows of {there}"


async def _other_provider(world: Town) -> None:
    nora: Any = world.given.nora
    async with world.given.database.transaction(nora.scope) as connection:
        found = [row["place"] for row in await connection.fetch(_ONLY_HERS, nora.provider_id)]
        questions = await connection.fetchval(
            "SELECT count(*) FROM consultation WHERE provider_id <> $1 AND to_provider_id <> $1",
            nora.provider_id,
        )
        rows = await connection.fetchval(
            "SELECT count(*) FROM consultation_entry WHERE provider_id <> $1 AND to_provider_id <> $1",
            nora.provider_id,
        )
    assert not found, f"another provider finds {found}"
    assert questions == rows == 0, "another provider reads questions that were not put to it"
