"""What a thing will look like for those whom it concerns, drawn from what stands in the form just now."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from vardlots.admin.editing import Editing
from vardlots.admin.frame import Frame
from vardlots.admin.words import hours, spans
from vardlots.cases.ending import configured as ending
from vardlots.clinics import words
from vardlots.clinics.hours import Exceptional, Hours, opening
from vardlots.configuration import placeholders, time_types
from vardlots.conversations import phrases
from vardlots.forms import configured as forms
from vardlots.forms.faults import ContentError
from vardlots.notifications import configured as sms
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.triage import protocols
from vardlots.worklist import welcome

Drawn = dict[str, Any]
Preview = Callable[[Connection, Frame, Editing, Any], Awaitable[Drawn | None]]
MOST_QUESTIONS = 60


async def preview(connection: Connection, frame: Frame, at: Editing) -> Drawn | None:
    """The preview's data (`kind` names its part of the template); None while the form is not whole."""
    draw = PREVIEWS.get(at.kind.code)
    if draw is None:
        return None
    try:
        value = msgspec.convert(at.body, at.kind.shape)
        return await draw(connection, frame, at, value)
    except (msgspec.ValidationError, ContentError, ValueError, LookupError):
        return None


def _drawn(kind: str, title: str, note: str = "", **more: Any) -> Drawn:
    return {"kind": kind, "title": title, "note": note, **more}


async def _timetable(_c: Connection, frame: Frame, at: Editing, value: Any) -> Drawn | None:
    lang, week = frame.lang, {day: list(span) for day, span in value.week.items()}
    exceptions = {
        one.date: Exceptional((one.opens, one.closes) if one.opens else None, one.text)
        for one in value.exceptions
    }
    on_call = at.kind.code == "on_call"
    state = opening(Hours(week, exceptions), clock.now())
    now = "" if on_call else words.opening_words(state, lang)
    coming = sorted(
        (one for one in value.exceptions if one.date >= clock.today()), key=lambda one: str(one.date)
    )
    days = [*spans(week, lang), (text(lang, "helgdag"), hours(week.get("holiday"), lang))]
    return _drawn(
        "hours",
        text(lang, "Så läser jouren det") if on_call else text(lang, "Så läser patienten det"),
        name=frame.unit_name(at.unit_id),
        now=now[:1].upper() + now[1:],
        days=days,
        exceptions=[
            (
                pages.day_words(one.date, lang),
                hours([one.opens, one.closes] if one.opens else None, lang),
                one.text,
            )
            for one in coming
        ],
    )


async def _sms(connection: Connection, frame: Frame, at: Editing, value: sms.SmsTemplate) -> Drawn | None:
    lang = frame.lang
    provider = await connection.fetchval(
        "SELECT name FROM provider WHERE provider_id = $1", frame.by.provider_id
    )
    texts = []
    for code, label in (("sv", text(lang, "Svenska")), ("en", text(lang, "Engelska"))):
        shown = sms.preview(at.key, value.written(code), provider=provider, unit=_unit(frame, at), lang=code)
        parts = shown.segments.parts
        signs = len(shown.text)
        length = plural(lang, "ett tecken", "{n} tecken", signs)
        sent = plural(lang, "ett sms", "{n} sms", parts)
        texts.append({"label": label, "text": shown.text, "length": f"{length}, {sent}"})
    return _drawn("sms", text(lang, "Så ser det ut i telefonen"), texts=texts)


def _unit(frame: Frame, at: Editing) -> str:
    """A unit to fill in: the thing's own, the chosen one, or one's own."""
    return frame.unit_name(at.unit_id or frame.unit_id or frame.by.unit_id)


def _values(frame: Frame, at: Editing) -> Mapping[str, str]:
    return {
        "patient": "Elin",
        "staff": frame.by.name,
        "title": text(frame.lang, frame.by.title[:1].lower() + frame.by.title[1:]),
        "unit": _unit(frame, at),
    }


def _bubbles(texts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"side": "them", "text": said, "meta": label} for label, said in texts if said]


async def _welcome(_c: Connection, frame: Frame, at: Editing, value: welcome.WelcomeText) -> Drawn | None:
    lang, filled = frame.lang, _values(frame, at)
    texts = [
        (text(lang, "Svenska"), placeholders.fill(value.sv, filled)),
        (text(lang, "Engelska"), placeholders.fill(value.en, filled)),
    ]
    return _drawn("chat", text(lang, "Så läser patienten det"), bubbles=_bubbles(texts))


async def _visit_text(_c: Connection, frame: Frame, _at: Editing, value: ending.VisitText) -> Drawn | None:
    lang, filled = frame.lang, {"name": "Elin", "time": "10.40"}
    texts = [
        (text(lang, "Svenska"), placeholders.fill(value.sv, filled)),
        (text(lang, "Engelska"), placeholders.fill(value.en, filled)),
    ]
    return _drawn("chat", text(lang, "Så läser patienten det"), bubbles=_bubbles(texts))


