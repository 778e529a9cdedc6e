"""An administrative errand on its way from the last answer to the unit that reads it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.cases import web
from vardlots.cases.actions import NewCase, open_case
from vardlots.clinics import queries as clinics
from vardlots.platform.errors import WrongState
from vardlots.platform.pages import see
from vardlots.triage import services
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import keep_before, new_case
from vardlots.triage.routes import standing_in
from vardlots.triage.web import same_case_url


def reader(kept: Kept, at_unit: Collection[str]) -> str:
    """The role that reads an errand at a unit that has these: the one it is for, or whoever stands in for that."""
    assert kept.outcome is not None
    return standing_in(kept.outcome["role"], at_unit, kept.practice.routing.order)


def new_errand(kept: Kept, at_unit: Collection[str]) -> NewCase:
    """What is sent: to which role of those at the unit, and how it arrives, as the provider has chosen."""
    assert kept.outcome is not None
    reason = kept.practice.reasons.get(kept.reason)
    way = services.arrives(
        chosen=reason.arrives if reason else "scheme",
        scheme=kept.outcome["scheme"],
        priority=kept.outcome["priority"],
    )
    days = reason.open_days if reason else services.OPEN_DAYS
    return msgspec.structs.replace(
        new_case(kept),
        role=reader(kept, at_unit),
        kind=services.CASE_KIND,
        open_for=timedelta(days=days) if way == "inbox" else None,
    )


async def send_errand(request: Web, by: PatientActor, kept: Kept, answers: dict[str, Any]) -> Response[bytes]:
    """Keep what was answered last and send the errand, at any hour: it is read when the unit has opened.

    Sent twice it is one. Where the same errand waits in the queue already, to that one.
    """
    house = web.house(request)
    try:
        kept = await keep_before(house, by=by, kept=kept, answers=answers)
    except WrongState:
        return see(f"/interview/{kept.ref}")
    async with house.database.transaction(by.scope) as connection:
        places = await clinics.resources_of(connection, kept.provider_id)
    at_unit = services.roles_at(places, kept.practice.roles, kept.unit_id)
    try:
        case = await open_case(house, by=by, new=new_errand(kept, at_unit))
    except WrongState as refusal:
        if refusal.code == "moved":
            return see(f"/interview/{kept.ref}")
        if refusal.code == "already_active" and (url := await same_case_url(request, by, kept)):
            return see(url)
        raise
    return see(f"/my/cases/{case.ref}/sent")
