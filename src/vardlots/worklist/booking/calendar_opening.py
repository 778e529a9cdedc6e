"""*Öppna tider*: by hand for some days, or by a rule that goes on; what would open is shown before it is done."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

import msgspec
from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.booking.schedules import actions, policy, rules
from vardlots.booking.schedules.model import AHEAD_DAYS, Given, Left, NewRule, Pattern, Schedule
from vardlots.booking.schedules.opening import what_opens
from vardlots.booking.schedules.queries import schedules_at
from vardlots.booking.schedules.types import time_types
from vardlots.cases.web import house
from vardlots.configuration.time_types import TimeType
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import N_, plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import clock_time, day_words, see
from vardlots.worklist.booking.calendar_read import PATH, day_typed
from vardlots.worklist.shell import Desk, context, open_desk

HERE = f"{PATH}/open"
ONCE, RULE = "once", "rule"
# How many of what is left out are named one by one.
MOST_NAMED = 6
_WEEKDAYS = (N_("mån"), N_("tis"), N_("ons"), N_("tors"), N_("fre"), N_("lör"), N_("sön"))


class Form(msgspec.Struct, frozen=True):
    """The form as it was filled in, in words."""

    schedule: str = ""
    time_type: str = ""
    weekdays: tuple[str, ...] = ()
    from_: str = "08:00"
    to: str = "16:00"
    pause_from: str = ""
    pause_to: str = ""
    from_day: str = ""
    to_day: str = ""
    repeat: str = ONCE
    every_weeks: str = "1"
    ahead_days: str = str(AHEAD_DAYS)
    on_holidays: bool = False

    @classmethod
    def read(cls, sent: Any) -> "Form":
        """From an address or a form that was sent."""
        today = clock.today()
        first = str(sent.get("from_day", "")) or (today + timedelta(days=1)).isoformat()
        many = sent.getall("weekday", []) if hasattr(sent, "getall") else []
        return cls(
            schedule=str(sent.get("schedule", "")),
            time_type=str(sent.get("time_type", "")),
            weekdays=tuple(str(one) for one in many) or (() if "time_type" in sent else tuple("12345")),
            from_=str(sent.get("from", "08:00")),
            to=str(sent.get("to", "16:00")),
            pause_from=str(sent.get("pause_from", "" if "time_type" in sent else "12:00")),
            pause_to=str(sent.get("pause_to", "" if "time_type" in sent else "13:00")),
            from_day=first,
            to_day=str(sent.get("to_day", "")),
            repeat=RULE if sent.get("repeat") == RULE else ONCE,
            every_weeks=str(sent.get("every_weeks", "1")),
            ahead_days=str(sent.get("ahead_days", AHEAD_DAYS)),
            on_holidays=sent.get("on_holidays", "") == "1",
        )

    def pattern(self, minutes: int) -> Pattern:
        """The pattern that the form says. Raises Invalid with the field."""
        pause = None
        if self.pause_from or self.pause_to:
            pause = (_clock(self.pause_from, "pause_from"), _clock(self.pause_to, "pause_to"))
        to_day = day_typed(self.to_day, "to_day") if self.to_day else None
        if to_day is None and self.repeat == ONCE:
            raise Invalid("to_day", N_("Välj en sista dag."))
        pattern = Pattern(
            weekdays=frozenset(int(one) for one in self.weekdays if one in set("1234567")),
            from_time=_clock(self.from_, "from"),
            to_time=_clock(self.to, "to"),
            minutes=minutes,
            from_day=day_typed(self.from_day, "from_day"),
            to_day=to_day,
            every_weeks=whole(self.every_weeks, 2) or 0,
            on_holidays=self.on_holidays,
            pause=pause,
        )
        rules.check(pattern)
        return pattern


def _clock(said: str, field: str) -> time:
    try:
        at = time.fromisoformat(said.replace(".", ":"))
    except ValueError:
        raise Invalid(field, N_("Skriv en tid, som 08.30.")) from None
    return time(at.hour, at.minute)


class Choices(msgspec.Struct, frozen=True):
    """What the form is chosen among."""

    schedules: list[Schedule]
    types: Mapping[str, TimeType]

    def schedule(self, form: Form) -> Schedule:
        """The chosen schedule. Raises Invalid."""
        for one in self.schedules:
            if str(one.schedule_id) == form.schedule:
                return one
        raise Invalid("schedule", N_("Välj ett schema."))

    def kind(self, form: Form) -> TimeType:
        """The chosen type, which the schedule's role holds. Raises Invalid."""
        kind = self.types.get(form.time_type)
        if kind is None or self.schedule(form).role not in kind.roles:
            raise Invalid("time_type", N_("Välj en tidtyp."))
        return kind


