"""What a patient has blocked for the provider's other units (*spärr*): written down and ended at the patient's word."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.blocks.actions import end_block, register_block
from vardlots.blocks.model import HOW_LABELS, REASON_MAX, Block, How
from vardlots.blocks.queries import block, blocks_of
from vardlots.cases.web import house, read_log
from vardlots.patients.pages import demand_open, person_in
from vardlots.people.queries import person, same_persons
from vardlots.platform import pages
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import text
from vardlots.platform.numbers import id_sent
from vardlots.platform.pages import see, when_words
from vardlots.worklist.shell import context, open_desk


@get("/staff/patients/{person:str}/blocks")
async def blocks_page(request: Web) -> Response[Any]:
    """The blocks that hold and those that have ended, and the form for a new one."""
    by = await web.carer(request)
    return await _draw(request, by, person_in(request))


@post("/staff/patients/{person:str}/blocks", status_code=303)
async def add_block(request: Web) -> Response[Any]:
    """Block what one unit has written for the provider's other units."""
    by = await web.carer(request)
    person_id = person_in(request)
    form = await request.form()
    typed = {name: str(form.get(name, "")).strip() for name in ("unit_id", "how", "reason")}
    await demand_open(request, by, person_id)
    where = house(request)
    try:
        await register_block(
            where.database,
            where.hub,
            by=by,
            person_id=person_id,
            unit_id=_unit(typed["unit_id"]),
            how=_how(typed["how"]),
            reason=typed["reason"],
        )
    except (Invalid, WrongState, Forbidden) as refusal:
        return await _draw(request, by, person_id, refusal, typed)
    return see(f"/staff/patients/{person_id}/blocks")


@post("/staff/patients/{person:str}/blocks/{block:str}/end", status_code=303)
async def finish_block(request: Web) -> Response[Any]:
    """End a block because the patient asks for it."""
    by = await web.carer(request)
    person_id = person_in(request)
    block_id = id_sent(str(request.path_params["block"]))
    form = await request.form()
    await demand_open(request, by, person_id)
    await _demand_own_block(request, by, person_id, block_id)
    where = house(request)
    try:
        await end_block(where.database, where.hub, by=by, block_id=block_id, why=str(form.get("why", "")))
    except (Invalid, WrongState, Forbidden) as refusal:
        return await _draw(request, by, person_id, refusal, {"block": str(block_id)})
    return see(f"/staff/patients/{person_id}/blocks")


async def _demand_own_block(request: Web, by: StaffActor, person_id: int, block_id: int) -> None:
    """Raises NotFound for a block of another patient than the one whose page is open."""
    async with house(request).database.transaction(by.scope) as connection:
        found = await block(connection, by.provider_id, block_id)
        ids = await same_persons(connection, [person_id])
    if found is None or found.person_id not in ids:
        raise NotFound()


def _unit(typed: str) -> int:
    try:
        return id_sent(typed)
    except NotFound:
        raise Invalid("unit_id", "Välj en enhet i listan.") from None


def _how(typed: str) -> How:
    try:
        return How(typed)
    except ValueError:
        raise Invalid("how", "Välj hur patienten bad om spärren.") from None


async def _draw(
    request: Web,
    by: StaffActor,
    person_id: int,
    refusal: Refusal | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    await demand_open(request, by, person_id)
    async with house(request).database.transaction(by.scope) as connection:
        patient = await person(connection, person_id)
        ids = await same_persons(connection, [person_id])
        blocks = await blocks_of(connection, by.provider_id, ids)
        desk = await open_desk(request, connection, by)
    if patient is None:
        raise NotFound()
    await read_log(request).record(access(by, "read_blocks", provider_id=by.provider_id, person_id=person_id))
    lang = desk.lang
    units = sorted(desk.known.units.values(), key=lambda one: one.name)
    values = {
        **context(desk, "patients", "/staff/patients"),
        "base": f"/staff/patients/{person_id}",
        "name": text(lang, "Patienten") if patient.protected else patient.name,
        "units": [{"value": str(one.unit_id), "label": one.name} for one in units],
        "ways": [
            {"value": how.value, "label": text(lang, label).capitalize()} for how, label in HOW_LABELS.items()
        ],
        "blocks": [_told(one, by, lang) for one in blocks],
        "reason_max": REASON_MAX,
        "form": typed or {},
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
    }
    return pages.page(request, "patients/blocks.html", values, status=refusal.status if refusal else 200)


def _told(one: Block, by: StaffActor, lang: str) -> dict[str, Any]:
    """A block in words. Which unit it is about, and why, only that unit reads; the others that something is blocked."""
    own = by.at_home(one.unit_id)
    line = text(
        lang,
        "Inlagd av {who} {when}. Patienten bad om den {how}.",
        who=one.registered_by_name,
        when=when_words(one.since, lang),
        how=text(lang, HOW_LABELS[one.how]),
    )
    ended = ""
    if one.ended_at is not None:
        words = {
            "when": when_words(one.ended_at, lang),
            "who": one.ended_by_name,
            "why": one.ended_why or "",
        }
        ended = text(lang, "Hävd {when} av {who}: {why}", **words)
    if not own:
        hidden = text(lang, "En annan enhet")
        return {
            "id": one.block_id,
            "unit": hidden,
            "reason": "",
            "line": "",
            "ended": ended and "-",
            "own": False,
        }
    return {
        "id": one.block_id,
        "unit": one.unit_name,
        "reason": one.reason,
        "line": line,
        "ended": ended,
        "own": True,
    }


HANDLERS = (blocks_page, add_block, finish_block)
