"""*Scheman och regler*: whose times there are, how they open by themselves, which days are closed, what has changed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.booking.schedules import actions, policy
from vardlots.booking.schedules.days import actions as days
from vardlots.booking.schedules.model import Closed, Rule, Schedule
from vardlots.booking.schedules.queries import closed_at, rule_of, rules_of, schedule_of, schedules_at
from vardlots.booking.schedules.types import known_time_types
from vardlots.cases.web import house
from vardlots.clinics.words import week_words
from vardlots.configuration.time_types import TimeType
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import id_sent, whole
from vardlots.platform.pages import day_words, see, when_words
from vardlots.worklist.booking.calendar_opening import every_words
from vardlots.worklist.booking.calendar_read import PATH
from vardlots.worklist.shell import Desk, context, open_desk

HERE = f"{PATH}/schedules"
SHOWN_BACK = timedelta(days=30)
SHOWN_AHEAD = timedelta(days=400)


def rule_words(rule: Rule, types: Mapping[str, TimeType], lang: str) -> dict[str, str]:
    """A rule as one says it: *mån–tors 08.00–12.00*, every how many weeks, of which type, and from when."""
    span = [rule.from_time.strftime("%H:%M"), rule.to_time.strftime("%H:%M")]
    kind = types.get(rule.time_type)
    name = rule.time_type if kind is None else kind.name if lang == "sv" else kind.name_en
    parts = [
        text(lang, "{name}, {n} min", name=name, n=rule.minutes),
        every_words(rule.every_weeks, lang).lower(),
    ]
    if rule.on_holidays:
        parts.append(text(lang, "även helgdagar"))
    first = day_words(rule.from_day, lang)
    if rule.to_day is not None:
        span_said = text(lang, "{first} till {last}", first=first, last=day_words(rule.to_day, lang))
    else:
        span_said = text(lang, "från {first}", first=first)
    if rule.ended_at is not None:
        opened = text(lang, "Avslutad {when}", when=when_words(rule.ended_at, lang))
    elif rule.opened_through is not None:
        opened = text(lang, "Öppnad till och med {day}", day=day_words(rule.opened_through, lang))
    else:
        opened = text(lang, "Inga tider öppnade än")
    return {
        "when": week_words({str(day - 1): span for day in rule.weekdays}, lang),
        "what": ", ".join(parts),
        "span": span_said,
        "opened": opened,
    }


def closed_words(one: Closed, lang: str) -> str:
    """*tors 24 dec*, or from one day to another."""
    first = day_words(one.from_day, lang)
    if one.from_day == one.to_day:
        return first
    return text(lang, "{first} till {last}", first=first, last=day_words(one.to_day, lang))


def _role(desk: Desk, one: Schedule) -> str:
    return desk.known.role_name(one.role, desk.lang)


@get(HERE)
async def schedules(request: Web) -> Response[Any]:
    """Every schedule of one's units, and the form for a new one."""
    return await _list_page(request, await web.carer(request), {})


async def _list_page(
    request: Web, by: StaffActor, typed: Mapping[str, str], refusal: Refusal | None = None
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        found = await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids), also_off=True)
        ids = [one.schedule_id for one in found]
        rules = await rules_of(connection, provider_id=by.provider_id, schedule_ids=ids)
    lang = desk.lang
    live = {one.schedule_id: 0 for one in found}
    for rule in rules:
        live[rule.schedule_id] += rule.ended_at is None
    values = {
        **context(desk, "calendar", PATH),
        "places": [
            {
                "unit": desk.known.unit_name(unit_id),
                "rows": [
                    {
                        "href": f"{HERE}/{one.schedule_id}",
                        "title": one.title,
                        "role": _role(desk, one),
                        "person": one.staff_id is not None,
                        "off": not one.active,
                        "rules": plural(lang, "{n} regel", "{n} regler", live[one.schedule_id])
                        if live[one.schedule_id]
                        else text(lang, "Inga regler"),
                    }
                    for one in sorted(found, key=lambda one: not one.active)
                    if one.unit_id == unit_id
                ],
            }
            for unit_id in sorted({one.unit_id for one in found}, key=lambda unit_id: not by.at_home(unit_id))
        ],
        "form": _new_form(desk, by, typed),
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "said": _said(request),
    }
    return pages.page(
        request, "worklist/calendar_schedules.html", values, status=refusal.status if refusal else 200
    )


