"""Every verb of a case, as anybody may try it. A deed takes the world, who acts, and a number to choose by.

Actors of every kind try every verb, also those whose hands it was never written for: it is refused all the same.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple

from tests.model.world import World

from vardlots.access.actions import end_shift, start_shift
from vardlots.access.actor import Actor, PatientActor, StaffActor
from vardlots.cases import actions
from vardlots.cases.balance import give_waiting
from vardlots.cases.chasing import actions as chasing
from vardlots.cases.ending import actions as ending
from vardlots.cases.guests import actions as guests
from vardlots.cases.handovers import actions as handovers
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import Kind, Verb
from vardlots.cases.openings import actions as openings
from vardlots.cases.pauses import actions as pauses
from vardlots.cases.retriage.actions import Anew, retriage
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.conversations.forms import actions as forms
from vardlots.conversations.forms import queries as form_queries
from vardlots.conversations.talk import actions as talk
from vardlots.notes import actions as notes
from vardlots.notes.model import NoteFields
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, WrongState

Doing = Callable[[World, Any, int], Awaitable[Any]]


class Deed(NamedTuple):
    """A verb with arguments that may be right. `verb` None: reading marks and the like, which write no row."""

    name: str
    verb: Verb | None
    do: Doing


DEEDS: dict[str, Deed] = {}
GUESTS = ("siri", "hamid", "olle", "petra", "ylva", "astrid", "nora")
RECEIVERS = (
    *(("nurse", None), ("physician", None), ("dental", None)),
    *(("nurse", "hamid"), ("physician", "siri")),
)
FORM = {"vegetables": "daily", "fruit": "seldom", "fish": "weekly", "sweets": "weekly"}


def deed(verb: Verb | None) -> Callable[[Doing], Doing]:
    """Take a deed up under its function's name."""

    def keep(do: Doing) -> Doing:
        DEEDS[do.__name__] = Deed(do.__name__, verb, do)
        return do

    return keep


def key_of(pick: int) -> str:
    """A client's key; there are few, so that many are sent twice."""
    return f"model-key-{pick % 24:03d}"


def hands(by: Actor, *kinds: type) -> None:
    """For what is no turn with a case, and so knows no other hands than its type names."""
    if not isinstance(by, kinds):
        raise Forbidden("Their hands have no such thing.", code="other_hands")


async def case_of(world: World) -> Any:
    """The case as it stands."""
    return (await world.seen()).case


@deed(Verb.ADD_INFORMATION)
async def add_information(world: World, by: Any, pick: int) -> Any:
    return await actions.add_information(
        world.given.house, by=by, ref=world.ref, text="Mer.", key=key_of(pick)
    )


@deed(Verb.LEAVE_QUEUE)
async def leave_queue(world: World, by: Any, pick: int) -> Any:
    return await actions.leave_queue(world.given.house, by=by, ref=world.ref)


@deed(Verb.RETRIAGE)
async def worse(world: World, by: Any, pick: int) -> Any:
    given = world.given
    case = await case_of(world)
    async with given.database.transaction(given.elin.scope) as connection:
        await connection.execute(
            "UPDATE interview SET stage = 'left' WHERE for_case_id = $1 AND stage = 'result'", case.case_id
        )
        interview_id = await connection.fetchval(
            "INSERT INTO interview (provider_id, unit_id, person_id, actor_person_id, protocol, version, stage, "
            "started_at, changed_at, for_case_id) VALUES ($1, $2, $3, $4, 'sore_throat', 1, 'result', $5, $5, $6) "
            "ON CONFLICT DO NOTHING RETURNING interview_id",
            case.provider_id,
            case.unit_id,
            case.person_id,
            given.elin.person_id,
            clock.now(),
            case.case_id,
        )
    if interview_id is None:
        raise WrongState("Another is asked at this moment.", code="moved")
    anew = Anew(interview_id=interview_id, interview_rev=1, priority=1 + pick % 5, summary={})
    return await retriage(given.house, by=by, ref=world.ref, anew=anew)


@deed(Verb.CHANGE_PRIORITY)
async def change_priority(world: World, by: Any, pick: int) -> Any:
    return await actions.change_priority(
        world.given.house, by=by, ref=world.ref, priority=pick % 14, reason="Så."
    )


@deed(Verb.ACCEPT)
async def accept(world: World, by: Any, pick: int) -> Any:
    return await actions.accept(world.given.house, by=by, ref=world.ref)


@deed(Verb.OPEN_ANYWAY)
async def open_anyway(world: World, by: Any, pick: int) -> Any:
    return await openings.open_anyway(world.given.house, by=by, ref=world.ref, reason="Ringde.")


@deed(Verb.TAKE_OVER)
async def take_over(world: World, by: Any, pick: int) -> Any:
    owner = (await case_of(world)).owner_staff_id or 0
    return await openings.take_over(
        world.given.house, by=by, ref=world.ref, from_staff_id=owner, reason="Lunch."
    )


