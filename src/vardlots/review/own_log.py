"""*Vem har läst*: what a patient sees of the log about themself and the children they act for, as a page and as PDF."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.people.queries import Person
from vardlots.people.rules import midnight
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, day_words
from vardlots.review import document, extract
from vardlots.review.extract import MOST, Line, Wanted
from vardlots.review.queries import BEGINNING, END
from vardlots.triage import queries, words
from vardlots.triage.home import chosen_person
from vardlots.triage.news import News, news

PAGE = 60


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the page's address asks for."""

    provider_id: int | None
    since: date | None
    until: date | None
    before: tuple[datetime, int] | None

    def narrowed(self, wanted: Wanted) -> Wanted:
        """The rows of this choice among those wanted. The last day is a part of the time."""
        return msgspec.structs.replace(
            wanted,
            provider_id=self.provider_id,
            since=midnight(self.since) if self.since else BEGINNING,
            until=midnight(self.until + timedelta(days=1)) if self.until else END,
            before=self.before or wanted.before,
        )

    def address(self, path: str, for_id: int | None, **more: str) -> str:
        """The same choice in an address."""
        parts = {
            "for": for_id or "",
            "provider": self.provider_id or "",
            "since": self.since or "",
            "until": self.until or "",
            **more,
        }
        query = urlencode({name: value for name, value in parts.items() if value != ""})
        return f"{path}?{query}" if query else path


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the page and the document are drawn from."""

    by: PatientActor
    about: Person
    household: dict[int, Person]
    places: dict[int, str]
    choice: Choice
    lines: list[Line]
    more: tuple[datetime, int] | None
    new: News

    @property
    def for_id(self) -> int | None:
        return self.about.person_id if self.about.person_id != self.by.person_id else None


@get("/my/log")
async def own_log(request: Web) -> Response[str]:
    """Who has read and done what with one's data, or one's child's, the latest first."""
    found = await _read(request, limit=PAGE)
    await _note(request, found, "read_log")
    return _draw(request, found)


@get("/my/log.pdf")
async def own_extract(request: Web) -> Response[Any]:
    """The same as a document to keep: all of the choice, from its beginning."""
    found = await _read(request, limit=MOST, whole=True)
    if found.more is not None:
        fault = text(
            found.by.lang, "Det blir för mycket för ett dokument. Välj en kortare tid och försök igen."
        )
        return _draw(request, found, fault=fault, status=422)
    await _note(request, found, "extract_log")
    made = await document.pdf(
        document.Extract(
            lang=found.by.lang,
            about=found.about.name,
            number=f"{found.about.number[:8]}-****",
            providers=_places_said(found),
            period=period_words(found.choice.since, found.choice.until, found.by.lang),
            made=f"{clock.today():%Y-%m-%d} {clock_time(clock.now())}",
            made_for="",
            lines=found.lines,
        )
    )
    return attachment(made, "application/pdf", f"loggutdrag-{clock.today():%Y-%m-%d}.pdf")


def attachment(content: bytes, media_type: str, name: str) -> Response[Any]:
    """A file to save, kept by nobody on the way. `name` holds nothing about anybody."""
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


async def _read(request: Web, *, limit: int, whole: bool = False) -> Found:
    by = await patient(request)
    choice = _choice(request)
    if whole:
        choice = msgspec.structs.replace(choice, before=None)
        # A document is also for others: staff's languages alone.
        by = msgspec.structs.replace(by, lang=i18n.shared(by.lang))
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        about = chosen_person(request, household, by)
        wanted = Wanted(
            person_ids=by.ids_of(about.person_id),
            reader_ids=frozenset(by.own_ids),
            household=frozenset(any_id for one in household for any_id in by.ids_of(one)),
            as_guardian=about.person_id != by.person_id,
            limit=limit + 1,
        )
        places = await _places(connection, wanted.person_ids)
        rows = await extract.rows(connection, choice.narrowed(wanted))
        more = (rows[limit - 1]["at"], rows[limit - 1]["log_id"]) if len(rows) > limit else None
        lines = await extract.lines(connection, wanted, rows[:limit], by.lang)
        new = await news(connection, by=by)
    return Found(
        by=by,
        about=about,
        household=household,
        places=places,
        choice=choice,
        lines=lines,
        more=more,
        new=new,
    )


