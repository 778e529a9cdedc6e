"""Systematic review of the log: draw a sample, go through it, sign."""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import id_sent, whole
from vardlots.platform.pages import clock_time, day_words, see, when_words
from vardlots.review import actions, asking, queries, samples
from vardlots.review.markers import MARKERS
from vardlots.review.own_log import day_in
from vardlots.review.queries import LogRow
from vardlots.review.rows import draw
from vardlots.review.samples import SHOWN, Item, Review, Sample, Verdict
from vardlots.review.search_pages import tabs, unit_options
from vardlots.worklist.shell import Desk, context, open_desk

HOME = "/staff/log/reviews"
USUAL_COUNT = 20


@get(HOME)
async def reviews_page(request: Web) -> Response[Any]:
    """The reviews that have been made, and the form for a new one."""
    by = await web.reviewer(request)
    return await _list(request, by)


@post(HOME, status_code=303)
async def draw_review(request: Web) -> Response[Any]:
    """Draw a sample."""
    by = await web.reviewer(request)
    sent = await request.form()
    names = ("sample", "unit", "since", "until", "count", "marker")
    form = {name: str(sent.get(name, "")).strip()[:40] for name in names}
    try:
        review_id = await _draw(request, by, form)
    except Invalid as refusal:
        return await _list(request, by, form, refusal)
    return see(f"{HOME}/{review_id}")


async def _draw(request: Web, by: StaffActor, form: dict[str, str]) -> int:
    since, until = day_in(form["since"]), day_in(form["until"])
    if since is None:
        raise Invalid("since", "Skriv dagen som ÅÅÅÅ-MM-DD.")
    if until is None:
        raise Invalid("until", "Skriv dagen som ÅÅÅÅ-MM-DD.")
    count = form["count"]
    return await actions.draw(
        house(request).database,
        by=by,
        sample=Sample.STAFF_DAYS if form["sample"] == Sample.STAFF_DAYS.value else Sample.ACCESSES,
        unit_id=id_sent(form["unit"]) if form["unit"] else None,
        since=since,
        until=until,
        count=whole(count, 5) or 0,
        marker=form["marker"],
    )


async def _list(
    request: Web, by: StaffActor, form: dict[str, str] | None = None, refusal: Invalid | None = None
) -> Response[Any]:
    below = request.query_params.get("below", "")
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        units = await queries.reach(connection, by)
        found = await samples.reviews(connection, by=by, units=units, below=id_sent(below) if below else None)
    lang = desk.lang
    options = unit_options(desk, units)
    today = clock.today()
    usual = {
        "sample": Sample.ACCESSES.value,
        "unit": options[0]["value"] if units is not None and options else "",
        "since": str(today - timedelta(days=29)),
        "until": str(today),
        "count": str(USUAL_COUNT),
        "marker": "",
    }
    values = {
        **context(desk, "log", "/staff/log"),
        "tabs": tabs(lang, "reviews", whole=units is None),
        "form": form or usual,
        "units": options,
        "whole": units is None,
        "markers": asking.marker_options(lang),
        "samples": [{"value": one.value, "label": label} for one, label in _samples(lang).items()],
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": refusal.field if refusal else "",
        "reviews": [_drawn(one, desk) for one in found[:SHOWN]],
        "more_url": f"{HOME}?below={found[SHOWN - 1].review_id}" if len(found) > SHOWN else "",
    }
    return pages.page(request, "review/reviews.html", values, status=refusal.status if refusal else 200)


def _samples(lang: str) -> dict[Sample, str]:
    return {
        Sample.ACCESSES: text(lang, "Enskilda åtkomster"),
        Sample.STAFF_DAYS: text(lang, "En medarbetares hela dag"),
    }


def _drawn(one: Review, desk: Desk) -> dict[str, Any]:
    """A review in the list and at the head of its page."""
    lang = desk.lang
    return {
        "id": one.review_id,
        "href": f"{HOME}/{one.review_id}",
        "unit": desk.known.unit_name(one.unit_id)
        if one.unit_id is not None
        else text(lang, "Hela vårdgivaren"),
        "sample": _samples(lang)[one.sample],
        "period": text(lang, "{since} till {until}", since=one.from_day, until=one.to_day),
        "marker": text(lang, MARKERS[one.marker].label) if one.marker in MARKERS else "",
        "items": one.items,
        "judged": one.judged,
        "left": one.items - one.judged,
        "found": one.to_look_into,
        "population": one.population,
        "seed": one.seed,
        "drawn": text(
            lang, "Draget av {who} {when}", who=one.drawn_by_name, when=when_words(one.drawn_at, lang)
        ),
        "signed": text(
            lang, "Signerad av {who} {when}", who=one.signed_by_name, when=when_words(one.signed_at, lang)
        )
        if one.signed_at
        else "",
        "summary": one.summary or "",
        "state": _state(one, lang),
    }


