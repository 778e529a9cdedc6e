"""The cast of the tests: two providers, their staff, and a family. Made anew in each test's own rows.

    given = await Cast.make(database)
    ref = await given.waiting_case(given.ruben)
    await accept(given.house, by=given.ylva, ref=ref)

Ylva and Hamid are nurses at Ängsviken, Siri is a physician there, Petra an administrator; Olle is a nurse at
Strandgatan of the same provider; Nora works for another provider. Elin has the children Tuva and Nils; Matti is their
other guardian; Ruben has no family. Astrid administers the region's systems, Rune reviews its access log, and Helga
is head of Ängsviken.
"""

import itertools
from dataclasses import dataclass
from datetime import date
from typing import Any

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.actions import NewCase, accept, open_case, start
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.clinics.hours import DAYS
from vardlots.clinics.model import role_of
from vardlots.people.actions import Known, relate, remember
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, persons_scope
from vardlots.platform.live import Hub

PERSONNUMMER = "http://electronichealth.se/identifier/personnummer"
_serial = itertools.count(1)


@dataclass
class Unit:
    provider_id: int
    unit_id: int
    name: str


@dataclass
class Cast:
    """Everybody, and the house they meet in."""

    database: Database
    house: House
    angsviken: Unit
    strandgatan: Unit
    norrhamn: Unit
    ylva: StaffActor
    hamid: StaffActor
    siri: StaffActor
    petra: StaffActor
    olle: StaffActor
    nora: StaffActor
    astrid: StaffActor
    rune: StaffActor
    helga: StaffActor
    elin: PatientActor
    matti: PatientActor
    ruben: PatientActor
    tuva: int
    nils: int

    @classmethod
    async def make(cls, database: Database) -> "Cast":
        """Write the cast into the database, beside any earlier cast."""
        mark = next(_serial)
        async with database.transaction(NOBODY) as connection:
            region = await _provider(connection, f"Region Lotsvik {mark}", "region", "1-12", mark)
            private = await _provider(connection, f"Norrhamns läkarhus {mark}", "private", "1-5", mark)
            angsviken = await _unit(connection, region, "Ängsviken", mark)
            strandgatan = await _unit(connection, region, "Strandgatan", mark)
            norrhamn = await _unit(connection, private, "Norrhamn", mark)
            ylva, hamid, siri, petra, olle, nora, astrid, rune, helga = [
                await _staff(connection, given, family, title, role, unit, mark)
                for given, family, title, role, unit in (
                    ("Ylva", "Tallvik", "Sjuksköterska", "nurse", angsviken),
                    ("Hamid", "Nordsken", "Sjuksköterska", "nurse", angsviken),
                    ("Siri", "Åbrink", "Läkare", "physician", angsviken),
                    ("Petra", "Åsnäs", "Medicinsk sekreterare", "medical_admin", angsviken),
                    ("Olle", "Fjärdvik", "Sjuksköterska", "nurse", strandgatan),
                    ("Nora", "Hamnö", "Sjuksköterska", "nurse", norrhamn),
                    ("Astrid", "Vassbo", "Systemförvaltare", "system_admin", angsviken),
                    ("Rune", "Lindskär", "Loggranskare", "log_reviewer", angsviken),
                    ("Helga", "Storvik", "Verksamhetschef", "head_of_unit", angsviken),
                )
            ]
        elin = await _person(database, "Elin", "Sjöqvarn", date(1990, 4, 2))
        matti = await _person(database, "Matti", "Sjöqvarn", date(1988, 9, 9))
        ruben = await _person(database, "Ruben", "Ekdunge", date(1968, 2, 7))
        tuva = await _person(database, "Tuva", "Sjöqvarn", date(2020, 3, 14))
        nils = await _person(database, "Nils", "Sjöqvarn", date(2023, 5, 20))
        for guardian in (elin, matti):
            await relate(database, guardian_id=guardian, children=[(tuva, False), (nils, False)])
        return cls(
            database,
            House(database, Hub()),
            angsviken,
            strandgatan,
            norrhamn,
            ylva,
            hamid,
            siri,
            petra,
            olle,
            nora,
            astrid,
            rune,
            helga,
            PatientActor(elin, "Elin Sjöqvarn", (tuva, nils)),
            PatientActor(matti, "Matti Sjöqvarn", (tuva, nils)),
            PatientActor(ruben, "Ruben Ekdunge"),
            tuva,
            nils,
        )

    async def interview(
        self,
        by: PatientActor,
        *,
        person_id: int | None = None,
        unit: Unit | None = None,
        reason: str = "shoulder_pain",
    ) -> int:
        """An interview that is answered to the end. Returns its number."""
        unit = unit or self.angsviken
        now = clock.now()
        async with self.database.transaction(persons_scope([by.person_id, *by.children])) as connection:
            return int(
                await connection.fetchval(
                    "INSERT INTO interview (provider_id, unit_id, person_id, actor_person_id, protocol, version, "
                    "stage, started_at, changed_at) VALUES ($1, $2, $3, $4, $5, 1, 'post', $6, $6) "
                    "RETURNING interview_id",
                    unit.provider_id,
                    unit.unit_id,
                    person_id or by.person_id,
                    by.person_id,
                    reason,
                    now,
                )
            )

    async def new_case(
        self,
        by: PatientActor,
        *,
        person_id: int | None = None,
        unit: Unit | None = None,
        reason: str = "shoulder_pain",
        priority: int = 3,
        role: str = "nurse",
    ) -> NewCase:
        """What triage would hand to the queue, with an interview behind it."""
        unit = unit or self.angsviken
        return NewCase(
            provider_id=unit.provider_id,
            unit_id=unit.unit_id,
            person_id=person_id or by.person_id,
            interview_id=await self.interview(by, person_id=person_id, unit=unit, reason=reason),
            role=role,
            reason=reason,
            fact="",
            priority=priority,
            summary={},
        )

    async def waiting_case(
        self,
        by: PatientActor,
        *,
        person_id: int | None = None,
        unit: Unit | None = None,
        reason: str = "shoulder_pain",
        priority: int = 3,
        role: str = "nurse",
    ) -> CaseRef:
        """A case that waits in the queue."""
        new = await self.new_case(
            by, person_id=person_id, unit=unit, reason=reason, priority=priority, role=role
        )
        return (await open_case(self.house, by=by, new=new)).ref

    async def ongoing_case(
        self, by: PatientActor, owner: StaffActor | None = None, **chosen: object
    ) -> CaseRef:
        """A case in which the visit has begun."""
        ref = await self.waiting_case(by, **chosen)  # type: ignore[arg-type]
        owner = owner or self.ylva
        await accept(self.house, by=owner, ref=ref)
        await start(self.house, by=owner, ref=ref, welcome="Hej och välkommen.")
        return ref


