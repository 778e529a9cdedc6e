"""Whom a person may act for today, and who may act in a case about a child. Pure.

Requirement A10: a guardian acts from the first to the 13th birthday (by each provider's rules), unless blocked, and
never when one of the two has protected identity. Docs: `docs/decisions/`, the page on guardians.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

import msgspec

from vardlots.people.identity import age_years
from vardlots.people.queries import Person
from vardlots.people.rules import DEFAULT, CareRules, next_change

MAJORITY = 18
Pairs = frozenset[tuple[int, int]]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed-in person reaches. Pairs are (provider, person).

    `children`: read at one provider at least. `closed`: pairs out of reach, since the child is grown there. `barred`:
    pairs in which no care may be sought, `closed` and those too young (or not yet old enough) by the provider's rules.
    `grown`: children who are so old everywhere that only they themselves act. `infants`: those too young everywhere;
    they are listed nowhere, and a case that is open (a limit was raised since) is still theirs. `changes_on`: the next
    day on which any of this is otherwise.
    """

    children: tuple[int, ...] = ()
    closed: Pairs = frozenset()
    barred: Pairs = frozenset()
    grown: tuple[int, ...] = ()
    infants: tuple[int, ...] = ()
    changes_on: date | None = None


def reach_of(me: Person, children: Iterable[Person], rules: Mapping[int, CareRules], on: date) -> Reach:
    """The reach of a person on a day. `children` are those who are neither blocked nor concealed from them."""
    known = dict(rules) or {0: DEFAULT}
    barred = {(at, me.person_id) for at, rule in known.items() if not _may_for_self(me, rule, on)}
    closed: set[tuple[int, int]] = set()
    listed, grown, infants = [], [], []
    mine = [] if me.protected else [child for child in children if not child.protected and not child.deceased]
    for child in mine:
        over = {at for at, rule in known.items() if rule.on_their_own(child.birth_date, on)}
        under = {at for at, rule in known.items() if rule.too_young(child.birth_date, on)}
        if len(over) == len(known):
            if age_years(child.birth_date, on) < MAJORITY:
                grown.append(child.person_id)
        elif len(over | under) == len(known):
            infants.append(child.person_id)
            closed |= {(at, child.person_id) for at in over}
        else:
            listed.append(child.person_id)
            closed |= {(at, child.person_id) for at in over}
            barred |= {(at, child.person_id) for at in over | under}
    days = [next_change(one.birth_date, rule, on) for one in (me, *mine) for rule in known.values()]
    return Reach(
        children=tuple(sorted(listed)),
        closed=frozenset(closed),
        barred=frozenset(barred),
        grown=tuple(sorted(grown)),
        infants=tuple(sorted(infants)),
        changes_on=min((day for day in days if day is not None), default=None),
    )


def _may_for_self(me: Person, rule: CareRules, on: date) -> bool:
    if me.protected and not rule.protected_sign_in:
        return False
    return rule.on_their_own(me.birth_date, on)


class Standing(StrEnum):
    """Whether the one who sought care for somebody may go on in the case, and if not, why."""

    ACTS = "acts"
    GROWN = "grown"  # the child signs in itself from now on
    PROTECTED = "protected"  # the child or the guardian is
    BLOCKED = "blocked"  # by the register, or by a unit


def standing(patient: Person, actor: Person, rules: CareRules, on: date, *, guardian: bool) -> Standing:
    """How the one who sought care stands to the patient on a day, by the rules of the case's provider.

    `guardian` is whether they are a guardian who is not blocked, as `people.queries.is_guardian` tells.
    """
    if patient.main_id == actor.main_id:
        return Standing.ACTS
    if patient.protected or actor.protected:
        return Standing.PROTECTED
    if not guardian:
        return Standing.BLOCKED
    if rules.on_their_own(patient.birth_date, on):
        return Standing.GROWN
    return Standing.ACTS
