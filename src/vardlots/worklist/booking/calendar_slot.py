"""One time of the calendar: what it is, who has it, and what can be done with it. A panel, or a page of its own."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.booking import actions as booking
from vardlots.booking.schedules import policy
from vardlots.booking.schedules.queries import schedule_of, schedules_at
from vardlots.booking.schedules.times import actions as times
from vardlots.booking.schedules.types import known_time_types
from vardlots.cases.model import CaseRef
from vardlots.cases.web import house, read_log
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import N_, text
from vardlots.platform.numbers import id_sent
from vardlots.platform.pages import clock_time, day_words, see
from vardlots.worklist.booking import calendar_queries
from vardlots.worklist.booking.calendar_draw import Words, draw_time, view_of
from vardlots.worklist.booking.calendar_read import PATH, read_asked
from vardlots.worklist.shell import context, open_desk

TEXT_MAX = 500


def slot_id(request: Web) -> int:
    """The time that the address names. Raises NotFound for a mangled one."""
    return id_sent(str(request.path_params["slot"]))


def back_address(request: Web, form: Mapping[str, str], day: str, **more: object) -> str:
    """The calendar as it was when the time was opened, on the day of the time."""
    asked = read_asked({**request.query_params, **form, "day": day})
    query = "&".join(f"{name}={value}" for name, value in {**asked.query(), **more}.items())
    return f"{PATH}?{query}"


def wall_moment(day_text: str, at_text: str) -> datetime:
    """A day and a time of day in Sweden as a moment. Raises Invalid for what is none, or does not exist."""
    try:
        day, at = date.fromisoformat(day_text), time.fromisoformat(at_text.replace(".", ":"))
    except ValueError:
        raise Invalid("at", N_("Välj en dag och en tid, som 09.30.")) from None
    if not 2000 <= day.year <= 2200:
        raise Invalid("at", N_("Välj en dag och en tid, som 09.30."))
    moment = datetime.combine(day, time(at.hour, at.minute), clock.SWEDEN).astimezone(UTC)
    if clock.local(moment).replace(tzinfo=None) != datetime.combine(day, time(at.hour, at.minute)):
        raise Invalid("at", N_("Klockan ställs om då, och tiden finns inte. Välj en annan."))
    return moment


async def slot_page(
    request: Web,
    by: StaffActor,
    *,
    refusal: Refusal | None = None,
    deed: str = "",
    form: Mapping[str, str] | None = None,
) -> Response[Any]:
    """The time with what can be done; after a refusal with why, beside what was typed."""
    number, typed = slot_id(request), dict(form or {})
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        row = await calendar_queries.one_time(connection, by=by, slot_id=number)
        if row is None:
            raise NotFound()
        schedule = await schedule_of(connection, by=by, schedule_id=row["schedule_id"])
        types = await known_time_types(connection, by.provider_id)
        kind = types.get(row["time_type"])
        others = [
            one
            for one in await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids))
            if kind is not None
            and one.role in kind.roles
            and policy.may_change(by, unit_id=one.unit_id, staff_id=one.staff_id)
        ]
    if row["case_id"] and not row["veiled"]:
        await read_log(request).record(
            access(
                by,
                "read_calendar",
                provider_id=by.provider_id,
                person_id=row["person_id"],
                case_id=row["case_id"],
            )
        )
    lang, now = desk.lang, clock.now()
    said = Words(lang, types, desk.pen.names, now)
    one = draw_time(row, view_of([row]), said, "")
    day = clock.local(row["starts_at"]).date()
    may = policy.may_change(by, unit_id=schedule.unit_id, staff_id=schedule.staff_id)
    locks = [kind_words(code, lang) for code in row["booking_for"]]
    several = len(by.unit_ids) > 1
    values = {
        "one": one,
        "when": f"{day_words(day, lang)} {one['time']}",
        "schedule": schedule.title,
        "schedule_id": schedule.schedule_id,
        "place": ", ".join(
            (desk.known.role_name(schedule.role, lang), desk.known.unit_name(schedule.unit_id))
        ),
        "contact": contact_words(row["contact"], lang),
        "locks": ", ".join(locks),
        "only_staff": not row["patient_sees"],
        "held": text(
            lang, "Tiden hålls för någon som väljer, till {time}.", time=clock_time(row["held_until"])
        )
        if one["state"] == "held"
        else "",
        "case_url": f"/staff/cases/{CaseRef(by.provider_id, row['case_id'])}" if row["case_id"] else "",
        "book_url": f"/staff/patients?slot={by.provider_id}-{number}",
        "may": may and not (one["over"] and one["state"] == "free"),
        "ahead": row["starts_at"] > now,
        "others": [
            {
                "value": other.schedule_id,
                "label": f"{other.title}, {desk.known.unit_name(other.unit_id)}" if several else other.title,
            }
            for other in others
        ],
        "day": day.isoformat(),
        "back": back_address(request, typed, day.isoformat()),
        "kept": read_asked({**request.query_params, **typed}).query(day=""),
        "deed": deed or request.query_params.get("deed", ""),
        "typed": {**{name: request.query_params.get(name, "") for name in ("to", "to_day", "at")}, **typed},
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "patients_text": typed.get("text", ""),
        "most": TEXT_MAX,
    }
    status = refusal.status if refusal else 200
    if pages.is_fragment(request):
        return pages.page(request, "worklist/calendar_slot.html", values, status=status)
    return pages.page(
        request,
        "worklist/calendar_slot_page.html",
        {**context(desk, "calendar", PATH), **values},
        status=status,
    )


def contact_words(contact: str, lang: str) -> str:
    """How they meet."""
    return {
        "digital": text(lang, "Digitalt"),
        "physical": text(lang, "På mottagningen"),
        "telephone": text(lang, "Telefon"),
    }[contact]


def kind_words(code: str, lang: str) -> str:
    """A kind of booking ticket as staff say it; one that the product does not know as it is written."""
    return {"health_conversation": text(lang, "Hälsosamtal")}.get(code, code.replace("_", " "))


@get(f"{PATH}/slots/{{slot:str}}")
async def slot(request: Web) -> Response[Any]:
    """The time as a page, or as the panel beside the calendar."""
    return await slot_page(request, await web.carer(request))


async def _form(request: Web) -> dict[str, str]:
    found = await request.form()
    return {name: str(value).strip() for name, value in found.items() if not name.startswith("_")}


async def _done(request: Web, form: Mapping[str, str], done: str, day: str) -> Response[Any]:
    address = back_address(request, form, day, done=done)
    if pages.is_fragment(request):
        return Response(b"", status_code=200, headers={"hx-redirect": address})
    return see(address)


async def _day_of(request: Web, by: StaffActor) -> str:
    async with house(request).database.transaction(by.scope) as connection:
        row = await calendar_queries.one_time(connection, by=by, slot_id=slot_id(request))
    return clock.local(row["starts_at"]).date().isoformat() if row is not None else clock.today().isoformat()


@post(f"{PATH}/slots/{{slot:str}}/block", status_code=303)
async def block(request: Web) -> Response[Any]:
    """*Spärra tiden*, with why."""
    by, form = await web.carer(request), await _form(request)
    try:
        await times.block_time(house(request), by=by, slot_id=slot_id(request), why=form.get("why", ""))
    except Refusal as refusal:
        return await _refused(request, by, refusal, "block", form)
    return await _done(request, form, "blocked", await _day_of(request, by))


@post(f"{PATH}/slots/{{slot:str}}/unblock", status_code=303)
async def unblock(request: Web) -> Response[Any]:
    """*Ta bort spärren*."""
    by, form = await web.carer(request), await _form(request)
    try:
        await times.unblock_time(house(request), by=by, slot_id=slot_id(request))
    except Refusal as refusal:
        return await _refused(request, by, refusal, "", form)
    return await _done(request, form, "unblocked", await _day_of(request, by))


@post(f"{PATH}/slots/{{slot:str}}/remove", status_code=303)
async def remove(request: Web) -> Response[Any]:
    """*Ta bort tiden*."""
    by, form = await web.carer(request), await _form(request)
    day = await _day_of(request, by)
    try:
        await times.remove_time(house(request), by=by, slot_id=slot_id(request))
    except Refusal as refusal:
        return await _refused(request, by, refusal, "remove", form)
    return await _done(request, form, "removed", day)


@post(f"{PATH}/slots/{{slot:str}}/move", status_code=303)
async def move(request: Web) -> Response[Any]:
    """*Flytta*: a free or blocked time to another moment or schedule."""
    by, form = await web.carer(request), await _form(request)
    try:
        moment = wall_moment(form.get("to_day", ""), form.get("at", ""))
        await times.move_time(
            house(request),
            by=by,
            slot_id=slot_id(request),
            schedule_id=id_sent(form.get("to", "")),
            starts_at=moment,
        )
    except Refusal as refusal:
        return await _refused(request, by, refusal, "move", form)
    return await _done(request, form, "moved", form["to_day"])


@post(f"{PATH}/slots/{{slot:str}}/rebook", status_code=303)
async def rebook(request: Web) -> Response[Any]:
    """*Flytta och berätta för patienten*: a booked time, after it was said that the patient is told."""
    by, form = await web.carer(request), await _form(request)
    try:
        moment = wall_moment(form.get("to_day", ""), form.get("at", ""))
        if form.get("sure") != "1":
            raise Invalid("sure", N_("Bekräfta att patienten ska få den nya tiden."))
        await times.move_booked(
            house(request),
            by=by,
            slot_id=slot_id(request),
            schedule_id=id_sent(form.get("to", "")),
            starts_at=moment,
        )
    except Refusal as refusal:
        return await _refused(request, by, refusal, "move", form)
    return await _done(request, form, "rebooked", form["to_day"])


@post(f"{PATH}/slots/{{slot:str}}/withdraw", status_code=303)
async def withdraw(request: Web) -> Response[Any]:
    """*Ställ in tiden*: the patient is told in one's own words, and offered new times in their page."""
    by, form = await web.carer(request), await _form(request)
    day = await _day_of(request, by)
    try:
        ref = await times.booked_at(house(request), by=by, slot_id=slot_id(request))
        if not 1 <= len(form.get("text", "")) <= TEXT_MAX:
            raise Invalid("text", N_("Skriv till patienten, med högst {n} tecken."), n=TEXT_MAX)
        await booking.withdraw_time(house(request), by=by, ref=ref, text=form["text"])
    except Refusal as refusal:
        return await _refused(request, by, refusal, "withdraw", form)
    return await _done(request, form, "withdrawn", day)


async def _refused(
    request: Web, by: StaffActor, refusal: Refusal, deed: str, form: Mapping[str, str]
) -> Response[Any]:
    """The page again with why. Scripts of the calendar ask for the words alone."""
    if refusal.status in (401, 404, 503) or "application/json" in request.headers.get("accept", ""):
        raise refusal
    return await slot_page(request, by, refusal=refusal, deed=deed, form=form)
