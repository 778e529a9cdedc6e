"""*Ersättare*: when one is away, and who stands in; the head of a unit says so for those who work there (row F3)."""

from datetime import date
from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.clinics.queries import assignments_of
from vardlots.contacts import actions, queries
from vardlots.contacts.model import NamedAbsence
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import text
from vardlots.platform.numbers import id_sent
from vardlots.platform.pages import day_words, see
from vardlots.preferences.frame import SUBSTITUTES, frame

FIELDS = ("staff", "stand_in", "from_day", "to_day")


@get(SUBSTITUTES)
async def substitutes(request: Web) -> Response[str]:
    """Absences now and to come, those whom one stands in for, and the form."""
    return await _draw(request, await web.carer(request))


@post(SUBSTITUTES, status_code=303)
async def add(request: Web) -> Response[Any]:
    """Say that somebody is away and who stands in."""
    by = await web.carer(request)
    form = await request.form()
    typed = {name: str(form.get(name, "")).strip() for name in FIELDS}
    try:
        await actions.note_absence(
            house(request),
            by=by,
            staff_id=id_sent(typed["staff"]) if typed["staff"] else by.staff_id,
            stand_in_id=_stand_in(typed["stand_in"]),
            from_day=_day(typed["from_day"], "from_day"),
            to_day=_day(typed["to_day"], "to_day"),
        )
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return await _draw(request, by, refusal, typed)
    return see(SUBSTITUTES)


@post(f"{SUBSTITUTES}/{{absence:str}}/end", status_code=303)
async def end(request: Web) -> Response[Any]:
    """Take an absence back."""
    by = await web.carer(request)
    try:
        await actions.end_absence(
            house(request), by=by, absence_id=id_sent(str(request.path_params["absence"]))
        )
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return await _draw(request, by, refusal)
    return see(SUBSTITUTES)


def _stand_in(typed: str) -> int | None:
    """Who stands in; `role` for nobody in particular. Raises Invalid where nothing is chosen."""
    if typed == "role":
        return None
    try:
        return id_sent(typed)
    except NotFound:
        raise Invalid("stand_in", "Välj vem som svarar.") from None


def _day(typed: str, field: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid(field, "Välj en dag.") from None


async def _draw(
    request: Web, by: StaffActor, refusal: Refusal | None = None, typed: dict[str, str] | None = None
) -> Response[str]:
    async with house(request).database.transaction(by.scope) as connection:
        shell = await frame(request, connection, by, SUBSTITUTES)
        people = await _colleagues(connection, by)
        theirs = {by.staff_id: by.name} if not by.administers else {by.staff_id: by.name} | people
        absences = await queries.coming_absences(connection, by.provider_id, list(theirs))
        for_others = await queries.stands_in_for(connection, by=by)
    lang, today = shell["lang"], clock.today()
    return pages.page(
        request,
        "preferences/substitutes.html",
        shell
        | {
            "absences": [_row(one, by, lang, today) for one in absences],
            "stands_in_for": [
                text(
                    lang,
                    "Du svarar för {name} till och med {day}.",
                    name=one.name,
                    day=day_words(one.to_day, lang),
                )
                for one in for_others
            ],
            "whose": [{"value": str(number), "label": name} for number, name in theirs.items()]
            if by.administers
            else [],
            "people": [
                *(
                    {"value": str(number), "label": name}
                    for number, name in people.items()
                    if by.administers or number != by.staff_id
                ),
                {"value": "role", "label": text(lang, "Ingen särskild, rollen på enheten svarar")},
            ],
            "today": today.isoformat(),
            "typed_form": typed or {},
            "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
            "field": refusal.field if isinstance(refusal, Invalid) else "",
        },
        status=refusal.status if refusal else 200,
    )


async def _colleagues(connection: Connection, by: StaffActor) -> dict[int, str]:
    """Those who work at the actor's units today, by name."""
    units = {one.unit_id for one in await assignments_of(connection, by.staff_id)}
    found: dict[int, str] = {}
    for unit_id in sorted(units):
        for one in await queries.colleagues_at(connection, by.provider_id, unit_id):
            found[one.staff_id] = one.name
    return dict(sorted(found.items(), key=lambda one: one[1]))


def _row(one: NamedAbsence, by: StaffActor, lang: str, today: date) -> dict[str, Any]:
    days = (
        day_words(one.from_day, lang)
        if one.from_day == one.to_day
        else text(
            lang, "{first} till {last}", first=day_words(one.from_day, lang), last=day_words(one.to_day, lang)
        )
    )
    return {
        "name": text(lang, "Du") if one.staff_id == by.staff_id else one.name,
        "line": text(lang, "{days}: {who} svarar", days=days, who=one.stand_in)
        if one.stand_in
        else text(lang, "{days}: rollen på enheten svarar", days=days),
        "now": one.on(today),
        "end_url": f"{SUBSTITUTES}/{one.absence_id}/end",
    }


HANDLERS = (substitutes, add, end)
