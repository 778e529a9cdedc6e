"""What must be so of every ticket, time and question between units, after every step, whoever has done what."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import msgspec
from tests.model.invariants import check
from tests.model.town import Town

from vardlots.cases.model import CaseRef
from vardlots.consultations.states import LEAVES
from vardlots.worklist.consultations.queries import Tab
from vardlots.worklist.consultations.queries import rows as listed
from vardlots.worklist.filters import Filter

_TABLES = {
    "care_case": "case_id",
    "ticket": "ticket_id",
    "ticket_form": "ticket_id, place",
    "slot": "slot_id",
    "slot_hold": "slot_id",
    "appointment": "appointment_id",
    "earlier_wish": "case_id",
    "slot_offer": "offer_id",
    "consultation": "consultation_id",
    "consultation_entry": "provider_id, consultation_id, n",
    "consultation_case": "consultation_id, case_id",
    "schedule_closed": "closed_id",
}
_HOLDS = frozenset({"booked", "attended", "missed"})


class Stand(msgspec.Struct, frozen=True):
    """Every row that both providers hold, by table, and how often each thing is in their access logs."""

    rows: dict[str, list[dict[str, Any]]]
    log: Counter[str]


async def stand(world: Town) -> Stand:
    """All of it, as it is now."""
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
    log: Counter[str] = Counter()
    for provider_id in world.providers:
        async with world.provider(provider_id) as connection:
            for table, order in _TABLES.items():
                found = await connection.fetch(
                    f"SELECT * FROM {table} WHERE provider_id = $1 ORDER BY {order}", provider_id
                )
                rows[table] += [dict(row) for row in found]
            logged = await connection.fetch(
                "SELECT action, count(*) AS n FROM access_log WHERE provider_id = $1 GROUP BY action",
                provider_id,
            )
            log.update({row["action"]: row["n"] for row in logged})
    return Stand(rows, log)


def check_town(now: Stand, at: datetime) -> None:
    """Raises AssertionError for the first thing that is not as it must be."""
    _times(now)
    _choices(now, at)
    _booked_cases(now)
    _tickets(now)
    _ticket_log(now)
    _questions(now)


def _by(rows: list[dict[str, Any]], *columns: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[tuple(row[column] for column in columns)].append(row)
    return found


def _times(now: Stand) -> None:
    """A time is taken by exactly one booked visit, or by none."""
    had = _by([row for row in now.rows["appointment"] if row["state"] in _HOLDS], "provider_id", "slot_id")
    for slot in now.rows["slot"]:
        owners = had.get((slot["provider_id"], slot["slot_id"]), [])
        assert len(owners) <= 1, f"time {slot['slot_id']} has {len(owners)} owners"
        assert (slot["state"] == "taken") == bool(owners), (
            f"time {slot['slot_id']} is {slot['state']}, its visits are {[one['state'] for one in owners]}"
        )
        if owners and owners[0]["state"] == "booked":
            told = {name: owners[0][name] for name in ("unit_id", "starts_at", "ends_at", "role", "staff_id")}
            assert told == {name: slot[name] for name in told}, (
                "a booked visit is at another time than its time"
            )


def _choices(now: Stand, at: datetime) -> None:
    """What is kept for somebody is free for as long as it says; what is offered is kept for whoever is asked."""
    slots = {row["slot_id"]: row for row in now.rows["slot"]}
    kept = {row["slot_id"]: row for row in now.rows["slot_hold"] if row["until"] > at}
    for slot_id, hold in kept.items():
        slot = slots[slot_id]
        # A cancelled day takes away what somebody is choosing; they are told when they press.
        assert slot["state"] in ("free", "removed"), f"a time that is {slot['state']} is kept for somebody"
        if slot["state"] == "free":
            assert slot["held_until"] == hold["until"], "a time is kept for somebody, and does not say so"
    for offer in now.rows["slot_offer"]:
        if offer["state"] == "offered" and offer["until"] > at:
            its = kept.get(offer["slot_id"])
            assert its is not None, "what is offered is not kept"
            assert (its["person_id"], its["held_by_kind"]) == (offer["person_id"], "system")


def _booked_cases(now: Stand) -> None:
    """A case that waits for its time has exactly the one that it says; one that is over, or in a queue, has none."""
    booked = _by(
        [row for row in now.rows["appointment"] if row["state"] == "booked"], "provider_id", "case_id"
    )
    for case in now.rows["care_case"]:
        its = booked.get((case["provider_id"], case["case_id"]), [])
        assert len(its) <= 1, f"case {case['case_id']} has {len(its)} booked times"
        if case["phase"] == "booked":
            assert [one["starts_at"] for one in its] == [one for one in [case["booked_from"]] if one], (
                f"case {case['case_id']} waits for {case['booked_from']} and has {its}"
            )
            assert all((one["unit_id"], one["role"]) == (case["unit_id"], case["role"]) for one in its)
        if case["phase"] == "accepted" and case["booked_from"]:
            assert its, "whoever has the visit can put it back to a time that it has not"
        # One that has begun and was put back in the queue has used its time; it says so as soon as the job has run.
        if case["phase"] == "queued":
            assert case["booked_from"] is None, "a case waits in the queue, and for a time"
        if case["phase"] == "cancelled" and case["booked_from"]:
            assert not its, "a visit is cancelled, and its time is not"


def check_settled(now: Stand, at: datetime) -> None:
    """What holds once the system has done what is due: nothing that is over keeps a time, or waits for one."""
    cases = {(row["provider_id"], row["case_id"]): row for row in now.rows["care_case"]}
    for row in now.rows["appointment"]:
        case = cases[row["provider_id"], row["case_id"]]
        begun = case["phase"] in ("ongoing", "follow_up", "closed") and row["starts_at"] <= at
        used = begun or case["booked_from"] is None
        assert not (used and row["state"] == "booked"), (
            f"case {case['case_id']} has used its time, it is booked"
        )
    late = [row for row in now.rows["slot_offer"] if row["state"] == "offered" and row["until"] <= at]
    assert not late, f"{len(late)} offers have run out and stand"
    waits = [row for row in now.rows["ticket"] if row["state"] in ("issued", "opened") and row["valid_until"]]
    assert all(row["valid_until"] > at for row in waits), "a ticket whose time is over waits"


def _tickets(now: Stand) -> None:
    forms = _by(now.rows["ticket_form"], "ticket_id")
    cases = {(row["provider_id"], row["case_id"]): row for row in now.rows["care_case"]}
    booked = _by([row for row in now.rows["appointment"] if row["ticket_id"]], "ticket_id")
    used = [(row["to_provider_id"], row["case_id"]) for row in now.rows["ticket"] if row["case_id"]]
    assert len(used) == len(set(used)), "one case was opened by two tickets"
    for row in now.rows["ticket"]:
        number, its = row["ticket_id"], forms.get((row["ticket_id"],), [])
        answered = sum(one["answered_at"] is not None for one in its)
        assert (row["forms_total"], row["forms_done"]) == (len(its), answered), f"forms of ticket {number}"
        leads = row["state"] == "used" and row["kind"] != "form"
        assert leads == (row["case_id"] is not None), (
            f"ticket {number} is {row['state']}, case {row['case_id']}"
        )
        if row["state"] == "used":
            assert row["forms_done"] == row["forms_total"], f"ticket {number} was used with forms left"
        if row["kind"] == "form":
            over = row["forms_done"] == row["forms_total"]
            assert over == (row["state"] == "used"), f"ticket {number}, of forms, is {row['state']}"
        visits = {one["case_id"] for one in booked.get((number,), [])}
        assert visits <= {row["case_id"]}, (
            f"ticket {number} was booked for {visits}, used for {row['case_id']}"
        )
        if leads:
            case = cases[row["to_provider_id"], row["case_id"]]
            assert case["person_id"] == row["person_id"], "a ticket was used for somebody else"
            assert bool(visits) == (row["kind"] == "booking"), f"ticket {number} has no booked time"
        looked_at = row["state"] in ("declined", "expired") or (
            row["state"] == "used" and row["kind"] == "form"
        )
        assert looked_at == (row["ack_unit_id"] is not None), f"who looks at ticket {number}"


def _ticket_log(now: Stand) -> None:
    """Each move of a ticket is in the log once."""
    tickets = now.rows["ticket"]
    states = Counter(row["state"] for row in tickets)
    moves = {
        "send_ticket": len(tickets),
        "use_ticket": states["used"],
        "decline_ticket": states["declined"],
        "withdraw_ticket": states["withdrawn"],
        "expire_ticket": states["expired"],
        "open_ticket": sum(row["opened_at"] is not None for row in tickets),
        "answer_ticket": sum(row["forms_done"] for row in tickets),
        "acknowledge_ticket": sum(row["acknowledged_at"] is not None for row in tickets),
    }
    logged = {action: now.log[action] for action in moves}
    assert moves == logged, f"tickets moved {moves}, the log says {logged}"


def _questions(now: Stand) -> None:
    rows = _by(now.rows["consultation_entry"], "provider_id", "consultation_id")
    for one in now.rows["consultation"]:
        its = rows[one["provider_id"], one["consultation_id"]]
        assert [row["n"] for row in its] == list(range(1, one["last_n"] + 1)), "gaps in a question's rows"
        told = _told(its)
        stands = {name: one[name] for name in told}
        assert told == stands, f"the question is {stands}, its rows say {told}"
        assert not (one["by_telephone"] and one["state"] == "declined"), (
            "a call that was handed over was declined"
        )
        for side in ("sender_read_n", "receiver_read_n"):
            assert 0 <= one[side] <= one["last_n"]
        inside = one["to_provider_id"] == one["provider_id"]
        related = [
            row
            for row in now.rows["consultation_case"]
            if (row["provider_id"], row["consultation_id"]) == (one["provider_id"], one["consultation_id"])
        ]
        assert inside or not related, "a visit crossed to another provider"
    kinds = Counter(row["kind"] for row in now.rows["consultation_entry"])
    for act, kind in LEAVES.items():
        assert kinds[kind] == now.log[act.value], (
            f"{kinds[kind]} rows say {kind}, the log {now.log[act.value]}"
        )


def _told(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What its rows tell of a question."""
    told: dict[str, Any] = {
        "state": "sent",
        "owner_staff_id": None,
        "accepted_at": None,
        "answered_at": None,
        "ended_at": None,
        "sender_ended_at": None,
        "reminded": 0,
        "changed_at": rows[-1]["at"],
    }
    for row in rows:
        receives = row["body"].get("side") == "receiver"
        match row["kind"]:
            case "accepted":
                told |= {"state": "accepted", "owner_staff_id": row["author_id"], "accepted_at": row["at"]}
            case "declined":
                told |= {"state": "declined", "ended_at": row["at"]}
            case "withdrawn":
                told |= {"state": "withdrawn", "ended_at": row["at"], "sender_ended_at": row["at"]}
            case "ended" if receives:
                told |= {"state": "ended", "ended_at": row["at"]}
            case "ended":
                told |= {"sender_ended_at": row["at"]}
            case "answer" if receives:
                told |= {"answered_at": told["answered_at"] or row["at"], "sender_ended_at": None}
            case "reminded":
                told |= {"reminded": told["reminded"] + 1}
    return told


