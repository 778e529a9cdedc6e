"""One consultation: what is asked, the thread, what came with it, and what may be done from one's side (E2)."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.blocks.queries import blocked_cases
from vardlots.cases.queries import Attachment
from vardlots.cases.web import house, read_log
from vardlots.clinics.queries import face_of, roles_of, unit
from vardlots.consultations import actions
from vardlots.consultations import queries as consultations
from vardlots.consultations.model import Act, Consultation, ConsultationRef, Entry, Side, sides_of
from vardlots.consultations.policy import may
from vardlots.consultations.states import next_state
from vardlots.people.queries import Person, person
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import text
from vardlots.worklist.consultations.lists import PATH
from vardlots.worklist.consultations.one_draw import drawn
from vardlots.worklist.shell import context, open_desk


class Related(msgspec.Struct, frozen=True):
    """A visit that came with it. `blocked`: nothing more than that is told of it."""

    case_id: int
    unit_id: int
    reason: str
    phase: str
    booked: bool
    owner: str
    blocked: bool


class One(msgspec.Struct, frozen=True):
    """A consultation with all that its page shows."""

    found: Consultation
    held: frozenset[Side]
    rows: list[Entry]
    person: Person | None
    related: list[Related]
    files: list[Attachment]
    sender: str
    owner: str
    from_unit: str
    from_provider: str
    to_unit: str
    to_provider: str
    role: str

    def may(self, by: StaffActor, verb: Act, side: Side) -> bool:
        """Whether the actor may do it now from a side of theirs."""
        if side not in self.held or may(by, verb, self.found, side) is not None:
            return False
        return next_state(self.found.state, verb) is not None or (verb is Act.END and side is Side.SENDER)


def ref_in(request: Web) -> ConsultationRef:
    """The consultation that the address names. Raises NotFound."""
    return ConsultationRef.parse(str(request.path_params["consultation"]))


@get(f"{PATH}/{{consultation:str}}")
async def consultation(request: Web) -> Response[Any]:
    """The whole page."""
    return await show(request, await web.carer(request), ref_in(request))


@get(f"{PATH}/{{consultation:str}}/parts")
async def consultation_parts(request: Web) -> Response[Any]:
    """What moves of it, by the same template."""
    return await show(request, await web.carer(request), ref_in(request), part=True)


async def show(
    request: Web,
    by: StaffActor,
    ref: ConsultationRef,
    *,
    refusal: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
    part: bool = False,
) -> Response[Any]:
    """The page, once the reading is in the log; what is on it counts as read by the actor's side."""
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        one = await read_one(connection, by=by, ref=ref, lang=desk.lang)
    found = one.found
    case_id = found.from_case_id if found.provider_id == by.provider_id else None
    row = access(
        by, "read_consultation", provider_id=by.provider_id, person_id=found.person_id, case_id=case_id
    )
    await read_log(request).record(row)
    if not part:
        # What comes by itself is read when it is on the screen: the page's script says so.
        await actions.mark_read(house(request), by=by, ref=ref, n=found.last_n)
    values = {
        **context(desk, "consultations", PATH),
        **drawn(desk, one),
        "key": (typed or {}).get("key") or str(uuid4()),
        "typed_form": dict(typed or {}),
        "fault": text(desk.lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
    }
    template = "worklist/consultation_parts.html" if part else "worklist/consultation.html"
    return pages.page(request, template, values, status=refusal.status if refusal else 200)


async def read_one(connection: Connection, *, by: StaffActor, ref: ConsultationRef, lang: str) -> One:
    """All of it, from the actor's side of the wall. Raises NotFound or Forbidden."""
    found = await consultations.readable(connection, by=by, ref=ref)
    sender, owner = (
        await face_of(connection, found.from_staff_id),
        await face_of(connection, found.owner_staff_id),
    )
    asks, asked = await unit(connection, found.from_unit_id), await unit(connection, found.unit_id)
    assert sender is not None
    assert asks is not None
    assert asked is not None  # foreign keys say so
    return One(
        found=found,
        held=sides_of(by, found),
        rows=await consultations.thread(connection, found, by=by),
        # Beyond the wall nobody is found: what was typed of them is all that is known.
        person=await person(connection, found.person_id) if found.provider_id == by.provider_id else None,
        related=await _related(connection, by, ref),
        files=await _files(connection, by, ref),
        sender=sender.name,
        owner=owner.name if owner else "",
        from_unit=asks.name,
        from_provider=asks.provider_name,
        to_unit=asked.name,
        to_provider=asked.provider_name,
        role=(await roles_of(connection, found.to_provider_id)).said(found.role, lang),
    )


async def _files(connection: Connection, by: StaffActor, ref: ConsultationRef) -> list[Attachment]:
    """The files that go with it; of a visit that the patient has blocked not even their names."""
    found = await consultations.files_of(connection, ref)
    hidden = await blocked_cases(connection, by=by, case_ids=[one.case_id for one in found if one.case_id])
    return [one for one in found if one.case_id not in hidden]


async def _related(connection: Connection, by: StaffActor, ref: ConsultationRef) -> list[Related]:
    ids = await consultations.related_ids(connection, ref)
    rows = await connection.fetch(
        "SELECT c.case_id, c.unit_id, c.reason, c.phase, c.booked_from IS NOT NULL AS booked, "
        "coalesce(s.given_name || ' ' || s.family_name, '') AS owner FROM care_case c "
        "LEFT JOIN staff s ON s.staff_id = c.owner_staff_id "
        "WHERE c.provider_id = $1 AND c.case_id = ANY ($2::bigint[]) ORDER BY c.arrived_at DESC",
        by.provider_id,
        ids,
    )
    hidden = await blocked_cases(connection, by=by, case_ids=ids)
    return [Related(**row, blocked=row["case_id"] in hidden) for row in rows]
