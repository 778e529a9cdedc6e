"""A member of staff as they tell of themselves, and what they want to be told of."""

import msgspec

from vardlots.platform.i18n import N_

# Longer names and titles than these are mistakes, and would not fit where patients read them.
NAME_MAX = 80
TITLE_MAX = 80


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What patients and colleagues read, what the directory says, and where texts go.

    `mobile` in E.164 or None; `picture` is the id of the picture or ""; `rev` counts the times it was saved.
    """

    staff_id: int
    given_name: str
    family_name: str
    title: str
    mobile: str | None
    picture: str
    directory_given_name: str
    directory_family_name: str
    notices: dict[str, bool]
    rev: int


class Notice(msgspec.Struct, frozen=True):
    """One kind of text that staff may choose. `code` is its key in `staff.notices`."""

    code: str
    label: str
    hint: str


NOTICES = (
    Notice(
        "new_message",
        N_("Nytt asynkront meddelande"),
        N_(
            "När en patient skriver efter besöket: i ditt eget, eller i din rolls när den som hade besöket inte är på "
            "sitt skift."
        ),
    ),
    Notice(
        "new_patient",
        N_("Ny patient i kön"),
        N_("När någon ställer sig i kön till din roll på enheten där du går ditt skift."),
    ),
    Notice(
        "worse",
        N_("Patienten har blivit sämre"),
        N_("När nya svar ger ett ärende högre prioritet: i kön till din roll, eller i ditt eget besök."),
    ),
    Notice(
        "handover",
        N_("Besök som lämnas över till mig"),
        N_("När en kollega vill lämna över till dig, eller till din roll på enheten där du går ditt skift."),
    ),
    Notice(
        "handover_answered",
        N_("Svar på det jag lämnar över"),
        N_("När någon tar emot besöket eller tackar nej."),
    ),
    Notice(
        "guest_invited",
        N_("Inbjuden som gäst"),
        N_("När en kollega bjuder in dig till patientens chatt, eller frågar dig om råd."),
    ),
    Notice(
        "resumed",
        N_("Mitt pausade besök fortsätter"),
        N_("När tiden för pausen är slut."),
    ),
    Notice(
        "must_call",
        N_("Patienten ska ringas upp"),
        N_(
            "När en patient med hög prioritet inte svarar. Är den som har besöket inte på sitt skift får rollen sms:et."
        ),
    ),
    Notice(
        "export_failed",
        N_("Anteckning som inte kom fram"),
        N_("När journalsystemet inte har tagit emot en anteckning i ditt ärende."),
    ),
    Notice(
        "scheduled",
        N_("Schemalagda besök"),
        N_(
            "När en tid hos dig bokas, ändras eller avbokas, strax före den börjar, och när ett bokat besök inte har "
            "påbörjats."
        ),
    ),
)
CODES = frozenset(one.code for one in NOTICES)
