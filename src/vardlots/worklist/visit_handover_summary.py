"""The case in short in words, to read in the banner and to copy: what `cases.summary` found, section by section."""

from typing import Any

from vardlots.cases.summary.summary import Form, Passed, Spoken, Summary, Told, summarize
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import clock_time, when_words
from vardlots.worklist import content, visit_triage
from vardlots.worklist.visit_read import Visit


def summary_of(found: Visit, lang: str) -> dict[str, Any]:
    """`sections` with `title` and `lines`, and the same as plain `text` to copy."""
    asked = visit_triage.asked_of(found, lang)
    newest = asked[0].told if asked else None
    told = Told(
        answered=tuple((row.label, row.text) for row in newest.history.rows) if newest else (),
        denied=newest.history.denied if newest else (),
        words=tuple("".join(part["text"] for part in one["parts"]) for one in newest.words) if newest else (),
        pictures=sum(file.thumb_key is not None for file in found.uploads),
    )
    summary = summarize(found.talk.rows, told=told, priority=found.case.priority)
    sections = _sections(found, summary, lang)
    plain = "\n\n".join("\n".join([one["title"], *one["lines"]]) for one in sections)
    return {"sections": sections, "text": plain}


def _sections(found: Visit, summary: Summary, lang: str) -> list[dict[str, Any]]:
    told = summary.told
    label, meaning = content.priority_meaning(found.practice, summary.priority, lang)
    priority = [
        text(lang, "Prioritet {n}: {meaning}", n=summary.priority, meaning=meaning or label),
        *(_change(one, lang) for one in summary.changes),
    ]
    reason = [found.practice.name(found.case.reason, lang)]
    came = text(lang, "Kom in {time}", time=when_words(found.case.arrived_at, lang))
    answered = [f"{term}: {answer}" for term, answer in told.answered]
    denied = [text(lang, "Nekar till: {what}", what=", ".join(told.denied))] if told.denied else []
    words = [text(lang, "Med egna ord: ”{words}”", words=one) for one in told.words]
    parts = [
        (text(lang, "Sökorsak"), [*reason, came]),
        (text(lang, "Prioritet"), priority),
        (text(lang, "Svar på frågorna"), [*answered, *denied, *words]),
        (text(lang, "Samtalet"), _spoken(summary, lang)),
        (text(lang, "Formulär"), [_form(one, lang) for one in summary.forms]),
        (text(lang, "Överlämningar tidigare"), [_passed(one, lang) for one in summary.passed]),
    ]
    return [{"title": title, "lines": lines} for title, lines in parts if lines]


def _change(change: Any, lang: str) -> str:
    words = {"before": change.before, "after": change.after, "time": when_words(change.at, lang)}
    if change.by_answers:
        return text(lang, "{before} blev {after} {time}, av nya svar", **words)
    said = text(lang, "{before} blev {after} {time}, av {who}", who=change.who, **words)
    return text(lang, "{change}: ”{why}”", change=said, why=change.why) if change.why else said


def _spoken(summary: Summary, lang: str) -> list[str]:
    pictures = plural(lang, "{n} bild", "{n} bilder", summary.pictures) if summary.pictures else ""
    if summary.first_at is None:
        return [pictures] if pictures else [text(lang, "Ingen har skrivit än.")]
    patient = plural(
        lang, "{n} meddelande från patienten", "{n} meddelanden från patienten", summary.patient_wrote
    )
    staff = plural(lang, "{n} från vården", "{n} från vården", summary.staff_wrote)
    since = text(lang, "sedan {time}", time=when_words(summary.first_at, lang))
    counts = ", ".join(part for part in (patient, staff, since, pictures) if part)
    return [counts, *(_message(one, lang) for one in summary.last)]


def _message(one: Spoken, lang: str) -> str:
    who = text(lang, "Patienten") if one.by_patient else one.who
    written = text(lang, "”{text}”", text=one.text) if one.text else ""
    files = plural(lang, "{n} bild eller fil", "{n} bilder eller filer", one.files) if one.files else ""
    said = ", ".join(part for part in (written, files) if part)
    return f"{who}, {clock_time(one.at)}: {said}"


def _form(form: Form, lang: str) -> str:
    if form.answered_at is not None:
        time = when_words(form.answered_at, lang)
        return text(lang, "{title}, besvarat {time}", title=form.title, time=time)
    return text(
        lang, "{title}, skickat {time}, inte besvarat", title=form.title, time=when_words(form.sent_at, lang)
    )


def _passed(one: Passed, lang: str) -> str:
    asked = text(lang, "{who} bad {whom} {time}", who=one.who, whom=one.asked, time=when_words(one.at, lang))
    match one.outcome:
        case "accepted":
            how = text(lang, "{who} tog över", who=one.by)
        case "declined":
            how = text(lang, "{who} avböjde: ”{reason}”", who=one.by, reason=one.reason)
        case "withdrawn":
            how = text(lang, "{who} tog tillbaka", who=one.by)
        case _:
            how = text(lang, "ingen svarade")
    return f"{asked}, {how}"
