"""What staff see of triage in a visit: why the priority, what was answered first and anew, what nobody has read yet."""

from typing import Any

import msgspec
import structlog

from vardlots.cases.model import Entry, Kind
from vardlots.cases.queries import Attachment
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import clock_time, when_words
from vardlots.triage import content
from vardlots.triage.explain import Account, Difference, account
from vardlots.triage.model import Autoanamnes
from vardlots.triage.queries import Kept
from vardlots.triage.words import protocol_words
from vardlots.worklist.told import NOTHING, Told, marked, tell
from vardlots.worklist.visit_read import Visit

log = structlog.get_logger()
_TAKING = (Kind.ACCEPTED, Kind.ASSIGNED, Kind.TAKEN_OVER)
NEAREST = 6
"""How many of the rules that nearly held are shown whole."""


class Asked(msgspec.Struct, frozen=True):
    """One interview of a case with what it told, and the timeline's row in which it reached the case."""

    kept: Kept
    told: Told
    row: Entry | None

    @property
    def n(self) -> int:
        """The number of that row; the case's first where there is none."""
        return self.row.n if self.row is not None else 1


def asked_of(visit: Visit, lang: str) -> list[Asked]:
    """The case's interviews, the newest first."""
    rows = {row.body.get("interview"): row for row in visit.talk.rows if row.kind is Kind.RETRIAGED}
    return [Asked(kept, tell(kept, lang), rows.get(kept.interview_id)) for kept in visit.interviews]


def overview(visit: Visit, asked: list[Asked], lang: str) -> dict[str, Any]:
    """The triage's part of the patient panel."""
    newest = asked[0].told if asked else NOTHING
    return {
        "priority_source": priority_source(visit, lang),
        "why": why(visit, asked, lang),
        "marks": way_marks(visit, lang),
        "anew": [_anew(one, lang) for one in asked if one.row is not None],
        "history": histories(asked, lang),
        "untriaged": untriaged(visit, asked, lang),
        "notes": newest.notes or (asked[-1].told.notes if asked else []),
    }


def priority_source(visit: Visit, lang: str) -> str:
    """Who or what gave the priority that holds, and when."""
    change = next(
        (
            row
            for row in reversed(visit.talk.rows)
            if row.kind is Kind.PRIORITY_CHANGED
            or (row.kind is Kind.RETRIAGED and row.body["from"] != row.body["to"])
            or (row.kind is Kind.HANDED_OVER and row.body["from"] != row.body["priority"])
        ),
        None,
    )
    if change is None and visit.case.interview_id is None:
        # No questions led to it: a time or a ticket did, or staff began it.
        return visit.practice.name(visit.case.reason, lang)
    if change is None:
        return text(lang, "Triage: {reason}", reason=visit.practice.name(visit.case.reason, lang).lower())
    words = {"before": change.body["from"], "time": when_words(change.at, lang)}
    if change.kind is Kind.RETRIAGED:
        return text(lang, "Höjd från {before} av nya svar {time}", **words)
    if change.body["priority" if change.kind is Kind.HANDED_OVER else "to"] < change.body["from"]:
        return text(lang, "Höjd från {before} av {who} {time}", who=change.author_name, **words)
    return text(lang, "Sänkt från {before} av {who} {time}", who=change.author_name, **words)


def way_marks(visit: Visit, lang: str) -> list[str]:
    """What is out of the ordinary in the way that the case has come (`triage/queueing.py`)."""
    opened = next((row.body for row in visit.talk.rows if row.kind is Kind.OPENED), {})
    found = []
    if role := opened.get("suggested_role"):
        found.append(
            text(
                lang,
                "Triagen föreslog {role}, som inte finns på enheten.",
                role=visit.known.role_name(role, lang).lower(),
            )
        )
    if opened.get("out_of_region"):
        found.append(text(lang, "Utomlänspatient"))
    return found


def why(visit: Visit, asked: list[Asked], lang: str) -> dict[str, Any] | None:
    """The why-box: the rule that decided in the newest answers."""
    if not asked or asked[0].told.outcome is None:
        return None
    newest, outcome, change = asked[0], asked[0].told.outcome, visit.last_priority_change
    assert outcome is not None
    deciding = outcome.rules[0]
    answers = newest.row.body["answers"] if newest.row is not None else visit.case.triage_priority
    return {
        "title": text(lang, "Varför prioritet {n}", n=answers),
        "because": deciding.because,
        "more": outcome.nothing_more_urgent or "",
        "others": [f"{hit.id}: {hit.because}" for hit in outcome.rules[1:4]],
        "by_hand": text(lang, "Ändrad för hand: ”{reason}”", reason=change.body["reason"]) if change else "",
        "source": text(
            lang,
            "Regel {rule}, {protocol}.",
            rule=deciding.id,
            protocol=protocol_words(outcome.protocol_title.lower(), outcome.version, lang),
        ),
    }


