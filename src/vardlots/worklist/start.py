"""Startsida (s1): the truth in one line, the numbers of the day, what is mine, what has been written."""

from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.shifts.rules import ShiftRules, shift_rules
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.openings import queries as openings
from vardlots.cases.openings.queries import TakeOver
from vardlots.cases.web import house, read_log
from vardlots.contacts.model import NamedAbsence
from vardlots.contacts.queries import stands_in_for
from vardlots.notes import queries as notes
from vardlots.notes.queries import Unnoted
from vardlots.platform import clock, pages
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import clock_time, day_words, when_words
from vardlots.triage.assisted import queries as assisted
from vardlots.triage.assisted.model import Begun
from vardlots.worklist import queries, start_queries
from vardlots.worklist.booking.scheduled import read_card
from vardlots.worklist.consultations.cards import cards
from vardlots.worklist.desk import draw_own
from vardlots.worklist.filters import Filter
from vardlots.worklist.own_queries import OwnCases, own_cases
from vardlots.worklist.queries import Part
from vardlots.worklist.rows import Pen, draw, tell_last, words
from vardlots.worklist.shell import Desk, context, open_desk, remember

MESSAGES_SHOWN = 8
AVATARS_SHOWN = 4


@get("/staff")
async def start(request: Web) -> Response[Any]:
    """The whole start page; a role that opens no cases begins at its own place."""
    by = await web.staff(request)
    if not by.cares:
        place = "/staff/admin" if by.administers else "/staff/log" if by.reviews else "/staff/settings"
        return Response(b"", status_code=303, headers={"location": place, "cache-control": "no-store"})
    values = await _read(request)
    return pages.page(request, "worklist/start.html", values)


@get("/staff/start/parts")
async def start_parts(request: Web) -> Response[Any]:
    """What moves on the start page, by the same template."""
    return pages.page(request, "worklist/start_parts.html", await _read(request))


@get("/staff/menu")
async def menu_list(request: Web) -> Response[Any]:
    """The menu's places with their counts. Names no patient."""
    by = await web.staff(request)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
    at = request.query_params.get("at", "")
    return pages.page(request, "worklist/menu_list.html", context(desk, at, "/staff"))


async def _read(request: Web) -> dict[str, Any]:
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        chosen = desk.chosen
        own = await own_cases(connection, by=by)
        unnoted = await notes.unnoted(connection, by=by)
        messages, _ = await queries.rows(connection, by=by, part=Part.INBOX, chosen=chosen)
        median = await start_queries.median_wait(connection, by=by, chosen=chosen)
        people = await start_queries.on_shift(connection, by=by, chosen=chosen)
        rules = await shift_rules(connection, by.provider_id)
        taken = await openings.unseen(connection, by=by)
        begun = await assisted.begun(connection, by=by)
        stands_in = await stands_in_for(connection, by=by)
        booked = await read_card(connection, desk)
        asked = await cards(connection, desk)
    await read_log(request).record(access(by, "list", provider_id=by.provider_id, reason="start"))
    await remember(request, desk)
    for row in own.all:
        draw_own(desk.pen, row)
    return {
        **context(desk, "start", "/staff"),
        "topics": f"{chosen.topics(by)} shifts:{by.provider_id}",
        "greeting": _greeting(desk),
        "summary": _summary(desk, own),
        "parts_url": chosen.address("/staff/start/parts"),
        "queue_url": chosen.address("/staff/drop-in", tab=Part.WAITING),
        "taken_url": chosen.address("/staff/drop-in", tab=Part.TAKEN),
        "inbox_url": chosen.address("/staff/async"),
        "forgotten": _forgotten(desk, rules),
        "taken_over": [_taken_over(desk, one) for one in taken],
        "stands_in": [_stands_in(desk, one) for one in stands_in],
        "stats": _stats(desk, median, people),
        "mine": own.mine,
        "offered": own.offered,
        "guest": own.guest,
        "unnoted": [_unnoted(desk, one) for one in unnoted],
        "begun": [_begun(desk, one) for one in begun],
        "messages": [_message(desk.pen, row) for row in messages[:MESSAGES_SHOWN]],
        "message_count": desk.counts.inbox,
        "booked": booked,
        "asked": asked,
    }


def _greeting(desk: Desk) -> str:
    first = desk.by.name.split()[0]
    hour = clock.local(clock.now()).hour
    if 4 <= hour < 10:
        return text(desk.lang, "God morgon, {name}", name=first)
    if hour >= 18 or hour < 4:
        return text(desk.lang, "God kväll, {name}", name=first)
    return text(desk.lang, "Hej, {name}", name=first)


