"""The region around one case: schedules with a few times, 1177 by phone, tickets, booked visits and questions between
units. Whatever there is of them belongs to the two providers of the cast, so it is found by them.
"""

from datetime import time, timedelta
from typing import Any

import msgspec
from tests.cast import Cast, Unit, a_colleague
from tests.model.world import STAFF, World

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.booking.model import SlotRef
from vardlots.booking.schedules.actions import add_schedule, open_times
from vardlots.booking.schedules.model import Pattern
from vardlots.cases.actions import accept, open_case, start
from vardlots.cases.model import CaseRef
from vardlots.clinics.hours import DAYS
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.consultations.model import ConsultationRef
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, provider_scope
from vardlots.platform.errors import NotFound
from vardlots.tickets.model import TicketRef

TOWNS_STAFF = (*STAFF, "tor")
FAMILY = ("elin", "matti")
# Few, so that two cases of one reason meet.
CAUSES = ("rash", "shoulder_pain")


class Town(World):
    """The world, with times to book. Tor is a nurse at the provider's unit of 1177 by phone; Ruben is a patient too."""

    tor: StaffActor

    @classmethod
    async def make(cls, database: Database) -> "Town":
        world = await super().make(database)
        assert isinstance(world, Town)
        with clock.at(world.now):
            await world._settle_in()
        return world

    async def _settle_in(self) -> None:
        given = self.given
        self.tor = await _by_telephone(given)
        for unit in (given.angsviken, given.norrhamn):
            for by, about in ((given.elin, given.tuva), (given.ruben, given.ruben.person_id)):
                async with given.database.transaction(by.scope) as connection:
                    await register(
                        connection,
                        by=by,
                        provider_id=unit.provider_id,
                        person_id=about,
                        given_by=by.person_id,
                        how=How.DIGITAL,
                    )
        self.schedules = [
            await self._schedule(given.petra, given.angsviken, name="Rum 1"),
            await self._schedule(given.petra, given.angsviken, staff_id=given.ylva.staff_id),
            await self._schedule(given.olle, given.strandgatan, name="Provtagningen"),
        ]
        for place in range(len(self.schedules)):
            await self.open_times(given.olle if place == 2 else given.petra, place, days=1)

    async def _schedule(self, by: StaffActor, unit: Unit, **whose: Any) -> int:
        made = await add_schedule(self.given.house, by=by, unit_id=unit.unit_id, role="nurse", **whose)
        return made.schedule_id

    async def open_times(self, by: Any, place: int, *, days: int) -> Any:
        """Two half hours of a day to come, in one of the schedules."""
        day = clock.local(clock.now()).date() + timedelta(days=days)
        pattern = Pattern(
            weekdays=frozenset({day.isoweekday()}),
            from_time=time(9),
            to_time=time(10),
            minutes=30,
            from_day=day,
            to_day=day,
        )
        return await open_times(
            self.given.house,
            by=by,
            schedule_id=self.schedules[place % len(self.schedules)],
            time_type="nurse_visit",
            pattern=pattern,
        )

    def actor(self, name: str) -> Actor:
        if name == "tor":
            return self.tor
        return super().actor(name)

    def staff_id(self, name: str) -> int:
        return self.tor.staff_id if name == "tor" else super().staff_id(name)

    @property
    def providers(self) -> tuple[int, int]:
        """The region, and the private one."""
        return self.given.angsviken.provider_id, self.given.norrhamn.provider_id

    def system(self, provider_id: int) -> SystemActor:
        """What acts by itself at a provider."""
        return SystemActor(provider_id, "model")

    async def begin_visits(self) -> None:
        """Tuva's visit with Ylva, and Ruben's call to Tor."""
        given = self.given
        self.ref = await self.new_case("elin", CAUSES[0])
        await accept(given.house, by=given.ylva, ref=self.ref)
        await start(given.house, by=given.ylva, ref=self.ref, welcome="Hej.")
        call = await given.ongoing_case(
            given.ruben, self.tor, unit=Unit(self.tor.provider_id, self.tor.unit_id, ""), reason=CAUSES[1]
        )
        assert call

    async def new_case(self, who: str, cause: str) -> CaseRef:
        """Somebody seeks care at Ängsviken, Elin for Tuva."""
        given = self.given
        by: PatientActor = getattr(given, who)
        about = given.tuva if who in FAMILY else by.person_id
        new = await given.new_case(by, person_id=about, reason=cause, priority=3)
        return (await open_case(given.house, by=by, new=msgspec.structs.replace(new, reason=cause))).ref

    async def fetch(self, provider_id: int, statement: str, *values: object) -> list[Any]:
        """Rows as a provider sees them."""
        async with self.given.database.transaction(provider_scope(provider_id)) as connection:
            return list(await connection.fetch(statement, *values))

    async def cases(self) -> list[CaseRef]:
        """Every case at either provider."""
        return [
            CaseRef(*row)
            for one in self.providers
            for row in await self.fetch(
                one,
                "SELECT provider_id, case_id FROM care_case WHERE provider_id = $1 ORDER BY case_id",
                one,
            )
        ]

    async def case(self, pick: int, where: str = "true") -> Any:
        """One of the cases that are so. Raises NotFound where there is none."""
        region = self.providers[0]
        return _one(
            await self.fetch(
                region,
                f"SELECT * FROM care_case WHERE provider_id = $1 AND {where} ORDER BY case_id DESC LIMIT 4",
                region,
            ),
            pick,
        )

    async def ticket(self, pick: int, where: str = "true") -> tuple[TicketRef, Any]:
        """One of the latest tickets that are so, mostly those that wait. Raises NotFound where there is none."""
        region = self.providers[0]
        rows = await self.fetch(
            region,
            f"SELECT * FROM ticket WHERE provider_id = $1 AND {where} "
            "ORDER BY (state IN ('issued', 'opened')) DESC, ticket_id DESC LIMIT 5",
            region,
        )
        row = _one(rows, pick)
        return TicketRef(region, row["ticket_id"]), row

    async def slot(self, pick: int, where: str = "state <> 'removed'") -> SlotRef:
        """One of the times that are so, the next first. Raises NotFound where there is none."""
        region = self.providers[0]
        rows = await self.fetch(
            region,
            f"SELECT slot_id FROM slot WHERE provider_id = $1 AND {where} ORDER BY starts_at < $2, starts_at, slot_id "
            "LIMIT 8",
            region,
            self.now,
        )
        return SlotRef(region, _one(rows, pick)["slot_id"])

    async def consultation(self, pick: int, where: str = "true") -> tuple[ConsultationRef, Any]:
        """One of the latest questions that are so. Raises NotFound where there is none."""
        region = self.providers[0]
        rows = await self.fetch(
            region,
            f"SELECT * FROM consultation WHERE provider_id = $1 AND {where} "
            "ORDER BY (state IN ('sent', 'accepted')) DESC, consultation_id DESC LIMIT 4",
            region,
        )
        row = _one(rows, pick)
        return ConsultationRef(region, row["consultation_id"]), row

    async def patient_of(self, by: Any, pick: int) -> int:
        """Whom something is done for: Tuva or Ruben; a patient does for their own, as a rule."""
        given = self.given
        if by == given.ruben:
            return given.ruben.person_id
        if isinstance(by, PatientActor):
            return given.tuva
        return (given.tuva, given.ruben.person_id)[pick % 2]


def _one(rows: list[Any], pick: int) -> Any:
    if not rows:
        raise NotFound()
    return rows[pick % len(rows)]


async def _by_telephone(given: Cast) -> StaffActor:
    async with given.database.transaction(NOBODY) as connection:
        unit_id = await connection.fetchval(
            "INSERT INTO unit (provider_id, name, kind, hsa_id, opening) "
            "VALUES ($1, '1177 på telefon', 'telephone', $2, $3) RETURNING unit_id",
            given.angsviken.provider_id,
            f"SE0000000000-MT{given.angsviken.unit_id}",
            {day: ["00:00", "24:00"] for day in DAYS},
        )
        unit = Unit(given.angsviken.provider_id, int(unit_id), "1177 på telefon")
        return await a_colleague(connection, "Tor", "Skogsmo", "Sjuksköterska", "nurse", unit)
