"""A row of the log in plain words, for reviewers: on the page and in a file."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from vardlots.audit.words import said
from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, day_words
from vardlots.review.markers import MARKERS
from vardlots.review.queries import LogRow
from vardlots.worklist.directory import Directory

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def draw(row: LogRow, *, known: Directory, titles: Mapping[int, str], lang: str) -> dict[str, Any]:
    """The row as the templates want it."""
    day = clock.local(row.at).date()
    year = "" if day.year == clock.today().year else f" {day.year}"
    return {
        "log_id": row.log_id,
        "moment": row.at,
        "day": day_words(day, lang) + year,
        "time": clock_time(row.at),
        "who": text(lang, "Systemet") if row.actor_kind == "system" else row.actor_name,
        "title": titles.get(row.actor_id, "") if row.actor_kind == "staff" else _not_staff(row, lang),
        "unit": known.unit_name(row.unit_id) if row.unit_id is not None else "",
        "what": said(row.action, lang),
        "person": whose(row, lang),
        "protected": row.protected,
        "case": str(row.case_id) if row.case_id is not None else "",
        "reason": row.reason or "",
        "markers": [
            {"label": text(lang, MARKERS[code].label), "rule": text(lang, MARKERS[code].rule)}
            for code in row.markers
        ],
    }


def whose(row: LogRow, lang: str) -> str:
    """Whose data it was: *Skyddad* for who is, nothing where it was about nobody."""
    if row.person_id is None:
        return ""
    if row.protected:
        return text(lang, "Skyddad")
    return row.person_name or text(lang, "Person {number}", number=row.person_id)


def _not_staff(row: LogRow, lang: str) -> str:
    return text(lang, "Patient eller vårdnadshavare") if row.actor_kind == "patient" else ""


def as_csv(rows: Sequence[LogRow], *, known: Directory, titles: Mapping[int, str], lang: str) -> bytes:
    """The rows for a spreadsheet: semicolons and a byte order mark, as Swedish ones open them; no formulas."""
    sheet = io.StringIO()
    out = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    out.writerow(
        [
            *(
                text(lang, "Nummer"),
                text(lang, "Tid"),
                text(lang, "Vem"),
                text(lang, "Titel"),
                text(lang, "Enhet"),
            ),
            *(text(lang, "Vad"), text(lang, "Vems uppgifter"), text(lang, "Ärende"), text(lang, "Skäl")),
            text(lang, "Märken"),
        ]
    )
    for row in rows:
        one = draw(row, known=known, titles=titles, lang=lang)
        cells = [
            *(row.log_id, f"{clock.local(row.at):%Y-%m-%d %H:%M:%S}", one["who"], one["title"], one["unit"]),
            *(one["what"], one["person"], one["case"], one["reason"]),
            ", ".join(mark["label"] for mark in one["markers"]),
        ]
        out.writerow([_plain(str(cell)) for cell in cells])
    return b"\xef\xbb\xbf" + sheet.getvalue().encode()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
