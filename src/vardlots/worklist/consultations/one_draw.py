"""What the page of one consultation says, worked out in words."""

from typing import TYPE_CHECKING, Any

from vardlots.cases.model import CaseRef
from vardlots.consultations.checks import CONSENT_WORDS
from vardlots.consultations.model import Act, Entry, Kind, Side
from vardlots.platform import clock
from vardlots.platform.i18n import N_, text
from vardlots.platform.pages import clock_time, when_words
from vardlots.worklist.about import who_words
from vardlots.worklist.consultations.drawing import state_words
from vardlots.worklist.rows import minutes_since, span, words
from vardlots.worklist.search import phase_name
from vardlots.worklist.shell import Desk

if TYPE_CHECKING:
    from vardlots.worklist.consultations.one import One, Related

# What a row says that holds no words of somebody's.
_TOLD = {
    Kind.ACCEPTED: N_("{who} tog emot konsultationen"),
    Kind.WITHDRAWN: N_("{who} tog tillbaka konsultationen"),
    Kind.OPENED_CASE: N_("{who} gick till besöket"),
    Kind.TAKEN: N_("{who} tog över besöket. Chatten med patienten är deras"),
    Kind.BEGUN: N_("{who} startade en ny chatt med patienten"),
    Kind.REMINDED: N_("Påminnelse skickad, ingen har svarat än"),
}


def drawn(desk: Desk, one: "One") -> dict[str, Any]:
    """The page's own context, beside the shell's."""
    found, lang, by = one.found, desk.lang, desk.by
    ref = str(found.ref)
    receiver, sender = Side.RECEIVER in one.held, Side.SENDER in one.held
    row = {
        "state": found.state.value,
        "answered_at": found.answered_at,
        "sender_ended_at": found.sender_ended_at,
        "owner": one.owner,
    }
    state, kind, icon = state_words(row, lang, sent=not receiver)
    answers_as = next((side for side in (Side.RECEIVER, Side.SENDER) if one.may(by, Act.ANSWER, side)), None)
    inside = found.provider_id == by.provider_id
    return {
        "ref": ref,
        "base": f"/staff/consultations/{ref}",
        "topics": f"consultation:{ref}",
        "priority": found.priority,
        "reason": desk.pen.names[found.reason],
        "admin": words(lang).administrative if found.kind == "administrative" else "",
        "who": _who(one, lang),
        "patient_url": f"/staff/patients/{found.person_id}" if inside else "",
        "state": {"text": state, "kind": kind, "icon": icon},
        "from": _place(one.from_unit, one.from_provider, shown=found.is_elsewhere),
        "sender": one.sender,
        "to": _place(f"{one.to_unit}, {one.role.lower()}", one.to_provider, shown=found.is_elsewhere),
        "sent_at": when_words(found.sent_at, lang),
        "waited": span(words(lang), minutes_since(found.sent_at)) if found.waits else "",
        "by_telephone": found.by_telephone,
        "responsible": _responsible(one, lang),
        "owner": one.owner,
        "rows": [_row(desk, one, row) for row in one.rows],
        "related": [_related(desk, one, row) for row in one.related],
        "from_visit": f"/staff/cases/{found.from_case}" if sender and found.from_case else "",
        "files": [
            {
                "href": f"/staff/consultations/{ref}/files/{file.attachment_id}",
                "name": file.name,
                "picture": file.thumb_key is not None,
            }
            for file in one.files
        ],
        "consent": _consent(one, lang),
        "elsewhere": found.is_elsewhere,
        "answers_as": answers_as.value if answers_as else "",
        "may": {
            "accept": one.may(by, Act.ACCEPT, Side.RECEIVER),
            "decline": one.may(by, Act.DECLINE, Side.RECEIVER),
            "withdraw": one.may(by, Act.WITHDRAW, Side.SENDER),
            "end_receiver": one.may(by, Act.END, Side.RECEIVER),
            "end_sender": one.may(by, Act.END, Side.SENDER),
            "begin": one.may(by, Act.BEGIN, Side.RECEIVER) and found.new_case_id is None,
        },
        "sides": {"sender": sender, "receiver": receiver},
        "sender_ended": found.sender_ended_at is not None and found.state.value not in ("withdrawn",),
        "new_case": f"/staff/cases/{CaseRef(found.to_provider_id, found.new_case_id)}"
        if receiver and found.new_case_id is not None
        else "",
    }


