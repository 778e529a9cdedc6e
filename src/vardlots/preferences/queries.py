"""Reads of what staff say of themselves."""

from uuid import UUID

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.preferences.model import CODES, Profile


async def profile(connection: Connection, *, by: StaffActor) -> Profile:
    """The actor's own profile. Nobody reads another's here."""
    row = await connection.fetchrow(
        "SELECT staff_id, given_name, family_name, title, mobile, picture, notices, profile_rev AS rev, "
        "coalesce(directory_given_name, given_name) AS directory_given_name, "
        "coalesce(directory_family_name, family_name) AS directory_family_name FROM staff WHERE staff_id = $1",
        by.staff_id,
    )
    if row is None:
        raise NotFound()
    values = dict(row)
    values["picture"] = str(values["picture"] or "")
    values["notices"] = {code: values["notices"].get(code) is True for code in CODES}
    return Profile(**values)


async def may_see_picture(connection: Connection, *, by: StaffActor | PatientActor, picture: UUID) -> bool:
    """Whether a picture is of oneself, of a colleague at the same provider today, or of somebody who cares for one.

    A patient sees the picture of whoever has a case of theirs, or of a child they act for: the scope holds no others.
    """
    if isinstance(by, StaffActor):
        found = await connection.fetchval(
            "SELECT true FROM staff s WHERE s.picture = $1 AND (s.staff_id = $2 OR EXISTS (SELECT FROM assignment a "
            "WHERE a.staff_id = s.staff_id AND a.provider_id = $3 AND a.valid_from <= $4 "
            "AND (a.valid_to IS NULL OR a.valid_to >= $4)))",
            picture,
            by.staff_id,
            by.provider_id,
            clock.today(),
        )
    else:
        found = await connection.fetchval(
            "SELECT true FROM staff s WHERE s.picture = $1 AND EXISTS (SELECT FROM care_case c "
            "WHERE c.person_id = ANY ($2::bigint[]) AND c.owner_staff_id = s.staff_id)",
            picture,
            [by.person_id, *by.children],
        )
    return bool(found)
