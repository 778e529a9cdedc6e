"""The patient's page as its template wants it: words, dates, links."""

from typing import Any

from vardlots.consents import queries as consents
from vardlots.consents.model import HOW_LABELS, LABELS, STAFF_HEARD, STANDING, Consent, ConsentKind
from vardlots.patients.assisted.draw import begun_rows
from vardlots.patients.begin_choices import choices
from vardlots.patients.contacts_draw import draw_contacts
from vardlots.patients.queries import PatientCase
from vardlots.patients.read import PatientView
from vardlots.people.identity import age_text
from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.pages import day_words, when_words
from vardlots.tickets.model import Ticket
from vardlots.tickets.words import how_far, last_day, ticket_why
from vardlots.worklist.search import phase_name
from vardlots.worklist.shell import Desk
from vardlots.worklist.tickets.drawn import at_home, kind_words, state_words


def draw_patient(found: PatientView, desk: Desk) -> dict[str, Any]:
    """Context `p` of patients/patient.html."""
    lang, person = desk.lang, found.person
    return {
        "name": "" if person.protected else person.name,
        "protected": person.protected,
        "number": person.number_words,
        "age": age_text(person.birth_date, clock.today(), lang),
        "is_child": found.is_child,
        "left": not any(one.kind is ConsentKind.REGISTRATION and one.holds for one in found.said),
        "cases": [_case(row, found, desk) for row in found.cases],
        "out_of_region": found.out_of_region,
        "assists": bool(desk.pen.practice.roles.of(found.by.role).assists),
        "begin": choices(f"/staff/patients/{person.person_id}", lang),
        "begun": begun_rows(found.begun, desk.pen.practice, lang),
        "tickets": [_ticket(one, found, desk) for one in found.tickets],
        "blocks": len(found.blocks),
        "contacts": draw_contacts(found, desk),
        "guardians": [
            {"name": one.name, "initials": one.initials, "tint": 2 + one.person_id % 3}
            for one in found.guardians
        ],
        "consents": [_consent(kind, found, lang) for kind in STANDING],
        "log": [_said(one, found, lang) for one in found.said],
        "answerers": [
            {"value": str(one.person_id), "label": _spoken_of(one.name, found, lang)}
            for one in found.may_answer
        ],
        "ways": [
            {"value": how.value, "label": text(lang, HOW_LABELS[how]).capitalize()} for how in STAFF_HEARD
        ],
    }


def _case(row: PatientCase, found: PatientView, desk: Desk) -> dict[str, Any]:
    lang, by = desk.lang, found.by
    own = row.unit_id in by.unit_ids
    if row.case_id in found.blocked:
        # No more than that something is blocked: not where, when or how urgent.
        return {"href": f"/staff/cases/{by.provider_id}-{row.case_id}", "blocked": True}
    left = row.writable_until if row.phase == "follow_up" else None
    return {
        "href": f"/staff/cases/{by.provider_id}-{row.case_id}",
        "blocked": False,
        # What another unit's case is about is told inside it, to whoever has said why they open it.
        "reason": desk.pen.names[row.reason] if own else text(lang, "Ärende på annan enhet"),
        "priority": row.priority,
        "unit": desk.known.unit_name(row.unit_id),
        "at": f"{day_words(row.arrived_at, lang)} {clock.local(row.arrived_at).year}",
        "phase": phase_name(lang, row.phase),
        "left": text(lang, "kan skriva till {when}", when=when_words(left, lang)) if left else "",
    }


def _ticket(one: Ticket, found: PatientView, desk: Desk) -> dict[str, Any]:
    lang, by = desk.lang, found.by
    now, own = clock.now(), at_home(by, one)
    waits = one.waits_at(now)
    until = (
        text(lang, "gäller till och med {day}", day=day_words(last_day(one.valid_until), lang))
        if one.valid_until and waits
        else ""
    )
    state = state_words(one, lang)
    moved = text(lang, "{state} {when}", state=state, when=day_words(one.moved_at, lang))
    return {
        "ref": str(one.ref),
        # The ticket's own page is its units'.
        "href": f"/staff/tickets/{one.ref}" if own else "",
        "reason": desk.pen.names[one.reason] if own else text(lang, "Biljett på annan enhet"),
        "priority": one.priority,
        "line": ", ".join(
            part
            for part in (
                _used_at(one, desk),
                desk.known.role_name(one.role, lang).lower() if own else "",
                kind_words(one, lang).lower(),
                text(lang, "gavs {when}", when=day_words(one.issued_at, lang)),
                until,
            )
            if part
        ),
        "state": state if waits else moved,
        "far": how_far(one, lang) if own and one.forms_total and not one.case_id else "",
        "why": ticket_why(one, lang) if own else "",
        "may_withdraw": own and waits,
    }


def _used_at(one: Ticket, desk: Desk) -> str:
    if one.to_provider_id != desk.by.provider_id:
        return text(desk.lang, "Annan vårdgivare")
    return desk.known.unit_name(one.unit_id)


def _consent(kind: ConsentKind, found: PatientView, lang: str) -> dict[str, Any]:
    word = consents.newest(found.said).get(kind)
    if word is None:
        state, line = "unknown", text(lang, "Inte frågad än")
    elif word.withdrawn_at is not None:
        state = "withdrawn"
        line = text(lang, "Återtaget {when}", when=when_words(word.withdrawn_at, lang))
    else:
        state = "yes" if word.given else "no"
        answer = text(lang, "Ja") if word.given else text(lang, "Nej")
        line = f"{answer}, {when_words(word.given_at, lang)}"
    return {"kind": kind.value, "label": text(lang, LABELS[kind]), "state": state, "line": line}


def _spoken_of(name: str, found: PatientView, lang: str) -> str:
    """A name as it may be shown: a patient with protected identity is not named, not even here."""
    return text(lang, "Patienten") if found.person.protected and name == found.person.name else name


def _said(one: Consent, found: PatientView, lang: str) -> dict[str, Any]:
    """One line of what has been said: what, by whom, when, how, and who wrote it down."""
    answer = text(lang, "ja") if one.given else text(lang, "nej")
    line = text(
        lang,
        "{who} sa {answer} {when}, {how}",
        who=_spoken_of(one.given_by_name, found, lang),
        answer=answer,
        when=when_words(one.given_at, lang),
        how=text(lang, HOW_LABELS[one.how]),
    )
    noted = text(lang, "antecknat av {who}", who=one.noted_by_name) if one.noted_by_name else ""
    back = ""
    if one.withdrawn_at is not None and one.withdrawn_how is not None:
        back = text(
            lang,
            "Återtaget av {who} {when}, {how}",
            who=_spoken_of(one.withdrawn_by_name, found, lang),
            when=when_words(one.withdrawn_at, lang),
            how=text(lang, HOW_LABELS[one.withdrawn_how]),
        )
    return {"label": text(lang, LABELS[one.kind]), "line": line, "noted": noted, "back": back}
