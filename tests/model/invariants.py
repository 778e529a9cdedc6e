"""What must be so of every case, after every step, whoever has done what to it."""

import itertools
from collections import Counter

from tests.model.world import Seen, World, every_row

from vardlots.cases.fold import Folded, fold
from vardlots.cases.model import Audience, Case, Entry, Kind, Phase, Verb
from vardlots.cases.states import LEAVES, TAKEN, next_phases

VERBS = frozenset(verb.value for verb in Verb)
# Rows that a verb leaves beside the one that is its own.
BESIDE = {
    Kind.HANDOVER_TOLD: Verb.HAND_OVER,
    Kind.TAKEN_OVER: Verb.TAKE_OVER,
    Kind.GUEST_LEFT: Verb.INVITE,
    Kind.HANDOVER_WITHDRAWN: Verb.END,
}


def check(seen: Seen) -> None:
    """Raises AssertionError for the first thing that is not as it must be."""
    _owner(seen.case)
    _numbers(seen)
    _state_is_the_fold(seen.case, fold(seen.rows))
    _every_move_is_in_the_table(seen.rows)
    _log(seen)
    _guests(seen)
    _marks(seen)
    assert len(seen.keys) == len(set(seen.keys)), "a key was written twice"


def _owner(case: Case) -> None:
    if case.phase in TAKEN:
        assert case.owner_staff_id is not None, f"nobody has a case that is {case.phase}"
    if case.phase is Phase.QUEUED:
        assert case.owner_staff_id is None, "somebody has a case that waits"
    if case.handover_staff_id is not None:
        assert case.handover_staff_id != case.owner_staff_id, "the visit is handed over to whoever has it"


def _numbers(seen: Seen) -> None:
    numbers = [row.n for row in seen.rows]
    assert numbers == list(range(1, seen.case.last_n + 1)), (
        f"gaps in {numbers}, the last is {seen.case.last_n}: {[r.kind.value for r in seen.rows]}"
    )
    times = [row.at for row in seen.rows]
    assert times == sorted(times), "a row is older than the one before it"


def _state_is_the_fold(case: Case, state: Folded) -> None:
    told = {
        "phase": case.phase,
        "priority": case.priority,
        "owner_staff_id": case.owner_staff_id,
        "writable_until": case.writable_until,
        "in_inbox": case.inbox_at is not None,
        "handover_n": case.handover_n,
        "handover_role": case.handover_role,
        "handover_staff_id": case.handover_staff_id,
        "paused_until": case.paused_until,
        "chase": case.chase,
        "chat_guests": frozenset(case.chat_guests),
        "consult_guests": frozenset(case.consult_guests),
        "booked_from": case.booked_from,
        "referred_n": case.referred_n,
        # A timeline tells where somebody has moved a case to; where it came, the case alone does.
        "place": (case.unit_id, case.role) if state.place else None,
    }
    assert set(told) == set(Folded.__struct_fields__), "the timeline tells of something that is not compared"
    for name, value in told.items():
        assert getattr(state, name) == value, (
            f"{name}: the case says {value}, its timeline {getattr(state, name)}"
        )


def _every_move_is_in_the_table(rows: list[Entry]) -> None:
    """Each row is left by some verb that leads from the phase before it to the phase after it."""
    for place in range(_opening(rows), len(rows)):
        before, after, kind = fold(rows[:place]).phase, fold(rows[: place + 1]).phase, rows[place].kind
        verbs = {verb for verb, left in LEAVES.items() if left is kind}
        if kind in BESIDE:
            verbs.add(BESIDE[kind])
        stays = before == after and kind in BESIDE
        assert stays or any(after in next_phases(before, verb) for verb in verbs), (
            f"row {place + 1}, {kind}, leads from {before} to {after}"
        )


# What may stand in a case from its first moment: a time, what a ticket brought, forms that were answered before.
_OPENS_WITH = frozenset({Kind.OPENED, Kind.BOOKED, Kind.BROUGHT, Kind.FORM_SENT, Kind.FORM_ANSWERED})


def _opening(rows: list[Entry]) -> int:
    """How many rows the case opened with."""
    return sum(
        1 for _ in itertools.takewhile(lambda row: row.at == rows[0].at and row.kind in _OPENS_WITH, rows)
    )


def _log(seen: Seen) -> None:
    # Whatever a case opens with is one deed of whoever opens it.
    left = [seen.rows[0], *seen.rows[_opening(seen.rows) :]]
    rows = Counter((row.at, row.author_kind, row.author_id) for row in left)
    logged = Counter((at, kind, who) for at, kind, who, action in seen.log if action in VERBS)
    assert rows == logged, (
        f"rows without their place in the access log: {rows - logged}, or the other way: {logged - rows}"
    )


def _guests(seen: Seen) -> None:
    there = {(staff_id, mode) for _, staff_id, mode, is_there in seen.guests if is_there}
    told = {(one, "chat") for one in seen.case.chat_guests} | {
        (one, "consult") for one in seen.case.consult_guests
    }
    assert there == told, f"guests in the case {told}, in their own table {there}"
    if seen.case.phase not in TAKEN:
        assert not there, f"guests in a case that is {seen.case.phase}"
    assert seen.case.owner_staff_id not in {one for one, _ in there}, "whoever has the visit is a guest in it"


def _marks(seen: Seen) -> None:
    case = seen.case
    internal = [row.n for row in seen.rows if row.audience is Audience.INTERNAL]
    assert case.talk_last_n == max(internal, default=0), "the talk's last row"
    assert {row.kind for row in seen.rows if row.audience is Audience.INTERNAL} <= {Kind.TALK}
    for name in ("patient_last_n", "staff_last_n", "patient_read_n", "staff_read_n"):
        assert 0 <= getattr(case, name) <= case.last_n, f"{name} is {getattr(case, name)} of {case.last_n}"
    if case.handover_n is not None:
        assert seen.rows[case.handover_n - 1].kind is Kind.HANDED_OVER
    if case.chase is not None:
        assert case.phase is Phase.ONGOING
        assert case.paused_until is None, "a patient is sought while the visit rests"


async def check_walls(world: World, seen: Seen) -> None:
    """The family reads what is for the patient and nothing else; a stranger and another provider read nothing."""
    given = world.given
    for reader in (given.elin, given.matti):
        async with given.database.transaction(reader.scope) as connection:
            rows = await every_row(connection, world.ref)
        wanted = [row for row in seen.rows if row.audience is Audience.PATIENT]
        assert rows == wanted, "the family reads other rows than the patient's"
    for stranger in (given.ruben, given.nora):
        async with given.database.transaction(stranger.scope) as connection:
            found = await connection.fetch(_FINDS, *world.ref)
        assert found == [], f"{stranger.name} finds {[row['place'] for row in found]}"


_FINDS = " UNION ALL ".join(
    f"(SELECT '{table}' AS place FROM {table} WHERE provider_id = $1 AND case_id = $2 LIMIT 1)"
    for table in ("care_case", "entry", "guest", "access_log", "talk_read", "form_request", "note", "notice")
)
