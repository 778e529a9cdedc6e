"""Search for a patient or a complaint within the filter. What is searched for is never part of an address or a log."""

from datetime import date
from typing import Annotated, Any

from litestar import Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.people import identity
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import when_words
from vardlots.worklist import search_queries
from vardlots.worklist.filters import Filter
from vardlots.worklist.rows import Pen, draw
from vardlots.worklist.shell import context, open_desk

MOST_TYPED = 80
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def number_in(typed: str, today: date) -> str | None:
    """The identity number that was typed, twelve signs, or None when it is none."""
    try:
        return identity.parse(typed, on=today).compact
    except identity.BadNumber:
        return None


async def find(
    connection: Connection, *, by: StaffActor, chosen: Filter, typed: str, pen: Pen
) -> list[dict[str, Any]]:
    """Cases whose patient has the number, or a name that begins so, or whose complaint holds the words.

    Persons with protected identity are found by their whole number only.
    """
    number = number_in(typed, clock.today())
    if number is not None:
        return await search_queries.by_number(connection, by=by, chosen=chosen, number=number)
    wanted = typed.casefold()
    codes = [code for code, name in pen.names.items() if wanted in name.casefold()]
    return await search_queries.by_words(
        connection, by=by, chosen=chosen, names=typed.split()[:3], reasons=codes
    )


@post("/staff/search", status_code=200)
async def search(request: Web, data: Form) -> Response[Any]:
    """The cases found, newest first. Only within one's own units; the search itself is logged."""
    by = await web.carer(request)
    typed = " ".join(data.get("q", "").split())[:MOST_TYPED]
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        found = (
            await find(connection, by=by, chosen=desk.chosen, typed=typed, pen=desk.pen)
            if len(typed) > 1
            else []
        )
    rows = [
        access(by, "search", provider_id=by.provider_id, person_id=row["person_id"], case_id=row["case_id"])
        for row in found
    ]
    await read_log(request).record(access(by, "search", provider_id=by.provider_id), *rows)
    lang = desk.lang
    if len(typed) < 2:
        line = text(lang, "Skriv minst två tecken: ett namn, en sökorsak eller ett helt personnummer.")
    elif found:
        line = plural(lang, "Ett ärende.", "{n} ärenden.", len(found))
    else:
        line = text(lang, "Inget ärende hittades på dina enheter. Prova fler roller eller enheter i filtret.")
    for row in found:
        draw(desk.pen, row)
        row["at"] = when_words(row["arrived_at"], lang)
        row["phase_name"] = phase_name(lang, row["phase"], row["booked_from"] is not None)
    values = {**context(desk, "", "/staff/drop-in"), "rows": found, "line": line, "typed": typed}
    return pages.page(request, "worklist/search.html", values)


def phase_name(lang: str, phase: str, booked: bool = False) -> str:
    """Where a case is, in a word or two. `booked`: it had a time, which a cancelled one was cancelled from."""
    if booked and phase == "cancelled":
        return text(lang, "Avbokad")
    return {
        "booked": text(lang, "Bokad"),
        "queued": text(lang, "Väntar i kö"),
        "accepted": text(lang, "Mottagen"),
        "ongoing": text(lang, "Pågår"),
        "follow_up": text(lang, "Asynkron fas"),
        "closed": text(lang, "Avslutad"),
        "cancelled": text(lang, "Patienten lämnade kön"),
    }[phase]
