"""The waiting room in words: the place, the time or why there is none, what happens next, what new answers changed."""

from collections.abc import Sequence
from typing import Any

from vardlots.cases.model import Case, Entry, Kind
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import moment_words
from vardlots.platform import clock, i18n
from vardlots.platform.numbers import whole
from vardlots.triage import words
from vardlots.triage.configured import Practice
from vardlots.triage.lines import Line


def place_words(line: Line, lang: str, *, for_child: bool) -> str:
    """*Ni är nummer 3*."""
    if for_child:
        return i18n.text(lang, "Ni är nummer {n}", n=line.ahead + 1)
    return i18n.text(lang, "Du är nummer {n}", n=line.ahead + 1)


def no_time_words(line: Line, unit: Unit, lang: str) -> str:
    """Why no time is told; "" where one is. Nobody who is not there can have a pace."""
    if line.wait is not None:
        return ""
    if line.here:
        return i18n.text(lang, "Vi kan inte säga hur lång tid det tar just nu.")
    state = opening_of(unit, clock.now())
    if not state.is_open and state.changes_at is not None:
        return i18n.text(
            lang,
            "Ingen är här just nu. {unit} öppnar {when}. Platsen är kvar.",
            unit=unit.name,
            when=moment_words(state.changes_at, lang),
        )
    if not state.is_open:
        return i18n.text(lang, "Ingen är här just nu, och {unit} är stängd. Ring 1177.", unit=unit.name)
    return i18n.text(
        lang, "Ingen tar emot just nu, så vi kan inte säga hur lång tid det tar. Platsen är kvar."
    )


def next_words(practice: Practice, case: Case, phone: str, lang: str, *, for_child: bool) -> list[str]:
    """*Det här händer nu*: who reads, how one hears of it, and what comes then."""
    who = words.who_reads(practice.roles.of(case.role), lang)
    if case.by_telephone:
        return [
            i18n.text(lang, "{who} tar emot ärendet och läser svaren.", who=who),
            i18n.text(lang, "Sedan ringer vi upp, på numret som lämnades i telefon. Inget sms skickas."),
        ]
    steps = [i18n.text(lang, "{who} tar emot ärendet och läser det du har svarat och skrivit.", who=who)]
    if not phone:
        steps.append(
            i18n.text(
                lang, "Samtalet öppnas här. Vi kan inte skicka sms utan nummer, så titta tillbaka då och då."
            )
        )
    elif for_child:
        steps.append(
            i18n.text(
                lang, "Ni får ett sms till {phone} när det är er tur. Du kan stänga sidan.", phone=phone
            )
        )
    else:
        steps.append(
            i18n.text(
                lang, "Du får ett sms till {phone} när det är din tur. Du kan stänga sidan.", phone=phone
            )
        )
    if case.priority in practice.telephoned:
        steps.append(i18n.text(lang, "Ni blir också uppringda.") if for_child else _called(lang))
    else:
        steps.append(i18n.text(lang, "Ni skriver till varandra här, och får råd eller en tid."))
    return steps


def _called(lang: str) -> str:
    return i18n.text(lang, "Du blir också uppringd.")


def anew_row(rows: Sequence[Entry], asked: str | None) -> Entry | None:
    """The row of new answers that the address tells of; None for anything else."""
    n = whole(asked or "", 8)
    found = (row for row in rows if row.kind is Kind.RETRIAGED and row.n == n)
    return next(found, None) if n else None


def anew_words(row: Entry, earlier: int, now: int, lang: str, *, for_child: bool) -> dict[str, Any]:
    """What the new answers changed, plainly, as `title` and `text`: so many were ahead `earlier`, by the priority that
    the case had, and so many are `now`."""
    title = i18n.text(lang, "Vi har fått de nya svaren")
    if row.body["to"] < row.body["from"] and now < earlier:
        title = (
            i18n.text(lang, "Ni har flyttats fram") if for_child else i18n.text(lang, "Du har flyttats fram")
        )
        said = i18n.text(
            lang, "Från plats {before} till plats {after} i kön.", before=earlier + 1, after=now + 1
        )
    elif row.body["to"] < row.body["from"]:
        said = i18n.text(lang, "De gör ärendet mer brådskande. Platsen i kön är densamma just nu.")
    else:
        said = i18n.text(lang, "Samma plats i kön. Den som tar emot läser dina nya svar.")
    again = i18n.text(lang, "Blir det ännu sämre, svara en gång till eller ring 112.")
    return {"title": title, "text": f"{said} {again}"}
