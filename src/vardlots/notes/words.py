"""The names of a note's parts, as the seeds have them."""

from functools import cache

from vardlots.platform.i18n import text


@cache
def field_names(lang: str) -> dict[str, str]:
    """The headings of the free text by field."""
    return {
        "history": text(lang, "Anamnes"),
        "status": text(lang, "Status"),
        "assessment": text(lang, "Bedömning"),
        "action": text(lang, "Åtgärd"),
    }


@cache
def contact_names(lang: str) -> dict[str, str]:
    """The ways of contact (*Kontaktsätt*) by code."""
    return {"chat": text(lang, "Chatt"), "telephone": text(lang, "Telefon"), "video": text(lang, "Video")}
