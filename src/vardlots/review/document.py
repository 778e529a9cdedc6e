"""The extract as a document: a tagged PDF (PDF/UA-1) with the letters of most languages, set by Typst."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from vardlots.platform import typeset
from vardlots.platform.i18n import text
from vardlots.review.extract import Line

TEMPLATE = Path(__file__).parent / "documents" / "extract.typ"


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """What the document says beside its rows. `number` is masked; `about` is whose log it is."""

    lang: str
    about: str
    number: str
    providers: str
    period: str
    made: str
    made_for: str
    lines: Sequence[Line]


async def pdf(extract: Extract) -> bytes:
    """The document. Holds no address that anybody's reader would fetch something from."""
    return await typeset.pdf(TEMPLATE, _data(extract))


def _data(one: Extract) -> dict[str, Any]:
    lang = one.lang
    title = text(lang, "Loggutdrag")
    facts = [
        (text(lang, "Utdraget gäller"), one.about),
        (text(lang, "Personnummer"), one.number),
        (text(lang, "Vårdgivare"), one.providers),
        (text(lang, "Tid"), one.period),
        (text(lang, "Utdraget gjordes"), one.made),
    ]
    return {
        "lang": lang,
        "region": "se" if lang == "sv" else "gb",
        "title": title,
        "author": one.providers,
        "logo": typeset.LOGO.read_text(encoding="utf-8"),
        "facts": [*facts, *([(text(lang, "Lämnades ut"), one.made_for)] if one.made_for else [])],
        "rows": [
            {
                "at": line.at,
                "who": line.who,
                "title": line.title,
                "unit": line.unit,
                "provider": line.provider,
                "what": line.what_and_how_often(lang),
                "reason": line.reason_words(lang),
            }
            for line in one.lines
        ],
        "meanings": [
            (text(lang, "Läste"), text(lang, "Uppgifterna visades på skärmen för den som står på raden.")),
            (
                text(lang, "Öppnade utanför sin resurs"),
                text(lang, "Den som läste hörde inte till ärendet och fick ange ett skäl."),
            ),
            (
                text(lang, "Flera gånger"),
                text(lang, "Samma sak av samma person samma dag står på en rad, med tiden för den senaste."),
            ),
            (
                text(lang, "Systemet"),
                text(lang, "Tjänsten gjorde det av sig själv, till exempel skickade ett sms."),
            ),
        ],
        "turn": [
            text(
                lang,
                "Undrar du över en rad, eller tror du att någon har läst utan att behöva det? Ring enheten på raden "
                "och be att få tala med verksamhetschefen. Vårdgivaren är skyldig att utreda.",
            ),
            text(
                lang,
                "Du kan också vända dig till patientnämnden i din region, till Integritetsskyddsmyndigheten (IMY) "
                "eller till Inspektionen för vård och omsorg (IVO).",
            ),
        ],
        "words": {
            "lead": text(lang, "Alla som har läst eller gjort något med uppgifterna, senast först."),
            "rows": text(lang, "Vem har läst och gjort vad"),
            "none": text(lang, "Ingen har läst något under den tiden."),
            "head": [text(lang, "När"), text(lang, "Vem"), text(lang, "Var"), text(lang, "Vad")],
            "meaning": text(lang, "Vad orden betyder"),
            "turn": text(lang, "Vart du kan vända dig"),
            "footer": text(lang, "Loggutdrag för {name}", name=one.about),
            "page": text(lang, "Sida {n} av {all}", n="{n}", all="{all}"),
        },
    }
