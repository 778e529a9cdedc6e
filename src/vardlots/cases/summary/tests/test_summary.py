"""A case in short says what the timeline says, in its words, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vardlots.cases.model import Audience, Entry, Kind
from vardlots.cases.summary.summary import LAST_SHOWN, Change, Form, Passed, Told, summarize

START = datetime(2026, 5, 4, 7, 20, tzinfo=UTC)


def rows(*told: tuple[Kind, str, dict[str, Any]]) -> list[Entry]:
    return [
        Entry(
            provider_id=1,
            case_id=1,
            n=n,
            at=START + timedelta(minutes=n),
            kind=kind,
            audience=Audience.STAFF,
            author_kind="patient" if who == "Ruben" else "system" if who == "Vårdlots" else "staff",
            author_id=1,
            author_name=who,
            body=body,
        )
        for n, (kind, who, body) in enumerate(told, 1)
    ]


def at(n: int) -> datetime:
    return START + timedelta(minutes=n)


def asked(priority: int, before: int, who: str = "") -> dict[str, Any]:
    return {
        "role": "physician",
        "asked": "Läkare",
        "staff_id": 1 if who else None,
        "who": who,
        "priority": priority,
        "from": before,
        "reason": "misplaced",
        "message": "",
    }


def test_a_case_in_which_nothing_has_been_said() -> None:
    found = summarize(rows((Kind.OPENED, "Ruben", {"priority": 3})), told=Told(), priority=3)
    assert (found.patient_wrote, found.staff_wrote, found.first_at, found.last) == (0, 0, None, ())
    assert (found.changes, found.forms, found.passed, found.pictures) == ((), (), (), 0)


def test_what_was_written_is_counted_and_the_last_stands_as_it_was_written() -> None:
    found = summarize(
        rows(
            (Kind.OPENED, "Ruben", {"priority": 3}),
            (Kind.INFORMATION, "Ruben", {"text": "Det svider.", "attachments": ["a", "b"]}),
            (Kind.STARTED, "Hamid", {}),
            (Kind.MESSAGE, "Hamid", {"text": "Välkommen.", "automatic": True}),
            (Kind.MESSAGE, "Hamid", {"text": "Hur länge?"}),
            (Kind.MESSAGE, "Ruben", {"text": "  Fem dagar.\n Kanske sex. "}),
            (Kind.CHASED, "Vårdlots", {"text": "Är du kvar?", "automatic": True}),
            (Kind.MESSAGE, "Ruben", {"text": "", "attachments": ["c"]}),
            (Kind.PAUSED, "Hamid", {"until": "2026-05-05T08:00:00+00:00", "text": "Vi hörs i morgon."}),
            (Kind.TALK, "Hamid", {"text": "Kollega, titta."}),
        ),
        told=Told(pictures=1),
        priority=3,
    )
    assert (found.patient_wrote, found.staff_wrote) == (3, 2)
    assert found.first_at == at(2)
    assert [(one.who, one.text, one.files) for one in found.last] == [
        ("Hamid", "Hur länge?", 0),
        ("Ruben", "  Fem dagar.\n Kanske sex. ", 0),
        ("Ruben", "", 1),
        ("Hamid", "Vi hörs i morgon.", 0),
    ]
    assert len(found.last) == LAST_SHOWN
    assert found.pictures == 4, "those of the interview, and those that came since"


def test_each_change_of_priority_says_who_and_why() -> None:
    found = summarize(
        rows(
            (Kind.OPENED, "Ruben", {"priority": 5}),
            (Kind.RETRIAGED, "Ruben", {"from": 5, "to": 5}),
            (Kind.RETRIAGED, "Ruben", {"from": 5, "to": 4}),
            (Kind.PRIORITY_CHANGED, "Hamid", {"from": 4, "to": 3, "reason": "Misstänkt propp."}),
            (Kind.HANDED_OVER, "Hamid", asked(3, 3)),
            (Kind.HANDOVER_WITHDRAWN, "Hamid", {}),
            (Kind.HANDED_OVER, "Hamid", asked(2, 3)),
        ),
        told=Told(),
        priority=2,
    )
    assert found.changes == (
        Change(at(3), "Ruben", 5, 4, "", by_answers=True),
        Change(at(4), "Hamid", 4, 3, "Misstänkt propp."),
        Change(at(7), "Hamid", 3, 2, ""),
    )


def test_handovers_before_this_one_say_how_they_ended() -> None:
    found = summarize(
        rows(
            (Kind.OPENED, "Ruben", {"priority": 3}),
            (Kind.HANDED_OVER, "Ylva", asked(3, 3, "Hamid Nordsken")),
            (Kind.HANDOVER_DECLINED, "Hamid", {"reason": "Jag går nu."}),
            (Kind.HANDED_OVER, "Ylva", asked(3, 3)),
            (Kind.HANDOVER_REMINDED, "Vårdlots", {"times": 1}),
            (Kind.HANDOVER_ACCEPTED, "Siri", {"title": "Läkare"}),
            (Kind.HANDED_OVER, "Siri", asked(3, 3)),
            (Kind.RELEASED, "Siri", {}),
            (Kind.HANDED_OVER, "Olle", asked(3, 3)),
        ),
        told=Told(),
        priority=3,
    )
    assert found.passed == (
        Passed(at(2), "Ylva", "Hamid Nordsken", "declined", "Hamid", "Jag går nu."),
        Passed(at(4), "Ylva", "Läkare", "accepted", "Siri", ""),
        Passed(at(7), "Siri", "Läkare", "", "", ""),
    )


def test_forms_are_named_with_when_they_were_answered() -> None:
    found = summarize(
        rows(
            (Kind.OPENED, "Ruben", {"priority": 3}),
            (Kind.FORM_SENT, "Ylva", {"request_id": 1, "title": "Halsont, följdfrågor"}),
            (Kind.FORM_SENT, "Ylva", {"request_id": 2, "title": "Sömn"}),
            (Kind.FORM_ANSWERED, "Ruben", {"request_id": 1, "title": "Halsont, följdfrågor"}),
        ),
        told=Told(),
        priority=3,
    )
    assert found.forms == (Form("Halsont, följdfrågor", at(2), at(4)), Form("Sömn", at(3), None))
