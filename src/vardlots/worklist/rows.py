"""From a row of the database to a row ready to draw: what the template prints is worked out here, once per row."""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.live import Hub
from vardlots.platform.pages import clock_time, day_words, when_words
from vardlots.triage.configured import Names, Practice
from vardlots.triage.words import mobile_words
from vardlots.worklist import untriaged
from vardlots.worklist.directory import Directory
from vardlots.worklist.marks import Mark, taken_marks, top, waiting_marks

CHILD_YEARS = 18
# The bar is 92 wide, its tick (the target) two thirds of the way.
TICK, LEAST, MOST = 61, 6, 86


class Words(msgspec.Struct, frozen=True):
    """The words of a list in one language."""

    minutes: str
    hours: str
    hours_minutes: str
    marks: dict[Mark, tuple[str, str, str]]
    just_taken: str
    sms: dict[str, tuple[str, str, str]]
    phases: dict[str, str]
    booked: str
    timeless: tuple[str, str, str]
    until: str
    unread: tuple[str, str, str]
    waits: tuple[str, str, str]
    veiled: str
    veiled_case: str
    protected: str
    administrative: str


@cache
def words(lang: str) -> Words:
    """The words in a language, looked up once."""
    return Words(
        minutes=text(lang, "{n} min"),
        hours=text(lang, "{hours} tim"),
        hours_minutes=text(lang, "{hours} tim {n} min"),
        marks={
            Mark.CALL_NOW: (text(lang, "Ring direkt"), "danger", "phone-call"),
            Mark.CALL: (text(lang, "Ring patienten"), "danger", "phone-call"),
            Mark.UNREAD: (text(lang, "Patienten har inte läst"), "danger", "phone-call"),
            Mark.REFERRED: (text(lang, "Går vidare när patienten läst"), "info", "arrow-right-left"),
            Mark.OFFERED: (text(lang, "Synk överlämning"), "accent", "arrow-right-left"),
            Mark.LEFT: (text(lang, "Nytt svar, ingen på skift"), "danger", "message-circle"),
            Mark.ANSWERED: (text(lang, "Nytt svar"), "accent", "message-circle"),
            Mark.OVERDUE: (text(lang, "{time} över målet"), "danger", "timer"),
            Mark.CLOSES: (text(lang, "Stängs {time} utan svar"), "notice", "timer"),
            Mark.CALLS: (text(lang, "Ring {time} om inget svar kommer"), "notice", "phone"),
            Mark.TALK: (text(lang, "Nytt från en kollega"), "violet", "message-square-lock"),
            Mark.HANDED: (text(lang, "Synk överlämning"), "notice", "arrow-right-left"),
            # The patient has been told so: whoever takes it calls, and not only writes.
            Mark.CALL_PROMISED: (text(lang, "Ring patienten"), "notice", "phone"),
            Mark.PAUSED: (text(lang, "Pausad till {time}"), "", "pause"),
            Mark.AWAY: (text(lang, "Ägaren är inte på skift"), "notice", "clock-alert"),
            Mark.NOT_BEGUN: (text(lang, "Inte startad"), "notice", "hourglass"),
            Mark.JUST_CAME: (text(lang, "Kom nyss"), "accent", "sparkles"),
            Mark.GOES_ON: (text(lang, "Pågår"), "info", "message-circle"),
        },
        just_taken=text(lang, "{name} tog nyss"),
        sms={
            "online": (" q-on", "", text(lang, "Online")),
            "read": ("", "check-check", text(lang, "Läst")),
            "sent": ("", "check", text(lang, "Skickat")),
            "delivered": ("", "smartphone", text(lang, "Framme")),
            "queued": ("", "moon", text(lang, "Väntar till morgonen")),
            "failed": (" q-none", "phone-off", text(lang, "Kom inte fram")),
            "no_number": (" q-none", "phone-off", text(lang, "Inget nummer")),
            "protected": (" q-none", "shield", text(lang, "Inga sms")),
            "veiled": ("", "minus", text(lang, "Visas inte")),
            "telephone": (" q-call", "phone", text(lang, "Telefon")),
            "none": ("", "minus", text(lang, "Inget skickat")),
        },
        phases={
            "follow_up": text(lang, "Avslutad"),
            "closed": text(lang, "Stängd"),
            "cancelled": text(lang, "Patienten lämnade kön"),
            "unbooked": text(lang, "Avbokad"),
        },
        booked=text(lang, "Bokad {time}"),
        timeless=(text(lang, "Väntar på ny tid"), "notice", "calendar-clock"),
        until=text(lang, "Öppen till {time}"),
        unread=(text(lang, "Nytt svar"), "accent", "message-circle"),
        waits=(text(lang, "Väntar i kö"), "", "list-ordered"),
        veiled=text(lang, "Spärrad"),
        veiled_case=text(lang, "Spärrat ärende"),
        protected=text(lang, "Skyddad"),
        administrative=text(lang, "Administrativt"),
    )


