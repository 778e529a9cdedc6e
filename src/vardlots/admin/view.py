"""The page of one thing as data for its template: form, changes, effect, preview, versions, who else is there."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from vardlots.access.web import Web
from vardlots.admin import effects, previews, queries, versions
from vardlots.admin.addresses import HOME, NEW, address
from vardlots.admin.diff import Difference, differences
from vardlots.admin.drawing import Canvas, draw, said, summary
from vardlots.admin.editing import Editing
from vardlots.admin.frame import EVERY, Frame, around
from vardlots.admin.starts import starts_at
from vardlots.configuration.model import Problem
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import plural, text


async def parts(connection: Connection, frame: Frame, at: Editing, *, every: bool = False) -> dict[str, Any]:
    """What changes while one types: how many changes, their effect, the preview, the versions, the others."""
    found = differences(at.fields, at.base, at.body, frame.lang, frame.names)
    return {
        "thing": {"url": address(at.kind, at.key), "is_new": at.is_new, "may_change": at.may_change},
        "foot": _foot(frame, at, found),
        "effect": await effects.effect(connection, frame.by.provider_id, at, frame.lang) if at.item else None,
        "preview": await previews.preview(connection, frame, at),
        "versions": versions.pane(frame, at, found, every=every),
        "others": others(frame, at),
        "news": _news(frame, at),
    }


async def page(
    request: Web,
    connection: Connection,
    frame: Frame,
    at: Editing,
    problems: Sequence[Problem] = (),
) -> dict[str, Any]:
    """Everything of the page."""
    lang, kind = frame.lang, at.kind
    canvas = Canvas(
        lang=lang,
        names=frame.names,
        base=at.base,
        faults=said(problems, lang),
        locked=not at.may_change,
        first=at.is_new,
        priorities=await queries.priorities(connection, frame.by.provider_id, lang),
    )
    heading = title(frame, at)
    asked = request.query_params
    every = asked.get("versions") == "all"
    return {
        **around(frame, kind, crumbs(frame, at), units_at(frame, at)),
        **await parts(connection, frame, at, every=every),
        "heading": heading,
        "kind_label": text(lang, kind.label),
        "about": text(lang, kind.about) if kind.about else "",
        "nodes": draw(at.fields, at.body, canvas),
        "summary": summary(problems, lang),
        "faults": canvas.faults,
        "base_version": at.base_version,
        "was": _was(at),
        "wide": any(one.widget == "toml" for one in at.fields),
        "reason": {
            "value": at.notes["~reason"],
            "label": _why(at, lang),
            "error": canvas.faults.get("reason", ""),
        },
        "starts": starts(at, lang, canvas.faults.get("starts", "")),
        "key": _key(at, canvas, lang),
        "unit_choice": _unit_choice(frame, at, canvas),
        "locked_line": "" if at.may_change else _locked(frame, at),
        "saved": _saved(frame, at, asked.get("saved", "")),
        "dropped": asked.get("dropped") == "1",
        "removal": _removal(frame, at),
        "remove_url": frame.address(kind, at.key, "remove") if _removable(at) else "",
        "export_url": "" if at.is_new else frame.address(kind, at.key, "export"),
        "fhir": _fhir(frame, at),
        "own_draft": text(
            lang, "Ditt utkast, sparat {time}.", time=pages.when_words(at.draft.changed_at, lang)
        )
        if at.draft is not None
        else "",
    }


def _fhir(frame: Frame, at: Editing) -> dict[str, str] | None:
    """Where a form is fetched as a FHIR Questionnaire, and where a file becomes its next version."""
    if at.kind.code != "form" or at.is_new:
        return None
    brought = f"{HOME}/files/fhir?{urlencode({'key': at.key, 'at': frame.asked})}"
    return {
        "out": frame.address(at.kind, at.key, "fhir"),
        "in": brought if at.may_change else "",
    }


def title(frame: Frame, at: Editing) -> str:
    """What the page is called: of a thing that there is one each of, its kind."""
    if at.is_new:
        return text(frame.lang, "Lägg till: {kind}", kind=text(frame.lang, at.kind.label))
    if at.kind.one_each:
        return text(frame.lang, at.kind.label)
    return at.title(frame.names) or at.key


def crumbs(frame: Frame, at: Editing, then: str = "") -> list[tuple[str, str]]:
    """The way to a thing, and to a page about it."""
    kind, here = at.kind, frame.address(at.kind, at.key) if then else ""
    found = [
        (text(frame.lang, kind.label), frame.address(kind) if kind.per_unit or not kind.one_each else here)
    ]
    if not kind.one_each:
        found.append((title(frame, at), here))
    elif at.unit_id is not None:
        found.append((frame.unit_name(at.unit_id), here))
    return [*found, (then, "")] if then else found


def units_at(frame: Frame, at: Editing) -> list[tuple[int | None, str]]:
    """Where the choice of a unit leads from here: to the same thing of the other unit where each has one."""
    each = at.kind.one_each and at.kind.per_unit
    places: list[tuple[int | None, str]] = [(None, address(at.kind, at=EVERY))]
    for unit_id in frame.names.units:
        key = str(unit_id) if each else None
        places.append((unit_id, address(at.kind, key, at=unit_id)))
    return places


def _foot(frame: Frame, at: Editing, found: Sequence[Difference]) -> dict[str, Any]:
    lang, n = frame.lang, len(found)
    if at.is_new:
        line = text(lang, "Inget läggs till förrän du sparar.")
        label = text(lang, "Lägg till")
    elif at.is_removed:
        line, label = text(lang, "Borttagen. Den kommer tillbaka när du sparar."), text(lang, "Ta tillbaka")
    else:
        line = (
            plural(
                lang,
                "En ändring. Inget ändras förrän du sparar.",
                "{n} ändringar. Inget ändras förrän du sparar.",
                n,
            )
            if n
            else text(lang, "Inga ändringar än.")
        )
        label = text(lang, "Spara version {n}", n=at.newest_version + 1)
    return {"line": line, "label": label, "n": n, "droppable": at.draft is not None}


def others(frame: Frame, at: Editing) -> list[str]:
    """Who else changes here, a line each."""
    return [
        text(frame.lang, "{name} ändrar också här, senast {time}.", name=one.name, time=when)
        for one in at.others
        for when in [pages.when_words(one.changed_at, frame.lang)]
    ]


def _news(frame: Frame, at: Editing) -> str:
    """That somebody has saved since the form was drawn."""
    if not at.versions or at.base_version >= at.newest_version or at.is_new:
        return ""
    newest = at.versions[0]
    return text(
        frame.lang,
        "{who} sparade version {n} ({time}). Det du skriver finns kvar.",
        who=newest.author_name,
        n=newest.version,
        time=pages.when_words(newest.at, frame.lang),
    )


def starts(at: Editing, lang: str, error: str) -> dict[str, str]:
    """*Börjar gälla* as it is chosen so far."""
    day, hour = at.notes["~day"], at.notes["~time"]
    words = text(lang, "Nu")
    try:
        moment = starts_at(day, hour)
        words = versions.moment_words(moment, lang) if moment is not None else words
    except Invalid:
        words = f"{day} {hour}".strip()
    return {
        "day": day,
        "time": hour.replace(":", "."),
        "words": words,
        "now": text(lang, "Nu"),
        "error": error,
        "today": clock.today().isoformat(),
    }


def _why(at: Editing, lang: str) -> str:
    if at.is_new:
        return text(lang, "Varför läggs det till?")
    return text(lang, "Varför ändras det?")


def _was(at: Editing) -> str:
    """What stands from the start, for a thing that nobody has saved and that is written into the directory."""
    if at.base_version or at.is_new or at.kind.apply is None:
        return ""
    return msgspec.json.encode(at.base).decode()


def _key(at: Editing, canvas: Canvas, lang: str) -> dict[str, str] | None:
    if not at.is_new or not at.kind.key_label or at.kind.key_from:
        return None
    return {
        "label": text(lang, at.kind.key_label),
        "value": at.notes["~key"],
        "error": canvas.faults.get("key", ""),
    }


def _unit_choice(frame: Frame, at: Editing, canvas: Canvas) -> dict[str, Any] | None:
    """For a new thing of a kind that belongs to units: which unit it is for."""
    if (
        not at.is_new
        or not at.kind.per_unit
        or frame.by.administers != "provider"
        or at.kind.key_from == "hsa_id"
    ):
        return None
    chosen = at.notes["~unit"] or (str(frame.unit_id) if frame.unit_id and at.draft is None else "")
    options = [{"value": str(one), "label": name} for one, name in frame.names.units.items()]
    return {"value": chosen, "options": options, "error": canvas.faults.get("unit", "")}


def _locked(frame: Frame, at: Editing) -> str:
    lang = frame.lang
    if at.kind.per_unit and at.unit_id is not None:
        return text(
            lang,
            "Du kan läsa men inte ändra. Det gör verksamhetschefen för {unit} eller en systemadministratör.",
            unit=frame.unit_name(at.unit_id),
        )
    return text(
        lang, "Du kan läsa men inte ändra. Det gäller hela vårdgivaren: en systemadministratör ändrar."
    )


def _saved(frame: Frame, at: Editing, number: str) -> str:
    """What to say after a save."""
    found = next((one for one in at.versions if str(one.version) == number), None)
    if found is None:
        return ""
    lang = frame.lang
    if found.starts_at > clock.now():
        when = versions.moment_words(found.starts_at, lang)
        return text(lang, "Version {n} är sparad och gäller från {when}.", n=number, when=when)
    if found.removed:
        return text(lang, "Borttagen. Historiken finns kvar, och du kan ta tillbaka den.")
    return text(lang, "Version {n} är sparad och gäller nu.", n=number)


def _removal(frame: Frame, at: Editing) -> str:
    """That the thing has been taken away, or that a version waits for its day."""
    lang, newest = frame.lang, at.versions[0] if at.versions else None
    if newest is None:
        return ""
    if newest.starts_at > clock.now():
        when = versions.moment_words(newest.starts_at, lang)
        if newest.removed:
            return text(lang, "Tas bort {when}.", when=when)
        return text(
            lang, "Version {n} gäller från {when}. Formuläret visar den.", n=newest.version, when=when
        )
    if newest.removed:
        return text(
            lang,
            "Togs bort {day} av {who}. Spara för att ta tillbaka, eller välj en äldre version.",
            day=versions.long_day(newest.at, lang),
            who=newest.author_name,
        )
    return ""


def _removable(at: Editing) -> bool:
    return (
        at.may_change and at.key != NEW and at.kind.removable and not at.kind.one_each and not at.is_removed
    )