@deed(Verb.RELEASE)
async def release(world: World, by: Any, pick: int) -> Any:
    return await actions.release(world.given.house, by=by, ref=world.ref)


@deed(Verb.START)
async def start(world: World, by: Any, pick: int) -> Any:
    return await actions.start(world.given.house, by=by, ref=world.ref, welcome="Hej.")


@deed(Verb.WRITE)
async def say(world: World, by: Any, pick: int) -> Any:
    message = Message("Hej." if pick % 7 else "", key_of(pick))
    return await write(world.given.house, by=by, ref=world.ref, message=message)


@deed(Verb.END)
async def end(world: World, by: Any, pick: int) -> Any:
    days = (0, 1, 3, 7, 14, 5)[pick % 6]
    agreed = "Vila." if pick % 2 else ""
    return await actions.end(
        world.given.house,
        by=by,
        ref=world.ref,
        follow_up_days=days,
        agreed=agreed,
        check_in=days in (7, 14),
    )


@deed(Verb.MARK_DONE)
async def mark_done(world: World, by: Any, pick: int) -> Any:
    return await actions.mark_done(world.given.house, by=by, ref=world.ref)


@deed(Verb.SIGN_NOTE)
async def sign_note(world: World, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    async with world.provider() as connection:
        rev = await connection.fetchval(
            "SELECT rev FROM note WHERE provider_id = $1 AND case_id = $2 AND author_staff_id = $3 "
            "AND signed_at IS NULL",
            *world.ref,
            by.actor_id,
        )
    fields = NoteFields(history="Ont i halsen.", text="Tillägg.")
    saved = await notes.save_draft(world.given.house, by=by, ref=world.ref, rev=rev or 0, fields=fields)
    return await notes.sign(world.given.house, by=by, ref=world.ref, rev=saved.rev)


@deed(Verb.HAND_OVER)
async def hand_over(world: World, by: Any, pick: int) -> Any:
    role, who = RECEIVERS[pick % len(RECEIVERS)]
    to = Receiver(role, world.staff_id(who) if who else None)
    return await handovers.hand_over(
        world.given.house, by=by, ref=world.ref, to=to, priority=1 + pick % 6, why="other_competence"
    )


async def _asked(world: World, pick: int) -> int:
    """The request that is open; now and then one of another time."""
    case = await case_of(world)
    return int(case.handover_n or 1) - (pick % 8 == 7)


@deed(Verb.ACCEPT_HANDOVER)
async def accept_handover(world: World, by: Any, pick: int) -> Any:
    n = await _asked(world, pick)
    return await handovers.accept_handover(world.given.house, by=by, ref=world.ref, n=n)


@deed(Verb.DECLINE_HANDOVER)
async def decline_handover(world: World, by: Any, pick: int) -> Any:
    n = await _asked(world, pick)
    return await handovers.decline_handover(
        world.given.house, by=by, ref=world.ref, n=n, reason="Hinner inte."
    )


@deed(Verb.WITHDRAW_HANDOVER)
async def withdraw_handover(world: World, by: Any, pick: int) -> Any:
    n = await _asked(world, pick)
    return await handovers.withdraw_handover(world.given.house, by=by, ref=world.ref, n=n)


@deed(Verb.PAUSE)
async def pause(world: World, by: Any, pick: int) -> Any:
    until = clock.now() + timedelta(hours=(1, 20, 48, 999, -1)[pick % 5])
    return await pauses.pause(
        world.given.house,
        by=by,
        ref=world.ref,
        until=until,
        text="I morgon.",
        key=key_of(pick),
        sure=pick % 4 != 3,
    )


@deed(Verb.RESUME)
async def resume(world: World, by: Any, pick: int) -> Any:
    return await pauses.resume(world.given.house, by=by, ref=world.ref)


@deed(Verb.CHASE)
async def chase(world: World, by: Any, pick: int) -> Any:
    return await chasing.chase(world.given.house, by=by, ref=world.ref, key=key_of(pick))


@deed(Verb.STOP_CHASE)
async def stop_chase(world: World, by: Any, pick: int) -> Any:
    return await chasing.stop(world.given.house, by=by, ref=world.ref)


@deed(Verb.CALLED)
async def called(world: World, by: Any, pick: int) -> Any:
    outcome = ("reached", "not_reached")[pick % 2]
    return await chasing.called(world.given.house, by=by, ref=world.ref, outcome=outcome)


@deed(Verb.INVITE)
async def invite(world: World, by: Any, pick: int) -> Any:
    who = world.staff_id(GUESTS[pick % len(GUESTS)])
    mode = ("chat", "consult")[pick // 8 % 2]
    return await guests.invite(world.given.house, by=by, ref=world.ref, staff_id=who, mode=mode)


@deed(Verb.JOIN)
async def join(world: World, by: Any, pick: int) -> Any:
    return await guests.join(world.given.house, by=by, ref=world.ref)


@deed(Verb.LEAVE)
async def leave(world: World, by: Any, pick: int) -> Any:
    who = by.actor_id if pick % 2 else world.staff_id(GUESTS[pick % len(GUESTS)])
    return await guests.leave(world.given.house, by=by, ref=world.ref, staff_id=who)


@deed(Verb.TALK)
async def talk_beside(world: World, by: Any, pick: int) -> Any:
    message = Message("Vad tror ni?", key_of(pick))
    return await talk.say(world.given.house, by=by, ref=world.ref, message=message)


@deed(Verb.SEND_FORM)
async def send_form(world: World, by: Any, pick: int) -> Any:
    code = "diet_index" if pick % 6 else "none"
    return await forms.send_form(world.given.house, by=by, ref=world.ref, code=code, key=key_of(pick))


@deed(Verb.ANSWER_FORM)
async def answer_form(world: World, by: Any, pick: int) -> Any:
    """Fill in all of the last form there is, and send it in."""
    given = world.given
    async with world.provider() as connection:
        cards = await form_queries.cards(connection, world.ref)
    request_id = cards[-1].request_id if cards else 0
    rev, answered = await _form(world, request_id)
    if cards and not answered:
        await forms.fill_in(given.house, by=by, ref=world.ref, request_id=request_id, rev=rev, raw=dict(FORM))
        rev, _ = await _form(world, request_id)
    return await forms.answer_form(given.house, by=by, ref=world.ref, request_id=request_id, rev=rev)


async def _form(world: World, request_id: int) -> tuple[int, bool]:
    """A form's revision, and whether it has been sent in."""
    async with world.provider() as connection:
        row = await connection.fetchrow(
            "SELECT rev, answered_at IS NOT NULL AS answered FROM form_request WHERE provider_id = $1 "
            "AND request_id = $2",
            world.ref.provider_id,
            request_id,
        )
    return (row["rev"], row["answered"]) if row else (0, False)


@deed(None)
async def read(world: World, by: Any, pick: int) -> Any:
    hands(by, StaffActor, PatientActor)
    n = (await case_of(world)).last_n + (pick % 3 == 2)
    return await mark_read(world.given.house, by=by, ref=world.ref, n=n)


@deed(None)
async def read_talk(world: World, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    n = (await case_of(world)).talk_last_n
    return await talk.mark_talk_read(world.given.house, by=by, ref=world.ref, n=n)


# What the system does at its time; it may be asked to at any other, and by anybody.


@deed(Verb.CLOSE)
async def close(world: World, by: Any, pick: int) -> Any:
    return await ending.close(world.given.house, by=by, ref=world.ref)


@deed(Verb.CHECK_IN)
async def check_in(world: World, by: Any, pick: int) -> Any:
    return await ending.check_in(world.given.house, by=by, ref=world.ref)


@deed(Verb.CHASE)
async def warn(world: World, by: Any, pick: int) -> Any:
    return await chasing.warn(world.given.house, by=by, ref=world.ref)


@deed(Verb.MUST_CALL)
async def must_call(world: World, by: Any, pick: int) -> Any:
    return await chasing.must_call(world.given.house, by=by, ref=world.ref)


@deed(Verb.GIVE_UP)
async def give_up(world: World, by: Any, pick: int) -> Any:
    return await chasing.give_up(world.given.house, by=by, ref=world.ref)


@deed(Verb.RESUME)
async def resume_when_due(world: World, by: Any, pick: int) -> Any:
    return await pauses.resume_when_due(world.given.house, by=by, ref=world.ref)


@deed(Verb.GIVE_BACK)
async def give_back(world: World, by: Any, pick: int) -> Any:
    rows = (await world.seen()).rows
    n = max((row.n for row in rows if row.kind is Kind.RESUMED), default=1)
    return await pauses.give_back(world.given.house, by=by, ref=world.ref, n=n)


@deed(Verb.REMIND_HANDOVER)
async def remind_handover(world: World, by: Any, pick: int) -> Any:
    n = await _asked(world, 0)
    return await handovers.remind_handover(world.given.house, by=by, ref=world.ref, n=n)


SYSTEMS = (
    *("resume_when_due", "give_back", "remind_handover", "warn", "must_call", "give_up", "check_in", "close"),
)


async def balance(world: World) -> int:
    """The load balancer gives what waits to whoever is on shift with it on."""
    unit = world.given.angsviken
    by: Actor = world.actor("system")
    return await give_waiting(world.given.house, by=by, unit_id=unit.unit_id, role="nurse")  # type: ignore[arg-type]


async def shift(world: World, who: str, on: bool) -> None:
    """Somebody begins a shift at Ängsviken with the load balancer on, or goes home."""
    by = world.actor(who)
    assert isinstance(by, StaffActor)
    database = world.given.database
    await end_shift(database, by=by)
    if on:
        await start_shift(
            database,
            by=by,
            unit_id=by.unit_id,
            role=by.role,
            shift_type="primary",
            load_balancer=True,
        )