def _new_form(desk: Desk, by: StaffActor, typed: Mapping[str, str]) -> dict[str, Any]:
    """What a schedule is laid up from: one's units, their staff with their roles there, and the roles of resources."""
    lang, all_of_them = desk.lang, policy.administers_all(by)
    units = sorted(by.unit_ids, key=lambda unit_id: (not by.at_home(unit_id), desk.known.unit_name(unit_id)))
    several = len(units) > 1
    people = [
        {
            "value": f"{post.unit_id}-{post.role}-{one.staff_id}",
            "label": ", ".join(
                part
                for part in (
                    one.name,
                    desk.known.role_name(post.role, lang),
                    desk.known.unit_name(post.unit_id) if several else "",
                )
                if part
            ),
        }
        for one in desk.known.colleagues_at(units)
        for post in sorted(one.posts, key=lambda post: (post.unit_id, post.role))
        if post.unit_id in by.unit_ids
        and post.role in desk.known.caring
        and (all_of_them or one.staff_id == by.staff_id)
    ]
    return {
        "people": people,
        "units": [{"value": str(unit_id), "label": desk.known.unit_name(unit_id)} for unit_id in units],
        "roles": [
            {"value": code, "label": desk.known.role_name(code, lang)} for code in sorted(desk.known.caring)
        ],
        "resources": all_of_them,
        "typed": dict(typed),
    }


async def _form(request: Web) -> dict[str, str]:
    found = await request.form()
    return {name: str(value).strip() for name, value in found.items() if not name.startswith("_")}


@post(HERE, status_code=303)
async def add(request: Web) -> Response[Any]:
    """Lay up a schedule: for a person (*3-nurse-17*), or for a resource with a name."""
    by, form = await web.carer(request), await _form(request)
    try:
        if form.get("name"):
            made = await actions.add_schedule(
                house(request),
                by=by,
                unit_id=id_sent(form.get("unit", "")),
                role=form.get("role", ""),
                name=form["name"],
            )
        else:
            unit, _, rest = form.get("who", "").partition("-")
            role, _, staff = rest.rpartition("-")
            made = await actions.add_schedule(
                house(request),
                by=by,
                unit_id=whole(unit, 9) or 0,
                role=role,
                staff_id=whole(staff, 18) or 0,
            )
    except Refusal as refusal:
        if refusal.status == 404 and not form.get("name"):
            refusal = Invalid("who", "Välj en medarbetare.")
        if refusal.status in (401, 404, 503):
            raise refusal from None
        return await _list_page(request, by, form, refusal)
    return see(f"{HERE}/{made.schedule_id}?done=added")


@get(f"{HERE}/{{schedule:str}}")
async def schedule(request: Web) -> Response[Any]:
    """One schedule: its rules, closed days, and what has changed."""
    by = await web.carer(request)
    return await _one_page(request, by, id_sent(str(request.path_params["schedule"])))


async def _one_page(
    request: Web, by: StaffActor, schedule_id: int, refusal: Refusal | None = None
) -> Response[Any]:
    today = clock.today()
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        one = await schedule_of(connection, by=by, schedule_id=schedule_id)
        rules = await rules_of(connection, provider_id=by.provider_id, schedule_ids=[schedule_id])
        closed = await closed_at(
            connection,
            provider_id=by.provider_id,
            schedule_ids=[schedule_id],
            first=today - SHOWN_BACK,
            last=today + SHOWN_AHEAD,
            also_lifted=True,
        )
        types = await known_time_types(connection, by.provider_id)
    lang = desk.lang
    values = {
        **context(desk, "calendar", PATH),
        "title": one.title,
        "place": f"{_role(desk, one)}, {desk.known.unit_name(one.unit_id)}",
        "id": one.schedule_id,
        "off": not one.active,
        "may": policy.may_change(by, unit_id=one.unit_id, staff_id=one.staff_id),
        "rules": [
            {"id": rule.rule_id, **rule_words(rule, types, lang)} for rule in rules if rule.ended_at is None
        ],
        "closed": [
            {"id": day.closed_id, "when": closed_words(day, lang), "why": day.why, "by": day.set_by_name}
            for day in closed
            if day.lifted_at is None and day.to_day >= today
        ],
        "changes": _changes(rules, closed, types, lang),
        "calendar_url": f"{PATH}?view=week&schedule={one.schedule_id}",
        "open_url": f"{PATH}/open?schedule={one.schedule_id}&repeat=rule",
        "cancel_url": f"{PATH}/cancel?schedule={one.schedule_id}",
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "said": _said(request),
    }
    return pages.page(
        request, "worklist/calendar_schedule.html", values, status=refusal.status if refusal else 200
    )


