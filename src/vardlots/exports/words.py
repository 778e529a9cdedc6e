"""The words of exports."""

from vardlots.exports.model import Why
from vardlots.platform.i18n import N_, text

_WHY = {
    Why.NOT_SET_UP: N_("Inget journalsystem är inställt."),
    Why.NO_FOLDER: N_("Mappen till journalsystemet finns inte."),
    Why.NO_RIGHT: N_("Vårdlots får inte skriva i journalsystemets mapp."),
    Why.FULL: N_("Utrymmet där journalsystemet hämtar är fullt."),
    Why.FILES_AWAY: N_("Bilderna och filerna går inte att nå just nu."),
    Why.FILE_GONE: N_("En bild eller fil som skulle med finns inte längre."),
    Why.UNREACHABLE: N_("Journalsystemet svarar inte."),
    Why.REFUSED: N_("Journalsystemet tog inte emot anteckningen."),
    Why.FAULT: N_("Något gick fel hos oss."),
}


def why_words(why: Why, lang: str) -> str:
    """Why an attempt failed, in a sentence."""
    return text(lang, _WHY[why])
