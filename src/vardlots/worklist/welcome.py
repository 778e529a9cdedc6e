"""The welcome message that *Starta besök* sends."""

from vardlots.access.actor import StaffActor
from vardlots.clinics.model import Unit
from vardlots.platform.i18n import text


def welcome_text(unit: Unit, by: StaffActor, reader: str, lang: str) -> str:
    """The unit's own text, or ours, in the language of who reads it, whose name is `reader`.

    `{patient}` (the reader's given name), `{staff}`, `{title}` and `{unit}` are filled in.
    """
    written = unit.welcome or text(
        lang, "Hej och välkommen. Jag heter {staff} och är {title} på {unit}. Jag har läst det du har svarat."
    )
    seen = by.title_for_patients
    title = text(lang, seen[:1].lower() + seen[1:]) if seen else text(lang, "vårdpersonal")
    filled = {"{patient}": reader.split(" ")[0], "{staff}": by.name, "{title}": title, "{unit}": unit.name}
    # Not str.format: what an administrator has written may hold any other brace.
    for word, value in filled.items():
        written = written.replace(word, value)
    return written
