"""What *Nytt* offers on a patient's page. Each subject adds what it begins."""

from typing import NamedTuple

from vardlots.platform.i18n import N_, text


class Choice(NamedTuple):
    """Something to begin: the icon, its name, what it is, its address under the patient's."""

    icon: str
    label: str
    about: str
    path: str


CHOICES = (
    Choice(
        "message-circle-plus",
        N_("Asynkront"),
        N_("En chatt som är öppen några dagar. Patienten svarar när det passar."),
        "chat",
    ),
    Choice(
        "ticket",
        N_("Biljett"),
        N_("Patienten bokar själv en tid, eller svarar på ett formulär."),
        "tickets/new",
    ),
    Choice(
        "calendar-plus",
        N_("Boka tid"),
        N_("Du väljer en ledig tid åt patienten: digitalt, på plats eller på telefon."),
        "book",
    ),
    Choice(
        "messages-square",
        N_("Konsultation"),
        N_("Fråga en annan enhet om patienten."),
        "consult",
    ),
)


def choices(base: str, lang: str) -> list[dict[str, str]]:
    """What can be begun with the patient whose page is at `base`."""
    return [
        {
            "icon": one.icon,
            "label": text(lang, one.label),
            "about": text(lang, one.about),
            "href": f"{base}/{one.path}",
        }
        for one in CHOICES
    ]
