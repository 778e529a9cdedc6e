"""Every change of a consultation, as named verbs: one transaction, compare and set, logged, signalled."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.cases.model import Audience, CaseRef, Verb, client_key
from vardlots.cases.openings.actions import end_openings, write_opening
from vardlots.cases.policy import may_read as may_read_case
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.turn import House, Repeated, join, news_of
from vardlots.clinics.queries import resources_of, unit
from vardlots.configuration.consult_rules import ConsultRules, consult_rules
from vardlots.consultations import checks, queries
from vardlots.consultations.model import (
    CONSULTATION_COLUMNS,
    Act,
    Consultation,
    ConsultationRef,
    NewConsultation,
    Side,
    consultation_from,
    sides_of,
)
from vardlots.consultations.rules import check_receiver
from vardlots.consultations.states import LEAVES
from vardlots.consultations.turn import Turn, begin, signals_of
from vardlots.people.queries import person
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

REMIND = "consultations.remind"
REASON_MAX = 500
ANSWER_MAX = 4000


async def send(house: House, *, by: StaffActor, new: NewConsultation, key: str) -> Consultation:
    """*Skicka*: the question goes to a role at a unit. Pressed twice is once. Raises as `place` does."""
    async with house.database.transaction(by.scope) as connection:
        sent, signals = await place(connection, by=by, new=new, key=key)
    house.hub.publish(signals)
    return sent


async def place(
    connection: Connection, *, by: StaffActor, new: NewConsultation, key: str, tells_case: bool = True
) -> tuple[Consultation, list[Signal]]:
    """Write a consultation in the caller's transaction; the signals are to be published when it has been committed.

    The visit that it is made from gets its row, unless the caller's own row tells of it (`tells_case` False). A case
    that the caller has locked must be locked before. The same key again gives the same consultation. Raises Invalid
    with the field that does not hold, Forbidden or NotFound for a visit that is not the actor's to ask about.
    """
    key = client_key(key)
    if (earlier := await queries.of_key(connection, by=by, key=key)) is not None:
        if (earlier.person_id, earlier.from_case) != (new.person_id, new.from_case):
            # Another patient's question, or another visit's, is not what was pressed.
            raise Invalid("key", "Meddelandet kunde inte läsas. Ladda om sidan och försök igen.")
        return earlier, []
    new = msgspec.structs.replace(new, problem=new.problem.strip())
    await check(connection, by=by, new=new)
    try:
        sent = await _insert(connection, by, new, key)
    except asyncpg.UniqueViolationError as fault:
        if fault.constraint_name == "consultation_once":
            raise WrongState(N_("Konsultationen är redan skickad."), code="sent_already") from None
        raise
    signals = signals_of(sent)
    if new.from_case is not None and tells_case:
        now_at = await join(connection, by=by, ref=new.from_case, verb=Verb.CONSULT)
        told = {"consultation": str(sent.ref), "to": await _receiver_name(connection, sent)}
        await now_at.record(told, audience=Audience.STAFF)
        signals += news_of(now_at)
    await jobs.enqueue(connection, "notifications.consultation_came", {"consultation": str(sent.ref)})
    rules = await consult_rules(connection, sent.provider_id)
    await jobs.enqueue(
        connection,
        REMIND,
        {"consultation": str(sent.ref)},
        at=sent.sent_at + rules.remind_after(sent.priority),
    )
    return sent, signals


async def check(connection: Connection, *, by: StaffActor, new: NewConsultation) -> None:
    """Whether it may be sent as it stands, for whoever shows it before it goes. Raises as `place` does."""
    checks.check_text(new)
    await _check_receiver(connection, new)
    await checks.check_what_goes(connection, by=by, new=new)


async def accept(house: House, *, by: StaffActor, ref: ConsultationRef) -> int:
    """*Ta emot och starta konsultation*: the actor has it. One of two who press at once gets it, and twice is once.

    Returns the row's number. Raises SomebodyWasFirst with the one who has it.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await queries.readable(connection, by=by, ref=ref)
        if found.owner_staff_id == by.staff_id and found.accepted_at is not None:
            return found.last_n
        now_at = await begin(connection, by=by, ref=ref, verb=Act.ACCEPT)
        n = await now_at.record(
            owner_staff_id=by.staff_id, accepted_at=now_at.now, receiver_read_n=found.last_n + 1
        )
    house.hub.publish(signals_of(now_at.found))
    return n