def _state(one: Review, lang: str) -> str:
    if one.signed_at is None:
        return text(lang, "{n} av {all} genomgångna", n=one.judged, all=one.items)
    if one.to_look_into:
        return plural(lang, "En rad behöver utredas", "{n} rader behöver utredas", one.to_look_into)
    return text(lang, "Utan anmärkning")


@get(f"{HOME}/{{review:str}}")
async def review_page(request: Web) -> Response[Any]:
    """One review, row by row."""
    by = await web.reviewer(request)
    return await _show(request, by, _review_in(request))


@post(f"{HOME}/{{review:str}}/items/{{place:str}}", status_code=303)
async def judge_item(request: Web) -> Response[Any]:
    """*Utan anmärkning* or *Behöver utredas*."""
    by = await web.reviewer(request)
    review_id, place = _review_in(request), id_sent(str(request.path_params["place"])[:6])
    form = await request.form()
    comment = str(form.get("comment", ""))
    try:
        try:
            verdict = Verdict(str(form.get("verdict", "")))
        except ValueError:
            raise Invalid("comment", "Välj utan anmärkning eller behöver utredas.") from None
        await actions.judge(
            house(request).database, by=by, review_id=review_id, place=place, verdict=verdict, comment=comment
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return await _show(request, by, review_id, refusal, place=place, typed=comment)
    return see(f"{HOME}/{review_id}#row-{place + 1}")


@post(f"{HOME}/{{review:str}}/sign", status_code=303)
async def sign_review(request: Web) -> Response[Any]:
    """Sign: from now on nothing in it changes."""
    by = await web.reviewer(request)
    review_id = _review_in(request)
    summary = str((await request.form()).get("summary", ""))
    try:
        await actions.sign(house(request).database, by=by, review_id=review_id, summary=summary)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _show(request, by, review_id, refusal, typed=summary)
    return see(f"{HOME}/{review_id}")


async def _show(
    request: Web,
    by: StaffActor,
    review_id: int,
    refusal: Refusal | None = None,
    *,
    place: int | None = None,
    typed: str = "",
) -> Response[Any]:
    """Draw the review, with what was refused beside its cause."""
    day = request.query_params.get("day", "")
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        units = await queries.reach(connection, by)
        found = await samples.review(connection, by=by, units=units, review_id=review_id)
        if found is None:
            raise NotFound()
        drawn = await samples.items(connection, by.provider_id, review_id)
        behind = await samples.rows_of(connection, by=by, review=found, drawn=drawn)
        opened = next((one for one in drawn if one.staff_id is not None and str(one.place) == day), None)
        that_day = await samples.rows_of_day(connection, by=by, review=found, item=opened) if opened else []
        staff_ids = [row.actor_id for row in (*behind.values(), *that_day) if row.actor_kind == "staff"]
        titles = await queries.titles(connection, staff_ids)
    await read_log(request).record(
        access(by, "read_review", provider_id=by.provider_id, reason=f"granskning {review_id}")
    )
    lang = desk.lang

    def words(row: LogRow) -> dict[str, Any]:
        return draw(row, known=desk.known, titles=titles, lang=lang)

    values = {
        **context(desk, "log", "/staff/log"),
        "tabs": tabs(lang, "reviews", whole=units is None),
        "review": _drawn(found, desk),
        "base": f"{HOME}/{review_id}",
        "locked": found.signed_at is not None,
        "items": [
            {
                **_item(one, lang),
                "row": words(behind[one.log_id]) if one.log_id in behind else None,
                "rows": [words(row) for row in that_day[:SHOWN]] if one is opened else None,
                "fault": text(lang, refusal.message, **refusal.values)
                if refusal and one.place == place
                else "",
                "typed": typed if refusal and one.place == place else one.comment,
            }
            for one in drawn
        ],
        "fault": text(lang, refusal.message, **refusal.values) if refusal and place is None else "",
        "typed_summary": typed if place is None else "",
        "summary_max": actions.SUMMARY_MAX,
        "comment_max": actions.COMMENT_MAX,
    }
    return pages.page(request, "review/review.html", values, status=refusal.status if refusal else 200)


def _item(one: Item, lang: str) -> dict[str, Any]:
    day = clock.local(one.at)
    return {
        "place": one.place,
        "is_day": one.staff_id is not None,
        "who": one.staff_name or "",
        "day": f"{day_words(one.at, lang)} {day.year}",
        "time": clock_time(one.at),
        "verdict": one.verdict or "",
        "comment": one.comment,
        "judged": text(lang, "{who} {when}", who=one.judged_by_name, when=when_words(one.judged_at, lang))
        if one.judged_at
        else "",
    }


def _review_in(request: Web) -> int:
    """The review in the address. Raises NotFound for anything else."""
    return id_sent(str(request.path_params["review"]))


def review_page_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [reviews_page, draw_review, review_page, judge_item, sign_review]