async def _choices(connection: Any, by: StaffActor) -> Choices:
    every = await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids))
    own = [one for one in every if policy.may_change(by, unit_id=one.unit_id, staff_id=one.staff_id)]
    return Choices(own, await time_types(connection, by.provider_id))


async def opening_page(
    request: Web, by: StaffActor, form: Form, *, preview: bool, refusal: Refusal | None = None
) -> Response[Any]:
    """The form, with what would open under it where it was asked for."""
    given: Given | None = None
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        choices = await _choices(connection, by)
        if preview and refusal is None:
            try:
                given = await _would_open(connection, form, choices)
            except Refusal as found:
                refusal = found
    lang = desk.lang
    several = len(by.unit_ids) > 1
    chosen = next((one for one in choices.schedules if str(one.schedule_id) == form.schedule), None)
    chosen = chosen or next((one for one in choices.schedules if one.staff_id == by.staff_id), None)
    chosen = chosen or (choices.schedules[0] if choices.schedules else None)
    values = {
        **context(desk, "calendar", PATH),
        "form": form,
        "chosen": str(chosen.schedule_id) if chosen else "",
        "schedules": [
            {
                "value": str(one.schedule_id),
                "label": ", ".join(
                    part
                    for part in (
                        one.title,
                        desk.known.role_name(one.role, lang),
                        desk.known.unit_name(one.unit_id) if several else "",
                    )
                    if part
                ),
            }
            for one in choices.schedules
        ],
        "types": _types(choices, lang),
        "days": [
            {"value": str(n), "label": text(lang, word), "on": str(n) in form.weekdays}
            for n, word in enumerate(_WEEKDAYS, start=1)
        ],
        "weeks": [{"value": str(n), "label": every_words(n, lang)} for n in range(1, rules.MOST_WEEKS + 1)],
        "opens": _told(given, form, desk) if given is not None else None,
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "today": clock.today().isoformat(),
    }
    status = refusal.status if refusal else 200
    return pages.page(request, "worklist/calendar_open.html", values, status=status)


def _types(choices: Choices, lang: str) -> list[dict[str, str]]:
    held = {one.role for one in choices.schedules}
    return [
        {
            "value": code,
            "label": text(
                lang, "{name}, {n} min", name=one.name if lang == "sv" else one.name_en, n=one.minutes
            ),
        }
        for code, one in choices.types.items()
        if held & set(one.roles)
    ]


def every_words(n: int, lang: str) -> str:
    """*varje vecka*, *varannan vecka*, *var tredje vecka* …"""
    return (
        text(lang, "Varje vecka"),
        text(lang, "Varannan vecka"),
        text(lang, "Var tredje vecka"),
        text(lang, "Var fjärde vecka"),
        text(lang, "Var femte vecka"),
        text(lang, "Var sjätte vecka"),
        text(lang, "Var sjunde vecka"),
        text(lang, "Var åttonde vecka"),
    )[n - 1]


async def _would_open(connection: Any, form: Form, choices: Choices) -> Given:
    schedule, kind = choices.schedule(form), choices.kind(form)
    pattern = form.pattern(kind.minutes)
    first, last = max(pattern.from_day, clock.today()), pattern.to_day
    if form.repeat == RULE:
        ahead = clock.today() + timedelta(days=_ahead(form))
        last = min(last, ahead) if last else ahead
    assert last is not None
    if last < first:
        raise Invalid(
            "from_day", N_("Regeln öppnar inga tider än. Välj en tidigare första dag eller längre i förväg.")
        )
    return await what_opens(connection, schedule=schedule, pattern=pattern, first=first, last=last)


