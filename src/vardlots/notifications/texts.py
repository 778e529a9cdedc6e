"""The texts of notices, from `content/notices`: one file per language, one entry per kind, checked when loaded."""

import string
import tomllib
from pathlib import Path

import msgspec

from vardlots.notifications.model import NoticeKind, StaffNoticeKind
from vardlots.platform.content import CONTENT

FIELDS = frozenset({"provider"})
STAFF_FIELDS = frozenset({"unit"})
LONGEST = 160  # one SMS in the GSM alphabet, which has å, ä and ö
OTHERWISE = "en"  # for a person whose language there are no texts in
SOURCE = "sv"


class BadNoticeText(ValueError):
    """A file of texts is wrong; the message says which and how."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case_accepted: str
    message_waiting: str
    case_ended: str
    staff_new_message: str
    staff_new_patient: str
    link: str


class NoticeTexts:
    """All texts, by language."""

    def __init__(self, files: dict[str, _File], link: str | None) -> None:
        """`link` is the address that is added to each text, None for none (domain.md 2: fraud)."""
        self._files = files
        self._link = link

    def text(self, kind: NoticeKind, lang: str, *, provider: str) -> str:
        """What the phone shows. Says who it is from and that something waits, never what."""
        file = self._files.get(lang) or self._files[SOURCE if lang == SOURCE else OTHERWISE]
        told = str(getattr(file, kind.value)).format(provider=provider)
        return f"{told} {file.link.format(link=self._link)}" if self._link else told

    def for_staff(self, kind: StaffNoticeKind, *, unit: str) -> str:
        """What a member of staff reads: where something waits, never who or what. In Swedish, as the work is."""
        return str(getattr(self._files[SOURCE], f"staff_{kind}")).format(unit=unit)


def load_texts(folder: Path = CONTENT / "notices", *, link: str | None = None) -> NoticeTexts:
    """Read the folder. Raises BadNoticeText, FileNotFoundError."""
    files = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}
    for needed in (SOURCE, OTHERWISE):
        if needed not in files:
            raise FileNotFoundError(folder / f"{needed}.toml")
    return NoticeTexts(files, link)


def _read(path: Path) -> _File:
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise BadNoticeText(f"{path.name}: {fault}") from None
    for name, allowed in (
        *((kind.value, FIELDS) for kind in NoticeKind),
        *((f"staff_{kind}", STAFF_FIELDS) for kind in StaffNoticeKind),
    ):
        _check(f"{path.name}, {name}", getattr(file, name), allowed)
    return file


def _check(where: str, text: str, allowed: frozenset[str]) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    if not fields <= allowed:
        raise BadNoticeText(f"{where}: may only hold {', '.join(f'{{{name}}}' for name in sorted(allowed))}")
    if "://" in text or "www." in text:
        raise BadNoticeText(f"{where}: a link is added by the setting, not written in the text")
    if len(text) > LONGEST - 20:
        raise BadNoticeText(f"{where}: with the name in it, it is longer than one SMS")