async def _provider(connection: Any, name: str, kind: str, scheme: str, mark: int) -> int:
    return int(
        await connection.fetchval(
            "INSERT INTO provider (name, kind, hsa_id, scheme) VALUES ($1, $2, $3, $4) RETURNING provider_id",
            name,
            kind,
            f"SE0000000000-P{kind}{mark}",
            scheme,
        )
    )


async def _unit(connection: Any, provider_id: int, name: str, mark: int) -> Unit:
    unit_id = await connection.fetchval(
        "INSERT INTO unit (provider_id, name, kind, hsa_id, opening) VALUES ($1, $2, 'health_centre', $3, $4) "
        "RETURNING unit_id",
        provider_id,
        name,
        f"SE0000000000-U{name}{mark}",
        {day: ["00:00", "24:00"] for day in DAYS},
    )
    return Unit(provider_id, int(unit_id), name)


async def _staff(
    connection: Any, given: str, family: str, title: str, role: str, unit: Unit, mark: int
) -> StaffActor:
    staff_id = await connection.fetchval(
        "INSERT INTO staff (hsa_id, given_name, family_name, title) VALUES ($1, $2, $3, $4) RETURNING staff_id",
        f"SE0000000000-S{given}{mark}",
        given,
        family,
        title,
    )
    await connection.execute(
        "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) VALUES ($1, $2, $3, $4, $5)",
        unit.provider_id,
        staff_id,
        unit.unit_id,
        role,
        f"SE0000000000-A{given}{mark}",
    )
    known = role_of(role)
    return StaffActor(
        staff_id=int(staff_id),
        provider_id=unit.provider_id,
        unit_id=unit.unit_id,
        unit_ids=frozenset({unit.unit_id}),
        role=role,
        home_unit_ids=frozenset({unit.unit_id}),
        clinical=known.clinical,
        cares=known.cares,
        administers=known.administers,
        reviews=known.reviews,
        name=f"{given} {family}",
        title=title,
    )


async def a_colleague(
    connection: Any, given: str, family: str, title: str, role: str, unit: Unit
) -> StaffActor:
    """One more member of staff at a unit, for a test that needs somebody beside the cast."""
    return await _staff(connection, given, family, title, role, unit, next(_serial))


_numbers: dict[int, str] = {}


def number_of(person_id: int) -> str:
    """The identity number of somebody of a cast."""
    return _numbers[person_id]


async def _person(database: Database, given: str, family: str, born: date) -> int:
    """A person whose number counts up, so that casts do not meet. The number is never shown to anybody."""
    number = f"{born:%Y%m%d}{next(_serial):04d}"
    person_id = await remember(
        database,
        known=Known(
            system=PERSONNUMMER,
            number=number,
            given_name=given,
            family_name=family,
            birth_date=born,
            mobile="+46701740612",
        ),
    )
    _numbers[person_id] = number
    return person_id
