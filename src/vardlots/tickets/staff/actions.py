"""*Skicka biljett*: staff give a patient a ticket, from a visit or alone (requirements D9, G1)."""

from datetime import timedelta

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases.model import Case, Verb, client_key
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House, Repeated, Turn, turn
from vardlots.clinics import queries as clinics
from vardlots.configuration import book
from vardlots.configuration.book import Book
from vardlots.configuration.ticket_rules import ticket_rules
from vardlots.configuration.time_types import TIME_TYPE, TimeType, standing_time_types
from vardlots.consents import queries as consents
from vardlots.consents.model import ConsentKind
from vardlots.conversations.forms import filled, walk
from vardlots.conversations.forms.sendable import known_of, sendable
from vardlots.families.acting import acting_for
from vardlots.forms.configured import in_force
from vardlots.forms.model import Form
from vardlots.people.queries import person, same_persons
from vardlots.people.rules import midnight
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound
from vardlots.platform.i18n import N_, SOURCE
from vardlots.tickets.actions import signals_of
from vardlots.tickets.model import TICKET_COLUMNS, Information, Kind, Ticket, ticket_from
from vardlots.tickets.staff.model import StaffTicket
from vardlots.tickets.staff.policy import Circumstances, check, last_day, priority_of

# What the receiver asks, where triage has been answered at the sender's (requirement G2).
POST_FORMS = {"care": "post_triage", "administrative": "post_service"}


async def send(house: House, *, by: StaffActor, new: StaffTicket, key: str) -> Ticket:
    """Give the ticket; from a visit, its timeline says so. Pressed twice, with the same `key`, it is one ticket.

    Raises Forbidden, WrongState `not_registered`, `nobody_reads` or `no_visit`, Invalid with the field.
    """
    client_key(key)
    if new.from_case is None:
        async with house.database.transaction(by.scope) as connection:
            given = await place(connection, by=by, new=new, key=key)
    else:
        given = await _from_visit(house, by, new, key)
    house.hub.publish(signals_of(given))
    return given


async def _from_visit(house: House, by: StaffActor, new: StaffTicket, key: str) -> Ticket:
    assert new.from_case is not None
    if new.from_case.provider_id != by.provider_id:
        raise NotFound()
    try:
        async with turn(house, by=by, ref=new.from_case, verb=Verb.SEND_TICKET, key=key) as now_at:
            given = await place(now_at.connection, by=by, new=new, key=key, case=now_at.case)
            await _tell(now_at, given, new, key)
        return given
    except Repeated:
        async with house.database.transaction(by.scope) as connection:
            earlier = await _earlier(connection, by, key)
        if earlier is None:
            raise _other_key() from None
        return earlier


async def _tell(now_at: Turn, given: Ticket, new: StaffTicket, key: str) -> None:
    told = {
        "ticket": str(given.ref),
        "kind": given.kind.value,
        "title": dict(new.title) or {SOURCE: given.reason},
    }
    await now_at.record(told, key=key)


async def place(
    connection: Connection, *, by: StaffActor, new: StaffTicket, key: str, case: Case | None = None
) -> Ticket:
    """Give the ticket in the caller's transaction; the caller signals after commit, and tells the visit's timeline.

    `case` is the visit it is sent from, locked, where the caller has it. Raises as `send`.
    """
    if (earlier := await _earlier(connection, by, key)) is not None:
        return await _same(connection, earlier, new)
    # The turn of the visit writes the log's row.
    by_turn = case is not None
    if case is None and new.from_case is not None:
        case = await readable_case(connection, by=by, ref=new.from_case)
    if case is not None:
        await _check_whose(connection, new, case)
    saved = await book.opened(connection, by.provider_id)
    at = await _circumstances(connection, by, new, saved, case)
    check(by, new, at)
    forms = await _forms(connection, new, saved)
    given = await _insert(connection, by, new, key, at, len(forms))
    if given is None:
        # Another press came first while this one waited.
        earlier = await _earlier(connection, by, key)
        assert earlier is not None
        return await _same(connection, earlier, new)
    await connection.execute(
        "INSERT INTO ticket_history (provider_id, ticket_id, person_id, history) VALUES ($1, $2, $3, $4)",
        *given.ref,
        given.person_id,
        {"text": new.history.strip()},
    )
    await _bring_forms(connection, given, forms)
    await jobs.enqueue(connection, "notifications.ticket_sent", {"ticket": str(given.ref)})
    if not by_turn:
        row = audit.access(
            by,
            Verb.SEND_TICKET,
            provider_id=given.provider_id,
            person_id=given.person_id,
            case_id=given.from_case_id,
        )
        await audit.write(connection, [row])
    return given


async def _earlier(connection: Connection, by: StaffActor, key: str) -> Ticket | None:
    row = await connection.fetchrow(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND staff_id = $2 AND key = $3",
        by.provider_id,
        by.staff_id,
        key,
    )
    return ticket_from(row) if row else None


