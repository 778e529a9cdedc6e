"""What the population register says, or does not say, at sign-in and between sign-ins; and what its silence means."""

import itertools
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.access.claims import PREFIX, PatientIdentity, patient_from
from vardlots.access.family import jobs as family_jobs
from vardlots.access.family.actions import MARKS
from vardlots.access.faults import MissingClaims, ProtectedPerson, RegisterSilent, TooYoung
from vardlots.access.reach import reach
from vardlots.access.sessions import Limits, Sessions
from vardlots.access.sign_in import patient_comes_in
from vardlots.notifications.actions import Post
from vardlots.notifications.texts import load_texts
from vardlots.people.actions import Known, remember
from vardlots.people.identity import FHIR_SYSTEMS, NumberKind, check_digit
from vardlots.people.register import LocalRegister, RegisteredPerson
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.errors import Unavailable
from vardlots.platform.live import Hub

SYSTEM = FHIR_SYSTEMS[NumberKind.PERSONNUMMER]
_marks = itertools.count(1)


class Silent(LocalRegister):
    """A register that does not answer."""

    async def person(self, number: str) -> RegisteredPerson | None:
        raise Unavailable("down")

    async def children(self, number: str) -> Any:
        raise Unavailable("down")


class Family:
    """A guardian and a child of the register, and the way in."""

    def __init__(self, database: Database, **marks: Any) -> None:
        mark = next(_marks)
        self.database, self.hub = database, Hub()
        limits = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
        self.sessions = Sessions(database, self.hub, limits)
        self.hub.watch("session", lambda told: self.sessions.forget(int(told.topic.partition(":")[2])))
        self.guardian = _one(date(1979, 1 + mark % 12, 1 + mark % 28), "Hanna", **marks)
        self.child = _one(date(2018, 1 + mark % 12, 1 + mark % 28), "Signe")

    @property
    def register(self) -> LocalRegister:
        return LocalRegister(
            [self.guardian, self.child], {self.guardian.number: [(self.child.number, False)]}
        )

    async def come_in(self, register: LocalRegister | None = None, **claims: Any) -> PatientActor:
        """Sign in; the actor of the session that opens."""
        one = self.guardian
        identity = PatientIdentity(
            system=SYSTEM,
            number=one.number,
            given_name=one.given_name,
            family_name=one.family_name,
            birth_date=one.birth_date,
            **claims,
        )
        token = await patient_comes_in(self.database, self.sessions, register or self.register, identity)
        self.token = token
        actor = await self.sessions.actor(token)
        assert isinstance(actor, PatientActor)
        return actor

    def mark(self, *, protected: bool) -> None:
        self.guardian = msgspec.structs.replace(self.guardian, protected=protected)


def _one(born: date, name: str, **marks: Any) -> RegisteredPerson:
    serial = 100 + next(_marks) % 800
    number = f"{born:%Y%m%d}{serial}"
    return RegisteredPerson(
        system=SYSTEM,
        number=number + str(check_digit(number[2:])),
        given_name=name,
        family_name="Skymvik",
        birth_date=born,
        **marks,
    )


@pytest.fixture
def family(database: Database) -> Family:
    return Family(database)


async def test_while_the_register_is_silent_one_acts_for_oneself_only(family: Family) -> None:
    first = await family.come_in()
    assert len(first.children) == 1
    alone = await family.come_in(Silent())
    assert (alone.person_id, alone.children, alone.alone) == (first.person_id, (), True)
    # The other session, from before, still stands; and the next sign-in finds the child again.
    assert (await family.come_in()).children == first.children


async def test_somebody_new_waits_until_the_register_answers(family: Family) -> None:
    with pytest.raises(RegisterSilent):
        await family.come_in(Silent())
    # Known to us by an identity provider alone is not enough: nobody has said whether they are protected.
    await family.come_in(LocalRegister())
    with pytest.raises(RegisterSilent):
        await family.come_in(Silent())


async def test_the_last_known_mark_of_protection_holds_while_it_is_silent(database: Database) -> None:
    family = Family(database, protected=True)
    for register in (family.register, Silent()):
        with pytest.raises(ProtectedPerson):
            await family.come_in(register)


async def test_a_mark_that_a_sign_in_finds_ends_every_session_and_shows_in_the_lists(family: Family) -> None:
    actor = await family.come_in()
    token = family.token
    heard = family.hub.subscribe([f"session:{actor.session_id}", f"{MARKS}:{actor.person_id}"])
    family.mark(protected=True)
    with pytest.raises(ProtectedPerson):
        await family.come_in()
    assert await family.sessions.actor(token) is None
    assert set(heard.pending) == heard.topics
    async with family.database.transaction(NOBODY) as connection:
        rows = await connection.fetch("SELECT ended_why FROM session WHERE person_id = $1", actor.person_id)
    assert {row["ended_why"] for row in rows} == {"protected_identity"}


