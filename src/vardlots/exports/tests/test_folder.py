"""The adapter that writes to a folder: the contract, and what a disk can do to it."""

import asyncio
import errno
import json
import os
from pathlib import Path

import pytest

from vardlots.exports import folder
from vardlots.exports.folder import FolderRecords, safe_name
from vardlots.exports.model import Why
from vardlots.exports.tests.contract import PACKAGE, keeps_its_promises, refuses


def in_folder(folder_: Path) -> list[Path]:
    return sorted(folder_.iterdir())


async def test_it_keeps_the_promises_of_an_adapter(tmp_path: Path) -> None:
    await keeps_its_promises(FolderRecords(tmp_path), lambda: len(list(tmp_path.iterdir())))
    target = tmp_path / PACKAGE.export_id
    assert sorted(path.name for path in target.iterdir()) == [
        "01-Hals-åäö.jpg",
        "bundle.json",
        "note.pdf",
        "note.txt",
        "receipt.json",
    ]
    assert (target / "bundle.json").read_bytes() == PACKAGE.bundle
    told = json.loads((target / "receipt.json").read_text())
    assert told["export_id"] == PACKAGE.export_id
    assert len(told["sha256"]) == 4


async def test_many_at_once_are_one(tmp_path: Path) -> None:
    """The race from the start: nobody's is there yet."""
    found = await asyncio.gather(*(FolderRecords(tmp_path).deliver(PACKAGE) for _ in range(12)))
    assert len({one.reference for one in found}) == 1
    assert [path.name for path in in_folder(tmp_path)] == [PACKAGE.export_id]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOSPC, Why.FULL),
        (errno.EDQUOT, Why.FULL),
        (errno.EACCES, Why.NO_RIGHT),
        (errno.EROFS, Why.NO_RIGHT),
        (errno.EIO, Why.UNREACHABLE),
    ],
)
@pytest.mark.parametrize("at", [1, 3, 5])
async def test_a_disk_that_fails_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: Why, at: int
) -> None:
    count = 0
    real = folder._put

    def failing(path: Path, content: bytes) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise OSError(number, os.strerror(number))
        real(path, content)

    monkeypatch.setattr(folder, "_put", failing)
    await refuses(FolderRecords(tmp_path), why, lambda: len(list(tmp_path.iterdir())))
    monkeypatch.setattr(folder, "_put", real)
    assert (await FolderRecords(tmp_path).deliver(PACKAGE)).reference


async def test_a_folder_that_is_not_mounted_is_never_made(tmp_path: Path) -> None:
    missing = tmp_path / "mount" / "records"
    await refuses(FolderRecords(missing), Why.NO_FOLDER, lambda: int(missing.exists()))
    a_file = tmp_path / "file"
    a_file.write_text("x")
    await refuses(FolderRecords(a_file), Why.NO_FOLDER, lambda: 0)


def test_names_of_files_mean_nothing_to_a_shell() -> None:
    for name, safe in {
        "Hals åäö.jpg": "Hals-åäö.jpg",
        "../../etc/passwd": "etc-passwd",
        "$(rm; rf).pdf": "rm-rf.pdf",
        ".bashrc": "fil.bashrc",
        "": "fil",
        "x" * 300 + ".heic": "x" * 60 + ".heic",
    }.items():
        assert safe_name(name) == safe, name
