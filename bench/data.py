"""The data that the measurements run on, written straight into the tables: it is a volume, not a story.

A region of the size of `domain.md` 7: one provider with eight units, staff, patients, ended cases with their
timelines, fifty cases waiting at one unit, and two hundred visits that go on.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg

UNITS = 8
STAFF = 64
CHATS = 200
WAITING = 50
PATIENTS = 20_000
FEW = 3_000
FOLLOWED = 240
# Numbers are apart so that nobody has two cases of the same reason: the patient is the number modulo PATIENTS.
FIRST_FOLLOWED = 39_000_001
FIRST_CHAT = 40_000_001
FIRST_WAITING = 41_001_001

_ORGANISATION = f"""
INSERT INTO provider (provider_id, name, kind, hsa_id, scheme)
  VALUES (1, 'Region Lotsvik', 'region', 'SE0000000000-B1', '1-12'),
         (2, 'Grannen', 'region', 'SE0000000000-B2', '1-12');
INSERT INTO unit (provider_id, unit_id, name, kind, hsa_id, opening)
  SELECT 1, n, 'Enhet ' || n, 'health_centre', 'SE0000000000-BU' || n,
         (SELECT jsonb_object_agg(d::text, '["00:00", "24:00"]'::jsonb) FROM generate_series(0, 6) d)
  FROM generate_series(1, {UNITS}) n;
INSERT INTO staff (staff_id, hsa_id, given_name, family_name, title)
  SELECT n, 'SE0000000000-BS' || n, 'Person', 'Nummer ' || n, 'Sjuksköterska' FROM generate_series(1, {STAFF}) n;
INSERT INTO assignment (provider_id, assignment_id, staff_id, unit_id, role, hsa_id)
  SELECT 1, n, n, 1, 'nurse', 'SE0000000000-BA' || n FROM generate_series(1, {STAFF}) n;
INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at)
  SELECT 1, n, 1, 'nurse', 'primary', now() - interval '2 hours' FROM generate_series(1, {STAFF}) n;
INSERT INTO person (person_id, given_name, family_name, birth_date, mobile, created_at)
  SELECT n, 'Förnamn', 'Efternamn ' || n, date '1940-01-01' + (n % 28000), '+46701740605', now()
  FROM generate_series(1, {PATIENTS}) n;
INSERT INTO person_identifier (system, value, person_id)
  SELECT 'http://electronichealth.se/identifier/personnummer', lpad(n::text, 12, '0'), n
  FROM generate_series(1, {PATIENTS}) n;
INSERT INTO patient (provider_id, person_id, registered_at, registered_by)
  SELECT 1, n, now(), 'self' FROM generate_series(1, {PATIENTS}) n;
"""

_INTERVIEWS = """
INSERT INTO interview (provider_id, interview_id, unit_id, person_id, actor_person_id, protocol, version, stage,
                       started_at, changed_at, case_id)
SELECT 1, n, 1 + n % $3, 1 + n % $4, 1 + n % $4, 'sore_throat', 1, 'done', now(), now(), n
FROM generate_series($1::bigint, $2::bigint) n
"""
_ENDED = """
INSERT INTO care_case (provider_id, case_id, person_id, actor_person_id, unit_id, role, interview_id, reason, phase,
  priority, triage_priority, owner_staff_id, arrived_at, accepted_at, started_at, ended_at, changed_at, last_n,
  writable_until, noted_at)
SELECT 1, n, 1 + n % $4, 1 + n % $4, 1 + n % $3, 'nurse', n, 'sore_throat', 'closed', 1 + n % 5, 1 + n % 5,
       1 + n % 64, t, t + interval '5 min', t + interval '6 min', t + interval '20 min', t, $5,
       CASE WHEN n % 2 = 0 THEN t + interval '3 days' END, CASE WHEN n > 200 THEN t + interval '25 min' END
FROM generate_series($1::bigint, $2::bigint) n, LATERAL (SELECT now() - interval '3 hours' - n * interval '40 s' AS t) x
"""
# Ended, and open for writing still: every other has been written in.
_FOLLOWED = f"""
INSERT INTO care_case (provider_id, case_id, person_id, actor_person_id, unit_id, role, interview_id, reason, phase,
  priority, triage_priority, owner_staff_id, arrived_at, accepted_at, started_at, ended_at, changed_at, last_n,
  patient_last_n, writable_until, inbox_at, noted_at)
SELECT 1, n, 1 + n % {PATIENTS}, 1 + n % {PATIENTS}, 1, 'nurse', n, 'sore_throat', 'follow_up', 3, 3, 1 + n % {STAFF},
       t, t, t, t + interval '20 min', t, 1, 1, t + interval '7 days',
       CASE WHEN n % 2 = 0 THEN t + interval '40 min' END, t + interval '25 min'
FROM generate_series($1::bigint, $2::bigint) n,
     LATERAL (SELECT now() - interval '4 hours' - (n % 40) * interval '30 s' AS t) x
"""
_ROWS = """
INSERT INTO entry (provider_id, case_id, n, person_id, at, kind, audience, author_kind, author_id, author_name, body)
SELECT 1, c, k, 1 + c % $3, now() - c * interval '40 s', CASE WHEN k = 1 THEN 'opened' ELSE 'message' END,
       'patient', 'patient', 1 + c % $3, 'Förnamn Efternamn',
       CASE WHEN k = 1 THEN '{"priority": 3}'::jsonb ELSE '{"text": "Det har gjort ont sedan i går kväll."}'::jsonb END
