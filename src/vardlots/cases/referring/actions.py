"""*Lämna över till annan vårdgivare*, in one step (requirement E4).

The patient is told, their yes written down, the question placed and the visit marked, all in one transaction or not at
all. The visit ends here by itself when the patient has read, since what they read is where to turn from now on.
"""

from datetime import timedelta
from typing import Any

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.model import Audience, Case, CaseRef, Phase, Verb, client_key
from vardlots.cases.promises import promise_balance, promise_notice_of_message, promise_notice_to_staff
from vardlots.cases.referring import queries
from vardlots.cases.referring.model import Place, Referral, Said
from vardlots.cases.referring.promises import END as END
from vardlots.cases.referring.rules import Stand, referral_rules, stand
from vardlots.cases.turn import House, Repeated, Turn, turn
from vardlots.consents.actions import note
from vardlots.consents.model import ConsentKind
from vardlots.consents.queries import who_may_answer
from vardlots.people import queries as people
from vardlots.platform import clock, jobs
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_

DUE = "cases.referral_due"
MESSAGE_MAX = 4000
# A clock that goes a little wrong is no reason to refuse what somebody has just said.
AHEAD = timedelta(minutes=1)


async def refer(house: House, *, by: StaffActor, ref: CaseRef, new: Referral, place: Place) -> int:
    """Tell the patient, write down their yes, place the question, and let the visit end when they have read.

    `place` writes what crosses, in the same transaction. Returns the number of the row that tells of it. Raises Invalid
    with the field, WrongState `already_referred`, `handover_waits` or `telephone`, Repeated when `new.key` was used.
    """
    text = new.message.strip()
    if not text:
        raise Invalid("message", N_("Skriv till patienten var vården fortsätter."))
    if len(text) > MESSAGE_MAX:
        raise Invalid("message", "Korta ner texten till högst {most} tecken.", most=MESSAGE_MAX)
    key = client_key(new.key)
    async with turn(house, by=by, ref=ref, verb=Verb.REFER, key=key) as now_at:
        _check(now_at.case)
        name = await _note_consent(now_at, new.said)
        message_n = await _tell_patient(now_at, text, key)
        placed = await place(now_at.connection)
        due = now_at.now + (await referral_rules(now_at.connection, ref.provider_id)).unread_for
        said = {"by": name, "how": new.said.how.value, "at": new.said.at.isoformat()}
        n = await now_at.record(
            {
                "message_n": message_n,
                "to": new.to,
                "consultation": placed.consultation,
                "due": due.isoformat(),
                "consent": said,
            },
            audience=Audience.STAFF,
            referred_n=message_n,
            referred_due=due,
        )
        await jobs.enqueue(now_at.connection, DUE, {"ref": str(ref), "n": message_n}, at=due)
        now_at.signals += placed.signals
        return n


def _check(case: Case) -> None:
    if case.by_telephone:
        raise WrongState(
            N_("Patienten läser inte här. Ring och berätta, skicka en konsultation och avsluta besöket."),
            code="telephone",
        )
    if case.referred_n is not None:
        raise WrongState(
            N_("Besöket är redan på väg till en annan vårdgivare. Det avslutas när patienten har läst."),
            code="already_referred",
        )
    if case.handover_n is not None:
        raise WrongState(
            N_("En överlämning till en kollega väntar på svar. Ta tillbaka den först."), code="handover_waits"
        )


async def _note_consent(now_at: Turn, said: Said) -> str:
    """Write down the yes. Returns the name of whoever said it. Raises Invalid `given_by` or `at`."""
    case, connection = now_at.case, now_at.connection
    # Whoever writes down a time of day does so to the minute.
    if not case.arrived_at.replace(second=0, microsecond=0) <= said.at <= now_at.now + AHEAD:
        raise Invalid("at", N_("Skriv när patienten sa ja: efter att ärendet kom in, och inte senare än nu."))
    person = await people.person(connection, case.person_id)
    if person is None:
        raise NotFound()
    allowed = await who_may_answer(connection, case.provider_id, person, clock.today())
    who = next((one for one in allowed if one.person_id == said.given_by), None)
    if who is None:
        raise Invalid("given_by", "Välj vem som har svarat.")
    await note(
        connection,
        by=now_at.by,
        provider_id=case.provider_id,
        person_id=case.person_id,
        kind=ConsentKind.HANDOVER,
        given=True,
        given_by=who.person_id,
        how=said.how,
    )
    return who.name


async def _tell_patient(now_at: Turn, text: str, key: str) -> int:
    """The message as any other of the visit. Returns its number."""
    n = now_at.case.last_n + 1
    waits = now_at.case.patient_read_n < now_at.case.staff_last_n
    now_at.verb = Verb.WRITE
    await now_at.record({"text": text}, key=key, staff_last_n=n, staff_read_n=n)
    now_at.verb = Verb.REFER
    if not waits:
        await promise_notice_of_message(now_at, n)
    return n


async def end_referred(house: House, *, by: SystemActor, ref: CaseRef, n: int) -> int | None:
    """End a visit whose patient has read message `n`. None where it is not to end: unread, answered, ended already."""
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.END_REFERRED) as now_at:
            if now_at.case.referred_n != n or stand(now_at.case, now_at.now) is not Stand.READ:
                return None
            return await _end(now_at)
    except (WrongState, NotFound, Repeated):
        return None


async def _end(now_at: Turn) -> int:
    row = await queries.referred_row(now_at.connection, now_at.case)
    body: dict[str, Any] = {"days": 0, "until": None, "referred": row.body["to"] if row else ""}
    n = await now_at.record(body, phase=Phase.CLOSED, ended_at=now_at.now, writable_until=None)
    await promise_balance(now_at.connection, now_at.case)
    return n


async def when_due(house: House, *, by: SystemActor, ref: CaseRef, n: int) -> Stand | None:
    """The time to read is over: end what has been read, tell staff of what has not. Returns how it stood.

    None where the visit is not on its way any more, or the time has been set anew. Twice is once: a notice about the
    same row is one notice.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.END_REFERRED) as now_at:
            found = stand(now_at.case, now_at.now)
            if now_at.case.referred_n != n or found in (None, Stand.WAITS):
                return None
            if found is Stand.READ:
                await _end(now_at)
            elif found is Stand.UNREAD:
                await promise_notice_to_staff(now_at.connection, "must_call", ref, n)
            return found
    except (WrongState, NotFound, Repeated):
        return None