async def _phrase(_c: Connection, frame: Frame, at: Editing, value: phrases.PhraseText) -> Drawn | None:
    lang, filled = frame.lang, _values(frame, at)
    texts = [
        (text(lang, "Svenska"), phrases.fill(value, filled)),
        (text(lang, "Engelska"), phrases.fill(value, filled, "en") if value.text_en else ""),
    ]
    left = phrases.unfilled(texts[0][1])
    note = text(lang, "Det som står inom klammer fyller den som skriver i själv.") if left else ""
    return _drawn("chat", text(lang, "Så läser patienten det"), note, bubbles=_bubbles(texts))


async def _protocol(_c: Connection, frame: Frame, at: Editing, value: protocols.ProtocolText) -> Drawn | None:
    code = at.key if not at.is_new else at.notes["~key"].strip()
    return drawn_questions(frame, protocols.preview(code, value, frame.lang))


async def _form(_c: Connection, frame: Frame, _at: Editing, value: forms.FormText) -> Drawn | None:
    return drawn_questions(frame, forms.preview(value, frame.lang))


def drawn_questions(frame: Frame, found: list[dict[str, Any]]) -> Drawn:
    """Questions as the patient gets them, the first of them."""
    lang = frame.lang
    blanks = {
        "boolean": text(lang, "Ja eller nej"),
        "integer": text(lang, "Ett tal"),
        "decimal": text(lang, "Ett tal"),
        "quantity": text(lang, "Ett tal"),
        "date": text(lang, "Ett datum"),
        "dateTime": text(lang, "Ett datum och en tid"),
        "time": text(lang, "En tid"),
        "url": text(lang, "En webbadress"),
        "group": "",
        "display": "",
        "attachment": text(lang, "En bild"),
    }
    questions = []
    for one in found[:MOST_QUESTIONS]:
        notes = [one["id"]]
        if one["several"]:
            notes.append(text(lang, "flera svar"))
        if not one["required"] and blanks.get(one["type"]) != "":
            notes.append(text(lang, "frivillig"))
        if one["shown_if"]:
            notes.append(text(lang, "visas om {condition}", condition=", ".join(one["shown_if"])))
        questions.append(
            {
                "text": one["text"],
                "help": one["help"],
                "options": one["options"],
                "several": one["several"],
                "blank": blanks.get(one["type"], text(lang, "Egna ord")),
                "note": " · ".join(notes),
            }
        )
    return _drawn("questions", text(lang, "Frågorna som patienten får"), questions=questions)


async def _time_type(_c: Connection, frame: Frame, _at: Editing, value: time_types.TimeType) -> Drawn | None:
    shown = time_types.preview(value, frame.lang)
    sees = shown.patient_name or text(frame.lang, "Patienten ser inte tiden")
    return _drawn(
        "time",
        text(frame.lang, "Så ser en tid ut"),
        name=shown.name,
        sees=sees,
        span=shown.span,
        colour=value.colour,
    )


async def _role(connection: Connection, frame: Frame, at: Editing, value: Any) -> Drawn | None:
    """Where the role stands: at which units, with how many people today."""
    found = await connection.fetch(
        "SELECT unit_id, count(DISTINCT staff_id) AS n FROM assignment WHERE provider_id = $1 AND role = $2 "
        "AND valid_from <= $3 AND (valid_to IS NULL OR valid_to >= $3) GROUP BY unit_id ORDER BY unit_id",
        frame.by.provider_id,
        at.key,
        clock.today(),
    )
    said = value.label if frame.lang == "sv" else value.label_en or value.label
    rows = [{"depth": 0, "name": said, "note": "", "own": True}]
    for row in found:
        note = plural(frame.lang, "en medarbetare", "{n} medarbetare", row["n"])
        rows.append({"depth": 1, "name": frame.unit_name(row["unit_id"]), "note": note, "own": False})
    return _drawn("tree", text(frame.lang, "Så ser det ut i filtret"), rows=rows)


async def _resource(connection: Connection, frame: Frame, _at: Editing, value: Any) -> Drawn | None:
    """The unit with its resources, this one among them."""
    lang = frame.lang
    provider = await connection.fetchval(
        "SELECT name FROM provider WHERE provider_id = $1", frame.by.provider_id
    )
    name = value.name or frame.names.roles.get(value.role, value.role)
    note = value.specialty
    rows = [
        {"depth": 0, "name": provider, "note": "", "own": False},
        {"depth": 1, "name": frame.unit_name(value.unit), "note": "", "own": False},
        {"depth": 2, "name": name, "note": note, "own": True},
    ]
    return _drawn("tree", text(lang, "Så ser det ut i trädet"), rows=rows)


PREVIEWS: dict[str, Preview] = {
    "opening": _timetable,
    "on_call": _timetable,
    "sms_template": _sms,
    "welcome": _welcome,
    "visit_text": _visit_text,
    "phrase": _phrase,
    "protocol": _protocol,
    "form": _form,
    "time_type": _time_type,
    "role": _role,
    "resource": _resource,
}
