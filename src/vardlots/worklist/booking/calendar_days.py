"""*Ställ in en dag*: whom it concerns is shown first; then the days are closed and everybody is told."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.booking.schedules import policy
from vardlots.booking.schedules.days import actions
from vardlots.booking.schedules.days.queries import Concerned, concerned, free_on
from vardlots.booking.schedules.model import Schedule
from vardlots.booking.schedules.queries import schedules_at
from vardlots.cases.web import house, read_log
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import N_, plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import day_words, see
from vardlots.worklist.booking.calendar_read import PATH, day_typed
from vardlots.worklist.queries import veiled
from vardlots.worklist.shell import Desk, context, open_desk

HERE = f"{PATH}/cancel"


class Form(msgspec.Struct, frozen=True):
    """The form as it was filled in. `whose` is a schedule's number, or `unit-3` for all of a unit's."""

    whose: str = ""
    first: str = ""
    last: str = ""
    why: str = ""
    text: str = ""

    @classmethod
    def read(cls, sent: Any) -> "Form":
        """From an address or a form that was sent."""
        first = str(sent.get("first", "")) or clock.today().isoformat()
        whose = str(sent.get("whose", "")) or str(sent.get("schedule", ""))
        last = str(sent.get("last", "")) or first
        return cls(whose, first, last, str(sent.get("why", "")).strip(), str(sent.get("text", "")).strip())

    def days(self) -> tuple[date, date]:
        """The first and last day. Raises Invalid."""
        first, last = day_typed(self.first, "first"), day_typed(self.last, "last")
        if last < first:
            raise Invalid("last", N_("Sista dagen är före den första. Byt en av dem."))
        return first, last

    def among(self, schedules: Sequence[Schedule]) -> list[Schedule]:
        """The schedules that are meant. Raises Invalid."""
        unit_id = whole(self.whose.removeprefix("unit-"), 9) if self.whose.startswith("unit-") else None
        found = [
            one
            for one in schedules
            if str(one.schedule_id) == self.whose or (unit_id is not None and one.unit_id == unit_id)
        ]
        if not found:
            raise Invalid("whose", N_("Välj ett schema."))
        return found


class Meant(msgspec.Struct, frozen=True):
    """What a cancelling would do: whom it concerns, and how many free times are removed."""

    schedules: list[Schedule]
    people: list[dict[str, Any]]
    hidden: int
    free: int


async def _own(connection: Connection, by: StaffActor) -> list[Schedule]:
    every = await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids))
    return [one for one in every if policy.may_change(by, unit_id=one.unit_id, staff_id=one.staff_id)]


async def _meant(connection: Connection, by: StaffActor, form: Form, own: Sequence[Schedule]) -> Meant:
    first, last = form.days()
    chosen = form.among(own)
    ids = [one.schedule_id for one in chosen]
    whose = {"provider_id": by.provider_id, "schedule_ids": ids, "first": first, "last": last}
    found: list[Concerned] = await concerned(connection, **whose)  # type: ignore[arg-type]
    people = await veiled(connection, by=by, rows=[msgspec.structs.asdict(one) for one in found])
    free = await free_on(connection, **whose)  # type: ignore[arg-type]
    return Meant(chosen, people, sum(row["veiled"] for row in people), free)


async def cancel_page(
    request: Web, by: StaffActor, form: Form, *, preview: bool, refusal: Refusal | None = None
) -> Response[Any]:
    """The form, with whom it concerns under it where it was asked for."""
    meant: Meant | None = None
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        own = await _own(connection, by)
        if preview:
            try:
                meant = await _meant(connection, by, form, own)
            except Refusal as found:
                refusal = refusal or found
    if meant is not None:
        rows = [
            access(
                by,
                "read_calendar",
                provider_id=by.provider_id,
                person_id=row["person_id"],
                case_id=row["case_id"],
            )
            for row in meant.people
            if not row["veiled"]
        ]
        if rows:
            await read_log(request).record(*rows)
    lang = desk.lang
    values = {
        **context(desk, "calendar", PATH),
        "form": form,
        "options": _options(own, desk, by),
        "meant": _told(meant, desk) if meant is not None else None,
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "most": actions.MOST_TEXT,
        "today": clock.today().isoformat(),
    }
    return pages.page(
        request, "worklist/calendar_cancel.html", values, status=refusal.status if refusal else 200
    )


def _options(own: Sequence[Schedule], desk: Desk, by: StaffActor) -> list[dict[str, str]]:
    lang = desk.lang
    units = sorted({one.unit_id for one in own}, key=lambda unit_id: not by.at_home(unit_id))
    several = len(units) > 1
    found = [
        {
            "value": str(one.schedule_id),
            "label": f"{one.title}, {desk.known.unit_name(one.unit_id)}" if several else one.title,
        }
        for one in own
    ]
    if policy.administers_all(by):
        found += [
            {
                "value": f"unit-{unit_id}",
                "label": text(lang, "Alla scheman på {unit}", unit=desk.known.unit_name(unit_id)),
            }
            for unit_id in units
        ]
    return found


def _told(meant: Meant, desk: Desk) -> dict[str, Any]:
    lang = desk.lang
    titles = {one.schedule_id: one.title for one in meant.schedules}
    people = [
        {
            "when": f"{day_words(row['starts_at'], lang)} {clock.local(row['starts_at']):%H.%M}",
            "who": text(lang, "Spärrad")
            if row["veiled"]
            else text(lang, "Skyddad")
            if row["protected"]
            else text(lang, "{initials}, {age} år", initials=row["initials"], age=row["age"]),
            "reason": "" if row["veiled"] else desk.pen.names[row["reason"]],
            "schedule": titles.get(row["schedule_id"], ""),
        }
        for row in meant.people
    ]
    n = len(people)
    return {
        "n": n,
        "people": people,
        "said": plural(
            lang,
            "{n} patient har en tid och får veta att den är inställd",
            "{n} patienter har tider och får veta att de är inställda",
            n,
        )
        if n
        else text(lang, "Ingen patient har en tid de dagarna"),
        "free": plural(lang, "{n} ledig tid tas bort.", "{n} lediga tider tas bort.", meant.free)
        if meant.free
        else text(lang, "Inga lediga tider berörs."),
        "rules": text(lang, "Regler öppnar inga tider de dagarna."),
    }


@get(HERE)
async def cancelling(request: Web) -> Response[Any]:
    """The form; with `preview`, whom it concerns."""
    by = await web.carer(request)
    query = request.query_params
    return await cancel_page(request, by, Form.read(query), preview="preview" in query)


@post(HERE, status_code=303)
async def cancel(request: Web) -> Response[Any]:
    """Close the days, and tell everybody who has a time."""
    by = await web.carer(request)
    form = Form.read(await request.form())
    try:
        first, last = form.days()
        async with house(request).database.transaction(by.scope) as connection:
            chosen = form.among(await _own(connection, by))
        done = await actions.cancel_days(
            house(request),
            by=by,
            schedule_ids=[one.schedule_id for one in chosen],
            first=first,
            last=last,
            why=form.why,
            text=form.text,
        )
    except Refusal as refusal:
        if refusal.status in (401, 404, 503):
            raise
        return await cancel_page(request, by, form, preview=True, refusal=refusal)
    if done.left:
        # Their times stand; the page shows who is left, so that somebody calls.
        kept = Invalid("text", N_("{n} kunde inte få besked här. Ring dem."), n=len(done.left))
        return await cancel_page(request, by, form, preview=True, refusal=kept)
    address = f"{PATH}?day={first.isoformat()}"
    if len(chosen) == 1:
        address += f"&schedule={chosen[0].schedule_id}"
    return see(f"{address}&done=cancelled&n={len(done.told)}")