async def check_lists(world: Town, now: Stand) -> None:
    """No question is lost: it stands in exactly one list of those who are asked, and in one of those who ask."""
    for name in ("ylva", "olle", "nora", "tor"):
        by: Any = world.actor(name)
        found: dict[Any, list[Any]] = defaultdict(list)
        async with world.given.database.transaction(by.scope) as connection:
            for tab in Tab:
                for row in (await listed(connection, by=by, tab=tab, chosen=Filter(), most=500))[0]:
                    side = row.get("side") or ("sent" if tab is Tab.SENT else "received")
                    found[row["provider_id"], row["consultation_id"], side].append(tab)
        for one in now.rows["consultation"]:
            ref, state = (one["provider_id"], one["consultation_id"]), one["state"]
            asked = one["to_provider_id"] == by.provider_id and one["unit_id"] in by.unit_ids
            asks = one["provider_id"] == by.provider_id and one["from_unit_id"] in by.unit_ids
            wanted = {"sent": Tab.NEW, "accepted": Tab.TAKEN}.get(state, Tab.ENDED)
            theirs = found[*ref, "received"]
            assert theirs == ([wanted] if asked else []), (
                f"{name} is asked ({state}), and finds it in {theirs}"
            )
            ours = found[*ref, "sent"]
            shown = [Tab.ENDED if one["sender_ended_at"] else Tab.SENT]
            assert ours == (shown if asks else []), f"{name} asked ({state}), and finds it in {ours}"


async def check_cases(world: Town, now: Stand, known: dict[CaseRef, Any]) -> None:
    """Every case that has moved since it was looked at is whole, as in the walk of one case."""
    for row in now.rows["care_case"]:
        ref = CaseRef(row["provider_id"], row["case_id"])
        if known.get(ref) == row:
            continue
        check(await world.seen(ref))
        known[ref] = row
