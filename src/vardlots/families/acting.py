"""Who acts in the service for somebody whom staff begin something with (requirements A10, B8, E7)."""

from collections.abc import Iterable
from datetime import date

from vardlots.people.queries import Person, guardians_of, person
from vardlots.people.rules import CareRules, rules_of
from vardlots.platform import clock
from vardlots.platform.db import Connection


async def acting_for(connection: Connection, *, provider_id: int, person_id: int) -> int | None:
    """The person, when old enough by the provider's rules, else a guardian of theirs; None: nobody can read here.

    The id is the one that the actor is known by. What is sent then has to go another way, by telephone or letter.
    """
    about = await person(connection, person_id)
    if about is not None and about.main_id != about.person_id:
        about = await person(connection, about.main_id) or about
    if about is None:
        return None
    rules = await rules_of(connection, provider_id)
    guardians = await guardians_of(connection, about.person_id)
    found = who_acts(about, guardians, rules, clock.today())
    return found.main_id if found is not None else None


def who_acts(about: Person, guardians: Iterable[Person], rules: CareRules, on: date) -> Person | None:
    """The same, of what has been read. `guardians` are those whom nobody has blocked. Pure.

    Of several guardians the one whom a text message reaches comes first; the others read the same.
    """
    if about.deceased or rules.too_young(about.birth_date, on):
        return None
    if about.protected and not rules.protected_sign_in:
        return None
    if rules.on_their_own(about.birth_date, on):
        return about
    if about.protected:
        return None
    adults = [one for one in guardians if not one.protected and not one.deceased]
    return min(adults, key=lambda one: (one.mobile is None, one.person_id), default=None)