async def answer(
    house: House, *, by: StaffActor, ref: ConsultationRef, side: Side, text: str, key: str
) -> int:
    """*Svara*: a line in the thread, from either side. What the receiver writes counts as the answer; it also brings
    the consultation back to a sender who was done with it. Returns the row's number; the same key again is one row.

    Raises Invalid `text` where it names somebody with protected identity to another provider.
    """
    text = _words(text, "text", N_("Skriv ett svar."), ANSWER_MAX)
    key = client_key(key)
    try:
        async with house.database.transaction(by.scope) as connection:
            now_at = await begin(connection, by=by, ref=ref, verb=Act.ANSWER, side=side)
            if now_at.found.is_elsewhere and (about := await person(connection, now_at.found.person_id)):
                checks.check_unnamed(text, about, "text")
            n = now_at.found.last_n + 1
            changed: dict[str, Any] = {"sender_read_n": n}
            if side is Side.RECEIVER:
                answered = now_at.found.answered_at or now_at.now
                changed = {"receiver_read_n": n, "answered_at": answered, "sender_ended_at": None}
            await now_at.record({"text": text, "side": side.value}, key=key, **changed)
    except Repeated:
        return await queries.number_of(house.database, by=by, ref=ref, key=key)
    house.hub.publish(signals_of(now_at.found))
    return n


async def decline(house: House, *, by: StaffActor, ref: ConsultationRef, reason: str) -> int:
    """*Avböj*, with a reason: the sender is told, and keeps what was theirs. Returns the row's number.

    Raises Forbidden `not_declined` for what comes from 1177 by telephone, Invalid without a reason.
    """
    reason = _words(reason, "reason", N_("Skriv varför du avböjer."), REASON_MAX)
    async with house.database.transaction(by.scope) as connection:
        now_at = await begin(connection, by=by, ref=ref, verb=Act.DECLINE, side=Side.RECEIVER)
        n = now_at.found.last_n + 1
        await now_at.record({"reason": reason}, ended_at=now_at.now, receiver_read_n=n)
        closed = await _close(now_at, by)
    house.hub.publish([*signals_of(now_at.found), *closed])
    return n


async def withdraw(house: House, *, by: StaffActor, ref: ConsultationRef) -> int:
    """*Ta tillbaka*: the sender asks no more, before anybody has taken it. Returns the row's number.

    Raises SomebodyWasFirst where somebody has just taken it.
    """
    async with house.database.transaction(by.scope) as connection:
        now_at = await begin(connection, by=by, ref=ref, verb=Act.WITHDRAW, side=Side.SENDER)
        n = now_at.found.last_n + 1
        await now_at.record(ended_at=now_at.now, sender_ended_at=now_at.now, sender_read_n=n)
        closed = await _close(now_at, by)
    house.hub.publish([*signals_of(now_at.found), *closed])
    return n


async def end(house: House, *, by: StaffActor, ref: ConsultationRef, side: Side) -> int:
    """*Avsluta*, each side its own: the receiver is done with it, or the sender is. Returns the row's number.

    Raises WrongState where the side has ended already, or where the sender has had no answer yet.
    """
    async with house.database.transaction(by.scope) as connection:
        now_at = await begin(connection, by=by, ref=ref, verb=Act.END, side=side)
        n = now_at.found.last_n + 1
        changed: dict[str, Any] = {"sender_ended_at": now_at.now, "sender_read_n": n}
        if side is Side.RECEIVER:
            changed = {"ended_at": now_at.now, "receiver_read_n": n}
        await now_at.record({"side": side.value}, **changed)
        closed = await _close(now_at, by)
    house.hub.publish([*signals_of(now_at.found), *closed])
    return n