def _anew(one: Asked, lang: str) -> dict[str, str]:
    """*Svarade på nytt 10.14: 3 → 2*, and what stood in the way where the answers were milder."""
    row = one.row
    assert row is not None
    body = row.body
    line = text(
        lang,
        "Svarade på nytt {time}: {before} → {after}",
        time=when_words(row.at, lang),
        before=body["from"],
        after=body["to"],
    )
    answers = body["answers"]
    note = {
        "staff": text(
            lang, "De nya svaren ger {n}. Det som personal har satt sänks inte av sig självt.", n=answers
        ),
        "triage": text(lang, "De nya svaren ger {n}. Prioriteten sänks inte av sig själv.", n=answers),
    }.get(body.get("kept", ""), "")
    return {"line": line, "note": note}


def histories(asked: list[Asked], lang: str) -> list[dict[str, Any]]:
    """Every history, the newest first, with what is new in it and what is gone since the one before."""
    found = []
    for place, one in enumerate(asked):
        before = asked[place + 1].told.history if place + 1 < len(asked) else None
        found.append({"title": _title(one, lang), **compared(one.told.history, before)})
    return found


def _title(one: Asked, lang: str) -> str:
    if one.row is not None:
        return text(lang, "Svarade på nytt {time}", time=when_words(one.row.at, lang))
    return text(lang, "Sökte vård {time}", time=when_words(one.kept.changed_at, lang))


def compared(history: Autoanamnes, before: Autoanamnes | None) -> dict[str, Any]:
    """A history's rows, each with `was` (its text before) and `new`; `gone` are rows and denials not there any more."""
    if before is None:
        rows = [{"label": row.label, "text": row.text, "new": False, "was": ""} for row in history.rows]
        denied = [{"text": one, "new": False} for one in history.denied]
        return {"rows": rows, "denied": denied, "gone": [], "not_denied": []}
    old = {row.label: row.text for row in before.rows}
    now = {row.label for row in history.rows}
    return {
        "rows": [
            {
                "label": row.label,
                "text": row.text,
                "new": old.get(row.label) != row.text,
                "was": old[row.label] if row.label in old and old[row.label] != row.text else "",
            }
            for row in history.rows
        ],
        "denied": [{"text": one, "new": one not in before.denied} for one in history.denied],
        "gone": [{"label": label, "text": said} for label, said in old.items() if label not in now],
        "not_denied": [one for one in before.denied if one not in history.denied],
    }


def untriaged(visit: Visit, asked: list[Asked], lang: str) -> dict[str, Any]:
    """What triage has not read: own words and free text, what was added, pictures; and whether a nurse has looked.

    Whoever has the case has looked when their read mark has come to the row that brought it.
    """
    read = visit.case.staff_read_n
    items = [
        {**written, "time": _when(visit, one) if len(asked) > 1 else "", "new": one.n > read}
        for one in asked
        for written in one.told.words
    ]
    added = [row for row in visit.talk.rows if row.kind is Kind.INFORMATION]
    items += [item for row in added if (item := _added(row, read, lang)) is not None]
    n_of = {one.kept.interview_id: one.n for one in asked}
    pictures = [_picture(visit, file, n_of.get(file.interview_id or 0, 1) > read) for file in visit.uploads]
    for row in added:
        files = (visit.talk.files.get(name) for name in row.body.get("attachments", ()))
        pictures += [_picture(visit, file, row.n > read) for file in files if file is not None]
    unread = any(one["new"] for one in (*items, *pictures))
    return {
        "items": items,
        "pictures": pictures,
        "unread": unread,
        "state": _looked(visit, unread, lang) if items or pictures else "",
        "danger": any(part["danger"] for item in items for part in item["parts"]),
    }


def _when(visit: Visit, one: Asked) -> str:
    return clock_time(one.row.at if one.row is not None else visit.case.arrived_at)


def _added(row: Entry, read: int, lang: str) -> dict[str, Any] | None:
    written = str(row.body.get("text", ""))
    if not written:
        return None
    words = content.protocols().danger
    return {
        "label": text(lang, "Tillagt i väntan"),
        "parts": marked(written, words.find(written), words, lang),
        "time": clock_time(row.at),
        "new": row.n > read,
    }


