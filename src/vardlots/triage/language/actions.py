"""The language somebody reads in, kept with the person: whoever writes to them follows it, in texts and welcomes."""

from vardlots.access.actor import PatientActor
from vardlots.audit import log as audit
from vardlots.cases.turn import House
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import LANGUAGES


async def set_language(house: House, *, by: PatientActor, lang: str) -> None:
    """Keep the actor's own language, one of `i18n.LANGUAGES`. The same again changes nothing.

    It is in the log of every provider where they are a patient. Raises Invalid for a language that there is none of.
    """
    if lang not in LANGUAGES:
        raise Invalid("lang", "Välj ett av språken i listan.")
    async with house.database.transaction(by.scope) as connection:
        changed = await connection.fetchval(
            "UPDATE person SET language = $2 WHERE person_id = ANY ($1::bigint[]) AND language IS DISTINCT FROM $2 "
            "RETURNING true",
            by.own_ids,
            lang,
        )
        if not changed:
            return
        rows = await connection.fetch(
            "SELECT DISTINCT provider_id FROM patient WHERE person_id = ANY ($1::bigint[]) ORDER BY 1",
            by.own_ids,
        )
        logged = [
            audit.access(by, "set_language", provider_id=row["provider_id"], person_id=by.person_id)
            for row in rows
        ]
        if logged:
            await audit.write(connection, logged)