class Pen(msgspec.Struct, frozen=True):
    """What drawing the rows of one list needs to know. `by` is who reads it."""

    by: StaffActor
    lang: str
    provider_id: int
    known: Directory
    names: Names
    practice: Practice
    hub: Hub
    now: datetime
    many_units: bool


def span(said: Words, minutes: int) -> str:
    """A length of time: 13 min, 1 tim 5 min, 3 tim."""
    if minutes < 60:
        return said.minutes.format(n=minutes)
    hours, rest = divmod(minutes, 60)
    if rest and hours < 10:
        return said.hours_minutes.format(hours=hours, n=rest)
    return said.hours.format(hours=hours)


# Once the patient has read, how the text went is no longer worth telling.
_READABLE = frozenset({"sent", "delivered", "queued"})


def reached(hub: Hub, row: dict[str, Any]) -> str:
    """How far the patient has been reached: online, or what has become of the text message."""
    if hub.online(f"person:{row['actor_person_id']}"):
        return "online"
    state: str = row["notice_state"]
    return "read" if state in _READABLE and row["read_by_patient"] else state


def draw(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """The row with what is common to every list: address, name of the complaint, who, SMS, who has it."""
    said = words(pen.lang)
    case_id = row["case_id"]
    row["id"] = ref = f"{pen.provider_id}-{case_id}"
    row["href"] = f"/staff/cases/{ref}"
    row["reason"] = said.veiled_case if row["veiled"] else pen.names[row["reason"]]
    fact = row["fact"]
    row["fact"] = text(pen.lang, fact) if fact else ""
    row["admin"] = said.administrative if row.get("kind") == "administrative" else ""
    # Who it is stands behind a shield, with the word that says why.
    row["shield"] = said.veiled if row["veiled"] else said.protected if row["protected"] else ""
    row["tint"] = 1 + case_id % 4
    row["short"] = row["initials"].replace(" ", "")
    row["child"] = row["age"] is not None and row["age"] < CHILD_YEARS
    row["role"] = pen.known.role_name(row["role"], pen.lang)
    row["unit"] = pen.known.unit_name(row["unit_id"])
    sms = "veiled" if row["veiled"] else reached(pen.hub, row)
    if row.get("contact") == "telephone":
        sms = "telephone"
    row["sms_class"], row["sms_icon"], row["sms_text"] = said.sms[sms]
    row["call_on"] = mobile_words(row.get("call_on"))
    owner = row["owner"]
    row["owner_short"] = "".join(part[0] for part in owner.split()[:2]) if owner else ""
    row["owner_tint"] = 1 + (row["owner_staff_id"] or 0) % 4
    row.update(untriaged.marks(row.pop("untold", None), pen.lang, errand=bool(row["admin"])))
    row["state"] = row["flag"] = row["flag_kind"] = row["flag_icon"] = ""
    row["time"] = ""
    row["first"] = False
    row["take"] = ""
    return row


def draw_waiting(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """A row of *Väntar i kö*: waiting time against the target, and the one state that matters most."""
    draw(pen, row)
    said = words(pen.lang)
    if row["owner"]:
        _wait(pen, row, row["accepted_at"])
        row["state"] = "taken"
        row["owner"] = said.just_taken.format(name=row["owner"].split()[0])
        return row
    waited = _wait(pen, row, pen.now)
    over = waited - row["target"]
    if over > 0:
        row["state"] = "over"  # the stripe and the time tell of it, whatever the flag says
    mark = top(
        waiting_marks(
            priority=row["priority"],
            waited=waited,
            target=row["target"],
            telephoned=pen.practice.telephoned,
        )
    )
    _flag(row, said, mark, span(said, over))
    return row


def draw_taken(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """A row of *Mottagna*: how long the patient waited, and the one state that matters most."""
    draw(pen, row)
    _wait(pen, row, row["accepted_at"])
    flag_taken(pen, row)
    row["time"] = clock_time(row["accepted_at"])
    return row


def draw_booked(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """A booked visit among other cases: its time, or that it waits for a new one. Nobody waits in a queue for it."""
    draw(pen, row)
    said = words(pen.lang)
    _wait(pen, row, pen.now)
    if row["booked_from"] is None:
        _put(row, *said.timeless)
    else:
        _put(row, said.booked.format(time=when_words(row["booked_from"], pen.lang)), "", "calendar-check")
    return row


def draw_ended(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """A row of *Avslutade*: when it ended, and whether the patient can still write."""
    draw(pen, row)
    said = words(pen.lang)
    _wait(pen, row, row["accepted_at"] or row["ended_at"])
    if row["phase"] == "follow_up":
        # The day is enough in a list; the last day says the hour.
        until = row["writable_until"]
        today = clock.local(until).date() == clock.local(pen.now).date()
        open_until = said.until.format(time=clock_time(until) if today else day_words(until, pen.lang))
        _put(row, open_until, "", "message-circle")
    else:
        phase = "unbooked" if row["phase"] == "cancelled" and row.get("booked_from") else row["phase"]
        _put(row, said.phases[phase], "", "x" if row["phase"] == "cancelled" else "check")
    row["time"] = when_words(row["ended_at"], pen.lang)
    return row


def draw_async(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """A row of Asynkrona: what was written last, when, and how long the patient can write."""
    draw_ended(pen, row)
    moment = row["inbox_at"] or row["ended_at"]
    row["at"] = clock_time(moment) if moment.date() == pen.now.date() else when_words(moment, pen.lang)
    return tell_last(pen, row)


def tell_last(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """What came last from the patient: `excerpt`, or `told`, what was chosen in the form of an errand."""
    row["told"] = ""
    if not row["excerpt"] and not row["shield"]:
        if row["admin"] and row.get("only_sent"):
            row["told"] = row["fact"]
        elif row["inbox_at"]:
            row["excerpt"] = text(pen.lang, "Bild eller fil")
    return row


def _wait(pen: Pen, row: dict[str, Any], until: datetime) -> int:
    # Whoever has a time waits from it on, not from when they booked.
    since = row.get("booked_from") or row["arrived_at"]
    minutes = max(int((until - since).total_seconds() // 60), 0)
    row["target"] = pen.practice.target(row["unit_id"], row["priority"])
    raw = round(TICK * minutes / row["target"])
    row["waited"] = span(words(pen.lang), minutes)
    row["bar"] = min(max(raw, LEAST), MOST)
    row["bar_over"] = raw > TICK
    return minutes


def flag_taken(pen: Pen, row: dict[str, Any]) -> Mark | None:
    """Put the one state of a case that somebody has on its row. Returns it; None for what is blocked."""
    if row["veiled"]:
        return None
    mark = top(taken_marks(row, pen.by, pen.now))
    until = row["chase_at"] if mark in (Mark.CLOSES, Mark.CALLS) else row["paused_until"]
    _flag(row, words(pen.lang), mark, when_words(until, pen.lang) if until else "")
    return mark


def _flag(row: dict[str, Any], said: Words, mark: Mark | None, time: str) -> None:
    if mark is not None:
        told, kind, icon = said.marks[mark]
        _put(row, told.format(time=time), kind, icon)


def _put(row: dict[str, Any], said: str, kind: str, icon: str) -> None:
    row["flag"], row["flag_kind"], row["flag_icon"] = said, kind, icon


def minutes_since(moment: datetime) -> int:
    """Whole minutes from a moment until now."""
    return max(int((clock.now() - moment).total_seconds() // 60), 0)