async def _places(connection: Connection, person_ids: list[int]) -> dict[int, str]:
    """The providers where the person is a patient."""
    rows = await connection.fetch(
        "SELECT provider_id, name FROM provider WHERE provider_id IN "
        "(SELECT provider_id FROM patient WHERE person_id = ANY ($1::bigint[])) ORDER BY name",
        person_ids,
    )
    return {row["provider_id"]: row["name"] for row in rows}


async def _note(request: Web, found: Found, action: str) -> None:
    """The log belongs to every provider where the person is a patient; reading it is logged at each."""
    rows = [
        access(found.by, action, provider_id=provider_id, person_id=found.about.person_id)
        for provider_id in found.places
        if found.choice.provider_id in (None, provider_id)
    ]
    if rows:
        await web.read_log(request).record(*rows)


def _draw(request: Web, found: Found, *, fault: str = "", status: int = 200) -> Response[str]:
    by, choice, lang = found.by, found.choice, found.by.lang
    more = f"{found.more[0].isoformat()}_{found.more[1]}" if found.more else ""
    return pages.page(
        request,
        "people/log.html",
        words.shell(by.name, news=found.new)
        | {
            "people": [_chip(one, found) for one in found.household.values()],
            "for_id": found.for_id or "",
            "days": _days(found.lines, lang),
            "more_url": choice.address("/my/log", found.for_id, before=more) if more and not fault else "",
            "pdf_url": choice.address("/my/log.pdf", found.for_id),
            "all_url": Choice(provider_id=None, since=None, until=None, before=None).address(
                "/my/log", found.for_id
            ),
            "places": [{"value": str(one), "label": name} for one, name in found.places.items()],
            "place": str(choice.provider_id or ""),
            "since": str(choice.since or ""),
            "until": str(choice.until or ""),
            "narrowed": any((choice.provider_id, choice.since, choice.until)),
            "fault": fault,
        },
        status=status,
    )


def _chip(one: Person, found: Found) -> dict[str, Any]:
    own = one.person_id == found.by.person_id
    return {
        "href": "/my/log" if own else f"/my/log?for={one.person_id}",
        "name": i18n.text(found.by.lang, "Jag") if own else words.person_words(one, found.by.lang),
        "active": one.person_id == found.about.person_id,
    }


def _days(lines: list[Line], lang: str) -> list[dict[str, Any]]:
    """The lines under their days."""
    days: list[dict[str, Any]] = []
    today = clock.today()
    for line in lines:
        day = clock.local(line.moment).date()
        if not days or days[-1]["day"] != day:
            if day == today:
                name = text(lang, "I dag")
            elif day == today - timedelta(days=1):
                name = text(lang, "I går")
            else:
                name = day_words(day, lang) + (f" {day.year}" if day.year != today.year else "")
            days.append({"day": day, "name": name, "lines": []})
        days[-1]["lines"].append(
            {
                "moment": line.moment,
                "what": line.what_and_how_often(lang),
                "who": line.who,
                "title": line.title,
                "unit": line.unit,
                "reason": line.reason_words(lang),
            }
        )
    return days


def period_words(since: date | None, until: date | None, lang: str) -> str:
    """*2026-01-01 till 2026-02-28*, *till 2026-02-28*, or all there is."""
    if since and until:
        return text(lang, "{since} till {until}", since=since, until=until)
    if since:
        return text(lang, "Från {since}", since=since)
    return text(lang, "Till {until}", until=until) if until else text(lang, "Allt som finns i loggen")


def _places_said(found: Found) -> str:
    chosen = found.choice.provider_id
    names = [name for one, name in found.places.items() if chosen in (None, one)]
    return i18n.comma(found.by.lang).join(names) or text(found.by.lang, "Ingen")


def _choice(request: Web) -> Choice:
    """What the address asks for; what cannot be read is not asked for."""
    asked = request.query_params
    provider = asked.get("provider", "")
    return Choice(
        provider_id=int(provider)
        if provider.isascii() and provider.isdigit() and len(provider) < 10
        else None,
        since=day_in(asked.get("since", "")),
        until=day_in(asked.get("until", "")),
        before=place_in(asked.get("before", "")),
    )


def day_in(typed: str) -> date | None:
    """A day as a browser sends it, from the years that there can be; None for anything else."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 1970 <= day.year < 9000 else None


def place_in(typed: str) -> tuple[datetime, int] | None:
    """The row to go on after, as `time_number`; None, the start, for anything that is none."""
    at, _, number = typed.rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if moment.tzinfo is None or not (number.isascii() and number.isdigit()) or not 1970 <= moment.year < 9000:
        return None
    return moment, int(number[:18])


def own_log_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [own_log, own_extract]
