"""What stands above the calendar: the day, the ways to others, whose times, and what was just done."""

from datetime import date
from typing import Any

from vardlots.access.web import Web
from vardlots.booking.schedules import policy
from vardlots.platform import clock, pages
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import day_words
from vardlots.worklist.booking.calendar_read import DAY, PATH, WEEK, Page, address


def head(found: Page) -> dict[str, Any]:
    """What stands above the grid: the day, ways to others, which schedules."""
    desk, asked, lang = found.desk, found.asked, found.desk.lang
    step = 1 if asked.view == DAY else 7
    said = day_words(asked.day, lang)
    title = f"{said[:1].upper()}{said[1:]}"
    if asked.view == WEEK:
        week = asked.first.isocalendar().week
        title = text(
            lang,
            "Vecka {week}, {first}–{last}",
            week=week,
            first=_short(asked.first, lang),
            last=_short(asked.last, lang),
        )
    return {
        "title": title,
        "day": asked.day.isoformat(),
        "is_today": asked.first <= clock.today() <= asked.last,
        "today_url": address(found, day=clock.today().isoformat()),
        "before_url": address(found, day=asked.step(-step)),
        "after_url": address(found, day=asked.step(step)),
        "views": [
            {"label": text(lang, "Dag"), "href": address(found, view=DAY), "active": asked.view == DAY},
            {"label": text(lang, "Vecka"), "href": address(found, view=WEEK), "active": asked.view == WEEK},
        ],
        "whose": {
            "label": text(lang, "Schema"),
            "value": found.shown[0].title if asked.schedule_id else text(lang, "Alla"),
            "on": asked.schedule_id is not None,
            "options": [
                {
                    "label": text(lang, "Alla"),
                    "href": address(found, schedule=""),
                    "active": asked.schedule_id is None,
                },
                *(
                    {
                        "label": one.title,
                        "href": address(found, schedule=one.schedule_id),
                        "active": asked.schedule_id == one.schedule_id,
                    }
                    for one in found.schedules
                ),
            ],
        },
        "kept": {
            "unit": desk.chosen.unit_id or "all",
            "role": desk.chosen.role or "all",
            "staff": desk.chosen.staff_id or "all",
            **asked.query(day=""),
        },
        "changes": policy.administers_all(desk.by)
        or any(
            policy.may_change(desk.by, unit_id=one.unit_id, staff_id=one.staff_id) for one in found.schedules
        ),
        "cancel_url": f"{PATH}/cancel?first={max(asked.first, clock.today()).isoformat()}"
        + (f"&schedule={asked.schedule_id}" if asked.schedule_id else ""),
        "open_url": f"{PATH}/open?from_day={max(asked.first, clock.today()).isoformat()}"
        + (f"&schedule={asked.schedule_id}" if asked.schedule_id else ""),
        "kinds": [
            {"name": one.name if lang == "sv" else one.name_en, "colour": one.colour}
            for code, one in found.said.types.items()
            if not found.is_board and any(row["time_type"] == code for row in found.rows)
        ],
    }


def _short(day: date, lang: str) -> str:
    return day_words(day, lang).split(" ", 1)[1]


def done_words(request: Web) -> str:
    """What was just done, in words: the address says only which it was."""
    lang = pages.language_of(request)
    n = whole(request.query_params.get("n", ""), 5) or 0
    return {
        "opened": plural(lang, "{n} tid är öppnad.", "{n} tider är öppnade.", n),
        "blocked": text(lang, "Tiden är spärrad."),
        "unblocked": text(lang, "Tiden är ledig igen."),
        "removed": text(lang, "Tiden är borttagen."),
        "moved": text(lang, "Tiden är flyttad."),
        "rebooked": text(lang, "Tiden är flyttad och patienten får veta det."),
        "withdrawn": text(lang, "Tiden är inställd och patienten får veta det."),
        "cancelled": plural(
            lang,
            "Dagarna är stängda. {n} patient får veta det.",
            "Dagarna är stängda. {n} patienter får veta det.",
            n,
        ),
    }.get(request.query_params.get("done", ""), "")
