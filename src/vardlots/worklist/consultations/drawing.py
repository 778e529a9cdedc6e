"""From a consultation of the database to one ready to draw, in a list or as a card on the start page."""

from typing import Any

from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, when_words
from vardlots.worklist.consultations.queries import Tab
from vardlots.worklist.rows import minutes_since, span, words
from vardlots.worklist.shell import Desk


def draw(desk: Desk, row: dict[str, Any], tab: Tab) -> dict[str, Any]:
    """The row with its address, who it is about, from where or to whom, its one state, and how long it has waited."""
    lang, by = desk.lang, desk.by
    ref = f"{row['provider_id']}-{row['consultation_id']}"
    sent = tab is Tab.SENT or row.get("side") == "sent"
    row["id"] = ref
    row["href"] = f"/staff/consultations/{ref}"
    row["reason"] = words(lang).veiled_case if row["veiled"] else desk.pen.names[row["reason"]]
    row["admin"] = words(lang).administrative if row["kind"] == "administrative" else ""
    row["shield"] = words(lang).veiled if row["veiled"] else words(lang).protected if row["protected"] else ""
    row["place"] = _to(desk, row) if sent else _from(desk, row)
    row["role_name"] = (
        desk.known.role_name(row["role"], lang) if row["to_provider_id"] == by.provider_id else ""
    )
    row["unread"] = row["last_n"] > (row["sender_read_n"] if sent else row["receiver_read_n"])
    row["state_words"], row["state_kind"], row["state_icon"] = state_words(row, lang, sent=sent)
    row["waited"] = span(words(lang), minutes_since(row["sent_at"])) if row["state"] == "sent" else ""
    row["at"] = _short(row.get("done_at") or row["sent_at"], lang)
    row["line"] = _line(row, lang)
    return row


def _from(desk: Desk, row: dict[str, Any]) -> str:
    if row["by_telephone"]:
        return text(desk.lang, "Från 1177 på telefon")
    if row["provider_id"] != desk.by.provider_id:
        return text(
            desk.lang, "Från {unit}, {provider}", unit=row["from_unit"], provider=row["from_provider"]
        )
    return text(desk.lang, "Från {unit}", unit=row["from_unit"])


def _to(desk: Desk, row: dict[str, Any]) -> str:
    if row["to_provider_id"] != desk.by.provider_id:
        return text(desk.lang, "Till {unit}, {provider}", unit=row["to_unit"], provider=row["to_provider"])
    role = desk.known.role_name(row["role"], desk.lang)
    return text(desk.lang, "Till {unit}, {role}", unit=row["to_unit"], role=role.lower())


def _line(row: dict[str, Any], lang: str) -> str:
    """What stands under the reason: from where, and that it is a handover or what was written last."""
    if row["by_telephone"] and row["state"] == "sent":
        return text(lang, "{place}. Kan inte avböjas", place=row["place"])
    return (
        text(lang, "{place}. ”{words}”", place=row["place"], words=row["excerpt"])
        if row["excerpt"]
        else row["place"]
    )


def state_words(row: dict[str, Any], lang: str, *, sent: bool) -> tuple[str, str, str]:
    """The one thing to know of where it stands: words, the mark's kind, its icon."""
    state = row["state"]
    if state == "declined":
        return text(lang, "Avböjd"), "notice" if sent else "", "x"
    if state == "withdrawn":
        return text(lang, "Tillbakatagen"), "", "undo-2"
    if state == "sent":
        return (
            (text(lang, "Väntar på svar"), "info", "hourglass")
            if sent
            else (text(lang, "Ny"), "accent", "sparkles")
        )
    if row["answered_at"] is not None and row["sender_ended_at"] is None and sent:
        return text(lang, "Besvarad"), "accent", "message-circle"
    if state == "ended":
        return text(lang, "Avslutad"), "", "check"
    who = row["owner"].split()[0] if row["owner"] else ""
    if row["answered_at"] is not None:
        return text(lang, "Besvarad av {who}", who=who), "ok", "check"
    return text(lang, "Mottagen av {who}", who=who), "info", "check"


def _short(moment: Any, lang: str) -> str:
    today = clock.local(moment).date() == clock.today()
    return clock_time(moment) if today else when_words(moment, lang)