async def _close(now_at: Turn, by: StaffActor) -> list[Signal]:
    """What *Gå till besök* has opened is open no longer than the consultation is."""
    if now_at.found.ended_at is None:
        return []
    return await end_openings(
        now_at.connection,
        by=by,
        provider_id=now_at.found.provider_id,
        consultation_id=now_at.found.consultation_id,
    )


async def go_to_case(house: House, *, by: StaffActor, ref: ConsultationRef, case: CaseRef) -> CaseRef:
    """*Gå till besök*: a related visit opens to whoever the consultation is put to, with the consultation as its
    reason, as colleagues there read. A block of the patient's holds. Returns the case.

    Raises NotFound for a visit that did not come with it, Forbidden `blocked`.
    """
    signals: list[Signal] = []
    async with house.database.transaction(by.scope) as connection:
        found = await queries.readable(connection, by=by, ref=ref)
        if case.provider_id != found.provider_id or case.case_id not in await queries.related_ids(
            connection, ref
        ):
            raise NotFound()
        there, stands = await case_at_the_door(connection, by=by, ref=case)
        refusal = may_read_case(by, there, stands)
        if refusal is None:
            return case
        if refusal.code != "other_unit":
            raise refusal
        opened = await join(connection, by=by, ref=case, verb=Verb.OPEN_ANYWAY)
        now_at = await begin(connection, by=by, ref=ref, verb=Act.GO_TO_CASE, side=Side.RECEIVER)
        await write_opening(
            opened,
            by=by,
            reason=OPENED_FOR.format(ref=found.consultation_id),
            consultation_id=found.consultation_id,
        )
        await now_at.record({"case": str(case)})
        signals = [*news_of(opened), *signals_of(now_at.found)]
    house.hub.publish(signals)
    return case


# Kept with the case in Swedish, as everything that staff write is.
OPENED_FOR = N_("Konsultation {ref}: skickad till oss med besöket")


async def mark_read(house: House, *, by: StaffActor, ref: ConsultationRef, n: int) -> None:
    """How far a side has read: only ever further. Nothing of it is a row; the other side sees *Läst*."""
    async with house.database.transaction(by.scope) as connection:
        found = await queries.readable(connection, by=by, ref=ref)
        n = min(n, found.last_n)
        sides = sides_of(by, found)
        moved = False
        if Side.RECEIVER in sides:
            moved = await _read(connection, ref, "receiver_read_n", n)
        if Side.SENDER in sides:
            moved = await _read(connection, ref, "sender_read_n", n) or moved
    if moved:
        house.hub.publish(signals_of(found))


async def _read(connection: Connection, ref: ConsultationRef, column: str, n: int) -> bool:
    """Which of the two columns is the product's own choice, never a caller's words."""
    moved = await connection.fetchval(
        f"UPDATE consultation SET {column} = $3 WHERE provider_id = $1 AND consultation_id = $2 AND {column} < $3 "
        "RETURNING true",
        *ref,
        n,
    )
    return bool(moved)


async def remind(house: House, *, by: SystemActor, ref: ConsultationRef) -> int | None:
    """Remind of one that nobody has answered to when its time has come, and promise the next time. Returns the row's
    number; None when it is answered, when it is too early, and while nobody is there: the sweep finds it later."""
    async with house.database.transaction(by.scope) as connection:
        try:
            now_at = await begin(connection, by=by, ref=ref, verb=Act.REMIND)
        except (WrongState, NotFound):
            return None
        found = now_at.found
        rules = await consult_rules(connection, found.provider_id)
        last = await queries.last_reminded(connection, found)
        if now_at.now < last + rules.remind_after(found.priority):
            return None
        if not await queries.is_someone_there(connection, found, now_at.now):
            return None
        n = await now_at.record({"times": found.reminded + 1}, reminded=found.reminded + 1)
        payload = {"consultation": str(ref)}
        await jobs.enqueue(connection, "notifications.consultation_waits", payload | {"n": n})
        await jobs.enqueue(connection, REMIND, payload, at=now_at.now + rules.remind_after(found.priority))
    house.hub.publish(signals_of(now_at.found))
    return n