def _place(name: str, provider: str, *, shown: bool) -> str:
    return f"{name}, {provider}" if shown else name


def _who(one: "One", lang: str) -> dict[str, str]:
    """Whom it is about: a patient here, or what the sender typed for a provider that does not know them."""
    if one.person is not None:
        return who_words(one.person, lang)
    subject = one.found.subject
    name, number = (subject.name, subject.number) if subject else ("", "")
    return {"name": name, "number": number, "protected": ""}


def _responsible(one: "One", lang: str) -> str:
    """Who answers for the patient until somebody else has said that they do (001 §2.3)."""
    if not one.found.waits:
        return ""
    if Side.RECEIVER in one.held:
        return text(lang, "{unit} har ansvaret tills ni svarar.", unit=one.from_unit)
    if Side.SENDER in one.held:
        return text(lang, "Ni har ansvaret tills mottagaren har tagit emot.")
    return text(lang, "{unit} har ansvaret tills mottagaren har tagit emot.", unit=one.from_unit)


def _row(desk: Desk, one: "One", row: Entry) -> dict[str, Any]:
    lang, by, found = desk.lang, desk.by, one.found
    by_sender = row.n == 1 or row.body.get("side") == Side.SENDER.value
    own = row.author_kind == "staff" and row.author_id == by.staff_id
    told = ""
    if row.kind is Kind.DECLINED:
        told = text(lang, "{who} avböjde: {why}", who=row.author_name, why=row.body["reason"])
    elif row.kind is Kind.ENDED:
        told = (
            text(lang, "{who} avslutade hos avsändaren", who=row.author_name)
            if by_sender
            else text(lang, "{who} avslutade hos mottagaren", who=row.author_name)
        )
    elif row.kind in _TOLD:
        told = text(lang, _TOLD[row.kind], who=row.author_name)
    read_n = found.receiver_read_n if by_sender else found.sender_read_n
    return {
        "n": row.n,
        "told": told,
        "text": row.body.get("text", ""),
        "who": row.author_name,
        "unit": one.from_unit if by_sender else one.to_unit,
        "own": own,
        "initials": "".join(part[0] for part in row.author_name.split()[:2]),
        "tint": 1 + row.author_id % 4,
        "at": _time(row.at, lang),
        "read": "text" in row.body and own and read_n >= row.n,
    }


def _time(moment: Any, lang: str) -> str:
    today = clock.local(moment).date() == clock.today()
    return clock_time(moment) if today else when_words(moment, lang)


def _related(desk: Desk, one: "One", row: "Related") -> dict[str, Any]:
    lang = desk.lang
    if row.blocked:
        return {
            "case": "",
            "reason": words(lang).veiled_case,
            "line": text(lang, "Spärrat av patienten"),
        }
    state = phase_name(lang, row.phase, row.booked)
    place = desk.known.unit_name(row.unit_id)
    line = text(lang, "{unit}. {state}", unit=place, state=state)
    if row.owner:
        line = text(lang, "{unit}. {state}, {who}", unit=place, state=state, who=row.owner)
    return {
        "case": str(CaseRef(one.found.provider_id, row.case_id)),
        "reason": desk.pen.names[row.reason],
        "line": line,
    }


def _consent(one: "One", lang: str) -> str:
    consent = one.found.consent
    if consent is None:
        return ""
    how, given = CONSENT_WORDS[consent.how], CONSENT_WORDS[consent.given_by]
    return text(
        lang,
        "{given} {how}. Noterat av {who}.",
        given=text(lang, given),
        how=text(lang, how),
        who=consent.noted_by,
    )
