"""Consents given, refused and taken back; a person registered at a provider. Each is logged in its own transaction."""

from datetime import date

from vardlots.access.actor import Actor, PatientActor, StaffActor
from vardlots.audit import log as audit
from vardlots.consents import queries
from vardlots.consents.model import STAFF_HEARD, STANDING, ConsentKind, How
from vardlots.people import queries as people
from vardlots.people.rules import rules_of
from vardlots.platform import clock
from vardlots.platform.db import Connection, Database, Scope
from vardlots.platform.errors import Forbidden, Invalid, NotFound


async def register(
    connection: Connection, *, by: Actor, provider_id: int, person_id: int, given_by: int, how: How
) -> bool:
    """Register a person as the provider's patient, by their consent, in the caller's transaction.

    Nothing happens where they are registered and the consent holds. Returns whether it was needed.
    """
    added = await connection.fetchval(
        "INSERT INTO patient (provider_id, person_id, registered_at, registered_by) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING 1",
        provider_id,
        person_id,
        clock.now(),
        "staff" if isinstance(by, StaffActor) else "self" if given_by == person_id else "guardian",
    )
    if not added and await queries.holds(connection, provider_id, person_id, ConsentKind.REGISTRATION):
        return False
    await note(
        connection,
        by=by,
        provider_id=provider_id,
        person_id=person_id,
        kind=ConsentKind.REGISTRATION,
        given=True,
        given_by=given_by,
        how=how,
    )
    return True


async def note(
    connection: Connection,
    *,
    by: Actor,
    provider_id: int,
    person_id: int,
    kind: ConsentKind,
    given: bool,
    given_by: int,
    how: How,
) -> None:
    """Write down a yes or a no in the caller's transaction. The newest word is the one that holds."""
    await connection.execute(
        "INSERT INTO consent (provider_id, person_id, kind, given, given_by, given_at, how, noted_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        provider_id,
        person_id,
        kind.value,
        given,
        given_by,
        clock.now(),
        how.value,
        by.staff_id if isinstance(by, StaffActor) else None,
    )


async def register_by_staff(
    database: Database,
    *,
    by: StaffActor,
    number: str,
    person_id: int,
    birth_date: date,
    given_by: int,
    how: How,
) -> bool:
    """Staff add a person who is not there, with the consent that they have asked for (A11). False: was there already.

    `number` is the identity number that staff typed (twelve signs) and `person_id` who the register says it is.
    Raises Forbidden for a role that opens no cases, Invalid when it is not the person's to say.
    """
    _check_staff(by, how)
    # The person is nobody's patient here yet: the number lets this one transaction see who it is.
    async with database.transaction(Scope(provider_id=by.provider_id, identity=number)) as connection:
        rules = await rules_of(connection, by.provider_id)
        if given_by == person_id and not rules.on_their_own(birth_date, clock.today()):
            raise Invalid("given_by", "Ett barn registreras av en vårdnadshavare.")
        added = await register(
            connection,
            by=by,
            provider_id=by.provider_id,
            person_id=person_id,
            given_by=given_by,
            how=how,
        )
        row = audit.access(by, "register", provider_id=by.provider_id, person_id=person_id)
        await audit.write(connection, [row])
    return added


async def answer(
    database: Database,
    *,
    by: StaffActor | PatientActor,
    provider_id: int,
    person_id: int,
    kind: ConsentKind,
    given: bool,
    given_by: int,
    how: How,
) -> None:
    """A yes or a no, written down by staff who asked, or said by the patient or guardian in the service.

    Raises NotFound for a person who is not a patient here, Invalid when it is not theirs to say.
    """
    if kind not in STANDING:
        raise Invalid("kind", "Välj vad samtycket gäller.")
    async with database.transaction(by.scope) as connection:
        await _check_right(connection, by, provider_id, person_id, given_by, how)
        await note(
            connection,
            by=by,
            provider_id=provider_id,
            person_id=person_id,
            kind=kind,
            given=given,
            given_by=given_by,
            how=how,
        )
        await _log(connection, by, provider_id, person_id, "consent")


async def withdraw(
    database: Database,
    *,
    by: StaffActor | PatientActor,
    provider_id: int,
    person_id: int,
    kind: ConsentKind,
    withdrawn_by: int,
    how: How,
) -> bool:
    """Take a consent back; every yes of the kind that still stood, under any id of theirs, is withdrawn.

    False when none stood.
    """
    async with database.transaction(by.scope) as connection:
        await _check_right(connection, by, provider_id, person_id, withdrawn_by, how)
        gone = await connection.fetch(
            "UPDATE consent SET withdrawn_at = $4, withdrawn_by = $5, withdrawn_how = $6, withdrawn_noted_by = $7 "
            "WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) AND kind = $3 AND given "
            "AND withdrawn_at IS NULL RETURNING consent_id",
            provider_id,
            await people.same_persons(connection, [person_id]),
            kind.value,
            clock.now(),
            withdrawn_by,
            how.value,
            by.staff_id if isinstance(by, StaffActor) else None,
        )
        if gone:
            await _log(connection, by, provider_id, person_id, "withdraw_consent")
    return bool(gone)


async def _check_right(
    connection: Connection,
    by: StaffActor | PatientActor,
    provider_id: int,
    person_id: int,
    says: int,
    how: How,
) -> None:
    if isinstance(by, PatientActor):
        if says != by.person_id or person_id not in (by.person_id, *by.children) or how is not How.DIGITAL:
            raise NotFound()
    else:
        _check_staff(by, how)
        if provider_id != by.provider_id:
            raise NotFound()
    if not await people.is_patient(connection, provider_id, person_id):
        raise NotFound()
    person = await people.person(connection, person_id)
    if person is None:
        raise NotFound()
    if isinstance(by, StaffActor):
        allowed = await queries.who_may_answer(connection, provider_id, person, clock.today())
        if says not in {one.person_id for one in allowed}:
            raise Invalid("given_by", "Välj vem som har svarat.")


def _check_staff(by: StaffActor, how: How) -> None:
    if not by.cares:
        raise Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    if how not in STAFF_HEARD:
        raise Invalid("how", "Välj hur du fick svaret.")


async def _log(connection: Connection, by: Actor, provider_id: int, person_id: int, action: str) -> None:
    await audit.write(connection, [audit.access(by, action, provider_id=provider_id, person_id=person_id)])
