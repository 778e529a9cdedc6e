"""The tab *Anteckning* of the visit: reading its form, saving, signing, and what the template needs."""

from typing import Any

import msgspec

from vardlots.cases import policy
from vardlots.cases.model import Verb
from vardlots.cases.states import allows
from vardlots.notes import codebook
from vardlots.notes.codebook import ListKind
from vardlots.notes.codes import Code
from vardlots.notes.model import CONTACTS, TEXT_FIELDS, Diagnosis, Note, NoteFields, NoteKind
from vardlots.notes.words import contact_names, field_names
from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import clock_time, when_words
from vardlots.worklist.told import Told, as_text
from vardlots.worklist.visit_read import Visit


class Typed(msgspec.Struct, frozen=True):
    """A note as it stands in the form, which may differ from what is saved."""

    fields: NoteFields
    rev: int
    wrong: str = ""
    wrong_field: str = ""
    find: str = ""
    find_for: str = ""
    found: tuple[Code, ...] = ()
    unknown_main: str = ""
    attach: tuple[str, ...] = ()


async def read_form(form: Any) -> Typed:
    """What a note's form says. A diagnosis is kept by its code; one that no list holds is told of, not kept."""
    main_typed = str(form.get("main_q", "")).strip()
    main_code = str(form.get("main", "")).strip()
    main: Diagnosis | None = None
    if main_typed:
        main = await codebook.diagnosis(main_code) if main_code and main_typed.startswith(main_code) else None
        main = main or await codebook.diagnosis(main_typed.split(" ")[0])
    # Chosen from a list that was found without script.
    main = await codebook.diagnosis(str(form.get("choose_main", ""))) or main
    codes = [str(code) for name in ("others", "choose_others") for code in form.getall(name, [])]
    others = [await codebook.diagnosis(code) for code in codes]
    kept = {one.code: one for one in others if one is not None}
    codes = [str(code) for name in ("actions", "choose_actions") for code in form.getall(name, [])]
    actions = [await codebook.chosen(code, ListKind.ACTION) for code in codes]
    kept_actions = {one.code: one for one in actions if one is not None}
    free: dict[str, Any] = {name: _plain(form.get(name, "")) for name in (*TEXT_FIELDS, "text")}
    contact = str(form.get("contact", "chat"))
    return Typed(
        fields=NoteFields(
            contact=contact if contact in CONTACTS else "chat",
            **free,
            main=main,
            others=tuple(kept.values()),
            actions=tuple(kept_actions.values()),
        ),
        rev=_rev(form.get("rev")),
        unknown_main=main_typed if main_typed and main is None else "",
        attach=tuple(str(one) for one in form.getall("attach", [])),
    )


def _plain(value: object) -> str:
    return str(value).replace("\r\n", "\n").rstrip()


def _rev(value: object) -> int:
    told = str(value or "0")
    return whole(told, 9) or 0


def copied_text(fields: NoteFields, lang: str) -> str:
    """*Kopiera anteckningen*: every filled field but the diagnoses."""
    lines = [f"{text(lang, 'Kontaktsätt')}: {contact_names(lang)[fields.contact]}"]
    if fields.text.strip():
        return fields.text.strip()
    for name, label in field_names(lang).items():
        if written := getattr(fields, name).strip():
            lines.append(f"{label}: {written}")
    if fields.actions:
        lines.append(f"{text(lang, 'Åtgärdskoder')}: {', '.join(one.label for one in fields.actions)}")
    return "\n".join(lines)


def draft_line(found: Visit, lang: str) -> dict[str, str] | None:
    """The note in one line for the overview: the draft, or the newest that is signed."""
    note = found.draft or (found.signed[-1] if found.signed else None)
    if note is None:
        return None
    fields = note.fields
    first = fields.text or fields.assessment or fields.status or fields.history or fields.action
    return {"line": first.split("\n")[0], "saved": _saved(note, lang)}


def _saved(note: Note, lang: str) -> str:
    if note.signed_at is not None:
        return text(lang, "Signerad {time}", time=when_words(note.signed_at, lang))
    return text(lang, "Utkast, sparat {time}", time=clock_time(note.changed_at))


def note_context(found: Visit, told: Told, lang: str, typed: Typed | None) -> dict[str, Any]:
    """The form with what is typed or saved; what stands beside it is `note_panel`'s."""
    draft = found.draft
    fields = typed.fields if typed is not None else draft.fields if draft is not None else NoteFields()
    addendum = any(note.kind is NoteKind.NOTE for note in found.signed)
    may = (
        allows(found.case.phase, Verb.SIGN_NOTE)
        and policy.may(found.by, Verb.SIGN_NOTE, found.case, clock.now(), found.rights) is None
    )
    return {
        "note": {
            "may_write": may,
            "closed": "" if may else text(lang, "Ta emot ärendet först. Sedan kan du skriva anteckning."),
            "is_addendum": addendum and not (draft is not None and draft.kind is NoteKind.NOTE),
            "rev": draft.rev if draft is not None else 0,
            "saved": _saved(draft, lang) if draft is not None else "",
            "contact": fields.contact,
            "contacts": [{"value": code, "label": label} for code, label in contact_names(lang).items()],
            "areas": [
                {"name": name, "label": label, "value": getattr(fields, name)}
                for name, label in field_names(lang).items()
            ],
            "text": fields.text,
            "main": fields.main,
            "main_typed": typed.unknown_main
            if typed is not None and typed.unknown_main
            else fields.main.label
            if fields.main
            else "",
            "others": fields.others,
            "actions": fields.actions,
            "attach": list(typed.attach) if typed is not None else [],
            "copy": copied_text(fields, lang),
            "wrong": typed.wrong if typed is not None else "",
            "wrong_field": typed.wrong_field if typed is not None else "",
            "find": typed.find if typed is not None else "",
            "find_for": typed.find_for if typed is not None else "",
            "found": list(typed.found) if typed is not None else [],
            "has_history": bool(told.history.rows or told.words),
        },
    }


def with_history(fields: NoteFields, told: Told, lang: str) -> NoteFields:
    """The note with the autoanamnes put first in *Anamnes*, by the author's choice."""
    told_text = as_text(told, text(lang, "Nekar till"))
    history = f"{told_text}\n{fields.history}".strip() if told_text not in fields.history else fields.history
    return msgspec.structs.replace(fields, history=history)
