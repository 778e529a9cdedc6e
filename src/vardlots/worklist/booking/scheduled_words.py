"""How somebody is met at a booked time, in words and as a picture."""

from vardlots.platform.i18n import N_

CONTACTS = {
    "digital": (N_("video eller chatt"), "video"),
    "physical": (N_("på plats"), "map-pin"),
    "telephone": (N_("telefon"), "phone"),
}