def _ahead(form: Form) -> int:
    found = whole(form.ahead_days, 3)
    if found is None or not 1 <= found <= 400:
        raise Invalid("ahead_days", N_("Välj mellan 1 och {n} dagar."), n=400)
    return found


def left_words(why: Left, n: int, lang: str) -> str:
    """How many are left out, and why."""
    if why is Left.CLOSED:
        return plural(lang, "{n} är på en stängd dag", "{n} är på stängda dagar", n)
    if why is Left.HOLIDAY:
        return plural(lang, "{n} är på en helgdag", "{n} är på helgdagar", n)
    if why is Left.PAST:
        return plural(lang, "{n} har redan varit", "{n} har redan varit", n)
    if why is Left.OVERLAPS:
        return plural(lang, "{n} krockar med en tid som finns", "{n} krockar med tider som finns", n)
    return plural(lang, "{n} är när klockan ställs om", "{n} är när klockan ställs om", n)


def _told(given: Given, form: Form, desk: Desk) -> dict[str, Any]:
    lang = desk.lang
    n, left = len(given.times), len(given.left)
    if form.repeat == RULE:
        said = plural(lang, "Öppnar {n} tid nu", "Öppnar {n} tider nu", n)
    else:
        said = plural(lang, "Öppnar {n} tid", "Öppnar {n} tider", n)
    return {
        "n": n,
        "said": said,
        "left": plural(lang, "{n} tid öppnas inte:", "{n} tider öppnas inte:", left) if left else "",
        "why": [left_words(why, count, lang) for why, count in given.left_by_reason().items()],
        "named": [
            f"{day_words(span.starts, lang)} {clock_time(span.starts)}" for span, _ in given.left[:MOST_NAMED]
        ],
        "more": max(left - MOST_NAMED, 0),
        "first": f"{day_words(given.times[0].starts, lang)} {clock_time(given.times[0].starts)}" if n else "",
        "last": f"{day_words(given.times[-1].starts, lang)} {clock_time(given.times[-1].starts)}"
        if n
        else "",
        "ahead": text(
            lang, "Sedan öppnar regeln nya tider av sig själv, {n} dagar i förväg.", n=form.ahead_days
        )
        if form.repeat == RULE
        else "",
    }


@get(HERE)
async def opening(request: Web) -> Response[Any]:
    """The form; with `preview`, what it would open."""
    by = await web.carer(request)
    query = request.query_params
    return await opening_page(request, by, Form.read(query), preview="preview" in query)


@post(HERE, status_code=303)
async def open_now(request: Web) -> Response[Any]:
    """Open the times, or add the rule."""
    by = await web.carer(request)
    form = Form.read(await request.form())
    try:
        async with house(request).database.transaction(by.scope) as connection:
            choices = await _choices(connection, by)
        schedule, kind = choices.schedule(form), choices.kind(form)
        pattern = form.pattern(kind.minutes)
        if form.repeat == RULE:
            new = NewRule(
                schedule_id=schedule.schedule_id,
                time_type=form.time_type,
                pattern=pattern,
                ahead_days=_ahead(form),
            )
            opened = await actions.add_rule(house(request), by=by, new=new)
        else:
            opened = await actions.open_times(
                house(request),
                by=by,
                schedule_id=schedule.schedule_id,
                time_type=form.time_type,
                pattern=pattern,
            )
    except Refusal as refusal:
        if refusal.status in (401, 404, 503):
            raise
        return await opening_page(request, by, form, preview=False, refusal=refusal)
    day = clock.local(opened.times[0].starts).date() if opened.times else pattern.from_day
    address = f"{PATH}?day={day.isoformat()}&view=week&schedule={schedule.schedule_id}"
    return see(f"{address}&done=opened&n={len(opened.times)}")
