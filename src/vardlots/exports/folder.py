"""The adapter that puts each note in a folder, where the record system (or a person) fetches it.

A note is a folder named by its export id: `bundle.json`, `note.pdf`, `note.txt`, the attachments, and `receipt.json`
with the digest of each. It is written beside, under a name that begins with a dot, flushed to the disk and then
renamed: who reads sees all of it or nothing.
"""

import asyncio
import errno
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

import msgspec

from vardlots.exports.model import Why
from vardlots.exports.port import NotDelivered, Package, Receipt, RecordSystem
from vardlots.platform.settings import Settings

_WHY = {
    errno.ENOSPC: Why.FULL,
    errno.EDQUOT: Why.FULL,
    errno.EACCES: Why.NO_RIGHT,
    errno.EPERM: Why.NO_RIGHT,
    errno.EROFS: Why.NO_RIGHT,
    errno.ENOENT: Why.NO_FOLDER,
    errno.ENOTDIR: Why.NO_FOLDER,
}
_UNSAFE = re.compile(r"[^\w.-]+")
RECEIPT = "receipt.json"


class FolderRecords:
    """Notes in a folder on this machine, or on one that is mounted here. The folder itself is never made: where it is
    missing something is not mounted, and nothing is to be written beneath the place where it should be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, package: Package) -> Receipt:
        """Put the note there, or find it there. Raises NotDelivered."""
        return await asyncio.to_thread(self._deliver, package)

    def _deliver(self, package: Package) -> Receipt:
        target = self._folder / package.export_id
        try:
            if not target.is_dir():
                self._write(package, target)
            return _receipt(target)
        except OSError as fault:
            raise NotDelivered(_WHY.get(fault.errno or 0, Why.UNREACHABLE)) from fault
        except msgspec.MsgspecError as fault:
            raise NotDelivered(Why.REFUSED, again=False) from fault

    def _write(self, package: Package, target: Path) -> None:
        beside = Path(tempfile.mkdtemp(prefix=f".{package.export_id}.", dir=self._folder))
        try:
            digests = {}
            for name, content in _files(package).items():
                _put(beside / name, content)
                digests[name] = hashlib.sha256(content).hexdigest()
            reference = f"{package.export_id}/{digests['bundle.json'][:16]}"
            told = {"export_id": package.export_id, "reference": reference, "sha256": digests}
            _put(beside / RECEIPT, msgspec.json.format(msgspec.json.encode(told), indent=2))
            beside.chmod(0o750)
            _settle(beside)
            try:
                beside.rename(target)
            except OSError:
                # Another process was first with the same note: theirs is whole.
                if not target.is_dir():
                    raise
            else:
                _settle(self._folder)
        finally:
            if beside.exists():
                shutil.rmtree(beside, ignore_errors=True)


def _files(package: Package) -> dict[str, bytes]:
    named = {"bundle.json": package.bundle, "note.pdf": package.pdf, "note.txt": package.text.encode()}
    for number, one in enumerate(package.attachments, 1):
        named[f"{number:02}-{safe_name(one.name)}"] = one.content
    return named


def safe_name(name: str) -> str:
    """A file's name with nothing in it that means something to a shell or a file system; its ending is kept."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not ending.isalnum():
        stem, ending = name, ""
    stem, ending = _UNSAFE.sub("-", stem).strip(".-"), _UNSAFE.sub("", ending)
    return f"{stem[:60] or 'fil'}{f'.{ending[:8]}' if ending else ''}"


def _put(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        path.chmod(0o640)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """What the folder holds is on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Kept(msgspec.Struct):
    reference: str


def _receipt(target: Path) -> Receipt:
    kept = msgspec.json.decode((target / RECEIPT).read_bytes(), type=_Kept)
    return Receipt(kept.reference)


def records_for(settings: Settings) -> RecordSystem | None:
    """The record system that the settings choose; None where there is none."""
    folder = settings.record_system_dir
    if folder is None:
        return None
    if settings.demo:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FolderRecords(folder)
