"""The welcome message that *Starta besök* sends."""

from vardlots.access.actor import StaffActor
from vardlots.clinics.model import Unit
from vardlots.platform.i18n import text


def welcome_text(unit: Unit, by: StaffActor, lang: str) -> str:
    """The unit's own text, or ours, in the patient's language; `{name}`, `{title}` and `{unit}` are filled in."""
    written = unit.welcome or text(
        lang, "Hej och välkommen. Jag heter {name} och är {title} på {unit}. Jag har läst det du har svarat."
    )
    title = by.title[:1].lower() + by.title[1:]
    # Not str.format: what an administrator has written may hold any other brace.
    for word, value in (("{name}", by.name), ("{title}", title), ("{unit}", unit.name)):
        written = written.replace(word, value)
    return written