async def test_a_child_that_becomes_protected_is_taken_from_the_other_guardians_session_at_once(
    given: Cast, family: Family
) -> None:
    actor = await family.come_in()
    before = await family.sessions.actor(family.token)
    assert isinstance(before, PatientActor)
    assert before.children == actor.children
    other = Family(family.database)
    other.hub, other.sessions = family.hub, family.sessions
    other.child = msgspec.structs.replace(family.child, protected=True)
    await other.come_in()
    after = await family.sessions.actor(family.token)
    assert isinstance(after, PatientActor)
    assert after.children == ()


def post_for(given: Cast, family: Family) -> Post:
    return Post(
        given.database,
        family.hub,
        sms=None,  # type: ignore[arg-type]  # no text is sent here
        texts=load_texts(),
        register=family.register,
    )


async def test_between_sign_ins_the_register_is_asked_again(given: Cast, family: Family) -> None:
    actor = await family.come_in()
    family.mark(protected=True)
    post = post_for(given, family)
    await family_jobs.refresh(post, {"person_id": actor.person_id})
    assert await family.sessions.actor(family.token) is None
    assert await reach(given.database, person_id=actor.person_id) is None
    family.mark(protected=False)
    await family_jobs.refresh(post_for(given, family), {"person_id": actor.person_id})
    assert await reach(given.database, person_id=actor.person_id) is not None
    # Nobody, and somebody whom the register does not know, change nothing.
    await family_jobs.refresh(post, {"person_id": 0})
    await family_jobs.refresh(post, {"person_id": given.ruben.person_id})


async def test_a_silent_register_leaves_what_was_known_and_is_asked_later(
    given: Cast, family: Family
) -> None:
    actor = await family.come_in()
    post = msgspec.structs.replace(post_for(given, family), register=Silent())
    with pytest.raises(Unavailable):
        await family_jobs.refresh(post, {"person_id": actor.person_id})
    assert await family.sessions.actor(family.token) is not None


async def test_the_sweep_promises_a_question_about_whoever_was_last_asked_about_long_ago(
    given: Cast, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised: list[tuple[dict[str, Any], str | None]] = []

    async def keep(_: Any, name: str, payload: dict[str, Any], *, once: str | None = None, **__: Any) -> None:
        if name == family_jobs.REFRESH:
            promised.append((payload, once))

    monkeypatch.setattr(jobs, "enqueue", keep)
    actor = await family.come_in()
    await given.waiting_case(given.elin, person_id=given.tuva)
    post = post_for(given, family)
    await family_jobs.sweep(post)
    assert actor.person_id not in {payload["person_id"] for payload, _ in promised}
    with clock.shifted(family_jobs.ASKED_EVERY + timedelta(minutes=1)):
        await family_jobs.sweep(post)
    about = {payload["person_id"] for payload, _ in promised}
    assert actor.person_id in about
    # Whom the register has never told us of is not asked about every minute.
    assert given.tuva not in about
    assert all(set(payload) == {"person_id"} and once for payload, once in promised)


async def test_from_the_day_that_any_provider_takes_one_for_grown(family: Family) -> None:
    family.guardian = _one(clock.today().replace(year=clock.today().year - 13) + timedelta(days=1), "Alva")
    with pytest.raises(TooYoung) as refusal:
        await family.come_in()
    assert refusal.value.values == {"years": 13}
    family.guardian = _one(clock.today().replace(year=clock.today().year - 13), "Alva")
    assert (await family.come_in()).children


async def test_a_previous_coordination_number_makes_one_person(family: Family) -> None:
    old = f"{family.guardian.number[:6]}{int(family.guardian.number[6:8]) + 60}238"
    old += str(check_digit(old[2:]))
    system = FHIR_SYSTEMS[NumberKind.SAMORDNINGSNUMMER]
    known = Known(
        system=system,
        number=old,
        given_name="Hanna",
        family_name="Skymvik",
        birth_date=family.guardian.birth_date,
    )
    before = await remember(family.database, known=known)
    first = await family.come_in(previous_number=old)
    again = await family.come_in()
    assert before == first.person_id == again.person_id


@pytest.mark.parametrize("told", ["19850172-2385", "", "198501012383", "no number"])
def test_the_claim_of_a_previous_number(told: str) -> None:
    number = "19850112238" + str(check_digit("850112238"))
    coordination = "19850172238" + str(check_digit("850172238"))
    claims = {
        f"{PREFIX}personalIdentityNumber": number,
        "given_name": "Samira",
        "family_name": "Nyvik",
        f"{PREFIX}previousCoordinationNumber": told.replace("19850172-2385", coordination),
    }
    if told == "":
        assert patient_from(claims).previous_number is None
    elif told.startswith("19850172"):
        assert patient_from(claims).previous_number == coordination
    else:
        with pytest.raises(MissingClaims):
            patient_from(claims)