def _changes(
    rules: Sequence[Rule], closed: Sequence[Closed], types: Mapping[str, TimeType], lang: str
) -> list[dict[str, str]]:
    """What has been done with the rules and the days, the latest first."""
    found = []
    for rule in rules:
        said = rule_words(rule, types, lang)["when"]
        found.append((rule.set_at, text(lang, "Regel tillagd: {what}", what=said), rule.set_by_name))
        if rule.ended_at is not None:
            found.append((rule.ended_at, text(lang, "Regel avslutad: {what}", what=said), ""))
    for one in closed:
        said = closed_words(one, lang)
        what = f"{said}. {one.why}" if one.why else said
        found.append((one.set_at, text(lang, "Stängt: {what}", what=what), one.set_by_name))
        if one.lifted_at is not None:
            found.append((one.lifted_at, text(lang, "Öppet igen: {what}", what=said), ""))
    found.sort(key=lambda change: change[0], reverse=True)
    return [{"at": when_words(at, lang), "what": what, "who": who} for at, what, who in found[:30]]


def _said(request: Web) -> str:
    lang = pages.language_of(request)
    n = whole(request.query_params.get("n", ""), 5) or 0
    return {
        "added": text(lang, "Schemat finns. Öppna tider i det."),
        "ended": plural(
            lang,
            "Regeln är avslutad. {n} ledig tid togs bort.",
            "Regeln är avslutad. {n} lediga tider togs bort.",
            n,
        )
        if n
        else text(lang, "Regeln är avslutad."),
        "lifted": plural(
            lang,
            "Dagarna är öppna igen. {n} tid öppnades av reglerna.",
            "Dagarna är öppna igen. {n} tider öppnades av reglerna.",
            n,
        ),
        "off": text(lang, "Schemat är avslutat."),
    }.get(request.query_params.get("done", ""), "")


@post(f"{HERE}/{{schedule:str}}/off", status_code=303)
async def switch_off(request: Web) -> Response[Any]:
    """*Avsluta schemat*."""
    by = await web.carer(request)
    schedule_id = id_sent(str(request.path_params["schedule"]))
    try:
        await actions.switch_off_schedule(house(request), by=by, schedule_id=schedule_id)
    except Refusal as refusal:
        if refusal.status in (401, 404, 503):
            raise
        return await _one_page(request, by, schedule_id, refusal)
    return see(f"{HERE}/{schedule_id}?done=off")


@post(f"{PATH}/rules/{{rule:str}}/end", status_code=303)
async def end_rule(request: Web) -> Response[Any]:
    """*Avsluta regeln*, its free times removed or kept."""
    by, form = await web.carer(request), await _form(request)
    rule_id = id_sent(str(request.path_params["rule"]))
    async with house(request).database.transaction(by.scope) as connection:
        rule = await rule_of(connection, provider_id=by.provider_id, rule_id=rule_id)
    try:
        removed = await actions.end_rule(
            house(request), by=by, rule_id=rule_id, remove_free=form.get("free") == "remove"
        )
    except Refusal as refusal:
        if refusal.status in (401, 404, 503):
            raise
        return await _one_page(request, by, rule.schedule_id, refusal)
    return see(f"{HERE}/{rule.schedule_id}?done=ended&n={removed}")


@post(f"{PATH}/closed/{{closed:str}}/lift", status_code=303)
async def lift_closed(request: Web) -> Response[Any]:
    """*Öppna dagarna igen*."""
    by, form = await web.carer(request), await _form(request)
    schedule_id = id_sent(form.get("schedule", "0"))
    try:
        opened = await days.lift_closed(
            house(request), by=by, closed_id=id_sent(str(request.path_params["closed"]))
        )
    except Refusal as refusal:
        if refusal.status in (401, 404, 503):
            raise
        return await _one_page(request, by, schedule_id, refusal)
    return see(f"{HERE}/{schedule_id}?done=lifted&n={opened}")