def _picture(visit: Visit, file: Attachment, new: bool) -> dict[str, Any]:
    href = f"/staff/cases/{visit.case.ref}/files/{file.attachment_id}"
    return {
        "href": href,
        "src": f"{href}?thumb=1",
        "is_picture": file.thumb_key is not None,
        "name": file.name,
        "new": new,
    }


def _looked(visit: Visit, unread: bool, lang: str) -> str:
    """Who has looked, and since when: the one who has the case, or had it last."""
    taken = next((row for row in reversed(visit.talk.rows) if row.kind in _TAKING), None)
    if unread and (visit.case.staff_read_n == 0 or taken is None):
        return text(lang, "Ingen har läst än")
    if taken is None:
        return text(lang, "Läst")
    who = str(taken.body.get("who") or taken.author_name)
    words = {"who": who, "time": when_words(taken.at, lang)}
    if unread:
        return text(lang, "Nytt sedan {who} läste", **words)
    return text(lang, "Läst av {who}, tog emot {time}", **words)


def answers(asked: list[Asked], lang: str) -> list[dict[str, Any]]:
    """The original answers of every interview, the newest first, with what each answer was before."""
    found = []
    for place, one in enumerate(asked):
        earlier = asked[place + 1].told.answers if place + 1 < len(asked) else ()
        before = {row.link_id: row.answer for row in earlier if row.counted}
        outcome = one.told.outcome
        found.append(
            {
                "title": _title(one, lang),
                "source": protocol_words(outcome.protocol_title, outcome.version, lang) if outcome else "",
                "rows": [
                    {
                        "question": row.question,
                        "answer": row.answer,
                        "counted": row.counted,
                        "was": before[row.link_id]
                        if before.get(row.link_id, row.answer) != row.answer
                        else "",
                        "new": bool(earlier) and row.link_id not in before,
                    }
                    for row in one.told.answers
                ],
                "notes": one.told.notes,
            }
        )
    return found


def accounts(visit: Visit, asked: list[Asked], lang: str) -> list[dict[str, Any]]:
    """*Så räknades prioriteten*, for every interview: replayed now and compared with what was kept at the time."""
    return [_account(visit, one, lang) for one in asked]


def _account(visit: Visit, one: Asked, lang: str) -> dict[str, Any]:
    title = _title(one, lang)
    if one.kept.outcome is None:
        return {"title": title, "gone": text(lang, "Det finns inget utfall att räkna om."), "alarm": False}
    try:
        told = account(one.kept.interview(), one.kept.outcome, lang)
    except LookupError:
        log.error("outcome_without_protocol", case=str(visit.case.ref), interview=str(one.kept.ref))
        said = text(
            lang,
            "Protokollet {code} version {n} finns inte kvar. Det går inte att räkna om.",
            code=one.kept.protocol,
            n=one.kept.version,
        )
        return {"title": title, "gone": said, "alarm": True}
    if told.differences:
        fields = [differing.field for differing in told.differences]
        log.error(
            "outcome_does_not_replay", case=str(visit.case.ref), interview=str(one.kept.ref), fields=fields
        )
    return {"title": title, "gone": "", "alarm": bool(told.differences), **_drawn(told, lang)}


def _drawn(told: Account, lang: str) -> dict[str, Any]:
    outcome = told.outcome
    shown, rest = told.near[:NEAREST], (*told.near[NEAREST:], *told.far)
    return {
        "told": told,
        "protocol": protocol_words(told.title, outcome.version, lang),
        "priority": outcome.priority,
        "booking": outcome.booking,
        "headline": outcome.title,
        "differences": [_difference(one, lang) for one in told.differences],
        "near": [{"rule": one, "met": _met(one.near, one.held_back, lang)} for one in shown],
        "rest": plural(lang, "{n} regel till stämmer inte", "{n} regler till stämmer inte", len(rest))
        if rest
        else "",
        "far": [{"id": one.id, "priority": one.priority, "because": one.because} for one in rest],
    }


def _difference(one: Difference, lang: str) -> str:
    name = {
        "rules": text(lang, "Regler"),
        "priority": text(lang, "Prioritet"),
        "booking": text(lang, "Bokning"),
        "level": text(lang, "Vårdnivå"),
    }[one.field]
    return text(lang, "{name}: var {kept}, blir {now}", name=name, kept=one.kept, now=one.now)


def _met(near: Any, held_back: bool, lang: str) -> str:
    if held_back:
        return text(lang, "Stämmer, men lugnar och räknas inte bredvid det som är mer bråttom")
    return text(lang, "{met} av {needed} stämmer", met=near.needed - near.lacking, needed=near.needed)