FROM generate_series($1::bigint, $2::bigint) c, generate_series(1, $4::int) k
"""


class Region:
    """The region's database as its owner, past row-level security, for filling it."""

    def __init__(self, admin_url: str, tell: Callable[[str], None]) -> None:
        self._url = admin_url
        self._tell = tell
        self._db: asyncpg.Connection

    @classmethod
    async def connect(cls, admin_url: str, tell: Callable[[str], None]) -> "Region":
        """`admin_url` is a role that row-level security does not bind and that may skip foreign keys."""
        region = cls(admin_url, tell)
        await region.connect_again()
        return region

    async def connect_again(self) -> None:
        """A new connection: a measurement may have restarted the database."""
        self._db = await asyncpg.connect(self._url, command_timeout=1800)
        await self._db.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")

    async def lay(self) -> None:
        """The organisation, its staff and its patients."""
        await self._db.execute(_ORGANISATION)

    async def lay_first(self) -> None:
        """All that is there before the years: few ended cases, some that wait, go on, or are open to write in."""
        await self.lay()
        await self.add_ended(1, FEW, 3)
        await self.add_open(FIRST_WAITING, WAITING, "queued")
        await self.add_open(FIRST_CHAT, CHATS, "ongoing")
        await self.add_followed(FIRST_FOLLOWED, FOLLOWED)
        await self.settle()

    async def add_ended(self, first: int, last: int, rows: int, *, patients: int = PATIENTS) -> None:
        """Ended cases numbered first to last, of the first so many patients, each with so many timeline rows.

        Without any rows the answers behind them are left out too: nothing that lists cases looks at those.
        """
        started = time.perf_counter()
        step = 50_000
        for begin in range(first, last + 1, step):
            span = (begin, min(begin + step - 1, last))
            await self._db.execute(_ENDED, *span, UNITS, patients, rows)
            if rows:
                await self._db.execute(_INTERVIEWS, *span, UNITS, patients)
                await self._db.execute(_ROWS, *span, patients, rows)
        self._tell(f"  {last - first + 1:,} ended cases in {time.perf_counter() - started:.0f} s")

    async def add_open(self, first: int, count: int, phase: str, unit: int = 1) -> None:
        """Cases that wait (`queued`) or go on (`ongoing`), each for a patient of its own."""
        now = datetime.now(UTC)
        owner = "NULL" if phase == "queued" else f"1 + n % {STAFF}"
        taken = "NULL" if phase == "queued" else "$4::timestamptz"
        await self._db.execute(_INTERVIEWS, first, first + count - 1, UNITS, PATIENTS)
        await self._db.execute(
            f"""
            INSERT INTO care_case (provider_id, case_id, person_id, actor_person_id, unit_id, role, interview_id,
              reason, phase, priority, triage_priority, owner_staff_id, arrived_at, accepted_at, started_at,
              changed_at, last_n)
            SELECT 1, n, 1 + n % {PATIENTS}, 1 + n % {PATIENTS}, $3, 'nurse', n, 'sore_throat', '{phase}',
              1 + n % 5, 1 + n % 5, {owner}, $4::timestamptz - (n % 40) * interval '30 s', {taken}, {taken}, $4, 1
            FROM generate_series($1::bigint, $2::bigint) n""",
            first,
            first + count - 1,
            unit,
            now,
        )
        await self._db.execute(_ROWS, first, first + count - 1, PATIENTS, 1)

    async def add_followed(self, first: int, count: int) -> None:
        """Cases that have ended and can be written in still, at unit 1."""
        await self._db.execute(_INTERVIEWS, first, first + count - 1, UNITS, PATIENTS)
        await self._db.execute(_FOLLOWED, first, first + count - 1)
        await self._db.execute(_ROWS, first, first + count - 1, PATIENTS, 1)

    async def add_staff(self, first: int, count: int) -> None:
        """Nurses on shift, the first at unit 1, the next at unit 2 and so on; their assignments have their numbers."""
        for statement in (
            "INSERT INTO staff (staff_id, hsa_id, given_name, family_name, title) SELECT n, 'SE0000000000-DS' || n, "
            "'Person', 'Nummer ' || n, 'Sjuksköterska' FROM generate_series($1::int, $2::int) n",
            "INSERT INTO assignment (provider_id, assignment_id, staff_id, unit_id, role, hsa_id) "
            f"SELECT 1, n, n, 1 + (n - $1::int) % {UNITS}, 'nurse', 'SE0000000000-DA' || n "
            "FROM generate_series($1::int, $2::int) n",
            "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at) "
            f"SELECT 1, n, 1 + (n - $1::int) % {UNITS}, 'nurse', 'primary', now() "
            "FROM generate_series($1::int, $2::int) n",
        ):
            await self._db.execute(statement, first, first + count - 1)

    async def add_log(self, people: str, statement: str, rows: int) -> None:
        """So many rows of the access log, the oldest first, and who reads them."""
        await self._db.execute(people)
        await self._db.execute(statement, rows)
        await self._db.execute("VACUUM (ANALYZE) access_log")

    async def add_tickets(self, statement: str, tickets: int, after: int) -> None:
        """So many tickets that are over, older than `after` of them that stand there already."""
        await self._db.execute(statement, tickets, after)
        await self._db.execute("VACUUM (ANALYZE) ticket")

    async def settle(self) -> None:
        """Statistics and visibility as they are on a database that has been running for a while."""
        await self._db.execute("SELECT setval('case_number', 50000000), setval('interview_number', 50000000)")
        await self._db.execute(
            "VACUUM (ANALYZE) care_case, entry, interview, person, patient, person_identifier"
        )

    async def run(self, statement: str, *values: object) -> None:
        """A statement that fills."""
        await self._db.execute(statement, *values)

    async def one(self, statement: str, *values: object) -> object:
        """One value, for checking what a measurement left."""
        return await self._db.fetchval(statement, *values)

    async def close(self) -> None:
        await self._db.close()