async def _same(connection: Connection, earlier: Ticket, new: StaffTicket) -> Ticket:
    """What the same press has given: a key of another patient's ticket, or another visit's, tells nothing of it.

    Raises Invalid `key`.
    """
    visit = new.from_case.case_id if new.from_case else None
    if earlier.from_case_id != visit or earlier.person_id not in await same_persons(
        connection, [new.person_id]
    ):
        raise _other_key()
    return earlier


def _other_key() -> Invalid:
    return Invalid("key", N_("Biljetten kunde inte läsas. Ladda om sidan och försök igen."))


async def _check_whose(connection: Connection, new: StaffTicket, case: Case) -> None:
    """The visit is the patient's, under any id that they have had. Raises NotFound."""
    if case.person_id not in await same_persons(connection, [new.person_id]):
        raise NotFound()


async def _circumstances(
    connection: Connection, by: StaffActor, new: StaffTicket, saved: Book, case: Case | None
) -> Circumstances:
    sender, target = await clinics.unit(connection, by.unit_id), await clinics.unit(connection, new.unit_id)
    if sender is None:
        raise NotFound()
    acts = await acting_for(connection, provider_id=by.provider_id, person_id=new.person_id)
    return Circumstances(
        rules=await ticket_rules(connection, by.provider_id),
        today=clock.today(),
        sender=sender,
        target=target,
        roles=await clinics.roles_at(connection, new.unit_id),
        case=case,
        is_registered=await consents.holds(
            connection, by.provider_id, new.person_id, ConsentKind.REGISTRATION
        ),
        acts=acts,
        booking_kinds=booking_kinds(saved),
    )


def booking_kinds(saved: Book) -> frozenset[str]:
    """The kinds of booking ticket that unlock a time type of the provider."""
    types = dict(standing_time_types()) | dict(saved.saved(TIME_TYPE, TimeType))
    return frozenset(
        kind
        for code, one in types.items()
        if not saved.is_removed(TIME_TYPE, code)
        for kind in one.booking_for
    )


async def _forms(connection: Connection, new: StaffTicket, saved: Book) -> list[tuple[str, Form]]:
    """The forms that go with it, whole as they are in force; the receiver's own questions last for a drop-in."""
    may_go = sendable(saved)
    missing = [code for code in new.forms if code not in may_go]
    if missing:
        raise Invalid("forms", N_("Formuläret finns inte längre. Välj ett annat."))
    found = [("form", may_go[code]) for code in new.forms]
    if new.kind is Kind.DROP_IN:
        theirs = await book.opened(connection, new.to_provider_id)
        # Pictures are sent in the visit.
        found.append(("post", walk.without_files(in_force(theirs, POST_FORMS[new.case_kind]))))
    return found


async def _insert(
    connection: Connection, by: StaffActor, new: StaffTicket, key: str, at: Circumstances, forms: int
) -> Ticket | None:
    now = clock.now()
    information = Information(lead={SOURCE: new.information.strip()} if new.information.strip() else {})
    row = await connection.fetchrow(
        f"""
        INSERT INTO ticket (provider_id, kind, contact, person_id, to_provider_id, unit_id, role, priority, reason,
          information, issued_by, staff_id, issued_at, valid_until, moved_at, moved_by_kind, moved_by_id, moved_by_name,
          from_unit_id, from_role, from_case_id, case_kind, booking_for, forms_total, key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'staff', $11, $12, $13, $12, 'staff', $11, $14, $15, $16, $17,
          $18, $19, $20, $21)
        ON CONFLICT (provider_id, staff_id, key) WHERE key IS NOT NULL DO NOTHING RETURNING {TICKET_COLUMNS}""",
        by.provider_id,
        new.kind.value,
        new.contact.value,
        at.case.person_id if at.case else new.person_id,
        new.to_provider_id,
        new.unit_id,
        new.role,
        priority_of(new, at.case),
        new.reason.strip(),
        msgspec.to_builtins(information),
        by.staff_id,
        now,
        midnight(last_day(new, at.rules, at.today) + timedelta(days=1)),
        by.name,
        by.unit_id,
        by.role,
        at.case.case_id if at.case else None,
        new.case_kind,
        new.booking_for,
        forms,
        key,
    )
    return ticket_from(row) if row else None


async def _bring_forms(connection: Connection, given: Ticket, forms: list[tuple[str, Form]]) -> None:
    about = await person(connection, given.person_id)
    if about is None:
        raise NotFound()
    known = known_of(about)
    for number, (kind, form) in enumerate(forms, start=1):
        await connection.execute(
            "INSERT INTO ticket_form (provider_id, ticket_id, place, person_id, kind, form_code, form_version, form, "
            "known, total, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            *given.ref,
            number,
            given.person_id,
            kind,
            form.code,
            form.version,
            filled.plain(form),
            known,
            walk.progress(filled.begun(form, known, {}), ()).total,
            given.issued_at,
        )
