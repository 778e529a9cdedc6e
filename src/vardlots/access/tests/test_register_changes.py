"""What the population register has changed since the last sign-in: protection, names, who is whose guardian."""

from collections.abc import Mapping
from datetime import date

import msgspec
import pytest

from vardlots.access.claims import PatientIdentity
from vardlots.access.faults import ProtectedPerson
from vardlots.access.sessions import Limits, Sessions, patient_actor
from vardlots.access.sign_in import patient_comes_in
from vardlots.people.queries import Person, guardians_of, person
from vardlots.people.register import LocalRegister, RegisteredPerson
from vardlots.platform.db import Database, Scope, persons_scope
from vardlots.platform.live import Hub

SYSTEM = "http://electronichealth.se/identifier/personnummer"


class Village:
    """A guardian and a child as the register has them, whatever the test makes of it."""

    def __init__(self, database: Database, mark: int) -> None:
        from datetime import timedelta

        self.database = database
        limits = Limits(idle=timedelta(minutes=60), absolute=timedelta(hours=12))
        self.sessions = Sessions(database, Hub(), limits)
        self.guardian = self._one(f"198001{mark:02d}0017", "Vera", date(1980, 1, 1))
        self.child = self._one(f"201801{mark:02d}0017", "Vilde", date(2018, 1, 1))
        self.families: Mapping[str, list[tuple[str, bool]]] = {
            self.guardian.number: [(self.child.number, False)]
        }

    def _one(self, number: str, name: str, born: date) -> RegisteredPerson:
        return RegisteredPerson(
            system=SYSTEM,
            number=number,
            given_name=name,
            family_name="Byholm",
            birth_date=born,
            mobile="+46701740600",
        )

    async def come_in(self, *, registered: bool = True, name: str = "Vera") -> None:
        register = (
            LocalRegister([self.guardian, self.child], self.families) if registered else LocalRegister()
        )
        identity = PatientIdentity(
            system=SYSTEM,
            number=self.guardian.number,
            given_name=name,
            family_name="Byholm",
            birth_date=self.guardian.birth_date,
        )
        await patient_comes_in(self.database, self.sessions, register, identity)

    async def known(self, one: RegisteredPerson) -> Person:
        async with self.database.transaction(Scope(identity=one.number)) as connection:
            person_id = await connection.fetchval(
                "SELECT person_id FROM person_identifier WHERE value = $1", one.number
            )
            found = await person(connection, person_id)
        assert found is not None
        return found

    async def children(self) -> tuple[int, ...]:
        actor = await patient_actor(self.database, person_id=(await self.known(self.guardian)).person_id)
        return actor.children if actor is not None else ()


@pytest.fixture
def village(database: Database) -> Village:
    Village.mark = getattr(Village, "mark", 0) + 1  # type: ignore[attr-defined]
    return Village(database, Village.mark)  # type: ignore[attr-defined]


async def test_somebody_who_has_become_protected_is_so_here_from_the_next_sign_in(village: Village) -> None:
    await village.come_in()
    village.guardian = msgspec.structs.replace(village.guardian, protected=True)
    with pytest.raises(ProtectedPerson):
        await village.come_in()
    assert (await village.known(village.guardian)).protected
    assert await village.children() == ()


async def test_a_child_who_has_become_protected_is_acted_for_by_nobody(village: Village) -> None:
    await village.come_in()
    child = await village.known(village.child)
    assert await village.children() == (child.person_id,)
    village.child = msgspec.structs.replace(village.child, protected=True)
    await village.come_in()
    assert (await village.known(village.child)).protected
    assert await village.children() == ()


@pytest.mark.parametrize("left", [True, False], ids=["blocked", "no longer guardian"])
async def test_a_guardian_who_is_blocked_later_or_is_one_no_more_loses_the_child(
    village: Village, left: bool
) -> None:
    await village.come_in()
    child = await village.known(village.child)
    assert await village.children() == (child.person_id,)
    village.families = {village.guardian.number: [(village.child.number, True)]} if left else {}
    await village.come_in()
    assert await village.children() == ()
    async with village.database.transaction(persons_scope([child.person_id])) as connection:
        assert await guardians_of(connection, child.person_id) == []
    village.families = {village.guardian.number: [(village.child.number, False)]}
    await village.come_in()
    assert await village.children() == (child.person_id,)


async def test_names_follow_the_register_and_the_persons_own_number_stays(village: Village) -> None:
    await village.come_in()
    village.guardian = msgspec.structs.replace(village.guardian, family_name="Nygren", mobile="+46701740699")
    await village.come_in()
    known = await village.known(village.guardian)
    assert (known.family_name, known.mobile) == ("Nygren", "+46701740600")


async def test_an_identity_provider_alone_changes_a_name_and_never_lifts_protection(village: Village) -> None:
    village.guardian = msgspec.structs.replace(village.guardian, protected=True)
    with pytest.raises(ProtectedPerson):
        await village.come_in()
    with pytest.raises(ProtectedPerson):
        await village.come_in(registered=False, name="Verena")
    known = await village.known(village.guardian)
    assert (known.given_name, known.protected) == ("Verena", True)