def _words(text: str, field: str, missing: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise Invalid(field, missing)
    if len(text) > most:
        raise Invalid(field, "Korta ner texten till högst {most} tecken.", most=most)
    return text


async def _check_receiver(connection: Connection, new: NewConsultation) -> None:
    """The receiver's place, by the rules of the provider that is asked."""
    asked = await unit(connection, new.unit_id)
    if asked is None or asked.provider_id != new.to_provider_id or not asked.active:
        raise Invalid("resource", N_("Välj vart konsultationen ska gå."))
    theirs: ConsultRules = await consult_rules(connection, new.to_provider_id)
    check_receiver(
        unit_id=new.unit_id,
        role=new.role,
        kind=new.kind,
        places=await resources_of(connection, new.to_provider_id),
        specialised=theirs.pooled_for_specialised and asked.kind in checks.SPECIALISED,
        admin_role=theirs.admin_role,
    )


async def _receiver_name(connection: Connection, sent: Consultation) -> str:
    """Unit and role as the sender's timeline names them, in Swedish as it is kept."""
    roles = await queries.role_names(connection, sent.to_provider_id)
    asked = await unit(connection, sent.unit_id)
    assert asked is not None  # a foreign key says so
    return f"{asked.name}, {roles.said(sent.role, 'sv').lower()}"


async def _insert(connection: Connection, by: StaffActor, new: NewConsultation, key: str) -> Consultation:
    """The consultation with its first row, what goes with it, and the access log's row."""
    now = clock.now()
    consent = (
        msgspec.structs.replace(new.consent, noted_by=by.name, at=now.isoformat()) if new.consent else None
    )
    row = await connection.fetchrow(
        f"""
        INSERT INTO consultation (provider_id, person_id, from_unit_id, from_role, from_staff_id, from_case_id,
          to_provider_id, unit_id, role, kind, reason, priority, by_telephone, consent, subject, sent_at, changed_at,
          last_n, sender_read_n, key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, 1, 1, $17)
        RETURNING {CONSULTATION_COLUMNS}""",
        by.provider_id,
        new.person_id,
        by.unit_id,
        by.role,
        by.staff_id,
        new.from_case.case_id if new.from_case else None,
        new.to_provider_id,
        new.unit_id,
        new.role,
        new.kind,
        new.reason,
        new.priority,
        new.by_telephone,
        msgspec.to_builtins(consent) if consent else None,
        msgspec.to_builtins(new.subject) if new.subject else None,
        now,
        key,
    )
    sent = consultation_from(row)
    await connection.execute(
        "INSERT INTO consultation_entry (provider_id, consultation_id, n, to_provider_id, at, kind, author_kind, "
        "author_id, author_name, unit_id, body) VALUES ($1, $2, 1, $3, $4, $5, 'staff', $6, $7, $8, $9)",
        *sent.ref,
        sent.to_provider_id,
        now,
        LEAVES[Act.SEND].value,
        by.staff_id,
        by.name,
        by.unit_id,
        {"text": new.problem},
    )
    for case_id in dict.fromkeys(new.related):
        await connection.execute(
            "INSERT INTO consultation_case VALUES ($1, $2, $3, $4)", *_goes(sent), case_id
        )
    for file in dict.fromkeys(new.files):
        await connection.execute(
            "INSERT INTO consultation_file VALUES ($1, $2, $3, $4)", *_goes(sent), UUID(file)
        )
    logged = audit.access(
        by, Act.SEND, provider_id=by.provider_id, person_id=new.person_id, case_id=sent.from_case_id
    )
    await audit.write(connection, [logged])
    return sent


def _goes(sent: Consultation) -> tuple[int, int, int]:
    return (*sent.ref, sent.to_provider_id)