def _summary(desk: Desk, own: OwnCases) -> str:
    lang = desk.lang
    day = day_words(clock.today(), lang)
    said = (
        plural(lang, "Ett ärende är ditt", "{n} ärenden är dina", len(own.mine))
        if own.mine
        else text(lang, "Inget ärende är ditt")
    )
    new = sum(1 for row in own.mine if row["unread"])
    wrote = plural(lang, "en patient har skrivit", "{n} patienter har skrivit", new) if new else ""
    asked = (
        plural(lang, "en överlämning väntar på svar", "{n} överlämningar väntar på svar", len(own.offered))
        if own.offered
        else ""
    )
    for more in filter(None, (wrote, asked)):
        said = text(lang, "{said}, {more}", said=said, more=more)
    return f"{day[:1].upper()}{day[1:]}. {said}."


def _forgotten(desk: Desk, rules: ShiftRules) -> dict[str, str] | None:
    shift = desk.shift
    if shift is None or not rules.is_forgotten(shift.started_at, desk.pen.now):
        return None
    unit = desk.known.unit_name(shift.unit_id)
    since = when_words(shift.started_at, desk.lang)
    return {"text": text(desk.lang, "{unit}, från {time}.", unit=unit, time=since), "href": "/staff/sign-out"}


def _taken_over(desk: Desk, one: TakeOver) -> dict[str, str]:
    """The line to whoever had a visit that a colleague has taken over, until they have seen it or the day is over."""
    at = clock_time(one.at)
    return {
        "href": f"/staff/cases/{one.ref(desk.by.provider_id)}",
        "line": text(desk.lang, "{who} tog över ditt besök {time}.", who=one.who, time=at),
        "reason": text(desk.lang, "”{reason}”", reason=one.reason) if one.reason else "",
    }


def _stands_in(desk: Desk, one: NamedAbsence) -> dict[str, str]:
    """Whom one answers for today, and the way to what has been written to them."""
    until = day_words(one.to_day, desk.lang)
    return {
        "line": text(desk.lang, "Du svarar för {name} till och med {day}.", name=one.name, day=until),
        "href": Filter(staff_id=one.staff_id).address("/staff/async"),
    }


def _begun(desk: Desk, one: Begun) -> dict[str, Any]:
    """An assisted triage that waits to be gone on with."""
    practice = desk.pen.practice
    return {
        "href": f"/staff/assisted/{one.ref}",
        "reason": practice.name(practice.reason_of(one.protocol), desk.lang),
        "protected": one.protected,
        "who": text(desk.lang, "Skyddad") if one.protected else one.initials,
        "age": text(desk.lang, "{n} år", n=one.age) if one.age is not None else "",
        "line": text(
            desk.lang, "Assisterad triage, började {time}", time=when_words(one.started_at, desk.lang)
        ),
    }


def _stats(desk: Desk, median: int | None, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lang, counts = desk.lang, desk.counts
    over = plural(lang, "{n} över målet", "{n} över målet", counts.over) if counts.over else ""
    goals = desk.goals
    goal = text(lang, "median, mål {n}", n=goals[0]) if len(goals) == 1 else text(lang, "median")

    def stat(label: str, value: object, *, note: str = "", chip: str = "", faces: Any = ()) -> dict[str, Any]:
        return {"label": label, "value": value, "note": note, "over": chip, "people": list(faces)}

    return [
        stat(text(lang, "Väntar i kö"), counts.waiting, chip=over),
        stat(
            text(lang, "Tid till mottagande i dag"),
            text(lang, "{n} min", n=median) if median is not None else "–",
            note=goal if median is not None else text(lang, "inget mottaget än"),
        ),
        stat(text(lang, "Asynkrona, inkorg"), counts.inbox),
        stat(text(lang, "Vidimeringar"), desk.waiting.get("acknowledgements", 0)),
        stat(text(lang, "På skift nu"), len(people), faces=people[:AVATARS_SHOWN]),
    ]


def _unnoted(desk: Desk, one: Unnoted) -> dict[str, Any]:
    """A visit that has ended without a signed note."""
    lang = desk.lang
    said = words(lang)
    ended = text(lang, "Avslutat {time}", time=when_words(one.ended_at, lang))
    if one.draft_at is not None:
        ended = text(lang, "{ended}, utkast sparat {time}", ended=ended, time=when_words(one.draft_at, lang))
    return {
        "id": str(one.ref),
        "href": f"/staff/cases/{one.ref}?tab=note",
        "reason": said.veiled_case if one.blocked else desk.pen.names[one.reason],
        "shield": said.veiled if one.blocked else said.protected if one.protected else "",
        "initials": one.initials,
        "age": one.age,
        "line": ended,
    }


def _message(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    draw(pen, row)
    row["time"] = (
        clock_time(row["inbox_at"])
        if clock.local(row["inbox_at"]).date() == clock.today()
        else when_words(row["inbox_at"], pen.lang)
    )
    tell_last(pen, row)
    return row
