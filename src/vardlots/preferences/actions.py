"""What staff change about themselves. These are staff's data: the structured log says who changed what kind of thing,
never what it was changed to; the access log is for patients' data."""

from collections.abc import Mapping
from uuid import UUID

import structlog

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Database
from vardlots.platform.errors import Invalid, WrongState
from vardlots.preferences import queries
from vardlots.preferences.model import CODES, NAME_MAX, TITLE_MAX, Profile

log = structlog.get_logger()

# Whose name is the directory's goes on being called what the directory says; a name of one's own stands.
_SAVE = """
UPDATE staff s SET given_name = $2, family_name = $3, title = $4, mobile = $5, profile_rev = profile_rev + 1,
  directory_given_name = CASE WHEN d.same THEN NULL ELSE d.given_name END,
  directory_family_name = CASE WHEN d.same THEN NULL ELSE d.family_name END
FROM (SELECT staff_id, coalesce(directory_given_name, given_name) AS given_name,
        coalesce(directory_family_name, family_name) AS family_name,
        (coalesce(directory_given_name, given_name), coalesce(directory_family_name, family_name))
          = ($2::text, $3::text) AS same
      FROM staff WHERE staff_id = $1 FOR UPDATE) d
WHERE s.staff_id = d.staff_id AND s.profile_rev = $6 RETURNING s.profile_rev
"""


async def save_profile(
    database: Database,
    *,
    by: StaffActor,
    given_name: str,
    family_name: str,
    title: str,
    mobile: str | None,
    rev: int,
) -> Profile:
    """Keep what patients and colleagues read. `mobile` in E.164 or None; `rev` is the profile's that was changed.

    While the names are not the directory's, what it gave is kept beside them. Returns the profile as it is now.
    Raises Invalid, and WrongState when the profile has changed since it was read (another tab, an administrator):
    nothing is written then.
    """
    given_name, family_name, title = (" ".join(part.split()) for part in (given_name, family_name, title))
    check(given_name=given_name, family_name=family_name, title=title)
    async with database.transaction(by.scope) as connection:
        saved = await connection.fetchval(
            _SAVE,
            by.staff_id,
            given_name,
            family_name,
            title,
            mobile,
            rev,
        )
        if saved is None:
            raise WrongState(
                "Profilen har ändrats sedan du öppnade sidan. Jämför och spara igen.", code="moved"
            )
        profile = await queries.profile(connection, by=by)
    log.info("staff_profile_saved", staff=by.staff_id, provider=by.provider_id, rev=saved)
    return profile


def check(*, given_name: str, family_name: str, title: str) -> None:
    """Raises Invalid for the first part of a profile that is missing or too long."""
    if not given_name:
        raise Invalid("given_name", "Skriv ditt förnamn.")
    if not family_name:
        raise Invalid("family_name", "Skriv ditt efternamn.")
    if not title:
        raise Invalid("title", "Skriv din titel. Patienten ser den.")
    for field, value, most in (
        ("given_name", given_name, NAME_MAX),
        ("family_name", family_name, NAME_MAX),
        ("title", title, TITLE_MAX),
    ):
        if len(value) > most:
            raise Invalid(field, "Korta ner texten till högst {most} tecken.", most=most)
        if any(not sign.isprintable() for sign in value):
            raise Invalid(field, "Texten har tecken som inte går att visa. Skriv den för hand.")


async def set_picture(database: Database, *, by: StaffActor, picture: UUID | None) -> UUID | None:
    """Show another picture, or none. Returns the one before, whose file nothing points to any longer.

    Two at once: the later one stays, and each gets the one that it replaced, so that no file is left behind.
    """
    async with database.transaction(by.scope) as connection:
        before: UUID | None = await connection.fetchval(
            "SELECT picture FROM staff WHERE staff_id = $1 FOR UPDATE", by.staff_id
        )
        await connection.execute("UPDATE staff SET picture = $2 WHERE staff_id = $1", by.staff_id, picture)
    log.info("staff_picture_set", staff=by.staff_id, provider=by.provider_id, removed=picture is None)
    return before


async def choose_notices(database: Database, *, by: StaffActor, choices: Mapping[str, bool]) -> None:
    """Switch texts on or off. Only what was changed is named, so that two tabs do not undo each other.

    Raises Invalid for a kind that does not exist.
    """
    if not CODES.issuperset(choices):
        raise Invalid("notices", "Den sortens notis finns inte.")
    if not choices:
        return
    async with database.transaction(by.scope) as connection:
        await connection.execute(
            "UPDATE staff SET notices = notices || $2 WHERE staff_id = $1", by.staff_id, dict(choices)
        )
    log.info("staff_notices_chosen", staff=by.staff_id, provider=by.provider_id, kinds=sorted(choices))


async def show_help(database: Database, *, by: StaffActor, on: bool) -> None:
    """Show help texts on every page, or no longer."""
    async with database.transaction(by.scope) as connection:
        await connection.execute(
            "UPDATE staff SET preferences = preferences || $2 WHERE staff_id = $1", by.staff_id, {"help": on}
        )
