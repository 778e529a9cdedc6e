"""A patient's extract on paper: for whoever asks for it without signing in. Why and to whom is logged."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.patients.queries import by_number
from vardlots.people import identity
from vardlots.people.queries import Person, is_guardian, person, same_persons
from vardlots.people.rules import rules_of
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection, Database
from vardlots.platform.errors import Forbidden, Invalid
from vardlots.platform.i18n import N_, text
from vardlots.platform.pages import clock_time
from vardlots.review import document, extract, queries
from vardlots.review.extract import MOST, Line, Wanted
from vardlots.review.own_log import Choice, attachment, day_in, period_words
from vardlots.review.search_pages import tabs
from vardlots.worklist.shell import context, open_desk

REASON_MAX = 500
FIELDS = ("number", "to", "guardian", "reason", "since", "until")


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into the document."""

    about: Person
    provider: str
    lines: list[Line]
    choice: Choice
    to_guardian: bool


@get("/staff/log/extract")
async def extract_page(request: Web) -> Response[Any]:
    """The form: who, to whom, why."""
    by = await _whole_reviewer(request)
    return await _page(request, by, {})


@post("/staff/log/extract", status_code=200)
async def make_extract(request: Web) -> Response[Any]:
    """The document, as the patient would have got it. Logged with the reason before it is sent."""
    by = await _whole_reviewer(request)
    sent = await request.form()
    form = {name: " ".join(str(sent.get(name, "")).split())[:REASON_MAX] for name in FIELDS}
    try:
        async with house(request).database.transaction(by.scope) as connection:
            paper = await _read(connection, by, form)
        if paper.to_guardian:
            await _demand_guardian(house(request).database, by, paper.about, form["guardian"])
    except Invalid as refusal:
        return await _page(request, by, form, refusal)
    to = N_("vårdnadshavare") if paper.to_guardian else N_("patienten")
    row = access(
        by,
        "extract_log",
        provider_id=by.provider_id,
        person_id=paper.about.person_id,
        reason=f"till {to}: {form['reason']}",
    )
    await read_log(request).record(row)
    lang = pages.language_of(request)
    made = await document.pdf(
        document.Extract(
            lang=lang,
            about=paper.about.name,
            number=f"{paper.about.number[:8]}-****",
            providers=paper.provider,
            period=period_words(paper.choice.since, paper.choice.until, lang),
            made=f"{clock.today():%Y-%m-%d} {clock_time(clock.now())}",
            made_for=text(lang, "Till vårdnadshavare") if paper.to_guardian else text(lang, "Till patienten"),
            lines=paper.lines,
        )
    )
    return attachment(made, "application/pdf", f"loggutdrag-{clock.today():%Y-%m-%d}.pdf")


async def _whole_reviewer(request: Web) -> StaffActor:
    """Who reviews the whole provider's log: an extract is never of a part of it. Raises Forbidden."""
    by = await web.reviewer(request)
    if by.administers == "unit":
        raise Forbidden(
            "Loggutdrag görs av vårdgivarens loggranskare, för de gäller alla enheter.", code="not_whole"
        )
    return by


async def _read(connection: Connection, by: StaffActor, form: dict[str, str]) -> Paper:
    """Raises Invalid with the field."""
    about = await _patient(connection, by, form["number"])
    to_guardian = form["to"] == "guardian"
    if form["to"] not in ("patient", "guardian"):
        raise Invalid("to", "Välj vem som ska ha utdraget.")
    ids = await same_persons(connection, [about.person_id])
    if not form["reason"]:
        raise Invalid("reason", "Skriv hur du vet vem som frågar.")
    choice = Choice(
        provider_id=by.provider_id, since=day_in(form["since"]), until=day_in(form["until"]), before=None
    )
    wanted = Wanted(person_ids=ids, as_guardian=to_guardian, limit=MOST + 1)
    rows = await extract.rows(connection, choice.narrowed(wanted))
    if len(rows) > MOST:
        raise Invalid("since", "Det blir för mycket för ett dokument. Välj en kortare tid och försök igen.")
    lines = await extract.lines(connection, wanted, rows, "sv")
    provider = await connection.fetchval("SELECT name FROM provider WHERE provider_id = $1", by.provider_id)
    return Paper(about=about, provider=provider, lines=lines, choice=choice, to_guardian=to_guardian)


async def _patient(connection: Connection, by: StaffActor, typed: str) -> Person:
    person_id = await by_number(connection, by=by, number=_number(typed, "number"))
    found = await person(connection, person_id) if person_id is not None else None
    if found is None:
        raise Invalid("number", "Ingen patient hos vårdgivaren har det numret.")
    return found


async def _demand_guardian(database: Database, by: StaffActor, child: Person, typed: str) -> None:
    """A guardian who may act for the child today, whom neither the register nor a unit has blocked (A10)."""
    refusal = Invalid("guardian", "Personen kan inte få ut barnets logg här.")
    number = _number(typed, "guardian")
    # A guardian need not be a patient here: whose number it is, is seen with the number in the scope.
    async with database.transaction(msgspec.structs.replace(by.scope, identity=number)) as connection:
        rules = await rules_of(connection, by.provider_id)
        guardian_id = await connection.fetchval(
            "SELECT person_id FROM person_identifier WHERE value = $1", number
        )
        may = guardian_id is not None and await is_guardian(
            connection, child_id=child.person_id, guardian_id=guardian_id
        )
    if not may or rules.on_their_own(child.birth_date, clock.today()):
        raise refusal


def _number(typed: str, field: str) -> str:
    try:
        return identity.parse(typed, on=clock.today()).compact
    except identity.BadNumber as fault:
        raise Invalid(field, fault.message) from None


async def _page(
    request: Web, by: StaffActor, form: dict[str, str], refusal: Invalid | None = None
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        units = await queries.reach(connection, by)
    lang = desk.lang
    values = {
        **context(desk, "log", "/staff/log"),
        "tabs": tabs(lang, "extract", whole=units is None),
        "form": {name: form.get(name, "") for name in FIELDS},
        "whom": [
            {"value": "patient", "label": text(lang, "Patienten")},
            {"value": "guardian", "label": text(lang, "En vårdnadshavare")},
        ],
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if refusal else "",
        "reason_max": REASON_MAX,
    }
    return pages.page(request, "review/extract.html", values, status=refusal.status if refusal else 200)


def extract_page_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [extract_page, make_extract]
