"""What the tables foresee: whether an actor may do a verb with the case as it stands, and what one would do next."""

from tests.model.world import World

from vardlots.access.actor import Actor
from vardlots.cases import policy, states
from vardlots.cases.model import CASE_COLUMNS, Case, Phase, Verb, case_from
from vardlots.cases.queries import standing
from vardlots.platform import clock
from vardlots.platform.errors import NotFound, Refusal, WrongState


async def foreseen(world: World, who: str, verb: Verb) -> Refusal | None:
    """Why the actor may not do the verb now, by the walls, the policy and the table of moves; None: they may."""
    by: Actor = world.actor(who)
    async with world.given.database.transaction(by.scope) as connection:
        row = await connection.fetchrow(
            f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2", *world.ref
        )
        if row is None:
            return NotFound()
        case = case_from(row)
        stands = await standing(connection, by=by, case=case)
    if not states.allows(case.phase, verb):
        return WrongState("The table has no such move.")
    return policy.may(by, verb, case, clock.now(), stands)


def sensible(world: World, case: Case) -> list[tuple[str, str]]:
    """What people do with a case that stands so: who, and which deed."""
    names = {world.staff_id(name): name for name in ("ylva", "hamid", "siri", "petra", "olle")}
    owner = names.get(case.owner_staff_id or 0, "ylva")
    colleague = "hamid" if owner != "hamid" else "ylva"
    match case.phase:
        case Phase.QUEUED:
            return [
                *[("ylva", "accept"), ("hamid", "accept"), ("siri", "accept"), ("elin", "add_information")],
                *[("elin", "worse"), ("hamid", "change_priority"), ("olle", "open_anyway")],
                *([("olle", "accept"), ("elin", "answer_form"), ("elin", "leave_queue")]),
            ]
        case Phase.ACCEPTED | Phase.ONGOING:
            return _in_the_visit(world, case, owner, colleague, names)
        case Phase.FOLLOW_UP:
            return [
                *[
                    ("elin", "say"),
                    ("elin", "say"),
                    (owner, "say"),
                    (colleague, "mark_done"),
                    (owner, "send_form"),
                ],
                *[("elin", "answer_form"), (owner, "talk_beside"), (owner, "sign_note"), ("hamid", "accept")],
                *[("elin", "read"), (colleague, "read")],
            ]
    return [(owner, "sign_note"), ("elin", "say"), ("elin", "read"), ("olle", "open_anyway")]


def _in_the_visit(
    world: World, case: Case, owner: str, colleague: str, names: dict[int, str]
) -> list[tuple[str, str]]:
    found = [
        *[
            (owner, "read"),
            ("elin", "say"),
            (owner, "say"),
            (owner, "hand_over"),
            (owner, "pause"),
            (owner, "invite"),
        ],
        *[
            (owner, "talk_beside"),
            (colleague, "take_over"),
            ("elin", "worse"),
            ("elin", "read"),
            (owner, "read"),
        ],
        *[
            (owner, "chase"),
            (owner, "send_form"),
            ("elin", "answer_form"),
            (owner, "sign_note"),
            (owner, "invite"),
        ],
        *[(owner, "change_priority"), (owner, "release"), (owner, "end"), ("olle", "open_anyway")],
    ]
    if case.phase is Phase.ACCEPTED:
        found += [(owner, "start")] * 16
    if case.handover_n is not None:
        asked = names.get(
            case.handover_staff_id or 0, "siri" if case.handover_role == "physician" else colleague
        )
        found += [(asked, "accept_handover"), (asked, "decline_handover"), (owner, "withdraw_handover")] * 2
    if case.paused_until is not None:
        found += [(owner, "resume")] * 3
    if case.chase is not None:
        found += [(owner, "stop_chase"), (owner, "called"), (owner, "called"), (owner, "read")]
        # Who is sought is silent, as a rule; what they do say comes late in a walk.
        found = [one for one in found if one[0] != "elin" or one[1] in ("read", "say")]
    for guest in case.guests:
        if name := names.get(guest):
            found += [(name, "join"), (name, "say"), (name, "talk_beside"), (name, "leave"), (owner, "leave")]
    return found
