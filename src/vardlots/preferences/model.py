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
        N_("När en patient skriver i ett avslutat besök på din enhet, i din roll eller i ditt eget ärende."),
    ),
    Notice(
        "new_patient",
        N_("Ny patient i kön"),
        N_("När någon ställer sig i kön till din roll på enheten där du går ditt skift."),
    ),
    Notice(
        "scheduled",
        N_("Schemalagda besök"),
        N_("Valet sparas nu och börjar gälla när enheten har tider att boka."),
    ),
)
CODES = frozenset(one.code for one in NOTICES)
