"""The verbs of a form that comes with a ticket: opened, filled in and sent in by the patient; copied to its visit."""

from collections.abc import Mapping
from typing import Any

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.audit import log as audit
from vardlots.cases.model import Case
from vardlots.cases.turn import House
from vardlots.conversations.forms import filled, walk
from vardlots.conversations.forms.actions import Change, Moved, complete
from vardlots.conversations.forms.filled import Kept
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.tickets import policy
from vardlots.tickets.actions import locked, move, signals_of, too_late
from vardlots.tickets.forms.brought import Brought
from vardlots.tickets.forms.queries import form_of
from vardlots.tickets.model import Deed, Kind, State, Ticket, TicketRef
from vardlots.tickets.queries import own_ticket


async def open_form(house: House, *, by: PatientActor, ref: TicketRef, place: int) -> None:
    """Note that a form has been opened, the first time. Nothing is noted where it cannot be answered any more."""
    async with house.database.transaction(by.scope) as connection:
        found = await own_ticket(connection, by=by, ref=ref)
        if policy.may(by, Deed.ANSWER, found) is not None or not found.waits_at(clock.now()):
            return
        opened = await connection.fetchval(
            "UPDATE ticket_form SET opened_at = $4, changed_at = $4 WHERE provider_id = $1 AND ticket_id = $2 "
            "AND place = $3 AND opened_at IS NULL RETURNING true",
            *ref,
            place,
            clock.now(),
        )
        if not opened:
            return
        await _log(connection, by, found, "open_form")
    house.hub.publish(signals_of(found, by))


async def fill_in(
    house: House,
    *,
    by: PatientActor,
    ref: TicketRef,
    place: int,
    rev: int,
    raw: Mapping[str, object],
    change: Change | None = None,
) -> Kept:
    """Keep what was answered on a page, and then add or remove an instance where `change` does so.

    What can be kept is kept, although something else on the page is wrong (`faults`). The same answers again are no
    change. Raises Moved when another tab has been here since `rev`, WrongState when the form is sent in or the ticket's
    time is over, NotFound, Forbidden.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await locked(connection, by=by, ref=ref, verb=Deed.ANSWER, again=True)
        form = await form_of(connection, ref, place, lock=True)
        if form.answered_at is not None:
            raise WrongState(N_("Formuläret är redan skickat."), code="answered")
        if not found.waits_at(clock.now()):
            raise too_late(found, clock.now())
        kept = filled.answered(form, raw, change)
        if form.rev != rev:
            if filled.says_the_same(form, raw) and change is None:
                return filled.standing(form)
            raise Moved()
        await connection.execute(
            "UPDATE ticket_form SET answers = $4, done = $5, total = $6, rev = rev + 1, changed_at = $7, "
            "opened_at = coalesce(opened_at, $7) WHERE provider_id = $1 AND ticket_id = $2 AND place = $3",
            *ref,
            place,
            dict(kept.answers),
            kept.progress.done,
            kept.progress.total,
            clock.now(),
        )
        await _log(connection, by, found, "answer")
    house.hub.publish(signals_of(found, by))
    return kept


async def answer(house: House, *, by: PatientActor, ref: TicketRef, place: int, rev: int) -> Ticket:
    """Send in the answers: from now on they are never changed. Twice is once. Returns the ticket as it is then.

    The last form of a ticket that is nothing but forms uses it. Raises Unfinished with what is left, Moved when another
    tab has changed something since it was read through, WrongState when the ticket's time is over.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await locked(connection, by=by, ref=ref, verb=Deed.ANSWER, again=True)
        form = await form_of(connection, ref, place, lock=True)
        if form.answered_at is not None:
            return found
        if not found.waits_at(clock.now()):
            raise too_late(found, clock.now())
        if form.rev != rev:
            raise Moved()
        answers, now = complete(form), clock.now()
        await connection.execute(
            "UPDATE ticket_form SET answers = $4, done = $5, total = $5, rev = rev + 1, changed_at = $6, "
            "opened_at = coalesce(opened_at, $6), answered_at = $6, answered_by = $7 "
            "WHERE provider_id = $1 AND ticket_id = $2 AND place = $3",
            *ref,
            place,
            answers,
            walk.progress(filled.filling(form), form.answers).total,
            now,
            by.person_id,
        )
        after = await _count(connection, by, found)
    house.hub.publish(signals_of(found, by))
    return after


async def _count(connection: Connection, by: PatientActor, found: Ticket) -> Ticket:
    """One form more is sent in: the ticket has been opened, and is used where it was nothing but forms."""
    await connection.execute(
        "UPDATE ticket SET forms_done = forms_done + 1 WHERE provider_id = $1 AND ticket_id = $2", *found.ref
    )
    await _log(connection, by, found, Deed.ANSWER)
    after = msgspec.structs.replace(found, forms_done=found.forms_done + 1)
    if after.kind is Kind.FORM and not after.forms_left:
        return await move(connection, by=by, found=after, verb=Deed.USE)
    return (
        await move(connection, by=by, found=after, verb=Deed.OPEN) if after.state is State.ISSUED else after
    )


async def copy(
    connection: Connection, *, by: PatientActor | StaffActor, brought: Brought, case: Case
) -> None:
    """Copy the forms to the case that the rows were written in, as they were sent in: staff read them there."""
    for request_id, place in brought.requests.items():
        copied = await connection.fetchval(
            """
            INSERT INTO form_request (provider_id, request_id, case_id, n, person_id, form_code, form_version, form,
              known, sent_by, sent_at, opened_at, answers, rev, done, total, changed_at, answered_at, answered_n,
              answered_by, from_provider_id, from_ticket_id, from_place)
            SELECT $1, $3, $2, s.n, $4, f.form_code, f.form_version, f.form, f.known, $5, $6, f.opened_at, f.answers,
              f.rev, f.done, f.total, f.changed_at, f.answered_at, a.n, f.answered_by, f.provider_id, f.ticket_id,
              f.place
            FROM ticket_form f
            JOIN entry s ON s.provider_id = $1 AND s.case_id = $2 AND s.kind = 'form_sent'
              AND (s.body->>'request_id')::bigint = $3
            JOIN entry a ON a.provider_id = $1 AND a.case_id = $2 AND a.kind = 'form_answered'
              AND (a.body->>'request_id')::bigint = $3
            WHERE f.provider_id = $7 AND f.ticket_id = $8 AND f.place = $9 RETURNING request_id""",
            *case.ref,
            request_id,
            case.person_id,
            brought.ticket.staff_id,
            brought.ticket.issued_at,
            *brought.ticket.ref,
            place,
        )
        if copied is None:
            raise AssertionError("a form that was brought is not in its case")
    if brought.requests:
        about: dict[str, Any] = {
            "provider_id": case.provider_id,
            "person_id": case.person_id,
            "case_id": case.case_id,
        }
        await audit.write(connection, [audit.access(by, "bring_forms", **about)])


async def _log(connection: Connection, by: PatientActor, found: Ticket, action: str) -> None:
    row = audit.access(by, action, provider_id=found.provider_id, person_id=found.person_id)
    await audit.write(connection, [row])
