"""Timeline rows as `conversations/bubble.html` draws them, for the page, for live rows and for both sides."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.model import Audience, Case, Entry, Kind
from vardlots.cases.queries import Attachment
from vardlots.conversations.forms.cards import card_of
from vardlots.conversations.queries import Talk
from vardlots.forms.text import say
from vardlots.platform import clock
from vardlots.platform.pages import clock_time

_SPOKEN = frozenset({Kind.MESSAGE, Kind.INFORMATION, Kind.CHASED})


def drawn(
    talk: Talk, *, by: PatientActor | StaffActor, base: str, fresh: bool = False
) -> list[dict[str, Any]]:
    """The rows as dicts for the template; a row on a new day carries that `day`."""
    day = clock.local(talk.since).date() if talk.since else None
    found: list[dict[str, Any]] = []
    for row in talk.rows:
        own_day = clock.local(row.at).date()
        entry = _entry(row, talk, by, base)
        entry |= {
            "fresh": fresh,
            **({"day": row.at, "days_ago": _days_ago(own_day)} if own_day != day else {}),
        }
        found.append(entry)
        day = own_day
    return found


def other_read(case: Case, by: PatientActor | StaffActor) -> int:
    """How far the other side has read."""
    return case.staff_read_n if isinstance(by, PatientActor) else case.patient_read_n


def state_of(case: Case, by: PatientActor | StaffActor) -> str:
    """`phase.owner.priority`: what the page around the conversation depends on, and `.p…` while the visit is paused.
    For staff, `.inbox` when the patient has written since the visit (*Markera som klar* comes and goes with it), and
    `.h…` while a handover waits for an answer, `.e…` how far a patient who goes on at another provider has read and
    answered, and `.g…` who of the guests are in the chat and who give advice."""
    inbox = ".inbox" if case.inbox_at is not None and isinstance(by, StaffActor) else ""
    pause = f".p{case.paused_until:%d%H%M}" if case.paused_until is not None else ""
    # A patient is told that the visit closes, not that they have been reminded.
    told = isinstance(by, StaffActor) or case.chase == "warned"
    sought = f".c{case.chase}" if case.chase is not None and told else ""
    asked = f".h{case.handover_n}" if case.handover_n is not None and isinstance(by, StaffActor) else ""
    beside = f"{inbox}{pause}{asked}{sought}{_elsewhere(case, by)}{_guests(case, by)}"
    return f"{case.phase}.{case.owner_staff_id or 0}.{case.priority}{beside}"


def _elsewhere(case: Case, by: PatientActor | StaffActor) -> str:
    if case.referred_n is None or isinstance(by, PatientActor):
        return ""
    return f".e{case.patient_read_n >= case.referred_n:d}{case.patient_last_n > case.referred_n:d}"


def _guests(case: Case, by: PatientActor | StaffActor) -> str:
    if not case.guests or isinstance(by, PatientActor):
        return ""
    return f".g{'-'.join(map(str, case.chat_guests))}/{'-'.join(map(str, case.consult_guests))}"


def last_shown(talk: Talk, by: PatientActor | StaffActor, after: int = 0) -> int:
    """How far the rows have come for the reader: a patient is not told how many more staff have among themselves."""
    if isinstance(by, StaffActor):
        return talk.case.last_n
    return talk.rows[-1].n if talk.rows else after


def told_anew(rows: Iterable[Entry], by: PatientActor | StaffActor) -> str:
    """What follows the state where rows that just came change what staff read beside the conversation, so that they
    look again; the next answer is without it, and they do so once more."""
    told = (Kind.RETRIAGED, Kind.INFORMATION, Kind.HANDOVER_REMINDED, Kind.CALLED, Kind.EXPORTED)
    news = [row.n for row in rows if row.kind in told]
    return f".told{news[-1]}" if news and isinstance(by, StaffActor) else ""


def agreed_at(rows: Iterable[Entry]) -> int | None:
    """The number of the row that tells the patient what was decided, where staff have shared it."""
    return next((row.n for row in rows if row.kind is Kind.ENDED and row.body.get("agreed")), None)


def topics_of(case: Case) -> str:
    """The topics that a page with the conversation listens to."""
    return f"case:{case.ref} typing:{case.ref} online:{case.ref}"


def _entry(row: Entry, talk: Talk, by: PatientActor | StaffActor, base: str) -> dict[str, Any]:
    case, files = talk.case, talk.files
    told = {"n": row.n, "time": clock_time(row.at), "datetime": row.at.isoformat(timespec="seconds")}
    if row.kind is Kind.FORM_SENT and (form := talk.forms.get(row.body["request_id"])) is not None:
        side = "me" if row.author_kind == by.kind else "them"
        return told | {"kind": "form", "side": side, "card": card_of(form, case, by, base)}
    if row.kind not in _SPOKEN:
        return told | {"kind": "system", "event": row.kind.value, "who": row.author_name, **_told_of(row, by)}
    # What goes out by itself is said by the staff's side.
    mine = (row.author_kind == "patient") == isinstance(by, PatientActor)
    attached = [files[file_id] for file_id in row.body.get("attachments", ()) if file_id in files]
    return told | {
        "kind": "message",
        "side": "me" if mine else "them",
        "text": row.body.get("text", ""),
        "name": _name_of(row, by, mine),
        "automatic": bool(row.body.get("automatic")),
        "information": row.kind is Kind.INFORMATION,
        "state": _state(row, case, by) if mine else None,
        **attached_as_drawn(attached, base),
    }


# Rows whose "from" (and "was") is when a booked time begins.
_OF_TIMES = frozenset({Kind.BOOKED, Kind.REBOOKED, Kind.BOOKING_CANCELLED, Kind.TIME_WITHDRAWN})


def _told_of(row: Entry, by: PatientActor | StaffActor) -> dict[str, Any]:
    """What the words of a system row need."""
    if row.kind is Kind.RETRIAGED and isinstance(by, PatientActor):
        # What staff had set the priority to, and when it was kept, is theirs.
        return {"body": {"until": None}}
    body = dict(row.body)
    if row.kind is Kind.TICKET_SENT:
        body["href"] = f"/{'my' if isinstance(by, PatientActor) else 'staff'}/tickets/{body['ticket']}"
        body["side"] = "them" if isinstance(by, PatientActor) else "me"
        # An older row has its title in Swedish alone.
        title = body["title"]
        body["title"] = say(title, by.lang) if isinstance(title, dict) else title
    # Whoever gives advice is not in the conversation: the patient neither sees them nor reads of them.
    body["beside"] = row.audience is Audience.STAFF
    until = body.get("until")
    body["until"] = datetime.fromisoformat(until) if isinstance(until, str) else None
    if row.kind in _OF_TIMES:
        body |= {name: datetime.fromisoformat(body[name]) for name in ("from", "was") if body.get(name)}
    return {"body": body}


def _name_of(row: Entry, by: PatientActor | StaffActor, mine: bool) -> str | None:
    """Who wrote: patients read a first name, colleagues a whole one; one's own words need none."""
    if mine and row.author_id == by.actor_id:
        return None
    return row.author_name.split(" ")[0] if isinstance(by, PatientActor) else row.author_name


def _state(row: Entry, case: Case, by: PatientActor | StaffActor) -> str:
    return "read" if row.n <= other_read(case, by) else "sent"


def attached_as_drawn(files: Iterable[Attachment], base: str) -> dict[str, Any]:
    """Files as a bubble shows them: pictures, and papers to open."""
    pictures: list[dict[str, str]] = []
    papers: list[dict[str, str]] = []
    for file in files:
        href = f"{base}/files/{file.attachment_id}"
        if file.thumb_key:
            pictures.append({"href": href, "src": f"{href}?thumb=1", "name": file.name})
        else:
            papers.append({"href": href, "name": file.name, "size": size_words(file.size_bytes)})
    return {"pictures": pictures, "papers": papers}


def size_words(size: int) -> str:
    """A file's size for people: 340 kB, 2,1 MB."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")


def _days_ago(day: date) -> int:
    return (clock.today() - day).days
