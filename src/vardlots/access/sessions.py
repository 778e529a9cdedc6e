"""Sessions: a random token in the cookie, its hash in the database, the actor it stands for.

A session has an idle and an absolute limit, is made anew at each sign-in, and is ended by its owner, by the system,
or by a withdrawn assignment. Actors are kept for a few seconds in the process; an ended session is
dropped at once here, and by signal in the other processes.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.reach import reach
from vardlots.clinics.roles import Roles, title_for_patients
from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Connection, Database
from vardlots.platform.live import Hub, Signal

MOST_KEPT = 20_000
KEPT_SECONDS = 5.0
SEEN_STEP = timedelta(minutes=1)


class Limits(msgspec.Struct, frozen=True):
    """How long a session lives without a sign of life, and at the most."""

    idle: timedelta
    absolute: timedelta


class _Kept(msgspec.Struct):
    actor: StaffActor | PatientActor
    good_until: datetime


def token_hash(token: str) -> bytes:
    """What the database holds of a token."""
    return hashlib.sha256(token.encode()).digest()


def _good_until(actor: StaffActor | PatientActor, now: datetime, ends_at: datetime) -> datetime:
    """How long an actor is kept: a few seconds, never past the end of the session, nor past the midnight at which an
    assignment may run out, or a birthday that changes whom somebody may act for."""
    kept = min(now + timedelta(seconds=KEPT_SECONDS), ends_at)
    if isinstance(actor, StaffActor):
        return min(kept, midnight(clock.today() + timedelta(days=1)))
    return kept if actor.holds_until is None else min(kept, actor.holds_until)


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: Database, hub: Hub, limits: Limits, *, secure: bool = False) -> None:
        """`secure` when the site is reached over https: its cookies then carry the host in their name."""
        self.secure = secure
        self._database = database
        self._hub = hub
        self.limits = limits
        self._kept: dict[bytes, _Kept] = {}
        self._hash_of: dict[int, bytes] = {}  # by session id: one is forgotten without a look at all others
        self._ends = 0
        # Whoever ends a session, or changes what it reaches, tells so by its topic: here and from other processes.
        hub.watch("session", lambda signal: self.forget(int(signal.topic.partition(":")[2])))

    @property
    def hub(self) -> Hub:
        """Where the end of a session is told."""
        return self._hub

    async def open_for_staff(self, *, staff_id: int, assignment_id: int, acr: str, device: str = "") -> str:
        """A new session for a member of staff in one assignment. Returns the token for the cookie.

        `device` is what its owner knows it by (`devices.device_of`).
        """
        return await self._open(
            kind="staff", staff_id=staff_id, assignment_id=assignment_id, acr=acr, device=device
        )

    async def open_for_patient(
        self, *, person_id: int, acr: str, alone: bool = False, device: str = ""
    ) -> str:
        """A new session for a patient, `alone` where they may act for no child. Returns the token for the cookie."""
        return await self._open(kind="patient", person_id=person_id, acr=acr, alone=alone, device=device)

    async def _open(
        self,
        *,
        kind: str,
        acr: str,
        device: str,
        staff_id: int | None = None,
        assignment_id: int | None = None,
        person_id: int | None = None,
        alone: bool = False,
    ) -> str:
        token = secrets.token_urlsafe(32)
        now = clock.now()
        async with self._database.transaction(NOBODY) as connection:
            # What nobody signed out of is written off, so that few are open in the table as well.
            await connection.execute(
                "UPDATE session SET ended_at = expires_at, ended_why = 'expired' WHERE ended_at IS NULL "
                "AND expires_at <= $3 AND (staff_id = $1 OR person_id = $2)",
                staff_id,
                person_id,
                now,
            )
            await connection.execute(
                "INSERT INTO session (token_hash, kind, staff_id, assignment_id, person_id, acr, created_at, seen_at, "
                "expires_at, for_self_only, device) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)",
                token_hash(token),
                kind,
                staff_id,
                assignment_id,
                person_id,
                acr,
                now,
                now + self.limits.absolute,
                alone,
                device,
            )
        return token

    async def actor(self, token: str, *, touch: bool = True) -> StaffActor | PatientActor | None:
        """The actor behind a token, or None when there is no such living session.

        With `touch` the look counts as a sign of life; an open stream alone keeps no session alive.
        """
        hashed = token_hash(token)
        now = clock.now()
        kept = self._kept.get(hashed)
        # Further away than it was ever set: the clock has gone back.
        if kept is not None and now < kept.good_until <= now + timedelta(seconds=KEPT_SECONDS):
            return kept.actor
        self._kept.pop(hashed, None)
        ends = self._ends
        actor, ends_at = await self._look_up(hashed, now, touch=touch)
        # A session that ended while it was looked up is not kept as if it lived.
        if actor is not None and ends == self._ends:
            self._keep(hashed, _Kept(actor, _good_until(actor, now, ends_at)))
        return actor

    def _keep(self, hashed: bytes, kept: _Kept) -> None:
        if len(self._hash_of) > MOST_KEPT:
            self._kept.clear()
            self._hash_of.clear()
        self._kept[hashed] = kept
        self._hash_of[kept.actor.session_id] = hashed

    async def _look_up(
        self, hashed: bytes, now: datetime, *, touch: bool
    ) -> tuple[StaffActor | PatientActor | None, datetime]:
        """The actor, and when the session ends if nothing more is heard of it."""
        async with self._database.transaction(NOBODY) as connection:
            row = await connection.fetchrow(
                "SELECT session_id, kind, staff_id, assignment_id, person_id, seen_at, expires_at FROM session "
                "WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2 AND seen_at > $3",
                hashed,
                now,
                now - self.limits.idle,
            )
            if row is None:
                return None, now
            seen_at = row["seen_at"]
            if touch and abs(now - seen_at) > SEEN_STEP:
                seen_at = now
                await connection.execute(
                    "UPDATE session SET seen_at = $2 WHERE session_id = $1", row["session_id"], now
                )
            ends_at = min(row["expires_at"], seen_at + self.limits.idle)
            session_id = row["session_id"]
            if row["kind"] == "staff":
                staff_id, assignment_id = row["staff_id"], row["assignment_id"]
                working = await staff_actor(
                    connection, staff_id=staff_id, assignment_id=assignment_id, session_id=session_id
                )
                return working, ends_at
        seeking = await patient_actor(self._database, person_id=row["person_id"], session_id=session_id)
        return seeking, ends_at

    async def end(self, token: str, *, why: str) -> None:
        """End a session everywhere, its open streams too. Ending twice is no fault."""
        hashed = token_hash(token)
        async with self._database.transaction(NOBODY) as connection:
            session_id = await connection.fetchval(
                "UPDATE session SET ended_at = $2, ended_why = $3 WHERE token_hash = $1 AND ended_at IS NULL "
                "RETURNING session_id",
                hashed,
                clock.now(),
                why,
            )
        self._ends += 1
        self._kept.pop(hashed, None)
        if session_id is not None:
            self._hub.publish([Signal(f"session:{session_id}")])

    def forget(self, session_id: int) -> None:
        """Look a session up anew: it has ended, or reaches something else than before."""
        self._ends += 1
        hashed = self._hash_of.pop(session_id, None)
        if hashed is not None:
            self._kept.pop(hashed, None)


async def staff_actor(
    connection: Connection, *, staff_id: int, assignment_id: int, session_id: int = 0
) -> StaffActor | None:
    """The actor of a member of staff in one assignment; None when the assignment is no longer valid.

    The open shift, where there is one at the same provider, decides the active unit and role (requirement A5), as
    long as there is an assignment for them. What the role may do is the provider's to say (A2); a pooled resource
    lets whoever holds its role at its unit reach the units that it serves (A3).
    """
    row: Any = await connection.fetchrow(
        """
        SELECT s.given_name, s.family_name, s.title, s.picture, s.preferences, a.provider_id,
               coalesce(h.unit_id, a.unit_id) AS unit_id, coalesce(h.role, a.role) AS role,
               (SELECT coalesce(jsonb_agg(r), '[]') FROM role r WHERE r.provider_id = a.provider_id) AS own_roles,
               home.unit_ids, home.roles,
               ARRAY(SELECT DISTINCT v.unit_id FROM assignment o
                     JOIN resource r ON r.provider_id = o.provider_id AND r.unit_id = o.unit_id AND r.role = o.role
                       AND r.pooled AND r.active AND (r.staff_id IS NULL OR r.staff_id = o.staff_id)
                     JOIN resource_serves v ON v.provider_id = r.provider_id AND v.resource_id = r.resource_id
                     WHERE o.staff_id = s.staff_id AND o.provider_id = a.provider_id
                       AND o.valid_from <= $3 AND (o.valid_to IS NULL OR o.valid_to >= $3)) AS served
        FROM staff s
        JOIN assignment a USING (staff_id)
        LEFT JOIN shift h ON h.staff_id = s.staff_id AND h.provider_id = a.provider_id AND h.ended_at IS NULL
          AND EXISTS (SELECT FROM assignment w
                      WHERE w.staff_id = h.staff_id AND w.provider_id = h.provider_id AND w.unit_id = h.unit_id
                        AND w.role = h.role AND w.valid_from <= $3 AND (w.valid_to IS NULL OR w.valid_to >= $3))
        CROSS JOIN LATERAL (
          SELECT array_agg(DISTINCT o.unit_id) AS unit_ids, array_agg(DISTINCT o.role) AS roles FROM assignment o
          WHERE o.staff_id = s.staff_id AND o.provider_id = a.provider_id
            AND o.valid_from <= $3 AND (o.valid_to IS NULL OR o.valid_to >= $3)) home
        WHERE s.staff_id = $1 AND a.assignment_id = $2
          AND a.valid_from <= $3 AND (a.valid_to IS NULL OR a.valid_to >= $3)
        """,
        staff_id,
        assignment_id,
        clock.today(),
    )
    if row is None:
        return None
    roles = Roles(row["own_roles"])
    role = roles.of(row["role"])
    return StaffActor(
        staff_id=staff_id,
        provider_id=row["provider_id"],
        unit_id=row["unit_id"],
        unit_ids=frozenset(row["unit_ids"]) | frozenset(row["served"]),
        home_unit_ids=frozenset({row["unit_id"]}),
        role=row["role"],
        clinical=role.clinical,
        cares=role.cares,
        administers=role.administers,
        reviews=role.reviews,
        name=f"{row['given_name']} {row['family_name']}",
        title=row["title"],
        session_id=session_id,
        patient_title=title_for_patients(row["title"], [roles.of(code) for code in row["roles"]]),
        picture=str(row["picture"] or ""),
        shows_help=row["preferences"].get("help") is True,
    )


async def patient_actor(database: Database, *, person_id: int, session_id: int = 0) -> PatientActor | None:
    """The actor of a patient with the children they may act for today (requirement A10); None for nobody."""
    return await reach(database, person_id=person_id, session_id=session_id)
