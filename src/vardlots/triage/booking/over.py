"""A booked visit that is over without a conversation: cancelled, missed, or it took place at the unit."""

from collections.abc import Mapping, Sequence
from typing import Any

from vardlots.booking.model import Appointment, AppointmentState
from vardlots.cases.model import Case, Entry, Kind, Phase
from vardlots.platform.i18n import apart, joined, text
from vardlots.triage.booking.days import moment_in_words
from vardlots.triage.booking.reading import Around


def over_context(
    case: Case,
    booked: Appointment | None,
    rows: Sequence[Entry],
    at: Around,
    shared: Mapping[str, Any],
    lang: str,
) -> dict[str, Any]:
    """What became of it by its timeline's `rows`, and what one can do now."""
    when = moment_in_words(booked.starts_at, lang) if booked else ""
    was = joined(lang, when, at.unit.name)
    cancelled = next((row for row in reversed(rows) if row.kind is Kind.BOOKING_CANCELLED), None)
    over = _cancelled(cancelled, at, lang) if case.phase is Phase.CANCELLED else _over(booked, at, lang)
    return {"over": over, "was": was, "ways": _ways(at, shared, lang)}


def _cancelled(row: Entry | None, at: Around, lang: str) -> dict[str, str]:
    """Whoever cancelled is said: what somebody did themselves is no news."""
    if row is not None and row.author_kind != "patient":
        return {
            "icon": "calendar-x",
            "tint": "notice",
            "title": text(lang, "Vården har avbokat tiden"),
            "said": str(row.body.get("reason", "")),
            "text": text(
                lang, "Behöver du fortfarande hjälp, ring {unit} eller sök vård på nytt.", unit=at.unit.name
            ),
        }
    return {
        "icon": "circle-check",
        "tint": "",
        "title": text(lang, "Tiden är avbokad"),
        "text": text(lang, "Du behöver inte göra något mer. Behöver du hjälp, sök vård på nytt."),
    }


def _over(booked: Appointment | None, at: Around, lang: str) -> dict[str, str]:
    state = booked.state if booked else None
    if state is AppointmentState.MISSED:
        return {
            "icon": "info",
            "tint": "notice",
            "title": text(lang, "Besöket blev inte av"),
            "text": text(
                lang,
                "{unit} har noterat att ni inte sågs. Behöver du fortfarande hjälp, ring dem eller sök vård på nytt.",
                unit=at.unit.name,
            ),
            "said": (booked.why if booked else "") or "",
        }
    return {
        "icon": "circle-check",
        "tint": "",
        "title": text(lang, "Besöket är klart"),
        "text": text(lang, "Kommer du på något efteråt, ring {unit}.", unit=at.unit.name),
    }


def _ways(at: Around, shared: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if at.unit.phone:
        number = at.unit.phone.replace(" ", "").replace("-", "")
        label = text(lang, "Ring {unit}", unit=at.unit.name)
        found.append(
            {
                "href": f"tel:{number}",
                "label": label,
                "sub": apart(lang, at.unit.phone),
                "icon": "phone",
                "tile": True,
            }
        )
    found.append(
        {
            "href": f"/care{shared['for_query']}",
            "label": text(lang, "Sök vård"),
            "sub": text(lang, "Svara på frågor om besvären"),
            "icon": "stethoscope",
            "tile": True,
        }
    )
    found.append(
        {
            "href": "tel:1177",
            "label": text(lang, "Ring 1177"),
            "sub": text(lang, "Råd om vård, dygnet runt"),
            "icon": "phone",
            "tile": True,
        }
    )
    return found
