"""The guardians of a child, for staff: who is blocked from the child, who decided it, and ending it (row A10)."""

from typing import Any, get_args

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.families.actions import NewBlock, block_guardian, unblock_guardian
from vardlots.families.model import APPROVERS, REASON_MAX, ROLE_OF, Approver, GuardianBlock
from vardlots.families.queries import all_guardians, blocks_of
from vardlots.patients.pages import demand_open, person_in
from vardlots.people.queries import Person, person
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import text
from vardlots.platform.numbers import id_sent
from vardlots.platform.pages import see, when_words
from vardlots.worklist.shell import context, open_desk

EVERYBODY = "all"


@get("/staff/patients/{person:str}/guardians")
async def guardians_page(request: Web) -> Response[Any]:
    """The blocks that hold and those that have ended, and the form for a new one."""
    by = await web.carer(request)
    return await _draw(request, by, person_in(request))


@post("/staff/patients/{person:str}/guardians", status_code=303)
async def add_block(request: Web) -> Response[Any]:
    """Block one guardian or all from the child, from this moment and everywhere."""
    by = await web.carer(request)
    child_id = person_in(request)
    form = await request.form()
    typed = {
        name: str(form.get(name, "")).strip() for name in ("guardian", "approver", "approved_by", "reason")
    }
    await demand_open(request, by, child_id)
    try:
        new = NewBlock(
            child_id=child_id,
            guardian_id=None if typed["guardian"] == EVERYBODY else _chosen(typed["guardian"], "guardian"),
            approved_by=_chosen(typed["approved_by"], "approved_by"),
            approver=_approver(typed["approver"]),
            reason=typed["reason"],
        )
        await block_guardian(house(request), by=by, new=new)
    except (Invalid, WrongState, Forbidden) as refusal:
        return await _draw(request, by, child_id, refusal, typed)
    return see(f"/staff/patients/{child_id}/guardians")


@post("/staff/patients/{person:str}/guardians/{block:str}/end", status_code=303)
async def end_block(request: Web) -> Response[Any]:
    """End a block, with the reason."""
    by = await web.carer(request)
    child_id = person_in(request)
    block_id = id_sent(str(request.path_params["block"]))
    form = await request.form()
    await demand_open(request, by, child_id)
    async with house(request).database.transaction(by.scope) as connection:
        # Another child's page has a door of its own.
        if block_id not in {one.block_id for one in await blocks_of(connection, child_id)}:
            raise NotFound()
    typed = {name: str(form.get(name, "")).strip() for name in ("approver", "approved_by", "reason")}
    try:
        await unblock_guardian(
            house(request),
            by=by,
            block_id=block_id,
            reason=typed["reason"],
            approved_by=_chosen(typed["approved_by"], "approved_by"),
            approver=_approver(typed["approver"]),
        )
    except (Invalid, WrongState, Forbidden) as refusal:
        return await _draw(request, by, child_id, refusal, {"block": str(block_id), "ending": typed})
    return see(f"/staff/patients/{child_id}/guardians")


def _chosen(typed: str, field: str) -> int:
    try:
        return id_sent(typed)
    except NotFound:
        raise Invalid(field, "Välj i listan.") from None


def _approver(typed: str) -> Approver:
    for one in get_args(Approver):
        if one == typed:
            found: Approver = one
            return found
    raise Invalid("approver", "Välj i vilken roll spärren godkändes.")


async def _draw(
    request: Web,
    by: StaffActor,
    child_id: int,
    refusal: Refusal | None = None,
    typed: dict[str, Any] | None = None,
) -> Response[Any]:
    await demand_open(request, by, child_id)
    async with house(request).database.transaction(by.scope) as connection:
        child = await person(connection, child_id)
        guardians = await all_guardians(connection, child_id)
        blocks = await blocks_of(connection, child_id)
        approvers = await _approvers(connection, by)
        desk = await open_desk(request, connection, by)
    if child is None:
        raise NotFound()
    await read_log(request).record(
        access(by, "read_guardians", provider_id=by.provider_id, person_id=child_id)
    )
    lang = desk.lang
    named = {one.person_id: _name(one, lang) for one in guardians}
    values = {
        **context(desk, "patients", "/staff/patients"),
        "base": f"/staff/patients/{child_id}",
        "child": text(lang, "barnet") if child.protected else child.name,
        "guardians": [
            *({"value": str(one), "label": name} for one, name in named.items()),
            {"value": EVERYBODY, "label": text(lang, "Alla vårdnadshavare, också okända")},
        ],
        "roles": [{"value": one, "label": text(lang, label)} for one, label in APPROVERS.items()],
        "approvers": approvers,
        "blocks": [_block(one, named, lang) for one in blocks],
        "reason_max": REASON_MAX,
        "form": typed or {},
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
    }
    return pages.page(request, "patients/guardians.html", values, status=refusal.status if refusal else 200)


def _name(one: Person, lang: str) -> str:
    """A guardian with protected identity is told of, never named."""
    return text(lang, "Vårdnadshavare med skyddade personuppgifter") if one.protected else one.name


def _block(one: GuardianBlock, named: dict[int, str], lang: str) -> dict[str, Any]:
    everybody = text(lang, "Alla vårdnadshavare")
    approved = text(
        lang,
        "Godkänd av {who}, {role}. Inlagd av {clerk} {when}.",
        who=one.approver_name,
        role=text(lang, APPROVERS[one.approver]).lower(),
        clerk=one.registered_by_name,
        when=when_words(one.since, lang),
    )
    return {
        "id": one.block_id,
        "who": everybody if one.guardian_id is None else named.get(one.guardian_id, text(lang, "Okänd")),
        "reason": one.reason,
        "line": approved,
        "ended": text(
            lang, "Hävd {when}: {why}", when=when_words(one.ended_at, lang), why=one.ended_why or ""
        )
        if one.ended_at
        else "",
    }


async def _approvers(connection: Connection, by: StaffActor) -> list[dict[str, str]]:
    """Those who may decide a block: heads of unit and physicians of the provider, by name."""
    rows = await connection.fetch(
        "SELECT DISTINCT s.staff_id, s.given_name || ' ' || s.family_name AS name, s.title FROM assignment a "
        "JOIN staff s USING (staff_id) WHERE a.provider_id = $1 AND a.role = ANY ($2::text[]) AND a.valid_from <= $3 "
        "AND (a.valid_to IS NULL OR a.valid_to >= $3) ORDER BY 2",
        by.provider_id,
        sorted(set(ROLE_OF.values())),
        clock.today(),
    )
    return [{"value": str(row["staff_id"]), "label": f"{row['name']}, {row['title']}"} for row in rows]


HANDLERS = (guardians_page, add_block, end_block)
