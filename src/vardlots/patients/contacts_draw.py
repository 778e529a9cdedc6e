"""A patient's contacts as the staff's page tells them."""

from typing import Any

from vardlots.contacts.model import Contact
from vardlots.contacts.queries import Answers
from vardlots.patients.read import PatientView
from vardlots.platform.i18n import text
from vardlots.platform.pages import day_words
from vardlots.worklist.shell import Desk


def draw_contacts(found: PatientView, desk: Desk) -> dict[str, Any]:
    """Those that hold, those that have been, and whom one may choose. Of a unit that the patient has blocked nothing is
    told to others; of another unit no more than that there is somebody."""
    shown = [one for one in found.contacts if _may_see(one, found)]
    return {
        "now": [_row(one, found, desk) for one in shown if one.holds],
        "before": [_row(one, found, desk) for one in shown if not one.holds],
        "choices": _choices(found, desk),
    }


def _may_see(one: Contact, found: PatientView) -> bool:
    blocked = {block.unit_id for block in found.blocks}
    return found.by.at_home(one.unit_id) or (one.holds and one.unit_id not in blocked)


def _row(one: Contact, found: PatientView, desk: Desk) -> dict[str, Any]:
    lang = desk.lang
    own = found.by.at_home(one.unit_id)
    role = desk.known.role_name(one.role, lang)
    kind = text(lang, "Fast vårdkontakt") if one.staff_id else text(lang, "Behandlande roll")
    since = text(lang, "sedan {day}, angavs av {who}", day=day_words(one.set_at, lang), who=one.set_by_name)
    until = (
        text(
            lang, "till {day}, avslutades av {who}", day=day_words(one.ended_at, lang), who=one.ended_by_name
        )
        if one.ended_at
        else ""
    )
    if not own:
        elsewhere = text(lang, "Kontakt på annan enhet")
        return {"name": elsewhere, "line": one.unit_name, "away": "", "end_url": ""}
    answers = found.answers.get(one.contact_id)
    return {
        "name": one.name or role,
        "line": ", ".join(part for part in (kind, since, until) if part),
        "away": _away(answers, lang) if answers else "",
        "end_url": f"/staff/patients/{found.person.person_id}/contacts/{one.ref}/end" if one.holds else "",
    }


def _away(answers: Answers, lang: str) -> str:
    """Who answers now, where the contact is away or works here no longer."""
    if not answers.instead_of:
        return ""
    if answers.until is None:
        return text(lang, "Arbetar inte på enheten längre. Rollen svarar.")
    until = day_words(answers.until, lang)
    if answers.staff_id is None:
        return text(lang, "Borta till och med {day}. Rollen svarar.", day=until)
    return text(lang, "Borta till och med {day}. {who} svarar.", day=until, who=answers.name)


def _choices(found: PatientView, desk: Desk) -> list[dict[str, str]]:
    """The colleagues at one's unit in roles that patients turn to, then those roles themselves."""
    lang, roles = desk.lang, desk.pen.practice.roles

    def is_met(role: str) -> bool:
        return roles.of(role).cares and roles.of(role).patient_sees

    people = [one for one in found.colleagues if is_met(one.role)]
    named = [
        {
            "value": f"{one.staff_id}:{one.role}",
            "label": text(
                lang, "{name}, {role}", name=one.name, role=desk.known.role_name(one.role, lang).lower()
            ),
        }
        for one in people
    ]
    return [
        *named,
        *(
            {
                "value": f":{role}",
                "label": text(lang, "Rollen {role}", role=desk.known.role_name(role, lang).lower()),
            }
            for role in sorted({one.role for one in people})
        ),
    ]
