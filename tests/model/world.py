"""The world that the walks go through: the cast, one case at a time, and a clock that only moves when it is told to."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
from tests.cast import Cast

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.cases.actions import leave_queue, open_case
from vardlots.cases.ending.configured import KEY, VISIT_END, EndRules
from vardlots.cases.model import CASE_COLUMNS, ENTRY_COLUMNS, Case, CaseRef, Entry, case_from, entry_from
from vardlots.configuration import book
from vardlots.configuration.actions import Change, save
from vardlots.contacts.actions import set_contact
from vardlots.platform import clock
from vardlots.platform.db import Connection, Database, provider_scope

BEGINS = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
REASONS = itertools.count(1)
STAFF = ("ylva", "hamid", "siri", "petra", "olle", "astrid", "nora")
PATIENTS = ("elin", "matti", "ruben")
SYSTEM = "system"
ACTORS = (*STAFF, *PATIENTS, SYSTEM)
# Those to whom the case does not exist: another provider's nurse, and a patient who is nobody to the child.
OUTSIDERS = frozenset({"nora", "ruben"})


class Seen(msgspec.Struct, frozen=True):
    """What the database holds of a case, whoever asks: for comparing before with after."""

    case: Case
    rows: list[Entry]
    keys: list[str]
    log: list[tuple[datetime, str, int, str]]
    guests: list[tuple[int, int, str, bool]]


async def _asks_after_three_days(given: Cast) -> None:
    """The provider has it on that a patient may be asked how it goes."""
    change = Change(key=KEY, body=msgspec.to_builtins(EndRules(check_in=True)), base_version=0)
    await save(
        given.database, given.house.hub, by=given.astrid, kind=VISIT_END, changes=[change], reason="Prov"
    )
    book.forget()


async def every_row(connection: Connection, ref: CaseRef) -> list[Entry]:
    """Every row of the timeline that the scope lets through, whatever it is for."""
    rows = await connection.fetch(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE provider_id = $1 AND case_id = $2 ORDER BY n", *ref
    )
    return [entry_from(row) for row in rows]


class World:
    """The case is Tuva's, sought by Elin, at Ängsviken. Matti is her other guardian, Ruben a stranger.

    Ylva and Hamid are nurses there, Siri is a physician, Petra an administrator, Astrid administers systems; Olle works
    at another unit, Nora for another provider. Who has the case, and who is a guest in it, the walk decides.
    """

    def __init__(self, given: Cast) -> None:
        self.given = given
        self.now = BEGINS
        self.ref = CaseRef(0, 0)
        self.told: list[str] = []

    @classmethod
    async def make(cls, database: Database) -> "World":
        with clock.at(BEGINS):
            given = await Cast.make(database)
            # An errand is put to the contact of somebody who is a patient already.
            ref = await given.waiting_case(given.elin, person_id=given.tuva)
            await leave_queue(given.house, by=given.elin, ref=ref)
            await _asks_after_three_days(given)
            return cls(given)

    def actor(self, name: str) -> Actor:
        """Who acts."""
        if name == SYSTEM:
            return SystemActor(self.given.angsviken.provider_id, "model")
        found: StaffActor | PatientActor = getattr(self.given, name)
        return found

    def staff_id(self, name: str) -> int:
        """The number of a member of staff."""
        found: int = getattr(self.given, name).staff_id
        return found

    async def begin(self, *, errand: bool, priority: int) -> None:
        """A new case: it waits in the queue, or arrives as a message that lies with Ylva."""
        given = self.given
        new = await given.new_case(given.elin, person_id=given.tuva, priority=priority)
        new = msgspec.structs.replace(new, reason=f"reason_{next(REASONS)}")
        if errand:
            new = msgspec.structs.replace(
                new,
                kind="administrative",
                open_for=timedelta(days=3),
                interview_id=await self._put_to_ylva(),
                owner_staff_id=given.ylva.staff_id,
            )
        self.ref = (await open_case(given.house, by=given.elin, new=new)).ref

    async def _put_to_ylva(self) -> int:
        """An interview with Tuva's contact: a patient gives nobody a case in any other way."""
        given, unit = self.given, self.given.angsviken
        contact = await set_contact(
            given.house, by=given.hamid, person_id=given.tuva, role="nurse", staff_id=given.ylva.staff_id
        )
        async with given.database.transaction(given.elin.scope) as connection:
            found: int = await connection.fetchval(
                "INSERT INTO interview (provider_id, unit_id, person_id, actor_person_id, protocol, version, stage, "
                "started_at, changed_at, contact_id) "
                "VALUES ($1, $2, $3, $4, 'contact_question', 1, 'post', $5, $5, $6) RETURNING interview_id",
                unit.provider_id,
                unit.unit_id,
                given.tuva,
                given.elin.person_id,
                clock.now(),
                contact.contact_id,
            )
        return found

    @contextlib.asynccontextmanager
    async def provider(self, provider_id: int | None = None) -> AsyncIterator[Connection]:
        """The provider's scope, for looking."""
        scope = provider_scope(provider_id or self.given.angsviken.provider_id)
        async with self.given.database.transaction(scope) as connection:
            yield connection

    async def seen(self, ref: CaseRef | None = None) -> Seen:
        """The whole of the case, or another one, as it stands."""
        ref = ref or self.ref
        async with self.provider(ref.provider_id) as connection:
            row = await connection.fetchrow(
                f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2", *ref
            )
            rows = await every_row(connection, ref)
            keys = await connection.fetch(
                "SELECT key FROM entry WHERE provider_id = $1 AND case_id = $2 AND key IS NOT NULL", *ref
            )
            log = await connection.fetch(
                "SELECT at, actor_kind, actor_id, action FROM access_log WHERE provider_id = $1 AND case_id = $2",
                *ref,
            )
            guests = await connection.fetch(
                "SELECT n, staff_id, mode, left_at IS NULL AS there FROM guest WHERE provider_id = $1 AND case_id = $2 "
                "ORDER BY n",
                *ref,
            )
        return Seen(
            case_from(row),
            rows,
            [one["key"] for one in keys],
            [(one["at"], one["actor_kind"], one["actor_id"], one["action"]) for one in log],
            [(one["n"], one["staff_id"], one["mode"], one["there"]) for one in guests],
        )
