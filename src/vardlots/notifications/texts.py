"""The texts of notices, from `content/notices`: one file per language, one entry per kind, checked when loaded."""

import string
import tomllib
from pathlib import Path

import msgspec

from vardlots.notifications.model import (
    OF_BOOKING,
    SHIFT_FORGOTTEN,
    NoticeKind,
    PhoneNoticeKind,
    StaffNoticeKind,
)
from vardlots.platform.content import CONTENT

FIELDS = frozenset({"provider"})
# A text about a booked time says when it is: that is what the patient looks for in their phone.
TIME_FIELDS = FIELDS | {"day", "time"}
DAY_FIELDS = FIELDS | {"day"}
STAFF_FIELDS = frozenset({"unit"})
LONGEST = 160  # one SMS in the GSM alphabet, which has å, ä and ö
SOURCE = "sv"  # also for a person whose language there are no texts in, as on the pages
NEEDED = (SOURCE, "en")


# What stands in the place of a placeholder at its longest; a provider's own wording is measured with the real names.
_ROOM = {"provider": 30, "unit": 26, "day": 12, "time": 5}


def fields_of(key: str) -> frozenset[str]:
    """The placeholders that a text may hold."""
    if key.startswith(("staff_", "unit_")):
        return STAFF_FIELDS
    if key == NoticeKind.TICKET_RUNS_OUT:
        return DAY_FIELDS
    return TIME_FIELDS if key in OF_BOOKING else FIELDS


class BadNoticeText(ValueError):
    """A file of texts is wrong; the message says which and how."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case_accepted: str
    message_waiting: str
    case_ended: str
    booked: str
    rebooked: str
    booking_cancelled: str
    time_withdrawn: str
    missed_visit: str
    earlier_offer: str
    booking_morning: str
    booking_soon: str
    booking_now: str
    ticket_sent: str
    ticket_runs_out: str
    staff_new_message: str
    staff_new_patient: str
    staff_worse: str
    staff_handover: str
    staff_handover_answered: str
    staff_guest_invited: str
    staff_resumed: str
    staff_must_call: str
    staff_export_failed: str
    staff_left_open: str
    staff_time_booked: str
    staff_time_cancelled: str
    staff_time_soon: str
    staff_not_started: str
    staff_shift_forgotten: str
    unit_consultation_came: str
    unit_consultation_waits: str
    link: str


class NoticeTexts:
    """All texts, by language."""

    def __init__(self, files: dict[str, _File], link: str | None, links: bool) -> None:
        """`link` is the address that may be added to a text for a patient, `links` whether it is where a provider has
        not decided (domain.md 2: fraud).
        """
        self._files = files
        self._link = link
        self._links = links

    def written(self, key: str, lang: str) -> str:
        """The text of a notice with its placeholders.

        `key` is a `NoticeKind`, `staff_` and a `StaffNoticeKind`, or `unit_` and a `PhoneNoticeKind`.
        """
        return str(getattr(self._file(lang), key))

    def with_link(self, told: str, lang: str, *, allowed: bool | None) -> str:
        """The text with the address to sign in at, where the provider (None: the installation) allows it."""
        if not self._link or not (self._links if allowed is None else allowed):
            return told
        return f"{told} {self._file(lang).link.format(link=self._link)}"

    def _file(self, lang: str) -> _File:
        return self._files.get(lang) or self._files[SOURCE]


def load_texts(
    folder: Path = CONTENT / "notices", *, link: str | None = None, links: bool = False
) -> NoticeTexts:
    """Read the folder. Raises BadNoticeText, FileNotFoundError."""
    files = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}
    for needed in NEEDED:
        if needed not in files:
            raise FileNotFoundError(folder / f"{needed}.toml")
    return NoticeTexts(files, link, links)


def _read(path: Path) -> _File:
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise BadNoticeText(f"{path.name}: {fault}") from None
    for name in (
        *(kind.value for kind in NoticeKind),
        *(f"staff_{kind}" for kind in (*StaffNoticeKind, SHIFT_FORGOTTEN)),
        *(f"unit_{kind}" for kind in PhoneNoticeKind),
    ):
        _check(f"{path.name}, {name}", getattr(file, name), fields_of(name))
    return file


def _check(where: str, text: str, allowed: frozenset[str]) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    if not fields <= allowed:
        raise BadNoticeText(f"{where}: may only hold {', '.join(f'{{{name}}}' for name in sorted(allowed))}")
    if "://" in text or "www." in text:
        raise BadNoticeText(f"{where}: a link is added by the setting, not written in the text")
    if len(text.format(**{name: "x" * places for name, places in _ROOM.items()})) > LONGEST:
        raise BadNoticeText(f"{where}: with the name in it, it is longer than one SMS")
